/** What goes on with an approved payment: void, refund, pre-authorisation, partial approval. */
import { describe, expect, it } from 'vitest';
import { transactionId } from '../../src/core/base/brand.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { chargedAmount, moneyMoved } from '../../src/core/transaction/state.ts';
import { refundable } from '../../src/core/transaction/start.ts';
import {
  approved,
  card,
  closeBatch,
  followUpReply,
  id,
  notSent,
  partlyApproved,
  policy,
  reach,
  Scenario,
  started,
  startHold,
  startCard,
  startRefund,
  tapped,
  vnd,
  voidIt,
} from './given.ts';

const refundId = transactionId('S-REFUND');
const refund = (over: Partial<typeof startRefund> = {}): Input => ({
  ...startRefund,
  transactionId: refundId,
  key: 'refund-1',
  original: id,
  approvedBy: null,
  ...over,
});
const refundTapped = { ...tapped, transactionId: refundId } as Input;
const refundApproved = { ...approved, transactionId: refundId, stan: 2 } as Input;
const unanswered = (fault: 'notSent' | 'noReply'): Input => ({
  type: 'FollowUpUnanswered',
  transactionId: id,
  stan: 2,
  fault,
});
const retry: Input = { type: 'TimerFired', transactionId: id, timer: 'followUpRetry' };
const sale = (): Scenario => new Scenario().when(started, ...reach.approved);
const closeSale: Input = { type: 'CloseSale', transactionId: id };

const hold = (): Scenario => new Scenario().when(started, ...reach.authorised);
const raise = (amount: number): Input => ({ type: 'IncrementHold', transactionId: id, amount: vnd(amount) });
const complete = (amount: number): Input => ({ type: 'CompleteHold', transactionId: id, amount: vnd(amount) });
const part = (): Scenario => new Scenario().when(started, startCard, tapped, partlyApproved);
const unknown = (): Scenario => new Scenario().when(...reach.reversing);
const late = (responseCode: string): Input => ({ type: 'LateReply', stan: 1, reply: { responseCode } });

