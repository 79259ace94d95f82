/** What a screen may ask of the terminal, and the frames that carry questions and answers. */
import * as z from 'zod/mini';
import { contractVersion, terminalView } from './view.ts';

const version = z.literal(contractVersion);
const id = z.string().check(z.minLength(1), z.maxLength(64));
const amount = z.int().check(z.positive(), z.maximum(999_999_999_999));

/** Characters of a code that a screen may send: four times what such a code should have at most. */
export const longestCode = 2048;

/** The provider's own id of a transfer. */
const transferId = z.string().check(z.minLength(1), z.maxLength(200));
const note = z.string().check(z.minLength(3), z.maxLength(200));

const person = z.string().check(z.minLength(2), z.maxLength(40));

/** Who answers for what a cashier may not do alone. The code is checked and forgotten at once. */
const supervisor = z.strictObject({
  name: z.string().check(z.minLength(1), z.maxLength(40)),
  code: z.string().check(z.minLength(4), z.maxLength(12)),
});

/** Money of a QR payment that is to go back. */
const moneyBack = z.discriminatedUnion('reason', [
  z.strictObject({ reason: z.literal('transfer'), transferId }),
  z.strictObject({ reason: z.literal('excess'), transactionId: id }),
  z.strictObject({ reason: z.literal('refund'), transactionId: id, amountMinorUnits: amount }),
]);

const command = z.discriminatedUnion('type', [
  /** `key` makes a repeated press harmless: the same key is the same sale. */
  z.strictObject({
    type: z.literal('startSale'),
    key: id,
    amountMinorUnits: amount,
    method: z.enum(['card', 'qr', 'cash']),
    /** Of a card sale: the customer shows a code instead of the card. */
    presentment: z.optional(z.enum(['card', 'code'])),
    /** When several payments share one bill; the same id and total in each of them. */
    order: z.optional(z.nullable(z.strictObject({ id, totalMinorUnits: amount }))),
  }),
  z.strictObject({
    type: z.literal('startRefund'),
    key: id,
    amountMinorUnits: amount,
    method: z.enum(['card', 'cash']),
    /** The sale that is given back; null only with a supervisor. */
    originalId: z.nullable(id),
    supervisor: z.nullable(supervisor),
  }),
  /** The QR provider gives it back. `supervisor` is needed for a transfer that is of no paid sale. */
  z.strictObject({
    type: z.literal('refundByProvider'),
    key: id,
    about: moneyBack,
    supervisor: z.nullable(supervisor),
  }),
  /** A supervisor has found out at the provider what became of a refund that it has not answered. */
  z.strictObject({ type: z.literal('settleRefund'), transactionId: id, given: z.boolean(), note, supervisor }),
  z.strictObject({ type: z.literal('startPreAuthorization'), key: id, amountMinorUnits: amount }),
  /** Money laid on the counter, or paid out for a refund. */
  z.strictObject({ type: z.literal('tenderCash'), transactionId: id, tenderedMinorUnits: amount }),
  z.strictObject({ type: z.literal('acceptPartial'), transactionId: id }),
  z.strictObject({ type: z.literal('voidTransaction'), transactionId: id, supervisor: z.nullable(supervisor) }),
  z.strictObject({ type: z.literal('incrementHold'), transactionId: id, amountMinorUnits: amount }),
  z.strictObject({ type: z.literal('completeHold'), transactionId: id, amountMinorUnits: amount }),
  z.strictObject({
    type: z.literal('resolveByHand'),
    transactionId: id,
    note,
    supervisor,
  }),
  /** Which sale money that came late, or fitted none, is for; without a supervisor only where `fits` says `byItself`. */
  z.strictObject({
    type: z.literal('attachTransfer'),
    transferId,
    transactionId: id,
    note,
    supervisor: z.nullable(supervisor),
  }),
  /** Settled outside the terminal. */
  z.strictObject({ type: z.literal('resolveTransfer'), transferId, note, supervisor }),
  /** Money goes back by bank transfer: asked for by name, confirmed by a supervisor who is somebody else. */
  z.strictObject({
    type: z.literal('askPayout'),
    key: id,
    about: moneyBack,
    askedBy: person,
  }),
  z.strictObject({ type: z.literal('confirmPayout'), payoutId: id, supervisor }),
  /** It has been sent at the bank, whose reference is typed. */
  z.strictObject({ type: z.literal('completePayout'), payoutId: id, by: person, reference: note }),
  z.strictObject({ type: z.literal('withdrawPayout'), payoutId: id, by: person, note }),
  /** The supervisor has seen the money on the account; marked as unverified for ever. */
  z.strictObject({ type: z.literal('confirmByHand'), transactionId: id, note, supervisor }),
  /** Sends everything that is stored, dead letters too. */
  z.strictObject({ type: z.literal('sendNow') }),
  /** `batch` is the open one as the screen knows it: pressing twice closes once. */
  z.strictObject({
    type: z.literal('closeBatch'),
    batch: z.int().check(z.positive()),
    countedCashMinorUnits: z.nullable(z.int().check(z.nonnegative(), z.maximum(999_999_999_999))),
  }),
  /** Answered once the paper is out, or with why it is not. `batch` null: the open one. */
  z.strictObject({ type: z.literal('printReport'), batch: z.nullable(z.int().check(z.positive())) }),
  z.strictObject({ type: z.literal('printFollowUp'), transactionId: id }),
  /**
   * What the scanner has typed, or a person: the code of the customer's phone. It may be card data, so it is in no view, log or
   * answer.
   */
  z.strictObject({
    type: z.literal('presentCode'),
    transactionId: id,
    code: z.string().check(z.minLength(1), z.maxLength(longestCode)),
  }),
  z.strictObject({ type: z.literal('cancelSale'), transactionId: id }),
  /** The answer to `cardPrompt`; `index` null: none of them, which ends the sale. */
  z.strictObject({
    type: z.literal('chooseApplication'),
    prompt: id,
    index: z.nullable(z.int().check(z.nonnegative(), z.maximum(255))),
  }),
  /** The code stays payable; `payOtherWay` makes the sale a payment of a bill, so that it can be paid another way. */
  z.strictObject({ type: z.literal('setAside'), transactionId: id, payOtherWay: z.boolean() }),
  z.strictObject({ type: z.literal('bringBack'), transactionId: id }),
  /** The shop's static code, between sales. */
  z.strictObject({ type: z.literal('showStaticCode'), shown: z.boolean() }),
  z.strictObject({ type: z.literal('closeSale'), transactionId: id }),
  z.strictObject({ type: z.literal('reprintReceipt'), transactionId: id }),
  /** The control strip. Refused unless simulated devices run. */
  z.strictObject({ type: z.literal('simTapCard'), card: id }),
  /** The customer holds a code to the simulated scanner; `code` is its id. */
  z.strictObject({ type: z.literal('simShowCode'), code: id }),
  /** The customer takes the card out of the slot. */
  z.strictObject({ type: z.literal('simTakeCard') }),
  z.strictObject({ type: z.literal('simPin'), pin: z.enum(['right', 'wrong', 'bypass', 'cancel']) }),
  z.strictObject({ type: z.literal('simNetwork'), connected: z.boolean() }),
  z.strictObject({ type: z.literal('simPrinter'), fault: z.enum(['jam', 'coverOpen', 'paperOut']), on: z.boolean() }),
  /** The customer's bank sends `amountMinorUnits` for the code in `payableQr`. */
  z.strictObject({ type: z.literal('simPayQr'), reference: id, amountMinorUnits: amount }),
  /** The same for the shop's static code. */
  z.strictObject({ type: z.literal('simPayStatic'), amountMinorUnits: amount }),
]);

