/**
 * The training world of the embedded default: an acquirer and a bank on loopback, behind a network whose plug can
 * be pulled. Real sockets, own books on disk; no real money.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { SimulatedIssuer } from '../../drivers/simulated/card/issuer.ts';
import { defaultCardFile, loadCardProfiles } from '../../drivers/simulated/card/profiles.ts';
import { SimulatedNetwork } from '../../drivers/simulated/network.ts';
import { assert } from '../core/base/assert.ts';
import type { Clock, Log, Random } from '../core/base/ports.ts';
import { err, ok, type Fault, type Result } from '../core/base/result.ts';
import type { Dialect } from '../core/iso8583/dialect.ts';
import { TrainingAcquirer } from '../host/training/acquirer.ts';
import type { ChamSettings } from '../host/qr/adapters/cham.ts';
import { TrainingQrProvider } from '../host/training-provider/training-provider.ts';
import type { MacKeySource } from '../host/security/mac-keys.ts';
import { SessionMacKeys } from '../host/security/working-key.ts';
import { dialectCarriesMacs } from './config/host-link.ts';
import type { Config } from './config/schema.ts';

export interface TrainingWorld {
  readonly network: SimulatedNetwork;
  readonly acquirer: TrainingAcquirer | undefined;
  readonly provider: TrainingQrProvider | undefined;
  /** Where the terminal reaches the acquirer: this side of the plug. */
  readonly acquirerAddress: { readonly host: string; readonly port: number } | undefined;
  readonly providerApi: string | undefined;
  /** MACs as at a real acquirer, under a key-encryption key that lives as long as this start. */
  readonly macKeys: MacKeySource | undefined;
  /** What provider and terminal share, new at every start. */
  readonly providerSecret: Uint8Array;
  /** The same URL by way of the plug: what notices have to pass to reach the terminal's listener. */
  throughPlug(url: string): Promise<string>;
  stop(): Promise<void>;
}

export interface TrainingOptions {
  readonly config: Config;
  readonly dialect: Dialect;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const loopback = '127.0.0.1';

async function throughPlug(network: SimulatedNetwork, name: string, direct: string): Promise<string> {
  const url = new URL(direct);
  const way = await network.route(name, { host: url.hostname, port: Number(url.port) });
  url.host = `${way.host}:${way.port}`;
  return url.href;
}

/** Undefined when the configuration names a real acquirer and a real provider. */
export async function startTraining(
  options: TrainingOptions,
): Promise<Result<TrainingWorld | undefined, Fault<string>>> {
  const { config, dialect, dataFolder, clock, random, log } = options;
  if (config.acquirer.kind !== 'training' && config.qr.kind !== 'training') return ok(undefined);
  const folder = path.join(dataFolder, 'training');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const network = new SimulatedNetwork();
  const providerSecret = random.bytes(32);
  let acquirer: TrainingAcquirer | undefined;
  let acquirerAddress: TrainingWorld['acquirerAddress'];
  let macKeys: MacKeySource | undefined;
  let provider: TrainingQrProvider | undefined;
  let providerApi: string | undefined;
  const stop = async (): Promise<void> => {
    await provider?.stop();
    await acquirer?.stop();
    await network.close();
  };
  if (config.acquirer.kind === 'training') {
    const amountExponent = dialect.exponents.get(config.terminal.currency);
    const keyEncryptionKey = random.bytes(16);
    const macs = dialectCarriesMacs(dialect);
    if (macs) macKeys = new SessionMacKeys('x9.19', Buffer.from(keyEncryptionKey));
    const cards = loadCardProfiles(defaultCardFile);
    acquirer = new TrainingAcquirer({
      dialect,
      // Other cards than the product's own are strangers to the training bank: their cryptograms are not verified.
      issuer: new SimulatedIssuer('problems' in cards ? [] : cards),
      ...(amountExponent === undefined ? {} : { amountExponent }),
      ...(macs
        ? {
            macs: {
              kind: 'session',
              algorithm: 'x9.19',
              keyEncryptionKey: Buffer.from(keyEncryptionKey),
              random,
            } as const,
          }
        : {}),
      clock,
      log,
      ledgerFile: path.join(folder, 'acquirer.jsonl'),
    });
    const listening = await acquirer.start({ host: loopback, port: 0 });
    if (!listening.ok) {
      await stop();
      return err(listening.fault);
    }
    acquirerAddress = await network.route('acquirer', { host: loopback, port: listening.value.port });
  }
  if (config.qr.kind === 'training') {
    provider = new TrainingQrProvider({
      host: loopback,
      port: 0,
      secret: providerSecret,
      clock,
      random,
      log,
      ledgerFile: path.join(folder, 'bank.jsonl'),
    });
    const listening = await provider.start();
    if (!listening.ok) {
      await stop();
      return err(listening.fault);
    }
    providerApi = await throughPlug(network, 'provider', provider.apiBase);
  }
  return ok({
    network,
    acquirer,
    provider,
    acquirerAddress,
    macKeys,
    providerApi,
    providerSecret,
    throughPlug: (url) => throughPlug(network, 'notices', url),
    stop,
  });
}

/** How the terminal reaches the bank of the training world. */
export function trainingBank(training: TrainingWorld | undefined): ChamSettings {
  assert(training?.providerApi !== undefined, 'the training bank runs');
  return { apiBase: training.providerApi, secret: training.providerSecret };
}
