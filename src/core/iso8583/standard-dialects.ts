/**
 * The plain ways to write each version of the standard, from which acquirers' dialects descend. ISO 8583 leaves the
 * choice of codes to the two parties (1987, clause "character set"; 1993 and 2003, clause 4.1): these six are the
 * ones that hosts take as their starting point. Two rows of 1987 follow those hosts instead of the standard: DE 93
 * has six positions and DE 96 sixteen octets.
 */
import type { DialectDescription } from './description.ts';

const allCharacters = {
  n: 'ascii',
  'n..': 'ascii',
  an: 'ascii',
  ans: 'ascii',
  z: 'ascii',
  b: 'hex',
  'b..': 'hex',
  'x+n': 'ascii',
} as const;

export const standardDialects: readonly DialectDescription[] = [
  {
    id: 'iso87-ascii',
    note: 'Everything in characters, bit maps and binary elements as hexadecimal characters.',
    version: '1987',
    mti: 'ascii',
    bitmap: 'hex',
    encodings: allCharacters,
    lengths: 'ascii',
    elements: { 93: { format: 'an 6' }, 96: { format: 'b 128' } },
  },
  {
    id: 'iso87-ascii-binary-bitmap',
    note: 'As iso87-ascii, but the bit maps are eight raw bytes each.',
    parent: 'iso87-ascii',
    bitmap: 'binary',
  },
  {
    id: 'iso87-binary',
    note: 'Digits packed: fixed elements filled in front, variable ones behind. DE 55 is raw BER-TLV.',
    parent: 'iso87-ascii',
    mti: 'bcd-left',
    bitmap: 'binary',
    encodings: { n: 'bcd-left', 'n..': 'bcd-right', b: 'binary', 'b..': 'binary', 'x+n': 'bcd-left' },
    lengths: 'bcd',
    elements: { 35: { encoding: 'bcd-right' }, 55: { format: 'b...999' } },
  },
  {
    id: 'iso93-ascii',
    note: 'As iso87-ascii, of the 1993 directory; binary elements of variable length are raw bytes.',
    version: '1993',
    mti: 'ascii',
    bitmap: 'hex',
    encodings: { ...allCharacters, 'b..': 'binary' },
    lengths: 'ascii',
  },
  {
    id: 'iso93-binary',
    note: 'Digits packed and filled behind, text in characters.',
    parent: 'iso93-ascii',
    mti: 'bcd-right',
    bitmap: 'binary',
    encodings: { n: 'bcd-right', 'n..': 'bcd-right', b: 'binary', 'x+n': 'bcd-right' },
    lengths: 'bcd',
  },
  {
    id: 'iso2003-binary',
    note: 'As iso93-binary, of the 2003 directory.',
    parent: 'iso93-binary',
    version: '2003',
  },
];
