/**
 * Entry Point: one contactless sale on one card, from pre-processing to an outcome. EMV Contactless Book B §3 with the
 * outcomes of Book A §6.2. Sans-IO: a generator that yields C-APDUs and is given R-APDUs; whoever holds the card drives
 * it:
 *
 *     const sale = contactlessSale(input);
 *     let turn = sale.next();
 *     while (turn.done !== true) {
 *       const reply = await connection.exchange(turn.value, limits);
 *       turn = sale.next(reply.ok ? reply.value : 'noAnswer');
 *     }
 *     return turn.value;
 *
 * An exchange that fails is told as `removed` (the card is gone) or `noAnswer`. R-APDUs are handed over for good: they
 * are overwritten with zeros when the sale ends.
 *
 * The starts of Book B §2.3: a call is Start A. After an outcome with Start B (`parameters.start`) call again with fresh
 * input: pre-processing is a function of the sale and comes to the same Combinations. Start C (Select Next) happens
 * within the call. Start D is for issuer updates after going online, which no kernel here performs.
 */
import { assert, unreachable } from '../../base/assert.ts';
import { hex, latin1 } from '../../base/bytes.ts';
import { ppseName, selectCommand, sw } from '../apdu.ts';
import { CardChannel, type CardAnswer } from '../card-channel.ts';
import type { KernelResult, OutcomeParameters } from '../kernel-result.ts';
import { readCard, readTrack, type ReadBy } from '../outcome.ts';
import { stopOutcome, type CardStop } from '../stop.ts';
import { mustGoOnline, terminalObjects, type SaleInput } from '../terminal-data.ts';
import { TransactionData } from '../transaction-data.ts';
import type { CardData } from '../../transaction/model.ts';
import { listCandidates, needsKernel1, type Candidate } from './combinations.ts';
import { runKernel2 } from './kernel-2.ts';
import { runKernel3 } from './kernel-3.ts';
import { runKernel8, runNoKernel } from './kernel-8.ts';
import { stopped, stoppedBy, type KernelContext, type KernelEnd, type KernelRun } from './kernel-context.ts';
import { runPureKernel } from './kernel-pure.ts';
import { anotherInterface, insertCard, otherCard } from './outcomes.ts';
import { onlinePin, preProcess } from './pre-processing.ts';

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
  const combinations = preProcess(input);
  if (combinations.length === 0) {
    const end = stoppedBy('anotherInterface', 'no application may be tapped for this amount', anotherInterface);
    return resultOf(end);
  }
  const directory = yield* channel.exchange(selectCommand(ppseName));
  if (directory === undefined) return resultOf(stoppedBy('communicationError', 'no answer to SELECT PPSE'));
  if (directory.sw !== sw.success) return resultOf(noDirectory(directory.sw));
  const candidates = listCandidates(directory.data, combinations);
  if (!candidates.ok) return resultOf(stopped(candidates.fault));
  return yield* tryCandidates(channel, input, candidates.value);
}

/**
 * Book B §3.3.3 and §3.5: a Combination that cannot be selected, or does not want, is left out and the next one is tried.
 * Where none is left, the most telling reason is told.
 */
function* tryCandidates(
  channel: CardChannel,
  input: SaleInput,
  candidates: readonly Candidate[],
): Generator<Uint8Array, KernelResult, CardAnswer> {
  assert(candidates.length > 0, 'entry point: there is something to select');
  let last = stoppedBy('noSupportedApplication', 'the card does not select what its directory lists');
  let chipIsTaken = false;
  for (const candidate of candidates) {
    const selected = yield* channel.exchange(selectCommand(candidate.adfName));
    if (selected === undefined) return resultOf(stoppedBy('communicationError', 'no answer to SELECT'));
    if (selected.sw === sw.selectedFileInvalidated) {
      last = moreTelling(last, stoppedBy('applicationBlocked', 'the application on the card is blocked'));
    }
    if (selected.sw !== sw.success) continue;
    if (needsKernel1(selected.data, candidate)) {
      last = moreTelling(last, stoppedBy('kernelNotSupported', 'the application is one for Kernel 1'));
      continue;
    }
    const context = contextOf(channel, input, candidate, selected.data);
    const end = yield* activate(context);
    if (end.kind === 'decided') return decisionResult(context, end);
    if (end.stop.kind !== 'selectNext' && end.stop.kind !== 'kernelNotSupported') return resultOf(end);
    if (end.stop.kind === 'kernelNotSupported' && context.application.contact !== undefined) chipIsTaken = true;
    last = moreTelling(last, end);
  }
  return resultOf(chipIsTaken ? insertedInstead(last) : last);
}

/** A kernel that is missing for the tap is no reason to send the card away when its chip is taken in the slot. */
function insertedInstead(last: KernelEnd): KernelEnd {
  if (last.kind !== 'stopped' || last.stop.kind !== 'kernelNotSupported') return last;
  const { tornLog } = last;
  const end = stoppedBy('anotherInterface', `${last.stop.detail}; its chip is taken`, insertCard);
  return tornLog === undefined ? end : { ...end, tornLog };
}

