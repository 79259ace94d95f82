/**
 * Finds messages in a byte stream: each is preceded by its length, at some hosts also by a transport header. ISO 8583
 * leaves this to the two parties; the header is an axis like those of the elements. Resumes on any chunk boundary
 * and is bounded by `maxLength`.
 */
import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import { fault, type Fault } from '../base/result.ts';
import { bcdPrefix, binaryPrefix, decimalPrefix, type LengthPrefix } from './axes.ts';

export interface LengthHeader {
  /** Bytes on the wire. */
  readonly size: number;
  /** Longest message it can announce, in bytes. */
  readonly limit: number;
  write(length: number, target: Uint8Array): void;
  /** Reads exactly `size` bytes; -1 when they are no header. */
  read(wire: Uint8Array): number;
}

function lengthHeader(prefix: LengthPrefix): LengthHeader {
  return {
    size: prefix.size,
    limit: prefix.limit,
    write: (length, target) => prefix.write(length, target, 0),
    read: (wire) => prefix.read(wire, 0),
  };
}

/** Two bytes, unsigned, most significant first; counts the message without the header. */
export const twoByteLength: LengthHeader = lengthHeader(binaryPrefix(2));

/** Two bytes, four digits packed. */
export const bcdLength: LengthHeader = lengthHeader(bcdPrefix(4));

/** Four decimal characters. */
export const asciiDecimalLength: LengthHeader = lengthHeader(decimalPrefix(4, 0x30));

const tpduSize = 5;

/**
 * The length followed by a transport protocol data unit, which the length counts: identifier 60, destination and
 * origin of two bytes each (network international identifiers). What the other side writes in it is not looked at.
 */
export function withTpdu(header: LengthHeader, tpdu: Uint8Array): LengthHeader {
  assert(tpdu.length === tpduSize, 'frame: a TPDU is five bytes');
  return {
    size: header.size + tpduSize,
    limit: header.limit - tpduSize,
    write: (length, target) => {
      header.write(length + tpduSize, target);
      target.set(tpdu, header.size);
    },
    read: (wire) => Math.max(-1, header.read(wire.subarray(0, header.size)) - tpduSize),
  };
}

/** A new array: header and message. Keeping it below the limit is the caller's affair. */
export function frameMessage(header: LengthHeader, message: Uint8Array): Uint8Array {
  assert(message.length <= header.limit, `frame: ${message.length} bytes do not fit the length header`);
  const whole = new Uint8Array(header.size + message.length);
  header.write(message.length, whole);
  whole.set(message, header.size);
  return whole;
}

interface Framed {
  /** Completed by the chunk, oldest first, each a copy (`slice` of a Buffer, which Node hands out, is none). */
  readonly messages: readonly Uint8Array[];
  /** The place of the next message is lost: the connection cannot be used any further, nor can the reader. */
  readonly trouble: Fault<'frameTooLong' | 'badHeader'> | undefined;
}

export class FrameReader {
  readonly #header: LengthHeader;
  readonly #maxLength: number;
  #rest: Uint8Array = new Uint8Array(0);

  /** `maxLength` in bytes, without the header. */
  constructor(header: LengthHeader, maxLength: number) {
    assert(maxLength > 0 && header.size > 0, 'frame: a message and its header have a length');
    this.#header = header;
    this.#maxLength = maxLength;
  }

  /**
   * The same messages and trouble, in whatever chunks they come. Empty messages, a sign of life, are left out. The
   * chunk stays the caller's, to wipe as well; what was kept of it here is overwritten once it is used.
   */
  push(chunk: Uint8Array): Framed {
    const kept = this.#rest;
    const bytes = kept.length === 0 ? chunk : concat(kept, chunk);
    kept.fill(0);
    const messages: Uint8Array[] = [];
    const { trouble, offset } = this.#split(bytes, messages);
    assert(offset <= bytes.length, 'frame: no more is used than has come');
    this.#rest = new Uint8Array(bytes.subarray(offset));
    assert(this.#rest.length < this.#header.size + this.#maxLength, 'frame: what is kept is less than one message');
    if (bytes !== chunk) bytes.fill(0);
    return { messages, trouble };
  }

  /** `offset`: where what is not whole yet begins. */
  #split(bytes: Uint8Array, messages: Uint8Array[]): { readonly trouble: Framed['trouble']; readonly offset: number } {
    let offset = 0;
    while (bytes.length - offset >= this.#header.size) {
      const start = offset + this.#header.size;
      const length = this.#header.read(bytes.subarray(offset, start));
      if (length < 0) {
        return { trouble: fault('badHeader', 'what should be a length is none', false), offset: bytes.length };
      }
      if (length > this.#maxLength) {
        const detail = `a message of ${length} bytes is announced, at most ${this.#maxLength} are taken`;
        return { trouble: fault('frameTooLong', detail, false), offset: bytes.length };
      }
      if (bytes.length - start < length) break;
      if (length > 0) messages.push(new Uint8Array(bytes.subarray(start, start + length)));
      offset = start + length;
    }
    return { trouble: undefined, offset };
  }
}
