/** Reads what providers answer and send: JSON of an expected shape, whole đồng, memos without card numbers. */
import * as z from 'zod';
import { epochMs, type EpochMs } from '../../core/base/brand.ts';
import { money } from '../../core/base/money.ts';
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import type { ProviderFault, Transfer } from '../../core/transaction/model.ts';
import { findReference } from '../../core/qr/matcher.ts';
import type { ApiRequest, MerchantAccount, NoticeFault } from './adapter.ts';
import type { HttpReply } from './http-call.ts';
import { maskCardNumbers, parseMessage } from './provider-messages.ts';
import { readVietnamTime } from './vietnam-time.ts';

const maxAmount = 999_999_999_999;

/** Whole đồng as a number or decimal text; `.0` and `.00` behind it are allowed, a part of a đồng is not. */
export const dong = z
  .union([z.number(), z.string().regex(/^-?\d{1,15}(\.0{1,2})?$/)])
  .transform(Number)
  .pipe(z.int().min(-maxAmount).max(maxAmount));

/** Numbers and texts alike, as text. */
export const textOrNumber = z.union([z.string(), z.int().transform(String)]);

export const printableId = /^[\x21-\x7e]{1,64}$/;

/** Left out, null and empty are the same. */
export const maybeText = textOrNumber.nullish().transform((text) => (text === '' ? undefined : (text ?? undefined)));

export const vietnamTime = z.string().transform((text, context): EpochMs => {
  const at = readVietnamTime(text);
  if (at !== undefined) return at;
  context.addIssue({ code: 'custom', message: 'not a local time' });
  return z.NEVER;
});

/** A 200 of the expected shape. What is worth another attempt is `noReply` or `badReply`; a clear no is `refused`. */
export function readJson<S extends z.ZodType>(
  schema: S,
  reply: HttpReply,
  what: string,
): Result<z.output<S>, ProviderFault> {
  const { status, body } = reply;
  if (status === 408 || status === 425 || status === 429) {
    return err(fault('noReply', `${what}: asked to come later, HTTP status ${status}`, true));
  }
  if (status < 200 || status > 299) {
    return err(fault(status >= 400 && status < 500 ? 'refused' : 'badReply', `${what}: HTTP status ${status}`, true));
  }
  const parsed = parseMessage(schema, body);
  return parsed.ok ? ok(parsed.message) : err(fault('badReply', `${what}: ${parsed.problem}`, true));
}

/** A provider's own no, by its code. */
export function refusal(what: string, code: unknown): { readonly ok: false; readonly fault: ProviderFault } {
  return err(fault('refused', `${what}: code ${String(code).slice(0, 20)}`, true));
}

export function noticeFault(
  kind: NoticeFault['kind'],
  detail: string,
): { readonly ok: false; readonly fault: NoticeFault } {
  return err(fault(kind, detail, false));
}

export function noticeJson<S extends z.ZodType>(schema: S, body: Uint8Array): Result<z.output<S>, NoticeFault> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return noticeFault('malformed', 'not UTF-8');
  }
  const parsed = parseMessage(schema, text);
  return parsed.ok ? ok(parsed.message) : noticeFault('malformed', parsed.problem);
}

export interface Arrived {
  readonly id: string;
  readonly amount: number;
  readonly memo: string;
  readonly paidAt: EpochMs;
  /** Where the provider says for which order it is: put in front of a memo that has lost it. */
  readonly reference?: string | undefined;
  readonly payer?: CounterAccount;
}

/** Where the money came from, as far as the provider tells it. */
export interface CounterAccount {
  /** The number, whole or masked. */
  readonly account?: string | undefined;
  readonly bank?: string | undefined;
  readonly name?: string | undefined;
}

/** Numbers that are shorter are not looked for in memos: they would be found in other words. */
const shortestNumber = 6;

/** Four digits at most, and never half of a number. */
function maskedAccount(account: string): string {
  const plain = account.replaceAll(/[^A-Za-z0-9]/g, '');
  const shown = /\*\*/.test(account) ? 4 : Math.min(4, Math.floor(plain.length / 2));
  return shown === 0 ? '******' : `******${plain.slice(-shown)}`;
}

/** For people who give the money back: the account masked, then bank and name where they are told. */
export function maskedPayer({ account, bank, name }: CounterAccount): string | undefined {
  const number = account === undefined || /^[^A-Za-z0-9]*$/.test(account) ? undefined : maskedAccount(account);
  const words = [bank, name].map((word) => plainWords(word, account));
  const told = [number, ...words].filter((part) => part !== undefined && part !== '');
  return told.length === 0 ? undefined : told.join(' ');
}

function plainWords(text: string | undefined, account: string | undefined): string | undefined {
  const words = text?.replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return words === undefined ? undefined : withoutAccount(maskCardNumbers(words), account).slice(0, 60);
}

/** Banks write the payer's account into the memo, too. */
function withoutAccount(text: string, account: string | undefined): string {
  if (account === undefined || account.length < shortestNumber || !/^[A-Za-z0-9]+$/.test(account)) return text;
  return text.replaceAll(account, maskedAccount(account));
}

/** An incoming transfer to the merchant's account. */
export function transferTo(
  merchant: MerchantAccount,
  { id, amount, memo, paidAt, reference, payer: counter = {} }: Arrived,
): Transfer {
  const words = withoutAccount(maskCardNumbers(memo), counter.account).slice(0, 400);
  const payer = maskedPayer(counter);
  const lost = reference !== undefined && findReference(words, [reference]) === undefined;
  return {
    providerTransactionId: id,
    bankBin: merchant.bankBin,
    account: merchant.account,
    amount: money(amount, 'VND'),
    memo: lost ? `${reference} ${words}`.trimEnd() : words,
    paidAt: epochMs(paidAt),
    ...(payer === undefined ? {} : { payer }),
  };
}

export function jsonRequest(method: ApiRequest['method'], target: string, content?: unknown, headers = {}): ApiRequest {
  const body = content === undefined ? '' : JSON.stringify(content);
  return { method, target, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** Skew of clocks that is tolerated before a signed time counts as stale. */
export const maxSkewMs = 5 * 60_000;
