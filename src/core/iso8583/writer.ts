/**
 * Writes elements one after another into an array that grows, each checked where it stands. What is written on the
 * way is overwritten at once, so a secret is left in the finished bytes only.
 */
import { err, ok, type Result } from '../base/result.ts';
import { octets } from './axes.ts';
import { consistsOf } from './content.ts';
import type { ElementSpec } from './element-spec.ts';
import { iso8583Fault, type Iso8583Fault, type Iso8583FaultKind } from './reader.ts';

export class Writer {
  /** Bytes written so far. */
  size: number;
  #out = new Uint8Array(512);
  #fault: Iso8583Fault | undefined;

  /** `start` bytes in front are left to the caller. */
  constructor(start: number) {
    this.size = start;
  }

  refuse(kind: Iso8583FaultKind, element: number, reason: string): false {
    this.#fault = iso8583Fault(kind, element, this.size, reason);
    return false;
  }

  /** False when the value does not suit the element. */
  add(spec: ElementSpec, element: number, value: string | Uint8Array): boolean {
    const { prefix, padding, encoding } = spec;
    const count = value.length;
    if (count > spec.positions) {
      return this.refuse('badLength', element, `${count} positions where at most ${spec.positions} fit`);
    }
    const positions = prefix === undefined && padding !== 'none' ? spec.positions : count;
    if (prefix === undefined && positions !== spec.positions) {
      return this.refuse('badLength', element, `${count} positions where exactly ${spec.positions} belong`);
    }
    const size = encoding.size(positions);
    const announced = spec.counts === 'bytes' ? size : positions;
    if (prefix !== undefined && announced > prefix.limit) {
      return this.refuse('badLength', element, `its length cannot be announced in ${prefix.size} bytes`);
    }
    const start = this.size + (prefix?.size ?? 0);
    // Symbols of one byte are written in place; others behind the place of their encoded form, then encoded.
    const from = encoding === octets ? start : start + size;
    this.#makeRoom(from + positions);
    const out = this.#out;
    const to = padding === 'zeros-left' ? from + positions - count : from;
    if (positions > count) out.fill(padding === 'zeros-left' ? 0x30 : 0x20, from, from + positions);
    if (!copy(value, out, to, spec.asBytes)) {
      return this.refuse('badContent', element, `not a value that ${spec.content} can take`);
    }
    if (spec.checked && !consistsOf(spec.content, out, from, from + positions)) {
      return this.refuse('badContent', element, `not all of it is ${spec.content}`);
    }
    if (encoding !== octets) {
      if (encoding.fits?.(out, from, positions) === false) {
        return this.refuse('badContent', element, 'not all of it has a code in the encoding of the dialect');
      }
      encoding.write(out, from, positions, out, start);
      out.fill(0, from, from + positions);
    }
    prefix?.write(announced, out, this.size);
    this.size = start + size;
    return true;
  }

  /** Everything added, with nothing but zeros behind it; or the fault of the element that was refused. */
  finish(): Result<Uint8Array, Iso8583Fault> {
    if (this.#fault === undefined) return ok(this.#out.subarray(0, this.size));
    this.#out.fill(0);
    return err(this.#fault);
  }

  #makeRoom(size: number): void {
    if (size <= this.#out.length) return;
    const larger = new Uint8Array(size * 2);
    larger.set(this.#out);
    this.#out.fill(0);
    this.#out = larger;
  }
}

/** False when the kind of value does not suit the element, or a character does not fit one symbol. */
function copy(value: string | Uint8Array, out: Uint8Array, to: number, asBytes: boolean): boolean {
  if (typeof value !== 'string') {
    if (asBytes) out.set(value, to);
    return asBytes;
  }
  if (asBytes) return false;
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code > 0xff) return false;
    out[to + i] = code;
  }
  return true;
}
