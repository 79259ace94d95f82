/** Banks by the names that people use for them: BIN, code or short name, in any case, with or without accents. */
import { assert } from '../base/assert.ts';
import { normaliseMemo } from './reference.ts';

export interface QrBank {
  /** Six digits: how NAPAS addresses the bank (object 38.01.00). */
  readonly bin: string;
  readonly shortName: string;
  readonly name: string;
  /** Short codes in use; lists differ, and some codes mean another bank in another list. */
  readonly codes: readonly string[];
}

/** `several`: that name means more than one bank. `none` comes with the names that are most like it, best first. */
export type BankSearch =
  | { readonly kind: 'one'; readonly bin: string }
  | { readonly kind: 'several'; readonly banks: readonly QrBank[] }
  | { readonly kind: 'none'; readonly near: readonly QrBank[] };

const nearCount = 3;

/** Any six digits are a BIN: the list of banks is never complete. A short name goes before a code. */
export function findBank(text: string, banks: readonly QrBank[]): BankSearch {
  const wanted = fold(text);
  if (/^\d{6}$/.test(wanted)) return { kind: 'one', bin: wanted };
  const byName = banks.filter(({ shortName }) => fold(shortName) === wanted);
  const found = byName.length > 0 ? byName : banks.filter(({ codes }) => codes.some((code) => fold(code) === wanted));
  const [only] = found;
  if (only !== undefined)
    return found.length === 1 ? { kind: 'one', bin: only.bin } : { kind: 'several', banks: found };
  return { kind: 'none', near: nearTo(wanted, banks) };
}

function fold(text: string): string {
  return normaliseMemo(text).replaceAll(' ', '');
}

function nearTo(wanted: string, banks: readonly QrBank[]): readonly QrBank[] {
  if (wanted === '') return [];
  return banks
    .map((bank) => ({ bank, distance: Math.min(...namesOf(bank).map((name) => distance(wanted, fold(name)))) }))
    .filter((one) => one.distance < 0.7)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, nearCount)
    .map(({ bank }) => bank);
}

function namesOf({ shortName, name, codes }: QrBank): readonly string[] {
  return [shortName, name, ...codes];
}

/** 0 for the same, 1 and more for names that have nothing to do with each other. */
function distance(wanted: string, name: string): number {
  if (wanted.length >= 3 && name.includes(wanted)) return 0.4;
  return edits(wanted, name) / (0.5 * Math.max(wanted.length, name.length));
}

/** Letters to add, drop or replace (Levenshtein). */
function edits(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  const count = previous[b.length] ?? 0;
  const [shorter, longer] = [Math.min(a.length, b.length), Math.max(a.length, b.length)];
  assert(count >= longer - shorter && count <= longer, 'banks: so many letters cannot differ');
  return count;
}
