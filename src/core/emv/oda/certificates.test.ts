/**
 * Chains of certificates made with fresh keys: CA keys, issuer and card certificates, static data and SDA, the key for
 * PINs. Every check of Book 2 with one thing wrong and everything else rightly signed, and every byte changed.
 */
import { generatePrimeSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rsaKey } from '../../../../test/emv/rsa-keys.ts';
import { concat, hex, toHex } from '../../base/bytes.ts';
import type { Result } from '../../base/result.ts';
import type { CaPublicKey, RevokedCertificate } from '../configuration.ts';
import { authenticateStatic, recoverDynamicKey, recoverPinEnciphermentKey } from './authenticate.ts';
import { caKeyChecksum } from './ca-keys.ts';
import { recoverIccKey, recoverIssuerKey, recoverPinKey } from './certificates.ts';
import type { OdaFault } from './fault.ts';
import type { PublicKey } from './rsa.ts';
import { sha1 } from './sha1.ts';
import {
  blockContent,
  certify,
  signBlock,
  signStatic,
  testCard,
  testIndex,
  testPan,
  testRid,
  type CertificateFields,
  type TestCard,
  type TestKey,
} from './test-kit.ts';

const keys = { ca: rsaKey(144), issuer: rsaKey(128), icc: rsaKey(112) };
const iccSubject = testPan.padEnd(20, 'F');

function outcome(result: Result<unknown, OdaFault>): string {
  return result.ok ? 'ok' : result.fault.kind;
}

function issuerOf({ data, emv }: TestCard): Result<PublicKey, OdaFault> {
  return recoverIssuerKey(data, emv, testRid);
}

function dynamicOf({ data, emv }: TestCard): Result<PublicKey, OdaFault> {
  return recoverDynamicKey(data, emv, testRid);
}

function staticOf({ data, emv }: TestCard): Result<void, OdaFault> {
  return authenticateStatic(data, emv, testRid);
}

function issuerWithRevoked(revoked: RevokedCertificate): string {
  const card = testCard(keys);
  return outcome(issuerOf({ ...card, emv: { ...card.emv, revokedCertificates: [revoked] } }));
}

/** The same static data in two records. */
function inTwoRecords(order: (parts: Uint8Array[]) => Uint8Array[]): TestCard {
  const card = testCard(keys);
  const [whole = hex('')] = card.data.signedRecords.splice(0);
  card.data.signedRecords.push(...order([whole.subarray(0, 6), whole.subarray(6)]));
  return card;
}

/** Hex, with one bit of one byte changed. */
function flipped(value: Uint8Array, at: number): string {
  return toHex(value.with(at, (value[at] ?? 0) ^ 0x01));
}

function pinOf({ data, emv }: TestCard): Result<PublicKey, OdaFault> {
  return recoverPinEnciphermentKey(data, emv, testRid);
}

function withCaKey(card: TestCard, changes: Partial<CaPublicKey>): TestCard {
  const caPublicKeys = card.emv.caPublicKeys.map((key) => ({ ...key, ...changes }));
  return { ...card, emv: { ...card.emv, caPublicKeys } };
}

function on(card: TestCard, date: string): TestCard {
  card.data.terminal.set('9A', hex(date));
  return card;
}

function without(card: TestCard, ...tags: readonly string[]): TestCard {
  for (const tag of tags) card.data.card.delete(tag);
  return card;
}

function having(card: TestCard, tag: string, value: string): TestCard {
  card.data.card.set(tag, hex(value));
  return card;
}

