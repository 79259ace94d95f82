/**
 * A card that plays a recorded conversation. The recording is text, one exchange in two lines:
 *
 *     => 00A404000E325041592E5359532E444446303100
 *     <= 6A82
 *
 * Strict both ways: a command that is not the next one, a surplus command and an exchange that was never asked for
 * are all faults. Empty lines and lines beginning with `#` are comments.
 */
import { equalBytes, parseHex, toHex } from '../../../src/core/base/bytes.ts';
import { err, fault, ok, type Fault, type Result } from '../../../src/core/base/result.ts';

export type TraceFault = Fault<'malformed' | 'unexpectedCommand' | 'surplusCommand' | 'missingCommand'>;

interface Exchange {
  readonly command: Uint8Array;
  readonly response: Uint8Array;
}

export class TraceCard {
  readonly #exchanges: readonly Exchange[];
  #next = 0;

  private constructor(exchanges: readonly Exchange[]) {
    this.#exchanges = exchanges;
  }

  static parse(lines: readonly string[]): Result<TraceCard, TraceFault> {
    const kept = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
    const exchanges: Exchange[] = [];
    for (let at = 0; at < kept.length; at += 2) {
      const command = side(kept[at], '=>');
      const response = side(kept[at + 1], '<=');
      if (command === undefined || response === undefined) {
        return err(fault('malformed', `exchange ${at / 2 + 1}: expected "=> hex" and then "<= hex"`, false));
      }
      exchanges.push({ command, response });
    }
    return ok(new TraceCard(exchanges));
  }

  /** Back to the first exchange. */
  reset(): void {
    this.#next = 0;
  }

  process(command: Uint8Array): Result<Uint8Array, TraceFault> {
    const expected = this.#exchanges[this.#next];
    const number = this.#next + 1;
    if (expected === undefined) {
      return err(fault('surplusCommand', `the trace ends after ${number - 1} exchanges`, false));
    }
    if (!equalBytes(command, expected.command)) {
      const want = toHex(expected.command);
      return err(fault('unexpectedCommand', `exchange ${number} of the trace expects ${want}`, false));
    }
    this.#next = number;
    return ok(expected.response.slice());
  }

  /** Asks, at the end of a session, whether everything recorded was played. */
  finish(): Result<void, TraceFault> {
    const left = this.#exchanges.length - this.#next;
    return left === 0
      ? ok(undefined)
      : err(fault('missingCommand', `${left} exchanges of the trace were not asked for`, false));
  }
}

function side(line: string | undefined, arrow: '=>' | '<='): Uint8Array | undefined {
  if (line === undefined || !line.startsWith(arrow)) return undefined;
  const bytes = parseHex(line.slice(arrow.length));
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
}
