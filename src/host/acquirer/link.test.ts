/**
 * The link against the training acquirer and against crooked hosts, over real sockets. Time is turned by hand, so
 * that nothing waits and every limit is met exactly.
 */
import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { SimulatedNetwork } from '../../../drivers/simulated/network.ts';
import { transactionId, type EpochMs } from '../../core/base/brand.ts';
import { fromLatin1, hex } from '../../core/base/bytes.ts';
import { money } from '../../core/base/money.ts';
import { Pan } from '../../core/base/pan.ts';
import type { Log, LogFields } from '../../core/base/ports.ts';
import { packMessage, parseMessage } from '../../core/iso8583/codec.ts';
import { iso87Ascii, iso87AsciiBinaryBitmap } from '../../core/iso8583/dialect.ts';
import { frameMessage, FrameReader, twoByteLength } from '../../core/iso8583/frame.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import type { CardData, LateReply, ReversalRequest } from '../../core/transaction/model.ts';
import { TrainingAcquirer, type TrainingAcquirerOptions } from '../training/acquirer.ts';
import { AcquirerLink, type AcquirerLinkOptions } from './link.ts';
import { ReplyMemory } from './reply-memory.ts';
import { HostSession } from './session.ts';
import { ManualClock } from './test-kit.ts';

const testPans = ['9704000000000018', '3569990010095841'];
const goodPan = '9704000000000018';
const emptyPan = '3569990010095841';

/** Everything any test logs, for the search at the end. */
const logged: string[] = [];
const log: Log = {
  write: (level, message, fields?: LogFields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
};

const timings = {
  connectTimeoutMs: 3_000,
  managementTimeoutMs: 5_000,
  echoIntervalMs: 60_000,
  reconnectMinMs: 1_000,
  reconnectMaxMs: 8_000,
  waitForLinkMs: 4_000,
};
const hostTimeoutMs = 30_000;

let clock = new ManualClock();
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  vi.restoreAllMocks();
  clock = new ManualClock();
});

afterAll(() => {
  const everything = logged.join('\n');
  expect(everything).toContain('970400******0018');
  for (const pan of testPans) expect(everything).not.toContain(pan);
});

async function startHost(options: Partial<TrainingAcquirerOptions> = {}) {
  const host = new TrainingAcquirer({ dialect: iso87Ascii, clock, log, ...options });
  const started = await host.start({ host: '127.0.0.1', port: 0 });
  if (!started.ok) throw new Error(started.fault.detail);
  cleanups.push(() => host.stop());
  return { host, port: started.value.port };
}

function openLink(port: number, options: Partial<AcquirerLinkOptions> = {}): AcquirerLink {
  const link = new AcquirerLink({
    addresses: [{ host: '127.0.0.1', port }],
    dialect: iso87Ascii,
    terminal: { terminalId: 'TERM0001', merchantId: 'VN0000000000001', timeZone: 'Asia/Ho_Chi_Minh' },
    timings,
    clock,
    random: { bytes: (length) => new Uint8Array(length) },
    log,
    ...options,
  });
  cleanups.push(() => link.close());
  link.open();
  return link;
}

async function state(link: AcquirerLink, wanted: 'up' | 'down'): Promise<void> {
  if (link.linkState() === wanted) return;
  await new Promise<void>((resolve) => {
    const stop = link.onLinkState((now) => {
      if (now !== wanted) return;
      stop();
      resolve();
    });
  });
}

/** Turns the time past the first pause after a connection was lost. */
async function reconnected(link: AcquirerLink): Promise<void> {
  expect(link.linkState()).toBe('down');
  await timer(timings.reconnectMinMs);
  clock.advance(timings.reconnectMinMs);
  await state(link, 'up');
}

/** Waits for a log line that holds all the words, beyond those present when `mark` was taken. */
async function line(mark: number, ...words: string[]): Promise<void> {
  const found = (): boolean => logged.slice(mark).some((text) => words.every((word) => text.includes(word)));
  await vi.waitFor(() => expect(found()).toBe(true), { timeout: 5_000, interval: 1 });
}

async function timer(delayMs: number): Promise<void> {
  await vi.waitFor(() => expect(clock.pending()).toContain(delayMs), { timeout: 5_000, interval: 1 });
}

const card: CardData = {
  maskedPan: readPan(goodPan).masked,
  aid: 'A0000007271010',
  label: 'NAPAS',
  interface: 'contactless',
  posEntryMode: '072',
  panSequenceNumber: '01',
  iccData: '9F2608FAC3B60382F042D9',
  cryptogram: 'FAC3B60382F042D9',
};

