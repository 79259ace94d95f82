/**
 * The view: everything a screen may show, pushed whole after every change. Plain JSON, validated on both
 * sides of the border, so a screen never has to guess what the terminal meant.
 */
import * as z from 'zod/mini';
import { qrLinkView, staticQrView } from './qr-view.ts';
import { epochMs, moneyView, text, wording } from './values.ts';
import { payoutView, worklistItem } from './work-view.ts';

/** Raised by every change that an older screen could misread; both sides refuse a different one. */
export const contractVersion = 6;

/** What the sale is doing, one word for each screen there is. */
export const saleStages = [
  'presentCard',
  'authorising',
  /** The bank has answered, and an inserted card has the last word: it must not be pulled out. */
  'completingCard',
  'preparingQr',
  'showQr',
  'checkingPayment',
  'approved',
  'underPaid',
  'declined',
  'cancelled',
  'failed',
  'expired',
  'unknown',
  'reversed',
  /** The bank approved a part; the cashier takes it or gives it back. */
  'partlyApproved',
  'storing',
  /** Taken without the bank; the outbox delivers it. */
  'stored',
  /** Stored, and refused by the bank when it was delivered. */
  'lateDeclined',
  /** A pre-authorisation that blocks money and has not charged any. */
  'held',
  'raisingHold',
  'completing',
  'completed',
  'voiding',
  'voided',
  'takeCash',
  /** The QR provider is asked to give money back, and has not said what became of it. */
  'refunding',
] as const;

export const saleView = z.strictObject({
  id: text,
  kind: z.enum(['sale', 'refund', 'preAuthorization']),
  method: z.enum(['card', 'qr', 'cash']),
  /** Of a card payment: whether the card itself is waited for, or a code on the customer's phone. */
  presentment: z.enum(['card', 'code']),
  amount: moneyView,
  /** What is or would be charged (of a refund: given back): a part of `amount`, or the final amount of a hold. */
  charged: moneyView,
  /** What a pre-authorisation blocks now. */
  held: z.nullable(moneyView),
  cash: z.nullable(z.strictObject({ tendered: moneyView, change: moneyView })),
  order: z.nullable(
    z.strictObject({ id: text, total: moneyView, paid: moneyView, pending: moneyView, remaining: moneyView }),
  ),
  /** Of a refund: the sale. */
  originalId: z.nullable(text),
  /** What may still be given back of it. */
  refundable: z.nullable(moneyView),
  /** What of it the QR provider gives back at once; null when it gives nothing. */
  refundableByProvider: z.nullable(moneyView),
  /** Of a refund by the QR provider: what is given back. */
  moneyBack: z.nullable(
    z.discriminatedUnion('reason', [
      z.strictObject({ reason: z.literal('transfer'), transferId: text }),
      z.strictObject({ reason: z.literal('excess'), transactionId: text }),
      z.strictObject({ reason: z.literal('refund'), transactionId: text }),
    ]),
  ),
  startedAt: epochMs,
  stage: z.enum(saleStages),
  /** The answer to "was I charged?"; of a refund: has the money been given back? */
  moneyMoved: z.enum(['no', 'yes', 'unknown']),
  /**
   * Why, as a code the message catalogue knows: a cancel or fail reason, `tryAgain.removedTooEarly`,
   * `declined.51` (response code), `unknown.noReply`.
   */
  reason: z.nullable(text),
  /** When the present wait began and ends; both null when nothing is being waited for. */
  waitSince: z.nullable(epochMs),
  waitUntil: z.nullable(epochMs),
  card: z.nullable(
    z.strictObject({ maskedPan: text, label: text, interface: z.enum(['contact', 'contactless', 'code']) }),
  ),
  stan: z.nullable(z.int()),
  approvalCode: z.nullable(text),
  rrn: z.nullable(text),
  responseCode: z.nullable(text),
  qr: z.nullable(z.strictObject({ payload: text, reference: text })),
  /** Paid by the word of a supervisor; `verifiedAt`: when the bank has said so too. */
  unverified: z.nullable(z.strictObject({ approvedBy: text, at: epochMs, verifiedAt: z.nullable(epochMs) })),
  received: z.nullable(moneyView),
  missing: z.nullable(moneyView),
  excess: z.nullable(moneyView),
  receipt: z.strictObject({
    state: z.enum(['none', 'printing', 'printed', 'failed']),
    trouble: z.nullable(z.enum(['offline', 'coverOpen', 'paperOut', 'jam', 'timeout', 'failed'])),
    copies: z.int(),
  }),
  /** Attempts to settle what is open (a reversal, a void, a delivery) and when the next is due; null while one runs. */
  attempts: z.nullable(z.strictObject({ made: z.int(), nextTryAt: z.nullable(epochMs), lastError: z.nullable(text) })),
  /** `chipApproved`: the card approved; `deferred`: nobody has, and the merchant bears the risk. */
  stored: z.nullable(z.strictObject({ manner: z.enum(['chipApproved', 'deferred']), at: epochMs })),
  /** The last void, increment or completion. `result` null: not answered yet. */
  followUp: z.nullable(
    z.strictObject({
      operation: z.enum(['void', 'increment', 'completion']),
      amount: moneyView,
      result: z.nullable(z.enum(['approved', 'refused', 'notSent'])),
      responseCode: z.nullable(text),
    }),
  ),
  /** A person is needed; `why` is English technician text. */
  deadLetter: z.nullable(z.strictObject({ why: text, at: epochMs })),
  resolved: z.nullable(z.strictObject({ approvedBy: text, note: text, at: epochMs })),
  actions: z.array(
    z.enum([
      'cancel',
      'reprint',
      'close',
      'tenderCash',
      'acceptPartial',
      'void',
      'refund',
      'increment',
      'complete',
      'resolve',
      'printFollowUp',
      /** The code stays payable behind the screen. */
      'setAside',
      'bringBack',
      'confirmByHand',
      /** Give it back by bank transfer: a part of the sale, or what came too much. */
      'payout',
      'payoutExcess',
      /** The QR provider gives it back: a part of the sale, or what came too much. */
      'refundByProvider',
      'refundExcessByProvider',
      /** Of a refund that the provider has not done: give it back by bank transfer. */
      'payoutInstead',
      /** A supervisor has found out at the provider whether it was given back. */
      'settleRefund',
    ]),
  ),
});