/** A key shorter than Node makes them: of no use to anybody but a card that wants to confuse us. */
function smallKey(bytes: number): TestKey {
  for (;;) {
    const [p, q] = [8 * bytes - bytes * 4, bytes * 4].map((bits) => generatePrimeSync(bits, { bigint: true }));
    const phi = (BigInt(p ?? 0) - 1n) * (BigInt(q ?? 0) - 1n);
    const n = BigInt(p ?? 0) * BigInt(q ?? 0);
    if (n >> BigInt(8 * bytes - 1) !== 1n || phi % 3n === 0n) continue;
    const d = (1n + (phi % 3n === 1n ? 2n : 1n) * phi) / 3n;
    const toBytes = (value: bigint): Uint8Array => hex(value.toString(16).padStart(bytes * 2, '0'));
    const power = (base: bigint): bigint => {
      let result = 1n;
      for (const bit of d.toString(2)) result = (((result * result) % n) * (bit === '1' ? base : 1n)) % n;
      return result;
    };
    return { modulus: toBytes(n), exponent: hex('03'), sign: (block) => toBytes(power(BigInt(`0x${toHex(block)}`))) };
  }
}

describe('the chain of certificates', () => {
  it('yields the keys of issuer and card', () => {
    const card = testCard(keys);
    expect(issuerOf(card)).toEqual({ ok: true, value: { modulus: keys.issuer.modulus, exponent: 3 } });
    expect(dynamicOf(card)).toEqual({ ok: true, value: { modulus: keys.icc.modulus, exponent: 3 } });
    expect(staticOf(card)).toEqual({ ok: true, value: undefined });
    expect(card.data.card.get('9F45')).toEqual(hex('DAC1'));
  });

  // Room for the key: 36 bytes less than the CA key in an issuer certificate, 42 less than the issuer key in the card's.
  it.each([
    ['shorter than the room, filled up with BB', 128, 80, 64],
    ['exactly as long as the room', 128, 92, 64],
    ['one byte longer than the room', 128, 93, 64],
    ['as long as the CA key', 128, 128, 86],
    ['longer than the CA key', 128, 144, 103],
    ['as long as EMV allows', 248, 248, 248],
  ])('takes an issuer key %s', (_what, ca, issuer, icc) => {
    for (const exponent of [3, 65_537] as const) {
      const sizes = { ca: rsaKey(ca, exponent), issuer: rsaKey(issuer, exponent), icc: rsaKey(icc, exponent) };
      const card = testCard(sizes);
      expect(card.data.card.has('92')).toBe(issuer > ca - 36);
      expect(card.data.card.has('9F48')).toBe(icc > issuer - 42);
      expect(dynamicOf(card)).toEqual({ ok: true, value: { modulus: sizes.icc.modulus, exponent } });
      expect(outcome(staticOf(card))).toBe('ok');
    }
  });

  it.each([
    ['the fewest digits', '97040000', '970FFFFF'],
    ['an odd number of digits', '9704000000000000001', '9704000F'],
    ['nineteen digits', '9704000000000000001', '97040000'],
    ['twelve digits', '970400000001', '970400FF'],
  ])('compares issuer and PAN with %s', (_what, pan, identifier) => {
    const changes = { pan, issuer: { subject: identifier }, icc: { subject: pan.padEnd(20, 'F') } };
    expect(outcome(dynamicOf(testCard(keys, changes)))).toBe('ok');
    const other = `8${pan.slice(1)}`.padEnd(pan.length + (pan.length % 2), 'F');
    expect(outcome(issuerOf(having(testCard(keys, changes), '5A', other)))).toBe('panMismatch');
  });

  it('takes the PAN of track 2 where the card has no tag 5A', () => {
    const card = without(testCard(keys), '5A');
    expect(outcome(dynamicOf(card))).toBe('panMismatch');
    expect(outcome(dynamicOf(having(card, '57', `${testPan}D3112201`)))).toBe('ok');
    expect(outcome(dynamicOf(having(card, '57', '9704000000000019D3112201')))).toBe('panMismatch');
  });

  it.each([
    ['1226', '261231', 'ok'],
    ['1226', '270101', 'certificateExpired'],
    ['1126', '261201', 'certificateExpired'],
    ['0127', '261231', 'ok'],
    ['1249', '261231', 'ok'],
    ['1250', '261231', 'certificateExpired'],
    ['1299', '991231', 'ok'],
    ['0100', '991231', 'ok'],
    ['1300', '261231', 'certificateFormat'],
    ['0031', '261231', 'certificateFormat'],
    ['1A31', '261231', 'certificateFormat'],
    ['123F', '261231', 'certificateFormat'],
  ])('a certificate good until %s on %s: %s', (expiry, date, expected) => {
    expect(outcome(issuerOf(on(testCard(keys, { issuer: { expiry } }), date)))).toBe(expected);
    expect(outcome(dynamicOf(on(testCard(keys, { issuer: { expiry: '1249' }, icc: { expiry } }), date)))).toBe(
      date < '50' ? expected : 'ok',
    );
  });

  it('refuses a revoked issuer certificate, of this RID, key and serial number only', () => {
    const entry: RevokedCertificate = { rid: testRid, index: testIndex, serial: '00A1B2' };
    expect(issuerWithRevoked(entry)).toBe('certificateRevoked');
    expect(issuerWithRevoked({ ...entry, rid: 'A000000004' })).toBe('ok');
    expect(issuerWithRevoked({ ...entry, index: '93' })).toBe('ok');
    expect(issuerWithRevoked({ ...entry, serial: '00A1B3' })).toBe('ok');
  });
});

