/** The journal as payments: what each way through the machine leaves for the comparison with host and bank. */
import { describe, expect, it } from 'vitest';
import { epochMs, type EpochMs } from '../../core/base/brand.ts';
import type { JournalEvent } from '../../core/transaction/events.ts';
import { card, id, identity, transfer, vnd } from '../../../test/scenarios/given.ts';
import { journalLines } from './reconcile-journal.ts';

const transactionId = id;
const at = epochMs(Date.UTC(2026, 10, 21, 3));
const waitUntil: EpochMs = at;
const reply = { responseCode: '00', approvalCode: 'A1B2C3', rrn: '632514000001' };

const started: JournalEvent = { type: 'TerminalStarted', softwareVersion: '0', identity };
const sale: JournalEvent = {
  type: 'SaleStarted',
  transactionId,
  key: 'k',
  amount: vnd(45_000),
  method: 'card',
  waitUntil,
};
const refund: JournalEvent = {
  type: 'RefundStarted',
  transactionId,
  key: 'k',
  amount: vnd(45_000),
  method: 'card',
  original: null,
  approvedBy: null,
  waitUntil,
};
const hold: JournalEvent = { type: 'PreAuthorizationStarted', transactionId, key: 'k', amount: vnd(45_000), waitUntil };
const read: JournalEvent = { type: 'CardRead', transactionId, card };
const requested: JournalEvent = { type: 'AuthorizationRequested', transactionId, stan: 1, waitUntil, batch: 7 };
const approved: JournalEvent = { type: 'AuthorizationApproved', transactionId, stan: 1, ...reply };
const partly: JournalEvent = {
  type: 'PartiallyApproved',
  transactionId,
  stan: 1,
  approvedAmount: vnd(20_000),
  approvalCode: 'A1B2C3',
  rrn: null,
};
const reversal: JournalEvent = { type: 'ReversalQueued', transactionId, originalStan: 1, waitUntil };
const reversed: JournalEvent = { type: 'ReversalConfirmed', transactionId, responseCode: '00' };
const followUp = (operation: 'void' | 'increment' | 'completion', minorUnits: number, stan = 2): JournalEvent => ({
  type: 'FollowUpRequested',
  transactionId,
  operation,
  stan,
  batch: 7,
  amount: vnd(minorUnits),
  approvedBy: null,
  waitUntil,
});
const done = (stan = 2): JournalEvent => ({ type: 'FollowUpApproved', transactionId, stan, ...reply });
const store: JournalEvent = { type: 'StoreRequested', transactionId, manner: 'deferred', stan: 1 };
const stored: JournalEvent = { type: 'PaymentStored', transactionId };
const sent: JournalEvent = { type: 'AttemptStarted', transactionId, attempt: 1, waitUntil, batch: 9 };

function lines(...events: readonly JournalEvent[]) {
  return journalLines(
    [started, ...events].map((event) => ({ at, event })),
    'Asia/Ho_Chi_Minh',
  );
}

/** Signed money, or "open" where the host need not have a line, and the end of the text. */
function said(...events: readonly JournalEvent[]): readonly string[] {
  return lines(...events).map(({ amount, expected, text }) => {
    expect(expected || amount.minorUnits === 0).toBe(true);
    return `${expected ? amount.minorUnits : 'open'} ${text.replace(/^.*?STAN /, '')}`;
  });
}

