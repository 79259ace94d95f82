/**
 * Turns a sale into the words of its result: what happened, whether money was taken, why, and what to do now.
 * Money decides over stage and reason: while money is unknown nobody is ever told to charge again, whatever
 * code came with it, and a code without words of its own falls back to the words of its stage.
 */
import type { CardPrompt, SaleStage, SaleView, TerminalView } from '../../src/contract/view.ts';
import type { Messages } from './messages.ts';
import {
  cancelReasons,
  declineReasons,
  failReasons,
  followUpReasons,
  knownReasons,
  reversalReasons,
  storedReasons,
  unknownReasons,
  voidReasons,
  type Explanation,
  type KnownReason,
  type MoneyText,
  type ResultStage,
  type ResultText,
  type WaitingStage,
  type WaitingText,
} from './sale-messages.ts';

export type SaleFacts = Pick<
  SaleView,
  'stage' | 'kind' | 'method' | 'reason' | 'moneyMoved' | 'responseCode' | 'amount' | 'charged' | 'order' | 'resolved'
>;

/** How a result looks and which answer to the money question it carries. */
export type Tone = 'yes' | 'part' | 'no' | 'calm' | 'unknown';

export interface ResultWords {
  readonly tone: Tone;
  readonly title: string;
  readonly money: string;
  readonly why: string;
  readonly next: string;
  readonly customerTitle: string;
  readonly customerMoney: string;
  readonly customer: string;
}

const waitingStages: ReadonlySet<SaleStage> = new Set<WaitingStage>([
  'presentCard',
  'authorising',
  'completingCard',
  'preparingQr',
  'showQr',
  'checkingPayment',
  'storing',
  'takeCash',
]);

export function isWaiting(stage: SaleStage): stage is WaitingStage {
  return waitingStages.has(stage);
}

const known: ReadonlySet<string> = new Set(knownReasons);

function isKnown(reason: string): reason is KnownReason {
  return known.has(reason);
}

/** The words for a reason code, or undefined when there is none or it is not one of ours. */
export function reasonWords(reason: string | null, m: Messages): Explanation | undefined {
  return reason !== null && isKnown(reason) ? m.reasons[reason] : undefined;
}

/** The words of a wait, turned round for a refund and for a hold. */
export function waitingWords(
  sale: Pick<SaleView, 'kind'> & { readonly stage: WaitingStage },
  m: Messages,
): WaitingText {
  const { stage } = sale;
  const own: Partial<Record<WaitingStage, WaitingText>> =
    sale.kind === 'refund' ? m.refund.waiting : sale.kind === 'preAuthorization' ? m.hold.waiting : {};
  return own[stage] ?? m.waiting[stage];
}

/** What the card session has come to, besides the sale itself. */
export type AroundCard = Pick<TerminalView, 'slot' | 'cardPrompt'>;

/** What an inserted card asks for while it is being read; null when nothing that concerns this stage. */
export function askingPrompt(
  stage: SaleStage,
  { cardPrompt }: AroundCard,
): Exclude<CardPrompt, { kind: 'removeCard' }> | null {
  return stage === 'presentCard' && cardPrompt !== null && cardPrompt.kind !== 'removeCard' ? cardPrompt : null;
}

/** The words of a wait with what the card has to do with it: tapped or inserted, asking something, or having to stay. */
export function cardWords(
  sale: Pick<SaleView, 'kind' | 'card' | 'presentment'> & { readonly stage: WaitingStage },
  around: AroundCard,
  m: Messages,
): WaitingText {
  const words = waitingWords(sale, m);
  if (sale.stage === 'presentCard' && sale.presentment === 'code' && sale.kind !== 'preAuthorization') {
    return m.code.present[sale.kind];
  }
  const asking = askingPrompt(sale.stage, around);
  if (asking !== null) return m.card.prompts[asking.kind];
  if (sale.stage === 'presentCard' && around.slot) return { ...words, ...m.card.present[sale.kind] };
  if (sale.stage === 'authorising' && sale.card?.interface === 'contact') return { ...words, ...m.card.stays };
  return words;
}

/** What a refund or a hold says of a stage in its own words; undefined where it speaks as a sale does. */
function kindWords({ stage, kind }: Facts, m: Messages): ResultText | undefined {
  if (kind === 'sale') return undefined;
  // A hold that has been completed is a payment like any other.
  const own: Partial<Record<ResultStage, ResultText>> = kind === 'refund' ? m.refund.results : m.hold.results;
  return own[stage];
}

type Facts = SaleFacts & { readonly stage: ResultStage };

/** The reasons a stage can have; a stage without any speaks for itself, whatever code is left from before. */
const stageReasons: Readonly<Partial<Record<ResultStage, readonly KnownReason[]>>> = {
  cancelled: cancelReasons,
  failed: [...failReasons, ...cancelReasons],
  declined: declineReasons,
  lateDeclined: declineReasons,
  unknown: [...unknownReasons, ...reversalReasons],
  stored: storedReasons,
  completing: [...storedReasons, 'completion.refused'],
  approved: [...voidReasons, 'completion.refused'],
  held: followUpReasons,
  completed: [...voidReasons, 'completion.refused'],
};

const stageTones: Readonly<Record<ResultStage, Tone>> = {
  approved: 'yes',
  underPaid: 'part',
  partlyApproved: 'part',
  declined: 'no',
  lateDeclined: 'no',
  cancelled: 'calm',
  failed: 'no',
  expired: 'calm',
  unknown: 'unknown',
  refunding: 'unknown',
  reversed: 'calm',
  stored: 'unknown',
  held: 'calm',
  raisingHold: 'unknown',
  completing: 'yes',
  completed: 'yes',
  voiding: 'unknown',
  voided: 'calm',
};

