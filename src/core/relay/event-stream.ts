/**
 * Reads server-sent events (WHATWG HTML § 9.2.6) from text that arrives in any pieces. Of the fields only `id`, `event`
 * and `data` are kept; a comment is a sign of life and nothing else. What is not ended by an empty line is no event.
 */
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';

export interface StreamEvent {
  readonly name: string;
  readonly data: string;
  /** Left out: the event had none of its own. */
  readonly id?: string;
}

export type EventStreamFault = Fault<'tooLong'>;

export class EventStreamReader {
  readonly #maxLength: number;
  /** An unfinished line. */
  #rest = '';
  #name = '';
  #id: string | undefined;
  #data: string[] = [];
  #length = 0;

  /** @param maxLength characters of one event, with all its lines. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** The events that `text` completes; after a fault the stream cannot be read on. */
  push(text: string): Result<readonly StreamEvent[], EventStreamFault> {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const events: StreamEvent[] = [];
    for (const line of lines) {
      const event = this.#line(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (event !== undefined) events.push(event);
      if (this.#length > this.#maxLength) return this.#tooLong();
    }
    return this.#length + this.#rest.length > this.#maxLength ? this.#tooLong() : ok(events);
  }

  #tooLong(): Result<never, EventStreamFault> {
    return err(fault('tooLong', `an event of more than ${this.#maxLength} characters`, true));
  }

  #line(line: string): StreamEvent | undefined {
    if (line === '') return this.#finish();
    if (line.startsWith(':')) return undefined;
    this.#length += line.length;
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    if (field === 'id') this.#id = value;
    if (field === 'data') this.#data.push(value);
    return undefined;
  }

  #finish(): StreamEvent | undefined {
    const [name, data, id] = [this.#name, this.#data, this.#id];
    this.#name = '';
    this.#data = [];
    this.#id = undefined;
    this.#length = 0;
    if (data.length === 0) return undefined;
    const event = { name: name === '' ? 'message' : name, data: data.join('\n') };
    return id === undefined ? event : { ...event, id };
  }
}
