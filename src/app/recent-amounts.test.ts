/** What a card has paid here lately without the host: which amount counts, and for how long. */
import { describe, expect, it } from 'vitest';
import type { TransactionId } from '../core/base/brand.ts';
import { toHex } from '../core/base/bytes.ts';
import { Pan } from '../core/base/pan.ts';
import { RecentAmounts } from './recent-amounts.ts';

const id = (text: string): TransactionId => text as TransactionId;

function pan(): Pan {
  const parsed = Pan.parse('9704000000000018');
  if (!parsed.ok) throw new Error('a PAN');
  return parsed.value;
}

describe('what a card has paid lately (EMV 4.4 Book 3 §10.6.1)', () => {
  it('of several entries the most recent one counts, until it is answered', () => {
    const recent = new RecentAmounts(toHex);
    recent.add(id('S-1'), pan(), '01', 100_000);
    recent.add(id('S-2'), pan(), '01', 40_000);
    recent.add(id('S-3'), pan(), '02', 7_000);
    expect(recent.of(pan(), '01')).toBe(40_000);
    recent.forget(id('S-2'));
    expect(recent.of(pan(), '01')).toBe(100_000);
    expect(recent.of(pan(), undefined)).toBe(0);
  });
});
