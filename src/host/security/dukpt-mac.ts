/**
 * MAC keys by DUKPT: every request has a key of its own, told to the host by its key serial number. Each is derived
 * from the initial key, which stays in its file and in memory: a program has no secure module to erase it from, so
 * whoever reads that file can make the keys of past requests too.
 */
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { aesTransactionKey, aesWorkingKey } from './dukpt-aes.ts';
import { DukptCounter, type CounterFault, type DukptKind, type FirstUse } from './dukpt-counter.ts';
import { tdesTransactionKey, tdesWorkingKey } from './dukpt-tdes.ts';
import type { ConnectionKeys, ExchangeKeys, MacKeyFault, MacKeySource } from './mac-keys.ts';
import { macKey, type MacAlgorithm, type MacKey } from './message-mac.ts';
import { wipe } from './secret-bytes.ts';

/**
 * The keys of the request that carries `ksn` and of its reply, on both sides of the link. TDES: the variants for MAC
 * request and MAC response (X9.24-1 Table A-1). AES: for generation and for verification as the terminal sees it
 * (X9.24-3 section 6.3.2), AES-128 for CMAC and double-length TDES for X9.19.
 */
export function dukptMacKeys(
  kind: DukptKind,
  algorithm: MacAlgorithm,
  initialKey: Buffer,
  ksn: Buffer,
): Result<ExchangeKeys, Fault<string>> {
  const tdes = kind === 'dukpt-tdes';
  const transactionKey = tdes ? tdesTransactionKey(initialKey, ksn) : aesTransactionKey(initialKey, ksn);
  if (!transactionKey.ok) return transactionKey;
  const type = algorithm === 'aes-cmac' ? 'aes128' : 'tdes128';
  const working = (use: 'request' | 'response'): Result<MacKey, Fault<string>> => {
    const key = tdes
      ? tdesWorkingKey(transactionKey.value, use === 'request' ? 'macRequest' : 'macResponse')
      : aesWorkingKey(transactionKey.value, ksn, use === 'request' ? 'macGeneration' : 'macVerification', type);
    return key.ok ? macKey(algorithm, key.value) : key;
  };
  const request = working('request');
  const response = working('response');
  wipe(transactionKey.value);
  if (!request.ok) {
    if (response.ok) wipe(response.value.key);
    return request;
  }
  if (!response.ok) {
    wipe(request.value.key);
    return response;
  }
  return ok({
    request: request.value,
    response: response.value,
    ksn: ksn.toString('hex').toUpperCase(),
    wipe: () => wipe(request.value.key, response.value.key),
  });
}

export interface DukptMacOptions {
  readonly kind: DukptKind;
  readonly algorithm: MacAlgorithm;
  /** Taken over, and wiped at the end, or at once when `open` fails. */
  readonly initialKey: Buffer;
  /** The key serial number that came with the key, its transaction counter zero. */
  readonly ksn: Buffer;
  /** See `DukptCounter.open`. */
  readonly counterFile: string;
  readonly firstUse: FirstUse;
}

export class DukptMacKeys implements MacKeySource {
  readonly #options: DukptMacOptions;
  readonly #counter: DukptCounter;

  private constructor(options: DukptMacOptions, counter: DukptCounter) {
    this.#options = options;
    this.#counter = counter;
  }

  static open(options: DukptMacOptions): Result<DukptMacKeys, CounterFault> {
    const counter = DukptCounter.open(options.kind, options.ksn, options.counterFile, options.firstUse);
    if (counter.ok) return ok(new DukptMacKeys(options, counter.value));
    wipe(options.initialKey);
    return counter;
  }

  connection(): ConnectionKeys {
    return { next: () => this.#next(), wipe: () => undefined };
  }

  wipe(): void {
    wipe(this.#options.initialKey);
  }

  #next(): Result<ExchangeKeys, MacKeyFault> {
    const ksn = this.#counter.next();
    if (!ksn.ok) return ksn;
    const { kind, algorithm, initialKey } = this.#options;
    const keys = dukptMacKeys(kind, algorithm, initialKey, ksn.value);
    return keys.ok ? keys : err(fault('noKey', keys.fault.detail, false));
  }
}
