/**
 * Everything of ours that shows a payment code, read by a reader that is not ours (zbarimg): what `cham qr make` saves
 * and draws, the customer's screen in Chromium at every size, the bytes in a display's framebuffer, and paper that went
 * through the ESC/POS driver. Printer and panel are simulated up to the dots; no camera and no thermal paper are involved.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCanvas } from '@napi-rs/canvas';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DriverHost } from '../../drivers/driver.ts';
import { framebufferDisplay } from '../../drivers/framebuffer-display/framebuffer-display.ts';
import { simulatedPrinter } from '../../drivers/simulated/printer/simulated-printer.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import { money } from '../../src/core/base/money.ts';
import { buildCode } from '../../src/core/qr/build.ts';
import { buildVietQr } from '../../src/core/qr/vietqr.ts';
import { saleReceipt } from '../../src/core/receipt/sale-receipt.ts';
import { loadQrCatalogue } from '../../src/main/config/qr-schema.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { openBrowser, sizes } from '../ui/browser.ts';
import { buildScreens, startFakeTerminal, type BuiltScreens, type FakeTerminal } from '../ui/fake-terminal.ts';
import { idleView, saleViewWith } from '../ui/fixtures.ts';
import { stageSales } from '../ui/sales.ts';
import { readWithZbar } from './zbar.ts';

const cham = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');

/** The usual code of a sale, and the longest that VietQR has. */
function payloadOf(length: 'usual' | 'longest'): string {
  const usual = {
    bankBin: '970436',
    account: '1017595600',
    service: 'QRIBFTTA',
    amount: money(45_000, 'VND'),
    reference: 'CH7K3QW9TX',
    purpose: 'Phở bò',
    merchantName: 'Quán Phở Đức Thịnh',
    merchantCity: 'Hà Nội',
  } as const;
  const longest = {
    ...usual,
    account: 'V3CASABCDEFGHJKLMNP',
    service: 'QRPUSH',
    amount: money(9_999_999_999_999, 'VND'),
    merchantName: 'QUAN PHO DUC THINH CHI NHANH',
    merchantCity: 'HO CHI MINH CITY',
    merchantCategoryCode: '5812',
    purpose: 'thanh toan hoa don so 12345',
  } as const;
  const built = buildVietQr(length === 'usual' ? usual : longest);
  if (!built.ok) throw new Error(built.fault.detail);
  return built.value;
}

/** A merchant's name in Vietnamese letters (object 64), so bytes beyond ASCII. */
function payloadWithLetters(): string {
  const catalogue = loadQrCatalogue();
  const profile = catalogue.ok ? catalogue.value.profiles.find(({ scheme }) => scheme === 'VNPAY-QR') : undefined;
  if (profile === undefined) throw new Error('no profile');
  const built = buildCode(profile, {
    account: '0108799042',
    amount: '45000',
    merchantName: 'QUAN PHO',
    merchantCity: 'HA NOI',
    merchantCategoryCode: '5812',
    values: { '64.00': 'VI', '64.01': 'Quán Phở Đức Thịnh', '64.02': 'Hà Nội' },
  });
  if (!built.ok) throw new Error(built.fault.detail);
  return built.value;
}

let folder = '';
let browser: Browser;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-reader-'));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: readonly string[]): string {
  const done = spawnSync(process.execPath, [cham, ...args], { encoding: 'utf8', cwd: folder, timeout: 60_000 });
  if (done.status !== 0) throw new Error(done.stderr);
  return done.stdout;
}

/** What a person sees of a page, as a picture. */
async function screenshot(html: string, width: number, height: number): Promise<Uint8Array> {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.setContent(html);
  const picture = await page.screenshot();
  await page.close();
  return picture;
}

/** The half blocks of a terminal window, as squares. */
function terminalWindow(lines: readonly string[], colours: readonly [dark: string, light: string]): Uint8Array {
  const cell = 5;
  const width = Math.max(...lines.map((line) => line.length));
  const canvas = createCanvas(width * cell, lines.length * 2 * cell);
  const context = canvas.getContext('2d');
  const [dark, light] = colours;
  context.fillStyle = light;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = dark;
  for (const [y, line] of lines.entries()) {
    for (const [x, character] of Array.from(line).entries()) {
      if ('█▀'.includes(character)) context.fillRect(x * cell, y * 2 * cell, cell, cell);
      if ('█▄'.includes(character)) context.fillRect(x * cell, (y * 2 + 1) * cell, cell, cell);
    }
  }
  return canvas.toBuffer('image/png');
}

