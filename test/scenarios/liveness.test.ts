/**
 * The machine against a model of a host, in random order: requests that are lost before or after they are booked, late
 * replies, timers, restarts, a cashier who presses whatever she may. Whatever happened, once the host is well and time
 * passes, nothing is left in question, nobody waits for ever, and both sides have booked the same.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { unreachable } from '../../src/core/base/assert.ts';
import { transactionId, type TransactionId } from '../../src/core/base/brand.ts';
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { AuthorizationReply } from '../../src/core/transaction/model.ts';
import { unsent } from '../../src/core/transaction/outbox.ts';
import { isWaiting, moneyMoved, type Transaction } from '../../src/core/transaction/state.ts';
import { card, chipCard, completed, offline, policy, Scenario, startCard, started, vnd } from './given.ts';

/** What becomes of a message: answered, lost on its way or on its way back, or answered too late. */
type Fate = 'answered' | 'lostBefore' | 'lostAfter' | 'late' | 'notSent' | 'declined';

const yes: AuthorizationReply = { responseCode: '00', approvalCode: 'A1B2C3', rrn: '632600000001' };

/** A host that books once by trace number and says the same to every repeat. */
class ModelHost {
  /** Trace numbers that hold money: sales, refunds, completions; and the holds. */
  readonly booked = new Set<number>();
  readonly #answers = new Map<number, string>();
  readonly #reversed = new Set<number>();

  decide(stan: number, declined: boolean, books: () => void): string {
    const known = this.#answers.get(stan);
    if (known !== undefined) return known;
    const code = this.#reversed.has(stan) ? '94' : declined ? '51' : '00';
    this.#answers.set(stan, code);
    if (code === '00') books();
    return code;
  }

  /** A reversal that overtakes its original is remembered. */
  reverse(stan: number): void {
    this.booked.delete(stan);
    this.#reversed.add(stan);
  }
}

class World {
  readonly s = new Scenario({ offline: { ...offline, maxSum: 1e12, maxCount: 99, maxPerCard: 99 } }).when(started);
  readonly host = new ModelHost();
  #pending: Effect[] = [];
  readonly #timers = new Map<string, Input>();
  readonly #late: Input[] = [];
  #sales = 0;

  in(...inputs: readonly Input[]): void {
    for (const input of inputs) {
      this.s.when(input);
      this.#take();
    }
  }

