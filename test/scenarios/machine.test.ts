/** The transaction machine, told as stories: every path of a card sale and of a QR sale, and what money did. */
import { describe, expect, it } from 'vitest';
import { transactionId } from '../../src/core/base/brand.ts';
import type { Input, TransactionInput } from '../../src/core/transaction/inputs.ts';
import { moneyMoved, phases } from '../../src/core/transaction/state.ts';
import { transitions } from '../../src/core/transaction/transitions.ts';
import {
  approved,
  card,
  closeBatch,
  id,
  issue,
  policy,
  qrIssued,
  Scenario,
  startCard,
  started,
  startQr,
  tapped,
  transfer,
  vnd,
} from './given.ts';

const timer = (name: Extract<TransactionInput, { type: 'TimerFired' }>['timer']): Input => ({
  type: 'TimerFired',
  transactionId: id,
  timer: name,
});
const unreachable = (fault: 'notSent' | 'noReply' | 'linkLost' | 'badReply'): Input => ({
  type: 'HostUnreachable',
  transactionId: id,
  stan: 1,
  fault,
});

describe('transitions table', () => {
  it('has exactly one cell for every phase and input', () => {
    const inputs = Object.keys(transitions.awaitingCard).sort();
    expect(Object.keys(transitions).sort()).toEqual([...phases].sort());
    for (const phase of phases) {
      expect(Object.keys(transitions[phase]).sort()).toEqual(inputs);
      for (const cell of Object.values(transitions[phase])) {
        expect(Number('run' in cell) + Number('ignore' in cell) + Number('refuse' in cell)).toBe(1);
      }
    }
  });
});

