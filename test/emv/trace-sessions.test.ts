/**
 * Recorded sessions of real cards, from outside the project: each can be written as a trace, is told to its end, and
 * after redaction holds no PAN, track or name any more. Skipped where the vectors are not there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { latin1, parseHex, toHex } from '../../src/core/base/bytes.ts';
import { parsePan, parseTrack2 } from '../../src/core/emv/decode/track2.ts';
import { redactSession } from '../../src/core/emv/trace/redact.ts';
import { tellStory, type TraceStep } from '../../src/core/emv/trace/story.ts';
import { parseTrace, writeTrace, type TraceExchange } from '../../src/core/emv/trace/trace-text.ts';
import { parseTlvTolerant, type Tlv } from '../../src/core/tlv/ber-tlv.ts';
import { vectorsFolder } from '../vectors/category.ts';

const vectors = vectorsFolder();
const folder = vectors === undefined ? undefined : path.join(vectors, 'emv/transcripts');

interface Transcript {
  readonly exchanges: readonly { readonly c: string | null; readonly r: string }[];
}

/** Commands that upstream has not kept, and answers that are none, are left out. */
function exchangesOf(file: string): readonly TraceExchange[] {
  const { exchanges } = JSON.parse(readFileSync(file, 'utf8')) as Transcript;
  return exchanges.flatMap(({ c, r }, index) => {
    const command = parseHex(c ?? '');
    const response = parseHex(r);
    if (command === undefined || command.length < 4 || response === undefined || response.length < 2) return [];
    return [{ command, response, line: index + 1 }];
  });
}

/** PANs, and the codes of names: what must not be found afterwards. */
function secretsOf(exchanges: readonly TraceExchange[]): readonly string[] {
  const secrets: string[] = [];
  const look = (objects: readonly Tlv[]): void => {
    for (const { tag, value, children } of objects) {
      look(children);
      const pan = tag === '5A' ? parsePan(value) : tag === '57' ? parseTrack2(value)?.pan : undefined;
      if (pan !== undefined) secrets.push(pan, toHex(latin1(pan)));
      if (tag === '5F20' && value.length > 2) secrets.push(toHex(value));
    }
  };
  for (const { response } of exchanges) look(parseTlvTolerant(response?.subarray(0, -2) ?? new Uint8Array(0)).objects);
  return secrets.filter((secret) => !/^[09F ]*$/.test(secret));
}

const templates = ['6F', '70', '77', '82', '9F27', '9F36', '9F4B'];
const tags = (objects: readonly Tlv[]): unknown => objects.map(({ tag, children }) => [tag, tags(children)]);

/** Steps with their answers' objects; entries of a log are none. */
function shape(steps: readonly TraceStep[]): unknown {
  return steps.map(({ kind, status, answered }) => [
    kind,
    status?.sw,
    templates.includes(answered[0]?.tag ?? '') ? tags(answered) : [],
  ]);
}

describe.skipIf(folder === undefined)('sessions of real cards as traces', () => {
  const files = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));
  const all = files.map((name) => ({ name, exchanges: exchangesOf(path.join(folder ?? '', name)) }));

  it('are there, and some hold card data', () => {
    expect(all.length).toBeGreaterThan(5);
    expect(all.flatMap(({ exchanges }) => secretsOf(exchanges)).length).toBeGreaterThan(5);
  });

  it.each(all)('$name', ({ exchanges }) => {
    if (exchanges.length === 0) return;
    const secrets = secretsOf(exchanges);
    const told = tellStory({ remarks: [], exchanges });
    const toldBefore = shape(told);
    expect(told.flatMap((step) => step.exchanges)).toHaveLength(exchanges.length);
    const before = exchanges.map(({ command, response }) => [command.length, response?.length]);
    redactSession(exchanges);
    expect(exchanges.map(({ command, response }) => [command.length, response?.length])).toEqual(before);
    const text = writeTrace({ remarks: [], exchanges });
    for (const secret of secrets) expect(text.includes(secret)).toBe(false);
    const again = parseTrace(text);
    if (!again.ok) throw new Error(again.fault.detail);
    // The redacted trace still says the same steps, with the same objects in the same places; entries of a log are none.
    expect(shape(tellStory(again.value))).toEqual(toldBefore);
  });
});
