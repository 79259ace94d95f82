/**
 * A card session told step by step: what the terminal asked, what the card answered, and which decision was taken on
 * which bits. EMV 4.4 Book 3 §10 and Book B §3 give the steps.
 */
import { assert } from '../../base/assert.ts';
import { fromLatin1, toHex } from '../../base/bytes.ts';
import { parseTlvTolerant, primitive, type Tlv } from '../../tlv/ber-tlv.ts';
import { tagInfo } from '../../tlv/tags.ts';
import { parseAfl } from '../read-records.ts';
import { CardMemory, instruction, wholeAnswers, type ListedData, type WholeAnswer } from './card-memory.ts';
import { statusMeaning } from './status-words.ts';
import { cryptogramLines, generateLines } from './story-decision.ts';
import type { CardTrace, TraceExchange } from './trace-text.ts';

export type StepKind =
  | 'ppse'
  | 'pse'
  | 'selection'
  | 'processingOptions'
  | 'readRecord'
  | 'getData'
  | 'internalAuthenticate'
  | 'getChallenge'
  | 'verify'
  | 'firstGenerateAc'
  | 'secondGenerateAc'
  | 'externalAuthenticate'
  | 'cryptographicChecksum'
  | 'script'
  | 'other';

export interface TraceStep {
  readonly kind: StepKind;
  readonly title: string;
  /** One, or more where the answer had to be fetched (61xx, 6Cxx). */
  readonly exchanges: readonly TraceExchange[];
  /** Undefined when the card did not answer. */
  readonly status: { readonly sw: number; readonly meaning: string } | undefined;
  /** Data objects that the command carried. */
  readonly asked: readonly Tlv[];
  readonly answered: readonly Tlv[];
  /** What it means, a sentence each. */
  readonly says: readonly string[];
}

export function tellStory({ exchanges }: CardTrace): readonly TraceStep[] {
  const memory = new CardMemory();
  return wholeAnswers(exchanges).map((whole) => {
    const listed = memory.listed(whole.command);
    const generated = memory.generated;
    const before = new Map(memory.objects);
    memory.learn(whole);
    assert(
      memory.generated >= generated || memory.generated === 0,
      'story: cryptograms are counted within a transaction',
    );
    const answered = answeredObjects(whole);
    for (const { tag, value } of answered) if ((whole.data[0] ?? 0) === 0x80) memory.objects.set(tag, value);
    const { kind, title, asked = listed?.objects ?? [], says = [] } = tell(whole, listed, generated, memory, before);
    return {
      kind,
      title,
      exchanges: whole.places.flatMap((place) => exchanges[place] ?? []),
      status:
        whole.sw === undefined ? undefined : { sw: whole.sw, meaning: statusMeaning(whole.command.ins, whole.sw) },
      asked,
      answered,
      says: [...says, ...unread(whole, answered)],
    };
  });
}

interface Told {
  readonly kind: StepKind;
  readonly title: string;
  readonly asked?: readonly Tlv[];
  readonly says?: readonly string[];
}

function tell(
  whole: WholeAnswer,
  listed: ListedData | undefined,
  generated: number,
  memory: CardMemory,
  before: ReadonlyMap<string, Uint8Array>,
): Told {
  const { command } = whole;
  switch (command.ins) {
    case instruction.select:
      return select(whole);
    case instruction.getProcessingOptions:
      return {
        kind: 'processingOptions',
        title: 'GET PROCESSING OPTIONS: the transaction begins',
        says: [...listLines(listed), ...recordsToRead(memory, whole), ...cryptogramLines(memory.objects, whole.sw)],
      };
    case instruction.readRecord:
      return readRecord(whole, before);
    case instruction.getData: {
      const tag = toHex(Uint8Array.of(command.p1, command.p2)).replace(/^00/, '');
      return { kind: 'getData', title: `GET DATA ${tag} ${tagInfo(tag)?.name ?? 'Unknown'}` };
    }
    case instruction.internalAuthenticate:
      return {
        kind: 'internalAuthenticate',
        title: 'INTERNAL AUTHENTICATE: the card signs for dynamic data authentication',
        says: listLines(listed),
      };
    case instruction.computeCryptographicChecksum:
      return {
        kind: 'cryptographicChecksum',
        title: 'COMPUTE CRYPTOGRAPHIC CHECKSUM: magnetic-stripe mode (Book C-2)',
        says: listLines(listed),
      };
    case instruction.getChallenge:
      return { kind: 'getChallenge', title: 'GET CHALLENGE: a random number of the card, for an enciphered PIN' };
    case instruction.verify:
      return verify(whole);
    case instruction.generateAc:
      return generateAc(whole, listed, generated, memory);
    case instruction.externalAuthenticate:
      return externalAuthenticate(whole);
    default:
      return script(whole, generated);
  }
}

function select({ command: { data, p2 }, sw }: WholeAnswer): Told {
  const name = fromLatin1(data);
  if (name === '2PAY.SYS.DDF01') return { kind: 'ppse', title: 'Select the PPSE: which applications are on the card?' };
  if (name === '1PAY.SYS.DDF01') return { kind: 'pse', title: 'Select the PSE: which applications are on the card?' };
  const next = p2 === 0x02 ? ', the next one that begins so' : '';
  const says = sw === 0x6283 ? ['The application is blocked: it is not used.'] : [];
  return { kind: 'selection', title: `Select application ${toHex(data)}${next}`, says };
}

