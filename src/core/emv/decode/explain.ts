/**
 * What a data object says, in lines for a technician. PANs appear masked in every line. The tables behind it are in
 * the other files of this folder; here is only which tag is read by which. EMV 4.4 Book 3 Annex A1 unless noted.
 */
import { assert } from '../../base/assert.ts';
import { fromLatin1, toHex } from '../../base/bytes.ts';
import { maskPan } from '../../base/pan.ts';
import { readTag } from '../../tlv/ber-tlv.ts';
import { parseDol } from '../../tlv/dol.ts';
import type { TagInfo } from '../../tlv/tag-info.ts';
import { holdsCardData, identify, isDol, tagInfo } from '../../tlv/tags.ts';
import { parseAfl } from '../read-records.ts';
import { explainBits, type BitField } from './bit-field.ts';
import * as card from './card-fields.ts';
import { explainCvmList, explainCvmResults } from './cvm.ts';
import { explainIssuerApplicationData } from './issuer-application-data.ts';
import * as terminal from './terminal-fields.ts';
import { parsePan, parseTrack2 } from './track2.ts';

/** By tag, and by name where the tag has several meanings. */
const bitFields: Readonly<Record<string, BitField>> = {
  '82': card.applicationInterchangeProfile,
  '87': card.priorityIndicator,
  '95': terminal.tvr,
  '9B': terminal.tsi,
  '9F07': card.applicationUsageControl,
  '9F0D': terminal.tvr,
  '9F0E': terminal.tvr,
  '9F0F': terminal.tvr,
  '9F1D': terminal.terminalRiskManagementData,
  '9F27': card.cryptogramInformationData,
  '9F30': terminal.biometricCapabilities,
  '9F33': terminal.terminalCapabilities,
  '9F35': terminal.terminalType,
  '9F40': terminal.additionalTerminalCapabilities,
  '9F7E': terminal.mobileSupportIndicator,
  DF8120: terminal.tvr,
  DF8121: terminal.tvr,
  DF8122: terminal.tvr,
  'Terminal Transaction Qualifiers (TTQ)': terminal.terminalTransactionQualifiers,
  'Card Transaction Qualifiers (CTQ)': card.cardTransactionQualifiers,
  'Application Capabilities Information': card.applicationCapabilities,
  'Contactless Reader Capabilities': terminal.contactlessReaderCapabilities,
  'Enhanced Contactless Reader Capabilities': terminal.enhancedReaderCapabilities,
};

type Explainer = (value: Uint8Array) => readonly string[];

const explainers: Readonly<Record<string, Explainer>> = {
  '57': explainTrack2,
  '9F6B': explainTrack2,
  '5A': (value) => {
    const pan = parsePan(value);
    return pan === undefined ? ['Not a PAN'] : [`PAN ${maskPan(pan)}`];
  },
  '80': explainFormat1,
  '84': explainDirectoryName,
  '86': (value) => [scriptCommands[value[1] ?? 0] ?? 'Unknown command'],
  '8E': explainCvmList,
  '9F68': explainCvmList,
  '91': (value) => [
    `Authorisation Response Cryptogram (ARPC): ${toHex(value.subarray(0, 8))}`,
    ...(value.length > 8 ? [`Issuer data: ${toHex(value.subarray(8))}`] : []),
  ],
  '94': explainAfl,
  '9C': (value) => [transactionTypes[value[0] ?? 0] ?? 'Unknown'],
  '9F10': explainIssuerApplicationData,
  '9F21': (value) => [toHex(value).replace(/^(..)(..)(..)$/, '$1:$2:$3')],
  '9F2A': explainKernelId,
  '9F34': explainCvmResults,
  '9F4A': explainTagList,
  '9F4D': (value) => [`Log in file ${value[0] ?? 0}, at most ${value[1] ?? 0} records`],
  'Card Authentication Related Data': explainCardAuthentication,
  'Form Factor Indicator (FFI)': explainFormFactor,
};

/** ISO 8583:1987 processing code, first two digits. */
const transactionTypes: Readonly<Record<number, string>> = {
  0x00: 'Goods and services',
  0x01: 'Cash',
  0x09: 'Cashback',
  0x20: 'Refund',
  0x30: 'Inquiry',
};

/** Instruction byte of issuer script commands: Book 3 §6.5. */
const scriptCommands: Readonly<Record<number, string>> = {
  0x16: 'CARD BLOCK',
  0x18: 'APPLICATION UNBLOCK',
  0x1e: 'APPLICATION BLOCK',
  0x24: 'PIN CHANGE/UNBLOCK',
  0xd6: 'UPDATE BINARY',
  0xda: 'PUT DATA',
  0xdc: 'UPDATE RECORD',
};

/** Lines about one primitive object; `info` is its meaning (tags.ts identify). Empty when there is nothing to say. */
export function explain(tag: string, value: Uint8Array, info: TagInfo | undefined): readonly string[] {
  if (value.length === 0) return [];
  const name = info?.name ?? '';
  const field = bitFields[name] ?? bitFields[tag];
  if (field !== undefined) return explainBits(field, value);
  const explainer = explainers[name] ?? explainers[tag];
  if (explainer !== undefined) return explainer(value);
  if (isDol(tag, info)) return explainDol(value);
  if (holdsCardData(tag)) return [];
  return plain(value, info);
}

