/**
 * How a book begins. Key, empty journal and first anchor are made in a draft directory that is then renamed into
 * place, so a directory either holds a whole book or does not exist; nothing is ever created beside what is left
 * of an older one. A key without its journal therefore always means that the journal was lost.
 */
import { chmodSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { err, ok, type Result } from '../core/base/result.ts';
import { writeAnchor } from './anchor.ts';
import { genesisHash, sealMessage } from './canonical.ts';
import { createDatabase, openFault, openFaultOf, type JournalOpenFault } from './database.ts';
import { errorCode, journalFiles, makeDirectoryDurably, syncDirectory, type JournalFiles } from './files.ts';
import { createTerminalKey } from './keys.ts';

/** Begins a book if `directory` does not exist or is empty; refuses when a part of one is missing. */
export function ensureBook(directory: string): Result<JournalFiles, JournalOpenFault> {
  const files = journalFiles(directory);
  try {
    if (isFree(directory)) return createBook(directory);
    const hasJournal = exists(files.journal);
    const hasKey = exists(files.key);
    if (!hasJournal) {
      const what = hasKey
        ? `the key is there, but ${files.journal} is gone`
        : `${directory} is not empty, but has no journal`;
      return err(openFault('missing', what));
    }
    return hasKey ? ok(files) : err(openFault('keyMissing', `${files.journal} is there, but ${files.key} is gone`));
  } catch (error) {
    return err(openFaultOf(error, directory));
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isFree(directory: string): boolean {
  try {
    return readdirSync(directory).length === 0;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw error;
  }
}

function createBook(directory: string): Result<JournalFiles, JournalOpenFault> {
  const parent = dirname(directory);
  makeDirectoryDurably(parent);
  const draft = mkdtempSync(`${directory}.new-`);
  try {
    const files = journalFiles(draft);
    const key = createTerminalKey(files.key, files.publicKey);
    const genesis = genesisHash(key.keyId);
    createDatabase(files.journal, key.der, genesis);
    chmodSync(files.journal, 0o600);
    const signature = key.sign(sealMessage(key.keyId, 0, genesis));
    writeAnchor(files.anchor, { sequence: 0, hash: genesis, signature, keyId: key.keyId }, true);
    syncDirectory(draft);
    // Replaces nothing but an empty directory: rename(2).
    renameSync(draft, directory);
    syncDirectory(parent);
    return ok(journalFiles(directory));
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    const code = errorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') {
      return err(openFault('inUse', `another terminal process began a journal in ${directory}`));
    }
    return err(openFaultOf(error, directory));
  }
}
