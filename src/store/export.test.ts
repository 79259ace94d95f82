/** What leaves as text says of the journal what the journal's own check says, to a program that shares no code with it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../core/base/brand.ts';
import { readAnchor } from './anchor.ts';
import { exportJournal, verifierFile, type ExportFormat, type ExportReport } from './export.ts';
import { journalFiles } from './files.ts';
import { openJournalReadOnly } from './reader.ts';
import { mustAppend, mustOpen, sale, scratch, startOfTime, writeThirty } from './test-kit.ts';
import { verifyJournal } from './verify.ts';
import { writeVersionOne } from './version-one-kit.ts';

let place: ReturnType<typeof scratch>;
let directory: string;
let file: string;
let exported: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'journal');
  file = journalFiles(directory).journal;
  exported = join(place.path, 'export.jsonl');
});

afterEach(() => {
  place.remove();
});

function write(format: ExportFormat = 'jsonl', from = 1): ExportReport {
  const reader = openJournalReadOnly(file);
  if (!reader.ok) throw new Error(reader.fault.detail);
  const anchor = readAnchor(journalFiles(directory).anchor);
  let text = '';
  const report = exportJournal(
    reader.value,
    { format, from, anchors: anchor.ok ? anchor.value : [] },
    (piece) => (text += piece),
  );
  reader.value.close();
  writeFileSync(exported, text);
  return report;
}

interface Answer {
  readonly code: number | null;
  readonly verified?: boolean;
  readonly firstBad?: number;
  readonly from?: number;
  readonly rows?: number;
  readonly redacted?: number;
  readonly sealedThrough?: number;
  readonly keySource?: string;
  readonly problems: readonly { readonly sequence: number | null; readonly kind: string }[];
}

/** Copied elsewhere first, as a third party has it: nothing of this project is beside it. */
function verifyExport(...more: readonly string[]): Answer {
  const verifier = join(place.path, 'verify-export.mjs');
  copyFileSync(verifierFile, verifier);
  const { status, stdout, stderr } = spawnSync(process.execPath, [verifier, exported, ...more, '--json'], {
    encoding: 'utf8',
    cwd: place.path,
    timeout: 20_000,
  });
  expect(stderr).toBe('');
  return { code: status, ...(JSON.parse(stdout) as Omit<Answer, 'code'>) };
}

function inWords(): string {
  return spawnSync(process.execPath, [verifierFile.pathname, exported], { encoding: 'utf8', timeout: 20_000 }).stdout;
}

/** Changes the exported text, line by line: 0 is the header, n is row n. */
function edit(change: (lines: string[]) => void): Answer {
  const lines = readFileSync(exported, 'utf8').split('\n');
  change(lines);
  writeFileSync(exported, lines.join('\n'));
  return verifyExport();
}

function replaceIn(lines: string[], number: number, from: string | RegExp, to: string): void {
  const line = lines[number] ?? '';
  const changed = line.replace(from, to);
  expect(changed).not.toBe(line);
  lines[number] = changed;
}

function tamper(sql: string): void {
  const db = new Database(file);
  const triggers = db
    .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  db.exec(sql);
  for (const trigger of triggers) db.exec(trigger.sql);
  db.close();
}

