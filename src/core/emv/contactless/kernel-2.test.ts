/** Kernel 2 against scripted cards with real keys: CDA, limits, CVM, decisions, phones (Book C-2). */
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../../base/bytes.ts';
import { money } from '../../base/money.ts';
import { findTlv, parseTlv } from '../../tlv/ber-tlv.ts';
import {
  combinedCard,
  floorLimitOnline,
  kernel2Input,
  mastercard,
  type CombinedTraits,
  type Kernel2Terminal,
} from '../../../../test/emv/combined-card.ts';
import {
  dataOf,
  directory,
  fci,
  p,
  record,
  runSale,
  scripted,
  select,
  selectPpse,
  success,
  type Run,
} from './test-kit.ts';

const run = (traits: CombinedTraits = {}, setting: Kernel2Terminal = {}): Run =>
  runSale(scripted(combinedCard(traits)), kernel2Input(setting));
const kindOf = ({ result: { outcome } }: Run): string =>
  'reason' in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind;

/** Of DE 55. */
function icc({ result: { outcome } }: Run, tag: string): string {
  const parsed = parseTlv(hex('card' in outcome ? outcome.card.iccData : ''));
  return toHex((parsed.ok ? findTlv(parsed.value, tag)?.value : undefined) ?? hex(''));
}

/** P1 of GENERATE AC; undefined when none was sent. */
const asked = ({ commands }: Run): string | undefined =>
  commands.find((command) => command.startsWith('80AE'))?.slice(4, 6);

const offline = { settings: { floorLimit: 100_000 } };

describe('combined data authentication', () => {
  it('TC with CDA: approved, the cryptogram comes from the signature', () => {
    const tap = run({}, offline);
    expect(asked(tap)).toBe('50');
    expect(tap.result.outcome).toMatchObject({
      kind: 'approved',
      card: { cryptogram: 'C0C1C2C3C4C5C6C7', cvm: 'none' },
    });
    expect([icc(tap, '95'), icc(tap, '9B'), icc(tap, '9F34'), icc(tap, '9F33')]).toEqual([
      '0000000001',
      'C000',
      '1F0302',
      '000808',
    ]);
    expect(tap.result.parameters).toMatchObject({ start: 'none', cvm: 'noCvm', receipt: false });
  });

  it('ARQC with CDA above the floor limit', () => {
    const tap = run();
    expect(asked(tap)).toBe('90');
    expect(tap.result.outcome.kind).toBe('onlineRequest');
    expect(icc(tap, '95')).toBe('0000008001');
    expect(tap.result.parameters).toMatchObject({ uiOnOutcome: { message: 'authorising' }, onlineResponseData: 'any' });
  });

  it('the signed answer may be written with long lengths and padding', () => {
    expect(kindOf(run({ encoding: 'padded' }, offline))).toBe('approved');
  });

  it.each<[string, CombinedTraits]>([
    ['signed for other data', { signature: 'otherData' }],
    ['signed for another decision', { signature: 'otherDecision' }],
    ['signed for another unpredictable number', { signature: 'otherNumber' }],
    ['garbage', { signature: 'garbage' }],
    ['not signed although asked', { signature: 'absent' }],
    ['certificate of another PAN', { pan: '5413330089604111' }],
  ])('%s: the transaction ends', (_, traits) => {
    const tap = run(traits, offline);
    expect(kindOf(tap)).toBe('endApplication cardDataError');
    expect(tap.result.parameters).toMatchObject({ uiOnOutcome: { message: 'insertSwipeOrTryAnotherCard' } });
    expect(tap.result.secrets).toBeUndefined();
  });

  it.each<[string, CombinedTraits, Kernel2Terminal, string, string]>([
    ['a card without CDA', { aip: '1880' }, {}, '80', '8000008001'],
    ['a kernel without CDA', { signature: 'absent' }, { kernel2: { securityCapability: '00' } }, '80', '8000008001'],
    ['SDA and DDA alone are none', { aip: '7080' }, {}, '80', '8000008001'],
    ['data missing', { without: ['9F47'], signature: 'absent' }, {}, '80', '2400008001'],
    ['CA key not configured', { caIndex: '99', signature: 'absent' }, {}, '80', '0400008001'],
  ])('%s: TVR, and a request without CDA', (_, traits, setting, p1, tvr) => {
    const tap = run(traits, setting);
    expect([asked(tap), icc(tap, '95')]).toEqual([p1, tvr]);
    expect(tap.result.outcome.kind).toBe('onlineRequest');
  });

  it.each([[['9F4A']], [['5F24']], [['5A']], [['8C']]])('without %s the transaction ends', (without) => {
    expect(kindOf(run({ without }))).toBe('endApplication cardDataError');
  });

  it('a Static Data Authentication Tag List that names more than the AIP ends it (S456.26)', () => {
    expect(kindOf(run({ tagList: '829F36' }))).toBe('endApplication cardDataError');
  });

  it('a device whose CDA failed already is asked to decline (GAC.23)', () => {
    expect(asked(run({ aip: '1380', caIndex: '99', signature: 'absent' }, offline))).toBe('00');
  });

  it('a card that declines need not sign, unless it was asked for a signed AAC', () => {
    const deny = { settings: { tac: { ...floorLimitOnline, denial: '0000000001' } } };
    expect(asked(run({ answer: 'aac' }, deny))).toBe('00');
    expect(kindOf(run({ answer: 'aac' }, deny))).toBe('declined');
    const signs = { applicationCapabilities: '000100', answer: 'aac' } as const;
    expect(asked(run(signs, deny))).toBe('10');
    expect(kindOf(run(signs, deny))).toBe('declined');
    expect(kindOf(run({ ...signs, signature: 'absent' }, deny))).toBe('endApplication cardDataError');
  });
});

