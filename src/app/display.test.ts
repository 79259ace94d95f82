/** What the customer display says to somebody whose card is in the slot. */
import { describe, expect, it } from 'vitest';
import { approved, completed, inserted, Scenario, startCard } from '../../test/scenarios/given.ts';
import { displayContent } from './display.ts';

describe('an inserted card that has no power any more', () => {
  const removeCard = { kind: 'removeCard' } as const;

  it('is asked to stay until its last word is journaled, and to be taken then', () => {
    const s = new Scenario().when(startCard, inserted, approved);
    const staying = displayContent(s.sale(), 'en', removeCard);
    expect(staying.kind === 'text' && staying.lines[1]).toBe('Leave the card in');
    s.when(completed('approved'));
    expect(displayContent(s.sale(), 'en', removeCard)).toEqual({
      kind: 'text',
      lines: ['Paid', 'Please take your card'],
      answer: 'yes',
    });
  });
});
