/**
 * Days on which everything goes wrong at once, the same each time: transactions of all types, several misbehaviours for
 * each, restarts, cuts, "send now" and closing of the batch in the middle. In the evening both books agree.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { answerDeadLetters, comeToRest, endRigs, lastingTroubles, settled, troubles, withRig } from './cells.ts';
import type { Rig } from './rig.ts';
import { anchor, transactionTypes } from './types.ts';

afterAll(endRigs);

/** Park and Miller's generator: a day is told by its seed. */
function choices(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % count;
  };
}

function pick<T>(list: readonly T[], choose: (count: number) => number): T {
  const chosen = list[choose(list.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

const all = [...troubles, ...lastingTroubles];

const incidents: readonly ((rig: Rig, batches: number[]) => Promise<void>)[] = [
  async () => {},
  async () => {},
  async (rig) => {
    await rig.stopTerminal();
    await rig.startTerminal();
  },
  async (rig) => {
    await rig.cut();
    await rig.mend();
  },
  async (rig) => {
    await rig.person({ type: 'sendNow' });
  },
  async (rig, batches) => {
    batches.push(await rig.closeBatch());
  },
  async (rig) => {
    rig.acquirer.announceCutOver();
  },
];

async function trade(rig: Rig, choose: (count: number) => number): Promise<void> {
  const batches: number[] = [];
  for (let n = 0; n < 12; n += 1) {
    const type = pick(transactionTypes, choose);
    const prepared = (await type.prepare?.(rig)) ?? '';
    const wrong = [type.kind, type.kind, 'reversal', 'reversal', 'reconciliation'] as const;
    const told = wrong.map((on): Misbehaviour => ({ ...pick(all, choose).does, on, once: true }));
    rig.behave(...(type.besides === undefined ? [] : [type.besides]), ...told);
    const id = await type.act(rig, prepared);
    await pick(incidents, choose)(rig, batches);
    await type.decide?.(rig, id);
    await rig.until('the screen is free', () => rig.isFree());
    // The next customer comes while some of it is still in question.
    if (choose(2) === 0) await comeToRest(rig);
    rig.behave();
  }
  await comeToRest(rig);
  await answerDeadLetters(rig);
  for (const batch of batches) await rig.until('the batch is settled', () => rig.settled(batch) !== undefined);
  await anchor(rig);
  await settled(rig, await rig.closeBatch());
  expect(rig.unbalanced()).toEqual([]);
}

describe('a day of mixed trouble', () => {
  // More days for whoever has the time: DAYS=100.
  const seeds = Array.from({ length: Number(process.env['DAYS'] ?? 8) }, (_, index) => index + 1);
  it.concurrent.each(seeds)('number %i', { timeout: 120_000 }, (seed) => withRig((rig) => trade(rig, choices(seed))));
});
