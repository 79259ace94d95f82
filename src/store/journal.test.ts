/** What is appended is what is read, now and after every re-opening; how a book begins and who may open it. */
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JournalPort } from '../app/ports.ts';
import { epochMs, transactionId } from '../core/base/brand.ts';
import { money } from '../core/base/money.ts';
import type { JournalEvent } from '../core/transaction/events.ts';
import { journalFiles } from './files.ts';
import { openJournal } from './journal.ts';
import { keyWarnings } from './keys.ts';
import { bytesIn, copyOf, identity, mustAppend, mustOpen, sale, scratch, startOfTime } from './test-kit.ts';
import { verifyJournal } from './verify.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 40 });
const anyId = fc.stringMatching(/^S-[0-9A-Z]{26}$/).map(transactionId);
const anyTime = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).map(epochMs);

/** Events of several shapes with whatever text a card, a bank or a device may have sent. */
const anyEvent: fc.Arbitrary<JournalEvent> = fc.oneof(
  anyText.map((softwareVersion): JournalEvent => ({ type: 'TerminalStarted', softwareVersion, identity })),
  fc.record({
    type: fc.constant('SaleStarted' as const),
    transactionId: anyId,
    key: anyText,
    amount: fc.integer({ min: 0 }).map((units) => money(units, 'VND')),
    method: fc.constantFrom('card' as const, 'qr' as const),
    waitUntil: anyTime,
  }),
  fc.record({
    type: fc.constant('AuthorizationDeclined' as const),
    transactionId: anyId,
    stan: fc.integer({ min: 1, max: 999_999 }),
    responseCode: anyText,
    rrn: fc.option(anyText),
  }),
  fc.record({
    type: fc.constant('TransferUnmatched' as const),
    transfer: fc.record({
      providerTransactionId: anyText,
      bankBin: anyText,
      account: anyText,
      amount: fc.maxSafeInteger().map((units) => money(units, 'VND')),
      memo: anyText,
      paidAt: anyTime,
    }),
    reason: fc.constant('noReference' as const),
  }),
  anyId.map((id): JournalEvent => ({ type: 'SaleClosed', transactionId: id })),
);

let place: ReturnType<typeof scratch>;
let directory: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'state', 'journal');
});

afterEach(() => {
  vi.restoreAllMocks();
  place.remove();
});

describe('append and read', () => {
  it('gives back every event after every re-opening', () => {
    const batch = fc.tuple(fc.array(anyEvent, { minLength: 1, maxLength: 4 }), fc.nat(1e12).map(epochMs), fc.boolean());
    let run = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(batch, fc.boolean()), { maxLength: 8 }), (steps) => {
        run += 1;
        const own = join(place.path, `book-${run}`);
        let journal = mustOpen(own);
        const expected = [];
        for (const [[events, at, seal], reopen] of steps) {
          const appended = journal.append(events, at, seal);
          for (const event of events) expected.push({ at, event });
          expect(appended).toEqual({ ok: true, value: journal.head() });
          expect(journal.head().sequence).toBe(expected.length);
          if (!reopen) continue;
          const head = journal.head();
          journal.close();
          journal = mustOpen(own);
          expect(journal.head()).toEqual(head);
        }
        expect([...journal.read()]).toEqual(asJson(expected));
        journal.close();
        const report = verifyJournal(journalFiles(own).journal);
        expect(report.problems).toEqual([]);
        expect(report).toMatchObject({ verified: true, events: expected.length });
      }),
      { numRuns: 40 },
    );
  });

  it('reads more than one chunk, also while it is appended to', () => {
    const journal = mustOpen(directory);
    for (let i = 0; i < 30; i += 1)
      mustAppend(
        journal,
        Array.from({ length: 40 }, () => sale(i))
          .flat()
          .slice(0, 40),
      );
    let count = 0;
    for (const { at } of journal.read()) {
      expect(at).toBe(startOfTime);
      count += 1;
      if (count === 600) mustAppend(journal, sale(99));
    }
    expect(count).toBe(1206);
    journal.close();
  });

  it('writes nothing for no events, as the application expects of its port', () => {
    const opened = mustOpen(directory);
    const journal: JournalPort = opened;
    const before = journal.head();
    expect(journal.append([], startOfTime, true, true)).toEqual({ ok: true, value: before });
    expect(journal.head()).toEqual({ sequence: 0, hash: before.hash });
    opened.close();
  });

  it('leaves nothing behind when an event is a bug', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    const broken = [
      ...sale(2),
      { type: 'TerminalStarted', softwareVersion: 1.5, identity },
    ] as unknown as JournalEvent[];
    expect(() => journal.append(broken, startOfTime, false)).toThrow(/safe integer/);
    expect(() => journal.append(sale(2), epochMs(0.5), false)).toThrow(/milliseconds/);
    expect(journal.head().sequence).toBe(6);
    mustAppend(journal, sale(3));
    expect([...journal.read()]).toHaveLength(12);
    journal.close();
  });

  it('refuses changes by SQL', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    journal.close();
    const db = new Database(journalFiles(directory).journal);
    const rest = 'at, type, transaction_id, body, salt, body_hash, hash';
    const changes = [
      `UPDATE events SET body = '{}' WHERE sequence = 2`,
      'DELETE FROM events WHERE sequence = 6',
      'UPDATE events SET body = NULL, salt = NULL WHERE sequence = 2',
      `INSERT OR REPLACE INTO events SELECT 3, ${rest} FROM events WHERE sequence = 2`,
      `INSERT INTO events SELECT 9, ${rest} FROM events WHERE sequence = 2`,
      'UPDATE head SET sequence = 5',
      'DELETE FROM head',
      'UPDATE seals SET at = 1',
      'DELETE FROM seals',
      'UPDATE identity SET public_key = zeroblob(44)',
      'DELETE FROM identity',
    ];
    for (const sql of changes) expect(() => db.exec(sql), sql).toThrow(/journal: /);
    db.close();
    expect(verifyJournal(journalFiles(directory).journal).verified).toBe(true);
  });
});

