/** What is printed and kept of a card's own names. */
import { expect, it } from 'vitest';
import { latin1 } from '../base/bytes.ts';
import { applicationLabel } from './outcome.ts';

function label(objects: Readonly<Record<string, string>>): string | undefined {
  return applicationLabel(new Map(Object.entries(objects).map(([tag, text]) => [tag, latin1(text)])));
}

it.each([
  [
    'the preferred name in an alphabet that can be written',
    { '9F11': '\u0001', '9F12': 'Ngân hàng', '50': 'BANK' },
    'Ngân hàng',
  ],
  ['the label where it cannot', { '9F11': '\u0002', '9F12': 'Ngân hàng', '50': 'BANK' }, 'BANK'],
  ['without what cannot be printed', { '50': 'VI\u0007SA\u0000' }, 'VISA'],
  ['a name with a few digits', { '50': 'CARD 2000' }, 'CARD 2000'],
  ['a card number is no name', { '50': '9704000000000018' }, undefined],
  [
    'nor one with separators; the label stands in for it',
    { '9F11': '\u0001', '9F12': '9704 0000-0018', '50': 'BANK' },
    'BANK',
  ],
  ['none', {}, undefined],
])('%s', (_, objects, expected) => {
  expect(label(objects)).toBe(expected);
});
