/**
 * Data Object Lists: what a card asks the terminal to concatenate, and the rules for cutting and filling each
 * part to the asked length. EMV 4.4 Book 3 §5.4.
 */
import { assert } from '../base/assert.ts';
import { concat, toHex } from '../base/bytes.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import { readTag } from './ber-tlv.ts';
import { tagInfo } from './tags.ts';

export interface DolEntry {
  /** Upper-case hex. */
  readonly tag: string;
  /** Bytes asked for, 0–255. */
  readonly length: number;
}

export type DolFault = Fault<'dolMalformed'>;

/** Data objects by tag (upper-case hex). */
export type DataObjects = ReadonlyMap<string, Uint8Array>;

/** Whatever knows values by tag: a map, or all the data of a transaction. */
export type DataSource = Pick<DataObjects, 'get'>;

/** Reads the tag-length pairs; a list that ends inside a pair is malformed. */
export function parseDol(bytes: Uint8Array): Result<readonly DolEntry[], DolFault> {
  const entries: DolEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = readTag(bytes, at, bytes.length);
    const length = tag.ok ? bytes[tag.value] : undefined;
    if (!tag.ok || length === undefined) return err(fault('dolMalformed', `DOL ends inside the entry at ${at}`, true));
    entries.push({ tag: toHex(bytes.subarray(at, tag.value)), length });
    at = tag.value + 1;
  }
  return ok(entries);
}

/** Concatenates the asked values. What the terminal does not know or does not have is sent as zeros. */
export function buildDol(entries: readonly DolEntry[], objects: DataSource): Uint8Array<ArrayBuffer> {
  const values = concat(...entries.map(({ tag, length }) => fit(tag, objects.get(tag) ?? new Uint8Array(0), length)));
  assert(values.length === dolLength(entries), 'DOL: as long as the list asks for');
  return values;
}

/** Total length that `buildDol` will produce. */
export function dolLength(entries: readonly DolEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.length, 0);
}

function fit(tag: string, value: Uint8Array, length: number): Uint8Array {
  const format = value.length === 0 ? undefined : tagInfo(tag)?.format;
  if (value.length >= length) {
    return format === 'n' ? value.subarray(value.length - length) : value.subarray(0, length);
  }
  const filled = new Uint8Array(length);
  if (format === 'cn') filled.fill(0xff);
  filled.set(value, format === 'n' ? length - value.length : 0);
  return filled;
}
