/** Codes of customers as payments: what is taken, in whose name, with which chip data, and what is refused with which reason. */
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, hex, latin1, toHex } from '../base/bytes.ts';
import type { KernelResult } from '../emv/kernel-result.ts';
import { constructed, encodeTlv, parseTlv, primitive, type Tlv } from '../tlv/ber-tlv.ts';
import { readCode, type CodeRules } from './cpm-payment.ts';

const pan = '4761739001010119';
const otherPan = '9704000000000018';
const track = `${pan}D3112201000`;

const rules: CodeRules = {
  entryMode: '032',
  applications: [
    { aid: 'A0000000031010', name: 'Visa', selection: 'partial' },
    { aid: 'A0000007271010', name: 'NAPAS', selection: 'exact' },
  ],
  wallets: [{ name: 'A wallet', prefixes: ['13', 'MM'], minLength: 18, maxLength: 20 }],
};

const version = primitive('85', latin1('CPV01'));
const visa = primitive('4F', hex('A000000003101001'));
const napas = primitive('4F', hex('A0000007271010'));
const label = primitive('50', latin1('VISA CREDIT'));
const chip = [
  primitive('9F26', hex('584FD385FA234BCC')),
  primitive('9F27', hex('80')),
  primitive('9F10', hex('06010A03A00000')),
  primitive('9F36', hex('0001')),
  primitive('9F37', hex('6D58EF13')),
  primitive('82', hex('2000')),
];
const account = [primitive('5A', hex(pan)), primitive('57', hex(`${track}F`)), primitive('5F34', hex('01'))];
const good = [version, constructed('61', [visa, label, ...account, constructed('63', chip)])];

function code(...objects: readonly Tlv[]): string {
  return Buffer.from(encodeTlv(objects)).toString('base64');
}

const read = (...objects: readonly Tlv[]): KernelResult => readCode(code(...objects), rules);

function reasonOf({ outcome }: KernelResult): string {
  return outcome.kind === 'tryAgain' ? outcome.reason : outcome.kind;
}

function tagsOf({ outcome }: KernelResult): readonly string[] {
  if (outcome.kind !== 'onlineRequest') throw new Error(outcome.kind);
  const parsed = parseTlv(hex(outcome.card.iccData));
  return parsed.ok ? parsed.value.map(({ tag, value }) => `${tag}=${toHex(value)}`) : [];
}

describe('a good code', () => {
  it('is a card to be asked for online, with the chip data for DE 55 and nothing of the account in it', () => {
    const result = read(...good);
    expect(result.outcome).toEqual({
      kind: 'onlineRequest',
      card: {
        maskedPan: '476173******0119',
        aid: 'A000000003101001',
        label: 'VISA CREDIT',
        interface: 'code',
        posEntryMode: '032',
        panSequenceNumber: '01',
        iccData: expect.stringContaining('584FD385FA234BCC') as string,
        cryptogram: '584FD385FA234BCC',
      },
    });
    expect(tagsOf(result)).toEqual([
      '9F26=584FD385FA234BCC',
      '9F27=80',
      '9F10=06010A03A00000',
      '9F37=6D58EF13',
      '9F36=0001',
      '82=2000',
      '5F34=01',
      '84=A000000003101001',
    ]);
    expect(result.secrets?.pan.use(fromLatin1)).toBe(pan);
    expect(toHex(result.secrets?.track2 ?? hex(''))).toBe(`${track}F`);
    expect(result.secrets?.expiry).toBe('3112');
    expect(inspect(result, { depth: 9 })).not.toContain(pan);
  });

  it('may keep what is common apart, be without track 2 or number, and come with an AIM identifier and spaces', () => {
    const common = constructed('62', [primitive('57', hex(`${track}F`)), constructed('64', chip)]);
    const result = readCode(` ]Q1${code(version, constructed('61', [visa]), common)}\t`, rules);
    expect(result.outcome).toMatchObject({ card: { label: 'Visa', cryptogram: '584FD385FA234BCC' } });
    const bare = read(version, constructed('61', [visa, primitive('5A', hex(pan)), ...chip]));
    expect(bare.secrets).toMatchObject({ track2: undefined, expiry: undefined });
    expect(bare.secrets?.pan.use(fromLatin1)).toBe(pan);
  });

  it('is paid with the first application that will do, in the order of the customer', () => {
    const strange = constructed('61', [primitive('4F', hex('A0000001523010')), ...account, ...chip]);
    const empty = constructed('61', [napas, primitive('5A', hex(otherPan))]);
    const result = read(version, strange, empty, ...good.slice(1));
    expect(result.outcome).toMatchObject({ kind: 'onlineRequest', card: { aid: 'A000000003101001' } });
    const second = constructed('61', [napas, primitive('5A', hex(otherPan)), ...chip]);
    expect(read(version, second, ...good.slice(1)).outcome).toMatchObject({ card: { label: 'NAPAS' } });
  });

  it('keeps names, references and unknown objects out of what is journaled', () => {
    const more = [
      primitive('5F20', latin1('NGUYEN VAN A')),
      primitive('9F24', latin1('V0010013018036398670712345678')),
      primitive('9F7C', latin1('anything')),
      primitive('DF01', hex('00')),
    ];
    const result = read(version, constructed('61', [visa, ...account, ...more, constructed('63', [...chip, ...more])]));
    expect(tagsOf(result).map((object) => object.split('=')[0])).toEqual(
      tagsOf(read(...good)).map((o) => o.split('=')[0]),
    );
  });
});

