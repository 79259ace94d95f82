/** Which address, how many requests at once, what the host asks on its own, and how the link says goodbye. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { transactionId } from '../../core/base/brand.ts';
import { hex } from '../../core/base/bytes.ts';
import { money } from '../../core/base/money.ts';
import { Pan } from '../../core/base/pan.ts';
import { iso87Ascii, resolveDialect, type Dialect } from '../../core/iso8583/dialect.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import { standardDialects } from '../../core/iso8583/standard-dialects.ts';
import type { CardData, HostOriginal, HostTotals } from '../../core/transaction/model.ts';
import { AcquirerLink, type AcquirerLinkOptions } from './link.ts';
import type { Address } from './session.ts';
import { ManualClock, replyTo, ScriptedHost, type ScriptedHostOptions } from './test-kit.ts';

const timings = {
  connectTimeoutMs: 3_000,
  managementTimeoutMs: 5_000,
  echoIntervalMs: 60_000,
  reconnectMinMs: 1_000,
  reconnectMaxMs: 8_000,
  waitForLinkMs: 4_000,
  returnToPrimaryMs: 20_000,
};
const hostTimeoutMs = 30_000;
const terminal = { terminalId: 'TERM0001', merchantId: 'VN0000000000001', timeZone: 'Asia/Ho_Chi_Minh' };

let clock = new ManualClock();
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  clock = new ManualClock();
});

async function start(options: ScriptedHostOptions): Promise<ScriptedHost> {
  const host = new ScriptedHost(options);
  await host.start();
  cleanups.push(() => host.stop());
  return host;
}

/** Approves everything, at once. */
function obliging(port = 0): Promise<ScriptedHost> {
  return start({ answer: (message) => replyTo(message), port });
}

/** Network management is answered; everything else when the test says so. */
async function slow(): Promise<{ host: ScriptedHost; waiting: Iso8583Message[] }> {
  const waiting: Iso8583Message[] = [];
  const host = await start({
    answer: (message) => {
      if (message.mti === '0800') return replyTo(message);
      waiting.push(message);
      return undefined;
    },
  });
  return { host, waiting };
}

function at(host: ScriptedHost): Address {
  return { host: '127.0.0.1', port: host.port() };
}

function open(addresses: AcquirerLinkOptions['addresses'], options: Partial<AcquirerLinkOptions> = {}): AcquirerLink {
  const link = new AcquirerLink({
    addresses,
    dialect: iso87Ascii,
    terminal,
    timings,
    clock,
    random: { bytes: (length) => new Uint8Array(length) },
    log: { write: () => undefined },
    ...options,
  });
  cleanups.push(() => link.close());
  link.open();
  return link;
}

async function state(link: AcquirerLink, wanted: 'up' | 'down'): Promise<void> {
  await until(() => link.linkState() === wanted);
}

async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5_000, interval: 1 });
}

const card: CardData = {
  maskedPan: pan().masked,
  aid: 'A0000007271010',
  label: 'NAPAS',
  interface: 'contactless',
  posEntryMode: '072',
  iccData: '9F2608FAC3B60382F042D9',
  cryptogram: 'FAC3B60382F042D9',
};

function pan(): Pan {
  const parsed = Pan.parse('9704000000000018');
  if (!parsed.ok) throw new Error('refused');
  return parsed.value;
}

const amount = money(45_000, 'VND');
const id = transactionId('S-00000000000000000000000001');
const limit = (signal = new AbortController().signal) => ({ signal, timeoutMs: hostTimeoutMs });

function sell(link: AcquirerLink, stan: number, options = limit()) {
  const secrets = { pan: pan(), track2: hex('9704000000000018D31122010000'), expiry: '3112' };
  const request = { transactionId: id, kind: 'sale', batch: 1, stan, amount, requestedAt: clock.now(), card } as const;
  return link.authorize(request, secrets, options);
}

function reverse(link: AcquirerLink, originalStan: number) {
  const request = { transactionId: id, kind: 'sale', batch: 1, amount, originalStan, card, attempt: 1 } as const;
  return link.reverse({ ...request, originalRequestedAt: clock.now() }, limit());
}

