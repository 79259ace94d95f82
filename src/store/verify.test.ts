/**
 * Every single change that a person can make to a finished journal is seen, and named for what it is where that
 * can be known. The journal has 30 rows, sealed at 6, 12, 18, 24 and 28. The triggers are put back after each
 * change, so that nothing but chain, head, seals and anchor can show it.
 */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventHash, genesisHash, type StoredRow } from './canonical.ts';
import { journalFiles } from './files.ts';
import { openJournal } from './journal.ts';
import { readPublicKey } from './keys.ts';
import { copyOf, identity, mustOpen, scratch, writeThirty, withoutMirror } from './test-kit.ts';
import { verifyJournal, type VerifyReport } from './verify.ts';

const place = scratch();
const original = join(place.path, 'original');
const changed = join(place.path, 'changed');
const file = journalFiles(changed).journal;
const seals = [6, 12, 18, 24, 28];
const all = Array.from({ length: 30 }, (_, i) => i + 1);

beforeAll(() => {
  writeThirty(original);
  withoutMirror(original);
});

afterAll(() => {
  place.remove();
});

function tamper(change: (db: Database.Database) => void, putTriggersBack = true): VerifyReport {
  copyOf(original, changed);
  const db = new Database(file);
  const triggers = db
    .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  change(db);
  if (putTriggersBack) for (const { sql } of triggers) db.exec(sql);
  db.close();
  const before = readFileSync(file);
  const report = verifyJournal(file);
  expect(readFileSync(file).equals(before)).toBe(true);
  return report;
}

/** What was found about rows, without the seals and the anchor that follow from it. */
function rowProblems(report: VerifyReport): readonly (readonly [number | null, string])[] {
  return report.problems
    .filter(({ kind }) => kind !== 'badSeal' && kind !== 'anchorMismatch')
    .map(({ sequence, kind }) => [sequence, kind]);
}

function expectOnly(report: VerifyReport, sequence: number, kind: string, what: string): void {
  expect(rowProblems(report), what).toEqual([[sequence, kind]]);
  expect(report, what).toMatchObject({ verified: false, firstBad: sequence });
  expect(openJournal(changed), what).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
}

function rowsOf(db: Database.Database): StoredRow[] {
  const columns = 'sequence, at, type, transaction_id AS transactionId, body, salt, body_hash AS bodyHash, hash';
  return db.prepare<[], StoredRow>(`SELECT ${columns} FROM events ORDER BY sequence`).all();
}

function writeRows(db: Database.Database, rows: readonly StoredRow[]): void {
  db.exec('DELETE FROM events');
  const insert = db.prepare(
    'INSERT INTO events VALUES (:sequence, :at, :type, :transactionId, :body, :salt, :bodyHash, :hash)',
  );
  for (const row of rows) insert.run(row);
}

function setHead(db: Database.Database, row: StoredRow | undefined): void {
  if (row !== undefined) db.prepare('UPDATE head SET sequence = ?, hash = ?').run(row.sequence, row.hash);
}

const forged = {
  at: 1,
  type: 'SaleClosed',
  transactionId: 'S-1',
  body: '{"transactionId":"S-1","type":"SaleClosed"}',
  salt: null,
  bodyHash: null,
};

/** Numbers the rows anew from 1. */
function renumber(rows: readonly StoredRow[]): StoredRow[] {
  return rows.map((row, index) => ({ ...row, sequence: index + 1 }));
}

/** What a person with write access and this source code does: every hash is made to fit again. */
function rechain(rows: readonly StoredRow[]): StoredRow[] {
  const key = readPublicKey(journalFiles(original).publicKey);
  if (!key.ok) throw new Error(key.fault.detail);
  let previous: Uint8Array = genesisHash(key.value.keyId);
  return renumber(rows).map((row) => {
    const hash = eventHash(row.sequence, row, previous);
    previous = hash;
    return { ...row, hash };
  });
}

function rewrite(change: (rows: StoredRow[]) => void): VerifyReport {
  return tamper((db) => {
    const rows = rowsOf(db);
    change(rows);
    const fitting = rechain(rows);
    writeRows(db, fitting);
    setHead(db, fitting.at(-1));
  });
}

