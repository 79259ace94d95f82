/**
 * Closes the batch by itself when its business day is over. Looked at often and not once at the right moment: the clock
 * may be set, and the machine may have slept through it.
 */
import { assert } from '../core/base/assert.ts';
import type { Clock } from '../core/base/ports.ts';
import { cutOverDue } from '../core/settlement/cut-over.ts';
import type { SettlementPolicy } from '../core/transaction/policy.ts';
import type { Terminal } from './terminal.ts';

const lookEveryMs = 20_000;

/** Starts to look; the result ends it. */
export function startSettlementClock(terminal: Terminal, clock: Clock, policy: SettlementPolicy): () => void {
  const { timeZone, cutOverTime } = policy;
  if (cutOverTime === null) return () => {};
  let cancel: (() => void) | undefined;
  const look = (): void => {
    const { number, opened } = terminal.state.settlement.open;
    assert(number >= 1, 'settlement clock: some batch is open');
    if (opened !== null && cutOverDue(opened.businessDate, clock.now(), timeZone, cutOverTime)) {
      terminal.handle({ type: 'CloseBatch', batch: number, because: 'cutOver', by: null });
    }
    cancel = clock.after(lookEveryMs, look);
  };
  look();
  return () => cancel?.();
}
