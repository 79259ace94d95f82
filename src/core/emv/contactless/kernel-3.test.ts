/** Kernel 3 against scripted cards: status words, mandatory data, fast DDA with real keys (Book C-3 §5). */
import { describe, expect, it } from 'vitest';
import { rsaKey } from '../../../../test/emv/rsa-keys.ts';
import { concat, hex, toHex } from '../../base/bytes.ts';
import type { Tlv } from '../../tlv/ber-tlv.ts';
import { certify, signDynamic, testIndex, testPan, testRid } from '../oda/test-kit.ts';
import type { SaleInput } from '../terminal-data.ts';
import { contactlessApplication, saleInputWith, terminalForTests } from '../test-kit.ts';
import {
  contents,
  dataOf,
  directory,
  fci,
  format2,
  p,
  record,
  runSale,
  scripted,
  select,
  selectPpse,
  slice,
  success,
} from './test-kit.ts';
import type { Answers, Run } from './test-kit.ts';

const visa = `${testRid}1010`;
const keys = { ca: rsaKey(144), issuer: rsaKey(128), icc: rsaKey(96) };

function input(changes: Partial<SaleInput> = {}, terminalType = '22'): SaleInput {
  const settings = {
    kernel: 'kernel3',
    terminalTransactionQualifiers: 'B7C0C080',
    floorLimit: 100_000,
    cvmRequiredLimit: 200_000,
  } as const;
  return saleInputWith({
    terminal: {
      ...terminalForTests,
      terminalType,
      terminalCapabilities: '206808',
      applications: [contactlessApplication(visa, 'VISA', '03', settings)],
      caPublicKeys: [
        { rid: testRid, index: testIndex, modulus: toHex(keys.ca.modulus), exponent: toHex(keys.ca.exponent) },
      ],
    },
    ...changes,
  });
}

/** Offsets in the PDOL value: TTQ, amount, currency, unpredictable number. */
const pdol = p('9F38', '9F66049F02065F2A029F3704');

interface Traits {
  /** Issuer Application Data; its byte 5 says TC, ARQC or AAC. */
  readonly cvr?: string;
  readonly ctq?: string | undefined;
  /** CTQ in the signed 9F69; absent: as `ctq`. */
  readonly signedCtq?: string;
  /** fDDA version 00 signs the unpredictable number alone. */
  readonly version?: '00' | '01';
  readonly cid?: string;
  readonly expiry?: string;
  readonly aip?: string;
  /** What was signed: the sale, or something else. */
  readonly signature?: 'good' | 'otherAmount' | 'garbage' | 'absent';
}

const tc = '06011203900000';
const arqc = '06011203A00000';
const aac = '06011203800000';

/** A qVSDC card: GPO answers with everything but what fDDA needs, which is in two records. */
function card({
  cvr = tc,
  ctq = '0000',
  signedCtq,
  version = '01',
  cid,
  expiry = '311231',
  aip = '2000',
  signature = 'good',
}: Traits = {}): Answers {
  const application = [p('5F24', expiry), p('5A', testPan), p('9F4A', '82')];
  const signed = [contents(...application), hex(aip)];
  const issuer = certify(keys.ca, keys.issuer, { format: 2, subject: `${testPan.slice(0, 6)}FF` });
  const icc = certify(keys.issuer, keys.icc, { format: 4, subject: testPan.padEnd(20, 'F') }, signed);
  const related = concat(hex(`${version}A1A2A3A4`), hex(signedCtq ?? ctq));
  const certificates = [
    p('8F', testIndex),
    p('90', issuer.certificate),
    p('92', issuer.remainder),
    p('9F32', keys.issuer.exponent),
  ];
  const iccKey = [p('9F46', icc.certificate), p('9F47', keys.icc.exponent), p('9F48', icc.remainder)];
  const answer = (command: string): string => {
    const sent = dataOf(command);
    const amount = signature === 'otherAmount' ? '000000099999' : slice(sent, 6, 6);
    const number = hex(slice(sent, 14, 4));
    const data = version === '00' ? number : concat(number, hex(amount), hex(slice(sent, 12, 2)), related);
    const sdad = signature === 'garbage' ? hex('5A'.repeat(96)) : signDynamic(keys.icc, hex('021234'), data);
    return format2(
      p('82', aip),
      p('94', '0801020110010100'),
      p('57', `${testPan}D3112201000F`),
      p('9F10', cvr),
      p('9F26', '1122334455667788'),
      p('9F36', '0007'),
      p('9F6C', ctq),
      ...(cid === undefined ? [] : [p('9F27', cid)]),
      ...(signature === 'absent' ? [] : [p('9F69', related), p('9F4B', sdad)]),
    );
  };
  return {
    [selectPpse]: directory([p('4F', visa)]),
    [select(visa)]: fci(visa, pdol),
    '80A8': answer,
    '00B2010C': record(...application),
    '00B2020C': record(...certificates),
    '00B20114': record(...iccKey),
  };
}