describe('the reader', () => {
  it('finds nothing where nothing is', async () => {
    expect(readWithZbar(await screenshot('<p>no code</p>', 300, 200))).toEqual([]);
  });
});

describe('cham qr make', () => {
  const args = ['--bank', 'VCB', '--account', '1017595600', '--amount', '45000', '--reference', 'CH7K3QW9TX'];

  it('is read from PNG, from SVG in a browser at several sizes, and from the drawing in the terminal', async () => {
    const [payload = '', ...drawing] = run('qr', 'make', ...args, '--png', 'code.png', '--svg', 'code.svg')
      .trimEnd()
      .split('\n');
    expect(payload).toMatch(/^000201010212/);
    expect(readWithZbar(readFileSync(path.join(folder, 'code.png')))).toEqual([payload]);
    const svg = readFileSync(path.join(folder, 'code.svg'), 'utf8');
    for (const width of [150, 420, 1000]) {
      const html = `<style>svg{width:${width}px;height:${width}px}</style>${svg}`;
      expect(readWithZbar(await screenshot(html, width + 20, width + 20)), `${width} px`).toEqual([payload]);
    }
    // The sheet for the counter, as a browser shows it before it prints.
    const shop = ['--bank', 'VCB', '--account', '1017595600', '--name', 'Quán Phở <Đức & Thịnh>'];
    const [fixed = ''] = run('qr', 'make', ...shop, '--sheet', 'sheet.svg').split('\n');
    const sheet = readFileSync(path.join(folder, 'sheet.svg'), 'utf8');
    expect(sheet).toContain('Quán Phở &lt;Đức &amp; Thịnh&gt;');
    expect(readWithZbar(await screenshot(`<style>*{margin:0}</style>${sheet}`, 560, 794))).toEqual([fixed]);
    expect(() => run('qr', 'make', ...args, '--sheet', 'sheet.svg')).toThrow(/leave out --amount/);
    // The last rows of the quiet zone are blank lines.
    expect(readWithZbar(terminalWindow(['', ...drawing, '', ''], ['#000', '#fff']))).toEqual([payload]);
  });
});

describe('the customer’s screen', () => {
  let built: BuiltScreens;
  let terminal: FakeTerminal;
  let context: BrowserContext;

  beforeAll(async () => {
    built = await buildScreens();
    terminal = await startFakeTerminal(built.folder, idleView);
    context = await browser.newContext({ reducedMotion: 'reduce' });
  });
  afterAll(async () => {
    await context.close();
    await terminal.close();
    await built.remove();
  });

  it.each([
    ['usual', payloadOf('usual')],
    ['longest', payloadOf('longest')],
    ['with Vietnamese letters', payloadWithLetters()],
  ])('shows a code that is read at every size: %s', async (_, payload) => {
    const { showQr } = stageSales;
    if (showQr.stage !== 'showQr' || showQr.qr === null) throw new Error('not the fixture that was expected');
    terminal.reset(idleView);
    const page = await context.newPage();
    await page.goto(terminal.url('customer.html'));
    terminal.show(saleViewWith({ ...showQr, qr: { ...showQr.qr, payload } }));
    await page.locator('.qr').waitFor();
    for (const size of sizes) {
      await page.setViewportSize(size);
      expect(readWithZbar(await page.screenshot()), `${size.width} × ${size.height}`).toEqual([payload]);
    }
    await page.close();
  });
});

const host: DriverHost = { clock: systemClock, random: systemRandom, log: { write: () => undefined } };
const options = { signal: new AbortController().signal, timeoutMs: 20_000 };

