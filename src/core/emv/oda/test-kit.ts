/**
 * Certificates and signatures for tests and benches, as issuers and cards make them (EMV 4.4 Book 2 §5.1, §6.1, §6.5.1,
 * §6.6.1). Any field can be given another value and is signed all the same: what is wrong is then only that field.
 */
import { concat, hex, toHex } from '../../base/bytes.ts';
import type { TerminalEmvData } from '../configuration.ts';
import { terminalForTests } from '../test-kit.ts';
import { TransactionData } from '../transaction-data.ts';
import { sha1 } from './sha1.ts';

export interface TestKey {
  readonly modulus: Uint8Array;
  /** As in tag 9F32. */
  readonly exponent: Uint8Array;
  /** RSA with the private key on a block as long as the modulus. */
  readonly sign: (block: Uint8Array) => Uint8Array;
}

export interface BlockEnds {
  readonly header?: number;
  readonly trailer?: number;
}

export interface CertificateFields extends BlockEnds {
  readonly format?: number;
  /** Issuer Identifier or Application PAN, hex. */
  readonly subject?: string;
  readonly expiry?: string;
  readonly serial?: string;
  readonly hashAlgorithm?: number;
  readonly keyAlgorithm?: number;
  readonly keyLength?: number;
  readonly exponentLength?: number;
}

/** Signs content and hash; `more` is hashed with the content but is not in the block. */
export function signBlock(
  signer: TestKey,
  content: Uint8Array,
  more: readonly Uint8Array[] = [],
  { header = 0x6a, trailer = 0xbc }: BlockEnds = {},
): Uint8Array {
  return signer.sign(concat(Uint8Array.of(header), content, sha1(content, ...more), Uint8Array.of(trailer)));
}

/** Content of a block as long as the signer's key, filled up with BB. */
export function blockContent(signer: TestKey, ...fields: readonly Uint8Array[]): Uint8Array {
  const content = new Uint8Array(signer.modulus.length - 22).fill(0xbb);
  content.set(concat(...fields));
  return content;
}

export interface TestCertificate {
  readonly certificate: Uint8Array;
  /** Empty when the whole key is in the certificate. */
  readonly remainder: Uint8Array;
}

export function certify(
  signer: TestKey,
  key: TestKey,
  fields: CertificateFields & { readonly format: number; readonly subject: string },
  signed: readonly Uint8Array[] = [],
): TestCertificate {
  const subject = hex(fields.subject);
  const space = signer.modulus.length - 32 - subject.length;
  const remainder = key.modulus.slice(space);
  const content = blockContent(
    signer,
    Uint8Array.of(fields.format),
    subject,
    hex(fields.expiry ?? '1231'),
    hex(fields.serial ?? '00A1B2'),
    Uint8Array.of(fields.hashAlgorithm ?? 1, fields.keyAlgorithm ?? 1),
    Uint8Array.of(fields.keyLength ?? key.modulus.length, fields.exponentLength ?? key.exponent.length),
    key.modulus.slice(0, space),
  );
  return { certificate: signBlock(signer, content, [remainder, key.exponent, ...signed], fields), remainder };
}

/** Signed Static Application Data with Data Authentication Code DAC1. */
export function signStatic(issuer: TestKey, signed: readonly Uint8Array[], format = '0301'): Uint8Array {
  return signBlock(issuer, blockContent(issuer, hex(`${format}DAC1`)), signed);
}

/** Signed Dynamic Application Data. */
export function signDynamic(
  icc: TestKey,
  iccDynamicData: Uint8Array,
  terminalDynamicData: Uint8Array,
  { format = '0501', length = iccDynamicData.length }: { readonly format?: string; readonly length?: number } = {},
): Uint8Array {
  const content = blockContent(icc, hex(format), Uint8Array.of(length), iccDynamicData);
  return signBlock(icc, content, [terminalDynamicData]);
}

/** ICC Dynamic Data of CDA (Book 2 Table 19). */
export function combinedDynamicData(
  iccDynamicNumber: Uint8Array,
  cid: number,
  cryptogram: Uint8Array,
  transactionData: Uint8Array,
): Uint8Array {
  const head = Uint8Array.of(iccDynamicNumber.length);
  return concat(head, iccDynamicNumber, Uint8Array.of(cid), cryptogram, sha1(transactionData));
}

export const testRid = 'A000000003';
export const testIndex = '92';
export const testPan = '9704000000000018';

export interface TestCard {
  readonly data: TransactionData;
  readonly emv: TerminalEmvData;
}

/**
 * A card with SDA, DDA and CDA on the last day of 2026: an issuer certificate, an ICC certificate and Signed Static
 * Application Data over one record and the AIP.
 */
export function testCard(
  keys: { readonly ca: TestKey; readonly issuer: TestKey; readonly icc: TestKey },
  changes: {
    readonly issuer?: CertificateFields;
    readonly icc?: CertificateFields;
    readonly pan?: string;
  } = {},
): TestCard {
  const pan = changes.pan ?? testPan;
  const aip = hex('6100');
  const record = hex('5F24033112315F280207049F4A0182');
  const signed = [record, aip];
  const issuer = certify(keys.ca, keys.issuer, { format: 2, subject: `${pan.slice(0, 6)}FF`, ...changes.issuer });
  const iccSubject = { format: 4, subject: pan.padEnd(20, 'F') };
  const icc = certify(keys.issuer, keys.icc, { ...iccSubject, ...changes.icc }, signed);
  const data = new TransactionData(
    new Map([
      ['9A', hex('261231')],
      ['9F37', hex('DEADBEEF')],
      ['9F33', hex('E0F8C8')],
    ]),
  );
  const objects: readonly (readonly [tag: string, value: Uint8Array])[] = [
    ['82', aip],
    ['5A', hex(pan.length % 2 === 0 ? pan : `${pan}F`)],
    ['8F', hex(testIndex)],
    ['90', issuer.certificate],
    ['92', issuer.remainder],
    ['9F32', keys.issuer.exponent],
    ['93', signStatic(keys.issuer, signed)],
    ['9F46', icc.certificate],
    ['9F47', keys.icc.exponent],
    ['9F48', icc.remainder],
    ['9F4A', hex('82')],
  ];
  for (const [tag, value] of objects) if (value.length > 0) data.card.set(tag, value);
  data.signedRecords.push(record);
  const caPublicKeys = [
    { rid: testRid, index: testIndex, modulus: toHex(keys.ca.modulus), exponent: toHex(keys.ca.exponent) },
  ];
  return { data, emv: { ...terminalForTests, caPublicKeys } };
}
