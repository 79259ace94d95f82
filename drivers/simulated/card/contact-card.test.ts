/** The contact card as Books 3 and 2 describe it: order of commands, counters, PIN, issuer authentication, scripts. */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assert } from '../../../src/core/base/assert.ts';
import { concat, hex, latin1, toHex } from '../../../src/core/base/bytes.ts';
import { parseTlv, type Tlv } from '../../../src/core/tlv/ber-tlv.ts';
import { authenticatedBy } from './fault-cards.ts';
import { SimulatedIssuer } from './issuer.ts';
import { trainingKey } from './keys/training-keys.ts';
import type { EmvCardProfile } from './profiles.ts';
import { commands, demoCard, object, TestTerminal } from './test-kit.ts';
import { VirtualCard } from './virtual-card.ts';

const visa = demoCard('visa-insert');
const napas = demoCard('napas-insert');
const mastercard = demoCard('mastercard-insert');
const offline = demoCard('visa-offline');

function begun(profile: EmvCardProfile, changes: Readonly<Record<string, string>> = {}): TestTerminal {
  const terminal = new TestTerminal(new VirtualCard(profile), changes);
  terminal.begin(profile.aid);
  return terminal;
}

/** Cryptogram Information Data, bits 8–7. */
function cid(terminal: TestTerminal): string {
  return { '00': 'aac', '40': 'tc', '80': 'arqc' }[toHex(Uint8Array.of((terminal.get('9F27')[0] ?? 0) & 0xc0))] ?? '';
}

/** The issuer's answer to the cryptogram that the terminal has. */
function answer(profile: EmvCardProfile, terminal: TestTerminal, approved = true): string {
  const issuer = new SimulatedIssuer([profile]);
  const card = [latin1(profile.pan), profile.panSequenceNumber, terminal.iccData()] as const;
  expect(issuer.verifyCryptogram(...card)).toBe('valid');
  return issuer.issuerAuthenticationData(...card, approved) ?? '';
}

function counter(terminal: TestTerminal, tag: string): string {
  return object(terminal.send(`80CA${tag.padStart(4, '0')}`), tag);
}

function select(profile: EmvCardProfile, name: string): string {
  return new TestTerminal(new VirtualCard(profile)).select(name).sw;
}

describe('selection', () => {
  it('by directory: one record for each application, with priority', () => {
    const terminal = new TestTerminal(new VirtualCard(mastercard));
    expect(object(terminal.select(toHex(latin1('1PAY.SYS.DDF01'))), '88')).toBe('01');
    const records = [1, 2, 3].map((record) => terminal.send(`00B20${record}0C`));
    expect(records.map(({ sw }) => sw)).toEqual(['9000', '9000', '6A83']);
    expect(records.slice(0, 2).map((record) => [object(record, '4F'), object(record, '87')])).toEqual([
      ['A0000000041010', '01'],
      ['A0000007271010', '02'],
    ]);
  });

  it('by the beginning of a name: first and next occurrence', () => {
    const terminal = new TestTerminal(new VirtualCard(mastercard));
    expect(object(terminal.select('A00000'), '84')).toBe('A0000000041010');
    expect(object(terminal.send('00A40402', hex('A00000')), '84')).toBe('A0000007271010');
    expect(terminal.send('00A40402', hex('A00000')).sw).toBe('6A82');
  });

  it('without directory, blocked application, blocked card', () => {
    const pse = toHex(latin1('1PAY.SYS.DDF01'));
    expect(select({ ...napas, withoutDirectory: true }, pse)).toBe('6A82');
    expect(select(napas, toHex(latin1('2PAY.SYS.DDF01')))).toBe('6A82');
    expect(select({ ...napas, blocked: true }, napas.aid)).toBe('6283');
    expect(select({ ...napas, cardBlocked: true }, pse)).toBe('6A81');
  });
});

