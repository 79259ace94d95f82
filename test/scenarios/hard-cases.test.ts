/**
 * Sequences in which money could be lost between two rules that are each right: hand resolutions and the answers that
 * come after them, sales that memory has to let go, restarts in the middle of waiting, hosts that answer twice.
 */
import { describe, expect, it } from 'vitest';
import { transactionId, type TransactionId } from '../../src/core/base/brand.ts';
import { clientFrame } from '../../src/contract/commands.ts';
import { contractVersion } from '../../src/contract/view.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { apply, draftOf } from '../../src/core/transaction/evolve.ts';
import { decide } from '../../src/core/transaction/decide.ts';
import { unsent } from '../../src/core/transaction/outbox.ts';
import { orderBalance } from '../../src/core/transaction/start.ts';
import { isWaiting, moneyMoved } from '../../src/core/transaction/state.ts';
import {
  approved,
  card,
  cardStored,
  closeBatch,
  followUpReply,
  id,
  issue,
  notSent,
  offline,
  policy,
  qrIssued,
  reach,
  Scenario,
  startCard,
  startCash,
  started,
  startQr,
  startRefund,
  tapped,
  transfer,
  vnd,
  voidIt,
} from './given.ts';

const closeSale: Input = { type: 'CloseSale', transactionId: id };
const byHand: Input = { type: 'ResolveByHand', transactionId: id, approvedBy: 'Lan', note: 'settled with the bank' };
const raise: Input = { type: 'IncrementHold', transactionId: id, amount: vnd(1000) };
const complete: Input = { type: 'CompleteHold', transactionId: id, amount: vnd(450_000) };
const lost = (stan: number): Input => ({ type: 'FollowUpUnanswered', transactionId: id, stan, fault: 'noReply' });
const timer = (name: 'followUpRetry' | 'forwardRetry' | 'reversalRetry' | 'queryRetry', which = id): Input => ({
  type: 'TimerFired',
  transactionId: which,
  timer: name,
});
const late = (responseCode: string, stan: number): Input => ({ type: 'LateReply', stan, reply: { responseCode } });
const forwardReply = (responseCode: string, which: TransactionId = id): Input => ({
  type: 'ForwardReply',
  transactionId: which,
  reply: { responseCode },
});
const offlineOn = (): Scenario => new Scenario({ offline: { ...offline, maxCount: 9, maxPerCard: 9 } }).when(started);

/** Attempts of a follow-up go unanswered until a person is called. */
function untilCalled(s: Scenario, stan: number): Scenario {
  s.when(lost(stan));
  while (s.sale().deadLetter === null) s.later(policy.retryMaxMs).when(timer('followUpRetry'), lost(stan));
  return s;
}

