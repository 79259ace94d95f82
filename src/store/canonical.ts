/**
 * The exact bytes that are hashed and signed. They never change within a format version: everything that was
 * ever sealed depends on them.
 *
 * Field list: each field is its length in bytes (4 bytes, big-endian) and then its bytes; null is the length
 * FFFFFFFF with no bytes. Text is UTF-8, an integer is 8 bytes two's complement big-endian.
 *
 *   genesis = SHA-256('cham-journal-genesis/1', key id)
 *   hash(n) = SHA-256('cham-journal-event/2', n, at, type, transaction id or null, body hash, hash(n-1)); hash(0) = genesis
 *   body hash = SHA-256(salt ‖ body), salt 16 random bytes; plain bytes, not a field list
 *   seal(n) = Ed25519('cham-journal-seal/1', key id, n, hash(n))
 *   snapshot = Ed25519('cham-journal-snapshot/1', key id, n, hash(n), fold version, SHA-256(state))
 *
 * Rows written by schema version 1 have no body hash: 'cham-journal-event/1', and the body in place of the body hash.
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
  /** The event as canonical JSON; null when retention removed it. */
  readonly body: string | null;
  /** 16 bytes; null in a row of schema version 1 and when the body was removed. */
  readonly salt: Uint8Array | null;
  /** 32 bytes; null in a row of schema version 1. */
  readonly bodyHash: Uint8Array | null;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

export type RowContent = Omit<StoredRow, 'sequence' | 'hash'>;

export type Field = string | number | Uint8Array | null;

const nullLength = 0xffffffff;

export function encodeFields(fields: readonly Field[]): Buffer {
  const bytes = Buffer.allocUnsafe(fields.reduce((sum: number, field) => sum + 4 + sizeOf(field), 0));
  let at = 0;
  for (const field of fields) {
    at = bytes.writeUInt32BE(field === null ? nullLength : sizeOf(field), at);
    if (field === null) continue;
    if (typeof field === 'string') at += bytes.write(field, at, 'utf8');
    else if (typeof field === 'number') at = bytes.writeBigInt64BE(integer(field), at);
    else {
      bytes.set(field, at);
      at += field.length;
    }
  }
  return bytes;
}

/** The bytes of so many fields from `at` on, and where they end; undefined when they do not lie within `bytes`. */
export function decodeFields(
  bytes: Buffer,
  at: number,
  count: number,
): { readonly fields: readonly (Buffer | null)[]; readonly end: number } | undefined {
  const fields: (Buffer | null)[] = [];
  let end = at;
  while (fields.length < count) {
    if (end + 4 > bytes.length) return undefined;
    const length = bytes.readUInt32BE(end);
    end += 4;
    if (length === nullLength) {
      fields.push(null);
      continue;
    }
    if (end + length > bytes.length) return undefined;
    fields.push(bytes.subarray(end, end + length));
    end += length;
  }
  return { fields, end };
}

/** A forged file, or one in which a bit flipped, may hold any number, or none: one that is never written, so no hash fits. */
function integer(field: number): bigint {
  return Number.isSafeInteger(field) ? BigInt(field) : -(2n ** 63n);
}

function sizeOf(field: Field): number {
  if (field === null) return 0;
  if (typeof field === 'number') return 8;
  return typeof field === 'string' ? Buffer.byteLength(field, 'utf8') : field.length;
}

function sha256(fields: readonly Field[]): Buffer {
  return hash('sha256', encodeFields(fields), 'buffer');
}

/** @param keyId lower-case hex, 64 characters. */
export function genesisHash(keyId: string): Buffer {
  return sha256(['cham-journal-genesis/1', Buffer.from(keyId, 'hex')]);
}

/** Of a row with a body hash this does not look at the body: see `bodyFits`. */
export function eventHash(sequence: number, row: RowContent, previous: Uint8Array): Buffer {
  const { at, type, transactionId, body, bodyHash } = row;
  return bodyHash === null
    ? sha256(['cham-journal-event/1', sequence, at, type, transactionId, body, previous])
    : sha256(['cham-journal-event/2', sequence, at, type, transactionId, bodyHash, previous]);
}

export function hashOfBody(salt: Uint8Array, body: string): Buffer {
  return hash('sha256', Buffer.concat([salt, Buffer.from(body, 'utf8')]), 'buffer');
}

/** Is the body the one that `bodyHash` commits to, or was it removed together with its salt? */
export function bodyFits({ body, salt, bodyHash }: RowContent): boolean {
  if (bodyHash === null) return true;
  if (body === null || salt === null) return body === null && salt === null;
  return hashOfBody(salt, body).equals(bodyHash);
}

/** What a seal signs. */
export function sealMessage(keyId: string, sequence: number, hash: Uint8Array): Buffer {
  return encodeFields(['cham-journal-seal/1', Buffer.from(keyId, 'hex'), sequence, hash]);
}

/** What a snapshot's signature signs. */
export function snapshotMessage(
  keyId: string,
  snapshot: {
    readonly sequence: number;
    readonly hash: Uint8Array;
    readonly foldVersion: number;
    readonly state: string;
  },
): Buffer {
  const { sequence, hash: rowHash, foldVersion, state } = snapshot;
  const stateHash = hash('sha256', state, 'buffer');
  return encodeFields([
    'cham-journal-snapshot/1',
    Buffer.from(keyId, 'hex'),
    sequence,
    rowHash,
    foldVersion,
    stateHash,
  ]);
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