const totalsView = z.strictObject({ count: z.int(), minorUnits: z.int() });

const reportLineView = z.strictObject({
  method: z.enum(['card', 'qr', 'cash']),
  scheme: text,
  kind: z.enum(['sale', 'completion', 'refund']),
  booked: totalsView,
  /** Part of `booked`. */
  voided: totalsView,
});

/** Everything that waits to be delivered to the bank, and what is at stake. */
const outboxView = z.strictObject({
  count: z.int(),
  underWay: z.int(),
  /** When the next attempt is due by itself; null when the connection is waited for. */
  nextTryAt: z.nullable(epochMs),
  lastError: z.nullable(text),
  /** The oldest ones. */
  items: z.array(saleView),
  exposure: z.strictObject({
    count: z.int(),
    sum: moneyView,
    /** Null when payments without the bank are switched off. */
    limit: z.nullable(moneyView),
    oldestAt: z.nullable(epochMs),
    /** The risk in one sentence. */
    sentence: wording,
  }),
});

const batchesView = z.strictObject({
  open: z.strictObject({
    number: z.int(),
    businessDate: z.nullable(text),
    openedAt: z.nullable(epochMs),
    lines: z.array(reportLineView),
    /** Sales less refunds, without what was voided. */
    net: moneyView,
    expectedCash: moneyView,
  }),
  closing: z.array(
    z.strictObject({
      number: z.int(),
      businessDate: text,
      phase: z.enum(['waiting', 'reconciling', 'uploading', 'confirming']),
      /** Payments that it still waits for. */
      inQuestion: z.int(),
      attempts: z.int(),
      nextTryAt: z.nullable(epochMs),
      lastError: z.nullable(text),
    }),
  ),
  /** Newest first. */
  settled: z.array(
    z.strictObject({
      number: z.int(),
      businessDate: text,
      settledAt: epochMs,
      balance: z.enum(['inBalance', 'differs', 'noCards']),
      /** The bank's less ours; null when it told no totals. */
      difference: z.nullable(moneyView),
    }),
  ),
});

const deviceView = z.strictObject({
  role: z.enum(['cardReader', 'codeScanner', 'pinPad', 'receiptPrinter', 'customerDisplay']),
  name: text,
  description: text,
  state: z.enum(['ready', 'attention', 'offline']),
  detail: text,
});

/**
 * What the card session asks of the people in front of it. Lives as long as the session does and is in no journal; it goes
 * with the sale on the screen, or, when it is `removeCard`, outlives it.
 */
const cardPrompt = z.discriminatedUnion('kind', [
  /** An inserted card is being worked with. */
  z.strictObject({ kind: z.literal('leaveCard') }),
  z.strictObject({ kind: z.literal('removeCard') }),
  /** The cardholder chooses, or confirms the only one; answered by the command `chooseApplication`. */
  z.strictObject({
    kind: z.literal('chooseApplication'),
    /** Names this question: an answer to an earlier one is none. */
    id: text,
    labels: z.array(text),
    waitSince: epochMs,
    waitUntil: epochMs,
  }),
  /** On the PIN pad, never on a screen. */
  z.strictObject({
    kind: z.literal('enterPin'),
    /** Null when the card does not say, or when its bank checks the PIN. */
    triesLeft: z.nullable(z.int()),
    waitSince: epochMs,
    waitUntil: epochMs,
  }),
]);

