/** The journal among processes: killed while appending, asked for twice, read while in use, and out of space. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { journalFiles } from './files.ts';
import { openJournal } from './journal.ts';
import { openJournalReadOnly } from './reader.ts';
import { bytesIn, mustAppend, mustOpen, sale, scratch } from './test-kit.ts';
import { verifyJournal } from './verify.ts';

let place: ReturnType<typeof scratch>;
let directory: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'state', 'journal');
  script = join(place.path, 'appender.mjs');
  writeFileSync(script, appender);
});

afterEach(() => {
  vi.unstubAllEnvs();
  place.remove();
});

const moduleUrl = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** Appends sales, one event at a time, and prints each acknowledged head; ends at the first fault, printing it. */
const appender = `
  import { openJournal } from ${moduleUrl('journal.ts')};
  import { sale, startOfTime } from ${moduleUrl('test-kit.ts')};
  import { writeSync } from 'node:fs';
  const [directory, limit] = process.argv.slice(2);
  const opened = openJournal(directory);
  if (!opened.ok) {
    writeSync(1, 'refused ' + opened.fault.kind + '\\n');
    process.exit(2);
  }
  const journal = opened.value;
  writeSync(1, 'opened ' + journal.head().sequence + '\\n');
  for (let n = 0; n < Number(limit); n += 1) {
    for (const event of sale(n)) {
      const appended = journal.append([event], startOfTime, event.type === 'SaleClosed');
      if (!appended.ok) {
        const again = journal.append([event], startOfTime, true);
        writeSync(1, 'fault ' + appended.fault.kind + ' ' + (again.fault === appended.fault) + '\\n');
        process.exit(3);
      }
      writeSync(1, 'ack ' + appended.value.sequence + ' ' + appended.value.hash + '\\n');
    }
  }`;

let script: string;

function startAppender(limit = 1_000_000): ChildProcess {
  return spawn(process.execPath, [script, directory, String(limit)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Reads lines until one satisfies `enough`, then kills; returns all that had been acknowledged by then. */
async function killAfter(child: ChildProcess, enough: (acks: number) => boolean): Promise<readonly string[]> {
  const lines: string[] = [];
  const { stdout } = child;
  if (stdout === null) throw new Error('no output');
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: stdout })) {
    lines.push(line);
    if (!child.killed && enough(lines.length)) child.kill('SIGKILL');
  }
  await exited;
  return lines.filter((line) => line.startsWith('ack '));
}

function runAppender(limit: number): { status: number | null; stdout: string } {
  return spawnSync(process.execPath, [script, directory, String(limit)], { encoding: 'utf8', timeout: 20_000 });
}

