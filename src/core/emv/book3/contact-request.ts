/**
 * Steps that only talk to the card, as part of a contact transaction: each C-APDU becomes an `exchange` request and
 * each `response` the answer that the steps wait for.
 */
import { assert } from '../../base/assert.ts';
import type { CardAnswer } from '../card-channel.ts';
import type { ContactAnswer, ContactRequest } from '../contact/requests.ts';

export type ContactSteps<T> = Generator<ContactRequest, T, ContactAnswer>;

export function* onCard<T>(steps: Generator<Uint8Array, T, CardAnswer>): ContactSteps<T> {
  let step = steps.next();
  while (step.done !== true) {
    const answer = yield { kind: 'exchange', command: step.value };
    assert(answer.kind === 'response', `EMV: an exchange was answered by "${answer.kind}"`);
    step = steps.next(answer.answer);
  }
  return step.value;
}
