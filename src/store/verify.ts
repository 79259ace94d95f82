/**
 * `cham journal verify`: is this journal whole, and what terminal signed it? Works on a private copy, so the file
 * may be anywhere, the terminal may be running, and not a byte is changed.
 *
 * Every row is protected by the next seal after it and by the anchor. A seal removed from the middle is therefore not
 * seen by itself, nor a changed time of a seal (the time is for people and is not signed): the rows lose nothing.
 * The mirror is compared with the journal in full; what only it has lost is damage too, and the next start mends it.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { readAnchor } from './anchor.ts';
import type { Problem } from './chain.ts';
import type Database from 'better-sqlite3';
import { errorCode, errorText, journalFiles } from './files.ts';
import { inspectJournal, type Inspection } from './inspect.ts';
import { readPublicKey, type PublicKey } from './keys.ts';
import { compareMirror } from './mirror-compare.ts';
import { Mirror } from './mirror.ts';
import { openSnapshot } from './snapshot.ts';

export interface VerifyOptions {
  /** The terminal's public key from a source that the journal's keeper does not control. */
  readonly publicKey?: PublicKey;
}

export interface VerifyReport {
  readonly events: number;
  /** Hash in lower-case hex. */
  readonly head: { readonly sequence: number; readonly hash: string };
  readonly seals: number;
  /** Rows whose body retention removed, as the journal itself records. */
  readonly redacted: number;
  /**
   * Where the key came from that the signatures were checked with: given by the caller, `terminal.pub` beside the
   * journal, or the journal itself. The last two are only as trustworthy as the directory: compare `keyId`.
   */
  readonly keySource: 'given' | 'file' | 'journal';
  /** SHA-256 of that public key, lower-case hex. */
  readonly keyId?: string;
  /** The journal's mirror, when there is one: the last row that it has. */
  readonly mirror?: { readonly path: string; readonly through: number };
  /** True when nothing at all was found wrong. */
  readonly verified: boolean;
  readonly problems: readonly Problem[];
  /** The lowest row among the problems. */
  readonly firstBad?: number;
}

/** @param path the journal file; its anchor is looked for beside it. Never throws on what the files hold. */
export function verifyJournal(path: string, options: VerifyOptions = {}): VerifyReport {
  const beside = journalFiles(dirname(path));
  const { key, keySource, problems } = chooseKey(options, beside.publicKey);
  const anchor = readAnchor(beside.anchor);
  const snapshot = openSnapshot(path);
  if (!snapshot.ok) {
    const problem: Problem = { sequence: null, kind: 'damaged', detail: snapshot.fault.detail };
    const mirror = key && mirrorOf(beside.mirror, key.keyId);
    const facts = { events: 0, head: { sequence: 0, hash: '' }, seals: 0, redacted: 0, keySource };
    return report({ ...facts, ...(mirror && { mirror }) }, [...problems, problem]);
  }
  const { db } = snapshot.value;
  const found = inspectJournal(db, { key, anchor, depth: 'full' });
  const { events, seals, redacted, keyId } = found;
  const head = { sequence: found.head.sequence, hash: Buffer.from(found.head.hash).toString('hex') };
  const facts = { events, head, seals, redacted, keySource, ...(keyId !== undefined && { keyId }) };
  // After the journal was copied: a running terminal writes the mirror last.
  const mirror = keyId === undefined ? undefined : mirrorOf(beside.mirror, keyId);
  const ofMirror = keyId === undefined ? [] : checkMirror(db, beside.mirror, keyId, found);
  snapshot.value.close();
  const all = [...problems, ...found.problems, ...found.badSnapshots, ...ofMirror];
  return report({ ...facts, ...(mirror && { mirror }) }, all);
}

/** A copy has none, and needs none. */
function mirrorOf(path: string, keyId: string): VerifyReport['mirror'] {
  const mirror = readMirror(path, keyId, ({ head }) => head.sequence);
  return typeof mirror === 'number' ? { path, through: mirror } : undefined;
}

function readMirror<T>(path: string, keyId: string, read: (mirror: Mirror) => T): T | undefined | Problem {
  let mirror: Mirror | undefined;
  try {
    mirror = Mirror.openReadOnly(path, keyId);
    return mirror && read(mirror);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return { sequence: null, kind: 'mirrorDamaged', detail: `${path} cannot be read: ${errorText(error)}` };
  } finally {
    mirror?.close();
  }
}

const mirrorProblem = (sequence: number, detail: string): Problem => ({ sequence, kind: 'mirrorDamaged', detail });

function checkMirror(db: Database.Database, path: string, keyId: string, found: Inspection): readonly Problem[] {
  const checked = readMirror(path, keyId, (mirror) => {
    const { conflict, lost } = compareMirror(db, mirror, 0, found.head.sequence);
    const through = mirror.head.sequence;
    const signed = found.anchor?.sequence ?? 0;
    return [
      ...lost.map(({ from, to }) => mirrorProblem(from, `rows ${from} to ${to} of ${path} are damaged`)),
      ...(conflict === undefined ? [] : [mirrorProblem(conflict, `row ${conflict} of ${path} is another one`)]),
      ...(through < signed
        ? [mirrorProblem(through + 1, `${path} ends at row ${through}, before signed row ${signed}`)]
        : []),
    ];
  });
  if (checked === undefined) return [];
  return 'kind' in checked ? [checked] : checked;
}

function chooseKey(
  options: VerifyOptions,
  beside: string,
): { key: PublicKey | undefined; keySource: VerifyReport['keySource']; problems: readonly Problem[] } {
  if (options.publicKey !== undefined) return { key: options.publicKey, keySource: 'given', problems: [] };
  if (!existsSync(beside)) return { key: undefined, keySource: 'journal', problems: [] };
  const read = readPublicKey(beside);
  if (read.ok) return { key: read.value, keySource: 'file', problems: [] };
  const problem: Problem = { sequence: null, kind: 'wrongKey', detail: read.fault.detail };
  return { key: undefined, keySource: 'journal', problems: [problem] };
}

function report(
  facts: Omit<VerifyReport, 'verified' | 'problems' | 'firstBad'>,
  problems: readonly Problem[],
): VerifyReport {
  const rows = problems.flatMap(({ sequence }) => (sequence === null ? [] : [sequence]));
  const verified = problems.length === 0;
  return { ...facts, verified, problems, ...(rows.length > 0 && { firstBad: Math.min(...rows) }) };
}
