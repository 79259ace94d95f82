/** A bug in the machine: nothing is written, nothing is done, the terminal says so, and a restart goes on. */
import { describe, expect, it } from 'vitest';
import { approved, id, identity, policy, startCard, tapped } from '../../test/scenarios/given.ts';
import { assert } from '../core/base/assert.ts';
import { epochMs, type EpochMs } from '../core/base/brand.ts';
import { ok } from '../core/base/result.ts';
import { decide, resume } from '../core/transaction/decide.ts';
import type { Effect } from '../core/transaction/effects.ts';
import type { JournalEvent, Recorded } from '../core/transaction/events.ts';
import { apply } from '../core/transaction/evolve.ts';
import type { Input } from '../core/transaction/inputs.ts';
import { bugCode, FoldFailed, moneyAfterHalt } from './halt.ts';
import type { JournalPort } from './ports.ts';
import { Terminal, type EffectRunner, type Machine } from './terminal.ts';

const real: Machine = { decide, resume, apply };

function journalOf(recorded: Recorded[]): JournalPort {
  const head = () => ({ sequence: recorded.length, hash: '' });
  return {
    append(events: readonly JournalEvent[], at: EpochMs) {
      for (const event of events) recorded.push({ at, event });
      return ok(head());
    },
    read: (after = 0) => recorded.slice(after),
    head,
    latestSnapshot: () => undefined,
    writeSnapshot: () => ok(undefined),
  };
}

function given(machine: Machine, recorded: Recorded[] = []) {
  const logged: string[] = [];
  const terminal = new Terminal({
    journal: journalOf(recorded),
    clock: { now: () => epochMs(1_800_000_000_000), monotonicMs: () => 0, after: () => () => {} },
    log: {
      write: (level, message, fields) => void (level === 'error' && logged.push(JSON.stringify([message, fields]))),
    },
    policy,
    softwareVersion: '0.0.0',
    identity,
    machine,
  });
  const effects: Effect[] = [];
  const start = (run: EffectRunner['run'] = (effect) => void effects.push(effect)): void => terminal.start({ run });
  return { terminal, recorded, effects, logged, start };
}

/** Types of the journaled events. */
function types(recorded: readonly Recorded[]): readonly string[] {
  return recorded.map(({ event }) => event.type);
}

/** The machine with a bug that shows at one input. */
function failingAt(type: Input['type']): Machine {
  return {
    ...real,
    decide(state, input, context) {
      assert(input.type !== type, 'planted');
      return decide(state, input, context);
    },
  };
}

/** The machine with a bug that shows when one event is folded. */
function failingOn(type: JournalEvent['type']): Machine {
  return {
    ...real,
    apply(draft, recorded) {
      assert(recorded.event.type !== type, 'planted');
      apply(draft, recorded);
    },
  };
}

