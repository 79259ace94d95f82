/** DE 39 of ISO 8583:1987 (§4.3), grouped by what the terminal does with it; which it is depends on what was asked. */

/**
 * Say nothing about the payment, only that it should be asked for later: 19 re-enter, 68 response received too late,
 * 90 cut-over in progress, 91 issuer or switch inoperative, 96 system malfunction.
 */
export const askLater: ReadonlySet<string> = new Set(['19', '68', '90', '91', '96']);

/**
 * Approve, but not in a way this terminal can carry out: 08 honour with identification, 10 part of the amount, 11 VIP,
 * 16 update track 3. The host holds money, or may well.
 */
export const approvalsNotHonoured: ReadonlySet<string> = new Set(['08', '10', '11', '16']);

/** The host holds money, or may well, whether or not the terminal can carry it out. */
export function isAnyApproval(responseCode: string): boolean {
  return responseCode === '00' || approvalsNotHonoured.has(responseCode);
}

/** Find fault with the message and not with the payment: no repeat can change that, a person has to look. */
const faultWithMessage: ReadonlySet<string> = new Set(['12', '13', '25', '30', '58', '88', '94']);

/** How the host answered something that is delivered, not asked: for good, or not yet, or so that a person is needed. */
export function verdictOf(responseCode: string): 'accepted' | 'declined' | 'later' | 'notUnderstood' {
  if (responseCode === '00') return 'accepted';
  if (askLater.has(responseCode)) return 'later';
  return faultWithMessage.has(responseCode) || approvalsNotHonoured.has(responseCode) ? 'notUnderstood' : 'declined';
}