export const refusalReasons = [
  'busy',
  'notFound',
  'notAllowed',
  'halted',
  'amountOutOfRange',
  'badCommand',
  'supervisorNeeded',
  /** Name or code is wrong; which of the two is not said. */
  'supervisorWrong',
  /** Too many wrong codes; `detail` says until when. */
  'supervisorLocked',
  'printerTrouble',
] as const;

const commandResult = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), transactionId: z.nullable(z.string()) }),
  z.strictObject({ ok: z.literal(false), reason: z.enum(refusalReasons), detail: z.string() }),
]);

/** Screen → terminal. `id` is echoed in the answer. */
export const clientFrame = z.strictObject({
  version,
  id: z.int().check(z.nonnegative()),
  command,
});

/** Terminal → screen. */
export const serverFrame = z.discriminatedUnion('type', [
  z.strictObject({ version, type: z.literal('view'), view: terminalView }),
  z.strictObject({ version, type: z.literal('result'), id: z.int(), result: commandResult }),
  /** What the simulated printer put out: a PNG in base64. */
  z.strictObject({ version, type: z.literal('paper'), jobId: z.string(), png: z.string() }),
]);

export type Command = z.infer<typeof command>;
export type MoneyBackAsked = z.infer<typeof moneyBack>;
export type CommandResult = z.infer<typeof commandResult>;
export type RefusalReason = (typeof refusalReasons)[number];
export type ClientFrame = z.infer<typeof clientFrame>;
export type ServerFrame = z.infer<typeof serverFrame>;
