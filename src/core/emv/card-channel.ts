/**
 * One tap's conversation with the card: every command of entry point and kernel goes through here. It counts, so
 * that no card can keep the terminal busy, and it wipes, so that no card data stays in memory after the tap.
 */
import { assert } from '../base/assert.ts';
import { concat } from '../base/bytes.ts';
import type { Result } from '../base/result.ts';
import { parseResponse, type Response } from './apdu.ts';
import type { CardStop } from './stop.ts';

/** A real contactless transaction takes 5 to 30 exchanges. */
export const maxExchanges = 128;

/** What became of one exchange: the whole R-APDU, a card that is gone, or an answer that did not come. */
export type CardAnswer = Uint8Array | 'removed' | 'noAnswer';

/** Part of a transaction that talks to the card: yields C-APDUs, is given answers, ends with a value or a stop. */
export type Steps<T> = Generator<Uint8Array, Result<T, CardStop>, CardAnswer>;

/** ISO/IEC 7816-3 §12.1: cases 2 and 4 say how many bytes are expected, 4 sends some as well. */
function isCase4(command: Uint8Array): boolean {
  return command.length > 5 && command.length === 6 + (command[4] ?? 0);
}

function getResponse(length: number): Uint8Array {
  return Uint8Array.of(0x00, 0xc0, 0x00, 0x00, length);
}

export class CardChannel {
  readonly #contact: boolean;
  readonly #responses: Uint8Array[] = [];
  #exchanges = 0;
  #failure: 'removed' | 'noAnswer' | undefined;

  /** `contact`: a warning to a case 4 command may come without its data, which are then fetched (Book 1 §9.3.1.2). */
  constructor(medium: 'contact' | 'contactless' = 'contactless') {
    this.#contact = medium === 'contact';
  }

  /** Why the last exchange had no response; undefined while the conversation goes on. */
  get failure(): 'removed' | 'noAnswer' | undefined {
    return this.#failure;
  }

  /**
   * One command to its final response. Follows the procedure bytes that a T=0 card or reader passes up: 61xx by
   * GET RESPONSE, 6Cxx by the same command with the right length (EMV 4.4 Book 1 §9.3.1, ISO/IEC 7816-3 §10.3).
   * Undefined when the exchange itself went wrong: no status word, or more exchanges than the limit.
   */
  *exchange(command: Uint8Array): Generator<Uint8Array, Response | undefined, CardAnswer> {
    assert(command.length >= 4, 'card: a command has a header');
    assert(this.#failure === undefined, 'card: nothing is said to a card that has gone');
    const parts: Uint8Array[] = [];
    let warning: number | undefined;
    let next = command;
    while (this.#exchanges < maxExchanges) {
      this.#exchanges += 1;
      const bytes = yield next;
      if (typeof bytes === 'string') {
        this.#failure = bytes;
        return undefined;
      }
      this.#responses.push(bytes);
      const response = parseResponse(bytes);
      if (response === undefined) return this.#failed();
      const sw1 = response.sw >> 8;
      const sw2 = response.sw & 0xff;
      if (sw1 === 0x6c && (next.length === 5 || isCase4(next))) {
        next = concat(next.subarray(0, -1), Uint8Array.of(sw2));
        continue;
      }
      parts.push(response.data);
      if (sw1 === 0x61) {
        next = getResponse(sw2);
        continue;
      }
      const dataMayFollow = (sw1 === 0x62 || sw1 === 0x63) && next === command && response.data.length === 0;
      if (!this.#contact || !dataMayFollow || !isCase4(command)) {
        return { sw: warning ?? response.sw, data: this.#join(parts) };
      }
      warning = response.sw;
      next = getResponse(0);
    }
    return this.#failed();
  }

  #failed(): undefined {
    this.#failure = 'noAnswer';
    return undefined;
  }

  /** Overwrites every response of the tap; nothing that points into them may be used afterwards. */
  wipe(): void {
    for (const response of this.#responses) response.fill(0);
  }

  #join(parts: readonly Uint8Array[]): Uint8Array {
    assert(parts.length > 0, 'card: an answer has come');
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    const whole = concat(...parts);
    this.#responses.push(whole);
    return whole;
  }
}
