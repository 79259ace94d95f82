/**
 * How long each ESC/POS command is. Names and formats: "ESC/POS Command Reference" (Epson), one row a command.
 * A command that is not listed here is reported as unknown, never guessed at.
 */
import { latin1 } from '../../../src/core/base/bytes.ts';

/** Bytes of parameters after the prefix; a function may look at those received and answer undefined for "more". */
type Shape = number | ((parameters: Uint8Array) => number | undefined);

export interface CommandRow {
  readonly name: string;
  readonly prefix: Uint8Array;
  readonly shape: Shape;
}

/** Longest list that ends with NUL (`GS k` function A, `ESC D`). */
const longestNulTerminated = 256;

function word(low: number | undefined, high: number | undefined): number | undefined {
  return low === undefined || high === undefined ? undefined : low + high * 256;
}

/** `pL pH` at `at`, then that many bytes. */
function counted(at: number): Shape {
  return (parameters) => {
    const count = word(parameters[at], parameters[at + 1]);
    return count === undefined ? undefined : at + 2 + count;
  };
}

function nulTerminated(parameters: Uint8Array, from: number): number | undefined {
  const end = parameters.indexOf(0, from);
  if (end >= 0) return end + 1;
  return parameters.length >= longestNulTerminated ? longestNulTerminated : undefined;
}

/** `GS v 0 m xL xH yL yH d1…dk`, k = x × y. */
function rasterImage(parameters: Uint8Array): number | undefined {
  const x = word(parameters[1], parameters[2]);
  const y = word(parameters[3], parameters[4]);
  return x === undefined || y === undefined ? undefined : 5 + x * y;
}

/** `GS V m` (function A), `GS V m n` for m = 65, 66, 97, 98, 103, 104 (functions B, C, D). */
function cutPaper(parameters: Uint8Array): number | undefined {
  const m = parameters[0];
  return m === undefined ? undefined : m >= 65 ? 2 : 1;
}

/** `GS k m d1…dk NUL` for m ≤ 6 (function A), `GS k m n d1…dn` above (function B). */
function barcode(parameters: Uint8Array): number | undefined {
  const [m, n] = parameters;
  if (m === undefined) return undefined;
  if (m <= 6) return nulTerminated(parameters, 1);
  return n === undefined ? undefined : 2 + n;
}

/** `ESC * m nL nH d1…dk`, k = n for 8-dot modes, 3n for 24-dot modes (m = 32, 33). */
function columnImage(parameters: Uint8Array): number | undefined {
  const [m, low, high] = parameters;
  const n = word(low, high);
  return m === undefined || n === undefined ? undefined : 3 + n * (m >= 32 ? 3 : 1);
}

/** `ESC & y c1 c2 [x1 d1…d(y × x1)] … [xk d1…d(y × xk)]`, k = c2 − c1 + 1. */
function userCharacters(parameters: Uint8Array): number | undefined {
  const [y, first, last] = parameters;
  if (y === undefined || first === undefined || last === undefined) return undefined;
  let length = 3;
  for (let character = first; character <= last; character += 1) {
    const x = parameters[length];
    if (x === undefined) return undefined;
    length += 1 + y * x;
  }
  return length;
}

/** `GS * x y d1…dk`, k = x × y × 8. */
function downloadedImage(parameters: Uint8Array): number | undefined {
  const [x, y] = parameters;
  return x === undefined || y === undefined ? undefined : 2 + x * y * 8;
}

/** `GS 8 L p1 p2 p3 p4 …`: a count of four bytes. */
function longGraphics(parameters: Uint8Array): number | undefined {
  const low = word(parameters[0], parameters[1]);
  const high = word(parameters[2], parameters[3]);
  return low === undefined || high === undefined ? undefined : 4 + low + high * 65_536;
}

/** `DLE DC4 fn …`: fn = 8 has seven fixed bytes, the others two. */
function dleDc4(parameters: Uint8Array): number | undefined {
  const fn = parameters[0];
  return fn === undefined ? undefined : fn === 8 ? 8 : 3;
}

