/**
 * The drawing library, loaded when something is drawn for the first time: it is a big one (100 ms of a start on a fast
 * machine), and a terminal has to be ready sooner than its first receipt.
 */
import { createRequire } from 'node:module';

type Library = typeof import('@napi-rs/canvas');

const load = createRequire(import.meta.url);

/** The same object each time. */
export function drawingLibrary(): Pick<Library, 'createCanvas' | 'GlobalFonts'> {
  return load('@napi-rs/canvas') as Library;
}
