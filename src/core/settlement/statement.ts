/**
 * A host's or a bank's list of payments (CSV), read by a format that says which column means what
 * (config/reconciliation/*.json). What cannot be read is a fault with its line: nothing is guessed, because a guess
 * would look like a difference in money.
 */
import { exponent, money, type CurrencyCode, type Money } from '../base/money.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import { parseCsv, type CsvFault, type CsvRow } from './csv.ts';

export type DateOrder = 'YYYY-MM-DD' | 'YYYYMMDD' | 'DD/MM/YYYY' | 'DD-MM-YYYY';

/** Values are the titles of columns, exactly as in the file. */
export interface StatementColumns {
  readonly date: string;
  /** Of a bank that has two columns: the one for what came in. */
  readonly amount: string;
  /** Host: what kind of line it is; `signs` says what each kind does to the amount. */
  readonly type?: string | undefined;
  readonly terminalId?: string | undefined;
  readonly stan?: string | undefined;
  readonly rrn?: string | undefined;
  readonly approvalCode?: string | undefined;
  readonly batch?: string | undefined;
  /** Bank: the transaction's own id. */
  readonly id?: string | undefined;
  readonly memo?: string | undefined;
}

export interface StatementFormat {
  readonly book: 'host' | 'bank';
  readonly currency: CurrencyCode;
  /** One character. */
  readonly separator: string;
  /** How a date begins; a time may follow. */
  readonly date: DateOrder;
  /** Thousands separator, empty for none. */
  readonly group: string;
  /** Decimal separator. */
  readonly decimal: string;
  readonly columns: StatementColumns;
  /** 1 adds, -1 takes, 0 is a line without money (a declined payment) and left out. */
  readonly signs?: Readonly<Record<string, 1 | -1 | 0>> | undefined;
  /**
   * Bank: a regular expression for the memo of the acquirer's own payment for a settled batch; its first group is the
   * batch number.
   */
  readonly payout?: string | undefined;
}

export interface StatementLine {
  /** Of the file, from 1. */
  readonly line: number;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly amount: Money;
  /** Null where the file has no such column or the cell is empty. */
  readonly terminalId: string | null;
  readonly stan: string | null;
  readonly rrn: string | null;
  readonly approvalCode: string | null;
  readonly batch: number | null;
  readonly id: string | null;
  readonly memo: string;
}

export interface Statement {
  readonly lines: readonly StatementLine[];
  /** Lines without money of their own: no date (totals, remarks), declined, or money that went out. */
  readonly leftOut: number;
}

export type StatementFault = CsvFault | Fault<'missingColumn' | 'badValue'>;

type Column = keyof StatementColumns;

export function readStatement(text: string, format: StatementFormat): Result<Statement, StatementFault> {
  const parsed = parseCsv(text, format.separator);
  if (!parsed.ok) return parsed;
  const wanted = Object.entries(format.columns).filter(([, title]) => title !== undefined) as [Column, string][];
  // Banks print their address and the account above the table: the header is the first row with every title.
  const headerAt = parsed.value.findIndex(({ cells }) => wanted.every(([, title]) => titles(cells).includes(title)));
  const header = parsed.value[headerAt];
  if (header === undefined) {
    const names = wanted.map(([, title]) => `"${title}"`).join(', ');
    return err(fault('missingColumn', `no line has all the column titles ${names}`, true));
  }
  const at = new Map(wanted.map(([column, title]) => [column, titles(header.cells).indexOf(title)]));
  const lines: StatementLine[] = [];
  let leftOut = 0;
  for (const row of parsed.value.slice(headerAt + 1)) {
    const read = readRow(row, format, (column) => row.cells[at.get(column) ?? -1]?.trim() ?? '');
    if (!read.ok) return read;
    if (read.value === null) leftOut += 1;
    else lines.push(read.value);
  }
  return ok({ lines, leftOut });
}

function titles(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => cell.trim());
}

/** Null for a line without money of its own. */
function readRow(
  { line }: CsvRow,
  format: StatementFormat,
  cell: (column: Column) => string,
): Result<StatementLine | null, Fault<'badValue'>> {
  const bad = (column: Column, found: string, expected: string): Result<never, Fault<'badValue'>> =>
    err(fault('badValue', `line ${line}, ${format.columns[column]}: found "${found}"; expected ${expected}`, true));
  const dateText = cell('date');
  if (dateText === '') return ok(null);
  const date = readDate(dateText, format.date);
  if (date === undefined) return bad('date', dateText, `a date ${format.date}`);
  const type = cell('type');
  const sign = format.columns.type === undefined ? 1 : format.signs?.[type];
  if (sign === undefined) return bad('type', type, `one of ${Object.keys(format.signs ?? {}).join(', ')}`);
  if (sign === 0) return ok(null);
  const amountText = cell('amount');
  if (amountText === '' && format.book === 'bank') return ok(null);
  const amount = readAmount(amountText, format);
  if (amount === undefined) {
    return bad('amount', amountText, `an amount in ${format.currency}, such as ${exampleAmount(format)}`);
  }
  if (format.book === 'bank' && amount <= 0) return ok(null);
  const batchText = cell('batch');
  if (!/^\d{0,6}$/.test(batchText)) return bad('batch', batchText, 'a number of at most six digits');
  if (!/^\d{0,6}$/.test(cell('stan'))) return bad('stan', cell('stan'), 'a number of at most six digits');
  const text = (column: Column): string | null => cell(column) || null;
  return ok({
    line,
    date,
    amount: money(sign * amount, format.currency),
    terminalId: text('terminalId'),
    stan: text('stan'),
    rrn: text('rrn'),
    approvalCode: text('approvalCode'),
    batch: batchText === '' ? null : Number(batchText),
    id: text('id'),
    memo: cell('memo'),
  });
}

const datePatterns: Readonly<Record<DateOrder, RegExp>> = {
  'YYYY-MM-DD': /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})(?!\d)/,
  YYYYMMDD: /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})(?!\d)/,
  'DD/MM/YYYY': /^(?<day>\d{2})\/(?<month>\d{2})\/(?<year>\d{4})(?!\d)/,
  'DD-MM-YYYY': /^(?<day>\d{2})-(?<month>\d{2})-(?<year>\d{4})(?!\d)/,
};

function readDate(text: string, order: DateOrder): string | undefined {
  const { year, month, day } = datePatterns[order].exec(text)?.groups ?? {};
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31) return undefined;
  return `${year}-${month}-${day}`;
}

/** Minor units, exactly: thousands separators must stand at thousands, and no part of a minor unit may be given. */
function readAmount(text: string, { currency, group, decimal }: StatementFormat): number | undefined {
  const [integer = '', fraction = '', ...more] = text.replace(/^[+-]/, '').split(decimal);
  const [first = '', ...rest] = group === '' ? [integer] : integer.split(group);
  if (more.length > 0 || !/^\d+$/.test(first) || !/^\d*$/.test(fraction)) return undefined;
  if (rest.some((part) => !/^\d{3}$/.test(part)) || (rest.length > 0 && first.length > 3)) return undefined;
  const decimals = exponent(currency);
  if (!/^0*$/.test(fraction.slice(decimals))) return undefined;
  const value = Number([first, ...rest, fraction.slice(0, decimals).padEnd(decimals, '0')].join(''));
  if (!Number.isSafeInteger(value)) return undefined;
  return text.startsWith('-') && value !== 0 ? -value : value;
}

function exampleAmount({ currency, group, decimal }: StatementFormat): string {
  const decimals = exponent(currency);
  return `1${group}250${group}000${decimals === 0 ? '' : decimal + '0'.repeat(decimals)}`;
}
