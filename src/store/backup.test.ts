/** A backup is whole, holds no private key, and with the key put back the terminal goes on from it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupJournal } from './backup.ts';
import { journalFiles } from './files.ts';
import { bytesIn, mustAppend, mustOpen, sale, scratch, startOfTime } from './test-kit.ts';
import { verifyJournal } from './verify.ts';
import { writeVersionOne } from './version-one-kit.ts';

let place: ReturnType<typeof scratch>;
let directory: string;
let file: string;
let target: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'journal');
  file = journalFiles(directory).journal;
  target = join(place.path, 'stick', 'backup');
});

afterEach(() => {
  place.remove();
});

const url = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

describe('a backup', () => {
  it('of the journal that this process has open, while it appends', async () => {
    const journal = mustOpen(directory);
    for (let n = 0; n < 1500; n += 1) mustAppend(journal, sale(n), n % 100 === 0);
    const parts: number[] = [];
    const running = backupJournal(file, target, (part) => {
      parts.push(part);
      mustAppend(journal, sale(parts.length));
    });
    mustAppend(journal, sale(0));
    const made = await running;
    if (!made.ok) throw new Error(made.fault.detail);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.at(-1)).toBe(1);
    expect(made.value.directory).toBe(target);
    expect(made.value.events).toBeGreaterThanOrEqual(9006);
    expect(readdirSync(target).sort()).toEqual(['journal.anchor', 'journal.db', 'terminal.pub']);
    expect(readdirSync(dirname(target))).toEqual(['backup']);
    expect(statSync(journalFiles(target).journal).mode & 0o777).toBe(0o600);
    expect(verifyJournal(journalFiles(target).journal)).toMatchObject({
      verified: true,
      events: made.value.events,
      head: made.value.head,
    });
    mustAppend(journal, sale(1));
    journal.close();
    expect(verifyJournal(file).verified).toBe(true);
  });

  it('is what the terminal goes on with once the key is put back', async () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    journal.close();
    expect((await backupJournal(file, target)).ok).toBe(true);
    copyFileSync(journalFiles(directory).key, journalFiles(target).key);
    const restored = mustOpen(target);
    mustAppend(restored, sale(2));
    restored.close();
    expect(verifyJournal(journalFiles(target).journal)).toMatchObject({ verified: true, events: 12 });
  });

  it('of a journal that another process appends to, and of what a kill left', { timeout: 30_000 }, async () => {
    const code = `
      import { mustAppend, mustOpen, sale } from ${url('test-kit.ts')};
      import { writeSync } from 'node:fs';
      const journal = mustOpen(process.argv[1]);
      for (let n = 0; ; n += 1) {
        mustAppend(journal, sale(n));
        writeSync(1, 'x\\n');
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    let sales = 0;
    const made: number[] = [];
    for await (const _ of createInterface({ input: child.stdout })) {
      sales += 1;
      if (sales % 100 !== 0 || child.killed) continue;
      const backup = await backupJournal(file, `${target}-${made.length}`);
      if (!backup.ok) throw new Error(backup.fault.detail);
      expect(backup.value.events).toBeGreaterThanOrEqual(sales * 6);
      expect(verifyJournal(journalFiles(backup.value.directory).journal).verified).toBe(true);
      made.push(backup.value.events);
      if (made.length === 4) child.kill('SIGKILL');
    }
    await exited;
    const before = bytesIn(directory);
    const backup = await backupJournal(file, target);
    expect(backup).toMatchObject({ ok: true });
    expect(bytesIn(directory)).toEqual(before);
    expect(made).toEqual(made.toSorted((a, b) => a - b));
  });

  it('of version 1 stays version 1', async () => {
    writeVersionOne(directory, sale(1), startOfTime, [6]);
    expect(await backupJournal(file, target)).toMatchObject({ ok: true, value: { events: 6 } });
    expect(verifyJournal(journalFiles(target).journal)).toMatchObject({ verified: true, events: 6 });
  });
});

describe('no backup, and nothing left at the target', () => {
  beforeEach(() => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    journal.close();
  });

  it('when the target exists, even empty', async () => {
    mkdirSync(target, { recursive: true });
    expect(await backupJournal(file, target)).toMatchObject({ ok: false, fault: { kind: 'targetExists' } });
    expect(readdirSync(target)).toEqual([]);
  });

  it.each([
    ['the journal is damaged', 'notWhole', () => damageMiddle()],
    ['the journal is something else', 'unreadable', () => writeFileSync(file, 'text')],
    ['the journal is gone', 'unreadable', () => rmSync(file)],
    ['the anchor is gone', 'unreadable', () => rmSync(journalFiles(directory).anchor)],
    ['the public key is gone', 'unreadable', () => rmSync(journalFiles(directory).publicKey)],
  ])('when %s', async (_, kind, damage) => {
    damage();
    expect(await backupJournal(file, target)).toMatchObject({ ok: false, fault: { kind } });
    expect(existsSync(dirname(target)) ? readdirSync(dirname(target)) : []).toEqual([]);
  });
});

/** The anchor of another time: as good as any damage that only the check can see. */
function damageMiddle(): void {
  const other = mustOpen(join(place.path, 'other'));
  mustAppend(other, sale(1));
  other.close();
  copyFileSync(other.files.anchor, journalFiles(directory).anchor);
}