function row(name: string, prefix: string, shape: Shape): CommandRow {
  return { name, prefix: latin1(prefix), shape };
}

const esc = '\u001B';
const gs = '\u001D';
const fs = '\u001C';
const dle = '\u0010';

export const commandTable: readonly CommandRow[] = [
  row('HT', '\t', 0),
  row('LF', '\n', 0),
  row('FF', '\f', 0),
  row('CR', '\r', 0),
  row('CAN', '\u0018', 0),
  row('DLE EOT', `${dle}\u0004`, 1),
  row('DLE ENQ', `${dle}\u0005`, 1),
  row('DLE DC4', `${dle}\u0014`, dleDc4),
  row('ESC FF', `${esc}\f`, 0),
  row('ESC SP', `${esc} `, 1),
  row('ESC !', `${esc}!`, 1),
  row('ESC $', `${esc}$`, 2),
  row('ESC %', `${esc}%`, 1),
  row('ESC &', `${esc}&`, userCharacters),
  row('ESC (', `${esc}(`, counted(1)),
  row('ESC *', `${esc}*`, columnImage),
  row('ESC -', `${esc}-`, 1),
  row('ESC 2', `${esc}2`, 0),
  row('ESC 3', `${esc}3`, 1),
  row('ESC =', `${esc}=`, 1),
  row('ESC ?', `${esc}?`, 1),
  row('ESC @', `${esc}@`, 0),
  row('ESC D', `${esc}D`, (parameters) => nulTerminated(parameters, 0)),
  row('ESC E', `${esc}E`, 1),
  row('ESC G', `${esc}G`, 1),
  row('ESC J', `${esc}J`, 1),
  row('ESC L', `${esc}L`, 0),
  row('ESC M', `${esc}M`, 1),
  row('ESC R', `${esc}R`, 1),
  row('ESC S', `${esc}S`, 0),
  row('ESC T', `${esc}T`, 1),
  row('ESC V', `${esc}V`, 1),
  row('ESC W', `${esc}W`, 8),
  row('ESC \\', `${esc}\\`, 2),
  row('ESC a', `${esc}a`, 1),
  row('ESC c', `${esc}c`, 2),
  row('ESC d', `${esc}d`, 1),
  row('ESC p', `${esc}p`, 3),
  row('ESC t', `${esc}t`, 1),
  row('ESC u', `${esc}u`, 1),
  row('ESC v', `${esc}v`, 0),
  row('ESC {', `${esc}{`, 1),
  row('FS !', `${fs}!`, 1),
  row('FS &', `${fs}&`, 0),
  row('FS (', `${fs}(`, counted(1)),
  row('FS .', `${fs}.`, 0),
  row('FS p', `${fs}p`, 2),
  row('GS !', `${gs}!`, 1),
  row('GS $', `${gs}$`, 2),
  row('GS (', `${gs}(`, counted(1)),
  row('GS *', `${gs}*`, downloadedImage),
  row('GS /', `${gs}/`, 1),
  row('GS 8', `${gs}8L`, longGraphics),
  row('GS B', `${gs}B`, 1),
  row('GS H', `${gs}H`, 1),
  row('GS I', `${gs}I`, 1),
  row('GS L', `${gs}L`, 2),
  row('GS P', `${gs}P`, 2),
  row('GS V', `${gs}V`, cutPaper),
  row('GS W', `${gs}W`, 2),
  row('GS \\', `${gs}\\`, 2),
  row('GS a', `${gs}a`, 1),
  row('GS b', `${gs}b`, 1),
  row('GS f', `${gs}f`, 1),
  row('GS h', `${gs}h`, 1),
  row('GS k', `${gs}k`, barcode),
  row('GS r', `${gs}r`, 1),
  row('GS v', `${gs}v0`, rasterImage),
  row('GS w', `${gs}w`, 1),
];
