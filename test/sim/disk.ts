/**
 * The disk below the journal, as far as a power cut shows it: of what was written since the last sync each sector may be
 * the new or the old one, and around a write in flight a card may spoil 64 KiB. Files are those of the real store, in
 * memory.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Chance } from './chance.ts';

/** Every file of the folder, by name. */
export type Files = ReadonlyMap<string, Buffer>;

const sectorBytes = 512;
const spoiledBytes = 65_536;

export function makeFolder(): string {
  return mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cham-sim-'));
}

export function readFiles(folder: string): Files {
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  // What SQLite shares between processes is made anew.
  const names = entries.map(({ name }) => name).filter((name) => !name.endsWith('-shm'));
  return new Map(names.map((name) => [name, readFileSync(path.join(folder, name))]));
}

/** The folder then holds these files and no others. */
export function writeFiles(folder: string, files: Files): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [name, content] of files) writeFileSync(path.join(folder, name), content, { mode: 0o600 });
}

/** What a power cut meets: nothing that is being synced, the log, or the mirror after it. */
export type InFlight = 'nothing' | 'log' | 'mirror';

export interface Moment {
  /** All of it was synced. */
  readonly synced: Files;
  /** When the append under way began; the same as `now` when none is. */
  readonly before: Files;
  readonly now: Files;
  readonly inFlight: InFlight;
  /** Whether the card spoils what lies around the write in flight. */
  readonly spoils: boolean;
}

const log = 'journal.db-wal';
const mirror = 'journal.mirror';

/** What is left when the power fails at that moment. */
export function afterPowerCut({ synced, before, now, inFlight, spoils }: Moment, chance: Chance): Files {
  // The anchor and what else there is are written after the append, and are not torn: they have a place for each of two.
  const left = new Map(inFlight === 'nothing' ? now : before);
  const torn = (name: string): Buffer =>
    tear(synced.get(name) ?? Buffer.alloc(0), now.get(name) ?? Buffer.alloc(0), chance);
  if (inFlight === 'nothing') {
    // SQLite has moved its log meanwhile: it syncs that before it touches the database, and then that.
    if (!same(synced.get('journal.db'), now.get('journal.db'))) return now;
    for (const name of ['journal.db', log, mirror]) left.set(name, torn(name));
    return left;
  }
  const flying = inFlight === 'log' ? log : mirror;
  const content = torn(flying);
  const at = spoils ? firstDifference(synced.get(flying) ?? Buffer.alloc(0), content) : undefined;
  if (at !== undefined) spoil(content, at, chance);
  left.set(flying, content);
  // One is synced after the other.
  left.set('journal.db', now.get('journal.db') ?? Buffer.alloc(0));
  if (inFlight === 'log') left.set(mirror, synced.get(mirror) ?? Buffer.alloc(0));
  else left.set(log, now.get(log) ?? Buffer.alloc(0));
  return left;
}

/** Damage that came while nobody looked: 64 KiB of one file. */
export function damaged(files: Files, name: string, chance: Chance): Files {
  const content = Buffer.from(files.get(name) ?? Buffer.alloc(0));
  if (content.length === 0) return files;
  spoil(content, chance.between(0, content.length - 1), chance);
  return new Map([...files, [name, content]]);
}

function same(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a !== undefined && b !== undefined && a.equals(b);
}

function tear(before: Buffer, now: Buffer, chance: Chance): Buffer {
  const torn = Buffer.alloc(Math.max(before.length, now.length));
  now.copy(torn);
  for (let at = 0; at < torn.length; at += sectorBytes) {
    const old = before.subarray(at, at + sectorBytes);
    if (now.subarray(at, at + sectorBytes).equals(old) || chance.percent(50)) continue;
    torn.fill(0, at, Math.min(torn.length, at + sectorBytes));
    old.copy(torn, at);
  }
  return torn;
}

function firstDifference(before: Buffer, now: Buffer): number | undefined {
  for (let at = 0; at < now.length; at += sectorBytes) {
    if (!now.subarray(at, at + sectorBytes).equals(before.subarray(at, at + sectorBytes))) return at;
  }
  return undefined;
}

function spoil(content: Buffer, around: number, chance: Chance): void {
  const from = Math.floor(around / spoiledBytes) * spoiledBytes;
  const to = Math.min(content.length, from + spoiledBytes);
  for (let at = from; at < to; at += 1) content[at] = chance.between(0, 255);
}
