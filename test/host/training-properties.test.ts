/**
 * The training acquirer under any traffic: whatever bytes come, it goes on serving; in whatever order requests, repeats
 * and reversals come, nothing is booked twice, nothing reversed stays booked, and its file says the same as its memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assert } from '../../src/core/base/assert.ts';
import { packMessage } from '../../src/core/iso8583/codec.ts';
import { iso87Ascii } from '../../src/core/iso8583/dialect.ts';
import type { TrainingAcquirer } from '../../src/host/training/acquirer.ts';
import type { StatementLine } from '../../src/host/training/acquirer-statement.ts';
import {
  cardRequest,
  columnsOf,
  followUp,
  original,
  RawTerminal,
  reconciliation,
  refundRequest,
  reversalOf,
  startHost,
  written,
  type Columns,
  type Elements,
} from './raw-terminal.ts';

type Request = readonly [mti: string, elements: Elements];

const sale = cardRequest({ stan: 1, amount: 40_000 });
const nothing: Columns = [
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
];
const close: Request = ['0500', reconciliation(20, nothing, 1, '960000')];

/** One of every kind, some of them rivals: two voids of a sale, three refunds for more than there is, two completions. */
const requests: readonly Request[] = [
  ['0200', sale],
  ['0200', followUp({ stan: 2, amount: 40_000 }, original('0200', 1), '020000')],
  ['0200', followUp({ stan: 3, amount: 40_000 }, original('0200', 1), '020000')],
  ['0200', refundRequest({ stan: 4, amount: 30_000 }, original('0200', 1))],
  ['0200', refundRequest({ stan: 5, amount: 30_000 }, original('0200', 1))],
  ['0200', refundRequest({ stan: 6, amount: 10_000 }, original('0200', 1))],
  ['0200', followUp({ stan: 7, amount: 30_000 }, original('0200', 4), '220000')],
  ['0100', cardRequest({ stan: 8, amount: 50_000 })],
  ['0100', followUp({ stan: 9, amount: 10_000 }, original('0100', 8))],
  ['0220', followUp({ stan: 10, amount: 60_000 }, original('0100', 8), '000000', '06')],
  ['0220', followUp({ stan: 11, amount: 45_000 }, original('0100', 8), '000000', '06')],
  ['0100', followUp({ stan: 12, amount: 50_000 }, original('0100', 8), '020000')],
  ['0220', { ...cardRequest({ stan: 13, amount: 70_000 }), 39: 'Y1' }],
  ['0200', cardRequest({ stan: 14, amount: 40_051 })],
];

/**
 * Advices are not reversed. Nor is the void of a refund here: a reversal is always taken, and a refund that comes back
 * after another took its place is more than the sale.
 */
const reversals: readonly Request[] = requests.flatMap(([mti, elements]): Request[] =>
  mti === '0220' || elements[3] === '220000' ? [] : [['0400', reversalOf(mti, elements)]],
);

const { 2: _pan, 14: _expiry, ...uploaded } = sale;
const uploads: readonly Request[] = [
  ['0320', { ...uploaded, 11: '000021', 22: '072', ...original('0200', 1) }],
  ['0320', { ...uploaded, 11: '000022', 22: '072', 4: '000000015000', ...original('0200', 15) }],
];

let folder: string;
let file = 0;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-acquirer-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function withHost(
  use: (terminal: RawTerminal, host: TrainingAcquirer) => Promise<void>,
  ledgerFile?: string,
): Promise<void> {
  const { host, port } = await startHost(ledgerFile === undefined ? {} : { ledgerFile });
  const terminal = await RawTerminal.connected(port);
  try {
    await use(terminal, host);
  } finally {
    terminal.close();
    await host.stop();
  }
}

/** Sums of what is booked, by what it goes on with. */
function check(lines: readonly StatementLine[]): void {
  expect(new Set(lines.map(({ stan }) => stan)).size).toBe(lines.length);
  const inState = (stan: number, state: string): number =>
    lines.filter((line) => line.stan === stan && line.state === state).reduce((sum, { amount }) => sum + amount, 0);
  const refunded = [4, 5, 6].reduce((sum, stan) => sum + inState(stan, 'booked'), 0);
  expect(refunded).toBeLessThanOrEqual(inState(1, 'booked') + inState(1, 'reversed'));
  const completed = inState(10, 'booked') + inState(11, 'booked');
  expect(completed).toBeLessThanOrEqual(60_000);
  if (inState(10, 'booked') > 0) expect(inState(11, 'booked')).toBe(0);
  if (inState(1, 'voided') > 0) expect(refunded).toBe(0);
  expect(lines.some(({ stan }) => stan === 14)).toBe(false);
}

