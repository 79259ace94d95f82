/**
 * Public key certificates: recovery and verification of the Issuer, ICC and ICC PIN Encipherment Public Key.
 * EMV 4.4 Book 2 §5.3, §6.3, §6.4 and §7.1.
 */
import { assert } from '../../base/assert.ts';
import { concat, equalBytes, toHex } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import type { TerminalEmvData } from '../configuration.ts';
import { parsePan, parseTrack2 } from '../decode/track2.ts';
import type { TransactionData } from '../transaction-data.ts';
import { findCaKey, isRevoked } from './ca-keys.ts';
import { certificateMonth, transactionDate } from '../dates.ts';
import { odaFault, type OdaFault } from './fault.ts';
import { maxModulusLength, parseExponent, type PublicKey } from './rsa.ts';
import { openBlock, type Block } from './signed-block.ts';
import { staticData } from './static-data.ts';
import { sha1 } from './sha1.ts';

/** What sets one kind of certificate apart from another. */
interface CertificateKind {
  /** For details of faults. */
  readonly name: string;
  /** Tags of the certificate, the rest of the key that did not fit in, and the exponent. */
  readonly certificate: string;
  readonly remainder: string;
  readonly exponent: string;
  /** Certificate Format (Book 2 Tables 6 and 14). */
  readonly format: number;
  /** Bytes of the Issuer Identifier or the Application PAN that follow header and format. */
  readonly subjectLength: number;
}

const issuerCertificate: CertificateKind = {
  name: 'Issuer Public Key Certificate',
  certificate: '90',
  remainder: '92',
  exponent: '9F32',
  format: 0x02,
  subjectLength: 4,
};

const iccCertificate: CertificateKind = {
  name: 'ICC Public Key Certificate',
  certificate: '9F46',
  remainder: '9F48',
  exponent: '9F47',
  format: 0x04,
  subjectLength: 10,
};

/** Book 2 §7.1: as the ICC Public Key Certificate, but without static data. */
const pinCertificate: CertificateKind = {
  name: 'ICC PIN Encipherment Public Key Certificate',
  certificate: '9F2D',
  remainder: '9F2F',
  exponent: '9F2E',
  format: 0x04,
  subjectLength: 10,
};

/** The fields of a certificate whose hash is right. */
interface Certificate {
  /** Issuer Identifier or Application PAN, padded with F. */
  readonly subject: string;
  /** Last month in which it is good, `YYYY-MM`. */
  readonly goodUntil: string;
  /** Certificate Serial Number, hex. */
  readonly serial: string;
  readonly key: PublicKey;
}

/** From the Issuer Public Key Certificate by the key that tag 8F names; `rid` is the one of the selected application. */
export function recoverIssuerKey(
  data: TransactionData,
  emv: TerminalEmvData,
  rid: string,
): Result<PublicKey, OdaFault> {
  const index = data.card.get('8F');
  if (index === undefined) return odaFault('dataMissing', 'the card names no CA key (8F)');
  const today = dateOf(data);
  const caKey = findCaKey(emv, rid, toHex(index), today);
  if (!caKey.ok) return caKey;
  const read = readCertificate(data, caKey.value, issuerCertificate, []);
  if (!read.ok) return read;
  const { subject, goodUntil, serial, key } = read.value;
  const identifier = /^(\d{3,8})F*$/.exec(subject)?.[1];
  if (identifier === undefined) return odaFault('certificateFormat', 'Issuer Identifier: not three to eight digits');
  if (panOf(data)?.startsWith(identifier) !== true) {
    return odaFault('panMismatch', 'the issuer certificate is not of this PAN');
  }
  if (goodUntil < today.slice(0, 7)) return odaFault('certificateExpired', `issuer certificate: ended in ${goodUntil}`);
  if (isRevoked(emv, rid, toHex(index), serial)) {
    return odaFault('certificateRevoked', `issuer certificate ${serial} is on the revocation list`);
  }
  return ok(key);
}

/** From the ICC Public Key Certificate, which vouches for the static data too (Book 2 §6.4). */
export function recoverIccKey(data: TransactionData, issuer: PublicKey): Result<PublicKey, OdaFault> {
  const signed = staticData(data);
  return signed.ok ? recoverCardKey(data, issuer, iccCertificate, signed.value) : signed;
}

/** Whether the card has a key for PINs alone; what it has then has to verify. */
export function hasPinCertificate(data: TransactionData): boolean {
  return data.card.has(pinCertificate.certificate) && data.card.has(pinCertificate.exponent);
}

/**
 * The key that enciphers the PIN (Book 2 §7.1): of its own certificate when the card has one, else the ICC Public
 * Key, which is absent here when the card has none or it did not verify.
 */
