/** Payments without the host: when they may be taken, how they are delivered, and what is never lost. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transactionId } from '../../src/core/base/brand.ts';
import { exposureOf } from '../../src/core/transaction/offline.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { Policy } from '../../src/core/transaction/policy.ts';
import { unsent } from '../../src/core/transaction/outbox.ts';
import { moneyMoved } from '../../src/core/transaction/state.ts';
import {
  card,
  cardStored,
  followUpReply,
  id,
  notSent,
  offline,
  policy,
  reach,
  Scenario,
  startCard,
  started,
  tapped,
  vnd,
  voidIt,
} from './given.ts';

const on = (over: Partial<NonNullable<Policy['offline']>> = {}): Scenario =>
  new Scenario({ offline: { ...offline, ...over } }).when(started);
const forwardReply = (responseCode: string, which = id): Input => ({
  type: 'ForwardReply',
  transactionId: which,
  reply: { responseCode, approvalCode: 'D4E5F6', rrn: '632600000009' },
});
const linkUp: Input = { type: 'LinkUp' };

/** Stores one payment; the n-th has its own id, key, card and STAN. */
function store(s: Scenario, n: number, amount = 10_000, maskedPan = `970400******${1000 + n}`): void {
  const which = transactionId(`S-STORE${n}`);
  s.when({ ...startCard, transactionId: which, key: `store-${n}`, amount: vnd(amount) } as Input);
  s.when({
    type: 'CardOutcome',
    transactionId: which,
    outcome: { kind: 'onlineRequest', card: { ...card, maskedPan: maskedPan as typeof card.maskedPan } },
  });
  const stan = s.sale(which).authorization?.stan ?? 0;
  s.when({ type: 'HostUnreachable', transactionId: which, stan, fault: 'notSent' });
  if (s.sale(which).phase === 'storing') s.when({ type: 'CardStored', transactionId: which });
  s.when({ type: 'CloseSale', transactionId: which });
}
const sent = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect) => (effect.type === 'Forward' ? [effect.request.transactionId] : []));

const phaseOf = (over: Parameters<typeof on>[0], before: (s: Scenario) => void, amount = 10_000): string => {
  const s = on(over);
  before(s);
  store(s, 99, amount, '970400******0018');
  return s.sale(transactionId('S-STORE99')).phase;
};
const none = (): void => {};
const old = (s: Scenario): void => {
  store(s, 1);
  s.later(offline.maxAgeMs + 1);
};
const sameCard = (s: Scenario): void => {
  store(s, 1, 1000, '970400******0018');
  store(s, 2, 1000, '970400******0018');
};

