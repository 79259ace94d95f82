/** What the exhaustive search (test/exhaustive) has found, each as the shortest story that leads there. */
import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { moneyMoved } from '../../src/core/transaction/state.ts';
import { id, notSent, qrIssued, Scenario, startCard, startQr, tapped, transfer } from './given.ts';

const noReply: Input = { ...notSent, fault: 'noReply' } as Input;
const unanswered: Input = { type: 'ReversalUnanswered', transactionId: id, detail: 'noReply' };
const retry: Input = { type: 'TimerFired', transactionId: id, timer: 'reversalRetry' };
const notFound: Input = { type: 'ReversalReply', transactionId: id, reply: { responseCode: '25' } };
const lateApproval: Input = {
  type: 'LateReply',
  stan: 1,
  reply: { responseCode: '00', approvalCode: 'A1B2C3', rrn: '632600000001' },
};

const noAnswer = (attempt: number): Input => ({ type: 'QueryFailed', transactionId: id, attempt, fault: 'noReply' });

const called = () =>
  new Scenario({ alarmAfterAttempts: 2 }).when(
    startQr,
    qrIssued,
    { type: 'CancelSale', transactionId: id },
    noAnswer(2),
  );

describe('a request that overtakes the repeat of its own reversal', () => {
  it('is not called undone because the host had not found it before', () => {
    // The repeat is answered "not found"; before that answer arrives, the request itself is booked and says so.
    const s = new Scenario().when(startCard, tapped, noReply, unanswered, retry, lateApproval, notFound);
    expect(s.sale().phase).toBe('reversing');
    expect(moneyMoved(s.sale())).toBe('unknown');
    // What was sent after the approval has to find it; if even that does not, there is nothing.
    s.when(retry, notFound);
    expect(s.sale().phase).toBe('reversed');
  });

  it('is asked for again by the clock, and undone', () => {
    const s = new Scenario().when(startCard, tapped, noReply, unanswered, retry, lateApproval, notFound);
    expect(s.effects).toMatchObject([{ type: 'StartTimer', timer: 'reversalRetry' }]);
    s.when(retry, { type: 'ReversalReply', transactionId: id, reply: { responseCode: '00' } });
    expect(s.sale().phase).toBe('reversed');
  });

  it('a refusal that comes late changes nothing: "not found" is believed from a repeat', () => {
    const declined: Input = { type: 'LateReply', stan: 1, reply: { responseCode: '51' } };
    const s = new Scenario().when(startCard, tapped, noReply, unanswered, retry, declined, notFound);
    expect(s.sale().phase).toBe('reversed');
  });
});

describe('the alarm of a QR sale whose bank did not answer', () => {
  it('is there while it is in question', () => {
    expect(called().sale().deadLetter).not.toBeNull();
  });

  it('ends when the money comes', () => {
    const s = called().when({ type: 'PaymentNotified', transfer: transfer() });
    expect(s.sale()).toMatchObject({ phase: 'paid', deadLetter: null });
  });

  it('ends when a part of it comes', () => {
    const s = called().when({
      type: 'PaymentNotified',
      transfer: transfer({ amount: { minorUnits: 1000, currency: 'VND' } }),
    });
    expect(s.sale()).toMatchObject({ phase: 'underPaid', deadLetter: null });
  });

  it('ends when the bank says that nothing came', () => {
    const s = called().when(
      { type: 'TimerFired', transactionId: id, timer: 'queryRetry' },
      { type: 'QueryAnswered', transactionId: id, attempt: 3, transfers: [] },
    );
    expect(s.sale()).toMatchObject({ phase: 'cancelled', deadLetter: null });
  });
});
