/** Who has paid, as far as a provider tells it: for those who give money back, and never a whole account number. */
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../core/base/brand.ts';
import { maskedPayer, transferTo } from './reading.ts';

const merchant = { bankBin: '970436', account: '1017595600', name: 'Tiem Ca Phe' };

describe('the payer', () => {
  it.each([
    [{ account: '0351000866789', bank: 'Vietcombank', name: 'NGUYEN VAN A' }, '******6789 Vietcombank NGUYEN VAN A'],
    [{ account: '0351000866789' }, '******6789'],
    [{ account: '******0018', bank: 'MB' }, '******0018 MB'],
    [{ account: '12345' }, '******45'],
    [{ account: '7' }, '******'],
    [{ account: '---', bank: ' \n' }, undefined],
    [{ account: '', name: 'TRAN THI B' }, 'TRAN THI B'],
    [{}, undefined],
    // What is told beside it does not tell it after all.
    [{ account: '0351000866789', name: 'A 0351000866789' }, '******6789 A ******6789'],
    [{ account: '0351000866789', name: 'A\u0000\u202e\nB' }, '******6789 A B'],
  ])('%j', (told, shown) => {
    expect(maskedPayer(told)).toBe(shown);
  });

  it('is masked in the memo too, which still names the sale', () => {
    const memo = 'MBVCB.4471.CH7K3QW9TX.CT tu 0351000866789 toi 1017595600';
    const arrived = { id: 'FT1', amount: 45_000, memo, paidAt: epochMs(1), reference: 'CH7K3QW9TX' };
    const transfer = transferTo(merchant, { ...arrived, payer: { account: '0351000866789' } });
    expect(transfer).toMatchObject({
      memo: 'MBVCB.4471.CH7K3QW9TX.CT tu ******6789 toi 1017595600',
      payer: '******6789',
    });
    expect(transferTo(merchant, arrived).payer).toBeUndefined();
    // A number that is too short to be one is left where it stands.
    expect(transferTo(merchant, { ...arrived, payer: { account: '4471' } }).memo).toBe(memo);
  });
});
