/** The mirror: whatever single part of journal or mirror is destroyed, every event is there, and it is said. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../core/base/brand.ts';
import { canonicalJson } from './canonical.ts';
import { journalFiles } from './files.ts';
import { pastHealings } from './healings.ts';
import { openJournal, type Journal } from './journal.ts';
import { decodeBlock, encodeBlock, sectorBytes, type MirrorRow } from './mirror-format.ts';
import { bytesIn, copyOf, mustAppend, mustOpen, sale, scratch, startOfTime, withoutMirror } from './test-kit.ts';
import { verifyJournal } from './verify.ts';
import { writeVersionOne } from './version-one-kit.ts';

let place: ReturnType<typeof scratch>;
let directory: string;
let damaged: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'journal');
  damaged = join(place.path, 'damaged');
});

afterEach(() => {
  place.remove();
});

function eventsOf(journal: Journal): string {
  return canonicalJson([...journal.read(journal.redactedThrough())].map(({ event }) => event));
}

/** Fills the region with something that is not what stood there. */
function spoil(path: string, from: number, length: number, how: 'zeros' | 'ones' | 'noise'): void {
  const bytes = readFileSync(path);
  const end = Math.min(bytes.length, from + length);
  for (let at = from; at < end; at += 1) {
    const was = bytes[at] ?? 0;
    bytes[at] = how === 'zeros' ? 0 : how === 'ones' ? 0xff : (was ^ (1 + ((at * 7919) % 255))) & 0xff;
  }
  writeFileSync(path, bytes);
}

/**
 * Destroys each region of each file in turn. `expected` is what has to be there; returns how many of them the journal
 * could not have been opened with, had it been alone.
 */
function destroyEach(original: string, expected: string, regions: readonly number[]): number {
  let needed = 0;
  const names = ['journal.db', 'journal.db-wal', 'journal.mirror', 'journal.anchor'];
  for (const name of names.filter((name) => existsSync(join(original, name)))) {
    const { size } = statSync(join(original, name));
    for (const region of regions) {
      for (let from = 0, turn = 0; from < size; from += region, turn += 1) {
        const how = (['zeros', 'noise', 'ones'] as const)[turn % 3] ?? 'zeros';
        const what = `${name} from ${from}, ${region} bytes of ${how}`;
        copyOf(original, damaged);
        spoil(join(damaged, name), from, region, how);
        const changed = !readFileSync(join(damaged, name)).equals(readFileSync(join(original, name)));
        const { verified } = verifyJournal(journalFiles(damaged).journal);
        const { journal, healings } = openAndScrub(what);
        expect(eventsOf(journal) === expected, what).toBe(true);
        // Nothing is mended in silence: what a check finds beforehand is reported and recorded.
        if (!verified) {
          expect(changed, what).toBe(true);
          expect(healings, what).not.toEqual([]);
          expect(pastHealings(journal.files).map(({ detail }) => detail)).toEqual(healings);
          if (name !== 'journal.mirror') needed += 1;
        }
        mustAppend(journal, sale(9999));
        journal.close();
        expect(verifyJournal(journalFiles(damaged).journal), what).toMatchObject({ verified: true, problems: [] });
      }
    }
  }
  return needed;
}

/** As a terminal does: it starts, checks the rest while it is idle, and starts again when the journal is not whole. */
function openAndScrub(what: string): { journal: Journal; healings: readonly string[] } {
  const healings: string[] = [];
  for (let start = 0; start < 2; start += 1) {
    const opened = openJournal(damaged);
    if (!opened.ok) throw new Error(`${what}: ${opened.fault.detail}`);
    const journal = opened.value;
    const { problems, healings: mended } = journal.scrub(1_000_000);
    healings.push(...[...journal.healings, ...mended].map(({ detail }) => detail));
    if (problems.length === 0) return { journal, healings };
    journal.close();
  }
  throw new Error(`${what}: not whole after two starts`);
}

