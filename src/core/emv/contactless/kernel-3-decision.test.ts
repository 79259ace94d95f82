/**
 * The decision of Kernel 3 as a table: rows of Book C-3 §5.4 to §5.9, and every combination of cryptogram, TTQ, CTQ and
 * facts against what must never happen.
 */
import { describe, expect, it } from 'vitest';
import { decide, type Kernel3Decision, type Kernel3Facts } from './kernel-3-decision.ts';

/** Book A §5.7: TTQ as one number. */
const ttqBits = {
  contactChip: 0x10000000,
  offlineOnly: 0x08000000,
  onlinePin: 0x04000000,
  signature: 0x02000000,
  odaForOnline: 0x01000000,
  onlineCryptogramRequired: 0x00800000,
  cvmRequired: 0x00400000,
} as const;

/** Book C-3 Annex A, tag 9F6C: CTQ as one number. */
const ctqBits = {
  onlinePin: 0x8000,
  signature: 0x4000,
  onlineIfOdaFails: 0x2000,
  switchIfOdaFails: 0x1000,
  onlineIfExpired: 0x0800,
  switchForCash: 0x0400,
  switchForCashback: 0x0200,
  deviceCvmPerformed: 0x0080,
} as const;

type TtqName = keyof typeof ttqBits;
type CtqName = keyof typeof ctqBits;

function bits<Name extends string>(
  table: Readonly<Record<Name, number>>,
  names: readonly Name[],
  length: number,
): Uint8Array {
  let all = 0;
  for (const name of names) all |= table[name];
  return Uint8Array.from({ length }, (_, at) => (all >> (8 * (length - 1 - at))) & 0xff);
}

interface Row {
  readonly cryptogram?: Kernel3Facts['cryptogram'];
  readonly ttq?: readonly TtqName[];
  /** Absent: the card has no CTQ. */
  readonly ctq?: readonly CtqName[];
  readonly expired?: boolean;
  readonly listed?: boolean;
  readonly service?: Kernel3Facts['service'];
  readonly oda?: ReturnType<Kernel3Facts['authenticate']>;
  readonly signed?: Kernel3Facts['signedQualifiers'];
}

function facts(row: Row): Kernel3Facts {
  return {
    cryptogram: row.cryptogram ?? 'tc',
    ttq: bits(ttqBits, row.ttq ?? [], 4),
    ctq: row.ctq && bits(ctqBits, row.ctq, 2),
    expired: row.expired ?? false,
    onExceptionFile: row.listed ?? false,
    service: row.service ?? 'admitted',
    authenticate: () => row.oda ?? 'verified',
    signedQualifiers: row.signed ?? 'absent',
  };
}

function told(decision: Kernel3Decision): string {
  return decision.kind === 'insertCard' ? 'insertCard' : `${decision.decision} ${decision.cvm}`;
}

