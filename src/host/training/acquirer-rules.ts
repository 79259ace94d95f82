/**
 * How the training acquirer decides: which elements a request must carry, and which cards and amounts it
 * declines. Response codes: ISO 8583:1987, DE 39.
 */
import type { Money } from '../../core/base/money.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import { fromHostAmount } from '../acquirer/amount.ts';

export const approved = '00';
export const invalidTransaction = '12';
export const formatError = '30';
/** The answer to an original that was reversed, or whose reversal overtook it: its trace number is used up. */
export const duplicateTransmission = '94';
export const systemMalfunction = '96';
const invalidAmount = '13';

/** A declared test card (config/simulated/cards.json) that never has any money. */
const emptyCard = '3569990010095841';

/**
 * Amounts to practise declines with, by the last three digits of the minor units. Prices in đồng end in 000 or
 * 500, so none of these is met by accident.
 */
const declinedAmounts: ReadonlyMap<number, string> = new Map([
  [5, '05'], // do not honour
  [51, '51'], // not sufficient funds
  [54, '54'], // expired card
  [91, '91'], // issuer or switch inoperative
]);

/** Besides these, a financial request names its card by DE 2 or 35. */
const requiredInFinancial = [3, 4, 7, 11, 12, 13, 22, 25, 41, 42, 49];
const requiredInReversal = [3, 4, 11, 12, 13, 41, 42, 49, 90];

/** DE 3 of a purchase. */
const purchase = '000000';

/** What identifies one financial request, however often and in whatever order its messages arrive. */
export interface FinancialRequest {
  readonly key: string;
  readonly stan: number;
  readonly terminalId: string;
  readonly amount: Money;
}

/** The response code to refuse with, or the request understood. DE 7 of the original comes from DE 90 in a reversal. */
export function readFinancial(
  message: Iso8583Message,
  kind: 'request' | 'reversal',
  amountExponent: number | undefined,
): FinancialRequest | { readonly refuse: string } {
  const required = kind === 'request' ? requiredInFinancial : requiredInReversal;
  if (!required.every((element) => message.has(element))) return { refuse: formatError };
  if (kind === 'request' && !message.has(2) && !message.has(35)) return { refuse: formatError };
  const text = (element: number): string => message.text(element) ?? '';
  if (text(3) !== purchase) return { refuse: invalidTransaction };
  const amount = fromHostAmount(text(4), text(49), amountExponent);
  if (amount === undefined || amount.minorUnits === 0) return { refuse: invalidAmount };
  const original = text(90);
  const transmitted = kind === 'request' ? text(7) : original.slice(10, 20);
  const stan = kind === 'request' ? text(11) : original.slice(4, 10);
  const terminalId = text(41).trimEnd();
  return {
    key: [terminalId, stan, transmitted, text(13), text(12), text(4), text(49)].join('/'),
    stan: Number(stan),
    terminalId,
    amount,
  };
}

/** DE 39 for a request that is well formed and not yet known. */
export function decide(request: FinancialRequest, pan: Uint8Array): string {
  if (pan.length === emptyCard.length && pan.every((digit, index) => digit === emptyCard.charCodeAt(index)))
    return '51';
  return declinedAmounts.get(request.amount.minorUnits % 1000) ?? approved;
}

/** The card's digits, from DE 2 or the front of DE 35. Not copied where possible; wiped with the message. */
export function panOf(message: Iso8583Message): Uint8Array {
  const pan = message.bytes(2);
  if (pan !== undefined) return pan;
  const track2 = message.bytes(35) ?? new Uint8Array(0);
  const end = track2.findIndex((symbol) => symbol < 0x30 || symbol > 0x39);
  return track2.subarray(0, end === -1 ? track2.length : end);
}