describe('the window', () => {
  it('lets so many out at once, and reversals before the rest', async () => {
    const { host, waiting } = await slow();
    const link = open([at(host)], { window: 2, timings: { ...timings, echoIntervalMs: 5_000 } });
    await state(link, 'up');
    const sales = [1, 2, 3].map((stan) => sell(link, stan));
    const undo = reverse(link, 9);
    await until(() => waiting.length === 2);
    // An echo finds its way although the window is full.
    clock.advance(5_000);
    await until(() => host.received.includes('0800301'));
    expect(waiting.map(({ mti }) => mti)).toEqual(['0200', '0200']);
    for (const [index, mti, stan] of [
      [0, '0400', '000009'],
      [1, '0200', '000003'],
    ] as const) {
      const answered = waiting[index];
      if (answered === undefined) throw new Error('not received');
      host.say(replyTo(answered));
      await until(() => waiting.length === index + 3);
      expect([waiting[index + 2]?.mti, waiting[index + 2]?.text(11)]).toEqual([mti, stan]);
    }
    for (const open of waiting.slice(2)) host.say(replyTo(open));
    for (const reply of [...sales, undo]) expect(await reply).toMatchObject({ ok: true });
  });

  it('a request that waits too long, or is called off, was not sent', async () => {
    const { host, waiting } = await slow();
    const link = open([at(host)], { window: 1 });
    await state(link, 'up');
    const first = sell(link, 1);
    await until(() => waiting.length === 1);
    const caller = new AbortController();
    const calledOff = sell(link, 2, limit(caller.signal));
    const late = sell(link, 3);
    caller.abort();
    expect(await calledOff).toMatchObject({ ok: false, fault: { kind: 'notSent', retrySafe: true } });
    clock.advance(hostTimeoutMs);
    expect(await late).toMatchObject({ ok: false, fault: { kind: 'notSent', retrySafe: true } });
    expect(await first).toMatchObject({ ok: false, fault: { kind: 'noReply' } });
    expect(waiting).toHaveLength(1);
    const next = sell(link, 4);
    await until(() => waiting.length === 2);
    host.say(replyTo(waiting[1] ?? new Iso8583Message('0200', [])));
    expect(await next).toMatchObject({ ok: true });
  });

  it('waiting in it counts towards the time limit', async () => {
    const { host, waiting } = await slow();
    const link = open([at(host)], { window: 1 });
    await state(link, 'up');
    const first = sell(link, 1);
    await until(() => waiting.length === 1);
    const second = sell(link, 2);
    clock.advance(20_000);
    host.say(replyTo(waiting[0] ?? new Iso8583Message('0200', [])));
    expect(await first).toMatchObject({ ok: true });
    await until(() => waiting.length === 2);
    clock.advance(10_000);
    expect(await second).toMatchObject({ ok: false, fault: { kind: 'noReply' } });
  });
});

