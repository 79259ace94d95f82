/** For benches: a journal with a long history, written much faster than the terminal can. Not durable while it works. */
import Database from 'better-sqlite3';
import { writeAnchor, type Seal } from './anchor.ts';
import { money } from '../core/base/money.ts';
import type { JournalEvent } from '../core/transaction/events.ts';
import { canonicalJson, sealMessage } from './canonical.ts';
import { journalFiles } from './files.ts';
import { readTerminalKey } from './keys.ts';
import { mustOpen, sale, startOfTime } from './test-kit.ts';
import { chained } from './write.ts';

const salesADay = 500;

/** A shop closes its batch every night: what the terminal has to remember stays small. */
function dayBefore(number: number): readonly JournalEvent[] {
  const businessDate = '2026-01-01';
  const float = money(0, 'VND');
  if (number === 0) return [{ type: 'BatchOpened', batch: 1, businessDate, float }];
  if (number % salesADay !== 0) return [];
  const batch = number / salesADay;
  const next = { batch: batch + 1, businessDate, float };
  return [
    { type: 'BatchClosed', batch, businessDate, because: 'cutOver', by: null, cash: null, next },
    { type: 'BatchSettled', batch, balance: 'inBalance', hostTotals: null },
  ];
}

/** Rows and hashes are those of so many sales; only the last of each day is sealed. */
export function writeManySales(directory: string, sales: number): void {
  const journal = mustOpen(directory);
  let { sequence } = journal.head();
  let previous: Uint8Array = Buffer.from(journal.head().hash, 'hex');
  journal.close();
  const files = journalFiles(directory);
  const key = readTerminalKey(files.key);
  if (!key.ok) throw new Error(key.fault.detail);
  const terminal = key.value;
  const { keyId } = terminal;
  let seal: Seal | undefined;

  const db = new Database(files.journal);
  db.pragma('synchronous = OFF');
  const insert = db.prepare(
    'INSERT INTO events VALUES (:sequence, :at, :type, :transactionId, :body, :salt, :bodyHash, :hash)',
  );
  const insertSeal = db.prepare('INSERT INTO seals VALUES (:sequence, :hash, :signature, :keyId, :at)');
  const writeSales = db.transaction((from: number, to: number) => {
    for (let number = from; number < to; number += 1) {
      for (const event of [...dayBefore(number), ...sale(number)]) {
        const transactionId = 'transactionId' in event ? event.transactionId : null;
        // Six digits on the wire.
        const whole: JournalEvent =
          event.type === 'AuthorizationRequested' || event.type === 'AuthorizationApproved'
            ? { ...event, stan: (number % 999_999) + 1 }
            : event;
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
  for (let from = 0; from < sales; from += salesADay) writeSales(from, Math.min(from + salesADay, sales));
  db.close();
  if (seal !== undefined) writeAnchor(files.anchor, seal, true);
}
