/**
 * Which payment scheme a merchant-presented code belongs to, and what a payer has to know from it. Schemes are data
 * (config/qr/profiles.json): each is recognised by the ID and the Globally Unique Identifier of its account template
 * (EMV QRCPS MPM v1.1, IDs 02 to 51) and says where it keeps account, reference and purpose.
 */
import { assert } from '../base/assert.ts';
import type { QrBank } from './banks.ts';
import { currencyOf } from './currency.ts';
import { findObject, type ParsedQr, type QrObject, type QrProblem } from './mpm.ts';
import { decimal } from './objects.ts';

/** What a scheme says about one of the objects that EMVCo leaves to it. */
export interface QrProfileObject {
  readonly name: string;
  /** For the whole value; a value that does not match is reported. */
  readonly pattern?: RegExp | undefined;
}

export interface QrProfile {
  /** As people call it, e.g. `VietQR`; several profiles may share one. */
  readonly scheme: string;
  /** What this kind of code does, in a few words. */
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** ISO 4217, alphabetic by numeric code: the currencies that the scheme moves. */
  readonly currencies: Readonly<Record<string, string>>;
  /** First and last ID at which the account template may stand. */
  readonly templates: readonly [from: string, to: string];
  /** For the whole of object 00 in the template. */
  readonly guid: RegExp;
  /** For whole values that must match besides; a path as in `fields`, absent values are empty. */
  readonly when?: Readonly<Record<string, RegExp>> | undefined;
  /** True where `account` holds the number of a card, which is masked for a person. */
  readonly accountIsCard?: boolean | undefined;
  /** Where values stand, the first that is there counts; a path with a leading dot begins in the account template. */
  readonly fields: {
    readonly bankBin: readonly string[];
    readonly account: readonly string[];
    readonly reference: readonly string[];
    readonly purpose: readonly string[];
  };
  /** Objects of the account template, by path. */
  readonly objects: Readonly<Record<string, QrProfileObject>>;
  /** What the scheme wants beyond EMVCo: one path of each list. */
  readonly required: readonly (readonly string[])[];
  /** The same of a dynamic code (01 is 12). */
  readonly requiredWhenDynamic?: readonly (readonly string[])[] | undefined;
  /** For writing such a code: where the template stands, and the values that are always the same. */
  readonly write: { readonly template: string; readonly fixed: Readonly<Record<string, string>> };
}

/** What is known about schemes and banks. A bank that is missing here is no reason to refuse a code. */
export interface QrCatalogue {
  /** The first that matches decides. */
  readonly profiles: readonly QrProfile[];
  readonly banks: readonly QrBank[];
}

/** Null is "the code does not say". */
export interface QrPayment {
  readonly scheme: string | null;
  readonly bankBin: string | null;
  /** Its short name; null for a bank that the catalogue does not know. */
  readonly bankName: string | null;
  readonly account: string | null;
  /** In the major unit, e.g. 45000 (VND) or 20.15 (THB); null as well when the payer types it. */
  readonly amount: number | null;
  /** ISO 4217 alphabetic; as it stands in the code for a currency that ISO does not list. */
  readonly currency: string | null;
  readonly reference: string | null;
  readonly purpose: string | null;
  readonly merchantName: string | null;
}

export interface QrReading {
  readonly payment: QrPayment;
  /** Undefined for a code of no known scheme. */
  readonly profile: QrProfile | undefined;
  /** ID of the account template that belongs to the profile. */
  readonly template: string | undefined;
  /** What deviates from the scheme, over and above what reading the objects found. */
  readonly problems: readonly QrProblem[];
}

/** What is read where no profile says otherwise (EMV QRCPS MPM v1.1, template 62). */
const commonFields: QrProfile['fields'] = {
  bankBin: [],
  account: [],
  reference: ['62.05', '62.01'],
  purpose: ['62.08'],
};

/**
 * A code whose objects cannot be told apart for sure says nothing. One with other errors, such as a wrong CRC, is read,
 * so that a person sees which code it is: judge `parsed` before paying.
 */
