/**
 * Simulated scanner: a person in the control strip holds a phone to it. The codes are those of declared test cards, made
 * afresh each time as a phone makes them, and some that nobody can pay with.
 */
import * as z from 'zod/mini';
import type { CodeScanner, Scan } from '../../devices/code-scanner.ts';
import type { DeviceFault, DeviceHealth } from '../../devices/device.ts';
import { assert } from '../../src/core/base/assert.ts';
import { err, ok, type Result } from '../../src/core/base/result.ts';
import type { DriverHost, DriverModule } from '../driver.ts';
import { parseSettings } from '../settings.ts';
import { Listeners } from '../transport/byte-transport.ts';
import { phoneCode, type PhoneCodeInput } from './card/phone-code.ts';
import { defaultCardFile, loadCardProfiles, type EmvCardProfile } from './card/profiles.ts';

interface Words {
  readonly vi: string;
  readonly en: string;
}

/** What the control strip shows of a code. */
export interface CodeChoice {
  readonly id: string;
  readonly name: Words;
  readonly hint: Words;
}

type Fault = NonNullable<PhoneCodeInput['fault']>;

type Shown =
  | { readonly card: string; readonly layout: PhoneCodeInput['layout']; readonly fault?: Fault }
  /** The beginning of a good code of that card. */
  | { readonly cutOff: string }
  | { readonly text: string };

const choices: readonly (CodeChoice & { readonly shows: Shown })[] = [
  {
    id: 'napas-phone',
    name: { vi: 'NAPAS', en: 'NAPAS' },
    hint: { vi: 'Ngân hàng chấp nhận', en: 'The bank approves' },
    shows: { card: 'napas-debit', layout: 'application' },
  },
  {
    id: 'visa-phone-code',
    name: { vi: 'Visa', en: 'Visa' },
    hint: { vi: 'Ngân hàng chấp nhận', en: 'The bank approves' },
    shows: { card: 'visa-credit', layout: 'common' },
  },
  {
    id: 'jcb-empty',
    name: { vi: 'JCB hết tiền', en: 'JCB without money' },
    hint: { vi: 'Ngân hàng từ chối', en: 'The bank declines' },
    shows: { card: 'jcb-credit', layout: 'application' },
  },
  {
    id: 'forged',
    name: { vi: 'Mã giả', en: 'Forged' },
    hint: { vi: 'Ngân hàng phát hiện', en: 'The bank finds out' },
    shows: { card: 'napas-debit', layout: 'application', fault: 'forged' },
  },
  {
    id: 'no-cryptogram',
    name: { vi: 'Thiếu mật mã', en: 'No cryptogram' },
    hint: { vi: 'Máy không nhận', en: 'The terminal refuses' },
    shows: { card: 'napas-debit', layout: 'application', fault: 'noCryptogram' },
  },
  {
    id: 'broken',
    name: { vi: 'Mã hỏng', en: 'Broken' },
    hint: { vi: 'Máy không đọc được', en: 'Cannot be read' },
    shows: { cutOff: 'napas-debit' },
  },
  {
    id: 'wallet',
    name: { vi: 'Mã của ví', en: 'Wallet code' },
    hint: { vi: 'Máy không nhận', en: 'The terminal refuses' },
    shows: { text: '134500000000000000' },
  },
  {
    id: 'product',
    name: { vi: 'Mã hàng hóa', en: 'Product' },
    hint: { vi: 'Không phải mã trả tiền', en: 'Nothing to pay with' },
    shows: { text: '8934588063053' },
  },
];

export class SimulatedCodeScanner implements CodeScanner {
  readonly role = 'codeScanner';
  readonly description = 'Simulated scanner';
  readonly name: string;
  readonly #host: DriverHost;
  readonly #cards: ReadonlyMap<string, EmvCardProfile>;
  readonly #scans = new Listeners<Scan>();
  #open = false;
  #atc = 0;

  constructor(name: string, cards: ReadonlyMap<string, EmvCardProfile>, host: DriverHost) {
    this.name = name;
    this.#cards = cards;
    this.#host = host;
  }

  codes(): readonly CodeChoice[] {
    return choices.map(({ id, name, hint }) => ({ id, name, hint }));
  }

  /** Holds a phone with that code to the scanner, whether or not anybody waits for one. False when there is no such code. */
  show(id: string): boolean {
    const choice = choices.find((each) => each.id === id);
    if (choice === undefined || !this.#open) return false;
    this.#scans.tell({ kind: 'text', text: this.#textOf(choice.shows) });
    return true;
  }

  onScan(listener: (scan: Scan) => void): () => void {
    return this.#scans.add(listener);
  }

  async open(): Promise<Result<void, DeviceFault>> {
    this.#open = true;
    return ok(undefined);
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  async checkHealth(): Promise<DeviceHealth> {
    return this.#open
      ? { state: 'ready', detail: `simulated scanner with ${choices.length} codes` }
      : { state: 'offline', detail: 'the scanner is closed' };
  }

  /** Nothing happens to a simulated scanner by itself. */
  onHealth(): () => void {
    return () => undefined;
  }

  #textOf(shown: Shown): string {
    if ('text' in shown) return shown.text;
    if ('cutOff' in shown) return this.#code(shown.cutOff, { layout: 'application' }).slice(0, 60);
    return this.#code(shown.card, shown);
  }

  #code(id: string, { layout, fault }: { readonly layout: PhoneCodeInput['layout']; readonly fault?: Fault }): string {
    const card = this.#cards.get(id);
    assert(card !== undefined, 'scanner: its codes are of cards that there are');
    this.#atc = (this.#atc % 0xffff) + 1;
    const unpredictableNumber = this.#host.random.bytes(4);
    return phoneCode(card, { atc: this.#atc, unpredictableNumber, layout, ...(fault === undefined ? {} : { fault }) });
  }
}

export const simulatedCodeScanner: DriverModule<SimulatedCodeScanner> = {
  id: 'simulated-code-scanner',
  role: 'codeScanner',
  summary: 'Scanner without hardware: the control strip shows it the codes of test cards',
  create(name, settings, host) {
    const checked = parseSettings(z.strictObject({}), settings);
    if (!checked.ok) return checked;
    const profiles = loadCardProfiles(defaultCardFile);
    if ('problems' in profiles) {
      const found = profiles.problems.map(({ message }) => message).join('; ');
      return err([{ path: [], found, expected: 'the simulated cards of config/simulated/cards.json' }]);
    }
    const cards = new Map(profiles.flatMap((card) => (card.kind === 'emv' ? [[card.id, card] as const] : [])));
    return ok(new SimulatedCodeScanner(name, cards, host));
  },
};
