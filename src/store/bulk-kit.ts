/** For benches: a journal with a long history, written much faster than the terminal can. Not durable while it works. */
import Database from 'better-sqlite3';
import { readAnchor, writeAnchor, type Seal } from './anchor.ts';
import { canonicalJson, sealMessage } from './canonical.ts';
import { journalFiles } from './files.ts';
import { chained } from './journal.ts';
import { readTerminalKey } from './keys.ts';
import { mustOpen, sale, startOfTime } from './test-kit.ts';

/** Rows and hashes are those of so many sales; only every 500th sale and the last are sealed. */
export function writeManySales(directory: string, sales: number): void {
  const journal = mustOpen(directory);
  let { sequence } = journal.head();
  let previous: Uint8Array = Buffer.from(journal.head().hash, 'hex');
  journal.close();
  const files = journalFiles(directory);
  const key = readTerminalKey(files.key);
  const anchor = readAnchor(files.anchor);
  if (!key.ok || !anchor.ok) throw new Error('the new journal cannot be read');
  const terminal = key.value;
  const { keyId } = terminal;
  let seal: Seal = anchor.value;

  const db = new Database(files.journal);
  db.pragma('synchronous = OFF');
  const insert = db.prepare(
    'INSERT INTO events VALUES (:sequence, :at, :type, :transactionId, :body, :salt, :bodyHash, :hash)',
  );
  const insertSeal = db.prepare('INSERT INTO seals VALUES (:sequence, :hash, :signature, :keyId, :at)');
  const writeSales = db.transaction((from: number, to: number) => {
    for (let number = from; number < to; number += 1) {
      for (const event of sale(number)) {
        const transactionId = 'transactionId' in event ? event.transactionId : null;
        // Six digits on the wire.
        const whole = 'stan' in event ? { ...event, stan: (number % 999_999) + 1 } : event;
        const entry = { type: event.type, transactionId, body: canonicalJson(whole) };
        const row = chained(entry, startOfTime, sequence, previous);
        insert.run(row);
        ({ sequence, hash: previous } = row);
      }
    }
    seal = { sequence, hash: previous, keyId, signature: terminal.sign(sealMessage(keyId, sequence, previous)) };
    insertSeal.run({ ...seal, at: startOfTime });
    db.prepare('UPDATE head SET sequence = ?, hash = ?').run(sequence, previous);
  });
  for (let from = 0; from < sales; from += 500) writeSales(from, Math.min(from + 500, sales));
  db.close();
  writeAnchor(files.anchor, seal);
}
