/**
 * A bank statement feed: any address that lists transfers as JSON or CSV, read by a mapping in the configuration. For banks
 * whose own API is known to the shop only. There are no notices; polling and catch-up find every payment.
 */
import { epochMs, type EpochMs } from '../../../core/base/brand.ts';
import { err, fault, ok, type Result } from '../../../core/base/result.ts';
import type { ProviderFault, Transfer } from '../../../core/transaction/model.ts';
import type { MerchantAccount, ProviderAdapter } from '../adapter.ts';
import type { HttpReply } from '../http-call.ts';
import { parseCsv } from '../csv.ts';
import { dong, printableId, transferTo } from '../reading.ts';
import { plainText } from '../signing.ts';
import { readVietnamTime, spacedTime } from '../vietnam-time.ts';
import { acknowledgeByStatus } from './acknowledge.ts';

export interface BankFeedSettings {
  readonly apiBase: string;
  /** Path and query; `{from}` and `{to}` stand for times, `{account}` for the account, `{page}` for the page from 1. */
  readonly target: string;
  readonly format: 'json' | 'csv';
  /** JSON: dotted path to the list; empty when the answer is the list. */
  readonly list: string;
  /** Dotted paths (JSON) or names of columns (CSV). */
  readonly fields: {
    readonly id: string;
    readonly amount: string;
    readonly memo: string;
    readonly time: string;
    readonly account?: string | undefined;
    /** The payer's account, which is kept masked. */
    readonly payer?: string | undefined;
    /** Where money that left has a positive amount too. */
    readonly direction?: { readonly field: string; readonly incoming: string } | undefined;
  };
  /** Of the answer and of `{from}` and `{to}`. `local`: UTC+7 without a zone. */
  readonly time: 'local' | 'iso' | 'epochMs' | 'epochSeconds';
  /** Between groups of three digits in amounts; empty for none. */
  readonly thousands: '' | ',' | '.';
  /** Rows of a full page: as many mean that there is another. 0: all come at once. */
  readonly pageSize: number;
  /** Header that lets the terminal in, such as `authorization`, and its whole value. */
  readonly authHeader: string;
  readonly authValue: string;
}

const mostRows = 2000;

const bad = (problem: string): { ok: false; fault: ProviderFault } =>
  err(fault('badReply', `bank feed: ${problem}`, true));

export function bankFeedAdapter(settings: BankFeedSettings, merchant: MerchantAccount): ProviderAdapter {
  const { apiBase, target, format, fields, thousands, pageSize, authHeader, authValue } = settings;

  function rowsOf(body: string): Result<readonly unknown[], ProviderFault> {
    if (format === 'csv') {
      const { id, amount: sum, memo, time, account, payer, direction } = fields;
      const needed = [id, sum, memo, time, account, payer, direction?.field].filter((name) => name !== undefined);
      const rows = parseCsv(body, needed);
      return rows === undefined ? bad('not CSV with the columns that are configured') : ok(rows);
    }
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      return bad('not JSON');
    }
    const list = settings.list === '' ? json : at(json, settings.list, format);
    return Array.isArray(list) ? ok(list) : bad(`no list at ${settings.list}`);
  }

  /** Undefined: not an incoming transfer to our account. */
  function transferOf(row: unknown): Result<Transfer | undefined, ProviderFault> {
    const value = (field: string): string => plainText(at(row, field, format)).trim();
    const { direction } = fields;
    if (direction !== undefined && value(direction.field) !== direction.incoming) return ok(undefined);
    if (fields.account !== undefined && value(fields.account) !== merchant.account) return ok(undefined);
    const amount = dong.safeParse(
      thousands === '' ? value(fields.amount) : value(fields.amount).replaceAll(thousands, ''),
    );
    const paidAt = readTime(value(fields.time), settings.time);
    const id = value(fields.id);
    if (!amount.success || paidAt === undefined || !printableId.test(id)) {
      return bad('a row without number, whole amount or time');
    }
    if (amount.data <= 0) return ok(undefined);
    const payer = fields.payer === undefined ? {} : { account: value(fields.payer) || undefined };
    return ok(transferTo(merchant, { id, amount: amount.data, memo: value(fields.memo), paidAt, payer }));
  }

  function read({ status, body }: HttpReply, from: EpochMs, to: EpochMs) {
    if (status !== 200) {
      const kind = status >= 400 && status < 500 && status !== 429 && status !== 408 ? 'refused' : 'badReply';
      return err<ProviderFault>(fault(kind, `bank feed: HTTP status ${status}`, true));
    }
    const rows = rowsOf(body);
    if (!rows.ok) return rows;
    if (rows.value.length > mostRows) return bad(`more than ${mostRows} rows`);
    const transfers: Transfer[] = [];
    for (const row of rows.value) {
      const one = transferOf(row);
      if (!one.ok) return one;
      if (one.value !== undefined && one.value.paidAt >= from && one.value.paidAt <= to) transfers.push(one.value);
    }
    return ok({ transfers, more: pageSize > 0 && rows.value.length >= pageSize });
  }

  return {
    name: 'bank-feed',
    apiBase,
    capabilities: {
      codesFrom: 'terminal',
      canQuery: true,
      canCancel: false,
      canRefund: false,
      pushesNotices: false,
      confirmedBy: 'query',
      unverified: ['everything that the mapping in the configuration says about the feed: pay one small amount first'],
    },
    statement: ({ from, to, page }) => {
      const values: Readonly<Record<string, string>> = {
        from: writeTime(from, settings.time),
        to: writeTime(to, settings.time),
        account: merchant.account,
        page: String(page),
      };
      const filled = target.replaceAll(/\{(from|to|account|page)\}/g, (_all, name: string) =>
        encodeURIComponent(values[name] ?? ''),
      );
      return () => ({
        request: { method: 'GET', target: filled, headers: { [authHeader]: authValue }, body: '' },
        read: (reply) => read(reply, from, to),
      });
    },
    acknowledge: acknowledgeByStatus,
  };
}

/** CSV: the column of that name; JSON: the value at a dotted path. Undefined when there is none. */
function at(row: unknown, field: string, format: 'json' | 'csv'): unknown {
  let value = row;
  for (const key of format === 'csv' ? [field] : field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function readTime(text: string, kind: BankFeedSettings['time']): EpochMs | undefined {
  if (kind === 'local') return readVietnamTime(text);
  if (kind === 'iso') {
    const found = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(found) ? undefined : epochMs(found);
  }
  if (!/^\d{9,14}$/.test(text)) return undefined;
  return epochMs(Number(text) * (kind === 'epochSeconds' ? 1000 : 1));
}

function writeTime(time: EpochMs, kind: BankFeedSettings['time']): string {
  if (kind === 'local') return spacedTime(time);
  if (kind === 'iso') return new Date(time).toISOString();
  return String(kind === 'epochSeconds' ? Math.floor(time / 1000) : time);
}
