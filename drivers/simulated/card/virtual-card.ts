/**
 * A payment card: its directory (PSE or PPSE), selection, and the application that is selected. It answers any bytes,
 * and stays the same card for as long as the object lives. EMV 4.4 Book 1 §11 and §12; EMV Contactless Book B §3.3.
 */
import { equalBytes, hex, latin1 } from '../../../src/core/base/bytes.ts';
import { constructed, primitive, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { CardApplication } from './card-application.ts';
import { parseCommand, refuse, respond, type Command } from './command.ts';
import { applicationsOf, type EmvCardProfile } from './profiles.ts';

const pse = latin1('1PAY.SYS.DDF01');
const ppse = latin1('2PAY.SYS.DDF01');
/** SFI of the payment system directory file. */
const directoryFile = 1;

/** The basic ATR of T=0 (EMV 4.4 Book 1 §8.2: TB1 and TC1 are 00), and four historical bytes: CHAM. */
const contactAtr = '3B6400004348414D';
/** PC/SC Part 3 §3.1.3.2.3: a contactless card without historical bytes. */
const contactlessAtr = '3B80800101';

export function atrOf(interfaceOfCard: 'contact' | 'contactless'): Uint8Array {
  return hex(interfaceOfCard === 'contact' ? contactAtr : contactlessAtr);
}

export class VirtualCard {
  readonly atr: Uint8Array;
  readonly interface: 'contact' | 'contactless';
  readonly #profile: EmvCardProfile;
  readonly #applications: readonly CardApplication[];
  /** What the last SELECT has found. */
  #selected: CardApplication | 'directory' | undefined;

  constructor(profile: EmvCardProfile) {
    this.#profile = profile;
    this.interface = profile.interface ?? 'contactless';
    this.atr = atrOf(this.interface);
    this.#applications = applicationsOf(profile).map(
      (application) => new CardApplication(application, this.interface === 'contact'),
    );
  }

  /** The card comes into the field or gets power: it forgets the session, never its counters. */
  reset(): void {
    this.#leave();
  }

  /** One C-APDU to one R-APDU; any bytes are answered. */
  process(bytes: Uint8Array): Uint8Array {
    const command = parseCommand(bytes);
    if (command === undefined) return refuse('wrongLength');
    if (command.cla === 0x00 && command.ins === 0xa4) return this.#select(command);
    if (this.#selected instanceof CardApplication) return this.#selected.process(command);
    if (this.#selected === 'directory' && command.cla === 0x00 && command.ins === 0xb2) {
      return this.#readDirectory(command);
    }
    return unselected(command);
  }

  #leave(): CardApplication | 'directory' | undefined {
    const before = this.#selected;
    if (before instanceof CardApplication) before.leave();
    this.#selected = undefined;
    return before;
  }

  /** Book 1 §11.3: by name or its beginning, first (P2 00) or next (P2 02) occurrence. */
  #select({ p1, p2, data }: Command): Uint8Array {
    if (p1 !== 0x04 || (p2 !== 0x00 && p2 !== 0x02)) return refuse('wrongParameters');
    const before = this.#leave();
    if (this.#profile.cardBlocked === true || this.#applications.some(({ blocksCard }) => blocksCard)) {
      return refuse('notSupported');
    }
    if (p2 === 0x00 && equalBytes(data, this.interface === 'contact' ? pse : ppse)) return this.#selectDirectory();
    const matching = this.#applications.filter(
      ({ aid }) => data.length > 0 && equalBytes(data, aid.subarray(0, data.length)),
    );
    const next = p2 === 0x00 ? 0 : matching.findIndex((each) => each === before) + 1;
    const found = p2 === 0x02 && next === 0 ? undefined : matching[next];
    if (found === undefined) return refuse('fileNotFound');
    this.#selected = found;
    return found.select();
  }

  #selectDirectory(): Uint8Array {
    if (this.interface === 'contactless') {
      const entries = constructed('BF0C', this.#directoryEntries());
      return respond([constructed('6F', [primitive('84', ppse), constructed('A5', [entries])])]);
    }
    if (this.#profile.withoutDirectory === true) return refuse('fileNotFound');
    this.#selected = 'directory';
    const file = primitive('88', Uint8Array.of(directoryFile));
    return respond([
      constructed('6F', [primitive('84', pse), constructed('A5', [file, primitive('5F2D', latin1('vien'))])]),
    ]);
  }

  /** Book 1 §12.2.3: one record for each application. */
  #readDirectory({ p1, p2 }: Command): Uint8Array {
    if ((p2 & 0x07) !== 0x04) return refuse('wrongParameters');
    if (p2 >> 3 !== directoryFile) return refuse('fileNotFound');
    const entry = this.#directoryEntries()[p1 - 1];
    return entry === undefined ? refuse('recordNotFound') : respond([constructed('70', [entry])]);
  }

  #directoryEntries(): readonly Tlv[] {
    return this.#applications.map(({ aid, profile }) => {
      const { label, priority = 1, confirmation = false, kernelIdentifier } = profile;
      return constructed('61', [
        primitive('4F', aid),
        primitive('50', latin1(label)),
        primitive('87', Uint8Array.of(priority | (confirmation ? 0x80 : 0))),
        ...(kernelIdentifier === undefined ? [] : [primitive('9F2A', hex(kernelIdentifier))]),
      ]);
    });
  }
}

/** Commands of an application before one is selected. */
function unselected({ cla, ins }: Command): Uint8Array {
  if (![0x00, 0x80, 0x04, 0x84, 0x8c].includes(cla)) return refuse('classNotSupported');
  const known = [0xb2, 0xa8, 0xae, 0xca].includes(ins);
  return refuse(known ? 'conditionsNotSatisfied' : 'instructionNotSupported');
}
