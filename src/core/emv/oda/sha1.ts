/**
 * SHA-1 (FIPS 180-4 §6.1), the only hash algorithm of EMV's RSA certificates and signatures (Book 2 Annex B3.1,
 * indicator 01). Written here because core knows no cryptographic library; it protects nothing else.
 */
import { assert } from '../../base/assert.ts';

const blockLength = 64;
/** 64-bit length of the message and the bit that ends it. */
const trailerLength = 9;

export const sha1Length = 20;

/** Hash of the parts, one after the other. */
export function sha1(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const message = padded(parts);
  const schedule = new Int32Array(80);
  for (let at = 0; at < message.byteLength; at += blockLength) {
    expand(schedule, message, at);
    compress(state, schedule);
  }
  assert(state.length * 4 === sha1Length, 'SHA-1: five words');
  const hash = new Uint8Array(sha1Length);
  const view = new DataView(hash.buffer);
  for (let i = 0; i < state.length; i += 1) view.setInt32(i * 4, state[i] ?? 0);
  return hash;
}

function padded(parts: readonly Uint8Array[]): DataView {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(Math.ceil((length + trailerLength) / blockLength) * blockLength);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  assert(at === length && bytes.length % blockLength === 0, 'SHA-1: whole blocks, with every byte in them');
  bytes[at] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor(length / 0x2000_0000));
  view.setUint32(bytes.length - 4, (length * 8) >>> 0);
  return view;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** `f` and `K` of round `t` together (FIPS 180-4 §4.1.1 and §4.2.1). */
function mix(t: number, b: number, c: number, d: number): number {
  if (t < 20) return (((b & c) | (~b & d)) + 0x5a827999) | 0;
  if (t < 40) return ((b ^ c ^ d) + 0x6ed9eba1) | 0;
  if (t < 60) return (((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc) | 0;
  return ((b ^ c ^ d) + 0xca62c1d6) | 0;
}

/** The words of one block and what is made of them. */
function expand(w: Int32Array, message: DataView, at: number): void {
  for (let t = 0; t < 16; t += 1) w[t] = message.getInt32(at + t * 4);
  for (let t = 16; t < 80; t += 1) {
    w[t] = rotate((w[t - 3] ?? 0) ^ (w[t - 8] ?? 0) ^ (w[t - 14] ?? 0) ^ (w[t - 16] ?? 0), 1);
  }
}

/** Plain locals and loops: this is most of the work on a card's data, and iterators made it ten times slower. */
function compress(h: Int32Array, w: Int32Array): void {
  let a = h[0] ?? 0;
  let b = h[1] ?? 0;
  let c = h[2] ?? 0;
  let d = h[3] ?? 0;
  let e = h[4] ?? 0;
  for (let t = 0; t < 80; t += 1) {
    const next = (rotate(a, 5) + mix(t, b, c, d) + e + (w[t] ?? 0)) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  h[0] = (h[0] ?? 0) + a;
  h[1] = (h[1] ?? 0) + b;
  h[2] = (h[2] ?? 0) + c;
  h[3] = (h[3] ?? 0) + d;
  h[4] = (h[4] ?? 0) + e;
}
