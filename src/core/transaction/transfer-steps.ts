/** Money that came and waits for a person: which sale it fits, and how a person ends it. */
import { assert } from '../base/assert.ts';
import type { EpochMs, TransactionId } from '../base/brand.ts';
import { money, sumMoney, type Money } from '../base/money.ts';
import { sameAccount } from '../qr/matcher.ts';
import { hasReference } from '../qr/reference.ts';
import type { Effect } from './effects.ts';
import type { JournalEvent } from './events.ts';
import type { Input } from './inputs.ts';
import type { Transfer } from './model.ts';
import { openPayout } from './payout.ts';
import type { Policy } from './policy.ts';
import { refundUnderWay } from './provider-refund.ts';
import { cancelCode } from './qr-steps.ts';
import { requestReceipt } from './receipt-steps.ts';
import { isPaidOtherwise, type StartDecision } from './start.ts';
import type { Phase, TerminalState, Transaction } from './state.ts';
import type { StepContext } from './step.ts';

interface WaitingTransfer {
  readonly transfer: Transfer;
  /** The sale that it came late for; null: it fits none. */
  readonly from: TransactionId | null;
  /** When it was journaled. */
  readonly at: EpochMs;
  /** On another account, or in another money: it is no sale's of this terminal, whatever a person thinks. */
  readonly odd: boolean;
}

/** By the provider's id; undefined once it is not waiting for a person any more. */
export function waitingTransfer(state: TerminalState, transferId: string): WaitingTransfer | undefined {
  const isIt = ({ transfer }: { readonly transfer: Transfer }): boolean =>
    transfer.providerTransactionId === transferId;
  const unmatched = state.unmatched.find(isIt);
  if (unmatched !== undefined) {
    const { transfer, at, reason } = unmatched;
    return { transfer, from: null, at, odd: reason !== 'noReference' };
  }
  for (const { id, lateTransfers, resolved } of state.transactions.values()) {
    const late = resolved === null ? lateTransfers.find(isIt) : undefined;
    if (late !== undefined) return { transfer: late.transfer, from: id, at: late.at, odd: false };
  }
  return undefined;
}

/** QR sales that money can still be attached to. */
const attachable: ReadonlySet<Phase> = new Set([
  'awaitingPayment',
  'checkingPayment',
  'underPaid',
  'cancelled',
  'failed',
  'expired',
]);

function mayBeAttachedTo(sale: Transaction): boolean {
  const { phase, method, kind, resolved } = sale;
  return method === 'qr' && kind === 'sale' && resolved === null && (attachable.has(phase) || isUnverified(sale));
}

/** Paid by the word of a supervisor, and its money not seen yet: the customer may have paid with a code without reference. */
function isUnverified({ phase, unverified }: Transaction): boolean {
  return phase === 'paid' && unverified?.verifiedAt === null;
}

/** A transfer that came longer before its sale began is not taken for it without a supervisor. */
const longestBeforeMs = 600_000;

/**
 * Whether a cashier may say alone that it is this sale's money: the sale waits on the screen for exactly so much, and
 * the transfer, which names no sale, has come just now, as one by the shop's static code does.
 */
export function fitsByItself(
  state: TerminalState,
  sale: Transaction,
  waiting: Pick<WaitingTransfer, 'transfer' | 'from' | 'odd'>,
  { otherMarks = [] }: Pick<Policy, 'otherMarks'>,
): boolean {
  const { id, phase, startedAt, transfers, closed } = sale;
  if (state.foreground !== id || closed || transfers.length > 0 || waiting.from !== null) return false;
  if (phase !== 'awaitingPayment' && phase !== 'checkingPayment') return false;
  // Each terminal on the account sees it, and each cashier could press.
  if (otherMarks.length > 0) return false;
  // With a reference it was asked for by somebody: another terminal on the account, or a sale that is not known any more.
  if (hasReference(waiting.transfer.memo)) return false;
  const came = state.unmatched.find(({ transfer }) => transfer === waiting.transfer)?.at;
  return came !== undefined && came >= startedAt - longestBeforeMs && excessFor(state, waiting)(sale)?.minorUnits === 0;
}

/**
 * What would be too much if the transfer paid for a sale, one answer for each; undefined when it does not pay for all that
 * is open. The state is looked at once for a transfer, however many sales are asked about.
 */