function recordsToRead({ objects }: CardMemory, { sw }: WholeAnswer): string[] {
  const afl = objects.get('94');
  if (sw !== 0x9000) return [];
  if (afl === undefined || afl.length === 0) return ['No records to read.'];
  const entries = parseAfl(afl);
  if (!entries.ok) return [`The list of records cannot be read: ${entries.fault.detail}.`];
  const count = entries.value.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const signed = entries.value.reduce((sum, entry) => sum + entry.signed, 0);
  return [`${count} record(s) to read, ${signed} of them under offline data authentication.`];
}

function readRecord({ command: { p1, p2 } }: WholeAnswer, before: ReadonlyMap<string, Uint8Array>): Told {
  const sfi = p2 >> 3;
  const entries = parseAfl(before.get('94') ?? new Uint8Array(0));
  const entry = entries.ok
    ? entries.value.find((one) => one.sfi === sfi && p1 >= one.first && p1 <= one.last)
    : undefined;
  const says = entry !== undefined && p1 < entry.first + entry.signed ? ['Under offline data authentication.'] : [];
  return { kind: 'readRecord', title: `READ RECORD ${p1} of SFI ${sfi}`, says };
}

function verify({ command: { p2 }, sw }: WholeAnswer): Told {
  const form = p2 === 0x88 ? 'enciphered' : p2 === 0x80 ? 'plaintext' : `of unknown form ${toHex(Uint8Array.of(p2))}`;
  const says =
    sw === 0x9000 ? ['The card found the PIN right.'] : sw === undefined ? [] : ['The card did not accept the PIN.'];
  return { kind: 'verify', title: `VERIFY: offline PIN, ${form}`, says: [...says, 'PIN data are never shown.'] };
}

function generateAc(
  whole: WholeAnswer,
  listed: ListedData | undefined,
  generated: number,
  { objects }: CardMemory,
): Told {
  const first = generated === 0;
  return {
    kind: first ? 'firstGenerateAc' : 'secondGenerateAc',
    title: first ? 'GENERATE AC, the first: terminal and card decide' : 'GENERATE AC, the second: after the host',
    says: [...listLines(listed), ...generateLines(whole, listed?.objects ?? [], objects, first)],
  };
}

function externalAuthenticate({ command: { data }, sw }: WholeAnswer): Told {
  const says =
    sw === 0x9000
      ? ['The card believes that the answer comes from its issuer.']
      : sw === undefined
        ? []
        : ['Issuer authentication failed: TVR byte 5 bit 7.'];
  return {
    kind: 'externalAuthenticate',
    title: 'EXTERNAL AUTHENTICATE: the answer of the issuer',
    asked: [primitive('91', data)],
    says,
  };
}

/** Book 3 §6.5: script commands, with secure messaging or without. */
const scripts: Readonly<Record<number, string>> = {
  0x16: 'CARD BLOCK',
  0x18: 'APPLICATION UNBLOCK',
  0x1e: 'APPLICATION BLOCK',
  [instruction.pinChange]: 'PIN CHANGE/UNBLOCK',
  0xd6: 'UPDATE BINARY',
  0xda: 'PUT DATA',
  0xdc: 'UPDATE RECORD',
};

function script({ command: { cla, ins }, sw }: WholeAnswer, generated: number): Told {
  const name = Object.hasOwn(scripts, ins) ? scripts[ins] : undefined;
  if (name === undefined) {
    return { kind: 'other', title: `Command ${toHex(Uint8Array.of(cla, ins))}, not one of a payment application` };
  }
  const when = generated < 2 ? 'before' : 'after';
  const failed = sw === undefined || ![0x90, 0x62, 0x63].includes(sw >> 8);
  return {
    kind: 'script',
    title: `Issuer script: ${name}`,
    says: failed ? [`The script failed ${when} the final GENERATE AC: TVR byte 5 bit ${generated < 2 ? 6 : 5}.`] : [],
  };
}

function listLines(listed: ListedData | undefined): string[] {
  if (listed === undefined) return [];
  const { list, asked, sent } = listed;
  if (asked === undefined) {
    return sent === 0
      ? []
      : [`${sent} bytes of data; the card's ${list} is not in the trace, so they cannot be told apart.`];
  }
  return asked === sent ? [] : [`The ${list} asks for ${asked} bytes, ${sent} were sent.`];
}

/** Format 1 answers (Book 3 §6.5.5.4, §6.5.8.4, §6.5.9.4) as the objects they stand for. */
function answeredObjects({ command: { ins }, data }: WholeAnswer): readonly Tlv[] {
  const { objects } = parseTlvTolerant(data);
  const [only] = objects;
  if (only?.tag !== '80' || objects.length !== 1) return objects;
  const { value } = only;
  const parts: Readonly<Record<number, readonly (readonly [tag: string, from: number, to?: number])[]>> = {
    [instruction.getProcessingOptions]: [
      ['82', 0, 2],
      ['94', 2],
    ],
    [instruction.generateAc]: [
      ['9F27', 0, 1],
      ['9F36', 1, 3],
      ['9F26', 3, 11],
      ['9F10', 11],
    ],
    [instruction.internalAuthenticate]: [['9F4B', 0]],
  };
  const list = parts[ins];
  if (list === undefined) return objects;
  return list
    .map(([tag, from, to]) => primitive(tag, value.subarray(from, to)))
    .filter(({ value: { length } }) => length > 0);
}

function unread({ command: { ins }, data, sw }: WholeAnswer, answered: readonly Tlv[]): string[] {
  if (sw === undefined) return [];
  if (data.length === 0) return [];
  if (ins === instruction.getChallenge || ins === instruction.verify) return [];
  const notes = parseTlvTolerant(data).notes.filter(({ reason }) => !reason.startsWith('padding'));
  if (answered.length === 0) return [`${data.length} bytes that are not data objects.`];
  return notes.map(({ offset, length, reason }) => `Answer, byte ${offset}, ${length} bytes: ${reason}.`);
}
