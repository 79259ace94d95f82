/**
 * Money that the QR provider gives back: journaled first, asked for once, asked about until it ends, also after a crash at
 * each point; and never given back a second time by a payout, in cash or by another refund.
 */
import { describe, expect, it } from 'vitest';
import { receiptOf, type ReceiptHeader } from '../../src/app/receipt.ts';
import { transactionId } from '../../src/core/base/brand.ts';
import type { QrRefundReply } from '../../src/core/provider/model.ts';
import { assertConsistent } from '../../src/core/transaction/consistency.ts';
import type { Input, MoneyBack } from '../../src/core/transaction/inputs.ts';
import { refundable } from '../../src/core/transaction/start.ts';
import { moneyMoved } from '../../src/core/transaction/state.ts';
import { decodeState, encodeState } from '../../src/core/transaction/state-text.ts';
import { reportLines } from '../../src/core/settlement/totals.ts';
import { id, identity, qrIssued, Scenario, started, startQr, transfer, vnd } from './given.ts';

const header: ReceiptHeader = {
  merchant: { name: 'Shop', addressLines: [], merchantId: 'M', terminalId: 'T' },
  language: 'en',
  timeZone: 'Asia/Ho_Chi_Minh',
  training: false,
};
const back = transactionId('S-BACK');
const notified = (over: Parameters<typeof transfer>[0] = {}): Input => ({
  type: 'PaymentNotified',
  transfer: transfer(over),
});
const give = (about: MoneyBack, approvedBy: string | null = null, own = back, key = 'back'): Input => ({
  type: 'StartProviderRefund',
  transactionId: own,
  key,
  refundId: `RF${key.toUpperCase()}`,
  about,
  approvedBy,
});
const part = (minorUnits: number): MoneyBack => ({ reason: 'refund', sale: id, amount: vnd(minorUnits) });
const late: MoneyBack = { reason: 'transfer', transferId: 'FT1' };
const answer = (state: QrRefundReply['state'], attempt = 1): Input => ({
  type: 'RefundAnswered',
  transactionId: back,
  attempt,
  reply: { state, providerRefundId: 'R-1', detail: state },
});
const unanswered = (fault: Extract<Input, { type: 'RefundUnanswered' }>['fault'], attempt = 1, own = back): Input => ({
  type: 'RefundUnanswered',
  transactionId: own,
  attempt,
  fault,
  detail: fault,
});
const retry: Input = { type: 'TimerFired', transactionId: back, timer: 'refundRetry' };
const payout = (about: MoneyBack): Input => ({ type: 'AskPayout', payoutId: 'P-1', about, askedBy: 'Hoa' });
const paid = (over: Parameters<typeof transfer>[0] = {}, policy = {}) =>
  new Scenario(policy).when(started, startQr, qrIssued, notified(over));
const cancelled = () =>
  new Scenario().when(
    started,
    startQr,
    qrIssued,
    { type: 'CancelSale', transactionId: id },
    { type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [] },
    notified(),
  );
const sent = (s: Scenario): readonly string[] =>
  s.effectTypes().filter((type) => type === 'RefundQr' || type === 'QueryRefund');

