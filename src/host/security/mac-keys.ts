/** Where the keys of the link's MACs come from: the one interface that session keys and DUKPT share. */
import type { Fault, Result } from '../../core/base/result.ts';
import type { MacKey } from './message-mac.ts';

/** The keys of one request and its reply, whoever holds them wipes them. */
export interface ExchangeKeys {
  readonly request: MacKey;
  readonly response: MacKey;
  /** DUKPT: the key serial number that tells the host which key it is (DE 63), upper-case hex. */
  readonly ksn?: string;
  wipe(): void;
}

/**
 * - `noKey`: the host has not given one yet.
 * - `exhausted`: all DUKPT keys are used, a new initial key must be loaded.
 * - `notStored`: that a key is used up could not be written down, so it must not be used.
 */
export type MacKeyFault = Fault<'noKey' | 'exhausted' | 'notStored'>;

/** The keys as long as one connection lasts. */
export interface ConnectionKeys {
  /** Present when the host hands out the key (0800 with DE 70 = 161). Takes a TR-31 key block; returns its check value. */
  readonly accept?: (keyBlock: string) => Result<string, Fault<string>>;
  /** For the next request; the caller wipes them. */
  next(): Result<ExchangeKeys, MacKeyFault>;
  wipe(): void;
}

export interface MacKeySource {
  connection(): ConnectionKeys;
  /** Ends the source: nothing secret is left in it. */
  wipe(): void;
}
