/**
 * Two books held against each other, line by line: ours (the journal) and theirs (the host or the bank). Every line
 * ends in exactly one result, and the differences add up to the difference between the books.
 */
import { assert } from '../base/assert.ts';
import { money, subtractMoney, type CurrencyCode, type Money } from '../base/money.ts';

export interface BookLine {
  /** Where a person finds it: a transaction, or a line of a file. */
  readonly where: string;
  readonly text: string;
  /** Signed as the merchant sees it: a sale adds, a refund takes. */
  readonly amount: Money;
  /**
   * What the other book may know it by, surest first. Two lines of one book with the same first key are the same
   * payment written twice.
   */
  readonly keys: readonly string[];
  /** False for a line of no money that the other book need not have: reversed, declined, or not known yet. */
  readonly expected: boolean;
}

/** `difference` is always theirs less ours: what the merchant has more (or less) than the journal says. */
export type MatchResult =
  | {
      readonly kind: 'matched' | 'different';
      readonly ours: BookLine;
      readonly theirs: BookLine;
      readonly difference: Money;
    }
  /** Only in our book, and rightly so. */
  | { readonly kind: 'matched'; readonly ours: BookLine; readonly theirs: null; readonly difference: Money }
  | {
      readonly kind: 'missingThere' | 'duplicateHere';
      readonly ours: BookLine;
      readonly theirs: null;
      readonly difference: Money;
    }
  | {
      readonly kind: 'missingHere' | 'duplicateThere';
      readonly ours: null;
      readonly theirs: BookLine;
      readonly difference: Money;
    };

export interface BookSum {
  readonly count: number;
  readonly sum: Money;
}

export interface Comparison {
  /** In the order of our lines, then of theirs that we do not have. */
  readonly results: readonly MatchResult[];
  readonly ours: BookSum;
  readonly theirs: BookSum;
  /** Sum of all differences, which is `theirs.sum` less `ours.sum`. */
  readonly difference: Money;
  readonly counts: Readonly<Record<MatchResult['kind'], number>>;
  /** Everything matched. */
  readonly agrees: boolean;
}

function sumOf(lines: readonly { readonly amount: Money }[], currency: CurrencyCode): Money {
  return money(
    lines.reduce((sum, { amount }) => sum + amount.minorUnits, 0),
    currency,
  );
}

/** All amounts in `currency`. */
export function compareBooks(
  ours: readonly BookLine[],
  theirs: readonly BookLine[],
  currency: CurrencyCode,
): Comparison {
  const partners = pairUp(ours, theirs);
  const taken = new Set(partners.values());
  const zero = money(0, currency);
  const results: MatchResult[] = [];
  const ourDuplicates = duplicates(ours, (line) => partners.has(line));
  for (const line of ours) {
    const partner = partners.get(line);
    if (partner !== undefined) {
      const difference = subtractMoney(partner.amount, line.amount);
      const kind = difference.minorUnits === 0 ? 'matched' : 'different';
      results.push({ kind, ours: line, theirs: partner, difference });
    } else if (!line.expected) {
      assert(line.amount.minorUnits === 0, 'match: only a line of no money need not be in the other book');
      results.push({ kind: 'matched', ours: line, theirs: null, difference: zero });
    } else {
      const kind = ourDuplicates.has(line) ? 'duplicateHere' : 'missingThere';
      results.push({ kind, ours: line, theirs: null, difference: subtractMoney(zero, line.amount) });
    }
  }
  const theirDuplicates = duplicates(theirs, (line) => taken.has(line));
  for (const line of theirs) {
    if (taken.has(line)) continue;
    const kind = theirDuplicates.has(line) ? 'duplicateThere' : 'missingHere';
    results.push({ kind, ours: null, theirs: line, difference: line.amount });
  }
  assert(taken.size === partners.size, 'match: a line has one partner');
  const counts = { matched: 0, different: 0, missingThere: 0, missingHere: 0, duplicateHere: 0, duplicateThere: 0 };
  for (const { kind } of results) counts[kind] += 1;
  assert(results.length === ours.length + theirs.length - taken.size, 'match: every line ends in one result');
  return {
    results,
    ours: { count: ours.length, sum: sumOf(ours, currency) },
    theirs: { count: theirs.length, sum: sumOf(theirs, currency) },
    difference: sumOf(
      results.map(({ difference }) => ({ amount: difference })),
      currency,
    ),
    counts,
    agrees: counts.matched === results.length,
  };
}

/** A surer key is tried for all lines before a weaker one for any; among several, one of the same amount. */
function pairUp(ours: readonly BookLine[], theirs: readonly BookLine[]): ReadonlyMap<BookLine, BookLine> {
  const byKey = new Map<string, BookLine[]>();
  for (const line of theirs) {
    for (const key of new Set(line.keys)) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [line]);
      else known.push(line);
    }
  }
  const partners = new Map<BookLine, BookLine>();
  const taken = new Set<BookLine>();
  const ranks = ours.reduce((most, { keys }) => Math.max(most, keys.length), 0);
  for (let rank = 0; rank < ranks; rank += 1) {
    // Same amounts first, for all lines: else a line that differs could take the partner of one that agrees.
    for (const sameAmount of [true, false]) {
      for (const line of ours) {
        const key = line.keys[rank];
        if (key === undefined || partners.has(line)) continue;
        const partner = byKey
          .get(key)
          ?.find((other) => !taken.has(other) && (!sameAmount || other.amount.minorUnits === line.amount.minorUnits));
        if (partner === undefined) continue;
        partners.set(line, partner);
        taken.add(partner);
      }
    }
  }
  return partners;
}

/** Lines without a partner whose first key another line of the same book has: the paired one, or an earlier one. */
function duplicates(lines: readonly BookLine[], paired: (line: BookLine) => boolean): ReadonlySet<BookLine> {
  const seen = new Set(lines.flatMap((line) => (paired(line) ? line.keys.slice(0, 1) : [])));
  const found = new Set<BookLine>();
  for (const line of lines) {
    const [key] = line.keys;
    if (key === undefined || paired(line)) continue;
    if (seen.has(key)) found.add(line);
    seen.add(key);
  }
  return found;
}
