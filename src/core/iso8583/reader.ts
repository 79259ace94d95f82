/**
 * Reads elements from bytes. The bytes are copied once and decoded where they stand; only packed digits, which take
 * more room decoded, go behind the copy. So no element costs an array of its own. Accepts any bytes: each way of being wrong is a fault that names the data element and the offset, and no
 * fault repeats what it found.
 */
import { fault, type Fault } from '../base/result.ts';
import { octets, type Encoding } from './axes.ts';
import { consistsOf } from './content.ts';
import type { ElementSpec } from './element-spec.ts';

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

export class Reader {
  /** Bytes to read, from the start of `symbols`. */
  readonly length: number;
  offset = 0;
  /** A copy of the bytes, then digits that were packed. Another array when it had to grow. */
  symbols: Uint8Array;
  /** Where the symbols read last begin and end in `symbols`. */
  from = 0;
  to = 0;
  /** Set when a method answered false; the reader is of no use after that. */
  fault: Iso8583Fault | undefined;
  #used: number;

  /** `packed`: there will be packed digits, so make room for them at once. */
  constructor(bytes: Uint8Array, packed: boolean) {
    this.length = bytes.length;
    this.symbols = new Uint8Array(packed ? bytes.length * grown : bytes.length);
    this.symbols.set(bytes);
    this.#used = bytes.length;
  }

  refuse(kind: Iso8583FaultKind, element: number, offset: number, reason: string): false {
    this.fault = iso8583Fault(kind, element, offset, reason);
    return false;
  }

  /** Reads `positions` symbols. */
  take(encoding: Encoding, positions: number, element: number): boolean {
    const size = encoding.size(positions);
    const left = this.length - this.offset;
    if (size > left) return this.refuse('truncated', element, this.offset, `needs ${size} bytes, ${left} are left`);
    this.from = size < positions ? this.#behind(positions) : this.offset;
    if (encoding !== octets && !encoding.read(this.symbols, this.offset, positions, this.symbols, this.from)) {
      return this.refuse('badContent', element, this.offset, 'not in the encoding of the dialect');
    }
    this.to = this.from + positions;
    this.offset += size;
    return true;
  }

  /** Reads the symbols of one element. */
  element(spec: ElementSpec, element: number): boolean {
    const positions = spec.prefix === undefined ? spec.positions : this.#announced(spec, spec.prefix, element);
    if (positions < 0) return false;
    const start = this.offset;
    if (!this.take(spec.encoding, positions, element)) return false;
    if (!spec.checked || consistsOf(spec.content, this.symbols, this.from, this.to)) return true;
    return this.refuse('badContent', element, start, `not all of it is ${spec.content}`);
  }

  /** Room behind the copy and what is there already; a byte of the copy holds two digits at most. */
  #behind(positions: number): number {
    if (this.symbols.length === this.length) {
      const larger = new Uint8Array(this.length * grown);
      larger.set(this.symbols);
      this.symbols.fill(0);
      this.symbols = larger;
    }
    const from = this.#used;
    this.#used += positions;
    return from;
  }

  /** Positions that the length announces; -1 with a fault set. */
  #announced(spec: ElementSpec, prefix: NonNullable<ElementSpec['prefix']>, element: number): number {
    const start = this.offset;
    if (start + prefix.size > this.length) {
      this.refuse('truncated', element, start, 'the message ends inside the length');
      return -1;
    }
    const count = prefix.read(this.symbols, start);
    if (count < 0) {
      this.refuse('badLength', element, start, 'the length is not a number');
      return -1;
    }
    const positions = spec.counts === 'bytes' ? spec.encoding.positionsIn(count) : count;
    if (positions > spec.positions) {
      this.refuse('badLength', element, start, `announces ${positions} positions where at most ${spec.positions} fit`);
      return -1;
    }
    if (spec.counts === 'bytes' && spec.encoding.size(positions) !== count) {
      this.refuse('badLength', element, start, `${count} bytes are no whole number of positions`);
      return -1;
    }
    this.offset = start + prefix.size;
    return positions;
  }
}
