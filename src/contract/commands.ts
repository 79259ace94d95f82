/** What a screen may ask of the terminal, and the frames that carry questions and answers. */
import * as z from 'zod/mini';
import { contractVersion, terminalView } from './view.ts';

const version = z.literal(contractVersion);
const id = z.string().check(z.minLength(1), z.maxLength(64));
const amount = z.int().check(z.positive(), z.maximum(999_999_999_999));

const command = z.discriminatedUnion('type', [
  /** `key` makes a repeated press harmless: the same key is the same sale. */
  z.strictObject({
    type: z.literal('startSale'),
    key: id,
    amountMinorUnits: amount,
    method: z.enum(['card', 'qr']),
  }),
  z.strictObject({ type: z.literal('cancelSale'), transactionId: id }),
  z.strictObject({ type: z.literal('closeSale'), transactionId: id }),
  z.strictObject({ type: z.literal('reprintReceipt'), transactionId: id }),
  /** The control strip. Refused unless simulated devices run. */
  z.strictObject({ type: z.literal('simTapCard'), card: id }),
  z.strictObject({ type: z.literal('simNetwork'), connected: z.boolean() }),
  z.strictObject({ type: z.literal('simPrinter'), fault: z.enum(['jam', 'coverOpen', 'paperOut']), on: z.boolean() }),
  /** The customer's bank sends `amountMinorUnits` for the code in `payableQr`. */
  z.strictObject({ type: z.literal('simPayQr'), reference: id, amountMinorUnits: amount }),
]);

export const refusalReasons = ['busy', 'notFound', 'notAllowed', 'halted', 'amountOutOfRange', 'badCommand'] as const;

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
export type CommandResult = z.infer<typeof commandResult>;
export type RefusalReason = (typeof refusalReasons)[number];
export type ClientFrame = z.infer<typeof clientFrame>;
export type ServerFrame = z.infer<typeof serverFrame>;
