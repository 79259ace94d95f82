/**
 * From the text of a customer's code to a card payment: which of the applications that the phone offers this terminal takes,
 * the account behind it, and the chip data for the issuer. EMV QRCPS Consumer-Presented Mode v1.1; EMV 4.4 Book 3 Annex A1.
 * What cannot be paid with is a reason to tell and to scan again, never a fault: nobody has been asked for anything.
 */
import { assert } from '../base/assert.ts';
import { fromLatin1, toHex } from '../base/bytes.ts';
import { panSequenceNumber, readAccount } from '../emv/account.ts';
import type { CardObjects } from '../emv/card-data.ts';
import type { KernelResult } from '../emv/kernel-result.ts';
import { applicationLabel } from '../emv/outcome.ts';
import { encodeTlv, primitive, type Tlv } from '../tlv/ber-tlv.ts';
import type { CardData, CardSecrets, CodeTrouble } from '../transaction/model.ts';
import { parseCpm } from './cpm.ts';

/** Codes of a wallet, as far as a terminal without a way to it can tell them: they begin so and are so long. */
export interface WalletCode {
  readonly name: string;
  readonly prefixes: readonly string[];
  readonly minLength: number;
  readonly maxLength: number;
}

/** What this terminal takes. */
export interface CodeRules {
  /** DE 22 of a consumer-presented code, three digits, as its acquirer wants it. */
  readonly entryMode: string;
  /** In no order; `name` for a template without a label. */
  readonly applications: readonly {
    readonly aid: string;
    readonly name: string;
    readonly selection: 'partial' | 'exact';
  }[];
  readonly wallets: readonly WalletCode[];
}

/**
 * What of a template goes into DE 55: chip data of EMV 4.4 Book 3 Annex A1 and of the CPM tables. The terminal has no part in
 * the cryptogram, so it adds nothing of its own. Names, addresses, account references and what nobody has defined stay out,
 * because DE 55 is journaled too.
 */
const iccDataTags =
  '9F26 9F27 9F10 9F37 9F36 95 9B 9A 9C 9F02 5F2A 82 9F1A 9F34 9F33 9F35 9F03 9F08 9F09 9F19 9F25 5F34'.split(' ');

/** AIM symbology identifiers (ISO/IEC 15424), which many scanners put in front: `]Q1` and the like. */
const aimIdentifier = /^\][A-Za-z][0-9A-Za-z]/;

/** Bits 8 and 7 of the Cryptogram Information Data: 10 is an ARQC (Book 3 Table 15). */
const arqc = 0x80;

/** The text of a code as a scanner or a person gives it. `detail` never repeats a part of it. */
export function readCode(scanned: string, rules: CodeRules): KernelResult {
  const text = scanned.trim().replace(aimIdentifier, '').trim();
  const parsed = parseCpm(text);
  if (!parsed.ok) {
    const { kind, detail } = parsed.fault;
    const wallet = kind === 'notCpm' ? walletOf(text, rules) : undefined;
    if (wallet !== undefined) return trouble('codeOfWallet', `a code of ${wallet.name}`);
    return trouble(kind === 'notCpm' ? 'codeNotCpm' : 'codeBroken', detail);
  }
  const objects = parsed.value.objects();
  const offered = objects.filter(({ tag }) => tag === '61').map(({ children }) => children);
  const common = objects.filter(({ tag }) => tag === '62').flatMap(({ children }) => children);
  const results = offered.map((application) => readApplication(application, common, rules));
  for (const { value } of objects) value.fill(0);
  assert(results.length > 0, 'code: what was read offers an application');
  // In the customer's order; when none will do, the one that came furthest says why.
  const paid = results.find(({ secrets }) => secrets !== undefined);
  for (const each of results) if (each !== paid && each.secrets !== undefined) forget(each.secrets);
  return paid ?? furthest(results);
}

/** Words for the log; the screens have their own. */
export function trouble(reason: CodeTrouble, detail: string): KernelResult {
  return { outcome: { kind: 'tryAgain', reason }, detail };
}