describe('rows of the Book', () => {
  it.each<[string, Row, string]>([
    ['§5.4.3.2 TC', {}, 'approved noCvm'],
    ['§5.4.3.2 ARQC', { cryptogram: 'arqc' }, 'onlineRequest noCvm'],
    ['§5.4.3.2 AAC', { cryptogram: 'aac' }, 'declined none'],
    [
      '§5.4.3.2 AAC where the reader required to go online',
      { cryptogram: 'aac', ttq: ['onlineCryptogramRequired'] },
      'declined none',
    ],
    [
      '§5.4.3.2 TC where the reader required to go online',
      { ttq: ['onlineCryptogramRequired'] },
      'onlineRequest noCvm',
    ],
    ['ARQC at a reader that is offline only', { cryptogram: 'arqc', ttq: ['offlineOnly'] }, 'declined none'],

    ['§5.5.1.1 expired', { expired: true }, 'declined none'],
    ['§5.5.1.1 expired, CTQ says other things', { expired: true, ctq: ['onlineIfOdaFails'] }, 'declined none'],
    ['§5.5.1.1 expired, CTQ wants online', { expired: true, ctq: ['onlineIfExpired'] }, 'onlineRequest noCvm'],
    [
      '§5.5.1.1 expired, offline only',
      { expired: true, ctq: ['onlineIfExpired'], ttq: ['offlineOnly'] },
      'declined none',
    ],
    ['§5.5.1.1 expired, going online anyway', { expired: true, cryptogram: 'arqc' }, 'onlineRequest noCvm'],
    ['§5.5.1.2 on the exception file', { listed: true }, 'declined none'],
    ['§5.5.1.2 on the exception file, going online', { listed: true, cryptogram: 'arqc' }, 'onlineRequest noCvm'],
    ['§5.5.1.3 cash refused', { service: 'cashRefused' }, 'declined none'],
    [
      '§5.5.1.3 cash refused, inserting may help',
      { service: 'cashRefused', ctq: ['switchForCash'], ttq: ['contactChip'] },
      'insertCard',
    ],
    ['§5.5.1.3 … where there is no slot', { service: 'cashRefused', ctq: ['switchForCash'] }, 'declined none'],
    [
      '§5.5.1.3 … also for an ARQC',
      { cryptogram: 'arqc', service: 'cashRefused', ctq: ['switchForCash'], ttq: ['contactChip'] },
      'insertCard',
    ],
    [
      '§5.5.1.3 … but not after an AAC',
      { cryptogram: 'aac', service: 'cashRefused', ctq: ['switchForCash'], ttq: ['contactChip'] },
      'declined none',
    ],
    [
      '§5.5.1.4 cashback refused',
      { service: 'cashbackRefused', ctq: ['switchForCash'], ttq: ['contactChip'] },
      'declined none',
    ],
    [
      '§5.5.1.4 cashback refused, inserting may help',
      { service: 'cashbackRefused', ctq: ['switchForCashback'], ttq: ['contactChip'] },
      'insertCard',
    ],

    ['§5.6 fDDA failed, no CTQ', { oda: 'failed' }, 'declined none'],
    ['§5.6 nothing signed counts as failed', { oda: 'notOffered' }, 'declined none'],
    [
      '§5.6 failed, online if ODA fails',
      { oda: 'failed', ctq: ['onlineIfOdaFails', 'switchIfOdaFails'], ttq: ['contactChip'] },
      'onlineRequest noCvm',
    ],
    [
      '§5.6 failed, offline only, switch',
      { oda: 'failed', ctq: ['onlineIfOdaFails', 'switchIfOdaFails'], ttq: ['contactChip', 'offlineOnly'] },
      'insertCard',
    ],
    ['§5.6 failed, switch', { oda: 'failed', ctq: ['switchIfOdaFails'], ttq: ['contactChip'] }, 'insertCard'],
    ['§5.6 failed, switch without slot', { oda: 'failed', ctq: ['switchIfOdaFails'] }, 'declined none'],
    ['§5.6 failed, CTQ says neither', { oda: 'failed', ctq: ['onlineIfExpired'] }, 'declined none'],
    ['§5.6 online without ODA for online authorisations', { oda: 'failed', cryptogram: 'arqc' }, 'onlineRequest noCvm'],
    [
      '§5.6 ODA for online, not offered by the card',
      { oda: 'notOffered', cryptogram: 'arqc', ttq: ['odaForOnline'] },
      'onlineRequest noCvm',
    ],
    ['§5.6 ODA for online, failed', { oda: 'failed', cryptogram: 'arqc', ttq: ['odaForOnline'] }, 'declined none'],
    [
      '§5.6 ODA for online, failed, online all the same',
      { oda: 'failed', cryptogram: 'arqc', ttq: ['odaForOnline'], ctq: ['onlineIfOdaFails'] },
      'onlineRequest noCvm',
    ],

    [
      '§5.7.1.1 no CTQ, CVM required, signature',
      { ttq: ['cvmRequired', 'signature', 'onlinePin'] },
      'approved signature',
    ],
    ['§5.7.1.1 no CTQ, CVM required, online PIN', { ttq: ['cvmRequired', 'onlinePin'] }, 'onlineRequest onlinePin'],
    ['§5.7.1.1 no CTQ, CVM required, neither', { ttq: ['cvmRequired'] }, 'declined none'],
    ['§5.7.1.1 no CTQ, CVM not required', { ttq: ['signature', 'onlinePin'] }, 'approved noCvm'],
    [
      '§5.7.1.2 online PIN of card and reader',
      { ctq: ['onlinePin', 'deviceCvmPerformed', 'signature'], ttq: ['onlinePin', 'signature'] },
      'onlineRequest onlinePin',
    ],
    [
      '§5.7.1.2 online PIN at a reader that is offline only',
      { ctq: ['onlinePin'], ttq: ['onlinePin', 'offlineOnly'] },
      'declined none',
    ],
    [
      '§5.7.1.2 online PIN that the reader has not',
      { ctq: ['onlinePin', 'signature'], ttq: ['signature'] },
      'approved signature',
    ],
    [
      '§5.7.1.2 online PIN that the reader has not, required',
      { ctq: ['onlinePin'], ttq: ['cvmRequired'] },
      'declined none',
    ],
    [
      '§5.7.1.2 device, signed',
      { ctq: ['deviceCvmPerformed'], ttq: ['cvmRequired'], signed: 'same' },
      'approved confirmationCodeVerified',
    ],
    [
      '§5.7.1.2 device, signed otherwise',
      { ctq: ['deviceCvmPerformed'], signed: 'different', cryptogram: 'arqc' },
      'declined none',
    ],
    [
      '§5.7.1.2 device, not signed, online',
      { ctq: ['deviceCvmPerformed'], cryptogram: 'arqc' },
      'onlineRequest confirmationCodeVerified',
    ],
    ['§5.7.1.2 device, not signed, offline', { ctq: ['deviceCvmPerformed'] }, 'declined none'],
    [
      '§5.7.1.2 device, not signed, TC that goes online',
      { ctq: ['deviceCvmPerformed'], ttq: ['onlineCryptogramRequired'] },
      'declined none',
    ],
    ['§5.7.1.2 signature', { ctq: ['signature'], ttq: ['signature', 'cvmRequired'] }, 'approved signature'],
    ['§5.7.1.2 signature that the reader has not', { ctq: ['signature'], ttq: ['cvmRequired'] }, 'declined none'],
    [
      '§5.7.1.3 CTQ without method, CVM required',
      { ctq: [], ttq: ['cvmRequired', 'signature', 'onlinePin'] },
      'declined none',
    ],
    ['§5.7 CTQ without method', { ctq: [] }, 'approved noCvm'],
  ])('%s', (_, row, expected) => {
    expect(told(decide(facts(row)))).toBe(expected);
  });
});

