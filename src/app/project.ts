/**
 * view = project(state): the only way from what the terminal knows to what a screen shows. Masked data in,
 * plain JSON out.
 */
import { assert } from '../core/base/assert.ts';
import { contractVersion, type TerminalView } from '../contract/view.ts';
import { exponent, type Money } from '../core/base/money.ts';
import type { Policy } from '../core/transaction/policy.ts';
import { isAside, shownTransaction, type TerminalState, type Transaction } from '../core/transaction/state.ts';
import { moneyAfterHalt, type Halt } from './halt.ts';
import { batchesView, outboxView } from './project-day.ts';
import { isBehind, payoutsView, worklist } from './project-work.ts';
import { saleView } from './project-sale.ts';

const shownRecent = 12;

/** What does not come from the journal. */
export interface Surroundings {
  readonly now: number;
  readonly terminal: Omit<TerminalView['terminal'], 'currencyExponent'>;
  readonly halted: Halt | undefined;
  readonly slot: boolean;
  readonly cardPrompt: TerminalView['cardPrompt'];
  readonly codes: TerminalView['codes'];
  readonly devices: TerminalView['devices'];
  readonly acquirerLink: TerminalView['acquirerLink'];
  readonly qrLink: TerminalView['qrLink'];
  readonly staticQr: TerminalView['staticQr'];
  readonly journal: TerminalView['journal'];
  readonly simulator: TerminalView['simulator'];
  readonly supervisors: readonly string[];
  readonly policy: Pick<Policy, 'offline' | 'otherMarks' | 'qrProvider'>;
}

export function project(state: TerminalState, around: Surroundings, currency: Money['currency']): TerminalView {
  const shown = shownTransaction(state);
  const all = [...state.transactions.values()];
  const { halted, policy, supervisors, ...rest } = around;
  assert(state.foreground === null || shown !== undefined, 'view: what is on the screen is known');
  const view = (transaction: Transaction) => saleView(transaction, state, policy.qrProvider);
  return {
    version: contractVersion,
    ...rest,
    terminal: { ...around.terminal, currencyExponent: exponent(currency) },
    state: halted === undefined ? 'ready' : 'halted',
    halt: halted === undefined ? null : { kind: halted.kind, reason: halted.why },
    sale:
      shown === undefined || shown.closed
        ? null
        : { ...view(shown), ...(halted === undefined ? {} : { actions: [], moneyMoved: moneyAfterHalt(shown) }) },
    aside: all.filter(isAside).map(view),
    background: all.filter((transaction) => isBehind(transaction) && !state.outbox.has(transaction.id)).map(view),
    worklist: worklist(state, policy),
    payouts: payoutsView(state),
    recent: all
      .filter((transaction) => transaction.closed && !isAside(transaction))
      .slice(-shownRecent)
      .toReversed()
      .map(view),
    holds: all.filter(({ phase, closed }) => closed && phase === 'authorised').map(view),
    outbox: outboxView(state, policy.offline, around.now, currency),
    batches: batchesView(state, currency),
    supervisors: [...supervisors],
  };
}
