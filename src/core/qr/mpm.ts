/**
 * Merchant-presented QR payloads: text to a tree of data objects and back (EMV QRCPS MPM v1.1 §3.2).
 * Reading is tolerant and says so: every deviation becomes a problem, an error means "do not pay this code".
 * Writing is strict: what reading would complain about is not written. No text makes the reader throw.
 */
import { assert } from '../base/assert.ts';
import { utf8 } from '../base/bytes.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import { crc16Text } from './crc16.ts';
import { napasGuid, networkRows, rootRows, rowFor, valueProblem, type QrObjectRow } from './objects.ts';

export interface QrObject {
  /** Two digits; unique among its siblings. */
  readonly id: string;
  readonly name: string;
  /** The value as it stands in the code, also for templates. */
  readonly value: string;
  /** Objects inside a template; null for a primitive object and for a template that holds plain text. */
  readonly children: readonly QrObject[] | null;
}

export interface QrProblem {
  /** `error`: the code must not be used. `warning`: deviates from the specification, readable all the same. */
  readonly severity: 'error' | 'warning';
  /** Where: IDs from the root, such as `38.01`; empty for the code as a whole. */
  readonly id: string;
  readonly message: string;
}

export interface ParsedQr {
  readonly objects: readonly QrObject[];
  readonly problems: readonly QrProblem[];
}

/** A QR symbol holds at most 4296 alphanumeric characters (ISO/IEC 18004, version 40-L). */
const symbolLimit = 4296;
/** §4.1: a payload should not be longer, counted in bytes so that multi-byte characters weigh what they cost. */
const payloadLimit = 512;

type Report = (severity: QrProblem['severity'], id: string, message: string) => void;
type Width = (character: string) => number;

/** §3.2: the length field is the number of characters in the value; a character is a Unicode code point. */
const oneCharacter: Width = () => 1;
/** Some generators count the bytes of UTF-8 instead. */
const utf8Bytes: Width = (character) => utf8(character).length;

interface RawObjects {
  readonly objects: readonly { readonly id: string; readonly value: string }[];
  /** Why the text could not be read to its end, or undefined. */
  readonly broken: string | undefined;
}

function readObjects(text: string, width: Width): RawObjects {
  const characters = Array.from(text);
  const objects: { id: string; value: string }[] = [];
  let at = 0;
  while (at < characters.length) {
    const id = characters.slice(at, at + 2).join('');
    const length = characters.slice(at + 2, at + 4).join('');
    if (!/^\d\d$/.test(id) || !/^\d\d$/.test(length)) {
      return { objects, broken: `no object ID and length at character ${at + 1}` };
    }
    const start = at + 4;
    let end = start;
    let missing = Number(length);
    while (missing > 0 && end < characters.length) {
      missing -= width(characters[end] ?? '');
      end += 1;
    }
    assert(end <= characters.length, 'qr: a value ends within its text');
    if (missing !== 0) return { objects, broken: `object ${id} says length ${length}, which does not fit the text` };
    objects.push({ id, value: characters.slice(start, end).join('') });
    assert(end >= at + 4, 'qr: every object takes the reader on');
    at = end;
  }
  return { objects, broken: objects.length === 0 ? 'holds no object' : undefined };
}

function buildTree(
  raw: RawObjects,
  rows: readonly QrObjectRow[],
  path: string,
  width: Width,
  report: Report,
): QrObject[] {
  const seen = new Set<string>();
  return raw.objects.map(({ id, value }) => {
    const where = path === '' ? id : `${path}.${id}`;
    if (seen.has(id)) report('error', where, 'appears twice, so its value is ambiguous');
    seen.add(id);
    const rule = rowFor(rows, id);
    if (rule === undefined) {
      report('warning', where, 'not an object of this template');
      return { id, name: 'Unknown', value, children: null };
    }
    const children = rule.template === undefined ? null : readTemplate(rule.template, value, where, width, report);
    if (children === null) {
      const problem = valueProblem(rule, value);
      if (problem !== undefined) report('warning', where, problem);
    }
    return { id, name: rule.name, value, children };
  });
}

function readTemplate(
  template: NonNullable<QrObjectRow['template']>,
  value: string,
  path: string,
  width: Width,
  report: Report,
): QrObject[] | null {
  const raw = readObjects(value, width);
  if (raw.broken !== undefined) {
    if (template.firm) report('error', path, `template cannot be read: ${raw.broken}`);
    else report('warning', path, 'holds plain text where the specification wants a template');
    return null;
  }
  const guid = raw.objects.find((object) => object.id === '00')?.value ?? '';
  const rows = (isAccount(path) ? networkRows(guid) : undefined) ?? template.rows;
  const children = buildTree(raw, rows, path, width, report);
  reportMissing(children, rows, path, report);
  return children;
}

function isAccount(id: string): boolean {
  return id.length === 2 && id >= '02' && id <= '51';
}

function reportMissing(objects: readonly QrObject[], rows: readonly QrObjectRow[], path: string, report: Report): void {
  for (const rule of rows) {
    if (!rule.mandatory || objects.some((object) => object.id === rule.from)) continue;
    report('warning', path === '' ? rule.from : `${path}.${rule.from}`, `${rule.name} is missing`);
  }
}

