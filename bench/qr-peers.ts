/**
 * Other libraries for payment codes and QR symbols, for the bench of ours. None is a dependency: those of npm take part
 * when CHAM_PEERS names a node_modules folder that has them (`npm i vietnam-qr-pay@1.5.1 promptparse@1.6.0 emvqr@0.0.5
 * steplix-emvqr@0.2.3 emvco-qr-sdk@1.0.0 qrcode@1.5.4 qrcode-generator@2.0.4 --ignore-scripts` in any folder outside).
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as z from 'zod';

/** One of the jobs, for one code; answers with a length, so that no work can be skipped. */
export interface QrPeer {
  readonly name: string;
  readonly job: 'parse' | 'build' | 'symbol';
  readonly run: (payload: string) => number;
}

/** The code that every builder makes; the parts of it that all of them know. */
export interface QrSample {
  readonly bankBin: string;
  readonly account: string;
  readonly amount: string;
  readonly purpose: string;
}

/** What is called of the modules; none has types that fit. */
interface VietnamQrPay {
  readonly QRPay: {
    new (text: string): { readonly isValid: boolean; readonly amount?: string };
    initVietQR(order: Record<string, string>): { build(): string };
  };
}
interface PromptParse {
  readonly parse: (
    text: string,
    strict: boolean,
    subTags: boolean,
  ) => { getTagValue(id: string): string | undefined } | null;
  readonly encode: (tags: readonly unknown[]) => string;
  readonly tag: (id: string, value: string) => unknown;
  readonly withCrcTag: (text: string, id: string) => string;
}
interface Decoder {
  decode(text: string): object;
}
interface EmvcoQrSdk {
  parseQR(text: string): unknown;
}
interface QrCode {
  toString(
    text: string,
    options: { type: 'svg'; errorCorrectionLevel: 'M' },
    done: (error: unknown, svg: string) => void,
  ): void;
}
type QrCodeGenerator = (
  version: 0,
  level: 'M',
) => { addData(text: string): void; make(): void; createSvgTag(options: object): string };

const manifest = z.object({ version: z.string() });

/** Only those that are installed. */
export function qrPeers(sample: QrSample): readonly QrPeer[] {
  return [
    ...load('vietnam-qr-pay', ({ QRPay }: VietnamQrPay) => [
      { job: 'parse', run: (payload) => (new QRPay(payload).isValid ? 1 : 0) },
      {
        job: 'build',
        run: () => {
          const { bankBin, account, amount, purpose } = sample;
          return QRPay.initVietQR({ bankBin, bankNumber: account, amount, purpose }).build().length;
        },
      },
    ]),
    ...load('promptparse', (module: PromptParse) => [
      { job: 'parse', run: (payload) => module.parse(payload, true, true)?.getTagValue('58')?.length ?? 0 },
      { job: 'build', run: () => promptParseBuild(module, sample).length },
    ]),
    ...load('emvqr', (module: Decoder) => [
      { job: 'parse', run: (payload) => Object.keys(module.decode(payload)).length },
    ]),
    ...load('steplix-emvqr', (module: Decoder) => [
      { job: 'parse', run: (payload) => Object.keys(module.decode(payload)).length },
    ]),
    ...load('emvco-qr-sdk', (module: EmvcoQrSdk) => [
      { job: 'parse', run: (payload) => (module.parseQR(payload) === undefined ? 0 : 1) },
    ]),
    ...load('qrcode', (module: QrCode) => [
      {
        job: 'symbol',
        run: (payload) => {
          let length = 0;
          module.toString(payload, { type: 'svg', errorCorrectionLevel: 'M' }, (_, svg) => {
            ({ length } = svg);
          });
          return length;
        },
      },
    ]),
    ...load('qrcode-generator', (module: QrCodeGenerator) => [
      {
        job: 'symbol',
        run: (payload) => {
          const symbol = module(0, 'M');
          symbol.addData(payload);
          symbol.make();
          return symbol.createSvgTag({ scalable: true }).length;
        },
      },
    ]),
  ];
}

function promptParseBuild({ encode, tag, withCrcTag }: PromptParse, sample: QrSample): string {
  const { bankBin, account, amount, purpose } = sample;
  const beneficiary = encode([tag('00', bankBin), tag('01', account)]);
  const napas = encode([tag('00', 'A000000727'), tag('01', beneficiary), tag('02', 'QRIBFTTA')]);
  const tags = [
    tag('00', '01'),
    tag('01', '12'),
    tag('38', napas),
    tag('53', '704'),
    tag('54', amount),
    tag('58', 'VN'),
    tag('62', encode([tag('08', purpose)])),
  ];
  return withCrcTag(encode(tags), '63');
}

/** Each caller says what its module is; nothing checks that. */
function load(name: string, jobs: (module: never) => readonly Omit<QrPeer, 'name'>[]): readonly QrPeer[] {
  const folder = path.resolve(process.env['CHAM_PEERS'] ?? 'none', name);
  if (!existsSync(path.join(folder, 'package.json'))) return [];
  const require = createRequire(import.meta.url);
  const { version } = manifest.parse(require(path.join(folder, 'package.json')));
  return jobs(require(folder) as never).map((job) => ({ ...job, name: `${name} ${version}` }));
}
