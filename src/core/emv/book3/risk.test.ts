/** EMV 4.4 Book 3 §10.6: floor limit, random selection, velocity; Book 4 §6.3.5 exception file, §6.5.3 forced online. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../../base/bytes.ts';
import type { Result } from '../../base/result.ts';
import type { CardStop } from '../stop.ts';
import type { TransactionData } from '../transaction-data.ts';
import { manageRisk, randomlySelected, type RiskInput, type RiskSettings } from './risk.ts';
import { runOnCard, transaction, type Card, type Run } from './test-kit.ts';

type Tagged = Readonly<Record<string, string | undefined>>;

const quiet: RiskInput = {
  randomNumber: 99,
  recentAmount: () => 0,
  onExceptionFile: () => false,
  merchantForcedOnline: false,
};
const settings: RiskSettings = {
  floorLimit: 100_000,
  randomSelection: { threshold: 0, targetPercentage: 0, maximumTargetPercentage: 0 },
};

interface Setup {
  readonly card?: Tagged;
  readonly terminal?: Tagged;
  readonly input?: Partial<RiskInput>;
  readonly settings?: Partial<RiskSettings>;
  readonly answers?: Card;
}

interface Managed extends Run<Result<void, CardStop>> {
  readonly data: TransactionData;
  /** TVR and TSI. */
  readonly state: string;
}

function manage(setup: Setup = {}): Managed {
  const data = transaction({ '82': '0000', '5A': '9704000000000018', ...setup.card }, setup.terminal);
  const run = runOnCard<Result<void, CardStop>>(
    (channel) => manageRisk(channel, data, { ...quiet, ...setup.input }, { ...settings, ...setup.settings }),
    setup.answers ?? (() => '6A88'),
  );
  return { ...run, data, state: `${toHex(data.tvr.value)} ${toHex(data.tsi.value)}` };
}

describe('floor limit (§10.6.1)', () => {
  it.each([
    ['000000099999', 0, '0000000000'],
    ['000000100000', 0, '0000008000'],
    ['000000100001', 0, '0000008000'],
    ['000000050000', 49_999, '0000000000'],
    ['000000050000', 50_000, '0000008000'],
    ['000000100000', 1, '0000008000'],
    ['999999999999', 0, '0000008000'],
  ])('%s after %i', (amount, recent, tvr) => {
    const run = manage({ terminal: { '9F02': amount }, input: { recentAmount: () => recent } });
    expect(run.state).toBe(`${tvr} 0800`);
    expect(run.commands).toEqual([]);
  });

  it('of 0: everything goes online', () => {
    expect(manage({ terminal: { '9F02': '000000000000' }, settings: { floorLimit: 0 } }).state).toBe('0000008000 0800');
  });

  it('an amount that nobody knows is not below it', () => {
    expect(manage({ terminal: { '9F02': undefined } }).state).toBe('0000008000 0800');
  });

  it('asks for the card by PAN and sequence number, and leaves no PAN behind', () => {
    const asked: string[] = [];
    const input: Partial<RiskInput> = {
      recentAmount: (pan, sequenceNumber) => {
        asked.push(`${pan.use((digits) => String.fromCharCode(...digits))} ${sequenceNumber}`);
        return 0;
      },
    };
    manage({ card: { '5F34': '07' }, input });
    manage({ card: { '5A': undefined, '57': '9704000000000018D49122010000000F' }, input });
    expect(asked).toEqual(['9704000000000018 07', '9704000000000018 undefined']);
    const track2 = hex('9704000000000018D49122010000000F');
    let copy = track2;
    const data = transaction({});
    data.card.set('57', Object.assign(track2.slice(), { slice: () => (copy = track2.slice()) }));
    runOnCard<Result<void, CardStop>>(
      (channel) => manageRisk(channel, data, quiet, settings),
      () => '6A88',
    );
    expect(toHex(copy)).toBe('00'.repeat(track2.length));
    let kept: { use: (reader: () => void) => void } | undefined;
    manage({ input: { recentAmount: (pan) => ((kept = pan), 0) } });
    expect(() => kept?.use(() => undefined)).toThrow('wiped');
  });

  it('a card without a PAN that can be read has paid nothing and is in no file', () => {
    const asked = { recentAmount: () => 1e9, onExceptionFile: () => true };
    const terminal = { '9F02': '000000099999' };
    expect(manage({ card: { '5A': 'ABCD' }, terminal, input: asked }).state).toBe('0000000000 0800');
    expect(manage({ card: { '5A': undefined }, terminal, input: asked }).state).toBe('0000000000 0800');
  });
});