describe('card sale', () => {
  it('start → tap → approved → printed → closed', () => {
    const s = new Scenario().when(startCard);
    expect(s.effectTypes()).toEqual(['ActivateReader', 'StartTimer']);
    expect(moneyMoved(s.sale())).toBe('no');
    s.when(tapped);
    expect(s.effects).toMatchObject([
      { type: 'StopTimer', timer: 'presentCard' },
      { type: 'SendAuthorization', timeoutMs: policy.hostTimeoutMs, request: { stan: 1, amount: vnd(45_000) } },
    ]);
    expect(moneyMoved(s.sale())).toBe('unknown');
    s.when(approved);
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(s.effects).toMatchObject([{ type: 'PrintReceipt', jobId: `${id}-1`, copy: false }]);
    s.when({ type: 'ReceiptPrinted', transactionId: id, jobId: `${id}-1` }, timer('autoClose'));
    expect(s.eventTypes()).toEqual([
      'SaleStarted',
      'CardRead',
      'AuthorizationRequested',
      'AuthorizationApproved',
      'ReceiptRequested',
      'ReceiptPrinted',
      'SaleClosed',
    ]);
    expect(s.state.foreground).toBeNull();
  });

  it('declined by the host: no money, no receipt', () => {
    const s = new Scenario().when(startCard, tapped, {
      type: 'HostReply',
      transactionId: id,
      stan: 1,
      reply: { responseCode: '51' },
    });
    expect(s.sale()).toMatchObject({ phase: 'declined', authorization: { responseCode: '51' } });
    expect(moneyMoved(s.sale())).toBe('no');
    expect(s.when({ type: 'ReprintReceipt', transactionId: id }).last).toMatchObject({ kind: 'refused' });
  });

  it('declined by the card itself', () => {
    const s = new Scenario().when(startCard, {
      type: 'CardOutcome',
      transactionId: id,
      outcome: { kind: 'declined', card },
    });
    expect(s.sale()).toMatchObject({ phase: 'declined', declinedByCard: true });
  });

  it('card removed too early: same sale, reader on again, and the next tap succeeds', () => {
    const s = new Scenario().when(startCard, {
      type: 'CardOutcome',
      transactionId: id,
      outcome: { kind: 'tryAgain', reason: 'removedTooEarly' },
    });
    expect(s.sale()).toMatchObject({ phase: 'awaitingCard', tryAgain: 'removedTooEarly' });
    expect(s.effectTypes()).toEqual(['ActivateReader']);
    expect(s.when(tapped, approved).sale().phase).toBe('approved');
  });

  it.each([
    ['noSupportedApplication', 'cardNotSupported'],
    ['kernelNotSupported', 'cardNotSupported'],
    ['applicationBlocked', 'cardBlocked'],
    ['cardDataError', 'cardUnreadable'],
  ] as const)('card ends the application (%s): failed (%s), no money', (reason, failReason) => {
    const s = new Scenario().when(startCard, {
      type: 'CardOutcome',
      transactionId: id,
      outcome: { kind: 'endApplication', reason },
    });
    expect(s.sale()).toMatchObject({ phase: 'failed', failReason });
    expect(moneyMoved(s.sale())).toBe('no');
  });

  it('cancelled by the cashier before the tap; a tap that comes after is ignored', () => {
    const s = new Scenario().when(startCard, { type: 'CancelSale', transactionId: id });
    expect(s.sale()).toMatchObject({ phase: 'cancelled', cancelReason: 'cashier' });
    expect(s.effectTypes()).toContain('DeactivateReader');
    const before = s.events.length;
    expect(s.when(tapped).last.kind).toBe('ignored');
    expect(s.events).toHaveLength(before);
  });

  it('nobody taps within the limit', () => {
    const s = new Scenario().when(startCard).later(policy.presentCardMs).when(timer('presentCard'));
    expect(s.sale()).toMatchObject({ phase: 'cancelled', cancelReason: 'cardTimeout' });
  });

  it('cannot be cancelled while the bank has the request', () => {
    const s = new Scenario().when(startCard, tapped, { type: 'CancelSale', transactionId: id });
    expect(s.last).toMatchObject({ kind: 'refused', reason: 'notAllowed' });
    expect(s.sale().phase).toBe('authorising');
  });

  it('request that never left: failed, certainly no money, no reversal', () => {
    const s = new Scenario().when(startCard, tapped, unreachable('notSent'));
    expect(s.sale()).toMatchObject({ phase: 'failed', failReason: 'hostNotReached' });
    expect(s.eventTypes()).not.toContain('ReversalQueued');
  });

  it.each(['noReply', 'linkLost', 'badReply'] as const)('%s: unknown, and reversed until confirmed', (fault) => {
    const s = new Scenario().when(startCard, tapped, unreachable(fault));
    expect(s.sale()).toMatchObject({ phase: 'reversing', unknownCause: fault });
    expect(moneyMoved(s.sale())).toBe('unknown');
    expect(s.effects).toMatchObject([{ type: 'SendReversal', request: { originalStan: 1, attempt: 1 } }]);
    s.when({ type: 'ReversalUnanswered', transactionId: id, detail: 'no reply' });
    expect(s.effects).toMatchObject([{ type: 'StartTimer', timer: 'reversalRetry', dueAt: s.at + policy.retryMs }]);
    s.later(policy.retryMs).when(timer('reversalRetry'));
    expect(s.effects).toMatchObject([{ type: 'SendReversal', request: { attempt: 2 } }]);
    s.when({ type: 'ReversalReply', transactionId: id, reply: { responseCode: '96' } });
    expect(s.sale()).toMatchObject({ phase: 'reversing', attempts: { made: 2 } });
    s.when(timer('reversalRetry'), { type: 'ReversalReply', transactionId: id, reply: { responseCode: '00' } });
    expect(s.sale().phase).toBe('reversed');
    expect(moneyMoved(s.sale())).toBe('no');
  });

  it('reversal attempts never end, and their gap is bounded', () => {
    const s = new Scenario().when(startCard, tapped, unreachable('noReply'));
    for (let i = 1; i <= 200; i += 1) {
      s.when({ type: 'ReversalUnanswered', transactionId: id, detail: 'no reply' });
      const next = s.sale().attempts.nextTryAt ?? 0;
      expect(next - s.at).toBeLessThanOrEqual(policy.retryMaxMs);
      expect(next - s.at).toBeGreaterThanOrEqual(policy.retryMs);
      s.later(next - s.at).when(timer('reversalRetry'));
      expect(s.effects).toMatchObject([{ type: 'SendReversal', request: { attempt: i + 1 } }]);
    }
  });

  it.each(['08', '10', '11', '16', '', '0', 'x!'])(
    'an approval it cannot honour, or no code at all (%j): given back, never told as a decline',
    (responseCode) => {
      const s = new Scenario().when(startCard, tapped, {
        type: 'HostReply',
        transactionId: id,
        stan: 1,
        reply: { responseCode },
      });
      expect(s.sale().phase).toBe('reversing');
      expect(moneyMoved(s.sale())).toBe('unknown');
      expect(s.effectTypes()).toEqual(['SendReversal']);
    },
  );

  it('every attempt has a limit that can be shown, and one under way is not doubled', () => {
    const s = new Scenario().when(startCard, tapped, unreachable('noReply'));
    expect(s.when(timer('reversalRetry')).last.kind).toBe('ignored');
    s.when({ type: 'ReversalUnanswered', transactionId: id, detail: 'no reply' }).later(policy.retryMs);
    s.when(timer('reversalRetry'));
    expect(s.sale()).toMatchObject({ waitSince: s.at, waitUntil: s.at + policy.hostTimeoutMs });
    expect(s.when(timer('reversalRetry')).last.kind).toBe('ignored');
  });

  it('a late approval after the limit never becomes an approved sale', () => {
    const s = new Scenario().when(startCard, tapped, unreachable('noReply'), approved);
    expect(s.last.kind).toBe('ignored');
    expect(s.sale().phase).toBe('reversing');
  });

  it('an unknown sale can leave the screen and goes on being undone behind it', () => {
    const s = new Scenario().when(startCard, tapped, unreachable('noReply'), { type: 'CloseSale', transactionId: id });
    expect(s.sale()).toMatchObject({ closed: true, phase: 'reversing' });
    const second = transactionId('S-TEST2');
    s.when({ ...startCard, transactionId: second, key: 'key-2' } as Input);
    expect(s.state.foreground).toBe(second);
    s.when({ type: 'ReversalReply', transactionId: id, reply: { responseCode: '00' } });
    expect(s.sale().phase).toBe('reversed');
    expect(s.state.foreground).toBe(second);
  });

  it('a reply for another STAN changes nothing', () => {
    const s = new Scenario().when(startCard, tapped, { ...approved, stan: 2 } as Input);
    expect(s.sale().phase).toBe('authorising');
    expect(s.last.kind).toBe('ignored');
  });

  it('an approval that comes twice is recorded once', () => {
    const s = new Scenario().when(startCard, tapped, approved, approved);
    expect(s.eventTypes().filter((type) => type === 'AuthorizationApproved')).toHaveLength(1);
  });
});

