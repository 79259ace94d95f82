/**
 * A disk that is really full: a tmpfs of about a megabyte in a mount namespace of the test's own. What was
 * acknowledged is there, what was refused is not, and with room again everything goes on.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratch } from './test-kit.ts';

let place: ReturnType<typeof scratch>;

beforeEach(() => {
  place = scratch();
});

afterEach(() => {
  place.remove();
});

const probe = spawnSync('bash', ['-c', 'unshare --map-root-user --mount mount -t tmpfs none /mnt']);
const url = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

const prelude = `
  import { execFileSync } from 'node:child_process';
  import { openSync, readFileSync, closeSync, ftruncateSync, rmSync, statSync, writeSync } from 'node:fs';
  import { join } from 'node:path';
  import { canonicalJson } from ${url('canonical.ts')};
  import { openJournal } from ${url('journal.ts')};
  import { mustAppend, mustOpen, sale, startOfTime } from ${url('test-kit.ts')};
  import { verifyJournal } from ${url('verify.ts')};
  import { openCardVault } from ${url('vault.ts')};
  import { writeVersionOne } from ${url('version-one-kit.ts')};
  import { Pan } from '../core/base/pan.ts';
  const small = process.argv[2];
  const directory = join(small, 'journal');
  const file = join(directory, 'journal.db');
  /** Takes all room but so many bytes. */
  function fill(leave) {
    const ballast = openSync(join(small, 'ballast'), 'w');
    const piece = Buffer.alloc(4096, 1);
    try { for (;;) writeSync(ballast, piece); } catch (error) { if (error.code !== 'ENOSPC') throw error; }
    ftruncateSync(ballast, Math.max(0, statSync(join(small, 'ballast')).size - leave));
    closeSync(ballast);
  }
  function makeRoom() { rmSync(join(small, 'ballast')); }
  const say = (value) => console.log(JSON.stringify(value));
