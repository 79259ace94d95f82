/**
 * BER-TLV: blobs a second. Reading (objects with their templates), reading with every object named and explained, and
 * building; and what the npm packages reach with the same blobs in the same run, in turns. The blobs are the answers of
 * the recorded cards among the test vectors, or a few of the simulated cards where there are no vectors.
 *
 *   CHAM_PEERS=folder/node_modules node bench/tlv.ts [--json]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { hex } from '../src/core/base/bytes.ts';
import { encodeTlv, parseTlv, type Tlv } from '../src/core/tlv/ber-tlv.ts';
import { identify } from '../src/core/tlv/tags.ts';
import { print, ratio, summarize, table, timed } from './measure.ts';
import { tlvPeers, type TlvPeer } from './tlv-peers.ts';

const samples = 200;
const warmUp = 50;

const ownBlobs = [
  '6F1A840E325041592E5359532E4444463031A508BF0C0561034F01AA',
  '77129F2701809F360200079F26081122334455667788',
  '9F02060000000450009F03060000000000009F1A0207049505000000000082021800',
];

const transcript = z.object({ exchanges: z.array(z.object({ r: z.string() })) });

function recordedBlobs(): readonly Uint8Array[] {
  const folder = process.env['CHAM_VECTORS'] ?? path.join(import.meta.dirname, '../../shared/vectors');
  const transcripts = path.resolve(folder, 'emv/transcripts');
  if (!existsSync(transcripts)) return ownBlobs.map(hex);
  return readdirSync(transcripts)
    .flatMap((file) => transcript.parse(JSON.parse(readFileSync(path.join(transcripts, file), 'utf8'))).exchanges)
    .filter(({ r }) => /^(?:6F|70|77|80)/.test(r) && r.endsWith('9000'))
    .map(({ r }) => hex(r.slice(0, -4)))
    .filter((blob) => parseTlv(blob).ok);
}

function count(objects: readonly Tlv[]): number {
  return objects.reduce((total, { children }) => total + 1 + count(children), 0);
}

function named(objects: readonly Tlv[], parent?: string): number {
  return objects.reduce(
    (total, { tag, value, children }) =>
      total + (identify(tag, value, parent)?.name.length ?? 0) + named(children, tag),
    0,
  );
}

const blobs = recordedBlobs();
const parsed = blobs.map((blob) => {
  const read = parseTlv(blob);
  return read.ok ? read.value : [];
});
const each = (work: (blob: Uint8Array) => number) => (): number => blobs.reduce((total, blob) => total + work(blob), 0);

const contestants: readonly TlvPeer[] = [
  {
    name: 'chạm',
    job: 'parse',
    run: each((blob) => {
      const read = parseTlv(blob);
      return read.ok ? count(read.value) : 0;
    }),
  },
  {
    name: 'chạm',
    job: 'describe',
    run: each((blob) => {
      const read = parseTlv(blob);
      return read.ok ? named(read.value) : 0;
    }),
  },
  { name: 'chạm', job: 'build', run: () => parsed.reduce((total, objects) => total + encodeTlv(objects).length, 0) },
  ...tlvPeers(blobs),
];

const times = new Map(contestants.map((one) => [one, [] as number[]]));
for (let round = 0; round < warmUp + samples; round += 1) {
  for (const one of contestants) {
    const target = round < warmUp ? [] : (times.get(one) ?? []);
    if (timed(target, one.run) === 0) throw new Error(`${one.name} did nothing`);
  }
}

const perBlob = (micros: number): number => micros / blobs.length;
const rows = contestants.map((one) => {
  const { p50, p99 } = summarize(times.get(one) ?? []);
  return { name: one.name, job: one.job, p50Us: perBlob(p50), p99Us: perBlob(p99), perSecond: 1e6 / perBlob(p50) };
});
const ours = (job: string): number => rows.find((row) => row.name === 'chạm' && row.job === job)?.perSecond ?? 0;
const result = rows.map((row) => ({ ...row, oursIsTimes: ratio(ours(row.job), row.perSecond) }));
const cells = result.map(({ name, job, p50Us, p99Us, perSecond, oursIsTimes }) => [
  `${job}: ${name}`,
  p50Us.toFixed(2),
  p99Us.toFixed(2),
  Math.round(perSecond),
  name === 'chạm' ? '' : `${oursIsTimes} ×`,
]);
print(
  { bench: 'tlv', blobs: blobs.length, rows: result },
  `TLV, ${blobs.length} blobs, µs a blob\n${table(['', 'p50', 'p99', 'blobs/s', 'ours is'], cells)}`,
);
