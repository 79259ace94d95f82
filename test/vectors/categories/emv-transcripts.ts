/**
 * Plays recorded contact sessions again: the contact kernel gets what the recorded terminal had (its data objects are read
 * out of its own commands), the card's answers come from the recording, and every command has to be the recorded one.
 */
import { fromLatin1, hex, toHex } from '../../../src/core/base/bytes.ts';
import { money } from '../../../src/core/base/money.ts';
import type { TerminalEmvData } from '../../../src/core/emv/configuration.ts';
import { contactSale } from '../../../src/core/emv/contact/kernel.ts';
import type {
  ContactAnswer,
  ContactEnd,
  ContactRequest,
  HostAnswer,
  PinRequest,
  PinResult,
} from '../../../src/core/emv/contact/requests.ts';
import { contactObjects } from '../../../src/core/emv/contact/terminal-objects.ts';
import { contactApplication, noAction, saleInputWith, terminalForTests } from '../../../src/core/emv/test-kit.ts';
import { parseTlvTolerant, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { parseDol } from '../../../src/core/tlv/dol.ts';
import type { VectorVerdict } from '../category.ts';

interface Exchange {
  readonly c: string;
  readonly r: string;
}

export interface Transcript {
  readonly id: string;
  readonly interface: string;
  readonly exchanges: readonly { readonly c: string | null; readonly r: string }[];
  readonly oda_check: readonly {
    readonly aid: string;
    readonly capk_index: string;
    readonly ca_key?: { readonly modulus: string; readonly exponent: string };
  }[];
}

/** Where a recorded terminal is no EMV terminal, and why. `fields`: values of a CDOL that it filled otherwise. */
interface Departure {
  readonly fields: readonly string[];
  /** Beginnings of commands that it sent and no step of the Books asks for here. */
  readonly commands: readonly string[];
}

const departures: Readonly<Record<string, Departure>> = {
  // PPSE on the contact interface; on the contact interface the directory is the PSE (Book 1 §12.2.2).
  'emvbertlv-amex-cda': { fields: [], commands: ['00A404000E325041592E'] },
  // GET DATA of the ATC before GPO and both kinds of offline PIN are experiments of a tool; it performs neither processing
  // restrictions (the application is expired, Book 3 §10.4.3) nor risk management, and sends Y3 with an online answer.
  'emvpt-vesa-electron': { fields: ['95', '8A'], commands: ['80CA9F36', '00200080'] },
};

/** Sessions that cannot be played. */
const unplayable: Readonly<Record<string, string>> = {
  'emvbertlv-amex-dda':
    'four exchanges out of a session: neither GET PROCESSING OPTIONS nor the records were published',
  'paycard-VisaCardPse': 'a tool that reads logs and counters, not a payment',
};

/** Sessions in which the kernel ends before the recorded terminal did, which then selects once more; and why. */
const endsBefore: Readonly<Record<string, RegExp>> = {
  // An answer without a status word.
  'emvbertlv-contact-mastercard': /^no answer to GET PROCESSING OPTIONS$/,
  // Book 3 §10.2: any status but 9000.
  'emvbertlv-contact-visa': /^READ RECORD 1\.1 answered 0000$/,
};

export function judgeFlow(transcript: Transcript): VectorVerdict {
  const name = `${transcript.id}: flow`;
  const why = unplayable[transcript.id];
  if (why !== undefined) return { case: name, outcome: 'skipped', why };
  const exchanges = transcript.exchanges.flatMap(({ c, r }) => (c === null ? [] : [{ c, r }]));
  const problems = new Replay(transcript, exchanges).run();
  return problems.length === 0
    ? { case: name, outcome: 'passed' }
    : { case: name, outcome: 'failed', expected: 'the recorded commands', found: problems.join('; ') };
}

/** Made by the kernel, and compared; everything else in a CDOL is the recorded terminal's own. */
const ofTheKernel = new Set(['95', '9B', '9F34', '8A', '91', '98', '9F36', '9F4C', '9F45']);

/** What the recorded terminal had, read out of its commands by the lists of the card. */
class Recorded {
  readonly terminal = new Map<string, string>();
  readonly card = new Map<string, string>();
  readonly first = new Map<string, string>();
  readonly second = new Map<string, string>();
  readonly commands: readonly string[];

  constructor(exchanges: readonly Exchange[]) {
    this.commands = exchanges.map(({ c }) => c);
    for (const { r } of exchanges) this.#collect(parseTlvTolerant(hex(r.slice(0, -4))).objects);
    for (const { c } of exchanges) this.#read(c);
  }

  #collect(objects: readonly Tlv[]): void {
    for (const { tag, value, children } of objects) {
      if (children.length > 0) this.#collect(children);
      else this.card.set(tag, toHex(value));
    }
  }

  #read(command: string): void {
    const values = command.slice(10, 10 + 2 * Number.parseInt(command.slice(8, 10) || '0', 16));
    if (command.startsWith('80A8')) this.#split('9F38', values.slice(4), this.terminal);
    if (command.startsWith('0088')) this.#split('9F49', values, this.terminal);
    if (!command.startsWith('80AE')) return;
    if (this.first.size === 0) this.#split('8C', values, this.first);
    else this.#split('8D', values, this.second);
    for (const [tag, value] of this.first) this.terminal.set(tag, value);
  }

  #split(list: string, values: string, into: Map<string, string>): void {
    const dol = parseDol(hex(this.card.get(list) ?? ''));
    let at = 0;
    for (const { tag, length } of dol.ok ? dol.value : []) {
      into.set(tag, values.slice(at, at + length * 2));
      at += length * 2;
    }
  }

  sent(prefix: string): boolean {
    return this.commands.some((command) => command.startsWith(prefix));
  }

  /** Of the TVR at the first GENERATE AC. */
  tvr(byte: number, bit: number): boolean {
    const value = hex(this.first.get('95') ?? '0000000000');
    return ((value[byte - 1] ?? 0) & (1 << (bit - 1))) !== 0;
  }
}

