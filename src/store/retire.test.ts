/** A book is ended: locked, copied, taken away whole, also when an earlier attempt broke off. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { journalFiles } from './files.ts';
import { openJournal } from './journal.ts';
import { eraseRemoved, lockJournal, type LockedJournal } from './retire.ts';
import { bytesIn, mustAppend, mustOpen, sale, scratch } from './test-kit.ts';
import { verifyJournal } from './verify.ts';

let place: ReturnType<typeof scratch>;
let directory: string;

beforeEach(() => {
  place = scratch();
  directory = join(place.path, 'journal');
});
afterEach(() => place.remove());

function writeOne(): { readonly keyId: string; readonly hash: string } {
  const journal = mustOpen(directory);
  mustAppend(journal, sale(1));
  const { keyId } = journal;
  const { hash } = journal.head();
  journal.close();
  return { keyId, hash };
}

function mustLock(): LockedJournal {
  const locked = lockJournal(directory);
  if (!locked.ok) throw new Error(locked.fault.detail);
  return locked.value;
}

describe('a locked journal', () => {
  it('is not got while a terminal has it, and keeps a terminal out', () => {
    const journal = mustOpen(directory);
    mustAppend(journal, sale(1));
    expect(lockJournal(directory)).toMatchObject({ ok: false, fault: { kind: 'inUse' } });
    mustAppend(journal, sale(2));
    journal.close();
    const locked = mustLock();
    expect(openJournal(directory)).toMatchObject({ ok: false, fault: { kind: 'inUse' } });
    locked.release();
    mustOpen(directory).close();
  });

  it('is as it was when it is let go', () => {
    writeOne();
    const before = bytesIn(directory);
    mustLock().release();
    expect(bytesIn(directory)).toEqual(before);
  });

  it('goes whole, its copy verifies, and a new book with another key begins', async () => {
    const { keyId, hash } = writeOne();
    const locked = mustLock();
    expect(locked.headHash()).toBe(hash);
    const archive = join(place.path, 'archive');
    expect(await locked.backup(archive)).toMatchObject({ ok: true, value: { head: { hash } } });
    locked.remove();
    expect(readdirSync(place.path)).toEqual(['archive']);
    expect(verifyJournal(journalFiles(archive).journal)).toMatchObject({ verified: true, keyId });
    const next = mustOpen(directory);
    expect(next.keyId).not.toBe(keyId);
    expect(next.head().sequence).toBe(0);
    next.close();
  });

  it('goes with a mirror that lies elsewhere', () => {
    const mirrorFolder = join(place.path, 'mirrors');
    mkdirSync(mirrorFolder);
    const opened = openJournal(directory, { mirrorFolder });
    if (!opened.ok) throw new Error(opened.fault.detail);
    mustAppend(opened.value, sale(1));
    expect(opened.value.writeSnapshot(1, '{}').ok).toBe(true);
    opened.value.close();
    expect(readdirSync(mirrorFolder)).toHaveLength(2);
    mustLock().remove();
    expect(readdirSync(mirrorFolder)).toEqual([]);
    expect(readdirSync(place.path)).toEqual(['mirrors']);
  });

  it('goes also when an earlier removal broke off after the rename', () => {
    writeOne();
    const left = `${directory}.removed`;
    mkdirSync(left);
    writeFileSync(join(left, 'terminal.key'), 'old');
    mustLock().remove();
    expect(readdirSync(place.path)).toEqual([]);
    mkdirSync(left);
    writeFileSync(join(left, 'terminal.key'), 'old');
    expect([eraseRemoved(directory), eraseRemoved(directory)]).toEqual([true, false]);
    expect(existsSync(left)).toBe(false);
  });
});
