/** EMV data objects as documents for programs and as trees for people; what `inspect emv` and `inspect trace` print. */
import { toHex } from '../../core/base/bytes.ts';
import { explain } from '../../core/emv/decode/explain.ts';
import type { Tlv } from '../../core/tlv/ber-tlv.ts';
import { holdsCardData, identify, otherMeanings, tagInfo } from '../../core/tlv/tags.ts';
import { scrub } from '../log.ts';

/** As printed with --json. */
export interface ShownObject {
  readonly tag: string;
  readonly name: string;
  readonly length: number;
  readonly value: string;
  readonly children?: readonly ShownObject[];
  readonly explain?: readonly string[];
}

export function shownObjects(objects: readonly Tlv[], parent?: string): readonly ShownObject[] {
  return objects.map(({ tag, value, children }) => {
    const info = identify(tag, value, parent);
    const lines = isTemplate(tag) ? [] : explain(tag, value, info);
    const others = otherMeanings(tag, value.length, info);
    const all = [...lines, ...others.map(({ name, spec }) => `Elsewhere: ${name} (${spec})`)];
    return {
      tag,
      name: info?.name ?? 'Unknown',
      length: value.length,
      value: toHex(value),
      ...(isTemplate(tag) ? { children: shownObjects(children, tag) } : {}),
      ...(all.length > 0 ? { explain: all } : {}),
    };
  });
}

/** Bit 6 of the first tag byte (EMV 4.4 Book 3 Annex B1). */
function isTemplate(tag: string): boolean {
  return (Number.parseInt(tag.slice(0, 2), 16) & 0x20) !== 0;
}

/** Two spaces a level; the value on the line of its tag, what it says below it. */
export function objectLines(objects: readonly ShownObject[], clear: boolean, level = 0): string[] {
  const indent = '  '.repeat(level);
  return objects.flatMap(({ tag, name, length, value, children, explain: lines = [] }) => [
    `${indent}${tag}  ${name}  [${length}]${children === undefined ? `  ${clear ? value : masked(tag, value)}` : ''}`,
    ...lines.map((line) => `${indent}    - ${line}`),
    ...objectLines(children ?? [], clear, level + 1),
  ]);
}

/** What the table calls card data is not shown at all, its explanation is; the rest is scrubbed like a log line. */
function masked(tag: string, value: string): string {
  if (value !== '' && holdsCardData(tag)) return '(masked; --clear shows it)';
  return tagInfo(tag) === undefined ? scrub(value) : value;
}
