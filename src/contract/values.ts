/** What views and commands are made of. */
import * as z from 'zod/mini';

export const text = z.string();

/** Milliseconds since 1970-01-01T00:00Z. */
export const epochMs = z.int();

export const wording = z.strictObject({ vi: text, en: text });

/** Minor units of an ISO 4217 currency. */
export const moneyView = z.strictObject({ minorUnits: z.int(), currency: text });