describe('after a person has settled a case by hand', () => {
  it('a hold can still be completed, and the completion is delivered', () => {
    const s = untilCalled(new Scenario().when(started, ...reach.authorised, raise), 2).when(byHand);
    expect(s.sale()).toMatchObject({ phase: 'authorised', held: vnd(500_000) });
    s.when(late('00', 2), complete, { type: 'FollowUpUnanswered', transactionId: id, stan: 3, fault: 'notSent' });
    expect(unsent(s.state).stored).toBe(1);
    s.later(policy.retryMs).when(timer('forwardRetry'));
    expect(s.effects).toMatchObject([{ type: 'SendFollowUp', request: { stan: 3, attempt: 2 } }]);
    s.when(followUpReply('00', 3));
    expect(s.sale()).toMatchObject({ phase: 'completed', resolved: null });
  });

  it('a void that is asked again goes on like any other, and its batch waits for it', () => {
    const s = untilCalled(new Scenario().when(started, ...reach.approved, voidIt), 2).when(byHand, late('05', 2));
    expect(s.sale()).toMatchObject({ phase: 'approved', resolved: null });
    s.when(voidIt, lost(3), closeBatch);
    expect(unsent(s.state)).toMatchObject({ inQuestion: 1, closingBatches: 1 });
    expect(s.effectTypes()).not.toContain('SendReconciliation');
    s.later(policy.retryMs).when(timer('followUpRetry'), followUpReply('00', 3));
    expect(s.effects).toContainEqual(expect.objectContaining({ type: 'SendReconciliation' }));
  });

  it('money that the bank pays after all shows as too much', () => {
    const s = offlineOn().when(startCard, tapped, notSent, cardStored, { type: 'LinkUp' }, forwardReply('30'), byHand);
    expect(s.sale().resolved).not.toBeNull();
    s.when(late('00', 1));
    expect(s.sale()).toMatchObject({ phase: 'approved', excess: vnd(45_000), resolved: null });
    expect(s.when(byHand).sale().resolved).not.toBeNull();
  });

  it('a code whose bank never answers lets the screen go, and is on the list until then', () => {
    const s = new Scenario().when(...reach.checkingPayment);
    const failed = (): Input => ({
      type: 'QueryFailed',
      transactionId: id,
      attempt: s.sale().attempts.made,
      fault: 'noReply',
    });
    while (s.sale().deadLetter === null) s.when(failed()).later(policy.retryMaxMs).when(timer('queryRetry'));
    s.when(failed(), byHand);
    expect(s.last.kind).toBe('act');
    expect(isWaiting(s.sale())).toBe(false);
    expect(s.later(policy.retryMaxMs).when(timer('queryRetry')).last.kind).toBe('ignored');
    // And the money that comes in the end is on the list again.
    s.when({ type: 'PaymentNotified', transfer: transfer() });
    expect(s.sale().resolved === null || s.sale().phase === 'paid').toBe(true);
  });
});

describe('money that goes back', () => {
  it('goes back once: cash that was refunded cannot be voided too', () => {
    const refund = transactionId('S-REFUND');
    const s = new Scenario().when(
      started,
      startCash,
      { type: 'CashTendered', transactionId: id, tendered: vnd(45_000) },
      closeSale,
      { ...startRefund, transactionId: refund, key: 'r', method: 'cash', original: id },
      { type: 'CashTendered', transactionId: refund, tendered: vnd(45_000) },
      { type: 'CloseSale', transactionId: refund },
      voidIt,
    );
    expect(s.last).toMatchObject({ kind: 'refused', why: expect.stringContaining('refunded') });
  });

  it('an approval that comes after a late decline is booked', () => {
    const s = new Scenario({ offline }).when(started, ...reach.lateDeclined, late('00', 1));
    expect(s.sale().phase).toBe('approved');
    expect(s.state.settlement.open.bookings).toHaveLength(1);
  });

  it('an odd approval after a reversal is reversed again', () => {
    const s = new Scenario().when(...reach.reversed, late('11', 1));
    expect(s.effects).toMatchObject([{ type: 'SendReversal' }]);
    expect(moneyMoved(s.sale())).toBe('unknown');
  });

  it('an increment that is answered with a part is not taken for refused', () => {
    const s = new Scenario().when(started, ...reach.authorised, raise, followUpReply('10'));
    expect(s.sale()).toMatchObject({ phase: 'incrementing', deadLetter: { why: 'the host answered 10' } });
  });

  it('a late decline while the receipt prints still leaves the screen', () => {
    const s = offlineOn().when(startCard, tapped, notSent, cardStored, { type: 'LinkUp' }, forwardReply('51'));
    expect(s.sale()).toMatchObject({ phase: 'lateDeclined', receipt: { state: 'printing' } });
    s.when({ type: 'ReceiptPrinted', transactionId: id, jobId: `${id}-1` });
    expect(s.sale().receipt.state).toBe('printed');
    expect(s.effectTypes()).toEqual(['StartTimer']);
  });
});