describe('an untouched journal', () => {
  it('is whole', () => {
    const report = tamper(() => {});
    expect(report).toMatchObject({ events: 30, seals: 5, verified: true, problems: [], keySource: 'file' });
    expect(report).not.toHaveProperty('firstBad');
    expect(report.head.sequence).toBe(30);
  });
});

describe('one row', () => {
  it.each(['at', 'type', 'transaction_id', 'body'])('edited in %s', (column) => {
    const value = column === 'at' ? 'at + 1' : column === 'body' ? `replace(body, '"', '" ')` : `${column} || ' '`;
    for (const n of all) {
      const report = tamper((db) => db.exec(`UPDATE events SET ${column} = ${value} WHERE sequence = ${n}`));
      expectOnly(report, n, 'edited', `row ${n}`);
    }
  });

  it('without its transaction id', () => {
    for (const n of all) {
      const report = tamper((db) => db.exec(`UPDATE events SET transaction_id = NULL WHERE sequence = ${n}`));
      expectOnly(report, n, 'edited', `row ${n}`);
    }
  });

  it('edited in its hash', () => {
    for (const n of all) {
      const report = tamper((db) => db.exec(`UPDATE events SET hash = zeroblob(32) WHERE sequence = ${n}`));
      expectOnly(report, n, 'edited', `row ${n}`);
      expect(report.problems.some(({ kind }) => kind === 'badSeal')).toBe(seals.includes(n));
    }
  });

  it('edited with its hash made to fit', () => {
    for (const n of all) {
      const report = tamper((db) => {
        const rows = rowsOf(db);
        const edited = rechain(rows.map((row) => (row.sequence === n ? { ...row, at: row.at + 1 } : row)))[n - 1];
        db.prepare('UPDATE events SET at = ?, hash = ? WHERE sequence = ?').run(edited?.at, edited?.hash, n);
      });
      // The row is consistent in itself: what shows is that the next row, or the head, was not made for it.
      expect(report.verified).toBe(false);
      expect([n, n + 1]).toContain(report.firstBad);
    }
  });

  it('given another number', () => {
    for (const n of all) {
      for (const to of [-7, 0, 31, 999]) {
        const report = tamper((db) => {
          db.pragma('ignore_check_constraints = ON');
          db.exec(`UPDATE events SET sequence = ${to} WHERE sequence = ${n}`);
        });
        expect(report.verified, `${n} to ${to}`).toBe(false);
        expect(report.firstBad, `${n} to ${to}`).toBe(Math.min(n, to));
      }
    }
  });

  it('removed', () => {
    for (const n of all) {
      const report = tamper((db) => db.exec(`DELETE FROM events WHERE sequence = ${n}`));
      expectOnly(report, n, n === 30 ? 'truncated' : 'removed', `row ${n}`);
    }
  });

  it('removed, and the rest renumbered', () => {
    for (const n of all.slice(0, -1)) {
      const report = tamper((db) => writeRows(db, renumber(rowsOf(db).filter(({ sequence }) => sequence !== n))));
      expectOnly(report, n, 'removed', `row ${n}`);
    }
  });

  it.each([
    ['with any hash', Buffer.alloc(32)],
    ['chained on the row before', undefined],
  ])('inserted %s', (_, hash) => {
    for (const n of [...all, 31]) {
      const report = tamper((db) => {
        const rows: StoredRow[] = rowsOf(db);
        rows.splice(n - 1, 0, { ...forged, sequence: n, hash: hash ?? Buffer.alloc(32) });
        const fitting = rechain(rows)[n - 1];
        writeRows(
          db,
          renumber(rows).map((row, i) => (i === n - 1 && !hash && fitting ? fitting : row)),
        );
      });
      expectOnly(report, n, 'inserted', `row ${n}`);
    }
  });
});