describe('any single damaged region', () => {
  it('of a journal that was closed', { timeout: 120_000 }, () => {
    const journal = mustOpen(directory);
    for (let n = 1; n <= 60; n += 1) mustAppend(journal, sale(n));
    const expected = eventsOf(journal);
    journal.close();
    expect(destroyEach(directory, expected, [65_536, 16_384])).toBeGreaterThan(8);
  });

  it('of a journal whose terminal was killed, with a log that was moved in once', { timeout: 120_000 }, () => {
    const journal = mustOpen(directory);
    for (let n = 1; n <= 20; n += 1) mustAppend(journal, sale(n));
    // Small steps, which change the same few pages over and over: the log fills up, the journal stays small.
    for (let n = 1; n <= 480; n += 1) mustAppend(journal, sale(1).slice(4, 5));
    for (let n = 21; n <= 25; n += 1) mustAppend(journal, sale(n));
    const expected = eventsOf(journal);
    const killed = copyOf(directory, join(place.path, 'killed'));
    journal.close();
    // More than the 1000 pages after which SQLite moves the log into the database and begins it anew.
    expect(statSync(join(killed, 'journal.db')).size).toBeGreaterThan(50_000);
    expect(destroyEach(killed, expected, [65_536])).toBeGreaterThan(5);
  });

  it('of a journal without its old bodies, and both copies of its snapshot', { timeout: 120_000 }, () => {
    const journal = mustOpen(directory);
    for (let n = 1; n <= 40; n += 1) mustAppend(journal, sale(n));
    expect(journal.writeSnapshot(1, 'the state '.repeat(500)).ok).toBe(true);
    mustRemove(journal);
    mustAppend(journal, sale(41));
    const expected = eventsOf(journal);
    journal.close();
    expect(destroyEach(directory, expected, [65_536, 8192])).toBeGreaterThan(5);
    const again = mustOpen(damaged);
    expect(again.latestSnapshot(1)).toMatchObject({ sequence: 240, state: 'the state '.repeat(500) });
    again.close();
  });
});

const later = epochMs(startOfTime + 1);

function mustRemove(journal: Journal): void {
  const options = { foldVersion: 1, before: later, keep: () => false, by: 'test', at: later, maxRows: 1000 };
  const removed = journal.redact(options);
  if (!removed.ok) throw new Error(removed.fault.detail);
}

describe('a start', () => {
  it('with the mirror made anew of a journal that never had one', () => {
    writeVersionOne(directory, [1, 2].flatMap(sale), startOfTime, [6, 12]);
    const journal = mustOpen(directory);
    expect(journal.healings).toEqual([]);
    mustAppend(journal, sale(3));
    const expected = eventsOf(journal);
    journal.close();
    rmSync(journalFiles(directory).journal);
    const again = mustOpen(directory);
    expect(again.healings).toMatchObject([{ what: 'journal' }]);
    expect(eventsOf(again) === expected).toBe(true);
    again.close();
  });

  it('puts together what is whole of a journal and of a mirror that are both damaged', () => {
    const journal = mustOpen(directory);
    for (let n = 1; n <= 60; n += 1) mustAppend(journal, sale(n));
    const expected = eventsOf(journal);
    journal.close();
    copyOf(directory, damaged);
    const files = journalFiles(damaged);
    // The beginning of the one, the end of the other.
    spoil(files.mirror, 0, 20_000, 'zeros');
    spoil(files.journal, statSync(files.journal).size - 20_000, 20_000, 'noise');
    const again = mustOpen(damaged);
    expect(again.healings.map(({ what }) => what).toSorted()).toEqual(['journal', 'mirror']);
    expect(eventsOf(again) === expected).toBe(true);
    again.close();
    expect(readdirSync(damaged)).toContain('damaged-1');
    expect(readdirSync(join(damaged, 'damaged-1'))).toContain('journal.db');
  });

  it('is refused, and nothing changed, when a row is whole in neither', () => {
    const journal = mustOpen(directory);
    for (let n = 1; n <= 60; n += 1) mustAppend(journal, sale(n));
    journal.close();
    copyOf(directory, damaged);
    const files = journalFiles(damaged);
    spoil(files.mirror, 20_000, 30_000, 'zeros');
    spoil(files.journal, 4096, statSync(files.journal).size - 4096, 'noise');
    const before = bytesIn(damaged);
    const opened = openJournal(damaged);
    expect(opened).toMatchObject({ ok: false, fault: { kind: 'damaged' } });
    expect(opened.ok ? '' : opened.fault.detail).toMatch(
      /Its mirror cannot mend it: row \d+ of 360 is whole in neither/,
    );
    expect(bytesIn(damaged)).toEqual(before);
  });

  it('is refused with a mirror of another terminal, or of another story', () => {
    mustOpen(directory).close();
    const other = join(place.path, 'other');
    const foreign = mustOpen(other);
    mustAppend(foreign, sale(1));
    foreign.close();
    const fork = copyOf(directory, join(place.path, 'fork'));
    for (const [from, number] of [
      [directory, 1],
      [fork, 2],
    ] as const) {
      const journal = mustOpen(from);
      mustAppend(journal, sale(number));
      journal.close();
    }
    for (const stranger of [other, fork]) {
      copyOf(directory, damaged);
      writeFileSync(journalFiles(damaged).mirror, readFileSync(journalFiles(stranger).mirror));
      const before = bytesIn(damaged);
      expect(openJournal(damaged)).toMatchObject({ ok: false, fault: { kind: 'diverged' } });
      expect(bytesIn(damaged)).toEqual(before);
    }
  });

  it('brings back what was sold after the backup that was restored', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    journal.close();
    const backup = withoutMirror(copyOf(directory, join(place.path, 'backup')));
    const mirrors = join(place.path, 'mirrors');
    mkdirSync(mirrors);
    const elsewhere = openJournal(directory, { mirrorFolder: mirrors });
    if (!elsewhere.ok) throw new Error(elsewhere.fault.detail);
    mustAppend(elsewhere.value, sale(2));
    const expected = eventsOf(elsewhere.value);
    elsewhere.value.close();
    const restored = openJournal(backup, { mirrorFolder: mirrors });
    if (!restored.ok) throw new Error(restored.fault.detail);
    expect(restored.value.healings).toMatchObject([{ what: 'journal', detail: expect.stringMatching(/rows 7 to 12/) }]);
    expect(eventsOf(restored.value) === expected).toBe(true);
    restored.value.close();
  });
});

