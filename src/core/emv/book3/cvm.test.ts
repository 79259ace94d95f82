/** EMV 4.4 Book 3 §10.5 and Book 4 §6.3.4.5 Table 2: what becomes of each rule in CVM Results, TVR and TSI. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../../base/bytes.ts';
import { CardChannel } from '../card-channel.ts';
import type { PinResult } from '../contact/requests.ts';
import type { TransactionData } from '../transaction-data.ts';
import { noCvmPerformed, verifyCardholder, type CvmEnd, type CvmOptions } from './cvm.ts';
import { runContact, transaction, type Card, type Run } from './test-kit.ts';

type Tagged = Readonly<Record<string, string | undefined>>;

const key = { modulus: hex('C1'.repeat(128)), exponent: 3 } as const;
const challenge = '1122334455667788';
/** Gives three tries and a challenge. */
const card: Card = (command) => (command === '80CA9F1700' ? '9F1701039000' : `${challenge}9000`);
const pinBlock: PinResult = { kind: 'pinBlock', pinBlock: hex('0102030405060708') };
const verified = (sw: number): PinResult => ({ kind: 'verified', sw });
const bypassed: PinResult = { kind: 'bypassed' };
const unavailable: PinResult = { kind: 'unavailable' };
const cancelled: PinResult = { kind: 'cancelled' };

interface Setup {
  readonly capability?: string;
  readonly pad?: readonly PinResult[];
  readonly card?: Card;
  readonly objects?: Tagged;
  readonly terminal?: Tagged;
  readonly options?: Partial<CvmOptions>;
}

interface Verified extends Run<CvmEnd> {
  readonly data: TransactionData;
  /** CVM Results, TVR, TSI. */
  readonly state: string;
}

function verify(rules: string, setup: Setup = {}): Verified {
  const data = transaction(
    { '82': '1000', '8E': `0000000000000000${rules}`, ...setup.objects },
    { '9F33': `E0${setup.capability ?? 'F8'}C8`, ...setup.terminal },
  );
  const run = runContact<CvmEnd>(
    (channel) => verifyCardholder(channel, data, { pinKey: () => key, ...setup.options }),
    setup.card ?? card,
    setup.pad,
  );
  const state = ['9F34', '95', '9B'].map((tag) => toHex(data.get(tag) ?? hex(''))).join('/');
  return { ...run, data, state };
}

const nothingDone: CvmEnd = { kind: 'done', signature: false, pinBlock: undefined };

describe('not performed', () => {
  it.each([
    ['the card does not support it', { '82': 'EFFF' }, '3F0000/0000000000/0000'],
    ['no CVM List', { '8E': undefined }, '3F0000/2000000000/0000'],
    ['an empty CVM List', { '8E': '' }, '3F0000/2000000000/0000'],
    ['a CVM List without rules', { '8E': '0000000100000002' }, '3F0000/2000000000/0000'],
  ])('%s', (_name, objects, state) => {
    const run = verify('0200', { objects, pad: [pinBlock] });
    expect(run.state).toBe(state);
    expect(run.end).toEqual(nothingDone);
    expect([run.commands, run.pins]).toEqual([[], []]);
  });

  it.each(['00', '00000000000000', '000000000000000002', '0000000000000000020001'])(
    'a CVM List that is none ends the transaction: %s',
    (list) => {
      const run = verify('', { objects: { '8E': list } });
      expect(run.end).toMatchObject({ kind: 'stopped', stop: { kind: 'cardDataError' } });
      expect(run.state).toBe('3F0000/0000000000/0000');
    },
  );

  it('can be said by whoever leaves it out', () => {
    const data = transaction({});
    noCvmPerformed(data);
    expect([toHex(data.get('9F34') ?? hex('')), toHex(data.tvr.value)]).toEqual(['3F0000', '0000000000']);
  });
});

/** One method at a time: [result byte or `-` for not recognised] by name of what it needs. */
type Method = 'fail' | 'plain' | 'online' | 'plain+sign' | 'enciphered' | 'enciphered+sign' | 'sign' | 'none';
const methods: ReadonlyMap<number, Method> = new Map([
  [0x00, 'fail'],
  [0x01, 'plain'],
  [0x02, 'online'],
  [0x03, 'plain+sign'],
  [0x04, 'enciphered'],
  [0x05, 'enciphered+sign'],
  [0x1e, 'sign'],
  [0x1f, 'none'],
]);
const bitOf = { plain: 0x80, online: 0x40, sign: 0x20, enciphered: 0x10, none: 0x08, fail: 0 } as const;

