/** The bank of the simulated cards against the cards themselves. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assert } from '../../../src/core/base/assert.ts';
import { hex, latin1, toHex } from '../../../src/core/base/bytes.ts';
import { encodeTlv, findTlv, parseTlv, primitive } from '../../../src/core/tlv/ber-tlv.ts';
import { SimulatedIssuer } from './issuer.ts';
import { defaultCardFile, loadCardProfiles, type EmvCardProfile } from './profiles.ts';
import { commands, demoCard, TestTerminal } from './test-kit.ts';
import { VirtualCard } from './virtual-card.ts';

const loaded = loadCardProfiles(defaultCardFile);
assert(!('problems' in loaded), 'the cards of the product can be read');
const issuer = new SimulatedIssuer(loaded);

function profile(id: string): EmvCardProfile {
  const found = 'problems' in loaded ? undefined : loaded.find((each) => each.id === id);
  assert(found?.kind === 'emv', `there is a card ${id}`);
  return found;
}

const visa = profile('visa-credit');
const pan = latin1(visa.pan);

/** What the terminal gives the card: amount, other amount, country, TVR, currency, date, type, random number. */
const terminalData: readonly (readonly [string, string])[] = [
  ['9F02', '000000045000'],
  ['9F03', '000000000000'],
  ['9F1A', '0704'],
  ['95', '0000000000'],
  ['5F2A', '0704'],
  ['9A', '261122'],
  ['9C', '00'],
  ['9F37', '01020304'],
];

/** A tap of the card that has its cryptogram in the answer to GET PROCESSING OPTIONS. */
function iccData(): Uint8Array {
  const card = new VirtualCard(visa);
  const aid = hex(visa.aid);
  card.process(Uint8Array.of(0x00, 0xa4, 0x04, 0x00, aid.length, ...aid));
  const values = hex(`36000000${terminalData.map(([, value]) => value).join('')}`);
  const gpo = Uint8Array.of(0x80, 0xa8, 0x00, 0x00, values.length + 2, 0x83, values.length, ...values);
  const answer = parseTlv(card.process(gpo).subarray(0, -2));
  assert(answer.ok, 'the card answers in TLV');
  const ofCard = ['9F26', '9F36', '9F10', '82'].map((tag) => {
    const found = findTlv(answer.value, tag);
    assert(found !== undefined, `the card gives ${tag}`);
    return found;
  });
  return encodeTlv([...ofCard, ...terminalData.map(([tag, value]) => primitive(tag, hex(value)))]);
}

describe('the issuer', () => {
  it('knows its own cryptograms', () => {
    expect(issuer.verifyCryptogram(pan, '01', toHex(iccData()))).toBe('valid');
  });

  it('refuses any other value in them, of the key data too', () => {
    const genuine = iccData();
    const parsed = parseTlv(genuine);
    assert(parsed.ok, 'it is TLV');
    fc.assert(
      fc.property(fc.nat(parsed.value.length - 1), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, at, change) => {
        const forged = parsed.value.map(({ tag, value }, place) => {
          const bytes = Uint8Array.from(value);
          if (place === which) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ change;
          return primitive(tag, bytes);
        });
        expect(issuer.verifyCryptogram(pan, '01', toHex(encodeTlv(forged)))).toBe('invalid');
      }),
    );
    expect(issuer.verifyCryptogram(pan, '02', toHex(genuine))).toBe('invalid');
    expect(issuer.verifyCryptogram(latin1(profile('napas-debit').pan), '01', toHex(genuine))).toBe('invalid');
  });

  it('calls what is no TLV, or lacks cryptogram or counter, invalid, and another card unknown', () => {
    for (const wrong of ['', '9F', '9F2608', '9F36020001', 'not hex']) {
      expect(issuer.verifyCryptogram(pan, '01', wrong)).toBe('invalid');
      expect(issuer.issuerAuthenticationData(pan, '01', wrong, true)).toBeUndefined();
    }
    const foreign = latin1('0'.repeat(16));
    expect(issuer.verifyCryptogram(foreign, '01', toHex(iccData()))).toBe('unknownCard');
    expect(issuer.issuerAuthenticationData(foreign, '01', toHex(iccData()), true)).toBeUndefined();
  });

  it('answers approval and decline with different authentication data, the status behind it', () => {
    const request = toHex(iccData());
    const yes = issuer.issuerAuthenticationData(pan, '01', request, true);
    const no = issuer.issuerAuthenticationData(pan, '01', request, false);
    expect(yes).toMatch(/^[0-9A-F]{8}00800000$/);
    expect(no).toMatch(/^[0-9A-F]{8}00000000$/);
    expect(yes?.slice(0, 8)).not.toBe(no?.slice(0, 8));
  });
});

