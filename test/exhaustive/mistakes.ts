/**
 * Known mistakes, one at a time, in a machine that is otherwise the real one: the search has to find each. A search that
 * finds nothing may be one that sees nothing.
 */
import type { Decision } from '../../src/core/transaction/decide.ts';
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { TerminalState } from '../../src/core/transaction/state.ts';
import { realCore, type Core } from './machine.ts';

export interface Mistake {
  readonly what: string;
  /** Of the scenario in which it is looked for. */
  readonly scenario: string;
  readonly core: Core;
}

type Acted = Extract<Decision, { kind: 'act' }>;

/** The real decision, changed where `change` says so. */
function deciding(change: (acted: Acted, state: TerminalState, input: Input) => Decision): Core {
  return {
    ...realCore,
    decide: (state, input, context) => {
      const decision = realCore.decide(state, input, context);
      return decision.kind === 'act' ? change(decision, state, input) : decision;
    },
  };
}

function withoutEffects(isLeftOut: (effect: Effect) => boolean): Core {
  return deciding((acted) => ({ ...acted, effects: acted.effects.filter((effect) => !isLeftOut(effect)) }));
}

const ignored: Decision = { kind: 'ignored', why: 'a planted mistake' };

function has(events: readonly JournalEvent[], type: JournalEvent['type']): boolean {
  return events.some((event) => event.type === type);
}

const tapped = 'one sale, card tapped';

function toBeSure(event: JournalEvent): boolean {
  return event.type === 'ReversalQueued' && event.because === 'askedLater';
}

export const mistakes: readonly Mistake[] = [
  {
    what: 'no answer is taken for a decline: nothing is reversed',
    scenario: tapped,
    core: deciding((acted, _state, input) => {
      if (!has(acted.events, 'AuthorizationUnknown') || !('transactionId' in input)) return acted;
      const { transactionId } = input;
      return { ...acted, events: [{ type: 'SaleFailed', transactionId, reason: 'hostNotReached' }], effects: [] };
    }),
  },
  {
    what: 'after a restart the authorization is sent again',
    scenario: tapped,
    core: deciding((acted, state, input) => {
      const sale = 'transactionId' in input ? state.transactions.get(input.transactionId) : undefined;
      if (input.type !== 'Interrupted' || sale?.phase !== 'authorising') return acted;
      const { id: transactionId, kind, amount, authorization, card, batch } = sale;
      if (authorization === null || card === null) return acted;
      const { stan, requestedAt } = authorization;
      const request = { transactionId, kind, stan, amount, requestedAt, batch: batch ?? 1, card };
      return { kind: 'act', events: [], effects: [{ type: 'SendAuthorization', request, timeoutMs: 30_000 }] };
    }),
  },
  {
    what: 'late replies are not listened to',
    scenario: 'a host that forgets what it has not seen',
    core: deciding((acted, _state, input) => (input.type === 'LateReply' ? ignored : acted)),
  },
  {
    what: 'an answer that only asks to come back later is believed to be a decline',
    scenario: 'a host that cannot decide, and forgets',
    core: deciding((acted) => {
      if (!acted.events.some(toBeSure)) return acted;
      const events = acted.events.filter((event) => !toBeSure(event));
      return { ...acted, events, effects: acted.effects.filter(({ type }) => type !== 'SendReversal') };
    }),
  },
  {
    what: 'a reversal that was not answered is not tried again',
    scenario: 'a host that forgets what it has not seen',
    core: withoutEffects((effect) => effect.type === 'StartTimer' && effect.timer === 'reversalRetry'),
  },
  {
    what: 'a void that was not answered is taken for refused',
    scenario: tapped,
    core: deciding((acted, state, input) => {
      if (input.type !== 'FollowUpUnanswered' || !has(acted.events, 'FollowUpUnanswered')) return acted;
      const { transactionId, stan } = input;
      if (state.transactions.get(transactionId)?.followUp?.operation !== 'void') return acted;
      return { ...acted, events: [{ type: 'FollowUpRefused', transactionId, stan, responseCode: '91' }], effects: [] };
    }),
  },
  {
    what: 'a part that was accepted is booked twice',
    scenario: tapped,
    core: {
      ...realCore,
      apply: (draft, recorded) => {
        realCore.apply(draft, recorded);
        if (recorded.event.type === 'PartialAccepted') realCore.apply(draft, recorded);
      },
    },
  },
  {
    what: 'a trace number is used for the void too',
    scenario: tapped,
    core: {
      ...realCore,
      apply: (draft, recorded) => {
        realCore.apply(draft, recorded);
        if (recorded.event.type === 'AuthorizationRequested') draft.lastStan = recorded.event.stan - 1;
      },
    },
  },
  {
    what: 'a card that was pulled out counts as approved',
    scenario: 'one sale, card inserted',
    core: {
      ...realCore,
      decide: (state, input, context) => {
        const removed = input.type === 'CardCompleted' && input.completion.decision === 'notCompleted';
        const completion = { decision: 'approved', issuerAuthentication: 'performed' } as const;
        if (!removed) return realCore.decide(state, input, context);
        const decision = realCore.decide(state, { ...input, completion }, context);
        if (decision.kind !== 'act') return decision;
        const told = decision.events.map((event): JournalEvent => {
          return event.type === 'CardCompleted' ? { ...event, decision: 'notCompleted' } : event;
        });
        return { ...decision, events: told };
      },
    },
  },
  {
    what: 'stored payments that were under way are forgotten at a restart',
    scenario: 'one stored payment',
    core: {
      ...realCore,
      resume: (state) =>
        realCore
          .resume(state)
          .filter((input) => !('transactionId' in input) || !state.underWay.has(input.transactionId)),
    },
  },
  {
    what: 'a code that is cancelled ends without asking the bank',
    scenario: 'one QR sale',
    core: deciding((acted, _state, input) => {
      if (!has(acted.events, 'QrWithdrawn') || input.type !== 'CancelSale') return acted;
      const { transactionId } = input;
      return { ...acted, events: [{ type: 'SaleCancelled', transactionId, reason: 'cashier' }], effects: [] };
    }),
  },
  {
    what: 'an answer from before the code was withdrawn is believed',
    scenario: 'one QR sale',
    core: {
      ...realCore,
      decide: (state, input, context) => {
        if (input.type !== 'QueryAnswered') return realCore.decide(state, input, context);
        const attempt = state.transactions.get(input.transactionId)?.attempts.made ?? input.attempt;
        return realCore.decide(state, { ...input, attempt }, context);
      },
    },
  },
  {
    what: 'a batch does not wait for what is in question',
    scenario: 'the day ends during a sale',
    core: {
      ...realCore,
      decide: (state, input, context) => {
        if (input.type !== 'CloseBatch') return realCore.decide(state, input, context);
        const blind = { ...state, inQuestion: new Set<never>(), foreground: null };
        return realCore.decide(blind, input, context);
      },
    },
  },
  {
    what: 'a void takes the entry out of the batch',
    scenario: 'cash, and a refund of it',
    core: {
      ...realCore,
      apply: (draft, recorded) => {
        if (recorded.event.type !== 'CashVoided') realCore.apply(draft, recorded);
        else {
          realCore.apply(draft, recorded);
          draft.settlement.open.bookings.pop();
        }
      },
    },
  },
];