function canDo(method: Method, capability: number): boolean {
  return method.split('+').every((part) => {
    const bit = bitOf[part as keyof typeof bitOf];
    return (capability & bit) === bit;
  });
}

/** The pad's answer, and the bit of TVR byte 3 that follows; `good` when the PIN was. */
const padOutcomes: readonly (readonly [name: string, answer: (online: boolean) => PinResult, bit: number])[] = [
  ['right', (online) => (online ? pinBlock : verified(0x9000)), 0],
  ['bypassed', () => bypassed, 0x08],
  ['no pad', () => unavailable, 0x10],
  ['blocked', (online) => (online ? unavailable : verified(0x6983)), 0x20],
  ['an answer to another question', (online) => (online ? verified(0x9000) : pinBlock), 0x10],
];

interface Expected {
  /** CVM Results; undefined when the method was not performed. */
  readonly results: string | undefined;
  /** Of TVR byte 3, without bit 8. */
  readonly bits: number;
  readonly success: boolean;
}

function expectedOf(code: number, capability: number, outcome: (typeof padOutcomes)[number]): Expected {
  const method = methods.get(code & 0x3f);
  const byte = toHex(Uint8Array.of(code));
  if (method === undefined) return { results: undefined, bits: 0x40, success: false };
  if (!canDo(method, capability)) {
    const offline = method.startsWith('plain') || method.startsWith('enciphered');
    const lacking = method === 'online' || (offline && (capability & 0x90) === 0);
    return { results: undefined, bits: lacking ? 0x10 : 0, success: false };
  }
  if (method === 'fail') return { results: `${byte}0001`, bits: 0, success: false };
  if (method === 'sign') return { results: `${byte}0000`, bits: 0, success: true };
  if (method === 'none') return { results: `${byte}0002`, bits: 0, success: true };
  const [name, , bit] = outcome;
  if (name !== 'right') {
    const online = method === 'online' && name === 'blocked';
    return { results: `${byte}0001`, bits: online ? 0x10 : bit, success: false };
  }
  if (method === 'online') return { results: `${byte}0000`, bits: 0x04, success: true };
  return { results: `${byte}000${method.endsWith('+sign') ? 0 : 2}`, bits: 0, success: true };
}

describe.each(padOutcomes)('the pad says: %s', (...outcome) => {
  const [, answer] = outcome;

  it.each(Array.from({ length: 128 }, (_, code) => code))('method %i, every capability, alone and followed', (code) => {
    for (let capability = 0; capability < 0x100; capability += 8) {
      const { results, bits, success } = expectedOf(code, capability, outcome);
      const setup: Setup = {
        capability: toHex(Uint8Array.of(capability)),
        pad: [answer((code & 0x3f) === 0x02)],
      };
      const alone = verify(`${toHex(Uint8Array.of(code))}00`, setup);
      const byte3 = toHex(Uint8Array.of(bits | (success ? 0 : 0x80)));
      expect(alone.state, `alone, ${capability}`).toBe(`${results ?? '3F0001'}/0000${byte3}0000/4000`);

      // Followed by a rule that always succeeds where it is supported.
      const followed = verify(`${toHex(Uint8Array.of(code))}001F00`, setup);
      const goesOn = !success && (code & 0x40) !== 0 && (code & 0x3f) !== 0;
      const saved = goesOn && (capability & 0x08) !== 0;
      const state = saved ? `1F0002/0000${toHex(Uint8Array.of(bits))}0000/4000` : alone.state;
      expect(followed.state, `followed, ${capability}`).toBe(state);
    }
  });
});

describe('what is left for later', () => {
  it.each([
    ['1E00', [], { signature: true, pinBlock: undefined }],
    ['0300', [verified(0x9000)], { signature: true, pinBlock: undefined }],
    ['0500', [verified(0x9000)], { signature: true, pinBlock: undefined }],
    ['0100', [verified(0x9000)], { signature: false, pinBlock: undefined }],
    ['0200', [pinBlock], { signature: false, pinBlock: hex('0102030405060708') }],
    ['1F00', [], { signature: false, pinBlock: undefined }],
    // Nothing to sign when the PIN of a combination was wrong.
    ['0300', [bypassed], { signature: false, pinBlock: undefined }],
    ['0000', [], { signature: false, pinBlock: undefined }],
  ] as const)('%s', (rules, pad, left) => {
    expect(verify(rules, { pad }).end).toEqual({ kind: 'done', ...left });
  });
});

