/**
 * What the training acquirer's book consists of: one entry for each request that it decided, one closing for each
 * batch that it settled, and how both are written as lines of JSON. PANs are masked in it.
 */
import { z } from 'zod';
import { epochMs } from '../../core/base/brand.ts';
import { currencyCodes, type CurrencyCode } from '../../core/base/money.ts';
import type { HostTotals } from '../../core/transaction/model.ts';

/** What a request was for. `deferred` is only told from `sale` where the dialect marks it. */
const operations = [
  'sale',
  'refund',
  'preAuthorization',
  'increment',
  'completion',
  'void',
  'chipApproved',
  'deferred',
] as const;

export type Operation = (typeof operations)[number];

const requestSchema = z.strictObject({
  operation: z.enum(operations),
  terminalId: z.string(),
  /** The batch it is settled with; the one that was open when the request named a closed one. */
  batch: z.int(),
  stan: z.int(),
  /** When the host decided it. */
  at: z.int().transform(epochMs),
  /** Minor units: what was approved; what was asked for when declined. */
  amount: z.int(),
  currency: z.enum(currencyCodes),
  rrn: z.string(),
  approvalCode: z.string(),
  /** Empty when only a batch upload told of it. */
  maskedPan: z.string(),
  /** Key of the entry that it goes on with: increment, completion, void, linked refund. */
  original: z.nullable(z.string()),
});

/** How batch upload found an entry; null while there was none. */
const comparisonSchema = z.nullable(z.enum(['agrees', 'different', 'missingHere', 'missingThere']));

const entrySchema = z.strictObject({
  /** What identifies the request; see `readRequest`. */
  key: z.string(),
  responseCode: z.string(),
  reversed: z.boolean(),
  /** Null when a reversal came for a request that was never seen. */
  request: z.nullable(requestSchema),
  comparison: comparisonSchema,
});

export type BookEntry = Readonly<z.infer<typeof entrySchema>>;
export type BookRequest = Readonly<z.infer<typeof requestSchema>>;
export type Comparison = z.infer<typeof comparisonSchema>;

/** An entry of the time when there were only sales, in one batch. */
const saleEntrySchema = z
  .strictObject({
    key: z.string(),
    responseCode: z.string(),
    reversed: z.boolean(),
    sale: z.nullable(requestSchema.omit({ operation: true, batch: true, original: true })),
  })
  .transform(({ sale, ...entry }): BookEntry => ({
    ...entry,
    request: sale === null ? null : { operation: 'sale', batch: 1, original: null, ...sale },
    comparison: null,
  }));

const tally = z.strictObject({ count: z.int(), minorUnits: z.int() });

const closingSchema = z.strictObject({
  terminalId: z.string(),
  batch: z.int(),
  at: z.int().transform(epochMs),
  totals: z.strictObject({
    currency: z.enum(currencyCodes),
    debits: tally,
    debitReversals: tally,
    credits: tally,
    creditReversals: tally,
  }),
});

/** The host's totals of a batch at the moment it was settled. */
export type Closing = Readonly<z.infer<typeof closingSchema>>;

const closingLineSchema = z.strictObject({ closing: closingSchema });

/** How lines begin, so that one that was cut off can be told from a file of another kind. */
const openings = ['{"key":', '{"closing":'];

export function entryLine(entry: BookEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

export function closingLine(closing: Closing): string {
  return `${JSON.stringify({ closing })}\n`;
}

/** Undefined when the line is neither. */
export function readLine(line: string): BookEntry | { readonly closing: Closing } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  return (
    entrySchema.safeParse(json).data ?? closingLineSchema.safeParse(json).data ?? saleEntrySchema.safeParse(json).data
  );
}

/** True for what is left of a line that a crash has cut off. */
export function isCutOff(text: string): boolean {
  return openings.some((opening) => opening.startsWith(text.slice(0, opening.length)));
}

/** DE 7 of the request, MMDDhhmmss: the fifth part of the key from its end, as DE 41 may hold a slash. */
export function transmittedOf(entry: BookEntry): string {
  return entry.key.split('/').at(-5) ?? '';
}

/** The columns of a reconciliation in which an operation is counted. */
export const columnOf: Readonly<Record<Operation, 'debits' | 'credits' | undefined>> = {
  sale: 'debits',
  completion: 'debits',
  chipApproved: 'debits',
  deferred: 'debits',
  refund: 'credits',
  preAuthorization: undefined,
  increment: undefined,
  void: undefined,
};

export function noTotals(currency: CurrencyCode): HostTotals {
  const none = { count: 0, minorUnits: 0 };
  return { currency, debits: none, debitReversals: none, credits: none, creditReversals: none };
}
