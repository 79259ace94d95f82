/**
 * Writes elements one after another into the slab, each checked where it stands. What is written on the way is
 * overwritten at the end, so a secret is left in the finished bytes only.
 */
import { assert } from '../base/assert.ts';
import { err, ok, type Result } from '../base/result.ts';
import { octets } from './axes.ts';
import { consistsOf } from './content.ts';
import type { ElementSpec } from './element-spec.ts';
import { iso8583Fault, type Iso8583Fault, type Iso8583FaultKind } from './reader.ts';
import { slab } from './slab.ts';

/** Room for a usual message: more is found when it is needed. */
const usualBytes = 1024;

export class Writer {
  /** Bytes written so far. */
  size: number;
  /** Bytes in front that are the caller's. */
  readonly head: number;
  #out: Uint8Array;
  #view: DataView;
  /** Where in `#out` the message begins, how far anything was written, and where the room ends. */
  #start: number;
  #dirty: number;
  #fault: Iso8583Fault | undefined;

  /** `head` bytes in front are left to the caller. */
  constructor(head: number) {
    slab.ensure(usualBytes);
    this.#out = slab.bytes;
    this.#view = slab.view;
    this.#start = slab.used;
    this.#dirty = this.#start;
    this.size = head;
    this.head = head;
    assert(head >= 0 && head <= usualBytes, 'iso8583: a head is shorter than a message');
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
    const plain = encoding === octets;
    const size = plain ? positions : encoding.size(positions);
    const announced = spec.counts === 'bytes' ? size : positions;
    if (prefix !== undefined && announced > prefix.limit) {
      return this.refuse('badLength', element, `its length cannot be announced in ${prefix.size} bytes`);
    }
    const prefixSize = prefix === undefined ? 0 : prefix.size;
    this.#makeRoom(this.size + prefixSize + size + positions);
    const out = this.#out;
    const start = this.#start + this.size + prefixSize;
    // Symbols of one byte are written in place; others behind the place of their encoded form, then encoded.
    const from = plain ? start : start + size;
    const to = from + positions;
    assert(positions >= count && to <= out.length, 'iso8583: an element is written within the room made for it');
    if (to > this.#dirty) this.#dirty = to;
    let at = from;
    if (positions > count) {
      const filled = padding === 'zeros-left' ? from : from + count;
      for (let i = filled; i < filled + positions - count; i += 1) out[i] = padding === 'zeros-left' ? 0x30 : 0x20;
      if (padding === 'zeros-left') at = to - count;
    }
    if (typeof value === 'string' ? spec.asBytes || !copyText(value, out, at) : !spec.asBytes) {
      return this.refuse('badContent', element, `not a value that ${spec.content} can take`);
    }
    if (typeof value !== 'string') out.set(value, at);
    if (spec.checked && !consistsOf(spec.content, this.#view, from, to)) {
      return this.refuse('badContent', element, `not all of it is ${spec.content}`);
    }
    if (!plain) {
      if (encoding.fits?.(out, from, positions) === false) {
        return this.refuse('badContent', element, 'not all of it has a code in the encoding of the dialect');
      }
      encoding.write(out, from, positions, out, start);
    }
    if (prefix !== undefined) prefix.write(announced, out, start - prefixSize);
    this.size += prefixSize + size;
    assert(this.#start + this.size <= out.length, 'iso8583: what was written lies in the slab');
    return true;
  }

  /** Everything added, with nothing but zeros behind it; or the fault of the element that was refused. */
  finish(): Result<Uint8Array, Iso8583Fault> {
    const end = this.#start + (this.#fault === undefined ? this.size : 0);
    if (this.#dirty > end) this.#out.fill(0, end, this.#dirty);
    if (this.#fault !== undefined) return err(this.#fault);
    assert(end >= slab.used, 'iso8583: no message is written over another');
    slab.used = end;
    return ok(this.#out.subarray(this.#start, end));
  }

  /** Room for `size` bytes from the start of the message. */
  #makeRoom(size: number): void {
    if (this.#start + size <= this.#out.length) return;
    slab.ensure(size * 2);
    slab.bytes.set(this.#out.subarray(this.#start, this.#dirty));
    this.#out.fill(0, this.#start, this.#dirty);
    this.#dirty -= this.#start;
    this.#start = 0;
    this.#out = slab.bytes;
    this.#view = slab.view;
  }
}

/** False when a character does not fit one symbol. */
function copyText(text: string, out: Uint8Array, to: number): boolean {
  let all = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    out[to + i] = code;
    all |= code;
  }
  return all <= 0xff;
}
