/**
 * Turns a sale into the words of its result: what happened, whether money was taken, why, and what to do now.
 * Money decides over stage and reason: while money is unknown nobody is ever told to charge again, whatever
 * code came with it, and a code without words of its own falls back to the words of its stage.
 */
import type { SaleStage, SaleView } from '../../src/contract/view.ts';
import {
  cancelReasons,
  declineReasons,
  failReasons,
  knownReasons,
  unknownReasons,
  type Explanation,
  type KnownReason,
  type Messages,
  type ResultStage,
  type WaitingStage,
} from './messages.ts';

export type SaleFacts = Pick<SaleView, 'stage' | 'reason' | 'moneyMoved' | 'responseCode'>;

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
  'preparingQr',
  'showQr',
  'checkingPayment',
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

/** The reasons a stage can have; a stage without any speaks for itself, whatever code is left from before. */
const stageReasons: Readonly<Partial<Record<ResultStage, readonly KnownReason[]>>> = {
  cancelled: cancelReasons,
  failed: [...failReasons, ...cancelReasons],
  declined: declineReasons,
  unknown: unknownReasons,
};

const stageTones: Readonly<Record<ResultStage, Tone>> = {
  approved: 'yes',
  underPaid: 'part',
  declined: 'no',
  cancelled: 'calm',
  failed: 'no',
  expired: 'calm',
  unknown: 'unknown',
  reversed: 'calm',
};

function moneyWords(facts: SaleFacts, m: Messages): { cashier: string; customer: string } {
  if (facts.stage === 'underPaid' && facts.moneyMoved === 'yes') return m.money.part;
  if (facts.stage === 'reversed' && facts.moneyMoved === 'no') return m.money.undone;
  return m.money[facts.moneyMoved];
}

/** What to do next as far as money alone decides it; undefined when stage and money agree. */
function moneyFirst(facts: SaleFacts, m: Messages): Pick<Explanation, 'next' | 'customer'> | undefined {
  const tookMoney = facts.stage === 'approved' || facts.stage === 'underPaid';
  if (facts.moneyMoved === 'unknown' && facts.stage !== 'unknown') {
    return { next: m.results.unknown.next, customer: m.results.unknown.customer };
  }
  if (facts.moneyMoved === 'yes' && !tookMoney) {
    return { next: m.safety.moneyCame, customer: m.safety.moneyCameCustomer };
  }
  if (facts.moneyMoved === 'no' && tookMoney) {
    return { next: m.safety.noMoneyDespiteSuccess, customer: m.safety.askStaff };
  }
  return undefined;
}

/** The code behind the reason: the bank's own for a decline, else one that we have no words for. */
function codeNote(facts: SaleFacts, explained: boolean, m: Messages): string {
  if (facts.stage === 'declined' && facts.responseCode !== null) return ` ${m.sale.code(facts.responseCode)}`;
  return explained || facts.reason === null ? '' : ` ${m.sale.code(facts.reason)}`;
}

export function resultWords(facts: SaleFacts & { readonly stage: ResultStage }, m: Messages): ResultWords {
  const stage = m.results[facts.stage];
  const reasons = stageReasons[facts.stage];
  const code = reasons?.find((each) => each === facts.reason);
  const reason = code === undefined ? undefined : m.reasons[code];
  const override = moneyFirst(facts, m);
  const money = moneyWords(facts, m);
  const note = reasons === undefined ? '' : codeNote(facts, reason !== undefined, m);
  return {
    tone: override === undefined ? stageTones[facts.stage] : 'unknown',
    title: stage.title,
    money: money.cashier,
    why: (reason ?? stage).why + note,
    next: (override ?? reason ?? stage).next,
    customerTitle: stage.customerTitle,
    customerMoney: money.customer,
    customer: (override ?? reason ?? stage).customer,
  };
}
