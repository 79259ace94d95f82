/**
 * C-APDUs that only a contact transaction needs. EMV 4.4 Book 1 §11.3 and Book 3 §6.5.
 */
import { assert } from '../../base/assert.ts';
import { concat, latin1 } from '../../base/bytes.ts';
import type { RequestedCryptogram } from '../book3/action-analysis.ts';

/** `1PAY.SYS.DDF01`, the Payment System Environment (Book 1 §12.2.2). */
export const pseName = latin1('1PAY.SYS.DDF01');

/** Book 1 §11.3: the next application whose name begins so. */
export function selectNextCommand(name: Uint8Array): Uint8Array {
  assert(name.length >= 1 && name.length <= 16, 'APDU: a name has up to 16 bytes');
  return concat(Uint8Array.of(0x00, 0xa4, 0x04, 0x02, name.length), name, Uint8Array.of(0));
}

/** Book 3 §6.5.9: `value` are the data objects that the DDOL asks for. */
export function internalAuthenticateCommand(value: Uint8Array): Uint8Array {
  assert(value.length >= 1 && value.length <= 0xff, 'APDU: the DDOL data fit their command');
  return concat(Uint8Array.of(0x00, 0x88, 0x00, 0x00, value.length), value, Uint8Array.of(0));
}

/** Book 3 §6.5.4: `value` is the Issuer Authentication Data (91). */
export function externalAuthenticateCommand(value: Uint8Array): Uint8Array {
  assert(value.length >= 8 && value.length <= 16, 'APDU: Issuer Authentication Data have 8 to 16 bytes');
  return concat(Uint8Array.of(0x00, 0x82, 0x00, 0x00, value.length), value);
}

/** Book 3 Table 12: reference control parameter of GENERATE AC. */
const cryptogramTypes: Readonly<Record<RequestedCryptogram, number>> = { aac: 0x00, tc: 0x40, arqc: 0x80 };
const cdaRequested = 0x10;

/** Book 3 §6.5.5: `value` are the data objects that the CDOL asks for. */
export function generateAcCommand(type: RequestedCryptogram, cda: boolean, value: Uint8Array): Uint8Array {
  assert(value.length >= 1 && value.length <= 0xff, 'APDU: the CDOL data fit their command');
  const p1 = cryptogramTypes[type] | (cda ? cdaRequested : 0);
  return concat(Uint8Array.of(0x80, 0xae, p1, 0x00, value.length), value, Uint8Array.of(0));
}
