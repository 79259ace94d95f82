/**
 * The card sale through real hardware paths: kernel → driver → libpcsclite → pcscd → vpcd → simulated card. Where the
 * lab cannot run, these tests say why; in CI (CI=true) that is a failure.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CardConnection, CardReader } from '../../devices/card-reader.ts';
import type { DeviceHealth } from '../../devices/device.ts';
import type { DriverHost } from '../../drivers/driver.ts';
import { pcscReader } from '../../drivers/pcsc-reader/pcsc-reader.ts';
import { defaultCardFile, loadCardProfiles } from '../../drivers/simulated/card/profiles.ts';
import { simulatedCard, type SimulatedCard } from '../../drivers/simulated/card/simulated-card.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import { fromLatin1, hex, toHex } from '../../src/core/base/bytes.ts';
import { contactlessSale } from '../../src/core/emv/contactless/entry-point.ts';
import type { KernelResult } from '../../src/core/emv/kernel-result.ts';
import { saleInputWith } from '../../src/core/emv/test-kit.ts';
import { configuredEmvData } from '../emv-data.ts';
import { PcscLab } from './lab.ts';

const missing = PcscLab.missing();
const inCi = process.env['CI'] === 'true';

const host: DriverHost = {
  clock: {
    now: () => epochMs(Date.now()),
    monotonicMs: () => performance.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  },
  random: { bytes: (length) => new Uint8Array(length) },
  log: { write: () => undefined },
};

const input = saleInputWith({
  transactionCounter: 1,
  terminal: configuredEmvData(),
});

const soon = { signal: new AbortController().signal, timeoutMs: 5000 };
const selectNapas = hex('00A4040007A000000727101000');
/** Without a PDOL: an empty command template. */
const getProcessingOptions = hex('80A8000002830000');
const selectPpse = hex('00A404000E325041592E5359532E444446303100');

function freshCard(id: string): SimulatedCard {
  const profiles = loadCardProfiles(defaultCardFile);
  const profile = 'problems' in profiles ? undefined : profiles.find((one) => one.id === id);
  if (profile === undefined) throw new Error(`no card ${id}`);
  return simulatedCard(profile);
}

function inProcess(id: string): KernelResult {
  const card = freshCard(id);
  card.enter();
  const sale = contactlessSale(input);
  let turn = sale.next();
  while (turn.done !== true) {
    const answer = card.exchange(turn.value);
    if (!answer.ok) throw new Error(answer.fault.detail);
    turn = sale.next(answer.value);
  }
  return turn.value;
}

/** The sale over a connection; a fault ends it with `return`, as the card session does. */
async function over(connection: CardConnection): Promise<{ result: KernelResult; exchanges: number }> {
  const sale = contactlessSale(input);
  let exchanges = 0;
  let turn = sale.next();
  while (turn.done !== true) {
    const answer = await connection.exchange(turn.value, soon);
    exchanges += 1;
    const reason = !answer.ok && answer.fault.kind === 'notConnected' ? 'removedTooEarly' : 'communicationError';
    turn = answer.ok ? sale.next(answer.value) : sale.return({ outcome: { kind: 'tryAgain', reason } });
  }
  return { result: turn.value, exchanges };
}

function make(settings: unknown): CardReader {
  const created = pcscReader.create('reader', settings, host);
  if (!created.ok) throw new Error(JSON.stringify(created.fault));
  return created.value;
}

if (missing !== undefined) {
  it.skipIf(!inCi)(`the PC/SC lab cannot run here: ${missing}`, () => {
    expect.fail(missing);
  });
}

