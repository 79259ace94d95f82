/**
 * The conversation with one ESC/POS printer: sends bytes, pairs questions with answers, counts the queued answers
 * that are still to come. Knows nothing of receipts or jobs.
 */
import type { DeviceOptions } from '../../devices/device.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import { Listeners, within, type ByteTransport, type TransportFault } from '../transport/byte-transport.ts';
import { clearBuffers, transmitPaperStatus, transmitRealTimeStatus, type RealTimeStatusNumber } from './commands.ts';
import { automaticStatus, realTimeStatus, type PrinterStatus } from './status.ts';
import { StatusParser, type StatusToken } from './status-parser.ts';

/** Longest that a working printer takes for a real-time answer, over the slowest serial line. */
const answerTimeoutMs = 1000;

export function atMost(options: DeviceOptions, timeoutMs: number): DeviceOptions {
  return { signal: options.signal, timeoutMs: Math.min(options.timeoutMs, timeoutMs) };
}

export class PrinterLink {
  readonly #transport: ByteTransport;
  readonly #clock: Clock;
  readonly #parser = new StatusParser();
  readonly #tokens = new Listeners<StatusToken>();
  readonly #lost = new Listeners<string>();
  readonly #changes = new Listeners<PrinterStatus>();
  /** `GS r` sent and not yet answered; the printer answers them in order. */
  #unanswered = 0;
  #connected = false;

  constructor(transport: ByteTransport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
    transport.onData((bytes) => {
      for (const token of this.#parser.feed(bytes)) this.#hear(token);
    });
    transport.onClose((detail) => {
      this.#connected = false;
      this.#lost.tell(detail);
    });
  }

  get description(): string {
    return this.#transport.description;
  }

  get connected(): boolean {
    return this.#connected;
  }

  async connect(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    if (this.#connected) return ok(undefined);
    this.#parser.reset();
    this.#unanswered = 0;
    const opened = await this.#transport.open(options);
    this.#connected = opened.ok;
    return opened;
  }

  async disconnect(reason: string): Promise<void> {
    this.#connected = false;
    this.#lost.tell(reason);
    await this.#transport.close();
  }

  /** The connection ended, whoever ended it. */
  onLost(listener: (detail: string) => void): () => void {
    return this.#lost.add(listener);
  }

  /** The printer reported a change by itself (`GS a`). */
  onChange(listener: (status: PrinterStatus) => void): () => void {
    return this.#changes.add(listener);
  }

  send(bytes: Uint8Array, options: DeviceOptions): Promise<Result<void, TransportFault>> {
    return this.#transport.write(bytes, options);
  }

  /** `DLE EOT n`. */
  async ask(n: RealTimeStatusNumber, options: DeviceOptions): Promise<Result<number, TransportFault>> {
    const limit = atMost(options, answerTimeoutMs);
    return this.#exchange(transmitRealTimeStatus(n), `the answer of ${this.description}`, limit, (token) =>
      token.kind === 'realTime' ? token.byte : undefined,
    );
  }

  async status(options: DeviceOptions): Promise<Result<PrinterStatus, TransportFault>> {
    const answers: number[] = [];
    for (const n of [1, 2, 3, 4] as const) {
      const answer = await this.ask(n, options);
      if (!answer.ok) return answer;
      answers.push(answer.value);
    }
    return ok(realTimeStatus(answers));
  }

  /** `GS r 1`, to be answered once everything sent before is processed; `processed` waits for that. */
  async mark(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    this.#unanswered += 1;
    return this.send(transmitPaperStatus, options);
  }

  /** Resolves when every mark is answered, or early when the printer reports a change by itself. */
  async processed(options: DeviceOptions): Promise<Result<'processed' | 'changed', TransportFault>> {
    if (this.#unanswered === 0) return ok('processed');
    return this.#listen(`the confirmation of ${this.description}`, options, (token) => {
      if (token.kind === 'automatic') return 'changed';
      return token.kind === 'queued' && this.#unanswered === 0 ? 'processed' : undefined;
    });
  }

  /** Throws away what the printer has not processed, its marks included. */
  async clear(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    const limit = atMost(options, answerTimeoutMs);
    const cleared = await this.#exchange(clearBuffers, `clearing ${this.description}`, limit, (token) =>
      token.kind === 'cleared' ? true : undefined,
    );
    if (!cleared.ok) return cleared;
    this.#unanswered = 0;
    return ok(undefined);
  }

  #hear(token: StatusToken): void {
    if (token.kind === 'queued') this.#unanswered = Math.max(0, this.#unanswered - 1);
    if (token.kind === 'automatic') this.#changes.tell(automaticStatus(token.bytes));
    this.#tokens.tell(token);
  }

  /** Without an answer in time the link is closed: a late one would be taken for the answer to the next question. */
  async #exchange<T>(
    question: Uint8Array,
    what: string,
    options: DeviceOptions,
    take: (token: StatusToken) => T | undefined,
  ): Promise<Result<T, TransportFault>> {
    const answer = this.#listen(what, options, take);
    const sent = await this.send(question, options);
    // Without the question there is no answer; the pending wait ends by its own limit and harms nobody.
    const result = sent.ok ? await answer : sent;
    if (!result.ok && this.#connected) await this.disconnect(result.fault.detail);
    return result;
  }

  async #listen<T>(
    what: string,
    options: DeviceOptions,
    take: (token: StatusToken) => T | undefined,
  ): Promise<Result<T, TransportFault>> {
    const leave: (() => void)[] = [];
    const heard = await within<T>(this.#clock, options, what, false, (settle) => {
      leave.push(
        this.#tokens.add((token) => {
          const value = take(token);
          if (value !== undefined) settle(ok(value));
        }),
        this.#lost.add((detail) => settle(err(fault('lost', detail, false)))),
      );
    });
    for (const end of leave) end();
    return heard;
  }
}