const without = (tag: string): readonly Tlv[] => chip.filter((object) => object.tag !== tag);
const application = (...objects: readonly Tlv[]): KernelResult => read(version, constructed('61', objects));

describe('what cannot be paid with', () => {
  it.each([
    ['nothing', '', 'codeNotCpm'],
    ['a product', '8934588063053', 'codeNotCpm'],
    ['a merchant’s code', '00020101021138570010A000000727', 'codeNotCpm'],
    ['a wallet’s code', '134500000000000000', 'codeOfWallet'],
    ['a wallet’s code with letters', 'MM5150238969570118', 'codeOfWallet'],
    ['one that is too short for that wallet', 'MM515023', 'codeNotCpm'],
    ['one that was cut off', code(...good).slice(0, 60), 'codeBroken'],
    ['another version', code(primitive('85', latin1('CPV02')), ...good.slice(1)), 'codeBroken'],
  ])('%s', (_, text, reason) => {
    const result = readCode(text, rules);
    expect(reasonOf(result)).toBe(reason);
    expect(result.secrets).toBeUndefined();
  });

  it('an application that this terminal does not take, or without a name or an account', () => {
    expect(reasonOf(application(primitive('4F', hex('A0000001523010')), ...account, ...chip))).toBe(
      'codeNoApplication',
    );
    expect(reasonOf(application(primitive('4F', hex('A000000727101001')), ...account, ...chip))).toBe(
      'codeNoApplication',
    );
    expect(reasonOf(application(...account, ...chip))).toBe('codeNoApplication');
    expect(reasonOf(application(visa, ...chip))).toBe('codeNoApplication');
  });

  it('one without a cryptogram that asks the issuer', () => {
    expect(reasonOf(application(visa, ...account, ...without('9F26')))).toBe('codeNoCryptogram');
    expect(reasonOf(application(visa, ...account, ...without('9F26'), primitive('9F26', hex('00'))))).toBe(
      'codeNoCryptogram',
    );
    for (const declinedOrApproved of ['00', '40']) {
      const cid = primitive('9F27', hex(declinedOrApproved));
      expect(reasonOf(application(visa, ...account, ...without('9F27'), cid))).toBe('codeNoCryptogram');
    }
    expect(reasonOf(application(visa, ...account, ...without('9F27')))).toBe('onlineRequest');
  });

  it('one whose account is contradictory, unreadable, or stands in the chip data too', () => {
    expect(
      reasonOf(application(visa, primitive('5A', hex(otherPan)), primitive('57', hex(`${track}F`)), ...chip)),
    ).toBe('codeBroken');
    expect(reasonOf(application(visa, primitive('57', hex('1234')), ...chip))).toBe('codeBroken');
    for (const hidden of [hex(pan), latin1(pan), concat(hex('00'), hex(pan))]) {
      const issuerData = primitive('9F10', hidden);
      const result = application(visa, ...account, ...without('9F10'), issuerData);
      expect(reasonOf(result)).toBe('codeBroken');
      expect(JSON.stringify(result)).not.toContain(pan);
    }
  });

  it('says which of several applications came furthest', () => {
    const strange = constructed('61', [primitive('4F', hex('A0000001523010')), ...account]);
    const unproven = constructed('61', [visa, ...account]);
    expect(reasonOf(read(version, strange, unproven, strange))).toBe('codeNoCryptogram');
  });

  it('never throws, never tells the account, and has secrets exactly with a request', () => {
    const text = code(...good);
    const changed = fc
      .tuple(fc.nat({ max: text.length - 1 }), fc.constantFrom('A', 'z', '0', '/', '='))
      .map(([at, character]) => text.slice(0, at) + character + text.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), changed), (any) => {
        const result = readCode(any, rules);
        expect(result.secrets !== undefined).toBe(result.outcome.kind === 'onlineRequest');
        const { secrets: _, ...kept } = result;
        expect(JSON.stringify(kept)).not.toContain(pan);
      }),
      { numRuns: 150 },
    );
  });
});
