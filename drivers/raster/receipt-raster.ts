/**
 * Receipt lines to dots. Printers cannot be trusted with Vietnamese letters (code pages differ per model), so
 * the whole receipt is drawn here with a bundled font and sent as a picture. The same lines always give the same
 * dots for every script that the font has; a character it lacks is drawn with whatever the machine offers.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import { encodeQR } from 'qr';
import { unreachable } from '../../src/core/base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../../src/core/base/result.ts';
import { clusters, displayWidth } from '../../src/core/receipt/layout.ts';
import type { ReceiptLine } from '../../src/core/receipt/receipt.ts';
import { bitmapFromPixels, type Bitmap } from './bitmap.ts';
import { drawingLibrary } from './canvas.ts';
import { advanceEm, loadReceiptFonts, receiptFonts, type FontFault } from './fonts.ts';

export interface Paper {
  /** Dots of one row: 384 on 58 mm paper, 576 on 80 mm, at 8 dots/mm. */
  readonly dots: number;
  /** Characters of the normal font on one row. */
  readonly columns: number;
}

export type RasterFault = FontFault | Fault<'qrTooLarge' | 'lineTooWide' | 'tooLong'>;

/** Line pitch in cell widths: Vietnamese capitals carry two marks (Ấ, Ộ) and some letters one below (ậ, ệ). */
const pitch = 2.3;

/** Where letters stand in their line, as a share of its height: the tallest (Ẵ) and the deepest (ỵ) both fit. */
const baseline = 0.79;

/** Pixels darker than this become dots; above one half, because thin strokes print lighter than they look. */
const inkThreshold = 170;

/** ISO/IEC 18004: the quiet zone is 4 modules; a module below 3 dots (0.375 mm) scans badly from thermal paper. */
const quietModules = 4;
const minModuleDots = 3;
const maxModuleDots = 8;

/** About 2 m of paper: a longer receipt is a mistake. */
const maxRows = 16_384;

/** Draws itself from row `top` downwards; its height is known before. */
interface Block {
  readonly height: number;
  readonly draw: (context: SKRSContext2D, top: number) => void;
}

interface Ink {
  readonly font: string;
  readonly cell: number;
  readonly color: 'black' | 'white';
}

/** Puts every cluster at the start of its own cell, so that columns of figures stand exactly under each other. */
function drawText(context: SKRSContext2D, content: string, left: number, bottom: number, ink: Ink): void {
  context.font = `${ink.cell / advanceEm}px "${ink.font}"`;
  context.fillStyle = ink.color;
  let x = left;
  for (const cluster of clusters(content)) {
    context.fillText(cluster.text, x, bottom);
    x += cluster.cells * ink.cell;
  }
}

function textBlock(
  line: Extract<ReceiptLine, { kind: 'text' }>,
  paper: Paper,
  cell: number,
): Result<Block, RasterFault> {
  const size = line.size === 'double' ? cell * 2 : cell;
  const width = displayWidth(line.text) * size;
  if (width > paper.dots) return err(tooWide(line.text));
  const free = paper.dots - width;
  const left = { left: 0, center: Math.floor(free / 2), right: free }[line.align];
  const height = Math.round(size * pitch);
  const ink: Ink = { font: line.bold ? receiptFonts.bold : receiptFonts.regular, cell: size, color: 'black' };
  return ok({
    height,
    draw: (context, top) => drawText(context, line.text, left, top + Math.round(height * baseline), ink),
  });
}