describe('order of commands (Book 3 §6.5)', () => {
  it('nothing before SELECT, no GENERATE AC before GET PROCESSING OPTIONS, one transaction for each', () => {
    const terminal = new TestTerminal(new VirtualCard(napas));
    expect(terminal.send('80A80000', hex('8300')).sw).toBe('6985');
    terminal.select(napas.aid);
    expect(terminal.generateAc(commands.arqc).sw).toBe('6985');
    expect(terminal.send('00200080', hex('241234FFFFFFFFFF')).sw).toBe('6985');
    expect(terminal.processingOptions().sw).toBe('9000');
    expect(terminal.processingOptions().sw).toBe('6985');
  });

  it('a second GENERATE AC only after an ARQC, never a third', () => {
    const terminal = begun(napas);
    expect(terminal.generateAc(commands.arqc).sw).toBe('9000');
    expect(terminal.generateAc(commands.tc, '8D').sw).toBe('9000');
    expect(terminal.generateAc(commands.aac, '8D').sw).toBe('6985');
    const declined = begun(napas);
    declined.generateAc(commands.aac);
    expect(cid(declined)).toBe('aac');
    expect(declined.generateAc(commands.aac, '8D').sw).toBe('6985');
  });

  it('EXTERNAL AUTHENTICATE once, after an ARQC', () => {
    const terminal = begun(visa);
    expect(terminal.send('00820000', new Uint8Array(10)).sw).toBe('6985');
    terminal.generateAc(commands.arqc);
    expect(terminal.send('00820000', new Uint8Array(7)).sw).toBe('6700');
    expect(terminal.send('00820000', new Uint8Array(10)).sw).toBe('6300');
    expect(terminal.send('00820000', hex(answer(visa, terminal))).sw).toBe('6985');
  });

  it('answers any bytes with a status word, in any state', () => {
    const instructions = [0xa4, 0xa8, 0xae, 0xb2, 0xca, 0x20, 0x82, 0x84, 0x88, 0x24, 0x1e, 0xda, 0xd0];
    const command = fc.tuple(
      fc.constantFrom(0x00, 0x80, 0x84, 0x04),
      fc.constantFrom(...instructions),
      fc.nat(255),
      fc.nat(255),
      fc.uint8Array({ maxLength: 40 }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), fc.boolean(), (sent, started) => {
        const card = new VirtualCard(napas);
        if (started) new TestTerminal(card).begin(napas.aid);
        for (const [cla, ins, p1, p2, data] of sent) {
          const bytes = concat(Uint8Array.of(cla, ins, p1, p2, data.length), data);
          expect(card.process(bytes).length).toBeGreaterThanOrEqual(2);
        }
      }),
    );
  });
});

describe('counters', () => {
  it('the ATC counts transactions; the last online one is kept when the card has approved online', () => {
    const card = new VirtualCard({ ...napas, counters: { atc: 40, lastOnlineAtc: 7 } });
    const terminal = new TestTerminal(card);
    terminal.begin(napas.aid);
    expect([counter(terminal, '9F36'), counter(terminal, '9F13')]).toEqual(['0029', '0007']);
    terminal.generateAc(commands.arqc);
    terminal.generateAc(commands.tc, '8D');
    expect([counter(terminal, '9F36'), counter(terminal, '9F13')]).toEqual(['0029', '0029']);
    terminal.begin(napas.aid);
    expect(counter(terminal, '9F36')).toBe('002A');
    expect(terminal.send('80CA9F4F').sw).toBe('6A88');
  });

  it('stops at the last number', () => {
    const terminal = new TestTerminal(new VirtualCard({ ...napas, counters: { atc: 65_534, lastOnlineAtc: 0 } }));
    terminal.begin(napas.aid);
    expect(terminal.text('9F36')).toBe('');
    terminal.select(napas.aid);
    expect(terminal.processingOptions().sw).toBe('6985');
  });
});

function enciphered(terminal: TestTerminal, key: string, block: Uint8Array, challenge: Uint8Array): string {
  const pinKey = trainingKey(key);
  assert(pinKey !== undefined, 'there is the key');
  const clear = concat(hex('7F'), block, challenge, new Uint8Array(pinKey.length - 17).fill(0x5c));
  const [n, e] = [pinKey.modulus, pinKey.exponent].map((part) => Buffer.from(part).toString('base64url'));
  const publicKey = createPublicKey({ key: { kty: 'RSA', n: n ?? '', e: e ?? '' }, format: 'jwk' });
  const data = publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, clear);
  return terminal.send('00200088', Uint8Array.from(data)).sw;
}

