/**
 * What a notice proves: published examples of the providers' signatures, every byte changed, recorded notices played again
 * later, other shops' notices. Nothing but the genuine one is taken, and nothing it does not say is handed over.
 */
import { describe, expect, it } from 'vitest';
import { epochMs, type EpochMs } from '../../../core/base/brand.ts';
import type { Paid } from '../../training-provider/face.ts';
import type { OutgoingNotice } from '../../training-provider/notice-sender.ts';
import { noticeHeaders, type RawNotice } from '../notice-source.ts';
import { cassoAdapter } from './casso.ts';
import { orderCodeOf, payosSignature, referenceOfOrderCode } from './payos.ts';
import { ManualClock, merchant, providers, reference, type Provider } from './test-kit.ts';

const at = new ManualClock().now();

const paid: Paid = {
  id: '184467440737',
  key: reference,
  amount: 45_000,
  memo: `MBVCB.4471.${reference}.CT tu ******6789`,
  paidAt: at,
  account: merchant.account,
  payer: { account: '0351000866789', bank: 'Training Bank', name: 'NGUYEN VAN A' },
};

const keys: Readonly<Record<string, string>> = {
  payos: String(orderCodeOf(reference)),
  zalopay: `231115_${reference}`,
};

const noBank = () => {
  throw new Error('a notice needs no book');
};

/** The notice as the provider would send it; VietQR.vn is given a token first, as it asks for one. */
async function noticeOf({ name, face, adapter }: Provider, change: Partial<Paid> = {}): Promise<RawNotice> {
  const sent: OutgoingNotice[] = [];
  const bank = {
    merchant,
    now: () => at,
    order: noBank,
    add: noBank,
    paidFor: noBank,
    transfers: noBank,
    refunds: noBank,
    refund: noBank,
    code: noBank,
  };
  await face.tell?.(
    (notice) => {
      sent.push(notice);
      const answer = adapter('http://127.0.0.1:1').answer?.(rawOf(notice, at));
      const body = JSON.stringify(answer?.body ?? {});
      return Promise.resolve({ status: answer?.status ?? 200, body });
    },
    {
      paid: { ...paid, key: keys[name] ?? reference, ...change },
      order: {
        key: reference,
        reference,
        amount: 45_000,
        noticeUrl: undefined,
        createdAt: at,
        extra: { info: `${reference} 20231115052000`, embed: `{"expiresAt":${at + 180_000}}` },
        cancelled: false,
      },
      url: 'http://127.0.0.1:1/notices',
      bank,
      badSignature: false,
    },
  );
  const last = sent.at(-1);
  if (last === undefined) throw new Error('no notice');
  return rawOf(last, at);
}

function rawOf({ method, url, headers, body }: OutgoingNotice, receivedAt: EpochMs): RawNotice {
  const { pathname, search } = new URL(url);
  return { id: 'n', method, path: pathname + search, headers, body: Buffer.from(body), receivedAt };
}

const otherAt = (value: string, index: number): string =>
  value.slice(0, index) + (value[index] === 'a' ? 'b' : 'a') + value.slice(index + 1);

function judge(provider: Provider, raw: RawNotice) {
  const judged = provider.adapter('http://127.0.0.1:1').notice?.(raw);
  if (judged === undefined) throw new Error('sends no notices');
  return judged;
}

const telling = providers.filter(({ face }) => face.tell !== undefined);
/** Whose body is not signed: what they say counts only by the provider's own answer. */
const unsigned = ['vietqr-vn', 'sepay with an API key'];