function walletOf(text: string, { wallets }: CodeRules): WalletCode | undefined {
  if (!/^[A-Za-z0-9]+$/.test(text)) return undefined;
  return wallets.find(
    ({ prefixes, minLength, maxLength }) =>
      text.length >= minLength && text.length <= maxLength && prefixes.some((prefix) => text.startsWith(prefix)),
  );
}

const order: readonly CodeTrouble[] = ['codeNoCryptogram', 'codeBroken', 'codeNoApplication'];

function furthest(results: readonly KernelResult[]): KernelResult {
  for (const reason of order) {
    const found = results.find(({ outcome }) => outcome.kind === 'tryAgain' && outcome.reason === reason);
    if (found !== undefined) return found;
  }
  return trouble('codeNoApplication', 'no application');
}

/** One template, with what is common to all: what it says itself goes first. */
function readApplication(application: readonly Tlv[], common: readonly Tlv[], rules: CodeRules): KernelResult {
  const objects: CardObjects = new Map();
  for (const level of [application, inside(application, '63'), common, inside(common, '64')]) {
    for (const { tag, value, children } of level) {
      if (children.length === 0 && value.length > 0 && !objects.has(tag)) objects.set(tag, value);
    }
  }
  const aid = toHex(objects.get('4F') ?? new Uint8Array(0));
  const taken = rules.applications.find(
    (each) => aid === each.aid || (each.selection === 'partial' && aid.startsWith(each.aid)),
  );
  if (taken === undefined) return trouble('codeNoApplication', 'no application that this terminal takes');
  if (!objects.has('5A') && !objects.has('57'))
    return trouble('codeNoApplication', 'an application without an account');
  const account = readAccount(objects);
  if (!account.ok) return trouble('codeBroken', account.fault.detail);
  const secrets = account.value;
  const refuse = (reason: CodeTrouble, detail: string): KernelResult => {
    forget(secrets);
    return trouble(reason, detail);
  };
  if (repeatsAccount(objects, secrets)) return refuse('codeBroken', 'the account stands in the chip data');
  const cryptogram = objects.get('9F26');
  const decided = objects.get('9F27')?.[0] ?? arqc;
  if (cryptogram?.length !== 8 || (decided & 0xc0) !== arqc) {
    return refuse('codeNoCryptogram', 'no cryptogram that asks the issuer');
  }
  const sequence = panSequenceNumber(objects);
  const card: CardData = {
    maskedPan: secrets.pan.masked,
    aid,
    label: applicationLabel(objects) ?? taken.name,
    interface: 'code',
    posEntryMode: rules.entryMode,
    ...(sequence === undefined ? {} : { panSequenceNumber: sequence }),
    iccData: iccData(objects),
    cryptogram: toHex(cryptogram),
  };
  assert(card.iccData.includes(card.cryptogram), 'code: the issuer is given the cryptogram');
  return { outcome: { kind: 'onlineRequest', card }, secrets };
}

function forget({ pan, track2 }: CardSecrets): void {
  pan.wipe();
  track2?.fill(0);
}

function inside(objects: readonly Tlv[], template: string): readonly Tlv[] {
  return objects.filter(({ tag }) => tag === template).flatMap(({ children }) => children);
}

/** The ADF Name (4F) is the DF Name (84) there. */
function iccData(objects: CardObjects): string {
  const present = chipObjects(objects).map(([tag, value]) => primitive(tag, value));
  return toHex(encodeTlv([...present, primitive('84', objects.get('4F') ?? new Uint8Array(0))]));
}

function chipObjects(objects: CardObjects): readonly (readonly [tag: string, value: Uint8Array])[] {
  return iccDataTags.flatMap((tag) => {
    const value = objects.get(tag);
    return value === undefined ? [] : [[tag, value] as const];
  });
}

/** Whether an object that would be journaled has the card number in it, packed or as characters. */
function repeatsAccount(objects: CardObjects, { pan }: CardSecrets): boolean {
  const digits = pan.use(fromLatin1);
  const characters = pan.use(toHex);
  return chipObjects(objects).some(([, value]) => {
    const found = toHex(value);
    return found.includes(digits) || found.includes(characters);
  });
}
