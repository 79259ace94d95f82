/**
 * Card profiles: which simulated cards exist, as data (config/simulated/cards.json). Everything in them is for
 * training: published test PANs, no cardholder, and an issuer key that is a well-known test key.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { TraceCard } from './trace.ts';

const hexBytes = (min: number, max: number): z.ZodString =>
  z.string().regex(new RegExp(`^(?:[0-9A-F]{2}){${min},${max}}$`), `${min} to ${max} bytes in upper-case hex`);

/** Words for the control strip, in both languages. */
const wording = (most: number) => {
  const text = z.string().min(1).max(most);
  return z.strictObject({ vi: text, en: text });
};

const common = {
  /** Named by the control strip and by tests. */
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, 'lower-case letters, digits and dashes'),
  /** Short, for a button. */
  name: wording(24),
  /** What will happen when the card is tapped. */
  hint: wording(60),
};

const emvCard = z.strictObject({
  kind: z.literal('emv'),
  ...common,
  aid: hexBytes(5, 16),
  label: z.string().min(1).max(16),
  pan: z.string().regex(/^\d{13,19}$/, '13 to 19 digits'),
  panSequenceNumber: z.string().regex(/^\d{2}$/, 'two digits'),
  /** YYMMDD, the last day on which the card is good. */
  expiryDate: z.string().regex(/^\d{6}$/, 'YYMMDD'),
  /** `qvsdc` gives its cryptogram in the answer to GET PROCESSING OPTIONS, `generateAc` on GENERATE AC. */
  flow: z.enum(['qvsdc', 'generateAc']),
  /** Of GET PROCESSING OPTIONS and GENERATE AC: 1 is template 80, 2 is template 77 (which qvsdc always uses). */
  responseFormat: z.literal([1, 2]),
  applicationInterchangeProfile: hexBytes(2, 2),
  issuerApplicationData: hexBytes(1, 32),
  /** `arqc` asks to go online, `aac` declines. */
  decision: z.enum(['arqc', 'aac']),
  /** The customer takes the card away after so many exchanges. */
  removedAfter: z.int().min(0).max(50).optional(),
});

const traceCard = z.strictObject({
  kind: z.literal('trace'),
  ...common,
  /** Lines `=> hex` and `<= hex`, played once for every tap (trace.ts). */
  trace: z
    .array(z.string())
    .min(2)
    .refine((lines) => TraceCard.parse(lines).ok, 'lines "=> hex" and "<= hex" in turn'),
});

const cardFile = z.strictObject({
  notice: z.string(),
  /** Double-length TDES key of the training issuer. */
  issuerMasterKey: hexBytes(16, 16),
  cards: z
    .array(z.discriminatedUnion('kind', [emvCard, traceCard]))
    .min(1)
    .refine((cards) => new Set(cards.map(({ id }) => id)).size === cards.length, 'ids that differ'),
});

export type EmvCardProfile = z.infer<typeof emvCard> & { readonly issuerMasterKey: string };
export type TraceCardProfile = z.infer<typeof traceCard>;
export type CardProfile = EmvCardProfile | TraceCardProfile;

/** What is wrong with a file of cards; `path` leads to the value, and is empty when there is no such value. */
export interface CardFileProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export const defaultCardFile = new URL('../../../config/simulated/cards.json', import.meta.url);

/** Reads and checks a file of cards. Throws nothing: a file that cannot be used answers with its problems. */
export function loadCardProfiles(
  file: string | URL,
): readonly CardProfile[] | { problems: readonly CardFileProblem[] } {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return { problems: [{ path: [], message: error instanceof Error ? error.message : 'cannot be read' }] };
  }
  const parsed = cardFile.safeParse(json);
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(({ path, message }) => ({
        path: path.map((step) => (typeof step === 'number' ? step : String(step))),
        message,
      })),
    };
  }
  const { cards, issuerMasterKey } = parsed.data;
  return cards.map((card) => (card.kind === 'emv' ? { ...card, issuerMasterKey } : card));
}
