/**
 * The adapter of the QR provider that the configuration names, with its keys read from their files. Everything that is wrong
 * is told at once; nothing of a key is ever told.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { unreachable } from '../../core/base/assert.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { MerchantAccount, ProviderAdapter } from '../../host/qr/adapter.ts';
import { bankFeedAdapter } from '../../host/qr/adapters/bank-feed.ts';
import { cassoAdapter } from '../../host/qr/adapters/casso.ts';
import { chamAdapter } from '../../host/qr/adapters/cham.ts';
import { momoAdapter } from '../../host/qr/adapters/momo.ts';
import { payosAdapter } from '../../host/qr/adapters/payos.ts';
import { sepayAdapter } from '../../host/qr/adapters/sepay.ts';
import { vietqrVnAdapter } from '../../host/qr/adapters/vietqr-vn.ts';
import { vnpayAdapter } from '../../host/qr/adapters/vnpay.ts';
import { zalopayAdapter } from '../../host/qr/adapters/zalopay.ts';
import type { ConfigProblem } from './load.ts';
import type { QrServiceConfig } from './qr-provider-schema.ts';
import type { Config } from './schema.ts';

/** Of the secret shared with a provider of our own protocol; others give the shop what they give. */
const leastSecretLength = 16;
const leastKeyLength = 8;

/** Undefined in training, where a new secret is made at every start. */
export function qrAdapter(
  { qr, terminal }: Config,
  configFile: string,
): Result<ProviderAdapter | undefined, readonly ConfigProblem[]> {
  if (qr.kind === 'training') return ok(undefined);
  const problems: ConfigProblem[] = [];
  const folder = path.dirname(configFile);
  const merchant: MerchantAccount = { bankBin: qr.bankBin, account: qr.account, name: terminal.merchantName };
  const key = (name: string, file: string | undefined, least: number): string => {
    const read = readKey(path.resolve(folder, file ?? ''), least);
    if (read.ok) return read.value;
    const expected = `a file with at least ${least} characters, for its owner only (chmod 600)`;
    problems.push({ key: name, found: read.fault, expected });
    return '';
  };
  const ownSecret = (): Uint8Array => Buffer.from(key('qr.secretFile', qr.secretFile, leastSecretLength));
  const adapter =
    qr.service === undefined
      ? chamAdapter({ apiBase: qr.apiBase ?? '', secret: ownSecret() }, merchant)
      : serviceAdapter(qr.service, merchant, (name, file) => key(`qr.service.${name}`, file, leastKeyLength));
  return problems.length === 0 ? ok(adapter) : err(problems);
}

function serviceAdapter(
  service: QrServiceConfig,
  merchant: MerchantAccount,
  key: (name: string, file: string) => string,
): ProviderAdapter {
  switch (service.name) {
    case 'payos': {
      const { apiBase, clientId, apiKeyFile, checksumKeyFile } = service;
      const apiKey = key('apiKeyFile', apiKeyFile);
      return payosAdapter(
        { apiBase, clientId, apiKey, checksumKey: key('checksumKeyFile', checksumKeyFile) },
        merchant,
      );
    }
    case 'sepay': {
      const { apiBase, webhookAuth, apiTokenFile, webhookKeyFile } = service;
      const apiToken = key('apiTokenFile', apiTokenFile);
      return sepayAdapter(
        { apiBase, webhookAuth, apiToken, webhookKey: key('webhookKeyFile', webhookKeyFile) },
        merchant,
      );
    }
    case 'casso': {
      const { apiBase, apiKeyFile, webhookKeyFile } = service;
      const apiKey = key('apiKeyFile', apiKeyFile);
      return cassoAdapter({ apiBase, apiKey, webhookKey: key('webhookKeyFile', webhookKeyFile) }, merchant);
    }
    case 'vietqr-vn': {
      const { apiBase, bankCode, username, noticeUsername, passwordFile, refundKeyFile, noticePasswordFile } = service;
      return vietqrVnAdapter(
        {
          apiBase,
          bankCode,
          username,
          noticeUsername,
          password: key('passwordFile', passwordFile),
          noticePassword: key('noticePasswordFile', noticePasswordFile),
          ...(refundKeyFile === undefined ? {} : { refundKey: key('refundKeyFile', refundKeyFile) }),
        },
        merchant,
      );
    }
    case 'momo': {
      const { apiBase, partnerCode, accessKeyFile, secretKeyFile } = service;
      const accessKey = key('accessKeyFile', accessKeyFile);
      return momoAdapter({ apiBase, partnerCode, accessKey, secretKey: key('secretKeyFile', secretKeyFile) }, merchant);
    }
    case 'zalopay': {
      const { apiBase, appId, key1File, key2File } = service;
      return zalopayAdapter(
        { apiBase, appId, key1: key('key1File', key1File), key2: key('key2File', key2File) },
        merchant,
      );
    }
    case 'vnpay': {
      const { apiBase, queryBase, tmnCode, hashSecretFile } = service;
      return vnpayAdapter({ apiBase, queryBase, tmnCode, hashSecret: key('hashSecretFile', hashSecretFile) }, merchant);
    }
    case 'bank-feed': {
      const { name: _name, authValueFile, ...mapping } = service;
      return bankFeedAdapter({ ...mapping, authValue: key('authValueFile', authValueFile) }, merchant);
    }
    default:
      return unreachable(service, 'qr service');
  }
}

/** The fault is what was found, without a byte of it. */
function readKey(file: string, least: number): Result<string, string> {
  try {
    const key = readFileSync(file, 'utf8').trim();
    if (key.length < least) return err(`${file}: too short`);
    // A key ends up in headers and in texts that are signed: a line break in it is a mistake.
    if (!/^[\x20-\x7e]+$/.test(key)) return err(`${file}: more than one line, or other than printable ASCII`);
    return (statSync(file).mode & 0o077) === 0 ? ok(key) : err(`${file}: others can read it`);
  } catch (error) {
    return err(`${file}: ${(error as NodeJS.ErrnoException).code ?? 'not readable'}`);
  }
}

/** Who is paid, in a form that can be compared from start to start. */
export function qrIdentity(qr: Config['qr']): string {
  if (qr.kind === 'training') return 'training';
  const { service } = qr;
  if (service === undefined) return qr.apiBase ?? '';
  const shop: Partial<Record<QrServiceConfig['name'], string>> = {
    ...(service.name === 'payos' ? { payos: service.clientId } : {}),
    ...(service.name === 'momo' ? { momo: service.partnerCode } : {}),
    ...(service.name === 'zalopay' ? { zalopay: String(service.appId) } : {}),
    ...(service.name === 'vnpay' ? { vnpay: service.tmnCode } : {}),
    ...(service.name === 'vietqr-vn' ? { 'vietqr-vn': service.username } : {}),
  };
  return [service.name, service.apiBase, shop[service.name] ?? ''].join(' ').trimEnd();
}