describe('an export', () => {
  it('of a whole journal is verified with the key given, and with the one inside', () => {
    writeThirty(directory);
    expect(write()).toEqual({ rows: 30, head: verifyJournal(file).head });
    const whole = { code: 0, verified: true, rows: 30, redacted: 0, sealedThrough: 28, problems: [] };
    expect(verifyExport(journalFiles(directory).publicKey)).toMatchObject({ ...whole, keySource: 'given' });
    expect(verifyExport()).toMatchObject({ ...whole, keySource: 'export' });
  });

  it('of an empty journal, and of one that goes on from a later row', () => {
    mustOpen(directory).close();
    expect(write()).toMatchObject({ rows: 0, head: { sequence: 0 } });
    expect(verifyExport()).toMatchObject({ code: 0, verified: true, rows: 0 });
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    journal.close();
    for (const from of [3, 6, 7]) {
      expect(write('jsonl', from)).toMatchObject({ rows: 7 - from, head: { sequence: 6 } });
      expect(verifyExport(), `from ${from}`).toMatchObject({ code: 0, verified: true, from, rows: 7 - from });
    }
  });

  it('says what is not in it: the rows before its first one', () => {
    writeThirty(directory);
    write();
    expect(verifyExport().from).toBe(1);
    expect(inWords()).not.toContain('not in this export');
    // By whoever made it, or by whoever cut off its front: the verifier cannot tell them apart.
    const cut = edit((lines) => {
      const rows = lines.splice(1, 12);
      const { hash } = JSON.parse(rows[11] ?? '') as { hash: string };
      const header = JSON.parse(lines[0] ?? '') as object;
      lines[0] = JSON.stringify({ ...header, from: 13, previousHash: hash });
      replaceIn(lines, 19, '"rows":30', '"rows":18');
    });
    expect(cut).toMatchObject({ code: 0, verified: true, from: 13 });
    expect(inWords()).toMatch(
      /verified from row 13 on; rows after 28 are not signed yet\nrows 1 to 12 are not in this/,
    );
    const journal = mustOpen(directory);
    mustAppend(journal, sale(6));
    journal.close();
    write('jsonl', 13);
    expect(inWords()).toMatch(/verified from row 13 on: nothing was edited, [^]*\nrows 1 to 12 are not in this export/);
  });

  it.each([
    ['"previousHash":null', /"previousHash":"\w+"/],
    ['"from":0', '"from":13'],
    ['"from":"13"', '"from":13'],
  ])('that does not say what its first row follows is not verified: %s', (to, from) => {
    writeThirty(directory);
    write('jsonl', 13);
    const answer = edit((lines) => replaceIn(lines, 0, from, to));
    expect(answer).toMatchObject({ code: 1, verified: false });
    expect(answer.problems).toContainEqual(expect.objectContaining({ kind: 'damaged' }));
  });

  it('of rows of both versions', () => {
    writeVersionOne(directory, sale(1), startOfTime, [6]);
    write();
    expect(verifyExport()).toMatchObject({ code: 0, verified: true, rows: 6 });
    const journal = mustOpen(directory);
    mustAppend(journal, sale(2));
    journal.close();
    write();
    expect(verifyExport()).toMatchObject({ code: 0, verified: true, rows: 12, sealedThrough: 12 });
  });

  it('after retention has the hashes without the content', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    expect(journal.writeSnapshot(1, '{}').ok).toBe(true);
    mustAppend(journal, sale(2));
    const at = epochMs(startOfTime + 1);
    expect(journal.redact({ foldVersion: 1, before: at, at, by: 'test', keep: () => false, maxRows: 99 }).ok).toBe(
      true,
    );
    journal.close();
    write();
    expect(readFileSync(exported, 'utf8')).not.toContain('key-1');
    expect(verifyExport()).toMatchObject({ code: 0, verified: true, rows: 13, redacted: 6 });
    // More than the journal says was removed.
    const answer = edit((lines) => {
      replaceIn(lines, 8, /"body":"(?:[^"\\]|\\.)*"/, '"body":null');
      replaceIn(lines, 8, /"salt":"\w+"/, '"salt":null');
    });
    expect(answer).toMatchObject({ code: 1, problems: [{ sequence: 8, kind: 'bodyMissing' }] });
  });

  it('as CSV has one line for each row, and cells that a spreadsheet can read back', () => {
    writeThirty(directory);
    write('csv');
    const lines = readFileSync(exported, 'utf8').split('\r\n');
    expect(lines).toHaveLength(32);
    expect(lines[0]).toBe('sequence,at,atMs,type,transactionId,body,bodyHash,salt,hash,sealSignature,sealKeyId');
    expect(lines[1]).toMatch(
      /^1,2026-\d\d-\d\dT[\d:.]+Z,1790000000000,SaleStarted,S-0{25}1,"\{""amount"":.*\}",\w{64},\w{32},\w{64},,$/,
    );
    expect(lines[6]).toMatch(/,\w{128},\w{64}$/);
  });
});

describe('a changed journal: the export shows what the check of the journal shows', () => {
  it.each([
    `UPDATE events SET body = replace(body, '"', '" ') WHERE sequence = 9`,
    'UPDATE events SET at = at + 1 WHERE sequence = 9',
    `UPDATE events SET type = 'SaleClosed' WHERE sequence = 9`,
    'UPDATE events SET transaction_id = NULL WHERE sequence = 9',
    'UPDATE events SET salt = zeroblob(16) WHERE sequence = 9',
    'UPDATE events SET body_hash = zeroblob(32) WHERE sequence = 9',
    'UPDATE events SET body = NULL, salt = NULL WHERE sequence = 9',
    'DELETE FROM events WHERE sequence = 9',
    'DELETE FROM events WHERE sequence BETWEEN 9 AND 11',
    'UPDATE seals SET signature = zeroblob(64) WHERE sequence = 12',
    `UPDATE seals SET key_id = 'x' WHERE sequence = 12`,
    'DELETE FROM seals WHERE sequence = 28',
    'DELETE FROM events WHERE sequence > 20; DELETE FROM seals WHERE sequence > 20',
  ])('%s', (sql) => {
    writeThirty(directory);
    tamper(sql);
    write();
    const { verified, problems, firstBad } = verifyJournal(file);
    const answer = verifyExport();
    expect(answer).toMatchObject({ code: 1, verified: false, firstBad });
    expect(verified).toBe(false);
    const kinds = new Set(answer.problems.map(({ kind }) => kind));
    expect(problems.some(({ kind }) => kinds.has(kind))).toBe(true);
  });
});

