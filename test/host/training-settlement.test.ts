/**
 * Settlement with the training acquirer over a socket: both sides count, a difference is uploaded, and a closed batch
 * stays closed whatever arrives late. Then the statement that the merchant would get.
 */
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../../src/core/base/brand.ts';
import { resolveDialect } from '../../src/core/iso8583/dialect.ts';
import { standardDialects } from '../../src/core/iso8583/standard-dialects.ts';
import { statementCsv } from '../../src/host/training/acquirer-statement.ts';
import type { TrainingAcquirer } from '../../src/host/training/acquirer.ts';
import {
  cardRequest,
  columnsOf,
  followUp,
  original,
  originalOf,
  pans,
  RawTerminal,
  reconciliation,
  refundRequest,
  reversalOf,
  startHost,
  type Columns,
  type Elements,
  type Traced,
} from './raw-terminal.ts';

let host: TrainingAcquirer;
let terminal: RawTerminal;

beforeEach(async () => {
  const started = await startHost();
  host = started.host;
  terminal = await RawTerminal.connected(started.port);
});

afterEach(async () => {
  terminal.close();
  await host.stop();
});

const nothing: Columns = [
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
];
const oneSale: Columns = [
  [0, 0],
  [0, 0],
  [1, 45_000],
  [0, 0],
];

async function sell(request: Traced): Promise<Elements> {
  return originalOf('0200', await terminal.ask('0200', cardRequest(request)));
}

/** 0320 of an entry under its own trace number. */
function uploadOf(mti: string, stan: number, entry: Elements): Elements {
  const { 2: _pan, 14: _expiry, ...rest } = entry;
  return { ...rest, 11: String(stan).padStart(6, '0'), 22: '072', ...original(mti, Number(entry[11])) };
}

function comparisons(): string[] {
  return host.statement('TERM0001').map(({ stan, comparison }) => `${stan} ${comparison ?? '-'}`);
}

