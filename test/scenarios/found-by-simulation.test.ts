/** What the simulator (test/sim) has found, each as the shortest story that leads there. */
import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { isDeclinedForNow } from '../../src/core/transaction/evolve-answers.ts';
import { isWaiting, moneyMoved } from '../../src/core/transaction/state.ts';
import {
  completed,
  id,
  inserted,
  notSent,
  offline,
  policy,
  qrIssued,
  Scenario,
  startCard,
  startQr,
  tapped,
} from './given.ts';

const dayMs = 86_400_000;
const hostReply = (responseCode: string): Input => ({
  type: 'HostReply',
  transactionId: id,
  stan: 1,
  reply: { responseCode },
});
const noReply: Input = { ...notSent, fault: 'noReply' } as Input;

// Seed 1046: the network doubled a request; the host could not decide the first copy (91) and approved the second.
describe('a request that comes to the host twice', () => {
  const late: Input = { type: 'LateReply', stan: 1, reply: { responseCode: '00' } };
  const confirmed: Input = { type: 'ReversalReply', transactionId: id, reply: { responseCode: '00' } };

  it.each(['19', '68', '90', '91', '96'])('declined with %s is told as declined, and undone all the same', (code) => {
    const s = new Scenario().when(startCard, tapped, hostReply(code));
    expect(s.effectTypes()).toEqual(['StartTimer', 'SendReversal']);
    expect([moneyMoved(s.sale()), isDeclinedForNow(s.sale()), isWaiting(s.sale())]).toEqual(['no', true, false]);
    s.when({ type: 'TimerFired', transactionId: id, timer: 'autoClose' });
    expect(s.sale().closed).toBe(true);
    expect(s.restart().effectTypes()).toEqual(['SendReversal']);
    expect(s.when(confirmed).sale()).toMatchObject({ phase: 'reversed', closed: true });
    expect(isDeclinedForNow(s.sale())).toBe(true);
  });

  it('is in question once the host approves a copy of what it could not decide', () => {
    const s = new Scenario().when(startCard, tapped, hostReply('91'), late);
    expect([s.sale().phase, moneyMoved(s.sale()), isDeclinedForNow(s.sale())]).toEqual(['reversing', 'unknown', false]);
    const again = new Scenario().when(startCard, tapped, hostReply('91'), confirmed, late);
    expect(again.effectTypes()).toEqual(['SendReversal']);
    expect([again.sale().phase, moneyMoved(again.sale())]).toEqual(['reversing', 'unknown']);
  });

  it('needs a person when nobody confirms for long that nothing was taken', () => {
    const s = new Scenario({ alarmAfterAttempts: 1 }).when(startCard, tapped, hostReply('96'));
    s.when({ type: 'ReversalUnanswered', transactionId: id, detail: 'no reply' });
    expect([moneyMoved(s.sale()), isDeclinedForNow(s.sale()), s.sale().deadLetter?.why]).toEqual([
      'unknown',
      false,
      'no reply',
    ]);
  });

  it('is undone when a copy of what was declined for good is approved', () => {
    const s = new Scenario().when(startCard, tapped, hostReply('51'));
    expect(s.effectTypes()).toEqual(['StartTimer']);
    s.when({ ...late, stan: 2 }, { ...late, reply: { responseCode: '51' } });
    expect(s.sale().phase).toBe('declined');
    s.when(late);
    expect(s.effectTypes()).toEqual(['SendReversal']);
    expect(s.sale()).toMatchObject({ phase: 'reversing', reversalBecause: 'lateApproval' });
    expect(moneyMoved(s.when(confirmed).sale())).toBe('no');
  });

  it('is undone while an inserted card hears of the decline', () => {
    const s = new Scenario().when(startCard, inserted, hostReply('51'));
    expect(s.sale().phase).toBe('completingCard');
    s.when(late);
    expect(s.sale()).toMatchObject({ phase: 'reversing', reversalBecause: 'lateApproval' });
    s.when(completed('declined'));
    expect(s.sale().phase).toBe('reversing');
  });
});

describe('a clock that is set back by a day', () => {
  // Seed 18: the reversal that the link should have woken was put off until the clock was where it had been.
  it('does not put off a reversal when the link comes back', () => {
    const s = new Scenario().when(startCard, tapped, noReply);
    s.when({ type: 'ReversalUnanswered', transactionId: id, detail: 'no reply' });
    s.later(-dayMs).when({ type: 'LinkUp' });
    expect(s.effects).toMatchObject([{ type: 'SendReversal', request: { attempt: 2 } }]);
  });

  it('does not show a code for a day', () => {
    const s = new Scenario().when(startQr, qrIssued).later(-dayMs).restart();
    const timer = s.effects.find((effect) => effect.type === 'StartTimer');
    expect(timer).toMatchObject({ timer: 'qrExpiry' });
    expect(timer?.dueAt).toBeLessThanOrEqual(s.at + Math.max(policy.qrExpiryMs, policy.qrLongExpiryMs));
  });

  it('does not make stored payments wait until it is where it was', () => {
    const s = new Scenario({ offline }).when(startCard, tapped, notSent, { type: 'CardStored', transactionId: id });
    s.later(policy.retryMs).when({ type: 'TimerFired', transactionId: id, timer: 'forwardRetry' });
    expect(s.effectTypes()).toEqual(['Forward']);
    s.when({ type: 'ForwardUnanswered', transactionId: id, fault: 'noReply' });
    s.later(-dayMs).when({ type: 'LinkUp' });
    expect(s.effectTypes()).toEqual(['Forward']);
  });
});
