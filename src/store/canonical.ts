/**
 * The exact bytes that are hashed and signed. They never change within a format version: everything that was
 * ever sealed depends on them.
 *
 * Field list: each field is its length in bytes (4 bytes, big-endian) and then its bytes; null is the length
 * FFFFFFFF with no bytes. Text is UTF-8, an integer is 8 bytes two's complement big-endian.
 *
 *   genesis = SHA-256('cham-journal-genesis/1', key id)
 *   hash(n) = SHA-256('cham-journal-event/1', n, at, type, transaction id or null, body, hash(n-1)); hash(0) = genesis
 *   seal(n) = Ed25519('cham-journal-seal/1', key id, n, hash(n))
 *
 * The key id is the SHA-256 of the terminal's public key in DER, so a book belongs to one terminal from its
 * first row on, and a signature made for a seal is good for nothing else.
 * Body: RFC 8785 (JSON Canonicalization Scheme) restricted to safe integers.
 */
import { hash } from 'node:crypto';
import { assert } from '../core/base/assert.ts';

/** One row of `events`, as it is stored. */
export interface StoredRow {
  readonly sequence: number;
  readonly at: number;
  readonly type: string;
  readonly transactionId: string | null;
  readonly body: string;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

export type RowContent = Omit<StoredRow, 'sequence' | 'hash'>;

type Field = string | number | Uint8Array | null;

const nullLength = 0xffffffff;

function encode(fields: readonly Field[]): Buffer {
  const bytes = Buffer.allocUnsafe(fields.reduce((sum: number, field) => sum + 4 + sizeOf(field), 0));
  let at = 0;
  for (const field of fields) {
    at = bytes.writeUInt32BE(field === null ? nullLength : sizeOf(field), at);
    if (field === null) continue;
    if (typeof field === 'string') at += bytes.write(field, at, 'utf8');
    // Rows of a forged file may hold any number: wrap instead of throwing, the hash will not fit.
    else if (typeof field === 'number') at = bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(Math.trunc(field))), at);
    else {
      bytes.set(field, at);
      at += field.length;
    }
  }
  return bytes;
}

function sizeOf(field: Field): number {
  if (field === null) return 0;
  if (typeof field === 'number') return 8;
  return typeof field === 'string' ? Buffer.byteLength(field, 'utf8') : field.length;
}

function sha256(fields: readonly Field[]): Buffer {
  return hash('sha256', encode(fields), 'buffer');
}

/** @param keyId lower-case hex, 64 characters. */
export function genesisHash(keyId: string): Buffer {
  return sha256(['cham-journal-genesis/1', Buffer.from(keyId, 'hex')]);
}

export function eventHash(sequence: number, row: RowContent, previous: Uint8Array): Buffer {
  return sha256(['cham-journal-event/1', sequence, row.at, row.type, row.transactionId, row.body, previous]);
}

/** What a seal signs. */
export function sealMessage(keyId: string, sequence: number, hash: Uint8Array): Buffer {
  return encode(['cham-journal-seal/1', Buffer.from(keyId, 'hex'), sequence, hash]);
}

/** Keys sorted by UTF-16 code unit, no white space; anything that is not plain JSON with safe integers is a bug. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    assert(Number.isSafeInteger(value), `canonical JSON: ${value} is not a safe integer`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  assert(typeof value === 'object', `canonical JSON: cannot write a value of type ${typeof value}`);
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype || prototype === null, 'canonical JSON: only plain objects');
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
