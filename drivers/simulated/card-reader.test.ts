/** The simulated reader: taps reach only a waiting terminal, every wait ends, and torn cards are seen as torn. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CardConnection } from '../../devices/card-reader.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import { hex, toHex } from '../../src/core/base/bytes.ts';
import type { LogFields } from '../../src/core/base/ports.ts';
import type { DriverHost } from '../driver.ts';
import { simulatedCardReader, type SimulatedCardReader } from './card-reader.ts';

/** A clock that only moves when told to. */
class ManualClock {
  #nowMs = 0;
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();

  now = (): ReturnType<typeof epochMs> => epochMs(this.#nowMs);
  monotonicMs = (): number => this.#nowMs;
  after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#timers].filter(({ atMs }) => atMs <= this.#nowMs)) {
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}

const selectPpse = hex('00A404000E325041592E5359532E444446303100');
const minute = { signal: new AbortController().signal, timeoutMs: 60_000 };

let clock: ManualClock;
let logged: { message: string; fields: LogFields | undefined }[];
let host: DriverHost;
let reader: SimulatedCardReader;

function make(settings?: unknown): SimulatedCardReader {
  const created = simulatedCardReader.create('reader', settings, host);
  if (!created.ok) throw new Error(JSON.stringify(created.fault));
  return created.value;
}

beforeEach(async () => {
  clock = new ManualClock();
  logged = [];
  host = {
    clock,
    random: { bytes: (length) => new Uint8Array(length) },
    log: { write: (_, message, fields) => logged.push({ message, fields }) },
  };
  reader = make();
  await reader.open();
});

afterEach(async () => {
  await reader.close();
  expect(clock.pending, 'timers left behind').toBe(0);
});

async function tapped(id: string): Promise<CardConnection> {
  const waiting = reader.waitForCard(minute);
  expect(reader.tap(id).ok).toBe(true);
  const result = await waiting;
  if (!result.ok) throw new Error(result.fault.detail);
  return result.value;
}

async function exchanged(connection: CardConnection, command: Uint8Array): Promise<string> {
  const answer = connection.exchange(command, minute);
  clock.advance(0);
  const result = await answer;
  return result.ok ? toHex(result.value.subarray(-2)) : result.fault.kind;
}

describe('tapping', () => {
  it('offers the configured cards', () => {
    const ids = reader.cards().map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['napas-debit', 'visa-credit', 'mastercard-credit', 'jcb-credit']));
    for (const { name, hint } of reader.cards()) expect(JSON.stringify({ name, hint })).not.toMatch(/\d{8}/);
  });

  it('brings the card to whoever waits, and to nobody else', async () => {
    expect(reader.tap('napas-debit')).toMatchObject({ ok: false, fault: { kind: 'nobodyWaiting' } });
    const connection = await tapped('napas-debit');
    expect(connection.interface).toBe('contactless');
    expect(toHex(connection.atr)).toBe('3B80800101');
    expect(await exchanged(connection, selectPpse)).toBe('9000');
    expect(reader.tap('napas-debit')).toMatchObject({ ok: false, fault: { kind: 'nobodyWaiting' } });
  });

  it('refuses a card that does not exist, and goes on waiting', async () => {
    const waiting = reader.waitForCard(minute);
    expect(reader.tap('nobody')).toMatchObject({ ok: false, fault: { kind: 'unknownCard' } });
    expect(reader.tap('visa-credit').ok).toBe(true);
    expect((await waiting).ok).toBe(true);
  });

  it('is over for a card that is taken away too early, and starts anew with the next tap', async () => {
    const card = reader.cards().find(({ id }) => id === 'napas-removed');
    expect(card?.hint.en).toMatch(/tap again/);
    for (let tap = 0; tap < 2; tap += 1) {
      const connection = await tapped('napas-removed');
      const answers = [];
      for (let i = 0; i < 4; i += 1) answers.push(await exchanged(connection, selectPpse));
      expect(answers).toEqual(['9000', '9000', '9000', 'notConnected']);
      await connection.disconnect();
    }
  });

  it('is over after disconnect', async () => {
    const connection = await tapped('napas-debit');
    await connection.disconnect();
    expect(await exchanged(connection, selectPpse)).toBe('notConnected');
  });

  it('tells the log when a card from a trace was not asked everything, and the terminal when asked too much', async () => {
    const impatient = await tapped('visa-blocked');
    expect(await exchanged(impatient, selectPpse)).toBe('9000');
    await impatient.disconnect();
    expect(logged.map(({ fields }) => fields?.['detail'])).toEqual(['1 exchanges of the trace were not asked for']);

    const curious = await tapped('visa-blocked');
    expect(await exchanged(curious, selectPpse)).toBe('9000');
    expect(await exchanged(curious, selectPpse)).toBe('protocol');
    await curious.disconnect();
  });
});

