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

function pipe(reader: string): { readonly stdout: string; readonly stderr: string } {
  return spawnSync('bash', ['-c', `"$0" "$1" inspect qr --batch | ${reader}`, process.execPath, cham], {
    input: `${toCard}\n`.repeat(400),
    encoding: 'utf8',
    timeout: 20_000,
  });
}

describe('inspect qr', () => {
  it('names the objects of a scheme, and says what it tolerated', () => {
    const done = run(['inspect', 'qr', ` ${toCard.replace('4F52', '4f52')}\n`, '--json']);
    expect(done.code).toBe(0);
    const { valid, problems, objects } = JSON.parse(done.out) as {
      valid: boolean;
      problems: object[];
      objects: { children: { children: { name: string }[] | null }[] | null }[];
    };
    expect(valid).toBe(true);
    expect(problems).toEqual([
      { severity: 'warning', id: '63', message: 'CRC is written in lower case' },
      { severity: 'note', id: '', message: 'white space around the code, ignored' },
    ]);
    expect(
      objects
        .at(2)
        ?.children?.at(1)
        ?.children?.map(({ name }) => name),
    ).toEqual(['Beneficiary BIN', 'Beneficiary card']);
  });

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

  it('an application that nothing names cannot be used', () => {
    const hex = ['85054350563031', '6103', '500158'].join('');
    const done = run(['inspect', 'qr', Buffer.from(hex, 'hex').toString('base64'), '--json']);
    expect(done.code).toBe(2);
    expect(JSON.parse(done.out)).toMatchObject({
      valid: false,
      kind: 'cpm',
      problems: [{ severity: 'error', id: '61.4F' }],
    });
  });

  it('a batch is complete also for a reader that is slower than it, and ends quietly when the reader leaves', () => {
    // The shell's `read` takes byte by byte.
    expect(pipe('{ n=0; while read -r line; do n=$((n+1)); done; echo $n; }').stdout.trim()).toBe('400');
    expect(pipe('head -c 1')).toMatchObject({ stdout: '{', stderr: '' });
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

  it('takes a bank that is not in the list by its BIN, and needs no amount', () => {
    const done = run(['qr', 'make', '--bank', '979999', '--account', '12', '--json']);
    expect(JSON.parse(done.out)).toMatchObject({ payment: { bankBin: '979999', bankName: null, amount: null } });
    expect(done.code).toBe(0);
  });

  it('takes a bank by code or by its name without accents, and says what was cut and what it does not know', () => {
    const named = run([
      'qr',
      'make',
      '--bank',
      'vcb',
      '--account',
      '1',
      '--name',
      'Quán Phở Ðức Thịnh chi nhánh 2',
      '--json',
    ]);
    expect(named).toMatchObject({ code: 0, err: expect.stringContaining('cut to "QUAN PHO DUC THINH CHI NH"') });
    expect(JSON.parse(named.out)).toMatchObject({
      payment: { bankBin: '970436', merchantName: 'QUAN PHO DUC THINH CHI NH' },
    });
    const unknown = run(['qr', 'make', '--bank', '979999', '--account', '1', '--json']);
    expect(unknown.err).toContain('979999 is not in the list of banks');
  });

  it.each([
    ['VietQR', ['--service', 'QRPUSH', '--bank', 'ACB', '--account', 'M1', '--category', '5812'], 'M1', 'VND'],
    ['promptpay', ['--account', '0066801111111', '--amount', '20.15'], '0066801111111', 'THB'],
    ['PromptPay bill payment', ['--account', '011301122334455', '--reference', 'R1'], '011301122334455', 'THB'],
    ['KHQR', ['--account', 'shop@aclb', '--currency', 'usd', '--amount', '1.50'], 'shop@aclb', 'USD'],
    ['Duit Now', ['--account', 'M12345', '--bank', '603346', '--terminal', 'T1'], 'M12345', 'MYR'],
  ] as const)('makes a code of %s', (scheme, options, account, currency) => {
    const done = run(['qr', 'make', '--scheme', scheme, ...options, '--name', 'SHOP', '--city', 'CITY', '--json']);
    expect(done.err.replace(/^.*not in the list of banks.*\n/, '')).toBe('');
    const { payload, payment } = JSON.parse(done.out) as { payload: string; payment: object };
    expect(payment).toMatchObject({ account, currency, merchantName: 'SHOP' });
    expect(JSON.parse(run(['inspect', 'qr', payload, '--json']).out)).toMatchObject({
      valid: true,
      problems: [],
      payment,
    });
  });

  it('lists banks and schemes', () => {
    expect(run(['qr', 'banks']).out).toMatch(/^970436 +Vietcombank +VCB +Ngân hàng TMCP Ngoại Thương Việt Nam$/m);
    expect(run(['qr', 'schemes']).out).toMatch(/^Pix +BR +BRL +instant payment$/m);
    const banks = JSON.parse(run(['qr', 'banks', '--json']).out) as object[];
    expect(banks).toContainEqual({ bin: '970416', shortName: 'ACB', codes: '', name: 'Ngân hàng TMCP Á Châu' });
  });

  it.each([
    [['make', '--account', '1'], '--bank and --account are needed'],
    [['make', '--bank', 'No Such Bank', '--account', '1'], 'no bank is called "No Such Bank"'],
    [['make', '--bank', 'Vietconbank', '--account', '1'], 'Did you mean Vietcombank (970436), VietinBank (970415)'],
    [
      ['make', '--bank', 'BVB', '--account', '1'],
      'may be BaoVietBank (970438), VietCapitalBank (970454); give the BIN',
    ],
    [['make', '--bank', 'VCB', '--account', '1', '--service', 'QRX'], '--service: expected one of QRIBFTTA'],
    [['make', '--bank', 'VCB', '--account', '1', '--service', 'QRCASH'], 'QRCASH needs a reference'],
    [['make', '--scheme', 'Venmo', '--account', '1'], '"Venmo" is none of MoMo, ZaloPay, VietQR'],
    [['make', '--scheme', 'QRIS', '--account', 'ID1'], 'is missing'],
    [['make', '--bank', 'VCB', '--account', '1', '--currency', 'USD'], 'VietQR moves VND only'],
    [['make', '--bank', '970436', '--account', '1', '--amount', '45.000'], 'expected whole đồng'],
    [['make', '--bank', '970436', '--account', '1', '--amount', '0'], 'above zero'],
    [['make', '--bank', '970436', '--account', '1', '--reference', 'ch-1'], 'upper-case letters and digits'],
    [['make', '--bank', '970436', '--account', '1 2'], '--account: expected 1 to 19 letters and digits'],
    [['print'], 'found "print"; expected "make", "banks" or "schemes"'],
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