describe('starting', () => {
  it('the same key starts one sale', () => {
    const s = new Scenario().when(startCard, { ...startCard, transactionId: transactionId('S-TEST2') } as Input);
    expect(s.last.kind).toBe('ignored');
    expect(s.state.transactions.size).toBe(1);
  });

  it('refuses a second sale while the first waits, and closes a finished one by itself', () => {
    const second = { ...startCard, transactionId: transactionId('S-TEST2'), key: 'key-2' } as Input;
    const s = new Scenario().when(startCard, second);
    expect(s.last).toMatchObject({ kind: 'refused', reason: 'busy' });
    s.when({ type: 'CancelSale', transactionId: id }, second);
    expect(s.last.kind).toBe('act');
    expect(s.sale().closed).toBe(true);
  });

  it('STAN counts up, survives a restart, and wraps from 999999 to 1', () => {
    const s = new Scenario().when(startCard, tapped, approved).restart();
    const second = transactionId('S-TEST2');
    s.when(
      { ...startCard, transactionId: second, key: 'key-2' } as Input,
      { ...tapped, transactionId: second } as Input,
    );
    expect(s.sale(second).authorization?.stan).toBe(2);
    const wrapped = new Scenario();
    wrapped.state = { ...wrapped.state, lastStan: 999_999 };
    expect(wrapped.when(startCard, tapped).sale().authorization?.stan).toBe(1);
  });
});

