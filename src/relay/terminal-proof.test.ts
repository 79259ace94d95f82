/** A terminal's proof: good once, for half a minute, for one request, by one key; everything else is refused alike. */
import { generateKeyPairSync, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { epochMs } from '../core/base/brand.ts';
import type { Clock } from '../core/base/ports.ts';
import {
  parseStreamAuthorization,
  streamAuthorization,
  streamProofText,
  type StreamCredentials,
} from '../core/relay/wire.ts';
import { TerminalProof } from './terminal-proof.ts';

let nowMs: number;
const clock: Clock = { now: () => epochMs(0), monotonicMs: () => nowMs, after: () => () => {} };
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const audience = 'https://relay.example';
let proof: TerminalProof;

beforeEach(() => {
  nowMs = 5000;
  proof = new TerminalProof(clock);
});

function signed(challenge: string, changes: Partial<Parameters<typeof streamProofText>[0]> = {}): StreamCredentials {
  const text = streamProofText({ audience, terminal: 'quay-1', challenge, ...changes });
  return { terminal: 'quay-1', challenge, signature: sign(null, Buffer.from(text), privateKey).toString('base64url') };
}

describe('TerminalProof', () => {
  it('believes a signed challenge once', () => {
    const credentials = signed(proof.challenge());
    expect(proof.problem(credentials, audience, publicKey)).toBeUndefined();
    expect(proof.problem(credentials, audience, publicKey)).toBe('challenge');
    expect(proof.problem(signed(proof.challenge()), audience, publicKey)).toBeUndefined();
  });

  it('an attempt that failed uses nothing up', () => {
    const challenge = proof.challenge();
    const { signature } = signed(challenge, { terminal: 'quay-2' });
    expect(proof.problem({ terminal: 'quay-1', challenge, signature }, audience, publicKey)).toBe('signature');
    expect(proof.problem(signed(challenge), audience, publicKey)).toBeUndefined();
  });

  it('half a minute, by a clock that cannot be set', () => {
    const credentials = signed(proof.challenge());
    nowMs += 29_999;
    expect(proof.problem(credentials, audience, publicKey)).toBeUndefined();
    const late = signed(proof.challenge());
    nowMs += 30_000;
    expect(proof.problem(late, audience, publicKey)).toBe('challenge');
  });

  it('keeps used challenges for as long as they could be used', () => {
    const credentials = [1, 2, 3].map(() => {
      nowMs += 5000;
      return signed(proof.challenge());
    });
    for (const one of credentials.toReversed()) expect(proof.problem(one, audience, publicKey)).toBeUndefined();
    nowMs += 14_000;
    proof.problem(signed(proof.challenge()), audience, publicKey);
    for (const one of credentials) expect(proof.problem(one, audience, publicKey)).toBe('challenge');
  });

  it.each([
    ['another relay', { audience: 'https://evil.example' }],
    ['another terminal', { terminal: 'quay-2' }],
  ])('what was signed for %s is refused', (_, changes) => {
    expect(proof.problem(signed(proof.challenge(), changes), audience, publicKey)).toBe('signature');
  });

  it('an unknown terminal is answered as one with the wrong key', () => {
    const other = generateKeyPairSync('ed25519').publicKey;
    expect(proof.problem(signed(proof.challenge()), audience, undefined)).toBe('signature');
    expect(proof.problem(signed(proof.challenge()), audience, other)).toBe('signature');
  });

  it('challenges of another process, and changed ones, are none', () => {
    const foreign = new TerminalProof(clock).challenge();
    expect(proof.problem(signed(foreign), audience, publicKey)).toBe('challenge');
    const own = Buffer.from(proof.challenge(), 'base64url');
    fc.assert(
      fc.property(fc.nat(own.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const changed = Buffer.from(own);
        changed[at] = (changed[at] ?? 0) ^ bits;
        expect(proof.problem(signed(changed.toString('base64url')), audience, publicKey)).toBe('challenge');
      }),
    );
  });
});

describe('the header', () => {
  it('reads back what it wrote', () => {
    const credentials = signed(proof.challenge());
    const { terminal, challenge, signature } = credentials;
    expect(parseStreamAuthorization(streamAuthorization(terminal, challenge, signature))).toEqual(credentials);
  });

  it('is nothing else, whatever it is', () => {
    const { challenge, signature } = signed(proof.challenge());
    for (const header of [
      '',
      'Basic eDp5',
      `Cham-Relay  ${challenge} ${signature}`,
      `Cham-Relay a\nb ${challenge} x`,
    ]) {
      expect(parseStreamAuthorization(header)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(parseStreamAuthorization(header)).toBeUndefined();
      }),
    );
  });
});
