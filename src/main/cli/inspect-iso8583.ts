/**
 * `cham inspect iso8583`: what a message in hexadecimal says. Prints card data in clear only with --json, --batch or
 * --clear: the person already has the bytes, and a program must get every value exactly.
 */
import { createInterface } from 'node:readline';
import { fromLatin1, parseHex, toHex } from '../../core/base/bytes.ts';
import { err, type Result } from '../../core/base/result.ts';
import { parseMessage } from '../../core/iso8583/codec.ts';
import { splitElement } from '../../core/iso8583/composite.ts';
import { resolveDialect, type Dialect } from '../../core/iso8583/dialect.ts';
import type { Iso8583Message } from '../../core/iso8583/message.ts';
import { loadDialects } from '../config/dialect-schema.ts';
import { formatConfigFault } from '../config/load.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Shows what an ISO 8583 message says.

Usage: npm run cham -- inspect iso8583 HEX --dialect NAME [--framed] [--clear] [--json]
       npm run cham -- inspect iso8583 --batch --dialect NAME [--framed]
       npm run cham -- inspect iso8583 --dialect list [--json]

  HEX             the message; spaces between bytes are allowed
  --dialect NAME  how the host writes messages; "list" names the dialects (config/acquirers and the standard ones)
  --framed        the input begins with the dialect's length header (and TPDU)
  --clear         do not mask card data in the table
  --json          { "mti", "fields" }; binary values as upper-case hex, EVERY VALUE IN CLEAR, card data too
  --batch         one message a line on standard input, one JSON document a line on standard output, in clear as with
                  --json; what cannot be read gives { "error": { "element", "offset", "reason" } } and the batch goes on

A message that cannot be read ends with exit code 2 and the data element, the offset and the reason (DE 0 is the MTI,
DE 1 a bit map; offsets count from the first byte of the message).

Example
  npm run cham -- inspect iso8583 30383030... --dialect iso87-ascii --json`;

/** Where and why an input is no message. */
interface Unreadable {
  readonly element: number;
  readonly offset: number;
  readonly reason: string;
}

/** `args` is what follows `inspect iso8583`. */
export async function inspectIso8583(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      dialect: { type: 'string' },
      framed: { type: 'boolean', default: false },
      clear: { type: 'boolean', default: false },
      batch: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values, positionals: parts } = options.parsed;
  const loaded = loadDialects();
  if (!loaded.ok) return wrong(formatConfigFault(loaded.fault));
  const names = loaded.value.map(({ id }) => id);
  if (values.dialect === 'list') {
    if (values.json) sayJson(names);
    else for (const { id, note } of loaded.value) say(`${id.padEnd(26)} ${note ?? ''}`.trimEnd());
    return exitCodes.ok;
  }
  if (values.dialect === undefined || !names.includes(values.dialect)) {
    return wrong(`--dialect: found ${values.dialect ?? 'nothing'}; expected one of ${names.join(', ')}`);
  }
  const dialect = resolveDialect(loaded.value, values.dialect);
  if (!dialect.ok) return wrong(dialect.fault.detail);
  const read = (text: string): Result<Iso8583Message, Unreadable> => readMessage(dialect.value, text, values.framed);
  if (values.batch) return batch(dialect.value, read);

  const hexText = parts.join('');
  if (hexText === '') return wrong('no message is given; expected hexadecimal');
  const message = read(hexText);
  if (!message.ok) {
    const { element, offset, reason } = message.fault;
    if (values.json) sayJson({ error: { element, offset, reason } });
    complain(`DE ${element} at byte ${offset}: ${reason}`);
    return exitCodes.usage;
  }
  if (values.json) sayJson(document(dialect.value, message.value));
  else for (const line of table(dialect.value, message.value, values.clear)) say(line);
  return exitCodes.ok;
}

function wrong(reason: string): ExitCode {
  complain(`inspect: ${reason}\n\n${help}`);
  return exitCodes.usage;
}

function readMessage(dialect: Dialect, text: string, framed: boolean): Result<Iso8583Message, Unreadable> {
  const bytes = parseHex(text);
  if (bytes === undefined) {
    const bad = text.search(/[^0-9A-Fa-f\s]/);
    const digits = text.slice(0, bad < 0 ? undefined : bad).replaceAll(/\s/g, '').length;
    return err({
      element: 0,
      offset: Math.floor(digits / 2),
      reason: bad < 0 ? 'an odd number of hexadecimal digits' : 'not a hexadecimal digit',
    });
  }
  if (!framed) return parseMessage(dialect, bytes);
  const { size } = dialect.frame;
  if (bytes.length < size) return err({ element: 0, offset: 0, reason: `the header has ${size} bytes` });
  const announced = dialect.frame.read(bytes.subarray(0, size));
  if (announced !== bytes.length - size) {
    const reason = `the header announces ${announced < 0 ? 'no length' : `${announced} bytes`}, ${bytes.length - size} follow`;
    return err({ element: 0, offset: 0, reason });
  }
  return parseMessage(dialect, bytes.subarray(size));
}

/** Secret text (PAN, tracks) is text here, as it stands in the message; only binary content is hexadecimal. */
function clearValue(dialect: Dialect, message: Iso8583Message, element: number): string {
  const value = message.value(element) ?? '';
  if (typeof value === 'string') return value;
  return dialect.elements.get(element)?.content === 'b' ? toHex(value) : fromLatin1(value);
}

function document(dialect: Dialect, message: Iso8583Message): unknown {
  const fields = message.elements().map((element) => [String(element), clearValue(dialect, message, element)] as const);
  return { mti: message.mti, fields: Object.fromEntries(fields) };
}

/** Faults are part of the output, so the batch itself ends well. */
async function batch(dialect: Dialect, read: (text: string) => Result<Iso8583Message, Unreadable>): Promise<ExitCode> {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const message = read(line);
    if (message.ok) {
      say(JSON.stringify(document(dialect, message.value)));
    } else {
      const { element, offset, reason } = message.fault;
      say(JSON.stringify({ error: { element, offset, reason } }));
    }
  }
  return exitCodes.ok;
}

/** One line per element; what may not be printed is masked or shown as its length unless `clear`. */
function table(dialect: Dialect, message: Iso8583Message, clear: boolean): string[] {
  const lines = [`MTI  ${message.mti}  (${dialect.id})`];
  for (const element of message.elements()) {
    const spec = dialect.elements.get(element);
    const value = clear ? clearValue(dialect, message, element) : message.describeElement(element);
    lines.push(`${String(element).padStart(3)}  ${(spec?.name ?? '').padEnd(46)}  ${value}`);
    if (spec?.composite === undefined || !(clear || message.shows(element))) continue;
    const parts = splitElement(spec.composite, element, message.value(element) ?? '');
    if (!parts.ok) {
      lines.push(`       not as the dialect describes it: ${parts.fault.reason}`);
      continue;
    }
    for (const [part, inner] of parts.value) {
      lines.push(`       ${element}.${part}  ${typeof inner === 'string' ? inner : toHex(inner)}`);
    }
  }
  return lines;
}