const run = (traits: Traits = {}, saleInput = input()): Run => runSale(scripted(card(traits)), saleInput);
const kindOf = ({ result: { outcome } }: Run): string =>
  'reason' in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind;

describe('offline', () => {
  it('TC with a good fDDA: approved, with the cryptogram for clearing', () => {
    const { result, commands } = run();
    expect(result.outcome).toMatchObject({
      kind: 'approved',
      card: { cryptogram: '1122334455667788', cvm: 'none', posEntryMode: '071' },
    });
    expect(result.secrets).toBeDefined();
    expect(result.parameters).toMatchObject({ start: 'none', cvm: 'noCvm', uiOnOutcome: { message: 'approved' } });
    // TTQ: no magnetic stripe and no contact reader, whatever configuration says.
    expect(slice(dataOf(commands[2] ?? ''), 2, 4)).toBe('27004080');
  });

  it.each<[string, Traits, string]>([
    ['signed for another amount', { signature: 'otherAmount' }, 'declined'],
    ['garbage instead of a signature', { signature: 'garbage' }, 'declined'],
    ['nothing signed', { signature: 'absent' }, 'declined'],
    ['AIP without DDA', { aip: '0000' }, 'declined'],
    ['a failure, CTQ: go online', { signature: 'garbage', ctq: '2000' }, 'onlineRequest'],
    ['expired yesterday', { expiry: '261230' }, 'declined'],
    ['expires today', { expiry: '261231' }, 'approved'],
    ['expired, CTQ: go online', { expiry: '261230', ctq: '0800' }, 'onlineRequest'],
    ['an expiry of 99 is of the last century', { expiry: '991231' }, 'declined'],
    ['device verified, signed', { ctq: '0080' }, 'approved'],
    ['device verified, signed for another CTQ', { ctq: '0080', signedCtq: '0000' }, 'declined'],
    ['version 00 of fDDA, which covers no amount', { version: '00' }, 'declined'],
    ['version 00, and the issuer is asked', { version: '00', cvr: arqc }, 'onlineRequest'],
    ['device verified, which version 00 does not sign', { version: '00', ctq: '0080' }, 'declined'],
    ['the same of a device, and the issuer is asked', { version: '00', ctq: '0080', cvr: arqc }, 'onlineRequest'],
    ['AAC', { cvr: aac }, 'declined'],
    ['ARQC', { cvr: arqc }, 'onlineRequest'],
    ['ARQC by CID, whatever the CVR says', { cid: '80', cvr: tc }, 'onlineRequest'],
  ])('%s', (_, traits, expected) => {
    expect(kindOf(run(traits))).toBe(expected);
  });

  it('qualifiers that were signed are those of the records, whatever SELECT says', () => {
    const genuine = card();
    const answer = genuine['80A8'];
    const swapped = (command: string): string =>
      (typeof answer === 'function' ? answer(command) : '')
        .replace('9F6C020000', '9F6C020080')
        .replace('9F690701A1A2A3A40000', '9F690701A1A2A3A40080');
    const selected = fci(visa, pdol, p('9F69', '01A1A2A3A40000'));
    const wedge = { ...genuine, [select(visa)]: selected, '80A8': swapped };
    expect(kindOf(runSale(scripted(wedge), input()))).toBe('declined');
  });

  it('a CA key that is missing, or expired, authenticates nothing', () => {
    const sale = input();
    const without = { ...sale, terminal: { ...sale.terminal, caPublicKeys: [] } };
    expect(kindOf(run({}, without))).toBe('declined');
  });

  it('a card on the exception file is declined, and may still go online', () => {
    const listed = input({ onExceptionFile: () => true });
    expect(kindOf(run({}, listed))).toBe('declined');
    expect(kindOf(run({ cvr: arqc }, listed))).toBe('onlineRequest');
  });

  it('refunds and pre-authorisations are not approved by the card', () => {
    expect(kindOf(run({}, input({ transactionType: '20' })))).toBe('onlineRequest');
    expect(kindOf(run({}, input({ onlineOnly: true })))).toBe('onlineRequest');
  });

  it('a TC at a terminal that is offline only', () => {
    expect(kindOf(run({}, input({}, '23')))).toBe('approved');
    expect(kindOf(run({ cvr: arqc }, input({}, '23')))).toBe('declined');
  });

  it.each([
    ['8000', 'onlinePin', 'authorising'],
    ['4000', 'signature', 'approvedPleaseSign'],
  ])('CTQ %s: %s', (ctq, cvm, message) => {
    const { result } = run({ ctq });
    expect(result.parameters).toMatchObject({ cvm, receipt: cvm === 'signature', uiOnOutcome: { message } });
    expect('card' in result.outcome && result.outcome.card.cvm).toBe(cvm);
  });
});