describe('PIN', () => {
  const right = hex('241234FFFFFFFFFF');
  const wrong = hex('244321FFFFFFFFFF');

  it('counts wrong ones down to 6983, and the right one back up', () => {
    const card = new VirtualCard(napas);
    const terminal = new TestTerminal(card);
    terminal.begin(napas.aid);
    const verify = (block: Uint8Array): string => terminal.send('00200080', block).sw;
    expect([verify(wrong), counter(terminal, '9F17'), verify(right), counter(terminal, '9F17')]).toEqual([
      '63C2',
      '02',
      '9000',
      '03',
    ]);
    expect([verify(wrong), verify(wrong), verify(wrong), verify(right)]).toEqual(['63C2', '63C1', '63C0', '6983']);
    card.reset();
    terminal.begin(napas.aid);
    expect([counter(terminal, '9F17'), verify(right)]).toEqual(['00', '6983']);
  });

  it('is no PIN when the block is none: not a try', () => {
    const terminal = begun(napas);
    expect(terminal.send('00200080', hex('251234FFFFFFFFFF')).sw).toBe('6A80');
    expect(terminal.send('00200081', right).sw).toBe('6A86');
    expect(counter(terminal, '9F17')).toBe('03');
  });

  it.each([
    ['PIN encipherment key', napas, 'pin-896'],
    ['card key', authenticatedBy(napas, 'dda', { icc: 'icc-1024' }), 'icc-1024'],
  ] as const)('enciphered under the %s: over the challenge, which serves once', (_, profile, key) => {
    const terminal = begun(profile);
    expect(enciphered(terminal, key, right, new Uint8Array(8))).toBe('6985');
    const challenge = (): Uint8Array => terminal.send('00840000').data;
    const first = challenge();
    expect(first.length).toBe(8);
    expect(enciphered(terminal, key, wrong, first)).toBe('63C2');
    expect(enciphered(terminal, key, right, first)).toBe('6985');
    const second = challenge();
    expect(toHex(second)).not.toBe(toHex(first));
    expect(enciphered(terminal, key, right, first)).toBe('6A80');
    expect(enciphered(terminal, key, right, challenge())).toBe('9000');
  });

  it('and how it went is under the cryptogram', () => {
    const terminal = begun(visa);
    terminal.send('00200080', wrong);
    terminal.generateAc(commands.arqc);
    // Visa: performed (byte 2 bit 3) and failed (bit 2).
    expect(terminal.text('9F10')).toBe('06010A03A60000');
    expect(answer(visa, terminal)).not.toBe('');
  });
});

describe('what the card agrees to (Book 3 §9.3)', () => {
  const asked = { tc: commands.tc, arqc: commands.arqc, aac: commands.aac } as const;
  const decided = (profile: EmvCardProfile, kind: keyof typeof asked): string => {
    const terminal = begun(profile);
    terminal.generateAc(asked[kind]);
    return cid(terminal);
  };

  it.each([
    ['tc', ['tc', 'arqc', 'aac']],
    ['arqc', ['arqc', 'arqc', 'aac']],
    ['aac', ['aac', 'aac', 'aac']],
  ] as const)('at most %s', (decision, expected) => {
    const profile = { ...napas, decision };
    expect((['tc', 'arqc', 'aac'] as const).map((kind) => decided(profile, kind))).toEqual(expected);
  });

  it('less above its own limit, nothing when blocked', () => {
    expect(decided(offline, 'tc')).toBe('tc');
    expect(decided({ ...offline, offlineLimit: 44_999 }, 'tc')).toBe('arqc');
    expect(decided({ ...offline, offlineLimit: 45_000 }, 'tc')).toBe('tc');
    const terminal = new TestTerminal(new VirtualCard({ ...offline, blocked: true }));
    terminal.select(offline.aid);
    terminal.processingOptions();
    terminal.readRecords();
    terminal.generateAc(commands.tc);
    expect(cid(terminal)).toBe('aac');
  });

  it('the bank can verify a TC and an AAC as well', () => {
    for (const kind of [commands.tc, commands.aac]) {
      const terminal = begun(offline);
      terminal.generateAc(kind);
      expect(answer(offline, terminal)).not.toBe('');
    }
  });
});

function completed(profile: EmvCardProfile, data: string, code = '3030', p1: number = commands.tc): string {
  const terminal = begun(profile);
  terminal.generateAc(commands.arqc);
  const authentication =
    data === 'genuine' ? answer(profile, terminal) : data === 'decline' ? answer(profile, terminal, false) : data;
  if (((terminal.get('82')[0] ?? 0) & 0x04) !== 0 && authentication !== '') {
    terminal.send('00820000', hex(authentication));
  } else terminal.objects.set('91', hex(authentication));
  terminal.objects.set('8A', hex(code));
  terminal.generateAc(p1, '8D');
  return cid(terminal);
}

describe('the issuer’s answer', () => {
  it.each([
    ['by EXTERNAL AUTHENTICATE', visa],
    ['in CDOL2', napas],
    ['in CDOL2, M/Chip', mastercard],
  ] as const)('%s', (_, profile) => {
    const required = { ...profile, issuerAuthentication: 'required' } as const;
    expect(completed(required, 'genuine')).toBe('tc');
    expect(completed(required, '00112233445566773030')).toBe('aac');
    expect(completed(required, '')).toBe('aac');
    expect(completed({ ...profile, issuerAuthentication: 'optional' }, '')).toBe('tc');
    expect(completed({ ...profile, finalDecision: 'aac' }, 'genuine')).toBe('aac');
    expect(completed(profile, 'genuine', '3030', commands.aac)).toBe('aac');
  });

  it('that declines in the Card Status Update is believed before the terminal (CCD)', () => {
    expect(completed(napas, 'decline')).toBe('aac');
  });

  it('unable to go online: only a card that may approve offline does', () => {
    expect(completed({ ...napas, decision: 'arqc' }, '', '5933')).toBe('aac');
    expect(completed({ ...napas, decision: 'tc' }, '', '5933')).toBe('tc');
    expect(completed({ ...napas, decision: 'tc' }, '', '5A33', commands.aac)).toBe('aac');
  });

  it('the final cryptogram says what happened, and can be verified', () => {
    const terminal = begun(mastercard);
    terminal.generateAc(commands.arqc);
    terminal.objects.set('91', hex(answer(mastercard, terminal)));
    terminal.generateAc(commands.tc, '8D');
    // First ARQC, second TC; issuer authentication performed; three tries left; offline PIN not performed.
    expect(terminal.text('9F10').slice(4, 16)).toBe('601003200000');
    expect(answer(mastercard, terminal)).not.toBe('');
  });
});

