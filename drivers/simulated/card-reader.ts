/**
 * Simulated reader with a field and a slot: the demo's and the training mode's card reader. A person taps or inserts one
 * of the configured cards in the control strip, and takes it out again; from there on everything is real, C-APDU by C-APDU.
 */
import * as z from 'zod';
import type { CardConnection, CardReader } from '../../devices/card-reader.ts';
import type { DeviceFault, DeviceHealth, DeviceOptions } from '../../devices/device.ts';
import { err, fault, ok, type Fault, type Result } from '../../src/core/base/result.ts';
import type { DriverHost, DriverModule } from '../driver.ts';
import { parseSettings } from '../settings.ts';
import { within } from '../within.ts';
import { defaultCardFile, loadCardProfiles, type CardProfile } from './card/profiles.ts';
import { simulatedCard, type SimulatedCard } from './card/simulated-card.ts';

const settingsSchema = z.strictObject({
  /** Absolute path of a file of cards; absent for config/simulated/cards.json. */
  cards: z.string().min(1).optional(),
  /** How long the card thinks about every command. */
  responseDelayMs: z.int().min(0).max(1000).default(0),
});

export type TapFault = Fault<'unknownCard' | 'nobodyWaiting'>;

export interface CardWords {
  readonly vi: string;
  readonly en: string;
}

/** What the control strip shows of a card. */
export interface CardChoice {
  readonly id: string;
  readonly name: CardWords;
  readonly hint: CardWords;
  readonly interface: CardConnection['interface'];
}

interface Waiter {
  readonly settle: (result: Result<CardConnection, DeviceFault>) => void;
}

const gone = fault('notConnected', 'the card has left the reader', true);

export class SimulatedCardReader implements CardReader {
  readonly role = 'cardReader';
  readonly description = 'Simulated card reader';
  readonly hasSlot = true;
  readonly name: string;
  readonly #host: DriverHost;
  readonly #profiles: readonly CardProfile[];
  readonly #cards: ReadonlyMap<string, SimulatedCard>;
  readonly #responseDelayMs: number;
  readonly #slotListeners = new Set<() => void>();
  #open = false;
  #waiter: Waiter | undefined;
  /** The card in the slot; it stays there after the sale until somebody takes it out. */
  #inserted: { readonly id: string; readonly connection: SimulatedConnection } | undefined;

  constructor(name: string, profiles: readonly CardProfile[], responseDelayMs: number, host: DriverHost) {
    this.name = name;
    this.#host = host;
    this.#profiles = profiles;
    this.#cards = new Map(profiles.map((profile) => [profile.id, simulatedCard(profile)]));
    this.#responseDelayMs = responseDelayMs;
  }

