/**
 * Certificates and signatures as an issuer personalises them and a card makes them. EMV 4.4 Book 2 §5.1 to §5.4 (SDA),
 * §6.1 to §6.6 (DDA, CDA), §7.1 (PIN encipherment); EMV Contactless Book C-3 Annex C (fDDA).
 */
import { createHash } from 'node:crypto';
import { assert } from '../../../../src/core/base/assert.ts';
import { bcd, concat, hex } from '../../../../src/core/base/bytes.ts';
import type { RsaKey } from './rsa.ts';

const header = 0x6a;
const trailer = 0xbc;
const padByte = 0xbb;
const hashLength = 20;
/** Hash Algorithm Indicator and Public Key Algorithm Indicator: SHA-1 and RSA (Book 2 Annex B). */
const algorithm = 0x01;

export function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    createHash('sha1')
      .update(concat(...parts))
      .digest(),
  );
}

/** Book 2 Annex A2.1: recoverable part between header and hash, everything signed under the hash. */
function sign(key: RsaKey, recoverable: Uint8Array, more: Uint8Array): Uint8Array {
  assert(recoverable.length === key.length - hashLength - 2, 'a signature fills the modulus');
  const hash = sha1(recoverable, more);
  return key.apply(concat(Uint8Array.of(header), recoverable, hash, Uint8Array.of(trailer)));
}

/** `bytes` and padding up to `length`. */
function filled(bytes: Uint8Array, length: number): Uint8Array {
  assert(bytes.length <= length, 'the key that signs is long enough');
  return concat(bytes, new Uint8Array(length - bytes.length).fill(padByte));
}

/** A certificate and what did not fit into it. */
export interface PublicKeyCertificate {
  readonly certificate: Uint8Array;
  /** Empty when the whole modulus is in the certificate. */
  readonly remainder: Uint8Array;
  readonly exponent: Uint8Array;
}

interface CertificateDetails {
  /** MMYY. */
  readonly expiry: string;
  /** Three bytes. */
  readonly serial: Uint8Array;
}

function certify(
  signer: RsaKey,
  key: RsaKey,
  head: Uint8Array,
  { expiry, serial }: CertificateDetails,
  staticData: Uint8Array,
): PublicKeyCertificate {
  const fixed = concat(head, bcd(expiry), serial, Uint8Array.of(algorithm, algorithm, key.length, key.exponent.length));
  const room = signer.length - hashLength - 2 - fixed.length;
  const remainder = key.modulus.slice(room);
  const recoverable = concat(fixed, filled(key.modulus.subarray(0, room), room));
  return {
    certificate: sign(signer, recoverable, concat(remainder, key.exponent, staticData)),
    remainder,
    exponent: key.exponent,
  };
}

/** Book 2 Table 2: the authority certifies the issuer's key. Identifier: the first digits of the PAN, then F. */
export function certifyIssuer(
  authority: RsaKey,
  issuer: RsaKey,
  pan: string,
  details: CertificateDetails,
): PublicKeyCertificate {
  const identifier = hex(pan.slice(0, 8));
  return certify(authority, issuer, concat(Uint8Array.of(0x02), identifier), details, new Uint8Array(0));
}

/** Book 2 Table 10: the issuer certifies the card's key, together with the static data of the card. */
export function certifyIcc(
  issuer: RsaKey,
  icc: RsaKey,
  pan: string,
  details: CertificateDetails,
  staticData: Uint8Array,
): PublicKeyCertificate {
  const head = concat(Uint8Array.of(0x04), hex(pan.padEnd(20, 'F')));
  return certify(issuer, icc, head, details, staticData);
}

/** Book 2 §5.4: the issuer signs the static data; its code becomes tag 9F45. */
export function signStaticData(issuer: RsaKey, authenticationCode: Uint8Array, staticData: Uint8Array): Uint8Array {
  const fixed = concat(Uint8Array.of(0x03, algorithm), authenticationCode);
  return sign(issuer, filled(fixed, issuer.length - hashLength - 2), staticData);
}

/** Book 2 §6.5.2 and §6.6.1: the card signs its dynamic data, and what the terminal has put under the hash. */
export function signDynamicData(icc: RsaKey, dynamicData: Uint8Array, terminalData: Uint8Array): Uint8Array {
  const fixed = concat(Uint8Array.of(0x05, algorithm, dynamicData.length), dynamicData);
  return sign(icc, filled(fixed, icc.length - hashLength - 2), terminalData);
}

/** ICC Dynamic Number with its length: the beginning of all ICC dynamic data (Book 2 Table 17). */
export function dynamicNumberField(number: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(number.length), number);
}