describe.skipIf(missing !== undefined)('PC/SC reader behind pcscd', () => {
  let lab: PcscLab;
  let reader: CardReader;
  let inserted = false;

  const insert = async (id: string): Promise<void> => {
    await lab.insert(id);
    inserted = true;
  };
  const remove = async (): Promise<void> => {
    await lab.remove();
    inserted = false;
  };
  const present = async (id: string): Promise<CardConnection> => {
    const waiting = reader.waitForCard(soon);
    await insert(id);
    const result = await waiting;
    if (!result.ok) throw new Error(result.fault.detail);
    return result.value;
  };

  beforeAll(async () => {
    lab = await PcscLab.start();
  });

  afterAll(async () => {
    await lab.stop();
  });

  beforeEach(async () => {
    reader = make({ reader: 'Lab reader 00 00' });
    expect(await reader.open(soon)).toEqual({ ok: true, value: undefined });
  });

  afterEach(async () => {
    if (inserted) await remove();
    await reader.close();
  });

  it.each(['napas-debit', 'visa-credit'])('%s: the whole sale, as in process', async (id) => {
    const connection = await present(id);
    expect(connection.interface).toBe('contactless');
    expect(toHex(connection.atr)).toBe('3B80800101');
    const { result } = await over(connection);
    await connection.disconnect();
    expect(result.outcome.kind).toBe('onlineRequest');
    expect(result.outcome).toEqual(inProcess(id).outcome);
    expect(result.secrets?.pan.use(fromLatin1)).toBe(inProcess(id).secrets?.pan.use(fromLatin1));
  });

  it('a card that is taken away too early: notConnected, and the kernel is not run further', async () => {
    const connection = await present('napas-removed');
    const { result, exchanges } = await over(connection);
    await connection.disconnect();
    inserted = false;
    expect(result.outcome).toEqual({ kind: 'tryAgain', reason: 'removedTooEarly' });
    expect(exchanges).toBe(4);
    expect(await connection.exchange(selectPpse, soon)).toMatchObject({ ok: false, fault: { kind: 'notConnected' } });
  });

  it('a card that is removed between two commands', async () => {
    const connection = await present('napas-debit');
    expect((await connection.exchange(selectPpse, soon)).ok).toBe(true);
    await remove();
    expect(await connection.exchange(selectPpse, soon)).toMatchObject({ ok: false, fault: { kind: 'notConnected' } });
    await connection.disconnect();
  });

  it('offers a card once: it must leave before it is read again', async () => {
    const first = await present('napas-debit');
    await first.disconnect();
    expect(await reader.waitForCard({ ...soon, timeoutMs: 700 })).toMatchObject({
      ok: false,
      fault: { kind: 'timeout' },
    });
    await remove();
    const second = await present('napas-debit');
    expect((await second.exchange(selectPpse, soon)).ok).toBe(true);
    await second.disconnect();
  });

  it('an inserted card stays under power between two commands, and is told apart from one that was tapped', async () => {
    const connection = await present('napas-insert');
    expect(connection.interface).toBe('contact');
    expect(reader.hasSlot).toBe(true);
    expect((await connection.exchange(selectNapas, soon)).ok).toBe(true);
    // As long as a host may take: the application is still selected, so the card has not been reset.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const options = await connection.exchange(getProcessingOptions, soon);
    expect(options.ok && toHex(options.value.subarray(-2))).toBe('9000');
    await connection.disconnect();
  });

  it('an inserted card is waited for until it is taken out, and not read twice before', async () => {
    const connection = await present('napas-insert');
    await connection.disconnect();
    expect(await connection.removed({ ...soon, timeoutMs: 300 })).toMatchObject({ fault: { kind: 'timeout' } });
    const again = await reader.waitForCard({ ...soon, timeoutMs: 700 });
    expect(again).toMatchObject({ ok: false, fault: { kind: 'timeout' } });
    const removed = connection.removed(soon);
    await remove();
    expect((await removed).ok).toBe(true);
    expect((await connection.removed(soon)).ok).toBe(true);
  });

  it('an inserted card that is pulled out while nobody speaks to it is missed at the next command', async () => {
    const connection = await present('napas-insert');
    await remove();
    expect(await connection.exchange(selectNapas, soon)).toMatchObject({ ok: false, fault: { kind: 'notConnected' } });
    await connection.disconnect();
  });

  it('takes a card that was already there when the wait began', async () => {
    await insert('visa-credit');
    const waited = await reader.waitForCard(soon);
    expect(waited.ok).toBe(true);
    if (waited.ok) await waited.value.disconnect();
  });

  it('every wait ends: limit, caller, close; and only one waits', async () => {
    expect(await reader.waitForCard({ ...soon, timeoutMs: 50 })).toMatchObject({ fault: { kind: 'timeout' } });
    const controller = new AbortController();
    const waiting = reader.waitForCard({ signal: controller.signal, timeoutMs: 5000 });
    expect(await reader.waitForCard(soon)).toMatchObject({ fault: { kind: 'busy' } });
    controller.abort();
    expect(await waiting).toMatchObject({ fault: { kind: 'aborted' } });
    const last = reader.waitForCard(soon);
    await reader.close();
    expect(await last).toMatchObject({ fault: { kind: 'notConnected' } });
    expect(await reader.checkHealth(soon)).toEqual({ state: 'offline', detail: 'the reader is closed' });
  });

  it('an exchange ends with its caller, and the connection with it', async () => {
    const connection = await present('napas-debit');
    const controller = new AbortController();
    const exchange = connection.exchange(selectPpse, { signal: controller.signal, timeoutMs: 5000 });
    expect(await connection.exchange(selectPpse, soon)).toMatchObject({ fault: { kind: 'busy' } });
    controller.abort();
    expect(await exchange).toMatchObject({ fault: { kind: 'aborted' } });
    expect(await connection.exchange(selectPpse, soon)).toMatchObject({ fault: { kind: 'notConnected' } });
    await connection.disconnect();
  });

  it('a card that hangs: the exchange ends in time, its late answer is dropped, and the card can be read again', async () => {
    const connection = await present('napas-debit');
    await lab.freeze();
    const late = await connection.exchange(selectPpse, { ...soon, timeoutMs: 100 });
    expect(late).toMatchObject({ ok: false, fault: { kind: 'timeout' } });
    const letGo = connection.disconnect();
    await lab.thaw();
    await letGo;
    const again = await reader.waitForCard(soon);
    if (!again.ok) throw new Error(again.fault.detail);
    const next = again.value;
    expect((await next.exchange(selectPpse, soon)).ok).toBe(true);
    await next.disconnect();
  });

  it('a card that hangs for long: the reader is offline and makes no other call until that one has returned', async () => {
    const connection = await present('napas-debit');
    await lab.freeze();
    expect(await connection.exchange(selectPpse, { ...soon, timeoutMs: 100 })).toMatchObject({ ok: false });
    await connection.disconnect();
    const hangs = /^the reader does not answer/;
    const faults = [await reader.waitForCard(soon), await reader.waitForCard(soon)];
    for (const each of faults) {
      expect(each).toMatchObject({ fault: { kind: 'notConnected', detail: expect.stringMatching(hangs) } });
    }
    expect(await reader.checkHealth(soon)).toEqual({ state: 'offline', detail: expect.stringMatching(hangs) });
    await lab.thaw();
    await vi.waitFor(async () => expect((await reader.checkHealth(soon)).state).toBe('ready'), soon.timeoutMs);
    const again = await reader.waitForCard(soon);
    if (!again.ok) throw new Error(again.fault.detail);
    await again.value.disconnect();
  });

  it('pcscd stops answering while the reader is open: offline, also when opened anew, until it answers', async () => {
    const stuck = { state: 'offline', detail: expect.stringMatching(/^pcscd does not answer/) };
    const opened: string[] = [];
    lab.pause();
    try {
      await vi.waitFor(async () => expect(await reader.checkHealth(soon)).toEqual(stuck), soon.timeoutMs);
      expect(await reader.waitForCard(soon)).toMatchObject({ fault: { kind: 'notConnected' } });
      await reader.close();
      for (let attempt = 0; attempt < 10; attempt += 1) {
        const again = await reader.open(soon);
        opened.push(again.ok ? 'ok' : again.fault.kind);
      }
      expect(await reader.checkHealth(soon)).toEqual(stuck);
    } finally {
      lab.resume();
    }
    expect(opened).toEqual(Array<string>(10).fill('notConnected'));
    await vi.waitFor(async () => expect(await reader.open(soon)).toEqual({ ok: true, value: undefined }), 5000);
    expect((await reader.checkHealth(soon)).state).toBe('ready');
  });

  it('says which readers there are when the wanted one is not', async () => {
    const other = make({ reader: 'Nowhere' });
    const opened = await other.open(soon);
    expect(opened).toMatchObject({ ok: false, fault: { kind: 'notConnected' } });
    expect(opened.ok ? '' : opened.fault.detail).toMatch(/"Nowhere".*Lab reader 00 00/);
  });
});