describe('rules in their order', () => {
  it.each([
    // No condition holds.
    ['0201', 'F8', [], '3F0001/0000800000/4000'],
    ['02011F04', 'F8', [], '3F0001/0000800000/4000'],
    // A rule that does not apply does not end the list, whatever its bit 7 says.
    ['02011E03', 'F8', [], '1E0300/0000000000/4000'],
    // "If the terminal supports the CVM": neither bit is set for what it does not do or know.
    ['02031F00', '08', [], '1F0002/0000000000/4000'],
    ['20031F00', 'F8', [], '1F0002/0000000000/4000'],
    ['0003', '00', [], '000301/0000800000/4000'],
    // Conditions of payment systems and of later versions.
    ['1F801E00', 'F8', [], '1E0000/0000000000/4000'],
    ['1F0A', 'F8', [], '3F0001/0000800000/4000'],
    // The last one performed counts, not the last one looked at.
    ['41035E0320001F03', 'D0', [bypassed], '410301/0000C80000/4000'],
    ['410344035E03', '90', [bypassed], '440301/0000880000/4000'],
    ['41035E031F03', 'A0', [bypassed], '5E0300/0000080000/4000'],
    // Failing ends it even where the rule says that the next one applies.
    ['40001F00', 'F8', [], '400001/0000800000/4000'],
    // An online PIN may be entered although the offline PIN is blocked.
    ['41004200', 'F8', [verified(0x6983), pinBlock], '420000/0000240000/4000'],
    ['41004200', 'F8', [unavailable, pinBlock], '420000/0000140000/4000'],
    // Unsupported, then recognised by nobody, then the end.
    ['42004600', '20', [], '3F0001/0000D00000/4000'],
  ])('%s with %s', (rules, capability, pad, state) => {
    expect(verify(rules, { capability, pad }).state).toBe(state);
  });

  it('X and Y are compared in the currency of the application', () => {
    const rules = '0000271000004E20420642081F09';
    const at = (amount: string, currency = '0704'): string =>
      verify('', { objects: { '8E': rules, '9F42': currency }, terminal: { '9F02': amount }, pad: [pinBlock] }).state;
    expect(at('000000009999')).toBe('420600/0000040000/4000');
    expect(at('000000010000')).toBe('420800/0000040000/4000');
    expect(at('000000020000')).toBe('3F0001/0000800000/4000');
    expect(at('000000020001')).toBe('1F0902/0000000000/4000');
    expect(at('000000020001', '0840')).toBe('3F0001/0000800000/4000');
  });

  it('the terminal’s own capabilities count, not what a card says of them', () => {
    const run = verify('01001F00', { capability: '08', objects: { '9F33': 'E0F8C8' } });
    expect(run.pins).toEqual([]);
    expect(run.state).toBe('3F0001/0000900000/4000');
  });

  it('a PIN that was bypassed is not asked for again', () => {
    const run = verify('4100440042001E00', { pad: [bypassed, pinBlock] });
    expect(run.pins).toHaveLength(1);
    expect(run.state).toBe('1E0000/0000080000/4000');
  });

  it('a tapped card is asked for no offline PIN', () => {
    const options = { interface: 'contactless' } as const;
    expect(verify('010004001F00', { options }).state).toBe('1F0002/0000000000/4000');
    expect(verify('03000500', { options }).state).toBe('3F0001/0000800000/4000');
    expect(verify('0200', { options, pad: [pinBlock] }).state).toBe('020000/0000040000/4000');
    expect(verify('20001F00', { options }).state).toBe('3F0001/0000C00000/4000');
    expect(verify('0100', { options: { interface: 'contact' }, pad: [verified(0x9000)] }).state).toBe(
      '010002/0000000000/4000',
    );
  });
});

function answering(reply: string): Card {
  return (command) => (command === '80CA9F1700' ? '6A88' : reply);
}

