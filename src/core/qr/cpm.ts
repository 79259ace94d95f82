/**
 * Consumer-presented QR codes: what the phone of a customer shows and the cashier scans. Base64 of BER-TLV, the
 * payload format indicator first (EMV QRCPS Consumer-Presented Mode v1.1). It holds card data, so the clear objects
 * leave only through `objects()`, and a description shows no value but those known to be harmless.
 */
import { assert } from '../base/assert.ts';
import { fromLatin1, toHex } from '../base/bytes.ts';
import { maskPan, type MaskedPan } from '../base/pan.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import { parseTlv, parseTlvTolerant, type Tlv } from '../tlv/ber-tlv.ts';
import { tagInfo } from '../tlv/tags.ts';
import { decodeBase64, isCanonicalBase64 } from './base64.ts';
import { cpmProblems, rowOfTag, type CpmObjectRow } from './cpm-objects.ts';
import type { QrProblem } from './mpm.ts';

/** `notCpm`: something else than such a code. `broken`: begins like one and must not be used. */
export type CpmFault = Fault<'notCpm' | 'broken'>;

/** One way to pay that the customer offers: an Application Template (61), in the order the customer prefers. */
export interface CpmApplication {
  /** ADF Name (4F), upper-case hex; undefined when the template has none. */
  readonly aid: string | undefined;
  /** Application Label (50), of this template or of the Common Data Template (62). */
  readonly label: string | undefined;
  /** From 5A or 57, of this template or of the Common Data Template. */
  readonly pan: MaskedPan | undefined;
  /** Whether there is a cryptogram (9F26) for the issuer, so that the acquirer can ask as for a card. */
  readonly cryptogram: boolean;
}

/** An object as it may be shown. */
export interface CpmDescription {
  /** Tag, upper-case hex. */
  readonly id: string;
  readonly name: string;
  /** Text or hex; masked digits for PAN and track 2; null for a template and for what is not shown. */
  readonly value: string | null;
  /** Length of the value field. */
  readonly bytes: number;
  readonly children: readonly CpmDescription[] | null;
}

/** Characters that a QR symbol can hold, as for merchant-presented codes. */
const symbolLimit = 4296;
/** The payload should not be longer, so that phones show modules large enough for scanners. */
const payloadLimit = 512;

export class CpmCode {
  readonly #objects: readonly Tlv[];
  readonly applications: readonly CpmApplication[];
  /** An `error` means that no application can be used; others are deviations that do not hinder a payment. */
  readonly problems: readonly QrProblem[];

  constructor(objects: readonly Tlv[], problems: readonly QrProblem[]) {
    this.#objects = objects;
    this.problems = problems;
    const common = objects.filter(({ tag }) => tag === '62').flatMap(({ children }) => children);
    this.applications = objects
      .filter(({ tag }) => tag === '61')
      .map(({ children }) => {
        const aid = child(children, '4F');
        // What a template says itself goes before what is common to all.
        const all = [...children, ...common];
        const label = child(all, '50');
        return {
          aid: aid && toHex(aid.value),
          label: label && printable(label.value),
          pan: maskedPan(all),
          cryptogram: hasCryptogram(all),
        };
      });
  }

  /** The clear objects, card data included: for the message to the acquirer, never for a log. */
  objects(): readonly Tlv[] {
    return this.#objects;
  }

  describe(): readonly CpmDescription[] {
    return describe(this.#objects);
  }
}

export function parseCpm(text: string): Result<CpmCode, CpmFault> {
  if (text.length > symbolLimit) {
    return err(fault('notCpm', `${text.length} characters, more than a QR code can hold`, false));
  }
  const bytes = decodeBase64(text);
  // 85 05 "CPV": the first object, whatever its version.
  if (bytes === undefined || !fromLatin1(bytes.subarray(0, 5)).startsWith('\u0085\u0005CPV')) {
    return err(fault('notCpm', 'not Base64 that begins with the payload format indicator 85', false));
  }
  const parsed = parseTlv(bytes);
  if (!parsed.ok) return err(fault('broken', parsed.fault.detail, false));
  const objects = parsed.value;
  assert(objects[0]?.tag === '85', 'cpm: what was looked for in front is the first object');
  const format = fromLatin1(objects[0]?.value ?? new Uint8Array());
  if (format !== 'CPV01') return err(fault('broken', '85: only version CPV01 is defined', false));
  if (!objects.some(({ tag }) => tag === '61')) return err(fault('broken', '61: no Application Template', false));
  const code = new CpmCode(objects, [...deviations(text, bytes), ...cpmProblems(objects)]);
  assert(code.applications.length > 0, 'cpm: a code without an application was refused');
  return ok(code);
}

function warning(message: string): QrProblem {
  return { severity: 'warning', id: '', message };
}

function* deviations(text: string, bytes: Uint8Array): Iterable<QrProblem> {
  if (text.length % 4 !== 0) yield warning('Base64 without its padding');
  if (!isCanonicalBase64(text)) yield warning('Base64 with bits left over after the last byte');
  if (text.length > payloadLimit) yield warning(`longer than ${payloadLimit} characters`);
  for (const { offset, reason } of parseTlvTolerant(bytes).notes) yield warning(`${reason} at byte ${offset + 1}`);
}

/** Looks at one level only: an object of the transparent templates (63, 64) is the issuer's, whatever its tag. */
function child(objects: readonly Tlv[], tag: string): Tlv | undefined {
  return objects.find((object) => object.tag === tag);
}

/** Application Cryptogram (EMV 4.4 Book 3 Annex A1), in the template or in its transparent one. */
function hasCryptogram(objects: readonly Tlv[]): boolean {
  return objects.some(
    ({ tag, children }) => tag === '9F26' || (['63', '64'].includes(tag) && child(children, '9F26') !== undefined),
  );
}

function maskedPan(objects: readonly Tlv[]): MaskedPan | undefined {
  return objects.flatMap((object) => panIn(object) ?? [])[0];
}

/** Digits before the padding of 5A, before the field separator of 57; nothing when that is no PAN. */
function panIn({ tag, value }: Tlv): MaskedPan | undefined {
  if (rowOfTag(tag)?.shown !== 'masked') return undefined;
  const digits = /^\d{8,19}(?=F*$|D)/.exec(toHex(value))?.[0];
  if (digits === undefined) return undefined;
  const masked = maskPan(digits);
  assert(digits.length < 11 || masked !== digits, 'cpm: a card number is shown masked');
  return masked;
}

function printable(bytes: Uint8Array): string {
  return fromLatin1(bytes).replaceAll(/[^\x20-\x7e]/g, '?');
}

function describe(objects: readonly Tlv[]): readonly CpmDescription[] {
  return objects.map((object) => {
    const { tag, value, children } = object;
    const row = rowOfTag(tag);
    const template = children.length > 0;
    return {
      id: tag,
      name: row?.name ?? tagInfo(tag)?.name ?? 'Unknown',
      value: template ? null : shown(object, row),
      bytes: value.length,
      children: template ? describe(children) : null,
    };
  });
}

function shown(object: Tlv, row: CpmObjectRow | undefined): string | null {
  if (row?.shown === 'text') return printable(object.value);
  if (row?.shown === 'hex') return toHex(object.value);
  return panIn(object) ?? null;
}