describe('in any order, with repeats', () => {
  it('books every request once at most, keeps its bounds, and reads the same from its file', async () => {
    const all = [...requests, ...reversals, ...uploads, close];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(all.length - 1), { maxLength: 40 }), async (order) => {
        const ledgerFile = path.join(folder, `${(file += 1)}.jsonl`);
        let lines: readonly StatementLine[] = [];
        let totals: number[][] = [];
        await withHost(async (terminal, host) => {
          const told = new Set<number>();
          for (const index of order) {
            const [mti, elements] = all[index] ?? close;
            const code = await terminal.code(told.has(index) ? `${mti.slice(0, 3)}1` : mti, elements);
            told.add(index);
            expect(code).toMatch(/^(?:00|12|13|25|51|94)$/);
            lines = host.statement('TERM0001');
            check(lines);
            if (mti !== '0400' || code !== '00') continue;
            const stan = Number(elements[11]);
            expect(lines.find((line) => line.stan === stan)?.state ?? 'reversed').toBe('reversed');
          }
          totals = columnsOf(
            await terminal.ask(
              '0500',
              reconciliation(30, [
                [9, 9],
                [0, 0],
                [0, 0],
                [0, 0],
              ]),
            ),
          );
        }, ledgerFile);
        await withHost(async (terminal, host) => {
          expect(host.statement('TERM0001')).toEqual(lines);
          const again = await terminal.ask(
            '0501',
            reconciliation(30, [
              [9, 9],
              [0, 0],
              [0, 0],
              [0, 0],
            ]),
          );
          expect(columnsOf(again)).toEqual(totals);
        }, ledgerFile);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same after the same messages once more', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...requests, ...uploads]), async (order) => {
        await withHost(async (terminal, host) => {
          // Two rounds, because what was refused before its original came may be taken after it.
          for (const [mti, elements] of [...order, ...order]) await terminal.ask(mti, elements);
          for (const [mti, elements] of order) await terminal.ask(mti, elements);
          const settled = host.statement('TERM0001');
          for (const [mti, elements] of order) await terminal.ask(`${mti.slice(0, 3)}1`, elements);
          expect(host.statement('TERM0001')).toEqual(settled);
        });
      }),
      { numRuns: 40 },
    );
  });
});

/** Digits, among them the least and the greatest. */
function digits(length: number): fc.Arbitrary<string> {
  return fc.oneof(
    fc.stringMatching(new RegExp(`^[0-9]{${length}}$`)),
    fc.constant('0'.repeat(length)),
    fc.constant('9'.repeat(length)),
  );
}

describe('hostile messages', () => {
  it('with any bytes changed are answered or hung up on, and the next terminal is served', async () => {
    const { host, port } = await startHost();
    const all = [...requests, ...reversals, ...uploads, close];
    const damage = fc.array(fc.record({ at: fc.nat(), octet: fc.nat(255) }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), damage, async ([mti, elements], changes) => {
        const packed = packMessage(iso87Ascii, written(mti, elements));
        assert(packed.ok, 'it can be written');
        for (const { at, octet } of changes) packed.value[at % packed.value.length] = octet;
        const bad = await RawTerminal.connected(port);
        bad.sendBytes(packed.value);
        bad.socket.end();
        // Every reply, then the end.
        while ((await bad.next()) !== undefined);
      }),
      { numRuns: 300 },
    );
    const good = await RawTerminal.connected(port);
    expect(await good.code('0800', { 11: '000001', 70: '301' })).toBe('00');
    good.close();
    await host.stop();
  });

  it('of any sound elements are answered', async () => {
    const fixed = { 3: 6, 4: 12, 7: 10, 11: 6, 12: 6, 13: 4, 22: 3, 25: 2, 49: 3, 70: 3, 90: 42 } as const;
    const totals = { 74: 10, 75: 10, 76: 10, 77: 10, 86: 16, 87: 16, 88: 16, 89: 16 } as const;
    const elements = fc.record(
      {
        ...Object.fromEntries(Object.entries({ ...fixed, ...totals }).map(([de, length]) => [de, digits(length)])),
        3: fc.constantFrom('000000', '200000', '020000', '220000', '920000', '960000', '310000'),
        41: fc.constantFrom('TERM0001', 'A/B', '        '),
        42: fc.constant('VN0000000000001'),
        37: fc.constantFrom('            ', '112103000001'),
        38: fc.constantFrom('      ', 'T00001'),
        39: fc.constant('Y1'),
        49: fc.constantFrom('704', '840', '000'),
        55: fc.constantFrom('', '9F', 'no hex', '8A023030'),
        60: fc.constantFrom('000000', '000001', '999999', '', 'batch 1'),
        97: fc.constantFrom(`C${'0'.repeat(16)}`, `D${'9'.repeat(16)}`),
        2: fc.constantFrom('', '0', '0000000000000'),
      },
      { requiredKeys: [] },
    );
    const mtis = ['01', '02', '03', '04', '05', '06', '08'].flatMap((start) =>
      ['00', '01', '20', '21'].map((end) => start + end),
    );
    await withHost(async (terminal) => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...mtis), elements, async (mti, present) => {
          const reply = await terminal.ask(mti, present);
          expect(reply?.mti).toBe(`${mti.slice(0, 2)}${Number(mti.charAt(2)) + 1}0`);
          expect(reply?.text(39)).toMatch(/^\d\d$/);
        }),
        { numRuns: 500 },
      );
    });
  });
});
