/** What people do about money of QR payments that waits for them, or goes back: as the screen offers it, a supervisor at hand. */
import { transactionId } from '../../src/core/base/brand.ts';
import { money } from '../../src/core/base/money.ts';
import { unreachable } from '../../src/core/base/assert.ts';
import type { Input, MoneyBack } from '../../src/core/transaction/inputs.ts';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';

/** What people do about money of QR payments; a supervisor is at hand. */
export type MoneyMove =
  | { readonly type: 'giveBack'; readonly key: string; readonly which: number; readonly share: number }
  /** Goes on with an instruction, or asks for one. */
  | { readonly type: 'payout'; readonly key: string; readonly which: number }
  | { readonly type: 'attach'; readonly which: number }
  | { readonly type: 'confirmByHand' };

const [clerk, supervisor] = ['Hoa', 'Lan'];
const note = 'told by the customer';

export function nth<T>(list: readonly T[], which: number): T | undefined {
  return list.length === 0 ? undefined : list[which % list.length];
}

export function part(amount: number, share: number): number {
  return Math.max(1, Math.floor((amount * share) / 100));
}

function sales({ sale, recent, background }: TerminalView): readonly SaleView[] {
  return [
    ...new Map([...(sale === null ? [] : [sale]), ...recent, ...background].map((each) => [each.id, each])).values(),
  ];
}

/** Undefined when there is nothing that it could be about. */
export function inputOf(move: MoneyMove, view: TerminalView): Input | undefined {
  switch (move.type) {
    case 'giveBack':
      return giveBack(move, view);
    case 'payout':
      return payout(move, view);
    case 'attach': {
      const waiting = view.worklist.filter(({ transfer }) => (transfer?.fits.length ?? 0) > 0);
      const transfer = nth(waiting, move.which)?.transfer;
      const fit = nth(transfer?.fits ?? [], move.which);
      if (!transfer || fit === undefined) return undefined;
      const to = transactionId(fit.transactionId);
      return { type: 'AttachTransfer', transferId: transfer.id, to, approvedBy: supervisor, note };
    }
    case 'confirmByHand': {
      const { sale } = view;
      if (sale === null || !sale.actions.includes('confirmByHand')) return undefined;
      return { type: 'ConfirmByHand', transactionId: transactionId(sale.id), approvedBy: supervisor, note };
    }
    default:
      return unreachable(move, 'money moves');
  }
}

function giveBack(
  { key, which, share }: Extract<MoneyMove, { type: 'giveBack' }>,
  view: TerminalView,
): Input | undefined {
  const all: MoneyBack[] = [];
  for (const { id, actions, refundableByProvider } of sales(view)) {
    const sale = transactionId(id);
    if (refundableByProvider !== null && actions.includes('refundByProvider')) {
      all.push({ reason: 'refund', sale, amount: money(part(refundableByProvider.minorUnits, share), 'VND') });
    }
    if (actions.includes('refundExcessByProvider')) all.push({ reason: 'excess', sale });
  }
  for (const { transfer } of view.worklist) {
    if (transfer?.mayRefund === true) all.push({ reason: 'transfer', transferId: transfer.id });
  }
  const about = nth(all, which);
  if (about === undefined) return undefined;
  const refundId = `RF${key.replaceAll(/[^0-9]/g, '')}`;
  const own = transactionId(`S-${key}`);
  return { type: 'StartProviderRefund', transactionId: own, key, refundId, about, approvedBy: supervisor };
}

function payout({ key, which }: Extract<MoneyMove, { type: 'payout' }>, view: TerminalView): Input | undefined {
  const open = nth(
    view.payouts.filter(({ end }) => end === null),
    which,
  );
  if (open !== undefined && which % 3 > 0) {
    const { id: payoutId, stage } = open;
    if (stage === 'asked') return { type: 'ConfirmPayout', payoutId, approvedBy: supervisor };
    return which % 2 === 0
      ? { type: 'WithdrawPayout', payoutId, by: clerk, note }
      : { type: 'CompletePayout', payoutId, by: clerk, reference: 'FT-BACK' };
  }
  const all: MoneyBack[] = [];
  for (const { id, actions, refundable } of sales(view)) {
    const sale = transactionId(id);
    if (actions.includes('payout') && refundable !== null) {
      all.push({ reason: 'refund', sale, amount: money(refundable.minorUnits, 'VND') });
    }
    if (actions.includes('payoutExcess')) all.push({ reason: 'excess', sale });
  }
  for (const { transfer } of view.worklist) {
    if (transfer?.goesBack === false) all.push({ reason: 'transfer', transferId: transfer.id });
  }
  const about = nth(all, which);
  return about && { type: 'AskPayout', payoutId: key, about, askedBy: clerk };
}