const telling: readonly CardStop['kind'][] = ['kernelNotSupported', 'applicationBlocked'];

function tellingRank(end: KernelEnd): number {
  return end.kind === 'stopped' ? telling.indexOf(end.stop.kind) : -1;
}

function moreTelling(one: KernelEnd, other: KernelEnd): KernelEnd {
  // A torn-transaction log that an earlier Combination changed is not lost.
  const winner = tellingRank(other) >= tellingRank(one) ? other : one;
  const tornLog = other.tornLog ?? one.tornLog;
  return tornLog === undefined ? winner : { ...winner, tornLog };
}

function contextOf(
  channel: CardChannel,
  input: SaleInput,
  { combination: { application, settings, ttq } }: Candidate,
  fci: Uint8Array,
): KernelContext {
  const data = new TransactionData(terminalObjects(input, application));
  const { merchantCategoryCode, merchantNameAndLocation } = input.terminal;
  data.terminal.set('9F06', hex(application.aid));
  // Point-of-Service Entry Mode, ISO 8583:1987 DE 22: contactless chip.
  data.terminal.set('9F39', hex('07'));
  if (merchantCategoryCode !== undefined) data.terminal.set('9F15', hex(merchantCategoryCode));
  if (merchantNameAndLocation !== undefined) data.terminal.set('9F4E', latin1(merchantNameAndLocation));
  // Book C-2 knows no TTQ: 9F66 is an object of the card there.
  if (settings.kernel !== 'kernel2') data.terminal.set('9F66', ttq);
  if (input.merchantForcedOnline) data.tvr.set('merchantForcedOnline');
  return { channel, data, fci, input, application, settings };
}

/** Book B §3.4: the kernel of the Combination. */
function activate(context: KernelContext): KernelRun {
  const { kernel } = context.settings;
  switch (kernel) {
    case 'kernel2':
      return runKernel2(context);
    case 'kernel3':
      return runKernel3(context);
    case 'kernel8':
      return runKernel8();
    case 'pure':
      return runPureKernel(context);
    case 'none':
      return runNoKernel();
    default:
      return unreachable(kernel, 'EMV: a kernel');
  }
}

/** Book B §3.3.2.3; EMV 4.4 Book 1 §12.3.2 for a blocked card. */
function noDirectory(status: number): KernelEnd {
  return status === sw.functionNotSupported || status === sw.selectedFileInvalidated
    ? stoppedBy('applicationBlocked', 'the card is blocked')
    : stoppedBy('noSupportedApplication', 'the card has no directory of contactless payment applications');
}

function resultOf(end: KernelEnd): KernelResult {
  if (end.kind === 'decided') return resultOf(stoppedBy('cardDataError', 'a decision without card data'));
  const { stop, parameters, tornLog } = end;
  const log = tornLog === undefined ? {} : { tornLog };
  return { outcome: stopOutcome(stop.kind), detail: stop.detail, parameters, ...log };
}

const cvmNames: Readonly<Record<OutcomeParameters['cvm'], CardData['cvm']>> = {
  noCvm: 'none',
  signature: 'signature',
  onlinePin: 'onlinePin',
  confirmationCodeVerified: 'device',
  none: undefined,
};

function decisionResult(context: KernelContext, end: KernelEnd & { readonly kind: 'decided' }): KernelResult {
  const { decision, parameters, detail, tornLog, magStripe = false } = end;
  const log = tornLog === undefined ? {} : { tornLog };
  const read = (magStripe ? readTrack : readCard)(context.data, readBy(context, magStripe), context.application.name);
  if (!read.ok) return { ...resultOf(stopped(read.fault, otherCard)), ...log };
  const { secrets } = read.value;
  assert(decision !== 'approved' || !mustGoOnline(context.input), 'EMV: nothing but a sale is approved by the card');
  assert(decision !== 'approved' || !magStripe, 'EMV: a track approves nothing');
  const cvm = cvmNames[parameters.cvm];
  const card = cvm === undefined ? read.value.card : { ...read.value.card, cvm };
  const more = { parameters, ...log, ...(detail === undefined ? {} : { detail }) };
  if (decision !== 'declined') return { outcome: { kind: decision, card }, secrets, ...more };
  secrets.pan.wipe();
  secrets.track2?.fill(0);
  return { outcome: { kind: 'declined', card }, ...more };
}

/** DE 22: 07 by chip, 91 by magnetic-stripe mode; then 1 for a terminal with PIN entry (online PIN), 2 for one without. */
function readBy({ input }: KernelContext, magStripe: boolean): ReadBy {
  const capable = ((hex(input.terminal.terminalCapabilities)[1] ?? 0) & onlinePin) !== 0;
  return { interface: 'contactless', posEntryMode: `${magStripe ? '91' : '07'}${capable ? 1 : 2}` };
}
