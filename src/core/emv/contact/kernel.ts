/**
 * The contact kernel: one sale on an inserted card, from selection to completion. EMV 4.4 Book 1 §12 and Book 3 §10, in
 * the order of the Books. Sans-IO: a generator that says what it needs (requests.ts) and is given the answers. R-APDUs
 * are handed over for good: they are overwritten with zeros when the sale ends.
 */
import { maxPdolLength } from '../apdu.ts';
import { assert, unreachable } from '../../base/assert.ts';
import { latin1 } from '../../base/bytes.ts';
import { ok } from '../../base/result.ts';
import type { CardSecrets } from '../../transaction/model.ts';
import { readAccount } from '../account.ts';
import { analyseActions } from '../book3/action-analysis.ts';
import { onCard, type ContactSteps } from '../book3/contact-request.ts';
import { verifyCardholder } from '../book3/cvm.ts';
import type { PinKey } from '../book3/pin.ts';
import { checkRestrictions } from '../book3/restrictions.ts';
import { manageRisk } from '../book3/risk.ts';
import { CardChannel, type Steps } from '../card-channel.ts';
import type { TerminalEmvData } from '../configuration.ts';
import { dateNumber } from '../dates.ts';
import { recoverPinEnciphermentKey } from '../oda/authenticate.ts';
import { readApplicationData, requireObjects } from '../read-records.ts';
import { stop, stopOutcome, type CardStop } from '../stop.ts';
import { mustGoOnline, type SaleInput } from '../terminal-data.ts';
import type { TransactionData } from '../transaction-data.ts';
import type { Candidate } from './candidates.ts';
import { complete, responseCodes } from './completion.ts';
import { authenticateOffline, ridOf } from './data-authentication.ts';
import { generateAc, type AcAnswer } from './generate-ac.ts';
import type { ContactEnd, ContactSale } from './requests.ts';
import { selectApplication } from './selection.ts';
import { describeCard, describeCardOnly, type Session } from './session.ts';
import { contactObjects, type TerminalObjects } from './terminal-objects.ts';

/**
 * Ends after a bounded number of exchanges whatever the card answers, and never throws on what a card sends.
 * `objectsFor` is what the terminal brings, by tag: a recorded session is repeated with what its terminal had.
 */
export function* contactSale(input: SaleInput, objectsFor: TerminalObjects = contactObjects): ContactSale {
  const channel = new CardChannel('contact');
  try {
    const end = yield* sale(channel, input, objectsFor);
    const early = end.kind === 'outcome' && end.result.outcome.kind === 'tryAgain' && channel.failure === 'removed';
    return early
      ? { kind: 'outcome', result: { ...end.result, outcome: { kind: 'tryAgain', reason: 'removedTooEarly' } } }
      : end;
  } finally {
    channel.wipe();
  }
}

function* sale(channel: CardChannel, input: SaleInput, objectsFor: TerminalObjects): ContactSteps<ContactEnd> {
  const selected = yield* selectApplication(channel, input, objectsFor);
  if (!selected.ok) return stopped(selected.fault);
  const { candidate, data } = selected.value;
  const { terminal } = input;
  const read = yield* onCard(readContactData(channel, data));
  if (!read.ok) return stopped(read.fault);
  const authenticated = yield* onCard(authenticateOffline(channel, data, terminal, candidate));
  if (!authenticated.ok) return stopped(authenticated.fault);
  assert(data.pdolValue.length <= maxPdolLength, 'EMV: processing was initiated');
  checkRestrictions(data);
  const verified = yield* verifyCardholder(channel, data, { pinKey: () => pinKey(data, terminal, candidate) });
  if (verified.kind === 'cancelled') {
    return stopped({ kind: 'cancelledByCardholder', detail: 'the cardholder cancelled PIN entry', retrySafe: true });
  }
  if (verified.kind === 'stopped') return stopped(verified.stop);
  const { signature, pinBlock } = verified;
  const session: Session = { channel, input, candidate, data, cdaKey: authenticated.value, signature };
  try {
    const risk = yield* onCard(manageRisk(channel, data, input, candidate.settings));
    if (!risk.ok) return stopped(risk.fault);
    return yield* decide(session, pinBlock);
  } finally {
    // Whoever went online with it has a copy of its own.
    pinBlock?.fill(0);
  }
}

/** Without these nothing can go on: Book 3 §7.2 Table 26. */
const mandatory = ['5F24', '5A', '8C', '8D'];

/** Book 3 §10.2, and what §7.5 says of data that cannot be right. */
function* readContactData(channel: CardChannel, data: TransactionData): Steps<void> {
  const read = yield* readApplicationData(channel, data);
  if (!read.ok) return read;
  const complete = requireObjects(data, mandatory);
  if (!complete.ok) return complete;
  const account = readAccount(data.card);
  if (!account.ok) return account;
  wipe(account.value);
  const wrong = ['5F24', '5F25'].find((tag) => data.card.has(tag) && dateNumber(data.card.get(tag)) === undefined);
  return wrong === undefined ? ok(undefined) : stop('cardDataError', `${wrong} is not a date`);
}

