/**
 * One card session: wait for a card, run entry point and kernel as one loop over `exchange`, let the card go.
 * No screen, disk or network inside the tap.
 */
import type { CardReader } from '../../devices/card-reader.ts';
import type { DeviceFault } from '../../devices/device.ts';
import type { Clock } from '../core/base/ports.ts';
import { contactlessSale } from '../core/emv/contactless/entry-point.ts';
import type { KernelResult } from '../core/emv/kernel-result.ts';
import type { SaleInput } from '../core/emv/terminal-data.ts';
import type { ReaderTrouble } from '../core/transaction/model.ts';

export type SessionEnd =
  | { readonly kind: 'card'; readonly result: KernelResult; readonly tap: TapTiming }
  | { readonly kind: 'unavailable'; readonly trouble: ReaderTrouble; readonly detail: string }
  /** Asked to stop, or the wait was over: no card was read. */
  | { readonly kind: 'noCard' };

/** How long the card had to be held, and how much of that was ours. */
export interface TapTiming {
  readonly totalMs: number;
  readonly exchangeMs: number;
  readonly exchanges: number;
}

export interface SessionOptions {
  readonly signal: AbortSignal;
  /** Longest wait for a card. */
  readonly waitMs: number;
  /** Longest single exchange. */
  readonly exchangeTimeoutMs: number;
  readonly clock: Clock;
  /** Made when the card is there, so that time and unpredictable number are fresh for every tap. */
  readonly saleInput: () => SaleInput;
}

const troubles: Readonly<Partial<Record<DeviceFault['kind'], ReaderTrouble>>> = {
  notConnected: 'notConnected',
  busy: 'busy',
};

export async function runCardSession(reader: CardReader, options: SessionOptions): Promise<SessionEnd> {
  const { signal, waitMs, exchangeTimeoutMs, clock } = options;
  const waited = await reader.waitForCard({ signal, timeoutMs: waitMs });
  if (!waited.ok) {
    const { kind, detail } = waited.fault;
    if (kind === 'aborted' || kind === 'timeout') return { kind: 'noCard' };
    return { kind: 'unavailable', trouble: troubles[kind] ?? 'failed', detail };
  }
  const connection = waited.value;
  const startedMs = clock.monotonicMs();
  let exchangeMs = 0;
  let exchanges = 0;
  const done = (result: KernelResult): SessionEnd => ({
    kind: 'card',
    result,
    tap: { totalMs: clock.monotonicMs() - startedMs, exchangeMs, exchanges },
  });
  const kernel = contactlessSale(options.saleInput());
  try {
    let turn = kernel.next();
    while (turn.done !== true) {
      const sentMs = clock.monotonicMs();
      const reply = await connection.exchange(turn.value, { signal, timeoutMs: exchangeTimeoutMs });
      exchangeMs += clock.monotonicMs() - sentMs;
      exchanges += 1;
      if (!reply.ok) {
        if (reply.fault.kind === 'aborted') return { kind: 'noCard' };
        turn = kernel.next(reply.fault.kind === 'notConnected' ? 'removed' : 'noAnswer');
        continue;
      }
      turn = kernel.next(reply.value);
    }
    return done(turn.value);
  } finally {
    // A kernel that was not run to its end wipes what it has read of the card.
    kernel.return({ outcome: { kind: 'tryAgain', reason: 'communicationError' } });
    await connection.disconnect();
  }
}
