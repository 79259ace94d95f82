/** For tests of the decisions of Book 3: transaction data from hex, and steps run against a card and a pad. */
import { hex, toHex } from '../../base/bytes.ts';
import { CardChannel, type CardAnswer } from '../card-channel.ts';
import type { ContactAnswer, ContactRequest, PinRequest, PinResult } from '../contact/requests.ts';
import { TransactionData } from '../transaction-data.ts';
import type { ContactSteps } from './contact-request.ts';

type Tagged = Readonly<Record<string, string | undefined>>;

/** A purchase of 450.00 at an attended terminal that can do everything; `undefined` takes an object away. */
const purchase: Tagged = {
  '9F02': '000000045000',
  '5F2A': '0704',
  '9A': '261122',
  '9C': '00',
  '9F09': '0096',
  '9F1A': '0704',
  '9F33': 'E0F8C8',
  '9F35': '22',
  '9F40': 'F000F0A001',
};

export function transaction(card: Tagged, terminal: Tagged = {}): TransactionData {
  const data = new TransactionData(new Map(objects({ ...purchase, ...terminal })));
  for (const [tag, value] of objects(card)) data.card.set(tag, value);
  return data;
}

function objects(tagged: Tagged): [string, Uint8Array][] {
  return Object.entries(tagged).flatMap(([tag, value]) => (value === undefined ? [] : [[tag, hex(value)]]));
}

/** What the card answers to a command, both in hex; `removed` when it is gone. */
export type Card = (command: string) => string;

function cardAnswer(card: Card, command: Uint8Array): CardAnswer {
  const answer = card(toHex(command));
  return answer === 'removed' || answer === 'noAnswer' ? answer : hex(answer);
}

export interface Run<T> {
  readonly end: T;
  readonly commands: readonly string[];
  readonly pins: readonly PinRequest[];
}

export function runOnCard<T>(
  start: (channel: CardChannel) => Generator<Uint8Array, T, CardAnswer>,
  card: Card,
): Run<T> {
  const steps = start(new CardChannel());
  const commands: string[] = [];
  let step = steps.next();
  while (step.done !== true) {
    commands.push(toHex(step.value));
    step = steps.next(cardAnswer(card, step.value));
  }
  return { end: step.value, commands, pins: [] };
}

/** The pad answers in turn; asked more often it has gone. */
export function runContact<T>(
  start: (channel: CardChannel) => ContactSteps<T>,
  card: Card,
  pad: readonly PinResult[] = [],
): Run<T> {
  const steps = start(new CardChannel());
  const commands: string[] = [];
  const pins: PinRequest[] = [];
  const answer = (request: ContactRequest): ContactAnswer => {
    if (request.kind === 'enterPin') {
      pins.push(request.pin);
      return { kind: 'pin', result: pad[pins.length - 1] ?? { kind: 'unavailable' } };
    }
    if (request.kind !== 'exchange') throw new Error(`nobody asks for ${request.kind} here`);
    commands.push(toHex(request.command));
    return { kind: 'response', answer: cardAnswer(card, request.command) };
  };
  let step = steps.next();
  while (step.done !== true) step = steps.next(answer(step.value));
  return { end: step.value, commands, pins };
}
