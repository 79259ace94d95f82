/**
 * The mirror's bytes. It is a file of 512-byte sectors; a block, all rows of one durable step, is a run of whole
 * sectors of its own. So what a write that a power cut tears can spoil is the block that was being written and, with it,
 * what the medium spoils around it: never half of a sector that two steps share.
 *
 * Each sector, integers big-endian:
 *
 *    0  CRC-32 of the rest of the sector
 *    4  CRC-32 of the block's whole payload, in each of its sectors: a block rewritten by halves does not fit itself
 *    8  the book: the first 4 bytes of the key id
 *   12  payload bytes in this sector, 2 bytes
 *   14  sequence of the block's first row, 6 bytes
 *   20  sectors of the block, 4 bytes
 *   24  number of this sector among them, 4 bytes
 *   28  payload, then zeros
 *
 * The payload is rows, each a field list (canonical.ts): sequence, at, type, transaction id, body, salt, body hash, hash,
 * signature. The body hash is left out where body and salt give it; the signature is that of the seal at this row, or
 * null. Behind the last block the file holds zeros: room made beforehand, so that a step overwrites and never grows it.
 */
import { crc32 } from 'node:zlib';
import { decodeFields, encodeFields, hashOfBody, type StoredRow } from './canonical.ts';

export const sectorBytes = 512;
const headerBytes = 28;
const payloadBytes = sectorBytes - headerBytes;
const fieldsOfRow = 9;
/** Of a damaged sector that passes for whole: no block is as long as 512 MiB. */
const maxSectors = 1 << 20;

export interface MirrorRow {
  readonly row: StoredRow;
  /** Of the seal at this row, 64 bytes; null without one. */
  readonly signature: Uint8Array | null;
}

export interface Block {
  /** Number of its first sector in the file. */
  readonly sector: number;
  readonly sectors: number;
  readonly rows: readonly MirrorRow[];
}

export interface SectorHeader {
  readonly payloadCrc: number;
  readonly book: number;
  readonly length: number;
  readonly first: number;
  readonly count: number;
  readonly index: number;
}

/** @param keyId lower-case hex. */
export function bookOf(keyId: string): number {
  return Number.parseInt(keyId.slice(0, 8), 16);
}

function encodeRow({ row, signature }: MirrorRow): Buffer {
  const { sequence, at, type, transactionId, body, salt, bodyHash, hash } = row;
  const derived = body !== null && salt !== null;
  return encodeFields([sequence, at, type, transactionId, body, salt, derived ? null : bodyHash, hash, signature]);
}

/** @param sectors more than the rows need, to fill a place that is there. */
export function encodeBlock(book: number, rows: readonly MirrorRow[], sectors = 0): Buffer {
  const payload = Buffer.concat(rows.map(encodeRow));
  const first = rows[0]?.row.sequence ?? 0;
  const count = Math.max(Math.ceil(payload.length / payloadBytes), sectors);
  const payloadCrc = crc32(payload);
  const bytes = Buffer.alloc(count * sectorBytes);
  for (let index = 0; index < count; index += 1) {
    const sector = bytes.subarray(index * sectorBytes, (index + 1) * sectorBytes);
    const part = payload.subarray(index * payloadBytes, (index + 1) * payloadBytes);
    sector.writeUInt32BE(payloadCrc, 4);
    sector.writeUInt32BE(book, 8);
    sector.writeUInt16BE(part.length, 12);
    sector.writeUIntBE(first, 14, 6);
    sector.writeUInt32BE(count, 20);
    sector.writeUInt32BE(index, 24);
    sector.set(part, headerBytes);
    sector.writeUInt32BE(crc32(sector.subarray(4)), 0);
  }
  return bytes;
}

/** How many sectors the rows need. */
export function sectorsFor(rows: readonly MirrorRow[]): number {
  const bytes = rows.reduce((sum, row) => sum + encodeRow(row).length, 0);
  return Math.ceil(bytes / payloadBytes);
}

/** Undefined when it is not a whole sector of any mirror. */
export function readSector(sector: Buffer): SectorHeader | undefined {
  if (sector.length < sectorBytes || sector.readUInt32BE(0) !== crc32(sector.subarray(4, sectorBytes)))
    return undefined;
  const length = sector.readUInt16BE(12);
  const count = sector.readUInt32BE(20);
  const index = sector.readUInt32BE(24);
  if (length > payloadBytes || count === 0 || count > maxSectors || index >= count) return undefined;
  return {
    payloadCrc: sector.readUInt32BE(4),
    book: sector.readUInt32BE(8),
    length,
    first: sector.readUIntBE(14, 6),
    count,
    index,
  };
}

/** @param bytes all sectors of the block; undefined when they do not belong together or are not whole. */
export function decodeBlock(bytes: Buffer, book: number): readonly MirrorRow[] | undefined {
  const parts: Buffer[] = [];
  const first = readSector(bytes.subarray(0, sectorBytes));
  if (first?.book !== book || first.count * sectorBytes !== bytes.length) return undefined;
  for (let index = 0; index < first.count; index += 1) {
    const sector = bytes.subarray(index * sectorBytes, (index + 1) * sectorBytes);
    const header = readSector(sector);
    if (header?.index !== index || header.payloadCrc !== first.payloadCrc || header.first !== first.first) {
      return undefined;
    }
    parts.push(sector.subarray(headerBytes, headerBytes + header.length));
  }
  const payload = Buffer.concat(parts);
  return crc32(payload) === first.payloadCrc ? decodeRows(payload, first.first) : undefined;
}

function decodeRows(payload: Buffer, first: number): readonly MirrorRow[] | undefined {
  const rows: MirrorRow[] = [];
  for (let at = 0; at < payload.length;) {
    const decoded = decodeFields(payload, at, fieldsOfRow);
    const row = decoded && rowOf(decoded.fields);
    if (decoded === undefined || row?.row.sequence !== first + rows.length) return undefined;
    rows.push(row);
    at = decoded.end;
  }
  return rows.length === 0 ? undefined : rows;
}

function rowOf(fields: readonly (Buffer | null)[]): MirrorRow | undefined {
  const [sequence, at, type, transactionId, body, salt, bodyHash, hash, signature] = fields;
  if (sequence?.length !== 8 || at?.length !== 8 || !type || !hash) return undefined;
  const text = body?.toString('utf8') ?? null;
  const row: StoredRow = {
    sequence: Number(sequence.readBigInt64BE()),
    at: Number(at.readBigInt64BE()),
    type: type.toString('utf8'),
    transactionId: transactionId?.toString('utf8') ?? null,
    body: text,
    salt: salt ?? null,
    bodyHash: text !== null && salt ? hashOfBody(salt, text) : (bodyHash ?? null),
    hash,
  };
  return { row, signature: signature ?? null };
}
