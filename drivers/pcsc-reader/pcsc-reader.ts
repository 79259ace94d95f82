/**
 * Card reader over PC/SC (pcscd): any reader that Debian has a driver for. Follows the reader and pcscd as they come
 * and go, and hands over every card once. Every wait has a limit, though a call to pcscd has none: while one that was
 * given up has not returned, the reader is offline and makes no other, so a pcscd or reader that hangs costs the process
 * at most two threads.
 */
import * as z from 'zod';
import type { CardConnection, CardReader } from '../../devices/card-reader.ts';
import type { DeviceFault, DeviceHealth, DeviceOptions } from '../../devices/device.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import type { DriverHost, DriverModule } from '../driver.ts';
import { parseSettings } from '../settings.ts';
import type { PcscFault } from '../transport/pcsc-codes.ts';
import { loadPcsc, PcscContext, type PcscCard, type WinscardFunctions } from '../transport/pcsc.ts';
import { atMost, promised, within } from '../within.ts';
import { lingerMs, PcscConnection } from './connection.ts';
import { guessInterface } from './interface.ts';
import { ReaderWatch, type ReaderStatus } from './reader-watch.ts';

const settingsSchema = z.strictObject({
  /** A part of the reader's name as `pcsc_scan` shows it; absent for the first reader. */
  reader: z.string().min(1).optional(),
  /** Absent to tell from the card's ATR and the reader's name. */
  interface: z.enum(['contact', 'contactless']).optional(),
});

type Settings = z.infer<typeof settingsSchema>;
type CardStatus = Extract<ReaderStatus, { kind: 'card' }>;

/** What is open while the reader is. */
interface Session {
  readonly functions: WinscardFunctions;
  readonly watch: ReaderWatch;
}

/** The longest that `close` waits for pcscd. */
const closeLimitMs = 2000;
const pcscdHangs = 'pcscd does not answer (systemctl restart pcscd)';
const readerHangs = 'the reader does not answer (unplug it and plug it in again)';
const closed: ReaderStatus = { kind: 'unavailable', detail: 'the reader is closed' };

class PcscReader implements CardReader {
  readonly role = 'cardReader';
  readonly description = 'PC/SC card reader';
  readonly name: string;
  readonly hasSlot: boolean;
  readonly #settings: Settings;
  readonly #host: DriverHost;
  readonly #healthListeners = new Set<(health: DeviceHealth) => void>();
  readonly #statusListeners = new Set<(status: ReaderStatus) => void>();
  #session: Session | undefined;
  /** Whether the last watch still has a call under way. */
  #ending = false;
  #connection: PcscConnection | undefined;
  /** The card that is being let go. */
  #leaving: { readonly sinceMs: number; readonly work: Promise<void> } | undefined;
  #status: ReaderStatus = closed;
  /**
   * The presence that was handed over last: a card is offered again only after it has left. (pcscd looks every
   * 400 ms: a card that is back sooner after a complete transaction is not seen as a new one.)
   */
  #served: number | undefined;
  #waiting = false;

  constructor(name: string, settings: Settings, host: DriverHost) {
    this.name = name;
    // One slot of a reader: what makers call contactless has no other.
    this.hasSlot = (settings.interface ?? guessInterface(new Uint8Array(0), settings.reader ?? '')) === 'contact';
    this.#settings = settings;
    this.#host = host;
  }

