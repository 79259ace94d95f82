/** `cham inspect qr` and `cham qr make` as a person and as a program use them; what is drawn is scanned again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { decodeQR } from 'qr/decode.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc16Text } from '../../src/core/qr/crc16.ts';

const cham = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-qr-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], input = ''): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [cham, ...args], { input, encoding: 'utf8', cwd: folder, timeout: 20_000 });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** NAPAS QR Code Format v1.5.2, example of a transfer to a card. */
const template = ['0010A000000727', '0130', '0006970403', '0116', '9704031101234567', '0208QRIBFTTC'].join('');
const toCard = `0002010102113860${template}53037045802VN63044F52`;
const make = [
  'qr',
  'make',
  '--bank',
  'vietcombank',
  '--account',
  '1017595600',
  '--amount',
  '45000',
  '--reference',
  'CH7K3QW9TX',
];

describe('inspect qr', () => {
  it('prints the document that is promised', () => {
    const done = run(['inspect', 'qr', toCard, '--json']);
    expect(done).toMatchObject({ code: 0, err: '' });
    const document = JSON.parse(done.out) as Record<string, unknown>;
    expect(Object.keys(document)).toEqual(['valid', 'kind', 'crc', 'objects', 'payment', 'problems']);
    expect(document).toMatchObject({
      valid: true,
      kind: 'mpm',
      crc: { ok: true, found: '4F52', expected: '4F52' },
      problems: [],
    });
    expect(document['payment']).toEqual({
      scheme: 'VietQR',
      bankBin: '970403',
      bankName: 'Sacombank',
      account: '9704031101234567',
      amount: null,
      currency: 'VND',
      reference: null,
      purpose: null,
      merchantName: null,
    });
    expect((document['objects'] as { id: string }[]).map(({ id }) => id)).toEqual(['00', '01', '38', '53', '58', '63']);
  });

  it('explains it to a person, without the number of the card', () => {
    const done = run(['inspect', 'qr', toCard]);
    expect(done.code).toBe(0);
    expect(done.out).toContain('may be used');
    expect(done.out).toContain('VietQR, transfer to a card (QRIBFTTC)');
    expect(done.out).toContain('970403******4567');
    expect(done.out).not.toContain('9704031101234567');
  });

  it('a code that must not be used: exit 2 and the reason', () => {
    const broken = run(['inspect', 'qr', `${toCard.slice(0, -1)}3`, '--json']);
    expect(broken.code).toBe(2);
    expect(JSON.parse(broken.out)).toMatchObject({
      valid: false,
      crc: { ok: false, found: '4F53', expected: '4F52' },
      problems: [{ severity: 'error', id: '63', message: 'CRC is 4F53, computed 4F52' }],
    });
    const other = run(['inspect', 'qr', 'https://example.org/']);
    expect(other).toMatchObject({ code: 2, out: expect.stringContaining('Not a payment code that is known here') });
  });

  it('control characters of a stranger do not reach the terminal', () => {
    const named = '00020101021153037045907A\u001b[31mB6304';
    const done = run(['inspect', 'qr', named + crc16Text(named)]);
    expect(done.out).toContain('A\ufffd[31mB');
    expect(done.out).not.toContain('\u001b');
  });

  it('a consumer-presented code never shows its card number', () => {
    // 85 CPV01, 61 { 4F A0000007271010, 5A of a test card }
    const hex = ['85054350563031', '6113', '4F07A0000007271010', '5A08', '4761739001010119'].join('');
    const done = run(['inspect', 'qr', Buffer.from(hex, 'hex').toString('base64'), '--json']);
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({
      valid: true,
      kind: 'cpm',
      crc: { ok: null, found: null, expected: null },
      payment: { scheme: 'A0000007271010', account: '476173******0119' },
    });
    expect(done.out).not.toContain('4761739001010119');
  });

  it('a batch answers each line by one line, and goes on after a bad one', () => {
    const done = run(['inspect', 'qr', '--batch'], `${toCard}\r\nnonsense\n\n${toCard}\n`);
    const answers = done.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { valid: boolean; kind: string });
    expect(answers.map(({ valid, kind }) => `${kind} ${valid}`)).toEqual([
      'mpm true',
      'unknown false',
      'unknown false',
      'mpm true',
    ]);
    expect(done.code).toBe(0);
  });

  it('wrong usage is told', () => {
    expect(run(['inspect', 'qr'])).toMatchObject({ code: 2, err: expect.stringContaining('found no text') });
    expect(run(['inspect', 'qr', 'a', 'b'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('in quotation marks'),
    });
    expect(run(['inspect', 'qr', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--batch') });
  });
});

async function scan(file: string): Promise<string> {
  const image = await loadImage(readFileSync(path.join(folder, file)));
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  return decodeQR(context.getImageData(0, 0, image.width, image.height));
}

/** Draws the half blocks of a terminal as squares and reads them. */
function scanText(lines: readonly string[]): string {
  const scale = 4;
  const rows = lines.flatMap((line) => {
    const cells = Array.from(line);
    return [cells.map((cell) => '█▀'.includes(cell)), cells.map((cell) => '█▄'.includes(cell))];
  });
  const width = (rows[0]?.length ?? 0) * scale;
  const height = rows.length * scale;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const dark = rows[Math.floor(pixel / width / scale)]?.[Math.floor((pixel % width) / scale)] === true;
    if (dark) data.set([0, 0, 0], pixel * 4);
  }
  return decodeQR({ width, height, data });
}

const zbarimg = spawnSync('zbarimg', ['--version'], { encoding: 'utf8' });
const hasZbar = zbarimg.status === 0;

describe('qr make', () => {
  it('prints the payload and a drawing, and saves the same code as PNG and SVG', async () => {
    const done = run([...make, '--purpose', 'Phở bò', '--name', 'Quán Phở', '--png', 'code.png', '--svg', 'code.svg']);
    expect(done).toMatchObject({ code: 0, err: '' });
    const [payload = '', ...drawing] = done.out.replace(/\n$/, '').split('\n');
    expect(payload).toMatch(/^000201010212.*0817CH7K3QW9TX PHO BO6304[0-9A-F]{4}$/);
    expect(scanText(drawing)).toBe(payload);
    expect(await scan('code.png')).toBe(payload);
    expect(await scan('code.svg')).toBe(payload);
    const inspected = run(['inspect', 'qr', payload, '--json']);
    expect(inspected.code).toBe(0);
    const made = JSON.parse(run([...make, '--purpose', 'Phở bò', '--name', 'Quán Phở', '--json']).out) as object;
    expect(made).toEqual({ payload, payment: (JSON.parse(inspected.out) as { payment: object }).payment });
    expect(made).toMatchObject({
      payment: { bankBin: '970436', amount: 45_000, reference: 'CH7K3QW9TX', merchantName: 'QUAN PHO' },
    });
  });

  it.skipIf(!hasZbar)(`is read by another reader${hasZbar ? '' : ' (zbarimg of zbar-tools is not installed)'}`, () => {
    const done = run([...make, '--png', 'zbar.png']);
    const read = spawnSync('zbarimg', ['--quiet', '--raw', path.join(folder, 'zbar.png')], { encoding: 'utf8' });
    expect(read.stdout.trim()).toBe(done.out.split('\n')[0]);
  });

  it('takes a bank that is not in the list by its BIN, and needs no amount', () => {
    const done = run(['qr', 'make', '--bank', '979999', '--account', '12', '--json']);
    expect(JSON.parse(done.out)).toMatchObject({ payment: { bankBin: '979999', bankName: null, amount: null } });
    expect(done.code).toBe(0);
  });

  it.each([
    [['make', '--account', '1'], '--bank and --account are needed'],
    [['make', '--bank', 'No Such Bank', '--account', '1'], 'no bank is called "No Such Bank"'],
    [['make', '--bank', '970436', '--account', '1', '--amount', '45.000'], 'expected whole đồng'],
    [['make', '--bank', '970436', '--account', '1', '--amount', '0'], 'above zero'],
    [['make', '--bank', '970436', '--account', '1', '--reference', 'ch-1'], 'upper-case letters and digits'],
    [['make', '--bank', '970436', '--account', '1 2'], '38.01.01'],
    [['print'], 'found "print"; expected "make"'],
  ])('%j is refused', (args, reason) => {
    expect(run(['qr', ...args])).toMatchObject({ code: 2, out: '', err: expect.stringContaining(reason) });
  });

  it('a file that cannot be written: exit 1, and no code that nobody saved', () => {
    const done = run([...make, '--png', 'no/such/folder.png']);
    expect(done).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('--png: no/such/folder.png cannot be written'),
    });
  });
});