function readPan(digits: string): Pan {
  const parsed = Pan.parse(digits);
  if (!parsed.ok) throw new Error('refused');
  return parsed.value;
}

interface Sale {
  readonly stan?: number;
  readonly amount?: number;
  readonly pan?: string;
  readonly card?: CardData;
  readonly signal?: AbortSignal;
}

function sell(link: AcquirerLink, sale: Sale = {}) {
  const digits = sale.pan ?? goodPan;
  const secrets = { pan: readPan(digits), track2: hex(`${digits}D31122010000`), expiry: '3112' };
  const reply = link.authorize(
    {
      transactionId: transactionId('S-00000000000000000000000001'),
      kind: 'sale',
      batch: 1,
      stan: sale.stan ?? 1,
      amount: money(sale.amount ?? 45_000, 'VND'),
      requestedAt: clock.now(),
      card: sale.card ?? card,
    },
    secrets,
    { signal: sale.signal ?? new AbortController().signal, timeoutMs: hostTimeoutMs },
  );
  // Allowed at once: the link has read them.
  secrets.pan.wipe();
  secrets.track2.fill(0);
  return reply;
}

function reversalOf(stan: number, requestedAt: EpochMs, attempt = 1): ReversalRequest {
  return {
    transactionId: transactionId('S-00000000000000000000000001'),
    kind: 'sale',
    batch: 1,
    amount: money(45_000, 'VND'),
    originalStan: stan,
    originalRequestedAt: requestedAt,
    card,
    attempt,
  };
}

function reverse(link: AcquirerLink, request: ReversalRequest) {
  return link.reverse(request, { signal: new AbortController().signal, timeoutMs: hostTimeoutMs });
}

/** Writes to the terminal, unasked, on the last connection of a crooked host. */
let speak: (bytes: Uint8Array) => Promise<void> = () => Promise.reject(new Error('nobody is connected'));

/** A host that answers with whatever bytes the test says, framed by the test; undefined says nothing. */
async function crookedHost(answer: (message: Iso8583Message) => Uint8Array | undefined): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const frames = new FrameReader(twoByteLength, 8192);
    sockets.add(socket);
    speak = (bytes) => new Promise((resolve) => socket.write(bytes, () => resolve()));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const bytes of frames.push(chunk).messages) {
        const message = parseMessage(iso87Ascii, bytes);
        if (!message.ok) throw new Error(message.fault.detail);
        const bytesBack = answer(message.value);
        if (bytesBack !== undefined) socket.write(bytesBack);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

function framed(mti: string, request: Iso8583Message, fields: [number, string][]): Uint8Array {
  const echoed = [11, 41].map((element): [number, string] => [element, request.text(element) ?? '']);
  const packed = packMessage(iso87Ascii, new Iso8583Message(mti, [...echoed, ...fields]));
  if (!packed.ok) throw new Error(packed.fault.detail);
  return frameMessage(twoByteLength, packed.value);
}

/** Signs everybody on, and answers a sale as told. */
function crookedSales(answer: (message: Iso8583Message) => Uint8Array | undefined): Promise<number> {
  return crookedHost((message) => (message.mti === '0800' ? framed('0810', message, [[39, '00']]) : answer(message)));
}

async function closedPort(): Promise<number> {
  const { host, port } = await startHost();
  await host.stop();
  return port;
}

describe('sales', () => {
  it.each([iso87Ascii, iso87AsciiBinaryBitmap])('is approved, and both books agree ($id)', async (dialect) => {
    const { host, port } = await startHost({ dialect });
    const link = openLink(port, { dialect });
    await state(link, 'up');
    const reply = await sell(link, { stan: 106 });
    if (!reply.ok) throw new Error(reply.fault.detail);
    const [captured, ...others] = host.captured();
    expect(others).toEqual([]);
    expect(captured).toEqual({
      stan: 106,
      amount: 45_000,
      currency: 'VND',
      rrn: reply.value.rrn,
      approvalCode: reply.value.approvalCode,
      maskedPan: '970400******0018',
      terminalId: 'TERM0001',
      at: clock.now(),
      reversed: false,
    });
    expect(reply.value).toMatchObject({ responseCode: '00', iccData: '8A023030' });
    expect(reply.value.rrn).toMatch(/^\d{12}$/);
    expect(reply.value.approvalCode).toMatch(/^[A-Z0-9]{6}$/);
  });

  it('is declined for the empty card and for a practice amount', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    expect(await sell(link, { pan: emptyPan })).toMatchObject({ ok: true, value: { responseCode: '51' } });
    expect(await sell(link, { stan: 2, amount: 45_091 })).toMatchObject({ ok: true, value: { responseCode: '91' } });
    expect(host.captured()).toEqual([]);
  });

  it('is booked in our minor units when the host implies two decimals', async () => {
    const { host, port } = await startHost({ amountExponent: 2 });
    const terminal = {
      terminalId: 'TERM0001',
      merchantId: 'VN0000000000001',
      timeZone: 'Asia/Ho_Chi_Minh',
      amountExponent: 2,
    };
    const link = openLink(port, { terminal });
    await state(link, 'up');
    expect(await sell(link)).toMatchObject({ ok: true, value: { responseCode: '00' } });
    expect(host.captured()).toMatchObject([{ amount: 45_000, currency: 'VND' }]);
  });

  it('several at once each get their own reply', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    const amounts = [10_000, 20_051, 30_000, 40_005];
    const replies = await Promise.all(amounts.map((amount, index) => sell(link, { stan: index + 1, amount })));
    expect(replies.map((reply) => reply.ok && reply.value.responseCode)).toEqual(['00', '51', '00', '05']);
    expect(host.captured().map((each) => each.amount)).toEqual([10_000, 30_000]);
  });

  it('overwrites the bytes of the request once they are flushed', async () => {
    const { port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    const written: { live: Uint8Array; copy: string }[] = [];
    // oxlint-disable-next-line typescript/unbound-method -- called below with the socket it belongs to
    const write = Socket.prototype.write as (this: Socket, ...args: unknown[]) => boolean;
    vi.spyOn(Socket.prototype, 'write').mockImplementation(function spied(this: Socket, ...args: unknown[]) {
      const [data] = args;
      if (data instanceof Uint8Array) written.push({ live: data, copy: fromLatin1(data) });
      return write.apply(this, args);
    });
    await sell(link);
    const requests = written.filter(({ copy }) => copy.includes(goodPan));
    expect(requests).toHaveLength(1);
    expect(requests.every(({ live }) => live.every((octet) => octet === 0))).toBe(true);
  });
});

