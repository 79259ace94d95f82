/**
 * Reads elements from bytes. The bytes are copied once and decoded where they stand; only packed digits, which take
 * more room decoded, go behind the copy. So no element costs an array of its own. Accepts any bytes: each way of
 * being wrong is a fault that names the data element and the offset, and no fault repeats what it found.
 */
import { assert } from '../base/assert.ts';
import { fault, type Fault } from '../base/result.ts';
import { octets, type Encoding } from './axes.ts';
import { consistsOf } from './content.ts';
import type { ElementSpec } from './element-spec.ts';
import { slab } from './slab.ts';

export type Iso8583FaultKind = 'truncated' | 'trailingBytes' | 'unknownElement' | 'badLength' | 'badContent';

/** The codec is pure, but a caller may have sent something before it: `retrySafe` is never claimed here. */
export interface Iso8583Fault extends Fault<Iso8583FaultKind> {
  /** Data element number; 0 is the message type identifier, 1 a bit map. */
  readonly element: number;
  /** Bytes from the start of the message. */
  readonly offset: number;
  readonly reason: string;
}

export function iso8583Fault(kind: Iso8583FaultKind, element: number, offset: number, reason: string): Iso8583Fault {
  return { ...fault(kind, `DE ${element} at byte ${offset}: ${reason}`, false), element, offset, reason };
}

/** Copy and two digits for each byte of it. */
const grown = 3;

/** Positions count from the start of the slab, offsets in faults from the start of the bytes. */
export class Reader {
  /** A copy of the bytes, then digits that were packed. */
  readonly symbols: Uint8Array;
  /** The same, for reading several at a time. */
  readonly view: DataView;
  /** Where the copy begins. */
  readonly start: number;
  /** Where the copy ends. */
  readonly end: number;
  /** Where the next bytes are read. */
  next: number;
  /** Where the symbols read last begin and end. */
  from = 0;
  to = 0;
  /** Set when a method answered false; the reader is of no use after that. */
  fault: Iso8583Fault | undefined;
  #used: number;

  constructor(bytes: Uint8Array) {
    slab.ensure(bytes.length * grown);
    this.symbols = slab.bytes;
    this.view = slab.view;
    this.start = slab.used;
    this.next = this.start;
    this.end = this.start + bytes.length;
    this.#used = this.end;
    assert(this.start + bytes.length * grown <= this.symbols.length, 'iso8583: room for every symbol');
    this.symbols.set(bytes, this.start);
  }

  /** Bytes from the start of what is read. */
  get offset(): number {
    return this.next - this.start;
  }

  /** Leaves the symbols to a message, which overwrites them from `start` up to the position answered. */
  keep(): number {
    assert(this.fault === undefined, 'iso8583: what was refused is not kept');
    assert(this.#used >= this.end && this.start === slab.used, 'iso8583: one reader at a time');
    slab.used = this.#used;
    return this.#used;
  }

  /** Overwrites the symbols. Either this or `keep` ends the reader. */
  discard(): void {
    this.symbols.fill(0, this.start, this.#used);
  }

  refuse(kind: Iso8583FaultKind, element: number, offset: number, reason: string): false {
    this.fault = iso8583Fault(kind, element, offset, reason);
    return false;
  }

  /** Reads `positions` symbols. */
  take(encoding: Encoding, positions: number, element: number): boolean {
    assert(positions >= 0 && this.next <= this.end, 'iso8583: reading goes forward, within the bytes');
    const wire = this.next;
    const size = encoding === octets ? positions : encoding.size(positions);
    if (size > this.end - wire) {
      return this.refuse('truncated', element, this.offset, `needs ${size} bytes, ${this.end - wire} are left`);
    }
    this.from = wire;
    if (size < positions) {
      // A byte of the copy holds two digits at most, so there is room.
      this.from = this.#used;
      this.#used += positions;
    }
    if (encoding !== octets && !encoding.read(this.symbols, wire, positions, this.symbols, this.from)) {
      return this.refuse('badContent', element, this.offset, 'not in the encoding of the dialect');
    }
    this.to = this.from + positions;
    assert(this.to <= this.symbols.length, 'iso8583: symbols lie in the slab');
    this.next = wire + size;
    return true;
  }

  /** Reads the symbols of one element. */
  element(spec: ElementSpec, element: number): boolean {
    const { prefix } = spec;
    const positions = prefix === undefined ? spec.positions : this.#announced(spec, prefix, element);
    if (positions < 0) return false;
    const start = this.offset;
    if (!this.take(spec.encoding, positions, element)) return false;
    if (!spec.checked || consistsOf(spec.content, this.view, this.from, this.to)) return true;
    return this.refuse('badContent', element, start, `not all of it is ${spec.content}`);
  }

  /** Positions that the length announces; -1 with a fault set. */
  #announced(spec: ElementSpec, prefix: NonNullable<ElementSpec['prefix']>, element: number): number {
    if (this.next + prefix.size > this.end) {
      this.refuse('truncated', element, this.offset, 'the message ends inside the length');
      return -1;
    }
    const count = prefix.read(this.symbols, this.next);
    if (count < 0) {
      this.refuse('badLength', element, this.offset, 'the length is not a number');
      return -1;
    }
    const byBytes = spec.counts === 'bytes';
    const positions = byBytes ? spec.encoding.positionsIn(count) : count;
    if (positions > spec.positions) {
      const reason = `announces ${positions} positions where at most ${spec.positions} fit`;
      this.refuse('badLength', element, this.offset, reason);
      return -1;
    }
    if (byBytes && spec.encoding.size(positions) !== count) {
      this.refuse('badLength', element, this.offset, `${count} bytes are no whole number of positions`);
      return -1;
    }
    this.next += prefix.size;
    return positions;
  }
}
