/**
 * Kernel 3: what becomes of a transaction, as a function of the card's cryptogram, Terminal and Card Transaction
 * Qualifiers and a few facts. EMV Contactless Book C-3 §5.4.3 (disposition), §5.5 (processing restrictions), §5.6
 * (offline data authentication), §5.7 (cardholder verification), §5.8 and §5.9 (outcome).
 */
import { assert } from '../../base/assert.ts';
import type { OutcomeParameters } from '../kernel-result.ts';
import type { Decision } from './outcomes.ts';

export interface Kernel3Facts {
  readonly cryptogram: 'aac' | 'arqc' | 'tc';
  /** Tag 9F66, as the card was sent it. */
  readonly ttq: Uint8Array;
  /** Tag 9F6C; undefined when the card has none. */
  readonly ctq: Uint8Array | undefined;
  /** The day is after the Application Expiration Date, or the card gave none. */
  readonly expired: boolean;
  readonly onExceptionFile: boolean;
  /** Whether Application Usage Control admits this cash or cashback transaction (§5.5.1.3 and §5.5.1.4). */
  readonly service: 'admitted' | 'cashRefused' | 'cashbackRefused';
  /** Performs fDDA; called at most once, and only when its result counts. `notOffered`: the card signed nothing. */
  readonly authenticate: () => 'verified' | 'failed' | 'notOffered';
  /** Bytes 6–7 of Card Authentication Related Data (9F69), which fDDA protects, against the CTQ. */
  readonly signedQualifiers: 'same' | 'different' | 'absent';
}

export type Kernel3Decision =
  | { readonly kind: 'decided'; readonly decision: Decision; readonly cvm: OutcomeParameters['cvm'] }
  /** The chip is to be inserted. */
  | { readonly kind: 'insertCard' };

/** [byte from 1, mask] */
type Bit = readonly [byte: number, mask: number];

const ttqBits = {
  contactChip: [1, 0x10],
  offlineOnly: [1, 0x08],
  onlinePin: [1, 0x04],
  signature: [1, 0x02],
  odaForOnline: [1, 0x01],
  onlineCryptogramRequired: [2, 0x80],
  cvmRequired: [2, 0x40],
} as const satisfies Record<string, Bit>;

const ctqBits = {
  onlinePin: [1, 0x80],
  signature: [1, 0x40],
  onlineIfOdaFails: [1, 0x20],
  switchIfOdaFails: [1, 0x10],
  onlineIfExpired: [1, 0x08],
  switchForCash: [1, 0x04],
  switchForCashback: [1, 0x02],
  deviceCvmPerformed: [2, 0x80],
} as const satisfies Record<string, Bit>;

function has(qualifiers: Uint8Array | undefined, [byte, mask]: Bit): boolean {
  assert(qualifiers === undefined || byte <= qualifiers.length, 'Kernel 3: qualifiers have the byte that is looked at');
  return ((qualifiers?.[byte - 1] ?? 0) & mask) !== 0;
}

/** "Online Required by Reader" and "Decline Required by Reader" of the Book; to decline outweighs. */
interface Indicators {
  readonly online: boolean;
  readonly decline: boolean;
}

type Step = Indicators | 'insertCard';

export function decide(facts: Kernel3Facts): Kernel3Decision {
  const restricted = restrict(facts, disposition(facts));
  const authenticated = restricted === 'insertCard' ? restricted : authenticate(facts, restricted);
  if (authenticated === 'insertCard') return { kind: 'insertCard' };
  if (authenticated.decline) return declined;
  const cvm = verify(facts);
  if (cvm === 'decline') return declined;
  const online = authenticated.online || cvm === 'onlinePin';
  if (online && has(facts.ttq, ttqBits.offlineOnly)) return declined;
  assert(online || facts.cryptogram === 'tc', 'Kernel 3: only what the card approved is approved offline');
  return { kind: 'decided', decision: online ? 'onlineRequest' : 'approved', cvm };
}

const declined: Kernel3Decision = { kind: 'decided', decision: 'declined', cvm: 'none' };

/** §5.4.3.2. A TC that comes although the reader required an online cryptogram goes online all the same. */
function disposition({ cryptogram, ttq }: Kernel3Facts): Indicators {
  return {
    decline: cryptogram === 'aac',
    online: cryptogram === 'arqc' || has(ttq, ttqBits.onlineCryptogramRequired),
  };
}

/** §5.5: expiry and exception file matter to what the card approved itself; cash and cashback to everything. */
function restrict(facts: Kernel3Facts, { online, decline }: Indicators): Step {
  const { cryptogram, ttq, ctq, expired, onExceptionFile, service } = facts;
  if (decline) return { online, decline };
  const offline = cryptogram === 'tc';
  const mayGoOnline = has(ctq, ctqBits.onlineIfExpired) && !has(ttq, ttqBits.offlineOnly);
  const becomesOnline = online || (offline && expired && mayGoOnline);
  if (offline && ((expired && !mayGoOnline) || onExceptionFile)) return { online, decline: true };
  if (service === 'admitted') return { online: becomesOnline, decline };
  const bit = service === 'cashRefused' ? ctqBits.switchForCash : ctqBits.switchForCashback;
  return has(ctq, bit) && has(ttq, ttqBits.contactChip) ? 'insertCard' : { online, decline: true };
}

/**
 * §5.6: what is approved offline has to be signed; what goes online is checked when the reader says that it does so (TTQ
 * byte 1 bit 1) and the card signed it.
 */
function authenticate(facts: Kernel3Facts, { online, decline }: Indicators): Step {
  const { ttq, ctq } = facts;
  if (decline || (online && !has(ttq, ttqBits.odaForOnline))) return { online, decline };
  const result = facts.authenticate();
  if (result === 'verified' || (online && result === 'notOffered')) return { online, decline };
  if (has(ctq, ctqBits.onlineIfOdaFails) && !has(ttq, ttqBits.offlineOnly)) return { online: true, decline };
  if (has(ctq, ctqBits.switchIfOdaFails) && has(ttq, ttqBits.contactChip)) return 'insertCard';
  return { online, decline: true };
}

/** §5.7: the card decides by its CTQ; a card without CTQ leaves it to the reader (§5.7.1.1). */
function verify(facts: Kernel3Facts): 'noCvm' | 'signature' | 'onlinePin' | 'confirmationCodeVerified' | 'decline' {
  const { ttq, ctq } = facts;
  const required = has(ttq, ttqBits.cvmRequired);
  if (ctq === undefined) {
    if (!required) return 'noCvm';
    if (has(ttq, ttqBits.signature)) return 'signature';
    return has(ttq, ttqBits.onlinePin) ? 'onlinePin' : 'decline';
  }
  if (has(ctq, ctqBits.onlinePin) && has(ttq, ttqBits.onlinePin)) return 'onlinePin';
  if (has(ctq, ctqBits.deviceCvmPerformed)) return deviceCvm(facts);
  if (has(ctq, ctqBits.signature) && has(ttq, ttqBits.signature)) return 'signature';
  return required ? 'decline' : 'noCvm';
}

/** That the device verified its holder is believed when signed, or when the issuer is asked anyway (§5.7.1.2). */
function deviceCvm({ cryptogram, signedQualifiers }: Kernel3Facts): 'confirmationCodeVerified' | 'decline' {
  if (signedQualifiers === 'same') return 'confirmationCodeVerified';
  return signedQualifiers === 'absent' && cryptogram === 'arqc' ? 'confirmationCodeVerified' : 'decline';
}