/** NAPAS QR Code Format v1.5.2: a transfer to an account or card may leave out 52, 59 and 60. */
function mandatoryAtRoot(objects: readonly QrObject[]): readonly QrObjectRow[] {
  const transfer =
    findObject(objects, '38.00') === napasGuid && /^QRIBFTT[AC]$/.test(findObject(objects, '38.02') ?? '');
  return transfer ? rootRows.filter((rule) => !['52', '59', '60'].includes(rule.from)) : rootRows;
}

interface Reading extends ParsedQr {
  readonly problems: QrProblem[];
  /** False when the text itself, not only something inside, could not be read to its end. */
  readonly whole: boolean;
}

function readWith(text: string, width: Width): Reading {
  const problems: QrProblem[] = [];
  const report = reporter(problems);
  const raw = readObjects(text, width);
  if (raw.broken !== undefined) report('error', '', `not a list of data objects: ${raw.broken}`);
  const objects = buildTree(raw, rootRows, '', width, report);
  const whole = raw.broken === undefined;
  if (whole) checkRoot(objects, report);
  return { objects, problems, whole };
}

function reporter(problems: QrProblem[]): Report {
  return (severity, id, message) => problems.push({ severity, id, message });
}

function checkRoot(objects: readonly QrObject[], report: Report): void {
  const [first] = objects;
  // §4.6.1, §4.7.1: the first object says how to read all others, and 01 is the only way defined.
  if (first?.id !== '00') report('error', '00', 'Payload Format Indicator is not the first object');
  else if (first.value !== '01') report('error', '00', `Payload Format Indicator ${first.value} is not defined`);
  if (!objects.some((object) => isAccount(object.id))) report('warning', '02', 'no Merchant Account Information');
  reportMissing(objects, mandatoryAtRoot(objects), '', (severity, id, message) => {
    // 00 and 63 are judged on their own.
    if (id !== '00' && id !== '63') report(severity, id, message);
  });
}

/** §4.6.1 and §4.7.3: CRC is the last object and covers all before its value, its own ID and length included. */
function checkCrc(text: string, objects: readonly QrObject[], report: Report): void {
  const crc = objects.at(-1);
  if (crc?.id !== '63') return report('error', '63', 'CRC is not the last object');
  assert(crc.value.length <= text.length, 'qr: the CRC is part of the code');
  const computed = crc16Text(text.slice(0, text.length - crc.value.length));
  if (crc.value === computed) return;
  if (crc.value.toUpperCase() === computed) return report('warning', '63', 'CRC is written in lower case');
  report('error', '63', `CRC is ${crc.value}, computed ${computed}`);
}

/** Why a code must not be used; undefined when it may be, warnings or not. */
export function firstError({ problems }: Pick<ParsedQr, 'problems'>): QrProblem | undefined {
  return problems.find((problem) => problem.severity === 'error');
}

/** Reads any text; see `firstError` for whether the code may be used. */
export function parseMpm(text: string): ParsedQr {
  if (text.length > symbolLimit) {
    const message = `${text.length} characters, more than a QR code can hold`;
    return { objects: [], problems: [{ severity: 'error', id: '', message }] };
  }
  const bytes = utf8(text).length;
  const inCharacters = readWith(text, oneCharacter);
  const failed = firstError(inCharacters) !== undefined;
  const inBytes = failed && bytes !== text.length ? readWith(text, utf8Bytes) : undefined;
  const byBytes = inBytes !== undefined && firstError(inBytes) === undefined;
  const { objects, problems, whole } = byBytes ? inBytes : inCharacters;
  const report = reporter(problems);
  if (byBytes) report('warning', '', 'lengths count UTF-8 bytes instead of characters');
  if (whole) checkCrc(text, objects, report);
  if (bytes > payloadLimit) report('warning', '', `longer than ${payloadLimit} bytes`);
  return { objects, problems };
}

/** The value at a path of IDs such as `62.05`; undefined when there is none. */
export function findObject(objects: readonly QrObject[], path: string): string | undefined {
  const [id, ...rest] = path.split('.');
  const object = objects.find((candidate) => candidate.id === id);
  return rest.length === 0 ? object?.value : findObject(object?.children ?? [], rest.join('.'));
}

/** One object to write: a value, or the objects inside a template. */
export interface QrField {
  readonly id: string;
  readonly value: string | readonly QrField[];
}

export type QrWriteFault = Fault<'notWritable'>;

/**
 * The payload of `fields` (in this order, starting with 00) with its CRC. Fault `notWritable` when the result
 * would not be a code without any problem.
 */
export function writeMpm(fields: readonly QrField[]): Result<string, QrWriteFault> {
  const body = serialise(fields);
  if (body === undefined) return err(fault('notWritable', 'a value is longer than 99 characters', false));
  const checked = `${body}6304`;
  const payload = checked + crc16Text(checked);
  const { problems, objects } = parseMpm(payload);
  const [problem] = problems;
  // What is written is read back whole, or was refused.
  assert(problem !== undefined || objects.length === fields.length + 1, 'qr: a code holds its fields and the CRC');
  if (problem === undefined) return ok(payload);
  return err(fault('notWritable', `${problem.id}: ${problem.message}`, false));
}

/** Undefined when a value does not fit its two-digit length. */
function serialise(fields: readonly QrField[]): string | undefined {
  let text = '';
  for (const { id, value } of fields) {
    const inner = typeof value === 'string' ? value : serialise(value);
    const length = inner === undefined ? Infinity : Array.from(inner).length;
    if (length > 99) return undefined;
    assert(/^\d\d$/.test(id), 'qr: an object has an ID of two digits');
    text += id + String(length).padStart(2, '0') + inner;
  }
  return text;
}
