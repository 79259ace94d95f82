/**
 * Which requests were answered, and which were given up on while a reply could still come. It outlives the single
 * connection, as late replies do, and tells a late reply from a duplicate of one already taken.
 */
import type { ExchangeKeys } from '../security/mac-keys.ts';

const remembered = 512;

export class ReplyMemory {
  readonly #answered = new Set<string>();
  /** With the keys that the reply's MAC is to be checked with. */
  readonly #abandoned = new Map<string, ExchangeKeys | undefined>();

  /** The request is (again) under way: its reply is awaited, whatever was before. */
  asked(key: string): void {
    this.#answered.delete(key);
  }

  /** Its reply was taken. */
  answered(key: string): void {
    this.#forget(key);
    this.#answered.delete(key);
    this.#answered.add(key);
    const [oldest] = this.#answered;
    if (this.#answered.size > remembered && oldest !== undefined) this.#answered.delete(oldest);
  }

  /** Nobody waits any more. Takes `keys` over. */
  abandoned(key: string, keys: ExchangeKeys | undefined): void {
    this.#forget(key);
    this.#abandoned.set(key, keys);
    const [oldest] = this.#abandoned.keys();
    if (this.#abandoned.size > remembered && oldest !== undefined) this.#forget(oldest);
  }

  wasAnswered(key: string): boolean {
    return this.#answered.has(key);
  }

  /** Of a request given up on; they stay the memory's to wipe. */
  keysOf(key: string): ExchangeKeys | undefined {
    return this.#abandoned.get(key);
  }

  wipe(): void {
    for (const key of this.#abandoned.keys()) this.#forget(key);
  }

  #forget(key: string): void {
    this.#abandoned.get(key)?.wipe();
    this.#abandoned.delete(key);
  }
}