/** Runs in a process of its own, because libpcsclite reads its variable once; it says what it saw, and exits with 7. */
const hungTerminal = `
  import { lookup } from 'node:dns/promises';
  import { readFile } from 'node:fs/promises';
  import { pcscReader } from ${JSON.stringify(new URL('../../drivers/pcsc-reader/pcsc-reader.ts', import.meta.url))};
  const after = (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  };
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now(), after };
  const reader = pcscReader.create('reader', {}, { clock, log: { write() {} } }).value;
  const options = { signal: new AbortController().signal, timeoutMs: 200 };
  const opened = [];
  for (let attempt = 0; attempt < 10; attempt += 1) opened.push((await reader.open(options)).fault.detail);
  const health = await reader.checkHealth(options);
  await reader.close();
  const file = (await readFile('/proc/self/comm', 'utf8')).trim();
  const host = (await lookup('127.0.0.1')).address;
  console.log(JSON.stringify({ opened, health, file: file !== '', host }));
  process.exit(7);
`;

describe.skipIf(missing !== undefined)('a pcscd that accepts connections and never answers', () => {
  it('holds one thread: files and names still work after ten attempts, and the process can exit', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cham-pcscd-'));
    const socket = path.join(folder, 'pcscd.comm');
    let connections = 0;
    const server = createServer((client) => {
      connections += 1;
      client.on('error', () => undefined).resume();
    });
    try {
      server.listen(socket);
      await once(server, 'listening');
      const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', hungTerminal], {
        env: { ...process.env, PCSCLITE_CSOCK_NAME: socket },
        timeout: 10_000,
        killSignal: 'SIGKILL',
      });
      const ended = (await run.catch((error: unknown) => error)) as { code?: number; stdout: string; stderr: string };
      expect(ended).toMatchObject({ code: 7, stderr: '' });
      const detail = 'pcscd does not answer (systemctl restart pcscd)';
      expect(JSON.parse(ended.stdout)).toEqual({
        opened: Array<string>(10).fill(detail),
        health: { state: 'offline', detail },
        file: true,
        host: '127.0.0.1',
      });
      expect(connections).toBe(1);
    } finally {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(missing !== undefined)('PC/SC reader when pcscd comes and goes', () => {
  it('goes offline with pcscd, and comes back with it', async () => {
    let lab = await PcscLab.start();
    const reader = make({ reader: 'Lab reader 00 00', interface: 'contact' });
    const changed = (to: DeviceHealth['state']): Promise<void> =>
      new Promise((resolve) => {
        const unsubscribe = reader.onHealth(({ state }) => {
          if (state !== to) return;
          unsubscribe();
          resolve();
        });
      });
    expect(await reader.open(soon)).toEqual({ ok: true, value: undefined });
    expect((await reader.checkHealth(soon)).state).toBe('ready');
    const waiting = reader.waitForCard(soon);
    const lost = changed('offline');
    await lab.stop();
    await lost;
    expect(await waiting).toMatchObject({ ok: false, fault: { kind: 'notConnected' } });
    expect((await reader.checkHealth(soon)).state).toBe('offline');

    const back = changed('ready');
    lab = await PcscLab.start();
    try {
      await back;
      const again = reader.waitForCard(soon);
      await lab.insert('visa-credit');
      const waited = await again;
      expect(waited.ok && waited.value.interface).toBe('contact');
      if (waited.ok) {
        expect((await waited.value.exchange(selectPpse, soon)).ok).toBe(true);
        await waited.value.disconnect();
      }
    } finally {
      await reader.close();
      await lab.stop();
    }
  });

  it('cannot be opened without pcscd, and says what to do', async () => {
    process.env['PCSCLITE_CSOCK_NAME'] = PcscLab.socket;
    const opened = await make({}).open(soon);
    expect(opened).toMatchObject({ ok: false, fault: { kind: 'notConnected' } });
    expect(opened.ok ? '' : opened.fault.detail).toMatch(/apt install pcscd/);
  });
});
