/** A card that leaves between GENERATE AC and its answer, and comes back (Book C-2 S9.11, S10, S11). */
import { describe, expect, it } from 'vitest';
import {
  combinedCard,
  kernel2Input,
  type CombinedTraits,
  type Kernel2Terminal,
} from '../../../../test/emv/combined-card.ts';
import { hex, toHex } from '../../base/bytes.ts';
import { money } from '../../base/money.ts';
import { findTlv, parseTlv } from '../../tlv/ber-tlv.ts';
import type { SaleInput } from '../terminal-data.ts';
import type { TornRecord } from '../torn-record.ts';
import { dataOf, runSale, scripted, type Answers, type Run } from './test-kit.ts';

const traits: CombinedTraits = { drdol: '9F3704' };

interface TornCard {
  readonly card: Answers;
  /** The answer that the terminal did not hear. */
  readonly unheard: () => string;
}

/** Leaves with the answer to GENERATE AC. */
function tornCard(more: CombinedTraits = {}): TornCard {
  const whole = combinedCard({ ...traits, ...more });
  const generate = whole['80AE'];
  let unheard = '';
  const leave = (command: string): string => {
    unheard = typeof generate === 'function' ? generate(command) : '';
    return 'removed';
  };
  return { card: { ...whole, '80AE': leave }, unheard: () => unheard };
}

const later = (log: readonly TornRecord[] | undefined, changes: Partial<SaleInput> = {}, more: Kernel2Terminal = {}) =>
  kernel2Input({
    ...more,
    input: { unpredictableNumber: hex('0BADCAFE'), nowMs: 1000, tornLog: log ?? [], ...changes },
  });

/** The same card again, with an answer to RECOVER AC. */
const again = (recover: string, more: CombinedTraits = {}): Answers => ({
  '80D0': recover,
  ...combinedCard({ ...traits, ...more }),
});

const instructions = ({ commands }: Run): string[] => commands.map((command) => command.slice(2, 4)).slice(-2);

function objectOf({ result: { outcome } }: Run, tag: string): string {
  const parsed = parseTlv(hex('card' in outcome ? outcome.card.iccData : ''));
  return toHex((parsed.ok ? findTlv(parsed.value, tag)?.value : undefined) ?? hex(''));
}

function tear(terminal: Kernel2Terminal = {}, more: CombinedTraits = {}) {
  const torn = tornCard(more);
  const run = runSale(scripted(torn.card), kernel2Input(terminal));
  return { run, log: run.result.tornLog, unheard: torn.unheard() };
}

describe('the tear', () => {
  it('asks for another tap, and keeps what the recovery needs', () => {
    const { run, log } = tear();
    expect(run.result.outcome).toEqual({ kind: 'tryAgain', reason: 'removedTooEarly' });
    expect(run.result.parameters).toMatchObject({ start: 'B', uiOnRestart: { message: 'presentCardAgain' } });
    expect(log).toHaveLength(1);
    const [record] = log ?? [];
    expect(record?.account).toBe('9704000000000018/01');
    expect(toHex(record?.objects.get('9F37') ?? hex(''))).toBe('DEADBEEF');
    expect(toHex(record?.objects.get('DF8113') ?? hex(''))).toBe('DEADBEEF');
  });

  it.each<[string, Kernel2Terminal, CombinedTraits]>([
    ['the log is off', { kernel2: { tornRecords: 0 } }, {}],
    ['the card has no DRDOL', {}, { without: ['9F51'] }],
  ])('nothing is kept when %s', (_, terminal, more) => {
    expect(tear(terminal, more).log).toBeUndefined();
  });

  it('the oldest record makes room (DF811D)', () => {
    const one = tear().log;
    const two = tear({ input: { tornLog: one ?? [], nowMs: 10 } }, { sequenceNumber: '02' }).log;
    const three = tear({ input: { tornLog: two ?? [], nowMs: 20 } }, { sequenceNumber: '03' }).log;
    expect(three?.map(({ account }) => account.slice(-2))).toEqual(['02', '03']);
  });

  it('before GENERATE AC nothing is torn', () => {
    const gone = { ...combinedCard(traits), '00B2020C': 'removed' };
    const { result } = runSale(scripted(gone), kernel2Input());
    expect(result.outcome).toEqual({ kind: 'tryAgain', reason: 'removedTooEarly' });
    expect(result.tornLog).toBeUndefined();
  });
});

