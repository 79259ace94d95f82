/**
 * What the customer sees on a graphic display: the code as large as cameras like it, the amount in large digits, and at
 * the end what became of the money, on a ground of its own colour. Colour never speaks alone: the words say the same.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import { encodeQR } from 'qr';
import type { DisplayContent } from '../../devices/customer-display.ts';
import { unreachable } from '../../src/core/base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../../src/core/base/result.ts';
import { displayWidth, wrap } from '../../src/core/receipt/layout.ts';
import { drawingLibrary } from '../raster/canvas.ts';
import { advanceEm, loadReceiptFonts, receiptFonts, type FontFault } from '../raster/fonts.ts';
import type { Picture } from './frame.ts';

export type PictureFault = FontFault | Fault<'qrTooLarge'>;

interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Colours {
  readonly ground: string;
  readonly ink: string;
}

/** As on the other screens; each ink is readable on its ground (at least 7:1). */
const colours: Readonly<Record<'waiting' | 'yes' | 'no' | 'unknown', Colours>> = {
  waiting: { ground: '#ffffff', ink: '#16211f' },
  yes: { ground: '#07522d', ink: '#ffffff' },
  no: { ground: '#33403d', ink: '#ffffff' },
  unknown: { ground: '#ffc861', ink: '#2b1700' },
};

/** ISO/IEC 18004: the quiet zone is 4 modules. */
const quietModules = 4;
/** Phones read a module of two pixels from a small panel; three and more are better, and are had where there is room. */
const leastModulePixels = 2;
const goodModulePixels = 3;
/** Share of the longer side that text is given beside a code, if the code stays good to read. */
const textShare = 0.36;
/** Height of a line in font sizes: Vietnamese capitals carry two marks. */
const lineHeight = 1.4;
const baseline = 1.06;
const leastFontPixels = 9;
/** Beside a long amount in small digits the rest is still this large. */
const goodFontPixels = 18;

/** All of it, for a panel of that size. */
export function drawContent(
  content: DisplayContent,
  { width, height }: { readonly width: number; readonly height: number },
): Result<Picture, PictureFault> {
  const context = drawingLibrary().createCanvas(width, height).getContext('2d');
  const drawn = draw(content, context, { left: 0, top: 0, width, height });
  return drawn.ok ? ok({ width, height, rgba: context.getImageData(0, 0, width, height).data }) : drawn;
}

function draw(content: DisplayContent, context: SKRSContext2D, all: Area): Result<void, PictureFault> {
  if (content.kind === 'idle') {
    fill(context, all, '#000000');
    return ok(undefined);
  }
  const fonts = loadReceiptFonts();
  if (!fonts.ok) return fonts;
  context.textBaseline = 'alphabetic';
  context.textAlign = 'center';
  switch (content.kind) {
    case 'text': {
      const { ground, ink } = colours[content.answer ?? 'waiting'];
      fill(context, all, ground);
      drawLines(context, content.lines, inset(all), ink);
      return ok(undefined);
    }
    case 'qr':
      fill(context, all, colours.waiting.ground);
      return drawCode(context, content, all);
    default:
      return unreachable(content, 'framebuffer picture');
  }
}

function fill(context: SKRSContext2D, { left, top, width, height }: Area, colour: string): void {
  context.fillStyle = colour;
  context.fillRect(left, top, width, height);
}

function inset({ left, top, width, height }: Area): Area {
  const edge = Math.ceil(Math.min(width, height) * 0.04);
  return { left: left + edge, top: top + edge, width: width - 2 * edge, height: height - 2 * edge };
}

