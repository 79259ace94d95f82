/**
 * An inserted card has the last word: what the host says, what the card says to it, what a power cut in between leaves,
 * and what money did. The table is in completion-steps.ts.
 */
import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { inQuestionOf } from '../../src/core/transaction/outbox.ts';
import { isWaiting, moneyMoved } from '../../src/core/transaction/state.ts';
import {
  approved,
  cardStored,
  chipCard,
  closeBatch,
  completed,
  finalCard,
  id,
  inserted,
  notSent,
  offline,
  partlyApproved,
  policy,
  Scenario,
  startCard,
  started,
  startHold,
  startRefund,
  tapped,
  vnd,
  voidIt,
} from './given.ts';

const decisions = ['approved', 'declined', 'notCompleted'] as const;
const declined: Input = { ...approved, reply: { responseCode: '51', iccData: '910A00112233445566778899' } } as Input;
const withScripts: Input = {
  ...approved,
  reply: { responseCode: '00', approvalCode: 'A1B2C3', rrn: '632600000001', iccData: '910A00112233445566778899' },
} as Input;
const cardInserted: Input = { type: 'CardInserted', transactionId: id };
const reversed: Input = { type: 'ReversalReply', transactionId: id, reply: { responseCode: '00' } };

describe('the host approved', () => {
  it('is journaled before the card hears it, and is no approval yet', () => {
    const s = new Scenario().when(startCard, inserted, withScripts);
    expect(s.sale()).toMatchObject({
      phase: 'completingCard',
      waitSince: s.at,
      waitUntil: s.at + policy.completeCardMs,
      authorization: { responseCode: '00', approvalCode: 'A1B2C3', rrn: '632600000001' },
      hostOriginal: null,
    });
    expect(moneyMoved(s.sale())).toBe('unknown');
    expect(s.effects).toEqual([
      {
        type: 'CompleteCard',
        transactionId: id,
        answer: { kind: 'answered', responseCode: '00', iccData: '910A00112233445566778899' },
        timeoutMs: policy.completeCardMs,
      },
    ]);
    expect(s.eventTypes().at(-1)).toBe('CardCompletionRequested');
    expect(s.eventTypes()).not.toContain('AuthorizationApproved');
    // What a card knows its issuer by, and what the issuer tells it, is nobody else's.
    expect(JSON.stringify(s.events)).not.toContain('910A0011');
  });

  it('and the card said TC: approved, with its final cryptogram', () => {
    const s = new Scenario().when(
      started,
      startCard,
      inserted,
      approved,
      completed('approved', { scriptResults: '2000000001' }),
    );
    expect(s.sale()).toMatchObject({
      phase: 'approved',
      card: { cryptogram: finalCard.cryptogram },
      hostAnswer: null,
      cardCompletion: { decision: 'approved', issuerAuthentication: 'performed', scriptResults: '2000000001' },
    });
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(s.eventTypes().slice(-3)).toEqual(['CardCompleted', 'AuthorizationApproved', 'ReceiptRequested']);
    expect(s.effectTypes()).toEqual(['PrintReceipt']);
    expect(s.state.settlement.open.bookings).toHaveLength(1);
  });

  it.each([
    ['declined', 'cardDeclined'],
    ['notCompleted', 'cardRemoved'],
  ] as const)('and the card %s: reversed, because %s, and nothing is booked', (decision, because) => {
    const s = new Scenario().when(started, startCard, inserted, approved, completed(decision));
    expect(s.sale()).toMatchObject({ phase: 'reversing', reversalBecause: because, cardCompletion: { decision } });
    expect(moneyMoved(s.sale())).toBe('unknown');
    expect(s.events.at(-1)).toMatchObject({ type: 'ReversalQueued', originalStan: 1, because });
    // The reversal carries what the card said last, if it said anything.
    const { cryptogram } = decision === 'declined' ? finalCard : chipCard;
    expect(s.effects).toMatchObject([{ type: 'SendReversal', request: { originalStan: 1, card: { cryptogram } } }]);
    s.when(reversed);
    expect(s.sale().phase).toBe('reversed');
    expect(moneyMoved(s.sale())).toBe('no');
    expect(s.eventTypes()).not.toContain('AuthorizationApproved');
    expect(s.state.settlement.open.bookings).toEqual([]);
  });

  it('and the power went before the card had answered: reversed, never approved by guess', () => {
    const s = new Scenario().when(startCard, inserted, approved).restart();
    expect(s.sale()).toMatchObject({ phase: 'reversing', reversalBecause: 'restart' });
    expect(s.effectTypes()).toEqual(['SendReversal']);
    expect(s.effectTypes()).not.toContain('CompleteCard');
    // A completion from before the restart is nobody's any more.
    expect(s.when(completed('approved')).last.kind).toBe('ignored');
    expect(moneyMoved(s.when(reversed).sale())).toBe('no');
  });

  it('a hold and a refund are finished by the card in the same way', () => {
    const hold = new Scenario().when(startHold, inserted, approved, completed('approved'));
    expect(hold.sale()).toMatchObject({ phase: 'authorised', held: vnd(500_000) });
    const refund = new Scenario().when(startRefund, inserted, approved, completed('approved'));
    expect(refund.sale()).toMatchObject({ phase: 'approved', kind: 'refund' });
    for (const start of [startHold, startRefund]) {
      for (const decision of ['declined', 'notCompleted'] as const) {
        const s = new Scenario().when(start, inserted, approved, completed(decision));
        expect(s.sale()).toMatchObject({ phase: 'reversing', held: null });
      }
    }
  });

  it('a sale that the card has finished can be voided like any other', () => {
    const s = new Scenario().when(started, startCard, inserted, approved, completed('approved'), voidIt);
    expect(s.effects).toContainEqual(
      expect.objectContaining({ type: 'SendFollowUp', request: expect.objectContaining({ card: finalCard }) }),
    );
  });

  it('a part of it: offered to the cashier only after the card said TC', () => {
    const s = new Scenario().when(startCard, inserted, partlyApproved);
    expect(s.sale().phase).toBe('completingCard');
    expect(moneyMoved(s.sale())).toBe('unknown');
    const taken = new Scenario().when(startCard, inserted, partlyApproved, completed('approved'));
    expect(taken.sale()).toMatchObject({ phase: 'partlyApproved', approvedAmount: vnd(20_000) });
    const refused = new Scenario().when(startCard, inserted, partlyApproved, completed('declined'));
    expect(refused.sale()).toMatchObject({ phase: 'reversing', reversalBecause: 'cardDeclined', approvedAmount: null });
    expect(new Scenario().when(startCard, inserted, partlyApproved).restart().sale().phase).toBe('reversing');
  });
});

