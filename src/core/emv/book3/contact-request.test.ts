/** Steps for the card as requests of a contact transaction. */
import { describe, expect, it } from 'vitest';
import { hex } from '../../base/bytes.ts';
import type { CardAnswer } from '../card-channel.ts';
import { onCard } from './contact-request.ts';

function* twoCommands(): Generator<Uint8Array, readonly CardAnswer[], CardAnswer> {
  const first = yield hex('01');
  const second = yield hex('02');
  return [first, second];
}

describe('onCard', () => {
  it('hands commands out and answers in, and tells what the steps return', () => {
    const steps = onCard(twoCommands());
    expect(steps.next().value).toEqual({ kind: 'exchange', command: hex('01') });
    expect(steps.next({ kind: 'response', answer: hex('9000') }).value).toEqual({
      kind: 'exchange',
      command: hex('02'),
    });
    expect(steps.next({ kind: 'response', answer: 'removed' })).toEqual({
      done: true,
      value: [hex('9000'), 'removed'],
    });
  });

  it('an answer to something else is a bug', () => {
    const steps = onCard(twoCommands());
    steps.next();
    expect(() => steps.next({ kind: 'application', index: 0 })).toThrow('application');
  });
});
