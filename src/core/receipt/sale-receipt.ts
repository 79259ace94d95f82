/**
 * The receipt of a sale, a refund, a hold, a completion or a void as lines. What a Vietnamese card slip shows: shop, MID and TID, time, card,
 * entry mode, amount, approval code, RRN, trace, AID, cryptogram, how the cardholder was verified (with a line to sign on
 * where that was by signature), copy mark. It is a payment slip, not a tax invoice.
 */
import { assert, unreachable } from '../base/assert.ts';
import type { EpochMs } from '../base/brand.ts';
import type { Money } from '../base/money.ts';
import type { CardData, PaymentMethod } from '../transaction/model.ts';
import {
  assertFits,
  centred,
  ending,
  large,
  letterhead,
  paperTime,
  rows,
  rule,
  trainingBanner,
  type ReceiptMerchant,
} from './lines.ts';
import { paperMoney, type ReceiptLanguage } from './paper-money.ts';
import type { ReceiptLine } from './receipt.ts';
import { receiptWords, type ReceiptWords } from './words.ts';

export interface SaleReceiptInput {
  /** Characters of the printer's normal font on one line: 32 on 58 mm paper, 48 on 80 mm. */
  readonly columns: number;
  readonly merchant: ReceiptMerchant;
  readonly language: ReceiptLanguage;
  /** IANA name. */
  readonly timeZone: string;
  readonly at: EpochMs;
  readonly method: PaymentMethod;
  readonly amount: Money;
  /** `stored`: taken without the bank, nothing charged yet; `storedByChip`: the card itself approved. */
  readonly document: 'sale' | 'refund' | 'hold' | 'completion' | 'void' | 'stored' | 'storedByChip';
  /** Given when less was approved than asked for. */
  readonly askedFor?: Money;
  readonly cash?: { readonly tendered: Money; readonly change: Money };
  /** Supervisor of a refund or a void. */
  readonly approvedBy?: string;
  /** No bank has confirmed the transfer: a supervisor has, by name in `approvedBy`. */
  readonly unverified?: true;
  /** ISO 8583 DE 11, 37 and 38. */
  readonly stan?: number;
  readonly rrn?: string;
  readonly approvalCode?: string;
  readonly card?: Pick<CardData, 'maskedPan' | 'label' | 'aid' | 'posEntryMode' | 'cryptogram' | 'cvm'> &
    Partial<Pick<CardData, 'interface'>>;
  readonly qr?: {
    /** What the payment's memo carries. */
    readonly reference: string;
    readonly providerTransactionId: string;
    /** Given when the customer paid something other than asked. */
    readonly received?: Money;
    readonly excess?: Money;
  };
  readonly copy: boolean;
  /** True when no real money can move: said at the top and again at the bottom. */
  readonly training: boolean;
  /** The journal's head before this receipt: a number on paper that a rewritten journal cannot match. */
  readonly journalHead?: { readonly sequence: number; readonly hash: string };
}

function header(input: SaleReceiptInput, words: ReceiptWords): readonly ReceiptLine[] {
  const { columns, merchant, language } = input;
  const { date, time } = paperTime(input.at, input.timeZone, language);
  return [
    ...letterhead(merchant, columns),
    rule,
    ...centred(title(input, words), columns, true),
    ...(input.copy ? centred(`*** ${words.copy} ***`, columns, true) : []),
    ...rows(columns, [
      [words.merchantId, merchant.merchantId],
      [words.terminalId, merchant.terminalId],
      [words.date, date],
      [words.time, time],
    ]),
  ];
}

function title({ document, method }: SaleReceiptInput, words: ReceiptWords): string {
  if (document === 'refund' || document === 'hold' || document === 'completion' || document === 'void') {
    return words[document];
  }
  return { card: words.cardSale, qr: words.qrSale, cash: words.cashSale }[method];
}

/** What it came to; always an answer to "was money taken?". */
function result({ document, method, unverified }: SaleReceiptInput, words: ReceiptWords): readonly string[] {
  switch (document) {
    case 'refund':
      return [words.refunded];
    case 'hold':
      return [words.holdPlaced];
    case 'void':
      return [words.voided];
    case 'stored':
      return words.stored;
    case 'storedByChip':
      return words.storedByChip;
    case 'completion':
      return [words.approved];
    case 'sale':
      if (unverified === true) return words.unverified;
      return [method === 'card' ? words.approved : words.paymentReceived];
    default:
      return unreachable(document, 'receipt');
  }
}

