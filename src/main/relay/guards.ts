/**
 * Which providers' notices a relay can check itself when its operator gives it the provider's notice secret: by the same
 * adapters that the terminal has, set up for a shop that there is not. Only what is not signed, or not signed now, is
 * turned away; whether a notice is about this shop and what it says is the terminal's business.
 *
 * VietQR.vn asks for a token before it sends notices and shows that instead of a signature, so its relay needs the secret:
 * user name and password, `name:password`, in one line.
 */
import type { Result } from '../../core/base/result.ts';
import type { MerchantAccount, Notice, NoticeFault, ProviderAdapter } from '../../host/qr/adapter.ts';
import { cassoAdapter } from '../../host/qr/adapters/casso.ts';
import { chamAdapter } from '../../host/qr/adapters/cham.ts';
import { payosAdapter } from '../../host/qr/adapters/payos.ts';
import { sepayAdapter } from '../../host/qr/adapters/sepay.ts';
import { vietqrVnAdapter } from '../../host/qr/adapters/vietqr-vn.ts';
import { vnpayAdapter } from '../../host/qr/adapters/vnpay.ts';
import { zalopayAdapter } from '../../host/qr/adapters/zalopay.ts';
import type { RawNotice } from '../../host/qr/notice-source.ts';
import type { NoticeGuard, NoticeGuards } from '../../relay/hooks.ts';
import type { Webhook } from '../../relay/notice-content.ts';
import type { EpochMs } from '../../core/base/brand.ts';

const nobody: MerchantAccount = { bankBin: '000000', account: '0', name: '' };
/** Never called: a relay asks nobody. */
const apiBase = 'https://relay.invalid';

type Adapter = Pick<ProviderAdapter, 'notice' | 'answer'>;

function guard(adapterOf: (secret: string) => Adapter): NoticeGuard {
  return {
    problem: (webhook, secret, receivedAt) => {
      const judged = adapterOf(textOf(secret)).notice?.(rawOf(webhook, receivedAt));
      return judged === undefined ? undefined : notProven(judged);
    },
  };
}

function notProven(judged: Result<Notice, NoticeFault>): string | undefined {
  if (judged.ok) return undefined;
  const { kind } = judged.fault;
  return kind === 'signature' || kind === 'stale' ? kind : undefined;
}

function rawOf(webhook: Webhook, receivedAt: EpochMs): RawNotice {
  return { ...webhook, id: '', receivedAt };
}

function textOf(secret: Uint8Array): string {
  return Buffer.from(secret).toString('utf8');
}

function vietqr(secret: string): ProviderAdapter {
  const [noticeUsername = '', ...rest] = secret.split(':');
  const settings = { apiBase, bankCode: '', username: '', password: '', noticeUsername };
  return vietqrVnAdapter({ ...settings, noticePassword: rest.join(':') }, nobody);
}

function isRecord(body: unknown): body is Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

export const noticeGuards: NoticeGuards = {
  training: guard((secret) => chamAdapter({ apiBase, secret: Buffer.from(secret) }, nobody)),
  payos: guard((checksumKey) => payosAdapter({ apiBase, clientId: '', apiKey: '', checksumKey }, nobody)),
  sepay: guard((webhookKey) => sepayAdapter({ apiBase, apiToken: '', webhookAuth: 'hmac', webhookKey }, nobody)),
  casso: guard((webhookKey) => cassoAdapter({ apiBase, apiKey: '', webhookKey }, nobody)),
  zalopay: guard((key2) => zalopayAdapter({ apiBase, appId: 0, key1: '', key2 }, nobody)),
  vnpay: guard((hashSecret) => vnpayAdapter({ apiBase, queryBase: apiBase, tmnCode: '', hashSecret }, nobody)),
  'vietqr-vn': {
    ...guard(vietqr),
    answer: (webhook, secret, receivedAt) => {
      const reply = vietqr(textOf(secret)).answer?.(rawOf(webhook, receivedAt));
      if (reply === undefined) return undefined;
      const { status, body } = reply;
      return isRecord(body) ? { status, body } : { status };
    },
  },
};