describe('the journal as payments', () => {
  it.each([
    ['unanswered', [sale, read, requested], ['open 000001: outcome not known yet']],
    ['approved', [sale, read, requested, approved], ['45000 000001: approved']],
    ['a refund takes', [refund, read, requested, approved], ['-45000 000001: approved']],
    ['a hold is no money', [hold, read, requested, approved], ['open 000001: a hold, nothing charged']],
    ['approved in part', [sale, read, requested, partly], ['20000 000001: approved in part']],
    ['part refused', [sale, read, requested, partly, reversal], ['open 000001: being reversed']],
    ['reversed', [sale, read, requested, reversal, reversed], ['open 000001: reversed, no money taken']],
    [
      'voided',
      [sale, read, requested, approved, followUp('void', 45_000), done()],
      ['45000 000001: approved', '-45000 000002: void: approved'],
    ],
    [
      'a refund voided',
      [refund, read, requested, approved, followUp('void', 45_000), done()],
      ['-45000 000001: approved', '45000 000002: void: approved'],
    ],
    [
      'void unanswered',
      [sale, read, requested, approved, followUp('void', 45_000)],
      ['45000 000001: approved', 'open 000002: void: outcome not known yet'],
    ],
    [
      'void refused',
      [
        sale,
        read,
        requested,
        approved,
        followUp('void', 45_000),
        { type: 'FollowUpRefused', transactionId, stan: 2, responseCode: '12' },
      ],
      ['45000 000001: approved', 'open 000002: void: refused (12), nothing changed'],
    ],
    [
      'a hold raised, completed and voided',
      [
        hold,
        read,
        requested,
        approved,
        followUp('increment', 5000),
        done(),
        followUp('completion', 48_000, 3),
        done(3),
        followUp('void', 48_000, 4),
        done(4),
      ],
      [
        'open 000001: a hold, nothing charged',
        'open 000002: increment: approved',
        '48000 000003: completion: approved',
        '-48000 000004: void: approved',
      ],
    ],
    [
      'a hold given up',
      [hold, read, requested, approved, followUp('void', 45_000), done()],
      ['open 000001: a hold, nothing charged', 'open 000002: void: approved'],
    ],
    ['stored', [sale, read, store, stored], ['open 000001: stored, the bank has not answered yet']],
    [
      'stored, then accepted',
      [sale, read, store, stored, sent, { type: 'StoredAccepted', transactionId, ...reply }],
      ['45000 000001: stored, then approved'],
    ],
    [
      'stored, then accepted in part',
      [
        sale,
        read,
        store,
        stored,
        sent,
        { type: 'StoredAccepted', transactionId, ...reply, responseCode: '10', approvedAmount: vnd(20_000) },
      ],
      ['20000 000001: stored, then approved in part'],
    ],
    [
      'a late decline',
      [sale, read, store, stored, sent, { type: 'StoredDeclined', transactionId, responseCode: '51' }],
      ['open 000001: stored, then declined (51)'],
    ],
    [
      'never sent',
      [sale, read, requested, { type: 'SaleFailed', transactionId, reason: 'hostNotReached' }],
      ['open 000001: never reached the bank'],
    ],
    ['no request, no line', [sale, { type: 'SaleCancelled', transactionId, reason: 'cashier' }], []],
  ] as const)('%s', (_name, events, expected) => {
    expect(said(...(events as readonly JournalEvent[]))).toEqual(expected);
  });

  it('names date, terminal, references, and the batch of the request', () => {
    const [line] = lines(sale, read, requested, approved);
    expect(line).toMatchObject({
      rail: 'card',
      where: id,
      date: '2026-11-21',
      batch: 7,
      terminalId: 'CHAM0001',
      keys: ['stan CHAM0001 1 2026-11-21', 'rrn 632514000001', 'approval CHAM0001 A1B2C3 45000'],
      text: '2026-11-21 NAPAS 970400******0018 STAN 000001: approved',
    });
  });

  it('a stored payment belongs to the batch in which it was first sent', () => {
    const opened: JournalEvent = { type: 'BatchOpened', batch: 4, businessDate: '2026-11-21', float: vnd(0) };
    expect(lines(opened, sale, read, store, stored)[0]?.batch).toBe(4);
    expect(lines(opened, sale, read, store, stored, sent)[0]?.batch).toBe(9);
  });

  it('transfers, whatever became of them, once each', () => {
    const qr: JournalEvent = { ...sale, method: 'qr' };
    const reference: JournalEvent = { type: 'QrRequested', transactionId, reference: 'CHTEST0001', expiresAt: at };
    const part = transfer({ providerTransactionId: 'FT1', amount: vnd(40_000), paidAt: at });
    const rest = transfer({ providerTransactionId: 'FT2', amount: vnd(6000), paidAt: at });
    const late = transfer({ providerTransactionId: 'FT3', paidAt: at });
    const stray = transfer({ providerTransactionId: 'FT4', paidAt: at, memo: 'hello' });
    const found = lines(
      qr,
      reference,
      { type: 'QrPaymentUnderPaid', transactionId, transfer: part, missing: vnd(5000) },
      { type: 'QrPaymentConfirmed', transactionId, transfer: rest, excess: vnd(1000) },
      { type: 'QrPaymentLate', transactionId, transfer: late },
      { type: 'TransferUnmatched', transfer: stray, reason: 'noReference' },
    );
    expect(found.map(({ amount, text, where }) => [amount.minorUnits, text.split(': ')[1], where])).toEqual([
      [40_000, 'paid, less than asked', id],
      [6000, 'paid, more than asked', id],
      [45_000, 'came late or twice, for a person to settle', id],
      [45_000, 'of no sale, for a person to settle', 'no sale'],
    ]);
  });

  it('transfers that came after a person had confirmed them, or were attached, are of their sale', () => {
    const qr: JournalEvent = { ...sale, method: 'qr' };
    const paid = transfer({ providerTransactionId: 'FT1', paidAt: at });
    const stray = transfer({ providerTransactionId: 'FT2', paidAt: at, memo: 'hello' });
    const excess = vnd(0);
    const found = lines(
      qr,
      { type: 'QrConfirmedByHand', transactionId, approvedBy: 'Lan', note: 'seen' },
      { type: 'QrVerifiedLater', transactionId, transfer: paid, excess },
      { type: 'TransferUnmatched', transfer: stray, reason: 'noReference' },
      { type: 'TransferAttached', transactionId, transfer: stray, from: null, excess, approvedBy: null, note: 'his' },
    );
    expect(found.map(({ text, where }) => [text.split(': ')[1], where])).toEqual([
      ['paid, confirmed by hand before it came', id],
      ['paid, attached by a person', id],
    ]);
  });

  it('events of a version to come are of no concern', () => {
    expect(lines({ type: 'SomethingNew' } as unknown as JournalEvent)).toEqual([]);
  });
});
