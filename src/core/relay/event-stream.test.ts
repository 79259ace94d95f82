/** Server-sent events come out the same however the line cuts them, and what is not an event is none. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStreamReader, type StreamEvent } from './event-stream.ts';
import { formatStreamEvent } from './wire.ts';

function readAll(pieces: readonly string[], maxLength = 1_000_000): readonly StreamEvent[] {
  const reader = new EventStreamReader(maxLength);
  return pieces.flatMap((piece) => {
    const events = reader.push(piece);
    if (!events.ok) throw new Error(events.fault.kind);
    return events.value;
  });
}

describe('EventStreamReader', () => {
  it('reads back what was written, cut anywhere', () => {
    const message = fc.record({ name: fc.constantFrom('notice', 'hello'), data: fc.json(), id: fc.option(fc.nat()) });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(400), { maxLength: 8 }), (messages, cuts) => {
        const text = messages.map(({ name, data, id }) => formatStreamEvent(name, data, id ?? undefined)).join(':\n\n');
        const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)), text.length].sort((a, b) => a - b);
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        expect(readAll(pieces)).toEqual(
          messages.map(({ name, data, id }) => ({
            name,
            data: JSON.stringify(data),
            ...(id === null ? {} : { id: String(id) }),
          })),
        );
      }),
    );
  });

  it('WHATWG HTML § 9.2.6: comments, fields without a colon, carriage returns, several data lines, no name', () => {
    expect(readAll([': comment\r\ndata\r\ndata: a\r\ndata:b\r\nretry: 5\r\n\r\n'])).toEqual([
      { name: 'message', data: '\na\nb' },
    ]);
    expect(readAll(['event: notice\nid: 4\n\ndata: x\n\n'])).toEqual([{ name: 'message', data: 'x' }]);
    expect(readAll(['data: not ended\n'])).toEqual([]);
  });

  it.each([
    ['in one line', 'data: '.padEnd(120, 'x')],
    ['in many', 'data: xxxxxxxxxxx\n'.repeat(10)],
  ])('gives up an event that is too long, %s', (_, text) => {
    expect(new EventStreamReader(100).push(text)).toMatchObject({ ok: false, fault: { kind: 'tooLong' } });
  });
});
