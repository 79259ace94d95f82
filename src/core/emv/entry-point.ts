/**
 * Entry Point: one contactless sale on one card, from the directory to an outcome. EMV Contactless Book B §3 with
 * the outcomes of Book A §6.2. Sans-IO: a generator that yields C-APDUs and is given R-APDUs; whoever holds the card
 * drives it:
 *
 *     const sale = contactlessSale(input);
 *     let turn = sale.next();
 *     while (turn.done !== true) {
 *       const reply = await connection.exchange(turn.value, limits);
 *       turn = sale.next(reply.ok ? reply.value : 'noAnswer');
 *     }
 *     return turn.value;
 *
 * An exchange that fails is told as `removed` (the card is gone) or `noAnswer`. R-APDUs are handed over for good: they are overwritten with zeros when the sale ends.
 */
import { ppseName, selectCommand, sw } from './apdu.ts';
import { CardChannel, type CardAnswer } from './card-channel.ts';
import type { KernelResult } from './kernel-result.ts';
import { runKernel } from './kernel.ts';
import { contactlessChip, readCard } from './outcome.ts';
import { listCandidates, type Candidate } from './selection.ts';
import { stopOutcome, type CardStop } from './stop.ts';
import { terminalObjects, type SaleInput } from './terminal-data.ts';
import { TransactionData } from './transaction-data.ts';

/**
 * Yields C-APDUs, takes complete R-APDUs (SW1-SW2 included), returns the outcome. Ends after a bounded number of
 * exchanges whatever the card answers, and never throws on what a card sends.
 */
export function* contactlessSale(input: SaleInput): Generator<Uint8Array, KernelResult, CardAnswer> {
  const channel = new CardChannel();
  try {
    const result = yield* tap(channel, input);
    return channel.failure === 'removed' && result.outcome.kind === 'tryAgain'
      ? { ...result, outcome: { kind: 'tryAgain', reason: 'removedTooEarly' } }
      : result;
  } finally {
    channel.wipe();
  }
}

function* tap(channel: CardChannel, input: SaleInput): Generator<Uint8Array, KernelResult, CardAnswer> {
  const directory = yield* channel.exchange(selectCommand(ppseName));
  if (directory === undefined) return ended('communicationError', 'no answer to SELECT PPSE');
  if (directory.sw !== sw.success) return noDirectory(directory.sw);
  const candidates = listCandidates(directory.data, input.terminal.applications);
  if (!candidates.ok) return stopped(candidates.fault);

  // Book B §3.3.3.3: an application that cannot be selected, or does not want, is left out and the next one is tried.
  let end = ended('noSupportedApplication', 'the card does not select what its directory lists');
  for (const candidate of candidates.value) {
    const selected = yield* channel.exchange(selectCommand(candidate.adfName));
    if (selected === undefined) return ended('communicationError', 'no answer to SELECT');
    if (selected.sw === sw.selectedFileInvalidated) {
      end = ended('applicationBlocked', 'the application on the card is blocked');
    }
    if (selected.sw !== sw.success) continue;
    const result = yield* transact(channel, input, candidate, selected.data);
    if (!('kind' in result)) return result;
    end = stopped(result);
    if (result.kind !== 'selectNext') return end;
  }
  return end;
}

function* transact(
  channel: CardChannel,
  input: SaleInput,
  { application }: Candidate,
  fci: Uint8Array,
): Generator<Uint8Array, KernelResult | CardStop, CardAnswer> {
  const data = new TransactionData(terminalObjects(input, application));
  const decided = yield* runKernel(channel, data, fci);
  if (!decided.ok) return decided.fault;
  const read = readCard(data, contactlessChip, application.name);
  if (!read.ok) return read.fault;
  const { card, secrets } = read.value;
  if (decided.value === 'arqc') return { outcome: { kind: 'onlineRequest', card }, secrets };
  secrets.pan.wipe();
  secrets.track2?.fill(0);
  return { outcome: { kind: 'declined', card }, detail: 'the card declined (AAC)' };
}

/** Book B §3.3.2.3; EMV 4.4 Book 1 §12.3.2 for a blocked card. */
function noDirectory(status: number): KernelResult {
  return status === sw.functionNotSupported || status === sw.selectedFileInvalidated
    ? ended('applicationBlocked', 'the card is blocked')
    : ended('noSupportedApplication', 'the card has no directory of contactless payment applications');
}

function stopped(fault: CardStop): KernelResult {
  return ended(fault.kind, fault.detail);
}

function ended(kind: CardStop['kind'], detail: string): KernelResult {
  return { outcome: stopOutcome(kind), detail };
}
