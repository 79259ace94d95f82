/**
 * `cham reset`: the book is closed for good, kept as a checked copy, and everything of the terminal's own is removed, so
 * that the next start begins a new book. Refuses, and changes nothing, while anything would be lost by it.
 */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { err, ok, type Result } from '../../core/base/result.ts';
import { errorCode, errorText, journalFiles } from '../../store/files.ts';
import { eraseRemoved, lockJournal, type LockedJournal } from '../../store/retire.ts';
import { eraseVault } from '../../store/vault.ts';
import { verifyJournal } from '../../store/verify.ts';
import { existingBackup, type BackupReport } from '../../store/backup.ts';
import { journalFolder, vaultFolder } from '../folders.ts';
import { readState } from './journal-state.ts';
import { leftBehind, type LeftBehind } from './left-behind.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Factory reset: keeps a checked copy of the journal, then removes journal, private key, vault and the
books of the training world, so that the next start begins a new book with a new key. The
configuration is not touched, nor dukpt.counter, which keeps a message key from being used twice.

Usage: npm run cham -- reset --data DIR --yes [--archive DIR] [--json]

  --data DIR      folder given to "run"; has to be named
  --yes           has to be given: this cannot be undone
  --archive DIR   where the copy goes: a folder that does not exist yet, or the copy of a
                  reset that was broken off (default: <data>.archive-<UTC time>)
  --json          one JSON document

Refuses with exit 3, and changes nothing, while anything is unsent (see "cham unsent"), while the
terminal runs, and when the journal does not verify. The copy can be read and verified, not
continued: its private key is overwritten. A new book counts STAN and batches from 1 again: ask the
acquirer before the same terminal id goes on.

Examples
  npm run cham -- unsent --data /var/lib/cham && npm run cham -- reset --data /var/lib/cham --yes
  npm run cham -- reset --data /var/lib/cham --yes --archive /media/stick/cham-2026`;

/** Folders of the data folder that are no book: the training world's, and the kiosk browser's profile. */
const disposable = ['training', 'chromium'] as const;

export async function reset(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      data: { type: 'string' },
      yes: { type: 'boolean', default: false },
      archive: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values } = options.parsed;
  if (values.data === undefined) return wrong('reset: --data is missing; name the folder that is to be emptied');
  const data = path.resolve(values.data);
  const archive = path.resolve(values.archive ?? `${data}.archive-${stamp()}`);
  if (`${archive}${path.sep}`.startsWith(`${data}${path.sep}`)) {
    return wrong(`--archive: ${archive} lies inside ${data}, which is to be emptied`);
  }
  if (!values.yes) {
    return wrong(`This would remove the journal, the key and the vault of ${data}. Give --yes if that is meant.`);
  }
  const folder = journalFolder(data);
  if (!existsSync(folder) && eraseRemoved(folder)) {
    if (values.json) sayJson({ data, finished: true });
    else say('An interrupted reset was finished; its archive is complete. The next start begins a new book.');
    return exitCodes.ok;
  }
  const checked = check(data);
  if (!checked.ok) {
    complain(`Nothing was reset and nothing was changed.\n${checked.fault.detail}`);
    return checked.fault.exit;
  }
  const { headHash, warnings } = checked.value;
  const earlier = existsSync(archive) ? existingBackup(archive, headHash) : undefined;
  if (earlier === undefined && existsSync(archive)) {
    return wrong(
      `--archive: ${archive} exists and is no whole copy of this journal; give a folder that does not exist`,
    );
  }
  const locked = lockJournal(folder);
  if (!locked.ok) {
    complain(`Nothing was reset and nothing was changed.\n${locked.fault.detail}`);
    return exitCodes.refused;
  }
  const kept = await retire(locked.value, { data, archive, earlier, headHash });
  if (!kept.ok) {
    complain(kept.fault.detail);
    return kept.fault.exit;
  }
  report(kept.value, data, warnings, values.json);
  return exitCodes.ok;
}

interface Refusal {
  readonly detail: string;
  readonly exit: ExitCode;
}

function wrong(text: string): ExitCode {
  complain(`${text}\n\n${help}`);
  return exitCodes.usage;
}

/** `20261122T034400Z`. */
function stamp(): string {
  return new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

/** On a private copy: a journal that is not whole must not even be opened. */
function check(data: string): Result<{ headHash: string; warnings: readonly LeftBehind[] }, Refusal> {
  const { journal } = journalFiles(journalFolder(data));
  const read = readState(data);
  if (!read.ok) {
    const exit = read.fault.kind === 'missing' ? exitCodes.usage : exitCodes.refused;
    return err({ detail: read.fault.detail, exit });
  }
  const found = leftBehind(read.value.state, data);
  if (found.unsent.length > 0) {
    const detail = found.unsent.map(({ text }) => `unsent   ${text}`).join('\n');
    return err({ detail, exit: exitCodes.refused });
  }
  const verified = verifyJournal(journal);
  const [first] = verified.problems;
  if (first !== undefined) {
    const detail = `${journal} does not verify: ${first.kind}: ${first.detail}. Copy the whole folder, then run: cham journal verify`;
    return err({ detail, exit: exitCodes.refused });
  }
  return ok({ headHash: verified.head.hash, warnings: found.warnings });
}

interface Retirement {
  readonly data: string;
  readonly archive: string;
  /** What lies in `archive` already. */
  readonly earlier: BackupReport | undefined;
  readonly headHash: string;
}

async function retire(
  locked: LockedJournal,
  { data, archive, earlier, headHash }: Retirement,
): Promise<Result<BackupReport, Refusal>> {
  if (locked.headHash() !== headHash) {
    locked.release();
    const detail = 'Nothing was reset: the terminal ran meanwhile. Stop it and try again.';
    return err({ detail, exit: exitCodes.refused });
  }
  const made = earlier === undefined ? await locked.backup(archive) : ok(earlier);
  if (!made.ok) {
    locked.release();
    return err({
      detail: `Nothing was reset, since no copy could be made. ${made.fault.detail}`,
      exit: exitCodes.found,
    });
  }
  try {
    // The journal last: until it goes, the same command can be given again.
    eraseVault(vaultFolder(data));
    for (const name of disposable) rmSync(path.join(data, name), { recursive: true, force: true });
    locked.remove();
    return made;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    const detail = `The copy in ${archive} is complete, but ${data} could not be emptied: ${errorText(error)}. Mend that and give the command again.`;
    return err({ detail, exit: exitCodes.found });
  }
}

function report(kept: BackupReport, data: string, warnings: readonly LeftBehind[], json: boolean): void {
  const counter = existsSync(path.join(data, 'dukpt.counter')) ? path.join(data, 'dukpt.counter') : null;
  if (json) {
    sayJson({ data, archive: kept, kept: counter === null ? [] : [counter], warnings });
    return;
  }
  const { directory, events, head } = kept;
  say(`kept     ${directory}: journal, anchor and public key; ${events} events, checked; head ${head.hash}`);
  if (counter !== null) say(`kept     ${counter}: message keys that were used are never used again`);
  say(`removed  journal, private key, vault and training books of ${data}`);
  for (const { text } of warnings) say(`warning  ${text} (only in the archive now)`);
  say('The next start begins a new book with a new key: give terminal.pub to whoever verifies journals.');
}
