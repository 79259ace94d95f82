/**
 * What a power cut leaves after a process was killed, as far as it can be known without cutting the power: which bytes
 * were synced is read from the system calls, and the log is put back to how it was at its last sync.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journalFiles, type JournalFiles } from './files.ts';
import { copyOf, mustAppend, mustOpen, sale, scratch, startOfTime } from './test-kit.ts';
import { verifyJournal } from './verify.ts';

let place: ReturnType<typeof scratch>;
let files: JournalFiles;

beforeEach(() => {
  place = scratch();
  files = journalFiles(join(place.path, 'journal'));
});

afterEach(() => {
  place.remove();
});

const url = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
const prelude = `
  import { writeSync } from 'node:fs';
  import { openJournal } from ${url('journal.ts')};
  import { mustAppend, mustOpen, sale, startOfTime } from ${url('test-kit.ts')};
  const directory = process.argv[2];
  const say = (text) => writeSync(1, text + '\\n');
  const die = () => process.kill(process.pid, 'SIGKILL');
`;

function program(script: string): string {
  const path = join(place.path, 'program.mjs');
  writeFileSync(path, prelude + script);
  return path;
}

/** Runs a script that kills itself; what it said. */
function runAndKill(script: string): string {
  const { signal, stdout, stderr } = spawnSync(process.execPath, [program(script), files.directory], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect([signal, stderr]).toEqual(['SIGKILL', '']);
  return stdout;
}

const canTrace = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0;

/**
 * The same under strace: `write <file>` and `sync <file>` in order, and `say …`; what failed is not in it. Into `sizes`
 * goes how many bytes were written to each file.
 */
function trace(script: string, sizes: Record<string, number> = {}): readonly string[] {
  const calls = 'trace=write,pwrite64,fsync,fdatasync,ftruncate,unlink';
  const { stderr } = spawnSync(
    'strace',
    [
      '-f',
      '-qq',
      '-y',
      '-s',
      '64',
      '-e',
      'signal=none',
      '-e',
      calls,
      process.execPath,
      program(script),
      files.directory,
    ],
    { encoding: 'utf8', timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
  );
  const found: string[] = [];
  for (const line of stderr.split('\n')) {
    const said = /write\(1<[^>]*>, "(say [^"\\]*)/.exec(line)?.[1];
    const call = /(\w+)\(\d+<[^>]*\/([^/>]+)>.*= (\d+)$/.exec(line);
    if (said !== undefined) found.push(said);
    if (said !== undefined || call === null) continue;
    const [, name = '', file = '', result] = call;
    found.push(`${name.endsWith('sync') ? 'sync' : 'write'} ${file}`);
    sizes[file] = (sizes[file] ?? 0) + Number(result);
  }
  return found;
}

/** A sealed commit that stands in the log and was not synced: the process was killed before, with the anchor of old. */
function leaveUnsynced(): void {
  const journal = mustOpen(files.directory);
  mustAppend(journal, sale(1));
  const anchor = readFileSync(files.anchor);
  mustAppend(journal, sale(2));
  const killed = copyOf(files.directory, join(place.path, 'killed'));
  journal.close();
  copyOf(killed, files.directory);
  writeFileSync(files.anchor, anchor);
}

describe('a start after a kill', () => {
  it.skipIf(!canTrace)('writes and syncs the whole log again before the anchor names anything in it', () => {
    leaveUnsynced();
    const { size } = statSync(`${files.journal}-wal`);
    const sizes: Record<string, number> = {};
    const calls = trace(`say('say ' + mustOpen(directory).head().sequence); die();`, sizes);
    expect(sizes['journal.db-wal']).toBe(size);
    expect(calls.filter((call) => call.startsWith('say'))).toEqual(['say 12']);
    const about = calls.filter((call) => /journal\.(?:db|db-wal|mirror|anchor)$/.test(call));
    expect(about).toEqual([
      'write journal.db-wal',
      'sync journal.db-wal',
      'write journal.anchor',
      'sync journal.anchor',
    ]);
    expect(verifyJournal(files.journal)).toMatchObject({ verified: true, events: 12 });
    mustOpen(files.directory).close();
  });

  it('changes not a byte of the log', () => {
    leaveUnsynced();
    const before = readFileSync(`${files.journal}-wal`);
    runAndKill('mustOpen(directory); die();');
    expect(readFileSync(`${files.journal}-wal`).equals(before)).toBe(true);
  });
});

describe('events that need not reach the disk at once', () => {
  it('survive a kill', () => {
    const said = runAndKill(`
      const journal = mustOpen(directory);
      mustAppend(journal, sale(1));
      for (const event of sale(2).slice(0, 5)) {
        const appended = journal.append([event], startOfTime, false, false);
        if (!appended.ok) throw new Error(appended.fault.detail);
        say(String(appended.value.sequence));
      }
      die();`);
    expect(said).toBe('7\n8\n9\n10\n11\n');
    const journal = mustOpen(files.directory);
    expect([...journal.read(6)].map(({ event }) => event)).toEqual(sale(2).slice(0, 5));
    journal.close();
    expect(verifyJournal(files.journal)).toMatchObject({ verified: true, events: 11 });
  });

  it('are never sealed: the anchor would be ahead', () => {
    const journal = mustOpen(files.directory);
    expect(() => journal.append(sale(1), startOfTime, true, false)).toThrow(/anchor must not be ahead/);
    expect(journal.head().sequence).toBe(0);
    mustAppend(journal, sale(1));
    journal.close();
    expect(verifyJournal(files.journal)).toMatchObject({ verified: true, events: 6 });
  });

  it.skipIf(!canTrace)('are not synced, and are by the next append that is; the anchor comes last', () => {
    const calls = trace(`
      const journal = mustOpen(directory);
      mustAppend(journal, sale(1));
      say('say unsynced');
      journal.append(sale(2).slice(0, 1), startOfTime, false, false);
      journal.append(sale(2).slice(1, 5), startOfTime, false, false);
      say('say synced');
      mustAppend(journal, sale(2).slice(5), true);
      say('say end');
      die();`);
    const between = (from: string, to: string): readonly string[] => [
      ...new Set(calls.slice(calls.indexOf(`say ${from}`) + 1, calls.indexOf(`say ${to}`))),
    ];
    expect(calls).toContain('say end');
    expect(between('unsynced', 'synced')).toEqual(['write journal.db-wal']);
    expect(between('synced', 'end')).toEqual([
      'write journal.db-wal',
      'sync journal.db-wal',
      'write journal.mirror',
      'sync journal.mirror',
      'write journal.anchor',
    ]);
  });

  it('are lost together and at the end when the power fails before that, and the journal is whole', () => {
    const journal = mustOpen(files.directory);
    const log = `${files.journal}-wal`;
    mustAppend(journal, sale(1));
    const first = readFileSync(log);
    for (const event of sale(2).slice(0, 5)) expect(journal.append([event], startOfTime, false, false).ok).toBe(true);
    const before = copyOf(files.directory, join(place.path, 'before'));
    mustAppend(journal, sale(2).slice(5), true);
    const after = copyOf(files.directory, join(place.path, 'after'));
    journal.close();
    // Of what was not synced any part may be there, the last frame torn.
    const whole = readFileSync(join(before, 'journal.db-wal'));
    const counts = new Set<number>();
    for (let size = first.length; size <= whole.length; size += 500) {
      const cut = copyOf(before, join(place.path, 'cut'));
      writeFileSync(join(cut, 'journal.db-wal'), whole.subarray(0, size));
      const again = mustOpen(cut);
      const { sequence } = again.head();
      expect([...again.read()].map(({ event }) => event)).toEqual([...sale(1), ...sale(2)].slice(0, sequence));
      counts.add(sequence);
      again.close();
    }
    expect([...counts].toSorted((a, b) => a - b).slice(0, 2)).toEqual([6, 7]);
    const later = mustOpen(after);
    expect(later.head().sequence).toBe(12);
    later.close();
  });
});
