/** What a relay that was given a provider's secret turns away, and what it leaves to the terminal. */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../core/base/brand.ts';
import type { Webhook } from '../../relay/notice-content.ts';
import { providers, type Provider } from '../../relay/provider-answers.ts';
import { noticeGuards } from './guards.ts';

const at = epochMs(1_790_000_000_000);
const secret = Buffer.from('a notice secret of the shop');
const webhook = (changes: Partial<Webhook>): Webhook => ({
  method: 'POST',
  path: '/',
  headers: {},
  body: Buffer.from('{}'),
  ...changes,
});
const problem = (provider: Provider, changes: Partial<Webhook>): string | undefined =>
  noticeGuards[provider]?.problem(webhook(changes), secret, at);

const hmac = (hash: string, text: string): string => createHmac(hash, secret).update(text).digest('hex');

const payos = (signature: string) =>
  Buffer.from(JSON.stringify({ code: '00', desc: 'success', success: true, data: { amount: 3000 }, signature }));
const notice = (authorization: string) => webhook({ path: '/bank/api/transaction-sync', headers: { authorization } });

describe('noticeGuards', () => {
  it('SePay: a signature made now passes, another or an old one does not', () => {
    const body = Buffer.from('{"id":1,"transferType":"in"}');
    const signed = (time: number) => ({
      'x-sepay-timestamp': String(time),
      'x-sepay-signature': `sha256=${hmac('sha256', `${time}.${body.toString()}`)}`,
    });
    expect(problem('sepay', { body, headers: signed(at / 1000) })).toBeUndefined();
    expect(problem('sepay', { body, headers: signed(at / 1000 - 3600) })).toBe('stale');
    expect(problem('sepay', { body: Buffer.from('{"id":2}'), headers: signed(at / 1000) })).toBe('signature');
    expect(problem('sepay', { body })).toBe('signature');
  });

  it('ZaloPay and payOS: signed within the body', () => {
    const data = '{"app_id":1}';
    const zalopay = (mac: string) => Buffer.from(JSON.stringify({ data, mac, type: 1 }));
    expect(problem('zalopay', { body: zalopay(hmac('sha256', data)) })).toBeUndefined();
    expect(problem('zalopay', { body: zalopay(hmac('sha256', `${data} `)) })).toBe('signature');
    expect(problem('payos', { body: payos(hmac('sha256', 'amount=3000')) })).toBeUndefined();
    expect(problem('payos', { body: payos(hmac('sha256', 'amount=3001')) })).toBe('signature');
  });

  it('VNPAY: signed within the query', () => {
    const query = 'vnp_Amount=4500000&vnp_TmnCode=SHOP';
    const path = (hash: string): string => `/?${query}&vnp_SecureHash=${hash}`;
    expect(problem('vnpay', { method: 'GET', path: path(hmac('sha512', query)) })).toBeUndefined();
    expect(problem('vnpay', { method: 'GET', path: path(hmac('sha512', 'vnp_Amount=1')) })).toBe('signature');
  });

  it('VietQR.vn: hands out a token for user name and password, and takes notices that show it', () => {
    const credentials = Buffer.from('chamshop:and its password');
    const guard = noticeGuards['vietqr-vn'];
    const ask = (basic: string) =>
      guard?.answer?.(
        webhook({ path: '/api/token_generate', headers: { authorization: `Basic ${btoa(basic)}` } }),
        credentials,
        at,
      );
    expect(ask('chamshop:wrong')).toMatchObject({ status: 401 });
    const given = ask('chamshop:and its password');
    expect(given).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 300 } });
    const token = String(given?.body?.['access_token']);
    expect(guard?.answer?.(notice(`Bearer ${token}`), credentials, at)).toBeUndefined();
    expect(guard?.problem(notice(`Bearer ${token}`), credentials, at)).toBeUndefined();
    expect(guard?.problem(notice(`Bearer ${token}`), credentials, epochMs(at + 300_001))).toBe('stale');
    expect(guard?.problem(notice('Bearer made.up'), credentials, at)).toBe('signature');
  });

  it('what is signed and not understood is left to the terminal, which may be newer', () => {
    const data = '"not as documented"';
    const body = Buffer.from(JSON.stringify({ data, mac: hmac('sha256', data), type: 1 }));
    expect(problem('zalopay', { body })).toBeUndefined();
  });

  it('an unsigned notice passes no guard', () => {
    const guarded = providers.filter((provider) => noticeGuards[provider] !== undefined);
    expect(guarded).toEqual(['payos', 'sepay', 'casso', 'vietqr-vn', 'zalopay', 'vnpay', 'training']);
    const bare: Readonly<Partial<Record<Provider, Partial<Webhook>>>> = {
      payos: { body: Buffer.from('{"code":"00","desc":"","data":{},"signature":""}') },
      zalopay: { body: Buffer.from('{"data":"{}","mac":"","type":1}') },
      vnpay: { method: 'GET', path: '/?vnp_Amount=1' },
      'vietqr-vn': { path: '/bank/api/transaction-sync' },
    };
    for (const provider of guarded) expect(problem(provider, bare[provider] ?? {}), provider).toBe('signature');
  });
});
