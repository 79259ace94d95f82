/** Three books and a selection: what belongs to another day or batch is neither missing nor counted. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardKeys, reconcile, transferKeys, type Books, type JournalLine } from './reconcile.ts';
import type { Statement, StatementLine } from './statement.ts';
import { vnd } from './test-kit.ts';

interface Sale {
  readonly stan: number;
  readonly minorUnits: number;
  readonly day: number;
  readonly batch: number;
}

const date = (day: number) => `2026-11-${String(day).padStart(2, '0')}`;

function here({ stan, minorUnits, day, batch }: Sale): JournalLine {
  const card = {
    terminalId: 'T1',
    stan,
    date: date(day),
    rrn: `R${stan}`,
    approvalCode: null,
    amount: vnd(minorUnits),
  };
  return {
    ...card,
    rail: 'card',
    where: `S-${stan}`,
    text: '',
    keys: cardKeys(card),
    expected: true,
    batch,
    reference: null,
  };
}

const blank = { terminalId: null, stan: null, rrn: null, approvalCode: null, batch: null, id: null, memo: '' };

function there(
  { stan, minorUnits, day, batch }: Sale,
  index: number,
  over: Partial<StatementLine> = {},
): StatementLine {
  const known = { terminalId: 'T1', stan: String(stan), rrn: `R${stan}`, batch };
  return { ...blank, ...known, line: index + 2, date: date(day), amount: vnd(minorUnits), ...over };
}

const statement = (lines: readonly StatementLine[]): Statement => ({ lines, leftOut: 0 });
const books = (over: Partial<Books>): Books => ({
  journal: [],
  host: null,
  bank: null,
  payout: null,
  currency: 'VND',
  ...over,
});

const sales = fc.uniqueArray(
  fc.record({
    stan: fc.integer({ min: 1, max: 500 }),
    minorUnits: fc.integer({ min: 1, max: 1_000_000 }),
    day: fc.integer({ min: 1, max: 4 }),
    batch: fc.integer({ min: 1, max: 4 }),
  }),
  { selector: ({ stan }) => stan, maxLength: 40 },
);
const selection = fc.oneof(
  fc.constant(null),
  fc.integer({ min: 1, max: 4 }).map((batch) => ({ batch })),
  fc.integer({ min: 1, max: 4 }).map((day) => ({ date: date(day) })),
);

describe('three books', () => {
  it('that say the same agree under every selection', () => {
    fc.assert(
      fc.property(sales, selection, (all, chosen) => {
        const host = statement(all.map((sale, index) => there(sale, index)));
        expect(reconcile(books({ journal: all.map(here), host }), chosen).agrees).toBe(true);
      }),
    );
  });

  it('a host that books a payment on the next day or in the next batch has booked it all the same', () => {
    const journal = [here({ stan: 1, minorUnits: 100, day: 1, batch: 1 })];
    const shifted = there({ stan: 1, minorUnits: 100, day: 2, batch: 2 }, 0);
    for (const chosen of [{ date: date(1) }, { batch: 1 }]) {
      expect(reconcile(books({ journal, host: statement([shifted]) }), chosen).agrees).toBe(true);
    }
    for (const chosen of [{ date: date(2) }, { batch: 2 }]) {
      const found = reconcile(books({ journal, host: statement([shifted]) }), chosen).journalHost;
      expect(found).toMatchObject({ results: [], agrees: true });
    }
  });

  it('losing one line of the host is one line missing there, and its money is the difference', () => {
    const some = sales.filter(({ length }) => length > 0);
    fc.assert(
      fc.property(some, fc.nat(), (all, pick) => {
        const lost = all[pick % all.length];
        const host = statement(all.filter((sale) => sale !== lost).map((sale, index) => there(sale, index)));
        const found = reconcile(books({ journal: all.map(here), host }), null).journalHost;
        expect(found?.counts).toMatchObject({ missingThere: 1, missingHere: 0, different: 0 });
        expect(found?.difference.minorUnits).toBe(-(lost?.minorUnits ?? 0));
      }),
    );
  });

  it('transfers are known by id, by the reference in the memo, or by memo, day and amount', () => {
    const transfer = (id: string, reference: string | null, memo: string): JournalLine => ({
      rail: 'transfer',
      where: id,
      text: '',
      amount: vnd(45_000),
      keys: transferKeys({ id, reference, memo, date: date(1), amount: vnd(45_000) }),
      expected: true,
      date: date(1),
      batch: 1,
      terminalId: null,
      reference,
    });
    const journal = [
      transfer('FT1', 'CHAAAA2222', 'x'),
      transfer('FT2', 'CHBBBB3333', 'y'),
      transfer('FT3', null, 'Cà phê'),
    ];
    const line = { ...blank, date: date(1), amount: vnd(45_000) };
    const bank = statement([
      { ...line, line: 2, memo: 'ca  phe' },
      { ...line, line: 3, memo: '123 chbb bb3333.CT' },
      { ...line, line: 4, id: 'FT1', memo: 'changed by the bank' },
    ]);
    const found = reconcile(books({ journal, bank }), null).journalBank;
    expect(found?.results.map(({ ours, theirs }) => [ours?.where, theirs?.where])).toEqual([
      ['FT1', 'line 4'],
      ['FT2', 'line 3'],
      ['FT3', 'line 2'],
    ]);
  });

  it('payouts are held against the host, batch by batch, and are no transfers of customers', () => {
    const all = [1, 2, 3].map((stan) => ({ stan, minorUnits: stan * 1000, day: 1, batch: stan < 3 ? 1 : 2 }));
    const other = there({ stan: 9, minorUnits: 9999, day: 1, batch: 1 }, 9, { terminalId: 'T2' });
    const host = statement([...all.map((sale, index) => there(sale, index)), other]);
    const bank = statement([{ ...blank, line: 2, date: date(3), amount: vnd(2900), memo: 'TT LO 000001' }]);
    const three = books({ journal: all.map(here), host, bank, payout: /TT LO (\d+)/ });
    const found = reconcile(three, null);
    expect(found.journalBank?.results).toEqual([]);
    expect(found.hostBank?.results.map(({ kind, difference }) => [kind, difference.minorUnits])).toEqual([
      ['different', -100],
      ['missingThere', -3000],
    ]);
    expect(reconcile(three, { batch: 1 }).hostBank?.results).toHaveLength(1);
    expect(reconcile(three, { date: date(1) }).hostBank).toBeNull();
  });
});
