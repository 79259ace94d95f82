/**
 * Which payment scheme a merchant-presented code belongs to, and what a payer has to know from it. Schemes are data
 * (config/qr/profiles.json): each is recognised by the ID and the Globally Unique Identifier of its account template
 * (EMV QRCPS MPM v1.1, IDs 02 to 51) and says where it keeps account, reference and purpose.
 */
import { assert } from '../base/assert.ts';
import { currencyCodes, exponent, numericCode } from '../base/money.ts';
import { findObject, type ParsedQr, type QrObject, type QrProblem } from './mpm.ts';

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
  /** Regular expression for the whole of object 00 in the template; letters in either case. */
  readonly guid: string;
  /** Regular expressions for whole values that must match besides; a path as in `fields`, absent values are empty. */
  readonly when?: Readonly<Record<string, string>> | undefined;
  /** True where `account` holds the number of a card, which is masked for a person. */
  readonly accountIsCard?: boolean | undefined;
  /** Where values stand, the first that is there counts; a path with a leading dot begins in the account template. */
  readonly fields: {
    readonly bankBin: readonly string[];
    readonly account: readonly string[];
    readonly reference: readonly string[];
    readonly purpose: readonly string[];
  };
  /** Paths that the scheme wants beyond EMVCo. */
  readonly required: readonly string[];
}

export interface QrBank {
  /** Six digits: how NAPAS addresses the bank (object 38.01.00). */
  readonly bin: string;
  readonly shortName: string;
  readonly name: string;
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
  /** ISO 4217 alphabetic; numeric for a currency that no profile names. */
  readonly currency: string | null;
  readonly reference: string | null;
  readonly purpose: string | null;
  readonly merchantName: string | null;
}

export interface QrReading {
  readonly payment: QrPayment;
  /** Undefined for a code of no known scheme. */
  readonly profile: QrProfile | undefined;
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
 * A code whose objects cannot be told apart for sure says nothing. One whose only error is its CRC is read, so that a
 * person sees which code it is: judge `parsed` before paying.
 */
export function readPayment(parsed: ParsedQr, { profiles, banks }: QrCatalogue): QrReading {
  const readable = parsed.problems.every(({ severity, id }) => severity === 'warning' || id === '63');
  const objects = readable ? parsed.objects : [];
  const match = findProfile(objects, profiles);
  const problems: QrProblem[] = [];
  const first = (paths: readonly string[]): string | null =>
    paths.map((path) => stated(valueAt(objects, match?.template, path))).find((value) => value !== null) ?? null;

  const fields = match?.profile.fields ?? commonFields;
  const bankBin = first(fields.bankBin);
  const numeric = first(['53']);
  const payment: QrPayment = {
    scheme: match?.profile.scheme ?? null,
    bankBin,
    bankName: banks.find(({ bin }) => bin === bankBin)?.shortName ?? null,
    account: first(fields.account),
    amount: readAmount(first(['54']), numeric, problems),
    currency:
      match?.profile.currencies[numeric ?? ''] ??
      currencyCodes.find((code) => numericCode(code) === numeric) ??
      numeric,
    reference: first(fields.reference),
    purpose: first(fields.purpose),
    merchantName: first(['59']),
  };
  assert(readable || payment.account === null, 'qr: a code that cannot be told apart says nothing');
  if (match !== undefined) problems.push(...deviations(objects, match));
  return { payment, profile: match?.profile, problems };
}

interface Match {
  readonly profile: QrProfile;
  /** ID of the account template. */
  readonly template: string;
}

function findProfile(objects: readonly QrObject[], profiles: readonly QrProfile[]): Match | undefined {
  for (const profile of profiles) {
    const [from, to] = profile.templates;
    const conditions = Object.entries({ '.00': profile.guid, ...profile.when });
    for (const { id, children } of objects) {
      if (children === null || id < from || id > to) continue;
      if (conditions.every(([path, pattern]) => wholly(pattern, valueAt(objects, id, path) ?? ''))) {
        return { profile, template: id };
      }
    }
  }
  return undefined;
}

function wholly(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern})$`, 'i').test(value);
}

function valueAt(objects: readonly QrObject[], template: string | undefined, path: string): string | undefined {
  return findObject(objects, path.startsWith('.') ? `${template}${path}` : path);
}

/** EMV QRCPS MPM v1.1, template 62: "***" asks the payer's app for the value. */
function stated(value: string | undefined): string | null {
  return value === undefined || value === '' || value === '***' ? null : value;
}

/** Zero is how some schemes say that the payer types the amount. */
function readAmount(text: string | null, numeric: string | null, problems: QrProblem[]): number | null {
  if (text === null || text.length > 13 || !/^\d+(\.\d*)?$/.test(text)) return null;
  const amount = Number(text);
  const currency = currencyCodes.find((code) => numericCode(code) === numeric);
  if (currency !== undefined && exponent(currency) === 0 && !Number.isInteger(amount)) {
    problems.push({ severity: 'error', id: '54', message: `${currency} has no fractions, found ${text}` });
    return null;
  }
  return amount === 0 ? null : amount;
}

function* deviations(objects: readonly QrObject[], { profile, template }: Match): Iterable<QrProblem> {
  const { scheme, currencies, country, required } = profile;
  const currency = findObject(objects, '53');
  if (currency !== undefined && !Object.hasOwn(currencies, currency)) {
    const message = `${scheme} moves ${Object.values(currencies).join(' or ')}, found currency ${currency}`;
    yield { severity: 'warning', id: '53', message };
  }
  const found = findObject(objects, '58');
  if (found !== undefined && found !== country) {
    yield { severity: 'warning', id: '58', message: `${scheme} is of ${country}, found ${found}` };
  }
  for (const path of required) {
    if (valueAt(objects, template, path) !== undefined) continue;
    const id = path.startsWith('.') ? `${template}${path}` : path;
    yield { severity: 'warning', id, message: `missing, and ${scheme} (${profile.name}) wants it` };
  }
}
