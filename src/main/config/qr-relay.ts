/** The `qr.relay` section of the configuration: the relay through which notices reach a terminal behind a router. */
import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { err, ok, type Result } from '../../core/base/result.ts';
import { terminalIdPattern } from '../../core/relay/wire.ts';
import type { RelayAddress } from '../../host/qr/relay-connection.ts';
import type { ConfigProblem } from './load.ts';
import type { Config } from './schema.ts';

const file = z.string().trim().min(1).max(4096);
const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

export const qrRelaySchema = z.strictObject({
  /** As the relay's `publicUrl` has it. */
  url: z
    .url({ protocol: /^https?$/, error: 'an https URL' })
    .refine((text) => new URL(text).origin === text, {
      error: 'scheme, host and port only, without a slash at the end',
    })
    .refine((text) => text.startsWith('https:') || loopback.has(new URL(text).hostname), {
      error: 'an https URL: without TLS anybody on the way could read notices',
    }),
  terminal: z.string().regex(terminalIdPattern, '1 to 32 letters, digits, dots, hyphens or underscores'),
  keyFile: file,
  caFile: file.optional(),
});

/** Undefined without a relay. Nothing of the key is ever told. */
export function relayAddress(
  { qr }: Config,
  configFile: string,
): Result<RelayAddress | undefined, readonly ConfigProblem[]> {
  if (qr.kind !== 'provider' || qr.relay === undefined) return ok(undefined);
  const { url, terminal, keyFile, caFile } = qr.relay;
  const problems: ConfigProblem[] = [];
  const read = (name: string, wanted: string, relative: string, check: (pem: string, at: string) => void): string => {
    const at = path.resolve(path.dirname(configFile), relative);
    try {
      const pem = readFileSync(at, 'utf8');
      check(pem, at);
      return pem;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      problems.push({ key: `qr.relay.${name}`, found: `${at}: ${code ?? message}`, expected: wanted });
      return '';
    }
  };
  const keyPem = read('keyFile', 'what `cham relay add-terminal` wrote, for its owner only', keyFile, (pem, at) => {
    if (createPrivateKey(pem).asymmetricKeyType !== 'ed25519') throw new Error('not an Ed25519 key');
    if ((statSync(at).mode & 0o077) !== 0) throw new Error('others can read it; chmod 600');
  });
  const ca =
    caFile === undefined
      ? undefined
      : read('caFile', 'certificates in PEM', caFile, (pem) => void new X509Certificate(pem));
  if (problems.length > 0) return err(problems);
  const key = createPrivateKey(keyPem);
  const address = { url, terminal, sign: (text: Uint8Array) => sign(null, text, key) };
  return ok(ca === undefined ? address : { ...address, ca });
}