describe('decisions', () => {
  it.each([
    ['tc', 'tc', 'approved'],
    ['tc', 'arqc', 'onlineRequest'],
    ['tc', 'aac', 'declined'],
    ['arqc', 'tc', 'endApplication cardDataError'],
    ['arqc', 'arqc', 'onlineRequest'],
    ['arqc', 'aac', 'declined'],
    ['aac', 'tc', 'endApplication cardDataError'],
    ['aac', 'arqc', 'endApplication cardDataError'],
    ['aac', 'aac', 'declined'],
  ] as const)('asked for %s, the card says %s: %s', (request, answer, expected) => {
    const tac = request === 'aac' ? { ...floorLimitOnline, denial: '0000000001' } : floorLimitOnline;
    const floorLimit = request === 'tc' ? 100_000 : 0;
    expect(kindOf(run({ answer }, { settings: { tac, floorLimit } }))).toBe(expected);
  });

  it.each<[string, Kernel2Terminal, string]>([
    ['a refund', { input: { transactionType: '20' } }, '90'],
    ['a pre-authorisation', { input: { onlineOnly: true } }, '90'],
    ['forced online', { input: { merchantForcedOnline: true } }, '90'],
    ['an online-only terminal', { terminalType: '21' }, '90'],
    ['an offline-only terminal', { terminalType: '23' }, '50'],
    ['a sale', {}, '50'],
  ])('%s', (_, { settings = offline.settings, ...setting }, p1) => {
    expect(asked(run({ answer: 'aac' }, { settings, ...setting }))).toBe(p1);
  });

  it('the exception file is in the TVR', () => {
    expect(icc(run({}, { input: { onExceptionFile: () => true } }), '95')).toBe('1000008001');
  });

  it('an expired card is in the TVR', () => {
    expect(icc(run({ expiry: '261230' }), '95')).toBe('0040008001');
  });

  it('a card that declines a tap is inserted where that is possible (S910.74)', () => {
    const contact = { withContact: true };
    const tap = run({ answer: 'aac' }, contact);
    expect(tap.result.outcome).toEqual({ kind: 'tryAnotherInterface' });
    expect(tap.result.parameters).toMatchObject({
      alternateInterface: 'contact',
      uiOnOutcome: { message: 'pleaseInsertCard' },
    });
    // Third Party Data: country, Unique Identifier, Device Type.
    expect(kindOf(run({ answer: 'aac', thirdParty: '070400003030' }, contact))).toBe('tryAnotherInterface');
    expect(kindOf(run({ answer: 'aac', thirdParty: '070400003033' }, contact))).toBe('declined');
    expect(kindOf(run({ answer: 'aac', thirdParty: '070480003033' }, contact))).toBe('tryAnotherInterface');
  });
});

const limits = { transactionLimit: 100_000, onDeviceTransactionLimit: 200_000, cvmRequiredLimit: 50_000 };
const tapFor = (amount: number, aip: string): Run =>
  run({ aip }, { settings: limits, input: { amount: money(amount, 'VND') }, capabilities: '206808' });
const indicator = (amount: number): Uint8Array => dataOf(tapFor(amount, '1380').commands[2] ?? '').slice(2);

