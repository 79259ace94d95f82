/** Combination selection: Kernel Identifiers of every form, Extended Selection, order (Book B §3.3.2 and §3.3.3). */
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../../base/bytes.ts';
import type { Tlv } from '../../tlv/ber-tlv.ts';
import type { TerminalApplication } from '../configuration.ts';
import { contactlessApplication, saleInputWith, terminalForTests } from '../test-kit.ts';
import { listCandidates, needsKernel1, type Candidate } from './combinations.ts';
import { preProcess } from './pre-processing.ts';
import { directory, fci, p } from './test-kit.ts';

const visa = 'A0000000031010';
const mastercard = 'A0000000041010';
const domestic = 'A0000009990101';

function candidates(
  entries: readonly (readonly Tlv[])[],
  applications: readonly TerminalApplication[],
): readonly Candidate[] | string {
  const combinations = preProcess(saleInputWith({ terminal: { ...terminalForTests, applications } }));
  const listed = listCandidates(hex(directory(...entries)).subarray(0, -2), combinations);
  return listed.ok ? listed.value : listed.fault.kind;
}

const application = (aid: string, kernelId: string, more = {}): TerminalApplication =>
  contactlessApplication(aid, 'TEST', kernelId, more);

const verdict = (identifier: string | undefined, aid: string, kernelId: string) =>
  typeof candidates(
    [identifier === undefined ? [p('4F', aid)] : [p('4F', aid), p('9F2A', identifier)]],
    [application(aid, kernelId)],
  ) === 'string'
    ? 'left out'
    : 'candidate';

describe('Kernel Identifier (§3.3.2.5 C and D)', () => {
  it.each<[string, string | undefined, string, string, string]>([
    ['absent: default of the RID', undefined, visa, '03', 'candidate'],
    ['absent: configuration has another kernel than the default', undefined, visa, '07', 'left out'],
    ['absent, empty and unknown RID: any kernel', '', domestic, '2A', 'candidate'],
    ['zero: any kernel', '00', visa, '07', 'candidate'],
    ['international', '03', visa, '03', 'candidate'],
    ['international, longer: the first byte counts', '0355AA', visa, '03', 'candidate'],
    ['international, another', '02', visa, '03', 'left out'],
    ['01b is equal to the whole first byte', '43', visa, '03', 'left out'],
    ['01b with a kernel of that ID', '43', visa, '43', 'candidate'],
    ['domestic, EMVCo format: three bytes', '8107040000', domestic, '810704', 'candidate'],
    ['domestic, proprietary format', 'C10704', domestic, 'C10704', 'candidate'],
    ['domestic: another extended ID', '810705', domestic, '810704', 'left out'],
    ['domestic: fewer than three bytes', '8107', domestic, '810704', 'left out'],
    ['domestic: Short Kernel ID zero is out of scope', '800704', domestic, '800704', 'left out'],
    ['a terminal that takes whatever kernel', '810704', domestic, '00', 'candidate'],
  ])('%s', (_, identifier, aid, kernelId, expected) => {
    expect(verdict(identifier, aid, kernelId)).toBe(expected);
  });

  it.each([
    ['A000000004', '02'],
    ['A000000003', '03'],
    ['A000000025', '04'],
    ['A000000065', '05'],
    ['A000000152', '06'],
    ['A000000333', '07'],
  ])('Table 3-6: %s defaults to %s', (rid, kernelId) => {
    expect(verdict(undefined, `${rid}1010`, kernelId)).toBe('candidate');
    expect(verdict(undefined, `${rid}1010`, '09')).toBe('left out');
  });

  it('says that only the kernel is missing', () => {
    expect(candidates([[p('4F', visa), p('9F2A', '08')]], [application(visa, '03')])).toBe('kernelNotSupported');
    expect(candidates([[p('4F', mastercard)]], [application(visa, '03')])).toBe('noSupportedApplication');
  });
});

const names = (listed: readonly Candidate[] | string) =>
  typeof listed === 'string'
    ? listed
    : listed.map(({ adfName, combination }) => `${toHex(adfName)} ${combination.settings.kernelId}`);

describe('order (§3.3.3.2) and names (§3.3.3.3)', () => {
  it('one entry, two kernels: both are candidates, the longer AID first', () => {
    const applications = [application(visa.slice(0, 10), '03', { kernel: 'kernel3' }), application(visa, '00')];
    expect(names(candidates([[p('4F', visa)]], applications))).toEqual([`${visa} 00`, `${visa} 03`]);
  });

  it('the card offers two kernels for one application: its order decides', () => {
    const entries = [
      [p('4F', mastercard), p('87', '01'), p('9F2A', '08')],
      [p('4F', mastercard), p('87', '02'), p('9F2A', '02')],
    ];
    expect(names(candidates(entries, [application(mastercard, '02')]))).toEqual([`${mastercard} 02`]);
  });

  it('Extended Selection is appended where supported, and where it fits a name', () => {
    const entry = [p('4F', visa), p('9F29', 'AABB')];
    expect(names(candidates([entry], [application(visa, '03', { extendedSelection: true })]))).toEqual([
      `${visa}AABB 03`,
    ]);
    expect(names(candidates([entry], [application(visa, '03')]))).toEqual([`${visa} 03`]);
    const long = [p('4F', visa), p('9F29', '00112233445566778899')];
    expect(names(candidates([long], [application(visa, '03', { extendedSelection: true })]))).toEqual([`${visa} 03`]);
  });

  it('an AID that wants an exact name does not match a longer one', () => {
    const exact: TerminalApplication = { ...application(visa, '03'), selection: 'exact' };
    expect(names(candidates([[p('4F', `${visa}01`)], [p('4F', visa)]], [exact]))).toEqual([`${visa} 03`]);
  });
});

const needs = (aid: string, kernel: 'kernel3' | 'pure', pdol: readonly Tlv[]) => {
  const listed = candidates([[p('4F', aid)]], [application(aid, '00', { kernel })]);
  const [candidate] = typeof listed === 'string' ? [] : listed;
  return candidate && needsKernel1(hex(fci(aid, ...pdol)).subarray(0, -2), candidate);
};

describe('Kernel 1 (§3.3.3.6)', () => {
  it.each([
    ['a PDOL without TTQ', visa, 'kernel3' as const, [p('9F38', '9F02069F3704')], true],
    ['no PDOL', visa, 'kernel3' as const, [], true],
    ['a PDOL with TTQ', visa, 'kernel3' as const, [p('9F38', '9F66049F0206')], false],
    ['a PDOL that cannot be read: the kernel says so', visa, 'kernel3' as const, [p('9F38', '9F66')], false],
    ['another RID', domestic, 'kernel3' as const, [], false],
    ['another kernel', visa, 'pure' as const, [], false],
  ])('%s', (_, aid, kernel, pdol, expected) => {
    expect(needs(aid, kernel, pdol)).toBe(expected);
  });
});