class Replay {
  readonly #transcript: Transcript;
  readonly #exchanges: readonly Exchange[];
  readonly #recorded: Recorded;
  readonly #departure: Departure;
  readonly #problems: string[] = [];
  #at = 0;

  constructor(transcript: Transcript, exchanges: readonly Exchange[]) {
    this.#transcript = transcript;
    this.#exchanges = exchanges;
    this.#recorded = new Recorded(exchanges);
    this.#departure = departures[transcript.id] ?? { fields: [], commands: [] };
  }

  /** A recording may hold several attempts; each ends where the kernel ends. */
  run(): readonly string[] {
    for (let sales = 0; this.#at < this.#exchanges.length && this.#problems.length === 0 && sales < 4; sales += 1) {
      const from = this.#at;
      this.#sale();
      if (this.#at === from) this.#problems.push(`nothing was sent of ${this.#exchanges[from]?.c ?? ''}`);
    }
    return this.#problems;
  }

  #sale(): void {
    const input = saleInputWith({
      amount: money(Number(this.#recorded.terminal.get('9F02') ?? '0'), 'VND'),
      terminal: this.#terminal(),
      randomNumber: this.#recorded.tvr(4, 5) ? 1 : 99,
      merchantForcedOnline: this.#recorded.tvr(4, 4),
    });
    const sale = contactSale(input, (given, candidate) => {
      const objects = contactObjects(given, candidate);
      for (const [tag, value] of this.#recorded.terminal) if (!ofTheKernel.has(tag)) objects.set(tag, hex(value));
      return objects;
    });
    let turn = sale.next();
    let previous = '';
    while (turn.done !== true) {
      if (this.#problems.length > 0) return;
      if (turn.value.kind === 'exchange') {
        const command = toHex(turn.value.command);
        turn = sale.next({ kind: 'response', answer: hex(this.#answer(command, previous)) });
        previous = command;
      } else {
        const answer = this.#other(turn.value);
        // The recording ends with the cryptogram for the host.
        if (answer === undefined) return;
        turn = sale.next(answer);
      }
    }
    this.#checkEnd(turn.value);
  }

  #next(): Exchange | undefined {
    while (this.#departure.commands.some((prefix) => this.#exchanges[this.#at]?.c.startsWith(prefix))) this.#at += 1;
    return this.#exchanges[this.#at];
  }

  /** Hex of the R-APDU. */
  #answer(command: string, previous: string): string {
    const next = this.#next();
    if (next !== undefined && this.#same(next.c, command)) {
      this.#at += 1;
      return next.r;
    }
    // The recorded terminal knew its AID and did not look into the directory; it then selects only once.
    if (command.startsWith('00A404000E31')) return '6A82';
    if (command.startsWith('00A40400') && command === previous) return this.#exchanges[this.#at - 1]?.r ?? '';
    // Whether to look at the PIN try counter first is the terminal's choice (Book 3 §10.5.1).
    if (command === '80CA9F1700') return '6A88';
    this.#problems.push(`sends ${command} where ${next?.c ?? 'nothing'} was sent`);
    return '6F00';
  }

  /** Below the APDU a case 4 command has no Le; fields that the recorded terminal filled otherwise do not count. */
  #same(recorded: string, sent: string): boolean {
    if (recorded === sent || `${recorded}00` === sent) return true;
    const list = sent.startsWith('80AE')
      ? this.#recorded.second.size > 0 && this.#secondAc()
        ? '8D'
        : '8C'
      : undefined;
    if (list === undefined || this.#departure.fields.length === 0) return false;
    return this.#without(recorded, list) === this.#without(sent, list);
  }

  #secondAc(): boolean {
    return this.#exchanges.slice(0, this.#at).some(({ c }) => c.startsWith('80AE'));
  }

  #without(command: string, list: string): string {
    const dol = parseDol(hex(this.#recorded.card.get(list) ?? ''));
    let at = 10;
    let kept = command.slice(0, at);
    for (const { tag, length } of dol.ok ? dol.value : []) {
      if (!this.#departure.fields.includes(tag)) kept += command.slice(at, at + length * 2);
      at += length * 2;
    }
    return kept + command.slice(at);
  }

  #other(request: Exclude<ContactRequest, { kind: 'exchange' }>): ContactAnswer | undefined {
    if (request.kind === 'chooseApplication') return { kind: 'application', index: 0 };
    if (request.kind === 'enterPin') return { kind: 'pin', result: this.#pin(request.pin) };
    return this.#next() === undefined ? undefined : { kind: 'host', answer: this.#host() };
  }

  /** The pad sends VERIFY; some recordings leave it out, to keep the PIN. */
  #pin(pin: PinRequest): PinResult {
    if (pin.manner === 'online') return { kind: 'pinBlock', pinBlock: new Uint8Array(8) };
    const next = this.#next();
    const verify = pin.manner === 'offlinePlaintext' ? '00200080' : '00200088';
    if (next?.c.startsWith(verify) !== true) return { kind: 'verified', sw: 0x9000 };
    if (pin.manner === 'offlineEnciphered') {
      const challenge = `${toHex(pin.challenge)}9000`;
      const asLong = hex(next.c)[4] === pin.modulus.length;
      if (this.#exchanges[this.#at - 1]?.r !== challenge || !asLong) this.#problems.push('another PIN key');
    }
    this.#at += 1;
    return { kind: 'verified', sw: Number.parseInt(next.r, 16) };
  }

  /** What the recorded terminal told the card of the host's answer. */
  #host(): HostAnswer {
    const arc = this.#departure.fields.includes('8A') ? '3030' : (this.#recorded.second.get('8A') ?? '3030');
    const external = this.#recorded.commands.find((command) => command.startsWith('0082'));
    const data = external?.slice(10) ?? this.#recorded.second.get('91')?.slice(0, 20) ?? '';
    const authentication = data === '' ? '' : `91${toHex(Uint8Array.of(data.length / 2))}${data}`;
    return { kind: 'answered', responseCode: fromLatin1(hex(arc)), iccData: authentication };
  }

  /** A session that was played to its end ends as the card decided. */
  #checkEnd(end: ContactEnd): void {
    if (end.kind === 'outcome') {
      const { outcome, detail = '' } = end.result;
      const known = endsBefore[this.#transcript.id]?.test(detail) === true;
      const again = this.#exchanges.findIndex(({ c }, at) => at >= this.#at && c.startsWith('00A404'));
      if (!known || again < 0) this.#problems.push(`ends with ${JSON.stringify(outcome)}: ${detail}`);
      else this.#at = again;
      return;
    }
    if (end.kind !== 'completed' || this.#at < this.#exchanges.length) return;
    const expected = this.#lastDecision() === 0x40 ? 'approved' : 'declined';
    if (end.completion.decision !== expected) this.#problems.push(`ends ${end.completion.decision}, not ${expected}`);
  }

  #lastDecision(): number {
    const { objects } = parseTlvTolerant(hex(this.#exchanges.at(-1)?.r.slice(0, -4) ?? ''));
    const [template] = objects;
    const cid = template?.tag === '80' ? template.value : template?.children.find(({ tag }) => tag === '9F27')?.value;
    return (cid?.[0] ?? 0) & 0xc0;
  }

  /** Capabilities, limits and action codes that lead the recorded terminal to what it did. */
  #terminal(): TerminalEmvData {
    const recorded = this.#recorded;
    const aid = this.#exchanges.map(({ c }) => c).find((c) => c.startsWith('00A4040') && !c.includes('5041592E'));
    const application = contactApplication(
      (aid ?? '').slice(10, 10 + 2 * Number.parseInt((aid ?? '').slice(8, 10), 16)),
      'A',
      {
        version: recorded.terminal.get('9F09') ?? recorded.card.get('9F08') ?? '0001',
        floorLimit: recorded.tvr(4, 8) ? 0 : Number.MAX_SAFE_INTEGER,
        randomSelection: { threshold: 0, targetPercentage: recorded.tvr(4, 5) ? 99 : 0, maximumTargetPercentage: 99 },
        tac: recorded.sent('80AE8') || recorded.sent('80AE9') ? { ...noAction, online: 'FFFFFFFFFF' } : noAction,
      },
    );
    return {
      ...terminalForTests,
      terminalType: '22',
      terminalCapabilities: recorded.terminal.get('9F33') ?? this.#capabilities(),
      applications: [application],
      caPublicKeys: this.#transcript.oda_check.flatMap(({ aid: name, capk_index: index, ca_key: key }) =>
        key === undefined ? [] : [{ rid: name.slice(0, 10), index, modulus: key.modulus, exponent: key.exponent }],
      ),
    };
  }

  #capabilities(): string {
    const recorded = this.#recorded;
    const pinAsked = recorded.sent('80CA9F17') || recorded.sent('00200080');
    const enciphered = recorded.sent('00200088');
    const cvm = 0x28 | (pinAsked && !enciphered ? 0x80 : 0) | (recorded.tvr(3, 3) ? 0x40 : 0) | (enciphered ? 0x10 : 0);
    const method = recorded.sent('0088') ? 0x40 : recorded.sent('80AE9') || recorded.sent('80AE5') ? 0x08 : 0x80;
    return toHex(Uint8Array.of(0x20, cvm, recorded.tvr(1, 8) ? 0 : method));
  }
}