describe('receipts', () => {
  it('a printer fault keeps the sale approved and on the screen; the reprint is the first receipt, not a copy', () => {
    const s = new Scenario().when(startCard, tapped, approved, {
      type: 'ReceiptFailed',
      transactionId: id,
      jobId: `${id}-1`,
      trouble: 'paperOut',
    });
    expect(s.effects).toEqual([]);
    expect(s.sale()).toMatchObject({ phase: 'approved', receipt: { state: 'failed', trouble: 'paperOut' } });
    s.when({ type: 'ReprintReceipt', transactionId: id });
    expect(s.effects).toMatchObject([{ type: 'PrintReceipt', jobId: `${id}-2`, copy: false }]);
    s.when({ type: 'ReceiptPrinted', transactionId: id, jobId: `${id}-1` });
    expect(s.sale().receipt.state).toBe('printing');
    s.when({ type: 'ReceiptPrinted', transactionId: id, jobId: `${id}-2` });
    expect(s.sale().receipt).toMatchObject({ state: 'printed', copies: 1 });
  });

  it('a job that may be on paper, and every further one, is marked as a copy', () => {
    const s = new Scenario().when(
      startCard,
      tapped,
      approved,
      { type: 'ReceiptFailed', transactionId: id, jobId: `${id}-1`, trouble: 'timeout' },
      { type: 'ReprintReceipt', transactionId: id },
    );
    expect(s.effects).toMatchObject([{ copy: true }]);
    s.when(
      { type: 'ReceiptPrinted', transactionId: id, jobId: `${id}-2` },
      { type: 'ReprintReceipt', transactionId: id },
    );
    expect(s.effects).toMatchObject([{ jobId: `${id}-3`, copy: true }]);
  });
});

const shown = () => new Scenario().when(startQr, qrIssued);