describe('taking a payment without the host', () => {
  it('is off by default: not sent is not charged', () => {
    expect(new Scenario().when(started, startCard, tapped, notSent).sale()).toMatchObject({
      phase: 'failed',
      failReason: 'hostNotReached',
    });
  });

  it('stores the card first, then says so and prints', () => {
    const s = on().when(startCard, tapped, notSent);
    expect(s.effectTypes()).toEqual(['StoreCard']);
    expect(moneyMoved(s.sale())).toBe('no');
    s.when(cardStored);
    expect(s.sale()).toMatchObject({ phase: 'stored', stored: { manner: 'deferred' } });
    expect(moneyMoved(s.sale())).toBe('unknown');
    expect(s.effectTypes()).toEqual(['PrintReceipt', 'StartTimer']);
  });

  it('takes nothing when the card cannot be stored, also after a restart in between', () => {
    const failed: Input = { type: 'CardNotStored', transactionId: id, detail: 'disk full' };
    expect(on().when(startCard, tapped, notSent, failed).sale()).toMatchObject({
      phase: 'failed',
      failReason: 'notStored',
    });
    const s = on().when(startCard, tapped, notSent).restart();
    expect(s.effectTypes()).toEqual(['StoreCard']);
    expect(moneyMoved(s.when(failed).sale())).toBe('no');
  });

  it.each(['noReply', 'linkLost', 'badReply'] as const)(
    'is never done when the request may have left (%s)',
    (fault) => {
      expect(
        on()
          .when(startCard, tapped, { ...notSent, fault } as Input)
          .sale().phase,
      ).toBe('reversing');
    },
  );

  it('keeps every limit at once', () => {
    expect(phaseOf({}, none)).toBe('stored');
    expect(phaseOf({}, none, offline.maxAmount + 1)).toBe('failed');
    expect(phaseOf({ maxSum: 25_000 }, (s) => store(s, 1, 15_001))).toBe('failed');
    expect(phaseOf({ maxSum: 25_000 }, (s) => store(s, 1, 15_000))).toBe('stored');
    expect(phaseOf({ maxCount: 1 }, (s) => store(s, 1))).toBe('failed');
    expect(phaseOf({}, old)).toBe('failed');
    expect(phaseOf({}, sameCard)).toBe('failed');
    expect(phaseOf({ deniedBins: ['9704'] }, none)).toBe('failed');
    expect(phaseOf({ allowedBins: ['4'] }, none)).toBe('failed');
    expect(phaseOf({ allowedBins: ['4', '970400'] }, none)).toBe('stored');
  });

  it('a card that approved by itself is kept apart from what nobody has approved', () => {
    const s = on().when(
      startCard,
      { type: 'CardOutcome', transactionId: id, outcome: { kind: 'approved', card } },
      cardStored,
    );
    expect(s.sale()).toMatchObject({ phase: 'stored', stored: { manner: 'chipApproved' }, authorization: { stan: 1 } });
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(exposureOf(s.state, 'VND').count).toBe(0);
    s.when(linkUp);
    expect(s.effects).toMatchObject([{ type: 'Forward', request: { manner: 'chipApproved', stan: 1 } }]);
    // A refused advice is a case for a person: the card did approve.
    s.when(forwardReply('05'));
    expect(s.sale()).toMatchObject({ phase: 'stored', deadLetter: { why: 'the host answered 05' } });
  });

  it('a declined or unlimited sum can never be exceeded, whatever the order of sales', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 150_000 }), { maxLength: 30 }), (amounts) => {
        const s = on({ maxCount: 10, maxPerCard: 100 });
        for (const [n, amount] of amounts.entries()) {
          store(s, n, amount);
          const { count, sum } = exposureOf(s.state, 'VND');
          expect(sum.minorUnits).toBeLessThanOrEqual(offline.maxSum);
          expect(count).toBeLessThanOrEqual(10);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('delivery', () => {
  it('goes in order, a bounded number at a time, with the original trace number and time', () => {
    const s = on({ maxCount: 5, maxPerCard: 9 });
    for (let n = 1; n <= 5; n += 1) store(s, n);
    const first = s.sale(transactionId('S-STORE1')).authorization;
    s.later(60_000).when(linkUp);
    expect(sent(s.effects)).toEqual(['S-STORE1', 'S-STORE2']);
    expect(s.effects[0]).toMatchObject({
      request: { stan: first?.stan, requestedAt: first?.requestedAt, attempt: 1, batch: 1 },
    });
    expect(s.when(linkUp).last.kind).toBe('ignored');
    s.when(forwardReply('00', transactionId('S-STORE1')));
    expect(sent(s.effects)).toEqual(['S-STORE3']);
    expect(s.state.settlement.open.bookings).toHaveLength(1);
    s.when(forwardReply('51', transactionId('S-STORE2')));
    expect(sent(s.effects)).toEqual(['S-STORE4']);
    expect(s.effectTypes()).toContain('ForgetCard');
  });

  it('a late decline is a list with what to do, until a person has settled it', () => {
    const s = new Scenario({ offline }).when(started, ...reach.lateDeclined);
    expect(s.sale()).toMatchObject({ phase: 'lateDeclined', authorization: { responseCode: '51' } });
    expect(moneyMoved(s.sale())).toBe('no');
    s.when({ type: 'ResolveByHand', transactionId: id, approvedBy: 'Lan', note: 'customer paid in cash' });
    expect(s.sale().resolved).not.toBeNull();
  });

  it('a part that the bank approves late is booked, and what is missing is for a person', () => {
    const s = on().when(startCard, tapped, notSent, cardStored, linkUp);
    const reply = { responseCode: '10', approvedAmount: vnd(20_000), approvalCode: 'D4E5F6', rrn: '632600000009' };
    s.when({ type: 'ForwardReply', transactionId: id, reply });
    expect(s.sale()).toMatchObject({ phase: 'approved', approvedAmount: vnd(20_000), missing: vnd(25_000) });
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(s.state.settlement.open.bookings).toMatchObject([{ entry: { amount: vnd(20_000) } }]);
    expect(s.effectTypes()).toContain('ForgetCard');
    s.when({ type: 'CloseSale', transactionId: id }, voidIt, followUpReply('00', s.state.lastStan + 1));
    expect(s.sale()).toMatchObject({ phase: 'voided', followUp: { amount: vnd(20_000) }, missing: null });
  });

  it.each([
    ['10 without an amount', { responseCode: '10' }],
    ['10 for more than was asked', { responseCode: '10', approvedAmount: vnd(45_001) }],
    ['08', { responseCode: '08' }],
    ['11', { responseCode: '11' }],
  ])('an approval that cannot be carried out (%s) is never told as a decline', (_name, reply) => {
    const s = on().when(startCard, tapped, notSent, cardStored, linkUp);
    s.when({ type: 'ForwardReply', transactionId: id, reply });
    expect(s.sale().deadLetter).not.toBeNull();
    expect(moneyMoved(s.sale())).toBe('unknown');
  });

  it('what is not answered is repeated as a repeat and never reversed', () => {
    const s = on().when(startCard, tapped, notSent, cardStored, linkUp);
    s.when({ type: 'ForwardUnanswered', transactionId: id, fault: 'noReply' });
    expect(s.state.inQuestion.size).toBe(0);
    s.later(policy.retryMs).when({ type: 'TimerFired', transactionId: id, timer: 'forwardRetry' });
    expect(s.effects).toMatchObject([{ type: 'Forward', request: { stan: 1, attempt: 2 } }]);
    s.restart();
    expect(s.sale().attempts).toMatchObject({ made: 2, lastError: 'restart' });
    s.when(linkUp);
    expect(s.effects).toMatchObject([{ type: 'Forward', request: { stan: 1, attempt: 3 } }]);
  });

  it('codes that say "not now" are asked later; codes that find fault with the message call a person', () => {
    const later = on().when(startCard, tapped, notSent, cardStored, linkUp, forwardReply('91'));
    expect(later.sale()).toMatchObject({ deadLetter: null, attempts: { nextTryAt: later.at + policy.retryMs } });
    expect(sent(later.when(linkUp).effects)).toEqual([]);
    const dead = on().when(startCard, tapped, notSent, cardStored, linkUp, forwardReply('30'));
    expect(dead.sale().deadLetter).not.toBeNull();
    expect(dead.state.outbox.size).toBe(1);
    dead.when({ type: 'SendNow' });
    expect(sent(dead.effects)).toEqual([id]);
    expect(dead.sale().deadLetter).toBeNull();
  });

  it('card data that cannot be read are a dead letter, not a loss', () => {
    const s = on().when(startCard, tapped, notSent, cardStored, linkUp);
    s.when({ type: 'ForwardUnanswered', transactionId: id, fault: 'cardMissing' });
    expect(s.sale()).toMatchObject({ phase: 'stored', deadLetter: { why: expect.stringContaining('card data') } });
    expect(s.effectTypes()).not.toContain('ForgetCard');
  });

  it('reversals go first', () => {
    const s = on();
    store(s, 1);
    s.when(startCard, tapped);
    const stan = s.sale().authorization?.stan ?? 0;
    s.when({ type: 'HostUnreachable', transactionId: id, stan, fault: 'linkLost' });
    s.when({ type: 'ReversalUnanswered', transactionId: id, detail: 'no link' }).later(policy.retryMs).when(linkUp);
    expect(s.effectTypes()).toEqual(['SendReversal', 'StartTimer']);
    s.when({ type: 'ReversalReply', transactionId: id, reply: { responseCode: '00' } });
    expect(sent(s.effects)).toEqual(['S-STORE1']);
  });

  it('a reversal that has to wait does not hold the others up', () => {
    const s = on();
    store(s, 1);
    s.when(startCard, tapped);
    const stan = s.sale().authorization?.stan ?? 0;
    s.when({ type: 'HostUnreachable', transactionId: id, stan, fault: 'linkLost' });
    for (let n = 1; n <= 4; n += 1) {
      s.when({ type: 'ReversalReply', transactionId: id, reply: { responseCode: '96' } });
      if (sent(s.effects).length > 0) break;
      s.later(policy.retryMaxMs).when({ type: 'TimerFired', transactionId: id, timer: 'reversalRetry' });
    }
    expect(sent(s.effects)).toEqual(['S-STORE1']);
  });

  it('a reply that comes after its time is the answer', () => {
    const s = on().when(startCard, tapped, notSent, cardStored, linkUp);
    s.when({ type: 'ForwardUnanswered', transactionId: id, fault: 'noReply' });
    s.when({ type: 'LateReply', stan: 1, reply: { responseCode: '00' } });
    expect(s.sale().phase).toBe('approved');
    expect(s.state.outbox.size).toBe(0);
  });

  it('forgets nothing: whatever happens, every stored payment ends accepted, declined or with a person', () => {
    const answer = fc.constantFrom(
      '00',
      '51',
      '91',
      '30',
      'noReply',
      'notSent',
      'linkUp',
      'sendNow',
      'restart',
      'timer',
    );
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 60 }), (answers) => {
        const s = on({ maxCount: 4, maxPerCard: 9 });
        for (let n = 1; n <= 4; n += 1) store(s, n);
        for (const what of answers) {
          const [which] = s.state.underWay;
          if (what === 'linkUp') s.when(linkUp);
          else if (what === 'sendNow') s.when({ type: 'SendNow' });
          else if (what === 'restart') s.restart();
          else if (what === 'timer') {
            s.later(policy.retryMaxMs);
            for (const each of s.state.outbox)
              s.when({ type: 'TimerFired', transactionId: each, timer: 'forwardRetry' });
          } else if (which !== undefined) {
            if (what === 'noReply' || what === 'notSent') {
              s.when({ type: 'ForwardUnanswered', transactionId: which, fault: what });
            } else s.when(forwardReply(what, which));
          }
          expect(s.state.underWay.size).toBeLessThanOrEqual(policy.forwardWindow);
        }
        for (let n = 1; n <= 4; n += 1) {
          const { id: which, phase } = s.sale(transactionId(`S-STORE${n}`));
          expect(['stored', 'approved', 'lateDeclined']).toContain(phase);
          expect(s.state.outbox.has(which)).toBe(phase === 'stored');
        }
        const booked = s.state.settlement.open.bookings.map(({ entry }) => entry.transactionId);
        expect(new Set(booked).size).toBe(booked.length);
        // The host gets well again: everything is delivered, and nothing is left behind.
        for (let round = 0; round < 12 && s.state.outbox.size > 0; round += 1) {
          s.later(policy.retryMaxMs).when({ type: 'SendNow' });
          for (const each of s.state.underWay) s.when(forwardReply('00', each));
        }
        expect(unsent(s.state)).toEqual({ stored: 0, inQuestion: 0, closingBatches: 0 });
      }),
      { numRuns: 150 },
    );
  });
});
