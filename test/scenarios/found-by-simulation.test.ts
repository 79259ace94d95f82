/** What the simulator (test/sim) has found, each as the shortest story that leads there. */
import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { id, notSent, offline, policy, qrIssued, Scenario, startCard, startQr, tapped } from './given.ts';

const dayMs = 86_400_000;
const noReply: Input = { ...notSent, fault: 'noReply' } as Input;

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
