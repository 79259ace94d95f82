/**
 * Writes a merchant-presented code of any scheme that has a profile: the profile says where the values stand, EMV QRCPS
 * MPM v1.1 what else a code has. What is written is read back before it is given out.
 */
import { assert } from '../base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';
import { parseMpm, writeMpm, type QrField } from './mpm.ts';
import { placeOf, readPayment, type QrPayment, type QrProfile } from './profile.ts';
import { normaliseMemo } from './reference.ts';

export interface QrOrder {
  /** For schemes whose codes name a bank. */
  readonly bankBin?: string;
  readonly account: string;
  /** Major unit, as in object 54: `45000` or `20.15`. With it the code is dynamic; without it the payer types it. */
  readonly amount?: string;
  /** ISO 4217 alphabetic; the first of the scheme when it is left out. */
  readonly currency?: string;
  readonly reference?: string;
  readonly purpose?: string;
  /** Folded to `[A-Z0-9 ]` and cut to 25 characters. */
  readonly merchantName?: string;
  /** Folded and cut to 15 characters. */
  readonly merchantCity?: string;
  /** ISO 18245, four digits. */
  readonly merchantCategoryCode?: string;
  /** Any other objects by path, such as `55`, `62.07` or `64.01`; they go before what else would stand there. */
  readonly values?: Readonly<Record<string, string>>;
}

export type QrBuildFault = Fault<'badOrder' | 'notWritable'>;

export function buildCode(profile: QrProfile, order: QrOrder): Result<string, QrBuildFault> {
  const { scheme, write, fields, currencies } = profile;
  const currency = Object.entries(currencies).find(([, code]) => code === (order.currency ?? code))?.[0];
  if (currency === undefined) return bad(`${scheme} moves ${Object.values(currencies).join(' or ')}`);
  const account = fields.account.find((path) => profile.objects[path]?.pattern?.test(order.account) ?? true);
  if (account === undefined) return bad(`the account is not one of ${scheme}`);
  const [bankBin] = fields.bankBin;
  if ((bankBin === undefined) !== (order.bankBin === undefined)) {
    return bad(`${scheme} ${bankBin === undefined ? 'has no' : 'needs a'} bank`);
  }
  const values: Record<string, string | undefined> = {
    '00': '01',
    '01': order.amount === undefined ? '11' : '12',
    ...write.fixed,
    [account]: order.account,
    '52': order.merchantCategoryCode,
    '53': currency,
    '54': order.amount,
    '58': profile.country,
    '59': cut(order.merchantName, 25),
    '60': cut(order.merchantCity, 15),
  };
  const [reference = '62.05'] = fields.reference;
  const [purpose = '62.08'] = fields.purpose;
  for (const [path = '', value] of [
    [bankBin, order.bankBin],
    [reference, order.reference],
    [purpose, order.purpose],
  ]) {
    if (value !== undefined) values[path] = value;
  }
  const tree: Tree = new Map();
  for (const [path, value] of Object.entries({ ...values, ...order.values })) {
    if (value !== undefined && value !== '') plant(tree, placeOf(write.template, path).split('.'), value);
  }
  assert(!tree.has('63'), 'qr: the CRC is computed, nobody gives it');
  const written = writeMpm(fieldsOf(tree));
  return written.ok ? readBack(written.value, profile, order) : written;
}

function bad(detail: string): Result<never, QrBuildFault> {
  return err(fault('badOrder', detail, false));
}

function cut(text: string | undefined, length: number): string | undefined {
  return text === undefined ? undefined : normaliseMemo(text).slice(0, length).trimEnd();
}

type Tree = Map<string, string | Tree>;

/** A path that leads through a value replaces it. */
function plant(tree: Tree, [id = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    tree.set(id, value);
    return;
  }
  const inner = tree.get(id);
  const branch = inner instanceof Map ? inner : new Map<string, string | Tree>();
  tree.set(id, branch);
  plant(branch, rest, value);
}

/** In the order of the IDs; the CRC, 63, is not among them and comes last. */
function fieldsOf(tree: Tree): QrField[] {
  return [...tree]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, value]) => ({ id, value: typeof value === 'string' ? value : fieldsOf(value) }));
}

/** Strict when writing: a code that its own scheme would complain about, or that says something else, is none. */
function readBack(payload: string, profile: QrProfile, order: QrOrder): Result<string, QrBuildFault> {
  const { payment, problems } = readPayment(parseMpm(payload), { profiles: [profile], banks: [] });
  const [problem] = problems;
  if (problem !== undefined) return err(fault('notWritable', `${problem.id}: ${problem.message}`, false));
  const said: Partial<Record<keyof QrPayment, string | undefined>> = {
    scheme: profile.scheme,
    bankBin: order.bankBin,
    account: order.account,
    reference: order.reference,
    purpose: order.purpose,
  };
  for (const [key, value] of Object.entries(said)) {
    const read = payment[key as keyof QrPayment];
    if (value !== undefined && value !== '' && read !== value) {
      return err(fault('notWritable', `${key}: "${value}" would be read as "${read}"`, false));
    }
  }
  return ok(payload);
}
