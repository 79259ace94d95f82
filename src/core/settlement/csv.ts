/** Comma-separated values as RFC 4180 writes them: quoted fields, doubled quotes, line breaks inside quotes. */
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';

export interface CsvRow {
  /** The line of the file on which the record begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type CsvFault = Fault<'badCsv'>;

/** Lines that are empty are left out. `separator` is one character; LF, CRLF and a byte order mark are accepted. */
export function parseCsv(text: string, separator: string): Result<readonly CsvRow[], CsvFault> {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let begins = 1;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const endRow = (): void => {
    if (cells.length > 1 || cells[0] !== '') rows.push({ line: begins, cells });
    cells = [];
    begins = line;
  };
  while (at < text.length) {
    const quoted = text[at] === '"';
    if (quoted) {
      const [value, end] = quotedField(text, at);
      if (end === undefined) return bad(begins, 'a quote is opened and never closed');
      cells.push(value);
      line += value.split('\n').length - 1;
      at = end;
    } else {
      const start = at;
      while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at += 1;
      const value = text.slice(start, at);
      if (value.includes('"')) return bad(line, 'a quote inside a field that is not quoted');
      cells.push(value);
    }
    if (text[at] === separator) {
      at += 1;
      // A separator at the very end is followed by one more, empty, field.
      if (at === text.length) cells.push('');
    } else if (text[at] === '\n' || text.startsWith('\r\n', at)) {
      at += text[at] === '\n' ? 1 : 2;
      line += 1;
      endRow();
    } else if (at < text.length) {
      return bad(line, quoted ? 'text after a closing quote' : 'a carriage return without a line feed');
    }
  }
  if (cells.length > 0) endRow();
  return ok(rows);
}

/** The field whose opening quote is at `from`, and where it ends; no end when the quote is never closed. */
function quotedField(text: string, from: number): readonly [string, number | undefined] {
  let value = '';
  let start = from + 1;
  for (;;) {
    const quote = text.indexOf('"', start);
    if (quote < 0) return ['', undefined];
    value += text.slice(start, quote);
    if (text[quote + 1] !== '"') return [value, quote + 1];
    value += '"';
    start = quote + 2;
  }
}

function bad(line: number, what: string): Result<never, CsvFault> {
  return err(fault('badCsv', `line ${line}: ${what}`, true));
}
