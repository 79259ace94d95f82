/** The card's cryptography against values that a payment HSM produced (vectors), and against one worked by hand. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../../../src/core/base/bytes.ts';
import { applicationCryptogram, cryptogramData, deriveCardKey, deriveSessionKey, macAlgorithm3 } from './cryptogram.ts';

const vectors = path.join(process.env['CHAM_VECTORS'] ?? path.resolve('../shared/vectors'), 'emv/cryptogram');

interface Call {
  call: string;
  args: Record<string, unknown>;
  result?: { hex: string };
}

/** Successful calls of one function; arguments are `{ hex }`, or digits as text. */
function calls(file: string, name: string): { args: Record<string, string>; result: string }[] {
  const { tests } = JSON.parse(readFileSync(path.join(vectors, file), 'utf8')) as { tests: { calls: Call[] }[] };
  return tests
    .flatMap((test) => test.calls)
    .filter(({ call, result }) => call === name && result !== undefined)
    .map(({ args, result }) => ({
      args: Object.fromEntries(Object.entries(args).map(([key, value]) => [key, textOf(value)])),
      result: result?.hex ?? '',
    }));
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null && 'hex' in value ? String(value.hex) : '';
}

/** Digits may be given as text or as the hex of ASCII digits. */
function digits(text = ''): string {
  return /^(?:3\d)+$/.test(text) ? text.replaceAll(/3(\d)/g, '$1') : text;
}

describe.skipIf(!existsSync(vectors))('against HSM values (vectors)', () => {
  it('card keys: Book 2 Annex A1.4.1', () => {
    const found = ['test_kd_hsm.pyemv.json', 'test_ac_hsm.pyemv.json'].flatMap((file) =>
      calls(file, 'kd.derive_icc_mk_a'),
    );
    expect(found.length).toBeGreaterThan(3);
    for (const { args, result } of found) {
      const key = deriveCardKey(hex(args['iss_mk'] ?? ''), digits(args['pan']), digits(args['psn']) || '00');
      expect(toHex(key)).toBe(result);
    }
  });

  it('session keys: Book 2 Annex A1.3.1', () => {
    const found = ['test_kd_hsm.pyemv.json', 'test_cvn_hsm.pyemv.json'].flatMap((file) =>
      calls(file, 'kd.derive_common_sk'),
    );
    expect(found.length).toBeGreaterThan(20);
    for (const { args, result } of found) {
      expect(toHex(deriveSessionKey(hex(args['icc_mk'] ?? ''), hex(args['r'] ?? '')))).toBe(result);
    }
  });

  it('MAC: Book 2 Annex A1.2.1', () => {
    const found = calls('test_kd_hsm.pyemv.json', 'ac.generate_ac');
    expect(found.length).toBeGreaterThan(3);
    for (const { args, result } of found) {
      expect(toHex(macAlgorithm3(hex(args['sk_ac'] ?? ''), hex(args['data'] ?? '')))).toBe(result);
    }
  });

  it('the whole recipe is that of cryptogram version 18', () => {
    const found = calls('test_cvn_hsm.pyemv.json', 'VisaCVN18.generate_ac');
    expect(found.length).toBeGreaterThan(0);
    for (const { args, result } of found) {
      const objects = new Map(
        Object.entries(args)
          .filter(([name]) => name.startsWith('tag_'))
          .map(([name, value]) => [name.slice(4).toUpperCase(), hex(value)]),
      );
      const keys = {
        issuerMasterKey: hex('0123456789ABCDEFFEDCBA9876543210'),
        pan: '1234567890123456',
        panSequenceNumber: '00',
        atc: objects.get('9F36') ?? new Uint8Array(2),
      };
      expect(toHex(applicationCryptogram(keys, cryptogramData(objects)))).toBe(result);
    }
  });
});

describe('keys', () => {
  it('have odd parity in every byte, and differ for every card and transaction', () => {
    const issuer = hex('0123456789ABCDEFFEDCBA9876543210');
    const card = deriveCardKey(issuer, '9704000000000018', '01');
    const session = deriveSessionKey(card, hex('0001000000000000'));
    for (const byte of [...card, ...session]) expect(byte.toString(2).replaceAll('0', '').length % 2).toBe(1);
    expect(deriveCardKey(issuer, '9704000000000018', '02')).not.toEqual(card);
    expect(deriveSessionKey(card, hex('0002000000000000'))).not.toEqual(session);
  });
});
