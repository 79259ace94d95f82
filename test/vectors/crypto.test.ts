/** The judge of the cryptographic vectors: would it see a wrong value, does it name what it does not know. */
import { describe, expect, it } from 'vitest';
import { cryptoVectors } from './categories/crypto.ts';

function judged(file: string, content: Uint8Array): readonly string[] | undefined {
  const verdicts = cryptoVectors.judge(file, content);
  return verdicts && [...verdicts].map(({ outcome }) => outcome);
}

function call(outcome: object): Buffer {
  const recorded = { call: 'mac.pad_iso_1', args: { data: { hex: '12' }, block_size: 4 }, ...outcome };
  return Buffer.from(JSON.stringify({ tests: [{ test: 't', calls: [recorded] }] }));
}

function updateKey(verify: string): Buffer {
  const vectors = { ik: '00'.repeat(16), ikid: '00'.repeat(8), update_key_aes128_verify: verify };
  const variables = Object.entries(vectors).map(([name, value]) => [name, { value }] as const);
  return Buffer.from(JSON.stringify({ vectors: Object.fromEntries(variables) }));
}

describe('crypto judge', () => {
  it('knows its kinds of file and names what it does not know', () => {
    expect(judged('SOURCES.md', Buffer.from('# text'))).toBeUndefined();
    expect(judged('a.json', Buffer.from('{'))).toBeUndefined();
    expect(judged('a.json', Buffer.from('[]'))).toBeUndefined();
    expect(judged('a.json', Buffer.from('{"vectors":{"new_kind":{"value":"00"}}}'))).toEqual(['skipped']);
    const unknown = '{"tests":[{"test":"t","calls":[{"call":"new.call","args":{},"result":null}]}]}';
    expect(judged('a.json', Buffer.from(unknown))).toEqual(['skipped']);
  });

  it('sees a wrong result, and a refusal that did not happen', () => {
    expect(judged('a.json', call({ result: { hex: '12000000' } }))).toEqual(['passed']);
    expect(judged('a.json', call({ result: { hex: '12000001' } }))).toEqual(['failed']);
    expect(judged('a.json', call({ error: { message: 'bad' } }))).toEqual(['failed']);
    expect(judged('a.json', updateKey('00'.repeat(16)))).toEqual(['failed']);
  });
});