describe('what the merchant knows', () => {
  it('the exception file (Book 4 §6.3.5)', () => {
    const seen: unknown[] = [];
    const input: Partial<RiskInput> = {
      onExceptionFile: (pan, sequenceNumber) => (seen.push(pan.masked, sequenceNumber), true),
    };
    expect(manage({ card: { '5F34': '01' }, input }).state).toBe('1000000000 0800');
    expect(seen).toEqual(['970400******0018', '01']);
  });

  it('forced online (Book 4 §6.5.3)', () => {
    expect(manage({ input: { merchantForcedOnline: true } }).state).toBe('0000000800 0800');
  });

  it('whether the card’s profile asks for it makes no difference (§10.6)', () => {
    const forced = { input: { merchantForcedOnline: true } };
    expect(manage({ ...forced, card: { '82': '0800' } }).state).toBe(manage(forced).state);
  });
});

function object(run: Managed, tag: string): string {
  return toHex(run.data.get(tag) ?? hex(''));
}

describe('data objects for DOLs', () => {
  it('floor limit and binary amount', () => {
    const run = manage();
    expect([object(run, '9F1B'), object(run, '81')]).toEqual(['000186A0', '0000AFC8']);
  });

  it('what is there already stays', () => {
    const run = manage({ terminal: { '9F1B': '00000001', '81': '00000002' } });
    expect([object(run, '9F1B'), object(run, '81')]).toEqual(['00000001', '00000002']);
  });

  it('four bytes hold no more than four bytes', () => {
    const most = manage({ terminal: { '9F02': '004294967295' }, settings: { floorLimit: 0xff_ff_ff_ff } });
    expect([object(most, '9F1B'), object(most, '81')]).toEqual(['FFFFFFFF', 'FFFFFFFF']);
    const more = manage({ terminal: { '9F02': '004294967296' }, settings: { floorLimit: 0x1_00_00_00_00 } });
    expect([object(more, '9F1B'), object(more, '81')]).toEqual(['FFFFFFFF', '']);
    expect(object(manage({ terminal: { '9F02': undefined } }), '81')).toBe('');
  });
});

describe('random selection (§10.6.2)', () => {
  const selection = { threshold: 20_000, targetPercentage: 20, maximumTargetPercentage: 70 };

  it('sets its bit, and no other', () => {
    const chosen = { settings: { randomSelection: selection }, terminal: { '9F02': '000000010000' } };
    expect(manage({ ...chosen, input: { randomNumber: 20 } }).state).toBe('0000001000 0800');
    expect(manage({ ...chosen, input: { randomNumber: 21 } }).state).toBe('0000000000 0800');
  });

  /** Amount, and the largest number that selects it. */
  it.each([
    [0, 20],
    [19_999, 20],
    [20_000, 20],
    [21_599, 20],
    [21_600, 21],
    [60_000, 45],
    [99_999, 69],
    [100_000, 0],
    [100_001, 0],
  ])('an amount of %i is selected by numbers up to %i', (amount, largest) => {
    for (let number = 1; number <= 99; number += 1) {
      const selected = randomlySelected(amount, number, { floorLimit: 100_000, randomSelection: selection });
      expect(selected, String(number)).toBe(number <= largest);
    }
  });

  it.each([
    [0, 0, 0],
    [99, 99, 99],
  ])('from %i to %i percent: up to %i', (targetPercentage, maximumTargetPercentage, largest) => {
    for (const amount of [0, 50_000, 99_999]) {
      for (let number = 1; number <= 99; number += 1) {
        const randomSelection = { threshold: 50_000, targetPercentage, maximumTargetPercentage };
        expect(randomlySelected(amount, number, { floorLimit: 100_000, randomSelection })).toBe(number <= largest);
      }
    }
  });

  it('an amount that nobody knows is not selected', () => {
    const run = manage({
      terminal: { '9F02': undefined },
      settings: { randomSelection: { ...selection, targetPercentage: 99 } },
      input: { randomNumber: 1 },
    });
    expect(run.state).toBe('0000008000 0800');
  });

  it('is the formula of the Book, in exact fractions', () => {
    const positive = fc.integer({ min: 1, max: 1_000_000_000_000 });
    fc.assert(
      fc.property(
        fc.tuple(positive, positive, positive).map((three) => three.toSorted((a, b) => a - b)),
        fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 99 })),
        fc.integer({ min: 1, max: 99 }),
        ([threshold = 0, amount = 0, floorLimit = 0], [one, other], randomNumber) => {
          fc.pre(threshold < floorLimit && amount < floorLimit);
          const [target, maximum] = [Math.min(one, other), Math.max(one, other)];
          const range = BigInt(floorLimit - threshold);
          const percentTimesRange = BigInt(maximum - target) * BigInt(amount - threshold) + BigInt(target) * range;
          const randomSelection = { threshold, targetPercentage: target, maximumTargetPercentage: maximum };
          expect(randomlySelected(amount, randomNumber, { floorLimit, randomSelection })).toBe(
            BigInt(randomNumber) * range <= percentTimesRange,
          );
        },
      ),
    );
  });
});

