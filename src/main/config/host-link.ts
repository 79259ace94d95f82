/**
 * The files that the `acquirer` section names, read and checked: certificates, keys, and whether the dialect has room
 * for what is asked of it. Everything that is wrong is told at once; nothing of a key is ever told.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createSecureContext } from 'node:tls';
import { err, ok, type Result } from '../../core/base/result.ts';
import { packMessage } from '../../core/iso8583/codec.ts';
import type { Dialect } from '../../core/iso8583/dialect.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import type { AcquirerLinkOptions } from '../../host/acquirer/link.ts';
import type { TlsSettings } from '../../host/acquirer/tls.ts';
import { packWithMac } from '../../host/security/message-mac.ts';
import { macKeyCheckValue, type MacSettings } from '../../host/security/mac-settings.ts';
import type { AcquirerConfig } from './acquirer-schema.ts';
import type { ConfigProblem } from './load.ts';

type HostConfig = Extract<AcquirerConfig, { kind: 'host' }>;

/** What `acquirer.kind: 'host'` says, ready for the link. */
export interface HostLinkSettings {
  readonly link: Pick<AcquirerLinkOptions, 'addresses' | 'window' | 'tls' | 'deferredMarker'>;
  /** With absolute paths, for `openMacKeys`. */
  readonly mac: MacSettings | undefined;
  /** Of the key in `mac`, upper-case hex: tells one key from another without telling either. */
  readonly macKeyCheckValue: string | undefined;
}

/** Undefined in training. `dialect`: undefined when it is wrong itself. */
export function hostLink(
  acquirer: AcquirerConfig,
  configFile: string,
  dialect: Dialect | undefined,
): Result<HostLinkSettings | undefined, readonly ConfigProblem[]> {
  if (acquirer.kind === 'training') return ok(undefined);
  const problems: ConfigProblem[] = [];
  const folder = path.dirname(configFile);
  const tls = acquirer.tls === undefined ? undefined : readTls(acquirer.tls, folder, problems);
  const mac = acquirer.mac === undefined ? undefined : withPaths(acquirer.mac, folder);
  const checkValue = mac === undefined ? undefined : checkMacKey(mac, problems);
  if (dialect !== undefined) problems.push(...elementProblems(acquirer, dialect));
  if (problems.length > 0) return err(problems);
  const { deferredMarker, host, port, secondary, window } = acquirer;
  return ok({
    link: {
      addresses: [{ host, port }, ...secondary],
      window,
      ...(tls === undefined ? {} : { tls }),
      ...(deferredMarker === undefined ? {} : { deferredMarker }),
    },
    mac,
    macKeyCheckValue: checkValue,
  });
}

/** Every one in the file: the platform looks at the first only, and finds the others when it connects. */
function certificates(pem: string): void {
  const blocks = pem.split(/(?=-----BEGIN )/).filter((block) => /^-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/.test(block));
  for (const [index, block] of (blocks.length === 0 ? [pem] : blocks).entries()) {
    try {
      void new X509Certificate(block);
    } catch (error) {
      if (blocks.length < 2) throw error;
      throw new Error(`certificate ${index + 1} of ${blocks.length}: ${reasonOf(error)}`, { cause: error });
    }
  }
}

function readTls(
  tls: NonNullable<HostConfig['tls']>,
  folder: string,
  problems: ConfigProblem[],
): TlsSettings | undefined {
  const read = (name: 'caFile' | 'certFile' | 'keyFile', check: (pem: string, file: string) => void): string => {
    const file = path.resolve(folder, tls[name] ?? '');
    try {
      const pem = readFileSync(file, 'utf8');
      check(pem, file);
      return pem;
    } catch (error) {
      const expected = name === 'keyFile' ? 'the key of certFile in PEM, for its owner only' : 'a certificate in PEM';
      problems.push({ key: `acquirer.tls.${name}`, found: `${file}: ${reasonOf(error)}`, expected });
      return '';
    }
  };
  const settings = { ca: read('caFile', certificates), minVersion: tls.minVersion };
  const named = tls.serverName === undefined ? settings : { ...settings, serverName: tls.serverName };
  if (tls.certFile === undefined) return named;
  const cert = read('certFile', certificates);
  const key = read('keyFile', (pem, file) => {
    if ((statSync(file).mode & 0o077) !== 0) throw new Error('others can read it; chmod 600');
    // Also finds a key that is not that of the certificate.
    if (cert !== '') createSecureContext({ cert, key: pem });
  });
  return { ...named, cert, key };
}

/** Of the system or of OpenSSL: a code says enough, and never what is in the file. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

function withPaths(mac: NonNullable<HostConfig['mac']>, folder: string): MacSettings {
  const { keyFile, protectionKeyFile } = mac.keys;
  const files = {
    keyFile: path.resolve(folder, keyFile),
    ...(protectionKeyFile === undefined ? {} : { protectionKeyFile: path.resolve(folder, protectionKeyFile) }),
  };
  return { algorithm: mac.algorithm, keys: { ...mac.keys, ...files } };
}

function checkMacKey(mac: MacSettings, problems: ConfigProblem[]): string | undefined {
  const checkValue = macKeyCheckValue(mac);
  if (checkValue.ok) return checkValue.value;
  const expected = 'a key in hexadecimal with its check value, or a TR-31 key block, for its owner only';
  problems.push({ key: 'acquirer.mac.keys', found: checkValue.fault.detail, expected });
  return undefined;
}

/** Places that the dialect must have: tried by writing a message with them. */
function elementProblems({ deferredMarker, mac }: HostConfig, dialect: Dialect): readonly ConfigProblem[] {
  const lacks = (element: number, value: string | Uint8Array): boolean =>
    !packMessage(dialect, new Iso8583Message('0200', [[element, value]])).ok;
  const problems: ConfigProblem[] = [];
  if (deferredMarker !== undefined && lacks(deferredMarker.element, deferredMarker.value)) {
    const expected = `a text that DE ${deferredMarker.element} of ${dialect.id} can take`;
    problems.push({ key: 'acquirer.deferredMarker', found: JSON.stringify(deferredMarker.value), expected });
  }
  if (mac === undefined) return problems;
  const missing = macElementsMissing(dialect, mac.keys.kind === 'session' ? undefined : mac.keys.ksn);
  for (const element of missing) {
    const expected = `a dialect with room for it in ${element}`;
    problems.push({ key: 'acquirer.mac', found: dialect.id, expected });
  }
  return problems;
}

/** `ksn`: of DUKPT; undefined for working keys that the host hands out. */
function macElementsMissing(dialect: Dialect, ksn: string | undefined): readonly string[] {
  const takes = (...fields: readonly (readonly [number, string])[]): boolean =>
    packMessage(dialect, new Iso8583Message('0200', fields)).ok;
  const macs = [[[11, '000001'] as const], [[11, '000001'] as const, [90, '0'.repeat(42)] as const]].every(
    (fields) =>
      packWithMac(dialect, new Iso8583Message('0200', fields), { algorithm: 'x9.19', key: Buffer.alloc(16) }).ok,
  );
  return [
    ...(macs ? [] : ['DE 64 and 128']),
    // As long as the key block of a working key comes to.
    ...(ksn === undefined && !takes([62, 'B'.repeat(144)]) ? ['DE 62'] : []),
    ...(ksn !== undefined && !takes([63, ksn]) ? ['DE 63'] : []),
  ];
}

/** Whether messages of the dialect can carry MACs with working keys. */
export function dialectCarriesMacs(dialect: Dialect): boolean {
  return macElementsMissing(dialect, undefined).length === 0;
}
