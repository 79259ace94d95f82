/**
 * Settlement with the host: the totals of a closed batch (0500), and the batch itself, entry by entry (0320), when
 * host and terminal count differently.
 */
import { money, numericCode, type CurrencyCode } from '../../core/base/money.ts';
import { ok, type Result } from '../../core/base/result.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import type {
  HostTotals,
  ReconciliationReply,
  ReconciliationRequest,
  Tally,
  UploadRequest,
} from '../../core/transaction/model.ts';
import { fromHostSum, toHostSum } from './amount.ts';
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
  type Fields,
  type HostProfile,
  type TerminalIdentity,
} from './profile.ts';
import { badReply, type ReplyFault } from './replies.ts';

/** DE 3 of a 0500. */
const closing = '920000';
const closingAfterUpload = '960000';

/** DE 66 of a 0510. */
const outOfBalance = '2';

/** DE 74 to 77 (n10) and 86 to 89 (n16). */
const columns = [
  { tally: 'credits', count: 74, sum: 86 },
  { tally: 'creditReversals', count: 75, sum: 87 },
  { tally: 'debits', count: 76, sum: 88 },
  { tally: 'debitReversals', count: 77, sum: 89 },
] as const;

/**
 * 0500, 0501. DE 97 is what the merchant is due: debits less their reversals, less credits net of theirs. `C`: the
 * merchant is credited (also when nothing is due); `D`: refunds exceed sales, so the merchant is debited.
 */
export function reconciliationRequest(
  profile: HostProfile,
  request: ReconciliationRequest,
): Result<Iso8583Message, EncodingFault> {
  const { terminal } = profile;
  const totals = totalsFields(request.totals, terminal);
  if (totals === undefined) return notEncodable('the totals do not fit their elements');
  return ok(
    new Iso8583Message(mtiOf('0500', request.attempt), [
      [3, request.afterUpload ? closingAfterUpload : closing],
      ...trace(request.stan, request.requestedAt),
      ...localTime(request.requestedAt, terminal),
      ...acceptor(terminal),
      [49, numericCode(request.totals.currency)],
      ...batchField(profile, request.batch),
      ...totals,
    ]),
  );
}

function totalsFields(totals: HostTotals, terminal: TerminalIdentity): Fields | undefined {
  const sum = (minorUnits: number) => toHostSum(money(minorUnits, totals.currency), terminal.amountExponent);
  const fields: (readonly [number, string])[] = [];
  for (const { tally, count, sum: sumElement } of columns) {
    const { count: entries, minorUnits } = totals[tally];
    const digits = sum(minorUnits);
    if (digits === undefined || entries > 9_999_999_999) return undefined;
    fields.push([count, String(entries).padStart(10, '0')], [sumElement, digits]);
  }
  const { debits, debitReversals, credits, creditReversals } = totals;
  const net = debits.minorUnits - debitReversals.minorUnits - (credits.minorUnits - creditReversals.minorUnits);
  const digits = sum(Math.abs(net));
  return digits === undefined ? undefined : [...fields, [97, `${net < 0 ? 'D' : 'C'}${digits}`]];
}

/** The host's own totals are taken when all eight elements are there. */
export function readReconciliationReply(
  profile: HostProfile,
  request: ReconciliationRequest,
  reply: Iso8583Message,
): Result<ReconciliationReply, ReplyFault> {
  const responseCode = reply.text(39);
  if (responseCode === undefined) return badReply('it has no DE 39');
  if (responseCode === '00' && reply.text(66) === outOfBalance) return badReply('DE 39 and 66 contradict each other');
  const { currency } = request.totals;
  const replyCurrency = reply.text(49);
  if (replyCurrency !== undefined && replyCurrency !== numericCode(currency)) {
    return badReply('DE 49 is not the currency asked for');
  }
  if (!columns.every(({ count, sum }) => reply.has(count) && reply.has(sum))) return ok({ responseCode });
  const hostTotals = readTotals(reply, currency, profile.terminal);
  return hostTotals === undefined ? badReply('its totals cannot be read') : ok({ responseCode, hostTotals });
}

function readTotals(reply: Iso8583Message, currency: CurrencyCode, terminal: TerminalIdentity): HostTotals | undefined {
  const read = (count: number, sum: number): Tally | undefined => {
    const total = fromHostSum(reply.text(sum) ?? '', currency, terminal.amountExponent);
    const entries = reply.text(count) ?? '';
    if (total === undefined || !/^\d{10}$/.test(entries)) return undefined;
    return { count: Number(entries), minorUnits: total.minorUnits };
  };
  const [credits, creditReversals, debits, debitReversals] = columns.map(({ count, sum }) => read(count, sum));
  if (credits === undefined || creditReversals === undefined) return undefined;
  if (debits === undefined || debitReversals === undefined) return undefined;
  return { currency, debits, debitReversals, credits, creditReversals };
}

/** 0320, 0321. DE 7 and 11 are this message's, DE 12 and 13 the entry's, and DE 90 names the entry's request. */
export function uploadRequest(profile: HostProfile, request: UploadRequest): Result<Iso8583Message, EncodingFault> {
  const { entry } = request;
  const amount = amountFields(entry.amount, profile.terminal);
  if (amount === undefined) return notEncodable('the amount does not fit DE 4');
  return ok(
    new Iso8583Message(mtiOf('0320', request.attempt), [
      [3, entry.kind === 'refund' ? processingCodes.refund : processingCodes.purchase],
      ...amount,
      ...trace(request.stan, request.requestedAt),
      ...localTime(entry.requestedAt, profile.terminal),
      [22, entry.posEntryMode],
      [25, entry.kind === 'completion' ? conditionCodes.completion : conditionCodes.normal],
      ...optional(37, entry.rrn),
      ...optional(38, entry.approvalCode),
      ...acceptor(profile.terminal),
      ...batchField(profile, request.batch),
      ...originalField(entry, entry.stan, entry.requestedAt),
    ]),
  );
}