export function readPayment(parsed: ParsedQr, { profiles, banks }: QrCatalogue): QrReading {
  const objects = parsed.readable ? parsed.objects : [];
  const match = findProfile(objects, profiles);
  const first = (paths: readonly string[]): string | null =>
    paths.map((path) => stated(valueAt(objects, match?.template, path))).find((value) => value !== null) ?? null;

  const fields = match?.profile.fields ?? commonFields;
  const bankBin = first(fields.bankBin);
  const numeric = first(['53']);
  // An amount that is not one of its currency has been reported, and what a payer would type is not ours to guess.
  const amount = parsed.problems.some(({ severity, id }) => severity === 'error' && id === '54') ? null : first(['54']);
  const payment: QrPayment = {
    scheme: match?.profile.scheme ?? null,
    bankBin,
    bankName: banks.find(({ bin }) => bin === bankBin)?.shortName ?? null,
    account: first(fields.account),
    amount: readAmount(amount),
    currency: currencyOf(numeric ?? undefined)?.code ?? numeric,
    reference: first(fields.reference),
    purpose: first(fields.purpose),
    merchantName: first(['59']),
  };
  assert(match === undefined || isAmong(match), 'qr: the account template lies outside those of its scheme');
  assert(parsed.readable || payment.account === null, 'qr: a code that cannot be told apart says nothing');
  return {
    payment,
    profile: match?.profile,
    template: match?.template,
    problems: match === undefined ? [] : [...deviations(objects, match)],
  };
}

interface Match {
  readonly profile: QrProfile;
  /** ID of the account template. */
  readonly template: string;
}

function findProfile(objects: readonly QrObject[], profiles: readonly QrProfile[]): Match | undefined {
  const templates = objects.filter(({ id, children }) => children !== null && id >= '26' && id <= '51');
  for (const profile of profiles) {
    const [from, to] = profile.templates;
    for (const { id } of templates) {
      if (id < from || id > to || !profile.guid.test(valueAt(objects, id, '.00') ?? '')) continue;
      const conditions = Object.entries(profile.when ?? {});
      if (conditions.every(([path, pattern]) => pattern.test(valueAt(objects, id, path) ?? ''))) {
        return { profile, template: id };
      }
    }
  }
  return undefined;
}

function isAmong({ template, profile }: Match): boolean {
  const [from, to] = profile.templates;
  return template >= from && template <= to;
}

function valueAt(objects: readonly QrObject[], template: string | undefined, path: string): string | undefined {
  return findObject(objects, placeOf(template, path));
}

/** The whole path of one that may begin in the account template. */
export function placeOf(template: string | undefined, path: string): string {
  return path.startsWith('.') ? `${template}${path}` : path;
}

/** EMV QRCPS MPM v1.1, template 62: "***" asks the payer's app for the value. */
function stated(value: string | undefined): string | null {
  return value === undefined || value === '' || value === '***' ? null : value;
}

/** Zero is how some schemes say that the payer types the amount. */
function readAmount(text: string | null): number | null {
  if (text === null || !decimal.test(text)) return null;
  const amount = Number(text);
  assert(Number.isFinite(amount) && amount >= 0, 'qr: a decimal is a number that can be paid');
  return amount === 0 ? null : amount;
}

function* deviations(objects: readonly QrObject[], { profile, template }: Match): Iterable<QrProblem> {
  const { scheme, currencies, country } = profile;
  const currency = findObject(objects, '53');
  if (currency !== undefined && !Object.hasOwn(currencies, currency)) {
    const message = `${scheme} moves ${Object.values(currencies).join(' or ')}, found currency ${currency}`;
    yield { severity: 'warning', id: '53', message };
  }
  const found = findObject(objects, '58');
  if (found !== undefined && found !== country) {
    yield { severity: 'warning', id: '58', message: `${scheme} is of ${country}, found ${found}` };
  }
  const dynamic = findObject(objects, '01') === '12' ? (profile.requiredWhenDynamic ?? []) : [];
  for (const paths of [...profile.required, ...dynamic]) {
    const [path = ''] = paths;
    if (paths.some((one) => valueAt(objects, template, one) !== undefined)) continue;
    const message = `missing, and ${scheme} (${profile.name}) wants it`;
    yield { severity: 'warning', id: placeOf(template, path), message };
  }
  for (const [path, { name, pattern }] of Object.entries(profile.objects)) {
    const value = valueAt(objects, template, path);
    if (value === undefined || pattern === undefined || pattern.test(value)) continue;
    yield { severity: 'warning', id: placeOf(template, path), message: `${name}: not as ${scheme} writes it` };
  }
}
