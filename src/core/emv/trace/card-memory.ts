/**
 * What can be learnt of a card session by looking on: the objects that the card has given, and with its data object
 * lists what the terminal's answers to them contain. For redaction and explanation, never for a transaction.
 */
import { assert } from '../../base/assert.ts';
import { toHex } from '../../base/bytes.ts';
import { parseTlvTolerant, type Tlv } from '../../tlv/ber-tlv.ts';
import { parseDol } from '../../tlv/dol.ts';

/** Instruction bytes (Book 1 §11, Book 3 §6.5; Book C-2 for the last). */
export const instruction = {
  verify: 0x20,
  pinChange: 0x24,
  externalAuthenticate: 0x82,
  getChallenge: 0x84,
  internalAuthenticate: 0x88,
  select: 0xa4,
  getProcessingOptions: 0xa8,
  generateAc: 0xae,
  readRecord: 0xb2,
  getResponse: 0xc0,
  getData: 0xca,
  computeCryptographicChecksum: 0x2a,
} as const;

/** A C-APDU taken apart; tolerant of a wrong Lc. */
export interface CommandParts {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  /** A view into the command. */
  readonly data: Uint8Array;
}

export function commandParts(command: Uint8Array): CommandParts {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0, lc = 0] = command;
  // Four bytes: case 1. Five: case 2, the fifth is Le.
  return { cla, ins, p1, p2, data: command.length > 5 ? command.subarray(5, 5 + lc) : new Uint8Array(0) };
}

/** The terminal's answer to a data object list. */
export interface ListedData {
  /** What the list is called. */
  readonly list: 'PDOL' | 'CDOL1' | 'CDOL2' | 'DDOL' | 'UDOL';
  /** Views into the command. Empty when the card has not given the list. */
  readonly objects: readonly Tlv[];
  /** Bytes that the list asks for; undefined when it is not known. */
  readonly asked: number | undefined;
  readonly sent: number;
}

const listTag = { PDOL: '9F38', CDOL1: '8C', CDOL2: '8D', DDOL: '9F49', UDOL: '9F69' } as const;

export class CardMemory {
  /** Primitive objects of the selected application, the last of each tag. */
  readonly objects = new Map<string, Uint8Array>();
  #generated = 0;

  /** GENERATE AC commands of this transaction so far. */
  get generated(): number {
    return this.#generated;
  }

  /** To be called with each whole answer, in order. */
  learn({ command: { ins }, data, sw }: Pick<WholeAnswer, 'command' | 'data' | 'sw'>): void {
    if (ins === instruction.select) this.forget();
    if (ins === instruction.getProcessingOptions) this.#generated = 0;
    if (ins === instruction.generateAc && sw === 0x9000) this.#generated += 1;
    const keep = (objects: readonly Tlv[]): void => {
      for (const { tag, value, children } of objects) {
        if (children.length > 0) keep(children);
        else this.objects.set(tag, value.slice());
      }
    };
    keep(parseTlvTolerant(data).objects);
  }

  /** Overwrites what was learnt. */
  forget(): void {
    for (const value of this.objects.values()) value.fill(0);
    this.objects.clear();
    this.#generated = 0;
  }

  /** The data of a command that answers a list; undefined for other commands. */
  listed({ ins, data }: CommandParts): ListedData | undefined {
    switch (ins) {
      case instruction.getProcessingOptions:
        return this.#answerTo('PDOL', commandTemplate(data));
      case instruction.generateAc:
        return this.#answerTo(this.#generated === 0 ? 'CDOL1' : 'CDOL2', data);
      case instruction.internalAuthenticate:
        return this.#answerTo('DDOL', data);
      case instruction.computeCryptographicChecksum:
        return this.#answerTo('UDOL', data);
      default:
        return undefined;
    }
  }

  #answerTo(list: ListedData['list'], data: Uint8Array): ListedData {
    const dol = this.objects.get(listTag[list]);
    const entries = dol === undefined ? undefined : parseDol(dol);
    if (entries === undefined || !entries.ok) return { list, objects: [], asked: undefined, sent: data.length };
    const objects: Tlv[] = [];
    let at = 0;
    for (const { tag, length } of entries.value) {
      if (at + length > data.length) break;
      // Whatever tag the card asks for, be it one of a template: only a command is taken apart here.
      objects.push({ tag, value: data.subarray(at, at + length), children: [] });
      at += length;
    }
    assert(at <= data.length && objects.length <= entries.value.length, 'trace: the list is read within the command');
    const asked = entries.value.reduce((sum, { length }) => sum + length, 0);
    return { list, objects, asked, sent: data.length };
  }
}

/** Template 83 of GET PROCESSING OPTIONS (Book 3 §6.5.8.3), its length in one byte or in two. */
function commandTemplate(data: Uint8Array): Uint8Array {
  if (data[0] !== 0x83) return data;
  return data.subarray(data[1] === 0x81 ? 3 : 2);
}

/**
 * The answers with their GET RESPONSE put together (Book 1 §9.3.1): one item for each command of the terminal, with the
 * places of its exchanges.
 */
export interface WholeAnswer {
  readonly command: CommandParts;
  /** Places of the exchanges it took, in order. */
  readonly places: readonly number[];
  readonly data: Uint8Array;
  /** Undefined when there was no answer. */
  readonly sw: number | undefined;
}

export function wholeAnswers(
  exchanges: readonly { readonly command: Uint8Array; readonly response: Uint8Array | undefined }[],
): readonly WholeAnswer[] {
  const whole: { command: CommandParts; places: number[]; parts: number[]; sw: number | undefined; header: string }[] =
    [];
  for (const [place, { command, response }] of exchanges.entries()) {
    const parts = commandParts(command);
    const sw = response === undefined ? undefined : ((response.at(-2) ?? 0) << 8) | (response.at(-1) ?? 0);
    const before = whole.at(-1);
    const header = toHex(command.subarray(0, 4));
    const waits = before?.sw !== undefined && before.sw >> 8 === 0x61 && parts.ins === instruction.getResponse;
    const again = before?.sw !== undefined && before.sw >> 8 === 0x6c && before.header === header;
    if (before !== undefined && (waits || again)) {
      before.places.push(place);
      before.sw = sw;
    } else {
      whole.push({ command: parts, places: [place], parts: [], sw, header });
    }
  }
  assert(whole.length <= exchanges.length, 'trace: an answer takes one exchange or more');
  return whole.map(({ command, places, sw }) => {
    const data = places.flatMap((place) => [...(exchanges[place]?.response?.subarray(0, -2) ?? [])]);
    return { command, places, data: Uint8Array.from(data), sw };
  });
}
