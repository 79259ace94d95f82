/**
 * The training acquirer spoken to in plain ISO 8583 over a socket: decisions, duplicates, reversals in any order,
 * its book on disk, and callers that send anything.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../core/base/brand.ts';
import type { Clock, Log, LogFields } from '../../core/base/ports.ts';
import { packMessage, parseMessage } from '../../core/iso8583/codec.ts';
import { iso87Ascii } from '../../core/iso8583/dialect.ts';
import { frameMessage, FrameReader, twoByteLength } from '../../core/iso8583/frame.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import { TrainingAcquirer } from './acquirer.ts';

const pan = '9704000000000018';
const emptyPan = '3569990010095841';
const at = epochMs(Date.UTC(2026, 10, 21, 3, 15, 0));

const clock: Clock = {
  now: () => at,
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

const logged: string[] = [];
const log: Log = {
  write: (level, message, fields?: LogFields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
};

let host: TrainingAcquirer;
let port: number;
let callers: Socket[];
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cham-acquirer-'));
  callers = [];
  ({ host, port } = await started());
});

afterEach(async () => {
  for (const caller of callers) caller.destroy();
  await host.stop();
  rmSync(folder, { recursive: true });
});

afterAll(() => {
  const everything = logged.join('\n');
  expect(everything).toContain('970400******0018');
  for (const clear of [pan, emptyPan]) expect(everything).not.toContain(clear);
});

async function started(ledgerFile?: string): Promise<{ host: TrainingAcquirer; port: number }> {
  const made = new TrainingAcquirer({
    dialect: iso87Ascii,
    clock,
    log,
    ...(ledgerFile === undefined ? {} : { ledgerFile }),
  });
  const listening = await made.start({ host: '127.0.0.1', port: 0 });
  if (!listening.ok) throw new Error(listening.fault.detail);
  return { host: made, port: listening.value.port };
}

async function call(toPort = port): Promise<Socket> {
  const socket = connect(toPort, '127.0.0.1');
  callers.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

type Fields = Readonly<Record<number, string | undefined>>;

function packed(mti: string, fields: Fields): Uint8Array {
  const present = Object.entries(fields).flatMap(([element, value]): [number, string][] =>
    value === undefined ? [] : [[Number(element), value]],
  );
  const bytes = packMessage(iso87Ascii, new Iso8583Message(mti, present));
  if (!bytes.ok) throw new Error(bytes.fault.detail);
  return bytes.value;
}

/** Sends one message and returns the reply, or undefined when the host hangs up instead. */
async function ask(socket: Socket, mti: string, fields: Fields): Promise<Iso8583Message | undefined> {
  const frames = new FrameReader(twoByteLength, 8192);
  const answered = new Promise<Iso8583Message | undefined>((resolve, reject) => {
    socket.on('data', (chunk) => {
      const [bytes] = frames.push(chunk).messages;
      if (bytes === undefined) return;
      const reply = parseMessage(iso87Ascii, bytes);
      if (reply.ok) resolve(reply.value);
      else reject(new Error(reply.fault.detail));
    });
    socket.once('close', () => resolve(undefined));
  });
  socket.write(frameMessage(twoByteLength, packed(mti, fields)));
  const reply = await answered;
  socket.removeAllListeners('data');
  return reply;
}

async function responseCode(mti: string, fields: Fields, toPort = port): Promise<string | undefined> {
  return (await ask(await call(toPort), mti, fields))?.text(39);
}

const sale: Fields = {
  2: pan,
  3: '000000',
  4: '000000045000',
  7: '1121031500',
  11: '000106',
  12: '101500',
  13: '1121',
  22: '072',
  25: '00',
  35: `${pan}=31122010000`,
  41: 'TERM0001',
  42: 'VN0000000000001',
  49: '704',
};

const { 2: _pan, 35: _track2, ...withoutCard } = sale;
const reversal: Fields = { ...withoutCard, 7: '1121031600', 90: `02000001061121031500${'0'.repeat(22)}` };

