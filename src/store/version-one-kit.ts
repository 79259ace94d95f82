/** For tests: a journal as the first version of this program wrote it, made without any code of the present version. */
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { JournalEvent } from '../core/transaction/events.ts';
import { journalFiles } from './files.ts';

const schema = readFileSync(new URL('schema/001-journal.sql', import.meta.url), 'utf8');

/** Every event in one row, sealed after each of `seals`. Returns the hashes of the rows, lower-case hex. */
export function writeVersionOne(
  directory: string,
  events: readonly JournalEvent[],
  at: number,
  seals: readonly number[],
): readonly string[] {
  mkdirSync(directory, { recursive: true });
  const files = journalFiles(directory);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const keyId = hash('sha256', der, 'buffer');
  writeFileSync(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(files.publicKey, publicKey.export({ type: 'spki', format: 'pem' }));
  const db = new Database(files.journal);
  db.exec(schema);
  // `CHAM` in ASCII.
  db.pragma('application_id = 0x4348414d');
  db.pragma('user_version = 1');
  db.prepare('INSERT INTO identity VALUES (1, ?)').run(der);
  let previous = hash('sha256', fields(['cham-journal-genesis/1', keyId]), 'buffer');
  db.prepare('INSERT INTO head VALUES (1, 0, ?)').run(previous);
  writeAnchor(0, previous);
  const hashes: string[] = [];
  db.exec('BEGIN');
  for (const [index, event] of events.entries()) {
    const sequence = index + 1;
    const id = 'transactionId' in event ? event.transactionId : null;
    const body = sorted(event);
    const content = ['cham-journal-event/1', integer(sequence), integer(at), event.type, id, body, previous] as const;
    previous = hash('sha256', fields(content), 'buffer');
    hashes.push(previous.toString('hex'));
    db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)').run(sequence, at, event.type, id, body, previous);
    db.prepare('UPDATE head SET sequence = ?, hash = ?').run(sequence, previous);
    if (seals.includes(sequence)) {
      const signature = writeAnchor(sequence, previous);
      const seal = [sequence, previous, signature, keyId.toString('hex'), at];
      db.prepare('INSERT INTO seals VALUES (?, ?, ?, ?, ?)').run(...seal);
    }
  }
  db.exec('COMMIT');
  db.pragma('journal_mode = WAL');
  db.close();
  return hashes;

  function writeAnchor(sequence: number, rowHash: Buffer): Buffer {
    const signature = sign(null, fields(['cham-journal-seal/1', keyId, integer(sequence), rowHash]), privateKey);
    const record = {
      keyId: keyId.toString('hex'),
      hash: rowHash.toString('hex'),
      signature: signature.toString('hex'),
    };
    writeFileSync(files.anchor, JSON.stringify({ format: 1, sequence, ...record }));
    return signature;
  }
}

function fields(list: readonly (string | Buffer | null)[]): Buffer {
  const parts = list.flatMap((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field === null ? 0xffffffff : Buffer.from(field).length);
    return field === null ? [length] : [length, Buffer.from(field)];
  });
  return Buffer.concat(parts);
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
