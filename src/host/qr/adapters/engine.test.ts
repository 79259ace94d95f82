/**
 * The engine apart from any provider: what a relay hands over, the bounds of what it keeps and asks, pauses that grow, and
 * statements that are read in pages from where the journal ends.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { epochMs, transactionId } from '../../../core/base/brand.ts';
import { money } from '../../../core/base/money.ts';
import { err, fault, ok, type Result } from '../../../core/base/result.ts';
import type { ProviderFault, Transfer } from '../../../core/transaction/model.ts';
import type { ProviderAdapter, StatementWindow } from '../adapter.ts';
import { parseCsv } from '../csv.ts';
import type { HttpCaller } from '../http-call.ts';
import type { NoticeDelivery, NoticeSource, RawNotice } from '../notice-source.ts';
import { QrProvider, silenceMs } from '../provider.ts';
import { jsonRequest, transferTo } from '../reading.ts';
import { compactTime, readVietnamTime, spacedTime } from '../vietnam-time.ts';
import { expiredPauseMs, firstPauseMs, graceMs, nextPauseMs, openPauseMs } from '../watch.ts';
import { acknowledgeByStatus } from './acknowledge.ts';
import { keepLog, ManualClock, merchant, reference, seededRandom } from './test-kit.ts';

const day = 86_400_000;

let clock: ManualClock;
let bank: Transfer[];
let received: string[];
let logged: string[];
let windows: StatementWindow[];
let down: boolean;
let durable: boolean;
let deliver: NoticeDelivery;
let sourceStopped: boolean;

function transfer(id: string, paidAt: number, memo = `A ${reference} B`): Transfer {
  return transferTo(merchant, { id, amount: 45_000, memo, paidAt: epochMs(paidAt) });
}

/** A provider that sees transfers only; a notice is the id of one. */
function plainAdapter(change: Partial<ProviderAdapter> = {}): ProviderAdapter {
  return {
    name: 'plain',
    apiBase: 'http://127.0.0.1:1',
    capabilities: {
      codesFrom: 'terminal',
      canQuery: true,
      canCancel: false,
      canRefund: false,
      pushesNotices: true,
      confirmedBy: 'query',
      unverified: [],
    },
    statement: (window) => () => {
      windows.push(window);
      const found = bank.filter(({ paidAt }) => paidAt >= window.from && paidAt <= window.to);
      const page = found.slice((window.page - 1) * 2, window.page * 2);
      return {
        request: jsonRequest('GET', '/statement'),
        read: () => ok({ transfers: page, more: found.length > window.page * 2 }),
      };
    },
    notice: ({ body }) => {
      const [id = '', at = '0'] = Buffer.from(body).toString().split(' ');
      if (id === 'forged') return err(fault('signature', 'wrong', false));
      if (id === 'test') return ok({ kind: 'ignored', why: 'a test' });
      return ok({ kind: 'transfer', transfer: transfer(id, Number(at)), order: {} });
    },
    acknowledge: acknowledgeByStatus,
    ...change,
  };
}

const source: NoticeSource = {
  start: (given) => {
    deliver = given;
  },
  stop: () => {
    sourceStopped = true;
    return Promise.resolve();
  },
};

const call: HttpCaller = () =>
  Promise.resolve(down ? err(fault('unreachable', 'down', true)) : ok({ status: 200, body: '{}' }));

function link(adapter = plainAdapter(), lastSeen: number | null = clock.now()): QrProvider {
  const made = new QrProvider({
    adapter,
    merchant,
    sources: [source],
    lastSeen: () => (lastSeen === null ? undefined : epochMs(lastSeen)),
    clock,
    random: seededRandom(),
    log: keepLog(logged),
    call,
  });
  made.onTransfer(({ providerTransactionId }) => {
    if (durable) received.push(providerTransactionId);
    return durable;
  });
  return made;
}

function raw(text: string): RawNotice {
  const body = Buffer.from(text);
  return { id: text, method: 'POST', path: '/notices', headers: {}, body, receivedAt: clock.now() };
}

