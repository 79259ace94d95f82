/**
 * Requests that name an earlier one instead of a card: void, increment, completion, and the reversal of a request
 * whose outcome is unknown. The PAN is not kept once the first request is encoded, so the host finds the original by
 * DE 41 and 90 (and 37, 38 where it gave them).
 */
import type { EpochMs } from '../../core/base/brand.ts';
import { ok, type Result } from '../../core/base/result.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import type { FollowUpRequest, ReversalRequest } from '../../core/transaction/model.ts';
import {
  acceptor,
  amountFields,
  batchField,
  conditionCodes,
  localTime,
  mtiOf,
  notEncodable,
  optional,
  originalField,
  processingCodes,
  trace,
  type EncodingFault,
  type HostProfile,
} from './profile.ts';

interface Form {
  readonly mti: string;
  readonly processingCode: string;
  /** DE 25. */
  readonly condition: string;
}

function formOf({ operation, original }: FollowUpRequest): Form {
  const { purchase, voidOfDebit, voidOfCredit } = processingCodes;
  if (operation === 'increment') return { mti: '0100', processingCode: purchase, condition: conditionCodes.normal };
  if (operation === 'completion')
    return { mti: '0220', processingCode: purchase, condition: conditionCodes.completion };
  return {
    mti: original.kind === 'preAuthorization' ? '0100' : '0200',
    processingCode: original.kind === 'refund' ? voidOfCredit : voidOfDebit,
    condition: conditionCodes.normal,
  };
}

/** A repeat differs in its MTI only. */
export function followUpRequest(profile: HostProfile, request: FollowUpRequest): Result<Iso8583Message, EncodingFault> {
  const amount = amountFields(request.amount, profile.terminal);
  if (amount === undefined) return notEncodable('the amount does not fit DE 4');
  const { mti, processingCode, condition } = formOf(request);
  const { original } = request;
  return ok(
    new Iso8583Message(mtiOf(mti, request.attempt), [
      [3, processingCode],
      ...amount,
      ...trace(request.stan, request.requestedAt),
      ...localTime(request.requestedAt, profile.terminal),
      [22, request.card.posEntryMode],
      [25, condition],
      ...optional(37, original.rrn),
      ...optional(38, original.approvalCode),
      ...acceptor(profile.terminal),
      ...batchField(profile, request.batch),
      ...originalField(original, original.stan, original.requestedAt),
    ]),
  );
}

/** 0400, and 0401 for every further try. A repeat differs only in its MTI and DE 7, which is `now`. */
export function reversalRequest(
  profile: HostProfile,
  request: ReversalRequest,
  now: EpochMs,
): Result<Iso8583Message, EncodingFault> {
  const amount = amountFields(request.amount, profile.terminal);
  if (amount === undefined) return notEncodable('the amount does not fit DE 4');
  return ok(
    new Iso8583Message(mtiOf('0400', request.attempt), [
      [3, request.kind === 'refund' ? processingCodes.refund : processingCodes.purchase],
      ...amount,
      ...trace(request.originalStan, now),
      ...localTime(request.originalRequestedAt, profile.terminal),
      [22, request.card.posEntryMode],
      [25, conditionCodes.normal],
      ...acceptor(profile.terminal),
      ...batchField(profile, request.batch),
      ...originalField(request, request.originalStan, request.originalRequestedAt),
    ]),
  );
}