describe('CA keys', () => {
  it('are found by RID and index', () => {
    expect(outcome(recoverIssuerKey(testCard(keys).data, testCard(keys).emv, 'A000000004'))).toBe('caKeyMissing');
    expect(outcome(issuerOf(having(testCard(keys), '8F', '93')))).toBe('caKeyMissing');
    const card = testCard(keys);
    const [key] = card.emv.caPublicKeys;
    const decoy = { rid: testRid, index: '93', modulus: toHex(rsaKey(144).modulus), exponent: '03' };
    const caPublicKeys = [decoy, ...(key === undefined ? [] : [key])];
    expect(outcome(issuerOf({ ...card, emv: { ...card.emv, caPublicKeys } }))).toBe('ok');
  });

  it('must fit their checksum where one was published', () => {
    const [key] = testCard(keys).emv.caPublicKeys;
    if (key === undefined) throw new Error('no key');
    const checksum = toHex(sha1(hex(testRid), hex(testIndex), keys.ca.modulus, hex('03')));
    expect(caKeyChecksum(key)).toBe(checksum);
    expect(outcome(issuerOf(withCaKey(testCard(keys), { checksum })))).toBe('ok');
    expect(outcome(issuerOf(withCaKey(testCard(keys), { checksum: '00'.repeat(20) })))).toBe('caKeyChecksum');
    for (const change of [{ exponent: '010001' }, { modulus: key.modulus.replace(/.$/, '0') }]) {
      expect(outcome(issuerOf(withCaKey(testCard(keys), { checksum, ...change })))).toBe('caKeyChecksum');
    }
  });

  it('may be used until their last day', () => {
    const expires = '2026-12-31';
    expect(outcome(issuerOf(on(withCaKey(testCard(keys), { expires }), '261231')))).toBe('ok');
    expect(outcome(issuerOf(on(withCaKey(testCard(keys), { expires }), '270101')))).toBe('caKeyExpired');
  });

  it('that are not as EMV has them are refused', () => {
    expect(outcome(issuerOf(withCaKey(testCard(keys), { exponent: '02' })))).toBe('algorithmNotSupported');
    const modulus = 'F1'.repeat(249);
    expect(outcome(issuerOf(withCaKey(testCard(keys), { modulus })))).toBe('algorithmNotSupported');
  });
});