describe('decisions', () => {
  it('approves with reference and approval code, repeats the trace, never the PAN', async () => {
    const reply = await ask(await call(), '0200', sale);
    expect(reply?.mti).toBe('0210');
    expect(reply?.elements()).toEqual([3, 4, 7, 11, 12, 13, 37, 38, 39, 41, 42, 49]);
    expect(reply?.text(39)).toBe('00');
    expect(reply?.text(37)).toHaveLength(12);
    expect(reply?.text(38)?.trim()).toHaveLength(6);
    expect(host.captured()).toMatchObject([{ stan: 106, amount: 45_000, maskedPan: '970400******0018', at }]);
  });

  it.each([
    ['05', '000000045005'],
    ['51', '000000045051'],
    ['54', '000000045054'],
    ['91', '000000045091'],
    ['13', '000000000000'],
  ])('declines with %s for the amount %s', async (code, amount) => {
    const reply = await ask(await call(), '0200', { ...sale, 4: amount });
    expect(reply?.text(39)).toBe(code);
    expect(reply?.has(38)).toBe(false);
    expect(host.captured()).toEqual([]);
  });

  it('declines the empty card, read from DE 2 or from track 2', async () => {
    expect(await responseCode('0200', { ...sale, 2: emptyPan })).toBe('51');
    expect(await responseCode('0200', { ...sale, 2: undefined, 35: `${emptyPan}=3112`, 11: '000107' })).toBe('51');
    expect(await responseCode('0200', { ...sale, 2: undefined, 11: '000108' })).toBe('00');
    expect(host.captured()).toMatchObject([{ stan: 108, maskedPan: '970400******0018' }]);
  });

  it.each([3, 4, 7, 11, 12, 13, 22, 25, 41, 42, 49])('answers 30 to a request without DE %i', async (element) => {
    expect(await responseCode('0200', { ...sale, [element]: undefined })).toBe('30');
    expect(host.captured()).toEqual([]);
  });

  it('answers 30 without a card, or to a reversal without its original', async () => {
    expect(await responseCode('0200', { ...sale, 2: undefined, 35: undefined })).toBe('30');
    expect(await responseCode('0400', { ...reversal, 90: undefined })).toBe('30');
  });

  it('answers 12 to what it does not do, 00 to sign-on and echo, nothing to a reply', async () => {
    expect(await responseCode('0200', { ...sale, 3: '010000' })).toBe('12');
    expect(await responseCode('0100', { ...sale, 3: '200000' })).toBe('12');
    expect(await responseCode('0600', sale)).toBe('12');
    expect(await responseCode('0800', { 11: '000001', 70: '999' })).toBe('12');
    expect(await responseCode('0800', { 11: '000001' })).toBe('30');
    const caller = await call();
    expect((await ask(caller, '0800', { 11: '000001', 70: '001' }))?.mti).toBe('0810');
    // Were the reply answered, its answer would come first.
    caller.write(frameMessage(twoByteLength, packed('0210', { 11: '000106', 39: '00' })));
    expect((await ask(caller, '0800', { 11: '000002', 70: '301' }))?.text(11)).toBe('000002');
  });
});

describe('duplicates and reversals', () => {
  it('captures a repeated request once and gives the same answer', async () => {
    const first = await ask(await call(), '0200', sale);
    const second = await ask(await call(), '0201', sale);
    expect(second?.describe()).toBe(first?.describe());
    expect(host.captured()).toHaveLength(1);
    expect(await responseCode('0200', { ...sale, 11: '000107' })).toBe('00');
    expect(host.captured()).toHaveLength(2);
  });

  it('reverses once, however often it is told, and does not approve the original again', async () => {
    await responseCode('0200', sale);
    expect(await responseCode('0400', reversal)).toBe('00');
    expect(await responseCode('0401', { ...reversal, 7: '1121031700' })).toBe('00');
    expect(host.captured()).toMatchObject([{ reversed: true }]);
    expect(await responseCode('0201', sale)).toBe('94');
  });

  it('declines an original that its reversal has overtaken, and only that one', async () => {
    expect(await responseCode('0400', reversal)).toBe('00');
    expect(await responseCode('0200', sale)).toBe('94');
    expect(host.captured()).toEqual([]);
    expect(await responseCode('0200', { ...sale, 41: 'TERM0002' })).toBe('00');
    expect(host.captured()).toMatchObject([{ terminalId: 'TERM0002', reversed: false }]);
  });
});

describe('misbehaviour on demand', () => {
  it('loses the request or the reply, once or until told otherwise', async () => {
    host.behave({ dropReply: 'afterCommit', closeAfter: true });
    expect(await responseCode('0200', sale)).toBeUndefined();
    expect(await responseCode('0200', { ...sale, 11: '000107' })).toBeUndefined();
    expect(host.captured()).toHaveLength(2);
    host.behave({ dropReply: 'beforeCommit', closeAfter: true, once: true });
    expect(await responseCode('0200', { ...sale, 11: '000108' })).toBeUndefined();
    expect(host.captured()).toHaveLength(2);
    expect(await responseCode('0200', { ...sale, 11: '000108' })).toBe('00');
  });

  it('leaves network management alone', async () => {
    host.behave({ dropReply: 'beforeCommit' });
    expect(await responseCode('0800', { 11: '000001', 70: '301' })).toBe('00');
  });
});