`.replace("'../core/base/pan.ts'", url('../core/base/pan.ts'));

/** Runs the script with a tmpfs of `sizeKiB`; what it says, one value for each line. */
function onSmallDisk(sizeKiB: number, script: string): readonly unknown[] {
  const [small, program] = [join(place.path, 'small'), join(place.path, 'program.mjs')];
  mkdirSync(small);
  writeFileSync(program, prelude + script);
  const run = `mount -t tmpfs -o size=${sizeKiB}k none '${small}' && exec '${process.execPath}' '${program}' '${small}'`;
  const { stdout, stderr, status } = spawnSync('unshare', ['--map-root-user', '--mount', 'bash', '-c', run], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect([status, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line): unknown => JSON.parse(line));
}

describe.skipIf(probe.status !== 0)('on a full disk', () => {
  it('exactly the acknowledged events are there, before and after room is made', () => {
    const said = onSmallDisk(
      1536,
      `
      let journal = mustOpen(directory);
      const acknowledged = [];
      let refused;
      for (let n = 0; refused === undefined; n += 1) {
        for (const event of sale(n)) {
          const appended = journal.append([event], startOfTime, event.type === 'SaleClosed');
          if (!appended.ok) { refused = appended.fault; break; }
          acknowledged.push(event);
        }
      }
      const again = journal.append(sale(0), startOfTime, false);
      say({ count: acknowledged.length, kind: refused.kind, detail: refused.detail, same: again.fault === refused });
      say(canonicalJson([...journal.read()].map(({ event }) => event)) === canonicalJson(acknowledged));
      journal.close();
      execFileSync('mount', ['-o', 'remount,size=8m', small]);
      say(verifyJournal(file).problems);
      journal = mustOpen(directory);
      say(canonicalJson([...journal.read()].map(({ event }) => event)) === canonicalJson(acknowledged));
      mustAppend(journal, sale(9999));
      journal.close();
      const { verified, events } = verifyJournal(file);
      say([verified, events - acknowledged.length]);`,
    );
    expect(said).toEqual([
      {
        count: expect.any(Number),
        kind: 'diskFull',
        detail: expect.stringMatching(/could not be written.*Make room and start again/),
        same: true,
      },
      true,
      [],
      true,
      [true, 6],
    ]);
    expect((said[0] as { count: number }).count).toBeGreaterThan(100);
  });

  it('an append of which only a part fits leaves nothing of it', () => {
    const said = onSmallDisk(
      2048,
      `
      let journal = mustOpen(directory);
      mustAppend(journal, sale(1));
      fill(40_000);
      const many = Array.from({ length: 300 }, (_, n) => sale(n + 10)).flat();
      const appended = journal.append(many, startOfTime, true);
      say([appended.ok, appended.fault?.kind, journal.head().sequence]);
      journal.close();
      makeRoom();
      say(verifyJournal(file).problems);
      journal = mustOpen(directory);
      say([...journal.read()].length);
      mustAppend(journal, many, true);
      journal.close();
      const { verified, events } = verifyJournal(file);
      say([verified, events]);`,
    );
    expect(said).toEqual([[false, 'diskFull', 6], [], 6, [true, 1806]]);
  });

  it('a snapshot that does not fit is refused, and sales go on', () => {
    const said = onSmallDisk(
      2048,
      `
      const journal = mustOpen(directory);
      mustAppend(journal, sale(1));
      mustAppend(journal, sale(2));
      const free = journal.freeBytes();
      const { fault } = journal.writeSnapshot(1, 'x'.repeat(1_000_000));
      say([fault.kind, fault.retrySafe, journal.freeBytes() === free]);
      say(journal.latestSnapshot(1) === undefined);
      mustAppend(journal, sale(3));
      say(journal.writeSnapshot(1, 'small').ok);
      journal.close();
      const { verified, events } = verifyJournal(file);
      say([verified, events]);`,
    );
    expect(said).toEqual([['diskFull', true, true], true, true, [true, 18]]);
  });

  it('a journal of version 1 stays one, whole, until there is room to bring it over', () => {
    const said = onSmallDisk(
      4096,
      `
      writeVersionOne(directory, Array.from({ length: 200 }, (_, n) => sale(n)).flat(), startOfTime, [600]);
      const before = readFileSync(file);
      fill(200_000);
      say(openJournal(directory).fault?.kind);
      makeRoom();
      say(readFileSync(file).equals(before));
      const { verified, events } = verifyJournal(file);
      say([verified, events]);
      const journal = mustOpen(directory);
      mustAppend(journal, sale(999));
      journal.close();
      say([verifyJournal(file).verified, readFileSync(file).readUInt32BE(60)]);`,
    );
    expect(said).toEqual(['ioError', true, [true, 1200], [true, 2]]);
  });

  it('free space is seen shrinking before it is gone', () => {
    const [first, second] = onSmallDisk(
      2048,
      `
      const journal = mustOpen(directory);
      say(journal.freeBytes());
      fill(65_536);
      say(journal.freeBytes());
      journal.close();`,
    );
    expect(first).toBeGreaterThan(1_000_000);
    expect(second).toBeLessThan(100_000);
  });

  it('a card that cannot be stored leaves the others, and nothing half-written under its name', () => {
    const said = onSmallDisk(
      512,
      `
      const vault = openCardVault(join(small, 'vault')).value;
      const card = () => ({ pan: Pan.parse('4761739001010119').value, track2: undefined, expiry: undefined });
      say(vault.put('S-1', card()).ok);
      fill(0);
      say(vault.put('S-2', card()).fault?.kind);
      say(vault.ids());
      makeRoom();
      const again = openCardVault(join(small, 'vault')).value;
      say([again.get('S-1').value.pan.masked, again.get('S-2').value === undefined, again.put('S-2', card()).ok]);`,
    );
    expect(said).toEqual([true, 'writeFailed', ['S-1'], ['476173******0119', true, true]]);
  });
});
