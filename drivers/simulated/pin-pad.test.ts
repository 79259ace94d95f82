/** The simulated PIN pad: what the cardholder does, and what leaves the pad, which is never a PIN in the clear. */
import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PinEntry } from '../../devices/pin-pad.ts';
import { concat, hex, toHex } from '../../src/core/base/bytes.ts';
import { money } from '../../src/core/base/money.ts';
import { Pan } from '../../src/core/base/pan.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import { err, fault, ok } from '../../src/core/base/result.ts';
import type { PinRequest } from '../../src/core/emv/contact/requests.ts';
import { trainingKey } from './card/keys/training-keys.ts';
import { simulatedPinPad, type SimulatedPinPad } from './pin-pad.ts';

const key = '0123456789ABCDEFFEDCBA9876543210';
const soon = { signal: new AbortController().signal, timeoutMs: 1000 };
/** Everything happens at once, except what would take longer than a second. */
const clock = {
  now: () => epochMs(0),
  monotonicMs: () => 0,
  after: (delayMs: number, callback: () => void) => {
    if (delayMs < 1000) queueMicrotask(callback);
    return () => undefined;
  },
};

async function pad(settings: object = {}): Promise<SimulatedPinPad> {
  const host = { clock, random: { bytes: (n: number) => new Uint8Array(n) }, log: { write: () => undefined } };
  const made = simulatedPinPad.create('pad', settings, host);
  if (!made.ok) throw new Error(JSON.stringify(made.fault));
  await made.value.open();
  return made.value;
}

/** What went to the card, as it was at that moment: the pad wipes it afterwards. */
class Card {
  readonly commands: string[] = [];
  answer = '9000';
  readonly entry = (pin: PinRequest): PinEntry => ({
    pin,
    amount: money(45_000, 'VND'),
    toCard: async (command) => {
      this.commands.push(toHex(command));
      this.sent = command;
      return this.answer === '' ? err(fault('notConnected', 'gone', true)) : ok(hex(this.answer));
    },
  });
  sent: Uint8Array = new Uint8Array(0);
}

const plain: PinRequest = { manner: 'offlinePlaintext', triesLeft: 3 };

function pan(digits: string): Pan {
  const parsed = Pan.parse(digits);
  if (!parsed.ok) throw new Error(parsed.fault.detail);
  return parsed.value;
}

describe('an offline PIN', () => {
  it('goes to the card in a PIN block, and the status word comes back', async () => {
    const card = new Card();
    expect(await (await pad()).enterPin(card.entry(plain), soon)).toEqual({ kind: 'verified', sw: 0x9000 });
    // EMV 4.4 Book 3 §6.5.12 and Table 25: control 2, length 4, PIN, filler.
    expect(card.commands).toEqual(['0020008008241234FFFFFFFFFF']);
    expect([...card.sent].every((byte) => byte === 0)).toBe(true);
  });

  it('of five digits, and a wrong one', async () => {
    const card = new Card();
    const five = await pad({ pin: '98765' });
    five.does = 'wrong';
    card.answer = '63C2';
    expect(await five.enterPin(card.entry(plain), soon)).toEqual({ kind: 'verified', sw: 0x63c2 });
    expect(card.commands).toEqual(['00200080082508765FFFFFFFFF']);
  });

  it('is enciphered for the card, with its challenge and fresh padding', async () => {
    const rsa = trainingKey('pin-896');
    if (rsa === undefined) throw new Error('a training key');
    const modulus = rsa.modulus;
    const challenge = hex('1122334455667788');
    const request: PinRequest = { manner: 'offlineEnciphered', triesLeft: 3, modulus, exponent: hex('03'), challenge };
    const card = new Card();
    const own = await pad();
    await own.enterPin(card.entry(request), soon);
    await own.enterPin(card.entry(request), soon);
    const [first = '', second = ''] = card.commands;
    expect(first).not.toBe(second);
    expect(first.slice(0, 10)).toBe(`00200088${modulus.length.toString(16).toUpperCase().padStart(2, '0')}`);
    const opened = toHex(rsa.apply(hex(first.slice(10))));
    expect(opened.slice(0, 34)).toBe('7F241234FFFFFFFFFF1122334455667788');
    expect(opened).toHaveLength(modulus.length * 2);
  });

  it.each([
    ['an exponent that EMV does not have', hex('05'), 112],
    ['a modulus that is too short', hex('03'), 16],
  ])('is unavailable for %s', async (_, exponent, length) => {
    const modulus = new Uint8Array(length).fill(0xc1);
    const request: PinRequest = {
      manner: 'offlineEnciphered',
      triesLeft: undefined,
      modulus,
      exponent,
      challenge: new Uint8Array(8),
    };
    const card = new Card();
    expect(await (await pad()).enterPin(card.entry(request), soon)).toEqual({ kind: 'unavailable' });
    expect(card.commands).toEqual([]);
  });

  it('is unavailable when the card has left, or answers nothing that could be a status word', async () => {
    for (const answer of ['', '90']) {
      const card = new Card();
      card.answer = answer;
      expect(await (await pad()).enterPin(card.entry(plain), soon)).toEqual({ kind: 'unavailable' });
    }
  });
});

