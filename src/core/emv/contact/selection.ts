/**
 * Final selection: which candidate it is, with or without the cardholder, until one lets itself be selected and takes
 * the transaction. EMV 4.4 Book 1 §12.4; Book 3 §10.1 for an application that refuses it and is left out.
 */
import { assert } from '../../base/assert.ts';
import { equalBytes } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import type { DataObjects } from '../../tlv/dol.ts';
import { selectCommand, statusText, sw } from '../apdu.ts';
import { onCard, type ContactSteps } from '../book3/contact-request.ts';
import type { CardChannel, Steps } from '../card-channel.ts';
import type { TerminalEmvData } from '../configuration.ts';
import { initiateApplication, readFci } from '../initiate.ts';
import { stop, type CardStop } from '../stop.ts';
import type { SaleInput } from '../terminal-data.ts';
import { TransactionData } from '../transaction-data.ts';
import { listCandidates, type Candidate } from './candidates.ts';
import type { TerminalObjects } from './terminal-objects.ts';

export interface SelectedApplication {
  readonly candidate: Candidate;
  /** With FCI, AIP and AFL. */
  readonly data: TransactionData;
}

export function* selectApplication(
  channel: CardChannel,
  input: SaleInput,
  objectsFor: TerminalObjects,
): ContactSteps<Result<SelectedApplication, CardStop>> {
  const listed = yield* onCard(listCandidates(channel, input.terminal.applications));
  if (!listed.ok) return listed;
  let candidates = listed.value;
  let end: Result<never, CardStop> = stop(
    'noSupportedApplication',
    'no application of the card is in the list of AIDs',
  );
  while (candidates.length > 0) {
    const chosen = yield* choose(candidates, input.terminal);
    if (!chosen.ok) return chosen;
    const selected = yield* onCard(selectAndInitiate(channel, chosen.value, objectsFor(input, chosen.value)));
    if (selected.ok || !leavesOut.has(selected.fault.kind)) return selected;
    end = selected;
    const left = candidates.filter((candidate) => candidate !== chosen.value);
    assert(left.length === candidates.length - 1, 'selection: what did not work is tried once');
    candidates = left;
  }
  return end;
}

/**
 * Book 1 §12.4. Where the terminal can ask, the cardholder chooses among several and confirms one that wants it; where it
 * cannot, the best of those that need no confirmation is taken.
 */
function* choose(
  candidates: readonly Candidate[],
  terminal: TerminalEmvData,
): ContactSteps<Result<Candidate, CardStop>> {
  if (!canAskCardholder(terminal)) {
    const best = candidates.find(({ needsConfirmation }) => !needsConfirmation);
    return best === undefined
      ? stop('noSupportedApplication', 'the application wants a confirmation, and the terminal cannot ask for one')
      : ok(best);
  }
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1 && !only.needsConfirmation) return ok(only);
  const answer = yield { kind: 'chooseApplication', labels: candidates.map(({ label }) => label) };
  const chosen = answer.kind === 'application' && answer.index !== 'cancelled' ? candidates[answer.index] : undefined;
  return chosen === undefined ? stop('cancelledByCardholder', 'the cardholder chose no application') : ok(chosen);
}

/** Additional Terminal Capabilities (Book 4 Annex A3): any key in byte 3, and a display in byte 4. */
function canAskCardholder(terminal: TerminalEmvData): boolean {
  const keys = Number.parseInt(terminal.additionalTerminalCapabilities.slice(4, 6), 16);
  const displays = Number.parseInt(terminal.additionalTerminalCapabilities.slice(6, 8), 16);
  return (keys & 0xf0) !== 0 && (displays & 0x30) !== 0;
}

/** Ends that concern one application only. */
const leavesOut: ReadonlySet<CardStop['kind']> = new Set(['selectNext', 'applicationBlocked']);

function* selectAndInitiate(
  channel: CardChannel,
  candidate: Candidate,
  objects: DataObjects,
): Steps<SelectedApplication> {
  const { adfName } = candidate;
  assert(adfName.length >= 5 && adfName.length <= 16, 'selection: the card is selected by a DF name');
  const response = yield* channel.exchange(selectCommand(adfName));
  if (response === undefined) return stop('communicationError', 'no answer to SELECT');
  if (response.sw === sw.selectedFileInvalidated) {
    return stop('applicationBlocked', 'the application on the card is blocked');
  }
  if (response.sw !== sw.success) return stop('selectNext', `SELECT answered ${statusText(response.sw)}`);
  const data = new TransactionData(objects);
  const read = readFci(data, response.data);
  if (!read.ok) return stop('selectNext', read.fault.detail);
  if (!equalBytes(data.fci.get('84') ?? new Uint8Array(0), adfName)) {
    return stop('selectNext', 'the card selected another application than was asked for');
  }
  const initiated = yield* initiateApplication(channel, data);
  return initiated.ok ? ok({ candidate, data }) : initiated;
}
