/** The machine's assertions: what no event may do is found, and what comes from outside cannot fail one. */
import { describe, expect, it } from 'vitest';
import { money, type Money } from '../../src/core/base/money.ts';
import { assertConsistent } from '../../src/core/transaction/consistency.ts';
import { assertDecision } from '../../src/core/transaction/decision-checks.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import { apply, draftOf, evolve } from '../../src/core/transaction/evolve.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { phases } from '../../src/core/transaction/state.ts';
import {
  approved,
  card,
  cardStored,
  id,
  notSent,
  offline,
  qrIssued,
  reach,
  Scenario,
  startCard,
  started,
  startHold,
  startQr,
  tapped,
  transfer,
  vnd,
} from './given.ts';

const approval: JournalEvent = {
  type: 'AuthorizationApproved',
  transactionId: id,
  stan: 1,
  responseCode: '00',
  approvalCode: null,
  rrn: null,
};
const request: JournalEvent = {
  type: 'AuthorizationRequested',
  transactionId: id,
  stan: 1,
  waitUntil: new Scenario().at,
  batch: 1,
};

describe('an event that no terminal writes', () => {
  const impossible: readonly (readonly [string, readonly Input[], JournalEvent, RegExp])[] = [
    ['approves twice', [startCard, tapped, approved], approval, /counted once/],
    ['asks twice', [startCard, tapped, approved], { ...request, stan: 2 }, /approved does not become authorising/],
    ['takes the last STAN again', [startCard, tapped], { ...request }, /new STAN/],
    ['takes a STAN of seven digits', [startCard], { ...request, stan: 1_000_000 }, /1 to 999999/],
    ['asks without a card', [startCard], request, /has a STAN, card, batch/],
    ['leaves the screen twice', [startCard, tapped, approved, closing()], closed(), /leaves the screen once/],
    ['is closed while it is asked for', [startCard, tapped], closed(), /on the screen/],
    [
      'approves more than was asked for',
      [startCard, tapped],
      { ...approval, type: 'PartiallyApproved', approvedAmount: vnd(45_001) },
      /no more is approved/,
    ],
    [
      'completes more than is held',
      [startHold, tapped, approved],
      {
        type: 'FollowUpRequested',
        transactionId: id,
        operation: 'completion',
        stan: 2,
        batch: 1,
        amount: vnd(1_000_000),
        approvedBy: null,
        waitUntil: request.waitUntil,
      },
      /no more is completed/,
    ],
    [
      'counts a transfer wrong',
      [startQr, qrIssued],
      { type: 'QrPaymentConfirmed', transactionId: id, transfer: transfer(), excess: vnd(1) },
      /the amount and the excess/,
    ],
    [
      'counts attempts wrong',
      [startCard, tapped, { type: 'HostUnreachable', transactionId: id, stan: 1, fault: 'noReply' }],
      { type: 'AttemptStarted', transactionId: id, attempt: 3, waitUntil: request.waitUntil },
      /the next one/,
    ],
  ];

  it.each(impossible)('%s: it is found when it is folded', (_what, inputs, event, message) => {
    const s = new Scenario().when(started, ...inputs);
    const before = structuredClone(s.state);
    expect(() => evolve(s.state, { at: s.at, event })).toThrow(message);
    expect(s.state).toEqual(before);
  });

  it('is found by the whole look at the start, too', () => {
    const { state } = new Scenario().when(started, startCard, tapped, approved);
    assertConsistent(state);
    const forgotten = draftOf(state);
    forgotten.outbox.add(id);
    expect(() => assertConsistent(forgotten)).toThrow(/the outbox/);
    const twice = draftOf(state);
    const [booking] = twice.settlement.open.bookings;
    if (booking !== undefined) twice.settlement.open.bookings.push(booking);
    expect(() => assertConsistent(twice)).toThrow(/booked once/);
  });
});

function closing(): Input {
  return { type: 'CloseSale', transactionId: id };
}

function closed(): JournalEvent {
  return { type: 'SaleClosed', transactionId: id };
}

describe('a decision', () => {
  const sent = {
    type: 'SendAuthorization',
    request: {
      transactionId: id,
      kind: 'sale',
      stan: 1,
      amount: vnd(1),
      requestedAt: request.waitUntil,
      batch: 1,
      card,
    },
    timeoutMs: 1,
  } as const;

  it('sends nothing that its events do not say', () => {
    const { state } = new Scenario().when(started, startCard);
    assertDecision(state, { events: [request], effects: [sent] });
    expect(() => assertDecision(state, { events: [], effects: [sent] })).toThrow(/without a journaled request/);
  });

  it('is about transactions that exist', () => {
    const { state } = new Scenario().when(started);
    expect(() => assertDecision(state, { events: [approval], effects: [] })).toThrow(/never began/);
  });
});

describe('every phase', () => {
  it.each(phases)('%s holds together', (phase) => {
    const s = new Scenario({ offline }).when(started, ...reach[phase]);
    expect(s.sale().phase).toBe(phase);
    assertConsistent(s.state);
    const folded = draftOf(new Scenario().state);
    for (const event of s.events) apply(folded, { at: s.at, event });
    expect(folded).toEqual(s.state);
  });
});

describe('a host or a bank that says nonsense', () => {
  const parts: readonly (readonly [string, Money])[] = [
    ['nothing', vnd(0)],
    ['all of it', vnd(45_000)],
    ['more', vnd(99_000)],
    ['other money', money(20_000, 'USD')],
  ];

  it.each(parts)('a part that is %s is an unknown outcome', (_what, approvedAmount) => {
    const reply = { responseCode: '10', approvedAmount };
    const s = new Scenario().when(started, startCard, tapped, { type: 'HostReply', transactionId: id, stan: 1, reply });
    expect(s.sale()).toMatchObject({ phase: 'reversing', approvedAmount: null });
  });

  it('a stored payment of which nothing is approved is for a person', () => {
    const s = new Scenario({ offline }).when(started, startCard, tapped, notSent, cardStored, { type: 'LinkUp' });
    const reply = { responseCode: '10', approvedAmount: vnd(0) };
    s.when({ type: 'ForwardReply', transactionId: id, reply });
    expect(s.sale()).toMatchObject({ phase: 'stored', approvedAmount: null });
    expect(s.sale().deadLetter).not.toBeNull();
  });

  it('a transfer in other money before the code was issued is no money of the sale', () => {
    const order = { id: 'B-1', total: vnd(90_000) };
    const s = new Scenario().when(started, { ...startQr, order } as Input, {
      type: 'PaymentNotified',
      transfer: transfer({ amount: money(45_000, 'USD') }),
    });
    expect(s.sale().lateTransfers).toEqual([]);
    expect(s.state.unmatched).toMatchObject([{ reason: 'wrongCurrency' }]);
    // What is open of the bill can still be asked for.
    const second = { ...startCard, transactionId: 'S-2', key: 'k2', amount: vnd(45_000), order } as Input;
    s.when({ type: 'CancelSale', transactionId: id }, second);
    expect(s.last.kind).toBe('act');
  });
});