/** What a stage says of money when all is as one would expect. */
const stageMoney: Readonly<Record<ResultStage, readonly SaleView['moneyMoved'][]>> = {
  approved: ['yes'],
  underPaid: ['yes'],
  partlyApproved: ['yes'],
  declined: ['no'],
  lateDeclined: ['no'],
  cancelled: ['no'],
  failed: ['no'],
  expired: ['no'],
  unknown: ['unknown'],
  refunding: ['unknown'],
  reversed: ['no'],
  stored: ['unknown', 'yes'],
  held: ['no'],
  raisingHold: ['no'],
  completing: ['yes'],
  completed: ['yes'],
  voiding: ['unknown', 'no'],
  voided: ['no'],
};

/** A part was approved and taken, so the rest is still owed. */
export function isPart({ stage, kind, charged, amount }: SaleFacts): boolean {
  return stage === 'approved' && kind === 'sale' && charged.minorUnits < amount.minorUnits;
}

function moneyWords(facts: Facts, m: Messages): MoneyText {
  const { stage, kind, moneyMoved } = facts;
  if (kind === 'refund') return m.refundMoney[moneyMoved];
  if (moneyMoved === 'yes' && (stage === 'underPaid' || stage === 'partlyApproved' || isPart(facts)))
    return m.money.part;
  if (moneyMoved === 'no' && (stage === 'reversed' || stage === 'voided')) return m.money.undone;
  if (moneyMoved === 'no' && (stage === 'held' || stage === 'raisingHold')) return m.money.held;
  if (moneyMoved === 'unknown' && stage === 'stored') return m.money.later;
  if (moneyMoved === 'unknown' && stage === 'unknown' && kind === 'preAuthorization') return m.money.holdUnknown;
  return m.money[moneyMoved];
}

/** What to do next as far as money alone decides it; undefined when stage and money agree. */
function moneyFirst(facts: Facts, m: Messages): Pick<Explanation, 'next' | 'customer'> | undefined {
  const { stage, kind, moneyMoved } = facts;
  if (stageMoney[stage].includes(moneyMoved)) return undefined;
  if (kind !== 'sale') return { next: m.safety.contradiction, customer: m.safety.askStaff };
  const byMoney = {
    unknown: { next: m.results.unknown.next, customer: m.results.unknown.customer },
    yes: { next: m.safety.moneyCame, customer: m.safety.moneyCameCustomer },
    no: { next: m.safety.noMoneyDespiteSuccess, customer: m.safety.askStaff },
  };
  return byMoney[moneyMoved];
}

/** The code behind the reason: the bank's own for a decline, else one that we have no words for. */
function codeNote(facts: SaleFacts, explained: boolean, m: Messages): string {
  const declined = facts.stage === 'declined' || facts.stage === 'lateDeclined';
  if (declined && facts.responseCode !== null) return ` ${m.sale.code(facts.responseCode)}`;
  return explained || facts.reason === null ? '' : ` ${m.sale.code(facts.reason)}`;
}

/** Reasons with advice of their own, which hold for a refund or a hold too. */
const ownAdvice: ReadonlySet<string> = new Set([...followUpReasons, 'refundRefused', 'refundNotSent']);

/**
 * Who says what to do next: a person who has settled it by hand; money; then the reason, unless it was written for a sale at the counter and this is a
 * refund, a hold, or a decline when the customer has long gone; then the stage.
 */
function advice(
  facts: Facts,
  words: ResultText,
  reason: Explanation | undefined,
  m: Messages,
): Pick<Explanation, 'next' | 'customer'> {
  if (facts.resolved !== null) return { next: m.safety.resolved, customer: m.safety.askStaff };
  const first = moneyFirst(facts, m);
  if (first !== undefined) return first;
  const ofSale = kindWords(facts, m) === undefined && facts.stage !== 'lateDeclined';
  if (reason !== undefined && (ofSale || ownAdvice.has(facts.reason ?? ''))) return reason;
  const { stage, kind, order } = facts;
  const open = order === null ? 0 : order.remaining.minorUnits + order.pending.minorUnits;
  if (stage === 'approved' && kind === 'sale' && open > 0 && !isPart(facts)) {
    return { next: m.billOpen, customer: words.customer };
  }
  if (stage === 'voided' && kind === 'sale' && facts.method === 'cash') return m.cashVoided;
  return words;
}

/** An approval speaks for itself, and so does what is missing of a transfer; whatever else happened has its reason. */
export function needsWhy({ stage, reason }: SaleFacts): boolean {
  return (stage !== 'approved' && stage !== 'underPaid') || reason !== null;
}

export function resultWords(facts: Facts, m: Messages): ResultWords {
  const part = facts.method === 'qr' ? m.qr.partTaken : m.partTaken;
  const stage = isPart(facts) ? part : (kindWords(facts, m) ?? m.results[facts.stage]);
  const reasons = stageReasons[facts.stage];
  const code = reasons?.find((each) => each === facts.reason);
  const reason = code === undefined ? undefined : m.reasons[code];
  const money = moneyWords(facts, m);
  const note = reasons === undefined ? '' : codeNote(facts, reason !== undefined, m);
  const { next, customer } = advice(facts, stage, reason, m);
  const tone = isPart(facts) ? 'part' : stageTones[facts.stage];
  const agreed = stageMoney[facts.stage].includes(facts.moneyMoved);
  return {
    tone: agreed ? tone : 'unknown',
    title: stage.title,
    money: money.cashier,
    why: (reason ?? stage).why + note,
    next,
    customerTitle: stage.customerTitle,
    customerMoney: money.customer,
    customer,
  };
}