describe('unknown outcomes', () => {
  it('no reply in time: noReply, whether or not the host captured it', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    for (const [dropReply, capturedCount] of [
      ['beforeCommit', 0],
      ['afterCommit', 1],
    ] as const) {
      host.behave({ dropReply, once: true });
      const mark = logged.length;
      const reply = sell(link, { stan: capturedCount + 1 });
      await line(mark, 'host: received', '0200');
      clock.advance(hostTimeoutMs);
      expect(await reply).toMatchObject({ ok: false, fault: { kind: 'noReply', retrySafe: false } });
      expect(host.captured()).toHaveLength(capturedCount);
      // The link makes sure at once that the line still lives.
      await line(mark, 'acquirer: received', '0810');
      expect(link.linkState()).toBe('up');
    }
  });

  it("a late reply is told once, and counts as nobody's", async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    const late: LateReply[] = [];
    link.onLateReply((reply) => late.push(reply));
    await state(link, 'up');
    host.behave({ replyDelayMs: hostTimeoutMs + 1_000, once: true });
    const mark = logged.length;
    const reply = sell(link, { stan: 4 });
    await line(mark, 'host: received', '0200');
    clock.advance(hostTimeoutMs);
    expect(await reply).toMatchObject({ fault: { kind: 'noReply' } });
    await line(mark, 'acquirer: received', '0810');
    clock.advance(1_000);
    await vi.waitFor(() => expect(link.unmatchedReplies()).toBe(1));
    const [captured] = host.captured();
    expect(late).toEqual([
      {
        stan: 4,
        reply: { responseCode: '00', rrn: captured?.rrn, approvalCode: captured?.approvalCode, iccData: '8A023030' },
      },
    ]);
    expect(await sell(link, { stan: 5 })).toMatchObject({ ok: true, value: { responseCode: '00' } });
    expect(late).toHaveLength(1);
  });

  it('a late approval behind the reply to its reversal, in one segment, is heard after it', async () => {
    const held: Uint8Array[] = [];
    const port = await crookedSales((message) => {
      if (message.mti === '0400') {
        return Buffer.concat([framed('0410', message, [[39, '00']]), held[0] ?? new Uint8Array(0)]);
      }
      held.push(framed('0210', message, [[39, '00']]));
      return undefined;
    });
    const link = openLink(port);
    const heard: string[] = [];
    link.onLateReply(() => heard.push('approval'));
    await state(link, 'up');
    const reply = sell(link, { stan: 4 });
    await vi.waitFor(() => expect(held).toHaveLength(1));
    clock.advance(hostTimeoutMs);
    await reply;
    await reverse(link, reversalOf(4, clock.now())).then(() => heard.push('reversal'));
    await vi.waitFor(() => expect(heard).toEqual(['reversal', 'approval']));
  });

  it('a duplicate of a reply already taken is not a late one, but a reply after a second silence is', async () => {
    let silent = false;
    const held: Uint8Array[] = [];
    const port = await crookedSales((message) => {
      const bytes = framed('0210', message, [[39, '00']]);
      if (silent) held.push(bytes);
      return silent ? undefined : Buffer.concat([bytes, bytes, bytes]);
    });
    const link = openLink(port);
    const late: LateReply[] = [];
    link.onLateReply((reply) => late.push(reply));
    await state(link, 'up');
    expect(await sell(link)).toMatchObject({ ok: true });
    expect(link.unmatchedReplies()).toBe(2);
    expect(late).toEqual([]);
    silent = true;
    const again = sell(link);
    await vi.waitFor(() => expect(held).toHaveLength(1));
    clock.advance(hostTimeoutMs);
    expect(await again).toMatchObject({ fault: { kind: 'noReply' } });
    await speak(held[0] ?? new Uint8Array(0));
    await vi.waitFor(() => expect(late).toEqual([{ stan: 1, reply: { responseCode: '00' } }]));
  });

  it('the host hangs up after it committed: linkLost, and the money is there', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    host.behave({ dropReply: 'afterCommit', closeAfter: true, once: true });
    expect(await sell(link)).toMatchObject({ ok: false, fault: { kind: 'linkLost', retrySafe: false } });
    expect(host.captured()).toHaveLength(1);
    await reconnected(link);
    expect(await sell(link, { stan: 2 })).toMatchObject({ ok: true });
  });

  it('an unreadable reply: badReply at once, and a new connection', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    host.behave({ corruptReply: true, once: true });
    expect(await sell(link)).toMatchObject({ ok: false, fault: { kind: 'badReply', retrySafe: false } });
    await reconnected(link);
    expect(await reverse(link, reversalOf(1, clock.now()))).toMatchObject({ ok: true });
  });

  it('an oversized frame: badReply, and a new connection', async () => {
    const link = openLink(await crookedSales(() => hex('FFFF')));
    await state(link, 'up');
    expect(await sell(link)).toMatchObject({ ok: false, fault: { kind: 'badReply', retrySafe: false } });
    await reconnected(link);
  });

  it('a good reply counts, even when rubbish follows it at once', async () => {
    const port = await crookedSales((message) =>
      Buffer.concat([framed('0210', message, [[39, '51']]), Uint8Array.of(0xff, 0xff)]),
    );
    const link = openLink(port);
    await state(link, 'up');
    expect(await sell(link)).toMatchObject({ ok: true, value: { responseCode: '51' } });
    await reconnected(link);
  });

  it('a reply for another amount, or without a response code: badReply', async () => {
    const replies: [number, string][][] = [
      [
        [39, '00'],
        [4, '000000000001'],
      ],
      [],
    ];
    let next = 0;
    const link = openLink(await crookedSales((message) => framed('0210', message, replies[next++] ?? [])));
    await state(link, 'up');
    for (let stan = 1; stan <= replies.length; stan += 1) {
      expect(await sell(link, { stan })).toMatchObject({ ok: false, fault: { kind: 'badReply', retrySafe: false } });
      expect(link.linkState()).toBe('up');
    }
  });

  it('replies of another trace number, terminal or class are not taken for ours', async () => {
    const port = await crookedSales((message) => {
      const strangers = [
        framed(
          '0210',
          new Iso8583Message('0200', [
            [11, '999999'],
            [41, 'TERM0001'],
          ]),
          [[39, '00']],
        ),
        framed(
          '0210',
          new Iso8583Message('0200', [
            [11, '000001'],
            [41, 'OTHER'],
          ]),
          [[39, '00']],
        ),
        framed('0410', message, [[39, '00']]),
        framed('0200', message, [[39, '00']]),
      ];
      const all = [...strangers, framed('0210', message, [[39, '51']])];
      return new Uint8Array(all.flatMap((bytes) => [...bytes]));
    });
    const link = openLink(port);
    await state(link, 'up');
    expect(await sell(link)).toMatchObject({ ok: true, value: { responseCode: '51' } });
    expect(link.unmatchedReplies()).toBe(4);
  });

  it('calling the wait off after sending is noReply', async () => {
    const link = openLink(await crookedSales(() => undefined));
    await state(link, 'up');
    const caller = new AbortController();
    const mark = logged.length;
    const reply = sell(link, { signal: caller.signal });
    await line(mark, 'acquirer: sending', '0200');
    caller.abort();
    expect(await reply).toMatchObject({ ok: false, fault: { kind: 'noReply', retrySafe: false } });
  });
});