export function excessFor(
  state: TerminalState,
  { transfer, from, odd }: Pick<WaitingTransfer, 'transfer' | 'from' | 'odd'>,
): (sale: Transaction) => Money | undefined {
  const without = withoutLate(state, from, transfer);
  return (sale) => {
    const { amount, transfers } = sale;
    if (odd || !mayBeAttachedTo(sale) || transfer.amount.currency !== amount.currency) return undefined;
    const account = sale.qr?.issue;
    if (account && !sameAccount(transfer, account)) return undefined;
    const all = [...transfers, transfer].map((each) => each.amount);
    const excess = sumMoney(all, amount.currency).minorUnits - amount.minorUnits;
    return excess < 0 || isPaidOtherwise(without, sale) ? undefined : money(excess, amount.currency);
  };
}

/** The payments of bills, as if the transfer had not come late for `from`: it may be of the same bill. */
function withoutLate(
  { transactions, orders }: TerminalState,
  from: TransactionId | null,
  transfer: Transfer,
): Parameters<typeof isPaidOtherwise>[0] {
  return {
    orders,
    transactions: {
      get: (id) => {
        const found = transactions.get(id);
        if (found === undefined || id !== from) return found;
        return { ...found, lateTransfers: found.lateTransfers.filter((late) => late.transfer !== transfer) };
      },
    },
  };
}

const gone: StartDecision = { kind: 'refused', reason: 'notFound', why: 'no such transfer waits for a person' };

const goesBack: StartDecision = { kind: 'refused', reason: 'notAllowed', why: 'it is being given back' };

/** Asked for as a payout, or under way at the provider. */
export function isGoingBack(state: TerminalState, transferId: string): boolean {
  const ofIt = (each: { readonly transferId: string | null }): boolean => each.transferId === transferId;
  return openPayout(state.payouts, ofIt) !== undefined || refundUnderWay(state, ofIt) !== undefined;
}

const needsSupervisor: StartDecision = {
  kind: 'refused',
  reason: 'notAllowed',
  why: 'a supervisor has to say that it is for that sale',
};

export function attachTransfer(
  state: TerminalState,
  input: Extract<Input, { type: 'AttachTransfer' }>,
  context: { readonly at: StepContext['at']; readonly policy: Policy },
): StartDecision {
  const { transferId, to, approvedBy, note } = input;
  const waiting = waitingTransfer(state, transferId);
  const sale = state.transactions.get(to);
  if (waiting === undefined || sale === undefined) return gone;
  const excess = excessFor(state, waiting)(sale);
  if (excess === undefined) {
    return { kind: 'refused', reason: 'notAllowed', why: 'it does not fit that sale' };
  }
  if (isGoingBack(state, transferId)) return goesBack;
  if (approvedBy === null && !fitsByItself(state, sale, waiting, context.policy)) return needsSupervisor;
  const { transfer, from } = waiting;
  const attached: JournalEvent = {
    type: 'TransferAttached',
    transactionId: to,
    transfer,
    from,
    excess,
    approvedBy,
    note,
  };
  // Its receipt has been printed, and says for ever that a person had confirmed it first.
  if (isUnverified(sale)) return { kind: 'act', events: [attached], effects: [] };
  const receipt = requestReceipt(sale, { ...context, terminal: state, nextStan: 0 });
  const stops: Effect[] = (['qrExpiry', 'queryRetry'] as const).map((timer) => ({
    type: 'StopTimer',
    transactionId: to,
    timer,
  }));
  assert(approvedBy !== '', 'an end has a name');
  return {
    kind: 'act',
    events: [attached, ...receipt.events],
    effects: [...stops, ...(isPayable(sale) ? cancelCode(sale, context.policy) : []), ...receipt.effects],
  };
}

/** Whoever paid its code now would have paid twice. */
function isPayable({ phase }: Transaction): boolean {
  return phase === 'awaitingPayment' || phase === 'checkingPayment';
}

export function resolveTransfer(
  state: TerminalState,
  { transferId: providerTransactionId, approvedBy, note }: Extract<Input, { type: 'ResolveTransfer' }>,
): StartDecision {
  if (waitingTransfer(state, providerTransactionId)?.from !== null) return gone;
  if (isGoingBack(state, providerTransactionId)) return goesBack;
  return {
    kind: 'act',
    events: [{ type: 'TransferResolved', providerTransactionId, approvedBy, note }],
    effects: [],
  };
}