  cards(): readonly CardChoice[] {
    return this.#profiles.map(({ id, name, hint }) => {
      const card = this.#cards.get(id);
      return { id, name, hint, interface: card?.interface ?? 'contactless' };
    });
  }

  /** Id of the card in the slot. */
  get inserted(): string | undefined {
    return this.#inserted?.id;
  }

  /** Calls `listener` whenever a card was inserted or taken out; the result unsubscribes. */
  onSlot(listener: () => void): () => void {
    this.#slotListeners.add(listener);
    return () => this.#slotListeners.delete(listener);
  }

  /** The customer takes the card out of the slot, whatever is being done with it. False when there is none. */
  takeOut(): boolean {
    const inserted = this.#inserted;
    this.#inserted = undefined;
    inserted?.connection.take();
    if (inserted !== undefined) this.#slotChanged();
    return inserted !== undefined;
  }

  /**
   * Holds a card to the reader, or puts it into the slot; one that was left there is taken out first. Refused when the
   * terminal is not waiting for one.
   */
  tap(cardId: string): Result<void, TapFault> {
    const card = this.#cards.get(cardId);
    if (card === undefined) return err(fault('unknownCard', `there is no card "${cardId}"`, false));
    if (this.#waiter === undefined) return err(fault('nobodyWaiting', 'the reader is not waiting for a card', true));
    const connection = new SimulatedConnection(card, this.#host, this.#responseDelayMs, () => {
      if (this.#inserted?.connection === connection) this.takeOut();
    });
    if (connection.interface === 'contact') {
      this.takeOut();
      this.#inserted = { id: cardId, connection };
    }
    card.enter();
    this.#waiter.settle(ok(connection));
    if (connection.interface === 'contact') this.#slotChanged();
    return ok(undefined);
  }

  #slotChanged(): void {
    for (const listener of this.#slotListeners) listener();
  }

  async open(): Promise<Result<void, DeviceFault>> {
    this.#open = true;
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#waiter?.settle(err(fault('aborted', 'the reader was closed', true)));
  }

  async checkHealth(): Promise<DeviceHealth> {
    return this.#open
      ? { state: 'ready', detail: `simulated reader with ${this.#profiles.length} cards` }
      : { state: 'offline', detail: 'the reader is closed' };
  }

  /** Nothing happens to a simulated reader by itself. */
  onHealth(): () => void {
    return () => undefined;
  }

  async waitForCard(options: DeviceOptions): Promise<Result<CardConnection, DeviceFault>> {
    if (!this.#open) return err(fault('notConnected', 'the reader is closed', true));
    if (this.#waiter !== undefined) return err(fault('busy', 'the reader is already waiting for a card', true));
    return within(this.#host.clock, options, 'no card was presented', (settle) => {
      this.#waiter = { settle };
      return () => {
        this.#waiter = undefined;
      };
    });
  }
}

class SimulatedConnection implements CardConnection {
  readonly interface: CardConnection['interface'];
  readonly atr: Uint8Array;
  readonly #host: DriverHost;
  readonly #responseDelayMs: number;
  readonly #whenTaken = new Set<() => void>();
  #card: SimulatedCard | undefined;
  /** Out of the field, or out of the slot. */
  #taken = false;

  readonly #onGone: () => void;

  /** `onGone`: an exchange found that the card is not there any more. */
  constructor(card: SimulatedCard, host: DriverHost, responseDelayMs: number, onGone: () => void) {
    this.atr = card.atr;
    this.interface = card.interface;
    this.#card = card;
    this.#host = host;
    this.#responseDelayMs = responseDelayMs;
    this.#onGone = onGone;
  }

  async exchange(command: Uint8Array, options: DeviceOptions): Promise<Result<Uint8Array, DeviceFault>> {
    return within(this.#host.clock, options, 'the card did not answer', (settle) =>
      this.#host.clock.after(this.#responseDelayMs, () => {
        const card = this.#card;
        const answer = card?.exchange(command) ?? err(gone);
        // A profile may have the customer take the card away in the middle.
        if (card !== undefined && !answer.ok && answer.fault.kind === 'notConnected') this.#onGone();
        settle(answer);
      }),
    );
  }

  /** Whoever taps a card takes it away at once; an inserted one is left without power. */
  async disconnect(): Promise<void> {
    if (this.interface === 'contactless') this.take();
    else this.#powerOff();
  }

  async removed(options: DeviceOptions): Promise<Result<void, DeviceFault>> {
    if (this.#taken) return ok(undefined);
    return within(this.#host.clock, options, 'the card is still there', (settle) => {
      const taken = (): void => settle(ok(undefined));
      this.#whenTaken.add(taken);
      return () => this.#whenTaken.delete(taken);
    });
  }

  take(): void {
    this.#powerOff();
    this.#taken = true;
    for (const listener of this.#whenTaken) listener();
  }

  #powerOff(): void {
    const left = this.#card?.leave();
    this.#card = undefined;
    if (left?.ok === false) this.#host.log.write('warning', 'simulated card', { detail: left.fault.detail });
  }
}

/** `cards` comes as an absolute path: wiring resolves what configuration says. */
export const simulatedCardReader: DriverModule<SimulatedCardReader> = {
  id: 'simulated-card-reader',
  role: 'cardReader',
  summary: 'Card reader without hardware; cards are tapped or inserted in the control strip',
  create(name, settings, host) {
    const parsed = parseSettings(settingsSchema, settings);
    if (!parsed.ok) return parsed;
    const profiles = loadCardProfiles(parsed.value.cards ?? defaultCardFile);
    if ('problems' in profiles) {
      const found = profiles.problems.map(({ path, message }) => [path.join('.'), message].join(' ').trim()).join('; ');
      return err([{ path: ['cards'], found, expected: 'a file of simulated cards' }]);
    }
    return ok(new SimulatedCardReader(name, profiles, parsed.value.responseDelayMs, host));
  },
};
