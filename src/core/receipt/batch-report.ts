/**
 * X report (the open batch: totals so far, nothing closed) and Z report (a closed one: final totals, cash count, how the
 * settlement with the acquirer ended or stands). Every sum on it can be added up from the lines above it.
 */
import type { EpochMs } from '../base/brand.ts';
import { assert } from '../base/assert.ts';
import { money, subtractMoney, type CurrencyCode, type Money } from '../base/money.ts';
import type { ClosingBatch, OpenBatch, ReportLine, SettledBatch } from '../settlement/model.ts';
import { expectedCash, netOfLines, netOfTotals, reportLines, uploadable } from '../settlement/totals.ts';
import type { HostTotals } from '../transaction/model.ts';
import { batchWords, type BatchWords } from './batch-words.ts';
import {
  assertFits,
  centred,
  ending,
  large,
  letterhead,
  paperDate,
  paperTime,
  paragraph,
  rows,
  rule,
  text,
  trainingBanner,
  type ReceiptMerchant,
} from './lines.ts';
import { paperMoney, type ReceiptLanguage } from './paper-money.ts';
import type { ReceiptLine } from './receipt.ts';
import { receiptWords } from './words.ts';

export interface BatchReportInput {
  /** Characters of the printer's normal font on one line. */
  readonly columns: number;
  readonly merchant: ReceiptMerchant;
  readonly language: ReceiptLanguage;
  /** IANA name. */
  readonly timeZone: string;
  readonly training: boolean;
  readonly printedAt: EpochMs;
  readonly copy: boolean;
  /** An open batch makes an X report, any other a Z report. Opened: an open batch without bookings will do. */
  readonly batch: OpenBatch | ClosingBatch | SettledBatch;
  /** Payments of this batch whose outcome is not known. */
  readonly inQuestion: number;
  /** Payments of this batch taken offline that the host has not answered for. */
  readonly stored: { readonly count: number; readonly sum: Money };
}

/** What the parts below share. */
interface Paper extends BatchReportInput {
  readonly words: BatchWords;
  readonly lines: readonly ReportLine[];
  readonly float: Money;
  readonly amount: (minorUnits: number) => string;
}

/** Every text line fits `columns` (half of them in double size); ends with feed and cut. */
export function batchReport(input: BatchReportInput): readonly ReceiptLine[] {
  const { batch, columns, language } = input;
  const { float } = openedOf(batch);
  const paper: Paper = {
    ...input,
    words: batchWords[language],
    lines: 'lines' in batch ? batch.lines : reportLines(batch.bookings),
    float,
    amount: (minorUnits) => paperMoney(money(minorUnits, float.currency), language),
  };
  for (const { booked, voided } of paper.lines) {
    assert(voided.count <= booked.count, 'report: only what was booked is voided');
  }
  const training = input.training ? [trainingBanner(receiptWords[language], columns)] : [];
  const lines: readonly ReceiptLine[] = [
    ...training,
    ...header(paper),
    ...methods(paper),
    rule,
    ...centred(paper.words.net, columns, true),
    ...large(paper.amount(netOfLines(paper.lines)), columns, 'center'),
    ...rows(columns, [[paper.words.count, String(paper.lines.reduce((sum, { booked }) => sum + booked.count, 0))]]),
    ...cash(paper),
    ...settlement(paper),
    ...open(paper),
    ...training,
    ...ending,
  ];
  return assertFits(lines, columns);
}

function openedOf(batch: BatchReportInput['batch']): {
  readonly at: EpochMs;
  readonly businessDate: string;
  readonly float: Money;
} {
  if ('closedAt' in batch) return { ...batch, at: batch.openedAt };
  assert(batch.opened !== null, 'report: a batch that was never opened');
  return batch.opened;
}

function when(paper: Paper, at: EpochMs): string {
  const { date, time } = paperTime(at, paper.timeZone, paper.language);
  return `${date} ${time.slice(0, 5)}`;
}

function header(paper: Paper): readonly ReceiptLine[] {
  const { batch, columns, language, merchant, words } = paper;
  const sale = receiptWords[language];
  const { at, businessDate } = openedOf(batch);
  const closed = 'closedAt' in batch ? batch : undefined;
  return [
    ...letterhead(merchant, columns),
    rule,
    ...centred(closed === undefined ? words.xTitle : words.zTitle, columns, true),
    ...(paper.copy ? centred(`*** ${sale.copy} ***`, columns, true) : []),
    ...rows(columns, [
      [sale.merchantId, merchant.merchantId],
      [sale.terminalId, merchant.terminalId],
      [words.batch, String(batch.number).padStart(6, '0')],
      [words.businessDate, paperDate(businessDate, language)],
      [words.opened, when(paper, at)],
      [words.closed, closed && when(paper, closed.closedAt)],
      [words.closedBy, closed && (closed.by ?? words.because[closed.because])],
      [words.printed, when(paper, paper.printedAt)],
    ]),
    ...(closed === undefined ? paragraph(words.xMeaning, columns) : []),
  ];
}