/** Lets everything that is ready happen. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

beforeEach(() => {
  clock = new ManualClock();
  bank = [];
  received = [];
  logged = [];
  windows = [];
  down = false;
  durable = true;
  sourceStopped = false;
});

describe('what a source hands over', () => {
  it('true once it is durable, or needs no keeping; false: hand it over again', async () => {
    const provider = link();
    await provider.start();
    bank = [transfer('T1', clock.now())];
    expect(await deliver(raw('test'))).toBe(true);
    expect(await deliver(raw('forged'))).toBe(true);
    durable = false;
    expect(await deliver(raw(`T1 ${clock.now()}`))).toBe(false);
    durable = true;
    expect(await deliver(raw(`T1 ${clock.now()}`))).toBe(true);
    expect(await deliver(raw(`T1 ${clock.now()}`)), 'a repeat').toBe(true);
    expect(received).toEqual(['T1']);
    expect(logged.join('\n')).not.toContain(reference);
    await provider.stop();
    expect(sourceStopped).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('a notice of a transfer that the provider does not list is not handed over until it does', async () => {
    const provider = link();
    await provider.start();
    expect(await deliver(raw(`T9 ${clock.now()}`))).toBe(false);
    await pass(day);
    expect(received).toEqual([]);
    expect(logged.some((line) => line.includes('does not list'))).toBe(true);
    // The provider books it late: it is found by one of the later questions.
    bank = [transfer('T9', clock.now() - 1000)];
    await pass(600_000);
    expect(received).toEqual(['T9']);
    expect(clock.pending, 'nothing more is asked').toBe(0);
    await provider.stop();
  });

  it('the provider’s answer counts where it differs from the notice', async () => {
    const amounts: number[] = [];
    const provider = link();
    provider.onTransfer(({ amount }) => {
      amounts.push(amount.minorUnits);
      return true;
    });
    await provider.start();
    bank = [{ ...transfer('T1', clock.now()), amount: money(1, 'VND') }];
    expect(await deliver(raw(`T1 ${clock.now()}`))).toBe(true);
    expect(amounts).toEqual([1]);
    expect(logged.some((line) => line.includes('differ in amount'))).toBe(true);
    await provider.stop();
  });

  it('asked about again with growing pauses, at most for a day', async () => {
    const provider = link();
    await provider.start();
    down = true;
    expect(await deliver(raw(`T1 ${clock.now()}`))).toBe(false);
    const times: number[] = [];
    for (let at = 0; at < 20_000; at += 1000) {
      const before = logged.length;
      await pass(1000);
      if (logged.length > before) times.push(at + 1000);
    }
    expect(times).toEqual([2000, 6000, 14_000]);
    for (let hour = 0; hour < 400 && clock.pending > 0; hour += 1) await pass(300_000);
    expect(logged.some((line) => line.includes('given up'))).toBe(true);
    expect(clock.pending).toBe(0);
    await provider.stop();
  });

  it('without anything to ask, a good signature is what there is', async () => {
    const { statement: _none, ...rest } = plainAdapter();
    const provider = link({
      ...rest,
      capabilities: { ...rest.capabilities, canQuery: false, confirmedBy: 'signature' },
    });
    await provider.start();
    expect(await deliver(raw(`T1 ${clock.now()}`))).toBe(true);
    expect(received).toEqual(['T1']);
    const asked = await provider.query(reference, { signal: new AbortController().signal, timeoutMs: 1000 });
    expect(asked).toMatchObject({ ok: false, fault: { kind: 'refused' } });
    await provider.stop();
  });
});

describe('catching up', () => {
  it('reads every page since the last transfer of the journal, and each transfer once', async () => {
    const seen = clock.now() - 3_600_000 * 5;
    const provider = link(plainAdapter(), seen);
    bank = [1, 2, 3, 4, 5].map((n) => transfer(`T${n}`, seen + n * 1000, `no reference ${n}`));
    await provider.start();
    provider.catchUp();
    await settled();
    expect(received).toEqual(['T1', 'T2', 'T3', 'T4', 'T5']);
    expect(windows.map(({ page }) => page)).toEqual([1, 2, 3]);
    expect(windows[0]?.from).toBe(seen - 3_600_000 - 600_000);
    bank.push(transfer('T6', clock.now()));
    await pass(silenceMs);
    expect(received, 'after a silence').toEqual(['T1', 'T2', 'T3', 'T4', 'T5', 'T6']);
    await provider.stop();
    expect(clock.pending).toBe(0);
  });

  it('is bounded: three days, and nothing from before the first code', async () => {
    const provider = link(plainAdapter(), clock.now() - 30 * day);
    await provider.start();
    provider.catchUp();
    await settled();
    expect(windows[0]?.from).toBe(clock.now() - 3 * day - 600_000);
    await provider.stop();
    windows = [];
    const begun = clock.now();
    const fresh = link(plainAdapter(), null);
    await fresh.start();
    fresh.catchUp();
    await settled();
    await pass(silenceMs);
    expect(windows.map(({ from }) => from)).toEqual([begun - 600_000, begun - 600_000]);
    await fresh.stop();
  });

  it('goes on where it was until all of it is durable, and soon', async () => {
    const seen = clock.now() - 1000;
    const provider = link(plainAdapter(), seen);
    bank = [transfer('T1', clock.now())];
    durable = false;
    await provider.start();
    provider.catchUp();
    await settled();
    expect(received).toEqual([]);
    durable = true;
    await pass(5000);
    expect(received).toEqual(['T1']);
    await provider.stop();
  });

  it('one line when the provider goes, one when it is back', async () => {
    const provider = link();
    down = true;
    await provider.start();
    provider.catchUp();
    for (let turn = 0; turn < 10; turn += 1) await pass(silenceMs);
    expect(logged).toHaveLength(1);
    down = false;
    for (let turn = 0; turn < 10; turn += 1) await pass(silenceMs);
    expect(logged).toHaveLength(2);
    await provider.stop();
  });
});

describe('watching', () => {
  it('pauses grow, stay short while the code can be paid, and end', () => {
    const now = clock.now();
    expect(nextPauseMs(firstPauseMs, 0, now, epochMs(now + 1))).toBe(firstPauseMs * 1.5);
    expect(nextPauseMs(openPauseMs, 0, now, epochMs(now + 1))).toBe(openPauseMs);
    expect(nextPauseMs(expiredPauseMs, 0, now, epochMs(now - 1))).toBe(expiredPauseMs);
    expect(nextPauseMs(firstPauseMs, 1, now, epochMs(now + 1))).toBe(60_000);
  });

  it('a code is asked about until an hour after its expiry', async () => {
    let asked = 0;
    const answer: Result<readonly Transfer[], ProviderFault> = ok([]);
    const { statement: _none, ...rest } = plainAdapter();
    const provider = link({
      ...rest,
      query: () =>
        ok([
          () => {
            asked += 1;
            return { request: jsonRequest('GET', '/order'), read: () => answer };
          },
        ]),
    });
    const expiresAt = epochMs(clock.now() + 180_000);
    const sale = { transactionId: transactionId('S'), amount: money(1000, 'VND'), reference, expiresAt };
    expect((await provider.issue(sale, { signal: new AbortController().signal, timeoutMs: 1000 })).ok).toBe(true);
    for (let second = 0; second < 180; second += 1) await pass(1000);
    const whileOpen = asked;
    expect(whileOpen).toBeGreaterThan(10);
    for (let minute = 0; minute < graceMs / 60_000 + 10; minute += 1) await pass(60_000);
    expect(asked - whileOpen).toBeGreaterThan(5);
    expect(clock.pending, 'no question is planned').toBe(0);
    const end = provider.watch({ reference: 'CHAAAA2222', expiresAt: clock.now() });
    expect(clock.pending).toBe(1);
    end();
    expect(clock.pending).toBe(0);
    await provider.stop();
    provider.watch({ reference, expiresAt });
    expect(clock.pending).toBe(0);
  });
});

it('reads local times of providers, and no others', () => {
  const at = clock.now();
  expect(spacedTime(at)).toBe('2023-11-15 05:13:20');
  expect(compactTime(at)).toBe('20231115051320');
  for (const text of [spacedTime(at), compactTime(at), '2023-11-15T05:13:20']) expect(readVietnamTime(text)).toBe(at);
  for (const text of ['', '2023-11-15', '2023-02-31 00:00:00', '2023-13-01 00:00:00', '20231115 0513', 'now']) {
    expect(readVietnamTime(text), text).toBeUndefined();
  }
});

it('reads CSV, and takes nothing else for an empty list', () => {
  expect(parseCsv('\uFEFFid, memo\r\n1,"a, ""b""\nc"\r\n\r\n2,\r\n', ['id', 'memo'])).toEqual([
    { id: '1', memo: 'a, "b"\nc' },
    { id: '2', memo: '' },
  ]);
  expect(parseCsv('id,memo', ['id'])).toEqual([]);
  for (const text of ['', '<html>', 'id\n"1', 'id,memo\n1', 'memo\nx']) expect(parseCsv(text, ['id'])).toBeUndefined();
});
