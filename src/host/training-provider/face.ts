/**
 * What makes the training service look like one provider: its addresses, its messages and its signatures, written from the
 * provider's documents and not from the terminal's adapter. The service (training-service.ts) keeps the book and misbehaves.
 */
import { createHmac } from 'node:crypto';
import type { EpochMs } from '../../core/base/brand.ts';
import type { MerchantAccount } from '../qr/adapter.ts';
import type { ServiceReply, ServiceRequest } from '../qr/http-service.ts';
import type { OutgoingNotice, Post } from './notice-sender.ts';

export interface Ordered {
  /** The merchant's name of the order, as this provider knows it. */
  readonly key: string;
  readonly reference: string;
  readonly amount: number;
  readonly noticeUrl: string | undefined;
  readonly createdAt: EpochMs;
  /** What has to be given back with answers and notices. */
  readonly extra: Readonly<Record<string, string>>;
  cancelled: boolean;
}

export interface Paid {
  readonly id: string;
  /** Of the order; undefined for a transfer that names none. */
  readonly key: string | undefined;
  readonly amount: number;
  readonly memo: string;
  readonly paidAt: EpochMs;
  readonly account: string;
  /** The payer's, whole: what providers that name it send. */
  readonly payer: { readonly account: string; readonly bank: string; readonly name: string };
}

export interface Refunded {
  readonly refundId: string;
  readonly transferId: string;
  readonly amount: number;
  readonly id: string;
}

/** The book, as a face sees it. */
export interface Bank {
  readonly merchant: MerchantAccount;
  now(): EpochMs;
  order(key: string): Ordered | undefined;
  /** False when another order has that name. */
  add(order: Omit<Ordered, 'createdAt' | 'cancelled'>): boolean;
  paidFor(key: string): readonly Paid[];
  transfers(): readonly Paid[];
  refunds(): readonly Refunded[];
  /** A refund of that name is known already, or more is asked for than was paid: false. */
  refund(refund: Omit<Refunded, 'id'>): boolean;
  /** Text of a code that a payer could scan. */
  code(reference: string, amount: number): string;
}

export interface Face {
  /** Below the host: what the terminal's apiBase ends with. */
  readonly base: string;
  /** Transfers are numbered, or have letters too. */
  readonly numbered: boolean;
  /** False: it sees transfers only. */
  readonly knowsOrders: boolean;
  handle(request: ServiceRequest, bank: Bank): ServiceReply;
  /** Left out: this provider sends no notices. True when it was acknowledged as this provider wants it. */
  readonly tell?: (post: Post, told: Told) => Promise<boolean>;
}

export interface Told {
  readonly paid: Paid;
  readonly order: Ordered | undefined;
  readonly url: string;
  readonly bank: Bank;
  /** Sign with a key that is not the right one. */
  readonly badSignature: boolean;
}

export function hmac(hash: 'sha256' | 'sha512', key: string, text: string | Uint8Array): string {
  return createHmac(hash, key).update(text).digest('hex');
}

/** A key as good as the right one, and not it. */
export function keyFor(key: string, bad: boolean): string {
  return bad ? `not ${key}` : key;
}

export function jsonNotice(
  url: string,
  content: unknown,
  headers: Readonly<Record<string, string>> = {},
): OutgoingNotice {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(content),
  };
}

/** Of a request; undefined when it is none. */
export function jsonOf(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function reply(body: ServiceReply['body'], status = 200): ServiceReply {
  return { status, ...(body === undefined ? {} : { body }) };
}

export function fieldText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** `yyyy-MM-dd HH:mm:ss` in Vietnam. */
export function localTime(at: EpochMs): string {
  return new Date(at + 25_200_000).toISOString().slice(0, 19).replace('T', ' ');
}
