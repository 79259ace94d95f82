/**
 * A card at the simulated reader: a profile brought to life. Adds to the card application what happens around it, the
 * customer who takes the card away too early.
 */
import { assert } from '../../../src/core/base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../../../src/core/base/result.ts';
import type { CardProfile, EmvCardProfile, TraceCardProfile } from './profiles.ts';
import { TraceCard } from './trace.ts';
import { atrOf, VirtualCard } from './virtual-card.ts';

/** `notConnected`: the card is gone. `protocol`: a trace was left. */
type SimulatedCardFault = Fault<'notConnected' | 'protocol'>;

export interface SimulatedCard {
  readonly atr: Uint8Array;
  readonly interface: 'contact' | 'contactless';
  /** The card enters the field, or the slot. */
  enter(): void;
  exchange(command: Uint8Array): Result<Uint8Array, SimulatedCardFault>;
  /** The card leaves the field, or the slot; says whether everything that was expected of the terminal has happened. */
  leave(): Result<void, SimulatedCardFault>;
}

export function simulatedCard(profile: CardProfile): SimulatedCard {
  return profile.kind === 'emv' ? new CardWithApplication(profile) : new CardFromTrace(profile);
}

class CardWithApplication implements SimulatedCard {
  readonly atr: Uint8Array;
  readonly interface: 'contact' | 'contactless';
  readonly #profile: EmvCardProfile;
  readonly #removedAfter: number;
  /** Made when it is first presented: signing its certificates takes a moment. */
  #card: VirtualCard | undefined;
  #exchanges = 0;

  constructor(profile: EmvCardProfile) {
    this.#profile = profile;
    this.interface = profile.interface ?? 'contactless';
    this.atr = atrOf(this.interface);
    this.#removedAfter = profile.removedAfter ?? Number.POSITIVE_INFINITY;
  }

  #application(): VirtualCard {
    this.#card ??= new VirtualCard(this.#profile);
    return this.#card;
  }

  enter(): void {
    this.#application().reset();
    this.#exchanges = 0;
  }

  exchange(command: Uint8Array): Result<Uint8Array, SimulatedCardFault> {
    if (this.#exchanges >= this.#removedAfter) return err(fault('notConnected', 'the card has left the field', true));
    this.#exchanges += 1;
    return ok(this.#application().process(command));
  }

  leave(): Result<void, SimulatedCardFault> {
    return ok(undefined);
  }
}

class CardFromTrace implements SimulatedCard {
  readonly atr: Uint8Array;
  readonly interface: 'contact' | 'contactless';
  readonly #trace: TraceCard;

  constructor(profile: TraceCardProfile) {
    this.interface = profile.interface ?? 'contactless';
    this.atr = atrOf(this.interface);
    const trace = TraceCard.parse(profile.trace);
    assert(trace.ok, 'profiles.ts lets only well-formed traces pass');
    this.#trace = trace.value;
  }

  enter(): void {
    this.#trace.reset();
  }

  exchange(command: Uint8Array): Result<Uint8Array, SimulatedCardFault> {
    const played = this.#trace.process(command);
    return played.ok ? played : err(fault('protocol', played.fault.detail, false));
  }

  leave(): Result<void, SimulatedCardFault> {
    const finished = this.#trace.finish();
    return finished.ok ? finished : err(fault('protocol', finished.fault.detail, false));
  }
}