  async open(options: DeviceOptions): Promise<Result<void, DeviceFault>> {
    if (this.#session !== undefined) return ok(undefined);
    if (this.#ending) return notConnected(pcscdHangs);
    const functions = await loadPcsc();
    if (!functions.ok) return functions;
    const watch = new ReaderWatch(functions.value, this.#host.clock, this.#settings.reader ?? '', (status) =>
      this.#see(status),
    );
    watch.start();
    const seen = await this.#when(options, pcscdHangs, (status) => (status === closed ? undefined : status));
    if (seen.ok && seen.value.kind !== 'unavailable') {
      this.#session = { functions: functions.value, watch };
      return ok(undefined);
    }
    const ended = this.#end(watch);
    if (!seen.ok) return seen;
    await ended;
    return notConnected(healthOf(seen.value).detail);
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) await this.#end(session.watch);
  }

  async #end(watch: ReaderWatch): Promise<void> {
    this.#ending = true;
    const stopped = watch.stop().finally(() => {
      this.#ending = false;
    });
    await atMost(this.#host.clock, closeLimitMs, stopped);
    this.#see(closed);
  }

  async checkHealth(): Promise<DeviceHealth> {
    if (this.#ending || this.#session?.watch.isStuck === true) return offline(pcscdHangs);
    return this.#leavesLateMs() > 0 ? offline(readerHangs) : healthOf(this.#status);
  }

  onHealth(listener: (health: DeviceHealth) => void): () => void {
    this.#healthListeners.add(listener);
    return () => this.#healthListeners.delete(listener);
  }

  async waitForCard(options: DeviceOptions): Promise<Result<CardConnection, DeviceFault>> {
    const session = this.#session;
    if (session === undefined) return notConnected(healthOf(closed).detail);
    if (session.watch.isStuck) return notConnected(pcscdHangs);
    if (this.#waiting) return err(fault('busy', 'the reader is already waiting for a card', true));
    this.#waiting = true;
    try {
      const { clock } = this.#host;
      const endMs = clock.monotonicMs() + options.timeoutMs;
      const left = (most = options.timeoutMs): DeviceOptions => ({
        signal: options.signal,
        timeoutMs: Math.max(0, Math.min(most, endMs - clock.monotonicMs())),
      });
      void this.#connection?.disconnect();
      if (this.#leaving !== undefined) {
        const leaving = promised(this.#leaving.work.then(() => ok(undefined)));
        const gone = await within(clock, left(-this.#leavesLateMs()), readerHangs, leaving);
        if (!gone.ok) return gone.fault.kind === 'timeout' ? notConnected(readerHangs) : gone;
      }
      for (;;) {
        const seen = await this.#when(left(), 'no card was presented', (status) =>
          status.kind === 'empty' || this.#isServed(status) ? undefined : status,
        );
        if (!seen.ok) return seen;
        const status = seen.value;
        if (status.kind !== 'card') return notConnected(healthOf(status).detail);
        const connected = await this.#connect(session.functions, status, left());
        if (connected.ok || !perhapsNextTime.has(connected.fault.kind)) return connected;
        await this.#when(left(powerUpRetryMs), 'once more', (now) => (now === status ? undefined : now));
      }
    } finally {
      this.#waiting = false;
    }
  }

  async #connect(
    functions: WinscardFunctions,
    status: CardStatus,
    options: DeviceOptions,
  ): Promise<Result<CardConnection, DeviceFault>> {
    const powering = powerUp(functions, status.reader);
    const powered = await within(this.#host.clock, options, 'no card was presented', promised(powering));
    if (!powered.ok) {
      this.#leave(letGo(powering));
      return powered;
    }
    this.#served = status.presence;
    this.#connection = new PcscConnection({
      ...powered.value,
      interface: this.#settings.interface ?? guessInterface(status.atr, status.reader),
      atr: status.atr,
      clock: this.#host.clock,
      // What is held to the reader next is another card, even if pcscd has not seen the gap.
      onLost: () => {
        if (this.#isServed(status)) this.#served = undefined;
      },
      onLeaving: (work) => this.#leave(work),
      leaves: async (limit) => {
        const left = await this.#when(limit, 'the card is still there', (now) =>
          now.kind === 'card' && now.presence === status.presence ? undefined : now,
        );
        return left.ok ? ok(undefined) : left;
      },
    });
    return ok(this.#connection);
  }

  /** Until `work` is done no other card is powered up. */
  #leave(work: Promise<void>): void {
    const done = work.finally(() => {
      this.#leaving = undefined;
    });
    this.#leaving = { sinceMs: this.#host.clock.monotonicMs(), work: done };
    this.#connection = undefined;
  }

  /** By how much the last card is late in being let go; negative while it has time, or when it is gone. */
  #leavesLateMs(): number {
    if (this.#leaving === undefined) return -lingerMs;
    return this.#host.clock.monotonicMs() - this.#leaving.sinceMs - lingerMs;
  }

  #isServed(status: ReaderStatus): boolean {
    return status.kind === 'card' && status.presence === this.#served;
  }

  #see(status: ReaderStatus): void {
    const before = healthOf(this.#status);
    const now = healthOf(status);
    this.#status = status;
    // pcscd counts presences from its own start, so after an interruption the same number is another card.
    if (status.kind === 'unavailable') this.#served = undefined;
    for (const listener of this.#statusListeners) listener(status);
    const byItself = this.#session !== undefined;
    if (!byItself || (before.state === now.state && before.detail === now.detail)) return;
    for (const listener of this.#healthListeners) listener(now);
  }

  /** Waits until `pick` finds something in the reader's status, beginning with the present one. */
  #when<T>(
    options: DeviceOptions,
    whenLate: string,
    pick: (status: ReaderStatus) => T | undefined,
  ): Promise<Result<T, DeviceFault>> {
    const now = pick(this.#status);
    if (now !== undefined) return Promise.resolve(ok(now));
    return within(this.#host.clock, options, whenLate, (settle) => {
      const listener = (status: ReaderStatus): void => {
        const found = pick(status);
        if (found !== undefined) settle(ok(found));
      };
      this.#statusListeners.add(listener);
      return () => this.#statusListeners.delete(listener);
    });
  }
}

interface Powered {
  readonly context: PcscContext;
  readonly card: PcscCard;
}

/** A card that left again, or that does not answer yet, is tried again for as long as there is time. */
const perhapsNextTime: ReadonlySet<DeviceFault['kind']> = new Set(['notConnected', 'protocol', 'refused']);
const powerUpRetryMs = 250;

/** Every card has a context of its own, so that one that hangs holds up nothing but itself. */
async function powerUp(functions: WinscardFunctions, reader: string): Promise<Result<Powered, PcscFault>> {
  const context = await PcscContext.establish(functions);
  if (!context.ok) return context;
  const card = await context.value.connect(reader);
  if (card.ok) return ok({ context: context.value, card: card.value });
  await context.value.release();
  return card;
}

/** For a card that is powered up when nobody waits for it any more. */
async function letGo(powering: ReturnType<typeof powerUp>): Promise<void> {
  const late = await powering;
  if (!late.ok) return;
  await late.value.card.disconnect();
  await late.value.context.release();
}

function healthOf(status: ReaderStatus): DeviceHealth {
  return status.kind === 'unavailable' ? offline(status.detail) : { state: 'ready', detail: status.reader };
}

function offline(detail: string): DeviceHealth {
  return { state: 'offline', detail };
}

function notConnected(detail: string): Result<never, DeviceFault> {
  return err(fault('notConnected', detail, true));
}

export const pcscReader: DriverModule<CardReader> = {
  id: 'pcsc-reader',
  role: 'cardReader',
  summary: 'Contact or contactless reader on USB over pcscd (Debian: pcscd, libpcsclite1)',
  create(name, settings, host) {
    const parsed = parseSettings(settingsSchema, settings);
    return parsed.ok ? ok(new PcscReader(name, parsed.value, host)) : parsed;
  },
};