/** Beside the code on a wide panel, below it on any other. */
function drawCode(
  context: SKRSContext2D,
  { payload, lines }: Extract<DisplayContent, { kind: 'qr' }>,
  { width, height }: Area,
): Result<void, PictureFault> {
  const wide = width >= height * 1.15;
  const [long, short] = wide ? [width, height] : [height, width];
  const code = modulesOf(payload, Math.floor(short / leastModulePixels));
  if (code === undefined) {
    const detail = `a code of ${payload.length} characters is too dense for ${width} × ${height} pixels`;
    return err(fault('qrTooLarge', detail, true));
  }
  const modules = code.length;
  const beside = Math.floor(Math.min(short, long * (1 - textShare)) / modules);
  const scale = beside >= goodModulePixels ? beside : Math.min(goodModulePixels, Math.floor(short / modules));
  const side = modules * scale;
  const [left, top] = wide ? [0, Math.floor((height - side) / 2)] : [Math.floor((width - side) / 2), 0];
  context.fillStyle = '#000000';
  code.forEach((row, y) =>
    row.forEach((dark, x) => {
      if (dark) context.fillRect(left + x * scale, top + y * scale, scale, scale);
    }),
  );
  const rest: Area = wide
    ? { left: side, top: 0, width: width - side, height }
    : { left: 0, top: side, width, height: height - side };
  drawLines(context, lines, inset(rest), colours.waiting.ink);
  return ok(undefined);
}

/** With as much redundancy as leaves the modules large enough; undefined when it does not fit at all. */
function modulesOf(payload: string, most: number): boolean[][] | undefined {
  for (const ecc of ['medium', 'low'] as const) {
    try {
      const modules = encodeQR(payload, 'raw', { ecc, border: quietModules });
      if (modules.length <= most) return modules;
    } catch {
      // More than a code holds.
    }
  }
  return undefined;
}

interface Block {
  readonly rows: readonly string[];
  readonly fontPixels: number;
  readonly font: string;
}

/**
 * The first line is the large one, and is not broken: an amount is read at once. What has no room in readable letters is
 * left out, from the end.
 */
function drawLines(context: SKRSContext2D, lines: readonly string[], area: Area, ink: string): void {
  const [first = '', ...others] = lines;
  const blocks: Block[] = [];
  let room = area.height;
  const add = (block: Block | undefined): void => {
    if (block === undefined) return;
    blocks.push(block);
    room -= heightOf(block);
  };
  const forFirst = Math.floor(room * (others.length === 0 ? 1 : 0.6));
  const bold = { font: receiptFonts.bold, most: forFirst };
  add(unbroken(first, area.width, bold) ?? broken(first, { ...area, height: forFirst }, bold));
  const most = Math.max(goodFontPixels, Math.floor((blocks[0]?.fontPixels ?? 0) * 0.8));
  others.forEach((line, index) => {
    const height = Math.floor(room / (others.length - index));
    add(broken(line, { ...area, height }, { font: receiptFonts.regular, most }));
  });
  let top = area.top + Math.floor(room / 2);
  context.fillStyle = ink;
  for (const block of blocks) {
    context.font = `${block.fontPixels}px "${block.font}"`;
    for (const row of block.rows) {
      context.fillText(row, area.left + area.width / 2, top + Math.round(block.fontPixels * baseline));
      top += Math.round(block.fontPixels * lineHeight);
    }
  }
}

function heightOf({ rows, fontPixels }: Block): number {
  return rows.length * Math.round(fontPixels * lineHeight);
}

interface Letters {
  readonly font: string;
  /** Largest size in pixels. */
  readonly most: number;
}

/** The largest letters in which all of it stands in one row. */
function unbroken(text: string, width: number, { font, most }: Letters): Block | undefined {
  const wide = width / (Math.max(1, displayWidth(text)) * advanceEm);
  const fontPixels = Math.floor(Math.min(wide, most / lineHeight));
  return fontPixels < leastFontPixels ? undefined : { rows: [text], fontPixels, font };
}

/** The largest letters in which the text, broken between words, fits the area. */
function broken(text: string, { width, height }: Area, { font, most }: Letters): Block | undefined {
  const widest = Math.max(1, ...text.split(' ').map(displayWidth));
  const largest = Math.min(most, Math.floor(width / (widest * advanceEm)), Math.floor(height / lineHeight));
  for (let fontPixels = largest; fontPixels >= leastFontPixels; fontPixels -= 1) {
    const columns = Math.floor(width / (fontPixels * advanceEm));
    if (columns < 2) continue;
    const block = { rows: wrap(text, columns), fontPixels, font };
    if (heightOf(block) <= height) return block;
  }
  return undefined;
}
