/** Money that waits for a person: attached, or settled outside; each transfer is in exactly one place, to its end. */
import { describe, expect, it } from 'vitest';
import { transactionId } from '../../src/core/base/brand.ts';
import { assertConsistent } from '../../src/core/transaction/consistency.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import { evolve } from '../../src/core/transaction/evolve.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { moneyMoved, type TerminalState } from '../../src/core/transaction/state.ts';
import { decodeState, encodeState } from '../../src/core/transaction/state-text.ts';
import { excessFor, waitingTransfer } from '../../src/core/transaction/transfer-steps.ts';
import { id, issue, qrIssued, Scenario, started, startQr, transfer, vnd } from './given.ts';

const other = transactionId('S-OTHER');
const cancel: Input = { type: 'CancelSale', transactionId: id };
const nothingYet: Input = { type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [] };
const close: Input = { type: 'CloseSale', transactionId: id };
const notified = (over: Parameters<typeof transfer>[0] = {}): Input => ({
  type: 'PaymentNotified',
  transfer: transfer(over),
});
const attach = (transferId: string, to = id): Input => ({
  type: 'AttachTransfer',
  transferId,
  to,
  approvedBy: 'Lan',
  note: 'the customer showed the bank app',
});
const startOther: Input = { ...startQr, transactionId: other, key: 'other', reference: 'CHTEST0002' } as Input;
const otherIssued: Input = { type: 'QrIssued', transactionId: other, issue };
const shown = () => new Scenario().when(started, startQr, qrIssued);
const cancelled = () => new Scenario().when(started, startQr, qrIssued, cancel, nothingYet);

const stranger = () => cancelled().when(notified({ reference: 'CAM ON' }));

/** Every place where a transfer can be, each id as often as it is there. */
function places(state: TerminalState): readonly string[] {
  const all = [...state.transactions.values()].flatMap(({ transfers, lateTransfers }) => [
    ...transfers,
    ...lateTransfers.map((late) => late.transfer),
  ]);
  return [...all, ...state.unmatched.map((each) => each.transfer)].map((each) => each.providerTransactionId).sort();
}

describe('a late transfer', () => {
  it('is attached to its cancelled sale: paid, counted once, with a receipt and a name', () => {
    const s = cancelled().when(notified());
    expect(s.sale()).toMatchObject({ phase: 'cancelled', lateTransfers: [{}] });
    s.when(attach('FT1'));
    expect(s.sale()).toMatchObject({ phase: 'paid', lateTransfers: [], transfers: [{ providerTransactionId: 'FT1' }] });
    expect(s.effectTypes()).toContain('PrintReceipt');
    expect(s.events.at(-2)).toMatchObject({ type: 'TransferAttached', approvedBy: 'Lan', from: id, excess: vnd(0) });
    expect(s.state.settlement.open.bookings).toMatchObject([{ method: 'qr', entry: { amount: vnd(45_000) } }]);
    expect(places(s.state)).toEqual(['FT1']);
    expect(s.when(attach('FT1')).last.kind).toBe('refused');
    expect(decodeState(encodeState(s.state))).toEqual(s.state);
    expect(s.fold()).toEqual(s.state);
  });

  it('can be for another sale that is open: the first one has no money then', () => {
    const s = cancelled().when(notified(), close, startOther, otherIssued, attach('FT1', other));
    expect(s.sale(other)).toMatchObject({ phase: 'paid' });
    expect(s.effects).toEqual(expect.arrayContaining([{ type: 'StopTimer', transactionId: other, timer: 'qrExpiry' }]));
    expect(moneyMoved(s.sale())).toBe('no');
    expect(places(s.state)).toEqual(['FT1']);
    // The code of the other is still payable: that would be the second payment.
    s.when(notified({ reference: 'CHTEST0002', providerTransactionId: 'FT2' }));
    expect(s.sale(other).lateTransfers).toMatchObject([{ because: 'paidTwice' }]);
    expect(places(s.state)).toEqual(['FT1', 'FT2']);
  });

  it('of too little is not attached; of too much is, and the excess is told', () => {
    const little = cancelled().when(notified({ amount: vnd(44_999) }));
    expect(little.when(attach('FT1')).last).toMatchObject({ kind: 'refused', reason: 'notAllowed' });
    const much = cancelled().when(notified({ amount: vnd(50_000) }), attach('FT1'));
    expect(much.sale()).toMatchObject({ phase: 'paid', excess: vnd(5000) });
  });

  it('is not attached to a sale whose bill was paid another way', () => {
    const order = { id: 'CHTEST0001', total: vnd(45_000) };
    const cash: Input = { ...startQr, method: 'cash', transactionId: other, key: 'other', order } as Input;
    const s = new Scenario().when(
      started,
      startQr,
      qrIssued,
      { type: 'SetAside', transactionId: id, payOtherWay: true },
      cash,
      { type: 'CashTendered', transactionId: other, tendered: vnd(45_000) },
      notified(),
      { type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [] },
    );
    expect(s.sale().lateTransfers).toHaveLength(1);
    expect(s.when(attach('FT1')).last.kind).toBe('refused');
    // Once the cash is given back, the transfer pays the bill.
    s.when({ type: 'VoidTransaction', transactionId: other, approvedBy: 'Lan' }, attach('FT1'));
    expect(s.sale().phase).toBe('paid');
  });
});

