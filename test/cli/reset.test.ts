/** A reset that was broken off, at whatever step, and is given again with the same archive. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journalFolder, vaultFolder } from '../../src/main/folders.ts';
import { backupJournal } from '../../src/store/backup.ts';
import { journalFiles } from '../../src/store/files.ts';
import { identity, mustAppend, mustOpen } from '../../src/store/test-kit.ts';
import { verifyJournal } from '../../src/store/verify.ts';

const cli = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');
let folder = '';
let data = '';
let archive = '';
let head = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-reset-'));
  data = path.join(folder, 'data');
  archive = path.join(folder, 'archive');
  mkdirSync(data);
  const journal = mustOpen(journalFolder(data));
  mustAppend(journal, [{ type: 'TerminalStarted', softwareVersion: '0', identity }], true);
  head = journal.head().hash;
  journal.close();
  mkdirSync(vaultFolder(data));
  writeFileSync(path.join(vaultFolder(data), 'vault.key'), Buffer.alloc(32, 7));
  mkdirSync(path.join(data, 'training/journal'), { recursive: true });
  writeFileSync(path.join(data, 'training/journal/journal.db'), 'of the training world');
  writeFileSync(path.join(data, 'dukpt.counter'), '{}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Done {
  readonly code: number | null;
  readonly err: string;
}

/** `breakOff` n: killed when it is about to rename or remove something for the n-th time. */
function reset(breakOff?: number): Done {
  const command = [process.execPath, cli, 'reset', '--data', data, '--yes', '--archive', archive];
  const calls = 'rename,unlink,unlinkat,rmdir';
  const tracer = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`];
  const breaker = breakOff === undefined ? [] : [...tracer, '-e', `inject=${calls}:signal=KILL:when=${breakOff}`];
  const [program = '', ...args] = [...breaker, ...command];
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, TMPDIR: temporary },
  });
  return { code: done.status, err: done.stderr };
}

function expectReset(step: string): void {
  expect(readdirSync(data), step).toEqual(['dukpt.counter']);
  expect(verifyJournal(journalFiles(archive).journal), step).toMatchObject({ verified: true, head: { hash: head } });
  expect(readdirSync(archive).toSorted(), step).toEqual(['journal.anchor', 'journal.db', 'terminal.pub']);
}

const canTrace = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0;

describe('a reset given again', () => {
  it.skipIf(!canTrace)('goes on wherever it was killed', { timeout: 240_000 }, () => {
    const begun = path.join(folder, 'begun');
    cpSync(data, begun, { recursive: true });
    const left = new Set<string>();
    for (let step = 1; ; step += 1) {
      for (const each of [data, archive]) rmSync(each, { recursive: true, force: true });
      cpSync(begun, data, { recursive: true });
      const first = reset(step);
      left.add(`${readdirSync(data).toSorted().join(' ')}${existsSync(archive) ? ' + archive' : ''}`);
      if (first.code === 0) break;
      expect(reset(), `step ${step}`).toEqual({ code: 0, err: '' });
      expectReset(`step ${step}`);
    }
    // It was killed before the copy, and after each part was gone.
    expect([...left]).toEqual([
      'dukpt.counter journal training vault',
      'dukpt.counter journal training vault + archive',
      'dukpt.counter journal training + archive',
      'dukpt.counter journal + archive',
      'dukpt.counter journal.removed + archive',
      'dukpt.counter + archive',
    ]);
  });

  it.each([
    ['nothing was removed yet', () => {}],
    ['the vault was gone', () => rmSync(vaultFolder(data), { recursive: true })],
    [
      'only the journal was left',
      () => {
        rmSync(vaultFolder(data), { recursive: true });
        rmSync(path.join(data, 'training'), { recursive: true });
      },
    ],
    [
      'the journal was put aside',
      () => {
        rmSync(vaultFolder(data), { recursive: true });
        rmSync(path.join(data, 'training'), { recursive: true });
        renameSync(journalFolder(data), `${journalFolder(data)}.removed`);
      },
    ],
  ])('takes the copy that is there: %s', async (step, removed) => {
    expect(await backupJournal(journalFiles(journalFolder(data)).journal, archive)).toMatchObject({ ok: true });
    removed();
    expect(reset()).toEqual({ code: 0, err: '' });
    expectReset(step);
  });

  it.each([
    ['an empty folder', () => mkdirSync(archive)],
    ['a file', () => writeFileSync(archive, 'x')],
    [
      'a copy of before the last events',
      () => {
        const journal = mustOpen(journalFolder(data));
        mustAppend(journal, [{ type: 'TerminalStarted', softwareVersion: '1', identity }], true);
        journal.close();
      },
    ],
    ['a copy that was damaged', () => writeFileSync(journalFiles(archive).anchor, 'x')],
    ['the journal of another terminal', () => mustOpen(archive).close()],
  ])('refuses what is no whole copy of this journal: %s', async (what, put) => {
    if (what.startsWith('a copy')) await backupJournal(journalFiles(journalFolder(data)).journal, archive);
    put();
    const before = readdirSync(data, { recursive: true });
    expect(reset()).toMatchObject({
      code: 2,
      err: expect.stringMatching(/exists and is no whole copy of this journal/),
    });
    expect(readdirSync(data, { recursive: true })).toEqual(before);
  });
});
