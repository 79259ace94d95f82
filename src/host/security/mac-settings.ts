/** From what the configuration says about MACs to a source of keys. */
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { aes } from './aes.ts';
import type { CounterFault, DukptKind, FirstUse } from './dukpt-counter.ts';
import { DukptMacKeys } from './dukpt-mac.ts';
import { readKeyFile, type KeyFileFault } from './key-file.ts';
import { keyCheckValue, usualKcvMethod } from './key-check-value.ts';
import type { MacKeySource } from './mac-keys.ts';
import { tdes } from './tdes.ts';
import type { MacAlgorithm } from './message-mac.ts';
import { SessionMacKeys } from './working-key.ts';

interface KeyFiles {
  /** Key-encryption key (session) or initial key (DUKPT): hexadecimal, or a TR-31 key block. */
  readonly keyFile: string;
  /** Hexadecimal key that opens the key block. */
  readonly protectionKeyFile?: string | undefined;
}

export interface MacSettings {
  readonly algorithm: MacAlgorithm;
  readonly keys:
    | (KeyFiles & { readonly kind: 'session' })
    /** `ksn`: hexadecimal, as it came with the initial key. */
    | (KeyFiles & { readonly kind: DukptKind; readonly ksn: string });
}

function cipherOf({ algorithm, keys }: MacSettings): 'aes' | 'tdes' {
  const aes = keys.kind === 'session' ? algorithm === 'aes-cmac' : keys.kind === 'dukpt-aes';
  return aes ? 'aes' : 'tdes';
}

/** Upper-case hexadecimal, by the method that X9.24 names for the key's cipher: tells keys apart, and tells neither. */
export function macKeyCheckValue(settings: MacSettings): Result<string, KeyFileFault | Fault<'keyLength'>> {
  const key = readMacKeyFile(settings);
  if (!key.ok) return key;
  try {
    const cipher = cipherOf(settings) === 'aes' ? aes(key.value) : tdes(key.value);
    if (!cipher.ok) return cipher;
    const value = keyCheckValue(cipher.value, usualKcvMethod(cipher.value));
    return ok(value.toString('hex').toUpperCase());
  } finally {
    key.value.fill(0);
  }
}

/** The key of `keyFile`, the caller's to wipe: read by itself to check a configuration. */
export function readMacKeyFile({ algorithm, keys }: MacSettings): Result<Buffer, KeyFileFault> {
  const session = keys.kind === 'session';
  const cipher = cipherOf({ algorithm, keys });
  const protection =
    keys.protectionKeyFile === undefined
      ? undefined
      : readKeyFile({ file: keys.protectionKeyFile, algorithm: cipher, usages: [] });
  if (protection?.ok === false) return protection;
  return readKeyFile({
    file: keys.keyFile,
    algorithm: cipher,
    usages: session ? ['keyEncryption', 'keyBlockProtection'] : ['dukptInitialKey'],
    ...(protection === undefined ? {} : { protectionKey: protection.value }),
  });
}

/**
 * `counterFile`: where DUKPT writes its transaction counter, in the folder of the terminal's data. `firstUse`: refused
 * once the terminal has sent requests, so that a lost file is not taken for a new key.
 */
export function openMacKeys(
  settings: MacSettings,
  counterFile: string,
  firstUse: FirstUse,
): Result<MacKeySource, KeyFileFault | CounterFault | Fault<'keyLength'>> {
  const { algorithm, keys } = settings;
  const key = readMacKeyFile(settings);
  if (!key.ok) return key;
  if (keys.kind === 'session') return { ok: true, value: new SessionMacKeys(algorithm, key.value) };
  const { kind } = keys;
  if (kind === 'dukpt-tdes' && (algorithm !== 'x9.19' || key.value.length !== 16)) {
    key.value.fill(0);
    return err(fault('keyLength', 'DUKPT with TDES makes X9.19 MACs, from an initial key of 16 bytes', false));
  }
  return DukptMacKeys.open({
    kind,
    algorithm,
    initialKey: key.value,
    ksn: Buffer.from(keys.ksn, 'hex'),
    counterFile,
    firstUse,
  });
}
