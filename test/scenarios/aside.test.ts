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

const rest = (method: 'cash' | 'qr'): Input => ({ ...sale(method, true), amount: vnd(15_000) }) as Input;

describe('too little was transferred', () => {
  const part: Input = { type: 'PaymentNotified', transfer: transfer({ amount: vnd(30_000) }) };
  const accept: Input = { type: 'AcceptPartial', transactionId: id };
  const under = () => new Scenario().when(started, startQr, qrIssued, part);

  it('the part is taken as a payment of the bill, with its receipt, and only the rest is open', () => {
    const s = under().when(accept);
    expect(s.sale()).toMatchObject({ phase: 'paid', approvedAmount: vnd(30_000), missing: null, order });
    expect(s.effectTypes()).toEqual(['PrintReceipt']);
    expect(orderBalance(s.state, order)).toMatchObject({ paid: vnd(30_000), remaining: vnd(15_000) });
    expect(s.state.settlement.open.bookings).toMatchObject([{ method: 'qr', entry: { amount: vnd(30_000) } }]);
    expect(decodeState(encodeState(s.state))).toEqual(s.state);
    expect(s.when({ ...rest('cash'), amount: vnd(15_001) } as Input).last.kind).toBe('refused');
    s.when(rest('cash'), { type: 'CashTendered', transactionId: other, tendered: vnd(15_000) });
    expect(orderBalance(s.state, order)).toMatchObject({ paid: vnd(45_000), remaining: vnd(0) });
  });

  it('a second code for the rest is watched beside the first; money on both is told', () => {
    const s = under().when(accept, rest('qr'), otherIssued);
    const onFirst = transfer({ providerTransactionId: 'FT2', amount: vnd(15_000) });
    s.when({ type: 'PaymentNotified', transfer: onFirst });
    expect(s.sale().lateTransfers).toHaveLength(1);
    const onSecond = transfer({ providerTransactionId: 'FT3', amount: vnd(15_000), reference: 'CHTEST0002' });
    s.when({ type: 'PaymentNotified', transfer: onSecond });
    const late = [...s.sale().lateTransfers, ...s.sale(other).lateTransfers].length;
    const counted = [...s.sale().transfers, ...s.sale(other).transfers].length;
    expect([late, counted]).toEqual([2, 1]);
  });
});

it('the same code paid twice is told as the second payment that it is', () => {
  const s = new Scenario().when(started, startQr, qrIssued, paid);
  s.when({ type: 'PaymentNotified', transfer: transfer({ providerTransactionId: 'FT2' }) });
  expect(s.sale()).toMatchObject({ phase: 'paid', lateTransfers: [{ because: 'paidTwice' }] });
  expect(s.state.settlement.open.bookings).toHaveLength(1);
});

const expiry = (minorUnits: number, over: Partial<typeof policy> = {}): number => {
  const s = new Scenario(over).when({ ...startQr, amount: vnd(minorUnits) } as Input);
  return (s.sale().qr?.expiresAt ?? 0) - s.at;
};

it('a code for more than the face check asks for stays payable longer', () => {
  expect(expiry(10_000_000)).toBe(policy.qrExpiryMs);
  expect(expiry(10_000_001)).toBe(policy.qrLongExpiryMs);
  expect(expiry(10_000_001, { qrLongExpiryMs: 2000 })).toBe(policy.qrExpiryMs);
});

it.each([
  ['unreachable', 'qrNoNetwork'],
  ['noReply', 'qrUnavailable'],
] as const)('no code because of %s: the sale ends at once and says %s', (fault, failReason) => {
  const s = new Scenario().when(startQr, { type: 'QrIssueFailed', transactionId: id, fault });
  expect(s.sale()).toMatchObject({ phase: 'failed', failReason });
  expect(moneyMoved(s.sale())).toBe('no');
});
