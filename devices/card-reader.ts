/**
 * Card reader role: waits for a card, then one function, `exchange`. All EMV knowledge is in src/core/emv;
 * a driver only moves C-APDUs and R-APDUs (ISO/IEC 7816-4).
 */
import type { Result } from '../src/core/base/result.ts';
import type { Device, DeviceFault, DeviceOptions } from './device.ts';

export interface CardConnection {
  readonly interface: 'contact' | 'contactless';
  /** Answer to Reset, or the ATR that PC/SC Part 3 builds for a contactless card. */
  readonly atr: Uint8Array;
  /**
   * Sends one C-APDU and returns the whole R-APDU including SW1-SW2. T=0 procedure bytes (61xx, 6Cxx) are
   * passed up as they are. `notConnected` means that the card has left the field.
   */
  exchange(command: Uint8Array, options: DeviceOptions): Promise<Result<Uint8Array, DeviceFault>>;
  /** Field off or power off; never fails. */
  disconnect(): Promise<void>;
  /** Waits until the card has left the reader, before or after `disconnect`; `timeout` says that it is still there. */
  removed(options: DeviceOptions): Promise<Result<void, DeviceFault>>;
}

export interface CardReader extends Device {
  readonly role: 'cardReader';
  /** Whether a card can be inserted, as far as the reader knows: then a card that cannot be tapped is asked for there. */
  readonly hasSlot: boolean;
  /** Turns the reader on and waits for the next card. `timeout` and `aborted` leave it switched off. */
  waitForCard(options: DeviceOptions): Promise<Result<CardConnection, DeviceFault>>;
}
