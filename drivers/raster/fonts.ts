/**
 * The bundled receipt font: JetBrains Mono (OFL-1.1), which has every Vietnamese letter and a strict grid.
 * Loaded once, from the npm package, under names of our own, so that fonts of the machine cannot replace it.
 */
import { createRequire } from 'node:module';
import { err, fault, ok, type Fault, type Result } from '../../src/core/base/result.ts';
import { drawingLibrary } from './canvas.ts';

export type FontFault = Fault<'fontMissing'>;

export const receiptFonts = { regular: 'Cham Receipt', bold: 'Cham Receipt Bold' } as const;

const files = [
  [receiptFonts.regular, '@expo-google-fonts/jetbrains-mono/500Medium/JetBrainsMono_500Medium.ttf'],
  [receiptFonts.bold, '@expo-google-fonts/jetbrains-mono/800ExtraBold/JetBrainsMono_800ExtraBold.ttf'],
] as const;

/** Advance of every glyph of the font, in em: at 20 px a cell is exactly 12 dots. */
export const advanceEm = 0.6;

export function loadReceiptFonts(): Result<void, FontFault> {
  const require = createRequire(import.meta.url);
  const { GlobalFonts } = drawingLibrary();
  for (const [name, file] of files) {
    if (GlobalFonts.has(name)) continue;
    let path: string;
    try {
      path = require.resolve(file);
    } catch {
      return err(fault('fontMissing', `receipt font ${file} is not installed: run npm ci`, true));
    }
    if (GlobalFonts.registerFromPath(path, name) === null) {
      return err(fault('fontMissing', `receipt font ${path} cannot be read`, true));
    }
  }
  return ok(undefined);
}