describe('the host declined', () => {
  it.each(decisions)('declined whatever the card says (%s)', (decision) => {
    const s = new Scenario().when(startCard, inserted, declined);
    expect(s.effects).toMatchObject([{ type: 'CompleteCard', answer: { kind: 'answered', responseCode: '51' } }]);
    expect(s.sale().phase).toBe('completingCard');
    expect(moneyMoved(s.sale())).toBe('no');
    s.when(completed(decision));
    expect(s.sale()).toMatchObject({ phase: 'declined', authorization: { responseCode: '51' }, declinedByCard: false });
    expect(moneyMoved(s.sale())).toBe('no');
    expect(s.eventTypes()).not.toContain('ReversalQueued');
  });

  it('and the power went: declined all the same', () => {
    const s = new Scenario().when(startCard, inserted, declined).restart();
    expect(s.sale()).toMatchObject({ phase: 'declined', authorization: { responseCode: '51' } });
  });
});

describe('the host was certainly not reached', () => {
  it('and the card approves by itself: stored as approved by the chip, and the host is advised with the TC', () => {
    const s = new Scenario().when(started, startCard, inserted, notSent);
    expect(s.effects).toMatchObject([{ type: 'CompleteCard', answer: { kind: 'unableToGoOnline' } }]);
    expect(moneyMoved(s.sale())).toBe('no');
    s.when(completed('approved', { issuerAuthentication: 'none' }));
    expect(s.sale()).toMatchObject({ phase: 'storing', stored: { manner: 'chipApproved' } });
    expect(s.effects).toEqual([{ type: 'StoreCard', transactionId: id }]);
    s.when(cardStored, { type: 'LinkUp' });
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(s.effects).toMatchObject([
      {
        type: 'Forward',
        request: {
          manner: 'chipApproved',
          unableToGoOnline: true,
          stan: 1,
          card: { cryptogram: finalCard.cryptogram },
        },
      },
    ]);
  });

  it.each(['declined', 'notCompleted'] as const)(
    'and the card %s: failed, never deferred, whatever may be deferred of cards that are tapped',
    (decision) => {
      const s = new Scenario({ offline }).when(startCard, inserted, notSent, completed(decision));
      expect(s.sale()).toMatchObject({ phase: 'failed', failReason: 'hostNotReached' });
      expect(s.eventTypes()).not.toContain('StoreRequested');
      expect(new Scenario({ offline }).when(startCard, tapped, notSent).sale().phase).toBe('storing');
    },
  );

  it('and the power went: failed, because nothing was asked of anybody', () => {
    const s = new Scenario({ offline }).when(startCard, inserted, notSent).restart();
    expect(s.sale()).toMatchObject({ phase: 'failed', failReason: 'hostNotReached' });
  });

  it.each([startHold, startRefund])('%s: no card approves that by itself; it is asked to decline', (start) => {
    const s = new Scenario({ offline }).when(start, inserted, notSent);
    expect(s.sale()).toMatchObject({ phase: 'failed', failReason: 'hostNotReached' });
    expect(s.effects).toContainEqual(
      expect.objectContaining({ type: 'CompleteCard', answer: { kind: 'outcomeUnknown' } }),
    );
    expect(s.when(completed('approved')).last.kind).toBe('ignored');
  });
});