describe('offline PIN', () => {
  it('is asked for with the tries that the card has left', () => {
    const run = verify('0100', { pad: [verified(0x63c2), verified(0x63c1), verified(0x9000)] });
    expect(run.commands).toEqual(['80CA9F1700']);
    expect(run.pins).toEqual([3, 2, 1].map((triesLeft) => ({ manner: 'offlinePlaintext', triesLeft })));
    expect(run.state).toBe('010002/0000000000/4000');
  });

  it('without a try counter it is asked for all the same', () => {
    const run = verify('0100', { card: () => '6A88', pad: [verified(0x9000)] });
    expect(run.pins).toEqual([{ manner: 'offlinePlaintext', triesLeft: undefined }]);
    expect(run.end).toEqual(nothingDone);
  });

  it('with no try left nobody is asked', () => {
    const run = verify('4100440042001E00', { card: () => '9F1701009000', pad: [pinBlock] });
    expect(run.pins).toEqual([{ manner: 'online' }]);
    expect(run.state).toBe('420000/0000240000/4000');
  });

  it('online: with the card number, which is wiped when the pad has answered', () => {
    const run = verify('0200', { objects: { '5A': '9704000000000018' }, pad: [pinBlock] });
    const [asked] = run.pins;
    expect(asked?.manner === 'online' && asked.pan?.masked).toBe('970400******0018');
    expect(() => asked?.manner === 'online' && asked.pan?.use((digits) => digits.length)).toThrow();
  });

  it('enciphered: the key, and a fresh challenge for each entry', () => {
    let challenges = 0;
    const counting: Card = (command) => {
      if (command === '80CA9F1700') return '9F1701039000';
      expect(command).toBe('0084000000');
      challenges += 1;
      return `000000000000000${challenges}9000`;
    };
    const run = verify('0400', { card: counting, pad: [verified(0x63c2), verified(0x9000)] });
    expect(run.pins).toEqual(
      [1, 2].map((count) => ({
        manner: 'offlineEnciphered',
        triesLeft: 4 - count,
        modulus: key.modulus,
        exponent: hex('03'),
        challenge: hex(`000000000000000${count}`),
      })),
    );
    expect(run.state).toBe('040002/0000000000/4000');
  });

  it.each([
    ['01', 'offlinePlaintext'],
    ['03', 'offlinePlaintext'],
    ['04', 'offlineEnciphered'],
    ['05', 'offlineEnciphered'],
  ])('method %s: %s', (method, manner) => {
    expect(verify(`${method}00`, { pad: [bypassed] }).pins).toMatchObject([{ manner }]);
  });

  it('enciphered: the exponent as bytes', () => {
    const options = { pinKey: () => ({ modulus: key.modulus, exponent: 65_537 }) as const };
    expect(verify('0400', { options, pad: [bypassed] }).pins[0]).toMatchObject({ exponent: hex('010001') });
  });

  it.each([
    ['no key', { options: { pinKey: () => undefined } }],
    ['no challenge', { card: answering('6D00') }],
    ['a challenge of seven bytes', { card: answering('112233445566779000') }],
    ['a challenge with a warning', { card: answering('11223344556677886283') }],
  ] satisfies [string, Setup][])('enciphered, %s: it failed, and nobody is asked', (_name, setup) => {
    const run = verify('4400', setup);
    expect(run.pins).toEqual([]);
    expect(run.state).toBe('440001/0000800000/4000');
  });

  // §10.5.5 Figure 11: right, wrong, blocked, or the end of the transaction.
  it.each(Array.from({ length: 16 }, (_, digit) => digit))('every status of VERIFY, first digit %i', (digit) => {
    for (let sw = digit << 12; sw < (digit + 1) << 12; sw += 1) {
      const run = verify('0100', { pad: [verified(sw), cancelled] });
      const found = `${run.end.kind} ${run.pins.length} ${run.state}`;
      const blocked = sw === 0x63c0 || sw === 0x6983 || sw === 0x6984;
      const wrong = sw > 0x63c0 && sw <= 0x63cf;
      let expected = 'stopped 1 3F0000/0000000000/0000';
      if (sw === 0x9000) expected = 'done 1 010002/0000000000/4000';
      else if (blocked) expected = 'done 1 010001/0000A00000/4000';
      else if (wrong) expected = 'cancelled 2 3F0000/0000000000/0000';
      if (found !== expected) expect.fail(`${sw.toString(16)}: ${found}`);
    }
  });

  it('wrong until no try is left', () => {
    const run = verify('0100', { pad: [verified(0x63c1), verified(0x63c0)] });
    expect(run.state).toBe('010001/0000A00000/4000');
    expect(run.pins).toHaveLength(2);
  });

  it('bypassed after a wrong one: not entered, and the limit is not exceeded (Book 4 §6.3.4.3)', () => {
    expect(verify('0100', { pad: [verified(0x63c1), bypassed] }).state).toBe('010001/0000880000/4000');
  });

  it('a card that counts no tries down is not believed for ever', () => {
    const run = verify('0100', { pad: Array.from({ length: 50 }, () => verified(0x63c9)) });
    expect(run.pins).toHaveLength(16);
    expect(run.end).toMatchObject({ kind: 'stopped', stop: { kind: 'cardDataError' } });
  });

  it('detail of a status that ends it says which', () => {
    const run = verify('0100', { pad: [verified(0x6985)] });
    expect(run.end).toMatchObject({ kind: 'stopped', stop: { kind: 'cardDataError', detail: 'VERIFY answered 6985' } });
  });
});

