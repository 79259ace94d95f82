/** What can be said about the PC/SC driver without pcscd; the rest is in test/lab/pcsc.test.ts. */
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/core/base/brand.ts';
import { hex } from '../../src/core/base/bytes.ts';
import type { DriverHost } from '../driver.ts';
import { pcscCode, pcscFault } from '../transport/pcsc-codes.ts';
import { guessInterface } from './interface.ts';
import { pcscReader } from './pcsc-reader.ts';

const host: DriverHost = {
  clock: { now: () => epochMs(0), monotonicMs: () => 0, after: () => () => undefined },
  random: { bytes: (length) => new Uint8Array(length) },
  log: { write: () => undefined },
};

describe('contact or contactless', () => {
  it.each([
    ['an ATR that the reader made up', '3B80800101', 'Some Reader 00 00', 'contactless'],
    ['the same with historical bytes', '3B8F8001804F0CA000000306030001000000006A', 'Some Reader 00 00', 'contactless'],
    ['T=0 only', '3B600000', 'Some Reader 00 00', 'contact'],
    ['T=1 with TA1', '3BE000FF81317C4192', 'Some Reader 00 00', 'contact'],
    ['a name that says so', '3B600000', 'Identiv uTrust 3700 F CL Reader 00 00', 'contactless'],
    ['a slot called PICC', '3B600000', 'ACS ACR1281 PICC 00 01', 'contactless'],
    ['letters inside a word', '3B600000', 'Clever Card Reader 00 00', 'contact'],
    ['no ATR', '', 'Some Reader 00 00', 'contact'],
  ])('%s', (_, atr, reader, expected) => {
    expect(guessInterface(hex(atr), reader)).toBe(expected);
  });
});

describe('PC/SC codes', () => {
  it('become faults that say what was being done, and which code it was', () => {
    expect(pcscFault(0x80100069, 'sending a command')).toEqual({
      kind: 'notConnected',
      detail: 'sending a command: the card was removed (SCARD_W_REMOVED_CARD)',
      retrySafe: true,
      code: 0x80100069,
    });
    expect(pcscFault(pcscCode.timeout, 'waiting').kind).toBe('timeout');
    expect(pcscFault(0x80109999, 'waiting')).toMatchObject({
      kind: 'protocol',
      detail: 'waiting: unexpected answer (PC/SC code 0x80109999)',
    });
  });
});

describe('settings', () => {
  it('accepts none, or those it knows', () => {
    expect(pcscReader.create('reader', undefined, host).ok).toBe(true);
    expect(pcscReader.create('reader', { reader: 'ACR', interface: 'contact' }, host).ok).toBe(true);
    expect(pcscReader.create('reader', { interface: 'nfc' }, host)).toMatchObject({
      ok: false,
      fault: [{ path: ['interface'], found: '"nfc"' }],
    });
  });
});