describe('one wrong field, rightly signed', () => {
  const wrong: readonly (readonly [fields: CertificateFields, expected: OdaFault['kind']])[] = [
    [{ header: 0x6b }, 'certificateFormat'],
    [{ trailer: 0xbd }, 'certificateFormat'],
    [{ format: 0x03 }, 'certificateFormat'],
    [{ format: 0x12 }, 'certificateFormat'],
    [{ hashAlgorithm: 0x02 }, 'algorithmNotSupported'],
    [{ keyAlgorithm: 0x02 }, 'algorithmNotSupported'],
    [{ keyAlgorithm: 0x11 }, 'algorithmNotSupported'],
    [{ keyLength: 0 }, 'certificateFormat'],
    [{ keyLength: 127 }, 'certificateFormat'],
    [{ keyLength: 249 }, 'certificateFormat'],
    [{ keyLength: 64 }, 'certificateFormat'],
    [{ keyLength: 255 }, 'certificateFormat'],
    [{ exponentLength: 3 }, 'certificateFormat'],
    [{ exponentLength: 0 }, 'certificateFormat'],
  ];

  it.each(wrong)('of the issuer certificate: %o is %s', (issuer, expected) => {
    expect(outcome(issuerOf(testCard(keys, { issuer })))).toBe(expected);
  });

  it.each(wrong)('of the ICC certificate: %o is %s', (icc, expected) => {
    expect(outcome(dynamicOf(testCard(keys, { icc })))).toBe(expected);
  });

  it.each([
    ['97FFFFFF', 'certificateFormat'],
    ['FFFFFFFF', 'certificateFormat'],
    ['9704F0FF', 'certificateFormat'],
    ['9A040000', 'certificateFormat'],
    ['970401FF', 'panMismatch'],
  ])('Issuer Identifier %s: %s', (subject, expected) => {
    expect(outcome(issuerOf(testCard(keys, { issuer: { subject } })))).toBe(expected);
  });

  it.each([
    [`${testPan.slice(0, -1)}FFFFF`, 'one digit less'],
    [`${testPan}0FFF`, 'one digit more'],
    ['9704000000000017FFFF', 'another digit'],
    ['9704000000000018FF00', 'filled up with more than F'],
    ['F'.repeat(20), 'no digit'],
  ])('Application PAN %s (%s): another card', (subject) => {
    expect(outcome(dynamicOf(testCard(keys, { icc: { subject } })))).toBe('panMismatch');
  });

  it('a key of no bytes, or of more than EMV has', () => {
    const short = { ca: keys.ca, issuer: rsaKey(80), icc: rsaKey(64) };
    expect(outcome(issuerOf(testCard(short)))).toBe('ok');
    expect(outcome(issuerOf(testCard(short, { issuer: { keyLength: 0 } })))).toBe('certificateFormat');
    const long: TestKey = { ...keys.issuer, modulus: new Uint8Array(249).fill(0xf1) };
    const { certificate, remainder } = certify(keys.ca, long, { format: 2, subject: '970400FF' });
    const card = having(testCard(keys), '90', toHex(certificate));
    expect(outcome(issuerOf(having(card, '92', toHex(remainder))))).toBe('certificateFormat');
  });

  it('a certificate for no PAN is not good for a card without one', () => {
    const card = testCard(keys, { icc: { subject: 'F'.repeat(20) } });
    const issuer: PublicKey = { modulus: keys.issuer.modulus, exponent: 3 };
    expect(outcome(issuerOf(card))).toBe('ok');
    expect(outcome(recoverIccKey(without(card, '5A').data, issuer))).toBe('panMismatch');
    expect(outcome(issuerOf(card))).toBe('panMismatch');
    expect(outcome(recoverIccKey(having(card, '5A', 'FFFFFFFF').data, issuer))).toBe('panMismatch');
  });

  it('exponents that EMV does not have', () => {
    for (const exponent of ['02', '010002', '000000']) {
      const issuer: TestKey = { ...keys.issuer, exponent: hex(exponent) };
      expect(outcome(issuerOf(testCard({ ...keys, issuer })))).toBe('algorithmNotSupported');
    }
  });

  it('a signature that is longer or shorter than the key', () => {
    for (const [tag, length, check] of [
      ['90', 144, issuerOf],
      ['9F46', 128, dynamicOf],
      ['93', 128, staticOf],
    ] as const) {
      for (const size of [length - 1, length + 1, 0, 1]) {
        const expected = tag === '93' ? 'signatureFormat' : 'certificateFormat';
        expect(outcome(check(having(testCard(keys), tag, '01'.repeat(size))))).toBe(expected);
      }
      const card = testCard(keys);
      having(card, tag, `00${toHex(card.data.card.get(tag) ?? hex(''))}`);
      expect(outcome(check(card)), 'the same number, written longer').toBe(
        tag === '93' ? 'signatureFormat' : 'certificateFormat',
      );
    }
  });

  it('keys too short to hold a certificate or signature', () => {
    // Fields, hash, header and trailer of an ICC certificate are 42 bytes, those of Signed Static Application Data 26.
    for (const [length, format, tag, check] of [
      [41, '04', '9F46', dynamicOf],
      [22, '04', '9F46', dynamicOf],
      [25, '0301DA', '93', staticOf],
    ] as const) {
      const issuer = smallKey(length);
      const { certificate } = certify(keys.ca, issuer, { format: 2, subject: '970400FF' });
      const card = without(having(testCard(keys), '90', toHex(certificate)), '92');
      const block = signBlock(issuer, hex(format.padEnd((length - 22) * 2, '1').slice(0, (length - 22) * 2)));
      having(card, tag, toHex(block));
      expect(outcome(issuerOf(card))).toBe('ok');
      expect(outcome(check(card))).toBe(tag === '93' ? 'signatureFormat' : 'certificateFormat');
    }
  });

  it('of Signed Static Application Data', () => {
    const { data } = testCard(keys);
    const signed = [...data.signedRecords, hex('6100')];
    const check = (ssad: Uint8Array): string => outcome(staticOf(having(testCard(keys), '93', toHex(ssad))));
    expect(check(signStatic(keys.issuer, signed))).toBe('ok');
    expect(check(signStatic(keys.issuer, signed, '0401'))).toBe('signatureFormat');
    expect(check(signStatic(keys.issuer, signed, '0302'))).toBe('algorithmNotSupported');
    const content = blockContent(keys.issuer, hex('0301DAC1'));
    expect(check(signBlock(keys.issuer, content, signed, { header: 0x6b }))).toBe('signatureFormat');
    expect(check(signBlock(keys.issuer, content, signed, { trailer: 0xbb }))).toBe('signatureFormat');
    expect(check(signBlock(keys.issuer, content, []))).toBe('signatureHash');
  });
});

