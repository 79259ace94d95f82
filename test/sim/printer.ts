/** A simulated receipt printer without paper to paint: how long it takes and what goes wrong is drawn from the seed. */
import type { DeviceHealth, DeviceOptions } from '../../devices/device.ts';
import type { PrinterFault, PrintJob, ReceiptPrinter } from '../../devices/receipt-printer.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import type { Chance } from './chance.ts';

export interface PrinterManner {
  /** So many of a hundred jobs fail before anything is on paper. */
  readonly refuses: number;
  /** So many of a hundred are on paper, and nobody says so. */
  readonly silent: number;
}

export const goodPrinter: PrinterManner = { refuses: 0, silent: 0 };

const faults = ['paperOut', 'coverOpen', 'jam', 'offline'] as const;

export class SeededPrinter implements ReceiptPrinter {
  readonly role = 'receiptPrinter';
  readonly name = 'printer';
  readonly description = 'Simulated receipt printer';
  readonly columns = 42;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #onPaper: (jobId: string) => void;
  readonly #manner: () => PrinterManner;

  constructor(clock: Clock, chance: Chance, manner: () => PrinterManner, onPaper: (jobId: string) => void) {
    this.#clock = clock;
    this.#chance = chance;
    this.#manner = manner;
    this.#onPaper = onPaper;
  }

  async open(): Promise<Result<void, never>> {
    return ok(undefined);
  }

  async close(): Promise<void> {}

  async checkHealth(): Promise<DeviceHealth> {
    return { state: 'ready', detail: 'it prints' };
  }

  onHealth(): () => void {
    return () => {};
  }

  print({ jobId }: PrintJob, { signal, timeoutMs }: DeviceOptions): Promise<Result<void, PrinterFault>> {
    const { refuses, silent } = this.#manner();
    const refused = this.#chance.percent(refuses) ? this.#chance.of(faults) : undefined;
    const isSilent = this.#chance.percent(silent);
    return new Promise((resolve) => {
      const undo: (() => void)[] = [];
      const settle = (result: Result<void, PrinterFault>): void => {
        for (const step of undo.splice(0)) step();
        resolve(result);
      };
      const abort = (): void => settle(err(fault('failed', 'given up', false)));
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort);
      undo.push(
        () => signal.removeEventListener('abort', abort),
        this.#clock.after(timeoutMs, () => settle(err(fault('timeout', 'it does not answer', false)))),
        this.#clock.after(this.#chance.between(300, 1500), () => {
          if (refused !== undefined) return settle(err(fault(refused, 'not printed', true)));
          this.#onPaper(jobId);
          return isSilent ? undefined : settle(ok(undefined));
        }),
      );
      return undefined;
    });
  }
}
