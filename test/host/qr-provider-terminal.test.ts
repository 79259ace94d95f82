/**
 * A whole terminal with a QR provider out of its configuration: by a notice that the provider confirms, without any notice,
 * and after a restart, each payment is one approved sale; what names no sale is one item for a person.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { transactionId } from '../../src/core/base/brand.ts';
import { money } from '../../src/core/base/money.ts';
import { momoFace } from '../../src/host/training-provider/faces/momo.ts';
import { sepayFace } from '../../src/host/training-provider/faces/sepay.ts';
import type { Face } from '../../src/host/training-provider/face.ts';
import { TrainingService } from '../../src/host/training-provider/training-service.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { startTerminal, type RunningTerminal } from '../../src/main/wire.ts';

const momo = { apiBase: '', partnerCode: 'SHOP', accessKey: 'access-key', secretKey: 'secret-key-of-momo' };
const sepay = { apiBase: '', apiToken: 'token-of-sepay', webhookAuth: 'hmac', webhookKey: 'webhook-key' } as const;
const account = { bankBin: '970436', account: '1017595600' };
const log = { write: () => undefined };

let folder = '';
let service: TrainingService;
let running: RunningTerminal | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-qr-terminal-'));
  mkdirSync(path.join(folder, 'data'));
  const keys = {
    'access.key': momo.accessKey,
    'secret.key': momo.secretKey,
    token: sepay.apiToken,
    hook: sepay.webhookKey,
  };
  for (const [name, key] of Object.entries(keys)) writeFileSync(path.join(folder, name), key, { mode: 0o600 });
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function startService(face: Face): Promise<void> {
  const merchant = { ...account, name: 'Shop' };
  const world = { clock: systemClock, random: systemRandom, log };
  service = new TrainingService({ face, merchant, host: '127.0.0.1', port: 0, ...world });
  expect((await service.start()).ok).toBe(true);
}

async function start(named: object): Promise<RunningTerminal> {
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as object;
  const acquirer = { kind: 'host', host: '127.0.0.1', port: 1 };
  const qr = { kind: 'provider', ...account, noticePort: 0, service: { ...named, apiBase: service.apiBase } };
  const configFile = path.join(folder, 'config.json');
  writeFileSync(configFile, JSON.stringify({ ...embedded, acquirer, qr }));
  const dataFolder = path.join(folder, 'data');
  const started = await startTerminal({ configFile, dataFolder, clock: systemClock, random: systemRandom, log });
  if (!started.ok) throw new Error(started.fault.detail);
  running = started.value;
  return running;
}

/** Waits for the terminal to say so; each change of its state is looked at once. */
function becomes({ terminal }: RunningTerminal, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!condition()) return;
      end();
      resolve();
    };
    const end = terminal.onChange(look);
    look();
  });
}

/** A sale whose code is on the screen; what has been received for it. */
async function showsCode(of: RunningTerminal, reference: string): Promise<() => readonly number[]> {
  const id = transactionId(`S-${reference}`);
  const amount = money(45_000, 'VND');
  const sale = { key: reference, transactionId: id, amount, reference, order: null } as const;
  const found = () => of.terminal.state.transactions.get(id);
  of.terminal.handle({ type: 'StartSale', method: 'qr', ...sale });
  await becomes(of, () => found()?.qr?.issue?.account === account.account);
  return () => found()?.transfers.map((transfer) => transfer.amount.minorUnits) ?? [];
}

const namedMomo = {
  name: 'momo',
  partnerCode: momo.partnerCode,
  accessKeyFile: 'access.key',
  secretKeyFile: 'secret.key',
};

it('MoMo: by a notice that MoMo confirms', async () => {
  await startService(momoFace(momo));
  const terminal = await start(namedMomo);
  const received = await showsCode(terminal, 'CH7K3QW9TX');
  service.misbehave({ deliverTwice: true });
  service.pay('CH7K3QW9TX', 45_000);
  await becomes(terminal, () => received().length > 0);
  const { transactions, unmatched } = terminal.terminal.state;
  expect(received()).toEqual([45_000]);
  expect(transactions.size).toBe(1);
  expect(unmatched).toEqual([]);
});

it('MoMo: money that was given back while the terminal went down is found by a question, and not given back again', async () => {
  await startService(momoFace(momo));
  const first = await start(namedMomo);
  const received = await showsCode(first, 'CH7K3QW9TX');
  service.pay('CH7K3QW9TX', 45_000);
  await becomes(first, () => received().length > 0);
  const [sale, back] = [transactionId('S-CH7K3QW9TX'), transactionId('S-BACK')];
  // The answer takes longer than the terminal lives.
  service.misbehave({ slowMs: 400 });
  const about = { reason: 'refund', sale, amount: money(45_000, 'VND') } as const;
  const asked = { transactionId: back, key: 'back', refundId: 'RF0000000001', about, approvedBy: null } as const;
  expect(first.terminal.handle({ type: 'StartProviderRefund', ...asked }).kind).toBe('act');
  await expect.poll(() => service.refunds().length).toBe(1);
  await first.stop();
  service.misbehave({ slowMs: 0 });
  const second = await start(namedMomo);
  const { state } = second.terminal;
  expect(state.transactions.get(back)?.phase).toBe('refunding');
  await becomes(second, () => state.transactions.get(back)?.phase === 'paid');
  expect(service.refunds()).toMatchObject([{ refundId: 'RF0000000001', amount: 45_000 }]);
});

it('SePay: without a notice, over a restart, and with a memo that names no sale', async () => {
  await startService(sepayFace(sepay));
  const named = { name: 'sepay', apiTokenFile: 'token', webhookKeyFile: 'hook' };
  const first = await start(named);
  await showsCode(first, 'CH7K3QW9TX');
  await first.stop();
  service.pay('CH7K3QW9TX', 45_000);
  service.misbehave({ wrongMemo: true });
  service.pay('CH7K3QW9TX', 12_000);
  const second = await start(named);
  const { terminal } = second;
  await becomes(second, () => terminal.state.unmatched.length > 0);
  await becomes(second, () => [...terminal.state.transactions.values()].every(({ transfers }) => transfers.length > 0));
  const sums = [...terminal.state.transactions.values()].flatMap(({ transfers }) => transfers.map((one) => one.amount));
  expect(sums).toEqual([money(45_000, 'VND')]);
  expect(terminal.state.unmatched.map(({ transfer }) => transfer.amount.minorUnits)).toEqual([12_000]);
});