function pinKey(data: TransactionData, emv: TerminalEmvData, candidate: Candidate): PinKey | undefined {
  const key = recoverPinEnciphermentKey(data, emv, ridOf(candidate));
  return key.ok ? key.value : undefined;
}

/** Book 3 §10.7 and §10.8: terminal action analysis, the first GENERATE AC, and what follows from the card's answer. */
function* decide(session: Session, pinBlock: Uint8Array | undefined): ContactSteps<ContactEnd> {
  const { data } = session;
  const first = yield* onCard(firstCryptogram(session));
  if (!first.ok) return stopped(first.fault);
  const { type, cdaFailed, sent } = first.value;
  switch (type) {
    case 'aac':
      return declined(session, 'the card declined (AAC)');
    case 'tc':
      return cdaFailed ? declined(session, 'the signature over the approval (CDA) does not hold') : approved(session);
    case 'arqc':
      data.terminal.delete('8A');
      return cdaFailed ? yield* declineAtOnce(session, sent) : yield* goOnline(session, pinBlock, sent);
    default:
      return unreachable(type, 'EMV: the cryptogram of the card');
  }
}

function* firstCryptogram(session: Session): Steps<AcAnswer> {
  const { channel, data, input, candidate } = session;
  const { tac, defaultTdol } = candidate.settings;
  const analysed = analyseActions(data, tac, Number.parseInt(input.terminal.terminalType, 16), 'first');
  // Nothing but a sale is approved by the card alone, whatever the action codes allow.
  const type = analysed === 'tc' && mustGoOnline(input) ? 'arqc' : analysed;
  const cdaKey = type === 'aac' ? undefined : session.cdaKey;
  // Book 3 §10.7: CDA that was chosen does not take place when the terminal declines.
  if (session.cdaKey !== undefined && cdaKey === undefined) data.tvr.set('odaNotPerformed');
  if (type === 'tc') data.terminal.set('8A', latin1(responseCodes.approvedOffline));
  if (type === 'aac') data.terminal.set('8A', latin1(responseCodes.declinedOffline));
  assert(type !== 'tc' || !mustGoOnline(input), 'EMV: the card is asked to approve only what it may');
  const answer = yield* generateAc(channel, data, { type, list: '8C', cdaKey, defaultTdol, sent: data.pdolValue });
  if (!answer.ok) return answer;
  data.tsi.set('cardRiskManagementPerformed');
  if (cdaKey !== undefined && answer.value.type !== 'aac') data.tsi.set('odaPerformed');
  if (answer.value.cdaFailed) data.tvr.set('cdaFailed');
  return answer;
}

/** Book 2 §6.6.2, Book 4 §6.3.2.1: the host is not asked; the card is told, whatever it makes of that. */
function* declineAtOnce(session: Session, sent: Uint8Array): ContactSteps<ContactEnd> {
  const { channel, data, candidate } = session;
  const { defaultTdol } = candidate.settings;
  data.terminal.set('8A', latin1(responseCodes.declinedOffline));
  yield* onCard(generateAc(channel, data, { type: 'aac', list: '8D', cdaKey: undefined, defaultTdol, sent }));
  return declined(session, 'the signature over the request to go online (CDA) does not hold');
}

function* goOnline(session: Session, pinBlock: Uint8Array | undefined, sent: Uint8Array): ContactSteps<ContactEnd> {
  const described = describeCard(session);
  if (!described.ok) return stopped(described.fault);
  const { card } = described.value;
  assert(card.iccData !== '' && card.interface === 'contact', 'EMV: the host is sent what the chip has said');
  const secrets: CardSecrets = {
    ...described.value.secrets,
    ...(pinBlock === undefined ? {} : { pinBlock: pinBlock.slice() }),
  };
  const answer = yield { kind: 'goOnline', card, secrets };
  assert(answer.kind === 'host', `EMV: going online was answered by "${answer.kind}"`);
  return { kind: 'completed', completion: yield* complete(session, answer.answer, sent) };
}

function approved(session: Session): ContactEnd {
  assert(!mustGoOnline(session.input), 'EMV: nothing but a sale is approved by the card');
  session.data.terminal.set('8A', latin1(responseCodes.approvedOffline));
  const described = describeCard(session);
  if (!described.ok) return stopped(described.fault);
  const { card, secrets } = described.value;
  return { kind: 'outcome', result: { outcome: { kind: 'approved', card }, secrets } };
}

function declined(session: Session, detail: string): ContactEnd {
  session.data.terminal.set('8A', latin1(responseCodes.declinedOffline));
  const card = describeCardOnly(session);
  if (!card.ok) return stopped(card.fault);
  return { kind: 'outcome', result: { outcome: { kind: 'declined', card: card.value }, detail } };
}

function stopped({ kind, detail }: CardStop): ContactEnd {
  return { kind: 'outcome', result: { outcome: stopOutcome(kind), detail } };
}

function wipe({ pan, track2 }: CardSecrets): void {
  pan.wipe();
  track2?.fill(0);
}
