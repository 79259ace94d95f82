/**
 * Symbols to strings. The language itself has no fast way: one call with all characters is the fastest, if their
 * array need not be made for it; adding up single characters takes four times as long.
 */

/** Characters of one call. */
const most = 64;

/** An array for each number of characters, used over and over. */
const rooms: readonly number[][] = Array.from({ length: most + 1 }, (_none, length) =>
  Array.from({ length }, () => 0),
);

/** One character per byte, from `from` up to `to`. */
export function textOf(symbols: DataView, from: number, to: number): string {
  if (to - from <= most) return shortText(symbols, from, to - from);
  let text = '';
  for (let at = from; at < to; at += most) text += shortText(symbols, at, Math.min(most, to - at));
  return text;
}

function shortText(symbols: DataView, from: number, count: number): string {
  const codes = rooms[count] ?? [];
  for (let i = 0; i < count; i += 1) codes[i] = symbols.getUint8(from + i);
  return String.fromCharCode.apply(undefined, codes);
}