export function recoverPinKey(
  data: TransactionData,
  issuer: PublicKey,
  icc: PublicKey | undefined,
): Result<PublicKey, OdaFault> {
  if (hasPinCertificate(data)) return recoverCardKey(data, issuer, pinCertificate, []);
  return icc === undefined ? odaFault('dataMissing', 'the card has no key for PIN encipherment') : ok(icc);
}

function recoverCardKey(
  data: TransactionData,
  issuer: PublicKey,
  kind: CertificateKind,
  signed: readonly Uint8Array[],
): Result<PublicKey, OdaFault> {
  const read = readCertificate(data, issuer, kind, signed);
  if (!read.ok) return read;
  const { subject, goodUntil, key } = read.value;
  if (subject.replace(/F+$/, '') !== panOf(data)) return odaFault('panMismatch', `${kind.name}: of another PAN`);
  if (goodUntil < dateOf(data).slice(0, 7)) {
    return odaFault('certificateExpired', `${kind.name}: ended in ${goodUntil}`);
  }
  return ok(key);
}

/** Digits of tag 5A, else of track 2; a card that gave no PAN has no certificate either. */
function panOf(data: TransactionData): string | undefined {
  const pan = data.card.get('5A');
  const track2 = data.card.get('57');
  if (pan !== undefined) return parsePan(pan);
  return track2 && parseTrack2(track2)?.pan;
}

function dateOf(data: TransactionData): string {
  const date = data.terminal.get('9A');
  assert(date !== undefined, 'ODA: the terminal has a Transaction Date');
  return transactionDate(date);
}

/** Steps that the certificates have in common, in the order of the Book. */
function readCertificate(
  data: TransactionData,
  signer: PublicKey,
  kind: CertificateKind,
  signed: readonly Uint8Array[],
): Result<Certificate, OdaFault> {
  const certificate = data.card.get(kind.certificate);
  const exponent = data.card.get(kind.exponent);
  if (certificate === undefined || exponent === undefined) {
    return odaFault('dataMissing', `${kind.name} or its exponent is missing`);
  }
  const block = openBlock(certificate, signer, kind.format, kind.subjectLength + 10);
  if (block === undefined) return odaFault('certificateFormat', `${kind.name}: not signed by that key`);
  return parseCertificate(block, kind, exponent, data.card.get(kind.remainder) ?? new Uint8Array(0), signed);
}

function parseCertificate(
  block: Block,
  kind: CertificateKind,
  exponentBytes: Uint8Array,
  remainder: Uint8Array,
  signed: readonly Uint8Array[],
): Result<Certificate, OdaFault> {
  const { content, hash } = block;
  const at = 1 + kind.subjectLength;
  // Certificate Format, subject, MMYY, serial number, hash and key algorithm, lengths of key and exponent, key.
  const keyAt = at + 9;
  const [hashAlgorithm, keyAlgorithm, keyLength = 0, exponentLength] = content.subarray(at + 5, keyAt);
  if (hashAlgorithm !== 0x01) return odaFault('algorithmNotSupported', `${kind.name}: hash algorithm is not SHA-1`);
  assert(keyAt <= content.length, 'certificate: its fixed fields are there');
  const inside = content.subarray(keyAt);
  if (keyLength > inside.length && remainder.length === 0) {
    return odaFault('dataMissing', `${kind.name}: the rest of the key is missing`);
  }
  if (!equalBytes(sha1(content, remainder, exponentBytes, ...signed), hash)) {
    return odaFault('certificateHash', `${kind.name}: the hash does not fit`);
  }
  if (keyAlgorithm !== 0x01) return odaFault('algorithmNotSupported', `${kind.name}: key algorithm is not RSA`);
  const goodUntil = certificateMonth(content.subarray(at, at + 2));
  if (goodUntil === undefined) return odaFault('certificateFormat', `${kind.name}: the expiry is no month`);
  const modulus = wholeKey(keyLength, inside, remainder);
  if (modulus === undefined || exponentLength !== exponentBytes.length) {
    return odaFault('certificateFormat', `${kind.name}: key or exponent are not as long as it says`);
  }
  assert(modulus.length === keyLength, 'certificate: the key is as long as it says');
  const exponent = parseExponent(exponentBytes);
  if (exponent === undefined) return odaFault('algorithmNotSupported', `${kind.name}: exponent is neither 3 nor 65537`);
  return ok({
    subject: toHex(content.subarray(1, at)),
    goodUntil,
    serial: toHex(content.subarray(at + 2, at + 5)),
    key: { modulus, exponent },
  });
}

/** The key in the certificate is filled up with BB, or goes on in the remainder. */
function wholeKey(length: number, inside: Uint8Array, remainder: Uint8Array): Uint8Array | undefined {
  if (length === 0 || length > maxModulusLength) return undefined;
  if (length <= inside.length) return remainder.length === 0 ? inside.slice(0, length) : undefined;
  return length === inside.length + remainder.length ? concat(inside, remainder) : undefined;
}