describe('void', () => {
  it('names the original, keeps the answer of the host, and counts as voided in the batch', () => {
    const s = sale().when(voidIt);
    expect(s.effects).toMatchObject([
      { type: 'StopTimer', timer: 'autoClose' },
      {
        type: 'SendFollowUp',
        request: {
          operation: 'void',
          stan: 2,
          amount: vnd(45_000),
          attempt: 1,
          batch: 1,
          original: { kind: 'sale', stan: 1, approvalCode: 'A1B2C3', rrn: '632600000001' },
        },
      },
    ]);
    expect(moneyMoved(s.sale())).toBe('unknown');
    s.when(followUpReply('00'));
    expect(s.sale().phase).toBe('voided');
    expect(moneyMoved(s.sale())).toBe('no');
    expect(s.effectTypes()).toEqual(['PrintReceipt']);
    expect(s.state.settlement.open.bookings).toMatchObject([{ entry: { transactionId: id, voided: true } }]);
  });

  it('refused by the host: the sale stands, and says so', () => {
    const s = sale().when(voidIt, followUpReply('12'));
    expect(s.sale()).toMatchObject({ phase: 'approved', followUp: { result: 'refused', responseCode: '12' } });
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(s.when(voidIt).sale().phase).toBe('voiding');
  });

  it('that certainly never left: the cashier hears at once that the sale stands', () => {
    const s = sale().when(voidIt, unanswered('notSent'));
    expect(s.sale()).toMatchObject({ phase: 'approved', followUp: { result: 'notSent' } });
    expect(moneyMoved(s.sale())).toBe('yes');
  });

  it('without an answer is repeated with the same trace number until there is one, also after a restart', () => {
    const s = sale().when(voidIt, unanswered('noReply'));
    const first = s.sale().followUp?.requestedAt;
    expect(moneyMoved(s.sale())).toBe('unknown');
    s.later(policy.retryMs).when(retry);
    expect(s.effects).toMatchObject([{ type: 'SendFollowUp', request: { stan: 2, attempt: 2, requestedAt: first } }]);
    // Now nobody knows any more whether the first one arrived, so this is no "never left".
    s.when(unanswered('notSent'));
    expect(s.sale().phase).toBe('voiding');
    s.restart();
    expect(s.effects).toMatchObject([{ type: 'SendFollowUp', request: { stan: 2, attempt: 3 } }]);
    s.when(followUpReply('00'));
    expect(s.sale().phase).toBe('voided');
  });

  it('a late reply is its answer', () => {
    const s = sale().when(voidIt, unanswered('noReply'), { type: 'LateReply', stan: 2, reply: { responseCode: '00' } });
    expect(s.sale().phase).toBe('voided');
  });

  it('refused as a repeat is no answer about the first: a person is called, and the host asked again', () => {
    const s = sale().when(voidIt, unanswered('noReply')).later(policy.retryMs).when(retry, followUpReply('94'));
    expect(s.sale()).toMatchObject({ phase: 'voiding', deadLetter: { why: 'the host answered 94' } });
    expect(moneyMoved(s.sale())).toBe('unknown');
    s.later(policy.retryMaxMs).when(retry, followUpReply('00'));
    expect(s.sale()).toMatchObject({ phase: 'voided', deadLetter: null });
  });

  it('asks the host again for codes that only say "not now"', () => {
    const s = sale().when(voidIt, followUpReply('91'));
    expect(s.sale()).toMatchObject({ phase: 'voiding', attempts: { lastError: 'the host answered 91' } });
  });

  it('is refused once its batch is closed, and for what was refunded in part', () => {
    const s = sale().when(closeSale, closeBatch, voidIt);
    expect(s.last).toMatchObject({ kind: 'refused', why: expect.stringContaining('settled') });
    const other = sale().when(closeSale, refund({ amount: vnd(1000) }), refundTapped, refundApproved, voidIt);
    expect(other.last).toMatchObject({ kind: 'refused', why: expect.stringContaining('refunded') });
  });

  it('of a sale that left the screen brings it back, unless somebody is paying', () => {
    const s = sale().when(closeSale, voidIt);
    expect(s.state.foreground).toBe(id);
    expect(s.sale().closed).toBe(false);
    const busy = sale().when(closeSale, { ...startCard, transactionId: refundId, key: 'k2' } as Input, voidIt);
    expect(busy.last).toMatchObject({ kind: 'refused', why: expect.stringContaining('another sale') });
  });

  it('calls a person after many attempts, and goes on', () => {
    const s = sale().when(voidIt, unanswered('noReply'));
    for (let n = 2; n <= policy.alarmAfterAttempts; n += 1)
      s.later(policy.retryMaxMs).when(retry, unanswered('noReply'));
    expect(s.sale().deadLetter).not.toBeNull();
    s.later(policy.retryMaxMs).when(retry, followUpReply('00'));
    expect(s.sale()).toMatchObject({ phase: 'voided', deadLetter: null });
  });
});

describe('refund', () => {
  it('linked: names its sale to the host and lowers what may still be given back', () => {
    const s = sale().when(closeSale, refund({ amount: vnd(20_000) }), refundTapped);
    expect(s.effects).toMatchObject([
      { type: 'StopTimer' },
      {
        type: 'SendAuthorization',
        request: { kind: 'refund', amount: vnd(20_000), original: { stan: 1, rrn: '632600000001' } },
      },
    ]);
    expect(refundable(s.state, s.sale())).toEqual(vnd(25_000));
    s.when(refundApproved);
    expect(s.sale(refundId).phase).toBe('approved');
    expect(s.state.settlement.open.bookings).toMatchObject([
      { entry: { kind: 'sale' } },
      { entry: { kind: 'refund', amount: vnd(20_000) } },
    ]);
    const more = refund({ key: 'refund-2', amount: vnd(25_001) });
    expect(s.when({ ...more, transactionId: transactionId('S-R2') } as Input).last).toMatchObject({ kind: 'refused' });
  });

  it('that was declined or cancelled gives the amount free again', () => {
    const s = sale().when(closeSale, refund(), { type: 'CancelSale', transactionId: refundId });
    expect(refundable(s.state, s.sale())).toEqual(vnd(45_000));
  });

  it('with another card than the sale is not asked for at all', () => {
    const other = { ...card, maskedPan: `${card.maskedPan.slice(0, -4)}9999` as typeof card.maskedPan };
    const s = sale().when(closeSale, refund(), {
      type: 'CardOutcome',
      transactionId: refundId,
      outcome: { kind: 'onlineRequest', card: other },
    });
    expect(s.sale(refundId)).toMatchObject({ phase: 'failed', failReason: 'otherCard' });
    expect(s.effectTypes()).not.toContain('SendAuthorization');
  });

  it('unlinked needs a supervisor', () => {
    expect(new Scenario().when({ ...startRefund, approvedBy: null }).last).toMatchObject({ kind: 'refused' });
    const s = new Scenario().when(startRefund, tapped, approved);
    expect(s.sale()).toMatchObject({ kind: 'refund', approvedBy: 'Lan', phase: 'approved' });
  });

  it('whose outcome is unknown is reversed like a sale', () => {
    const s = sale().when(closeSale, refund(), refundTapped, {
      ...notSent,
      transactionId: refundId,
      stan: 2,
      fault: 'noReply',
    } as Input);
    expect(s.effects).toMatchObject([{ type: 'SendReversal', request: { kind: 'refund', originalStan: 2 } }]);
  });

  it.each([
    [reach.declined, /taken no money/],
    [reach.paid, /not paid by card/],
    [reach.voided, /taken no money/],
    [reach.authorised, /taken no money/],
  ])('of something that cannot be refunded to a card is refused', (inputs, why) => {
    const s = new Scenario().when(started, ...inputs, closeSale, refund());
    expect(s.last).toMatchObject({ kind: 'refused', why: expect.stringMatching(why) });
  });

  it('in cash of a bank transfer is paid out by hand and counted', () => {
    const s = new Scenario().when(started, ...reach.paid, closeSale, refund({ method: 'cash' }));
    expect(s.sale(refundId).phase).toBe('awaitingCash');
    const tender = (amount: number): Input => ({
      type: 'CashTendered',
      transactionId: refundId,
      tendered: vnd(amount),
    });
    expect(s.when(tender(50_000)).last).toMatchObject({ kind: 'refused' });
    s.when(tender(45_000));
    expect(s.sale(refundId).phase).toBe('paid');
    expect(s.state.settlement.open.bookings.at(-1)).toMatchObject({ method: 'cash', entry: { kind: 'refund' } });
  });
});

