/**
 * Consumer-presented QR codes: what the phone of a customer shows and the cashier scans. Base64 of BER-TLV, the
 * payload format indicator first (EMV QRCPS Consumer-Presented Mode v1.1). It holds card data, so the clear objects
 * leave only through `objects()`, and a description shows no value but those known to be harmless.
 */
import { assert } from '../base/assert.ts';
import { fromLatin1, toHex } from '../base/bytes.ts';
import { maskPan, type MaskedPan } from '../base/pan.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import { parseTlv, type Tlv } from '../tlv/ber-tlv.ts';
import { tagInfo } from '../tlv/tags.ts';
import { decodeBase64 } from './base64.ts';
import type { QrProblem } from './mpm.ts';

/** `notCpm`: something else than such a code. `broken`: begins like one and must not be used. */
export type CpmFault = Fault<'notCpm' | 'broken'>;

/** One way to pay that the customer offers: an Application Template (61). */
export interface CpmApplication {
  /** ADF Name (4F), upper-case hex; undefined when the template has none. */
  readonly aid: string | undefined;
  /** Application Label (50). */
  readonly label: string | undefined;
  /** From 5A or 57, of this template or of the Common Data Template (62). */
  readonly pan: MaskedPan | undefined;
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

/** EMV QRCPS CPM v1.1, data object tables: the names that the EMV tag table lacks or that mean something else here. */
const names: Readonly<Record<string, string>> = {
  '85': 'Payload Format Indicator',
  '61': 'Application Template',
  '62': 'Common Data Template',
  '63': 'Application Specific Transparent Template',
  '64': 'Common Data Transparent Template',
  '5F20': 'Cardholder Name',
  '5F2D': 'Language Preference',
  '5F50': 'Issuer URL',
  '9F08': 'Application Version Number',
  '9F19': 'Token Requestor ID',
  '9F24': 'Payment Account Reference (PAR)',
  '9F25': 'Last 4 Digits of PAN',
};

/** The values that may be shown: none identifies the account or the person in clear. */
const shownAsText: ReadonlySet<string> = new Set(['85', '50', '5F2D']);
const shownAsHex: ReadonlySet<string> = new Set([
  '4F',
  '5F34',
  '82',
  '9F08',
  '9F10',
  '9F19',
  '9F25',
  '9F26',
  '9F27',
  '9F36',
  '9F37',
]);
/** Application PAN and Track 2 Equivalent Data (EMV 4.4 Book 3 Annex A1): shown masked. */
const panTags: readonly string[] = ['5A', '57'];

/** Characters that a QR symbol can hold, as for merchant-presented codes. */
const symbolLimit = 4296;
/** The payload should not be longer, so that phones show modules large enough for scanners. */
const payloadLimit = 512;

export class CpmCode {
  readonly #objects: readonly Tlv[];
  readonly applications: readonly CpmApplication[];
  /** Deviations that do not hinder a payment. */
  readonly problems: readonly QrProblem[];

  constructor(objects: readonly Tlv[], problems: readonly QrProblem[]) {
    this.#objects = objects;
    this.problems = problems;
    const common = objects.filter(({ tag }) => tag === '62').flatMap(({ children }) => children);
    this.applications = objects
      .filter(({ tag }) => tag === '61')
      .map(({ children }) => {
        const aid = child(children, '4F');
        const label = child(children, '50');
        return {
          aid: aid && toHex(aid.value),
          label: label && printable(label.value),
          pan: maskedPan(children) ?? maskedPan(common),
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
  return ok(new CpmCode(objects, [...deviations(text, objects)]));
}

function warning(id: string, message: string): QrProblem {
  return { severity: 'warning', id, message };
}

function* deviations(text: string, objects: readonly Tlv[]): Iterable<QrProblem> {
  if (text.length % 4 !== 0) yield warning('', 'Base64 without its padding');
  if (text.length > payloadLimit) yield warning('', `longer than ${payloadLimit} characters`);
  for (const { tag, children } of objects) {
    if (!['85', '61', '62'].includes(tag)) yield warning(tag, 'not an object of the outermost level');
    else if (tag === '61' && child(children, '4F') === undefined) yield warning('61.4F', 'ADF Name is missing');
  }
}

/** Looks at one level only: an object of the transparent templates (63, 64) is the issuer's, whatever its tag. */
function child(objects: readonly Tlv[], tag: string): Tlv | undefined {
  return objects.find((object) => object.tag === tag);
}

function maskedPan(objects: readonly Tlv[]): MaskedPan | undefined {
  return objects.flatMap((object) => panIn(object) ?? [])[0];
}

/** Digits before the padding of 5A, before the field separator of 57; nothing when that is no PAN. */
function panIn({ tag, value }: Tlv): MaskedPan | undefined {
  if (!panTags.includes(tag)) return undefined;
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
    const template = children.length > 0;
    return {
      id: tag,
      name: names[tag] ?? tagInfo(tag)?.name ?? 'Unknown',
      value: template ? null : shown(object),
      bytes: value.length,
      children: template ? describe(children) : null,
    };
  });
}

function shown(object: Tlv): string | null {
  if (shownAsText.has(object.tag)) return printable(object.value);
  if (shownAsHex.has(object.tag)) return toHex(object.value);
  return panIn(object) ?? null;
}