describe('the book on disk', () => {
  it('is there again after a restart, with its duplicates and without a PAN', async () => {
    const ledgerFile = join(folder, 'ledger.jsonl');
    const before = await started(ledgerFile);
    const first = await ask(await call(before.port), '0200', sale);
    await responseCode('0200', { ...sale, 11: '000107' }, before.port);
    await responseCode(
      '0400',
      { ...reversal, 11: '000107', 90: reversal[90]?.replace('000106', '000107') },
      before.port,
    );
    const captured = before.host.captured();
    await before.host.stop();

    const after = await started(ledgerFile);
    expect(after.host.captured()).toEqual(captured);
    expect(captured.map((each) => [each.stan, each.reversed])).toEqual([
      [106, false],
      [107, true],
    ]);
    const again = await ask(await call(after.port), '0200', sale);
    expect(again?.describe()).toBe(first?.describe());
    expect(await responseCode('0200', { ...sale, 11: '000107' }, after.port)).toBe('94');
    await after.host.stop();
    const text = readFileSync(ledgerFile, 'utf8');
    expect(text).toContain('970400******0018');
    expect(text).not.toContain(pan);
  });

  it('drops a last line that a crash has cut off, and nothing else', async () => {
    const ledgerFile = join(folder, 'torn.jsonl');
    const before = await started(ledgerFile);
    await ask(await call(before.port), '0200', sale);
    await before.host.stop();
    const whole = readFileSync(ledgerFile, 'utf8');
    writeFileSync(ledgerFile, whole + whole.slice(0, 40));
    const after = await started(ledgerFile);
    expect(after.host.captured()).toHaveLength(1);
    await after.host.stop();
    expect(readFileSync(ledgerFile, 'utf8')).toBe(whole);
  });

  it('is refused and left alone when something else is at its end', async () => {
    const ledgerFile = join(folder, 'other.jsonl');
    const before = await started(ledgerFile);
    await ask(await call(before.port), '0200', sale);
    await before.host.stop();
    const content = `${readFileSync(ledgerFile, 'utf8')}{"balance":1}`;
    writeFileSync(ledgerFile, content);
    const other = new TrainingAcquirer({ dialect: iso87Ascii, clock, log, ledgerFile });
    expect(await other.start({ host: '127.0.0.1', port: 0 })).toMatchObject({ fault: { kind: 'ledgerUnreadable' } });
    expect(readFileSync(ledgerFile, 'utf8')).toBe(content);
  });

  it('is refused and left alone when it is something else', async () => {
    const ledgerFile = join(folder, 'ledger.jsonl');
    for (const content of ['not json\n', '{"key":"a"}\n', '{}']) {
      writeFileSync(ledgerFile, content);
      const other = new TrainingAcquirer({ dialect: iso87Ascii, clock, log, ledgerFile });
      const outcome = await other.start({ host: '127.0.0.1', port: 0 });
      expect(outcome).toMatchObject({ ok: false, fault: { kind: 'ledgerUnreadable' } });
      expect(readFileSync(ledgerFile, 'utf8')).toBe(content);
    }
  });

  it('that cannot be written means no approval', async () => {
    const ledgerFile = join(folder, 'missing', 'ledger.jsonl');
    const cannotWrite = await started(ledgerFile);
    expect(await responseCode('0200', sale, cannotWrite.port)).toBe('96');
    expect(await responseCode('0400', reversal, cannotWrite.port)).toBe('96');
    expect(cannotWrite.host.captured()).toEqual([]);
    await cannotWrite.host.stop();
  });
});

describe('the listener', () => {
  it('says so when the port is taken', async () => {
    const second = new TrainingAcquirer({ dialect: iso87Ascii, clock, log });
    expect(await second.start({ host: '127.0.0.1', port })).toMatchObject({ fault: { kind: 'cannotListen' } });
  });

  it('hangs up on bytes that are no message, and goes on serving others', async () => {
    const good = await call();
    const whole = packed('0200', sale);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.nat(),
        fc.boolean(),
        async (noise, cut, sound) => {
          const bad = await call();
          const part = whole.subarray(0, cut % whole.length);
          // Either a sound frame around a cut message and noise, or noise where a frame should begin.
          bad.end(sound ? frameMessage(twoByteLength, Buffer.concat([part, noise])) : noise);
          bad.resume();
          if (!bad.closed) await once(bad, 'close');
        },
      ),
      { numRuns: 60 },
    );
    expect((await ask(good, '0800', { 11: '000001', 70: '301' }))?.text(39)).toBe('00');
    expect(host.captured()).toEqual([]);
  });
});
