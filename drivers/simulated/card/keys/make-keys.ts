/**
 * Makes config/simulated/card-keys.json anew: `node drivers/simulated/card/keys/make-keys.ts`. Needed when a card wants
 * a key of another length; every certificate is made from these keys when its card is, so nothing else changes.
 */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { RsaKeyData } from '../crypto/rsa.ts';
import { trainingKeyFile } from './training-keys.ts';

/**
 * Bits and public exponent. Book 2 §5.1 and §6.1: a certificate has no room for a key nearly as long as the one that
 * signs it; the lengths are chosen so that there are certificates with and without a remainder.
 */
const wanted: Readonly<Record<string, readonly [bits: number, exponent: 3 | 65_537]>> = {
  'ca-1408': [1408, 3],
  'ca-1984': [1984, 65_537],
  'issuer-1152': [1152, 3],
  'issuer-1024': [1024, 65_537],
  'issuer-1408': [1408, 3],
  'icc-768': [768, 3],
  'icc-1024': [1024, 3],
  'icc-1152': [1152, 65_537],
  'pin-896': [896, 3],
};

/** NAPAS, Visa, Mastercard, JCB. */
const schemes = ['A000000727', 'A000000003', 'A000000004', 'A000000065'];
const indexes = { 'ca-1408': 'E7', 'ca-1984': 'E8' } as const;

function toHexNumber(base64: string | undefined): string {
  return Buffer.from(base64 ?? '', 'base64url')
    .toString('hex')
    .toUpperCase();
}

function makeKey(bits: number, publicExponent: number): RsaKeyData {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent });
  const { n, p, q } = privateKey.export({ format: 'jwk' });
  const exponent = publicExponent === 3 ? '03' : '010001';
  return { modulus: toHexNumber(n), exponent, primes: [toHexNumber(p), toHexNumber(q)] };
}

const file = {
  notice:
    'Training keys of simulated cards, worth nothing: their private halves stand here for everybody to read. No terminal that takes real cards may trust them.',
  authorities: schemes.flatMap((rid) =>
    Object.entries(indexes).map(([key, index]) => ({ rid, index, key, expires: '2039-12-31' })),
  ),
  keys: Object.fromEntries(Object.entries(wanted).map(([name, [bits, exponent]]) => [name, makeKey(bits, exponent)])),
};
writeFileSync(trainingKeyFile, `${JSON.stringify(file, null, 2)}\n`);