describe('a bill', () => {
  const order = { id: 'B-1', total: vnd(45_000) };

  it('counts of a bank transfer what has arrived, and asks for the rest', () => {
    const s = new Scenario().when(started, { ...startQr, order } as Input, qrIssued, {
      type: 'PaymentNotified',
      transfer: transfer({ amount: vnd(1000) }),
    });
    expect(orderBalance(s.state, order)).toMatchObject({ paid: vnd(1000), remaining: vnd(44_000) });
    const rest = { ...startCash, transactionId: transactionId('S-REST'), key: 'rest', amount: vnd(44_000), order };
    expect(s.when(closeSale, rest as Input).last.kind).toBe('act');
    expect(issue.account).toBe(transfer().account);
  });

  it('is not asked for twice however many sales come in between', () => {
    const s = many({ ...startCash, order: { id: 'B-1', total: vnd(90_000) } } as Input, 1100);
    expect(orderBalance(s, { id: 'B-1', total: vnd(90_000) }).remaining).toEqual(vnd(45_000));
  });
});

const answer = (responseCode: string, attempt: number): Input => ({
  type: 'ReconciliationReply',
  batch: 1,
  stan: 2,
  attempt,
  reply: { responseCode },
});

const frame = (countedCashMinorUnits: number) => ({
  version: contractVersion,
  id: 1,
  command: { type: 'closeBatch', batch: 1, countedCashMinorUnits },
});

/** One cash sale of 45.000, closed batch, then many others: what memory lets go of. Folded in place, for speed. */
function many(first: Input, count: number, card_ = false) {
  const draft = draftOf(new Scenario().state);
  const at = new Scenario().at;
  const when = (...inputs: readonly Input[]): void => {
    for (const input of inputs) {
      const decision = decide(draft, input, { at, policy });
      if (decision.kind !== 'act') continue;
      for (const event of decision.events) apply(draft, { at, event });
    }
  };
  when(started, first);
  if (card_) when(tapped, approved, closeSale);
  else when({ type: 'CashTendered', transactionId: id, tendered: vnd(45_000) }, closeSale);
  when(closeBatch);
  for (let n = 1; n <= count; n += 1) {
    const other = transactionId(`S-M${n}`);
    when({ ...startCash, transactionId: other, key: `m-${n}` } as Input, {
      type: 'CashTendered',
      transactionId: other,
      tendered: vnd(45_000),
    });
    // The last one is still shown.
    if (n < count) when({ type: 'CloseSale', transactionId: other });
  }
  when({ ...closeBatch, batch: 2 } as Input);
  return Object.assign(draft, { when });
}

describe('memory', () => {
  it('never lets go of the sale that a refund is of, in the moment in which it begins', () => {
    const s = many(startCard, 1000, true);
    const refund = transactionId('S-REFUND');
    expect(s.transactions.has(id)).toBe(true);
    s.when({ ...startRefund, transactionId: refund, key: 'refund', original: id, approvedBy: null });
    expect(s.transactions.get(refund)?.phase).toBe('awaitingCard');
    expect(s.transactions.has(id)).toBe(true);
    const other = { ...card, maskedPan: '476173******0119' as typeof card.maskedPan };
    s.when({ type: 'CardOutcome', transactionId: refund, outcome: { kind: 'onlineRequest', card: other } });
    expect(s.transactions.get(refund)).toMatchObject({ phase: 'failed', failReason: 'otherCard' });
  });

  it('never lets go of a hold that is gone on with', () => {
    const s = many({ ...startCard }, 1000, true);
    s.when({ ...voidIt });
    expect(() => s.when(closeSale)).not.toThrow();
  });
});