describe.each(telling)('$name', (provider) => {
  it('takes the genuine notice, and reads it', async () => {
    const judged = judge(provider, await noticeOf(provider));
    expect(judged).toMatchObject({
      ok: true,
      value: {
        kind: 'transfer',
        transfer: { providerTransactionId: paid.id, amount: { minorUnits: 45_000 }, paidAt: at },
      },
    });
  });

  it.skipIf(unsigned.includes(provider.name))('refuses every change of a byte in what is signed', async () => {
    const raw = await noticeOf(provider);
    const genuine = judge(provider, raw);
    const taken: string[] = [];
    const tryOne = (changed: RawNotice, where: string): void => {
      const judged = judge(provider, changed);
      if (judged.ok && JSON.stringify(judged) !== JSON.stringify(genuine)) taken.push(where);
    };
    for (let index = 0; index < raw.body.length; index += 1) {
      for (const flip of [0x01, 0x20, 0x80]) {
        const body = Uint8Array.from(raw.body);
        body[index] = (body[index] ?? 0) ^ flip;
        tryOne({ ...raw, body }, `body ${index}`);
      }
    }
    for (let index = 0; index < raw.path.length; index += 1) {
      const path = raw.path.slice(0, index) + (raw.path[index] === '1' ? '2' : '1') + raw.path.slice(index + 1);
      tryOne({ ...raw, path }, `path ${index}`);
    }
    expect(taken).toEqual([]);
  });

  it('refuses every change of a character of the proof, and its absence', async () => {
    const raw = await noticeOf(provider);
    const text = Buffer.from(raw.body).toString();
    const inBody = /"(?:signature|mac)":"([0-9a-f]{64})"/.exec(text)?.[1];
    const inPath = /vnp_SecureHash=([0-9a-f]{128})/.exec(raw.path)?.[1];
    const proofs = noticeHeaders.filter((name) => name !== 'content-type' && raw.headers[name] !== undefined);
    expect(proofs.length > 0 || inBody !== undefined || inPath !== undefined).toBe(true);
    const refused = (changed: RawNotice, where: string): void => expect(judge(provider, changed).ok, where).toBe(false);
    for (const name of proofs) {
      const value = raw.headers[name] ?? '';
      for (let index = 0; index < value.length; index += 1) {
        refused({ ...raw, headers: { ...raw.headers, [name]: otherAt(value, index) } }, `${name} ${index}`);
      }
      const { [name]: _left, ...rest } = raw.headers;
      refused({ ...raw, headers: rest }, `${name} left out`);
    }
    for (let index = 0; index < (inBody?.length ?? 0); index += 1) {
      const body = Buffer.from(text.replace(inBody ?? '', otherAt(inBody ?? '', index)));
      refused({ ...raw, body }, `signature ${index}`);
    }
    for (let index = 0; index < (inPath?.length ?? 0); index += 1) {
      refused({ ...raw, path: raw.path.replace(inPath ?? '', otherAt(inPath ?? '', index)) }, `hash ${index}`);
    }
  });

  it('refuses what was signed long ago, where the time is signed', async () => {
    const raw = await noticeOf(provider);
    const timed = ['sepay', 'casso', 'vietqr-vn'].includes(provider.name);
    for (const skewMs of [300_001, 3_600_000]) {
      const judged = judge(provider, { ...raw, receivedAt: epochMs(at + skewMs) });
      if (timed) expect(judged).toMatchObject({ ok: false, fault: { kind: 'stale' } });
      else expect(judged.ok).toBe(true);
    }
    // A relay that kept it says when it came in.
    expect(judge(provider, { ...raw, receivedAt: epochMs(at + 299_000) }).ok).toBe(true);
  });

  it('refuses a notice for another account', async () => {
    if (['momo', 'zalopay', 'vnpay'].includes(provider.name)) return;
    const raw = await noticeOf(provider, { account: '9999999999' });
    expect(judge(provider, raw)).toMatchObject({ ok: false, fault: { kind: 'otherAccount' } });
  });

  it('survives what is no notice', () => {
    const empty = { id: 'n', headers: {}, body: new Uint8Array(), receivedAt: at };
    for (const body of ['', '{}', '[]', 'null', '{"data":{}}', '{"data":"x","mac":"y","type":1}', '\xff\xfe']) {
      for (const method of ['GET', 'POST']) {
        const raw = { ...empty, method, path: '/notices?vnp_x=1&vnp_x=2', body: Buffer.from(body, 'latin1') };
        expect(judge(provider, raw).ok).toBe(false);
      }
    }
  });

  it('answers as the provider wants to be answered', () => {
    const { acknowledge } = provider.adapter('http://127.0.0.1:1');
    const kept = acknowledge('kept');
    const later = acknowledge('later');
    const forged = acknowledge('signature');
    expect([JSON.stringify(later), JSON.stringify(forged)]).not.toContain(JSON.stringify(kept));
    expect(kept.status).toBeLessThan(300);
  });
});