describe('QR sale', () => {
  it('issued → paid exactly → printed', () => {
    const s = shown();
    expect(s.sale()).toMatchObject({ phase: 'awaitingPayment', qr: { issue } });
    s.when({ type: 'PaymentNotified', transfer: transfer() });
    expect(s.sale()).toMatchObject({ phase: 'paid', excess: null });
    expect(moneyMoved(s.sale())).toBe('yes');
    expect(s.effectTypes()).toEqual(['StopTimer', 'PrintReceipt']);
  });

  it('a notice that comes twice is recorded once', () => {
    const s = shown().when(
      { type: 'PaymentNotified', transfer: transfer() },
      { type: 'PaymentNotified', transfer: transfer() },
    );
    expect(s.last.kind).toBe('ignored');
    expect(s.eventTypes().filter((type) => type === 'QrPaymentConfirmed')).toHaveLength(1);
  });

  it('a second real transfer for a paid sale is kept as late', () => {
    const s = shown().when(
      { type: 'PaymentNotified', transfer: transfer() },
      { type: 'PaymentNotified', transfer: transfer({ providerTransactionId: 'FT2' }) },
    );
    expect(s.sale().lateTransfers).toHaveLength(1);
  });

  it('under-paid, then completed by a second transfer', () => {
    const s = shown().when({ type: 'PaymentNotified', transfer: transfer({ amount: vnd(40_000) }) });
    expect(s.sale()).toMatchObject({ phase: 'underPaid', missing: vnd(5000) });
    expect(moneyMoved(s.sale())).toBe('yes');
    s.when({
      type: 'PaymentNotified',
      transfer: transfer({ providerTransactionId: 'FT2', amount: vnd(5000) }),
    });
    expect(s.sale()).toMatchObject({ phase: 'paid', missing: null });
  });

  it('over-paid: confirmed, with the excess kept', () => {
    const s = shown().when({ type: 'PaymentNotified', transfer: transfer({ amount: vnd(50_000) }) });
    expect(s.sale()).toMatchObject({ phase: 'paid', excess: vnd(5000) });
  });

  it('expired: the provider is asked first; nothing there means not charged', () => {
    const s = shown().later(policy.qrExpiryMs).when(timer('qrExpiry'));
    expect(s.sale().phase).toBe('checkingPayment');
    expect(moneyMoved(s.sale())).toBe('unknown');
    expect(s.effectTypes()).toEqual(['StopTimer', 'QueryPayment']);
    s.when({ type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [] });
    expect(s.sale().phase).toBe('expired');
    expect(moneyMoved(s.sale())).toBe('no');
  });

  it('expired or cancelled, but the provider has the money: paid, one receipt', () => {
    for (const input of [timer('qrExpiry'), { type: 'CancelSale', transactionId: id } as Input]) {
      const s = shown().when(input, { type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [transfer()] });
      expect(s.sale().phase).toBe('paid');
      expect(s.effectTypes()).toContain('PrintReceipt');
    }
  });

  it('two part payments found by the query add up', () => {
    const s = shown().when(timer('qrExpiry'), {
      type: 'QueryAnswered',
      transactionId: id,
      attempt: 2,
      transfers: [transfer({ amount: vnd(20_000) }), transfer({ providerTransactionId: 'FT2', amount: vnd(25_000) })],
    });
    expect(s.sale()).toMatchObject({ phase: 'paid', missing: null, excess: null });
  });

  it('a query without an answer is repeated, and the sale may leave the screen meanwhile', () => {
    const s = shown().when(
      { type: 'CancelSale', transactionId: id },
      { type: 'QueryFailed', transactionId: id, attempt: 2, fault: 'unreachable' },
    );
    expect(s.effects).toMatchObject([{ type: 'StartTimer', timer: 'queryRetry' }]);
    s.when({ type: 'CloseSale', transactionId: id }, timer('queryRetry'));
    expect(s.effects).toMatchObject([{ type: 'QueryPayment', attempt: 3 }]);
    expect(s.sale().waitUntil).toBe(s.at + policy.providerTimeoutMs);
    s.when({ type: 'QueryAnswered', transactionId: id, attempt: 3, transfers: [transfer()] });
    expect(s.sale()).toMatchObject({ phase: 'cancelled', closed: true });
    expect(s.sale().lateTransfers).toHaveLength(1);
    expect(moneyMoved(s.sale())).toBe('yes');
  });

  it('money that arrives after the end is kept and answers "was I charged?" with yes', () => {
    const s = shown().when(
      timer('qrExpiry'),
      { type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [] },
      { type: 'CloseSale', transactionId: id },
      { type: 'PaymentNotified', transfer: transfer() },
    );
    expect(s.events.at(-1)).toMatchObject({ type: 'QrPaymentLate' });
    expect(moneyMoved(s.sale())).toBe('yes');
  });

  it('a transfer nobody asked for goes on the worklist once', () => {
    const stray = transfer({ reference: 'UNKNOWN' });
    const s = shown().when({ type: 'PaymentNotified', transfer: stray }, { type: 'PaymentNotified', transfer: stray });
    expect(s.state.unmatched).toHaveLength(1);
    expect(s.sale().phase).toBe('awaitingPayment');
  });

  it("right reference on the wrong account is not this sale's payment", () => {
    const s = shown().when({ type: 'PaymentNotified', transfer: transfer({ account: '999999' }) });
    expect(s.sale().phase).toBe('awaitingPayment');
    expect(s.state.unmatched).toMatchObject([{ reason: 'wrongAccount' }]);
  });

  it('a code that is paid before its registration was answered: kept, never swallowed', () => {
    const s = new Scenario().when(startQr, { type: 'PaymentNotified', transfer: transfer() });
    expect(s.sale().lateTransfers).toHaveLength(1);
    s.when({ type: 'QrIssueFailed', transactionId: id, fault: 'noReply' });
    expect(moneyMoved(s.sale())).toBe('yes');
  });

  it("a transfer to another account is nobody's late payment, and is listed once", () => {
    const stray = transfer({ account: '999999' });
    const s = shown().when(
      { type: 'PaymentNotified', transfer: stray },
      { type: 'CancelSale', transactionId: id },
      { type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [stray] },
      { type: 'PaymentNotified', transfer: stray },
    );
    expect(s.sale()).toMatchObject({ phase: 'cancelled', lateTransfers: [] });
    expect(moneyMoved(s.sale())).toBe('no');
    expect(s.state.unmatched).toHaveLength(1);
  });

  it('an answer from before the code was withdrawn is no verdict', () => {
    const s = shown().restart().when({ type: 'CancelSale', transactionId: id });
    expect(s.when({ type: 'QueryAnswered', transactionId: id, attempt: 1, transfers: [] }).last.kind).toBe('ignored');
    expect(s.sale().phase).toBe('checkingPayment');
    s.when({ type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [transfer()] });
    expect(s.sale().phase).toBe('paid');
  });

  it('no code could be issued: failed, no money', () => {
    const s = new Scenario().when(startQr, { type: 'QrIssueFailed', transactionId: id, fault: 'noReply' });
    expect(s.sale()).toMatchObject({ phase: 'failed', failReason: 'qrUnavailable' });
  });
});