describe('each recipe', () => {
  const versions: Readonly<Record<string, readonly [issuerData: string, authentication: RegExp]>> = {
    'VIS 10': ['06010A03A00000', /^[0-9A-F]{16}3030$/],
    'VIS 18': ['06011203A00000', /^[0-9A-F]{8}00800000$/],
    'VIS 22': [`1F2201A000000000${'00'.repeat(24)}`, /^[0-9A-F]{8}00800000$/],
    'M/Chip 16': ['0110A00000000000000000000000000000FF', /^[0-9A-F]{16}0010$/],
    'M/Chip 17': ['0111A00000000000000000000000000000FF', /^[0-9A-F]{16}0010$/],
    'M/Chip 20': ['0114A00000000000000000000000000000FF', /^[0-9A-F]{16}0010$/],
    'M/Chip 21': ['0115A00000000000000000000000000000FF', /^[0-9A-F]{16}0010$/],
    'Interac 133': ['1501850440B100000000B00000000000000000000000', /^[0-9A-F]{16}3030$/],
    CCD: [`0FA501A00000000000000000000000000F${'00'.repeat(15)}`, /^[0-9A-F]{8}00800000$/],
  };

  it.each(Object.entries(versions))(
    '%s: card and bank understand each other',
    (_, [issuerApplicationData, pattern]) => {
      const sound = { ...demoCard('napas-insert'), issuerApplicationData, issuerAuthentication: 'required' } as const;
      const bank = new SimulatedIssuer([sound]);
      const ends = [0, 0xff].map((change) => {
        const terminal = new TestTerminal(new VirtualCard(sound));
        terminal.begin(sound.aid);
        terminal.generateAc(commands.arqc);
        const request = [latin1(sound.pan), sound.panSequenceNumber, terminal.iccData()] as const;
        expect(bank.verifyCryptogram(...request)).toBe('valid');
        const authentication = bank.issuerAuthenticationData(...request, true, '00') ?? '';
        expect(authentication).toMatch(pattern);
        const data = hex(authentication);
        data[0] = (data[0] ?? 0) ^ change;
        terminal.objects.set('91', data);
        terminal.generateAc(commands.tc, '8D');
        expect(bank.verifyCryptogram(latin1(sound.pan), '01', terminal.iccData())).toBe('valid');
        return (terminal.get('9F27')[0] ?? 0) & 0xc0;
      });
      expect(ends).toEqual([0x40, 0x00]);
    },
  );

  it('of nobody is not valid', () => {
    const genuine = toHex(iccData());
    expect(issuer.verifyCryptogram(pan, '01', genuine.replace('9F1007060112', '9F1007060199'))).toBe('invalid');
  });
});

describe('scripts', () => {
  const scripts = [
    { template: '71' as const, commands: [{ kind: 'pinUnblock' as const }, { kind: 'applicationBlock' as const }] },
    { template: '72' as const, onAmount: 45_000, commands: [{ kind: 'putData' as const, tag: '9F58', value: '05' }] },
    { template: '72' as const, onAmount: 45_001, commands: [{ kind: 'cardBlock' as const }] },
  ];

  it('go to the card whose profile says so, for its amount, numbered', () => {
    const bank = new SimulatedIssuer([{ ...visa, issuer: { scripts } }]);
    const sent = parseTlv(hex(bank.issuerScripts(pan, '01', toHex(iccData()))));
    assert(sent.ok, 'it is TLV');
    expect(sent.value.map(({ tag, children }) => [tag, children.map(({ tag: inner }) => inner)])).toEqual([
      ['71', ['9F18', '86', '86']],
      ['72', ['9F18', '86']],
    ]);
    const headers = sent.value.flatMap(({ children }) =>
      children.slice(1).map(({ value }) => toHex(value).slice(0, 10)),
    );
    expect(headers).toEqual(['8424000008', '841E000008', '04DA9F5809']);
    expect(issuer.issuerScripts(pan, '01', toHex(iccData()))).toBe('');
    expect(bank.issuerScripts(pan, '01', 'not hex')).toBe('');
  });

  it('of another application on the same account are not its', () => {
    const other = { ...visa, issuer: { scripts } };
    const bank = new SimulatedIssuer([visa, { ...other, aid: 'A000000003101001' }]);
    expect(bank.issuerScripts(pan, '01', `${toHex(iccData())}8407A0000000031010`)).toBe('');
  });
});