describe('waiting', () => {
  it('for the host goes on after a restart, by the clock, also when that was set back', () => {
    const s = offlineOn().when(
      startCard,
      tapped,
      notSent,
      cardStored,
      { type: 'LinkUp' },
      forwardReply('91'),
      closeSale,
    );
    s.later(-86_400_000).restart();
    const [again] = s.effects.filter((effect) => effect.type === 'StartTimer');
    expect(again).toMatchObject({ timer: 'forwardRetry' });
    expect(again?.type === 'StartTimer' && again.dueAt - s.at).toBeLessThanOrEqual(policy.retryMaxMs);
    s.later(policy.retryMaxMs).when(timer('forwardRetry'));
    expect(s.effects).toMatchObject([{ type: 'Forward', request: { attempt: 2 } }]);
  });

  it('of the oldest payment calls a person when the line is up and of no use', () => {
    const s = offlineOn().when(startCard, tapped, notSent, cardStored, closeSale);
    const unsentAgain: Input = { type: 'ForwardUnanswered', transactionId: id, fault: 'notSent' };
    for (let n = 0; n < policy.alarmAfterAttempts * 20; n += 1) {
      expect(s.sale().deadLetter).toBeNull();
      s.later(policy.retryMaxMs).when(timer('forwardRetry'), unsentAgain);
      expect(s.effectTypes()).toEqual(['StartTimer']);
    }
    expect(s.sale().deadLetter).not.toBeNull();
    expect(s.when(byHand).sale().resolved).not.toBeNull();
  });

  it('dead letters keep their mark until they are sent', () => {
    const s = offlineOn();
    const ids = [1, 2, 3, 4].map((n) => transactionId(`S-D${n}`));
    for (const [n, which] of ids.entries()) {
      s.when(
        { ...startCard, transactionId: which, key: `d-${n}` } as Input,
        { ...tapped, transactionId: which } as Input,
      );
      s.when({ ...notSent, transactionId: which, stan: n + 1 } as Input, { type: 'CardStored', transactionId: which });
      s.when({ type: 'CloseSale', transactionId: which });
    }
    s.when({ type: 'LinkUp' });
    for (const which of ids) s.when(forwardReply('58', which));
    s.when({ type: 'SendNow' });
    expect(s.state.underWay.size).toBe(policy.forwardWindow);
    const marked = ids.filter((which) => s.sale(which).deadLetter !== null);
    expect(marked).toHaveLength(ids.length - policy.forwardWindow);
    for (const which of s.state.underWay) s.when(forwardReply('00', which));
    for (const which of s.state.underWay) s.when(forwardReply('00', which));
    expect(unsent(s.state).stored).toBe(0);
  });
});

describe('trace numbers', () => {
  it('come round again, but never to one that still waits for its answer', () => {
    const s = offlineOn().when(startCard, tapped, notSent, cardStored, closeSale);
    expect(s.sale().authorization?.stan).toBe(1);
    s.state = { ...s.state, lastStan: 999_999 };
    const next = transactionId('S-NEXT');
    s.when({ ...startCard, transactionId: next, key: 'next' } as Input, { ...tapped, transactionId: next } as Input);
    expect(s.sale(next).authorization?.stan).toBe(2);
  });
});

describe('the end of the day', () => {
  it('ends with a host that will not have the message at all, for a person to compare', () => {
    const s = new Scenario().when(started, ...reach.approved, closeBatch, answer('12', 1));
    const again: Input = { type: 'BatchTimerFired', batch: 1 };
    s.later(policy.retryMaxMs).when(again, answer('12', 2)).later(policy.retryMaxMs).when(again);
    expect(s.state.settlement.settled).toEqual([]);
    s.when(answer('12', 3));
    expect(s.state.settlement.settled).toMatchObject([{ number: 1, balance: 'differs', hostTotals: null }]);
  });

  it('waits for a host that says "later", for ever', () => {
    const s = new Scenario().when(started, ...reach.approved, closeBatch);
    for (let attempt = 1; attempt <= 30; attempt += 1) {
      s.when(answer('91', attempt)).later(policy.retryMaxMs).when({ type: 'BatchTimerFired', batch: 1 });
    }
    expect(s.state.settlement.closing.size).toBe(1);
  });

  it('takes no count that no drawer can hold', () => {
    expect(clientFrame.safeParse(frame(999_999_999_999)).success).toBe(true);
    expect(clientFrame.safeParse(frame(Number.MAX_SAFE_INTEGER)).success).toBe(false);
  });
});