describe('a refund by the provider', () => {
  it('is journaled with its id and asked for; once done it is a refund with a receipt, in the totals', () => {
    const s = paid().when(give(part(20_000)));
    expect(s.events.at(-2)).toMatchObject({
      type: 'ProviderRefundStarted',
      refundId: 'RFBACK',
      transferId: 'FT1',
      paid: vnd(45_000),
      order: { reference: 'CHTEST0001' },
    });
    expect(s.effects[0]).toMatchObject({
      type: 'RefundQr',
      request: { refundId: 'RFBACK', providerTransactionId: 'FT1', amount: vnd(20_000), requestedAt: s.at },
    });
    expect(moneyMoved(s.sale(back))).toBe('unknown');
    expect(refundable(s.state, s.sale())).toEqual(vnd(25_000));
    s.when(answer('refunded'));
    expect(s.sale(back)).toMatchObject({ phase: 'paid', kind: 'refund', providerRefund: { providerRefundId: 'R-1' } });
    expect(s.effectTypes()).toContain('PrintReceipt');
    expect(moneyMoved(s.sale(back))).toBe('yes');
    const paper = receiptOf(s.sale(back), header, {
      columns: 48,
      copy: false,
      journalHead: { sequence: 1, hash: 'AB' },
    });
    for (const word of ['20,000', 'CHTEST0001', 'FT1']) expect(JSON.stringify(paper)).toContain(word);
    expect(reportLines(s.state.settlement.open.bookings)).toMatchObject([
      { method: 'qr', kind: 'sale', booked: { minorUnits: 45_000 } },
      { method: 'qr', kind: 'refund', booked: { count: 1, minorUnits: 20_000 } },
    ]);
    expect(refundable(s.state, s.sale())).toEqual(vnd(25_000));
    expect(s.when(give(part(25_001), null, transactionId('S-2'), 'two')).last.kind).toBe('refused');
    expect(s.when(answer('refunded')).last.kind).toBe('ignored');
    assertConsistent(s.state);
    expect(decodeState(encodeState(s.state))).toEqual(s.state);
    expect(s.fold()).toEqual(s.state);
  });

  it.each([
    ['refused by the provider', answer('refused'), 'refundRefused'],
    ['refused as a request', unanswered('refused'), 'refundRefused'],
    ['not reached', unanswered('unreachable'), 'refundNotSent'],
  ] as const)('%s: nothing was given back, and a payout may be asked for', (_what, input, failReason) => {
    const s = paid().when(give(part(45_000)), input);
    expect(s.sale(back)).toMatchObject({ phase: 'failed', failReason });
    expect(moneyMoved(s.sale(back))).toBe('no');
    expect(s.state.settlement.open.bookings).toHaveLength(1);
    expect(s.when(payout(part(45_000))).last.kind).toBe('act');
  });

  it('goes back to the sale of a bill in one piece only: of one transfer at a time', () => {
    const s = paid({ amount: vnd(30_000) }).when(
      notified({ amount: vnd(15_000), providerTransactionId: 'FT2' }),
      give(part(45_000)),
    );
    expect(s.sale().phase).toBe('paid');
    expect(s.last).toMatchObject({ kind: 'refused', why: expect.stringContaining('parts') });
    s.when(give(part(30_000)), answer('refunded'));
    expect(s.sale(back).providerRefund?.transferId).toBe('FT1');
    // What FT1 brought has gone back: FT2 is what is left.
    expect(s.when(give(part(15_001), null, transactionId('S-2'), 'two')).last.kind).toBe('refused');
    s.when(give(part(15_000), null, transactionId('S-3'), 'three'));
    expect(s.effects[0]).toMatchObject({ request: { providerTransactionId: 'FT2' } });
  });

  it('is for those who may refund: of no paid sale only with a supervisor', () => {
    const s = cancelled().when(give(late));
    expect(s.last).toMatchObject({ kind: 'refused', reason: 'notAllowed' });
    s.when(give(late, 'Lan'), answer('refunded'));
    expect(s.sale(back)).toMatchObject({ phase: 'paid', approvedBy: 'Lan', original: null });
    expect(s.sale().lateTransfers).toEqual([]);
    expect(moneyMoved(s.sale())).toBe('no');
    // It was never booked, so neither is that it has gone.
    expect(s.state.settlement.open.bookings).toEqual([]);
  });

  it('of what came too much leaves the sale as it is', () => {
    const s = paid({ amount: vnd(50_000) }).when(give({ reason: 'excess', sale: id }), answer('refunded'));
    expect(s.sale(back).amount).toEqual(vnd(5000));
    expect(s.sale()).toMatchObject({ phase: 'paid', excess: null, refunds: [] });
    expect(refundable(s.state, s.sale())).toEqual(vnd(45_000));
    expect(s.when(give({ reason: 'excess', sale: id }, null, transactionId('S-2'), 'two')).last.kind).toBe('refused');
  });

  it('is not asked of a provider that cannot, nor for money of an earlier one, nor of another account', () => {
    const cannot = paid({}, { qrProvider: { canCancel: false, canRefund: false } });
    expect(cannot.when(give(part(1000))).last.kind).toBe('refused');
    const moved = paid().later(1);
    moved.when({ ...started, identity: { ...identity, qrProvider: 'other/970436/1' } } as Input);
    expect(moved.when(give(part(1000))).last).toMatchObject({ why: expect.stringContaining('another QR provider') });
    expect(decodeState(encodeState(moved.state)).qrProviderSince).toBe(moved.at);
    const set: Input = { type: 'SetAside', transactionId: id, payOtherWay: false };
    const stray = paid({ account: '999' }).when(set);
    expect(stray.when(give(late, 'Lan')).last).toMatchObject({ why: expect.stringContaining('another account') });
  });
});

