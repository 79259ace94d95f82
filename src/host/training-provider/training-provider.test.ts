/**
 * Terminal link and training provider together, over real HTTP: every way in which money and the word of it can
 * arrive. The provider's pauses run on a clock that the test moves, so nothing here sleeps.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs, transactionId } from '../../core/base/brand.ts';
import { money, type Money } from '../../core/base/money.ts';
import type { Clock, Log, Random } from '../../core/base/ports.ts';
import { matchTransfer } from '../../core/qr/matcher.ts';
import { buildVietQr } from '../../core/qr/vietqr.ts';
import type { QrRequest, Transfer } from '../../core/transaction/model.ts';
import { requestContent, signatureHeaders } from '../qr/notice-signature.ts';
import { chamAdapter } from '../qr/adapters/cham.ts';
import { listenTcp } from '../qr/http-service.ts';
import { QrProvider } from '../qr/provider.ts';
import { TrainingQrProvider, type Payment } from './training-provider.ts';

const secret = Buffer.from('a secret of the training bank');
const reference = 'CH7K3QW9TX';
const options = { signal: new AbortController().signal, timeoutMs: 60_000 };

class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  readonly #timers = new Set<{ readonly dueAt: number; readonly callback: () => void }>();

  now = () => epochMs(this.#now);
  monotonicMs = () => this.#now;

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueAt: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Jumps to the next timer and fires it. */
  next(): number {
    const [first] = [...this.#timers].toSorted((a, b) => a.dueAt - b.dueAt);
    if (first === undefined) throw new Error('no timer is set');
    const waited = first.dueAt - this.#now;
    this.#now = first.dueAt;
    this.#timers.delete(first);
    first.callback();
    return waited;
  }
}

/** Waits for the condition itself; gives up loudly. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

let folder: string;
let seed: number;
let clock: ManualClock;
let provider: TrainingQrProvider;
let link: QrProvider;
let received: Transfer[];
let durable: boolean;
/** Notices that reached the terminal. */
let told: number;
const problems: string[] = [];
/** What the provider logs: one line for every attempt that was not acknowledged. */
const log: Log = { write: (_level, message, fields) => problems.push(`${message} ${JSON.stringify(fields)}`) };
const silent: Log = { write: () => undefined };
/** Different at every call, the same in every run. */
const random: Random = { bytes: (length) => Uint8Array.from({ length }, (_, i) => (seed++ * 31 + i * 7) % 256) };
const terminalClock: Clock = { now: () => clock.now(), monotonicMs: () => 0, after: () => () => undefined };

function newProvider(ledgerFile?: string, port = 0): TrainingQrProvider {
  const file = ledgerFile === undefined ? {} : { ledgerFile };
  return new TrainingQrProvider({ host: '127.0.0.1', port, secret, clock, random, log, ...file });
}

async function startLink(apiBase = provider.apiBase): Promise<void> {
  const merchant = { bankBin: '970436', account: '1017595600', name: 'Tiệm Cà Phê' };
  link = new QrProvider({
    adapter: chamAdapter({ apiBase, secret }, merchant),
    merchant,
    listener: { host: '127.0.0.1', port: 0 },
    listen: (service) => {
      const handle: typeof service.handle = (request) => {
        told += 1;
        return service.handle(request);
      };
      return listenTcp({ ...service, handle });
    },
    lastSeen: () => undefined,
    clock: terminalClock,
    random,
    log: silent,
  });
  link.onTransfer((transfer) => {
    received.push(transfer);
    return durable;
  });
  expect((await link.start()).ok).toBe(true);
}

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cham-bank-'));
  seed = 1;
  clock = new ManualClock();
  received = [];
  durable = true;
  told = 0;
  problems.length = 0;
  provider = newProvider();
  expect((await provider.start()).ok).toBe(true);
  await startLink();
});

afterEach(async () => {
  await provider.stop();
  await link.stop();
  fs.rmSync(folder, { recursive: true });
  expect(clock.pending, 'timers left behind').toBe(0);
});

const sale: QrRequest = {
  transactionId: transactionId('S-1'),
  amount: money(45_000, 'VND'),
  reference,
  expiresAt: epochMs(1_700_000_180_000),
};

async function issue(request: QrRequest = sale): Promise<void> {
  const issued = await link.issue(request, options);
  if (!issued.ok) throw new Error(issued.fault.detail);
}