describe('the end of the transaction', () => {
  it.each(['0100', '0200', '0400'])('%s cancelled at the pad', (rules) => {
    const run = verify(`${rules}1F00`, { pad: [cancelled] });
    expect(run.end).toEqual({ kind: 'cancelled' });
    expect(run.state).toBe('3F0000/0000000000/0000');
  });

  it.each([
    ['GET DATA', '0100', '80CA9F1700'],
    ['GET CHALLENGE', '0400', '0084000000'],
  ])('the card leaves during %s', (_name, rules, command) => {
    const leaving: Card = (sent) => (sent === command ? 'removed' : card(sent));
    const run = verify(rules, { card: leaving, pad: [verified(0x9000)] });
    expect(run.end).toMatchObject({ kind: 'stopped', stop: { kind: 'communicationError' } });
  });

  it.each(['9000', '039000', '9F17009000', '9F170203039000', '9F360203039000', '9F3601039000', '9F17010399009000'])(
    'a try counter that is none: %s',
    (answer) => {
      const run = verify('0100', { card: () => answer, pad: [verified(0x9000)] });
      expect(run.end).toMatchObject({ kind: 'stopped', stop: { kind: 'cardDataError' } });
    },
  );

  it('two objects where the try counter is expected', () => {
    const run = verify('0100', { card: () => '9F1701039F1701039000', pad: [verified(0x9000)] });
    expect(run.end).toMatchObject({ kind: 'stopped', stop: { kind: 'cardDataError' } });
  });
});

describe('a caller that answers something else', () => {
  it.each([
    ['0100', { kind: 'application', index: 0 }],
    ['0200', { kind: 'host', answer: { kind: 'unableToGoOnline' } }],
  ] as const)('%s: is a bug', (rules, answer) => {
    const data = transaction({ '82': '1000', '8E': `0000000000000000${rules}` });
    const steps = verifyCardholder(new CardChannel(), data, { pinKey: () => key });
    steps.next();
    const ask = (): void => {
      steps.next(rules === '0100' ? { kind: 'response', answer: hex('6A88') } : answer);
      steps.next(answer);
    };
    expect(ask).toThrow(answer.kind);
  });
});

describe('any card, any pad', () => {
  const answers = fc.oneof(
    fc.constantFrom(pinBlock, bypassed, unavailable, cancelled),
    fc.integer({ min: 0, max: 0xffff }).map(verified),
    fc.integer({ min: 0x63c0, max: 0x63cf }).map(verified),
  );
  const responses = fc
    .oneof(fc.uint8Array({ maxLength: 12 }), fc.constantFrom(hex('9F1701039000'), hex('11223344556677889000')))
    .map(toHex);

  it('comes to a defined end', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.array(fc.constantFrom(0x41, 0x42, 0x43, 0x44, 0x45, 0x5e, 0x00, 0x03), { maxLength: 20 }),
        ),
        fc.array(answers, { maxLength: 40 }),
        fc.array(responses, { maxLength: 10 }),
        fc.integer({ min: 0, max: 255 }),
        (list, pad, replies, capability) => {
          let sent = 0;
          const run = verify('', {
            objects: { '8E': toHex(Uint8Array.from(list)) },
            capability: toHex(Uint8Array.of(capability)),
            pad,
            card: () => replies[sent++] ?? '6F00',
          });
          expect(['done', 'cancelled', 'stopped']).toContain(run.end.kind);
          expect(run.data.get('9F34')).toHaveLength(3);
          expect(run.data.tsi.has('cvmPerformed')).toBe(!run.state.startsWith('3F0000'));
        },
      ),
    );
  });
});
