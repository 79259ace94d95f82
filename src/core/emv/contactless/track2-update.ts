/**
 * Track 2 Data of magnetic-stripe mode with what belongs to this tap written into its discretionary data: dynamic code,
 * Unpredictable Number, transaction counter. EMV Contactless Book C-2 S13.18 and S13.19. Bit 1 of a position mask is the
 * last digit. The digits pass through strings here, which cannot be erased.
 */
import { assert } from '../../base/assert.ts';
import { hex, toHex } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import { parseTrack2 } from '../decode/track2.ts';
import { stop, type CardStop } from '../stop.ts';
import type { TransactionData } from '../transaction-data.ts';

/** `digits` is nUN; `last` what the last digit tells the issuer (nUN'). */
export function updateTrack2(data: TransactionData, digits: number, last: number): Result<Uint8Array, CardStop> {
  const track = parseTrack2(data.card.get('9F6B') ?? new Uint8Array(0));
  if (track === undefined || track.discretionary === '') {
    return stop('cardDataError', 'tag 9F6B is not track 2 data with discretionary data');
  }
  const written = track.discretionary.split('');
  const codeAt = positions(data.card.get('9F65'));
  const numbersAt = positions(data.card.get('9F66'));
  const counterAt = numbersAt.slice(digits);
  const code = decimal(data.card.get('9F61'));
  const number = toHex(data.terminal.get('9F6A') ?? new Uint8Array(4));
  const counter = decimal(data.card.get('9F36'));
  const fits =
    write(written, codeAt, code) &&
    write(written, numbersAt.slice(0, digits), number) &&
    write(written, counterAt, counter);
  if (!fits) return stop('cardDataError', 'the positions point past the discretionary data');
  assert(Number.isInteger(last) && last >= 0 && last <= 9, 'track 2: the last digit is one digit');
  written[written.length - 1] = String(last);
  assert(written.length === track.discretionary.length, 'track 2: as long as it was');
  const text = `${track.pan}D${track.expiry}${track.serviceCode}${written.join('')}`;
  return ok(hex(text.length % 2 === 0 ? text : `${text}F`));
}

/** Places from the end, counted from 0, of the 1 bits; the least significant first. */
function positions(mask: Uint8Array | undefined): readonly number[] {
  const bits = Number.parseInt(toHex(mask ?? new Uint8Array(1)), 16);
  return Array.from({ length: 16 }, (_, place) => place).filter((place) => (bits & (1 << place)) !== 0);
}

/** The least significant digits of `source`, one at each place from the end. */
function write(digits: string[], places: readonly number[], source: string): boolean {
  return places.every((place, index) => {
    const at = digits.length - 1 - place;
    if (at < 0) return false;
    digits[at] = source.at(-1 - index) ?? '0';
    return true;
  });
}

function decimal(value: Uint8Array | undefined): string {
  return String(Number.parseInt(toHex(value ?? new Uint8Array(1)), 16)).padStart(5, '0');
}