describe('what is there and what is signed', () => {
  it.each(['8F', '90', '9F32', '93'])('SDA without tag %s', (tag) => {
    expect(outcome(staticOf(without(testCard(keys), tag)))).toBe('dataMissing');
  });

  it.each(['8F', '90', '9F32', '9F46', '9F47', '92', '9F48'])('a dynamic method without tag %s', (tag) => {
    expect(outcome(dynamicOf(without(testCard(keys), tag)))).toBe('dataMissing');
  });

  it('says that data are missing before it looks for the CA key', () => {
    const card = having(testCard(keys), '8F', '77');
    expect(outcome(dynamicOf(card))).toBe('caKeyMissing');
    expect(outcome(dynamicOf(without(card, '9F47')))).toBe('dataMissing');
    expect(outcome(staticOf(without(card, '93')))).toBe('dataMissing');
    const parts = without(testCard(keys), '8F');
    expect(outcome(issuerOf(parts))).toBe('dataMissing');
    expect(outcome(issuerOf(without(testCard(keys), '9F32')))).toBe('dataMissing');
  });

  it('the tag list may name the AIP and nothing else', () => {
    for (const list of ['8282', '5A', '825A', '5A82', '9F33']) {
      expect(outcome(dynamicOf(having(testCard(keys), '9F4A', list)))).toBe('staticDataUnusable');
      expect(outcome(staticOf(having(testCard(keys), '9F4A', list)))).toBe('staticDataUnusable');
    }
    expect(outcome(dynamicOf(without(testCard(keys), '82')))).toBe('staticDataUnusable');
    expect(outcome(dynamicOf(without(testCard(keys), '9F4A')))).toBe('certificateHash');
    expect(outcome(staticOf(without(testCard(keys), '9F4A')))).toBe('signatureHash');
  });

  it('records that are no template 70 cannot be authenticated', () => {
    const card = testCard(keys);
    card.data.signedRecordsUnusable = true;
    expect(outcome(dynamicOf(card))).toBe('staticDataUnusable');
    expect(outcome(staticOf(card))).toBe('staticDataUnusable');
  });

  it('the order of records counts', () => {
    const kept = inTwoRecords((parts) => parts);
    const swapped = inTwoRecords((parts) => parts.toReversed());
    expect([outcome(dynamicOf(kept)), outcome(dynamicOf(swapped))]).toEqual(['ok', 'certificateHash']);
    expect([outcome(staticOf(kept)), outcome(staticOf(swapped))]).toEqual(['ok', 'signatureHash']);
  });

  it('a remainder where the key is whole, or one of another length, is not taken', () => {
    const short = { ca: keys.ca, issuer: rsaKey(80), icc: rsaKey(64) };
    const remainder = 'AB'.repeat(4);
    expect(outcome(issuerOf(having(testCard(short), '92', remainder)))).toBe('certificateHash');
    const card = testCard(keys);
    having(card, '92', `${toHex(card.data.card.get('92') ?? hex(''))}00`);
    expect(outcome(issuerOf(card))).toBe('certificateHash');
    // The same again, signed with the remainder: what the certificate says of the length decides.
    const padded = concat(short.issuer.modulus, new Uint8Array(28).fill(0xbb), hex(remainder));
    const fields = { format: 2, subject: '970400FF', keyLength: 80 };
    const signed = certify(keys.ca, { ...short.issuer, modulus: padded }, fields);
    const both = having(having(testCard(short), '90', toHex(signed.certificate)), '92', toHex(signed.remainder));
    expect(outcome(issuerOf(both))).toBe('certificateFormat');
  });

  it('no byte can be changed unnoticed', () => {
    for (const tag of ['90', '92', '9F32', '9F46', '9F47', '9F48', '93', '82', '5A', '8F', '9F4A']) {
      const value = testCard(keys).data.card.get(tag) ?? hex('');
      expect(value.length, tag).toBeGreaterThan(0);
      for (let at = 0; at < value.length; at += 1) {
        const card = having(testCard(keys), tag, flipped(value, at));
        const check = tag === '93' ? staticOf : dynamicOf;
        expect(outcome(check(card)), `${tag} byte ${at}`).not.toBe('ok');
      }
    }
    const [record = hex('')] = testCard(keys).data.signedRecords;
    for (let at = 0; at < record.length; at += 1) {
      const card = testCard(keys);
      card.data.signedRecords[0] = hex(flipped(record, at));
      expect(outcome(dynamicOf(card))).toBe('certificateHash');
      expect(outcome(staticOf(card))).toBe('signatureHash');
    }
  });
});