describe('restart', () => {
  it.each([
    ['awaiting a card', [startCard], 'cancelled', []],
    ['authorising', [startCard, tapped], 'reversing', ['SendReversal']],
    ['printing', [startCard, tapped, approved], 'approved', ['PrintReceipt']],
    ['reversing', [startCard, tapped, unreachable('noReply')], 'reversing', ['SendReversal']],
    ['issuing a code', [startQr], 'issuingQr', ['IssueQr']],
    ['showing a code', [startQr, qrIssued], 'awaitingPayment', ['StartTimer', 'QueryPayment']],
    ['asking the provider', [startQr, qrIssued, timer('qrExpiry')], 'checkingPayment', ['QueryPayment']],
  ] as const)('while %s', (_, inputs, phase, effects) => {
    const s = new Scenario().when(...inputs).restart();
    expect(s.sale().phase).toBe(phase);
    for (const effect of effects) expect(s.effectTypes()).toContain(effect);
    expect(s.effectTypes()).not.toContain('SendAuthorization');
    expect(s.effectTypes()).not.toContain('ActivateReader');
  });

  it('a reversal taken up again is a repeat, and a receipt taken up again is a copy', () => {
    expect(new Scenario().when(startCard, tapped, unreachable('noReply')).restart().effects).toMatchObject([
      { type: 'SendReversal', request: { attempt: 2 } },
    ]);
    expect(new Scenario().when(startCard, tapped, approved).restart().effects).toMatchObject([
      { type: 'PrintReceipt', jobId: `${id}-1`, copy: true },
    ]);
  });

  it('a wait that is taken up again has a limit in the future', () => {
    for (const inputs of [
      [startQr],
      [startQr, qrIssued, timer('qrExpiry')],
      [startCard, tapped, unreachable('noReply')],
    ]) {
      const s = new Scenario()
        .when(...inputs)
        .later(3_600_000)
        .restart();
      expect(s.sale().waitUntil).toBeGreaterThan(s.at);
    }
  });

  it('keys of forgotten sales still start nothing twice, and repeated notices stay known', () => {
    const s = new Scenario().when(started, startQr, qrIssued, { type: 'PaymentNotified', transfer: transfer() });
    s.when({ type: 'CloseSale', transactionId: id }, closeBatch);
    for (let n = 2; n <= 1005; n += 1) {
      const sale = transactionId(`S-N${n}`);
      s.when({ ...startCard, transactionId: sale, key: `key-${n}` } as Input, {
        type: 'CancelSale',
        transactionId: sale,
      });
    }
    expect(s.state.transactions.has(id)).toBe(false);
    expect(s.when({ ...startQr, transactionId: transactionId('S-AGAIN') } as Input).last.kind).toBe('ignored');
    expect(s.when({ type: 'PaymentNotified', transfer: transfer() }).last.kind).toBe('ignored');
    expect(s.state.unmatched).toEqual([]);
  });

  it('money paid while the terminal was down is found', () => {
    const s = new Scenario()
      .when(startQr, qrIssued)
      .restart()
      .when({ type: 'QueryAnswered', transactionId: id, attempt: 1, transfers: [transfer()] });
    expect(s.sale().phase).toBe('paid');
  });

  it('folding the same events gives the same state', () => {
    const s = new Scenario().when(startQr, qrIssued, { type: 'PaymentNotified', transfer: transfer() });
    const before = s.sale();
    expect(s.restart().sale()).toEqual(before);
  });
});
