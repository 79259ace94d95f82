/** TVR and TSI: each name sets its own bit, EMV 4.4 Book 3 Annex C5 and C6; relay resistance: Book C-2 Annex A.1. */
import { describe, expect, it } from 'vitest';
import { toHex } from '../base/bytes.ts';
import { newTsi, newTvr, tsiPlaces, tvrPlaces, type TsiFlag, type TvrFlag } from './flags.ts';

const tvrValues: Readonly<Record<TvrFlag, string>> = {
  odaNotPerformed: '8000000000',
  sdaFailed: '4000000000',
  iccDataMissing: '2000000000',
  onExceptionFile: '1000000000',
  ddaFailed: '0800000000',
  cdaFailed: '0400000000',
  sdaSelected: '0200000000',
  versionsDiffer: '0080000000',
  expiredApplication: '0040000000',
  notYetEffective: '0020000000',
  serviceNotAllowed: '0010000000',
  newCard: '0008000000',
  cvmFailed: '0000800000',
  unrecognisedCvm: '0000400000',
  pinTryLimitExceeded: '0000200000',
  pinPadMissing: '0000100000',
  pinNotEntered: '0000080000',
  onlinePinEntered: '0000040000',
  floorLimitExceeded: '0000008000',
  lowerOfflineLimitExceeded: '0000004000',
  upperOfflineLimitExceeded: '0000002000',
  randomlySelected: '0000001000',
  merchantForcedOnline: '0000000800',
  defaultTdolUsed: '0000000080',
  issuerAuthenticationFailed: '0000000040',
  scriptFailedBeforeFinalAc: '0000000020',
  scriptFailedAfterFinalAc: '0000000010',
  relayThresholdExceeded: '0000000008',
  relayTimeLimitsExceeded: '0000000004',
  relayResistancePerformed: '0000000002',
  relayResistanceNotPerformed: '0000000001',
};

const tsiValues: Readonly<Record<TsiFlag, string>> = {
  odaPerformed: '8000',
  cvmPerformed: '4000',
  cardRiskManagementPerformed: '2000',
  issuerAuthenticationPerformed: '1000',
  terminalRiskManagementPerformed: '0800',
  scriptProcessingPerformed: '0400',
};

const tvrNames = Object.keys(tvrPlaces) as TvrFlag[];
const tsiNames = Object.keys(tsiPlaces) as TsiFlag[];

describe('TVR', () => {
  it('begins empty', () => {
    expect(toHex(newTvr().value)).toBe('0000000000');
    expect(tvrNames.filter((name) => newTvr().has(name))).toEqual([]);
  });

  it.each(tvrNames)('%s', (name) => {
    const tvr = newTvr();
    tvr.set(name);
    expect(toHex(tvr.value)).toBe(tvrValues[name]);
    expect(tvrNames.filter((each) => tvr.has(each))).toEqual([name]);
  });

  it.each(tvrNames)('all without %s', (name) => {
    const tvr = newTvr();
    for (const each of tvrNames) tvr.set(each);
    tvr.clear(name);
    expect(tvrNames.filter((each) => !tvr.has(each))).toEqual([name]);
    tvr.clear(name);
    expect(tvr.has(name)).toBe(false);
  });

  it('the value is a copy', () => {
    const tvr = newTvr();
    const before = tvr.value;
    tvr.set('newCard');
    before.fill(0xff);
    expect(toHex(tvr.value)).toBe('0008000000');
  });
});

describe('TSI', () => {
  it.each(tsiNames)('%s', (name) => {
    const tsi = newTsi();
    expect(toHex(tsi.value)).toBe('0000');
    tsi.set(name);
    expect(toHex(tsi.value)).toBe(tsiValues[name]);
  });
});
