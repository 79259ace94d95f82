/**
 * An encrypted PIN block on its way from the PIN pad to the acquirer. The terminal passes it through: it has no key
 * that opens it and never sees a PIN. What can be checked without the key is checked here (ISO 9564-1:2017 section
 * 9; ANSI X9.24-1:2009 and X9.24-3:2017 for the key serial number).
 */
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';

/**
 * ISO 9564-1:2017 section 9.3.2 (format 0), 9.3.5 (format 3) and 9.4.2 (format 4): bytes of the encrypted block, and
 * of the DUKPT key serial number where one goes with it (10 bytes: X9.24-1; 12 bytes: X9.24-3). AES DUKPT also
 * derives TDES keys, so formats 0 and 3 may come with either.
 */
const formats = {
  0: { blockBytes: 8, serialBytes: [10, 12] },
  3: { blockBytes: 8, serialBytes: [10, 12] },
  4: { blockBytes: 16, serialBytes: [12] },
} as const;

export type PinBlockFormat = keyof typeof formats;

export interface EncryptedPinBlock {
  readonly format: PinBlockFormat;
  readonly block: Buffer;
  /** Absent when the PIN key was exchanged with the host (master and session keys). */
  readonly keySerialNumber?: Buffer;
}

/**
 * - `pinBlockFormat`: the PIN pad names a format that a host must not get (1 has no PAN in it, 2 is for the card).
 * - `pinBlockLength`: the block does not have the length of its format.
 * - `keySerialNumber`: of no length that goes with the format.
 */
export type PinBlockFault = Fault<'pinBlockFormat' | 'pinBlockLength' | 'keySerialNumber'>;

function isFormat(format: number): format is PinBlockFormat {
  return Object.hasOwn(formats, format);
}

/** `format` is the control field that the PIN pad reports beside the block, in which it is encrypted. */
export function encryptedPinBlock(
  format: number,
  block: Buffer,
  keySerialNumber?: Buffer,
): Result<EncryptedPinBlock, PinBlockFault> {
  if (!isFormat(format))
    return err(fault('pinBlockFormat', `PIN block format ${format} is not passed to a host`, false));
  const { blockBytes, serialBytes } = formats[format];
  if (block.length !== blockBytes) {
    return err(fault('pinBlockLength', `format ${format} has ${blockBytes} bytes, found ${block.length}`, false));
  }
  if (keySerialNumber === undefined) return ok({ format, block });
  if (!serialBytes.some((bytes) => bytes === keySerialNumber.length)) {
    const detail = `format ${format} does not go with a key serial number of ${keySerialNumber.length} bytes`;
    return err(fault('keySerialNumber', detail, false));
  }
  return ok({ format, block, keySerialNumber });
}
