/**
 * The transfer matcher: does money that arrived pay for what was asked? Pure; whether it came too late or
 * twice is the transaction machine's to say.
 */
import { assert } from '../base/assert.ts';
import { addMoney, sameMoney, subtractMoney, type Money } from '../base/money.ts';
import type { Transfer } from '../transaction/model.ts';
import { normaliseMemo } from './reference.ts';

export interface ExpectedTransfer {
  readonly reference: string;
  readonly amount: Money;
  readonly bankBin: string;
  readonly account: string;
  /** What earlier transfers of the same sale brought, same currency as `amount`. */
  readonly alreadyReceived: Money;
}

export type TransferMatch =
  | { readonly kind: 'exact' }
  | { readonly kind: 'under'; readonly missing: Money }
  | { readonly kind: 'over'; readonly excess: Money }
  | { readonly kind: 'wrongAccount' }
  | { readonly kind: 'wrongCurrency' }
  | { readonly kind: 'noReference' };

export function matchTransfer(transfer: Transfer, expected: ExpectedTransfer): TransferMatch {
  if (findReference(transfer.memo, [expected.reference]) === undefined) return { kind: 'noReference' };
  if (!sameAccount(transfer, expected)) return { kind: 'wrongAccount' };
  if (transfer.amount.currency !== expected.amount.currency) return { kind: 'wrongCurrency' };
  assert(expected.reference !== '' && expected.amount.minorUnits > 0, 'matcher: a transfer is expected for something');
  const received = addMoney(expected.alreadyReceived, transfer.amount);
  if (sameMoney(received, expected.amount)) return { kind: 'exact' };
  const missing = subtractMoney(expected.amount, received);
  if (missing.minorUnits > 0) return { kind: 'under', missing };
  const excess = subtractMoney(received, expected.amount);
  assert(excess.minorUnits > 0, 'matcher: what is neither exact nor under is over');
  return { kind: 'over', excess };
}

interface Account {
  readonly bankBin: string;
  readonly account: string;
}

export function sameAccount(a: Account, b: Account): boolean {
  return a.bankBin === b.bankBin && a.account.toUpperCase() === b.account.toUpperCase();
}

/**
 * The known reference that a memo carries. Banks add text before and after, change case and move spaces, so it
 * is looked for anywhere in the folded memo without spaces. Where one reference contains another, the longer
 * one is meant. Two different references in one memo answer undefined: which part of the money pays for which
 * sale is not the terminal's to guess.
 */
export function findReference(memo: string, known: Iterable<string>): string | undefined {
  const compact = normaliseMemo(memo).replaceAll(' ', '');
  const found = [...known].filter((reference) => reference !== '' && compact.includes(reference));
  const longest = found.filter((reference) => !found.some((other) => other !== reference && other.includes(reference)));
  const [only, ...others] = new Set(longest);
  return others.length === 0 ? only : undefined;
}