function counters(atc: string, lastOnline: string): Card {
  return (command) => {
    const [tag, value] = command === '80CA9F3600' ? ['9F36', atc] : ['9F13', lastOnline];
    return value.startsWith('6A') ? value : `${tag}02${value}9000`;
  };
}

function hexOf(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0').toUpperCase();
}

describe('velocity (§10.6.3)', () => {
  const limits = { '9F14': '12', '9F23': '34' };
  it.each([
    ['one transaction', '04D2', '04D1', '0000000000'],
    ['the lower limit', '04D2', '04C0', '0000000000'],
    ['over the lower limit', '04D2', '04BF', '0000004000'],
    ['the upper limit', '04D2', '049E', '0000004000'],
    ['over the upper limit', '04D2', '049D', '0000006000'],
    ['one transaction, over a whole byte', '0500', '04FF', '0000000000'],
    ['far over it', 'FFFF', '0001', '0000006000'],
    ['a counter that did not move', '04D2', '04D2', '0000006000'],
    ['a counter that went back', '04D1', '04D2', '0000006000'],
    ['a new card', '0005', '0000', '0008000000'],
    ['a new card, over the lower limit', '0013', '0000', '0008004000'],
    ['a card that was never used', '0000', '0000', '0008006000'],
    ['no counter', '6A88', '04D1', '2000006000'],
    ['no last online counter', '04D2', '6A88', '2000006000'],
    ['neither', '6A81', '6A81', '2000006000'],
    ['a new card without counter', '6A81', '0000', '2008006000'],
  ])('%s', (_name, atc, lastOnline, tvr) => {
    const run = manage({ card: limits, answers: counters(atc, lastOnline) });
    expect(run.commands).toEqual(['80CA9F3600', '80CA9F1300']);
    expect(run.state).toBe(`${tvr} 0800`);
  });

  it.each([{ '9F14': '12' }, { '9F23': '34' }, { '9F14': '12', '9F23': '' }, {}])(
    'without both limits it is not done: %j',
    (card) => {
      const run = manage({ card, answers: () => '9F360204D29000' });
      expect(run.commands).toEqual([]);
      expect(run.state).toBe('0000000000 0800');
    },
  );

  it('the upper limit is looked at only over the lower one', () => {
    const run = manage({ card: { '9F14': '34', '9F23': '12' }, answers: counters('04D2', '04BF') });
    expect(run.state).toBe('0000000000 0800');
  });

  it.each([
    ['leaves', '80CA9F3600', 'removed', 'communicationError'],
    ['leaves later', '80CA9F1300', 'removed', 'communicationError'],
    ['says nothing', '80CA9F1300', 'noAnswer', 'communicationError'],
    ['answers nonsense', '80CA9F3600', 'DEADBEEF9000', 'cardDataError'],
    ['answers with another object', '80CA9F1300', '9F360204D29000', 'cardDataError'],
    ['answers too short', '80CA9F3600', '9F3601049000', 'cardDataError'],
  ])('a card that %s ends it, and it was not performed', (_name, at, answer, kind) => {
    const answers: Card = (command) => (command === at ? answer : counters('04D2', '04D1')(command));
    const run = manage({ card: limits, answers });
    expect(run.end).toMatchObject({ ok: false, fault: { kind } });
    expect(run.state.endsWith('0000')).toBe(true);
  });

  it('any counters and limits: as the Book counts', () => {
    const counter = fc.integer({ min: 0, max: 0xffff });
    const limit = fc.integer({ min: 0, max: 0xff });
    fc.assert(
      fc.property(counter, counter, limit, limit, (atc, lastOnline, lower, upper) => {
        const run = manage({
          card: { '9F14': hexOf(lower, 2), '9F23': hexOf(upper, 2) },
          answers: (command) =>
            command === '80CA9F3600' ? `9F3602${hexOf(atc, 4)}9000` : `9F1302${hexOf(lastOnline, 4)}9000`,
        });
        const stuck = atc <= lastOnline;
        const overLower = stuck || atc - lastOnline > lower;
        const overUpper = stuck || (overLower && atc - lastOnline > upper);
        expect(run.data.tvr.has('lowerOfflineLimitExceeded')).toBe(overLower);
        expect(run.data.tvr.has('upperOfflineLimitExceeded')).toBe(overUpper);
        expect(run.data.tvr.has('newCard')).toBe(lastOnline === 0);
        expect(run.data.tvr.has('iccDataMissing')).toBe(false);
      }),
    );
  });

  it('any answer of the card comes to a defined end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 12 }), (first, second) => {
        const run = manage({
          card: limits,
          answers: (command) => toHex(command === '80CA9F3600' ? first : second),
        });
        expect(run.data.tsi.has('terminalRiskManagementPerformed')).toBe(run.end.ok);
      }),
    );
  });
});