describe('limits (S3.15, S456.14, S456.30)', () => {
  it.each([
    ['card', '1180', 50_000, 'onlineRequest', 'none', '000808'],
    ['card', '1180', 50_001, 'onlineRequest', 'signature', '006008'],
    ['card', '1180', 100_000, 'onlineRequest', 'signature', '006008'],
    ['card', '1180', 100_001, 'endApplication noSupportedApplication', undefined, ''],
    ['card', '1180', 200_001, 'tryAnotherInterface', undefined, ''],
    ['device', '1380', 50_000, 'onlineRequest', 'none', '000808'],
    ['device', '1380', 50_001, 'onlineRequest', 'device', '006008'],
    ['device', '1380', 100_001, 'onlineRequest', 'device', '006008'],
    ['device', '1380', 200_000, 'onlineRequest', 'device', '006008'],
  ])('%s %s, %i: %s, %s', (_, aip, amount, kind, cvm, capabilities) => {
    const tap = tapFor(amount, aip);
    expect(kindOf(tap)).toBe(kind);
    const { outcome, parameters } = tap.result;
    expect('card' in outcome ? outcome.card.cvm : undefined).toBe(cvm);
    expect(icc(tap, '9F33')).toBe(capabilities);
    if (capabilities !== '') expect(parameters?.receipt).toBe(amount > 50_000);
  });

  it('tells a phone in 9F7E whether it has to verify its holder', () => {
    expect(toHex(indicator(50_000)).slice(0, 2)).toBe('01');
    expect(toHex(indicator(50_001)).slice(0, 2)).toBe('03');
  });

  it('claims no online PIN without PIN pad, no signature without paper, no contacts without settings for them', () => {
    const above = { settings: { cvmRequiredLimit: 0 }, kernel2: { cardDataInputCapability: 'E0' } };
    expect(icc(run({}, { ...above, capabilities: '200808' }), '9F33')).toBe('C00008');
    expect(icc(run({}, { ...above, capabilities: '204808' }), '9F33')).toBe('C04008');
    expect(icc(run({}, { ...above, capabilities: '206808', withContact: true }), '9F33')).toBe('E06008');
  });

  it('asks for an online PIN, and then for an ARQC whatever the limits say', () => {
    const tap = run(
      { cvmList: '00000000000000000200' },
      { settings: { floorLimit: 100_000, cvmRequiredLimit: 0 }, capabilities: '204808' },
    );
    expect([asked(tap), icc(tap, '9F34'), icc(tap, '95')]).toEqual(['90', '020000', '0000040001']);
    expect(tap.result.parameters).toMatchObject({ cvm: 'onlinePin', receipt: true });
    expect(tap.result.outcome).toMatchObject({ card: { posEntryMode: '071', cvm: 'onlinePin' } });
  });
});

describe('phones (S910.71)', () => {
  it.each([
    ['000001', 'seePhone'],
    ['000100', 'seePhone'],
    ['000200', 'seePhone'],
    ['00000C', 'declined'],
  ])('DF4B %s: another tap', (information, message) => {
    const tap = run({ phone: information });
    expect(tap.result.outcome).toEqual({ kind: 'tryAgain', reason: 'seePhone' });
    expect(tap.result.parameters).toMatchObject({
      start: 'B',
      uiOnOutcome: { message },
      uiOnRestart: { message, status: 'readyToRead' },
    });
    expect(tap.result.secrets).toBeUndefined();
  });

  it('other bits mean nothing to the terminal', () => {
    expect(kindOf(run({ phone: '000800' }))).toBe('onlineRequest');
  });
});

const answering = (changes: Record<string, string>): Run =>
  runSale(scripted({ ...combinedCard(), ...changes }), kernel2Input());

describe('before the records', () => {
  it.each(['6984', '6985', '6986', '6A81', '6283', '6700'])(
    'GET PROCESSING OPTIONS %s: the next application',
    (status) => {
      expect(kindOf(answering({ '80A8': status }))).toBe('endApplication noSupportedApplication');
    },
  );

  it('an FCI that cannot be read: the next application', () => {
    expect(kindOf(answering({ [select(mastercard)]: '6F059000' }))).toBe('endApplication noSupportedApplication');
  });

  it('no AFL ends it', () => {
    expect(kindOf(answering({ '80A8': success(p('80', '1980')) }))).toBe('endApplication cardDataError');
  });

  it('a card without EMV mode, while magnetic-stripe mode is off', () => {
    const tap = answering({ '80A8': success(p('80', '190008010100')) });
    expect(kindOf(tap)).toBe('endApplication noSupportedApplication');
    expect(tap.result.detail).toMatch(/magnetic-stripe/);
  });

  it('a record that is refused, or not a template', () => {
    expect(kindOf(answering({ '00B2010C': '6A83' }))).toBe('endApplication cardDataError');
    expect(kindOf(answering({ '00B2010C': success(p('80', '1234')) }))).toBe('endApplication cardDataError');
    expect(kindOf(answering({ '00B2010C': record(p('5F34', '01'), p('5F34', '01')) }))).toBe(
      'endApplication cardDataError',
    );
  });

  it('relay resistance is known and not performed: TVR byte 5 says so (AIP byte 2 bit 1)', () => {
    expect(icc(run({ aip: '1981' }), '95')).toBe('0000008001');
  });

  it('the selected name is not in the list any more', () => {
    const other = { [selectPpse]: directory([p('4F', 'A0000000041010'), p('9F2A', '08')]) };
    expect(kindOf(answering(other))).toBe('endApplication kernelNotSupported');
    expect(fci(mastercard)).toContain(mastercard);
  });
});
