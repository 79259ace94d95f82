/**
 * Takes card data out of a card session before anybody stores or sends it: PAN, tracks, cardholder name, PIN. Every
 * length stays, so that the trace can still be read and replayed: digits become 0, separators, expiry date and service
 * code remain.
 *
 * Two certificates contain the PAN and cannot be kept in part: that of the ICC key (9F46) and of the PIN key (9F2D)
 * become zeros. So offline data authentication cannot be repeated from a redacted trace, and says so (certificateFormat).
 */
import { assert } from '../../base/assert.ts';
import { toHex } from '../../base/bytes.ts';
import { luhnValid } from '../../base/pan.ts';
import { parseTlv, parseTlvTolerant, type Tlv } from '../../tlv/ber-tlv.ts';
import { holdsCardData, tagInfo } from '../../tlv/tags.ts';
import { CardMemory, commandParts, instruction, wholeAnswers, type CommandParts } from './card-memory.ts';

/** An exchange whose bytes may be overwritten. */
export interface RawExchange {
  readonly command: Uint8Array;
  readonly response: Uint8Array | undefined;
}

type Blank = (value: Uint8Array) => void;

const zeros: Blank = (value) => value.fill(0);
const spaces: Blank = (value) => value.fill(0x20);
/** Text: every character but the separators of track 1. */
const text: Blank = (value) => {
  for (const [at, byte] of value.entries()) if (byte !== 0x5e) value[at] = 0x30;
};
/** Compressed digits: decimal nibbles become 0, padding F stays. */
const digits: Blank = (value) => eachNibble(value, (nibble) => (nibble === 0xf ? 0xf : 0));

/** Book 3 Annex A1: PAN, D, expiry (4), service code (3), discretionary data. Without a separator all goes. */
const track2: Blank = (value) => {
  let separator: number | undefined;
  eachNibble(value, (nibble, place) => {
    if (separator === undefined && nibble === 0xd) separator = place;
    if (nibble >= 0xd) return nibble === 0xe ? 0 : nibble;
    return separator !== undefined && place > separator && place <= separator + 7 ? nibble : 0;
  });
};

function eachNibble(value: Uint8Array, change: (nibble: number, place: number) => number): void {
  for (const [at, byte] of value.entries()) {
    value[at] = (change(byte >> 4, 2 * at) << 4) | change(byte & 0x0f, 2 * at + 1);
  }
}

/** What is blanked wherever it stands, and how. */
const blanks: Readonly<Record<string, Blank>> = {
  '5A': digits,
  '57': track2,
  '9F6B': track2,
  '56': text,
  '9F1F': text,
  '9F20': digits,
  '5F20': spaces,
  '9F0B': spaces,
  '5F53': text,
  // Stands for the PAN (EMV Payment Tokenisation Framework).
  '9F24': text,
  '9F46': zeros,
  '9F2D': zeros,
};

/**
 * Lists, names, counters, keys and signatures hold no PAN, and some digits in them pass its check by chance: they are not
 * searched for one.
 */
const notSearched = new Set(['4F', '80', '84', '8C', '8D', '8E', '90', '92', '93', '94', '97', '9F06', '9F10', '9F26']);
for (const tag of ['9F2E', '9F2F', '9F32', '9F38', '9F47', '9F48', '9F49', '9F4B', '9F69']) notSearched.add(tag);

/** Commands whose data are lists of terminal values or names; their numbers are amounts and dates. */
const plainCommands = new Set<number>([
  instruction.select,
  instruction.getProcessingOptions,
  instruction.generateAc,
  instruction.internalAuthenticate,
  instruction.externalAuthenticate,
  instruction.getChallenge,
  instruction.getData,
  instruction.readRecord,
  instruction.getResponse,
  instruction.computeCryptographicChecksum,
]);

/** Answers to these are BER-TLV; what of them cannot be read goes. */
const templated = new Set<number>([
  instruction.select,
  instruction.getProcessingOptions,
  instruction.readRecord,
  instruction.getData,
  instruction.generateAc,
]);

/** Overwrites card data in all commands and answers of one session, in place. */
export function redactSession(exchanges: readonly RawExchange[]): void {
  const memory = new CardMemory();
  for (const whole of wholeAnswers(exchanges)) {
    for (const place of whole.places) redactCommand(exchanges[place]?.command ?? new Uint8Array(0), memory);
    // Learnt from what is still there, or the lists of the next commands would be unknown.
    memory.learn(whole);
    redactAnswer(whole.command, whole.data);
    let at = 0;
    for (const place of whole.places) {
      const response = exchanges[place]?.response;
      if (response === undefined) continue;
      const length = Math.max(0, response.length - 2);
      response.set(whole.data.subarray(at, at + length));
      at += length;
    }
    assert(at === whole.data.length, 'trace: every byte of an answer was looked at');
    whole.data.fill(0);
  }
  memory.forget();
}

