/**
 * `cham inspect emv`: what BER-TLV data of a card, terminal or issuer says. Prints card data in clear only with
 * --json, --batch or --clear: the person already has the bytes, and a program must get every value exactly.
 */
import { createInterface } from 'node:readline';
import { parseHex, toHex } from '../../core/base/bytes.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { explain } from '../../core/emv/decode/explain.ts';
import { parseTlv, parseTlvTolerant, type Tlv, type TlvNote } from '../../core/tlv/ber-tlv.ts';
import { holdsCardData, identify, otherMeanings, tagInfo } from '../../core/tlv/tags.ts';
import { scrub } from '../log.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Shows what EMV data (BER-TLV) says.

Usage: npm run cham -- inspect emv HEX [--tolerant] [--clear] [--json]
       npm run cham -- inspect emv --batch [--tolerant]

  HEX         the data; spaces between bytes are allowed
  --tolerant  read what can be read: padding FF, and what follows an object that is cut off, is passed over and told
  --clear     do not mask card data (PAN, tracks) in the tree
  --json      [{ "tag", "name", "length", "value", "children"?, "explain"? }]; values as upper-case hex, EVERY VALUE
              IN CLEAR, card data too; with --tolerant { "objects": [...], "notes": [{ "offset", "length", "reason" }] }
  --batch     one input a line on standard input, one JSON document a line on standard output, in clear as with
              --json; what cannot be read gives { "error": { "offset", "reason" } } and the batch goes on

Data that cannot be read ends with exit code 2, the offset of the byte and the reason.

Example
  npm run cham -- inspect emv 9505 8000048000 9F2701 80`;

/** As printed with --json. */
interface Shown {
  readonly tag: string;
  readonly name: string;
  readonly length: number;
  readonly value: string;
  readonly children?: readonly Shown[];
  readonly explain?: readonly string[];
}

interface Reading {
  readonly objects: readonly Shown[];
  readonly notes: readonly TlvNote[];
}

interface Unreadable {
  readonly offset: number;
  readonly reason: string;
}

/** `args` are those after `inspect emv`. */
export async function inspectEmv(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      tolerant: { type: 'boolean', default: false },
      clear: { type: 'boolean', default: false },
      batch: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values, positionals } = options.parsed;
  const document = ({ objects, notes }: Reading): unknown => (values.tolerant ? { objects, notes } : objects);
  if (values.batch) {
    if (positionals.length > 0) return wrong('--batch reads standard input; found data on the command line too');
    return batch(document, values.tolerant);
  }
  const text = positionals.join(' ');
  if (text.trim() === '') return wrong('no data is given; expected hexadecimal');
  const reading = read(text, values.tolerant);
  if (!reading.ok) {
    const { offset, reason } = reading.fault;
    if (values.json) sayJson({ error: { offset, reason } });
    complain(`byte ${offset}: ${reason}`);
    return exitCodes.usage;
  }
  if (values.json) {
    sayJson(document(reading.value));
    return exitCodes.ok;
  }
  for (const line of tree(reading.value.objects, values.clear, 0)) say(line);
  for (const { offset, length, reason } of reading.value.notes) say(`byte ${offset}, ${length} bytes: ${reason}`);
  return exitCodes.ok;
}

function wrong(reason: string): ExitCode {
  complain(`inspect emv: ${reason}\n\n${help}`);
  return exitCodes.usage;
}

/** Faults are part of the output, so the batch itself ends well. */
async function batch(document: (reading: Reading) => unknown, tolerant: boolean): Promise<ExitCode> {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const reading = line.trim() === '' ? err({ offset: 0, reason: 'no data' }) : read(line, tolerant);
    say(JSON.stringify(reading.ok ? document(reading.value) : { error: reading.fault }));
  }
  return exitCodes.ok;
}

function read(text: string, tolerant: boolean): Result<Reading, Unreadable> {
  const bytes = parseHex(text);
  if (bytes === undefined) {
    const bad = text.search(/[^0-9A-Fa-f\s]/);
    const digits = text.slice(0, bad < 0 ? undefined : bad).replaceAll(/\s/g, '').length;
    const reason = bad < 0 ? 'an odd number of hexadecimal digits' : 'not a hexadecimal digit';
    return err({ offset: Math.floor(digits / 2), reason });
  }
  if (tolerant) {
    const { objects, notes } = parseTlvTolerant(bytes);
    return ok({ objects: shown(objects), notes });
  }
  const parsed = parseTlv(bytes);
  if (!parsed.ok) return err({ offset: parsed.fault.offset, reason: parsed.fault.reason });
  return ok({ objects: shown(parsed.value), notes: [] });
}

function shown(objects: readonly Tlv[], parent?: string): readonly Shown[] {
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
      ...(isTemplate(tag) ? { children: shown(children, tag) } : {}),
      ...(all.length > 0 ? { explain: all } : {}),
    };
  });
}

/** Bit 6 of the first tag byte (EMV 4.4 Book 3 Annex B1). */
function isTemplate(tag: string): boolean {
  return (Number.parseInt(tag.slice(0, 2), 16) & 0x20) !== 0;
}

/** Two spaces a level; the value on the line of its tag, what it says below it. */
function tree(objects: readonly Shown[], clear: boolean, level: number): string[] {
  const indent = '  '.repeat(level);
  return objects.flatMap(({ tag, name, length, value, children, explain: lines = [] }) => [
    `${indent}${tag}  ${name}  [${length}]${children === undefined ? `  ${clear ? value : masked(tag, value)}` : ''}`,
    ...lines.map((line) => `${indent}    - ${line}`),
    ...tree(children ?? [], clear, level + 1),
  ]);
}

/** What the table calls card data is not shown at all, its explanation is; the rest is scrubbed like a log line. */
function masked(tag: string, value: string): string {
  if (value !== '' && holdsCardData(tag)) return '(masked; --clear shows it)';
  return tagInfo(tag) === undefined ? scrub(value) : value;
}
