/** Banks by any of their names, and what is proposed when there is none. */
import { describe, expect, it } from 'vitest';
import { findBank, type QrBank } from './banks.ts';

function bank(bin: string, shortName: string, name: string, ...codes: string[]): QrBank {
  return { bin, shortName, name, codes };
}

const banks: readonly QrBank[] = [
  bank('970436', 'Vietcombank', 'Ngân hàng TMCP Ngoại Thương Việt Nam', 'VCB'),
  bank('970415', 'VietinBank', 'Ngân hàng TMCP Công thương Việt Nam', 'ICB', 'CTG'),
  bank('970438', 'BaoVietBank', 'Ngân hàng TMCP Bảo Việt', 'BVB'),
  bank('970454', 'VietCapitalBank', 'Ngân hàng TMCP Bản Việt', 'BVB', 'BVBank'),
  bank('970416', 'ACB', 'Ngân hàng TMCP Á Châu'),
];

function found(text: string): string {
  const search = findBank(text, banks);
  if (search.kind === 'one') return search.bin;
  if (search.kind === 'several') return `several ${search.banks.map(({ bin }) => bin).join(' ')}`;
  return `near ${search.near.map(({ shortName }) => shortName).join(' ')}`.trim();
}

describe('findBank', () => {
  it.each([
    ['970436', '970436'],
    ['979999', '979999'],
    [' 970436 ', '970436'],
    ['vietcombank', '970436'],
    ['VIETCOM BANK', '970436'],
    ['vcb', '970436'],
    ['Ctg', '970415'],
    ['á c b', '970416'],
    ['bvb', 'several 970438 970454'],
    ['bvbank', '970454'],
  ])('%s', (text, expected) => {
    expect(found(text)).toBe(expected);
  });

  it.each([
    ['Vietconbank', 'near Vietcombank VietinBank'],
    ['bảo việt', 'near BaoVietBank'],
    ['ngoại thương', 'near Vietcombank'],
    ['97043', 'near'],
    ['', 'near'],
    ['☕', 'near'],
    ['x', 'near'],
  ])('%s is none', (text, expected) => {
    expect(found(text)).toBe(expected);
  });
});