/** ISO 8583 DE 22, first two digits: how the PAN was entered. Any other mode is printed as its number. */
function entryMode(
  { posEntryMode, interface: presented }: NonNullable<SaleReceiptInput['card']>,
  words: ReceiptWords,
): string {
  // Of a code each acquirer says itself what stands in DE 22.
  if (presented === 'code') return words.customerCode;
  if (posEntryMode.startsWith('07')) return words.contactlessChip;
  if (posEntryMode.startsWith('05')) return words.contactChip;
  if (posEntryMode.startsWith('91')) return words.contactlessStripe;
  return posEntryMode;
}

function cardRows(input: SaleReceiptInput, words: ReceiptWords): readonly ReceiptLine[] {
  const { card, columns } = input;
  if (card === undefined) return [];
  return rows(columns, [
    [words.cardType, card.label],
    [words.cardNumber, card.maskedPan],
    [words.entryMode, entryMode(card, words)],
    [words.aid, card.aid],
    // What is printed was approved, and an inserted card has then said TC. Magnetic-stripe mode has no cryptogram.
    [
      card.interface !== 'code' && card.posEntryMode.startsWith('05') ? words.certificate : words.cryptogram,
      card.cryptogram || undefined,
    ],
  ]);
}

function resultRows(input: SaleReceiptInput, words: ReceiptWords): readonly ReceiptLine[] {
  const { columns, qr, cash, language } = input;
  const amount = (value: Money | undefined): string | undefined => value && paperMoney(value, language);
  return [
    ...result(input, words).flatMap((line) => centred(line, columns, true)),
    ...rows(columns, [
      [words.askedFor, amount(input.askedFor)],
      [words.tendered, amount(cash?.tendered)],
      [words.change, amount(cash?.change)],
      [words.approvedBy, input.approvedBy],
      [words.received, amount(qr?.received)],
      [words.overPaid, amount(qr?.excess)],
      [words.approvalCode, input.approvalCode],
      [words.rrn, input.rrn],
      [words.stan, input.stan === undefined ? undefined : String(input.stan).padStart(6, '0')],
      [words.memo, qr?.reference],
      [words.providerTransactionId, qr?.providerTransactionId],
    ]),
  ];
}

/** How the cardholder was verified; a follow-up is done without her. */
function verification({ card, columns, document }: SaleReceiptInput, words: ReceiptWords): readonly ReceiptLine[] {
  if (document === 'void' || document === 'completion') return [];
  const cvm = card?.cvm;
  switch (cvm) {
    case 'signature':
      return [{ kind: 'feed', lines: 3 }, rule, ...centred(words.signature, columns, false)];
    case 'onlinePin':
    case 'offlinePin':
      return centred(words.verifiedByPin, columns, false);
    case 'device':
      return centred(words.verifiedByDevice, columns, false);
    case 'none':
    case undefined:
      return [];
    default:
      return unreachable(cvm, 'receipt');
  }
}

/** Every text line fits `columns` (half of them in double size); ends with feed and cut. */
export function saleReceipt(input: SaleReceiptInput): readonly ReceiptLine[] {
  const { columns, journalHead } = input;
  const words = receiptWords[input.language];
  assert(input.amount.minorUnits >= 0, 'receipt: what it came to is not negative');
  assert(input.card === undefined || !/\d{13}/.test(input.card.maskedPan), 'receipt: a card number is printed masked');
  const training = input.training ? [trainingBanner(words, columns)] : [];
  const card = cardRows(input, words);
  const lines: readonly ReceiptLine[] = [
    ...training,
    ...header(input, words),
    rule,
    ...card,
    ...(card.length > 0 ? [rule] : []),
    ...centred(words.amount, columns, true),
    ...large(paperMoney(input.amount, input.language), columns, 'center'),
    rule,
    ...resultRows(input, words),
    ...verification(input, words),
    rule,
    ...centred(words.thanks, columns, true),
    ...centred(words.keepSlip, columns, false),
    ...(journalHead === undefined
      ? []
      : rows(columns, [[`${words.journal} #${journalHead.sequence}`, journalHead.hash.slice(0, 16)]])),
    ...training,
    ...ending,
  ];
  return assertFits(lines, columns);
}