function mustHome(): Journal {
  const opened = openJournal(directory, { mirrorFolder: directory });
  if (!opened.ok) throw new Error(opened.fault.detail);
  return opened.value;
}

describe('a mirror elsewhere', () => {
  it('is found by everybody, and missed when its medium is not there', () => {
    const mirrors = join(place.path, 'mirrors');
    expect(openJournal(directory, { mirrorFolder: mirrors })).toMatchObject({
      ok: false,
      fault: { kind: 'mirrorMissing', retrySafe: true },
    });
    mkdirSync(mirrors);
    const journal = openJournal(directory, { mirrorFolder: mirrors });
    if (!journal.ok) throw new Error(journal.fault.detail);
    mustAppend(journal.value, sale(1));
    journal.value.close();
    expect(readdirSync(mirrors)).toEqual(['journal.mirror']);
    expect(readdirSync(directory)).not.toContain('journal.mirror');
    const { mirror } = verifyJournal(journalFiles(directory).journal);
    expect(mirror).toEqual({ path: join(mirrors, 'journal.mirror'), through: 6 });
    rmSync(join(mirrors, 'journal.mirror'));
    const missed = openJournal(directory, { mirrorFolder: mirrors });
    expect(missed).toMatchObject({ ok: false, fault: { kind: 'mirrorMissing' } });
    // Back beside the journal, by configuration.
    mustHome().close();
    expect(readdirSync(directory)).toContain('journal.mirror');
    expect(readdirSync(directory)).not.toContain('journal.mirror-place');
  });
});

/** The rows as they were, and what was appended. */
function mixed(before: Buffer, after: Buffer): Buffer {
  const used = before.findLastIndex((byte) => byte !== 0);
  const end = Math.ceil((used + 1) / sectorBytes) * sectorBytes;
  return Buffer.concat([before.subarray(0, end), after.subarray(end)]);
}

const find = (text: string, name: string): boolean => readFileSync(join(directory, name)).includes(text);

describe('retention', () => {
  it('reaches the mirror, also after a crash between the two', () => {
    const journal = mustOpen(directory);
    for (let n = 1; n <= 3; n += 1) mustAppend(journal, sale(n));
    expect(journal.writeSnapshot(1, '{"before":"job-1"}').ok).toBe(true);
    expect(journal.writeSnapshot(1, '{}').ok).toBe(true);
    const before = readFileSync(journal.files.mirror);
    expect(find('job-2', 'journal.mirror')).toBe(true);
    mustRemove(journal);
    const after = readFileSync(journal.files.mirror);
    journal.close();
    for (const text of ['job-1', 'job-2', 'job-3', 'key-1']) {
      for (const name of readdirSync(directory)) expect(find(text, name), `${text} in ${name}`).toBe(false);
    }
    // As a crash leaves it that came after the row that says so and before the bodies went.
    writeFileSync(journalFiles(directory).mirror, mixed(before, after));
    expect(find('job-2', 'journal.mirror')).toBe(true);
    const again = mustOpen(directory);
    expect(again.healings).toEqual([]);
    expect(find('job-2', 'journal.mirror')).toBe(false);
    again.close();
    expect(verifyJournal(journalFiles(directory).journal)).toMatchObject({ verified: true, redacted: 18 });
  });
});