describe('the key that enciphers the PIN', () => {
  const pinKey = rsaKey(96);

  function withPinKey(fields: CertificateFields = {}): TestCard {
    const card = testCard(keys);
    const own = certify(keys.issuer, pinKey, { format: 4, subject: iccSubject, ...fields });
    having(having(card, '9F2D', toHex(own.certificate)), '9F2E', '03');
    if (own.remainder.length > 0) having(card, '9F2F', toHex(own.remainder));
    return card;
  }

  it('has a certificate of its own, without static data', () => {
    expect(pinOf(withPinKey())).toEqual({ ok: true, value: { modulus: pinKey.modulus, exponent: 3 } });
    const elsewhere = withPinKey();
    elsewhere.data.signedRecordsUnusable = true;
    expect(outcome(pinOf(elsewhere))).toBe('ok');
  });

  it('that has to verify: another key is no way out', () => {
    expect(outcome(pinOf(withPinKey({ subject: '9704000000000019FFFF' })))).toBe('panMismatch');
    expect(outcome(pinOf(withPinKey({ expiry: '1125' })))).toBe('certificateExpired');
    expect(outcome(pinOf(withPinKey({ format: 2 })))).toBe('certificateFormat');
    expect(outcome(pinOf(having(withPinKey(), '9F2F', '00')))).toBe('certificateHash');
    expect(outcome(pinOf(without(withPinKey(), '9F2F')))).toBe('dataMissing');
  });

  it('is else the ICC key', () => {
    for (const card of [testCard(keys), without(withPinKey(), '9F2E'), without(withPinKey(), '9F2D')]) {
      expect(pinOf(card)).toEqual({ ok: true, value: { modulus: keys.icc.modulus, exponent: 3 } });
    }
    expect(outcome(pinOf(without(testCard(keys), '9F46')))).toBe('dataMissing');
    const card = testCard(keys);
    const issuer = issuerOf(card);
    const icc: PublicKey = { modulus: keys.icc.modulus, exponent: 3 };
    if (!issuer.ok) throw new Error(issuer.fault.detail);
    expect(recoverPinKey(card.data, issuer.value, icc)).toEqual({ ok: true, value: icc });
    expect(outcome(recoverPinKey(card.data, issuer.value, undefined))).toBe('dataMissing');
    expect(outcome(recoverIccKey(card.data, issuer.value))).toBe('ok');
  });
});

