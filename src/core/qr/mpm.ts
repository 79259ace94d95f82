/**
 * Merchant-presented QR payloads: text to a tree of data objects and back (EMV QRCPS MPM v1.1 §3.2).
 * Reading is tolerant and says so: every deviation becomes a problem, an error means "do not pay this code".
 * Writing is strict: what reading would complain about is not written. No text makes the reader throw.
 */
import { assert } from '../base/assert.ts';
import { utf8 } from '../base/bytes.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import { crc16Text } from './crc16.ts';
import {
  characterCount,
  networkObjects,
  rootObjects,
  valueProblem,
  type QrObjectRow,
  type QrObjectTable,
} from './objects.ts';
import { checkRoot, isAccount, reportMissing } from './rules.ts';

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
  /**
   * `error`: the code must not be used. `warning`: deviates from the specification, readable all the same.
   * `note`: says the same in another way than the specification wants.
   */
  readonly severity: 'error' | 'warning' | 'note';
  /** Where: IDs from the root, such as `38.01`; empty for the code as a whole. */
  readonly id: string;
  readonly message: string;
}

export type QrReport = (severity: QrProblem['severity'], id: string, message: string) => void;

export interface ParsedQr {
  readonly objects: readonly QrObject[];
  readonly problems: readonly QrProblem[];
  /** Whether the objects can be told apart for sure, whatever their values and the CRC. */
  readonly readable: boolean;
}

/** A QR symbol holds at most 4296 characters that are not all digits (ISO/IEC 18004, version 40-L). */
const symbolLimit = 4296;
/** §4.1: a payload should not be longer, counted in bytes so that multi-byte characters weigh what they cost. */
const payloadLimit = 512;

/**
 * §3.2: the length field is the number of characters in the value; some generators count the bytes of UTF-8 instead. In
 * ASCII, which most codes are, it is the same and needs no counting.
 */
type Unit = 'ascii' | 'character' | 'byte';

/** Where the value of `count` units that begins at `from` ends, or -1. */
function endOf(text: string, from: number, count: number, unit: Unit): number {
  if (unit === 'ascii') return from + count <= text.length ? from + count : -1;
  let at = from;
  let missing = count;
  while (missing > 0 && at < text.length) {
    const code = text.codePointAt(at) ?? 0;
    at += code > 0xffff ? 2 : 1;
    missing -= unit === 'character' ? 1 : utf8Length(code);
  }
  assert(at >= from && at <= text.length, 'qr: half a character was counted');
  return missing === 0 ? at : -1;
}

