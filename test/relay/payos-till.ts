/** A shop that payOS serves and a relay stands in front of: the training service as payOS, and a terminal's configuration. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { payosFace } from '../../src/host/training-provider/faces/payos.ts';
import { TrainingService, type TrainingServiceOptions } from '../../src/host/training-provider/training-service.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { hookUrl, silent, type TestTerminal } from './kit.ts';

export const payos = { clientId: 'client-of-payos', apiKey: 'api-key-of-payos', checksumKey: 'checksum-key-of-payos' };
export const merchant = { bankBin: '970436', account: '1017595600', name: 'Tiệm Cà Phê Sớm Mai' };

/** Started, and not told yet where notices go. `changes`: how it is reached and how it sends. */
export async function startPayos(changes: Pick<TrainingServiceOptions, 'call' | 'listen'>): Promise<TrainingService> {
  const face = payosFace({ apiBase: '', ...payos });
  const outside = { host: '127.0.0.1', port: 0, clock: systemClock, random: systemRandom, log: silent };
  const service = new TrainingService({ face, merchant, ...outside, ...changes });
  const started = await service.start();
  if (!started.ok) throw new Error(started.fault.detail);
  return service;
}

export interface TillWishes {
  readonly folder: string;
  readonly terminal: TestTerminal;
  readonly relayOrigin: string;
  readonly apiBase: string;
}

export interface TillFiles {
  readonly configFile: string;
  readonly dataFolder: string;
}

/** Written below `folder`: its configuration, its keys, and where its journal goes. */
export function newTill({ folder, terminal, relayOrigin, apiBase }: TillWishes): TillFiles {
  const own = path.join(folder, 'till');
  const dataFolder = path.join(own, 'data');
  mkdirSync(dataFolder, { recursive: true });
  const keys = { 'api.key': payos.apiKey, 'checksum.key': payos.checksumKey, 'relay.pem': terminal.privatePem };
  for (const [name, key] of Object.entries(keys)) writeFileSync(path.join(own, name), key, { mode: 0o600 });
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as { readonly policy: object };
  const { bankBin, account } = merchant;
  const { clientId } = payos;
  const config = {
    ...embedded,
    // Nothing shall expire while a busy machine takes its time.
    policy: { ...embedded.policy, qrExpiryMs: 3_600_000, retryMs: 500 },
    acquirer: { kind: 'host', host: '127.0.0.1', port: 1 },
    qr: {
      kind: 'provider',
      bankBin,
      account,
      noticePort: 0,
      noticeUrl: hookUrl(relayOrigin, terminal),
      relay: { url: relayOrigin, terminal: terminal.id, keyFile: 'relay.pem' },
      service: { name: 'payos', apiBase, clientId, apiKeyFile: 'api.key', checksumKeyFile: 'checksum.key' },
    },
    server: { port: 0 },
  };
  const configFile = path.join(own, 'config.json');
  writeFileSync(configFile, JSON.stringify(config));
  return { configFile, dataFolder };
}
