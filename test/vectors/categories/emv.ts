/**
 * Judges the EMV vectors: TLV, tags, data object lists, bit fields, CVM lists, GET PROCESSING OPTIONS, records, and
 * whole card sessions. The steps of the kernels, authentication and cryptograms have files of their own.
 */
import { parseHex, toHex } from '../../../src/core/base/bytes.ts';
import { parseCvmList } from '../../../src/core/emv/decode/cvm.ts';
import { explain } from '../../../src/core/emv/decode/explain.ts';
import {
  constructed,
  encodeTlv,
  parseTlv,
  parseTlvTolerant,
  primitive,
  type Tlv,
} from '../../../src/core/tlv/ber-tlv.ts';
import { buildDol, dolLength, parseDol, type DolEntry } from '../../../src/core/tlv/dol.ts';
import { identify, otherMeanings, tagInfo } from '../../../src/core/tlv/tags.ts';
import type { VectorCategory, VectorVerdict } from '../category.ts';
import { judgeCryptogramCalls, judgeCryptogramInput } from './emv-cryptogram.ts';
import { judgeActionAndCvmFacts, judgeRestrictions, judgeRisk } from './emv-book3.ts';
import { judgeOdaOfSession, type OdaTranscript } from './emv-oda-sessions.ts';
import { judgeCaKeys, judgeOda } from './emv-oda.ts';
import { judgeApdus, judgeAtrs, judgeCandidates, judgeGpo, judgeRecords, judgeTpdus } from './emv-contact.ts';
import { judgeContactlessFlow } from './emv-contactless.ts';
import { judgeBertlvTags, judgeBitMeanings, judgeUtilsTags } from './emv-names.ts';
import { comparable, compareWithPeer, missing } from './emv-peer.ts';
import { judgeFlow, type Transcript } from './emv-transcripts.ts';

function bytesOf(text: string): Uint8Array {
  const bytes = parseHex(text);
  if (bytes === undefined) throw new Error('a vector is not hexadecimal');
  return bytes;
}

function verdict(name: string, expected: string, found: string): VectorVerdict {
  return expected === found ? { case: name, outcome: 'passed' } : { case: name, outcome: 'failed', expected, found };
}

function skipped(name: string, why: string): VectorVerdict {
  return { case: name, outcome: 'skipped', why };
}

interface PeerCases {
  readonly cases: readonly { transcript: string; tlv: string; emv_decode: string }[];
}

function judgePeerTlv({ cases }: PeerCases): VectorVerdict[] {
  return cases.map(({ transcript, tlv, emv_decode: text }, index) => {
    const title = `${index} ${transcript}`;
    if (!/^(?:6F|70|77|80|9F)/.test(tlv)) return skipped(title, 'a log record or a challenge, not TLV');
    const parsed = parseTlv(bytesOf(tlv));
    return parsed.ok ? compareWithPeer(title, parsed.value, text) : verdict(title, 'readable', parsed.fault.detail);
  });
}

/** Tag and, where it has several meanings, the name, by the option of emv-decode. */
const bitOptions: Readonly<Record<string, readonly [tag: string, name?: string]>> = {
  '--tvr': ['95'],
  '--tsi': ['9B'],
  '--term-caps': ['9F33'],
  '--addl-term-caps': ['9F40'],
  '--term-type': ['9F35'],
  '--ttq': ['9F66'],
  '--ctq': ['9F6C'],
  '--cvm-list': ['8E'],
  '--cvm-results': ['9F34'],
  '--amex-cl-reader-caps': ['9F6D'],
  '--amex-enh-cl-reader-caps': ['9F6E', 'Enhanced Contactless Reader Capabilities'],
  '--visa-ffi': ['9F6E', 'Form Factor Indicator (FFI)'],
  '--issuer-app-data': ['9F10'],
  '--terminal-risk-management-data': ['9F1D'],
  '--9F1D': ['9F1D'],
};

/** The peer says nothing of the low bits of 9F6D, and only the oldest part of long values. */
const oneWay = new Set(['--amex-cl-reader-caps', '--issuer-app-data']);

