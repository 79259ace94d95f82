/**
 * Combination selection: the card's directory of applications (PPSE) against the terminal's list of AIDs and
 * kernels. EMV Contactless Book B §3.3.2. Extended Selection (tag 9F29) is not supported.
 */
import { toHex } from '../base/bytes.ts';
import { ok, type Result } from '../base/result.ts';
import { findTlv, parseTlv, type Tlv } from '../tlv/ber-tlv.ts';
import { stop, type CardStop } from './stop.ts';
import type { TerminalApplication } from './configuration.ts';

/** A Combination that card and terminal have in common. */
export interface Candidate {
  /** The name to SELECT: the card's own, which may be longer than the terminal's AID. */
  readonly adfName: Uint8Array;
  readonly application: TerminalApplication;
}

/**
 * Reads the FCI of the PPSE and lists the candidates, best first (Book B §3.3.2.5 and §3.3.3.2): by the card's
 * priority, then by the order of the directory. An entry that is unusable by itself is passed over.
 */
export function listCandidates(
  fci: Uint8Array,
  applications: readonly TerminalApplication[],
): Result<readonly Candidate[], CardStop> {
  const parsed = parseTlv(fci);
  if (!parsed.ok) return stop('cardDataError', `PPSE: ${parsed.fault.detail}`);
  const entries = findTlv(parsed.value, 'BF0C')?.children.filter((object) => object.tag === '61') ?? [];
  const ranked: { readonly candidate: Candidate; readonly rank: number }[] = [];
  let otherKernel = false;
  for (const entry of entries) {
    const adfName = findTlv(entry.children, '4F')?.value;
    if (adfName === undefined || adfName.length < 5 || adfName.length > 16) continue;
    const application = matchingApplication(adfName, applications);
    if (application === undefined) continue;
    if (!kernelMatches(entry, application)) {
      otherKernel = true;
      continue;
    }
    ranked.push({ candidate: { adfName, application }, rank: rankOf(entry) });
  }
  if (ranked.length === 0) {
    return otherKernel
      ? stop('kernelNotSupported', 'the card asks for a kernel that the terminal does not have')
      : stop('noSupportedApplication', 'no application of the card is in the list of AIDs');
  }
  return ok(ranked.sort((a, b) => a.rank - b.rank).map(({ candidate }) => candidate));
}

/** The longest AID that the card's name begins with: a more specific entry of the list wins. */
function matchingApplication(
  adfName: Uint8Array,
  applications: readonly TerminalApplication[],
): TerminalApplication | undefined {
  const name = toHex(adfName);
  return applications
    .filter(
      ({ aid, selection, contactless }) =>
        contactless !== undefined && (selection === 'partial' ? name.startsWith(aid) : name === aid),
    )
    .toSorted((a, b) => b.aid.length - a.aid.length)
    .at(0);
}

/** Tag 87 bits 4–1: 1 is best, 15 last, and none (0 or absent) comes after all. EMV 4.4 Book 1 §12.2.3. */
function rankOf(entry: Tlv): number {
  const priority = (findTlv(entry.children, '87')?.value[0] ?? 0) & 0x0f;
  return priority === 0 ? 16 : priority;
}

/**
 * Tag 9F2A (Book B §3.3.2.5): absent or zero means the default kernel of the AID. Bits 8–7 of the first byte tell
 * an international kernel (one byte counts) from a domestic one (three bytes count).
 */
function kernelMatches(entry: Tlv, application: TerminalApplication): boolean {
  const asked = findTlv(entry.children, '9F2A')?.value;
  const first = asked?.[0] ?? 0;
  const own = application.contactless?.kernelId;
  if (asked === undefined || first === 0 || own === '00') return true;
  const domestic = (first & 0x80) !== 0;
  return toHex(domestic ? asked.subarray(0, 3) : Uint8Array.of(first & 0x3f)) === own;
}
