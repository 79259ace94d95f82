/**
 * Judges the QR vectors: merchant-presented codes of many schemes with an independent parse, consumer-presented codes,
 * the folding of Vietnamese text, and a list of banks that our catalogue has to know.
 */
import { fromLatin1, toHex } from '../../../src/core/base/bytes.ts';
import { parseCpm } from '../../../src/core/qr/cpm.ts';
import { readCode } from '../../../src/core/qr/cpm-payment.ts';
import { crc16Text, crcOf } from '../../../src/core/qr/crc16.ts';
import { findObject, firstError, parseMpm, writeMpm } from '../../../src/core/qr/mpm.ts';
import type { ParsedQr, QrField, QrObject } from '../../../src/core/qr/mpm.ts';
import { readPayment, type QrCatalogue } from '../../../src/core/qr/profile.ts';
import { normaliseMemo } from '../../../src/core/qr/reference.ts';
import { readVietQr } from '../../../src/core/qr/vietqr.ts';
import { encodeTlv, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { loadQrCatalogue } from '../../../src/main/config/qr-schema.ts';
import type { VectorCategory, VectorVerdict } from '../category.ts';

function verdict(name: string, expected: string, found: string): VectorVerdict {
  return expected === found
    ? { case: name, outcome: 'passed' }
    : { case: name, outcome: 'failed', expected, found: found === '' ? 'nothing' : found };
}

interface MpmObject {
  readonly id: string;
  readonly value: string;
  readonly sub?: readonly MpmObject[];
}

interface MpmCase {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly payload: string;
  readonly crc_ok: boolean | null;
  readonly crc_computed: string | null;
  readonly parsed?: readonly MpmObject[];
}

/** What each class of code has to come out as; the words are ours. */
const classes: Readonly<Record<string, { readonly usable: boolean; readonly says: RegExp }>> = {
  valid: { usable: true, says: /^/ },
  valid_lowercase_crc: { usable: true, says: /CRC is written in lower case/ },
  valid_byte_lengths: { usable: true, says: /count UTF-8 bytes/ },
  crc_broken: { usable: false, says: /CRC is .{1,4}, computed [0-9A-F]{4}/ },
  no_crc: { usable: false, says: /CRC is not the last object|CRC is .{1,4}, computed/ },
  tlv_broken: { usable: false, says: /^error .+: .{10,}/m },
  nested_broken: { usable: false, says: /template cannot be read/ },
};

/** How the file calls schemes that have a profile; the first that fits decides. */
const schemes: readonly (readonly [kind: RegExp, scheme: string])[] = [
  [/^VNPAY-QR/, 'VNPAY-QR'],
  [/^VietQR/, 'VietQR'],
  [/^PromptPay/, 'PromptPay'],
  [/^SGQR \/ PayNow/, 'PayNow'],
  [/^SGQR/, 'SGQR'],
  [/^QRIS/, 'QRIS'],
  [/^Pix/, 'Pix'],
];

function* judgeMpm(cases: readonly MpmCase[], catalogue: QrCatalogue): Iterable<VectorVerdict> {
  for (const { id, kind, status, payload, crc_ok, crc_computed, parsed } of cases) {
    const name = `${id} ${kind}`;
    const expected = classes[status];
    if (expected === undefined) {
      yield { case: name, outcome: 'skipped', why: `unknown class ${status}` };
      continue;
    }
    const ours = parseMpm(payload);
    const said = ours.problems.map(({ severity, id, message }) => `${severity} ${id}: ${message}`).join('\n');
    const isUsable = firstError(ours) === undefined;
    yield verdict(
      `${name}: ${status}`,
      `usable ${expected.usable}, said`,
      `usable ${isUsable}, ${expected.says.test(said) ? 'said' : said}`,
    );
    const crc = crcOf(payload);
    yield verdict(
      `${name}: CRC`,
      `${crc_ok ?? false} ${crc_computed ?? 'none'}`,
      `${crc.ok} ${crc.expected ?? 'none'}`,
    );
    if (!expected.usable) continue;
    if (parsed !== undefined) yield verdict(`${name}: objects`, '', difference(ours.objects, parsed));
    yield verdict(`${name}: each changed character is noticed`, '', unnoticed(payload, ours));
    if (!/count UTF-8 bytes/.test(said)) {
      yield verdict(
        `${name}: broken on purpose in every template`,
        '',
        [...brokenUnnoticed(ours, catalogue)].join(', '),
      );
    }
    if (ours.problems.length === 0) {
      const again = writeMpm(fields(ours.objects).filter(({ id }) => id !== '63'));
      yield verdict(`${name}: written again`, payload, again.ok ? again.value : again.fault.detail);
    }
    const { payment } = readPayment(ours, catalogue);
    const scheme = schemes.find(([pattern]) => pattern.test(kind))?.[1];
    if (scheme !== undefined) yield verdict(`${name}: scheme`, scheme, payment.scheme ?? 'none');
    if (findObject(ours.objects, '38.00') !== 'A000000727') continue;
    const transfer = readVietQr(ours);
    yield verdict(
      `${name}: beneficiary, read in two ways`,
      transfer.ok ? `${transfer.value.bankBin} ${transfer.value.account} ${transfer.value.amount?.minorUnits}` : '',
      `${payment.bankBin} ${payment.account} ${payment.amount ?? undefined}`,
    );
  }
}

/** Our tree must hold what theirs holds; where we see no template, the text is the same. */
function difference(ours: readonly QrObject[], theirs: readonly MpmObject[]): string {
  const list = (objects: readonly MpmObject[]): string => objects.map(({ id, value }) => `${id} ${value}`).join('\n');
  if (list(ours) !== list(theirs)) return list(ours);
  for (const [index, { children }] of ours.entries()) {
    const { sub } = theirs[index] ?? {};
    const inner = children === null || sub === undefined ? '' : difference(children, sub);
    if (inner !== '') return inner;
  }
  return '';
}

function fields(objects: readonly QrObject[]): QrField[] {
  return objects.map(({ id, value, children }) => ({ id, value: children === null ? value : fields(children) }));
}

/** Positions at which another character would go unnoticed; the case of a letter in the CRC itself is none. */
function unnoticed(payload: string, { problems }: ParsedQr): string {
  const before = JSON.stringify(problems);
  const missed = Array.from({ length: payload.length }, (_, at) => at).filter((at) => {
    const changed = parseMpm(
      `${payload.slice(0, at)}${payload.charAt(at) === '7' ? '4' : '7'}${payload.slice(at + 1)}`,
    );
    return firstError(changed) === undefined || JSON.stringify(changed.problems) === before;
  });
  return missed.join(' ');
}

/**
 * Ways to break a valid code, its CRC made right again, of which the reader says nothing: an object twice, a length that
 * is one off (or what is paid is not the same), the payload format indicator elsewhere, the CRC too early or in lower case, anything after it.
 */
function* brokenUnnoticed({ objects }: ParsedQr, catalogue: QrCatalogue): Iterable<string> {
  const body = objects.filter(({ id }) => id !== '63');
  const good = sealed(written(body, ''));
  const known = new Set(parseMpm(good).problems.map(({ id, message }) => id + message));
  const paidTo = (payload: string): string => JSON.stringify(readPayment(parseMpm(payload), catalogue).payment);
  // A wrong length may by chance make other objects; then it is another code, which pays somebody else or nobody.
  const quiet = (payload: string): boolean =>
    usable(payload) &&
    parseMpm(payload).problems.every(({ id, message }) => known.has(id + message)) &&
    paidTo(payload) === paidTo(good);
  for (const path of paths(body, '')) {
    if (usable(sealed(written(body, '', path, 'twice')))) yield `${path} twice`;
    for (const change of ['shorter', 'longer'] as const) {
      if (quiet(sealed(written(body, '', path, change)))) yield `${path} ${change}`;
    }
  }
  const [first, ...rest] = body;
  if (first !== undefined && usable(sealed(written([...rest, first], '')))) yield '00 is last';
  if (usable(`${good}0`)) yield 'a character after the CRC';
  if (usable(good + written(body.slice(-1), ''))) yield 'an object after the CRC';
  const lower = good.slice(0, -4) + good.slice(-4).toLowerCase();
  if (lower !== good && quiet(lower)) yield 'CRC in lower case';
}

function usable(payload: string): boolean {
  return firstError(parseMpm(payload)) === undefined;
}

function paths(objects: readonly QrObject[], parent: string): string[] {
  return objects.flatMap(({ id, children }) => {
    const path = parent === '' ? id : `${parent}.${id}`;
    return [path, ...paths(children ?? [], path)];
  });
}

type Change = 'twice' | 'shorter' | 'longer';

/** The objects as text, the one at `target` changed. */
function written(objects: readonly QrObject[], parent: string, target?: string, change?: Change): string {
  return objects
    .map(({ id, value, children }) => {
      const path = parent === '' ? id : `${parent}.${id}`;
      const inner = children === null ? value : written(children, path, target, change);
      const off = path === target ? { twice: 0, shorter: -1, longer: 1 }[change ?? 'twice'] : 0;
      const length = String(Array.from(inner).length + off).padStart(2, '0');
      const object = id + length + inner;
      return path === target && change === 'twice' ? object + object : object;
    })
    .join('');
}

function sealed(body: string): string {
  return `${body}6304${crc16Text(`${body}6304`)}`;
}

interface CpmObject {
  readonly tag: string;
  readonly value: string;
  readonly sub?: readonly CpmObject[];
}

interface CpmCase {
  readonly about: string;
  readonly base64: string;
  readonly hex: string;
  readonly tlv: readonly CpmObject[];
}

function* judgeCpm(cases: readonly CpmCase[]): Iterable<VectorVerdict> {
  for (const { about, base64, hex, tlv } of cases) {
    const code = parseCpm(base64);
    yield verdict(`${about}: bytes`, hex, code.ok ? toHex(encodeTlv(code.value.objects())) : code.fault.detail);
    if (!code.ok) continue;
    yield verdict(`${about}: objects`, JSON.stringify(tlv), JSON.stringify(code.value.objects().map(plain)));
    const shown = JSON.stringify(code.value.describe());
    yield verdict(`${about}: each changed character is noticed`, '', unnoticedInCpm(base64));
    const secret = secrets(tlv).filter((value) => shown.includes(value));
    yield verdict(`${about}: no card data in the description`, '', secret.length === 0 ? '' : 'card data');
    yield verdict(`${about}: as a payment`, payable(tlv), asPayment(base64, tlv));
  }
}

/** The objects of all templates, whatever is in which: enough to tell whether there is an account and a cryptogram. */
function flat(objects: readonly CpmObject[]): readonly CpmObject[] {
  return objects.flatMap((object) => [object, ...flat(object.sub ?? [])]);
}

/** Number and cryptogram of a code that can be paid with, from the vector's own parse. */
function payable(tlv: readonly CpmObject[]): string {
  const all = flat(tlv);
  const value = (tag: string): string => all.find((object) => object.tag === tag)?.value ?? '';
  const pan = /^(?<pan>\d{8,19})(?:D|F*$)/.exec(value('57') || value('5A'))?.groups?.['pan'];
  const cryptogram = value('9F26');
  return pan === undefined || cryptogram.length !== 16 ? '' : `${pan} ${cryptogram}`;
}

/** The same as the terminal would send it, when it takes every application of the code. */
function asPayment(base64: string, tlv: readonly CpmObject[]): string {
  const names = flat(tlv).filter(({ tag }) => tag === '4F');
  const applications = names.map(({ value }) => ({ aid: value, name: 'vector', selection: 'exact' as const }));
  const { outcome, secrets: card } = readCode(base64, { entryMode: '032', applications, wallets: [] });
  if (outcome.kind !== 'onlineRequest' || card === undefined) return '';
  const pan = card.pan.use(fromLatin1);
  const { iccData, cryptogram } = outcome.card;
  if (iccData.includes(pan) || !iccData.includes(`9F2608${cryptogram}`)) return iccData;
  return `${pan} ${cryptogram}`;
}

function bytesOf(text: string): string {
  const code = parseCpm(text);
  return code.ok ? toHex(encodeTlv(code.value.objects())) + JSON.stringify(code.value.problems) : code.fault.detail;
}

/** Positions at which another character would be neither refused nor remarked upon, and give the same bytes. */
function unnoticedInCpm(base64: string): string {
  const before = bytesOf(base64);
  return Array.from({ length: base64.length }, (_, at) => at)
    .filter(
      (at) =>
        bytesOf(`${base64.slice(0, at)}${base64.charAt(at) === 'B' ? 'C' : 'B'}${base64.slice(at + 1)}`) === before,
    )
    .join(' ');
}

function plain({ tag, value, children }: Tlv): CpmObject {
  return { tag, value: toHex(value), ...(children.length === 0 ? {} : { sub: children.map(plain) }) };
}

/** PAN, track 2 and the name of the cardholder, as they stand in the code. */
function secrets(objects: readonly CpmObject[]): string[] {
  return objects.flatMap(({ tag, value, sub = [] }) => [
    ...(['5A', '57', '5F20'].includes(tag) ? [value, Buffer.from(value, 'hex').toString('latin1')] : []),
    ...secrets(sub),
  ]);
}

interface FoldingCase {
  readonly in: string;
  readonly out: string;
}

/** The other implementation keeps case and punctuation, and drops letters whose accents Vietnamese does not have. */
function* judgeFolding(cases: readonly FoldingCase[]): Iterable<VectorVerdict> {
  for (const { in: text, out } of cases) {
    const ours = normaliseMemo(text);
    const theirs = normaliseMemo(out);
    const foreign = /[ğşçöüı]/iu.test(text);
    yield verdict(text, theirs, foreign && isSubsequence(theirs, ours) ? theirs : ours);
  }
}

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const character of whole) if (character === part.charAt(at)) at += 1;
  return at === part.length;
}