describe('a bug in the loop', () => {
  it('before the journal is written: nothing is written, nothing done, nothing taken any more', () => {
    const { terminal, recorded, effects, logged, start } = given(failingAt('CardOutcome'));
    start();
    terminal.handle(startCard);
    const before = { recorded: [...recorded], effects: effects.length, state: structuredClone(terminal.state) };
    let told = 0;
    terminal.onChange(() => (told += 1));
    expect(terminal.handle(tapped)).toMatchObject({ kind: 'halted' });
    expect(recorded).toEqual(before.recorded);
    expect(terminal.state).toEqual(before.state);
    expect(terminal.halted).toMatchObject({ kind: 'bug', why: expect.stringMatching(/^halt\.test:\d+$/) as string });
    expect(told).toBe(1);
    expect(terminal.handle({ type: 'CancelSale', transactionId: id }).kind).toBe('halted');
    expect(terminal.snapshot({ force: true })).toBe(false);
    expect(effects).toHaveLength(before.effects);
    expect(recorded).toEqual(before.recorded);
    expect(logged.join('\n')).toContain('planted');
  });

  it('after the journal was written: nothing is done about it here, and the next start folds it', () => {
    const first = given(failingOn('AuthorizationApproved'));
    first.start();
    for (const input of [startCard, tapped]) first.terminal.handle(input);
    const { length } = first.effects;
    expect(first.terminal.handle(approved).kind).toBe('halted');
    expect(types(first.recorded)).toContain('AuthorizationApproved');
    expect(first.effects).toHaveLength(length);
    expect(moneyAfterHalt(first.terminal.state.transactions.get(id)!)).toBe('unknown');
    const second = given(real, first.recorded);
    expect(second.terminal.state.transactions.get(id)).toMatchObject({ phase: 'approved' });
    second.start();
    expect(second.effects.map(({ type }) => type)).toContain('PrintReceipt');
    expect(second.terminal.handle({ ...startCard, transactionId: 'S-NEXT', key: 'next' } as Input).kind).toBe('act');
  });

  it('in an effect, or in what watches the terminal: the same', () => {
    const effect = given(real);
    effect.start(({ type }) => assert(type !== 'SendAuthorization', 'planted'));
    effect.terminal.handle(startCard);
    expect(effect.terminal.handle(tapped).kind).toBe('halted');
    expect(effect.terminal.halted?.kind).toBe('bug');

    const watched = given(real);
    watched.start();
    let told = 0;
    watched.terminal.onChange(() => {
      throw new TypeError('planted');
    });
    watched.terminal.onChange(() => (told += 1));
    expect(watched.terminal.handle(startCard).kind).toBe('halted');
    // Whoever comes after the one that fails hears it.
    expect(told).toBe(1);
  });

  it('at the start: the fold says so and changes nothing; what follows it halts the terminal', () => {
    const { terminal, recorded, start } = given(real);
    start();
    for (const input of [startCard, tapped, approved]) terminal.handle(input);
    const before = [...recorded];
    expect(() => given(failingOn('AuthorizationApproved'), recorded)).toThrow(FoldFailed);
    expect(recorded).toEqual(before);
    const resuming = given(
      {
        ...real,
        resume() {
          throw new RangeError('planted');
        },
      },
      recorded,
    );
    resuming.start();
    expect(resuming.terminal.halted?.kind).toBe('bug');
  });

  it('never says "not charged" of what it may just have heard of', () => {
    const { terminal, start } = given(real);
    start();
    terminal.handle(startCard);
    const sale = terminal.state.transactions.get(id)!;
    expect(moneyAfterHalt(sale)).toBe('no');
    expect(moneyAfterHalt({ ...sale, phase: 'authorising' })).toBe('unknown');
    expect(moneyAfterHalt({ ...sale, phase: 'declined' })).toBe('no');
    expect(moneyAfterHalt({ ...sale, phase: 'approved' })).toBe('yes');
    for (const phase of ['awaitingPayment', 'checkingPayment', 'expired', 'cancelled'] as const) {
      expect(moneyAfterHalt({ ...sale, method: 'qr', phase }), phase).toBe('unknown');
    }
    expect(moneyAfterHalt({ ...sale, method: 'qr', phase: 'paid' })).toBe('yes');
    expect(moneyAfterHalt({ ...sale, method: 'cash', phase: 'awaitingCash' })).toBe('unknown');
  });
});

describe('the code of a bug', () => {
  it('is the file and the line that found it, and quotes nothing', () => {
    const error = new Error('card 1234');
    error.stack =
      'AssertionFailed: card 1234\n    at assert (file:///x/src/core/base/assert.ts:16:25)\n' +
      '    at change (file:///x/src/core/transaction/evolve-follow-up.ts:123:3)';
    expect(bugCode(error)).toBe('evolve-follow-up:123');
    expect(bugCode('a text')).toBe('unknown');
    error.stack = undefined as unknown as string;
    expect(bugCode(error)).toBe('unknown');
  });
});
