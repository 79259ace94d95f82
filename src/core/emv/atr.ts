/**
 * Answer to Reset: what an inserted card says first, and whether an EMV terminal takes it. ISO/IEC 7816-3 §8.2 for the
 * layout, EMV 4.4 Book 1 §8.3 for the values. The reader speaks the protocol; this is for people who look at a card.
 */
import { assert } from '../base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../base/result.ts';

export interface InterfaceByte {
  /** `TA1` … as ISO/IEC 7816-3 names them. */
  readonly name: string;
  readonly value: number;
}

export interface Atr {
  readonly convention: 'direct' | 'inverse';
  readonly interfaceBytes: readonly InterfaceByte[];
  /** Transmission protocols offered, in order; T=15 stands for global parameters and is not among them. */
  readonly protocols: readonly number[];
  readonly historicalBytes: Uint8Array;
  /** Why an EMV terminal refuses a cold reset with this answer; empty when it does not. */
  readonly notEmv: readonly string[];
}

export type AtrFault = Fault<'atrMalformed'>;

/** ISO/IEC 7816-3 §8.2.1: no answer is longer. */
const maxLength = 33;
const globalParameters = 15;

interface Group {
  /** From 1. */
  readonly number: number;
  /** The protocol it belongs to: T of the TD before it; of group 1, global. */
  readonly protocol: number;
  readonly bytes: Readonly<Partial<Record<'TA' | 'TB' | 'TC' | 'TD', number>>>;
}

export function parseAtr(bytes: Uint8Array): Result<Atr, AtrFault> {
  const [ts, t0] = bytes;
  if (ts === undefined || t0 === undefined) return malformed('it ends before the format character');
  if (ts !== 0x3b && ts !== 0x3f) return malformed('the initial character is neither 3B nor 3F');
  if (bytes.length > maxLength) return malformed(`${bytes.length} bytes`);
  const { groups, next } = readGroups(bytes, t0);
  const offered = groups.flatMap(({ bytes: { TD } }) => (TD === undefined ? [] : [TD & 0x0f]));
  const protocols = offered.length === 0 ? [0] : [...new Set(offered)].filter((one) => one !== globalParameters);
  const historicalBytes = bytes.subarray(next, next + (t0 & 0x0f));
  // Without any other protocol than T=0 there is no check character (§8.2.5).
  const checked = offered.some((protocol) => protocol !== 0);
  const expected = next + (t0 & 0x0f) + (checked ? 1 : 0);
  if (bytes.length !== expected) return malformed(`${bytes.length} bytes where ${expected} are announced`);
  if (checked && bytes.subarray(1).reduce((sum, byte) => sum ^ byte, 0) !== 0) {
    return malformed('the check character is wrong');
  }
  assert(historicalBytes.length === (t0 & 0x0f), 'ATR: as many historical bytes as are announced');
  return ok({
    convention: ts === 0x3b ? 'direct' : 'inverse',
    interfaceBytes: groups.flatMap((group) =>
      Object.entries(group.bytes).map(([name, value]) => ({ name: `${name}${group.number}`, value })),
    ),
    protocols,
    historicalBytes,
    notEmv: rules.flatMap((rule) => rule(groups)),
  });
}

function malformed(detail: string): Result<never, AtrFault> {
  return err(fault('atrMalformed', `answer to reset: ${detail}`, true));
}

function readGroups(bytes: Uint8Array, t0: number): { readonly groups: readonly Group[]; readonly next: number } {
  const groups: Group[] = [];
  let at = 2;
  let announced: number | undefined = t0;
  while (announced !== undefined && at < bytes.length) {
    const group: Partial<Record<'TA' | 'TB' | 'TC' | 'TD', number>> = {};
    for (const [index, name] of (['TA', 'TB', 'TC', 'TD'] as const).entries()) {
      const value = (announced & (0x10 << index)) === 0 ? undefined : bytes[at];
      if (value === undefined) continue;
      group[name] = value;
      at += 1;
    }
    groups.push({ number: groups.length + 1, protocol: groups.length === 0 ? -1 : announced & 0x0f, bytes: group });
    announced = group.TD;
  }
  assert(at <= bytes.length, 'ATR: no interface byte is read past the end');
  return { groups, next: at };
}

type Rule = (groups: readonly Group[]) => readonly string[];

function when(wrong: boolean, text: string): readonly string[] {
  return wrong ? [text] : [];
}

/** Book 1 §8.3.3, for the answer to a cold reset. */
const rules: readonly Rule[] = [
  ([first]) => when(first?.bytes.TB !== 0, 'TB1 is not 00'),
  ([first]) => when(((first?.bytes.TD ?? 0) & 0x0f) > 1, 'TD1 names neither T=0 nor T=1'),
  ([first, second]) => {
    const specific = second?.bytes.TA;
    if (specific === undefined) return [];
    const other = (specific & 0x0f) !== ((first?.bytes.TD ?? 0) & 0x0f);
    const speed = first?.bytes.TA ?? 0x11;
    return [
      ...when(other || (specific & 0x10) !== 0, 'TA2 asks for a specific mode that EMV does not have'),
      ...when(![0x11, 0x12, 0x13].includes(speed), 'TA1 fixes a speed that EMV does not have'),
    ];
  },
  ([, second]) => when(second?.bytes.TB !== undefined, 'TB2 is present'),
  ([, second]) => when(second?.protocol === 0 && (second.bytes.TC ?? 0x0a) !== 0x0a, 'TC2 is not 0A'),
  (groups) => blockProtocol(groups),
];

/** What T=1 needs: from the third group on, those of T=1 (§8.3.3.9 to §8.3.3.11). */
function blockProtocol(groups: readonly Group[]): readonly string[] {
  const first = groups[0]?.bytes;
  if (((first?.TD ?? 0) & 0x0f) !== 1) return [];
  const specific = groups.find(({ number, protocol }) => number >= 3 && protocol === 1)?.bytes;
  const { TA: size = 0x20, TB: waiting, TC: check = 0 } = specific ?? {};
  const wrongSize = size < 0x10 || size === 0xff;
  if (waiting === undefined) return ['TB3 is missing'];
  const [blockTime, characterTime] = [waiting >> 4, waiting & 0x0f];
  // A guard time of FF is none (§8.3.3.3).
  const guard = first?.TC === 0xff ? -1 : (first?.TC ?? 0);
  return [
    ...when(wrongSize, 'TA3 is not a size of blocks'),
    ...when(blockTime > 4 || characterTime > 5, 'TB3 asks for longer waiting times than EMV has'),
    ...when(2 ** characterTime <= guard + 1, 'TB3 asks for a shorter waiting time than the guard time allows'),
    ...when(check !== 0, 'TC3 asks for a check code other than LRC'),
  ];
}