function methods(paper: Paper): readonly ReceiptLine[] {
  const { columns, lines, words, amount } = paper;
  if (lines.length === 0) return [rule, ...centred(words.nothingBooked, columns, false)];
  return (['card', 'qr', 'cash'] as const).flatMap((method) => {
    const of = lines.filter((line) => line.method === method);
    if (of.length === 0) return [];
    return [
      rule,
      text(words.methods[method], { bold: true }),
      ...of.flatMap(({ scheme, kind, booked, voided }) => {
        const sign = kind === 'refund' ? -1 : 1;
        const name = `${scheme === '' ? '' : `${scheme} `}${words.kinds[kind]} (${booked.count})`;
        const undone = voided.count === 0 ? undefined : amount(-sign * voided.minorUnits);
        return rows(columns, [
          [name, amount(sign * booked.minorUnits)],
          [`${words.voided} (${voided.count})`, undone],
        ]);
      }),
      ...rows(columns, [[words.sumOf[method], amount(netOfLines(of))]]),
    ];
  });
}

function cash(paper: Paper): readonly ReceiptLine[] {
  const { batch, columns, float, language, lines, words } = paper;
  const count = 'closedAt' in batch ? batch.cash : null;
  const expected = count?.expected ?? expectedCash(float, lines);
  const moved = lines.some(({ method }) => method === 'cash');
  if (!moved && count === null && float.minorUnits === 0) return [];
  const print = (value: Money): string => paperMoney(value, language);
  const counted = ((): readonly ReceiptLine[] => {
    if (count === null) return 'closedAt' in batch ? rows(columns, [[words.cashCounted, words.cashNotCounted]]) : [];
    const { minorUnits, currency } = subtractMoney(count.counted, expected);
    const difference = print(money(Math.abs(minorUnits), currency));
    const over = rows(columns, [[minorUnits > 0 ? words.cashOver : words.cashShort, difference]]);
    return [
      ...rows(columns, [[words.cashCounted, print(count.counted)]]),
      ...(minorUnits === 0 ? centred(words.cashExact, columns, false) : over),
    ];
  })();
  return [
    rule,
    text(words.cash, { bold: true }),
    ...rows(columns, [
      [words.float, print(float)],
      [words.cashExpected, print(expected)],
    ]),
    ...counted,
  ];
}

function settlement(paper: Paper): readonly ReceiptLine[] {
  const { batch, words } = paper;
  if (!('closedAt' in batch)) return [];
  const result = 'settledAt' in batch ? settled(paper, batch) : underWay(paper, batch);
  return [rule, text(words.settlement, { bold: true }), ...result];
}

function settled(paper: Paper, { balance, totals, hostTotals, refused }: SettledBatch): readonly ReceiptLine[] {
  const { columns, words } = paper;
  if (balance === 'noCards') return paragraph(words.noCards, columns);
  if (balance === 'inBalance') return centred(words.inBalance, columns, true);
  const compared =
    totals === null || hostTotals === null
      ? paragraph(words.hostToldNothing, columns)
      : sides(paper, totals, hostTotals);
  return [
    ...centred(words.differs, columns, true),
    ...compared,
    ...(refused.length === 0 ? [] : paragraph(words.refused(refused.length), columns)),
    ...paragraph(words.differsAdvice, columns),
  ];
}

/** The columns in which terminal and bank differ, and what that comes to. */
function sides(paper: Paper, ours: HostTotals, theirs: HostTotals): readonly ReceiptLine[] {
  const { columns, language, words } = paper;
  const tally = ({ count, minorUnits }: HostTotals['debits'], currency: CurrencyCode): string =>
    `(${count}) ${paperMoney(money(minorUnits, currency), language)}`;
  const names = ['debits', 'debitReversals', 'credits', 'creditReversals'] as const;
  const different = names.filter(
    (name) => ours[name].count !== theirs[name].count || ours[name].minorUnits !== theirs[name].minorUnits,
  );
  const sameCurrency = ours.currency === theirs.currency;
  return [
    ...different.flatMap((name) => [
      ...paragraph(words.columns[name], columns),
      ...rows(columns, [
        [`- ${words.ours}`, tally(ours[name], ours.currency)],
        [`- ${words.theirs}`, tally(theirs[name], theirs.currency)],
      ]),
    ]),
    ...rows(columns, [
      [
        words.netDifference,
        sameCurrency ? paperMoney(subtractMoney(netOfTotals(theirs), netOfTotals(ours)), language) : undefined,
      ],
    ]),
  ];
}

function underWay(paper: Paper, batch: ClosingBatch): readonly ReceiptLine[] {
  const { columns, words } = paper;
  const { phase } = batch;
  const nextTryAt = batch.request?.nextTryAt ?? null;
  const progress = phase === 'uploading' ? [words.uploading(batch.uploaded, uploadable(batch.bookings).length)] : [];
  return [
    ...centred(words.notSettled, columns, true),
    ...[phase === 'waiting' ? words.waiting : words.asking, ...progress].flatMap((part) => paragraph(part, columns)),
    ...rows(columns, [[words.nextTry, nextTryAt === null ? undefined : when(paper, nextTryAt)]]),
  ];
}

function open({ columns, inQuestion, stored, language, words }: Paper): readonly ReceiptLine[] {
  const unclear = inQuestion === 0 ? [] : [rule, ...paragraph(words.inQuestion(inQuestion), columns, true)];
  if (stored.count === 0) return unclear;
  return [
    ...unclear,
    rule,
    ...paragraph(words.stored, columns, true),
    ...rows(columns, [[words.storedCount(stored.count), paperMoney(stored.sum, language)]]),
    ...paragraph(words.storedMeaning, columns),
  ];
}