function pay(payment: Partial<Payment> = {}): Transfer {
  const paid = provider.pay({ reference, amountMinorUnits: 45_000, ...payment });
  if (!paid.ok) throw new Error(paid.fault.detail);
  return paid.value;
}

async function arrived(count: number): Promise<void> {
  await until(() => received.length >= count && clock.pending === 0, `${count} notices`);
  expect(received).toHaveLength(count);
}

/** `count` attempts have failed and the pause after the last one has begun. */
async function failedAttempts(count: number): Promise<void> {
  await until(() => problems.length === count && clock.pending === 1, `${count} failed attempts`);
}

function match(transfer: Transfer | undefined, alreadyReceived: Money = money(0, 'VND')): unknown {
  if (transfer === undefined) throw new Error('no transfer');
  const expected = { reference, amount: sale.amount, bankBin: '970436', account: '1017595600', alreadyReceived };
  return matchTransfer(transfer, expected);
}

function bookFile(): string {
  return path.join(folder, 'bank', 'ledger.jsonl');
}

function payload(minorUnits: number, carried = reference): string {
  const built = buildVietQr({
    bankBin: '970436',
    account: '1017595600',
    service: 'QRIBFTTA',
    amount: money(minorUnits, 'VND'),
    reference: carried,
  });
  if (!built.ok) throw new Error(built.fault.detail);
  return built.value;
}

async function call(
  method: string,
  target: string,
  content?: object,
  headers?: Record<string, string>,
): Promise<number> {
  const body = content === undefined ? '' : JSON.stringify(content);
  const signed = headers ?? signatureHeaders(secret, requestContent(method, target, body), clock.now());
  const init = { method, headers: { 'content-type': 'application/json', ...signed } };
  return (await fetch(provider.apiBase + target, content === undefined ? init : { ...init, body })).status;
}

/** At the same address, as a provider in the field. */
async function restart(): Promise<void> {
  const port = Number(new URL(provider.apiBase).port);
  await provider.stop();
  provider = newProvider(bookFile(), port);
  expect(await provider.start()).toEqual({ ok: true, value: undefined });
}

describe('a payment', () => {
  it('exact: the notice says what the book says, and the memo is as banks leave it', async () => {
    await issue();
    const paid = pay();
    await arrived(1);
    expect(received).toEqual([paid]);
    expect(provider.transfers()).toEqual([paid]);
    expect(match(received[0])).toEqual({ kind: 'exact' });
    expect(paid.memo).toMatch(/^TRAINBANK\.\d+\.CH7K3QW9TX\.CT tu \*{6}\d{4} toi 1017595600$/);
    expect(problems).toEqual([]);
  });

  it('under, and the rest in a second transfer', async () => {
    await issue();
    pay({ amountMinorUnits: 20_000 });
    await arrived(1);
    expect(match(received[0])).toEqual({ kind: 'under', missing: money(25_000, 'VND') });
    pay({ amountMinorUnits: 25_000 });
    await arrived(2);
    expect(match(received[1], money(20_000, 'VND'))).toEqual({ kind: 'exact' });
    expect(new Set(received.map((transfer) => transfer.providerTransactionId)).size).toBe(2);
  });

  it('over, and by a bank that books another amount', async () => {
    await issue();
    pay({ amountMinorUnits: 50_000 });
    await arrived(1);
    expect(match(received[0])).toEqual({ kind: 'over', excess: money(5000, 'VND') });
    provider.misbehave({ amountErrorMinorUnits: -1 });
    pay();
    await arrived(2);
    expect(match(received[1])).toEqual({ kind: 'under', missing: money(1, 'VND') });
    expect(provider.transfers()).toEqual(received);
  });

  it('to another account, and with a memo of the payer’s own', async () => {
    await issue();
    provider.misbehave({ wrongAccount: true });
    pay();
    await arrived(1);
    expect(match(received[0])).toEqual({ kind: 'wrongAccount' });
    provider.misbehave({ wrongAccount: false });
    const paid = pay({ memo: 'trả tiền phở 4761739001010119' });
    await arrived(2);
    expect(paid.memo).toContain('.TRA TIEN PHO 476173******0119.');
    expect(received[1]).toEqual(paid);
    expect(match(received[1])).toEqual({ kind: 'noReference' });
    expect(await link.query(reference, options)).toEqual({ ok: true, value: [received[0]] });
  });

  it('late: a query finds it before the notice comes', async () => {
    await issue();
    provider.misbehave({ noticeDelayMs: 240_000 });
    const paid = pay();
    expect(await link.query(reference, options)).toEqual({ ok: true, value: [paid] });
    expect(received).toEqual([]);
    expect(clock.next()).toBe(240_000);
    await arrived(1);
    expect(received).toEqual([paid]);
    expect(clock.now()).toBeGreaterThan(sale.expiresAt);
  });

  it('told twice, with the same id', async () => {
    await issue();
    provider.misbehave({ deliverTwice: true });
    const paid = pay();
    await until(() => told === 2, 'a second notice');
    expect(received, 'what is durable is not handed over again').toEqual([paid]);
    expect(provider.transfers()).toHaveLength(1);
  });

  it('never told: the query finds it', async () => {
    await issue();
    provider.misbehave({ dropNotices: true });
    const paid = pay();
    expect(await link.query(reference, options)).toEqual({ ok: true, value: [paid] });
    expect(await link.query('CHNONE2222', options)).toEqual({ ok: true, value: [] });
    expect(received).toEqual([]);
  });

  it('refuses what nobody can pay', async () => {
    await issue();
    expect(provider.pay({ reference: 'CHNONE2222', amountMinorUnits: 1 })).toMatchObject({
      fault: { kind: 'unknownReference' },
    });
    for (const amountMinorUnits of [0, -1, 1.5, NaN, 1e12]) {
      expect(provider.pay({ reference, amountMinorUnits })).toMatchObject({ fault: { kind: 'badAmount' } });
    }
    expect(provider.transfers()).toEqual([]);
  });
});