const answering = (status: string) => runSale(scripted({ ...card(), '80A8': status }), input());

describe('GET PROCESSING OPTIONS (§5.2.2)', () => {
  it('6984: another interface', () => {
    expect(answering('6984').result.outcome).toEqual({ kind: 'tryAnotherInterface' });
  });

  it('6985: the next application', () => {
    const second = `${visa}02`;
    const both = {
      ...card(),
      [selectPpse]: directory([p('4F', second), p('87', '01')], [p('4F', visa), p('87', '02')]),
    };
    const unwilling = { [select(second)]: fci(second, p('9F38', '9F6604')), '80A8000006': '6985', ...both };
    expect(kindOf(runSale(scripted(unwilling), input()))).toBe('approved');
    expect(kindOf(answering('6985'))).toBe('endApplication noSupportedApplication');
  });

  it('6986: see phone, with the field off and another tap', () => {
    const { result } = answering('6986');
    expect(result.outcome).toEqual({ kind: 'tryAgain', reason: 'seePhone' });
    expect(result.parameters).toMatchObject({
      start: 'B',
      uiOnOutcome: { message: 'seePhone', status: 'processingError' },
      uiOnRestart: { message: 'presentCardAgain', status: 'readyToRead' },
      fieldOffMs: 1300,
    });
  });

  it.each(['6A81', '6A82', '6283', '6700', '6F00'])('%s ends the application', (status) => {
    expect(kindOf(answering(status))).toBe('endApplication cardDataError');
  });
});

const objects = (...changes: readonly Tlv[]): string =>
  format2(
    ...[
      p('82', '2000'),
      p('57', `${testPan}D3112201000F`),
      p('9F10', arqc),
      p('9F26', '1122334455667788'),
      p('9F36', '0007'),
    ].filter(({ tag }) => !changes.some((change) => change.tag === tag && change.value.length === 0)),
    ...changes.filter(({ value }) => value.length > 0),
  );
const answeringWith = (answer: string) => kindOf(runSale(scripted({ ...card(), '80A8': answer }), input()));

describe('data of the card (§5.4.2)', () => {
  it('an ARQC needs no records', () => {
    expect(answeringWith(objects())).toBe('onlineRequest');
  });

  it.each(['57', '82', '9F10', '9F26', '9F36'])('%s is mandatory', (tag) => {
    expect(answeringWith(objects(p(tag, '')))).toBe('endApplication cardDataError');
  });

  it.each<[string, string]>([
    ['an object twice', objects(p('9F36', '0008'))],
    ['a CTQ of one byte', objects(p('9F6C', '80'))],
    ['a CID for a cryptogram that does not exist', objects(p('9F27', 'C0'))],
    ['no CID, and issuer data too short to imply one', objects(p('9F10', ''), p('9F10', '0601'))],
    ['another PAN in a record', objects(p('94', '08010100'), p('5F34', '01'))],
    ['format 1 has no cryptogram', success(p('80', '3C0008010100'))],
  ])('%s', (name, answer) => {
    const other = name === 'another PAN in a record' ? { '00B2010C': record(p('5A', '5413330089604111')) } : {};
    expect(kindOf(runSale(scripted({ ...other, ...card(), ...other, '80A8': answer }), input()))).toBe(
      'endApplication cardDataError',
    );
  });

  it('a PDOL without TTQ is for Kernel 1, which is not there', () => {
    const old = { ...card(), [select(visa)]: fci(visa, p('9F38', '9F0206')) };
    const { result, commands } = runSale(scripted(old), input());
    expect(result.outcome).toEqual({ kind: 'endApplication', reason: 'kernelNotSupported' });
    expect(commands).toHaveLength(2);
  });
});
