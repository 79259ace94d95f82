/** What all receipts are composed of: lines that fit the paper. */
import { assert } from '../base/assert.ts';
import type { EpochMs } from '../base/brand.ts';
import { civilTime } from '../base/calendar.ts';
import { displayWidth, pair, printable, wrap } from './layout.ts';
import type { ReceiptLanguage } from './paper-money.ts';
import type { Align, ReceiptLine } from './receipt.ts';

/** The shop and its terminal, as the acquirer knows them. */
export interface ReceiptMerchant {
  readonly name: string;
  readonly addressLines: readonly string[];
  /** ISO 8583 DE 42. */
  readonly merchantId: string;
  /** ISO 8583 DE 41. */
  readonly terminalId: string;
}

type TextStyle = Partial<Pick<Extract<ReceiptLine, { kind: 'text' }>, 'align' | 'bold' | 'size'>>;

export function text(content: string, style: TextStyle = {}): ReceiptLine {
  return { kind: 'text', text: content, align: 'left', bold: false, size: 'normal', ...style };
}

export const rule: ReceiptLine = { kind: 'rule' };

/** Double size when it fits one line, else bold in the normal size; an amount therefore never breaks. */
export function large(content: string, columns: number, align: Align): readonly ReceiptLine[] {
  const clean = printable(content);
  if (displayWidth(clean) * 2 <= columns) return [text(clean, { align, bold: true, size: 'double' })];
  return wrap(content, columns).map((line) => text(line, { align, bold: true }));
}

export function centred(content: string, columns: number, bold: boolean): readonly ReceiptLine[] {
  return wrap(content, columns).map((line) => text(line, { align: 'center', bold }));
}

export function paragraph(content: string, columns: number, bold = false): readonly ReceiptLine[] {
  return wrap(content, columns).map((line) => text(line, { bold }));
}

/** Rows of label and value; an absent value leaves its row out. */
export function rows(
  columns: number,
  entries: readonly (readonly [string, string | undefined])[],
): readonly ReceiptLine[] {
  return entries.flatMap(([label, value]) =>
    value === undefined ? [] : pair(label, value, columns).map((line) => text(line)),
  );
}

/** Name and address at the top of the paper. */
export function letterhead({ name, addressLines }: ReceiptMerchant, columns: number): readonly ReceiptLine[] {
  return [...large(name, columns, 'center'), ...addressLines.flatMap((line) => centred(line, columns, false))];
}

/** Said at the top and at the bottom of everything that moves no real money. */
export function trainingBanner(
  words: { readonly training: string; readonly noRealPayment: string },
  columns: number,
): ReceiptLine {
  return { kind: 'banner', lines: [words.training, words.noRealPayment].flatMap((part) => wrap(part, columns)) };
}

/** What every paper promises: no text beside it, and an end at which it is cut. */
export function assertFits(lines: readonly ReceiptLine[], columns: number): readonly ReceiptLine[] {
  assert(columns >= 24, 'receipt: paper has at least 24 columns');
  for (const line of lines) {
    if (line.kind === 'text') {
      const width = displayWidth(line.text) * (line.size === 'double' ? 2 : 1);
      assert(width <= columns, 'receipt: a text fits the columns');
    } else if (line.kind === 'banner') {
      assert(
        line.lines.every((each) => displayWidth(each) <= columns),
        'receipt: a banner fits the columns',
      );
    }
  }
  assert(lines.at(-1)?.kind === 'cut', 'receipt: paper is cut at its end');
  return lines;
}

export const ending: readonly ReceiptLine[] = [{ kind: 'feed', lines: 2 }, { kind: 'cut' }];

/** Of a civil date `YYYY-MM-DD`: Vietnamese `21/11/2026`, English as it is. */
export function paperDate(date: string, language: ReceiptLanguage): string {
  assert(/^\d{4,}-\d\d-\d\d$/.test(date), 'receipt: a civil date');
  return language === 'vi' ? date.split('-').toReversed().join('/') : date;
}

/** Date and time of day where the terminal stands. */
export function paperTime(
  at: EpochMs,
  timeZone: string,
  language: ReceiptLanguage,
): { readonly date: string; readonly time: string } {
  const { year, month, day, hour, minute, second } = civilTime(at, timeZone);
  return { date: paperDate(`${year}-${month}-${day}`, language), time: `${hour}:${minute}:${second}` };
}