function judgeOption(title: string, option: string, input: string, output: string): VectorVerdict {
  const [tag, name] = bitOptions[option] ?? [];
  if (tag === undefined) return skipped(title, `${option}: not a data object`);
  if (option === '--term-type' && !/^\d{2}$/.test(input)) {
    return skipped(title, 'believed wrong: Terminal Type is two digits (Book 4 Annex A1)');
  }
  if (option === '--term-type' && input.endsWith('9')) {
    return skipped(title, 'believed wrong: Book 4 Annex A1 defines the environments 1 to 6; the peer reads 9 as 1');
  }
  if (option === '--issuer-app-data' && input.startsWith('1F')) {
    return skipped(title, "the CVR of Visa's IAD formats 2 and 4 is not public");
  }
  if (option === '--ttq' && input === '00002000') {
    return skipped(title, 'believed wrong: the peer calls one bit both assigned and RFU');
  }
  const value = bytesOf(input);
  const info = [tagInfo(tag), ...otherMeanings(tag, value.length, undefined)].find(
    (each) => name === undefined || each?.name === name,
  );
  // All bits zero: the peer prints uninitialised memory for TVR and CTQ. Long outputs were cut when recorded.
  const complete = output.replace(/\n[^\n]*Code ta\s*$/, '\n');
  const expected = comparable(/^0+$/.test(input) && !output.includes('\n') ? [] : complete.split('\n'));
  const found = comparable(explain(tag, value, info ?? identify(tag, value)));
  const lost = missing(expected, found);
  const more = oneWay.has(option) || complete !== output ? [] : missing(found, expected);
  return verdict(title, lost.join('; '), more.join('; '));
}

interface BitCases {
  readonly cases: readonly { option: string; input: string; output: string }[];
}

function judgePeerBits({ cases }: BitCases): VectorVerdict[] {
  return cases.map(({ option, input, output }) => judgeOption(`${option} ${input}`, option, input, output));
}

interface CliCases {
  readonly cases: readonly { name: string; args: readonly string[]; rc: number; output: string }[];
}

function judgeCli({ cases }: CliCases): VectorVerdict[] {
  return cases.map(({ name, args, rc, output }) => {
    const rest = args.filter((arg) => arg !== '--verbose' && arg !== '--ignore-padding');
    const [option = '', input = ''] = rest;
    if (rc !== 0) return skipped(name, 'a command line that their test runner cut');
    if (/country|iso|currency|language/.test(option)) return skipped(name, 'ISO code lists are not part of EMV');
    if (option !== '--tlv' && option !== '--ber') return judgeOption(name, option, input, output);
    if (output.includes('decoding error')) {
      const parsed = parseTlv(bytesOf(input));
      return verdict(name, 'refused at byte 20', parsed.ok ? 'read' : `refused at byte ${parsed.fault.offset}`);
    }
    return compareWithPeer(name, parseTlvTolerant(bytesOf(input)).objects, output);
  });
}

interface DolFile {
  readonly parse: readonly { dol: string; entries?: readonly DolEntry[]; valid: boolean }[];
  readonly data_length: readonly { dol: string; length?: number; valid?: boolean }[];
  readonly build: readonly { dol: string; source1: readonly Source[]; source2: readonly Source[]; data: string }[];
}

interface Source {
  readonly tag: string;
  readonly value: string;
}

function objectsOf(...sources: readonly (readonly Source[])[]): Map<string, Uint8Array> {
  return new Map(sources.flat().map(({ tag, value }) => [tag, bytesOf(value)]));
}

function entriesOf(dol: string): readonly DolEntry[] | undefined {
  const parsed = parseDol(bytesOf(dol));
  return parsed.ok ? parsed.value : undefined;
}

function judgeDol({ parse, data_length: lengths, build }: DolFile): VectorVerdict[] {
  return [
    ...parse.map(({ dol, entries, valid }) =>
      verdict(`parse ${dol}`, JSON.stringify(valid ? entries : 'refused'), JSON.stringify(entriesOf(dol) ?? 'refused')),
    ),
    ...lengths.map(({ dol, length }) => {
      const entries = entriesOf(dol);
      return verdict(`length ${dol}`, String(length), String(entries === undefined ? undefined : dolLength(entries)));
    }),
    ...build.map(({ dol, source1, source2, data }) =>
      verdict(`build ${dol}`, data, toHex(buildDol(entriesOf(dol) ?? [], objectsOf(source2, source1)))),
    ),
  ];
}

interface CvmFile {
  readonly cases: readonly {
    cvm_list: string;
    valid?: boolean;
    amount_x?: number;
    amount_y?: number;
    rules?: readonly { cvm: string; condition: string }[];
  }[];
}

function judgeCvmLists({ cases }: CvmFile): VectorVerdict[] {
  return cases.map(({ cvm_list: text, valid, amount_x: x, amount_y: y, rules = [] }) => {
    const list = parseCvmList(bytesOf(text));
    const expected = valid === false ? 'refused' : [x, y, ...rules.map(({ cvm, condition }) => cvm + condition)].join();
    const found = list.ok
      ? [
          list.value.amountX,
          list.value.amountY,
          ...list.value.rules.map(({ cvm, condition }) => toHex(Uint8Array.of(cvm, condition))),
        ].join()
      : 'refused';
    return verdict(text, expected, found);
  });
}