describe('the scrub', () => {
  it('mends the mirror while the terminal sells', () => {
    const journal = mustOpen(directory);
    for (let n = 1; n <= 20; n += 1) mustAppend(journal, sale(n));
    expect(journal.writeSnapshot(1, '{}').ok).toBe(true);
    spoil(journal.files.mirror, 1024, 4096, 'noise');
    const expected = { verified: false, problems: [{ kind: 'mirrorDamaged' }] };
    expect(verifyJournal(journal.files.journal)).toMatchObject(expected);
    const healings = [];
    for (let done = false; !done;) {
      const report = journal.scrub(7);
      expect(report.problems).toEqual([]);
      healings.push(...report.healings);
      ({ done } = report);
      mustAppend(journal, sale(100 + healings.length));
    }
    expect(healings).toMatchObject([{ what: 'mirror', detail: expect.stringMatching(/were written again/) }]);
    expect(verifyJournal(journal.files.journal)).toMatchObject({ verified: true });
    journal.close();
  });
});

function withoutBody({ row, signature }: MirrorRow): MirrorRow {
  return { row: { ...row, body: null, salt: null, bodyHash: Buffer.alloc(32) }, signature };
}

describe('a block', () => {
  const rows: readonly MirrorRow[] = [1, 2, 3].map((sequence) => ({
    row: {
      sequence,
      at: 5,
      type: 'SaleStarted',
      transactionId: sequence === 2 ? null : 'S-1',
      body: `{"text":"${'ở'.repeat(300)}"}`,
      salt: Buffer.alloc(16, sequence),
      bodyHash: null,
      hash: Buffer.alloc(32, sequence),
    },
    signature: sequence === 3 ? Buffer.alloc(64, 3) : null,
  }));

  it('comes back as it was written, also in a place that is larger', () => {
    for (const sectors of [0, 20]) {
      const read = decodeBlock(encodeBlock(7, rows, sectors), 7);
      expect(read?.map(({ row, signature }) => ({ row: { ...row, bodyHash: null }, signature }))).toEqual(rows);
      expect(read?.every(({ row }) => row.bodyHash?.length === 32)).toBe(true);
    }
  });

  it('with any bit changed is none', () => {
    const whole = encodeBlock(7, rows);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (position, bit) => {
        const changed = Buffer.from(whole);
        changed[position] = (changed[position] ?? 0) ^ (1 << bit);
        expect(decodeBlock(changed, 7)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('of which one half was written again is none', () => {
    const [before, after] = [
      encodeBlock(7, rows),
      encodeBlock(7, [...rows].map(withoutBody), encodeBlock(7, rows).length / sectorBytes),
    ];
    for (let cut = sectorBytes; cut < before.length; cut += sectorBytes) {
      expect(
        decodeBlock(Buffer.concat([after.subarray(0, cut), before.subarray(cut)]), 7),
        String(cut),
      ).toBeUndefined();
    }
    expect(decodeBlock(after, 7)).toHaveLength(3);
  });
});

it('rows that did not have to be on the disk yet do not keep a journal from being mended, and are named', () => {
  const journal = mustOpen(directory);
  for (let n = 1; n <= 20; n += 1) mustAppend(journal, sale(n));
  const before = journal.head();
  const promised = eventsOf(journal);
  // A sale that has asked nobody yet: in the log, and not in the mirror.
  for (let n = 30; n <= 60; n += 1) mustAppend(journal, sale(n).slice(0, 1));
  const killed = copyOf(directory, damaged);
  journal.close();
  const { journal: file } = journalFiles(killed);
  // As when SQLite moves the log before the mirror has those rows, and a card spoils the page of one of them.
  const db = new Database(file);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  spoil(file, Math.floor(readFileSync(file).indexOf('key-45') / 1024) * 1024, 1024, 'noise');
  const again = mustOpen(killed);
  expect(again.healings).toMatchObject([
    { what: 'journal', detail: expect.stringMatching(/without the last \d+, which/) },
  ]);
  const { sequence } = again.head();
  expect(sequence).toBeGreaterThan(before.sequence);
  expect(sequence).toBeLessThan(before.sequence + 16);
  expect(eventsOf(again).startsWith(promised.slice(0, -1))).toBe(true);
  again.close();
});
