/**
 * `cham inspect qr`: what a payment code says, whoever shows it. Card data of a consumer-presented code is never
 * printed; the card number inside a transfer to a card only with --json or --batch, where a program needs it exactly.
 */
import { createInterface } from 'node:readline';
import { maskPan } from '../../core/base/pan.ts';
import { parseCpm, type CpmCode, type CpmDescription } from '../../core/qr/cpm.ts';
import { crcOf, type QrCrc } from '../../core/qr/crc16.ts';
import { firstError, parseMpm, type QrObject, type QrProblem } from '../../core/qr/mpm.ts';
import { placeOf, readPayment, type QrCatalogue, type QrPayment, type QrProfile } from '../../core/qr/profile.ts';
import { formatConfigFault } from '../config/load.ts';
import { loadQrCatalogue } from '../config/qr-schema.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Shows what a payment QR code says: merchant-presented (EMVCo MPM) or consumer-presented (EMVCo CPM).

Usage: npm run cham -- inspect qr TEXT [--json]
       npm run cham -- inspect qr --batch

  TEXT      the text in the code, in quotation marks
  --json    { "valid", "kind", "crc", "objects", "payment", "problems" }; kind is "mpm", "cpm" or "unknown", what the
            code does not say is null, amounts are in the major unit, a number of a card to pay to is in clear
  --batch   one text a line on standard input, one JSON document a line on standard output

Exit code 0 when the code may be used, 2 when not (and for wrong usage). A batch ends with 0.