describe('notices are sent until they are acknowledged', () => {
  it('while the terminal cannot keep them: pauses double up to half a minute', async () => {
    await issue();
    durable = false;
    pay();
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await failedAttempts(attempt);
      if (attempt === 8) durable = true;
      pauses.push(clock.next());
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    await arrived(9);
    expect(new Set(received.map((transfer) => transfer.providerTransactionId)).size).toBe(1);
  });

  it('and hands over nothing while the signature is wrong', async () => {
    await issue();
    provider.misbehave({ badSignature: true });
    pay();
    await failedAttempts(1);
    expect(problems[0]).toContain('HTTP status 401');
    expect(received).toEqual([]);
    provider.misbehave({ badSignature: false });
    clock.next();
    await arrived(1);
  });

  it('over a restart of the terminal, which listens elsewhere afterwards', async () => {
    await issue();
    await link.stop();
    pay();
    await failedAttempts(1);
    await startLink();
    await issue({ ...sale, reference: 'CHNEXT2222' });
    clock.next();
    await arrived(1);
    expect(match(received[0])).toEqual({ kind: 'exact' });
  });

  it('but not after the provider stopped', async () => {
    await issue();
    durable = false;
    pay();
    await failedAttempts(1);
    await provider.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('the book', () => {
  beforeEach(async () => {
    await restart();
    await link.stop();
    await startLink();
    await issue();
  });

  it('survives the provider: codes stay payable, what was not acknowledged is sent again', async () => {
    const first = pay();
    await arrived(1);
    provider.misbehave({ dropNotices: true });
    const second = pay({ amountMinorUnits: 1000 });
    await restart();
    expect(provider.transfers()).toEqual([first, second]);
    await arrived(2);
    const third = pay({ amountMinorUnits: 2000 });
    await arrived(3);
    expect(received).toEqual([first, second, third]);
    await restart();
    expect(provider.transfers()).toEqual([first, second, third]);
    await arrived(3);
  });

  it('takes no payment that it cannot write down', async () => {
    fs.rmSync(path.join(folder, 'bank'), { recursive: true });
    const refused = provider.pay({ reference, amountMinorUnits: 45_000 });
    expect(refused).toMatchObject({ ok: false, fault: { kind: 'ledgerNotWritable' } });
    expect(provider.transfers()).toEqual([]);
  });
});

/** A refund as the terminal asks for it. */
const ask = (refundId: string, transfer: Transfer, amount = transfer.amount) => ({
  refundId,
  order: null,
  providerTransactionId: transfer.providerTransactionId,
  amount,
  paid: transfer.amount,
  requestedAt: clock.now(),
});

describe('money that goes back', () => {
  beforeEach(() => issue());

  it('is given back once for each id, and never more than has come', async () => {
    const paid = pay();
    const first = ask('R1', paid, money(40_000, 'VND'));
    for (const _ of ['asked', 'asked again']) {
      expect(await link.refund(first, options)).toMatchObject({ value: { state: 'refunded' } });
    }
    expect(await link.refund(ask('R2', paid, money(5001, 'VND')), options)).toMatchObject({
      value: { state: 'refused' },
    });
    expect(await link.queryRefund(ask('R3', paid), options)).toMatchObject({ value: { state: 'refused' } });
    expect(await link.refund({ ...first, amount: money(1, 'VND') }, options)).toMatchObject({ ok: false });
    expect(provider.refunds().map(({ refundId }) => refundId)).toEqual(['R1']);
  });

  it('refused, in process for some questions, with a lost answer, or with one that takes long', async () => {
    const paid = pay();
    const small = (id: string) => ask(id, paid, money(100, 'VND'));
    provider.misbehave({ refuseRefunds: true });
    expect(await link.refund(small('R1'), options)).toMatchObject({ value: { state: 'refused' } });
    provider.misbehave({ refuseRefunds: false, refundsProcessing: 2 });
    expect(await link.refund(small('R2'), options)).toMatchObject({ value: { state: 'processing' } });
    expect(await link.queryRefund(small('R2'), options)).toMatchObject({ value: { state: 'processing' } });
    expect(await link.queryRefund(small('R2'), options)).toMatchObject({ value: { state: 'refunded' } });
    provider.misbehave({ refundsProcessing: 0, loseRefundReplies: true });
    expect(await link.refund(small('R3'), options)).toMatchObject({ ok: false, fault: { kind: 'badReply' } });
    expect(await link.queryRefund(small('R3'), options)).toMatchObject({ value: { state: 'refunded' } });
    provider.misbehave({ loseRefundReplies: false, refundDelayMs: 30_000 });
    const slow = link.refund(small('R4'), options);
    await until(() => clock.pending > 0, 'the answer waits');
    expect(provider.refunds().map(({ refundId }) => refundId)).toEqual(['R2', 'R3', 'R4']);
    clock.next();
    expect(await slow).toMatchObject({ value: { state: 'refunded' } });
  });

  it('is on the book of the next start too, and so is the payer’s account, masked', async () => {
    const paid = pay();
    expect(paid.payer).toMatch(/^\*{6}\d{4}$/);
    await link.refund(ask('R1', paid), options);
    expect(await link.cancel(sale, options)).toEqual({ ok: true, value: 'paid' });
    expect(provider.cancelled()).toEqual([reference]);
    await arrived(1);
    expect(received[0]?.payer).toBe(paid.payer);
  });
});

describe('the provider’s API', () => {
  it('is idempotent by reference, and refuses the same reference for another code', async () => {
    await issue();
    await issue();
    const other = await link.issue({ ...sale, amount: money(46_000, 'VND') }, options);
    expect(other).toMatchObject({ ok: false, fault: { kind: 'refused', detail: expect.stringContaining('409') } });
    pay();
    await arrived(1);
  });

  it('answers nobody without the secret', async () => {
    const target = '/v1/transfers?reference=CH7K3QW9TX';
    expect(await call('GET', target, undefined, {})).toBe(401);
    const forOther = signatureHeaders(secret, requestContent('GET', '/v1/transfers?reference=X', ''), clock.now());
    expect(await call('GET', target, undefined, forOther)).toBe(401);
    expect(await call('GET', target)).toBe(200);
    expect(await call('GET', '/v1/unknown')).toBe(404);
  });

  it('registers only a code that says the same as the request', async () => {
    const good = {
      reference,
      amountMinorUnits: 45_000,
      currency: 'VND',
      payload: payload(45_000),
      expiresAt: sale.expiresAt,
      noticeUrl: link.noticeUrl,
    };
    const register = (change: object): Promise<number> => call('POST', '/v1/payment-requests', { ...good, ...change });
    expect(await register({ payload: payload(54_000) })).toBe(400);
    expect(await register({ payload: payload(45_000, 'CHOTHER222') })).toBe(400);
    expect(await register({ payload: `${good.payload.slice(0, -1)}?` })).toBe(400);
    expect(await register({ noticeUrl: 'http://example.org/notices' })).toBe(400);
    expect(await register({ noticeUrl: 'file:///etc/passwd' })).toBe(400);
    expect(await register({ extra: true })).toBe(400);
    expect(provider.pay({ reference, amountMinorUnits: 1 }).ok).toBe(false);
    expect(await register({})).toBe(200);
  });
});
