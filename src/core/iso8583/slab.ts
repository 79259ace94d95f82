/**
 * Room for the symbols of messages. An array of its own for each message would cost more than all of its parsing
 * (the runtime gets every array above 64 bytes from the system's allocator), and a shorter one would be moved by the
 * garbage collector, which leaves copies that nobody can overwrite. So messages lie one after another in a slab
 * that is used once and never handed out again: wiping one message touches no other.
 *
 * One reader or writer at a time: both open and finish within one call, and calls do not interleave.
 */
import { assert } from '../base/assert.ts';
const slabBytes = 32 * 1024;

class Slab {
  /** All zeros from `used` on, but for what the present reader or writer has put there. */
  bytes = new Uint8Array(slabBytes);
  /** The same bytes, for reading four at a time. */
  view = new DataView(this.bytes.buffer);
  /** Bytes that belong to messages. */
  used = 0;

  /** From now on at least `size` bytes are free behind `used`; `bytes`, `view` and `used` may be others. */
  ensure(size: number): void {
    assert(Number.isSafeInteger(size) && size >= 0, 'iso8583: room is asked for in bytes');
    if (this.used + size <= this.bytes.length) return;
    this.bytes = new Uint8Array(Math.max(slabBytes, size));
    this.view = new DataView(this.bytes.buffer);
    this.used = 0;
    assert(size <= this.bytes.length, 'iso8583: a new slab has the room that was asked for');
  }
}

export const slab = new Slab();
