/**
 * Misfortune between card and terminal, for tests: a card that is torn away, that answers another status word, that
 * answers damaged data, or that makes the terminal follow the procedure bytes of T=0. Wraps a card; what is wrong on the
 * card itself (a bad certificate, a blocked application, a used-up PIN) is in its profile (profiles.ts).
 */
import { concat, hex } from '../../../src/core/base/bytes.ts';
import type { CardAnswer } from '../../../src/core/emv/card-channel.ts';
import { refuse } from './command.ts';

/** Which command is met: the n-th of the session, from 0, or the n-th with that INS (upper-case hex), from 0. */
export type Which = number | { readonly ins: string; readonly occurrence?: number };

export type Misfortune =
  /** The command does not reach the card any more. */
  | { readonly kind: 'tear'; readonly at: Which }
  /** The card has done what it was asked, but nobody hears it. */
  | { readonly kind: 'answerLost'; readonly at: Which }
  /** Four hex digits; the card has not seen the command. */
  | { readonly kind: 'status'; readonly at: Which; readonly sw: string }
  | { readonly kind: 'malformed'; readonly at: Which; readonly how: Damage }
  /** 61xx, and GET RESPONSE brings the answer; or 6Cxx, and the same command with that Le. */
  | { readonly kind: 'procedure'; readonly at: Which; readonly how: '61' | '6C' };

/**
 * - `truncated`: the last byte before the status word is missing.
 * - `lengthTooLong`: the first length says one byte more than there is.
 * - `noTemplate`: only the contents of the outer template.
 * - `empty`: nothing but the status word.
 * - `noise`: bytes that are no TLV.
 * - `noStatus`: not even a status word.
 */
export type Damage = 'truncated' | 'lengthTooLong' | 'noTemplate' | 'empty' | 'noise' | 'noStatus';

export const damages: readonly Damage[] = ['truncated', 'lengthTooLong', 'noTemplate', 'empty', 'noise', 'noStatus'];

export interface PlainCard {
  reset(): void;
  process(command: Uint8Array): Uint8Array;
}

const getResponse = 0xc0;

export class FaultyCard {
  readonly #card: PlainCard;
  readonly #misfortune: Misfortune;
  readonly #seen = new Map<string, number>();
  #exchanges = 0;
  #gone = false;
  /** What GET RESPONSE, or the repeated command, will bring. */
  #pending: { readonly answer: Uint8Array; readonly how: '61' | '6C' } | undefined;

  constructor(card: PlainCard, misfortune: Misfortune) {
    this.#card = card;
    this.#misfortune = misfortune;
  }

  /** The card is presented again. The misfortune does not happen twice. */
  reset(): void {
    this.#gone = false;
    this.#pending = undefined;
    this.#card.reset();
  }

  exchange(command: Uint8Array): CardAnswer {
    if (this.#gone) return 'removed';
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) return this.#collected(command, pending);
    return this.#isMet(command) ? this.#happens(command) : this.#card.process(command);
  }

  #collected(
    command: Uint8Array,
    { answer, how }: { readonly answer: Uint8Array; readonly how: '61' | '6C' },
  ): CardAnswer {
    const asked = how === '61' ? command[1] === getResponse : command.at(-1) === (answer.length - 2) % 256;
    return asked ? answer : refuse('conditionsNotSatisfied');
  }

  #isMet(command: Uint8Array): boolean {
    const ins = (command[1] ?? 0).toString(16).toUpperCase().padStart(2, '0');
    const occurrence = this.#seen.get(ins) ?? 0;
    this.#seen.set(ins, occurrence + 1);
    const number = this.#exchanges;
    this.#exchanges += 1;
    const { at } = this.#misfortune;
    return typeof at === 'number' ? at === number : at.ins === ins && (at.occurrence ?? 0) === occurrence;
  }

  #happens(command: Uint8Array): CardAnswer {
    const { kind } = this.#misfortune;
    if (kind === 'status') return hex(this.#misfortune.sw);
    if (kind === 'tear') {
      this.#gone = true;
      return 'removed';
    }
    const answer = this.#card.process(command);
    if (kind === 'answerLost') {
      this.#gone = true;
      return 'removed';
    }
    if (kind === 'malformed') return damage(answer, this.#misfortune.how);
    return this.#withProcedure(answer, this.#misfortune.how);
  }

  /** An answer without data has nothing to be fetched. */
  #withProcedure(answer: Uint8Array, how: '61' | '6C'): Uint8Array {
    if (answer.length === 2) return answer;
    this.#pending = { answer, how };
    return Uint8Array.of(how === '61' ? 0x61 : 0x6c, (answer.length - 2) % 256);
  }
}

function damage(answer: Uint8Array, how: Damage): Uint8Array {
  const data = answer.subarray(0, -2);
  const word = answer.slice(-2);
  switch (how) {
    case 'truncated':
      return concat(data.subarray(0, -1), word);
    case 'lengthTooLong': {
      const longer = answer.slice();
      const at = lengthAt(data);
      longer[at] = (longer[at] ?? 0) + 1;
      return longer;
    }
    case 'noTemplate':
      return concat(data.subarray(lengthAt(data) + 1), word);
    case 'empty':
      return word;
    case 'noise':
      return concat(hex('9F'), new Uint8Array(Math.max(data.length - 1, 1)).fill(0xff), word);
    case 'noStatus':
      return answer.slice(0, 1);
    default:
      return answer;
  }
}

/** Where the last byte of the first length stands; templates here have tags of one byte. */
function lengthAt(data: Uint8Array): number {
  const first = data[1] ?? 0;
  return first < 0x80 ? 1 : 1 + (first & 0x7f);
}