describe('totals', () => {
  it('count sales and completions as debits, refunds as credits, what was voided in both columns', async () => {
    await sell({ stan: 1, amount: 45_000 });
    const voided = await sell({ stan: 2, amount: 20_000 });
    await terminal.ask('0200', followUp({ stan: 3, amount: 20_000 }, voided, '020000'));
    const held = originalOf('0100', await terminal.ask('0100', cardRequest({ stan: 4, amount: 90_000 })));
    await terminal.ask('0100', followUp({ stan: 5, amount: 10_000 }, held));
    await terminal.ask('0220', followUp({ stan: 6, amount: 80_000 }, held, '000000', '06'));
    await terminal.ask('0220', { ...cardRequest({ stan: 7, amount: 30_000 }), 39: 'Y1' });
    await terminal.ask('0200', refundRequest({ stan: 8, amount: 5_000 }));
    const refund = await terminal.ask('0200', refundRequest({ stan: 9, amount: 6_000 }));
    await terminal.ask('0200', followUp({ stan: 10, amount: 6_000 }, originalOf('0200', refund), '220000'));
    await terminal.ask('0200', cardRequest({ stan: 11, amount: 45_051 }));
    const unknown = cardRequest({ stan: 12, amount: 70_000 });
    await terminal.ask('0200', unknown);
    await terminal.ask('0400', reversalOf('0200', unknown));

    const expected: Columns = [
      [2, 11_000],
      [1, 6_000],
      [4, 175_000],
      [1, 20_000],
    ];
    const wrong = await terminal.ask('0500', reconciliation(13, nothing));
    expect([wrong?.mti, wrong?.text(39), wrong?.text(66)]).toEqual(['0510', '95', '2']);
    expect(columnsOf(wrong)).toEqual(expected);
    expect(wrong?.text(97)).toBe('C0000000000150000');
    const right = await terminal.ask('0500', reconciliation(14, expected));
    expect([right?.text(39), right?.text(66)]).toEqual(['00', '1']);
    expect(columnsOf(right)).toEqual(expected);
  });

  it('are owed by the merchant when refunds exceed sales', async () => {
    await terminal.ask('0200', refundRequest({ stan: 1, amount: 5_000 }));
    const reply = await terminal.ask(
      '0500',
      reconciliation(2, [
        [1, 5_000],
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
    );
    expect([reply?.text(39), reply?.text(97)]).toEqual(['00', 'D0000000000005000']);
  });

  it.each([74, 75, 76, 77, 86, 87, 88, 89, 97])('differ when DE %i does', async (element) => {
    await sell({ stan: 1, amount: 45_000 });
    const request = reconciliation(2, oneSale);
    const other = { ...request, [element]: String(request[element]).replace(/.$/, '7') };
    expect(await terminal.code('0500', other)).toBe('95');
    expect(await terminal.code('0500', { ...request, [element]: undefined })).toBe('30');
    expect(await terminal.code('0500', request)).toBe('00');
  });

  it('are counted apart by terminal, batch and currency', async () => {
    await sell({ stan: 1, amount: 45_000, batch: 7 });
    await terminal.ask('0200', { ...cardRequest({ stan: 2, amount: 1_000, batch: 7 }), 41: 'TERM0002' });
    await terminal.ask('0200', cardRequest({ stan: 3, amount: 2_000, batch: 8 }));
    await terminal.ask('0200', { ...cardRequest({ stan: 4, amount: 3_000, batch: 7 }), 49: '840' });
    expect(await terminal.code('0500', reconciliation(5, oneSale, 7))).toBe('00');
    expect(await terminal.code('0500', { ...reconciliation(6, nothing, 7), 49: '999' })).toBe('13');
  });

  it('are in the minor units of the host', async () => {
    const dialect = resolveDialect(standardDialects, 'iso87-binary');
    if (!dialect.ok) throw new Error(dialect.fault.detail);
    const other = await startHost({ amountExponent: 2, dialect: dialect.value });
    const caller = await RawTerminal.connected(other.port, dialect.value);
    const request = { ...cardRequest({ stan: 1, amount: 4_500_000 }), 49: '704' };
    expect(await caller.code('0200', request)).toBe('00');
    expect(other.host.captured()).toMatchObject([{ amount: 45_000 }]);
    const reply = await caller.ask(
      '0500',
      reconciliation(2, [
        [0, 0],
        [0, 0],
        [1, 4_500_000],
        [0, 0],
      ]),
    );
    expect([reply?.text(39), reply?.text(88), reply?.text(97)]).toEqual([
      '00',
      '0000000004500000',
      'C0000000004500000',
    ]);
    caller.close();
    await other.host.stop();
  });
});

describe('a batch upload', () => {
  it('adds what the host does not have, marks what the terminal has not, and closes with what there is', async () => {
    await sell({ stan: 1, amount: 45_000 });
    await sell({ stan: 2, amount: 20_000 });
    await sell({ stan: 3, amount: 30_000 });
    const voided = await sell({ stan: 4, amount: 1_000 });
    await terminal.ask('0200', followUp({ stan: 5, amount: 1_000 }, voided, '020000'));
    const theirs: Columns = [
      [1, 7_000],
      [0, 0],
      [4, 108_000],
      [0, 0],
    ];
    expect(await terminal.code('0500', reconciliation(20, theirs))).toBe('95');

    const upload = async (mti: string, stan: number, entry: Elements) => {
      const first = await terminal.ask('0320', uploadOf(mti, stan, entry));
      expect(first?.mti).toBe('0330');
      expect((await terminal.ask('0321', uploadOf(mti, stan, entry)))?.describe()).toBe(first?.describe());
      return first?.text(39);
    };
    expect(await upload('0200', 21, cardRequest({ stan: 1, amount: 45_000 }))).toBe('00');
    expect(await upload('0200', 22, cardRequest({ stan: 2, amount: 21_000 }))).toBe('00');
    const completion = { ...cardRequest({ stan: 9, amount: 42_000 }), 25: '06', 37: '112103000077', 38: 'A00001' };
    expect(await upload('0220', 23, completion)).toBe('00');
    expect(await upload('0200', 24, { ...cardRequest({ stan: 10, amount: 7_000 }), 3: '200000' })).toBe('00');
    const close = reconciliation(30, theirs, 1, '960000');
    const reply = await terminal.ask('0500', close);
    expect([reply?.text(39), reply?.text(66)]).toEqual(['00', '1']);
    expect(columnsOf(reply)).toEqual([
      [1, 7_000],
      [0, 0],
      [5, 138_000],
      [1, 1_000],
    ]);
    expect((await terminal.ask('0501', close))?.describe()).toBe(reply?.describe());
    expect(comparisons()).toEqual([
      '1 agrees',
      '2 different',
      '3 missingThere',
      '4 -',
      '9 missingHere',
      '10 missingHere',
    ]);
    expect(host.statement('TERM0001').slice(-2)).toMatchObject([
      { operation: 'completion', amount: 42_000, rrn: '112103000077', approvalCode: 'A00001', maskedPan: '' },
      { operation: 'refund', amount: 7_000, batch: 1 },
    ]);
  });

  it('does not bring back what was reversed or declined', async () => {
    const reversed = cardRequest({ stan: 1, amount: 45_000 });
    await terminal.ask('0200', reversed);
    await terminal.ask('0400', reversalOf('0200', reversed));
    const overtaken = cardRequest({ stan: 2, amount: 45_000 });
    await terminal.ask('0400', reversalOf('0200', overtaken));
    const declined = cardRequest({ stan: 3, amount: 45_051 });
    await terminal.ask('0200', declined);
    for (const [place, entry] of [reversed, overtaken, declined].entries()) {
      expect(await terminal.code('0320', uploadOf('0200', 10 + place, entry))).toBe('00');
    }
    const reply = await terminal.ask('0500', reconciliation(20, oneSale, 1, '960000'));
    expect(columnsOf(reply)).toEqual(nothing);
    expect(comparisons()).toEqual(['1 different']);
  });

  it('is refused without the entry that it is about', async () => {
    const entry = uploadOf('0200', 10, cardRequest({ stan: 1, amount: 45_000 }));
    expect(await terminal.code('0320', { ...entry, 90: undefined })).toBe('30');
    expect(await terminal.code('0320', { ...entry, 4: undefined })).toBe('30');
    expect(host.statement('TERM0001')).toEqual([]);
  });
});

describe('a closed batch', () => {
  beforeEach(async () => {
    await sell({ stan: 1, amount: 45_000 });
    expect(await terminal.code('0500', reconciliation(2, oneSale))).toBe('00');
  });

  it('gives the same answer again, and its own totals to a different question', async () => {
    expect(await terminal.code('0501', reconciliation(2, oneSale))).toBe('00');
    expect(comparisons()).toEqual(['1 -']);
    const other = await terminal.ask('0500', reconciliation(3, nothing));
    expect(other?.text(39)).toBe('95');
    expect(columnsOf(other)).toEqual(oneSale);
  });

  it('lets nothing be voided, but refunded and reversed', async () => {
    const named = original('0200', 1);
    expect(await terminal.code('0200', followUp({ stan: 3, amount: 45_000 }, named, '020000'))).toBe('12');
    expect(await terminal.code('0200', refundRequest({ stan: 4, amount: 1_000, batch: 2 }, named))).toBe('00');
    expect(await terminal.code('0400', reversalOf('0200', cardRequest({ stan: 1, amount: 45_000 })))).toBe('00');
    expect(host.statement('TERM0001', 1)).toMatchObject([{ stan: 1, state: 'reversed' }]);
    expect(await terminal.code('0501', reconciliation(2, oneSale))).toBe('00');
  });

  it('has late payments booked in the next one', async () => {
    await terminal.ask('0220', { ...cardRequest({ stan: 3, amount: 30_000 }), 39: 'Y1' });
    await sell({ stan: 4, amount: 15_000 });
    expect(host.statement('TERM0001', 1).map(({ stan }) => stan)).toEqual([1]);
    expect(host.statement('TERM0001', 2).map(({ stan }) => stan)).toEqual([3, 4]);
    const both: Columns = [
      [0, 0],
      [0, 0],
      [2, 45_000],
      [0, 0],
    ];
    expect(await terminal.code('0500', reconciliation(5, both, 2))).toBe('00');
    await sell({ stan: 6, amount: 45_000 });
    expect(host.statement('TERM0001', 3).map(({ stan }) => stan)).toEqual([6]);
  });

  it('is followed by the next for a terminal that names no batches', async () => {
    const unnamed = { ...cardRequest({ stan: 3, amount: 46_000 }), 60: undefined };
    expect(await terminal.code('0200', unnamed)).toBe('00');
    const columns: Columns = [
      [0, 0],
      [0, 0],
      [1, 46_000],
      [0, 0],
    ];
    expect(await terminal.code('0500', { ...reconciliation(4, columns), 60: undefined })).toBe('00');
    expect(host.statement('TERM0001').map(({ batch }) => batch)).toEqual([1, 2]);
  });

  it('with the last number is followed by the first', async () => {
    expect(await terminal.code('0500', reconciliation(3, nothing, 999_999))).toBe('00');
    await sell({ stan: 4, amount: 45_000, batch: 999_999 });
    // The first is closed already.
    expect(host.statement('TERM0001', 2)).toMatchObject([{ stan: 4 }]);
  });

  it('does not keep a pre-authorisation from being completed or cancelled', async () => {
    const held = originalOf('0100', await terminal.ask('0100', cardRequest({ stan: 3, amount: 9_000, batch: 2 })));
    const other = originalOf('0100', await terminal.ask('0100', cardRequest({ stan: 4, amount: 8_000, batch: 2 })));
    expect(await terminal.code('0500', reconciliation(5, nothing, 2))).toBe('00');
    const completion = followUp({ stan: 6, amount: 9_000, batch: 3 }, held, '000000', '06');
    expect(await terminal.code('0220', completion)).toBe('00');
    expect(await terminal.code('0100', followUp({ stan: 7, amount: 8_000, batch: 3 }, other, '020000'))).toBe('00');
    expect(host.statement('TERM0001', 3)).toMatchObject([{ operation: 'completion', amount: 9_000 }]);
  });
});

describe('a host that counts wrongly', () => {
  it('forgets an entry or counts one too many, until the upload', async () => {
    await sell({ stan: 1, amount: 45_000 });
    host.behave({ totals: 'forgetEntry', on: 'reconciliation' });
    const short = await terminal.ask('0500', reconciliation(2, oneSale));
    expect([short?.text(39), columnsOf(short)]).toEqual(['95', nothing]);
    host.behave({ totals: 'phantomEntry' });
    const long = await terminal.ask('0500', reconciliation(3, oneSale));
    expect(long?.text(39)).toBe('95');
    expect(columnsOf(long)).toEqual([
      [0, 0],
      [0, 0],
      [2, 55_000],
      [0, 0],
    ]);
    expect(await terminal.code('0320', uploadOf('0200', 4, cardRequest({ stan: 1, amount: 45_000 })))).toBe('00');
    const closed = await terminal.ask('0500', reconciliation(5, oneSale, 1, '960000'));
    expect([closed?.text(39), columnsOf(closed)]).toEqual(['00', oneSale]);
    expect(comparisons()).toEqual(['1 agrees']);
  });
});

it('totals of any batch agree with the sums of its statement', async () => {
  let stan = 0;
  let batch = 0;
  const step = fc.record({ refund: fc.boolean(), amount: fc.integer({ min: 1, max: 900 }), voided: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      batch += 1;
      for (const { refund, amount, voided } of steps) {
        const request = { stan: (stan += 1), amount: amount * 1_000, batch };
        const named = originalOf(
          '0200',
          await terminal.ask('0200', refund ? refundRequest(request) : cardRequest(request)),
        );
        const undo = followUp({ ...request, stan: (stan += 1) }, named, refund ? '220000' : '020000');
        if (voided) expect(await terminal.code('0200', undo)).toBe('00');
      }
      const lines = host.statement('TERM0001', batch);
      const column = (operation: string, state?: string): [number, number] => {
        const found = lines.filter((line) => line.operation === operation && (state ?? line.state) === line.state);
        return [found.length, found.reduce((sum, { amount }) => sum + amount, 0)];
      };
      const columns = [column('refund'), column('refund', 'voided'), column('sale'), column('sale', 'voided')];
      expect(await terminal.code('0500', reconciliation((stan += 1), columns, batch))).toBe('00');
    }),
    { numRuns: 25 },
  );
});

it('the statement is written as CSV', () => {
  const csv = statementCsv([
    {
      at: epochMs(Date.UTC(2026, 10, 21, 3, 15)),
      stan: 1,
      rrn: '112103000001',
      approvalCode: 'A"1,2',
      operation: 'sale',
      amount: 45_000,
      currency: 'VND',
      maskedPan: '970400******0018',
      batch: 1,
      state: 'booked',
      comparison: null,
    },
  ]);
  expect(csv).toBe(
    'at,stan,rrn,approvalCode,operation,amount,currency,maskedPan,batch,state,comparison\r\n' +
      '2026-11-21T03:15:00.000Z,1,112103000001,"A""1,2",sale,45000,VND,970400******0018,1,booked,\r\n',
  );
  expect(csv).not.toContain(pans.napas);
});