function* judgeBanks(csv: string, { banks }: QrCatalogue): Iterable<VectorVerdict> {
  for (const [bin] of csv.matchAll(/\b\d{6}\b/g)) {
    yield verdict(`BIN ${bin}`, bin, banks.find((bank) => bank.bin === bin)?.bin ?? 'not in config/qr/banks.json');
  }
}

function casesIn(text: string): readonly object[] | undefined {
  try {
    const { cases } = JSON.parse(text) as { readonly cases?: readonly object[] };
    return Array.isArray(cases) ? cases : undefined;
  } catch {
    return undefined;
  }
}

function judge(file: string, content: Uint8Array): Iterable<VectorVerdict> | undefined {
  const text = Buffer.from(content).toString('utf8');
  const catalogue = loadQrCatalogue();
  if (!catalogue.ok) return [{ case: file, outcome: 'failed', expected: 'config/qr', found: catalogue.fault.file }];
  if (/banks.*\.csv$/.test(file)) return judgeBanks(text, catalogue.value);
  const cases = file.endsWith('.json') ? casesIn(text) : undefined;
  const [first = {}] = cases ?? [];
  if ('payload' in first) return judgeMpm(cases as readonly MpmCase[], catalogue.value);
  if ('base64' in first) return judgeCpm(cases as readonly CpmCase[]);
  return 'in' in first ? judgeFolding(cases as readonly FoldingCase[]) : undefined;
}

export const qrVectors: VectorCategory = { name: 'qr', folder: 'qr', judge };
