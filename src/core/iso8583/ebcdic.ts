/**
 * EBCDIC, code page 500 (IBM CDRA, "International"), against ISO 8859-1: both have 256 characters and the
 * translation is one to one. Letters, digits and space are the same in code page 037, which hosts also use.
 */
import { hex } from '../base/bytes.ts';

/** Character code (ISO 8859-1) of each EBCDIC byte. */
export const latin1Of: Uint8Array = hex(
  '000102039C09867F978D8E0B0C0D0E0F101112139D8508871819928F1C1D1E1F' +
    '80818283840A171B88898A8B8C050607909116939495960498999A9B14159E1A' +
    '20A0E2E4E0E1E3E5E7F15B2E3C282B2126E9EAEBE8EDEEEFECDF5D242A293B5E' +
    '2D2FC2C4C0C1C3C5C7D1A62C255F3E3FF8C9CACBC8CDCECFCC603A2340273D22' +
    'D8616263646566676869ABBBF0FDFEB1B06A6B6C6D6E6F707172AABAE6B8C6A4' +
    'B57E737475767778797AA1BFD0DDDEAEA2A3A5B7A9A7B6BCBDBEAC7CAFA8B4D7' +
    '7B414243444546474849ADF4F6F2F3F57D4A4B4C4D4E4F505152B9FBFCF9FAFF' +
    '5CF7535455565758595AB2D4D6D2D3D530313233343536373839B3DBDCD9DA9F',
);

/** EBCDIC byte of each character code. */
export const ebcdicOf: Uint8Array = inverse(latin1Of);

function inverse(table: Uint8Array): Uint8Array {
  const back = new Uint8Array(256);
  table.forEach((code, byte) => {
    back[code] = byte;
  });
  return back;
}
