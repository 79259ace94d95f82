/**
 * Combination selection: the card's directory of applications (PPSE) against the Combinations of the terminal. EMV
 * Contactless Book B §3.3.2 and §3.3.3.
 */
import { assert } from '../../base/assert.ts';
import { concat, toHex } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import { findTlv, parseTlv, type Tlv } from '../../tlv/ber-tlv.ts';
import { parseDol } from '../../tlv/dol.ts';
import { stop, type CardStop } from '../stop.ts';
import type { Combination } from './pre-processing.ts';

/** A Combination that card and terminal have in common. */
export interface Candidate {
  /** The name to SELECT: the card's own, which may be longer than the AID; with Extended Selection where supported. */
  readonly adfName: Uint8Array;
  readonly combination: Combination;
}

/**
 * Reads the FCI of the PPSE and lists the candidates, best first (§3.3.2.5 and §3.3.3.2): by the card's priority, then
 * by the order of the directory; several Combinations for one entry by the longest AID. An entry that is unusable by
 * itself is passed over.
 */
export function listCandidates(
  fci: Uint8Array,
  combinations: readonly Combination[],
): Result<readonly Candidate[], CardStop> {
  const parsed = parseTlv(fci);
  if (!parsed.ok) return stop('cardDataError', `PPSE: ${parsed.fault.detail}`);
  const entries = findTlv(parsed.value, 'BF0C')?.children.filter((object) => object.tag === '61') ?? [];
  const ranked: { readonly candidate: Candidate; readonly rank: number }[] = [];
  let otherKernel = false;
  for (const entry of entries) {
    const adfName = findTlv(entry.children, '4F')?.value;
    if (adfName === undefined || adfName.length < 5 || adfName.length > 16) continue;
    for (const combination of matching(adfName, combinations)) {
      if (!kernelSupported(entry, combination)) {
        otherKernel = true;
        continue;
      }
      const name = concat(adfName, extendedSelection(entry, combination));
      assert(name.length >= 5 && name.length <= 16, 'combinations: a DF name has 5 to 16 bytes');
      ranked.push({ candidate: { adfName: name, combination }, rank: rankOf(entry) });
    }
  }
  if (ranked.length === 0) {
    return otherKernel
      ? stop('kernelNotSupported', 'the card asks for a kernel that the terminal does not have')
      : stop('noSupportedApplication', 'no application of the card is in the list of AIDs');
  }
  return ok(ranked.sort((a, b) => a.rank - b.rank).map(({ candidate }) => candidate));
}

/** §3.3.2.5 B: the name equals the AID or begins with it. */
function matching(adfName: Uint8Array, combinations: readonly Combination[]): readonly Combination[] {
  const name = toHex(adfName);
  return combinations
    .filter(({ application: { aid, selection } }) => (selection === 'partial' ? name.startsWith(aid) : name === aid))
    .toSorted((a, b) => b.application.aid.length - a.application.aid.length);
}

/** Tag 87 bits 4–1: 1 is best, 15 last, and none (0 or absent) comes after all (§3.3.3.2). */
function rankOf(entry: Tlv): number {
  assert(entry.tag === '61', 'combinations: a directory entry');
  const priority = (findTlv(entry.children, '87')?.value[0] ?? 0) & 0x0f;
  return priority === 0 ? 16 : priority;
}

/** Book B Table 3-6: the kernel of a card that names none, by RID. */
export const defaultKernels: Readonly<Record<string, string>> = {
  A000000004: '02',
  A000000003: '03',
  A000000025: '04',
  A000000065: '05',
  A000000152: '06',
  A000000333: '07',
};

/** §3.3.2.5 D. Zero asks for no particular kernel; `00` in the configuration takes whatever the card names. */
function kernelSupported(entry: Tlv, { application, settings }: Combination): boolean {
  const asked = requestedKernel(findTlv(entry.children, '9F2A')?.value, application.aid);
  if (asked === undefined) return false;
  return asked === '00' || settings.kernelId === '00' || asked === settings.kernelId;
}

/**
 * Requested Kernel ID, hex (§3.3.2.5 C): of an international kernel (bits 8–7 of byte 1 are 00 or 01) the first byte, of
 * a domestic one (10 or 11) the first three. Undefined: the entry is not coded as the Book wants it, or its Short
 * Kernel ID is zero, which the Book leaves to somebody else to determine.
 */
function requestedKernel(identifier: Uint8Array | undefined, aid: string): string | undefined {
  const first = identifier?.[0];
  if (identifier === undefined || first === undefined) return defaultKernels[aid.slice(0, 10)] ?? '00';
  if ((first & 0x80) === 0) return toHex(Uint8Array.of(first));
  return identifier.length < 3 || (first & 0x3f) === 0 ? undefined : toHex(identifier.subarray(0, 3));
}

/** §3.3.3.3: tag 9F29 is appended where the Combination supports that; a name has at most 16 bytes (Book 1 §11.3). */
function extendedSelection(entry: Tlv, { settings }: Combination): Uint8Array {
  const extension = settings.extendedSelection === true ? findTlv(entry.children, '9F29')?.value : undefined;
  const length = findTlv(entry.children, '4F')?.value.length ?? 0;
  return extension !== undefined && length + extension.length <= 16 ? extension : new Uint8Array(0);
}

/**
 * §3.3.3.6: a Visa application whose PDOL does not ask for the TTQ is one for Kernel 1, which this terminal does not
 * have. An FCI that cannot be read is for the kernel to refuse.
 */
export function needsKernel1(fci: Uint8Array, { adfName, combination }: Candidate): boolean {
  if (combination.settings.kernel !== 'kernel3' || !toHex(adfName).startsWith('A000000003')) return false;
  const parsed = parseTlv(fci);
  if (!parsed.ok) return false;
  const pdol = parseDol(findTlv(parsed.value, '9F38')?.value ?? new Uint8Array(0));
  return pdol.ok && !pdol.value.some(({ tag }) => tag === '9F66');
}
