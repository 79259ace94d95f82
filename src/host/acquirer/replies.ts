/**
 * Replies: which request one belongs to, and what it says. What comes from outside is believed only as far as it
 * agrees with what was asked.
 */
import { numericCode, type Money } from '../../core/base/money.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { readIccElement } from '../../core/iso8583/icc-data.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import type { AuthorizationReply, LateReply } from '../../core/transaction/model.ts';
import { fromHostAmount, toHostAmount } from './amount.ts';
import type { TerminalIdentity } from './profile.ts';

/** The fault says what is wrong with a reply that reached us whole. */
export type ReplyFault = Fault<'badReply'>;

const partialApproval = '10';

export function badReply(reason: string): { readonly ok: false; readonly fault: ReplyFault } {
  return err(fault('badReply', `the reply cannot be trusted: ${reason}`, false));
}

/**
 * What ties a reply to its request: version, class and the trace of DE 11 and 41. Both sides of an exchange give
 * the same key (0200 or 0201 and 0210; 0220 and 0230; 0400 or 0401 and 0410), and requests never match requests.
 */
export function exchangeKey(message: Iso8583Message, direction: 'request' | 'reply'): string | undefined {
  const stan = message.text(11);
  const terminalId = message.text(41);
  // Third digit: 0 request, 2 advice; the reply to each is one higher.
  const role = Number(message.mti.charAt(2)) % 2 === 0 ? 'request' : 'reply';
  if (role !== direction || stan === undefined || terminalId === undefined) return undefined;
  return `${message.mti.slice(0, 2)} ${stan} ${terminalId.trimEnd()}`;
}

/** For every request that a card or an earlier request of a card stands behind; `asked` is its DE 4. */
export function readAuthorizationReply(
  terminal: TerminalIdentity,
  asked: Money,
  reply: Iso8583Message,
): Result<AuthorizationReply, ReplyFault> {
  const responseCode = reply.text(39);
  if (responseCode === undefined) return badReply('it has no DE 39');
  const currency = reply.text(49);
  if (currency !== undefined && currency !== numericCode(asked.currency)) {
    return badReply('DE 49 is not the currency asked for');
  }
  const amount = reply.text(4);
  const partial = responseCode === partialApproval;
  // A host that answers for another amount must not be booked as asked.
  if (!partial && amount !== undefined && amount !== toHostAmount(asked, terminal.amountExponent)) {
    return badReply('DE 4 is not the amount asked for');
  }
  const approvedAmount = partial
    ? fromHostAmount(amount ?? '', numericCode(asked.currency), terminal.amountExponent)
    : undefined;
  if (partial && (approvedAmount === undefined || approvedAmount.minorUnits >= asked.minorUnits)) {
    return badReply('it approves in part, but DE 4 is not a part of the amount asked for');
  }
  if (approvedAmount?.minorUnits === 0) return badReply('it approves nothing');
  const icc = readIccElement(reply);
  if (icc === null) return badReply('DE 55 is not hexadecimal');
  return ok(replyOf(reply, responseCode, icc, approvedAmount));
}

/** Of a reversal or an upload: DE 39 is all it says. */
export function readPlainReply(reply: Iso8583Message): Result<{ readonly responseCode: string }, ReplyFault> {
  const responseCode = reply.text(39);
  return responseCode === undefined ? badReply('it has no DE 39') : ok({ responseCode });
}

/**
 * A reply to an authorisation or a financial request (01xx, 02xx) that nobody waits for, read without its request:
 * what cannot be read is left out. Undefined when it is no such reply, or not this terminal's.
 */
export function readLateReply(terminal: TerminalIdentity, reply: Iso8583Message): LateReply | undefined {
  if (!/^0[12][13]0$/.test(reply.mti)) return undefined;
  const responseCode = reply.text(39);
  const stan = Number(reply.text(11) ?? 0);
  if (responseCode === undefined || !(stan > 0) || reply.text(41)?.trimEnd() !== terminal.terminalId) return undefined;
  const approvedAmount =
    responseCode === partialApproval
      ? fromHostAmount(reply.text(4) ?? '', reply.text(49) ?? '', terminal.amountExponent)
      : undefined;
  return { stan, reply: replyOf(reply, responseCode, readIccElement(reply) ?? undefined, approvedAmount) };
}

function replyOf(
  reply: Iso8583Message,
  responseCode: string,
  iccData: string | undefined,
  approvedAmount: Money | undefined,
): AuthorizationReply {
  const approvalCode = nonBlank(reply.text(38));
  const rrn = nonBlank(reply.text(37));
  return {
    responseCode,
    ...(approvalCode === undefined ? {} : { approvalCode }),
    ...(rrn === undefined ? {} : { rrn }),
    ...(iccData === undefined ? {} : { iccData }),
    ...(approvedAmount === undefined ? {} : { approvedAmount }),
  };
}

function nonBlank(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
