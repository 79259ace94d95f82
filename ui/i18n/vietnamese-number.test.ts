/** Vietnamese numbers: the words that change with their place (mốt, lăm, lẻ, mười) and the groups of three. */
import { expect, it } from 'vitest';
import { vietnameseNumber } from './vietnamese-number.ts';

it.each([
  [0, 'không'],
  [5, 'năm'],
  [10, 'mười'],
  [11, 'mười một'],
  [15, 'mười lăm'],
  [21, 'hai mươi mốt'],
  [105, 'một trăm lẻ năm'],
  [115, 'một trăm mười lăm'],
  [1000, 'một nghìn'],
  [1005, 'một nghìn không trăm lẻ năm'],
  [45_000, 'bốn mươi lăm nghìn'],
  [99_500, 'chín mươi chín nghìn năm trăm'],
  [1_250_000, 'một triệu hai trăm năm mươi nghìn'],
  [10_050_000, 'mười triệu không trăm năm mươi nghìn'],
  [2_000_000_001, 'hai tỷ không trăm lẻ một'],
])('%i', (value, words) => {
  expect(vietnameseNumber(value)).toBe(words);
});