describe('examples that the providers have published', () => {
  const payosKey = '1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675';

  it('payOS: a notice (payos.vn, "Kiểm tra dữ liệu với signature")', () => {
    const data = {
      orderCode: 123,
      amount: 3000,
      description: 'VQRIO123',
      accountNumber: '12345678',
      reference: 'TF230204212323',
      transactionDateTime: '2023-02-04 18:25:00',
      currency: 'VND',
      paymentLinkId: '124c33293c43417ab7879e14c8d9eb18',
      code: '00',
      desc: 'Thành công',
      counterAccountBankId: '',
      counterAccountBankName: '',
      counterAccountName: '',
      counterAccountNumber: '',
      virtualAccountName: '',
      virtualAccountNumber: '',
    };
    const signature = '412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03';
    expect(payosSignature(payosKey, data)).toBe(signature);
    expect(payosSignature(payosKey, { ...data, virtualAccountName: null, counterAccountName: undefined })).toBe(
      signature,
    );
    expect(payosSignature(payosKey, { ...data, amount: 3001 })).not.toBe(signature);
  });

  it('payOS: an order', () => {
    const [cancelUrl, returnUrl] = ['https://pos.example/cancel', 'https://pos.example/return'];
    const order = { amount: 3000, cancelUrl, description: 'VQRIO123', orderCode: 123, returnUrl };
    expect(payosSignature(payosKey, order)).toBe('4966151ee52e56deeae6ca072aa0227e1ff63570a88813bd6d58ca88242f20fb');
  });

  it('Casso: a notice of webhook V2', () => {
    const body = {
      error: 0,
      data: {
        id: 0,
        reference: 'MA_GIAO_DICH_THU_NGHIEM',
        description: 'giao dich thu nghiem',
        amount: 599_000,
        runningBalance: 25_000_000,
        transactionDateTime: '2024-10-03 15:06:37',
        accountNumber: '88888888',
        bankName: 'VPBank',
        bankAbbreviation: 'VPB',
        virtualAccountNumber: '',
        virtualAccountName: '',
        counterAccountName: 'NGUYEN VAN A',
        counterAccountNumber: '8888888888',
        counterAccountBankId: '970415',
        counterAccountBankName: 'VietinBank',
      },
    };
    const webhookKey = 'mgExMrjj4i7a1p8Cs6LmFbpCd8lbw4sSX4LZXPag7TKazeIogtR90tvWYTkwQbvs';
    const v1 =
      'ed0a4bd2e826d5cb69988cdb141e6c1a080e21f3b57eb72cd78192220042b9e7dde0868fc667faea8e224900fa7904e7c88dfa098032fb2d6b6996856e8b7ff3';
    const shop = { ...merchant, account: '88888888' };
    const { notice } = cassoAdapter({ apiBase: 'http://127.0.0.1:1', apiKey: 'k', webhookKey }, shop);
    const raw: RawNotice = {
      id: 'n',
      method: 'POST',
      path: '/notices',
      headers: { 'x-casso-signature': `t=1727948258788,v1=${v1}` },
      body: Buffer.from(JSON.stringify(body)),
      receivedAt: epochMs(1_727_948_258_788),
    };
    expect(notice?.(raw)).toEqual({ ok: true, value: { kind: 'ignored', why: 'a test' } });
    const more = Buffer.from(JSON.stringify({ ...body, error: 1 }));
    expect(notice?.({ ...raw, body: more })).toMatchObject({ ok: false, fault: { kind: 'signature' } });
  });
});

it('a number for payOS is a reference and back', () => {
  for (const text of ['CH22222222', 'CHZZZZZZZZ', reference, 'CH23456789']) {
    expect(referenceOfOrderCode(orderCodeOf(text) ?? 0)).toBe(text);
  }
  expect(orderCodeOf('CH22222222')).toBe(1);
  for (const text of ['CH1KOQW9TX', 'CH7K3QW9T', 'INV1', '']) expect(orderCodeOf(text)).toBeUndefined();
  for (const code of [0, -1, 1.5, 2 ** 40 + 1]) expect(referenceOfOrderCode(code)).toBeUndefined();
});

it('VietQR.vn is given a token only with the right password', () => {
  const provider = providers.find(({ name }) => name === 'vietqr-vn');
  const ask = (authorization: string, method = 'POST', path = '/notices/api/token_generate') =>
    provider?.adapter('http://127.0.0.1:1').answer?.({
      id: 'n',
      method,
      path,
      headers: { authorization },
      body: new Uint8Array(),
      receivedAt: at,
    });
  const right = `Basic ${Buffer.from('vietqr:notice-password').toString('base64')}`;
  expect(ask(right)).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 300 } });
  expect(ask(`${right}x`)?.status).toBe(401);
  expect(ask(right, 'GET')?.status).toBe(401);
  expect(ask(right, 'POST', '/notices/bank/api/transaction-sync')).toBeUndefined();
});
