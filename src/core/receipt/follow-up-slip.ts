/**
 * The paper for what a machine cannot settle: a stored payment that was declined late, or a message that could not be
 * delivered. It says what happened, whether money was taken, whom to call with which numbers, and leaves a line to sign.
 */
import { assert } from '../base/assert.ts';
import type { EpochMs } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { CardData, MoneyMoved } from '../transaction/model.ts';
import { followUpSubject, followUpWords, type FollowUpCase } from './follow-up-words.ts';
import {
  assertFits,
  centred,
  ending,
  large,
  letterhead,
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

export interface FollowUpSlipInput {
  /** Characters of the printer's normal font on one line. */
  readonly columns: number;
  readonly merchant: ReceiptMerchant;
  readonly language: ReceiptLanguage;
  /** IANA name. */
  readonly timeZone: string;
  readonly training: boolean;
  readonly printedAt: EpochMs;
  readonly copy: boolean;
  readonly about: FollowUpCase;
  /** Of a refund: whether it was given back. */
  readonly moneyMoved: MoneyMoved;
  readonly amount: Money;
  readonly card: Pick<CardData, 'maskedPan' | 'label'>;
  /** When the customer was there. */
  readonly paidAt: EpochMs;
  /** When it was declined, or when the terminal stopped repeating. */
  readonly knownAt: EpochMs;
  /** How often it was sent. */
  readonly attempts: number;
  readonly batch: number;
  /** ISO 8583 DE 11, 37, 38 and 39, those that are known. */
  readonly stan: number;
  readonly rrn: string | null;
  readonly approvalCode: string | null;
  readonly responseCode: string | null;
  /** Our own number of the payment. */
  readonly transactionId: string;
  /** Whom to call, such as the acquirer's name and hotline; null when the configuration does not say. */
  readonly call: string | null;
}

/** Every text line fits `columns` (half of them in double size); ends with feed and cut. */
export function followUpSlip(input: FollowUpSlipInput): readonly ReceiptLine[] {
  const { about, card, columns, language, merchant, moneyMoved } = input;
  const words = followUpWords[language];
  assert(!/\d{13}/.test(card.maskedPan), 'receipt: a card number is printed masked');
  const sale = receiptWords[language];
  const training = input.training ? [trainingBanner(sale, columns)] : [];
  const when = (at: EpochMs): string => {
    const { date, time } = paperTime(at, input.timeZone, language);
    return `${date} ${time}`;
  };
  const lines: readonly ReceiptLine[] = [
    ...training,
    ...letterhead(merchant, columns),
    rule,
    ...centred(words.title, columns, true),
    ...(input.copy ? centred(`*** ${sale.copy} ***`, columns, true) : []),
    ...large(paperMoney(input.amount, language), columns, 'center'),
    ...centred(words.customersMoney, columns, false),
    ...centred(words.money[followUpSubject(about)][moneyMoved], columns, true),
    rule,
    ...paragraph(words.happened[about], columns),
    rule,
    text(words.whatToDo, { bold: true }),
    ...paragraph(words.advice[about], columns),
    ...rows(columns, [[words.call, input.call ?? words.callBank]]),
    rule,
    ...rows(columns, [
      [sale.cardType, card.label],
      [sale.cardNumber, card.maskedPan],
      [words.paidAt, when(input.paidAt)],
      [words.knownAt, when(input.knownAt)],
      [words.attempts, String(input.attempts)],
      [sale.merchantId, merchant.merchantId],
      [sale.terminalId, merchant.terminalId],
      [words.batch, String(input.batch).padStart(6, '0')],
      [sale.stan, String(input.stan).padStart(6, '0')],
      [sale.rrn, input.rrn ?? undefined],
      [sale.approvalCode, input.approvalCode ?? undefined],
      [words.responseCode, input.responseCode ?? undefined],
      [sale.providerTransactionId, input.transactionId],
      [words.printed, when(input.printedAt)],
    ]),
    rule,
    ...paragraph(words.handledBy, columns),
    { kind: 'feed', lines: 2 },
    text('_'.repeat(columns)),
    ...training,
    ...ending,
  ];
  return assertFits(lines, columns);
}
