/**
 * Certification authority public keys in use: found by RID and index, checked against their checksum and date, and the
 * certification revocation list. EMV 4.4 Book 2 §5.1, §6.1 and §11.2.
 */
import { hex, toHex } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import type { CaPublicKey, TerminalEmvData } from '../configuration.ts';
import { odaFault, type OdaFault } from './fault.ts';
import { maxModulusLength, parseExponent, type PublicKey } from './rsa.ts';
import { sha1 } from './sha1.ts';

/** Certification Authority Public Key Check Sum (Book 2 §11.2.2): SHA-1 over RID, index, modulus and exponent, hex. */
export function caKeyChecksum(key: CaPublicKey): string {
  return toHex(sha1(hex(key.rid), hex(key.index), hex(key.modulus), hex(key.exponent)));
}

/** The key that tag 8F names, if it may be used on that day (`YYYY-MM-DD`). */
export function findCaKey(
  emv: TerminalEmvData,
  rid: string,
  index: string,
  today: string,
): Result<PublicKey, OdaFault> {
  const where = `CA key ${index} of ${rid}`;
  const key = emv.caPublicKeys.find((candidate) => candidate.rid === rid && candidate.index === index);
  if (key === undefined) return odaFault('caKeyMissing', `${where} is not configured`);
  if (key.checksum !== undefined && key.checksum !== caKeyChecksum(key)) {
    return odaFault('caKeyChecksum', `${where}: the checksum does not fit the key`);
  }
  if (key.expires !== undefined && key.expires < today) {
    return odaFault('caKeyExpired', `${where} was good until ${key.expires}`);
  }
  const exponent = parseExponent(hex(key.exponent));
  const modulus = hex(key.modulus);
  if (exponent === undefined || modulus.length > maxModulusLength) {
    return odaFault('algorithmNotSupported', `${where} is not an RSA key as EMV has them`);
  }
  return ok({ modulus, exponent });
}

/** Whether an Issuer Public Key certificate is on the certification revocation list (Book 2 §5.1.2). */
export function isRevoked(emv: TerminalEmvData, rid: string, index: string, serial: string): boolean {
  return emv.revokedCertificates.some(
    (revoked) => revoked.rid === rid && revoked.index === index && revoked.serial === serial,
  );
}