describe('addresses', () => {
  it('are tried in order, and the primary one again at the next connection', async () => {
    const primary = await obliging();
    const home = at(primary);
    await primary.stop();
    const secondary = await obliging();
    const link = open([home, at(secondary)]);
    await state(link, 'up');
    expect(link.address()).toEqual(at(secondary));
    expect(await sell(link, 1)).toMatchObject({ ok: true });
    await obliging(home.port);
    secondary.hangUp();
    await state(link, 'down');
    expect(link.address()).toBeUndefined();
    expect(await sell(link, 2)).toMatchObject({ ok: true });
    expect(link.address()).toEqual(home);
  });

  it('one that refuses the sign-on is passed over', async () => {
    const refusing = await start({ answer: (message) => replyTo(message, [[39, '05']]) });
    const secondary = await obliging();
    const link = open([at(refusing), at(secondary)]);
    await state(link, 'up');
    expect(link.address()).toEqual(at(secondary));
  });

  it('the link goes home when idle, without a gap, once the primary one works again', async () => {
    const gone = await obliging();
    const home = at(gone);
    await gone.stop();
    const { host: secondary, waiting } = await slow();
    const link = open([home, at(secondary)]);
    const states: string[] = [];
    link.onLinkState((now) => states.push(now));
    await state(link, 'up');
    // Still away: nothing is disturbed.
    clock.advance(timings.returnToPrimaryMs);
    expect(link.address()).toEqual(at(secondary));
    const primary = await obliging(home.port);
    const open1 = sell(link, 1);
    await until(() => waiting.length === 1);
    // Busy: not now.
    clock.advance(timings.returnToPrimaryMs);
    expect(primary.received).toEqual([]);
    secondary.say(replyTo(waiting[0] ?? new Iso8583Message('0200', [])));
    expect(await open1).toMatchObject({ ok: true });
    clock.advance(timings.returnToPrimaryMs);
    await until(() => link.address()?.port === home.port);
    expect(await sell(link, 2)).toMatchObject({ ok: true });
    expect(primary.received).toEqual(['0800001', '0200']);
    expect(states).toEqual(['up']);
    expect(secondary.received).toEqual(['0800001', '0200', '0800002']);
    await until(() => secondary.connections() === 0);
    expect(primary.connections()).toBe(1);
  });

  it('a primary one that is not needed after all hears a sign-off; the link stays where it is', async () => {
    const gone = await obliging();
    const home = at(gone);
    await gone.stop();
    const { host: secondary, waiting } = await slow();
    const link = open([home, at(secondary)]);
    await state(link, 'up');
    let sale: ReturnType<typeof sell> | undefined;
    const primary = await start({
      port: home.port,
      answer: (message) => {
        // While the sign-on is under way, the next customer pays.
        sale ??= sell(link, 1);
        return replyTo(message);
      },
    });
    clock.advance(timings.returnToPrimaryMs);
    await until(() => primary.received.length === 2 && primary.connections() === 0);
    expect(primary.received).toEqual(['0800001', '0800002']);
    await until(() => waiting.length === 1);
    expect(link.address()).toEqual(at(secondary));
    secondary.say(replyTo(waiting[0] ?? new Iso8583Message('0200', [])));
    expect(await sale).toMatchObject({ ok: true });
  });

  it('one that is left and does not answer the sign-off holds nothing up', async () => {
    const gone = await obliging();
    const home = at(gone);
    await gone.stop();
    const secondary = await start({ answer: (message) => (message.text(70) === '002' ? undefined : replyTo(message)) });
    const link = open([home, at(secondary)]);
    await state(link, 'up');
    const primary = await obliging(home.port);
    clock.advance(timings.returnToPrimaryMs);
    await until(() => link.address()?.port === home.port);
    expect(await sell(link, 1)).toMatchObject({ ok: true });
    await until(() => secondary.received.includes('0800002'));
    const closed = link.close();
    await until(() => primary.received.includes('0800002') && primary.connections() === 0);
    clock.advance(1_000);
    await closed;
    await until(() => secondary.connections() === 0);
    expect(clock.pending()).toEqual([]);
  });
});

describe('the host itself', () => {
  it('closes its day: answered, and told once each', async () => {
    const host = await obliging();
    const link = open([at(host)]);
    let cutOvers = 0;
    link.onCutOver(() => (cutOvers += 1));
    await state(link, 'up');
    const cutOver = new Iso8583Message('0800', [
      [7, '1121031500'],
      [11, '000777'],
      [41, 'TERM0001'],
      [70, '201'],
    ]);
    host.say(cutOver);
    await until(() => host.received.includes('0810201'));
    const answer = host.messages.at(-1);
    expect([answer?.text(11), answer?.text(39)]).toEqual(['000777', '00']);
    expect(cutOvers).toBe(1);
    expect(link.unmatchedReplies()).toBe(0);
    expect(await sell(link, 1)).toMatchObject({ ok: true });
  });

  it('hears a sign-off at the end', async () => {
    const host = await obliging();
    const link = open([at(host)]);
    await state(link, 'up');
    await link.close();
    expect(host.received).toEqual(['0800001', '0800002']);
  });

  it('that does not answer the sign-off holds nothing up', async () => {
    const host = await start({ answer: (message) => (message.text(70) === '002' ? undefined : replyTo(message)) });
    const link = open([at(host)]);
    await state(link, 'up');
    const closed = link.close();
    await until(() => host.received.includes('0800002'));
    clock.advance(1_000);
    await closed;
    expect(clock.pending()).toEqual([]);
  });
});

