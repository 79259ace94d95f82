/**
 * A QR payment on its whole way: the terminal issues a code, the training bank is paid and posts to the relay's public
 * address, the relay hands the notice to the terminal, and the terminal checks it and asks the bank before it counts.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs, transactionId } from '../../src/core/base/brand.ts';
import { money } from '../../src/core/base/money.ts';
import type { QrRequest, Transfer } from '../../src/core/transaction/model.ts';
import { chamAdapter } from '../../src/host/qr/adapters/cham.ts';
import { signatureHeaders } from '../../src/host/qr/notice-signature.ts';
import { QrProvider } from '../../src/host/qr/provider.ts';
import { TrainingQrProvider } from '../../src/host/training-provider/training-provider.ts';
import { systemClock as clock, systemRandom as random } from '../../src/main/platform.ts';
import type { RunningRelay } from '../../src/relay/relay.ts';
import {
  call,
  hookUrl,
  listOf,
  mustStart,
  newFolder,
  newTerminal,
  settingsWith,
  silent as log,
  sourceOf,
  Until,
} from './kit.ts';

const secret = Buffer.from('a secret of the training bank');
const merchant = { bankBin: '970436', account: '1017595600', name: 'Tiệm Cà Phê Sớm Mai' };
const quay = newTerminal('quay-1');
const list = listOf([quay], 'training');
const signal = new AbortController().signal;

let folder: ReturnType<typeof newFolder>;
let relay: RunningRelay;
let bank: TrainingQrProvider;
let terminal: QrProvider;
let transfers: Transfer[];
let until: Until;
const toStop: (() => Promise<void>)[] = [];

beforeEach(async () => {
  transfers = [];
  until = new Until();
  folder = newFolder();
  toStop.push(() => Promise.resolve(folder.remove()));
  relay = await mustStart({ folder: folder.path, list });
  toStop.push(() => relay.stop());
  bank = new TrainingQrProvider({ host: '127.0.0.1', port: 0, secret, clock, random, log });
  expect(await bank.start()).toMatchObject({ ok: true });
  toStop.push(() => bank.stop());
  await startTerminal();
});

afterEach(async () => {
  for (const stop of toStop.splice(0).toReversed()) await stop();
});

async function startTerminal(): Promise<void> {
  terminal = new QrProvider({
    adapter: chamAdapter({ apiBase: bank.apiBase, secret }, merchant),
    merchant,
    noticeUrl: hookUrl(relay.origin, quay),
    sources: [sourceOf(relay.origin, quay)],
    lastSeen: () => undefined,
    clock,
    random,
    log,
  });
  terminal.onTransfer((transfer) => {
    if (transfers.every(({ providerTransactionId }) => providerTransactionId !== transfer.providerTransactionId)) {
      transfers.push(transfer);
    }
    until.changed();
    return true;
  });
  expect(await terminal.start()).toMatchObject({ ok: true });
  const started = terminal;
  toStop.push(() => started.stop());
}

async function issue(reference: string): Promise<QrRequest> {
  const request: QrRequest = {
    transactionId: transactionId('S-1'),
    amount: money(45_000, 'VND'),
    reference,
    expiresAt: epochMs(clock.now() + 180_000),
  };
  expect(await terminal.issue(request, { signal, timeoutMs: 10_000 })).toMatchObject({ ok: true });
  return request;
}

async function waiting(): Promise<unknown> {
  const { body } = await call(`${relay.origin}/health`, { method: 'GET' });
  return (JSON.parse(body) as { readonly waiting: number }).waiting;
}

describe('a payment by way of a relay', () => {
  it('reaches a terminal to which nobody can connect', async () => {
    const { reference } = await issue('CH7K3QW9TX');
    expect(bank.pay({ reference, amountMinorUnits: 45_000 })).toMatchObject({ ok: true });
    await until.holds(() => transfers.length === 1);
    expect(transfers[0]).toMatchObject({ amount: { minorUnits: 45_000 }, account: merchant.account });
  });

  it('that was made while the terminal was off is there when it starts', async () => {
    const { reference } = await issue('CH7K3QW9TX');
    await terminal.stop();
    expect(bank.pay({ reference, amountMinorUnits: 45_000 })).toMatchObject({ ok: true });
    while ((await waiting()) !== 1);
    await startTerminal();
    await until.holds(() => transfers.length === 1);
    expect(transfers[0]?.memo).toContain(reference);
  });

  it('is found by asking the bank while the relay is down, and then not counted twice', async () => {
    const { reference } = await issue('CH7K3QW9TX');
    const port = Number(new URL(relay.origin).port);
    await relay.stop();
    expect(bank.pay({ reference, amountMinorUnits: 45_000 })).toMatchObject({ ok: true });
    const asked = await terminal.query(reference, { signal, timeoutMs: 10_000 });
    const [found] = asked.ok ? asked.value : [];
    if (found === undefined) throw new Error('the bank does not know it');
    transfers.push(found);
    relay = await mustStart({ folder: folder.path, list, settings: settingsWith({ listen: { port } }) });
    const handed: string[] = [];
    terminal.onTransfer(({ providerTransactionId }) => {
      handed.push(providerTransactionId);
      until.changed();
      return true;
    });
    await until.holds(() => handed.length === 1);
    expect(transfers).toEqual([found]);
    expect(handed).toEqual([found.providerTransactionId]);
  });

  it('that somebody makes up, the owner of the relay for one, never counts', async () => {
    const { reference } = await issue('CH7K3QW9TX');
    const forged = {
      providerTransactionId: 'FT666',
      bankBin: merchant.bankBin,
      account: merchant.account,
      amountMinorUnits: 45_000,
      currency: 'VND',
      memo: reference,
      paidAt: clock.now(),
      payerAccount: '******1234',
    };
    const body = JSON.stringify(forged);
    const post = (headers: Readonly<Record<string, string>>) =>
      call(hookUrl(relay.origin, quay), { headers: { 'content-type': 'application/json', ...headers }, body });
    // Taken by the relay, which has no secret to judge by, and refused by the terminal.
    expect((await post({})).status).toBe(200);
    expect((await post(signatureHeaders(Buffer.from('a secret of a thief'), body, clock.now()))).status).toBe(200);
    // Even one that carries a good signature: the bank does not know of it.
    expect((await post(signatureHeaders(secret, body, clock.now()))).status).toBe(200);
    expect(bank.pay({ reference, amountMinorUnits: 45_000 })).toMatchObject({ ok: true });
    await until.holds(() => transfers.length === 1);
    expect(transfers.map(({ providerTransactionId }) => providerTransactionId)).not.toContain('FT666');
  });
});