describe('every wait ends', () => {
  it('after its limit', async () => {
    const waiting = reader.waitForCard({ ...minute, timeoutMs: 500 });
    clock.advance(499);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    expect(await waiting).toMatchObject({ ok: false, fault: { kind: 'timeout' } });
    expect(reader.tap('napas-debit').ok).toBe(false);
  });

  it('when the caller gives up, before or during', async () => {
    const controller = new AbortController();
    const waiting = reader.waitForCard({ signal: controller.signal, timeoutMs: 500 });
    controller.abort();
    expect(await waiting).toMatchObject({ ok: false, fault: { kind: 'aborted' } });
    const again = reader.waitForCard({ signal: controller.signal, timeoutMs: 500 });
    expect(await again).toMatchObject({ ok: false, fault: { kind: 'aborted' } });
    expect(clock.pending).toBe(0);
  });

  it('when the reader is closed', async () => {
    const waiting = reader.waitForCard(minute);
    await reader.close();
    expect(await waiting).toMatchObject({ ok: false, fault: { kind: 'aborted' } });
    expect(await reader.waitForCard(minute)).toMatchObject({ ok: false, fault: { kind: 'notConnected' } });
    expect((await reader.checkHealth()).state).toBe('offline');
  });

  it('lets one caller wait', async () => {
    const first = reader.waitForCard(minute);
    expect(await reader.waitForCard(minute)).toMatchObject({ ok: false, fault: { kind: 'busy' } });
    reader.tap('napas-debit');
    expect((await first).ok).toBe(true);
  });

  it('also for an exchange with a slow card', async () => {
    reader = make({ responseDelayMs: 300 });
    await reader.open();
    const connection = await tapped('napas-debit');
    const late = connection.exchange(selectPpse, { ...minute, timeoutMs: 200 });
    clock.advance(200);
    expect(await late).toMatchObject({ ok: false, fault: { kind: 'timeout' } });
    const inTime = connection.exchange(selectPpse, minute);
    clock.advance(300);
    expect((await inTime).ok).toBe(true);
  });
});

function problems(settings: unknown): unknown {
  const created = simulatedCardReader.create('reader', settings, host);
  return created.ok ? 'accepted' : created.fault;
}

describe('settings', () => {
  it('says what is wrong, by key', () => {
    expect(problems({ responseDelayMs: 1001 })).toMatchObject([{ path: ['responseDelayMs'], found: '1001' }]);
    expect(problems({ card: 'x' })).toMatchObject([{ path: ['card'], expected: 'no such key' }]);
    expect(problems({ cards: '/nowhere/cards.json' })).toMatchObject([
      { path: ['cards'], found: expect.stringContaining('ENOENT') as string },
    ]);
  });

  it('says what is wrong inside a file of cards', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cham-cards-'));
    const file = path.join(folder, 'cards.json');
    const trace = { kind: 'trace', id: 'a', name: 'A', hint: 'a', trace: ['=> 00', 'what'] };
    writeFileSync(file, JSON.stringify({ notice: '', issuerMasterKey: '00'.repeat(16), cards: [trace] }));
    expect(problems({ cards: file })).toMatchObject([
      { path: ['cards'], found: expect.stringContaining('cards.0.trace') as string },
    ]);
    rmSync(folder, { recursive: true });
  });
});

describe('the slot', () => {
  it('keeps an inserted card after the session, until somebody takes it out', async () => {
    const changes: (string | undefined)[] = [];
    const end = reader.onSlot(() => changes.push(reader.inserted));
    const connection = await tapped('napas-insert');
    expect(connection.interface).toBe('contact');
    expect(reader.inserted).toBe('napas-insert');
    await connection.disconnect();
    // Without power it answers nothing more, and is still there.
    expect(await exchanged(connection, selectPpse)).toBe('notConnected');
    expect(reader.inserted).toBe('napas-insert');
    const removed = connection.removed(minute);
    expect(reader.takeOut()).toBe(true);
    expect((await removed).ok).toBe(true);
    expect((await connection.removed(minute)).ok).toBe(true);
    expect(reader.takeOut()).toBe(false);
    expect(changes).toEqual(['napas-insert', undefined]);
    end();
  });

  it('a card that is taken out in the middle answers nothing more', async () => {
    const connection = await tapped('napas-insert');
    expect(await exchanged(connection, selectPpse)).not.toBe('notConnected');
    reader.takeOut();
    expect(await exchanged(connection, selectPpse)).toBe('notConnected');
    expect((await connection.removed(minute)).ok).toBe(true);
  });

  it('one that was left there is taken out before the next goes in', async () => {
    const first = await tapped('napas-insert');
    await first.disconnect();
    const gone = first.removed(minute);
    await tapped('visa-insert');
    expect((await gone).ok).toBe(true);
    expect(reader.inserted).toBe('visa-insert');
  });

  it('waits for the card to be taken no longer than it was asked to', async () => {
    const connection = await tapped('napas-insert');
    const stop = new AbortController();
    const late = connection.removed({ signal: new AbortController().signal, timeoutMs: 1000 });
    const ended = connection.removed({ signal: stop.signal, timeoutMs: 1000 });
    stop.abort();
    clock.advance(1000);
    expect(await ended).toMatchObject({ ok: false, fault: { kind: 'aborted' } });
    expect(await late).toMatchObject({ ok: false, fault: { kind: 'timeout' } });
  });

  it('says of each card how it is presented', () => {
    const ways = new Map(reader.cards().map((card) => [card.id, card.interface]));
    expect(ways.get('napas-debit')).toBe('contactless');
    expect(ways.get('napas-insert')).toBe('contact');
    expect(reader.hasSlot).toBe(true);
  });
});
