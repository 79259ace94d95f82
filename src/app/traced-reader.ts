/**
 * A card reader whose sessions are recorded. Everything goes to the reader itself; what passes between terminal and card
 * is copied on the way, and told as redacted text when the card loses its power.
 */
import { assert } from '../core/base/assert.ts';
import type { CardConnection, CardReader } from '../../devices/card-reader.ts';
import type { Clock } from '../core/base/ports.ts';
import { TraceRecorder } from '../core/emv/trace/recorder.ts';
import type { TraceRemark } from '../core/emv/trace/trace-text.ts';
import { toHex } from '../core/base/bytes.ts';

export interface TraceSink {
  /** What is said of a session at its beginning: date, terminal. */
  remarks(): readonly TraceRemark[];
  /** A whole session, redacted. Must not throw and must not wait. */
  session(text: string): void;
}

/** Only `waitForCard` is another; a proxy, because a reader keeps its state in private fields. */
export function tracedReader(reader: CardReader, sink: TraceSink, clock: Clock): CardReader {
  const waitForCard: CardReader['waitForCard'] = async (options) => {
    const waited = await reader.waitForCard(options);
    return waited.ok ? { ok: true, value: traced(waited.value, sink, clock) } : waited;
  };
  return withMethods(reader, { waitForCard });
}

function traced(connection: CardConnection, sink: TraceSink, clock: Clock): CardConnection {
  const recorder = new TraceRecorder([
    ...sink.remarks(),
    { key: 'interface', value: connection.interface },
    { key: 'ATR', value: toHex(connection.atr) },
  ]);
  let open = true;
  const exchange: CardConnection['exchange'] = async (command, options) => {
    const sentMs = clock.monotonicMs();
    assert(command.length >= 4, 'trace: a command has a header');
    const copy = command.slice();
    const answer = await connection.exchange(command, options);
    const gone = answer.ok || answer.fault.kind !== 'notConnected' ? 'noAnswer' : 'removed';
    if (open) recorder.exchanged(copy, answer.ok ? answer.value : gone, clock.monotonicMs() - sentMs);
    copy.fill(0);
    return answer;
  };
  const disconnect: CardConnection['disconnect'] = async () => {
    await connection.disconnect();
    if (!open) return;
    open = false;
    sink.session(recorder.finish([]));
  };
  return withMethods(connection, { exchange, disconnect });
}

function withMethods<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(from, key) {
      const own: unknown = Reflect.get(methods, key);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(from, key, from);
      return typeof value === 'function' ? (value.bind(from) as unknown) : value;
    },
  });
}
