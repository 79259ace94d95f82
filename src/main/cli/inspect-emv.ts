/**
 * `cham inspect emv`: what BER-TLV data of a card, terminal or issuer says. Prints card data in clear only with
 * --json, --batch or --clear: the person already has the bytes, and a program must get every value exactly.
 */
import { createInterface } from 'node:readline';
import { parseHex } from '../../core/base/bytes.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { parseTlv, parseTlvTolerant, type TlvNote } from '../../core/tlv/ber-tlv.ts';
import { objectLines, shownObjects, type ShownObject } from './emv-objects.ts';
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

interface Reading {
  readonly objects: readonly ShownObject[];
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
  if (text.trim() === '') {
    if (values.json) sayJson({ error: { offset: 0, reason: 'no data' } });
    return wrong('no data is given; expected hexadecimal');
  }
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
  for (const line of objectLines(reading.value.objects, values.clear)) say(line);
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
    return ok({ objects: shownObjects(objects), notes });
  }
  const parsed = parseTlv(bytes);
  if (!parsed.ok) return err({ offset: parsed.fault.offset, reason: parsed.fault.reason });
  return ok({ objects: withStatusWord(shownObjects(parsed.value)), notes: [] });
}

/** A whole answer of a card ends with its status word, and 9000 reads like an empty object. */
function withStatusWord(objects: readonly ShownObject[]): readonly ShownObject[] {
  const last = objects.at(-1);
  if (last === undefined || objects.length < 2 || last.tag !== '90' || last.length > 0) return objects;
  return [...objects.slice(0, -1), { ...last, explain: ['Or the status word 9000 of a whole answer: success'] }];
}