describe('a transfer that fits no sale', () => {
  it('is attached to the sale that a person knows it is for', () => {
    const s = stranger();
    const waiting = waitingTransfer(s.state, 'FT1');
    expect(waiting?.from).toBeNull();
    expect(waiting && excessFor(s.state, waiting)(s.sale())).toEqual(vnd(0));
    s.when(attach('FT1'));
    expect(s.sale().phase).toBe('paid');
    expect(s.state.unmatched).toEqual([]);
    expect(places(s.state)).toEqual(['FT1']);
  });

  it('is ended with a name and a note, once', () => {
    const end: Input = {
      type: 'ResolveTransfer',
      transferId: 'FT1',
      approvedBy: 'Lan',
      note: 'rent of the upper floor',
    };
    const s = stranger().when(end);
    expect(s.events.at(-1)).toEqual({
      type: 'TransferResolved',
      providerTransactionId: 'FT1',
      approvedBy: 'Lan',
      note: 'rent of the upper floor',
    });
    expect(s.state.unmatched).toEqual([]);
    expect(s.when(end).last.kind).toBe('refused');
    // The provider repeats itself: it stays known.
    expect(s.when(notified({ reference: 'CAM ON' })).last.kind).toBe('ignored');
    expect(s.fold()).toEqual(s.state);
  });

  it('is attached by the cashier alone to the sale on the screen, if it is exactly that and has just come', () => {
    const alone: Input = { ...attach('FT1'), approvedBy: null, note: 'by the shop’s own code' } as Input;
    const came = notified({ reference: 'CAM ON' });
    const before = (laterMs: number) => new Scenario().when(started, came).later(laterMs).when(startQr, qrIssued);
    for (const s of [new Scenario().when(started, startQr, qrIssued, came), before(600_000)]) {
      s.when(alone);
      expect(s.sale()).toMatchObject({
        phase: 'paid',
        transfers: [{ providerTransactionId: 'FT1' }],
        unverified: null,
      });
      expect(s.events.at(-2)).toMatchObject({ type: 'TransferAttached', approvedBy: null, from: null });
      expect(s.effectTypes()).toContain('PrintReceipt');
      expect(s.state.unmatched).toEqual([]);
      assertConsistent(s.state);
    }
    const refused: readonly Scenario[] = [
      before(600_001),
      shown().when(notified({ reference: 'CAM ON', amount: vnd(45_001) })),
      shown().when(notified({ reference: 'CAM ON', account: '999' })),
      // Asked for by another terminal on the same account: it counts there.
      shown().when(notified({ reference: 'CH7K3QW9TX' })),
      shown().when(came, { type: 'SetAside', transactionId: id, payOtherWay: false }),
      shown().when(came, cancel, nothingYet),
      shown().when(notified({ amount: vnd(20_000), providerTransactionId: 'FT0' }), came),
    ];
    for (const [index, s] of refused.entries()) {
      expect(s.when(alone).last, String(index)).toMatchObject({ kind: 'refused', reason: 'notAllowed' });
      expect(s.sale().phase).not.toBe('paid');
    }
  });

  it('with the mark of another terminal on the account is left to it; one without is nobody’s by itself', () => {
    const shared = { otherMarks: ['3'] };
    const two = () => new Scenario(shared).when(started, startQr, qrIssued);
    const theirs = two().when(notified({ reference: 'CH3K4QW9TX' }));
    expect(theirs.last.kind).toBe('ignored');
    expect(theirs.state.unmatched).toEqual([]);
    const ours = two().when(notified({ reference: 'CH2K4QW9TX' }));
    expect(ours.state.unmatched).toHaveLength(1);
    const nameless = two().when(notified({ reference: 'CAM ON' }), { ...attach('FT1'), approvedBy: null } as Input);
    expect(nameless.last).toMatchObject({ kind: 'refused', why: expect.stringContaining('supervisor') });
    expect(nameless.when(attach('FT1')).sale().phase).toBe('paid');
    // A code of its own is known by the whole of it, whatever mark it bears.
    const before = new Scenario(shared).when(started, { ...startQr, reference: 'CH3K4QW9TX' } as Input, qrIssued);
    expect(before.when(notified({ reference: 'CH3K4QW9TX' })).sale().phase).toBe('paid');
  });

  it('on another account is never attached, with its reference or without', () => {
    const s = cancelled().when(notified({ account: '999' }));
    expect(s.state.unmatched).toMatchObject([{ reason: 'wrongAccount' }]);
    expect(s.when(attach('FT1')).last.kind).toBe('refused');
    const nameless = cancelled().when(notified({ account: '999', reference: 'CAM ON' }));
    expect(nameless.state.unmatched).toMatchObject([{ reason: 'noReference' }]);
    expect(nameless.when(attach('FT1')).last.kind).toBe('refused');
  });
});

