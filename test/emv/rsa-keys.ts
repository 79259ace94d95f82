/** Fresh RSA keys for tests of offline data authentication: made and used by Node, so not by what they test. */
import { constants, generateKeyPairSync, privateEncrypt } from 'node:crypto';
import { hex } from '../../src/core/base/bytes.ts';
import type { TestKey } from '../../src/core/emv/oda/test-kit.ts';

export function rsaKey(bytes: number, exponent: 3 | 65_537 = 3): TestKey {
  const pair = generateKeyPairSync('rsa', { modulusLength: bytes * 8, publicExponent: exponent });
  const { n = '' } = pair.publicKey.export({ format: 'jwk' });
  const key = { key: pair.privateKey, padding: constants.RSA_NO_PADDING };
  return {
    modulus: new Uint8Array(Buffer.from(n, 'base64url')),
    exponent: hex(exponent === 3 ? '03' : '010001'),
    sign: (block) => new Uint8Array(privateEncrypt(key, block)),
  };
}
