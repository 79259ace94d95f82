/**
 * Known mistakes, each of which some terminal has been built with. Planted one at a time, behind seams that only tests
 * use; the simulator has to find each of them, else it sees less than it says.
 */
import type { Machine } from '../../src/app/terminal.ts';
import type { Decision } from '../../src/core/transaction/decide.ts';
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { TerminalState } from '../../src/core/transaction/state.ts';
import type { PlantedBug } from './world.ts';

/** What the machine is told instead. */
function told(change: (input: Input, state: TerminalState) => Input): PlantedBug {
  return {
    machine: (real) => ({
      ...real,
      decide: (state, input, context) => real.decide(state, change(input, state), context),
    }),
  };
}

/** What it decides instead. */
function decided(change: (decision: Extract<Decision, { kind: 'act' }>, input: Input) => Decision): PlantedBug {
  return {
    machine: (real) => ({
      ...real,
      decide: (state, input, context) => {
        const decision = real.decide(state, input, context);
        return decision.kind === 'act' ? change(decision, input) : decision;
      },
    }),
  };
}

function withEffects(change: (effect: Effect) => Effect): PlantedBug {
  return decided((decision) => ({ ...decision, effects: decision.effects.map(change) }));
}

function machine(change: (real: Machine) => Machine): PlantedBug {
  return { machine: change };
}

export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  'skips the sync': { journal: { skipsSync: true } },
  'acts before it has appended': { journal: { actsFirst: true } },
  'takes no answer for a certain no': told((input) =>
    input.type === 'HostUnreachable' ? { ...input, fault: 'notSent' } : input,
  ),
  'gives a reversal up after the second attempt': told((input, { transactions }) =>
    input.type === 'ReversalUnanswered' && (transactions.get(input.transactionId)?.attempts.made ?? 0) > 1
      ? { type: 'ReversalReply', transactionId: input.transactionId, reply: { responseCode: '00' } }
      : input,
  ),
  'uses a trace number again after a restart': machine((real) => {
    let again = false;
    return {
      ...real,
      resume: (state) => {
        again = true;
        return real.resume(state);
      },
      decide: (state, input, context) => {
        const asks = input.type === 'CardOutcome' && input.outcome.kind === 'onlineRequest';
        const lastStan = asks && again && state.lastStan > 0 ? state.lastStan - 1 : state.lastStan;
        if (asks) again = false;
        return real.decide({ ...state, lastStan }, input, context);
      },
    };
  }),
  'forgets after a restart what was under way': machine((real) => ({ ...real, resume: () => [] })),
  'takes an interrupted request for one that never left': machine((real) => ({
    ...real,
    resume: (state) =>
      [...real.resume(state)].map((input) => {
        const open = 'transactionId' in input ? state.transactions.get(input.transactionId) : undefined;
        const stan = open?.authorization?.stan;
        if (open?.phase !== 'authorising' || stan === undefined) return input;
        return { type: 'HostUnreachable', transactionId: open.id, stan, fault: 'notSent' };
      }),
  })),
  'books a transfer once for every notice': machine((real) => {
    let notices = 0;
    return {
      ...real,
      decide: (state, input, context) => {
        if (input.type !== 'PaymentNotified') return real.decide(state, input, context);
        notices += 1;
        const { transfer } = input;
        const providerTransactionId = `${transfer.providerTransactionId}-${notices}`;
        return real.decide(state, { ...input, transfer: { ...transfer, providerTransactionId } }, context);
      },
    };
  }),
  'takes a void for done when nobody answers': told((input) =>
    input.type === 'FollowUpUnanswered'
      ? { type: 'FollowUpReply', transactionId: input.transactionId, stan: input.stan, reply: { responseCode: '00' } }
      : input,
  ),
  'takes a lost answer to a refund for a no': told((input) =>
    input.type === 'RefundUnanswered' ? { ...input, fault: 'refused' } : input,
  ),
  'takes a decline for an approval': told((input) =>
    input.type === 'HostReply' && !['00', '10'].includes(input.reply.responseCode)
      ? { ...input, reply: { ...input.reply, responseCode: '00' } }
      : input,
  ),
  'asks for another amount than it shows': withEffects((effect) => {
    if (effect.type !== 'SendAuthorization') return effect;
    const { amount } = effect.request;
    return { ...effect, request: { ...effect.request, amount: { ...amount, minorUnits: amount.minorUnits + 1 } } };
  }),
  'never tries a reversal again': decided((decision, input) =>
    input.type === 'ReversalUnanswered'
      ? { ...decision, effects: decision.effects.filter(({ type }) => type !== 'StartTimer') }
      : decision,
  ),
};