describe('notSent, which is certain', () => {
  it('no connection within the wait', async () => {
    const link = openLink(await closedPort());
    const reply = sell(link);
    await timer(timings.waitForLinkMs);
    clock.advance(timings.waitForLinkMs);
    expect(await reply).toMatchObject({ ok: false, fault: { kind: 'notSent', retrySafe: true } });
  });

  it('called off before there was a connection, or before it was asked', async () => {
    const link = openLink(await closedPort());
    const caller = new AbortController();
    const reply = sell(link, { signal: caller.signal });
    caller.abort();
    expect(await reply).toMatchObject({ fault: { kind: 'notSent' } });
    expect(await sell(link, { signal: caller.signal })).toMatchObject({ fault: { kind: 'notSent' } });
  });

  it('the link was closed', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    await link.close();
    expect(await sell(link)).toMatchObject({ fault: { kind: 'notSent' } });
    expect(host.captured()).toEqual([]);
  });

  it('a connection that ended before the first byte', async () => {
    const address = { host: '127.0.0.1', port: await crookedHost(() => undefined) };
    const limit = { signal: new AbortController().signal, timeoutMs: 1_000 };
    const session = await HostSession.open(
      { address, dialect: iso87Ascii, clock, log, memory: new ReplyMemory(), onUnmatched: () => undefined },
      limit,
    );
    if (!session.ok) throw new Error(session.fault.detail);
    session.value.close('the test says so');
    const echo = new Iso8583Message('0800', [
      [11, '000001'],
      [41, 'TERM0001'],
      [70, '301'],
    ]);
    expect(await session.value.exchange(echo, limit)).toMatchObject({ fault: { kind: 'notSent', retrySafe: true } });
  });

  it('a request that cannot be encoded', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    expect(await sell(link, { card: { ...card, posEntryMode: '07X' } })).toMatchObject({ fault: { kind: 'notSent' } });
    expect(await sell(link, { amount: 1_000_000_000_000 })).toMatchObject({ fault: { kind: 'notSent' } });
    expect(host.captured()).toEqual([]);
  });
});