describe('pre-authorisation', () => {
  it('holds without charging, and stays known after it left the screen', () => {
    const s = hold().when(closeSale);
    expect(s.sale()).toMatchObject({ phase: 'authorised', held: vnd(500_000) });
    expect(moneyMoved(s.sale())).toBe('no');
    expect(s.state.settlement.open.bookings).toEqual([]);
    expect(s.when(startHold).last.kind).toBe('ignored');
  });

  it('is raised, completed with less, and only the final amount is charged and booked', () => {
    const s = hold().when(raise(100_000));
    expect(s.effects).toMatchObject([
      { type: 'StopTimer' },
      {
        type: 'SendFollowUp',
        request: { operation: 'increment', amount: vnd(100_000), original: { kind: 'preAuthorization' } },
      },
    ]);
    s.when(followUpReply('00'));
    expect(s.sale()).toMatchObject({ phase: 'authorised', held: vnd(600_000) });
    expect(s.when(complete(600_001)).last).toMatchObject({ kind: 'refused' });
    s.when(complete(550_000));
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(chargedAmount(s.sale())).toEqual(vnd(550_000));
    expect(s.effectTypes()).toEqual(['StopTimer', 'SendFollowUp', 'PrintReceipt']);
    s.when(followUpReply('00', 3));
    expect(s.sale()).toMatchObject({ phase: 'completed', held: null });
    expect(s.state.settlement.open.bookings).toMatchObject([
      { entry: { kind: 'completion', amount: vnd(550_000), stan: 3 } },
    ]);
  });

  it('whose increment is refused holds what it held', () => {
    const s = hold().when(raise(100_000), followUpReply('51'));
    expect(s.sale()).toMatchObject({ phase: 'authorised', held: vnd(500_000), followUp: { result: 'refused' } });
  });

  it('whose completion does not get through is delivered from the outbox, as a repeat', () => {
    const s = hold().when(complete(450_000), unanswered('noReply'), closeSale);
    expect(s.state.outbox.has(id)).toBe(true);
    expect(s.state.underWay.size).toBe(0);
    s.later(policy.retryMs).when({ type: 'TimerFired', transactionId: id, timer: 'forwardRetry' });
    expect(s.effects).toMatchObject([
      { type: 'SendFollowUp', request: { stan: 2, attempt: 2, operation: 'completion' } },
    ]);
    s.when(followUpReply('00'));
    expect(s.sale().phase).toBe('completed');
    expect(s.state.outbox.size).toBe(0);
  });

  it('whose completion the host will not have is kept for a person, never dropped', () => {
    const s = hold().when(complete(450_000), followUpReply('30'));
    expect(s.sale()).toMatchObject({ phase: 'completing', deadLetter: { why: 'the host answered 30' } });
    expect(s.later(policy.retryMaxMs).when({ type: 'LinkUp' }).last.kind).toBe('ignored');
    s.when({ type: 'SendNow' });
    expect(s.effects).toMatchObject([{ type: 'SendFollowUp', request: { attempt: 2 } }]);
    s.when(followUpReply('30'), { type: 'ResolveByHand', transactionId: id, approvedBy: 'Lan', note: 'paid in cash' });
    expect(s.sale().resolved).toMatchObject({ approvedBy: 'Lan' });
    expect(s.state.outbox.size).toBe(0);
  });

  it('is cancelled before it was completed', () => {
    const s = hold().when(voidIt);
    expect(moneyMoved(s.sale())).toBe('no');
    s.when(followUpReply('00'));
    expect(s.sale()).toMatchObject({ phase: 'voided', held: null });
    expect(s.effectTypes()).toEqual(['PrintReceipt']);
  });

  it('can be voided after it was completed, while the batch is open', () => {
    const s = hold().when(complete(450_000), followUpReply('00'), voidIt);
    expect(s.effects).toMatchObject([
      { type: 'StopTimer' },
      { type: 'SendFollowUp', request: { operation: 'void', original: { kind: 'completion', stan: 2 } } },
    ]);
    s.when(followUpReply('00', 3));
    expect(s.sale().phase).toBe('voided');
    expect(s.state.settlement.open.bookings).toMatchObject([{ entry: { voided: true } }]);
  });
});

