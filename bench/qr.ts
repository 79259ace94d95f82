/**
 * Payment codes: reading (objects, templates, all checks, CRC), reading with scheme and payment, writing a VietQR that is
 * read back before it is given out, and the QR symbol as SVG; and what the npm packages reach with the same codes in the
 * same run, in turns. The codes are a VietQR and a VNPAY-QR.
 *
 *   CHAM_PEERS=folder/node_modules node bench/qr.ts [--json]
 */
import { money } from '../src/core/base/money.ts';
import { buildCode } from '../src/core/qr/build.ts';
import { firstError, parseMpm } from '../src/core/qr/mpm.ts';
import { readPayment } from '../src/core/qr/profile.ts';
import { buildVietQr } from '../src/core/qr/vietqr.ts';
import { drawSvg, qrModules } from '../src/main/cli/qr-drawing.ts';
import { loadQrCatalogue } from '../src/main/config/qr-schema.ts';
import { print, ratio, summarize, table, timed } from './measure.ts';
import { qrPeers, type QrPeer, type QrSample } from './qr-peers.ts';

const samples = 200;
const warmUp = 50;
/** Codes handled in one sample: symbols take a thousand times as long as payloads. */
const perSample = { parse: 100, payment: 100, build: 100, symbol: 2 } as const;

const loaded = loadQrCatalogue();
if (!loaded.ok) throw new Error(loaded.fault.file);
const catalogue = loaded.value;

const sample: QrSample = { bankBin: '970436', account: '1017595600', amount: '45000', purpose: 'CH7K3QW9TX PHO BO' };

function vietQr(): string {
  const { bankBin, account, purpose } = sample;
  const built = buildVietQr({ bankBin, account, service: 'QRIBFTTA', amount: money(45_000, 'VND'), purpose });
  return built.ok ? built.value : '';
}

function vnpay(): string {
  const profile = catalogue.profiles.find(({ scheme }) => scheme === 'VNPAY-QR');
  const order = { account: '0108799042', amount: '45000', merchantName: 'QUAN PHO', merchantCity: 'HA NOI' };
  const built = profile && buildCode(profile, { ...order, merchantCategoryCode: '5812', reference: 'CH7K3QW9TX' });
  return built?.ok === true ? built.value : '';
}

const payloads = [vietQr(), vnpay()];
if (payloads.some((payload) => firstError(parseMpm(payload)) !== undefined)) throw new Error('a sample is broken');

type Job = QrPeer['job'] | 'payment';
interface Contestant extends Omit<QrPeer, 'job'> {
  readonly job: Job;
}

const contestants: readonly Contestant[] = [
  { name: 'chạm', job: 'parse', run: (payload) => parseMpm(payload).objects.length },
  {
    name: 'chạm',
    job: 'payment',
    run: (payload) => (readPayment(parseMpm(payload), catalogue).payment.account === null ? 0 : 1),
  },
  { name: 'chạm', job: 'build', run: () => vietQr().length },
  { name: 'chạm', job: 'symbol', run: (payload) => drawSvg(qrModules(payload)).length },
  ...qrPeers(sample),
];

const times = new Map(contestants.map((one) => [one, [] as number[]]));
for (let round = 0; round < warmUp + samples; round += 1) {
  for (const one of contestants) {
    const target = round < warmUp ? [] : (times.get(one) ?? []);
    const done = timed(target, () => {
      let sum = 0;
      for (let count = 0; count < perSample[one.job]; count += 1) sum += one.run(payloads[count % 2] ?? '');
      return sum;
    });
    if (done === 0) throw new Error(`${one.name} did nothing`);
  }
}

const rows = contestants.map((one) => {
  const { p50, p99 } = summarize(times.get(one) ?? []);
  const each = perSample[one.job];
  return { name: one.name, job: one.job, p50Us: p50 / each, p99Us: p99 / each, perSecond: (1e6 * each) / p50 };
});
const ours = (job: Job): number => rows.find((row) => row.name === 'chạm' && row.job === job)?.perSecond ?? 0;
const result = rows.map((row) => ({ ...row, oursIsTimes: ratio(ours(row.job), row.perSecond) }));
const cells = result.map(({ name, job, p50Us, p99Us, perSecond, oursIsTimes }) => [
  `${job}: ${name}`,
  p50Us.toFixed(2),
  p99Us.toFixed(2),
  Math.round(perSecond),
  name === 'chạm' ? '' : `${oursIsTimes} ×`,
]);
print(
  { bench: 'qr', codes: payloads.length, rows: result },
  `Payment codes, µs a code\n${table(['', 'p50', 'p99', 'codes/s', 'ours is'], cells)}`,
);