describe('reversals', () => {
  it('take back what was captured, and a repeat changes nothing', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    const at = clock.now();
    host.behave({ dropReply: 'afterCommit', once: true });
    const mark = logged.length;
    const reply = sell(link, { stan: 7 });
    await line(mark, 'host: received', '0200');
    clock.advance(hostTimeoutMs);
    await reply;
    for (const attempt of [1, 2]) {
      expect(await reverse(link, reversalOf(7, at, attempt))).toEqual({ ok: true, value: { responseCode: '00' } });
      expect(host.captured()).toMatchObject([{ stan: 7, reversed: true }]);
    }
    expect(logged.slice(mark).some((text) => text.includes('host: received') && text.includes('0401'))).toBe(true);
  });

  it('of a sale that never arrived are confirmed, and the sale is then declined', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    expect(await reverse(link, reversalOf(1, clock.now()))).toMatchObject({ ok: true, value: { responseCode: '00' } });
    expect(await sell(link, { stan: 1 })).toMatchObject({ ok: true, value: { responseCode: '94' } });
    expect(host.captured()).toEqual([]);
  });
});

describe('the connection', () => {
  it('comes back after the host was restarted on the same port', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    const states: string[] = [];
    link.onLinkState((now) => states.push(now));
    await state(link, 'up');
    await sell(link);
    await host.stop();
    await state(link, 'down');
    await host.start({ host: '127.0.0.1', port });
    await reconnected(link);
    expect(await sell(link, { stan: 2 })).toMatchObject({ ok: true });
    expect(host.captured()).toHaveLength(2);
    expect(states).toEqual(['up', 'down', 'up']);
  });

  it('a request that finds it down ends the pause and goes out', async () => {
    const { host, port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    await host.stop();
    await state(link, 'down');
    await timer(timings.reconnectMinMs);
    await host.start({ host: '127.0.0.1', port });
    // No time passes: the request itself wakes the link.
    expect(await sell(link)).toMatchObject({ ok: true, value: { responseCode: '00' } });
  });

  it('pulled plug in the middle of a sale: noReply, found dead, back with the plug, and reversed', async () => {
    const { host, port } = await startHost();
    const network = new SimulatedNetwork();
    cleanups.push(() => network.close());
    const { port: relayPort } = await network.route('acquirer', { host: '127.0.0.1', port });
    const link = openLink(relayPort);
    await state(link, 'up');
    host.behave({ replyDelayMs: 1_000, once: true });
    const at = clock.now();
    const mark = logged.length;
    const reply = sell(link, { stan: 9 });
    await line(mark, 'host: received', '0200');
    await network.setConnected(false);
    clock.advance(hostTimeoutMs);
    expect(await reply).toMatchObject({ ok: false, fault: { kind: 'noReply' } });
    expect(host.captured()).toMatchObject([{ stan: 9, reversed: false }]);
    // The echo sent at once gets no answer either.
    await timer(timings.managementTimeoutMs);
    clock.advance(timings.managementTimeoutMs);
    await state(link, 'down');
    await network.setConnected(true);
    await reconnected(link);
    expect(await reverse(link, reversalOf(9, at))).toMatchObject({ ok: true, value: { responseCode: '00' } });
    expect(host.captured()).toMatchObject([{ stan: 9, reversed: true }]);
  });

  it('sends an echo when the host has been silent, and only then', async () => {
    const { port } = await startHost();
    const link = openLink(port);
    await state(link, 'up');
    const mark = logged.length;
    const echoes = () =>
      logged.slice(mark).filter((text) => text.includes('host: received') && text.includes('70=301'));
    clock.advance(timings.echoIntervalMs - 1_000);
    await sell(link);
    clock.advance(1_000);
    await sell(link, { stan: 2 });
    expect(echoes()).toHaveLength(0);
    clock.advance(timings.echoIntervalMs);
    await line(mark, 'acquirer: received', '0810');
    expect(echoes()).toHaveLength(1);
    expect(link.linkState()).toBe('up');
  });

  it('is dropped when an echo is refused', async () => {
    const port = await crookedHost((message) =>
      framed('0810', message, [[39, message.text(70) === '301' ? '96' : '00']]),
    );
    const link = openLink(port);
    await state(link, 'up');
    clock.advance(timings.echoIntervalMs);
    await state(link, 'down');
  });

  it('counts as up only once the sign-on is accepted, and tries again with growing, shortened pauses', async () => {
    const port = await crookedHost((message) => framed('0810', message, [[39, '05']]));
    const link = openLink(port, {
      random: { bytes: (length) => Uint8Array.from({ length }, (_zero, index) => (index === 0 ? 0x80 : 0)) },
    });
    const changes: string[] = [];
    link.onLinkState((now) => changes.push(now));
    // Chance at one half takes a quarter off 2, 4, 8 and again 8 seconds.
    for (const pause of [1_500, 3_000, 6_000, 6_000]) {
      await vi.waitFor(() => expect(Math.round(clock.pending()[0] ?? 0)).toBe(pause), { timeout: 5_000, interval: 1 });
      clock.advance(clock.pending()[0] ?? 0);
    }
    expect(changes).toEqual([]);
    expect(link.linkState()).toBe('down');
  });

  it('gives up a connection that says nothing to the sign-on', async () => {
    const link = openLink(await crookedHost(() => undefined));
    const mark = logged.length;
    await timer(timings.managementTimeoutMs);
    clock.advance(timings.managementTimeoutMs);
    await line(mark, 'sign-on failed');
    expect(link.linkState()).toBe('down');
  });

  it('closes while connecting, while signing on, and while a request is open', async () => {
    const silent = await crookedHost(() => undefined);
    const connecting = openLink(silent);
    await connecting.close();
    const signingOn = openLink(silent);
    await timer(timings.managementTimeoutMs);
    await signingOn.close();
    const selling = openLink(await crookedSales(() => undefined));
    await state(selling, 'up');
    const mark = logged.length;
    const reply = sell(selling);
    await line(mark, 'acquirer: sending', '0200');
    await selling.close();
    expect(await reply).toMatchObject({ ok: false, fault: { kind: 'linkLost' } });
    expect(clock.pending()).toEqual([]);
  });
});