/** PIN blocks, clear or enciphered: all but the header and Lc, whatever Lc says. True when it was such a command. */
export function blankPin(command: Uint8Array): boolean {
  const { ins } = commandParts(command);
  const carriesPin = ins === instruction.verify || ins === instruction.pinChange;
  if (carriesPin) command.subarray(5).fill(0);
  return carriesPin;
}

function redactCommand(command: Uint8Array, memory: CardMemory): void {
  if (blankPin(command)) return;
  const parts = commandParts(command);
  const listed = memory.listed(parts);
  for (const { tag, value } of listed?.objects ?? []) blankObject(tag, value);
  if (!plainCommands.has(parts.ins) && holdsPan(command.subarray(5))) command.subarray(5).fill(0);
}

/** Templates of the answers (Book 1 §11.3, Book 3 §6.5). */
const templates = new Set(['6F', '70', '77', '80']);

function redactAnswer({ ins, p1, p2 }: CommandParts, data: Uint8Array): void {
  if (ins === instruction.verify || ins === instruction.pinChange) {
    data.fill(0);
    return;
  }
  if (!templated.has(ins)) {
    const parsed = parseTlv(data);
    if (parsed.ok) redactObjects(parsed.value);
    else if (holdsPan(data)) data.fill(0);
    return;
  }
  const { objects, notes } = parseTlvTolerant(data);
  const [first] = objects;
  const asked = ins === instruction.getData ? toHex(Uint8Array.of(p1, p2)).replace(/^00/, '') : undefined;
  // Bare digits may read like data objects by chance.
  if (first !== undefined && first.tag !== asked && !templates.has(first.tag) && holdsPan(data)) {
    data.fill(0);
    return;
  }
  redactObjects(objects);
  // An answer is one object; so may what follows it.
  const rest =
    first === undefined ? data : data.subarray(first.value.byteOffset - data.byteOffset + first.value.length);
  if (holdsPan(rest)) rest.fill(0);
  // What the reading has passed over is not known to be anything.
  for (const { offset, length, reason } of notes) {
    if (!/padding|longer than/.test(reason)) data.subarray(offset, offset + length).fill(0);
  }
}

function redactObjects(objects: readonly Tlv[]): void {
  for (const { tag, value, children } of objects) {
    if (children.length > 0) redactObjects(children);
    else blankObject(tag, value);
  }
}

function blankObject(tag: string, value: Uint8Array): void {
  const blank = Object.hasOwn(blanks, tag) ? blanks[tag] : undefined;
  if (blank !== undefined) blank(value);
  else if (holdsCardData(tag) || (!notSearched.has(tag) && holdsPan(value, isText(tag, value)))) value.fill(0);
}

/** A label in letters: the codes of letters and digits look like compressed digits. */
function isText(tag: string, value: Uint8Array): boolean {
  const format = tagInfo(tag)?.format ?? 'b';
  return ['a', 'an', 'ans'].includes(format) && value.every((byte) => byte >= 0x20 && byte <= 0x7e);
}

/** Whether 13 to 19 digits in a row, compressed or as text, pass the check of a PAN (ISO/IEC 7812-1). */
function holdsPan(bytes: Uint8Array, onlyText = false): boolean {
  let compressed = '';
  let ascii = '';
  for (const byte of bytes) {
    for (const nibble of [byte >> 4, byte & 0x0f]) compressed += nibble <= 9 ? String(nibble) : ' ';
    ascii += byte >= 0x30 && byte <= 0x39 ? String(byte - 0x30) : ' ';
  }
  return (onlyText ? [ascii] : [compressed, ascii]).some((line) => line.split(/ +/).some(runHoldsPan));
}

function runHoldsPan(run: string): boolean {
  for (let from = 0; from + 13 <= run.length; from += 1) {
    // A PAN never begins with 0, and counters and amounts do.
    if (run.charAt(from) === '0') continue;
    for (let length = 13; length <= 19 && from + length <= run.length; length += 1) {
      if (luhnValid(run.slice(from, from + length))) return true;
    }
  }
  return false;
}
