/**
 * The view: everything a screen may show, pushed whole after every change. Plain JSON, validated on both
 * sides of the border, so a screen never has to guess what the terminal meant.
 */
import * as z from 'zod/mini';

/** Raised by every change that an older screen could misread; both sides refuse a different one. */
export const contractVersion = 1;

const text = z.string();
const epochMs = z.int();

const wording = z.strictObject({ vi: text, en: text });

const moneyView = z.strictObject({ minorUnits: z.int(), currency: text });

/** What the sale is doing, one word for each screen there is. */
export const saleStages = [
  'presentCard',
  'authorising',
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
] as const;

export const saleView = z.strictObject({
  id: text,
  method: z.enum(['card', 'qr']),
  amount: moneyView,
  startedAt: epochMs,
  stage: z.enum(saleStages),
  /** The answer to "was I charged?". */
  moneyMoved: z.enum(['no', 'yes', 'unknown']),
  /**
   * Why, as a code the message catalogue knows: a cancel or fail reason, `tryAgain.removedTooEarly`,
   * `declined.51` (response code), `unknown.noReply`.
   */
  reason: z.nullable(text),
  /** When the present wait began and ends; both null when nothing is being waited for. */
  waitSince: z.nullable(epochMs),
  waitUntil: z.nullable(epochMs),
  card: z.nullable(z.strictObject({ maskedPan: text, label: text })),
  stan: z.nullable(z.int()),
  approvalCode: z.nullable(text),
  rrn: z.nullable(text),
  responseCode: z.nullable(text),
  qr: z.nullable(z.strictObject({ payload: text, reference: text })),
  received: z.nullable(moneyView),
  missing: z.nullable(moneyView),
  excess: z.nullable(moneyView),
  receipt: z.strictObject({
    state: z.enum(['none', 'printing', 'printed', 'failed']),
    trouble: z.nullable(z.enum(['offline', 'coverOpen', 'paperOut', 'jam', 'timeout', 'failed'])),
    copies: z.int(),
  }),
  /** Reversal attempts so far and when the next one is due, while the outcome is unknown. */
  reversal: z.nullable(z.strictObject({ attempts: z.int(), nextTryAt: z.nullable(epochMs) })),
  actions: z.array(z.enum(['cancel', 'reprint', 'close'])),
});

const worklistItem = z.strictObject({
  kind: z.enum(['lateTransfer', 'unmatchedTransfer', 'underPaid', 'overPaid', 'outcomeUnknown', 'receiptNotPrinted']),
  transactionId: z.nullable(text),
  reference: z.nullable(text),
  amount: moneyView,
  at: epochMs,
});

const deviceView = z.strictObject({
  role: z.enum(['cardReader', 'receiptPrinter', 'customerDisplay']),
  name: text,
  description: text,
  state: z.enum(['ready', 'attention', 'offline']),
  detail: text,
});

const displayView = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('idle') }),
  z.strictObject({ kind: z.literal('text'), lines: z.array(text) }),
  z.strictObject({ kind: z.literal('qr'), payload: text, lines: z.array(text) }),
]);

/** Only present when simulated devices run; feeds the control strip. */
const simulatorView = z.strictObject({
  cards: z.array(z.strictObject({ id: text, name: wording, hint: wording })),
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
  /** `halted`: the journal cannot be written, so nothing may be sold; `haltReason` says what to do. */
  state: z.enum(['ready', 'halted']),
  haltReason: z.nullable(text),
  sale: z.nullable(saleView),
  /** Sales off the screen whose money is still being settled. */
  background: z.array(saleView),
  worklist: z.array(worklistItem),
  recent: z.array(saleView),
  devices: z.array(deviceView),
  acquirerLink: z.enum(['up', 'down']),
  journal: z.strictObject({ sequence: z.int(), hash: text }),
  simulator: z.nullable(simulatorView),
});

export type MoneyView = z.infer<typeof moneyView>;
export type SaleView = z.infer<typeof saleView>;
export type SaleStage = SaleView['stage'];
export type WorklistItem = z.infer<typeof worklistItem>;
export type DeviceView = z.infer<typeof deviceView>;
export type SimulatorView = z.infer<typeof simulatorView>;
export type TerminalView = z.infer<typeof terminalView>;
