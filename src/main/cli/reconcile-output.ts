/**
 * Comparisons of `cham reconcile`, for a person and for a program. Memos come from outside: control characters are taken
 * out, and digits that look like a card number are masked.
 */
import type { Money } from '../../core/base/money.ts';
import { printable } from '../../core/receipt/layout.ts';
import { paperMoney } from '../../core/receipt/paper-money.ts';
import type { BookLine, Comparison, MatchResult } from '../../core/settlement/match.ts';
import { scrub } from '../log.ts';
import { say } from './output.ts';

const names: Readonly<Record<MatchResult['kind'], string>> = {
  matched: 'matched',
  different: 'DIFFERENT',
  missingThere: 'MISSING THERE',
  missingHere: 'MISSING HERE',
  duplicateHere: 'TWICE HERE',
  duplicateThere: 'TWICE THERE',
};

export function amountText(amount: Money): string {
  return paperMoney(amount, 'en');
}

export function lineText({ text, where }: BookLine): string {
  return `${scrub(printable(text))} (${where})`;
}

export function printComparison(title: string, comparison: Comparison | null, all: boolean): void {
  if (comparison === null) return;
  const { ours, theirs, difference, counts, results } = comparison;
  say(`${title}\n  here ${bookText(ours)}; there ${bookText(theirs)}`);
  const shown = results.filter(({ kind }) => all || kind !== 'matched');
  if (shown.length > 0) say(row('', 'here', 'there', 'difference', ''));
  for (const { kind, ours: here, theirs: there, difference: by } of shown) {
    const [left = '-', right = '-'] = [here, there].map((line) =>
      line === null ? undefined : amountText(line.amount),
    );
    const texts = [here, there].flatMap((line) => (line === null ? [] : lineText(line)));
    say(row(names[kind], left, right, amountText(by), texts.join(' | ')));
  }
  const kinds = Object.entries(counts).filter(([, count]) => count > 0);
  say(`  ${kinds.map(([kind, count]) => `${count} ${names[kind as MatchResult['kind']]}`).join(', ') || 'no lines'}`);
  say(`  difference ${amountText(difference)}\n`);
}

function bookText({ count, sum }: Comparison['ours']): string {
  return `${count} ${count === 1 ? 'line' : 'lines'}, ${amountText(sum)}`;
}

function row(what: string, here: string, there: string, difference: string, text: string): string {
  return `  ${what.padEnd(14)}${here.padStart(16)}${there.padStart(16)}${difference.padStart(16)}  ${text}`.trimEnd();
}

function lineJson(line: BookLine | null): unknown {
  return line && { where: line.where, text: scrub(printable(line.text)), amount: line.amount };
}

/** The same as a document; without the keys, which only the matching needs. */
export function comparisonJson(comparison: Comparison | null): unknown {
  if (comparison === null) return null;
  const results = comparison.results.map(({ kind, ours, theirs, difference }) => ({
    kind,
    ours: lineJson(ours),
    theirs: lineJson(theirs),
    difference,
  }));
  return { ...comparison, results };
}
