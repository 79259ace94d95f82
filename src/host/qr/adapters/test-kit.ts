/** For tests of the adapters: a shop with keys for every provider, the service that plays that provider, and a clock. */
import { epochMs, type EpochMs } from '../../../core/base/brand.ts';
import type { Clock, Log, Random } from '../../../core/base/ports.ts';
import type { Face } from '../../training-provider/face.ts';
import { bankFeedFace, trainingFeed } from '../../training-provider/faces/bank-feed.ts';
import { cassoFace } from '../../training-provider/faces/casso.ts';
import { momoFace } from '../../training-provider/faces/momo.ts';
import { payosFace } from '../../training-provider/faces/payos.ts';
import { sepayFace } from '../../training-provider/faces/sepay.ts';
import { vietqrVnFace } from '../../training-provider/faces/vietqr-vn.ts';
import { vnpayFace } from '../../training-provider/faces/vnpay.ts';
import { zalopayFace } from '../../training-provider/faces/zalopay.ts';
import type { MerchantAccount, ProviderAdapter } from '../adapter.ts';
import { bankFeedAdapter } from './bank-feed.ts';
import { cassoAdapter } from './casso.ts';
import { momoAdapter } from './momo.ts';
import { payosAdapter } from './payos.ts';
import { sepayAdapter } from './sepay.ts';
import { vietqrVnAdapter } from './vietqr-vn.ts';
import { vnpayAdapter } from './vnpay.ts';
import { zalopayAdapter } from './zalopay.ts';

export const merchant: MerchantAccount = { bankBin: '970436', account: '1017595600', name: 'Tiem Ca Phe Som Mai' };
export const reference = 'CH7K3QW9TX';

const payos = { clientId: 'client-1', apiKey: 'payos-api-key', checksumKey: 'payos-checksum-key' };
const sepay = { apiToken: 'sepay-api-token', webhookAuth: 'hmac', webhookKey: 'sepay-webhook-key' } as const;
const casso = { apiKey: 'casso-api-key', webhookKey: 'casso-webhook-key' };
const vietqr = {
  bankCode: 'VCB',
  username: 'shop',
  password: 'shop-password',
  refundKey: 'refund-secret-key',
  noticeUsername: 'vietqr',
  noticePassword: 'notice-password',
};
const momo = { partnerCode: 'MOMOTEST', accessKey: 'momo-access-key', secretKey: 'momo-secret-key' };
const zalopay = { appId: 2553, key1: 'zalopay-key-one', key2: 'zalopay-key-two' };
const vnpay = { tmnCode: 'TRAINING', hashSecret: 'vnpay-hash-secret' };
const feed = { ...trainingFeed, authValue: 'feed-key-value' };

/** Keys that must never be seen outside. */
export const secrets: readonly string[] = [
  ...Object.values(payos).slice(1),
  sepay.apiToken,
  sepay.webhookKey,
  ...Object.values(casso),
  vietqr.password,
  vietqr.refundKey,
  vietqr.noticePassword,
  momo.accessKey,
  momo.secretKey,
  zalopay.key1,
  zalopay.key2,
  vnpay.hashSecret,
  feed.authValue,
];

export interface Provider {
  readonly name: string;
  readonly face: Face;
  readonly adapter: (apiBase: string) => ProviderAdapter;
}

const base = { apiBase: '' };

export const providers: readonly Provider[] = [
  {
    name: 'payos',
    face: payosFace({ ...base, ...payos }),
    adapter: (apiBase) => payosAdapter({ apiBase, ...payos }, merchant),
  },
  {
    name: 'sepay',
    face: sepayFace({ ...base, ...sepay }),
    adapter: (apiBase) => sepayAdapter({ apiBase, ...sepay }, merchant),
  },
  {
    name: 'sepay with an API key',
    face: sepayFace({ ...base, ...sepay, webhookAuth: 'apikey' }),
    adapter: (apiBase) => sepayAdapter({ apiBase, ...sepay, webhookAuth: 'apikey' }, merchant),
  },
  {
    name: 'casso',
    face: cassoFace({ ...base, ...casso }),
    adapter: (apiBase) => cassoAdapter({ apiBase, ...casso }, merchant),
  },
  {
    name: 'vietqr-vn',
    face: vietqrVnFace({ ...base, ...vietqr }),
    adapter: (apiBase) => vietqrVnAdapter({ apiBase, ...vietqr }, merchant),
  },
  {
    name: 'momo',
    face: momoFace({ ...base, ...momo }),
    adapter: (apiBase) => momoAdapter({ apiBase, ...momo }, merchant),
  },
  {
    name: 'zalopay',
    face: zalopayFace({ ...base, ...zalopay }),
    adapter: (apiBase) => zalopayAdapter({ apiBase, ...zalopay }, merchant),
  },
  {
    name: 'vnpay',
    face: vnpayFace(vnpay),
    adapter: (apiBase) => vnpayAdapter({ apiBase, queryBase: apiBase, ...vnpay }, merchant),
  },
  {
    name: 'bank-feed',
    face: bankFeedFace(feed),
    adapter: (apiBase) => bankFeedAdapter({ apiBase, ...feed }, merchant),
  },
  {
    name: 'bank-feed in CSV',
    face: bankFeedFace({ ...feed, format: 'csv' }),
    adapter: (apiBase) => bankFeedAdapter({ apiBase, ...feed, format: 'csv' }, merchant),
  },
];

/** A clock that only moves when told to. */
export class ManualClock implements Clock {
  // On a whole second: most providers tell no more.
  #nowMs = 1_700_000_000_000;
  readonly #timers = new Set<{ readonly dueAt: number; readonly callback: () => void }>();

  now = (): EpochMs => epochMs(this.#nowMs);
  monotonicMs = (): number => this.#nowMs;

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueAt: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on and fires what is due meanwhile, in order. */
  advance(ms: number): void {
    const until = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ dueAt }) => dueAt <= until).toSorted((a, b) => a.dueAt - b.dueAt);
      const [first] = due;
      if (first === undefined) break;
      this.#timers.delete(first);
      this.#nowMs = Math.max(this.#nowMs, first.dueAt);
      first.callback();
    }
    this.#nowMs = until;
  }
}

/** Different at every call, the same in every run. */
export function seededRandom(): Random {
  let seed = 1;
  return { bytes: (length) => Uint8Array.from({ length }, (_, i) => (seed++ * 31 + i * 7) % 256) };
}

export function keepLog(lines: string[]): Log {
  return { write: (level, message, fields) => lines.push(JSON.stringify({ level, message, ...fields })) };
}
