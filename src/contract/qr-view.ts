/** The part of the view that is about payments by QR as such, whatever sale is on the screen. */
import * as z from 'zod/mini';
import { epochMs, text } from './values.ts';

/** The shop's static code; null when it is never shown. */
export const staticQrView = z.nullable(
  z.strictObject({
    payload: text,
    /** As people call it; the BIN of a bank that is not in the list. */
    bank: text,
    account: text,
    /** To be seen on the customer's screen now. */
    shown: z.boolean(),
    /** Shown and put away by the cashier; otherwise it stands there between sales by itself. */
    onRequest: z.boolean(),
  }),
);

/** How the terminal hears of money that came by QR. */
export const qrLinkView = z.strictObject({
  /** How what is paid now would be confirmed: by a notice, by asking with pauses, or not before the network is back. */
  confirms: z.enum(['atOnce', 'byAsking', 'notNow']),
  /** Longest pause between two questions about an open code. */
  askEveryMs: z.int(),
  /** `since`: when it began to answer or fell silent; `detail` is English technician text. */
  provider: z.strictObject({
    name: text,
    answer: z.enum(['unknown', 'answers', 'silent']),
    since: z.nullable(epochMs),
    detail: text,
  }),
  /** Null without one. */
  relay: z.nullable(
    z.strictObject({
      state: z.enum(['up', 'down']),
      since: epochMs,
      detail: text,
      /** Of the newest notice that was taken since the start. */
      position: z.nullable(z.int()),
      /** The terminal's clock less the relay's, to a second; null when it is not known. */
      clockAheadMs: z.nullable(z.int()),
    }),
  ),
});
