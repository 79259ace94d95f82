/** A card in a PC/SC reader: one exchange at a time, each with a limit, though PC/SC itself knows none. */
import type { CardConnection } from '../../devices/card-reader.ts';
import type { DeviceFault, DeviceOptions } from '../../devices/device.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { err, fault, type Result } from '../../src/core/base/result.ts';
import type { PcscCard, PcscContext } from '../transport/pcsc.ts';
import { atMost, promised, within } from '../within.ts';
import type { CardInterface } from './interface.ts';

/** pcscd looks for a removed card every 400 ms. */
const removalNoticeMs = 600;
/** The longest that a card may take to be let go, a command that is still on its way included. */
export const lingerMs = 2000;

interface ConnectionParts {
  readonly context: PcscContext;
  readonly card: PcscCard;
  readonly interface: CardInterface;
  readonly atr: Uint8Array;
  readonly clock: Clock;
  /** Resolves when the card has left, or with why that was not waited for any longer. */
  readonly leaves: (options: DeviceOptions) => Promise<Result<void, DeviceFault>>;
  /** Told when a command finds the card gone or hanging: what comes next is another presentation. */
  readonly onLost: () => void;
  /** Told when the card is let go; `work` lasts until PC/SC has done so. */
  readonly onLeaving: (work: Promise<void>) => void;
}

export class PcscConnection implements CardConnection {
  readonly interface: CardInterface;
  readonly atr: Uint8Array;
  readonly #parts: ConnectionParts;
  #inFlight: Promise<unknown> | undefined;
  #over = false;
  #leaving: Promise<void> | undefined;

  constructor(parts: ConnectionParts) {
    this.interface = parts.interface;
    this.atr = parts.atr;
    this.#parts = parts;
  }

  async exchange(command: Uint8Array, options: DeviceOptions): Promise<Result<Uint8Array, DeviceFault>> {
    if (this.#over) return err(fault('notConnected', 'the connection to the card is over', true));
    if (this.#inFlight !== undefined) return err(fault('busy', 'the card is still working on a command', true));
    const answer = this.#send(command);
    this.#inFlight = answer;
    const result = await within(this.#parts.clock, options, 'the card did not answer', promised(answer));
    if (result.ok) return result;
    // PC/SC cannot take a command back: from here on the card is in a state that nobody knows.
    this.#over = true;
    // Reader drivers report a card that leaves in the middle of a command as one that does not answer.
    const { kind } = result.fault;
    const gone = kind === 'notConnected' || (kind === 'protocol' && (await this.#leavesSoon()));
    // An inserted card that hangs is still in its slot: it has to be taken out before it counts as another one.
    if (gone || (kind === 'timeout' && this.interface === 'contactless')) this.#parts.onLost();
    return gone ? err(fault('notConnected', 'the card was removed', true)) : result;
  }

  async disconnect(): Promise<void> {
    this.#over = true;
    if (this.#leaving === undefined) {
      this.#leaving = this.#letGo();
      this.#parts.onLeaving(this.#leaving);
    }
    await atMost(this.#parts.clock, lingerMs, this.#leaving);
  }

  removed(options: DeviceOptions): Promise<Result<void, DeviceFault>> {
    return this.#parts.leaves(options);
  }

  async #leavesSoon(): Promise<boolean> {
    const limit = { signal: new AbortController().signal, timeoutMs: removalNoticeMs };
    return (await this.#parts.leaves(limit)).ok;
  }

  async #send(command: Uint8Array): Promise<Result<Uint8Array, DeviceFault>> {
    const answer = await this.#parts.card.transmit(command);
    this.#inFlight = undefined;
    // An answer that comes too late has nobody to take it.
    if (this.#over && answer.ok) answer.value.fill(0);
    return answer;
  }

  async #letGo(): Promise<void> {
    await this.#inFlight;
    await this.#parts.card.disconnect();
    await this.#parts.context.release();
  }
}