describe('what no terminal writes is found', () => {
  const asked = { type: 'PayoutAsked', payoutId: 'P-1', reason: 'transfer', transferId: 'FT1', sale: id } as const;
  const payout: JournalEvent = { ...asked, amount: vnd(1), payee: null, reference: '', askedBy: 'Hoa' };
  const impossible: readonly (readonly [string, readonly JournalEvent[], RegExp])[] = [
    ['a transfer that is attached twice', [attached(), attached()], /came late for that sale|counted once/],
    ['a code brought back that was never put aside', [{ type: 'QrBroughtBack', transactionId: id }], /set aside/],
    ['a transfer that is ended and waits nowhere', [ended()], /leaves the worklist once/],
    ['a payout by one person', [payout, { type: 'PayoutConfirmed', payoutId: 'P-1', approvedBy: 'HOA' }], /two people/],
    [
      'a payout nobody confirmed',
      [payout, { type: 'PayoutCompleted', payoutId: 'P-1', by: 'Lan', reference: 'x' }],
      /confirmed/,
    ],
  ];

  it.each(impossible)('%s', (_what, events, why) => {
    const { state, at } = cancelled().when(notified());
    expect(() => {
      let after = state;
      for (const event of events) after = evolve(after, { at, event });
    }).toThrow(why);
  });

  it('a transfer in two places', () => {
    const { state } = cancelled().when(notified());
    assertConsistent(state);
    const unmatched = [
      {
        transfer: transfer(),
        at: state.transactions.get(id)?.startedAt ?? new Scenario().at,
        reason: 'noReference' as const,
      },
    ];
    expect(() => assertConsistent({ ...state, unmatched })).toThrow(/in one place/);
  });
});

function attached(): JournalEvent {
  const end = { approvedBy: 'Lan', note: 'is his' };
  return { type: 'TransferAttached', transactionId: id, transfer: transfer(), from: id, excess: vnd(0), ...end };
}

function ended(): JournalEvent {
  return { type: 'TransferResolved', providerTransactionId: 'FT9', approvedBy: 'Lan', note: 'unknown' };
}
