/** C-APDUs that only Kernel 2 sends. EMV Contactless Book C-2 §5. */
import { assert } from '../../base/assert.ts';
import { concat } from '../../base/bytes.ts';

/** RECOVER AC (Book C-2 §5.5): `80 D0 00 00` with DRDOL Related Data. */
export function recoverAcCommand(drdolValue: Uint8Array): Uint8Array {
  return drdolValue.length === 0 ? Uint8Array.of(0x80, 0xd0, 0x00, 0x00, 0x00) : case4(0xd0, 0x00, 0x00, drdolValue);
}

/** COMPUTE CRYPTOGRAPHIC CHECKSUM (Book C-2 §5.1): `80 2A 8E 80` with UDOL Related Data. */
export function computeChecksumCommand(udolValue: Uint8Array): Uint8Array {
  return case4(0x2a, 0x8e, 0x80, udolValue);
}

function case4(ins: number, p1: number, p2: number, value: Uint8Array): Uint8Array {
  assert(value.length <= 0xff, 'APDU: command data fit one byte of length');
  return concat(Uint8Array.of(0x80, ins, p1, p2, value.length), value, Uint8Array.of(0));
}