describe('durability', () => {
  it('reads synchronous=FULL and WAL back, when created and when re-opened', () => {
    const pragma = vi.spyOn(Database.prototype, 'pragma');
    const readBack = (): unknown[] =>
      pragma.mock.calls.flatMap(([source], i) => (source === 'synchronous' ? [pragma.mock.results[i]?.value] : []));
    mustOpen(directory).close();
    expect(readBack()).toEqual([2]);
    mustOpen(directory).close();
    expect(readBack()).toEqual([2, 2]);
    expect(pragma).toHaveBeenCalledWith('locking_mode = EXCLUSIVE');
  });

  it('leaves the sync out only for an append that asks for it', () => {
    const journal = mustOpen(directory);
    const pragma = vi.spyOn(Database.prototype, 'pragma');
    mustAppend(journal, sale(1));
    expect(pragma).not.toHaveBeenCalled();
    expect(journal.append(sale(2), startOfTime, false, false).ok).toBe(true);
    expect(pragma.mock.calls.map(([source]) => source)).toEqual(['synchronous = NORMAL', 'synchronous = FULL']);
    expect(() => journal.append(sale(3), epochMs(0.5), false, false)).toThrow(/milliseconds/);
    expect(pragma.mock.calls.at(-1)).toEqual(['synchronous = FULL']);
    expect(() => journal.append(sale(3), startOfTime, true, false)).toThrow(/anchor/);
    journal.close();
    expect(verifyJournal(journalFiles(directory).journal)).toMatchObject({ verified: true, events: 12 });
  });

  it('refuses to go on when synchronous does not stay FULL', () => {
    mustOpen(directory).close();
    const original = Object.getOwnPropertyDescriptor(Database.prototype, 'pragma')
      ?.value as Database.Database['pragma'];
    vi.spyOn(Database.prototype, 'pragma').mockImplementation(function (this: Database.Database, source, options) {
      return source === 'synchronous = FULL' ? undefined : original.call(this, source, options);
    });
    expect(() => openJournal(directory)).toThrow(/synchronous is not FULL/);
  });

  it('moves the anchor after the commit, and catches up after a crash in between', () => {
    const { anchor, journal: file } = journalFiles(directory);
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    copyOf(directory, join(place.path, 'older'));
    mustAppend(journal, sale(2));
    journal.close();
    const newer = bytesIn(directory)['journal.anchor'];
    renameSync(join(place.path, 'older', 'journal.anchor'), anchor);
    expect(bytesIn(directory)['journal.anchor']).not.toBe(newer);
    expect(verifyJournal(file).problems).toEqual([]);
    mustOpen(directory).close();
    expect(bytesIn(directory)['journal.anchor']).toBe(newer);
  });

  it('stops when its file is deleted under it', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    renameSync(journal.files.journal, join(place.path, 'away'));
    const first = journal.append(sale(2), startOfTime, false);
    expect(first).toMatchObject({ ok: false, fault: { kind: 'writeFailed', retrySafe: false } });
    renameSync(join(place.path, 'away'), journal.files.journal);
    expect(journal.append(sale(2), startOfTime, false)).toEqual(first);
    expect(journal.head().sequence).toBe(6);
    journal.close();
  });

  it('takes nothing more when the anchor cannot be written, although the sale is durable', () => {
    const journal = mustOpen(directory);
    const { anchor } = journal.files;
    const before = readFileSync(anchor);
    rmSync(anchor);
    mkdirSync(anchor);
    expect(journal.append(sale(1), startOfTime, true)).toMatchObject({ ok: true, value: { sequence: 6 } });
    expect(journal.append(sale(2), startOfTime, true)).toMatchObject({ ok: false, fault: { kind: 'writeFailed' } });
    journal.close();
    rmSync(anchor, { recursive: true });
    writeFileSync(anchor, before);
    const again = mustOpen(directory);
    expect([...again.read()]).toHaveLength(6);
    again.close();
  });
});

