/** Why offline data authentication failed: one kind for each check of EMV 4.4 Book 2 §5, §6 and §7. */
import { err, type Fault, type Result } from '../../base/result.ts';

/**
 * - `dataMissing`: the card gave not all the objects that the method needs; the caller sets "ICC data missing".
 * - `certificateFormat`, `signatureFormat`: length, header, format, trailer or a field that cannot be.
 * - `panMismatch`: the certificate is another card's, or another issuer's.
 * - `staticDataUnusable`: what the card signed cannot be put together (Book 3 §10.3).
 * - `algorithmNotSupported`: an algorithm indicator other than 01 (RSA, SHA-1), or an exponent that EMV does not have.
 * - `cidMismatch`, `transactionDataMismatch`: CDA signed another decision or other data than were exchanged.
 */
export type OdaFault = Fault<
  | 'dataMissing'
  | 'caKeyMissing'
  | 'caKeyExpired'
  | 'caKeyChecksum'
  | 'algorithmNotSupported'
  | 'certificateFormat'
  | 'certificateHash'
  | 'certificateExpired'
  | 'certificateRevoked'
  | 'panMismatch'
  | 'staticDataUnusable'
  | 'signatureFormat'
  | 'signatureHash'
  | 'cidMismatch'
  | 'transactionDataMismatch'
>;

/** `detail` names the object and the check, and never repeats bytes of the card. */
export function odaFault(kind: OdaFault['kind'], detail: string): Result<never, OdaFault> {
  return err({ kind, detail, retrySafe: true });
}