/** The bar has white paper above and below it, and black above the first and below the last line. */
function bannerBlock(lines: readonly string[], paper: Paper, cell: number): Result<Block, RasterFault> {
  const widest = lines.find((line) => displayWidth(line) * cell > paper.dots);
  if (widest !== undefined) return err(tooWide(widest));
  const lineHeight = Math.round(cell * pitch);
  const bar = lines.length * lineHeight + cell;
  const ink: Ink = { font: receiptFonts.bold, cell, color: 'white' };
  return ok({
    height: bar + cell * 2,
    draw: (context, top) => {
      context.fillStyle = 'black';
      context.fillRect(0, top + cell, paper.dots, bar);
      lines.forEach((line, index) => {
        const left = Math.floor((paper.dots - displayWidth(line) * cell) / 2);
        const lineTop = top + Math.round(cell * 1.5) + index * lineHeight;
        drawText(context, line, left, lineTop + Math.round(lineHeight * baseline), ink);
      });
    },
  });
}

function qrBlock(content: string, paper: Paper): Result<Block, RasterFault> {
  let modules: boolean[][];
  try {
    modules = encodeQR(content, 'raw', { ecc: 'medium', border: quietModules });
  } catch {
    return err(fault('qrTooLarge', `no QR code holds ${content.length} characters`, true));
  }
  const scale = Math.min(maxModuleDots, Math.floor(paper.dots / modules.length));
  if (scale < minModuleDots) {
    return err(fault('qrTooLarge', `a QR code of ${content.length} characters is too dense for this paper`, true));
  }
  const side = modules.length * scale;
  const left = Math.floor((paper.dots - side) / 2);
  return ok({
    height: side,
    draw: (context, top) => {
      context.fillStyle = 'black';
      modules.forEach((row, y) =>
        row.forEach((dark, x) => {
          if (dark) context.fillRect(left + x * scale, top + y * scale, scale, scale);
        }),
      );
    },
  });
}

function tooWide(content: string): RasterFault {
  return fault('lineTooWide', `a line of ${displayWidth(content)} cells does not fit the paper`, true);
}

function block(line: Exclude<ReceiptLine, { kind: 'cut' }>, paper: Paper): Result<Block, RasterFault> {
  const cell = Math.floor(paper.dots / paper.columns);
  switch (line.kind) {
    case 'text':
      return textBlock(line, paper, cell);
    case 'banner':
      return bannerBlock(line.lines, paper, cell);
    case 'qr':
      return qrBlock(line.text, paper);
    case 'feed':
      return ok({ height: Math.round(cell * pitch) * line.lines, draw: () => undefined });
    case 'rule':
      return ok({
        height: cell + 4,
        draw: (context, top) => {
          context.fillStyle = 'black';
          context.fillRect(0, top + Math.floor(cell / 2) + 1, paper.dots, 2);
        },
      });
    default:
      return unreachable(line, 'receipt raster');
  }
}

function drawBlocks(blocks: readonly Block[], paper: Paper): Result<Bitmap, RasterFault> {
  const height = blocks.reduce((sum, { height }) => sum + height, 0);
  if (height > maxRows) return err(fault('tooLong', `${height} dot rows, at most ${maxRows}`, true));
  const context = drawingLibrary().createCanvas(paper.dots, height).getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, paper.dots, height);
  context.textBaseline = 'alphabetic';
  let top = 0;
  for (const { height, draw } of blocks) {
    draw(context, top);
    top += height;
  }
  return ok(bitmapFromPixels(paper.dots, context.getImageData(0, 0, paper.dots, height).data, inkThreshold));
}

/** One bitmap for each piece of paper, that is up to each `cut`; a piece without content is left out. */
export function receiptRaster(lines: readonly ReceiptLine[], paper: Paper): Result<readonly Bitmap[], RasterFault> {
  const fonts = loadReceiptFonts();
  if (!fonts.ok) return fonts;
  const pieces: Bitmap[] = [];
  let blocks: Block[] = [];
  for (const line of [...lines, { kind: 'cut' } as const]) {
    if (line.kind !== 'cut') {
      const made = block(line, paper);
      if (!made.ok) return made;
      blocks.push(made.value);
    } else if (blocks.length > 0) {
      const piece = drawBlocks(blocks, paper);
      if (!piece.ok) return piece;
      pieces.push(piece.value);
      blocks = [];
    }
  }
  return ok(pieces);
}
