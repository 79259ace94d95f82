/**
 * PIN pad role: the cardholder types, the pad answers with a result. The digits never leave the pad: an online PIN comes
 * out enciphered, and an offline PIN is sent to the card by the pad itself (EMV 4.4 Book 3 §6.5.12, VERIFY), through the
 * slot that it is given.
 */
import type { Money } from '../src/core/base/money.ts';
import type { Result } from '../src/core/base/result.ts';
import type { PinRequest, PinResult } from '../src/core/emv/contact/requests.ts';
import type { Device, DeviceFault, DeviceOptions } from './device.ts';

/** The way to the inserted card for a pad that has no slot of its own. What goes through it is nobody else's to see. */
export type PadToCard = (command: Uint8Array, options: DeviceOptions) => Promise<Result<Uint8Array, DeviceFault>>;

export interface PinEntry {
  readonly pin: PinRequest;
  /** Shown on the pad while the PIN is typed. */
  readonly amount: Money;
  readonly toCard: PadToCard;
}

export interface PinPad extends Device {
  readonly role: 'pinPad';
  /** Faults of the pad are `unavailable`; the limit and the signal end it as `cancelled`. */
  enterPin(entry: PinEntry, options: DeviceOptions): Promise<PinResult>;
}