describe('the recovery', () => {
  it('asks for the lost answer, and goes on with the data of the torn transaction', () => {
    const { log, unheard } = tear();
    const run = runSale(scripted(again(unheard)), later(log));
    expect(instructions(run)).toEqual(['B2', 'D0']);
    expect(toHex(dataOf(run.commands.at(-1) ?? ''))).toBe('DEADBEEF');
    expect(run.result.outcome.kind).toBe('onlineRequest');
    // CDA over the first number holds, and the host is told that number.
    expect([objectOf(run, '9F37'), objectOf(run, '9F26')]).toEqual(['DEADBEEF', 'C0C1C2C3C4C5C6C7']);
    expect(run.result.tornLog).toEqual([]);
  });

  it.each<[string, string]>([
    ['asks for more than a command can carry', '9F37FF9F0301'],
    ['cannot be read', '9F37'],
  ])('by a card whose DRDOL %s is asked for with no data', (_, drdol) => {
    const { log, unheard } = tear({}, { drdol });
    expect(log?.[0]?.objects.get('DF8113')).toHaveLength(0);
    const { commands } = runSale(scripted(again(unheard, { drdol })), later(log));
    expect(commands.at(-1)).toMatch(/^80D00000/);
    expect(dataOf(commands.at(-1) ?? '')).toHaveLength(0);
  });

  it('of an offline approval', () => {
    const terminal = { settings: { floorLimit: 100_000 } };
    const { log, unheard } = tear(terminal);
    const run = runSale(scripted(again(unheard)), later(log, {}, terminal));
    expect(run.result.outcome.kind).toBe('approved');
    expect(objectOf(run, '95')).toBe('0000000001');
  });

  it.each<[string, Partial<SaleInput>, Kernel2Terminal]>([
    ['a pre-authorisation', { onlineOnly: true }, { settings: { floorLimit: 100_000 } }],
    [
      'a sale that the merchant wants to go online',
      { merchantForcedOnline: true },
      { settings: { floorLimit: 100_000 } },
    ],
    ['a sale above the floor limit that has changed', {}, {}],
  ])('an offline approval is not recovered for %s', (_, changes, terminal) => {
    const { log, unheard } = tear({ settings: { floorLimit: 100_000 } });
    const run = runSale(scripted(again(unheard)), later(log, changes, terminal));
    expect(instructions(run)).toEqual(['B2', 'AE']);
    expect(run.result.outcome.kind).toBe('onlineRequest');
  });

  it.each<[string, string, string]>([
    ['does not hold CDA', '77', 'endApplication'],
    ['is in format 1', '800B8000070102030405060708009000', 'endApplication'],
  ])('an answer that %s ends it, and the record is gone', (name, other, expected) => {
    const { log, unheard } = tear();
    const answer = name.includes('CDA') ? unheard.replace('9F36020007', '9F36020008') : other;
    const run = runSale(scripted(again(answer)), later(log));
    expect(run.result.outcome.kind).toBe(expected);
    expect(run.result.tornLog).toEqual([]);
  });

  it.each(['6985', '6A88', '6D00'])('%s: the card has nothing to recover, and is asked for a new answer', (status) => {
    const { log } = tear();
    const run = runSale(scripted(again(status)), later(log));
    expect(instructions(run)).toEqual(['D0', 'AE']);
    expect(run.result.outcome.kind).toBe('onlineRequest');
    expect(objectOf(run, '9F37')).toBe('0BADCAFE');
    expect(run.result.tornLog).toEqual([]);
  });

  it('torn again: the record stays for a third tap', () => {
    const { log } = tear();
    const run = runSale(scripted(again('removed')), later(log));
    expect(run.result.outcome).toEqual({ kind: 'tryAgain', reason: 'removedTooEarly' });
    expect(run.result.tornLog).toBeUndefined();
  });

  it('torn at the new GENERATE AC: the record is replaced (S11.11)', () => {
    const { log } = tear();
    const run = runSale(scripted({ '80D0': '6985', ...tornCard().card }), later(log));
    expect(run.result.tornLog).toHaveLength(1);
    expect(toHex(run.result.tornLog?.[0]?.objects.get('9F37') ?? hex(''))).toBe('0BADCAFE');
  });

  it.each<[string, Partial<SaleInput>, CombinedTraits]>([
    ['another amount', { amount: money(45_001, 'VND') }, {}],
    ['another kind of transaction', { transactionType: '20' }, {}],
    ['another PAN sequence number', {}, { sequenceNumber: '02' }],
    ['a card without DRDOL', {}, { without: ['9F51'] }],
  ])('%s: a transaction of its own', (_, changes, more) => {
    const { log, unheard } = tear();
    const run = runSale(scripted(again(unheard, more)), later(log, changes));
    expect(instructions(run)).toEqual(['B2', 'AE']);
    expect(run.result.tornLog).toBeUndefined();
  });

  it('a record is good for its lifetime (DF811C)', () => {
    const { log, unheard } = tear();
    const at = (nowMs: number): Run => runSale(scripted(again(unheard)), later(log, { nowMs }));
    expect(instructions(at(300_000))).toEqual(['B2', 'D0']);
    const tooLate = at(300_001);
    expect(instructions(tooLate)).toEqual(['B2', 'AE']);
    expect(tooLate.result.tornLog).toEqual([]);
  });
});
