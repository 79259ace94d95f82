/**
 * Other BER-TLV readers, for the bench of ours. None is a dependency: `ber-tlv` and `node-emv` of npm take part when
 * CHAM_PEERS names a node_modules folder that has them (`npm i ber-tlv@0.9.2 node-emv@1.0.23 --ignore-scripts` in any
 * folder outside).
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as z from 'zod';
import { toHex } from '../src/core/base/bytes.ts';

/** One of the same two jobs; each answers with the number of objects at the top, so that no work can be skipped. */
export interface TlvPeer {
  readonly name: string;
  readonly job: 'parse' | 'describe' | 'build';
  readonly run: () => number;
}

/** What is called of the modules; neither has types that fit. */
interface BerTlv {
  readonly TlvFactory: { parse(bytes: Buffer): readonly unknown[]; serialize(tlv: unknown): Buffer };
}
interface NodeEmv {
  readonly parse: NodeEmvReader;
  readonly describe: NodeEmvReader;
}
type NodeEmvReader = (hex: string, done: (objects: readonly unknown[]) => void) => void;

const manifest = z.object({ version: z.string() });

/** Peers for `blobs`: only those that are installed, and for each the blobs that it can read at all. */
export function tlvPeers(blobs: readonly Uint8Array[]): readonly TlvPeer[] {
  return [...berTlv(blobs), ...nodeEmv(blobs)];
}

function load(name: string): { readonly module: unknown; readonly version: string } | undefined {
  const folder = path.resolve(process.env['CHAM_PEERS'] ?? 'none', name);
  if (!existsSync(path.join(folder, 'package.json'))) return undefined;
  const require = createRequire(import.meta.url);
  const { version } = manifest.parse(require(path.join(folder, 'package.json')));
  return { module: require(folder), version };
}

function berTlv(blobs: readonly Uint8Array[]): readonly TlvPeer[] {
  const loaded = load('ber-tlv');
  if (loaded === undefined) return [];
  const { TlvFactory } = loaded.module as BerTlv;
  const name = `ber-tlv ${loaded.version}`;
  const read = blobs.flatMap((blob) => {
    try {
      return [{ bytes: Buffer.from(blob), objects: TlvFactory.parse(Buffer.from(blob)) }];
    } catch {
      return [];
    }
  });
  const share = ` (${read.length} of ${blobs.length})`;
  return [
    { name: name + share, job: 'parse', run: () => sum(read, ({ bytes }) => TlvFactory.parse(bytes).length) },
    {
      name: name + share,
      job: 'build',
      run: () => sum(read, ({ objects }) => sum(objects, (object) => TlvFactory.serialize(object).length)),
    },
  ];
}

function nodeEmv(blobs: readonly Uint8Array[]): readonly TlvPeer[] {
  const loaded = load('node-emv');
  if (loaded === undefined) return [];
  const { parse, describe } = loaded.module as NodeEmv;
  const texts = blobs.map(toHex);
  const run = (work: NodeEmvReader) => (): number =>
    quietly(() =>
      sum(texts, (text) => {
        let count = 0;
        work(text, (objects) => {
          count = objects.length;
        });
        return count;
      }),
    );
  const name = `node-emv ${loaded.version}`;
  return [
    { name, job: 'parse', run: run(parse) },
    { name, job: 'describe', run: run(describe) },
  ];
}

/** node-emv prints a line for every length of two bytes; printing is not what is measured. */
function quietly<T>(work: () => T): T {
  const { log } = console;
  console.log = () => undefined;
  try {
    return work();
  } finally {
    console.log = log;
  }
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
