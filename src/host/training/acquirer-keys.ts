/**
 * The training acquirer's side of the MAC keys. Session keys: a new one for each connection that asks (0800 with
 * DE 70 = 161), on its way in a key block under a key-encryption key that both sides hold, and gone with its
 * connection. DUKPT: a key for each request, told by the key serial number in its DE 63.
 */
import { parseHex } from '../../core/base/bytes.ts';
import type { Random } from '../../core/base/ports.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import type { DukptKind } from '../security/dukpt-counter.ts';
import { dukptMacKeys } from '../security/dukpt-mac.ts';
import type { ExchangeKeys } from '../security/mac-keys.ts';
import type { MacAlgorithm, MacKey } from '../security/message-mac.ts';
import { wipe } from '../security/secret-bytes.ts';
import { wrapWorkingKey } from '../security/working-key.ts';

/** The keys in it stay the caller's to wipe. */
export type MacOptions = { readonly algorithm: MacAlgorithm } & (
  | {
      readonly kind: 'session';
      /** TDES (16 or 24 bytes) for X9.19, AES (16, 24 or 32) for AES-CMAC. */
      readonly keyEncryptionKey: Buffer;
      /** Where the working keys come from. */
      readonly random: Random;
    }
  | {
      readonly kind: DukptKind;
      /** That of the one key serial number which all terminals share here. */
      readonly initialKey: Buffer;
    }
);

/** Both algorithms take keys of this length. */
const keyBytes = 16;

const ksnElement = 63;

export class HostMacKeys {
  readonly #options: MacOptions;
  readonly #byConnection = new Map<object, MacKey>();

  constructor(options: MacOptions) {
    this.#options = options;
  }

  /** A new working key, from now on the connection's only one, as a key block for DE 62. */
  give(connection: object): Result<string, Fault<string>> {
    const options = this.#options;
    if (options.kind !== 'session') return err(fault('noWorkingKeys', 'the keys are those of DUKPT', false));
    const key: MacKey = { algorithm: options.algorithm, key: Buffer.from(options.random.bytes(keyBytes)) };
    const keyBlock = wrapWorkingKey(options.keyEncryptionKey, key);
    if (!keyBlock.ok) {
      wipe(key.key);
      return keyBlock;
    }
    this.forget(connection);
    this.#byConnection.set(connection, key);
    return ok(keyBlock.value);
  }

  forget(connection: object): void {
    const key = this.#byConnection.get(connection);
    if (key !== undefined) wipe(key.key);
    this.#byConnection.delete(connection);
  }

  /** For a request and its reply, wherever that is sent; undefined when there are none. The caller wipes them. */
  of(connection: object, request: Iso8583Message): ExchangeKeys | undefined {
    const options = this.#options;
    if (options.kind !== 'session') {
      const ksn = parseHex(request.text(ksnElement)?.trimEnd() ?? '') ?? new Uint8Array(0);
      const keys = dukptMacKeys(options.kind, options.algorithm, options.initialKey, Buffer.from(ksn));
      return keys.ok ? keys.value : undefined;
    }
    const current = this.#byConnection.get(connection);
    if (current === undefined) return undefined;
    // A copy, because the connection may ask for another before the reply is sent.
    const copy = { algorithm: current.algorithm, key: Buffer.from(current.key) };
    return { request: copy, response: copy, wipe: () => wipe(copy.key) };
  }
}

/** Another key, for a MAC that must not match. Not its bits inverted: DES keys have that symmetry. */
export function otherThan({ algorithm, key }: MacKey): MacKey {
  return { algorithm, key: Buffer.from(key.map((octet) => octet ^ 0x5a)) };
}
