/**
 * Header and optional blocks of a key block: ASC X9 TR-31:2018 Annex A (the same layout in ANSI X9.143, section 6).
 * The text comes from outside: every mistake is a fault, nothing is guessed.
 */
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';

/**
 * - `keyBlockText`: not a key block: length, characters or header are wrong.
 * - `optionalBlock`: an optional block is malformed or too long, or there are too many.
 */
export type KeyBlockTextFault = Fault<'keyBlockText' | 'optionalBlock'>;

/**
 * How the key block is protected. A and C: key variants, MAC of 4 bytes (A is withdrawn); B: TDES with key
 * derivation; D: AES with key derivation. TR-31:2018 A.2, table 4, byte 0, and section 5.3.
 */
export const keyBlockVersions = {
  A: { blockSize: 8, macBytes: 4, kbpkBytes: [8, 16, 24] },
  B: { blockSize: 8, macBytes: 8, kbpkBytes: [16, 24] },
  C: { blockSize: 8, macBytes: 4, kbpkBytes: [8, 16, 24] },
  D: { blockSize: 16, macBytes: 16, kbpkBytes: [16, 24, 32] },
} as const;

export type KeyBlockVersion = keyof typeof keyBlockVersions;

export interface OptionalBlock {
  /** Two letters or digits, e.g. `KS` (key set identifier), `KC` (check value of the key). */
  readonly id: string;
  /** Printable ASCII. */
  readonly data: string;
}

/** As written; what the codes mean to a terminal is in key-block-import.ts. */
export interface KeyBlockHeader {
  readonly version: KeyBlockVersion;
  readonly keyUsage: string;
  readonly algorithm: string;
  readonly modeOfUse: string;
  readonly keyVersion: string;
  readonly exportability: string;
  /** Without the padding block `PB`, which is taken off and put on as needed. */
  readonly optionalBlocks: readonly OptionalBlock[];
}

const fixedLength = 16;

function refuseBlock<T>(detail: string): Result<T, KeyBlockTextFault> {
  return err(fault('optionalBlock', detail, false));
}

/** A number of `digits` upper-case hexadecimal digits; undefined when there is something else. */
function hexNumber(text: string, at: number, digits: number): number | undefined {
  const part = text.slice(at, at + digits);
  return part.length === digits && /^[0-9A-F]+$/.test(part) ? Number.parseInt(part, 16) : undefined;
}

/**
 * TR-31:2018 A.5.6: two characters of ID and two hexadecimal digits of length, which counts the whole block; or
 * `00`, two digits that say in how many bytes the length follows, and the length itself.
 */
function readOptionalBlock(
  text: string,
  start: number,
): Result<{ block: OptionalBlock; end: number }, KeyBlockTextFault> {
  const id = text.slice(start, start + 2);
  if (!/^[0-9A-Za-z]{2}$/.test(id)) return refuseBlock('the ID of an optional block is not two letters or digits');
  let at = start + 4;
  let length = hexNumber(text, start + 2, 2);
  if (length === 0) {
    const lengthBytes = hexNumber(text, at, 2);
    // A key block has at most 9999 characters: two bytes are enough for any honest length.
    if (lengthBytes === undefined || lengthBytes < 1 || lengthBytes > 2) return refuseBlock(`${id}: length of length`);
    length = hexNumber(text, at + 2, lengthBytes * 2);
    at += 2 + lengthBytes * 2;
  }
  if (length === undefined || start + length < at) return refuseBlock(`${id}: the length is malformed or too small`);
  const data = text.slice(at, start + length);
  if (data.length !== start + length - at) return refuseBlock(`${id}: the block is cut off`);
  if (!/^[ -~]*$/.test(data)) return refuseBlock(`${id}: a character is not printable ASCII`);
  return ok({ block: { id, data }, end: start + length });
}

/**
 * TR-31:2018 A.2, table 4: 16 characters of header, then as many optional blocks as bytes 12 and 13 say. What follows is
 * not looked at. `length`: characters used, padding block included.
 */
export function parseKeyBlockHeader(
  text: string,
): Result<{ header: KeyBlockHeader; length: number }, KeyBlockTextFault> {
  const match =
    /^([A-D])\d{4}([0-9A-Za-z]{2})([0-9A-Za-z])([0-9A-Za-z])([0-9A-Za-z]{2})([0-9A-Za-z])(\d{2})[0-9A-Za-z]{2}/.exec(
      text,
    );
  if (match === null) return err(fault('keyBlockText', 'the 16 characters of a key block header are expected', false));
  const [, version = '', keyUsage = '', algorithm = '', modeOfUse = '', keyVersion = '', exportability = '', count] =
    match;
  const optionalBlocks: OptionalBlock[] = [];
  let length = fixedLength;
  for (let left = Number(count); left > 0; left -= 1) {
    const read = readOptionalBlock(text, length);
    if (!read.ok) return read;
    if (read.value.block.id !== 'PB') optionalBlocks.push(read.value.block);
    length = read.value.end;
  }
  return ok({
    header: {
      version: version as KeyBlockVersion,
      keyUsage,
      algorithm,
      modeOfUse,
      keyVersion,
      exportability,
      optionalBlocks,
    },
    length,
  });
}

function hexDigits(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

/**
 * TR-31:2018 A.5.6 and table 11: the optional blocks as text, with a padding block when they do not fill whole blocks of
 * the cipher, and their number.
 */
export function formatOptionalBlocks(
  blocks: readonly OptionalBlock[],
  blockSize: 8 | 16,
): Result<{ count: number; text: string }, KeyBlockTextFault> {
  let text = '';
  for (const { id, data } of blocks) {
    if (!/^[0-9A-Za-z]{2}$/.test(id) || !/^[ -~]*$/.test(data)) return refuseBlock('characters that no block may have');
    const short = data.length + 4;
    const long = data.length + 10;
    if (long > 0xffff) return refuseBlock(`${id}: ${data.length} characters are too many`);
    text += `${id}${short <= 0xff ? hexDigits(short, 2) : `0002${hexDigits(long, 4)}`}${data}`;
  }
  let count = blocks.length;
  const over = text.length % blockSize;
  if (over > 0) {
    // The padding block itself takes four characters.
    const missing = blockSize - over < 4 ? 2 * blockSize - over : blockSize - over;
    text += `PB${hexDigits(missing, 2)}${'0'.repeat(missing - 4)}`;
    count += 1;
  }
  return count > 99 ? refuseBlock(`${count} optional blocks are too many`) : ok({ count, text });
}

/** The header with its optional blocks, for a key block of `bodyLength` further characters. */
export function formatKeyBlockHeader(header: KeyBlockHeader, bodyLength: number): Result<string, KeyBlockTextFault> {
  const { version, keyUsage, algorithm, modeOfUse, keyVersion, exportability } = header;
  const optional = formatOptionalBlocks(header.optionalBlocks, keyBlockVersions[version].blockSize);
  if (!optional.ok) return optional;
  const { count, text } = optional.value;
  const total = String(fixedLength + text.length + bodyLength).padStart(4, '0');
  const codes = `${keyUsage}${algorithm}${modeOfUse}${keyVersion}${exportability}`;
  if (total.length > 4 || !/^[0-9A-Za-z]{7}$/.test(codes)) {
    return err(fault('keyBlockText', 'a code of the header is malformed, or the key block is longer than 9999', false));
  }
  return ok(`${version}${total}${codes}${String(count).padStart(2, '0')}00${text}`);
}
