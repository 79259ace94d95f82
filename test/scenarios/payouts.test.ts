/** Money that goes back by bank transfer: two people, tracked to its end, and never both given back and counted. */
import { describe, expect, it } from 'vitest';
import { assertConsistent } from '../../src/core/transaction/consistency.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { refundable } from '../../src/core/transaction/start.ts';
import { moneyMoved } from '../../src/core/transaction/state.ts';
import { decodeState, encodeState } from '../../src/core/transaction/state-text.ts';
import { reportLines } from '../../src/core/settlement/totals.ts';
import { id, qrIssued, Scenario, started, startQr, transfer, vnd } from './given.ts';

const notified = (over: Parameters<typeof transfer>[0] = {}): Input => ({
  type: 'PaymentNotified',
  transfer: transfer(over),
});
type About = Extract<Input, { type: 'AskPayout' }>['about'];
const ask = (about: About, payoutId = 'P-1'): Input => ({ type: 'AskPayout', payoutId, about, askedBy: 'Hoa' });
const confirm = (approvedBy = 'Lan'): Input => ({ type: 'ConfirmPayout', payoutId: 'P-1', approvedBy });
const complete: Input = { type: 'CompletePayout', payoutId: 'P-1', by: 'Lan', reference: 'FT-BACK-1' };
const withdraw: Input = { type: 'WithdrawPayout', payoutId: 'P-1', by: 'Hoa', note: 'the customer came back' };
const late: About = { reason: 'transfer', transferId: 'FT1' };
const refund = (minorUnits: number): About => ({ reason: 'refund', sale: id, amount: vnd(minorUnits) });
const cancelled = () =>
  new Scenario().when(
    started,
    startQr,
    qrIssued,
    { type: 'CancelSale', transactionId: id },
    { type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [] },
    notified({ payer: '******0018' }),
  );
const paid = (over: Parameters<typeof transfer>[0] = {}) =>
  new Scenario().when(started, startQr, qrIssued, notified(over));
const attach: Input = { type: 'AttachTransfer', transferId: 'FT1', to: id, approvedBy: 'Lan', note: 'is his' };

describe('a payout', () => {
  it('needs two people, and is tracked to its end with their names and the reference of the bank', () => {
    const s = cancelled().when(ask(late));
    expect(s.state.payouts.get('P-1')).toMatchObject({ payee: '******0018', amount: vnd(45_000), sale: id });
    expect(s.when(complete).last.kind).toBe('refused');
    expect(s.when(confirm('  hoa ')).last.kind).toBe('refused');
    s.when(confirm(), complete);
    expect(s.state.payouts.get('P-1')).toMatchObject({
      askedBy: 'Hoa',
      confirmedBy: 'Lan',
      end: { kind: 'paidOut', by: 'Lan', note: 'FT-BACK-1' },
    });
    expect(s.sale().lateTransfers).toEqual([]);
    expect(moneyMoved(s.sale())).toBe('no');
    expect(s.when(complete).last.kind).toBe('ignored');
    expect(decodeState(encodeState(s.state))).toEqual(s.state);
    expect(s.fold()).toEqual(s.state);
  });

  it('is asked for once, however often it is sent, and only for money that waits', () => {
    const s = cancelled().when(ask(late), ask(late));
    expect(s.last.kind).toBe('ignored');
    expect(s.when(ask(late, 'P-2')).last.kind).toBe('refused');
    expect(s.when(ask({ reason: 'transfer', transferId: 'FT9' }, 'P-3')).last.kind).toBe('refused');
  });

  it('and a sale never get the same money', () => {
    const s = cancelled().when(ask(late));
    expect(s.when(attach).last.kind).toBe('refused');
    s.when(withdraw, attach);
    expect(s.sale().phase).toBe('paid');
    expect(s.when(confirm()).last.kind).toBe('ignored');
  });

  it('of what fits no sale takes it from the worklist when it is done, and not before', () => {
    const s = paid({ reference: 'CAM ON' }).when(ask(late), confirm());
    expect(s.state.unmatched).toHaveLength(1);
    s.when(complete);
    expect(s.state.unmatched).toEqual([]);
  });

  it('of the excess leaves the sale as it is', () => {
    const s = paid({ amount: vnd(50_000) }).when(ask({ reason: 'excess', sale: id }), confirm(), complete);
    expect(s.sale()).toMatchObject({ phase: 'paid', excess: null });
    expect(refundable(s.state, s.sale())).toEqual(vnd(45_000));
    expect(s.state.settlement.open.bookings).toHaveLength(1);
  });

  it('of a sale counts as a refund in the totals once it is sent, and nothing is given back twice', () => {
    const s = paid().when(ask(refund(20_000)));
    expect(refundable(s.state, s.sale())).toEqual(vnd(25_000));
    expect(s.state.settlement.open.bookings).toHaveLength(1);
    const cash = { key: 'r', amount: vnd(25_001), method: 'cash', original: id, approvedBy: 'Lan' } as const;
    expect(s.when({ type: 'StartRefund', transactionId: 'S-R' as typeof id, ...cash }).last.kind).toBe('refused');
    s.when(confirm(), complete);
    expect(reportLines(s.state.settlement.open.bookings)).toMatchObject([
      { method: 'qr', kind: 'sale', booked: { count: 1, minorUnits: 45_000 } },
      { method: 'qr', kind: 'refund', booked: { count: 1, minorUnits: 20_000 } },
    ]);
    expect(s.when(ask(refund(25_001), 'P-2')).last.kind).toBe('refused');
    s.when(ask(refund(25_000), 'P-2'), { ...confirm(), payoutId: 'P-2' } as Input, { ...complete, payoutId: 'P-2' });
    expect(s.state.payouts.get('P-2')?.end?.kind).toBe('paidOut');
    // The terminal starts again with both in the batch of their sale.
    assertConsistent(s.state);
  });
});