describe('two rows', () => {
  const pairs = all.flatMap((a) => all.filter((b) => b > a).map((b) => [a, b] as const));

  it('that changed places are both named', () => {
    for (const [a, b] of pairs) {
      const report = tamper((db) => {
        db.exec(`UPDATE events SET sequence = 100 WHERE sequence = ${a}`);
        db.exec(`UPDATE events SET sequence = ${a} WHERE sequence = ${b}`);
        db.exec(`UPDATE events SET sequence = ${b} WHERE sequence = 100`);
      });
      expect(rowProblems(report), `${a} and ${b}`).toEqual([
        [a, 'reordered'],
        [b, 'reordered'],
      ]);
      expect(report.firstBad).toBe(a);
    }
  });

  it('that changed contents are both named', () => {
    for (const [a, b] of pairs.filter(([a, b]) => (a + b) % 5 === 0)) {
      const report = tamper((db) => {
        const rows = rowsOf(db);
        const [first, second] = [rows[a - 1], rows[b - 1]];
        if (first === undefined || second === undefined) throw new Error('no such row');
        rows[a - 1] = { ...second, sequence: a, hash: first.hash };
        rows[b - 1] = { ...first, sequence: b, hash: second.hash };
        writeRows(db, rows);
      });
      expect(rowProblems(report), `${a} and ${b}`).toEqual([
        [a, 'reordered'],
        [b, 'reordered'],
      ]);
    }
  });

  it('edited in different places are both named', () => {
    const report = tamper((db) => db.exec(`UPDATE events SET type = 'x' WHERE sequence IN (7, 21)`));
    expect(rowProblems(report)).toEqual([
      [7, 'edited'],
      [21, 'edited'],
    ]);
  });
});

describe('many rows', () => {
  it('removed from the middle', () => {
    const report = tamper((db) => db.exec('DELETE FROM events WHERE sequence BETWEEN 5 AND 9'));
    expect(report.problems[0]).toEqual({ sequence: 5, kind: 'removed', detail: 'rows 5 to 9 missing' });
  });

  it('all of them', () => {
    expectOnly(
      tamper((db) => db.exec('DELETE FROM events')),
      1,
      'truncated',
      'all',
    );
  });

  it('all of them edited: as many are named as is useful, the rest counted', () => {
    const report = tamper((db) => {
      const rows = [...rowsOf(db), ...rowsOf(db)];
      writeRows(
        db,
        rechain(rows).map((row) => ({ ...row, at: row.at + 1 })),
      );
    });
    expect(report.firstBad).toBe(1);
    expect(report.problems.some(({ detail }) => detail.includes('more rows from row 33 on'))).toBe(true);
  });
});

describe('a person who makes the whole chain and the head fit again', () => {
  it.each([
    [
      'edits',
      (rows: StoredRow[], n: number) => void rows.splice(n - 1, 1, { ...forged, sequence: n, hash: Buffer.alloc(32) }),
    ],
    [
      'inserts',
      (rows: StoredRow[], n: number) => void rows.splice(n - 1, 0, { ...forged, sequence: n, hash: Buffer.alloc(32) }),
    ],
    ['removes', (rows: StoredRow[], n: number) => void rows.splice(n - 1, 1)],
    ['moves', (rows: StoredRow[], n: number) => void rows.splice(n, 0, ...rows.splice(n - 1, 1))],
  ])('%s: the next seal does not fit', (_, change) => {
    for (const n of all.slice(0, 27)) {
      const report = rewrite((rows) => change(rows, n));
      const seal = seals.find((sequence) => sequence >= n);
      expect(report.problems[0], `row ${n}`).toMatchObject({ sequence: seal, kind: 'badSeal' });
      expect(report.firstBad).toBe(seal);
    }
  });

  it('can replace rows that were not sealed yet, and only those', () => {
    const report = rewrite((rows) => void rows.splice(28, 2, { ...forged, sequence: 29, hash: Buffer.alloc(32) }));
    expect(report).toMatchObject({ verified: true, events: 29 });
  });
});

