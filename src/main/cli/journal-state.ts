/**
 * What the terminal knows, read from its data folder while it runs or is stopped: the journal's own check of a start,
 * then the newest snapshot and what follows it, folded as the terminal folds it. Changes nothing.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { bugCode, foldFailedText } from '../../app/halt.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { apply, draftOf } from '../../core/transaction/evolve.ts';
import { decodeState, readableFoldVersions } from '../../core/transaction/state-text.ts';
import { emptyTerminal, type TerminalState } from '../../core/transaction/state.ts';
import { journalFiles } from '../../store/files.ts';
import { openTrustedJournal } from '../../store/reader.ts';
import { formatConfigFault, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { journalFolder } from '../folders.ts';
import { complain, exitCodes, type ExitCode } from './output.ts';

export interface JournalState {
  readonly state: TerminalState;
  /** What the state was folded from. */
  readonly snapshotAt: number | undefined;
  readonly eventsAfter: number;
}

/** `missing` when there is no journal there; `journal` when it cannot be trusted or folded. */
export function readState(data: string): Result<JournalState, Fault<'missing' | 'journal'>> {
  const file = journalFiles(journalFolder(data)).journal;
  if (!existsSync(file)) {
    return err(fault('missing', `There is no journal at ${file}. Give the terminal's folder with --data.`, true));
  }
  const opened = openTrustedJournal(file);
  if (!opened.ok) return err(fault('journal', opened.fault.detail, true));
  try {
    const found = opened.value.toFold(...readableFoldVersions);
    if (found === undefined) {
      const why = 'another version of Chạm wrote its snapshots, and retention has removed what came before them';
      return err(fault('journal', `${file} cannot be folded: ${why}. Use the version that runs here.`, true));
    }
    const { snapshot, events } = found;
    try {
      const draft = draftOf(snapshot === undefined ? emptyTerminal : decodeState(snapshot.state));
      for (const recorded of events) apply(draft, recorded);
      return ok({ state: draft, snapshotAt: snapshot?.sequence, eventsAfter: events.length });
    } catch (error) {
      return err(fault('journal', foldFailedText(bugCode(error)), false));
    }
  } finally {
    opened.value.close();
  }
}

/** The same with the configuration, for commands that print times and limits; mistakes are told here. */
export function readStateAndConfig(
  data: string,
  configFile: string,
): { readonly state: TerminalState; readonly config: Config } | { readonly exit: ExitCode } {
  const loaded = loadConfig(path.resolve(configFile));
  if (!loaded.ok) {
    complain(formatConfigFault(loaded.fault));
    return { exit: exitCodes.usage };
  }
  const read = readState(data);
  if (!read.ok) {
    complain(read.fault.detail);
    return { exit: read.fault.kind === 'missing' ? exitCodes.usage : exitCodes.refused };
  }
  const { state } = read.value;
  const { identity } = state;
  if (identity !== null && identity.terminalId !== loaded.value.terminal.id) {
    complain(
      `Note: the journal is of terminal ${identity.terminalId}, the configuration of ${loaded.value.terminal.id}. ` +
        'Times and limits are those of the configuration; give the right one with --config.',
    );
  }
  return { state, config: loaded.value };
}
