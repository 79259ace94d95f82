/** Reading a journal from outside, for `cham`'s commands: works while the terminal runs and changes nothing. */
import { hash } from 'node:crypto';
import { dirname } from 'node:path';
import { epochMs } from '../core/base/brand.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { JournalEvent, Recorded } from '../core/transaction/events.ts';
import { readAnchor } from './anchor.ts';
import type { StoredRow } from './canonical.ts';
import { openFault, openFaultOf, versionOf, type JournalOpenFault } from './database.ts';
import { journalFiles } from './files.ts';
import { foldSnapshots } from './fold-snapshot.ts';
import { inspectJournal } from './inspect.ts';
import { publicKeyFromDer } from './keys.ts';
import { readIdentity, readLastRow, readRowHash, readRows, readSealedRows } from './rows.ts';
import { openSnapshot, type Snapshot } from './snapshot.ts';

/** The state at the moment of opening. What is read is as stored: `verifyJournal` says whether it can be trusted. */
export class JournalReader {
  readonly #snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  /** Rows from `from` on, oldest first; `body` is the event as JSON, null when retention removed it. */
  rows(from?: number): Iterable<StoredRow> {
    return readRows(this.#snapshot.db, from);
  }

  /** The same with the seal of each row that has one. */
  sealedRows(from: number): ReturnType<typeof readSealedRows> {
    return readSealedRows(this.#snapshot.db, from);
  }

  /** Undefined when there is no such row. */
  rowHash(sequence: number): Uint8Array | undefined {
    return readRowHash(this.#snapshot.db, sequence);
  }

  /** The public key that the journal names as its own. */
  identity(): { readonly keyId: string; readonly der: Uint8Array } {
    const der = readIdentity(this.#snapshot.db);
    return { keyId: hash('sha256', der, 'hex'), der };
  }

  /** Time of the last row; undefined in an empty journal. */
  lastAt(): number | undefined {
    const last = readLastRow(this.#snapshot.db);
    if (last === undefined) return undefined;
    for (const { at } of readRows(this.#snapshot.db, last.sequence, 1)) return at;
    return undefined;
  }

  /**
   * What a start of the terminal folds, from a snapshot of one of these versions on. Undefined when it cannot be folded by this version: another one wrote the
   * snapshots, and retention has removed what came before them.
   */
  toFold(...foldVersions: readonly number[]): ToFold | undefined {
    const { db } = this.#snapshot;
    const key = publicKeyFromDer(readIdentity(db));
    const snapshots = key.ok && versionOf(db) > 1 ? [...foldSnapshots(db, key.value)] : [];
    const newest = snapshots.find(
      ({ snapshot, problem }) => !problem && foldVersions.includes(snapshot.foldVersion),
    )?.snapshot;
    const events: Recorded[] = [];
    for (const { at, type, body } of readRows(db, (newest?.sequence ?? 0) + 1)) {
      if (type === 'Redacted') continue;
      if (body === null) return undefined;
      events.push({ at: epochMs(at), event: JSON.parse(body) as JournalEvent });
    }
    return { snapshot: newest && { sequence: newest.sequence, state: newest.state }, events };
  }

  close(): void {
    this.#snapshot.close();
  }
}

export interface ToFold {
  readonly snapshot: { readonly sequence: number; readonly state: string } | undefined;
  /** After the snapshot; all there are without one. */
  readonly events: readonly Recorded[];
}

/** @param path the journal file itself; a copy elsewhere will do. */
export function openJournalReadOnly(path: string): Result<JournalReader, JournalOpenFault> {
  const snapshot = openSnapshot(path);
  if (!snapshot.ok) return snapshot;
  try {
    // Of a file that passes this every row can be fetched.
    const check = snapshot.value.db.pragma('quick_check(1)', { simple: true });
    if (check === 'ok') return ok(new JournalReader(snapshot.value));
    snapshot.value.close();
    return err(openFault('damaged', `${path}: ${String(check)}`));
  } catch (error) {
    snapshot.value.close();
    return err(openFaultOf(error, path));
  }
}

/** As a start of the terminal trusts it (inspect.ts): refused when what the state is folded from is not whole. */
export function openTrustedJournal(path: string): Result<JournalReader, JournalOpenFault> {
  // Before the journal: a running terminal moves both, the anchor last.
  const anchor = readAnchor(journalFiles(dirname(path)).anchor);
  const snapshot = openSnapshot(path);
  if (!snapshot.ok) return snapshot;
  const [first] = inspectJournal(snapshot.value.db, { key: undefined, anchor, depth: 'start' }).problems;
  if (first === undefined) return ok(new JournalReader(snapshot.value));
  snapshot.value.close();
  return err(openFault('damaged', `${path}: ${first.kind}: ${first.detail}`));
}