describe('a changed export', () => {
  beforeEach(() => {
    writeThirty(directory);
    write();
  });

  it('edited in any member of any row', () => {
    const whole = readFileSync(exported, 'utf8');
    const edits: readonly (readonly [RegExp, string])[] = [
      [/"atMs":1/, '"atMs":2'],
      [/"at":"2/, '"at":"3'],
      [/"type":"/, '"type":"x'],
      [/"transactionId":"S/, '"transactionId":"T'],
      [/"body":"\{/, '"body":"{ '],
      [/"bodyHash":"\w{8}/, '"bodyHash":"00000000'],
      [/"salt":"\w{8}/, '"salt":"00000000'],
      [/"hash":"\w{8}/, '"hash":"00000000'],
    ];
    for (const [index, [from, to]] of edits.entries()) {
      writeFileSync(exported, whole);
      const number = 5 + 3 * index;
      const answer = edit((lines) => replaceIn(lines, number, from, to));
      expect(answer, String(from)).toMatchObject({ code: 1, firstBad: number });
      expect(answer.problems[0]?.kind).toBe('edited');
    }
  });

  it('with a row removed, two in another order, one twice', () => {
    const whole = readFileSync(exported, 'utf8');
    const fresh = (change: (lines: string[]) => void): Answer => {
      writeFileSync(exported, whole);
      return edit(change);
    };
    expect(fresh((lines) => void lines.splice(9, 1))).toMatchObject({ code: 1, firstBad: 9 });
    expect(fresh((lines) => void lines.splice(9, 0, ...lines.splice(10, 1)))).toMatchObject({ code: 1, firstBad: 9 });
    expect(fresh((lines) => void lines.splice(9, 0, lines[8] ?? ''))).toMatchObject({ code: 1, firstBad: 8 });
  });

  it('cut off: in a line, after a row, and with an end made up', () => {
    const whole = readFileSync(exported, 'utf8');
    for (const keep of [whole.length - 20, Math.floor(whole.length / 2)]) {
      writeFileSync(exported, whole.slice(0, keep));
      expect(verifyExport()).toMatchObject({ code: 1, verified: false });
    }
    writeFileSync(exported, whole);
    expect(edit((lines) => void lines.splice(20))).toMatchObject({
      code: 1,
      problems: [{ sequence: 20, kind: 'truncated' }],
    });
    writeFileSync(exported, whole);
    const answer = edit((lines) => {
      const { hash } = JSON.parse(lines[19] ?? '') as { hash: string };
      lines.splice(20, Infinity, JSON.stringify({ end: true, rows: 19, head: { sequence: 19, hash } }));
    });
    expect(answer).toMatchObject({ code: 1, problems: [{ sequence: 20, kind: 'anchorMismatch' }] });
  });

  it('checked with the key of another terminal', () => {
    const other = mustOpen(join(place.path, 'other'));
    other.close();
    const answer = verifyExport(other.files.publicKey);
    expect(answer).toMatchObject({ code: 1, verified: false });
    expect(answer.problems).toContainEqual(expect.objectContaining({ kind: 'wrongKey' }));
  });

  it('with anything at all in a line: an answer, never a crash', () => {
    const whole = readFileSync(exported, 'utf8');
    const lines = ['null', '[]', '{}', 'x', '""', '{"sequence":1e99}', '{"end":true}', '{"seal":null}'];
    for (const number of [0, 1, 7, 31]) {
      for (const line of lines) {
        writeFileSync(exported, whole);
        expect(
          edit((all) => void (all[number] = line)),
          `${number} ${line}`,
        ).toMatchObject({ code: 1 });
      }
    }
    for (const member of ['seal', 'atMs', 'body', 'hash', 'type', 'salt']) {
      for (const value of ['null', '7', '{}', '9007199254740991', '"x"']) {
        writeFileSync(exported, whole);
        const { code, problems } = edit((all) => {
          const row = JSON.parse(all[6] ?? '') as Record<string, unknown>;
          all[6] = JSON.stringify({ ...row, [member]: JSON.parse(value) as unknown });
        });
        // Without its seal a row is still whole.
        if (member !== 'seal' || value !== 'null')
          expect([code, problems.length > 0], `${member} ${value}`).toEqual([1, true]);
      }
    }
  });
});
