/**
 * What became of the requests of late: which were answered, and how, and which were given up on while a reply could
 * still come. It outlives the single connection, as late replies do, and tells what is news from what is only said again.
 */
import { isAnyApproval } from '../../core/transaction/response-codes.ts';
import type { ExchangeKeys } from '../security/mac-keys.ts';

const remembered = 512;

interface Remembered {
  /** DE 39 of the last reply that was taken, empty when it had none; null while there is none. */
  readonly answer: string | null;
  /** With which the MAC of a reply is to be checked: of the last attempt that has ended. */
  readonly keys: ExchangeKeys | undefined;
}

export class ReplyMemory {
  /** The newest last. */
  readonly #requests = new Map<string, Remembered>();

  /** The request is (again) under way: its reply is awaited, whatever was before. */
  asked(key: string): void {
    const before = this.#requests.get(key);
    if (before !== undefined) this.#requests.set(key, { ...before, answer: null });
  }

  /** Its reply was taken. Takes `keys` over; without any, those that are known stay. */
  answered(key: string, answer: string, keys = this.#requests.get(key)?.keys): void {
    this.#remember(key, { answer, keys });
  }

  /** Nobody waits any more. Takes `keys` over. */
  abandoned(key: string, keys: ExchangeKeys | undefined): void {
    this.#remember(key, { answer: null, keys });
  }

  /**
   * Whether a reply that nobody waits for says what is not known yet: to a request without an answer, or that the host
   * has approved after all, as it may with a copy of what it has declined.
   */
  isNews(key: string, answer: string): boolean {
    const known = this.#requests.get(key)?.answer ?? null;
    return known === null || (isAnyApproval(answer) && !isAnyApproval(known));
  }

  /** Of an attempt that has ended; they stay the memory's to wipe. */
  keysOf(key: string): ExchangeKeys | undefined {
    return this.#requests.get(key)?.keys;
  }

  wipe(): void {
    for (const { keys } of this.#requests.values()) keys?.wipe();
    this.#requests.clear();
  }

  #remember(key: string, request: Remembered): void {
    const before = this.#requests.get(key)?.keys;
    if (before !== request.keys) before?.wipe();
    this.#requests.delete(key);
    this.#requests.set(key, request);
    const [oldest] = this.#requests;
    if (this.#requests.size <= remembered || oldest === undefined) return;
    this.#requests.delete(oldest[0]);
    oldest[1].keys?.wipe();
  }
}