/** Every successful answer that is TLV can be read; logs and challenges are not TLV. */
function judgeTranscript(transcript: Transcript): VectorVerdict[] {
  const { id, exchanges } = transcript;
  const unreadable = exchanges.flatMap(({ c, r }) => {
    const [, ins = 0, , p2 = 0] = bytesOf(c ?? '');
    const log = ins === 0xb2 && p2 >> 3 > 10;
    if (!r.endsWith('9000') || r.length === 4 || log || ins === 0x84) return [];
    const parsed = parseTlv(bytesOf(r.slice(0, -4)));
    return parsed.ok ? [] : [`${c}: ${parsed.fault.detail}`];
  });
  const flow = transcript.interface.startsWith('contactless')
    ? judgeContactlessFlow(transcript)
    : judgeFlow(transcript);
  return [verdict(`${id}: data`, '', unreadable.join()), flow];
}

/** emv-decode on one string of DE 55. */
function judgeDe55({ id, hex, emv_decode: text }: { id: string; hex: string; emv_decode: string }): VectorVerdict[] {
  const parsed = parseTlv(bytesOf(hex));
  return [parsed.ok ? compareWithPeer(id, parsed.value, text) : verdict(id, 'readable', parsed.fault.detail)];
}

type PyTlv = { readonly [tag: string]: PyTlv | { readonly hex: string } | string };

interface PyCall {
  readonly call: string;
  readonly args: { readonly data?: { readonly hex: string }; readonly tlv?: PyTlv; readonly simple?: boolean };
  readonly result?: PyTlv & { readonly hex?: string };
  readonly error?: { readonly message: string };
}

function lineOf(objects: readonly Tlv[]): string {
  return objects
    .map(({ tag, value, children }) => `${tag}=${children.length > 0 ? `{${lineOf(children)}}` : toHex(value)}`)
    .join(' ');
}

function fromPy(tlv: PyTlv): Tlv[] {
  return Object.entries(tlv).map(([tag, value]) => {
    if (typeof value === 'string') return primitive(tag, bytesOf(value));
    if ('hex' in value && typeof value.hex === 'string') return primitive(tag, bytesOf(value.hex));
    return constructed(tag, fromPy(value));
  });
}

function judgePyTlv({ tests }: { tests: readonly { test: string; calls: readonly PyCall[] }[] }): VectorVerdict[] {
  return tests.flatMap(({ test, calls }) =>
    calls.map(({ call, args, result, error }, index): VectorVerdict => {
      const title = `${test} ${index}`;
      if (args.simple === true) return skipped(title, 'lengths of one byte always: not BER');
      if (call === 'tlv.encode') {
        if (error !== undefined) return skipped(title, 'a mistake of the caller: here an assertion, not a result');
        return verdict(title, result?.hex ?? '', toHex(encodeTlv(fromPy(args.tlv ?? {}))));
      }
      const data = args.data?.hex ?? '';
      if (data === '9C80') return skipped(title, 'believed wrong: 80 is the indefinite length (Book 3 Annex B2)');
      const parsed = parseTlv(bytesOf(data));
      const expected = error === undefined ? lineOf(fromPy(result ?? {})) : 'refused';
      return verdict(title, expected, parsed.ok ? lineOf(parsed.value) : 'refused');
    }),
  );
}

/** By the beginning of the file's name; the functions are the only ones that know what their file holds. */
const judges: readonly (readonly [prefix: string, judge: (document: never) => VectorVerdict[]])[] = [
  ['oracle_tlv_decode', judgePeerTlv],
  ['oracle_bitfields', judgePeerBits],
  ['decode_cli', judgeCli],
  ['bit_meanings', judgeBitMeanings],
  ['tag_names.emv-utils', judgeUtilsTags],
  ['tag_names.emv-bertlv', judgeBertlvTags],
  ['dol', judgeDol],
  ['cvm_list', judgeCvmLists],
  ['app_candidate_list', judgeCandidates],
  ['atr', judgeAtrs],
  ['gpo', judgeGpo],
  ['ttl_apdu', judgeApdus],
  ['ttl_tpdu', judgeTpdus],
  ['read_application_data', judgeRecords],
  ['processing_restrictions', judgeRestrictions],
  ['terminal_risk_management', judgeRisk],
  ['taa_cvm_facts', judgeActionAndCvmFacts],
  ['napas_de55', judgeDe55],
  ['capk', judgeCaKeys],
  ['oda', judgeOda],
  [
    'transcripts/',
    (transcript: Transcript & OdaTranscript) => [...judgeTranscript(transcript), ...judgeOdaOfSession(transcript)],
  ],
  ['cryptogram/test_tlv', judgePyTlv],
  ['cryptogram_input_data', judgeCryptogramInput],
  ['cryptogram/', judgeCryptogramCalls],
];

function judge(file: string, content: Uint8Array): Iterable<VectorVerdict> | undefined {
  const name = file.replace(/^emv\//, '');
  if (!name.endsWith('.json')) return undefined;
  const [, known] = judges.find(([prefix]) => name.startsWith(prefix)) ?? [];
  return known?.(JSON.parse(Buffer.from(content).toString('utf8')) as never);
}

export const emvVectors: VectorCategory = { name: 'emv', folder: 'emv', judge };