const tags = ['5A', '57', '82', '8F', '90', '92', '93', '9F32', '9F46', '9F47', '9F48', '9F4A', '9F2D', '9F2E'];

/** Whatever comes out: nothing may be thrown, and no fault repeats the PAN. */
function ends(card: TestCard): void {
  for (const check of [issuerOf, dynamicOf, staticOf, pinOf]) {
    const result = check(card);
    if (!result.ok) expect(result.fault.detail).not.toContain(testPan.slice(6));
  }
}

/** What a key can sign, without header, hash and trailer. */
function anyContent({ modulus }: TestKey): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: modulus.length - 22, maxLength: modulus.length - 22 });
}

describe('any bytes', () => {
  it('lead to a defined end', () => {
    fc.assert(
      fc.property(fc.constantFrom(...tags), fc.uint8Array({ maxLength: 255 }), (tag, value) => {
        ends(having(testCard(keys), tag, toHex(value)));
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 250 }), { minLength: 14, maxLength: 14 }), (values) => {
        const card = testCard(keys);
        for (const [index, tag] of tags.entries()) card.data.card.set(tag, values[index] ?? hex(''));
        card.data.card.set('8F', hex(testIndex));
        ends(card);
      }),
      { numRuns: 300 },
    );
  });

  it('lead to a defined end when an issuer has signed them', () => {
    fc.assert(
      fc.property(
        anyContent(keys.ca),
        anyContent(keys.issuer),
        fc.uint8Array({ maxLength: 4 }),
        (issuer, icc, exponent) => {
          const card = testCard(keys);
          issuer[0] = 2;
          icc[0] = 4;
          issuer[10] = 1;
          icc[16] = 1;
          const signed = [...card.data.signedRecords, hex('6100')];
          card.data.card.set('9F46', signBlock(keys.issuer, icc, [exponent, ...signed]));
          card.data.card.set('9F47', exponent);
          card.data.card.delete('9F48');
          ends(card);
          card.data.card.set('90', signBlock(keys.ca, issuer, [exponent]));
          card.data.card.set('9F32', exponent);
          card.data.card.delete('92');
          ends(card);
        },
      ),
      { numRuns: 200 },
    );
  });
});
