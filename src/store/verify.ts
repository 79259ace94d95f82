/**
 * `cham journal verify`: is this journal whole, and what terminal signed it? Works on a private copy, so the file
 * may be anywhere, the terminal may be running, and not a byte is changed.
 *
 * Every row is protected by the next seal after it and by the anchor. A seal removed from the middle is therefore not
 * seen by itself, nor a changed time of a seal (the time is for people and is not signed): the rows lose nothing.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { readAnchor } from './anchor.ts';
import type { Problem } from './chain.ts';
import { journalFiles } from './files.ts';
import { inspectJournal } from './inspect.ts';
import { readPublicKey, type PublicKey } from './keys.ts';
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
    return report({ events: 0, head: { sequence: 0, hash: '' }, seals: 0, redacted: 0, keySource }, [
      ...problems,
      problem,
    ]);
  }
  const found = inspectJournal(snapshot.value.db, { key, anchor, depth: 'full' });
  snapshot.value.close();
  const { events, seals, redacted, keyId } = found;
  const head = { sequence: found.head.sequence, hash: Buffer.from(found.head.hash).toString('hex') };
  const facts = { events, head, seals, redacted, keySource, ...(keyId !== undefined && { keyId }) };
  return report(facts, [...problems, ...found.problems, ...found.badSnapshots]);
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