function utf8Length(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** The number that two digits make, or -1. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

interface RawObject {
  readonly number: number;
  readonly id: string;
  readonly value: string;
}

interface RawObjects {
  readonly objects: readonly RawObject[];
  /** Why the text could not be read to its end, or undefined. */
  readonly broken: string | undefined;
}

function readObjects(text: string, unit: Unit): RawObjects {
  const objects: RawObject[] = [];
  let at = 0;
  while (at < text.length) {
    const number = twoDigits(text, at);
    const length = twoDigits(text, at + 2);
    if (number < 0 || length < 0) {
      return { objects, broken: `no object ID and length at character ${characterCount(text.slice(0, at)) + 1}` };
    }
    const id = text.slice(at, at + 2);
    const end = endOf(text, at + 4, length, unit);
    if (end < 0) {
      const says = `object ${id} says length ${text.slice(at + 2, at + 4)}`;
      return { objects, broken: `${says}, which does not fit the text` };
    }
    assert(end >= at + 4 && end <= text.length, 'qr: every object takes the reader on, within its text');
    objects.push({ number, id, value: text.slice(at + 4, end) });
    at = end;
  }
  return { objects, broken: objects.length === 0 ? 'holds no object' : undefined };
}

function pathOf(parent: string, id: string): string {
  return parent === '' ? id : `${parent}.${id}`;
}

/** Whether the ID at `at` stands before already. Levels are short; the longest text has a thousand objects. */
function repeats(raws: readonly RawObject[], at: number): boolean {
  const number = raws[at]?.number;
  for (let before = 0; before < at; before += 1) if (raws[before]?.number === number) return true;
  return false;
}

/** One pass over a text, with lengths counted in `unit`. */
class Reading {
  readonly problems: QrProblem[] = [];
  readonly objects: readonly QrObject[];
  readable = true;
  /** False when the text itself, not only something inside, could not be read to its end. */
  readonly whole: boolean;
  readonly #unit: Unit;

  constructor(text: string, unit: Unit) {
    this.#unit = unit;
    const raw = readObjects(text, unit);
    this.whole = raw.broken === undefined;
    if (raw.broken !== undefined) this.#unreadable('', `not a list of data objects: ${raw.broken}`);
    this.objects = this.#tree(raw.objects, rootObjects, '');
    assert(this.whole || !this.readable, 'qr: a text with an unread rest can be told apart');
    if (!this.whole) return;
    const [first] = this.objects;
    if (first?.id !== '00' || first.value !== '01') this.readable = false;
    checkRoot(this.objects, this.report);
  }

  readonly report: QrReport = (severity, id, message) => {
    this.problems.push({ severity, id, message });
  };

  #unreadable(id: string, message: string): void {
    this.readable = false;
    this.report('error', id, message);
  }

  #tree(raws: readonly RawObject[], table: QrObjectTable, parent: string): QrObject[] {
    const objects: QrObject[] = [];
    for (let at = 0; at < raws.length; at += 1) {
      const raw = raws[at];
      if (raw !== undefined) objects.push(this.#object(raw, table, parent, repeats(raws, at)));
    }
    return objects;
  }

  #object({ number, id, value }: RawObject, table: QrObjectTable, parent: string, again: boolean): QrObject {
    assert(id.length === 2 && Number(id) === number, 'qr: an ID and its number are not the same');
    if (again) this.#unreadable(pathOf(parent, id), 'appears twice, so its value is ambiguous');
    const rule = table.byNumber[number];
    if (rule === undefined) {
      this.report('warning', pathOf(parent, id), 'not an object of this template');
      return { id, name: 'Unknown', value, children: null };
    }
    if (rule.reserved) this.report('note', pathOf(parent, id), 'reserved by EMVCo, ignored');
    const children = rule.template === undefined ? null : this.#template(rule.template, value, pathOf(parent, id));
    if (children === null) {
      const length = this.#unit === 'ascii' ? value.length : characterCount(value);
      const problem = valueProblem(rule, value, length);
      if (problem !== undefined) {
        this.report(rule.vital ? 'error' : 'warning', pathOf(parent, id), problem);
      }
    }
    return { id, name: rule.name, value, children };
  }

  #template(template: NonNullable<QrObjectRow['template']>, value: string, path: string): QrObject[] | null {
    const raw = readObjects(value, this.#unit);
    if (raw.broken !== undefined) {
      if (template.firm) this.#unreadable(path, `template cannot be read: ${raw.broken}`);
      else this.report('warning', path, 'holds plain text where the specification wants a template');
      return null;
    }
    const guid = isAccount(path) ? (raw.objects.find(({ id }) => id === '00')?.value ?? '') : '';
    const table = networkObjects(guid) ?? template.objects;
    const children = this.#tree(raw.objects, table, path);
    assert(children.length === raw.objects.length, 'qr: an object of a template was lost');
    reportMissing(children, table, path, this.report);
    return children;
  }
}

/** §4.6.1 and §4.7.3: CRC is the last object and covers all before its value, its own ID and length included. */
function checkCrc(text: string, objects: readonly QrObject[], report: QrReport): void {
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

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** Reads any text; see `firstError` for whether the code may be used. */
export function parseMpm(text: string): ParsedQr {
  if (text.length > symbolLimit) {
    const message = `${text.length} characters, more than a QR code can hold`;
    return { objects: [], problems: [{ severity: 'error', id: '', message }], readable: false };
  }
  const ascii = isAscii(text);
  let reading = new Reading(text, ascii ? 'ascii' : 'character');
  if (!ascii && firstError(reading) !== undefined) {
    const inBytes = new Reading(text, 'byte');
    if (firstError(inBytes) === undefined) {
      reading = inBytes;
      reading.report('warning', '', 'lengths count UTF-8 bytes instead of characters');
    }
  }
  const { objects, problems, whole, report } = reading;
  if (whole) checkCrc(text, objects, report);
  if ((ascii ? text.length : utf8(text).length) > payloadLimit) {
    report('warning', '', `longer than ${payloadLimit} bytes`);
  }
  return { objects, problems, readable: reading.readable };
}

/** The value at a path of IDs such as `62.05`; undefined when there is none. */
export function findObject(objects: readonly QrObject[], path: string): string | undefined {
  const object = objects.find(({ id }) => path.startsWith(id));
  return path.length <= 2 ? object?.value : findObject(object?.children ?? [], path.slice(3));
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
    if (inner === undefined) return undefined;
    const length = characterCount(inner);
    if (length > 99) return undefined;
    assert(/^\d\d$/.test(id), 'qr: an object has an ID of two digits');
    text += id + (length < 10 ? `0${length}` : length) + inner;
  }
  return text;
}
