/** Content that somebody without the key removed, under a row that claims it was retention: nothing believes it. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAnchor } from './anchor.ts';
import { canonicalJson, eventHash, hashOfBody } from './canonical.ts';
import { exportJournal, verifierFile } from './export.ts';
import { journalFiles } from './files.ts';
import type { Journal } from './journal.ts';
import { openJournalReadOnly } from './reader.ts';
import { mustAppend, mustOpen, sale, scratch, startOfTime } from './test-kit.ts';
import { verifyJournal } from './verify.ts';

let place: ReturnType<typeof scratch>;
let directory: string;
let file: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'journal');
  file = journalFiles(directory).journal;
  const journal = mustOpen(directory);
  for (let n = 1; n <= 5; n += 1) mustAppend(journal, sale(n));
  expect(journal.writeSnapshot(1, '{}').ok).toBe(true);
  journal.close();
});

afterEach(() => {
  place.remove();
});

/** What can be done without the key: bodies of rows 7 to 12 gone, a row after the last seal that says why, the head. */
function forge(seal: 'none' | 'ofAnotherRow' | 'madeUp', rows: readonly (readonly number[])[] = [[7, 12]]): void {
  const db = new Database(file);
  const triggers = db
    .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  db.exec('UPDATE events SET body = NULL, salt = NULL WHERE sequence BETWEEN 7 AND 12');
  const head = db.prepare<[], { sequence: number; hash: Uint8Array }>('SELECT sequence, hash FROM head').get();
  if (head === undefined) throw new Error('no head');
  const body = canonicalJson({ type: 'Redacted', before: startOfTime, by: 'retention of 365 days', rows });
  const salt = Buffer.alloc(16, 7);
  const content = {
    at: startOfTime,
    type: 'Redacted',
    transactionId: null,
    body,
    salt,
    bodyHash: hashOfBody(salt, body),
  };
  const sequence = head.sequence + 1;
  const hash = eventHash(sequence, content, head.hash);
  db.prepare('INSERT INTO events VALUES (:sequence, :at, :type, :transactionId, :body, :salt, :bodyHash, :hash)').run({
    ...content,
    sequence,
    hash,
  });
  db.prepare('UPDATE head SET sequence = ?, hash = ?').run(sequence, hash);
  if (seal !== 'none') {
    const signature = seal === 'madeUp' ? 'zeroblob(64)' : 'signature';
    db.prepare(`INSERT INTO seals SELECT ?, ?, ${signature}, key_id, at FROM seals WHERE sequence = 30`).run(
      sequence,
      hash,
    );
  }
  for (const trigger of triggers) db.exec(trigger.sql);
  db.close();
}

function checkExport(): { readonly code: number | null; readonly problems: readonly unknown[] } {
  const reader = openJournalReadOnly(file);
  if (!reader.ok) throw new Error(reader.fault.detail);
  const anchor = readAnchor(journalFiles(directory).anchor);
  let text = '';
  exportJournal(
    reader.value,
    { format: 'jsonl', from: 1, anchors: anchor.ok ? anchor.value : [] },
    (piece) => (text += piece),
  );
  reader.value.close();
  const exported = join(place.path, 'export.jsonl');
  writeFileSync(exported, text);
  const { status, stdout } = spawnSync(process.execPath, [verifierFile.pathname, exported, '--json'], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: status, problems: (JSON.parse(stdout) as { problems: readonly unknown[] }).problems };
}

function scrub(journal: Journal): readonly unknown[] {
  const { done, problems } = journal.scrub(1000);
  expect(done).toBe(true);
  return problems;
}

const missing = expect.objectContaining({ sequence: 7, kind: 'bodyMissing' });

describe('a forged row of type Redacted', () => {
  it('without a seal explains nothing, to neither verifier nor to the running terminal', () => {
    forge('none');
    expect(verifyJournal(file)).toMatchObject({ verified: false, firstBad: 7, problems: [missing] });
    const { code, problems } = checkExport();
    expect([code, problems[0]]).toEqual([1, missing]);
    const journal = mustOpen(directory);
    expect(journal.redactedThrough()).toBe(0);
    expect(scrub(journal)).toEqual([missing]);
    // Nor once the terminal has sealed a row of its own behind it.
    mustAppend(journal, sale(6));
    expect(scrub(journal)).toEqual([missing]);
    journal.close();
    expect(verifyJournal(file)).toMatchObject({ verified: false, problems: [missing] });
    expect(checkExport().problems[0]).toEqual(missing);
  });

  it.each(['ofAnotherRow', 'madeUp'] as const)('with a seal %s explains nothing', (seal) => {
    forge(seal);
    const expected = [missing, expect.objectContaining({ sequence: 31, kind: 'badSeal' })];
    for (const problem of expected) {
      expect(verifyJournal(file).problems).toContainEqual(problem);
      expect(checkExport().problems).toContainEqual(problem);
    }
  });

  it('that names rows which no snapshot covers does not keep the terminal from starting', () => {
    forge('none', [[7, 31]]);
    const journal = mustOpen(directory);
    expect(scrub(journal)).toEqual([missing]);
    journal.close();
  });
});