describe('without a definite answer', () => {
  it.each(['noReply', 'badReply'] as const)(
    '%s: it is asked about with growing gaps, and never asked for again',
    (fault) => {
      const s = paid().when(give(part(45_000)), unanswered(fault));
      expect(s.sale(back)).toMatchObject({ phase: 'refunding', attempts: { made: 1, nextTryAt: s.at + 5000 } });
      for (const [attempt, gapMs] of [
        [2, 10_000],
        [3, 20_000],
      ] as const) {
        s.when(retry);
        expect(sent(s)).toEqual(['QueryRefund']);
        expect(s.effects[0]).toMatchObject({ attempt, request: { refundId: 'RFBACK' } });
        s.when(attempt === 2 ? unanswered('refused', 2) : answer('processing', 3));
        expect(s.sale(back).attempts.nextTryAt).toBe(s.at + gapMs);
      }
      // An answer to an earlier question is no verdict, unless the money is back.
      expect(s.when(answer('refused', 2)).last.kind).toBe('ignored');
      s.when(retry, answer('refunded', 4));
      expect(s.sale(back).phase).toBe('paid');
    },
  );

  it('“no such refund” is believed only when the request cannot arrive any more', () => {
    const asked = () => paid().when(give(part(45_000)), unanswered('noReply'));
    const s = asked().later(-1000);
    for (const [attempt, laterMs] of [5000, 10_000, 20_000, 40_000, 60_000].entries()) {
      expect(s.sale(back).phase).toBe('refunding');
      s.later(laterMs).when(retry, answer('refused', attempt + 2));
    }
    expect(s.sale(back)).toMatchObject({ phase: 'failed', failReason: 'refundRefused', attempts: { made: 6 } });
    // The clock was set on, or the terminal was started again and again: neither alone will do.
    const setOn = asked().later(86_400_000).when(retry, answer('refused', 2));
    expect(setOn.sale(back).phase).toBe('refunding');
    const restarted = asked();
    for (let attempt = 2; attempt <= 9; attempt += 1) restarted.restart().when(answer('refused', attempt));
    expect(restarted.sale(back).phase).toBe('refunding');
    // It was set back: then so many questions have to do.
    const setBack = asked().later(-86_400_000);
    for (let attempt = 2; attempt <= 6; attempt += 1) setBack.when(retry, answer('refused', attempt));
    expect(setBack.sale(back).phase).toBe('failed');
    // What the provider has said to have is refused when it says so.
    const known = paid()
      .when(give(part(45_000)), answer('processing'))
      .later(5000)
      .when(retry, answer('refused', 2));
    expect(known.sale(back).phase).toBe('failed');
  });

  it('nobody gives the same money back another way meanwhile', () => {
    const s = paid({ amount: vnd(50_000) }).when(give(part(45_000)), unanswered('noReply'));
    expect(s.when(payout(part(1))).last.kind).toBe('refused');
    expect(s.when(give(part(1), null, transactionId('S-2'), 'two')).last.kind).toBe('refused');
    const cash = { key: 'c', amount: vnd(1), method: 'cash', original: id, approvedBy: 'Lan' } as const;
    expect(s.when({ type: 'StartRefund', transactionId: transactionId('S-C'), ...cash }).last.kind).toBe('refused');
    const much = paid({ amount: vnd(50_000) }).when(give({ reason: 'excess', sale: id }), unanswered('noReply'));
    expect(much.when(payout({ reason: 'excess', sale: id })).last.kind).toBe('refused');
    const stray = cancelled().when(give(late, 'Lan'), unanswered('noReply'));
    expect(stray.when(payout(late)).last.kind).toBe('refused');
    expect(stray.when(give(late, 'Lan', transactionId('S-2'), 'two')).last.kind).toBe('refused');
    const attach: Input = { type: 'AttachTransfer', transferId: 'FT1', to: id, approvedBy: 'Lan', note: 'is his' };
    expect(stray.when(attach).last.kind).toBe('refused');
    stray.when(retry, answer('processing', 2), retry, answer('refused', 3), attach);
    expect(stray.sale().phase).toBe('paid');
    // And the other way round: what a payout is asked for, no provider gives back.
    const asked = cancelled().when(payout(late));
    expect(asked.when(give(late, 'Lan')).last.kind).toBe('refused');
  });

  it('the screen is free for the next sale, and a person is called after long', () => {
    const s = paid({}, { alarmAfterAttempts: 2 }).when(give(part(45_000)), unanswered('noReply'));
    s.when({ type: 'CloseSale', transactionId: back }, {
      ...startQr,
      transactionId: transactionId('S-N'),
      key: 'n',
    } as Input);
    expect(s.last.kind).toBe('act');
    const settle = (given: boolean): Input => ({
      type: 'SettleRefund',
      transactionId: back,
      given,
      approvedBy: 'Lan',
      note: 'seen in the portal',
    });
    expect(s.when(settle(true)).last).toMatchObject({ kind: 'refused' });
    s.when(retry);
    expect(s.when(settle(true)).last.kind).toBe('refused');
    s.when(answer('processing', 2));
    expect(s.sale(back).deadLetter).not.toBeNull();
    const no = new Scenario({ alarmAfterAttempts: 2 });
    no.events.push(...s.events);
    no.state = no.fold();
    s.when(settle(true));
    expect(s.sale(back)).toMatchObject({ phase: 'paid', deadLetter: null, providerRefund: { byHand: 'Lan' } });
    no.when(settle(false));
    expect(no.sale(back).phase).toBe('failed');
    expect(no.when(payout(part(45_000))).last.kind).toBe('act');
  });
});

