/**
 * MAC keys that the host hands out as TR-31 key blocks (0800 with DE 70 = 161), wrapped under a key-encryption key
 * that both sides hold. TR-31:2018 table 6: usage M3 for X9.19 (under TDES, version B), M6 for CMAC (under AES, D).
 */
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { aes } from './aes.ts';
import { importKeyBlock, type KeyImportFault } from './key-block-import.ts';
import { wrapKeyBlock, type KeyBlockFault } from './key-block.ts';
import { keyCheckValue, usualKcvMethod } from './key-check-value.ts';
import type { ConnectionKeys, ExchangeKeys, MacKeySource } from './mac-keys.ts';
import { macKey, type MacAlgorithm, type MacKey } from './message-mac.ts';
import { wipe } from './secret-bytes.ts';
import { tdes } from './tdes.ts';

const forms = {
  'x9.19': { version: 'B', keyUsage: 'M3', usage: 'retailMac', algorithm: 'T', create: tdes, kcvMethod: '00' },
  'aes-cmac': { version: 'D', keyUsage: 'M6', usage: 'cmac', algorithm: 'A', create: aes, kcvMethod: '01' },
} as const;

export type WorkingKeyFault = KeyImportFault | Fault<'keyNotForMac'>;

/** The host's side: a key block with the check value of the key in it. */
export function wrapWorkingKey(kek: Buffer, { algorithm, key }: MacKey): Result<string, KeyBlockFault> {
  const form = forms[algorithm];
  const cipher = form.create(key);
  if (!cipher.ok) return cipher;
  const kcv = keyCheckValue(cipher.value, usualKcvMethod(cipher.value)).toString('hex').toUpperCase();
  const header = {
    version: form.version,
    keyUsage: form.keyUsage,
    algorithm: form.algorithm,
    modeOfUse: 'C',
    keyVersion: '00',
    exportability: 'N',
    optionalBlocks: [{ id: 'KC', data: `${form.kcvMethod}${kcv}` }],
  };
  return wrapKeyBlock(kek, header, key);
}

/** The terminal's side; a check value in the block must be that of the key. The key is the caller's to wipe. */
export function importWorkingKey(
  kek: Buffer,
  algorithm: MacAlgorithm,
  keyBlock: string,
): Result<{ readonly key: MacKey; readonly kcv: string }, WorkingKeyFault> {
  const imported = importKeyBlock(kek, keyBlock);
  if (!imported.ok) return imported;
  const { usage, mode, key, kcv } = imported.value;
  const refuse = (refused: WorkingKeyFault) => {
    wipe(key);
    return err(refused);
  };
  if (usage !== forms[algorithm].usage || (mode !== 'generateAndVerify' && mode !== 'noRestriction')) {
    return refuse(fault('keyNotForMac', `the key is not one to make and check ${algorithm} MACs with`, false));
  }
  const checked = macKey(algorithm, key);
  return checked.ok ? ok({ key: checked.value, kcv }) : refuse(checked.fault);
}

/** One key a connection, until the host hands out another. Takes `kek` over. */
export class SessionMacKeys implements MacKeySource {
  readonly #kek: Buffer;
  readonly #algorithm: MacAlgorithm;

  constructor(algorithm: MacAlgorithm, kek: Buffer) {
    this.#algorithm = algorithm;
    this.#kek = kek;
  }

  connection(): ConnectionKeys {
    let current: MacKey | undefined;
    return {
      accept: (keyBlock) => {
        const imported = importWorkingKey(this.#kek, this.#algorithm, keyBlock);
        if (!imported.ok) return imported;
        if (current !== undefined) wipe(current.key);
        current = imported.value.key;
        return ok(imported.value.kcv);
      },
      next: () => (current === undefined ? err(fault('noKey', 'there is no working key', true)) : ok(copyOf(current))),
      wipe: () => {
        if (current !== undefined) wipe(current.key);
        current = undefined;
      },
    };
  }

  wipe(): void {
    wipe(this.#kek);
  }
}

/** A copy, because the key may be replaced while a reply is still awaited. */
function copyOf({ algorithm, key }: MacKey): ExchangeKeys {
  const copy = { algorithm, key: Buffer.from(key) };
  return { request: copy, response: copy, wipe: () => wipe(copy.key) };
}
