/** The part of the view that is about payments by QR as such, whatever sale is on the screen. */
import * as z from 'zod/mini';

const text = z.string();
const epochMs = z.int();

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
