/**
 * Every adapter against the service that plays its provider, over real HTTP on loopback: money that reached the bank is
 * handed over once, confirmed by the provider's own answer, whatever goes wrong on the way.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs, transactionId, type EpochMs } from '../../../core/base/brand.ts';
import { money } from '../../../core/base/money.ts';
import { matchTransfer } from '../../../core/qr/matcher.ts';
import { parseMpm } from '../../../core/qr/mpm.ts';
import { readVietQr } from '../../../core/qr/vietqr.ts';
import type { QrRequest, Transfer } from '../../../core/transaction/model.ts';
import { TrainingService } from '../../training-provider/training-service.ts';
import { QrProvider } from '../provider.ts';
import {
  keepLog,
  ManualClock,
  merchant,
  providers,
  reference,
  secrets,
  seededRandom,
  stranger,
  type Provider,
} from './test-kit.ts';

let clock: ManualClock;
let service: TrainingService;
let link: QrProvider;
let received: Transfer[];
let durable: boolean;
/** Offers that the listener did not keep. */
let refusals: number;
let lastSeen: EpochMs | undefined;
const logged: string[] = [];

/** Lets what is ready happen, on sockets too; time stands still. */
async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}\n${logged.join('\n')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** As `until`, with time going on in steps of some seconds between. */
async function whileTimePasses(condition: () => boolean, what: string): Promise<void> {
  for (let step = 0; step < 200 && !condition(); step += 1) {
    clock.advance(3000);
    for (let turn = 0; turn < 12 && !condition(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await until(condition, what);
}

async function startLink(provider: Provider): Promise<void> {
  link = new QrProvider({
    adapter: provider.adapter(service.apiBase),
    merchant,
    listener: { host: '127.0.0.1', port: 0 },
    lastSeen: () => lastSeen,
    clock,
    random: seededRandom(),
    log: keepLog(logged),
  });
  link.onTransfer((transfer) => {
    if (durable) received.push(transfer);
    else refusals += 1;
    return durable;
  });
  const started = await link.start();
  if (!started.ok) throw new Error(started.fault.detail);
  service.noticesTo(link.noticeUrl);
}

async function setUp(provider: Provider): Promise<void> {
  clock = new ManualClock();
  received = [];
  durable = true;
  refusals = 0;
  lastSeen = clock.now();
  logged.length = 0;
  const { face } = provider;
  service = new TrainingService({
    face,
    merchant,
    host: '127.0.0.1',
    port: 0,
    clock,
    random: seededRandom(),
    log: { write: () => undefined },
  });
  const started = await service.start();
  if (!started.ok) throw new Error(started.fault.detail);
  await startLink(provider);
}

const options = { signal: new AbortController().signal, timeoutMs: 10_000 };

function request(change: Partial<QrRequest> = {}): QrRequest {
  const expiresAt = epochMs(clock.now() + 180_000);
  return { transactionId: transactionId('S-1'), amount: money(45_000, 'VND'), reference, expiresAt, ...change };
}

async function issue(sale = request()): Promise<QrRequest> {
  const issued = await link.issue(sale, options);
  if (!issued.ok) throw new Error(issued.fault.detail);
  return sale;
}

function match(transfer: Transfer | undefined, amount = 45_000): string {
  if (transfer === undefined) return 'nothing';
  const expected = { reference, amount: money(amount, 'VND'), alreadyReceived: money(0, 'VND'), ...merchant };
  return matchTransfer(transfer, expected).kind;
}

const ids = (): readonly string[] => received.map(({ providerTransactionId }) => providerTransactionId);

describe.each(providers)('$name', (provider) => {
  const { face } = provider;
  const { capabilities } = provider.adapter('http://127.0.0.1:1');
  const whenTold = it.runIf(face.tell !== undefined);

  beforeEach(() => setUp(provider));

  afterEach(async () => {
    await service.stop();
    await link.stop();
    expect(clock.pending, 'timers left behind').toBe(0);
    for (const secret of secrets) expect(logged.join('\n'), 'a key in the log').not.toContain(secret);
  });

  it('says what it can do', () => {
    expect(capabilities.canQuery).toBe(true);
    expect(capabilities.confirmedBy).toBe('query');
    expect(capabilities.pushesNotices).toBe(face.tell !== undefined);
    expect(capabilities.codesFrom).toBe(face.knowsOrders ? 'provider' : 'terminal');
    expect(capabilities.unverified.length).toBeGreaterThan(0);
  });

  it('issues a code that pays this account this amount, once for each reference', async () => {
    const issued = await link.issue(request(), options);
    if (!issued.ok) throw new Error(issued.fault.detail);
    expect(issued.value).toMatchObject({ bankBin: merchant.bankBin, account: merchant.account });
    const code = readVietQr(parseMpm(issued.value.payload));
    expect(code).toMatchObject({
      ok: true,
      value: { account: merchant.account, amount: money(45_000, 'VND'), reference },
    });
    expect(await link.issue(request(), options)).toEqual(issued);
    expect(await link.issue(request({ amount: money(45, 'USD') }), options)).toMatchObject({
      ok: false,
      fault: { kind: 'refused' },
    });
  });

  whenTold('a payment: the notice is confirmed by a question, handed over once, and acknowledged', async () => {
    await issue();
    const paid = service.pay(reference, 45_000);
    await until(() => service.acknowledged === 1, 'acknowledged');
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      providerTransactionId: paid.id,
      amount: money(45_000, 'VND'),
      paidAt: paid.paidAt,
    });
    expect(match(received[0])).toBe('exact');
    expect(await link.query(reference, options)).toEqual({ ok: true, value: received });
  });

  whenTold('told twice: handed over once, acknowledged twice', async () => {
    await issue();
    service.misbehave({ deliverTwice: true });
    service.pay(reference, 45_000);
    await until(() => service.acknowledged === 2, 'acknowledged twice');
    expect(received).toHaveLength(1);
  });

  whenTold('not acknowledged until it is durable', async () => {
    await issue();
    durable = false;
    let offered = 0;
    link.onTransfer(() => {
      offered += 1;
      return true;
    });
    service.pay(reference, 45_000);
    // The second listener hears of it only when the first has kept it.
    await whileTimePasses(() => refusals >= 2, 'offered twice');
    expect([offered, service.acknowledged]).toEqual([0, 0]);
    durable = true;
    await whileTimePasses(() => service.acknowledged === 1, 'acknowledged');
    expect(received).toHaveLength(1);
  });

  whenTold('a signature that is wrong changes nothing; the payment is found by asking', async () => {
    await issue();
    service.misbehave({ badSignature: true });
    const paid = service.pay(reference, 45_000);
    await until(() => logged.some((line) => line.includes('qr notice refused')) || face.base === '/vqr', 'refused');
    expect(received).toEqual([]);
    await whileTimePasses(() => received.length === 1, 'found');
    expect(ids()).toEqual([paid.id]);
  });

  whenTold('the provider cannot be asked: the notice is kept, not believed, and asked about again', async () => {
    await issue();
    service.misbehave({ down: true });
    service.pay(reference, 45_000);
    await until(() => logged.some((line) => line.includes('not confirmed yet')), 'an attempt to confirm');
    expect(received).toEqual([]);
    expect(service.acknowledged).toBe(0);
    service.misbehave({ down: false });
    await whileTimePasses(() => service.acknowledged === 1, 'confirmed later');
    expect(received).toHaveLength(1);
  });

  whenTold('notices in the wrong order, of two sales', async () => {
    await issue();
    const other = 'CHAAAA2222';
    await issue(request({ reference: other, amount: money(20_000, 'VND') }));
    service.misbehave({ outOfOrder: true });
    const first = service.pay(reference, 45_000);
    const second = service.pay(other, 20_000);
    service.misbehave({ outOfOrder: false });
    await until(() => service.acknowledged === 2, 'both');
    expect(ids().toSorted()).toEqual([first.id, second.id].toSorted());
  });

  whenTold('late: after the code has expired', async () => {
    await issue();
    service.misbehave({ noticeDelayMs: 60_000 });
    clock.advance(170_000);
    const paid = service.pay(reference, 45_000);
    await whileTimePasses(() => received.length > 0, 'found');
    await whileTimePasses(() => service.acknowledged === 1, 'told');
    expect(ids()).toEqual([paid.id]);
  });

  whenTold('of another account: refused', async () => {
    await issue();
    if (['momo', 'zalopay', 'vnpay'].includes(provider.name)) return;
    service.misbehave({ wrongAccount: true });
    service.pay(reference, 45_000);
    await until(() => logged.some((line) => line.includes('otherAccount')), 'refused');
    expect(received).toEqual([]);
    expect(service.acknowledged).toBe(0);
  });

  it('never told: the watch finds it', async () => {
    await issue();
    service.misbehave({ dropNotices: true });
    const paid = service.pay(reference, 45_000);
    await whileTimePasses(() => received.length === 1, 'found');
    expect(ids()).toEqual([paid.id]);
    const enough = clock.now() + 120_000;
    await whileTimePasses(() => clock.now() >= enough, 'two more minutes');
    expect(ids(), 'asked about again, handed over once').toEqual([paid.id]);
  });

  it('another amount is handed over as it arrived', async () => {
    await issue();
    service.misbehave({ amountErrorMinorUnits: -1 });
    service.pay(reference, 45_000);
    await whileTimePasses(() => received.length === 1, 'found');
    expect(received[0]?.amount).toEqual(money(44_999, 'VND'));
    expect(match(received[0])).toBe('under');
  });

  it('a memo that the banks have lost', async () => {
    await issue();
    service.misbehave({ wrongMemo: true });
    const paid = service.pay(reference, 45_000);
    await whileTimePasses(() => received.length === 1, 'found');
    expect(ids()).toEqual([paid.id]);
    // Where the provider knows the order it says for which one the money is; where it does not, a person has to.
    expect(match(received[0])).toBe(face.knowsOrders ? 'exact' : 'noReference');
  });

  it('down, slow or talking nonsense: a fault, never "not paid"', async () => {
    const sale = await issue();
    service.misbehave({ dropNotices: true });
    service.pay(reference, 45_000);
    service.misbehave({ down: true });
    expect(await link.query(reference, options)).toMatchObject({
      ok: false,
      fault: { kind: 'badReply', retrySafe: true },
    });
    service.misbehave({ down: false, garbage: true });
    expect(await link.query(reference, options)).toMatchObject({ ok: false, fault: { kind: 'badReply' } });
    service.misbehave({ garbage: false, slowMs: 60_000 });
    const asked = link.query(reference, { ...options, timeoutMs: 500 });
    const answers: unknown[] = [];
    void asked.then((answer) => answers.push(answer));
    while (answers.length === 0) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(answers[0]).toMatchObject({ ok: false, fault: { retrySafe: true } });
    service.misbehave({ slowMs: 0 });
    clock.advance(60_000);
    expect(await link.query(reference, { ...options, expiresAt: sale.expiresAt })).toMatchObject({
      ok: true,
      value: [{}],
    });
  });

  it('with keys that the provider does not know: a fault, never "not paid" or "not given back"', async () => {
    const sale = await issue();
    const paid = service.pay(reference, 45_000);
    const adapter = stranger(provider.name, service.apiBase);
    if (adapter === undefined) return;
    const common = { merchant, lastSeen: () => lastSeen, clock, random: seededRandom(), log: keepLog(logged) };
    const other = new QrProvider({ adapter, ...common });
    const answer = await other.query(reference, { ...options, expiresAt: sale.expiresAt });
    expect(answer.ok).toBe(false);
    const [amount, providerTransactionId] = [money(45_000, 'VND'), paid.id];
    const refund = {
      refundId: 'R1',
      order: sale,
      providerTransactionId,
      amount,
      paid: amount,
      requestedAt: clock.now(),
    };
    const given = await other.refund(refund, options);
    expect(given.ok && given.value.state === 'refunded').toBe(false);
    const asked = await other.queryRefund(refund, options);
    expect(asked.ok && asked.value.state !== 'processing').toBe(false);
    expect(service.refunds()).toEqual([]);
    await other.stop();
  });

  it('nothing was paid: a definite answer', async () => {
    await issue();
    expect(await link.query(reference, options)).toEqual({ ok: true, value: [] });
  });

  it('nobody listens there: unreachable, nothing issued', async () => {
    await service.stop();
    expect(await link.query(reference, { ...options, expiresAt: request().expiresAt })).toMatchObject({
      ok: false,
      fault: { kind: 'unreachable' },
    });
    if (!face.knowsOrders) return;
    expect(await link.issue(request(), options)).toMatchObject({ ok: false, fault: { kind: 'unreachable' } });
  });

  it('after a restart, what was paid meanwhile is found without a notice', async () => {
    const sale = await issue();
    await link.stop();
    service.noticesTo(undefined);
    service.misbehave({ dropNotices: true });
    const paid = service.pay(reference, 45_000);
    await startLink(provider);
    link.catchUp();
    link.watch(sale);
    await whileTimePasses(() => received.length === 1, 'found');
    expect(ids()).toEqual([paid.id]);
    // Those that name the payer's account name it whole; it is kept masked.
    if (received[0]?.payer !== undefined) expect(JSON.stringify(received)).not.toContain(paid.payer.account);
    const names = ['payos', 'casso', 'bank-feed', 'bank-feed in CSV'].includes(provider.name);
    expect(received[0]?.payer?.startsWith('******6789') ?? false).toBe(names);
  });

  it('withdraws a code where it can, and says so where it cannot', async () => {
    const sale = await issue();
    const answer = await link.cancel(sale, options);
    expect(answer).toMatchObject(
      capabilities.canCancel ? { ok: true, value: 'cancelled' } : { ok: false, fault: { kind: 'notSupported' } },
    );
    if (!capabilities.canCancel) return;
    service.pay(reference, 45_000);
    expect(await link.cancel(sale, options)).toMatchObject({ ok: true, value: 'paid' });
  });

  it('gives back where it can, once for each refund', async () => {
    const sale = await issue();
    const paid = service.pay(reference, 45_000);
    const refund = {
      refundId: 'R000000001',
      order: { reference, expiresAt: sale.expiresAt },
      providerTransactionId: paid.id,
      amount: money(45_000, 'VND'),
      paid: money(45_000, 'VND'),
      requestedAt: clock.now(),
    };
    const first = await link.refund(refund, options);
    if (!capabilities.canRefund) {
      expect(first).toMatchObject({ ok: false, fault: { kind: 'notSupported', retrySafe: true } });
      expect(await link.queryRefund(refund, options)).toMatchObject({ ok: false, fault: { kind: 'notSupported' } });
      return;
    }
    expect(first.ok && first.value.state !== 'refused').toBe(true);
    expect(await link.queryRefund(refund, options)).toMatchObject({ ok: true, value: { state: 'refunded' } });
    const again = await link.refund(refund, options);
    // A repeat may be turned down as one: that is never called a refusal of the refund.
    if (again.ok) expect(again.value.state).not.toBe('refused');
    expect(service.refunds()).toHaveLength(1);
    const other = { ...refund, refundId: 'R000000002' };
    await link.refund(other, options);
    // VNPAY can be asked about an order only, not about one of its refunds.
    const state = await link.queryRefund(other, options);
    if (provider.name !== 'vnpay') expect(state.ok && state.value.state === 'refunded').toBe(false);
    expect(service.refunds(), 'more than was paid is never given back').toHaveLength(1);
  });
});