/** Runs the appender under a limit until it meets the fault, then checks what it had acknowledged. */
function expectFault(kind: string, shell: string): void {
  const { stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8', timeout: 60_000 });
  expect(stdout.split('\n').at(-2), stderr).toBe(`fault ${kind} true`);
  const acks = [...stdout.matchAll(/^ack (\d+)/gm)].map((match) => Number(match[1]));
  expect(acks.length).toBeGreaterThan(10);
  const report = verifyJournal(journalFiles(directory).journal);
  expect(report.problems).toEqual([]);
  expect(report.events).toBeGreaterThanOrEqual(acks.at(-1) ?? Infinity);
  const journal = mustOpen(directory);
  expect([...journal.read()]).toHaveLength(report.events);
  mustAppend(journal, sale(1));
  journal.close();
}

describe('killed while appending', () => {
  it('has every acknowledged event after each of 20 kills', { timeout: 60_000 }, async () => {
    let acknowledged = 0;
    for (let round = 0; round < 20; round += 1) {
      const stop = 2 + ((round * 37) % 61);
      const acks = await killAfter(startAppender(), (lines) => lines >= stop);
      expect(acks.length).toBeGreaterThan(0);
      const report = verifyJournal(journalFiles(directory).journal);
      expect(report.problems).toEqual([]);
      const reader = openJournalReadOnly(journalFiles(directory).journal);
      if (!reader.ok) throw new Error(reader.fault.detail);
      const hashes = new Map(
        [...reader.value.rows()].map((row) => [row.sequence, Buffer.from(row.hash).toString('hex')]),
      );
      reader.value.close();
      for (const ack of acks) {
        const [, sequence, hash] = ack.split(' ');
        expect(hashes.get(Number(sequence)), ack).toBe(hash);
        acknowledged = Math.max(acknowledged, Number(sequence));
      }
      // In the other rounds the next child meets what the crash left.
      if (round % 2 === 0) continue;
      const journal = mustOpen(directory);
      expect(journal.head().sequence).toBeGreaterThanOrEqual(acknowledged);
      expect([...journal.read()]).toHaveLength(journal.head().sequence);
      journal.close();
    }
    expect(acknowledged).toBeGreaterThan(300);
  });
});

describe('two processes', () => {
  it('a second one is refused while the first has the journal, whatever the first does meanwhile', () => {
    const journal = mustOpen(directory);
    const refused = { status: 2, stdout: 'refused inUse\n' };
    expect(runAppender(1)).toMatchObject(refused);
    mustAppend(journal, sale(1));
    expect(runAppender(1)).toMatchObject(refused);
    // Opening and closing the file in this process would drop the lock: POSIX.
    expect(openJournal(directory).ok).toBe(false);
    expect(verifyJournal(journal.files.journal)).toMatchObject({ verified: true, events: 6 });
    const reader = openJournalReadOnly(journal.files.journal);
    if (!reader.ok) throw new Error(reader.fault.detail);
    expect([...reader.value.rows(4)].map(({ sequence }) => sequence)).toEqual([4, 5, 6]);
    reader.value.close();
    expect(runAppender(1)).toMatchObject(refused);
    journal.close();
    expect(runAppender(1)).toMatchObject({ status: 0, stdout: expect.stringContaining('opened 6\n') });
  });

  it('that begin at the same moment begin one book', async () => {
    const children = [1, 2, 3].map(() => startAppender(5));
    const outputs = await Promise.all(children.map(async ({ stdout }) => (await stdout?.toArray())?.join('') ?? ''));
    for (const output of outputs) expect(output).toMatch(/^(?:opened \d+\n|refused inUse\n)/);
    const report = verifyJournal(journalFiles(directory).journal);
    expect(report).toMatchObject({ verified: true });
    expect(report.events).toBe(30 * outputs.filter((output) => output.startsWith('opened')).length);
    expect(readdirSync(join(place.path, 'state'))).toEqual(['journal']);
  });

  it('a reader sees whole states while the terminal appends, and leaves no trace', async () => {
    const temporary = join(place.path, 'tmp');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    const child = startAppender();
    const seen: number[] = [];
    const acks = await killAfter(child, (lines) => {
      if (lines % 150 !== 0) return false;
      const report = verifyJournal(journalFiles(directory).journal);
      expect(report.problems).toEqual([]);
      seen.push(report.events);
      return seen.length === 8;
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.every((events, i) => events >= 150 * (i + 1) - 2)).toBe(true);
    expect(acks.length).toBeGreaterThan(1000);
    // After the kill: database and WAL lie there, and reading them changes neither.
    const before = bytesIn(directory);
    const names = readdirSync(directory);
    expect(verifyJournal(journalFiles(directory).journal).verified).toBe(true);
    expect(bytesIn(directory)).toEqual(before);
    expect(readdirSync(directory)).toEqual(names);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('out of space', () => {
  it('a write error (file size limit) stops the journal; what was acknowledged is there after a restart', () => {
    mustOpen(directory).close();
    expectFault(
      'writeFailed',
      `trap '' XFSZ; ulimit -f 700; exec '${process.execPath}' '${script}' '${directory}' 100000`,
    );
  });

  it('a full disk (small tmpfs) stops the journal; what was acknowledged is there after making room', (context) => {
    const probe = spawnSync('bash', ['-c', 'unshare --map-root-user --mount mount -t tmpfs none /mnt']);
    context.skip(probe.status !== 0, 'this system does not let a user mount a tmpfs in a namespace of his own');
    const [small, kept] = [join(place.path, 'small'), join(place.path, 'state')];
    mkdirSync(small);
    mkdirSync(kept);
    const run = join(place.path, 'run.sh');
    writeFileSync(
      run,
      `mount -t tmpfs -o size=1500k none '${small}'
       '${process.execPath}' '${script}' '${small}/journal' 100000
       cp -r '${small}/journal' '${kept}'`,
    );
    expectFault('diskFull', `exec unshare --map-root-user --mount bash '${run}'`);
  });
});
