/** Asks a provider what arrived, by order or by account statement, and gives one answer for both. */
import { epochMs, type EpochMs } from '../../core/base/brand.ts';
import type { Clock } from '../../core/base/ports.ts';
import { err, fault, ok, type Result } from '../../core/base/result.ts';
import { findReference } from '../../core/qr/matcher.ts';
import type { ProviderFault, Transfer } from '../../core/transaction/model.ts';
import type { Lookup, ProviderAdapter } from './adapter.ts';
import type { CallOptions, Exchanger } from './exchange.ts';

/** Banks book with clocks of their own. */
const clockMarginMs = 10 * 60_000;
const longestLifeMs = 3_600_000;
/** Longest statement that is asked for, so that an old code costs no more than this. */
const longestWindowMs = 7 * 86_400_000;
const mostPages = 80;

export class LookUp {
  readonly #adapter: ProviderAdapter;
  readonly #exchanger: Exchanger;
  readonly #clock: Clock;

  constructor(adapter: ProviderAdapter, exchanger: Exchanger, clock: Clock) {
    this.#adapter = adapter;
    this.#exchanger = exchanger;
    this.#clock = clock;
  }

  /** Every transfer of an order; by statement those whose memo carries the reference. */
  async order(order: Lookup, options: CallOptions): Promise<Result<readonly Transfer[], ProviderFault>> {
    const { query, statement } = this.#adapter;
    if (query !== undefined) return this.#query(order, options);
    const { reference, expiresAt = this.#clock.now() } = order;
    if (statement === undefined || reference === undefined) {
      return err(fault('refused', `${this.#adapter.name}: there is no such question`, true));
    }
    const all = await this.statement(epochMs(expiresAt - longestLifeMs), options);
    return all.ok ? ok(all.value.filter(({ memo }) => findReference(memo, [reference]) !== undefined)) : all;
  }

  /** What arrived on the account since then, all pages; none of it when a page is missing. */
  async statement(since: EpochMs, options: CallOptions): Promise<Result<readonly Transfer[], ProviderFault>> {
    const { statement, name } = this.#adapter;
    if (statement === undefined) return err(fault('refused', `${name}: has no statement`, true));
    const now = this.#clock.now();
    const from = epochMs(Math.max(since, now - longestWindowMs) - clockMarginMs);
    const to = epochMs(now + clockMarginMs);
    const found = new Map<string, Transfer>();
    for (let page = 1; page <= mostPages; page += 1) {
      const read = await this.#exchanger.ask(statement({ from, to, page }), options);
      if (!read.ok) return read;
      for (const transfer of read.value.transfers) found.set(transfer.providerTransactionId, transfer);
      if (!read.value.more) return ok([...found.values()]);
    }
    return err(fault('badReply', `${name}: a statement of more than ${mostPages} pages`, true));
  }

  async #query(order: Lookup, options: CallOptions): Promise<Result<readonly Transfer[], ProviderFault>> {
    const { query, name } = this.#adapter;
    const parts = query?.(order) ?? err(fault('refused' as const, `${name}: has no query`, true));
    if (!parts.ok) return parts;
    const found = new Map<string, Transfer>();
    for (const part of parts.value) {
      const read = await this.#exchanger.ask(part, options);
      if (!read.ok) return read;
      for (const transfer of read.value) found.set(transfer.providerTransactionId, transfer);
    }
    return ok([...found.values()]);
  }
}