describe('seals, head and anchor', () => {
  it.each([
    ['DELETE FROM head', 'truncated'],
    ['UPDATE head SET hash = zeroblob(32)', 'edited'],
    ['UPDATE head SET sequence = 29', 'inserted'],
    ['UPDATE head SET sequence = 31', 'truncated'],
    ['UPDATE seals SET signature = zeroblob(64) WHERE sequence = 12', 'badSeal'],
    ['UPDATE seals SET hash = zeroblob(32) WHERE sequence = 12', 'badSeal'],
    [`UPDATE seals SET key_id = 'x' WHERE sequence = 12`, 'badSeal'],
    ['UPDATE seals SET sequence = 13 WHERE sequence = 12', 'badSeal'],
    ['DELETE FROM seals WHERE sequence = 28', 'anchorMismatch'],
    ['DELETE FROM seals', 'anchorMismatch'],
    ['DELETE FROM identity', 'wrongKey'],
    ['UPDATE identity SET public_key = zeroblob(44)', 'wrongKey'],
  ])('%s', (sql, kind) => {
    const report = tamper((db) => db.exec(sql));
    expect(report.problems.map((problem) => problem.kind)).toEqual([kind]);
  });

  it('a signed tail cut off cleanly is missed by the anchor', () => {
    for (const last of [0, 6, 7, 18, 27]) {
      const report = tamper((db) => {
        db.exec(`DELETE FROM events WHERE sequence > ${last}; DELETE FROM seals WHERE sequence > ${last}`);
        const genesis = { ...forged, sequence: 0, hash: Buffer.from(headOfEmpty(), 'hex') };
        setHead(db, rowsOf(db).at(-1) ?? genesis);
      });
      expect(report.problems).toMatchObject([{ sequence: last + 1, kind: 'anchorMismatch' }]);
    }
  });

  it('an older copy of the journal is missed by the anchor', () => {
    tamper(() => {});
    const copy = copyOf(changed, join(place.path, 'backup'));
    const journal = mustOpen(changed);
    journal.append([{ type: 'TerminalStarted', softwareVersion: '1', identity }], journal.read().next().value.at, true);
    journal.close();
    copyFileSync(journalFiles(copy).journal, file);
    withoutMirror(changed);
    expect(verifyJournal(file).problems).toMatchObject([{ sequence: 31, kind: 'anchorMismatch' }]);
    expect(openJournal(changed)).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
  });

  it.each(['', '{', 'null', '{"format":1}', '{"format":2}', undefined])('an anchor that says %o', (text) => {
    tamper(() => {});
    if (text === undefined) rmSync(journalFiles(changed).anchor);
    else writeFileSync(journalFiles(changed).anchor, text);
    expect(verifyJournal(file).problems).toMatchObject([{ sequence: null, kind: 'anchorMismatch' }]);
  });

  it('an anchor that nobody signed', () => {
    tamper(() => {});
    const { anchor } = journalFiles(changed);
    writeFileSync(anchor, readFileSync(anchor, 'utf8').replaceAll('"sequence":2', '"sequence":1'));
    expect(verifyJournal(file).problems).toMatchObject([{ sequence: null, kind: 'anchorMismatch' }]);
  });

  it('dropped and changed triggers', () => {
    expect(tamper(() => {}, false).problems.every(({ kind }) => kind === 'schemaChanged')).toBe(true);
    const report = tamper((db) => {
      db.exec('CREATE TABLE notes (text)');
    });
    expect(report.problems).toEqual([
      { sequence: null, kind: 'schemaChanged', detail: '"notes" is not as it was created' },
    ]);
    expect(openJournal(changed)).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
  });
});

describe('the key', () => {
  it('may be given, lie beside the journal, or be inside it', () => {
    tamper(() => {});
    const publicKey = readPublicKey(journalFiles(changed).publicKey);
    if (!publicKey.ok) throw new Error(publicKey.fault.detail);
    const { keyId } = publicKey.value;
    expect(verifyJournal(file, { publicKey: publicKey.value })).toMatchObject({
      verified: true,
      keySource: 'given',
      keyId,
    });
    rmSync(journalFiles(changed).publicKey);
    expect(verifyJournal(file)).toMatchObject({ verified: true, keySource: 'journal', keyId });
    writeFileSync(journalFiles(changed).publicKey, 'garbage');
    expect(verifyJournal(file).problems).toMatchObject([{ sequence: null, kind: 'wrongKey' }]);
  });

  it('of another terminal is noticed', () => {
    tamper(() => {});
    const other = mustOpen(join(place.path, 'other'));
    other.close();
    const publicKey = readPublicKey(other.files.publicKey);
    if (!publicKey.ok) throw new Error(publicKey.fault.detail);
    const report = verifyJournal(file, { publicKey: publicKey.value });
    expect(report.problems).toMatchObject([{ sequence: null, kind: 'wrongKey' }]);
  });
});

function headOfEmpty(): string {
  const key = readPublicKey(journalFiles(original).publicKey);
  return key.ok ? genesisHash(key.value.keyId).toString('hex') : '';
}
