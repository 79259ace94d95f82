/** Magnetic-stripe mode of Kernel 2 (Book C-2 S7, S78, S13, S14), when configuration switches it on. */
import { describe, expect, it } from 'vitest';
import { kernel2Input, mastercard, type Kernel2Terminal } from '../../../../test/emv/combined-card.ts';
import { hex, toHex } from '../../base/bytes.ts';
import { money } from '../../base/money.ts';
import type { Tlv } from '../../tlv/ber-tlv.ts';
import {
  directory,
  fci,
  format2,
  p,
  record,
  runSale,
  scripted,
  select,
  selectPpse,
  success,
  type Run,
} from './test-kit.ts';

/** Thirteen digits of discretionary data, all zero. */
const track2 = '5413330089604111D31122010000000000000F';

interface Traits {
  readonly aip?: string;
  /** PCVC3, PUNATC and NATC of track 2. */
  readonly code?: string;
  readonly number?: string;
  readonly counterDigits?: string;
  readonly track?: string;
  readonly udol?: string;
  readonly track1?: readonly Tlv[];
  readonly answer?: string;
}

const answerWith = (...objects: readonly Tlv[]): string => format2(p('9F36', '0123'), ...objects);
const code = p('9F61', '01F5');

function tap(traits: Traits = {}, terminal: Kernel2Terminal = {}): Run {
  const card = {
    [selectPpse]: directory([p('4F', mastercard)]),
    [select(mastercard)]: fci(mastercard),
    '80A8': format2(p('82', traits.aip ?? '0000'), p('94', '08010100')),
    '00B2010C': record(
      p('9F6B', traits.track ?? track2),
      p('9F65', traits.code ?? '000E'),
      // Eligible: places 5 to 8 of the right; two for the counter, two for the number.
      p('9F66', traits.number ?? '00F0'),
      p('9F67', traits.counterDigits ?? '02'),
      ...(traits.udol === undefined ? [] : [p('9F69', traits.udol)]),
      ...(traits.track1 ?? []),
    ),
    '802A': traits.answer ?? answerWith(code),
  };
  const input = kernel2Input({
    ...terminal,
    kernel2: { kernelConfiguration: '20', ...terminal.kernel2 },
    // 0x000003E7 is 999.
    input: { unpredictableNumber: hex('000003E7'), ...terminal.input },
  });
  return runSale(scripted(card), input);
}

const kindOf = ({ result: { outcome } }: Run): string =>
  'reason' in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind;

const sent = ({ result: { secrets } }: Run): string => toHex(secrets?.track2 ?? hex(''));

describe('the track for the host', () => {
  it('has code, number, counter and the length of the number in its discretionary data', () => {
    const run = tap();
    expect(run.commands.at(-1)).toBe('802A8E80040000009900');
    expect(run.result.outcome).toMatchObject({
      kind: 'onlineRequest',
      card: { posEntryMode: '911', iccData: '', cryptogram: '', maskedPan: '541333******4111', cvm: 'none' },
    });
    // From the right: 2 (nUN); 501 at places 2 to 4; 99 at 5 and 6; 91 (of counter 291) at 7 and 8.
    expect(sent(run)).toBe('5413330089604111D31122010000091995012F');
    expect(run.result.secrets?.expiry).toBe('3112');
  });

  it('says by its last digit that the device verified its holder', () => {
    const run = tap({ answer: answerWith(code, p('DF4B', '001000')) });
    expect(sent(run).slice(-2, -1)).toBe('7');
  });

  it('asks by the UDOL of the card', () => {
    expect(tap({ udol: '9F6A049F0206' }).commands.at(-1)).toBe('802A8E800A0000009900000004500000');
  });

  it('a number of no digits is zero', () => {
    const run = tap({ number: '0000', counterDigits: '00' });
    expect(run.commands.at(-1)).toBe('802A8E80040000000000');
    expect(sent(run).slice(-5, -1)).toBe('5010');
  });
});

describe('cardholder verification', () => {
  const above: Kernel2Terminal = { settings: { cvmRequiredLimit: 44_999 } };

  it.each<[string, Traits, Kernel2Terminal, string, boolean]>([
    ['up to the limit', {}, {}, 'noCvm', false],
    ['signature', {}, above, 'signature', true],
    ['online PIN without paper', {}, { ...above, capabilities: '204808' }, 'onlinePin', true],
    ['neither', {}, { ...above, capabilities: '200808' }, 'noCvm', true],
    ['on the device', { aip: '0200' }, above, 'confirmationCodeVerified', true],
  ])('%s', (_, traits, terminal, cvm, receipt) => {
    expect(tap(traits, terminal).result.parameters).toMatchObject({ cvm, receipt });
  });
});

describe('other ends', () => {
  it.each<[string, Traits, string]>([
    ['no code: declined', { answer: answerWith(p('DF4B', '000000')) }, 'declined'],
    ['no code: see phone', { answer: answerWith(p('DF4B', '000100')) }, 'tryAgain seePhone'],
    ['no code, no reason', { answer: answerWith() }, 'endApplication cardDataError'],
    ['no counter', { answer: format2(code) }, 'endApplication cardDataError'],
    ['refused', { answer: '6985' }, 'endApplication cardDataError'],
    ['format 1', { answer: success(p('80', '0123')) }, 'endApplication cardDataError'],
    ['torn', { answer: 'removed' }, 'tryAgain removedTooEarly'],
    ['more counter digits than places', { counterDigits: '05' }, 'endApplication cardDataError'],
    ['more than eight digits', { number: '0FFF' }, 'endApplication cardDataError'],
    ['places past the discretionary data', { code: '8000' }, 'endApplication cardDataError'],
    ['no discretionary data', { track: '5413330089604111D3112201' }, 'endApplication cardDataError'],
    ['a UDOL that ends inside an entry', { udol: '9F6A' }, 'endApplication cardDataError'],
    ['track 1 without its masks', { track1: [p('56', '42')] }, 'endApplication cardDataError'],
    [
      'track 1 without its code',
      { track1: [p('56', '42'), p('9F62', '00000000000E'), p('9F63', '0000000000F0'), p('9F64', '02')] },
      'endApplication cardDataError',
    ],
  ])('%s', (_, traits, expected) => {
    const run = tap(traits);
    expect(kindOf(run)).toBe(expected);
    expect(run.result.secrets).toBeUndefined();
  });

  it('the limits are those of EMV mode', () => {
    const limits = { settings: { transactionLimit: 40_000, onDeviceTransactionLimit: 90_000 } };
    expect(kindOf(tap({}, limits))).toBe('endApplication noSupportedApplication');
    expect(kindOf(tap({ aip: '0200' }, limits))).toBe('onlineRequest');
    expect(kindOf(tap({}, { settings: { transactionLimit: 40_000 }, input: { amount: money(40_000, 'VND') } }))).toBe(
      'onlineRequest',
    );
  });
});
