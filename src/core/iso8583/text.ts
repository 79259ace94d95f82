/**
 * Symbols to strings. The language itself has no fast way; what is fastest is one call with a number of characters
 * known beforehand, then one call with an array of them that need not be made for it. Adding up single characters
 * takes four times as long.
 */
import { assert } from '../base/assert.ts';

/** Characters of a block. */
const most = 16;

/** An array for each number of characters up to a block, used over and over. */
const rooms: readonly number[][] = Array.from({ length: most + 1 }, (_none, length) => Array.from({ length }, () => 0));

/** One character per byte, from `from` up to `to`. */
export function textOf(symbols: DataView, from: number, to: number): string {
  assert(from >= 0 && from <= to && to <= symbols.byteLength, 'iso8583: text lies within the symbols');
  if (to - from <= most) return shortText(symbols, from, to - from);
  let text = '';
  let at = from;
  for (; at + most <= to; at += most) text += block(symbols, at);
  return at < to ? text + shortText(symbols, at, to - at) : text;
}

/** The lengths that the directories use most, each in one call. */
function shortText(s: DataView, i: number, length: number): string {
  switch (length) {
    case 2:
      return String.fromCharCode(s.getUint8(i), s.getUint8(i + 1));
    case 3:
      return String.fromCharCode(s.getUint8(i), s.getUint8(i + 1), s.getUint8(i + 2));
    case 4:
      return String.fromCharCode(s.getUint8(i), s.getUint8(i + 1), s.getUint8(i + 2), s.getUint8(i + 3));
    case 6:
      return String.fromCharCode(
        s.getUint8(i),
        s.getUint8(i + 1),
        s.getUint8(i + 2),
        s.getUint8(i + 3),
        s.getUint8(i + 4),
        s.getUint8(i + 5),
      );
    case 12:
      return String.fromCharCode(
        s.getUint8(i),
        s.getUint8(i + 1),
        s.getUint8(i + 2),
        s.getUint8(i + 3),
        s.getUint8(i + 4),
        s.getUint8(i + 5),
        s.getUint8(i + 6),
        s.getUint8(i + 7),
        s.getUint8(i + 8),
        s.getUint8(i + 9),
        s.getUint8(i + 10),
        s.getUint8(i + 11),
      );
    default:
      return anyText(s, i, length);
  }
}

function anyText(symbols: DataView, from: number, length: number): string {
  const codes = rooms[length];
  assert(codes !== undefined, 'iso8583: a block is at most as long as a room');
  for (let i = 0; i < length; i += 1) codes[i] = symbols.getUint8(from + i);
  return String.fromCharCode.apply(undefined, codes);
}

function block(s: DataView, i: number): string {
  return String.fromCharCode(
    s.getUint8(i),
    s.getUint8(i + 1),
    s.getUint8(i + 2),
    s.getUint8(i + 3),
    s.getUint8(i + 4),
    s.getUint8(i + 5),
    s.getUint8(i + 6),
    s.getUint8(i + 7),
    s.getUint8(i + 8),
    s.getUint8(i + 9),
    s.getUint8(i + 10),
    s.getUint8(i + 11),
    s.getUint8(i + 12),
    s.getUint8(i + 13),
    s.getUint8(i + 14),
    s.getUint8(i + 15),
  );
}