const original: HostOriginal = {
  kind: 'preAuthorization',
  stan: 5,
  requestedAt: clock.now(),
  amount,
  approvalCode: 'A1B2C3',
  rrn: '632510150001',
};
const none = { count: 0, minorUnits: 0 };
const totals: HostTotals = {
  currency: 'VND',
  debits: { count: 1, minorUnits: 45_000 },
  debitReversals: none,
  credits: none,
  creditReversals: none,
};

function packed(): Dialect {
  const tpdu = { id: 'packed', parent: 'iso87-binary', frame: { length: 'binary-2', tpdu: '6000030000' } } as const;
  const dialect = resolveDialect([...standardDialects, tpdu], 'packed');
  if (!dialect.ok) throw new Error(dialect.fault.detail);
  return dialect.value;
}

describe.each([
  ['characters', iso87Ascii, undefined],
  ['packed digits behind a TPDU, two implied decimals', packed(), 2],
] as const)('every request, in %s', (_, dialect, amountExponent) => {
  const hostAmount = amountExponent === 2 ? '000003000000' : '000000030000';

  async function answering(fields: readonly (readonly [number, string])[]) {
    const host = await start({
      dialect,
      answer: (message) => replyTo(message, message.mti === '0800' ? [] : fields),
    });
    const identity = amountExponent === undefined ? terminal : { ...terminal, amountExponent };
    const link = open([at(host)], { dialect, terminal: identity });
    await state(link, 'up');
    return { host, link };
  }

  it('follow-ups and stored payments', async () => {
    const { host, link } = await answering([
      [4, hostAmount],
      [39, '10'],
    ]);
    const common = { transactionId: id, batch: 1, amount, requestedAt: clock.now(), card, attempt: 2 };
    const partly = { ok: true, value: { responseCode: '10', approvedAmount: money(30_000, 'VND') } };
    expect(await link.followUp({ ...common, operation: 'completion', stan: 1, original }, limit())).toEqual(partly);
    const secrets = { pan: pan(), track2: undefined, expiry: undefined };
    expect(await link.forward({ ...common, manner: 'chipApproved', stan: 2 }, secrets, limit())).toEqual(partly);
    expect(await link.forward({ ...common, manner: 'deferred', stan: 3, attempt: 1 }, secrets, limit())).toEqual(
      partly,
    );
    expect(host.received.slice(1)).toEqual(['0221', '0221', '0200']);
  });

  it('reconciliation and upload', async () => {
    const own = [74, 75, 76, 77].map((element) => [element, '0000000000'] as const);
    const sums = [86, 87, 88, 89].map((element) => [element, '0'.repeat(16)] as const);
    const { host, link } = await answering([[39, '95'], ...own, ...sums]);
    const common = { batch: 1, requestedAt: clock.now(), attempt: 1 };
    expect(await link.reconcile({ ...common, stan: 1, totals, afterUpload: false }, limit())).toEqual({
      ok: true,
      value: {
        responseCode: '95',
        hostTotals: { currency: 'VND', debits: none, debitReversals: none, credits: none, creditReversals: none },
      },
    });
    const entry = { ...original, transactionId: id, kind: 'sale', posEntryMode: '072', voided: false } as const;
    expect(await link.upload({ ...common, stan: 2, entry }, limit())).toEqual({
      ok: true,
      value: { responseCode: '95' },
    });
    expect(host.received.slice(1)).toEqual(['0500', '0320']);
  });
});
