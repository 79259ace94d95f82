/**
 * Finds messages in a byte stream: each is preceded by its length. ISO 8583 leaves this to the two parties; the
 * header is an axis like those of the elements. Resumes on any chunk boundary and is bounded by `maxLength`.
 */
import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import { fault, type Fault } from '../base/result.ts';

export interface LengthHeader {
  /** Bytes on the wire. */
  readonly size: number;
  /** Longest message it can announce, in bytes. */
  readonly limit: number;
  write(length: number, target: Uint8Array): void;
  /** Reads exactly `size` bytes. */
  read(wire: Uint8Array): number;
}

/** Two bytes, unsigned, most significant first; counts the message without the header. */
export const twoByteLength: LengthHeader = {
  size: 2,
  limit: 0xffff,
  write: (length, target) => target.set([length >> 8, length & 0xff], 0),
  read: (wire) => (wire[0] ?? 0) * 256 + (wire[1] ?? 0),
};

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
  readonly trouble: Fault<'frameTooLong'> | undefined;
}

export class FrameReader {
  readonly #header: LengthHeader;
  readonly #maxLength: number;
  #rest: Uint8Array = new Uint8Array(0);

  /** `maxLength` in bytes, without the header. */
  constructor(header: LengthHeader, maxLength: number) {
    this.#header = header;
    this.#maxLength = maxLength;
  }

  /** The same messages and trouble, in whatever chunks they come. Empty messages, a sign of life, are left out. */
  push(chunk: Uint8Array): Framed {
    const bytes = this.#rest.length === 0 ? chunk : concat(this.#rest, chunk);
    const messages: Uint8Array[] = [];
    let offset = 0;
    while (bytes.length - offset >= this.#header.size) {
      const start = offset + this.#header.size;
      const length = this.#header.read(bytes.subarray(offset, start));
      if (length > this.#maxLength) {
        const detail = `a message of ${length} bytes is announced, at most ${this.#maxLength} are taken`;
        return { messages, trouble: fault('frameTooLong', detail, false) };
      }
      if (bytes.length - start < length) break;
      if (length > 0) messages.push(new Uint8Array(bytes.subarray(start, start + length)));
      offset = start + length;
    }
    this.#rest = new Uint8Array(bytes.subarray(offset));
    return { messages, trouble: undefined };
  }
}