/** What the format alone says: dates, numbers, text (Book 3 §4.3). */
function plain(value: Uint8Array, info: TagInfo | undefined): readonly string[] {
  if (info === undefined) return [];
  const digits = toHex(value);
  if (info.format === 'n' && /^\d+$/.test(digits)) {
    if (info.name.endsWith('Date') && value.length === 3) return [date(digits)];
    return value.length > 1 ? [digits.replace(/^0+(?=\d)/, '')] : [];
  }
  const text = fromLatin1(value);
  const printable = /^[\u0020-\u007e\u00a0-\u00ff]+$/.test(text);
  return ['a', 'an', 'ans'].includes(info.format) && printable ? [`"${text}"`] : [];
}

/** YYMMDD; 50 to 99 are the years of the last century (Book 4 §6.7.3). */
function date(digits: string): string {
  assert(digits.length === 6, 'explain: a date has six digits');
  const century = digits.startsWith('0') || digits < '500000' ? '20' : '19';
  return digits.replace(/^(..)(..)(..)$/, `${century}$1-$2-$3`);
}

function explainTrack2(value: Uint8Array): readonly string[] {
  const track = parseTrack2(value);
  if (track === undefined) return ['Not track 2 data'];
  return [
    `PAN ${maskPan(track.pan)}`,
    `Expiration (YYMM) ${track.expiry}`,
    `Service code ${track.serviceCode}`,
    `${track.discretionary.length} digits of discretionary data`,
  ];
}

function explainAfl(value: Uint8Array): readonly string[] {
  const afl = parseAfl(value);
  if (!afl.ok) return [`Malformed: ${afl.fault.detail}`];
  return afl.value.map(({ sfi, first, last, signed }) => {
    const records = first === last ? `record ${first}` : `record ${first} to ${last}`;
    const under =
      signed === 0 ? '' : `, ${signed} record${signed === 1 ? '' : 's'} used for offline data authentication`;
    return `SFI ${sfi}, ${records}${under}`;
  });
}

/** Book 3 §6.5.8.4 and §6.5.5.4: AIP and AFL, or CID, ATC, cryptogram and issuer data; told apart by a valid AFL. */
function explainFormat1(value: Uint8Array): readonly string[] {
  const afl = explainAfl(value.subarray(2));
  if (value.length >= 2 && (value.length - 2) % 4 === 0 && !afl.some((line) => line.startsWith('Malformed'))) {
    const aip = explainBits(card.applicationInterchangeProfile, value.subarray(0, 2));
    return [...aip.map((line) => `AIP ${line}`), ...afl.map((line) => `AFL ${line}`)];
  }
  if (value.length < 11 || value.length > 43) return [];
  return [
    ...explainBits(card.cryptogramInformationData, value.subarray(0, 1)).map((line) => `CID ${line}`),
    `ATC ${toHex(value.subarray(1, 3))}`,
    `Application Cryptogram ${toHex(value.subarray(3, 11))}`,
    ...(value.length > 11 ? explainIssuerApplicationData(value.subarray(11)).map((line) => `IAD ${line}`) : []),
  ];
}

function explainDol(value: Uint8Array): readonly string[] {
  const dol = parseDol(value);
  if (!dol.ok) return [`Malformed: ${dol.fault.detail}`];
  return dol.value.map(({ tag, length }) => {
    const asked = identify(tag, new Uint8Array(length));
    return `${tag} ${asked?.name ?? 'Unknown'} [${length}]`;
  });
}

function explainTagList(value: Uint8Array): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < value.length;) {
    const end = readTag(value, at, value.length);
    if (!end.ok) return [`Malformed: ${end.fault.detail}`];
    const tag = toHex(value.subarray(at, end.value));
    assert(end.value > at, 'tag list: each tag takes the reader on');
    lines.push(`${tag} ${tagInfo(tag)?.name ?? 'Unknown'}`);
    at = end.value;
  }
  return lines;
}

/** The names of PSE and PPSE are text (Book 1 §12.3.2, Book B §3.3.2). */
function explainDirectoryName(value: Uint8Array): readonly string[] {
  const text = fromLatin1(value);
  return /^[12]PAY\.SYS\.DDF01$/.test(text) ? [text] : [];
}

/** Book B §3.3.2.5: bits 8-7 of byte 1 say who assigned the short identifier in bits 6-1. */
function explainKernelId(value: Uint8Array): readonly string[] {
  const first = value[0] ?? 0;
  const owner = ['International', 'RFU', 'Domestic, EMVCo format', 'Domestic, proprietary format'][first >> 6] ?? 'RFU';
  return [`Kernel C-${first & 0x3f}, ${owner}`];
}

/** Book C-3 Annex A.2: fDDA version, card unpredictable number, CTQ. */
function explainCardAuthentication(value: Uint8Array): readonly string[] {
  const version = [`fDDA Version Number: ${value[0] ?? 0}`];
  if (value.length < 7) return version;
  return [
    ...version,
    `Card Unpredictable Number: ${toHex(value.subarray(1, 5))}`,
    ...explainBits(card.cardTransactionQualifiers, value.subarray(5, 7)).map((line) => `CTQ ${line}`),
  ];
}

/** Book C-3 Annex A.2: byte 1 bits 8-6 are the version of the layout; only version 1 is public. */
function explainFormFactor(value: Uint8Array): readonly string[] {
  assert(value.length > 0, 'explain: an empty value explains nothing');
  const version = (value[0] ?? 0) >> 5;
  if (version !== 1) return [`Form Factor Indicator (FFI): Version Number ${version}`];
  return explainBits(card.formFactorIndicator, value);
}