describe('partial approval', () => {
  it('is offered: taken, it is booked with its own amount', () => {
    const s = part();
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(s.when({ ...startCard, transactionId: refundId, key: 'k2' } as Input).last).toMatchObject({
      reason: 'busy',
    });
    s.when({ type: 'AcceptPartial', transactionId: id });
    expect(chargedAmount(s.sale())).toEqual(vnd(20_000));
    expect(s.state.settlement.open.bookings).toMatchObject([{ entry: { amount: vnd(20_000) } }]);
    expect(s.effectTypes()).toEqual(['PrintReceipt']);
  });

  it('not taken, it is given back: the reversal names the amount that was asked for', () => {
    const s = part().when({ type: 'CancelSale', transactionId: id });
    expect(s.effects).toMatchObject([{ type: 'SendReversal', request: { amount: vnd(45_000), originalStan: 1 } }]);
    s.when({ type: 'ReversalReply', transactionId: id, reply: { responseCode: '00' } });
    expect(s.sale().phase).toBe('reversed');
    expect(s.state.settlement.open.bookings).toEqual([]);
  });

  it('waits for the person through a restart', () => {
    expect(part().restart().sale().phase).toBe('partlyApproved');
  });

  it('is given back where it is switched off, or where it is no sale', () => {
    const off = new Scenario({ partialApprovals: false }).when(startCard, tapped, partlyApproved);
    expect(off.sale().phase).toBe('reversing');
    expect(new Scenario().when(startHold, tapped, partlyApproved).sale().phase).toBe('reversing');
  });
});

describe('late replies', () => {
  it('an approval after the time limit is kept, and the reversal goes on', () => {
    const s = unknown().when(late('00'));
    expect(s.eventTypes()).toContain('LateReplyReceived');
    expect(s.sale().phase).toBe('reversing');
  });

  it('an approval after the host knew nothing of it is reversed again', () => {
    const notFound: Input = { type: 'ReversalReply', transactionId: id, reply: { responseCode: '25' } };
    const s = unknown().when(notFound);
    // A request may still be on its way over the connection that was lost: once is not believed.
    expect(s.sale().phase).toBe('reversing');
    s.later(policy.retryMs).when({ type: 'TimerFired', transactionId: id, timer: 'reversalRetry' }, notFound);
    expect(s.sale().phase).toBe('reversed');
    s.when(late('00'));
    expect(s.effects).toMatchObject([{ type: 'SendReversal', request: { originalStan: 1, attempt: 1 } }]);
    expect(moneyMoved(s.sale())).toBe('unknown');
    expect(s.sale().reversalBecause).toBe('lateApproval');
  });

  it('a decline after the reversal changes nothing', () => {
    const s = new Scenario().when(...reach.reversed, late('51'));
    expect(s.sale().phase).toBe('reversed');
  });

  it('of nobody is ignored', () => {
    expect(new Scenario().when({ type: 'LateReply', stan: 77, reply: { responseCode: '00' } }).last.kind).toBe(
      'ignored',
    );
  });
});
