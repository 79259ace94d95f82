/**
 * Other ISO 8583 codecs, for the bench of ours. None is a dependency: `iso_8583` of npm takes part when CHAM_PEERS
 * names a node_modules folder that has it (`npm i iso_8583@2.6.7 --ignore-scripts` in any folder outside); what
 * the others reached was recorded once.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as z from 'zod';

/** The two things every codec does, each from the same values or bytes every time. */
export interface Peer {
  readonly name: string;
  build(): Uint8Array;
  /** Number of elements found. */
  parse(bytes: Uint8Array): number;
}

interface Recorded {
  readonly peer: string;
  readonly wire: 'ascii' | 'binary';
  readonly parsedPerSecond: number;
  readonly builtPerSecond: number;
}

/** A sale of 18 elements; 456 bytes in ASCII, 268 in binary. Median of 5 runs of a second, 2-core Xeon VM. */
export const recorded: readonly Recorded[] = [
  { peer: 'jPOS 2.1.9 (Java 17)', wire: 'ascii', parsedPerSecond: 954_093, builtPerSecond: 382_262 },
  { peer: 'jPOS 2.1.9 (Java 17)', wire: 'binary', parsedPerSecond: 573_967, builtPerSecond: 320_614 },
  { peer: 'iso_8583 2.6.7 (npm)', wire: 'ascii', parsedPerSecond: 104_722, builtPerSecond: 13_318 },
  { peer: 'pyiso8583 4.0.1 (Python)', wire: 'ascii', parsedPerSecond: 48_502, builtPerSecond: 43_646 },
];

/** What is called of the module; it has no types. */
interface NpmMessage {
  getBufferMessage(): unknown;
  getIsoJSON(bytes: Uint8Array): unknown;
}
type NpmModule = new (fields?: Readonly<Record<string, string>>) => NpmMessage;

const parsedMessage = z.record(z.string(), z.string());
const moduleManifest = z.object({ version: z.string() });

/** The peer with its message from `fields` (0 is the MTI); undefined when it is not installed. */
export function npmPeer(fields: Readonly<Record<string, string>>): Peer | undefined {
  const folder = path.resolve(process.env['CHAM_PEERS'] ?? 'none', 'iso_8583');
  const manifest = path.join(folder, 'package.json');
  if (!existsSync(manifest)) return undefined;
  const require = createRequire(import.meta.url);
  const { version } = moduleManifest.parse(require(manifest));
  const Message = require(folder) as NpmModule;
  const peer: Peer = {
    name: `iso_8583 ${version} (npm)`,
    build: () => {
      const bytes = new Message(fields).getBufferMessage();
      if (bytes instanceof Uint8Array) return bytes;
      throw new Error('iso_8583 does not build the message');
    },
    parse: (bytes) => Object.keys(new Message().getIsoJSON(bytes) as object).length - 1,
  };
  // What is measured must be the same work: the peer has to come back to the values it was given.
  const back = parsedMessage.parse(new Message().getIsoJSON(peer.build()));
  for (const [element, value] of Object.entries(fields)) {
    if (back[element] !== value) throw new Error(`iso_8583 reads another DE ${element} than it wrote`);
  }
  return peer;
}
