/** Recording card sessions: a reader that is recorded behaves as before, and its files are redacted, private and few. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CardReader } from '../../devices/card-reader.ts';
import { TraceCard } from '../../drivers/simulated/card/trace.ts';
import { epochMs } from '../core/base/brand.ts';
import { hex } from '../core/base/bytes.ts';
import type { Log } from '../core/base/ports.ts';
import { parseTrace } from '../core/emv/trace/trace-text.ts';
import { openCardTraces } from './card-traces.ts';
import { loadEmvData } from './config/emv-data.ts';
import { embeddedConfigFile, loadConfig } from './config/load.ts';
import { systemClock } from './platform.ts';

const pan = '9704000000000018';
const limit = { signal: new AbortController().signal, timeoutMs: 1000 };
const clock = { ...systemClock, now: () => epochMs(Date.UTC(2026, 11, 31, 2, 5, 7)) };
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-traces-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One card that answers everything with a PAN, and then is gone. */
class OneCard {
  readonly role = 'cardReader';
  readonly name = 'reader';
  readonly description = 'a reader with private state';
  readonly hasSlot = false;
  #waits = 0;

  get waits(): number {
    return this.#waits;
  }

  checkHealth(): Promise<{ state: 'ready'; detail: string }> {
    return Promise.resolve({ state: 'ready', detail: `asked for ${this.#waits} cards` });
  }

  waitForCard(): ReturnType<CardReader['waitForCard']> {
    this.#waits += 1;
    let exchanges = 0;
    return Promise.resolve({
      ok: true,
      value: {
        interface: 'contactless',
        atr: hex('3B8080'),
        exchange: () => {
          exchanges += 1;
          return Promise.resolve(
            exchanges === 1
              ? { ok: true, value: hex(`700A5A08${pan}9000`) }
              : { ok: false, fault: { kind: 'notConnected', detail: 'gone', retrySafe: true } },
          );
        },
        disconnect: () => Promise.resolve(),
        removed: () => Promise.resolve({ ok: true, value: undefined }),
      },
    });
  }
}

function open(to: string | undefined, log: Log = { write: () => {} }) {
  const config = loadConfig(embeddedConfigFile);
  const emv = loadEmvData();
  if (!config.ok || !emv.ok) throw new Error('the embedded configuration is wrong');
  const reader = new OneCard() as unknown as CardReader;
  const none = { codeScanner: undefined, pinPad: undefined, receiptPrinter: undefined, customerDisplay: undefined };
  const checked = { config: config.value, emv: emv.value, devices: { cardReader: reader, ...none } };
  const opened = openCardTraces({ ...(to === undefined ? {} : { cardTraces: to }), clock, log }, checked);
  if (!opened.ok) throw new Error(opened.fault);
  return { reader, traced: opened.value.reader, stop: () => opened.value.stop() };
}

async function session(reader: CardReader | undefined): Promise<void> {
  const card = await reader?.waitForCard(limit);
  if (card?.ok !== true) throw new Error('no card');
  const answer = await card.value.exchange(hex('00B2010C00'), limit);
  expect(answer).toEqual({ ok: true, value: hex(`700A5A08${pan}9000`) });
  if (answer.ok) answer.value.fill(0);
  expect((await card.value.exchange(hex('00B2020C00'), limit)).ok).toBe(false);
  expect(card.value.atr).toEqual(hex('3B8080'));
  expect((await card.value.removed(limit)).ok).toBe(true);
  await card.value.disconnect();
  await card.value.disconnect();
}

describe('card traces', () => {
  it('without a folder the reader is the same one', () => {
    const { reader, traced } = open(undefined);
    expect(traced).toBe(reader);
  });

  it('one redacted file a session, for its owner only, which TraceCard plays', async () => {
    const to = path.join(folder, 'new/traces');
    const { traced, stop } = open(to);
    await session(traced);
    expect((await traced?.checkHealth(limit))?.detail).toBe('asked for 1 cards');
    await session(traced);
    await stop();
    const names = readdirSync(to).sort();
    expect(names).toEqual(['20261231-090507-0001.trace', '20261231-090507-0002.trace']);
    const file = path.join(to, names[0] ?? '');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(to).mode & 0o777).toBe(0o700);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(pan);
    const trace = parseTrace(text);
    expect(trace.ok && trace.value.remarks.map(({ key }) => key)).toEqual([
      'recorded by',
      'date',
      'terminal',
      'redacted',
      'interface',
      'ATR',
    ]);
    expect(text).toContain('# date: 2026-12-31 09:05:07 Asia/Ho_Chi_Minh');
    expect(text).toContain('# => 00B2020C00 (the card was removed)');
    const card = TraceCard.parse(text.split('\n'));
    expect(card.ok && card.value.process(hex('00B2010C00')).ok).toBe(true);
  });

  it('keeps a bounded number of its own files, and touches no others', async () => {
    const to = mkdtempSync(path.join(folder, 'full-'));
    writeFileSync(path.join(to, 'notes.trace'), 'mine');
    for (let old = 0; old < 510; old += 1) {
      writeFileSync(path.join(to, `20200101-000000-${String(old).padStart(4, '0')}.trace`), '');
    }
    const { traced, stop } = open(to);
    await session(traced);
    await stop();
    const names = readdirSync(to).sort();
    expect(names).toHaveLength(501);
    expect(names).toContain('notes.trace');
    expect(names).toContain('20261231-090507-0001.trace');
    expect(names).not.toContain('20200101-000000-0010.trace');
  });

  it('a folder that cannot be made stops the start; a file that cannot be written costs only the trace', async () => {
    const blocked = path.join(folder, 'file');
    writeFileSync(blocked, '');
    expect(() => open(path.join(blocked, 'traces'))).toThrow(/cannot be recorded in .*ENOTDIR/);
    const to = mkdtempSync(path.join(folder, 'gone-'));
    const written: string[] = [];
    const { traced, stop } = open(to, { write: (level, message) => written.push(`${level} ${message}`) });
    rmSync(to, { recursive: true });
    await session(traced);
    await stop();
    expect(written).toEqual(['warning a card trace was not written']);
  });
});
