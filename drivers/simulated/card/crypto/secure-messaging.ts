/**
 * Issuer script commands: their MAC, the encipherment of what they carry, and the change of a PIN. EMV 4.4 Book 2 §9
 * (format 2: command data without TLV, then the MAC); VIS and M/Chip for what differs by recipe.
 */
import { assert } from '../../../../src/core/base/assert.ts';
import { concat, hex } from '../../../../src/core/base/bytes.ts';
import { blockLength, decipherCbc, decipherEcb, encipherCbc, encipherEcb, macAlgorithm3, pad, xor } from './des.ts';
import { commonSessionKey, visaSessionKey } from './keys.ts';
import type { CardKeys, Recipe, ScriptRecipe } from './recipes.ts';

/** The transaction in which the script arrives. */
export interface ScriptSession {
  readonly atc: Uint8Array;
  /** The cryptogram of the first GENERATE AC, eight bytes. */
  readonly cryptogram: Uint8Array;
  /** How many commands with secure messaging came before in this transaction. */
  readonly before: number;
}

/** MAC over header (CLA INS P1 P2 Lc) and data of a command; `data` is without the MAC itself. */
export function commandMac(
  recipe: Recipe,
  keys: CardKeys,
  session: ScriptSession,
  header: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const { transactionUnderMac, cryptogramCounts } = recipe.scripts;
  const cryptogram = cryptogramCounts ? plus(session.cryptogram, session.before) : session.cryptogram;
  const key = scriptSessionKey(recipe.scripts, keys.scriptIntegrity, session);
  const transaction = transactionUnderMac ? concat(session.atc, cryptogram) : new Uint8Array(0);
  return macAlgorithm3(key, concat(header, transaction, data));
}

function scriptSessionKey(scripts: ScriptRecipe, cardKey: Uint8Array, session: ScriptSession): Uint8Array {
  return scripts.sessionKey === 'visa'
    ? visaSessionKey(cardKey, session.atc)
    : commonSessionKey(cardKey, session.cryptogram);
}

/** `bytes` as a number, `count` higher. */
function plus(bytes: Uint8Array, count: number): Uint8Array {
  const sum = (BigInt(`0x${Buffer.from(bytes).toString('hex')}`) + BigInt(count)) % (1n << 64n);
  return hex(sum.toString(16).padStart(16, '0'));
}

export function encipherCommandData(
  manner: ScriptRecipe['encipherment'],
  key: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  if (manner === 'visa') return encipherEcb(key, pad(concat(Uint8Array.of(data.length), data), 'bit'));
  const whole = manner === 'mchip' && data.length % blockLength === 0;
  return encipherCbc(key, whole ? data : pad(data, 'bit'));
}

/** One enciphered PIN block, eight bytes; undefined when the bytes are none. */
function decipherPinBlock(
  manner: ScriptRecipe['encipherment'],
  key: Uint8Array,
  enciphered: Uint8Array,
): Uint8Array | undefined {
  if (enciphered.length !== (manner === 'mchip' ? blockLength : 2 * blockLength)) return undefined;
  const clear = manner === 'visa' ? decipherEcb(key, enciphered) : decipherCbc(key, enciphered);
  if (manner === 'visa') return clear[0] === blockLength ? clear.subarray(1, 1 + blockLength) : undefined;
  return clear.subarray(0, blockLength);
}

/** ISO 9564-1 format 2, as VERIFY and PIN CHANGE have it. */
export function pinBlock2(pin: string): Uint8Array {
  assertPin(pin);
  return hex(`2${pin.length.toString(16)}${pin.padEnd(14, 'F')}`);
}

/** The digits of a format 2 block; undefined when it is none. */
export function readPinBlock2(block: Uint8Array): string | undefined {
  const digits = /^2([4-9A-C])(\d{4,12})F*$/.exec(Buffer.from(block).toString('hex').toUpperCase());
  const [, length = '', pin] = digits ?? [];
  return block.length === blockLength && pin?.length === Number.parseInt(length, 16) ? pin : undefined;
}

/** VIS: the new PIN under half of the card's key and, where it is known, the old PIN. */
export function pinBlockVis(cardKey: Uint8Array, pin: string, currentPin?: string): Uint8Array {
  assertPin(pin);
  assert(cardKey.length === 16, 'a double-length DES key has 16 bytes');
  const block = hex(pin.length.toString(16).padStart(2, '0') + pin.padEnd(14, 'F'));
  const underKey = xor(block, concat(new Uint8Array(4), cardKey.subarray(4, 8)));
  if (currentPin === undefined) return underKey;
  assertPin(currentPin);
  return xor(underKey, hex(currentPin.padEnd(16, '0')));
}

function readPinBlockVis(cardKey: Uint8Array, block: Uint8Array, currentPin: string | undefined): string | undefined {
  const old = currentPin === undefined ? new Uint8Array(blockLength) : hex(currentPin.padEnd(16, '0'));
  const clear = xor(xor(block, old), concat(new Uint8Array(4), cardKey.subarray(4, 8)));
  const [, length = '', pin] = /^0([4-9a-c])(\d{4,12})f*$/.exec(Buffer.from(clear).toString('hex')) ?? [];
  return pin?.length === Number.parseInt(length, 16) ? pin : undefined;
}

function assertPin(pin: string): void {
  assert(/^\d{4,12}$/.test(pin), 'a PIN has 4 to 12 digits');
}

function isVis({ pinBlock }: ScriptRecipe, currentPin: string | undefined): boolean {
  return pinBlock === 'vis' || (pinBlock === 'iso2UnlessOld' && currentPin !== undefined);
}

/** Book 3 §6.5.10: header and data of PIN CHANGE/UNBLOCK, with the MAC. Given the old PIN, P2 is 01 (VIS), else 02. */
export function pinChangeCommand(
  recipe: Recipe,
  keys: CardKeys,
  session: ScriptSession,
  pin: string,
  currentPin?: string,
): Uint8Array {
  const { encipherment } = recipe.scripts;
  const block = isVis(recipe.scripts, currentPin) ? pinBlockVis(keys.cryptogram, pin, currentPin) : pinBlock2(pin);
  const key = scriptSessionKey(recipe.scripts, keys.scriptConfidentiality, session);
  const data = encipherCommandData(encipherment, key, block);
  return scriptCommand(recipe, keys, session, Uint8Array.of(0x84, 0x24, 0, currentPin === undefined ? 2 : 1), data);
}

/** The new PIN out of the data of PIN CHANGE; undefined when it cannot be read. */
export function newPinOf(
  recipe: Recipe,
  keys: CardKeys,
  session: ScriptSession,
  data: Uint8Array,
  currentPin: string | undefined,
): string | undefined {
  const { encipherment } = recipe.scripts;
  const key = scriptSessionKey(recipe.scripts, keys.scriptConfidentiality, session);
  const block = decipherPinBlock(encipherment, key, data);
  if (block === undefined) return undefined;
  return isVis(recipe.scripts, currentPin) ? readPinBlockVis(keys.cryptogram, block, currentPin) : readPinBlock2(block);
}

/** A whole C-APDU with secure messaging: CLA INS P1 P2, Lc, data, eight bytes of MAC. */
export function scriptCommand(
  recipe: Recipe,
  keys: CardKeys,
  session: ScriptSession,
  instruction: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const header = concat(instruction, Uint8Array.of(data.length + blockLength));
  return concat(header, data, commandMac(recipe, keys, session, header, data));
}