  #take(): void {
    for (const effect of this.s.effects) {
      if (effect.type === 'StartTimer') {
        const { transactionId: id, timer } = effect;
        this.#timers.set(`${id} ${timer}`, { type: 'TimerFired', transactionId: id, timer });
      } else if (effect.type === 'StopTimer') this.#timers.delete(`${effect.transactionId} ${effect.timer}`);
      else if (effect.type === 'StartBatchTimer') {
        this.#timers.set(`batch ${effect.batch}`, { type: 'BatchTimerFired', batch: effect.batch });
      } else if (effect.type !== 'DeactivateReader' && effect.type !== 'ForgetCard') this.#pending.push(effect);
    }
  }

  restart(): void {
    this.#pending = [];
    this.#timers.clear();
    this.#late.length = 0;
    this.s.restart();
    this.#take();
  }

  start(kind: 'sale' | 'hold' | 'refund'): void {
    this.#sales += 1;
    const common = { transactionId: transactionId(`S-L${this.#sales}`), key: `l-${this.#sales}`, amount: vnd(1000) };
    if (kind === 'sale') this.in({ ...startCard, ...common });
    else if (kind === 'hold') this.in({ type: 'StartPreAuthorization', ...common });
    else this.in({ type: 'StartRefund', ...common, method: 'card', original: null, approvedBy: 'Lan' });
  }

  fireTimer(which: number): void {
    const key = [...this.#timers.keys()][which % Math.max(1, this.#timers.size)];
    const input = key === undefined ? undefined : this.#timers.get(key);
    if (key === undefined || input === undefined) return;
    this.#timers.delete(key);
    this.s.later(policy.retryMaxMs);
    this.in(input);
  }

  tellLate(): void {
    const input = this.#late.shift();
    if (input !== undefined) this.in(input);
  }

  finish(which: number, fate: Fate): void {
    const [effect] = this.#pending.splice(which % Math.max(1, this.#pending.length), 1);
    if (effect !== undefined) this.in(this.#outcome(effect, fate));
  }

  #outcome(effect: Effect, fate: Fate): Input {
    switch (effect.type) {
      case 'ActivateReader':
        return {
          type: 'CardOutcome',
          transactionId: effect.transactionId,
          outcome: { kind: 'onlineRequest', card: this.#sales % 2 === 0 ? card : chipCard },
        };
      case 'CompleteCard': {
        // However the request went, the card may say what it likes, or be gone.
        const decision = fate === 'answered' ? 'approved' : fate === 'declined' ? 'declined' : 'notCompleted';
        return { ...completed(decision), transactionId: effect.transactionId };
      }
      case 'PrintReceipt':
        return { type: 'ReceiptPrinted', transactionId: effect.transactionId, jobId: effect.jobId };
      case 'StoreCard':
        return { type: 'CardStored', transactionId: effect.transactionId };
      case 'SendAuthorization': {
        const { transactionId: id, stan } = effect.request;
        const reply = this.#host(stan, fate, () => this.host.booked.add(stan));
        if (typeof reply === 'object') return { type: 'HostReply', transactionId: id, stan, reply };
        return { type: 'HostUnreachable', transactionId: id, stan, fault: reply };
      }
      case 'SendReversal': {
        const { transactionId: id, originalStan } = effect.request;
        if (fate !== 'lostBefore' && fate !== 'notSent') this.host.reverse(originalStan);
        return fate === 'answered' || fate === 'declined'
          ? { type: 'ReversalReply', transactionId: id, reply: { responseCode: '00' } }
          : { type: 'ReversalUnanswered', transactionId: id, detail: fate };
      }
      case 'SendFollowUp': {
        const { transactionId: id, stan, operation, original } = effect.request;
        // A decline of a completion is not part of the model: a hold is a promise.
        const fateOf = operation === 'completion' && fate === 'declined' ? 'answered' : fate;
        const reply = this.#host(stan, fateOf, () => {
          if (operation !== 'increment') this.host.booked.delete(original.stan);
          if (operation === 'completion') this.host.booked.add(stan);
        });
        if (typeof reply === 'object') return { type: 'FollowUpReply', transactionId: id, stan, reply };
        return { type: 'FollowUpUnanswered', transactionId: id, stan, fault: reply };
      }
      case 'Forward': {
        const { transactionId: id, stan, manner } = effect.request;
        // What the issuer's own chip has approved is not declined afterwards: that is a case for a person.
        const fateOf = manner === 'chipApproved' && fate === 'declined' ? 'answered' : fate;
        const reply = this.#host(stan, fateOf, () => this.host.booked.add(stan));
        if (typeof reply === 'object') return { type: 'ForwardReply', transactionId: id, reply };
        return { type: 'ForwardUnanswered', transactionId: id, fault: reply };
      }
      case 'SendReconciliation': {
        const { batch, stan, attempt } = effect.request;
        if (fate !== 'answered') {
          return { type: 'ReconciliationUnanswered', batch, stan, attempt, detail: fate };
        }
        return { type: 'ReconciliationReply', batch, stan, attempt, reply: { responseCode: '00' } };
      }
      case 'AwaitCode':
      case 'DeactivateReader':
      case 'ForgetCard':
      case 'IssueQr':
      case 'QueryPayment':
      case 'RefundQr':
      case 'QueryRefund':
      case 'CancelQr':
      case 'StartTimer':
      case 'StopTimer':
      case 'StartBatchTimer':
      case 'UploadEntry':
        throw new Error(`not part of the model: ${effect.type}`);
      default:
        return unreachable(effect, 'model');
    }
  }

  /** The reply, or the fault that the terminal sees. A late reply is told some time afterwards. */
  #host(stan: number, fate: Fate, books: () => void): AuthorizationReply | 'notSent' | 'noReply' {
    if (fate === 'notSent') return 'notSent';
    if (fate === 'lostBefore') return 'noReply';
    const responseCode = this.host.decide(stan, fate === 'declined', books);
    const reply = { ...yes, responseCode };
    if (fate === 'lostAfter') return 'noReply';
    if (fate !== 'late') return reply;
    this.#late.push({ type: 'LateReply', stan, reply });
    return 'noReply';
  }

  /** The cashier presses something on a payment, whatever it is. */
  press(which: number, what: 'void' | 'increment' | 'complete' | 'cancel' | 'close' | 'settle'): void {
    const all = [...this.s.state.transactions.keys()];
    const id = all[which % Math.max(1, all.length)];
    if (id === undefined) return;
    if (what === 'void') this.in({ type: 'VoidTransaction', transactionId: id, approvedBy: null });
    else if (what === 'increment') this.in({ type: 'IncrementHold', transactionId: id, amount: vnd(500) });
    else if (what === 'complete') this.in({ type: 'CompleteHold', transactionId: id, amount: vnd(900) });
    else if (what === 'cancel') this.in({ type: 'CancelSale', transactionId: id });
    else if (what === 'close') this.in({ type: 'CloseSale', transactionId: id });
    else this.in({ type: 'CloseBatch', batch: this.s.state.settlement.open.number, because: 'person', by: null });
  }

  /** The host is well, the line is up, and time passes. */
  heal(): void {
    for (let round = 0; round < 60; round += 1) {
      while (this.#late.length > 0) this.tellLate();
      while (this.#pending.length > 0) this.finish(0, 'answered');
      for (const { id, phase } of this.s.state.transactions.values()) {
        if (phase === 'awaitingCard') this.in({ type: 'CancelSale', transactionId: id });
      }
      this.s.later(policy.retryMaxMs);
      this.in({ type: 'LinkUp' });
      const timers = this.#timers.size;
      for (let n = 0; n < timers; n += 1) this.fireTimer(0);
      // What the host will not have waits for a person, who asks for it once more.
      if (round % 10 === 9) this.in({ type: 'SendNow' });
    }
  }
}

const holds = ({ kind, phase }: Transaction): boolean => kind === 'preAuthorization' && phase === 'authorised';

/** Trace numbers that the terminal says hold money. */
function booked(s: Scenario): Set<number> {
  const stans = new Set<number>();
  for (const transaction of s.state.transactions.values()) {
    const counts = moneyMoved(transaction) === 'yes' || holds(transaction);
    if (counts && transaction.hostOriginal !== null) stans.add(transaction.hostOriginal.stan);
  }
  return stans;
}

const which = fc.nat(7);
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('answered' as const) },
  { weight: 5, arbitrary: fc.constantFrom('lostBefore', 'lostAfter', 'late', 'notSent', 'declined') },
);
const step: fc.Arbitrary<(world: World) => void> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('sale', 'hold', 'refund').map((kind) => (w: World) => w.start(kind)) },
  {
    weight: 8,
    arbitrary: fc.tuple(which, fate).map(
      ([n, fate]) =>
        (w: World) =>
          w.finish(n, fate),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(which, fc.constantFrom('void', 'increment', 'complete', 'cancel', 'close', 'settle')).map(
      ([n, what]) =>
        (w: World) =>
          w.press(n, what),
    ),
  },
  { weight: 3, arbitrary: which.map((n) => (w: World) => w.fireTimer(n)) },
  { weight: 1, arbitrary: fc.constant((w: World) => w.tellLate()) },
  { weight: 1, arbitrary: fc.constant((w: World) => w.in({ type: 'LinkUp' })) },
  { weight: 1, arbitrary: fc.constant((w: World) => w.restart()) },
);

it('ends with both books equal and nothing in question', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 250, size: 'max' }), (steps) => {
      const world = new World();
      for (const each of steps) each(world);
      world.heal();
      const { s, host } = world;
      expect(unsent(s.state)).toEqual({ stored: 0, inQuestion: 0, closingBatches: 0 });
      const open = [...s.state.transactions.values()].filter(isWaiting).map(({ phase }) => phase);
      expect(open).toEqual([]);
      expect([...booked(s)].sort((a, b) => a - b)).toEqual([...host.booked].sort((a, b) => a - b));
      const ids: TransactionId[] = s.state.settlement.open.bookings.map(({ entry }) => entry.transactionId);
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: Number(process.env['CHAM_RUNS'] ?? 400) },
  );
});
