/**
 * The ESC/POS commands that the driver sends, as bytes. Names and formats follow the "ESC/POS Command Reference"
 * (Epson); RT marks real-time commands, which the printer executes on arrival, even offline.
 */
import { concat, hex, latin1 } from '../../src/core/base/bytes.ts';
import type { Bitmap } from '../raster/bitmap.ts';
import type { PrinterProfile } from './profile.ts';

/** `ESC @` Initialize printer: clears the print buffer and resets modes, also `GS a`. */
export const initialize = hex('1B 40');

/** `GS a n` Enable/disable Automatic Status Back; n bit 1 online/offline, bit 2 errors, bit 3 roll paper sensor. */
export const reportChanges = hex('1D 61 0E');

/** `GS r n` Transmit status, n = 1 paper sensor: answered in turn, after everything before it is processed. */
export const transmitPaperStatus = hex('1D 72 01');

/**
 * `GS ( H` fn = 48 Set process ID response, four characters 20h–7Eh: answered with 37 22 d1 d2 d3 d4 00 once
 * everything before it is processed, printing included.
 */
export function requestProcessId(id: string): Uint8Array {
  return concat(hex('1D 28 48 06 00 30 30'), latin1(id));
}

/** RT `DLE ENQ n` Real-time request, n = 2: recover from an error after clearing the receive and print buffers. */
export const recoverFromError = hex('10 05 02');

/** RT `DLE DC4` fn = 8 Clear buffer(s); answered with the Clear response 37 25 00. */
export const clearBuffers = hex('10 14 08 01 03 14 01 06 02 08');

/** Kinds of status of RT `DLE EOT n`: 1 printer, 2 offline cause, 3 error cause, 4 roll paper sensor. */
export type RealTimeStatusNumber = 1 | 2 | 3 | 4;

/** RT `DLE EOT n` Transmit real-time status. */
export function transmitRealTimeStatus(n: RealTimeStatusNumber): Uint8Array {
  return Uint8Array.of(0x10, 0x04, n);
}

/** `GS V m n` Function B, m = 65 full or 66 partial: feed to the cutting position, cut. `ESC d n`: feed n lines. */
export function endOfPaper(cut: PrinterProfile['cut']): Uint8Array {
  if (cut === 'none') return hex('1B 64 04');
  return Uint8Array.of(0x1d, 0x56, cut === 'full' ? 65 : 66, 0);
}

const dle = 0x10;
const afterDle: ReadonlySet<number> = new Set([0x04, 0x05, 0x14]);

/**
 * The printer looks for real-time commands in every byte that arrives, picture data included ("Notes of Real-time
 * Commands"). A picture in which DLE is followed by EOT, ENQ or DC4 gets one more dot in the second byte.
 */
export function guardRealTime(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const guarded = Uint8Array.from(data);
  for (let i = 1; i < guarded.length; i += 1) {
    const byte = guarded[i] ?? 0;
    if (guarded[i - 1] === dle && afterDle.has(byte)) guarded[i] = byte | 0x08;
  }
  return guarded;
}

/** `GS v 0 m xL xH yL yH d1…dk` Print raster bit image, m = 0 normal size, in pieces of at most `maxRows` rows. */
export function rasterBands(bitmap: Bitmap, maxRows: number): readonly Uint8Array[] {
  const rowBytes = bitmap.width / 8;
  const bands: Uint8Array[] = [];
  for (let row = 0; row < bitmap.height; row += maxRows) {
    const rows = Math.min(maxRows, bitmap.height - row);
    const header = Uint8Array.of(0x1d, 0x76, 0x30, 0, rowBytes & 255, rowBytes >> 8, rows & 255, rows >> 8);
    bands.push(concat(header, guardRealTime(bitmap.data.subarray(row * rowBytes, (row + rows) * rowBytes))));
  }
  return bands;
}