Example
  npm run cham -- inspect qr "00020101021138..." --json`;

/** The document; its keys are what --json promises. */
interface QrDocument {
  readonly valid: boolean;
  readonly kind: 'mpm' | 'cpm' | 'unknown';
  /** All null where the kind has no CRC. */
  readonly crc: QrCrc | { readonly ok: null; readonly found: null; readonly expected: null };
  readonly objects: readonly (QrObject | CpmDescription)[];
  readonly payment: QrPayment;
  readonly problems: readonly QrProblem[];
}

interface Inspection {
  readonly document: QrDocument;
  readonly profile: QrProfile | undefined;
}

/** `args` is what follows `inspect qr`. */
export async function inspectQr(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    { batch: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values, positionals } = options.parsed;
  const catalogue = loadQrCatalogue();
  if (!catalogue.ok) return wrong(formatConfigFault(catalogue.fault));
  if (values.batch) {
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
      say(JSON.stringify(inspectText(line, catalogue.value).document));
    }
    return exitCodes.ok;
  }
  if (positionals.length === 0) return wrong('found no text; expected what the code contains');
  if (positionals.length > 1) return wrong(`found ${positionals.length} texts; expected one, in quotation marks`);
  const [text = ''] = positionals;
  const inspection = inspectText(text, catalogue.value);
  if (values.json) sayJson(inspection.document);
  else for (const line of explain(inspection, catalogue.value)) say(line);
  return inspection.document.valid ? exitCodes.ok : exitCodes.usage;
}

function wrong(reason: string): ExitCode {
  complain(`inspect qr: ${reason}\n\n${help}`);
  return exitCodes.usage;
}

/** Scanners end with a line break, and neither format begins or ends with white space. */
function inspectText(scanned: string, catalogue: QrCatalogue): Inspection {
  const text = scanned.trim();
  const inspection = inspectTrimmed(text, catalogue);
  if (text === scanned) return inspection;
  const note: QrProblem = { severity: 'note', id: '', message: 'white space around the code, ignored' };
  const { document } = inspection;
  return { ...inspection, document: { ...document, problems: [...document.problems, note] } };
}

function inspectTrimmed(text: string, catalogue: QrCatalogue): Inspection {
  const cpm = parseCpm(text);
  if (cpm.ok) return { document: cpmDocument(cpm.value), profile: undefined };
  const parsed = parseMpm(text);
  const reading = readPayment(parsed, catalogue);
  const { payment, profile, template } = reading;
  if (/^\d{4}/.test(text)) {
    const problems = [...parsed.problems, ...reading.problems];
    const valid = firstError({ problems }) === undefined;
    const objects = named(parsed.objects, profile, template);
    return { document: { valid, kind: 'mpm', crc: crcOf(text), objects, payment, problems }, profile };
  }
  const broken = cpm.fault.kind === 'broken';
  const reason = broken ? cpm.fault.detail : 'neither a list of EMVCo data objects nor a consumer-presented code';
  const problems = [{ severity: 'error', id: '', message: reason }] as const;
  return {
    document: { valid: false, kind: broken ? 'cpm' : 'unknown', crc: noCrc, objects: [], payment, problems },
    profile,
  };
}

/** EMVCo leaves the objects of an account template to the payment networks; their profiles name them. */
function named(
  objects: readonly QrObject[],
  profile: QrProfile | undefined,
  template: string | undefined,
): readonly QrObject[] {
  if (profile === undefined) return objects;
  const names = new Map(Object.entries(profile.objects).map(([path, { name }]) => [placeOf(template, path), name]));
  const rename = (these: readonly QrObject[], parent: string): QrObject[] =>
    these.map((object) => {
      const path = parent === '' ? object.id : `${parent}.${object.id}`;
      const children = object.children && rename(object.children, path);
      return { ...object, name: names.get(path) ?? object.name, children };
    });
  return rename(objects, '');
}

const noCrc = { ok: null, found: null, expected: null } as const;

/** The first application is the one that the customer's phone prefers. */
function cpmDocument(code: CpmCode): QrDocument {
  const [preferred] = code.applications;
  const payment: QrPayment = {
    scheme: preferred?.label ?? preferred?.aid ?? null,
    bankBin: null,
    bankName: null,
    account: preferred?.pan ?? null,
    amount: null,
    currency: null,
    reference: null,
    purpose: null,
    merchantName: null,
  };
  const valid = firstError(code) === undefined;
  return { valid, kind: 'cpm', crc: noCrc, objects: code.describe(), payment, problems: code.problems };
}

const kinds: Readonly<Record<QrDocument['kind'], string>> = {
  mpm: 'Merchant-presented code (EMVCo MPM)',
  cpm: 'Consumer-presented code (EMVCo CPM)',
  unknown: 'Not a payment code that is known here',
};

function explain({ document, profile }: Inspection, { banks }: QrCatalogue): string[] {
  const { valid, kind, crc, objects, payment, problems } = document;
  const card = profile?.accountIsCard === true ? payment.account : null;
  const bank = banks.find(({ bin }) => bin === payment.bankBin);
  const rows: readonly (readonly [string, string | null])[] = [
    ['Scheme', payment.scheme && [payment.scheme, profile?.name].filter(Boolean).join(', ')],
    ['Bank', payment.bankBin && `${payment.bankBin} ${bank?.name ?? 'not in the list of banks'}`],
    ['Account', card === null ? payment.account : maskPan(card)],
    ['Amount', payment.amount === null ? null : `${payment.amount} ${payment.currency ?? ''}`.trimEnd()],
    ['Reference', payment.reference],
    ['Purpose', payment.purpose],
    ['Merchant', payment.merchantName],
    ['CRC', crc.found && `${crc.found} ${crc.ok ? 'is right' : `is wrong, computed ${crc.expected}`}`],
  ];
  return [
    `${kinds[kind]}: ${valid ? 'may be used' : 'must not be used'}`,
    ...rows.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(10)} ${value}`])),
    ...(problems.length === 0 ? [] : ['Problems']),
    ...problems.map(({ severity, id, message }) => `  ${severity.padEnd(8)} ${id === '' ? '' : `${id}: `}${message}`),
    ...(objects.length === 0 ? [] : ['Objects']),
    ...objects.flatMap((object) => tree(object, '', card)),
  ].map(visible);
}

function tree(object: QrObject | CpmDescription, path: string, card: string | null): string[] {
  const { id, name, children } = object;
  const where = path === '' ? id : `${path}.${id}`;
  const line = `  ${where.padEnd(12)} ${name.padEnd(44)}`;
  if (children !== null) return [line.trimEnd(), ...children.flatMap((child) => tree(child, where, card))];
  const value = object.value ?? `${'bytes' in object ? object.bytes : 0} bytes, not shown`;
  return [`${line} ${value === card ? maskPan(value) : value}`];
}

/** Codes come from strangers: control characters must not reach a terminal. */
function visible(line: string): string {
  return line.replaceAll(/\p{C}/gu, '\ufffd');
}
