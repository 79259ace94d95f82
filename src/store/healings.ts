/**
 * What was mended, and the copies that were put aside: kept beside the journal until a person has seen to the disk,
 * because a medium that has spoiled one place will spoil another.
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, syncDirectory, type JournalFiles } from './files.ts';

export interface Healing {
  readonly what: 'journal' | 'mirror' | 'anchor';
  readonly detail: string;
}

/** One line of the record. */
export interface PastHealing extends Healing {
  /** Milliseconds since 1970, by the clock of the machine. */
  readonly at: number;
}

/** Durable when it returns. Throws the system's error. */
export function recordHealing(files: JournalFiles, healing: Healing): void {
  const file = openSync(files.healings, 'a', 0o600);
  try {
    const line = Buffer.from(`${JSON.stringify({ at: Date.now(), ...healing })}\n`);
    for (let written = 0; written < line.length;) written += writeSync(file, line, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(dirname(files.healings));
}

/** Oldest first; lines that a power cut tore are left out. */
export function pastHealings(files: JournalFiles): readonly PastHealing[] {
  let text: string;
  try {
    text = readFileSync(files.healings, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    try {
      const { at, what, detail } = JSON.parse(line) as Partial<PastHealing>;
      const known = what === 'journal' || what === 'mirror' || what === 'anchor';
      return known && typeof at === 'number' && typeof detail === 'string' ? [{ at, what, detail }] : [];
    } catch {
      return [];
    }
  });
}
