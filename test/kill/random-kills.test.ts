/** The short form of random-kills-main.ts, and its control. */
import { describe, expect, it } from 'vitest';
import { forgetful, killAtRandom } from './random-kills.ts';
import { shopPlan } from './random-plan.ts';
import { randomFrom } from '../crash/images.ts';

const kills = 50;
/** Within so many the control has to be found out. */
const controlKills = 40;
const lanes = 2;

describe('SIGKILL at random moments', () => {
  it('both books agree after every restart', { timeout: 300_000 }, async () => {
    const summary = await killAtRandom({ kills, seed: 1, lanes });
    expect(summary.violations).toEqual([]);
    expect(summary.kills).toBeGreaterThanOrEqual(kills);
    // It died in its start, in its recovery and at work, and often more than once before the books were compared.
    for (const [stage, count] of Object.entries(summary.stages)) expect(count, stage).toBeGreaterThan(4);
    expect(Object.keys(summary.phases).length).toBeGreaterThan(4);
    expect(summary.comparisons).toBeLessThan(summary.kills);
    const booked = Object.entries(summary.transactions).filter(([name]) =>
      /: (approved|completed|paid|voided)$/.test(name),
    );
    expect(booked.length).toBeGreaterThan(0);
  });

  it('finds a terminal that acts before it has written', { timeout: 300_000 }, async () => {
    const { violations } = await killAtRandom({ kills: controlKills, seed: 2, lanes, line: forgetful });
    expect(violations).not.toEqual([]);
  });

  it('the same seed plans the same', () => {
    expect(shopPlan(randomFrom(7))).toEqual(shopPlan(randomFrom(7)));
    expect(shopPlan(randomFrom(7))).not.toEqual(shopPlan(randomFrom(8)));
  });
});
