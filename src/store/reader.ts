/** Reading a journal from outside, for `cham journal show`: works while the terminal runs and changes nothing. */
import { hash } from 'node:crypto';
import { err, ok, type Result } from '../core/base/result.ts';
import type { StoredRow } from './canonical.ts';
import { openFault, openFaultOf, type JournalOpenFault } from './database.ts';
import { readIdentity, readRowHash, readRows, readSealedRows } from './rows.ts';
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

  close(): void {
    this.#snapshot.close();
  }
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
