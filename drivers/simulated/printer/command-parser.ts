/**
 * Cuts the bytes that a printer receives into ESC/POS commands. Resumes on any chunk; bytes that begin no known
 * command come out as `unknown`; a command larger than the limit is dropped byte by byte as it arrives.
 */
import { commandTable, type CommandRow } from './command-table.ts';

export type EscPosCommand =
  /** Printable bytes in the selected code page; a long run may come in several pieces. */
  | { readonly kind: 'text'; readonly bytes: Uint8Array }
  /** `parameters` is everything after the prefix. */
  | { readonly kind: 'command'; readonly name: string; readonly parameters: Uint8Array }
  /** Longer than `largestCommand`. */
  | { readonly kind: 'tooLarge'; readonly name: string; readonly length: number }
  | { readonly kind: 'unknown'; readonly bytes: Uint8Array };

/** Largest command kept whole: a picture of 576 dots by 65,535 rows would be 4.7 MB, no receipt needs a tenth. */
export const largestCommand = 512 * 1024;

const rowsByFirst = Map.groupBy(commandTable, (row) => row.prefix[0] ?? 0);

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte !== 0x7f;

export class CommandParser {
  /** Received bytes are `#store[#start]` to `#store[#end - 1]`; the rest is room to grow. */
  #store = new Uint8Array(4096);
  #start = 0;
  #end = 0;
  /** Bytes of an oversized command still to be dropped. */
  #skip = 0;

  /** Bytes waiting to become a command. */
  get pending(): number {
    return this.#end - this.#start;
  }

  feed(bytes: Uint8Array): void {
    const dropped = Math.min(this.#skip, bytes.length);
    this.#skip -= dropped;
    const kept = bytes.subarray(dropped);
    if (this.#end + kept.length > this.#store.length) this.#makeRoom(kept.length);
    this.#store.set(kept, this.#end);
    this.#end += kept.length;
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
    this.#skip = 0;
  }

  /** The next whole command, or undefined until more bytes have come. */
  next(): EscPosCommand | undefined {
    const waiting = this.#store.subarray(this.#start, this.#end);
    const first = waiting[0];
    if (first === undefined) return undefined;
    if (isPrintable(first)) {
      const end = waiting.findIndex((byte) => !isPrintable(byte));
      return { kind: 'text', bytes: this.#take(end < 0 ? waiting.length : end) };
    }
    const candidates = rowsByFirst.get(first) ?? [];
    const row = candidates.find(({ prefix }) => prefix.every((byte, index) => waiting[index] === byte));
    if (row !== undefined) return this.#whole(row, waiting.subarray(row.prefix.length));
    const mayBecome = candidates.some(
      ({ prefix }) => waiting.length < prefix.length && waiting.every((byte, index) => byte === prefix[index]),
    );
    if (mayBecome) return undefined;
    return { kind: 'unknown', bytes: this.#take(candidates.length > 0 ? 2 : 1) };
  }

  #whole({ name, prefix, shape }: CommandRow, parameters: Uint8Array): EscPosCommand | undefined {
    const length = typeof shape === 'number' ? shape : shape(parameters);
    if (length === undefined) return undefined;
    if (length > largestCommand) {
      this.#skip = Math.max(0, length - parameters.length);
      this.#take(prefix.length + Math.min(length, parameters.length));
      return { kind: 'tooLarge', name, length };
    }
    if (parameters.length < length) return undefined;
    return { kind: 'command', name, parameters: this.#take(prefix.length + length).subarray(prefix.length) };
  }

  #take(count: number): Uint8Array {
    const taken = this.#store.slice(this.#start, this.#start + count);
    this.#start += count;
    return taken;
  }

  #makeRoom(more: number): void {
    const needed = this.pending + more;
    const store = new Uint8Array(Math.max(needed * 2, 4096));
    store.set(this.#store.subarray(this.#start, this.#end));
    this.#end = this.pending;
    this.#start = 0;
    this.#store = store;
  }
}
