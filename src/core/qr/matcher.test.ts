/** The matcher: right for every way in which a bank can mangle a memo and a customer can pay the wrong sum. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../base/brand.ts';
import { money } from '../base/money.ts';
import type { Transfer } from '../transaction/model.ts';
import { findReference, matchTransfer, type ExpectedTransfer } from './matcher.ts';

const expected: ExpectedTransfer = {
  reference: 'CH7K3QW9TX',
  amount: money(45_000, 'VND'),
  bankBin: '970436',
  account: 'VQR0001abc',
  alreadyReceived: money(0, 'VND'),
};

const transfer: Transfer = {
  providerTransactionId: 'FT1',
  bankBin: '970436',
  account: 'VQR0001ABC',
  amount: money(45_000, 'VND'),
  memo: 'BANK.123456.CH7K3QW9TX PHO BO.CT tu 0011',
  paidAt: epochMs(0),
};

describe('matchTransfer', () => {
  it('compares with what is still missing', () => {
    expect(matchTransfer(transfer, expected)).toEqual({ kind: 'exact' });
    expect(matchTransfer({ ...transfer, amount: money(44_999, 'VND') }, expected)).toEqual({
      kind: 'under',
      missing: money(1, 'VND'),
    });
    expect(matchTransfer({ ...transfer, amount: money(50_000, 'VND') }, expected)).toEqual({
      kind: 'over',
      excess: money(5000, 'VND'),
    });
  });

  it('says what does not fit, the reference first', () => {
    expect(matchTransfer({ ...transfer, memo: 'chuyen tien', account: 'X' }, expected)).toEqual({
      kind: 'noReference',
    });
    expect(matchTransfer({ ...transfer, account: 'X' }, expected)).toEqual({ kind: 'wrongAccount' });
    expect(matchTransfer({ ...transfer, bankBin: '970403' }, expected)).toEqual({ kind: 'wrongAccount' });
    expect(matchTransfer({ ...transfer, amount: money(45_000, 'USD') }, expected)).toEqual({ kind: 'wrongCurrency' });
  });

  it('adds partial transfers up', () => {
    const part = fc.integer({ min: 1, max: 1_000_000_000 });
    fc.assert(
      fc.property(part, part, part, (asked, first, second) => {
        const match = matchTransfer(
          { ...transfer, amount: money(second, 'VND') },
          { ...expected, amount: money(asked, 'VND'), alreadyReceived: money(first, 'VND') },
        );
        const balance = first + second - asked;
        if (balance === 0) expect(match).toEqual({ kind: 'exact' });
        else if (balance < 0) expect(match).toEqual({ kind: 'under', missing: money(-balance, 'VND') });
        else expect(match).toEqual({ kind: 'over', excess: money(balance, 'VND') });
      }),
      { examples: [[45_000, 20_000, 25_000]] },
    );
  });
});

describe('findReference', () => {
  it('finds a reference that a bank wrapped, lowered, spaced and punctuated', () => {
    const wrap = fc.stringMatching(/^[ .\-;a-bd-z]{0,20}$/);
    const known = ['CH7K3QW9TX', 'CHZZZZ2222', 'CHAAAA3333'];
    fc.assert(
      fc.property(wrap, wrap, fc.constantFrom(...known), fc.nat({ max: 9 }), (before, after, reference, cut) => {
        const broken = `${reference.slice(0, cut)} ${reference.slice(cut)}`;
        expect(findReference(`${before}${broken}${after}`, known)).toBe(reference);
        expect(findReference(`${before}${broken.toLowerCase()}${after}`, known)).toBe(reference);
      }),
    );
  });

  it('prefers the longer of two that overlap, and never guesses between two', () => {
    expect(findReference('tt CHAB12 xin cam on', ['CHAB', 'CHAB12', 'CHAB12'])).toBe('CHAB12');
    expect(findReference('CHAAAA3333 CHBBBB4444', ['CHAAAA3333', 'CHBBBB4444'])).toBeUndefined();
    expect(findReference('CHAAAA3333', new Map([['CHAAAA3333', 1]]).keys())).toBe('CHAAAA3333');
    expect(findReference('chuyen tien', ['CHAAAA3333', ''])).toBeUndefined();
    expect(findReference('', [])).toBeUndefined();
  });
});
