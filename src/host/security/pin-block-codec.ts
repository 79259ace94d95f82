/**
 * Clear PIN blocks (ISO 9564-1:2017 section 9). FOR THE TRAINING SIDE AND THE TEST VECTORS ONLY: the laboratory
 * acquirer and the simulated PIN pad make and open them. Nothing that runs in a shop imports this file; there a PIN
 * is known to the PIN pad alone (pin-block.ts). PINs are strings here, which a real PIN pad could not allow itself.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import type { BlockCipher } from './block-cipher.ts';
import { wipe, xor } from './secret-bytes.ts';

/** Never repeats the PIN, the PAN or the block. */
export type PinCodecFault = Fault<'pin' | 'pan' | 'pinBlock'>;

/** One fill digit. */
type Fill = () => string;

const hexDigit = (from: number): string => randomInt(from, 16).toString(16).toUpperCase();

/** Section 9.3.2 (0), 9.3.3 (1), 9.3.4 (2), 9.3.5 (3): fill digits, and whether the PAN is bound to the block. */
const formats = {
  0: { fill: () => 'F', filled: /^F*$/, withPan: true },
  1: { fill: () => hexDigit(0), filled: /^[0-9A-F]*$/, withPan: false },
  2: { fill: () => 'F', filled: /^F*$/, withPan: false },
  3: { fill: () => hexDigit(10), filled: /^[A-F]*$/, withPan: true },
} as const satisfies Record<number, { fill: Fill; filled: RegExp; withPan: boolean }>;

export type ClearPinBlockFormat = keyof typeof formats;

/** Section 9.1: 4 to 12 digits; control digit, length, PIN, fill digits up to 8 bytes. */
function pinField(control: number, pin: string, fill: Fill): Result<Buffer, PinCodecFault> {
  if (!/^\d{4,12}$/.test(pin)) return err(fault('pin', 'a PIN has 4 to 12 digits', false));
  let digits = `${control}${pin.length.toString(16)}${pin}`;
  while (digits.length < 16) digits += fill();
  return ok(Buffer.from(digits, 'hex'));
}

function readPinField(control: number, field: Buffer, filled: RegExp): Result<string, PinCodecFault> {
  const digits = field.toString('hex').toUpperCase();
  if (digits.charAt(0) !== String(control)) {
    return err(fault('pinBlock', `the control field is not that of format ${control}`, false));
  }
  const length = Number.parseInt(digits.charAt(1), 16);
  if (length < 4 || length > 12) return err(fault('pinBlock', 'the PIN length is not 4 to 12', false));
  const pin = digits.slice(2, 2 + length);
  if (!/^\d+$/.test(pin)) return err(fault('pinBlock', 'the PIN is not numeric', false));
  if (!filled.test(digits.slice(2 + length))) return err(fault('pinBlock', 'the fill digits are wrong', false));
  return ok(pin);
}

/** Section 9.3.2.3 and 9.3.5.3: the rightmost twelve digits of the PAN without its check digit. */
function panField(pan: string): Result<Buffer, PinCodecFault> {
  if (!/^\d{13,19}$/.test(pan)) return err(fault('pan', 'a PAN of 13 to 19 digits is needed', false));
  return ok(Buffer.from(`0000${pan.slice(-13, -1)}`, 'hex'));
}

/** Formats 0 to 3, 8 bytes; `pan` is used by formats 0 and 3. */
export function clearPinBlock(format: ClearPinBlockFormat, pin: string, pan: string): Result<Buffer, PinCodecFault> {
  const { fill, withPan } = formats[format];
  const field = pinField(format, pin, fill);
  if (!field.ok || !withPan) return field;
  const mask = panField(pan);
  return mask.ok ? ok(xor(field.value, mask.value)) : mask;
}

/** The PIN in a clear block of formats 0 to 3. */
export function readClearPinBlock(
  format: ClearPinBlockFormat,
  block: Buffer,
  pan: string,
): Result<string, PinCodecFault> {
  const { filled, withPan } = formats[format];
  if (block.length !== 8) return err(fault('pinBlock', `format ${format} has 8 bytes, found ${block.length}`, false));
  if (!withPan) return readPinField(format, block, filled);
  const mask = panField(pan);
  return mask.ok ? readPinField(format, xor(block, mask.value), filled) : mask;
}

/** Section 9.4.2.2.2: the plain text PIN field of format 4, 16 bytes of which the last 8 are random. */
export function pinField4(pin: string): Result<Buffer, PinCodecFault> {
  const field = pinField(4, pin, () => 'A');
  return field.ok ? ok(Buffer.concat([field.value, randomBytes(8)])) : field;
}

export function readPinField4(field: Buffer): Result<string, PinCodecFault> {
  if (field.length !== 16) return err(fault('pinBlock', `format 4 has 16 bytes, found ${field.length}`, false));
  return readPinField(4, field.subarray(0, 8), /^A*$/);
}

/** Section 9.4.2.2.3: number of digits beyond twelve, then the whole PAN of 1 to 19 digits. */
export function panField4(pan: string): Result<Buffer, PinCodecFault> {
  if (!/^\d{1,19}$/.test(pan)) return err(fault('pan', 'a PAN of 1 to 19 digits is needed', false));
  const digits = `${Math.max(pan.length - 12, 0)}${pan.padStart(12, '0')}`;
  return ok(Buffer.from(digits.padEnd(32, '0'), 'hex'));
}

/** Section 9.4.2.3: enciphers the PIN field, mixes in the PAN field, enciphers again. `cipher`: AES. */
export function encipherPinField4(cipher: BlockCipher, field: Buffer, pan: string): Result<Buffer, PinCodecFault> {
  const mask = panField4(pan);
  if (!mask.ok) return mask;
  return ok(cipher.encryptEcb(xor(cipher.encryptEcb(field), mask.value)));
}

/** Section 9.4.2.4: the PIN in an enciphered block of format 4. `cipher`: AES. */
export function decipherPinBlock4(cipher: BlockCipher, block: Buffer, pan: string): Result<string, PinCodecFault> {
  if (block.length !== 16) return err(fault('pinBlock', `format 4 has 16 bytes, found ${block.length}`, false));
  const mask = panField4(pan);
  if (!mask.ok) return mask;
  const field = cipher.decryptEcb(xor(cipher.decryptEcb(block), mask.value));
  const pin = readPinField4(field);
  wipe(field);
  return pin;
}
