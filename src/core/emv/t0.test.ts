/** T=0 over a card that is written down line by line; the cases of ISO/IEC 7816-3 §12.2 and its procedure bytes. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { hex, toHex } from '../base/bytes.ts';
import { transmitT0 } from './t0.ts';

/** What was sent, and the R-APDU; `answers` in the order in which they come. */
function run(command: string, answers: readonly (string | undefined)[]): { sent: string[]; end: string | undefined } {
  const steps = transmitT0(hex(command));
  const sent: string[] = [];
  let turn = steps.next();
  while (turn.done !== true) {
    const answer = answers[sent.length];
    sent.push(toHex(turn.value));
    turn = steps.next(answer === undefined ? undefined : hex(answer));
  }
  return { sent, end: turn.value === undefined ? undefined : toHex(turn.value) };
}

it.each([
  ['case 1: P3 is 00', '00820000', ['9000'], ['0082000000'], '9000'],
  ['case 2: the right length at once', '00B2010C02', ['B2AABB9000'], ['00B2010C02'], 'AABB9000'],
  ['case 2: corrected by 6C', '00B2010C00', ['6C02', 'B2AABB9000'], ['00B2010C00', '00B2010C02'], 'AABB9000'],
  ['case 3', '0082000002AABB', ['82', '9000'], ['0082000002', 'AABB'], '9000'],
  ['case 3, byte by byte', '0082000002AABB', ['7D', '7D', '9000'], ['0082000002', 'AA', 'BB'], '9000'],
  ['case 3: refused before the data', '0082000002AABB', ['6D00'], ['0082000002'], '6D00'],
  [
    'case 4 in two parts',
    '00A4040002AABB00',
    ['A4', '6103', 'C001026101', 'C0039000'],
    ['00A4040002', 'AABB', '00C0000003', '00C0000001'],
    '0102039000',
  ],
  [
    'case 4: a warning, its data fetched, the warning kept',
    '00A4040002AABB00',
    ['A4', '6283', '6C01', 'C0039000'],
    ['00A4040002', 'AABB', '00C0000000', '00C0000001'],
    '036283',
  ],
  ['more time is wanted', '00B2010C01', ['60', 'B2AA9000'], ['00B2010C01', ''], 'AA9000'],
  ['more time, and then the answer in one go', '00B2010C01', ['60B2AA9000'], ['00B2010C01'], 'AA9000'],
])('%s', (_, command, answers, sent, end) => {
  expect(run(command, answers)).toEqual({ sent, end });
});

it.each([
  ['a procedure byte that is none', '00B2010C00', ['B3']],
  ['half a status word', '00B2010C00', ['6A']],
  ['no answer', '00B2010C00', [undefined]],
  ['nothing at all', '00B2010C00', ['']],
])('%s ends without a response', (_, command, answers) => {
  expect(run(command, answers).end).toBeUndefined();
});

it('any card: an end within bounds', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('00820000', '00B2010C00', '0082000002AABB', '00A4040002AABB00'),
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 20 }),
      (command, answers) => {
        const steps = transmitT0(hex(command));
        let count = 0;
        let turn = steps.next();
        while (turn.done !== true && count < 2000) {
          turn = steps.next(answers[count % answers.length]);
          count += 1;
        }
        expect(turn.done).toBe(true);
      },
    ),
  );
});
