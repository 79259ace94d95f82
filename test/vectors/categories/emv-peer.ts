/**
 * Reads what emv-decode (openemv/emv-utils) printed and compares it with what we say of the same bytes: the objects,
 * their lengths and names, and the bits. Its wording is close to the Books; where it is not, the aliases here say so.
 */
import { toHex } from '../../../src/core/base/bytes.ts';
import { explain } from '../../../src/core/emv/decode/explain.ts';
import type { Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { identify } from '../../../src/core/tlv/tags.ts';
import type { VectorVerdict } from '../category.ts';

/** Names of emv-decode beside those of Book 3 Annex A1, which decide. Compared in lower case. */
const nameAliases: Readonly<Record<string, string>> = {
  'emv data template': 'read record response message template',
  'certification authority public key (capk) index': 'certification authority public key index',
  'certification authority public key (capk) index - terminal': 'certification authority public key index (terminal)',
  'application version number': 'application version number (card)',
  'application version number - terminal': 'application version number (terminal)',
  'issuer action code (iac) - default': 'issuer action code - default',
  'issuer action code (iac) - denial': 'issuer action code - denial',
  'issuer action code (iac) - online': 'issuer action code - online',
  'merchant category code (mcc)': 'merchant category code',
  'issuer application data (iad)': 'issuer application data',
  'static data authentication (sda) tag list': 'static data authentication tag list',
  'integrated circuit card (icc) public key certificate': 'icc public key certificate',
  'integrated circuit card (icc) public key exponent': 'icc public key exponent',
  'integrated circuit card (icc) public key remainder': 'icc public key remainder',
  'integrated circuit card (icc) dynamic number': 'icc dynamic number',
  'transaction reference currency': 'transaction reference currency code',
  'data template': 'read record response message template',
};

export function canonicalName(name: string): string {
  const lower = name.toLowerCase().replaceAll(/\s*–\s*/g, ' - ');
  return nameAliases[lower] ?? lower;
}

/** The two mean the same thing to a payment system, one by its own product names. */
const lineAliases: Readonly<Record<string, string>> = {
  'application: m/chip 4': 'application: mastercard m/chip',
  'application: m/chip advance': 'application: mastercard m/chip',
  "cryptogram version number (cvn): 43 (cvn'43')": 'cryptogram version number (cvn): 43',
  // Book C-2 assigns the bit (Support for balance reading); the peer does not.
  'application capabilities information: balance reading supported': 'rfu',
  'terminal data output capability: display cardholder': 'terminal data output capability: display, cardholder',
};

/** Said by the peer of bits that are not set, or of what the issuer alone can read; we say nothing there. */
const unsaid =
  /: none$|not supported$|not required$|no print, electronic|^cryptogram: |issuer discretionary$|^version number 1$/;
/** Lower case, without the place of the bits and without our notes on other kernels; RFU bits count once. */
export function comparable(lines: readonly string[]): ReadonlySet<string> {
  const plain = lines.map((line) =>
    line
      .toLowerCase()
      .replace(/byte \d(?: bits? [\d-]+)?: /, '')
      .replace(/^card verification results \(cvr\):? /, 'cvr ')
      .replace(/^ctq /, '')
      .replace(/ \(c-[27].*\)$/, '')
      .replace(/.*\brfu$/, 'rfu')
      .trim(),
  );
  return new Set(plain.map((line) => lineAliases[line] ?? line).filter((line) => line !== '' && !unsaid.test(line)));
}

export function missing(expected: ReadonlySet<string>, found: ReadonlySet<string>): string[] {
  return [...expected].filter((line) => !found.has(line));
}

/** Where the peer's lines are its bits, both must say exactly the same. */
const bitTags = new Set(
  '82 95 9B 9F07 9F0D 9F0E 9F0F 8E 94 9F27 9F33 9F34 9F35 9F40 9F66 9F6C 9F5D 9F1D 9F69'.split(' '),
);
/** Where it says less or more than we do, its lines must be among ours. */
const looseTags = new Set(['9F10', '9F27', '9F69']);

interface PeerObject {
  readonly tag: string;
  readonly name: string | undefined;
  readonly length: number;
  readonly lines: string[];
  readonly dol: string[];
}

/** Objects in order, each with the lines under it. */
function readPeer(text: string): readonly PeerObject[] {
  const objects: PeerObject[] = [];
  for (const line of text.split('\n')) {
    const object = /^ *(Padding|[0-9A-F]{2,8})(?: \| (.*?))? : \[(\d+)\]/.exec(line);
    const item = /^ *- (.*)$/.exec(line);
    const entry = /^ *([0-9A-F]{2,8}) \| (.*) \[(\d+)\]$/.exec(line);
    const last = objects.at(-1);
    if (object !== null) {
      const [, tag = '', name, length] = object;
      if (tag !== 'Padding') objects.push({ tag, name, length: Number(length), lines: [], dol: [] });
    } else if (item !== null) {
      last?.lines.push(item[1] ?? '');
    } else if (entry !== null) {
      last?.dol.push(`${entry[1]} ${canonicalName(entry[2] ?? '')} [${entry[3]}]`);
    }
  }
  return objects;
}

interface OurObject {
  readonly tlv: Tlv;
  readonly parent: string | undefined;
}

function flat(objects: readonly Tlv[], parent?: string): readonly OurObject[] {
  return objects.flatMap((tlv) => [{ tlv, parent }, ...flat(tlv.children, tlv.tag)]);
}

function structure(all: readonly { readonly tag: string; readonly length: number }[]): string {
  return all.map(({ tag, length }) => `${tag}[${length}]`).join(' ');
}

/** Everything the peer says of these objects, against everything we say. */
export function compareWithPeer(title: string, objects: readonly Tlv[], text: string): VectorVerdict {
  const peer = readPeer(text);
  const ours = flat(objects);
  const expected = structure(peer);
  const found = structure(ours.map(({ tlv }) => ({ tag: tlv.tag, length: tlv.value.length })));
  if (expected !== found || peer.length === 0) return { case: title, outcome: 'failed', expected, found };
  for (const [at, { tag, name, lines, dol }] of peer.entries()) {
    const own = ours[at];
    if (own === undefined) break;
    const info = identify(tag, own.tlv.value, own.parent);
    const difference = nameDifference(name, info?.name) ?? lineDifference(own, lines, dol);
    if (difference !== undefined) {
      return { case: `${title} ${tag} ${toHex(own.tlv.value)}`, outcome: 'failed', ...difference };
    }
  }
  return { case: title, outcome: 'passed' };
}

interface Difference {
  readonly expected: string;
  readonly found: string;
}

function nameDifference(peer: string | undefined, ours: string | undefined): Difference | undefined {
  if (peer === undefined) return undefined;
  const [expected, found] = [canonicalName(peer), canonicalName(ours ?? 'unknown')];
  return expected === found ? undefined : { expected, found };
}

function lineDifference({ tlv, parent }: OurObject, lines: string[], dol: string[]): Difference | undefined {
  if (tlv.children.length > 0) return undefined;
  const own = explain(tlv.tag, tlv.value, identify(tlv.tag, tlv.value, parent));
  if (dol.length > 0) {
    const listed = own
      .filter((line) => !line.includes(' Unknown ['))
      .map((line) => line.replace(/^(\S+) (.*) (\[\d+\])$/, (_, t, n: string, l) => `${t} ${canonicalName(n)} ${l}`));
    return dol.join() === listed.join() ? undefined : { expected: dol.join(), found: listed.join() };
  }
  // Of 9F6E the parts of Visa and American Express are bits; Mastercard's is text and country codes.
  const bits = bitTags.has(tlv.tag) || (tlv.tag === '9F6E' && tlv.value.length === 4);
  if (!bits && !looseTags.has(tlv.tag)) return undefined;
  const [expected, found] = [comparable(lines), comparable(own)];
  const lost = missing(expected, found);
  const more = looseTags.has(tlv.tag) ? [] : missing(found, expected);
  if (lost.length === 0 && more.length === 0) return undefined;
  return { expected: lost.join('; ') || 'nothing more', found: more.join('; ') || [...found].join('; ') };
}