/** What came out of the virtual printer behind the ESC/POS driver. */
async function paper(profile: string, columns: number, payload: string): Promise<Uint8Array> {
  const made = simulatedPrinter.create('printer', { profile }, host);
  if (!made.ok) throw new Error(`settings refused: ${JSON.stringify(made.fault)}`);
  const receipt = saleReceipt({
    columns,
    merchant: {
      name: 'Chạm Coffee',
      addressLines: ['12 Nguyễn Huệ', 'TP. Hồ Chí Minh'],
      merchantId: '000001234567890',
      terminalId: 'CHAM0001',
    },
    language: 'vi',
    timeZone: 'Asia/Ho_Chi_Minh',
    at: epochMs(Date.UTC(2026, 10, 21, 7, 5, 9)),
    method: 'qr',
    amount: money(45_000, 'VND'),
    document: 'sale',
    qr: { received: money(45_000, 'VND'), reference: 'CH7K3QW9TX', providerTransactionId: 'FT26325000001' },
    copy: false,
    training: true,
  });
  const end = receipt.findLastIndex(({ kind }) => kind === 'cut');
  const lines = receipt.toSpliced(end < 0 ? receipt.length : end, 0, { kind: 'qr', text: payload });
  let png: Uint8Array | undefined;
  made.value.onPaper((cut) => {
    png = cut.png;
  });
  const opened = await made.value.open(options);
  const printed = opened.ok ? await made.value.print({ jobId: '1', lines }, options) : opened;
  await made.value.close();
  if (!printed.ok || png === undefined) throw new Error(printed.ok ? 'no paper' : printed.fault.detail);
  return png;
}

describe('a printed receipt', () => {
  it.each([
    ['virtual-58mm', 32],
    ['virtual-80mm', 48],
  ])('carries a code that is read from the paper of %s', async (profile, columns) => {
    for (const payload of [payloadOf('usual'), payloadOf('longest'), payloadWithLetters()]) {
      expect(readWithZbar(await paper(profile, columns, payload))).toEqual([payload]);
    }
  });
});

interface Panel {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: 16 | 32;
  readonly strideBytes: number;
}

/** What is on the panel, from the bytes that the driver left in its framebuffer. */
function seenOn({ width, height, bitsPerPixel, strideBytes }: Panel, frame: Buffer): Uint8Array {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * strideBytes + (x * bitsPerPixel) / 8;
      const word = bitsPerPixel === 16 ? frame.readUInt16LE(at) : frame.readUInt32LE(at);
      const [red, green, blue] =
        bitsPerPixel === 16
          ? [(word >> 11) << 3, ((word >> 5) & 63) << 2, (word & 31) << 3]
          : [(word >> 16) & 255, (word >> 8) & 255, word & 255];
      image.data.set([red, green, blue, 255], (y * width + x) * 4);
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.toBuffer('image/png');
}

describe('a framebuffer display', () => {
  it.each<[string, Panel, number]>([
    ['3.5 inch on SPI', { width: 480, height: 320, bitsPerPixel: 16, strideBytes: 960 }, 0],
    ['2.4 inch on SPI, upright', { width: 320, height: 240, bitsPerPixel: 16, strideBytes: 640 }, 90],
    ['1.3 inch, square', { width: 240, height: 240, bitsPerPixel: 16, strideBytes: 480 }, 180],
    ['7 inch on HDMI, rows of unused bytes', { width: 1024, height: 600, bitsPerPixel: 32, strideBytes: 4352 }, 270],
  ])('shows a code that is read from its bytes: %s', async (_, panel, rotate) => {
    const device = path.join(folder, 'framebuffer');
    writeFileSync(device, new Uint8Array(panel.strideBytes * panel.height));
    const made = framebufferDisplay.create('display', { device, rotate, geometry: panel }, host);
    if (!made.ok) throw new Error(`settings refused: ${JSON.stringify(made.fault)}`);
    expect((await made.value.open(options)).ok).toBe(true);
    for (const payload of [payloadOf('usual'), payloadOf('longest')]) {
      const shown = await made.value.show({ kind: 'qr', payload, lines: ['45.000 đ', 'Quét mã để trả'] }, options);
      expect(shown).toEqual({ ok: true, value: undefined });
      expect(readWithZbar(seenOn(panel, readFileSync(device)))).toEqual([payload]);
    }
    await made.value.close();
    expect(readWithZbar(seenOn(panel, readFileSync(device)))).toEqual([]);
  });
});
