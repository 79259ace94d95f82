/** Codes that are put aside: several wait at once, each confirms by itself, and a bill is never paid twice silently. */
import { describe, expect, it } from 'vitest';
import { transactionId } from '../../src/core/base/brand.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { orderBalance } from '../../src/core/transaction/start.ts';
import { isAside, moneyMoved } from '../../src/core/transaction/state.ts';
import { decodeState, encodeState } from '../../src/core/transaction/state-text.ts';
import { card, id, issue, policy, qrIssued, Scenario, started, startQr, transfer, vnd } from './given.ts';

const other = transactionId('S-OTHER');
const order = { id: 'CHTEST0001', total: vnd(45_000) };
const setAside = (payOtherWay: boolean): Input => ({ type: 'SetAside', transactionId: id, payOtherWay });
const bringBack: Input = { type: 'BringBack', transactionId: id };
const paid: Input = { type: 'PaymentNotified', transfer: transfer() };
const sale = (method: 'card' | 'cash' | 'qr', bill: boolean): Input => ({
  type: 'StartSale',
  transactionId: other,
  key: 'other',
  amount: vnd(45_000),
  method,
  reference: 'CHTEST0002',
  order: bill ? order : null,
});
const otherIssued: Input = { type: 'QrIssued', transactionId: other, issue };
const aside = (payOtherWay = false) => new Scenario().when(started, startQr, qrIssued, setAside(payOtherWay));

describe('a code that is put aside', () => {
  it('leaves the screen free for the next sale and confirms by itself, with its receipt', () => {
    const s = aside();
    expect(isAside(s.sale())).toBe(true);
    expect(s.state.foreground).toBeNull();
    s.when(sale('card', false));
    expect(s.last.kind).toBe('act');
    s.when(paid);
    expect(s.sale()).toMatchObject({ phase: 'paid', closed: true, receipt: { state: 'printing' }, lateTransfers: [] });
    expect(s.effectTypes()).toContain('PrintReceipt');
    expect(s.sale(other).phase).toBe('awaitingCard');
    expect(s.state.settlement.open.bookings).toHaveLength(1);
  });

  it('waits beside others: each notice finds its own', () => {
    const s = aside().when(sale('qr', false), otherIssued, {
      type: 'SetAside',
      transactionId: other,
      payOtherWay: false,
    });
    expect([s.sale(), s.sale(other)].every(isAside)).toBe(true);
    s.when({
      type: 'PaymentNotified',
      transfer: transfer({ reference: 'CHTEST0002', providerTransactionId: 'FT2' }),
    });
    expect([s.sale().phase, s.sale(other).phase]).toEqual(['awaitingPayment', 'paid']);
    s.when(paid);
    expect([s.sale().phase, s.sale(other).phase]).toEqual(['paid', 'paid']);
  });

  it('comes back when the screen is free, and not before', () => {
    const s = aside().when(sale('cash', false), bringBack);
    expect(s.last).toMatchObject({ kind: 'refused' });
    s.when({ type: 'CancelSale', transactionId: other }, bringBack);
    expect(s.state.foreground).toBe(id);
    expect(s.sale()).toMatchObject({ phase: 'awaitingPayment', closed: false, aside: false });
    expect(s.sale(other).closed).toBe(true);
  });

  it('ends at its limit as any code does: the provider is asked, and what it has is confirmed', () => {
    const expiry: Input = { type: 'TimerFired', transactionId: id, timer: 'qrExpiry' };
    const unpaid = aside().later(policy.qrExpiryMs).when(expiry);
    expect(unpaid.effectTypes()).toContain('QueryPayment');
    unpaid.when({ type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [] });
    expect(unpaid.sale()).toMatchObject({ phase: 'expired', closed: true });
    const late = aside().when(expiry, {
      type: 'QueryAnswered',
      transactionId: id,
      attempt: 2,
      transfers: [transfer()],
    });
    expect(late.sale()).toMatchObject({ phase: 'paid', lateTransfers: [] });
  });

  it('is watched again after a restart', () => {
    const s = aside().restart();
    expect(isAside(s.sale())).toBe(true);
    expect(s.effectTypes()).toEqual(expect.arrayContaining(['StartTimer', 'QueryPayment']));
    expect(decodeState(encodeState(s.state))).toEqual(s.state);
  });
});

describe('the same bill paid another way', () => {
  it('may be taken in full while the first code is still watched', () => {
    const s = aside(true);
    expect(orderBalance(s.state, order).remaining).toEqual(vnd(45_000));
    expect(s.when(sale('cash', true)).last.kind).toBe('act');
    // One means at a time: a third is refused while the second is open.
    expect(s.when({ ...sale('cash', true), transactionId: transactionId('S-3'), key: '3' } as Input).last.kind).toBe(
      'refused',
    );
  });

  it('then the first code pays: told as a second payment, never counted as a sale', () => {
    const s = aside(true).when(sale('cash', true), {
      type: 'CashTendered',
      transactionId: other,
      tendered: vnd(50_000),
    });
    expect(s.sale(other).phase).toBe('paid');
    s.when(paid);
    expect(s.sale().lateTransfers).toMatchObject([{ because: 'billPaid' }]);
    expect(s.sale().transfers).toEqual([]);
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(s.effectTypes()).toEqual(['StopTimer', 'QueryPayment']);
    s.when({ type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [transfer()] });
    expect(s.sale()).toMatchObject({ phase: 'cancelled', cancelReason: 'billPaid', receipt: { state: 'none' } });
    expect(s.state.settlement.open.bookings).toHaveLength(1);
  });

  it('counts a request at the bank as taken until it says no', () => {
    const tap: Input = { type: 'CardOutcome', transactionId: other, outcome: { kind: 'onlineRequest', card } };
    const s = aside(true).when(sale('card', true), tap, paid);
    expect(s.sale().lateTransfers).toMatchObject([{ because: 'billPaid' }]);
    expect(s.sale(other).phase).toBe('authorising');
  });

  it.each([
    ['card', 'cancelled', ['DeactivateReader']],
    ['cash', 'cancelled', []],
    ['qr', 'checkingPayment', ['QueryPayment']],
  ] as const)('the first code pays while %s is waited for: that wait ends', (method, phase, effects) => {
    const s = aside(true).when(sale(method, true));
    if (method === 'qr') s.when(otherIssued);
    s.when(paid);
    expect(s.sale()).toMatchObject({ phase: 'paid', receipt: { state: 'printing' } });
    expect(s.sale(other).phase).toBe(phase);
    expect(s.effectTypes()).toEqual(expect.arrayContaining([...effects]));
  });

  it('both codes are paid: the second is told as such', () => {
    const s = aside(true).when(sale('qr', true), otherIssued, paid);
    s.when({
      type: 'PaymentNotified',
      transfer: transfer({ reference: 'CHTEST0002', providerTransactionId: 'FT2' }),
    });
    expect(s.sale(other).lateTransfers).toMatchObject([{ because: 'billPaid' }]);
    expect(s.state.settlement.open.bookings).toHaveLength(1);
  });
});