describe('issuer scripts (Book 3 §10.10)', () => {
  type Scripts = NonNullable<NonNullable<EmvCardProfile['issuer']>['scripts']>;

  function run(
    base: EmvCardProfile,
    scripts: Scripts,
    card = new VirtualCard(base),
  ): { words: string[]; terminal: TestTerminal } {
    const terminal = new TestTerminal(card);
    terminal.begin(base.aid);
    terminal.generateAc(commands.arqc);
    const issuer = new SimulatedIssuer([{ ...base, issuer: { scripts } }]);
    const sent = issuer.issuerScripts(latin1(base.pan), base.panSequenceNumber, terminal.iccData());
    const parsed = parseTlv(hex(sent));
    assert(parsed.ok, 'the scripts are TLV');
    const inside = parsed.value.flatMap(({ children }) => children).filter(({ tag }: Tlv) => tag === '86');
    terminal.generateAc(commands.tc, '8D');
    return { words: inside.map(({ value }) => toHex(card.process(value).subarray(-2))), terminal };
  }

  /** One card for each way of secure messaging. */
  it.each([
    ['VIS', visa],
    ['CCD', napas],
    ['M/Chip', mastercard],
    ['VIS, version 18', { ...napas, issuerApplicationData: '06011203A00000' }],
    ['VIS, version 22', { ...napas, issuerApplicationData: `1F2201A000000000${'00'.repeat(24)}` }],
  ] as const)('%s: unblocks, changes the PIN, stores', (_, profile) => {
    const card = new VirtualCard({ ...profile, pin: { digits: '1234', tries: 1 } });
    const pin = new TestTerminal(card);
    pin.begin(profile.aid);
    expect(pin.send('00200080', hex('244321FFFFFFFFFF')).sw).toBe('63C0');
    const { words, terminal } = run(
      profile,
      [
        { template: '71', commands: [{ kind: 'pinUnblock' }, { kind: 'pinChange', pin: '987654' }] },
        { template: '72', commands: [{ kind: 'putData', tag: '9F58', value: '05' }] },
      ],
      card,
    );
    expect(words).toEqual(['9000', '9000', '9000']);
    expect(counter(terminal, '9F58')).toBe('05');
    terminal.begin(profile.aid);
    expect(terminal.send('00200080', hex('26987654FFFFFFFF')).sw).toBe('9000');
  });

  it('a block of the application lasts until it is unblocked; a block of the card for ever', () => {
    const card = new VirtualCard(napas);
    expect(run(napas, [{ template: '72', commands: [{ kind: 'applicationBlock' }] }], card).words).toEqual(['9000']);
    expect(new TestTerminal(card).select(napas.aid).sw).toBe('6283');
    const unblocked = new VirtualCard(napas);
    const { terminal } = run(
      napas,
      [{ template: '72', commands: [{ kind: 'applicationBlock' }, { kind: 'applicationUnblock' }] }],
      unblocked,
    );
    expect(terminal.select(napas.aid).sw).toBe('9000');
    const gone = new VirtualCard(napas);
    run(napas, [{ template: '72', commands: [{ kind: 'cardBlock' }] }], gone);
    gone.reset();
    expect(new TestTerminal(gone).select(napas.aid).sw).toBe('6A81');
  });

  it('a wrong MAC is refused and changes nothing, a card that cannot says so', () => {
    const block: Scripts = [{ template: '71', commands: [{ kind: 'applicationBlock' }], wrongMac: true }];
    const { words, terminal } = run(napas, block);
    expect(words).toEqual(['6988']);
    expect(terminal.select(napas.aid).sw).toBe('9000');
    const unable = { ...napas, scriptsFail: true };
    expect(run(unable, [{ template: '71', commands: [{ kind: 'pinUnblock' }] }]).words).toEqual(['6A80']);
  });

  it('come only for their amount', () => {
    const only: Scripts = [{ template: '72', onAmount: 77_000, commands: [{ kind: 'pinUnblock' }] }];
    expect(run(napas, only).words).toEqual([]);
  });
});
