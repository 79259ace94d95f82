/** X and Z reports and follow-up slips out of what the terminal knows. */
import { assert } from '../core/base/assert.ts';
import type { EpochMs, TransactionId } from '../core/base/brand.ts';
import { addMoney, money, type Money } from '../core/base/money.ts';
import { batchReport } from '../core/receipt/batch-report.ts';
import { followUpSlip } from '../core/receipt/follow-up-slip.ts';
import type { FollowUpCase } from '../core/receipt/follow-up-words.ts';
import type { ReceiptLine } from '../core/receipt/receipt.ts';
import { inQuestionOf } from '../core/transaction/outbox.ts';
import { chargedAmount, moneyMoved, type TerminalState, type Transaction } from '../core/transaction/state.ts';
import type { ReceiptHeader } from './receipt.ts';

/** What every paper needs besides its own matter. */
export interface PaperOptions {
  readonly header: ReceiptHeader;
  readonly columns: number;
  readonly printedAt: EpochMs;
  /** Whom to call about a payment; null when the configuration does not say. */
  readonly call: string | null;
}

/** `batch` null: the open one. Undefined when that batch is not kept any more, or was never opened. */
export function batchReportOf(
  state: TerminalState,
  batch: number | null,
  { header, columns, printedAt }: PaperOptions,
): readonly ReceiptLine[] | undefined {
  const { open, closing, settled } = state.settlement;
  const wanted = batch ?? open.number;
  const found =
    (wanted === open.number && open.opened !== null ? open : undefined) ??
    closing.get(wanted) ??
    settled.findLast(({ number }) => number === wanted);
  if (found === undefined) return undefined;
  assert(found.number === wanted, 'report: of the batch that was asked for');
  return batchReport({
    ...header,
    columns,
    printedAt,
    copy: false,
    batch: found,
    inQuestion: inQuestionOf(state, wanted),
    stored: storedIn(state, wanted, wanted === open.number, currencyOf(found)),
  });
}

function currencyOf(batch: { readonly float: Money } | { readonly opened: { readonly float: Money } | null }) {
  return 'float' in batch ? batch.float.currency : (batch.opened?.float.currency ?? 'VND');
}

/** What has not been sent yet will belong to the batch in which it is sent, as far as anybody knows the open one. */
function storedIn(
  state: TerminalState,
  batch: number,
  isOpen: boolean,
  currency: Money['currency'],
): { readonly count: number; readonly sum: Money } {
  let count = 0;
  let sum = money(0, currency);
  for (const id of state.outbox) {
    const transaction = state.transactions.get(id);
    if (transaction === undefined) continue;
    if (transaction.batch !== batch && !(isOpen && transaction.batch === null)) continue;
    count += 1;
    sum = addMoney(sum, chargedAmount(transaction));
  }
  assert(count === 0 || sum.minorUnits > 0, 'report: what is stored is more than nothing');
  return { count, sum };
}

/** Undefined for a payment that needs nobody. */
export function followUpSlipOf(
  state: TerminalState,
  id: TransactionId,
  { header, columns, printedAt, call }: PaperOptions,
): readonly ReceiptLine[] | undefined {
  const transaction = state.transactions.get(id);
  const about = transaction === undefined ? undefined : caseOf(transaction);
  if (transaction === undefined || about === undefined) return undefined;
  const { authorization, card, deadLetter, endedAt, startedAt, attempts, batch, hostOriginal } = transaction;
  if (authorization === null || card === null) return undefined;
  assert(about === 'lateDecline' || deadLetter !== null, 'slip: a person is called for a reason');
  return followUpSlip({
    ...header,
    columns,
    printedAt,
    copy: false,
    about,
    moneyMoved: moneyMoved(transaction),
    amount: chargedAmount(transaction),
    card,
    paidAt: transaction.stored?.at ?? startedAt,
    knownAt: deadLetter?.at ?? endedAt ?? startedAt,
    attempts: attempts.made,
    batch: batch ?? state.settlement.open.number,
    stan: transaction.followUp?.stan ?? authorization.stan,
    rrn: hostOriginal?.rrn ?? authorization.rrn,
    approvalCode: hostOriginal?.approvalCode ?? authorization.approvalCode,
    responseCode: authorization.responseCode,
    transactionId: id,
    call,
  });
}

/** What kind of case it would be, for a payment that is not settled with the host. */
export function openCaseOf({ phase, kind, hostOriginal }: Transaction): FollowUpCase | undefined {
  if (phase === 'stored') return 'storedPayment';
  if (phase === 'completing') return 'completion';
  if (phase === 'incrementing') return 'increment';
  if (phase !== 'voiding' && phase !== 'reversing') return undefined;
  const isVoid = phase === 'voiding';
  if (kind === 'refund') return isVoid ? 'refundVoid' : 'refundReversal';
  const isHold = kind === 'preAuthorization' && hostOriginal?.kind !== 'completion';
  if (isHold) return isVoid ? 'holdVoid' : 'holdReversal';
  return isVoid ? 'void' : 'reversal';
}

/** Undefined for a payment that needs nobody. */
function caseOf(transaction: Transaction): FollowUpCase | undefined {
  if (transaction.phase === 'lateDeclined') return 'lateDecline';
  return transaction.deadLetter === null ? undefined : openCaseOf(transaction);
}
