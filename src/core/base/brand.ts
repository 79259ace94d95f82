/**
 * Nominal types. A branded string cannot be passed where another brand is expected; the brand exists
 * only for the compiler.
 */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Identifies one sale, from start to archive. Shape: `S-` and 26 upper-case letters or digits. */
export type TransactionId = Brand<string, 'TransactionId'>;

/** Milliseconds since 1970-01-01T00:00:00Z, as handed in by the Clock port. */
export type EpochMs = Brand<number, 'EpochMs'>;

export function transactionId(text: string): TransactionId {
  return text as TransactionId;
}

export function epochMs(value: number): EpochMs {
  return value as EpochMs;
}