/** All subsets of `names`. */
function* subsets<Name extends string>(names: readonly Name[]): Generator<Name[]> {
  for (let mask = 0; mask < 1 << names.length; mask += 1) yield names.filter((_, index) => (mask & (1 << index)) !== 0);
}

const ttqNames = Object.keys(ttqBits) as TtqName[];
/** Those for cash say nothing of a sale; they are in the rows above. */
const ctqNames = (Object.keys(ctqBits) as CtqName[]).filter((name) => !name.startsWith('switchForCash'));

/** What the Book never lets happen, whatever else; undefined when all is well. */
function violation(row: Row, decision: Kernel3Decision): string | undefined {
  const { cryptogram, ttq = [], ctq, oda, expired = false, signed } = row;
  if (decision.kind === 'insertCard')
    return ttq.includes('contactChip') ? undefined : 'inserted where there is no slot';
  const { decision: end, cvm } = decision;
  if (cryptogram === 'aac' && end !== 'declined') return 'an AAC was not declined';
  if (end === 'declined') return cvm === 'none' ? undefined : 'declined with a CVM';
  if (end === 'onlineRequest' && ttq.includes('offlineOnly')) return 'online at a reader that is offline only';
  if (end === 'approved') {
    if (cryptogram !== 'tc' || ttq.includes('onlineCryptogramRequired')) return 'approved what had to go online';
    if (oda !== 'verified') return 'approved without authentication';
    if (expired) return 'approved after its expiry';
    if (cvm === 'onlinePin') return 'approved an online PIN that nobody checked';
  }
  if (cvm === 'onlinePin' && !ttq.includes('onlinePin')) return 'online PIN without PIN pad';
  if (cvm === 'signature' && !ttq.includes('signature')) return 'signature without paper';
  if (cvm === 'confirmationCodeVerified' && (ctq?.includes('deviceCvmPerformed') !== true || signed === 'different')) {
    return 'a device believed that did not verify';
  }
  return cvm === 'noCvm' && ttq.includes('cvmRequired') ? 'no CVM where one was required' : undefined;
}

describe('every combination', () => {
  it('of cryptogram, TTQ, CTQ, expiry, authentication and signed qualifiers ends, and never against the Book', () => {
    const seen = new Map<string, number>();
    const found: string[] = [];
    const ctqs: (CtqName[] | undefined)[] = [undefined, ...subsets(ctqNames)];
    for (const ttq of subsets(ttqNames)) {
      for (const ctq of ctqs) {
        for (const cryptogram of ['aac', 'arqc', 'tc'] as const) {
          for (const oda of ['verified', 'failed', 'notOffered'] as const) {
            for (const [expired, signed] of [
              [false, 'absent'],
              [false, 'same'],
              [true, 'same'],
              [false, 'different'],
            ] as const) {
              const row: Row = { cryptogram, ttq, oda, expired, signed, ...(ctq === undefined ? {} : { ctq }) };
              const decision = decide(facts(row));
              const wrong = violation(row, decision);
              if (wrong !== undefined && found.length < 5) found.push(`${wrong}: ${JSON.stringify(row)}`);
              seen.set(told(decision), (seen.get(told(decision)) ?? 0) + 1);
            }
          }
        }
      }
    }
    expect(found).toEqual([]);
    expect([...seen.keys()].toSorted()).toEqual([
      'approved confirmationCodeVerified',
      'approved noCvm',
      'approved signature',
      'declined none',
      'insertCard',
      'onlineRequest confirmationCodeVerified',
      'onlineRequest noCvm',
      'onlineRequest onlinePin',
      'onlineRequest signature',
    ]);
  });
});
