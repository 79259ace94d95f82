/**
 * The journal as text, with everything a third party needs to check it: JSON Lines for the stand-alone verifier
 * (standalone/verify-export.mjs, which has this format in its header) and CSV for a spreadsheet. Written piece by
 * piece, so a long journal needs no more memory than a short one.
 */
import { createPublicKey } from 'node:crypto';
import { signedAnchor, type Seal } from './anchor.ts';
import { genesisHash, type StoredRow } from './canonical.ts';
import { publicKeyFromDer } from './keys.ts';
import type { JournalReader } from './reader.ts';

export type ExportFormat = 'jsonl' | 'csv';

export interface ExportReport {
  readonly rows: number;
  /** The last row written; hash in lower-case hex. */
  readonly head: { readonly sequence: number; readonly hash: string };
}

/** Where the verifier lies, to be copied beside an export. */
export const verifierFile = new URL('standalone/verify-export.mjs', import.meta.url);

const csvColumns = 'sequence,at,atMs,type,transactionId,body,bodyHash,salt,hash,sealSignature,sealKeyId';

/**
 * @param from first row; the verifier then cannot say anything about the rows before it.
 * @param anchors what the journal's anchor file says; one that the journal's key signed is written.
 * @param write is called with whole lines.
 */
export function exportJournal(
  reader: JournalReader,
  options: { readonly format: ExportFormat; readonly from: number; readonly anchors: readonly Seal[] },
  write: (text: string) => void,
): ExportReport {
  const { format, from, anchors } = options;
  const { keyId, der } = reader.identity();
  const key = publicKeyFromDer(der);
  const anchor = key.ok ? signedAnchor(anchors, key.value) : undefined;
  const previous = from > 1 ? reader.rowHash(from - 1) : genesisHash(keyId);
  const publicKey = createPublicKey({ key: Buffer.from(der), type: 'spki', format: 'der' });
  const header = {
    format: 'cham-journal-export/1',
    keyId,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
    from,
    previousHash: hexOrNull(previous),
    anchor: anchor === undefined ? null : sealFields(anchor),
  };
  write(format === 'jsonl' ? `${JSON.stringify(header)}\n` : `${csvColumns}\r\n`);
  let rows = 0;
  let head = { sequence: from - 1, hash: hexOrNull(previous) ?? '' };
  for (const { row, seal } of reader.sealedRows(from)) {
    const written = fieldsOf(row, seal);
    write(format === 'jsonl' ? `${JSON.stringify(written)}\n` : csvLine(written));
    rows += 1;
    head = { sequence: row.sequence, hash: written.hash };
  }
  if (format === 'jsonl') write(`${JSON.stringify({ end: true, rows, head })}\n`);
  return { rows, head };
}

interface ExportedRow {
  readonly sequence: number;
  readonly at: string;
  readonly atMs: number;
  readonly type: string;
  readonly transactionId: string | null;
  readonly body: string | null;
  readonly bodyHash: string | null;
  readonly salt: string | null;
  readonly hash: string;
  readonly seal?: ReturnType<typeof sealFields>;
}

function fieldsOf(row: StoredRow, seal: Seal | undefined): ExportedRow {
  const { sequence, at, type, transactionId, body, bodyHash, salt, hash } = row;
  return {
    sequence,
    at: isoTime(at),
    atMs: at,
    type,
    transactionId,
    body,
    bodyHash: hexOrNull(bodyHash),
    salt: hexOrNull(salt),
    hash: hexOf(hash),
    ...(seal !== undefined && { seal: sealFields(seal) }),
  };
}

function sealFields({ sequence, hash, signature, keyId }: Seal): {
  readonly sequence: number;
  readonly hash: string;
  readonly signature: string;
  readonly keyId: string;
} {
  return { sequence, hash: hexOf(hash), signature: hexOf(signature), keyId };
}

/** RFC 4180. */
function csvLine({ seal, ...row }: ExportedRow): string {
  const cells = [...Object.values(row), seal?.signature ?? null, seal?.keyId ?? null];
  return `${cells.map((cell) => quoted(cell === null ? '' : String(cell))).join(',')}\r\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Of a forged row the number may be no time at all. */
function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function hexOrNull(bytes: Uint8Array | null | undefined): string | null {
  return bytes === null || bytes === undefined ? null : hexOf(bytes);
}
