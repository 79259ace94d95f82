/**
 * What is being done, and where, in the words that the tables of the Books use: purchase, cash, cashback, unattended,
 * at an ATM. EMV 4.4 Book 3 §10.4.2 and Annex C3, Book 4 Annex A1.
 */
import { equalBytes, toHex } from '../../base/bytes.ts';
import type { TransactionData } from '../transaction-data.ts';

export interface Situation {
  /** Transaction Type (9C) is a purchase of goods or services, with cashback or without. */
  readonly purchase: boolean;
  readonly cash: boolean;
  readonly cashback: boolean;
  readonly unattended: boolean;
  readonly atm: boolean;
}

/** Transaction Types: the first two digits of an ISO 8583:1987 processing code (Book 3 Annex A1). */
const type = {
  goodsAndServices: 0x00,
  cash: 0x01,
  goodsWithCashback: 0x09,
  // Mastercard's code for cash at a counter; Book C-2 counts it as cash beside 01.
  cashDisbursement: 0x17,
} as const;

export function situationOf(data: TransactionData): Situation {
  const transactionType = data.byte('9C', 1);
  const terminalType = data.byte('9F35', 1);
  const environment = terminalType & 0x0f;
  const unattended = environment >= 4 && environment <= 6;
  const purchase = transactionType === type.goodsAndServices || transactionType === type.goodsWithCashback;
  return {
    purchase,
    cash: transactionType === type.cash || transactionType === type.cashDisbursement,
    // Amount, Other is a cashback amount (Annex A1); of a refund or an inquiry it is none.
    cashback: purchase && (transactionType === type.goodsWithCashback || (amount(data, '9F03', '9F04') ?? 0) > 0),
    unattended,
    // Book 4 Annex A1: types 14, 15 and 16 that can hand out cash.
    atm: terminalType >> 4 === 1 && unattended && data.bit('9F40', 1, 8),
  };
}

/** Amount, Authorised, in minor units: 9F02, else 81; it includes a cashback amount (Book 4 §6.5.1). */
export function amountAuthorised(data: TransactionData): number | undefined {
  return amount(data, '9F02', '81');
}

function amount(data: TransactionData, numericTag: string, binaryTag: string): number | undefined {
  const numeric = data.terminal.get(numericTag);
  if (numeric !== undefined) {
    const digits = toHex(numeric);
    return /^\d{12}$/.test(digits) ? Number(digits) : undefined;
  }
  const binary = data.terminal.get(binaryTag);
  return binary?.length === 4 ? new DataView(binary.buffer, binary.byteOffset).getUint32(0) : undefined;
}

/** Whether the terminal's object has this value; what the terminal does not have is equal to nothing. */
export function terminalHas(data: TransactionData, tag: string, value: Uint8Array): boolean {
  const own = data.terminal.get(tag);
  return own !== undefined && equalBytes(own, value);
}
