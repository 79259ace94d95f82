/** Hosts' and banks' lists: read exactly as the format says, or refused with the line. */
import { describe, expect, it } from 'vitest';
import { readStatement, type StatementFormat } from './statement.ts';

const host: StatementFormat = {
  book: 'host',
  currency: 'VND',
  separator: ',',
  date: 'YYYY-MM-DD',
  group: '.',
  decimal: ',',
  columns: { date: 'Date', amount: 'Amount', type: 'Type', stan: 'STAN', batch: 'Batch' },
  signs: { SALE: 1, REFUND: -1, DECLINED: 0 },
};
const bank: StatementFormat = {
  book: 'bank',
  currency: 'USD',
  separator: ';',
  date: 'DD/MM/YYYY',
  group: ',',
  decimal: '.',
  columns: { date: 'Ngày', amount: 'Ghi có', id: 'Số GD', memo: 'Nội dung' },
};

function hostRow(row: string) {
  const read = readStatement(`Date,Amount,Type,STAN,Batch\n${row}\n`, host);
  if (!read.ok) return read.fault.detail;
  const [line] = read.value.lines;
  return line === undefined ? `left out ${read.value.leftOut}` : line.amount.minorUnits;
}

function bankAmount(cell: string) {
  const read = readStatement(`Ngày;Ghi có;Số GD;Nội dung\n21/11/2026 09:30;"${cell}";FT1;CK\n`, bank);
  if (!read.ok) return read.fault.kind;
  return read.value.lines[0]?.amount.minorUnits ?? `left out ${read.value.leftOut}`;
}

describe('a statement', () => {
  it('begins below whatever the bank prints above its table', () => {
    const text =
      'NGAN HANG\nTai khoan;0123\n\nSố GD; Ngày ;Nội dung;Ghi nợ;Ghi có\nFT1;21/11/2026;CHAM 12;;12.50\n;;Cộng;;12.50\n';
    const read = readStatement(text, bank);
    expect(read).toMatchObject({
      ok: true,
      value: {
        leftOut: 1,
        lines: [{ line: 5, date: '2026-11-21', amount: { minorUnits: 1250 }, id: 'FT1', memo: 'CHAM 12', stan: null }],
      },
    });
  });

  it.each([
    ['2026-11-21,45.000,SALE,000123,7', 45_000],
    ['2026-11-21,45000,REFUND,000123,7', -45_000],
    ['"2026-11-21 14:05","1.250.000,00",SALE,000123,', 1_250_000],
    ['2026-11-21,45.000,DECLINED,000123,7', 'left out 1'],
    [',999.000,SALE,,', 'left out 1'],
    ['2026-11-21,45.000,TIP,000123,7', 'line 2, Type: found "TIP"; expected one of SALE, REFUND, DECLINED'],
    ['2026-11-21,450.00,SALE,1,7', 'line 2, Amount: found "450.00"; expected an amount in VND, such as 1.250.000'],
    [
      '"2026-11-21","45.000,50",SALE,1,7',
      'line 2, Amount: found "45.000,50"; expected an amount in VND, such as 1.250.000',
    ],
    ['2026-11-21,,SALE,1,7', 'line 2, Amount: found ""; expected an amount in VND, such as 1.250.000'],
    ['21/11/2026,45.000,SALE,1,7', 'line 2, Date: found "21/11/2026"; expected a date YYYY-MM-DD'],
    ['2026-13-21,45.000,SALE,1,7', 'line 2, Date: found "2026-13-21"; expected a date YYYY-MM-DD'],
    ['2026-11-21,45.000,SALE,12a,7', 'line 2, STAN: found "12a"; expected a number of at most six digits'],
    ['2026-11-21,45.000,SALE,12,x', 'line 2, Batch: found "x"; expected a number of at most six digits'],
  ])('%s reads as %s', (row, expected) => {
    expect(hostRow(row)).toBe(expected);
  });

  it.each([
    ['1,234.5', 123_450],
    ['+0.05', 5],
    ['12', 1200],
    ['0.00', 'left out 1'],
    ['-5.00', 'left out 1'],
    ['', 'left out 1'],
    ['1.2.3', 'badValue'],
    ['1234,567.00', 'badValue'],
    ['12,34', 'badValue'],
    ['0.001', 'badValue'],
    ['.5', 'badValue'],
    ['12 USD', 'badValue'],
    ['99999999999999999', 'badValue'],
  ])('money received, %j: %s', (cell, expected) => {
    expect(bankAmount(cell)).toBe(expected);
  });

  it('a missing column and broken CSV are faults', () => {
    expect(readStatement('Date,Amount\n', host)).toMatchObject({
      ok: false,
      fault: { kind: 'missingColumn', detail: expect.stringContaining('"STAN"') },
    });
    expect(readStatement('"', host)).toMatchObject({ ok: false, fault: { kind: 'badCsv' } });
  });
});
