/**
 * What an ESC/POS printer says about itself, from bits to words. Bit tables: ESC/POS Command Reference, `DLE EOT`
 * and `GS a`; TM-T88III specification, tables "n = 2" to "n = 4" and "ASB".
 */
import type { DeviceHealth } from '../../devices/device.ts';
import type { PrinterFault } from '../../devices/receipt-printer.ts';

export interface PrinterStatus {
  readonly offline: boolean;
  readonly coverOpen: boolean;
  readonly feedButton: boolean;
  readonly paperEnd: boolean;
  readonly paperNearEnd: boolean;
  readonly cutterError: boolean;
  readonly unrecoverableError: boolean;
  /** Goes away by itself, e.g. when the head has cooled down. */
  readonly temporaryError: boolean;
}

/** Index of the status byte, mask within it, meaning when any bit of the mask is set. */
type BitTable = readonly (readonly [byte: number, mask: number, meaning: keyof PrinterStatus])[];

/** Bytes 0–3 answer `DLE EOT` n = 1–4. */
const realTimeBits: BitTable = [
  [0, 0x08, 'offline'], // DLE EOT n = 1 bit 3: offline
  [1, 0x04, 'coverOpen'], // DLE EOT n = 2 bit 2: cover is open
  [1, 0x08, 'feedButton'], // DLE EOT n = 2 bit 3: paper is fed by the feed button
  [1, 0x20, 'paperEnd'], // DLE EOT n = 2 bit 5: printing stopped by paper end
  [2, 0x08, 'cutterError'], // DLE EOT n = 3 bit 3: autocutter error
  [2, 0x20, 'unrecoverableError'], // DLE EOT n = 3 bit 5: unrecoverable error
  [2, 0x40, 'temporaryError'], // DLE EOT n = 3 bit 6: automatically recoverable error
  [3, 0x0c, 'paperNearEnd'], // DLE EOT n = 4 bits 2, 3: roll paper near-end sensor
  [3, 0x60, 'paperEnd'], // DLE EOT n = 4 bits 5, 6: roll paper end sensor
];

/** Bytes 0–3 are the four of Automatic Status Back; the last one carries nothing. */
const automaticBits: BitTable = [
  [0, 0x08, 'offline'], // GS a, first byte bit 3: offline
  [0, 0x20, 'coverOpen'], // GS a, first byte bit 5: cover is open
  [0, 0x40, 'feedButton'], // GS a, first byte bit 6: paper is fed by the feed button
  [1, 0x08, 'cutterError'], // GS a, second byte bit 3: autocutter error
  [1, 0x20, 'unrecoverableError'], // GS a, second byte bit 5: unrecoverable error
  [1, 0x40, 'temporaryError'], // GS a, second byte bit 6: automatically recoverable error
  [2, 0x03, 'paperNearEnd'], // GS a, third byte bits 0, 1: roll paper near-end sensor
  [2, 0x0c, 'paperEnd'], // GS a, third byte bits 2, 3: roll paper end sensor
];

function decode(table: BitTable, bytes: readonly number[]): PrinterStatus {
  const says = (meaning: keyof PrinterStatus): boolean =>
    table.some(([index, mask, name]) => name === meaning && ((bytes[index] ?? 0) & mask) !== 0);
  return {
    offline: says('offline'),
    coverOpen: says('coverOpen'),
    feedButton: says('feedButton'),
    paperEnd: says('paperEnd'),
    paperNearEnd: says('paperNearEnd'),
    cutterError: says('cutterError'),
    unrecoverableError: says('unrecoverableError'),
    temporaryError: says('temporaryError'),
  };
}

/** From the answers to `DLE EOT` 1, 2, 3 and 4, in this order. */
export function realTimeStatus(answers: readonly number[]): PrinterStatus {
  return decode(realTimeBits, answers);
}

/** From the four bytes of Automatic Status Back. */
export function automaticStatus(bytes: readonly number[]): PrinterStatus {
  return decode(automaticBits, bytes);
}

/** `DLE EOT` n = 1 alone: is there a reason to ask for more? */
export function saysOffline(answer: number): boolean {
  return (answer & 0x08) !== 0;
}

export interface Trouble {
  readonly kind: PrinterFault['kind'];
  readonly detail: string;
}

/**
 * What keeps the printer from printing, most useful cause first: an open cover often makes the paper sensor say
 * "no paper" too, and every cause sets "offline".
 */
export function troubleOf(status: PrinterStatus): Trouble | undefined {
  if (status.coverOpen) return { kind: 'coverOpen', detail: 'the cover is open' };
  if (status.paperEnd) return { kind: 'paperOut', detail: 'the paper roll is empty' };
  if (status.cutterError) {
    return { kind: 'jam', detail: 'the cutter is jammed; remove the paper, the next job resets the printer' };
  }
  if (status.unrecoverableError) return { kind: 'failed', detail: 'the printer reports a defect: switch it off' };
  if (status.temporaryError) return { kind: 'offline', detail: 'the printer pauses, for instance to cool down' };
  if (status.feedButton) return { kind: 'offline', detail: 'the feed button is pressed' };
  if (status.offline) return { kind: 'offline', detail: 'the printer says offline and gives no cause' };
  return undefined;
}

export function healthOf(status: PrinterStatus): DeviceHealth {
  const trouble = troubleOf(status);
  if (trouble !== undefined) return { state: 'attention', detail: trouble.detail };
  return { state: 'ready', detail: status.paperNearEnd ? 'ready; the paper roll is nearly empty' : 'ready' };
}
