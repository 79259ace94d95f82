/**
 * Records one card session. Keeps its own copy of every byte, because the session wipes what the card has said; gives
 * it back as redacted text, and wipes the copy.
 */
import { assert } from '../../base/assert.ts';
import type { CardAnswer } from '../card-channel.ts';
import { blankPin, redactSession } from './redact.ts';
import { writeTrace, type TraceRemark } from './trace-text.ts';

/** More than a session may have (card-channel.ts maxExchanges, with what comes after the transaction). */
const mostExchanges = 512;

const reasons = { removed: 'the card was removed', noAnswer: 'no answer' } as const;

export class TraceRecorder {
  readonly #remarks: TraceRemark[];
  readonly #exchanges: {
    readonly command: Uint8Array;
    readonly response: Uint8Array | undefined;
    readonly unanswered?: string;
    readonly elapsedMs: number;
    readonly line: number;
  }[] = [];
  #left = 0;

  /** `remarks` say what is not in the exchanges: the date, the interface, the terminal's values. */
  constructor(remarks: readonly TraceRemark[]) {
    this.#remarks = [...remarks];
  }

  remark(key: string, value: string): void {
    this.#remarks.push({ key, value });
  }

  exchanged(command: Uint8Array, answer: CardAnswer, elapsedMs: number): void {
    if (this.#exchanges.length >= mostExchanges) {
      this.#left += 1;
      return;
    }
    const copy = command.slice();
    // Nothing needs it to be understood, so a PIN is not kept even until the end of the session.
    blankPin(copy);
    this.#exchanges.push({
      command: copy,
      ...(typeof answer === 'string'
        ? { response: undefined, unanswered: reasons[answer] }
        : { response: answer.slice() }),
      elapsedMs,
      line: 0,
    });
  }

  /** The trace, redacted. The recorder is empty afterwards. */
  finish(closing: readonly TraceRemark[]): string {
    assert(this.#exchanges.length <= mostExchanges, 'trace: a session is recorded up to a limit');
    redactSession(this.#exchanges);
    const left = this.#left === 0 ? [] : [{ key: 'not recorded', value: `${this.#left} more exchanges` }];
    const written = writeTrace({ remarks: this.#remarks, exchanges: this.#exchanges }, [...left, ...closing]);
    this.discard();
    return written;
  }

  discard(): void {
    for (const { command, response } of this.#exchanges) {
      command.fill(0);
      response?.fill(0);
    }
    this.#exchanges.length = 0;
    this.#left = 0;
  }
}