describe('nobody knows whether the host has it', () => {
  it.each(['noReply', 'linkLost', 'badReply'] as const)(
    '%s: reversed at once, and the card is asked to decline',
    (fault) => {
      const s = new Scenario().when(startCard, inserted, { ...notSent, fault } as Input);
      expect(s.sale()).toMatchObject({ phase: 'reversing', unknownCause: fault });
      expect(s.effects).toMatchObject([
        { type: 'CompleteCard', answer: { kind: 'outcomeUnknown' } },
        { type: 'SendReversal' },
      ]);
      for (const decision of decisions) expect(s.when(completed(decision)).last.kind).toBe('ignored');
      expect(s.when(reversed).sale().phase).toBe('reversed');
    },
  );

  it('an approval that cannot be honoured: the same', () => {
    const s = new Scenario().when(startCard, inserted, { ...approved, reply: { responseCode: '08' } } as Input);
    expect(s.sale().phase).toBe('reversing');
    expect(s.effectTypes()).toEqual(['CompleteCard', 'SendReversal']);
  });
});

describe('around it', () => {
  it('a tapped card has left: it is asked nothing more', () => {
    for (const answer of [approved, declined, notSent, { ...notSent, fault: 'noReply' } as Input]) {
      const s = new Scenario().when(startCard, tapped, answer);
      expect(s.effectTypes()).not.toContain('CompleteCard');
      expect(s.eventTypes()).not.toContain('CardCompletionRequested');
    }
  });

  it('cannot be cancelled or closed, and no other sale starts beside it', () => {
    const s = new Scenario().when(startCard, inserted, approved);
    expect(s.when({ type: 'CancelSale', transactionId: id }).last).toMatchObject({ kind: 'refused' });
    expect(s.when({ type: 'CloseSale', transactionId: id }).last).toMatchObject({ kind: 'refused' });
    expect(isWaiting(s.sale())).toBe(true);
  });

  it('a second word of the card changes nothing', () => {
    const s = new Scenario().when(startCard, inserted, approved, completed('approved'));
    const before = s.events.length;
    s.when(completed('declined'), completed('notCompleted'));
    expect(s.events).toHaveLength(before);
    expect(s.sale().phase).toBe('approved');
  });

  it('its batch waits for the card before it is settled', () => {
    const s = new Scenario().when(started, startCard, inserted, approved, closeBatch);
    expect(inQuestionOf(s.state, 1)).toBe(1);
    expect(s.state.settlement.closing.get(1)?.phase).toBe('waiting');
    s.when(completed('approved'));
    expect(s.state.settlement.closing.get(1)?.phase).toBe('reconciling');
  });

  it('an inserted card has a limit of its own for what it asks of the cardholder', () => {
    const s = new Scenario().when(startCard).later(50_000).when(cardInserted);
    expect(s.sale()).toMatchObject({ phase: 'awaitingCard', waitUntil: s.at + policy.insertedCardMs });
    expect(s.effects).toEqual([
      { type: 'StartTimer', transactionId: id, timer: 'presentCard', dueAt: s.at + policy.insertedCardMs },
    ]);
    s.when({ type: 'TimerFired', transactionId: id, timer: 'presentCard' });
    expect(s.sale()).toMatchObject({ phase: 'cancelled', cancelReason: 'cardTimeout' });
    expect(s.effectTypes()).toContain('DeactivateReader');
  });

  it('the cardholder who cancels at the pad has ended it, and no money moved', () => {
    const s = new Scenario().when(startCard, cardInserted, {
      type: 'CardOutcome',
      transactionId: id,
      outcome: { kind: 'endApplication', reason: 'cancelledByCardholder' },
    });
    expect(s.sale()).toMatchObject({ phase: 'cancelled', cancelReason: 'cardholder' });
    expect(moneyMoved(s.sale())).toBe('no');
  });

  it.each(['seePhone', 'useAnotherInterface'] as const)('%s: the same sale waits on', (reason) => {
    const s = new Scenario().when(startCard, {
      type: 'CardOutcome',
      transactionId: id,
      outcome: { kind: 'tryAgain', reason },
    });
    expect(s.sale()).toMatchObject({ phase: 'awaitingCard', tryAgain: reason });
    expect(s.effectTypes()).toEqual(['ActivateReader']);
    // The hint goes once the card is in the slot.
    expect(s.when(cardInserted).sale().tryAgain).toBeNull();
  });

  it('a refund with another card than the sale was paid with: that card is asked to decline', () => {
    const paid = new Scenario().when(started, startCard, tapped, approved);
    const refund = { ...startRefund, transactionId: 'S-R1', key: 'key-2', original: id } as unknown as Input;
    const other = { ...chipCard, maskedPan: '476173******0119' } as typeof chipCard;
    paid.when({ type: 'CloseSale', transactionId: id }, refund, {
      type: 'CardOutcome',
      transactionId: 'S-R1',
      outcome: { kind: 'onlineRequest', card: other },
    } as unknown as Input);
    expect(paid.events.at(-1)).toMatchObject({ type: 'SaleFailed', reason: 'otherCard' });
    expect(paid.effects).toContainEqual(
      expect.objectContaining({ type: 'CompleteCard', answer: { kind: 'outcomeUnknown' } }),
    );
  });
});
