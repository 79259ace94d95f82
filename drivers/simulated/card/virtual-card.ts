/**
 * A small contactless payment card: directory, one payment application, cryptograms. It answers commands only in the
 * order in which a real one would (ISO/IEC 7816-4, EMV 4.4 Book 1 §11 and Book 3 §6.5), counts its transactions, and
 * stays the same card for as long as the object lives.
 */
import { bcd, concat, equalBytes, hex, latin1 } from '../../../src/core/base/bytes.ts';
import { constructed, encodeTlv, primitive, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { dolLength, parseDol, type DolEntry } from '../../../src/core/tlv/dol.ts';
import { applicationCryptogram, cryptogramData } from './cryptogram.ts';
import type { EmvCardProfile } from './profiles.ts';

/** Lists of data objects that the card asks for: those under the cryptogram, and what else schemes usually want. */
const cryptogramObjects = '9F02069F03069F1A0295055F2A029A039C019F3704';
const pdols = { qvsdc: `9F6604${cryptogramObjects}`, generateAc: '9F66049F1A029F3501' } as const;
const cdol1 = `${cryptogramObjects}9F35019F3403`;
const cdol2 = `8A02${cryptogramObjects}`;

/** Status words (ISO/IEC 7816-4 §5.6). */
const status = {
  success: '9000',
  wrongLength: '6700',
  conditionsNotSatisfied: '6985',
  wrongData: '6A80',
  fileNotFound: '6A82',
  recordNotFound: '6A83',
  wrongParameters: '6A86',
  instructionNotSupported: '6D00',
  classNotSupported: '6E00',
} as const;

const ppse = latin1('2PAY.SYS.DDF01');
const maxAtc = 0xffff;

interface Command {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
}

/** Grows with the transaction: nothing selected → application selected → GPO done → cryptogram given. */
type Phase = 'idle' | 'selected' | 'initiated' | 'decided';

export class VirtualCard {
  /** PC/SC Part 3 §3.1.3.2.3: a contactless card without historical bytes. */
  readonly atr: Uint8Array = hex('3B80800101');
  readonly #profile: EmvCardProfile;
  readonly #aid: Uint8Array;
  readonly #pdol: readonly DolEntry[];
  readonly #cdol1: readonly DolEntry[];
  #phase: Phase = 'idle';
  #atc = 0;

  constructor(profile: EmvCardProfile) {
    this.#profile = profile;
    this.#aid = hex(profile.aid);
    this.#pdol = dol(pdols[profile.flow]);
    this.#cdol1 = dol(cdol1);
  }

  /** The card enters the field: it forgets the session, never its transaction counter. */
  reset(): void {
    this.#phase = 'idle';
  }

  /** One C-APDU to one R-APDU; any bytes are answered. */
  process(bytes: Uint8Array): Uint8Array {
    const command = parseCommand(bytes);
    if (command === undefined) return hex(status.wrongLength);
    const instruction = (command.cla << 8) | command.ins;
    switch (instruction) {
      case 0x00a4:
        return this.#select(command);
      case 0x80a8:
        return this.#getProcessingOptions(command);
      case 0x00b2:
        return this.#readRecord(command);
      case 0x80ae:
        return this.#generateAc(command);
      default:
        return hex(
          command.cla === 0x00 || command.cla === 0x80 ? status.instructionNotSupported : status.classNotSupported,
        );
    }
  }

  #select({ p1, p2, data }: Command): Uint8Array {
    if (p1 !== 0x04 || p2 !== 0x00) return hex(status.wrongParameters);
    this.#phase = 'idle';
    if (equalBytes(data, ppse)) return respond([this.#directory()]);
    if (data.length === 0 || !equalBytes(data, this.#aid.subarray(0, data.length))) return hex(status.fileNotFound);
    this.#phase = 'selected';
    return respond([this.#applicationFci()]);
  }

  #directory(): Tlv {
    const entry = constructed('61', [
      primitive('4F', this.#aid),
      primitive('50', latin1(this.#profile.label)),
      primitive('87', hex('01')),
    ]);
    return constructed('6F', [primitive('84', ppse), constructed('A5', [constructed('BF0C', [entry])])]);
  }

  #applicationFci(): Tlv {
    return constructed('6F', [
      primitive('84', this.#aid),
      constructed('A5', [
        primitive('50', latin1(this.#profile.label)),
        primitive('87', hex('01')),
        primitive('9F38', hex(pdols[this.#profile.flow])),
      ]),
    ]);
  }

  #getProcessingOptions({ p1, p2, data }: Command): Uint8Array {
    if (p1 !== 0x00 || p2 !== 0x00) return hex(status.wrongParameters);
    if (this.#phase !== 'selected' || this.#atc === maxAtc) return hex(status.conditionsNotSatisfied);
    const length = dolLength(this.#pdol);
    if (data[0] !== 0x83 || data[1] !== length) return hex(status.wrongData);
    if (data.length !== 2 + length) return hex(status.wrongLength);
    this.#phase = 'initiated';
    this.#atc += 1;
    const aip = primitive('82', hex(this.#profile.applicationInterchangeProfile));
    if (this.#profile.flow === 'qvsdc') {
      this.#phase = 'decided';
      const track = [primitive('57', this.#track2()), primitive('5F34', bcd(this.#profile.panSequenceNumber))];
      return respond([constructed('77', [aip, ...track, ...this.#cryptogram(readDol(this.#pdol, data.subarray(2)))])]);
    }
    // One file, SFI 1, with records 1 and 2, none of them signed.
    const afl = primitive('94', hex('08010200'));
    if (this.#profile.responseFormat === 1) return respond([primitive('80', concat(aip.value, afl.value))]);
    return respond([constructed('77', [aip, afl])]);
  }

  #readRecord({ p1, p2, data }: Command): Uint8Array {
    if (this.#phase === 'idle') return hex(status.conditionsNotSatisfied);
    if (data.length > 0) return hex(status.wrongLength);
    if ((p2 & 0x07) !== 0x04) return hex(status.wrongParameters);
    if (p2 >> 3 !== 1 || this.#profile.flow === 'qvsdc') return hex(status.fileNotFound);
    if (p1 === 1) return respond([constructed('70', this.#accountRecord())]);
    if (p1 === 2) return respond([constructed('70', [primitive('8C', hex(cdol1)), primitive('8D', hex(cdol2))])]);
    return hex(status.recordNotFound);
  }

  #accountRecord(): readonly Tlv[] {
    const { pan, panSequenceNumber, expiryDate } = this.#profile;
    return [
      primitive('57', this.#track2()),
      primitive('5A', hex(pan.length % 2 === 0 ? pan : `${pan}F`)),
      primitive('5F24', bcd(expiryDate)),
      primitive('5F34', bcd(panSequenceNumber)),
    ];
  }

  /** Service code 201: international, chip, normal authorization, no restriction (ISO/IEC 7813). */
  #track2(): Uint8Array {
    const digits = `${this.#profile.pan}D${this.#profile.expiryDate.slice(0, 4)}20100000`;
    return hex(digits.length % 2 === 0 ? digits : `${digits}F`);
  }

  #generateAc({ p2, data }: Command): Uint8Array {
    if (p2 !== 0x00) return hex(status.wrongParameters);
    if (this.#phase !== 'initiated') return hex(status.conditionsNotSatisfied);
    if (data.length !== dolLength(this.#cdol1)) return hex(status.wrongLength);
    this.#phase = 'decided';
    const objects = this.#cryptogram(readDol(this.#cdol1, data));
    if (this.#profile.responseFormat === 2) return respond([constructed('77', objects)]);
    return respond([primitive('80', concat(...objects.map(({ value }) => value)))]);
  }

  /** CID, ATC, cryptogram and Issuer Application Data, in the order of response format 1. */
  #cryptogram(terminal: ReadonlyMap<string, Uint8Array>): readonly Tlv[] {
    const { issuerMasterKey, pan, panSequenceNumber, decision } = this.#profile;
    const atc = Uint8Array.of(this.#atc >> 8, this.#atc & 0xff);
    const issuerData = hex(this.#profile.issuerApplicationData);
    const objects = new Map(terminal)
      .set('82', hex(this.#profile.applicationInterchangeProfile))
      .set('9F36', atc)
      .set('9F10', issuerData);
    const keys = { issuerMasterKey: hex(issuerMasterKey), pan, panSequenceNumber, atc };
    return [
      primitive('9F27', hex(decision === 'arqc' ? '80' : '00')),
      primitive('9F36', atc),
      primitive('9F26', applicationCryptogram(keys, cryptogramData(objects))),
      primitive('9F10', issuerData),
    ];
  }
}

function dol(text: string): readonly DolEntry[] {
  const parsed = parseDol(hex(text));
  return parsed.ok ? parsed.value : [];
}

/** The values of a DOL by tag, cut out of `data`. */
function readDol(entries: readonly DolEntry[], data: Uint8Array): Map<string, Uint8Array> {
  let at = 0;
  return new Map(
    entries.map(({ tag, length }) => {
      at += length;
      return [tag, data.subarray(at - length, at)];
    }),
  );
}

/** Short C-APDUs of ISO/IEC 7816-4 §5.1: cases 1 to 4; undefined when Lc and length do not agree. */
function parseCommand(bytes: Uint8Array): Command | undefined {
  const [cla, ins, p1, p2, lc] = bytes;
  if (cla === undefined || ins === undefined || p1 === undefined || p2 === undefined) return undefined;
  const header = { cla, ins, p1, p2 };
  if (lc === undefined || bytes.length === 5) return { ...header, data: new Uint8Array(0) };
  if (lc === 0 || (bytes.length !== 5 + lc && bytes.length !== 6 + lc)) return undefined;
  return { ...header, data: bytes.subarray(5, 5 + lc) };
}

function respond(objects: readonly Tlv[]): Uint8Array {
  return concat(encodeTlv(objects), hex(status.success));
}
