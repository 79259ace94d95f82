/** MACs on the link: keys asked for and renewed, replies believed only with their MAC, DUKPT key by key. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { transactionId } from '../../core/base/brand.ts';
import { hex, latin1 } from '../../core/base/bytes.ts';
import { money } from '../../core/base/money.ts';
import { Pan } from '../../core/base/pan.ts';
import type { Log } from '../../core/base/ports.ts';
import { iso87Ascii, resolveDialect, type Dialect } from '../../core/iso8583/dialect.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import { slab } from '../../core/iso8583/slab.ts';
import { standardDialects } from '../../core/iso8583/standard-dialects.ts';
import type { CardData, LateReply } from '../../core/transaction/model.ts';
import { dukptMacKeys, DukptMacKeys } from '../security/dukpt-mac.ts';
import type { MacKeySource } from '../security/mac-keys.ts';
import { hasGenuineMac, packWithMac, type MacAlgorithm, type MacKey } from '../security/message-mac.ts';
import { SessionMacKeys, wrapWorkingKey } from '../security/working-key.ts';
import { AcquirerLink } from './link.ts';
import { ManualClock, replyTo, ScriptedHost } from './test-kit.ts';

const timings = {
  connectTimeoutMs: 3_000,
  managementTimeoutMs: 5_000,
  echoIntervalMs: 60_000,
  reconnectMinMs: 1_000,
  reconnectMaxMs: 8_000,
  waitForLinkMs: 4_000,
};
const hostTimeoutMs = 30_000;
const kekHex = '00112233445566778899AABBCCDDEEFF';
const terminal = { terminalId: 'TERM0001', merchantId: 'VN0000000000001', timeZone: 'Asia/Ho_Chi_Minh' };

let clock = new ManualClock();
let folder = '';
const cleanups: (() => Promise<unknown>)[] = [];
const logged: string[] = [];
const log: Log = { write: (level, text, fields) => logged.push(`${level} ${text} ${JSON.stringify(fields ?? {})}`) };
/** Every working key that a test host gave out, in hex. */
const givenOut = new Set<string>([kekHex]);

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-link-mac-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  clock = new ManualClock();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  const everything = logged.join('\n').toUpperCase();
  expect(everything).toContain('WORKING KEY RECEIVED');
  for (const key of givenOut) expect(everything).not.toContain(key.toUpperCase());
});

interface MacHostOptions {
  readonly algorithm?: MacAlgorithm;
  readonly dialect?: Dialect;
  /** What is to be said to a money message: its fields, or bytes, or nothing. */
  readonly answer?: (message: Iso8583Message) => readonly (readonly [number, string])[] | Uint8Array | undefined;
  readonly keyBlock?: (block: string) => string;
  /** Says nothing to further key requests after so many. */
  readonly silentAfter?: number;
}

/** Gives a new working key whenever asked, checks MACs with the last one, and answers with a MAC. */
class MacHost {
  readonly host: ScriptedHost;
  readonly #options: MacHostOptions;
  readonly #dialect: Dialect;
  key: MacKey | undefined;
  #keys = 0;