describe('an online PIN', () => {
  it('is a block of ISO 9564-1 format 0 under the key of the pad', async () => {
    const result = await (
      await pad()
    ).enterPin(new Card().entry({ manner: 'online', pan: pan('9704000000000018') }), soon);
    if (result.kind !== 'pinBlock') throw new Error(result.kind);
    const tripled = concat(hex(key), hex(key).subarray(0, 8));
    const open = createDecipheriv('des-ede3', tripled, null).setAutoPadding(false);
    const block = open.update(result.pinBlock);
    // 0000 and the twelve rightmost digits but the last, which is the check digit.
    const account = hex('0000400000000001');
    expect(toHex(Uint8Array.from(block, (byte, n) => byte ^ (account[n] ?? 0)))).toBe('041234FFFFFFFFFF');
  });

  it('is unavailable without the card number that the block is bound to', async () => {
    expect(await (await pad()).enterPin(new Card().entry({ manner: 'online' }), soon)).toEqual({ kind: 'unavailable' });
  });
});

describe('a cardholder who does not type', () => {
  it.each([
    ['bypass', 'bypassed'],
    ['cancel', 'cancelled'],
  ] as const)('%s', async (does, kind) => {
    const card = new Card();
    expect(await (await pad({ does })).enterPin(card.entry(plain), soon)).toEqual({ kind });
    expect(card.commands).toEqual([]);
  });

  it('takes longer than the limit, or is not asked any more', async () => {
    const slow = await pad({ typingMs: 5000 });
    expect(await slow.enterPin(new Card().entry(plain), { ...soon, timeoutMs: 10 })).toEqual({ kind: 'cancelled' });
    const ended = { signal: AbortSignal.abort(), timeoutMs: 1000 };
    expect(await (await pad()).enterPin(new Card().entry(plain), ended)).toEqual({ kind: 'cancelled' });
  });
});

it('is unavailable when it is closed, and says so', async () => {
  const own = await pad();
  expect(await own.checkHealth()).toMatchObject({ state: 'ready' });
  await own.close();
  expect(await own.checkHealth()).toMatchObject({ state: 'offline' });
  expect(await own.enterPin(new Card().entry(plain), soon)).toEqual({ kind: 'unavailable' });
});

it('takes its settings, and nothing else', () => {
  const host = { clock, random: { bytes: (n: number) => new Uint8Array(n) }, log: { write: () => undefined } };
  expect(simulatedPinPad.create('pad', { pin: '12' }, host)).toMatchObject({ ok: false, fault: [{ path: ['pin'] }] });
  expect(simulatedPinPad.create('pad', { colour: 'red' }, host)).toMatchObject({
    ok: false,
    fault: [{ path: ['colour'] }],
  });
});
