/**
 * A customer's code on its way into a sale: scanned by a device or typed at the screen, judged before anybody is asked, and
 * from there on a card like any other. A code that nobody asked for is not kept: it is told to the screens and forgotten.
 */
import type { CodeScanner, Scan } from '../../devices/code-scanner.ts';
import { assert } from '../core/base/assert.ts';
import type { TransactionId } from '../core/base/brand.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { KernelResult } from '../core/emv/kernel-result.ts';
import { trouble } from '../core/qr/cpm-payment.ts';
import type { CardOwner } from './card-effects.ts';

export interface CodeEffectsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly scanner: CodeScanner | undefined;
  /** Undefined where the acquirer takes no codes. */
  readonly readCode: ((text: string) => KernelResult) | undefined;
}

/** A code that was scanned while no sale waited for one. */
export interface UnaskedScan {
  /** Counts from one, so that the screens tell a second one from the first. */
  readonly number: number;
  readonly at: number;
}

export class CodeEffects {
  readonly #options: CodeEffectsOptions;
  readonly #owner: CardOwner;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: (() => void) | undefined;
  #waiting: TransactionId | undefined;
  #unasked: UnaskedScan | null = null;

  constructor(options: CodeEffectsOptions, owner: CardOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#unsubscribe = options.scanner?.onScan((scan) => this.#scanned(scan));
  }

  get taken(): boolean {
    return this.#options.readCode !== undefined;
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#waiting = undefined;
  }

  /** The last one; null when there was none. */
  get unasked(): UnaskedScan | null {
    return this.#unasked;
  }

  /** Calls `listener` when a code came that nobody waited for; the result unsubscribes. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  wait(id: TransactionId): void {
    this.#waiting = id;
  }

  deactivate(id: TransactionId): void {
    if (this.#waiting === id) this.#waiting = undefined;
  }

  /** The text of a code, typed or from a scanner that types. False when that sale does not wait for one. */
  typed(id: TransactionId, text: string): boolean {
    if (!this.#isAwaited(id)) return false;
    this.#judge(id, { kind: 'text', text });
    return true;
  }

  #scanned(scan: Scan): void {
    const id = this.#waiting;
    if (id !== undefined && this.#isAwaited(id)) return this.#judge(id, scan);
    const number = (this.#unasked?.number ?? 0) + 1;
    this.#unasked = { number, at: this.#options.clock.now() };
    this.#options.log.write('info', 'a code was scanned that no sale waits for', { kind: scan.kind });
    for (const listener of this.#listeners) listener();
  }

  #isAwaited(id: TransactionId): boolean {
    return this.#waiting === id && this.#owner.phaseOf(id) === 'awaitingCard';
  }

  #judge(transactionId: TransactionId, scan: Scan): void {
    const { readCode, log } = this.#options;
    this.#waiting = undefined;
    const { outcome, secrets, detail } =
      scan.kind === 'unreadable'
        ? trouble('codeUnreadable', scan.detail)
        : (readCode?.(scan.text) ?? trouble('codeNoApplication', 'the acquirer takes no codes'));
    assert((outcome.kind === 'onlineRequest') === (secrets !== undefined), 'code: what is asked for has its card data');
    if (detail !== undefined) log.write('info', 'code refused', { outcome: outcome.kind, detail });
    if (secrets !== undefined) this.#owner.keepSecrets(transactionId, secrets);
    this.#owner.handle({ type: 'CardOutcome', transactionId, outcome });
    this.#owner.dropUnneededSecrets(transactionId);
  }
}