  constructor(options: MacHostOptions = {}) {
    this.#options = options;
    this.#dialect = options.dialect ?? iso87Ascii;
    this.host = new ScriptedHost({ dialect: this.#dialect, answer: (...received) => this.#answer(...received) });
  }

  reply(message: Iso8583Message, fields: Parameters<typeof replyTo>[1] = [], key = this.key): Uint8Array {
    const reply = replyTo(message, fields);
    if (key === undefined) return this.host.pack(reply);
    const packed = packWithMac(this.#dialect, reply, key);
    if (!packed.ok) throw new Error(packed.fault.detail);
    return packed.value;
  }

  #answer(message: Iso8583Message, bytes: Uint8Array): Uint8Array | Iso8583Message | undefined {
    if (message.text(70) === '161') {
      const silent = this.#keys >= (this.#options.silentAfter ?? Number.POSITIVE_INFINITY);
      return silent ? undefined : replyTo(message, [[62, this.#newKey()]]);
    }
    if (message.mti === '0800') return replyTo(message);
    const genuine = this.key !== undefined && hasGenuineMac(this.#dialect, message, bytes, this.key);
    if (!genuine) return this.reply(message, [[39, '88']]);
    const said = this.#options.answer === undefined ? [] : this.#options.answer(message);
    return said === undefined || said instanceof Uint8Array ? said : this.reply(message, said);
  }

  #newKey(): string {
    this.#keys += 1;
    const algorithm = this.#options.algorithm ?? 'x9.19';
    this.key = { algorithm, key: Buffer.alloc(16, `key ${this.#keys} of ${algorithm}`) };
    givenOut.add(this.key.key.toString('hex'));
    const block = wrapWorkingKey(Buffer.from(kekHex, 'hex'), this.key);
    if (!block.ok) throw new Error(block.fault.detail);
    return this.#options.keyBlock?.(block.value) ?? block.value;
  }
}

async function start(options: MacHostOptions = {}): Promise<MacHost> {
  const host = new MacHost(options);
  await host.host.start();
  cleanups.push(() => host.host.stop());
  return host;
}

function open(port: number, mac: MacKeySource, dialect: Dialect = iso87Ascii): AcquirerLink {
  const link = new AcquirerLink({
    addresses: [{ host: '127.0.0.1', port }],
    dialect,
    terminal,
    mac,
    timings,
    clock,
    random: { bytes: (length) => new Uint8Array(length) },
    log,
  });
  cleanups.push(() => link.close());
  link.open();
  return link;
}

async function session(options: MacHostOptions = {}) {
  const host = await start(options);
  const kek = Buffer.from(kekHex, 'hex');
  const link = open(host.host.port(), new SessionMacKeys(options.algorithm ?? 'x9.19', kek), options.dialect);
  await until(() => link.linkState() === 'up');
  return { host, link, kek };
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

function sell(link: AcquirerLink, stan = 1, signal = new AbortController().signal) {
  const secrets = { pan: pan(), track2: hex('9704000000000018D31122010000'), expiry: '3112' };
  const amount = money(45_000, 'VND');
  const id = transactionId('S-00000000000000000000000001');
  const request = { transactionId: id, kind: 'sale', batch: 1, stan, amount, requestedAt: clock.now(), card } as const;
  return link.authorize(request, secrets, { signal, timeoutMs: hostTimeoutMs });
}

function dialectOf(id: string): Dialect {
  const dialect = resolveDialect(standardDialects, id);
  if (!dialect.ok) throw new Error(dialect.fault.detail);
  return dialect.value;
}

const badReply = { ok: false, fault: { kind: 'badReply', retrySafe: false } };

describe('session keys', () => {
  it.each([
    ['x9.19', 'iso87-ascii'],
    ['x9.19', 'iso87-binary'],
    ['aes-cmac', 'iso87-ascii-binary-bitmap'],
    ['aes-cmac', 'iso87-binary'],
  ] as const)('%s in %s: sign on, ask for a key, trade', async (algorithm, id) => {
    const { host, link, kek } = await session({ algorithm, dialect: dialectOf(id) });
    expect(await sell(link)).toMatchObject({ ok: true, value: { responseCode: '00' } });
    await link.close();
    expect(host.host.received).toEqual(['0800001', '0800161', '0200', '0800002']);
    expect(host.host.messages.map((message) => message.has(64) || message.has(128))).toEqual([
      false,
      false,
      true,
      false,
    ]);
    expect(kek).toEqual(Buffer.alloc(16));
  });

  it('no key, no trade', async () => {
    const host = await start({ keyBlock: (block) => `${block.slice(0, -1)}${block.endsWith('0') ? '1' : '0'}` });
    const link = open(host.host.port(), new SessionMacKeys('x9.19', Buffer.from(kekHex, 'hex')));
    await until(() => logged.some((text) => text.includes('no working key')));
    expect(link.linkState()).toBe('down');
  });

  it('a host that lost the key is asked for a new one, and the request repeated', async () => {
    const { host, link } = await session();
    host.key = undefined;
    expect(await sell(link)).toMatchObject({ ok: true, value: { responseCode: '00' } });
    expect(host.host.received.slice(2)).toEqual(['0200', '0800161', '0201']);
    const [first, , repeat] = host.host.messages.slice(2);
    const same = [3, 4, 7, 11, 12, 13, 41, 60].map((element) => [first?.text(element), repeat?.text(element)]);
    expect(same.every(([one, other]) => one !== undefined && one === other)).toBe(true);
    expect(Buffer.from(repeat?.bytes(2) ?? []).toString('latin1')).toBe('9704000000000018');
    expect(await sell(link, 2)).toMatchObject({ ok: true });
    expect(host.host.received).toHaveLength(6);
  });

  it('several requests that fail at once ask for one key', async () => {
    const { host, link } = await session();
    host.key = undefined;
    const replies = await Promise.all([1, 2, 3].map((stan) => sell(link, stan)));
    for (const reply of replies) expect(reply).toMatchObject({ ok: true, value: { responseCode: '00' } });
    expect(host.host.received.filter((what) => what === '0800161')).toHaveLength(2);
  });

  it('a reply with a bad MAC is not believed, nor a second one', async () => {
    const wrong: MacKey = { algorithm: 'x9.19', key: Buffer.alloc(16, 'another key') };
    let host: MacHost | undefined;
    const world = await session({ answer: (message) => host?.reply(message, [], wrong) });
    host = world.host;
    expect(await sell(world.link)).toMatchObject(badReply);
    expect(host.host.received.slice(2)).toEqual(['0200', '0800161', '0201']);
    expect(world.link.linkState()).toBe('up');
  });

  it('a reply without a MAC is not believed, but its repeat may be', async () => {
    let first = true;
    const { host, link } = await session({
      answer: (message) => {
        if (!first) return [];
        first = false;
        return host.host.pack(replyTo(message));
      },
    });
    expect(await sell(link)).toMatchObject({ ok: true, value: { responseCode: '00' } });
    expect(host.host.received.slice(2)).toEqual(['0200', '0800161', '0201']);
  });

  it('a refused MAC that is itself proven is a clear answer the second time; after a bad reply it is not', async () => {
    const sound = await session({ answer: () => [[39, '88']] });
    expect(await sell(sound.link)).toMatchObject({ ok: true, value: { responseCode: '88' } });
    expect(sound.host.host.received.slice(2)).toEqual(['0200', '0800161', '0201']);
    let first = true;
    const { host, link } = await session({
      answer: (message) => {
        if (!first) return [[39, '88']];
        first = false;
        return host.host.pack(replyTo(message));
      },
    });
    expect(await sell(link)).toMatchObject(badReply);
  });

  it('no new key: the reply stays bad, and the connection ends', async () => {
    let spoil = false;
    const { host, link } = await session({ keyBlock: (block) => (spoil ? 'rubbish' : block) });
    spoil = true;
    host.key = undefined;
    expect(await sell(link)).toMatchObject(badReply);
    expect(link.linkState()).toBe('down');
  });

  it('waiting for a new key ends with the time of the request', async () => {
    const { host, link } = await session({ silentAfter: 1 });
    host.key = undefined;
    const mark = logged.length;
    const reply = sell(link);
    const caller = new AbortController();
    const other = sell(link, 2, caller.signal);
    await until(() => logged.slice(mark).filter((text) => text.includes('MAC trouble')).length === 2);
    caller.abort();
    expect(await other).toMatchObject(badReply);
    expect(link.linkState()).toBe('up');
    clock.advance(timings.managementTimeoutMs);
    expect(await reply).toMatchObject(badReply);
    expect(link.linkState()).toBe('down');
  });

  it('a late reply counts only with its MAC', async () => {
    const waiting: Iso8583Message[] = [];
    const { host, link } = await session({
      answer: (message) => {
        waiting.push(message);
        return undefined;
      },
    });
    const late: LateReply[] = [];
    link.onLateReply((reply) => late.push(reply));
    const reply = sell(link, 7);
    await until(() => waiting.length === 1);
    clock.advance(hostTimeoutMs);
    expect(await reply).toMatchObject({ fault: { kind: 'noReply' } });
    const [asked] = waiting;
    if (asked === undefined) throw new Error('not received');
    host.host.say(replyTo(asked));
    host.host.say(host.reply(asked, [], { algorithm: 'x9.19', key: Buffer.alloc(16, 'another key') }));
    await until(() => link.unmatchedReplies() === 2);
    expect(late).toEqual([]);
    host.host.say(host.reply(asked, [[39, '51']]));
    host.host.say(host.reply(asked, [[39, '51']]));
    await until(() => link.unmatchedReplies() === 4);
    expect(late).toEqual([{ stan: 7, reply: { responseCode: '51' } }]);
  });

  it('an approval after a decline, of a copy of the request, is told once, and only with the MAC of its own request', async () => {
    const asked: Iso8583Message[] = [];
    const { host, link } = await session({
      answer: (message) => {
        asked.push(message);
        return host.reply(message, [[39, '91']]);
      },
    });
    const late: LateReply[] = [];
    link.onLateReply((reply) => late.push(reply));
    expect(await sell(link, 7)).toMatchObject({ ok: true, value: { responseCode: '91' } });
    const [first] = asked;
    if (first === undefined) throw new Error('not received');
    host.host.say(host.reply(first, [[39, '00']], { algorithm: 'x9.19', key: Buffer.alloc(16, 'another key') }));
    await until(() => link.unmatchedReplies() === 1);
    expect(late).toEqual([]);
    for (const code of ['91', '51', '00', '51', '00']) host.host.say(host.reply(first, [[39, code]]));
    await until(() => link.unmatchedReplies() === 6);
    await until(() => late.length > 0);
    expect(late).toEqual([{ stan: 7, reply: { responseCode: '00' } }]);
  });
});

describe('DUKPT', () => {
  const kinds = [
    ['dukpt-tdes', 'x9.19', 'FFFF9876543210E00000'],
    ['dukpt-aes', 'aes-cmac', '123456789012345600000000'],
  ] as const;

  it.each(kinds)('%s: every message its own key, replies theirs', async (kind, algorithm, ksn) => {
    const initialKey = Buffer.from('6AC292FAA1315B4D858AB3A3D7D5933A', 'hex');
    givenOut.add(initialKey.toString('hex'));
    const ksns: string[] = [];
    const silent = new Set<string>();
    const dialect = dialectOf('iso87-binary');
    const keysOf = (message: Iso8583Message) => {
      const keys = dukptMacKeys(
        kind,
        algorithm,
        Buffer.from('6AC292FAA1315B4D858AB3A3D7D5933A', 'hex'),
        Buffer.from(message.text(63) ?? '', 'hex'),
      );
      if (!keys.ok) throw new Error(keys.fault.detail);
      return keys.value;
    };
    const reply = (message: Iso8583Message): Uint8Array => {
      const packed = packWithMac(dialect, replyTo(message), keysOf(message).response);
      if (!packed.ok) throw new Error(packed.fault.detail);
      return packed.value;
    };
    const held: Iso8583Message[] = [];
    const host = new ScriptedHost({
      dialect,
      answer: (message, bytes) => {
        if (message.mti === '0800') return replyTo(message);
        ksns.push(message.text(63) ?? '');
        if (!hasGenuineMac(dialect, message, bytes, keysOf(message).request)) return undefined;
        if (!silent.has(message.text(11) ?? '')) return reply(message);
        held.push(message);
        return undefined;
      },
    });
    await host.start();
    cleanups.push(() => host.stop());
    const counterFile = path.join(folder, kind);
    const source = DukptMacKeys.open({
      kind,
      algorithm,
      initialKey,
      ksn: Buffer.from(ksn, 'hex'),
      counterFile,
      firstUse: 'allowed',
    });
    if (!source.ok) throw new Error(source.fault.detail);
    const link = open(host.port(), source.value, dialect);
    const late: LateReply[] = [];
    link.onLateReply((each) => late.push(each));
    await until(() => link.linkState() === 'up');
    expect(await sell(link, 1)).toMatchObject({ ok: true });
    silent.add('000002');
    const unheard = sell(link, 2);
    await until(() => held.length === 1);
    clock.advance(hostTimeoutMs);
    expect(await unheard).toMatchObject({ fault: { kind: 'noReply' } });
    expect(await sell(link, 3)).toMatchObject({ ok: true });
    const [asked] = held;
    if (asked === undefined) throw new Error('not received');
    // The second attempt has a key of its own, yet the reply to the first one is as good.
    const again = sell(link, 2);
    await until(() => held.length === 2);
    host.say(reply(asked));
    expect(await again).toMatchObject({ ok: true });
    expect(late).toEqual([]);
    const expected = [1, 2, 3, 4].map((count) => `${ksn.slice(0, -1)}${count}`);
    expect(ksns).toEqual(expected);
    expect(host.received).not.toContain('0800161');
    await link.close();
    expect(initialKey).toEqual(Buffer.alloc(16));
  });
});

describe('memory', () => {
  /** PAN and track 2, as characters and as packed digits. */
  const clear = [latin1('9704000000000018'), latin1('9704000000000018=3112'), hex('9704000000000018')].map((digits) =>
    Buffer.from(digits.buffer),
  );

  it('a reply that repeats the card is forgotten: taken, not genuine, or too late', async () => {
    // One that no earlier test has used.
    slab.ensure(slab.bytes.length + 1);
    const slabs = new Set([slab.bytes]);
    const said: Uint8Array[] = [];
    let wrong = false;
    let silent = false;
    let host: MacHost | undefined;
    const echo = (message: Iso8583Message): Uint8Array => {
      const card = [2, 35].map((element) => [element, message.bytes(element)?.slice() ?? ''] as const);
      const key: MacKey = { algorithm: 'x9.19', key: Buffer.alloc(16, 'another key') };
      const bytes = host?.reply(message, card, wrong ? key : host.key) ?? new Uint8Array(0);
      said.push(bytes);
      slabs.add(slab.bytes);
      return bytes;
    };
    const world = await session({ answer: (message) => (silent ? undefined : echo(message)) });
    host = world.host;
    const { link } = world;
    expect(await sell(link, 1)).toMatchObject({ ok: true, value: { responseCode: '00' } });
    wrong = true;
    expect(await sell(link, 2)).toMatchObject(badReply);
    [wrong, silent] = [false, true];
    const unheard = sell(link, 77);
    const asked = await vi.waitUntil(() => host.host.messages.find((message) => message.text(11) === '000077'));
    clock.advance(hostTimeoutMs);
    expect(await unheard).toMatchObject({ fault: { kind: 'noReply' } });
    const late: LateReply[] = [];
    link.onLateReply((each) => late.push(each));
    host.host.say(echo(asked));
    await until(() => late.length === 1);
    // What the host's side of this test has itself left there.
    for (const message of host.host.messages) message.wipe();
    for (const bytes of said) bytes.fill(0);
    slabs.add(slab.bytes);
    for (const { buffer } of slabs) {
      for (const digits of clear) expect(Buffer.from(buffer).includes(digits)).toBe(false);
    }
  });

  it.each([
    ['x9.19', 'iso87-ascii'],
    ['aes-cmac', 'iso87-ascii'],
    ['x9.19', 'iso87-binary'],
    ['aes-cmac', 'iso87-binary'],
  ] as const)("%s in %s: no card data in Buffer's pool", async (algorithm, id) => {
    const pools = new Set<ArrayBufferLike>();
    const look = (): void => void pools.add(Buffer.from('x').buffer);
    const { link } = await session({
      algorithm,
      dialect: dialectOf(id),
      answer: () => {
        look();
        return [];
      },
    });
    // A pool that nobody uses yet: earlier tests have left what they like in theirs.
    const old = Buffer.from('x').buffer;
    while (Buffer.from('x'.repeat(500)).buffer === old);
    new Uint8Array(Buffer.from('x').buffer).fill(0);
    look();
    expect(await sell(link)).toMatchObject({ ok: true });
    look();
    for (const pool of pools) {
      for (const digits of clear) expect(Buffer.from(pool).includes(digits)).toBe(false);
    }
  });
});

describe('hostile replies', () => {
  it('never throw and never approve', async () => {
    const said: Uint8Array[] = [];
    const { host, link } = await session({ answer: () => said.shift() ?? [] });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 120 }), fc.boolean(), async (bytes, soundStart) => {
        const start = Buffer.from('0210');
        said.push(soundStart ? Buffer.concat([start, bytes]) : bytes);
        const reply = await sell(link);
        expect(reply.ok).toBe(false);
        said.length = 0;
        if (link.linkState() === 'down') {
          await until(() => clock.pending().length > 0);
          clock.advance(timings.reconnectMaxMs);
          await until(() => link.linkState() === 'up');
        }
      }),
      { numRuns: 30 },
    );
    expect(host.host.received.length).toBeGreaterThan(30);
    expect(await sell(link, 2)).toMatchObject({ ok: true });
  });
});