describe('a book', () => {
  it('begins whole, for its owner only, and with nothing left beside it', () => {
    mustOpen(directory).close();
    const files = journalFiles(directory);
    expect(readdirSync(directory).sort()).toEqual([
      'journal.anchor',
      'journal.db',
      'journal.mirror',
      'terminal.key',
      'terminal.pub',
    ]);
    expect(readdirSync(dirname(directory))).toEqual(['journal']);
    expect([files.directory, files.key, files.journal, files.publicKey].map(mode)).toEqual([
      0o700, 0o600, 0o600, 0o644,
    ]);
    expect(keyWarnings(files.key)).toEqual([]);
    chmodSync(files.key, 0o640);
    expect(keyWarnings(files.key)).toMatchObject([{ path: files.key, detail: expect.stringContaining('0640') }]);
    expect(keyWarnings(join(directory, 'absent'))).toEqual([]);
  });

  it('begins in an empty directory too, each with a key of its own', () => {
    mkdirSync(directory, { recursive: true });
    const [a, b] = [mustOpen(directory), mustOpen(join(place.path, 'other'))];
    expect(a.keyId).not.toBe(b.keyId);
    expect(a.head().hash).not.toBe(b.head().hash);
    a.close();
    b.close();
  });

  it('is never begun again while anything of the old one is left', () => {
    mustOpen(directory).close();
    const whole = copyOf(directory, join(place.path, 'whole'));
    const cases = [
      { gone: ['journal.db'], kind: 'missing' },
      { gone: ['journal.db', 'journal.anchor'], kind: 'missing' },
      { gone: ['journal.db', 'terminal.key'], kind: 'missing' },
      { gone: ['journal.db', 'terminal.key', 'terminal.pub'], kind: 'missing' },
      { gone: ['terminal.key'], kind: 'keyMissing' },
      { gone: ['journal.anchor'], kind: 'damaged' },
    ];
    for (const { gone, kind } of cases) {
      copyOf(whole, directory);
      for (const name of gone) rmSync(join(directory, name));
      const before = bytesIn(directory);
      expect(openJournal(directory), gone.join()).toMatchObject({ ok: false, fault: { kind } });
      expect(bytesIn(directory)).toEqual(before);
    }
    copyOf(whole, directory);
    rmSync(join(directory, 'terminal.pub'));
    mustOpen(directory).close();
  });

  it('refuses another key and an unusable one', () => {
    mustOpen(directory).close();
    mustOpen(join(place.path, 'other')).close();
    const { key } = journalFiles(directory);
    copyOf(journalFiles(join(place.path, 'other')).key, key);
    expect(openJournal(directory)).toMatchObject({ ok: false, fault: { kind: 'keyUnusable' } });
    const otherKind = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    for (const content of ['', 'not a key', otherKind]) {
      writeFileSync(key, content);
      expect(openJournal(directory)).toMatchObject({ ok: false, fault: { kind: 'keyUnusable' } });
    }
  });

  it('is opened once', () => {
    const journal = mustOpen(directory);
    expect(openJournal(directory)).toMatchObject({ ok: false, fault: { kind: 'inUse', retrySafe: true } });
    mustAppend(journal, sale(1));
    journal.close();
    mustOpen(directory).close();
    expect(existsSync(`${journalFiles(directory).journal}-wal`)).toBe(false);
  });
});

const mode = (path: string): number => statSync(path).mode & 0o777;

/** Events come back as JSON: without the prototypes that fast-check's records have. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
