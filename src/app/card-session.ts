/**
 * One card session: wait for a card, run the kernel of its interface over `exchange`, let the card go. A tapped card is
 * read in one go, without screen, disk or network; an inserted one stays for the host's answer (contact-session.ts).
 */
import { assert } from '../core/base/assert.ts';
import type { CardConnection, CardReader } from '../../devices/card-reader.ts';
import type { DeviceFault } from '../../devices/device.ts';
import type { Clock } from '../core/base/ports.ts';
import type { CardAnswer } from '../core/emv/card-channel.ts';
import { contactSale } from '../core/emv/contact/kernel.ts';
import type { ContactSale } from '../core/emv/contact/requests.ts';
import { contactlessSale } from '../core/emv/contactless/entry-point.ts';
import type { KernelResult } from '../core/emv/kernel-result.ts';
import type { SaleInput } from '../core/emv/terminal-data.ts';
import type { ReaderTrouble } from '../core/transaction/model.ts';
import { ContactSession, type ContactParts, type ContactStop } from './contact-session.ts';

export type SessionEnd =
  | { readonly kind: 'tapped'; readonly result: KernelResult; readonly tap: TapTiming }
  /** `session` waits for the host when `stop` is `online`; otherwise the card has no power any more. */
  | { readonly kind: 'inserted'; readonly session: ContactSession; readonly stop: ContactStop }
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
  /** Longest single exchange with a tapped card. */
  readonly exchangeTimeoutMs: number;
  readonly clock: Clock;
  /** Made when the card is there, so that time and unpredictable number are fresh for every card. */
  readonly saleInput: () => SaleInput;
  readonly contact: ContactParts;
  /** Told as soon as a card is in the slot. */
  readonly onInserted: () => void;
  readonly kernels: Kernels;
}

/** What runs a card, by its interface. */
export interface Kernels {
  readonly contact: (input: SaleInput) => ContactSale;
  readonly contactless: (input: SaleInput) => Generator<Uint8Array, KernelResult, CardAnswer>;
}

export const emvKernels: Kernels = { contact: contactSale, contactless: contactlessSale };

const troubles: Readonly<Partial<Record<DeviceFault['kind'], ReaderTrouble>>> = {
  notConnected: 'notConnected',
  busy: 'busy',
};

export async function runCardSession(reader: CardReader, options: SessionOptions): Promise<SessionEnd> {
  const { signal, waitMs } = options;
  const waited = await reader.waitForCard({ signal, timeoutMs: waitMs });
  if (!waited.ok) {
    const { kind, detail } = waited.fault;
    if (kind === 'aborted' || kind === 'timeout') return { kind: 'noCard' };
    return { kind: 'unavailable', trouble: troubles[kind] ?? 'failed', detail };
  }
  const connection = waited.value;
  return connection.interface === 'contact' ? inserted(connection, options) : tapped(connection, options);
}

async function inserted(connection: CardConnection, options: SessionOptions): Promise<SessionEnd> {
  const { signal, saleInput, contact, onInserted, kernels } = options;
  onInserted();
  const session = new ContactSession(connection, kernels.contact(saleInput()), contact);
  return { kind: 'inserted', session, stop: await session.begin(signal) };
}

async function tapped(connection: CardConnection, options: SessionOptions): Promise<SessionEnd> {
  const { signal, exchangeTimeoutMs, clock } = options;
  const startedMs = clock.monotonicMs();
  let exchangeMs = 0;
  let exchanges = 0;
  const kernel = options.kernels.contactless(options.saleInput());
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
    assert(exchanges > 0 || exchangeMs === 0, 'card: time on the air is spent in exchanges');
    const tap = { totalMs: clock.monotonicMs() - startedMs, exchangeMs, exchanges };
    return { kind: 'tapped', result: turn.value, tap };
  } finally {
    // A kernel that was not run to its end wipes what it has read of the card.
    kernel.return({ outcome: { kind: 'tryAgain', reason: 'communicationError' } });
    await connection.disconnect();
  }
}