const displayView = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('idle') }),
  z.strictObject({
    kind: z.literal('text'),
    lines: z.array(text),
    answer: z.optional(z.enum(['yes', 'no', 'unknown'])),
  }),
  z.strictObject({ kind: z.literal('qr'), payload: text, lines: z.array(text) }),
]);

/** Only present when simulated devices run; feeds the control strip. */
const simulatorView = z.strictObject({
  cards: z.array(
    z.strictObject({ id: text, name: wording, hint: wording, interface: z.enum(['contact', 'contactless']) }),
  ),
  /** What the customer's phone could show to the simulated scanner. */
  codes: z.array(z.strictObject({ id: text, name: wording, hint: wording })),
  /** Id of the card in the reader's slot. */
  insertedCard: z.nullable(text),
  /** What the cardholder does at the simulated PIN pad; null without one. */
  pin: z.nullable(z.enum(['right', 'wrong', 'bypass', 'cancel'])),
  networkConnected: z.boolean(),
  printer: z.strictObject({ jammed: z.boolean(), coverOpen: z.boolean(), paperOut: z.boolean() }),
  display: displayView,
  /** The code a customer could pay now, or could still pay too late. */
  payableQr: z.nullable(z.strictObject({ reference: text, amount: moneyView })),
});

export const terminalView = z.strictObject({
  version: z.literal(contractVersion),
  /** The terminal's clock when the view was made; screens count down from it, not from their own clock. */
  now: epochMs,
  terminal: z.strictObject({
    id: text,
    merchantName: text,
    currency: text,
    /** Number of decimals of the major unit: 0 for VND. */
    currencyExponent: z.int(),
    maxAmountMinorUnits: z.int(),
    defaultLanguage: z.enum(['vi', 'en']),
    timeZone: text,
    /** True when the acquirer and bank are the built-in training ones: no real money can move. */
    training: z.boolean(),
    softwareVersion: text,
  }),
  /** `halted`: nothing may be sold until the terminal is started again. */
  state: z.enum(['ready', 'halted']),
  /**
   * `journal`: it cannot be written, and `reason` says what to do. `bug`: the terminal has found a fault in itself, and
   * `reason` is its code. Null while the terminal is ready.
   */
  halt: z.nullable(z.strictObject({ kind: z.enum(['journal', 'bug']), reason: text })),
  sale: z.nullable(saleView),
  /** Whether the reader has a slot: then a card can be inserted, too. */
  slot: z.boolean(),
  cardPrompt: z.nullable(cardPrompt),
  /** Codes that customers show (EMV QRCPS Consumer-Presented Mode). */
  codes: z.strictObject({
    /** Whether a sale can be paid with one. */
    taken: z.boolean(),
    /** The last one that was scanned while no sale waited for it; it was not kept. `number` counts them. */
    unasked: z.nullable(z.strictObject({ number: z.int(), at: epochMs })),
  }),
  /** QR sales that were set aside: each code is payable until its limit, and confirms by itself. */
  aside: z.array(saleView),
  /** Sales off the screen whose money is still being settled. */
  background: z.array(saleView),
  worklist: z.array(worklistItem),
  /** Instructions to give money back by transfer, the open ones first. */
  payouts: z.array(payoutView),
  recent: z.array(saleView),
  /** Pre-authorisations that block money. */
  holds: z.array(saleView),
  outbox: outboxView,
  batches: batchesView,
  /** Names of those who may approve what a cashier may not do alone. */
  supervisors: z.array(text),
  devices: z.array(deviceView),
  acquirerLink: z.enum(['up', 'down']),
  qrLink: qrLinkView,
  staticQr: staticQrView,
  journal: z.strictObject({ sequence: z.int(), hash: text }),
  simulator: z.nullable(simulatorView),
});

export type MoneyView = z.infer<typeof moneyView>;
export type SaleView = z.infer<typeof saleView>;
export type SaleStage = SaleView['stage'];
export type WorklistItem = z.infer<typeof worklistItem>;
export type PayoutView = z.infer<typeof payoutView>;
export type OutboxView = z.infer<typeof outboxView>;
export type BatchesView = z.infer<typeof batchesView>;
export type DeviceView = z.infer<typeof deviceView>;
export type CardPrompt = z.infer<typeof cardPrompt>;
export type SimulatorView = z.infer<typeof simulatorView>;
export type TerminalView = z.infer<typeof terminalView>;