describe('a crash', () => {
  const points: readonly (readonly [string, readonly Input[]])[] = [
    ['between the intent and the request, or its answer', []],
    ['after an answer that was lost', [unanswered('noReply')]],
    ['while it is asked about', [unanswered('noReply'), retry]],
    ['after “processing”', [answer('processing')]],
  ];

  it.each(points)('%s: it is asked what became of it, and never asked for a second time', (_when, inputs) => {
    const s = paid()
      .when(give(part(45_000)), ...inputs)
      .restart();
    expect(sent(s)).toEqual(['QueryRefund']);
    const attempt = s.sale(back).attempts.made;
    expect(attempt).toBeGreaterThan(1);
    expect(s.effects.find(({ type }) => type === 'QueryRefund')).toMatchObject({
      attempt,
      request: { refundId: 'RFBACK' },
    });
    s.when(answer('refunded', attempt));
    expect(s.sale(back).phase).toBe('paid');
    expect(sent(s.restart())).toEqual([]);
  });
});

describe('what no terminal writes is found', () => {
  const end = { type: 'ProviderRefunded', transactionId: back, providerRefundId: null } as const;
  it('a refund that ends twice, or was never asked for', () => {
    const s = paid().when(give(part(1000)), answer('refunded'));
    s.events.push(end);
    expect(() => s.fold()).toThrow(/that the provider was asked for/);
    const never = paid();
    never.events.push({ ...end, transactionId: id });
    expect(() => never.fold()).toThrow(/that the provider was asked for/);
  });
});

describe('a code that is given up', () => {
  const cancels = { qrProvider: { canCancel: true, canRefund: false } };
  it.each([
    ['cancelled', { type: 'CancelSale', transactionId: id }],
    ['expired', { type: 'TimerFired', transactionId: id, timer: 'qrExpiry' }],
  ] as const)('%s: the provider is told, beside the question what was paid', (_what, input) => {
    const s = new Scenario(cancels).when(started, startQr, qrIssued, input);
    expect(s.effectTypes()).toEqual(['StopTimer', 'QueryPayment', 'CancelQr']);
    expect(s.effects[2]).toMatchObject({ order: { reference: 'CHTEST0001', expiresAt: s.sale().qr?.expiresAt } });
    // What is not known to have been told is told again.
    expect(s.restart().effectTypes()).toEqual(['QueryPayment', 'CancelQr']);
  });

  it('because its bill was paid another way while it was put aside: told once, and watched on', () => {
    const order = { id: 'CHTEST0001', total: vnd(45_000) };
    const cash = { ...startQr, method: 'cash', transactionId: back, key: 'cash', order } as Input;
    const tendered: Input = { type: 'CashTendered', transactionId: back, tendered: vnd(45_000) };
    const s = new Scenario(cancels).when(started, startQr, qrIssued);
    s.when({ type: 'SetAside', transactionId: id, payOtherWay: true }, cash);
    expect(s.effectTypes()).not.toContain('CancelQr');
    s.when(tendered);
    expect(s.effects.filter(({ type }) => type === 'CancelQr')).toMatchObject([{ transactionId: id }]);
    expect(s.when({ type: 'ReprintReceipt', transactionId: back }).effectTypes()).not.toContain('CancelQr');
    expect(s.when(notified()).sale().lateTransfers).toMatchObject([{ because: 'billPaid' }]);
  });

  it('because another transfer was attached to its sale: whoever paid it now would have paid twice', () => {
    const s = new Scenario(cancels).when(started, startQr, qrIssued, notified({ reference: 'CAM ON' }), {
      type: 'AttachTransfer',
      transferId: 'FT1',
      to: id,
      approvedBy: 'Lan',
      note: 'is his',
    });
    expect(s.effectTypes()).toContain('CancelQr');
  });
});
