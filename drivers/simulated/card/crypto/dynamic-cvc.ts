/** CVC3, the dynamic verification code of Mastercard's magnetic-stripe mode. EMV Contactless Book C-2; M/Chip. */
import { assert } from '../../../../src/core/base/assert.ts';
import { concat } from '../../../../src/core/base/bytes.ts';
import { encipherEcb, macAlgorithm3 } from './des.ts';

/** As a number, 0–65,535. `track` is track 2 as packed digits, or track 1 as characters, before any digit is set in. */
export function cvc3(key: Uint8Array, track: Uint8Array, atc: Uint8Array, unpredictableNumber: Uint8Array): number {
  assert(atc.length === 2 && unpredictableNumber.length === 4, 'CVC3: counter of two bytes, number of four');
  const vector = macAlgorithm3(key, track).subarray(6);
  const [high = 0, low = 0] = encipherEcb(key, concat(vector, unpredictableNumber, atc)).subarray(6);
  return (high << 8) | low;
}
