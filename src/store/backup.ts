/**
 * Online backup: a folder with the journal, its anchor and the public key, made while the terminal runs and checked in
 * full before it gets its name. The private key is left out on purpose: a copy of it can sign in the terminal's name.
 * Keep it apart; with it put back as `terminal.key`, the folder is one that the terminal goes on with.
 *
 * From another process (`cham journal backup`) the terminal notices nothing. In the terminal's own process the copy is
 * made in steps, but the check at the end holds everything up for about a second per 100,000 rows.
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { err, fault, ok, type Fault, type Result } from '../core/base/result.ts';
import { readAnchor } from './anchor.ts';
import { checkVersion, identifyFile, openFaultOf, openUntouched, openWriter, versionOf } from './database.ts';
import {
  errorCode,
  errorText,
  journalFiles,
  makeDirectoryDurably,
  syncDirectory,
  syncFile,
  writeFileDurably,
} from './files.ts';
import { inspectJournal } from './inspect.ts';
import { readPublicKey } from './keys.ts';
import { copyJournal } from './snapshot.ts';
import { verifyJournal } from './verify.ts';

/** In every case nothing is left at the target. */
export type BackupFault = Fault<
  | 'targetExists'
  /** The journal, its anchor or its public key cannot be read. */
  | 'unreadable'
  /** The copy is not whole, so neither is the journal: verify it. */
  | 'notWhole'
  | 'writeFailed'
>;

export interface BackupReport {
  readonly directory: string;
  readonly events: number;
  /** Hash in lower-case hex. */
  readonly head: { readonly sequence: number; readonly hash: string };
}

/**
 * @param path the journal file; anchor and public key are taken from beside it.
 * @param to a folder that does not exist yet.
 * @param onProgress part of the journal copied, 0 to 1.
 */
export async function backupJournal(
  path: string,
  to: string,
  onProgress: (part: number) => void = () => {},
): Promise<Result<BackupReport, BackupFault>> {
  const target = resolve(to);
  if (existsSync(target)) return err(fault('targetExists', `${target} exists; give a folder that does not`, true));
  if (!existsSync(path)) return err(fault('unreadable', `${path} does not exist`, true));
  let draft: string | undefined;
  try {
    makeDirectoryDurably(dirname(target));
    draft = mkdtempSync(`${target}.new-`);
    const copied = await copyTo(path, draft, onProgress);
    if (!copied.ok) return copied;
    syncFile(journalFiles(draft).journal);
    syncDirectory(draft);
    if (existsSync(target)) return err(fault('targetExists', `${target} has come to exist meanwhile`, true));
    renameSync(draft, target);
    syncDirectory(dirname(target));
    return ok({ ...copied.value, directory: target });
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return err(fault('writeFailed', `${target} could not be written: ${errorText(error)}`, true));
  } finally {
    // Gone already when it was renamed.
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * A folder that is there already, as the backup it would become: undefined unless it is a whole copy of the journal that
 * ends with `headHash`. Whoever made it may not have synced it, so that is done. Throws the system's error.
 */
export function existingBackup(directory: string, headHash: string): BackupReport | undefined {
  const target = resolve(directory);
  const { journal, anchor, publicKey } = journalFiles(target);
  if (![journal, anchor, publicKey].every((path) => existsSync(path))) return undefined;
  // The head's hash goes back to the key: another terminal's journal cannot have it.
  const { verified, events, head } = verifyJournal(journal);
  if (!verified || head.hash !== headHash) return undefined;
  for (const name of readdirSync(target)) syncFile(join(target, name));
  syncDirectory(target);
  syncDirectory(dirname(target));
  return { directory: target, events, head };
}

async function copyTo(
  path: string,
  draft: string,
  onProgress: (part: number) => void,
): Promise<Result<Omit<BackupReport, 'directory'>, BackupFault>> {
  const [from, into] = [journalFiles(dirname(path)), journalFiles(draft)];
  // Before the journal: it is moved after it, and an older anchor is as good.
  try {
    writeFileDurably(into.anchor, readFileSync(from.anchor), 0o600);
    writeFileDurably(into.publicKey, readFileSync(from.publicKey), 0o644);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return err(fault('unreadable', `a backup needs anchor and public key: ${errorText(error)}`, true));
  }
  try {
    if (!(await copyJournal(path, into.journal, onProgress))) {
      return err(fault('unreadable', `${path} changed faster than it could be copied; try again`, true));
    }
    const identified = identifyFile(into.journal);
    if (!identified.ok) return err(fault('unreadable', identified.fault.detail, false));
    foldLog(into.journal);
    chmodSync(into.journal, 0o600);
    return check(into.journal, path);
  } catch (error) {
    if (errorCode(error)?.startsWith('SQLITE_')) {
      return err(fault('unreadable', openFaultOf(error, path).detail, false));
    }
    throw error;
  }
}

/** One file is easier to keep than a database and its log. */
function foldLog(copy: string): void {
  const db = openWriter(copy);
  try {
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
}

function check(copy: string, original: string): Result<Omit<BackupReport, 'directory'>, BackupFault> {
  const beside = journalFiles(dirname(copy));
  const key = readPublicKey(beside.publicKey);
  if (!key.ok) return err(fault('unreadable', key.fault.detail, false));
  const db = openUntouched(copy);
  try {
    const known = checkVersion(versionOf(db), original);
    if (!known.ok) return err(fault('unreadable', known.fault.detail, false));
    const found = inspectJournal(db, { key: key.value, anchor: readAnchor(beside.anchor), depth: 'full' });
    const [first] = found.problems;
    if (first !== undefined) {
      const detail = `${original} is not whole (${first.kind}: ${first.detail}). Run \`cham journal verify\``;
      return err(fault('notWhole', `${detail}; to keep what is there, copy the folder by hand`, false));
    }
    const { sequence, hash } = found.head;
    return ok({ events: found.events, head: { sequence, hash: Buffer.from(hash).toString('hex') } });
  } finally {
    db.close();
  }
}
