/**
 * Entry Point pre-processing: which Combinations (AID and kernel) may be used for this amount, and the Terminal
 * Transaction Qualifiers of each. EMV Contactless Book B §3.1.1; Book A §5.7 for the TTQ.
 */
import { assert } from '../../base/assert.ts';
import { hex } from '../../base/bytes.ts';
import { exponent } from '../../base/money.ts';
import type { ContactlessSettings, TerminalApplication, TerminalEmvData } from '../configuration.ts';
import { mustGoOnline, type SaleInput } from '../terminal-data.ts';

/** One AID with its kernel, ready for this sale. */
export interface Combination {
  readonly application: TerminalApplication;
  readonly settings: ContactlessSettings;
  /** Copy of TTQ (9F66) with "Online cryptogram required" and "CVM required" as this sale needs them. */
  readonly ttq: Uint8Array;
}

/** TTQ byte 2: bit 8 and bit 7. */
const onlineCryptogramRequired = 0x80;
const cvmRequired = 0x40;
/** TTQ byte 1 bit 4. */
const offlineOnly = 0x08;

/** The Combinations that are allowed; none: another interface (Book B §3.1.1.13). */
export function preProcess(input: SaleInput): readonly Combination[] {
  return input.terminal.applications.flatMap((application) => {
    const combination = application.contactless && combine(input, application, application.contactless);
    return combination === undefined ? [] : [combination];
  });
}

function combine(
  input: SaleInput,
  application: TerminalApplication,
  settings: ContactlessSettings,
): Combination | undefined {
  const amount = input.amount.minorUnits;
  const ttq = claimedQualifiers(input.terminal, application, settings);
  const zero = amount === 0;
  // §3.1.1.4, and §3.1.1.11 for a reader that cannot go online.
  if (zero && (!settings.zeroAmountAllowed || ((ttq[0] ?? 0) & offlineOnly) !== 0)) return undefined;
  // §3.1.1.5
  const limit = transactionLimit(settings);
  if (limit !== undefined && amount >= limit) return undefined;
  // §3.1.1.3: a status check asks for a single unit of currency.
  const statusCheck = settings.statusCheck && amount === 10 ** exponent(input.amount.currency);
  // §3.1.1.6 and §3.1.1.9 to §3.1.1.11; and what this terminal never lets a card approve.
  if (amount > settings.floorLimit || statusCheck || zero || mustGoOnline(input)) {
    ttq[1] = (ttq[1] ?? 0) | onlineCryptogramRequired;
  }
  // §3.1.1.8 and §3.1.1.12
  if (amount >= settings.cvmRequiredLimit) ttq[1] = (ttq[1] ?? 0) | cvmRequired;
  assert(ttq.length === 4 && amount >= 0, 'EMV: the TTQ has four bytes');
  return { application, settings, ttq };
}

/**
 * Kernel 2 knows two limits, chooses when it has seen the card, and takes an amount that equals its limit (Book C-2
 * S456.14): only what exceeds both is refused here.
 */
function transactionLimit({
  kernel,
  transactionLimit: limit,
  onDeviceTransactionLimit: onDevice,
}: ContactlessSettings) {
  if (kernel !== 'kernel2' || limit === undefined) return limit;
  return Math.max(limit, onDevice ?? limit) + 1;
}

/** What a kernel of this terminal can do, whatever configuration claims. Book C-2 knows no TTQ. */
const performed: Readonly<Record<ContactlessSettings['kernel'], readonly [number, number, number, number]>> = {
  // EMV mode; online PIN, signature and a contact reader where the terminal has them; ODA for online authorisations;
  // CDCVM; fDDA. No magnetic-stripe mode, no issuer update.
  kernel3: [0x37, 0x20, 0x40, 0x80],
  pure: [0x36, 0x20, 0x40, 0x00],
  kernel2: [0, 0, 0, 0],
  kernel8: [0, 0, 0, 0],
  none: [0, 0, 0, 0],
};

/** PURE without settings verifies nobody (kernel-pure.ts). */
const unverified = [0x30, 0x20, 0x00, 0x00];

/** TTQ as configured, less what kernel and terminal (9F33, 9F35) do not have. Byte 2 bits 8 and 7 are 0 (§3.1.1.2). */
function claimedQualifiers(
  terminal: TerminalEmvData,
  application: TerminalApplication,
  settings: ContactlessSettings,
): Uint8Array {
  const configured = hex(settings.terminalTransactionQualifiers);
  assert(configured.length === 4, 'EMV: the TTQ has four bytes');
  const claims = settings.kernel === 'pure' && settings.kernel2 === undefined ? unverified : performed[settings.kernel];
  const ttq = configured.map((byte, index) => byte & (claims[index] ?? 0));
  const methods = hex(terminal.terminalCapabilities)[1] ?? 0;
  const contact = application.contact !== undefined;
  const lacking =
    (contact ? 0 : 0x10) | ((methods & onlinePin) === 0 ? 0x04 : 0) | ((methods & signature) === 0 ? 0x02 : 0);
  ttq[0] = ((ttq[0] ?? 0) & ~lacking) | (isOfflineOnly(terminal.terminalType) ? offlineOnly : 0);
  if (!contact || (methods & offlinePin) === 0) ttq[1] = 0;
  return ttq;
}

/** Terminal Capabilities byte 2 (Book 4 Annex A2). */
export const onlinePin = 0x40;
export const signature = 0x20;
const offlinePin = 0x90;

/** Terminal Type, second digit (Book 4 Annex A1). */
function isOfflineOnly(terminalType: string): boolean {
  return terminalType.endsWith('3') || terminalType.endsWith('6');
}
