/**
 * Result: how an operation that can meet trouble in the field answers.
 * Business results are plain values and bugs are assertions (assert.ts); only faults travel as `err`.
 */
export type Ok<T> = { readonly ok: true; readonly value: T };
export type Err<F> = { readonly ok: false; readonly fault: F };
export type Result<T, F> = Ok<T> | Err<F>;

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

export function err<F>(fault: F): Err<F> {
  return { ok: false, fault };
}

/**
 * What every fault says, whatever its layer.
 * - `kind`: a name from the operation's own closed union.
 * - `detail`: one English sentence for logs and technicians; never card data.
 * - `retrySafe`: true only when repeating the same call cannot move money twice or print twice.
 */
export interface Fault<K extends string> {
  readonly kind: K;
  readonly detail: string;
  readonly retrySafe: boolean;
}

export function fault<K extends string>(kind: K, detail: string, retrySafe: boolean): Fault<K> {
  return { kind, detail, retrySafe };
}
