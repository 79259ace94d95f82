/**
 * Bench: offline data authentication of one CDA card (issuer certificate, ICC certificate with static data, Signed
 * Dynamic Application Data) at the key sizes of the field, and the RSA recovery alone against node:crypto without
 * padding, with the same inputs in the same run. Limit: 0.5 ms for the whole chain.
 */
import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
} from 'node:crypto';
import { hex } from '../src/core/base/bytes.ts';
import { recoverDynamicKey, verifyCda } from '../src/core/emv/oda/authenticate.ts';
import { recover, type PublicKey } from '../src/core/emv/oda/rsa.ts';
import { combinedDynamicData, signDynamic, testCard, testRid, type TestKey } from '../src/core/emv/oda/test-kit.ts';
import { print, ratio, summarize, table, timed, type Summary } from './measure.ts';

const limitUs = 500;
const warmUp = 300;
const rounds = 3000;

interface BenchKey extends TestKey {
  readonly publicKey: PublicKey;
}

function generate(bits: number, exponent: PublicKey['exponent']): BenchKey {
  const pair = generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent });
  const { n = '' } = pair.publicKey.export({ format: 'jwk' });
  const modulus = new Uint8Array(Buffer.from(n, 'base64url'));
  const key = { key: pair.privateKey, padding: constants.RSA_NO_PADDING };
  return {
    modulus,
    exponent: hex(exponent === 3 ? '03' : '010001'),
    sign: (block) => new Uint8Array(privateEncrypt(key, block)),
    publicKey: { modulus, exponent },
  };
}

function measure(work: () => boolean): Summary {
  const samples: number[] = [];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    if (!timed(samples, work)) throw new Error('the chain does not verify');
  }
  return summarize(samples.slice(warmUp));
}

interface Row extends Summary {
  readonly bits: number;
  readonly exponent: number;
  readonly what: string;
}

/** Header and trailer: recovered with the right key. */
function isBlock(block: Uint8Array): boolean {
  return block[0] === 0x6a && block.at(-1) === 0xbc;
}

/** CA, issuer and ICC key as long as one another, so that both remainders are there. */
function benchOne(bits: number, exponent: PublicKey['exponent']): readonly Row[] {
  const keys = { ca: generate(bits, exponent), issuer: generate(bits, exponent), icc: generate(bits, exponent) };
  const { data, emv } = testCard(keys);
  const unpredictableNumber = hex('DEADBEEF');
  const transactionData = new Uint8Array(120).fill(0x5a);
  const dynamicData = combinedDynamicData(hex('0102030405060708'), 0x80, hex('1122334455667788'), transactionData);
  const sdad = signDynamic(keys.icc, dynamicData, unpredictableNumber);
  const chain = (): boolean => {
    const key = recoverDynamicKey(data, emv, testRid);
    return key.ok && verifyCda(data, key.value, { sdad, cid: 0x80, unpredictableNumber, transactionData }).ok;
  };
  const { modulus } = keys.icc;
  const jwk = {
    kty: 'RSA',
    n: Buffer.from(modulus).toString('base64url'),
    e: Buffer.from(keys.icc.exponent).toString('base64url'),
  };
  const imported = { key: createPublicKey({ key: jwk, format: 'jwk' }), padding: constants.RSA_NO_PADDING };
  const works: readonly (readonly [what: string, work: () => boolean])[] = [
    ['whole CDA chain, three recoveries', chain],
    ['one recovery, BigInt', () => isBlock(recover(sdad, modulus, exponent))],
    ['node publicEncrypt, key kept', () => isBlock(publicEncrypt(imported, sdad))],
    ['node publicDecrypt, key kept', () => isBlock(publicDecrypt(imported, sdad))],
    [
      'node publicEncrypt, key imported each time',
      () => isBlock(publicEncrypt({ ...imported, key: createPublicKey({ key: jwk, format: 'jwk' }) }, sdad)),
    ],
  ];
  return works.map(([what, work]) => ({ bits, exponent, what, ...measure(work) }));
}

const rows = ([3, 65_537] as const).flatMap((exponent) =>
  [1152, 1408, 1984].flatMap((bits) => benchOne(bits, exponent)),
);
const shown = rows.map(({ bits, exponent, what, p50, p99 }) => [
  `${bits} bits, e = ${exponent}: ${what}`,
  p50.toFixed(1),
  p99.toFixed(1),
  what.startsWith('whole') ? ratio(p50, limitUs) : '',
]);
print(
  { bench: 'oda', unit: 'us', limitUs, rounds, rows },
  `Offline data authentication, µs, ${rounds} rounds (limit: ${limitUs} µs a chain)\n${table(['', 'p50', 'p99', 'p50 of limit'], shown)}`,
);
