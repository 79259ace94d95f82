/**
 * SIGKILL around every append to the journal, of every type of transaction. After each the terminal starts again, a
 * cashier does what the screen asks for, and then the journal, the acquirer, the bank, the batches, the vault and what
 * was shown before must agree. The terminal that starts after one death is the one that dies next.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { TerminalView } from '../../src/contract/view.ts';
import { compareBooks, keepsItsWord, showsAll } from './books.ts';
import type { Bomb, Moment } from './killing-terminal.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { noBomb, Shop } from './shop.ts';

/** Of every story. */
const moments: readonly Moment[] = ['durable', 'lost'];
/** More than any type of transaction takes; a story that never ends is a failure. */
const mostAppends = 25;
/** Stories at one time: some only wait. */
const lanes = 4;

let free = lanes;
const queue: (() => void)[] = [];

async function inLane(work: () => Promise<void>): Promise<void> {
  if (free === 0) await new Promise<void>((resolve) => queue.push(resolve));
  else free -= 1;
  try {
    await work();
  } finally {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  }
}

/** Starts it again and lets everything come to its end; with `dies` it is killed at each append on the way. */
async function recover(scenario: Scenario, shop: Shop, dies: boolean): Promise<{ restarted: TerminalView; deaths: number }> {
  for (let append = dies ? 1 : 0; append < mostAppends; append += 1) {
    if (!(await shop.start({ append, moment: 'durable' }))) continue;
    const restarted = shop.view;
    const whole = await finish(shop, () => shop.settle(scenario.partial ?? 'acceptPartial'));
    if (whole) return { restarted, deaths: Math.max(0, append - 1) };
  }
  throw new Error('the start never came to an end');
}

/** Takes the bomb out after `work`; false when it went off before. */
async function finish(shop: Shop, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return await shop.arm(noBomb);
  } catch (error) {
    if (shop.terminal.alive) throw error;
    return false;
  }
}

/** One story with one bomb; answers how often the terminal died. */
async function tell(scenario: Scenario, shop: Shop, bomb: Bomb): Promise<number> {
  const prepared = (await scenario.prepare?.(shop)) ?? '';
  await shop.arm(bomb);
  const whole = await finish(shop, () => scenario.act(shop, prepared));
  const { terminal: first } = shop;
  await scenario.restore?.(shop);
  if (whole) {
    await shop.settle(scenario.partial ?? 'acceptPartial');
    keepsItsWord(first.view, shop.view, compareBooks(shop));
    return 0;
  }
  expect(await first.ended(), first.log()).toBe('SIGKILL');
  const again = bomb.moment === 'durable' && bomb.append === scenario.diesAgainAfter;
  const { restarted, deaths } = await recover(scenario, shop, again);
  keepsItsWord(first.view, restarted);
  const state = compareBooks(shop);
  showsAll(restarted, state);
  keepsItsWord(first.view, shop.view, state);
  return 1 + deaths;
}

describe.concurrent('SIGKILL at every append', () => {
  const deaths: { readonly story: string; readonly deaths: number }[] = [];
  afterAll(() => {
    if (process.env['CHAM_KILLS'] !== undefined) console.table(deaths);
  });

  it.each(scenarios)('$name', { timeout: 300_000 }, (scenario) =>
    inLane(async () => {
      const shop = await Shop.open(scenario);
      let count = 0;
      try {
        await shop.start();
        for (const moment of scenario.begun === true ? [...moments, 'begun' as const] : moments) {
          count += await dieEverywhere(scenario, shop, moment);
        }
      } finally {
        await shop.close();
      }
      deaths.push({ story: scenario.name, deaths: count });
    }),
  );
});

async function dieEverywhere(scenario: Scenario, shop: Shop, moment: Moment): Promise<number> {
  // Nothing has happened before the first append.
  let append = moment === 'lost' ? 2 : 1;
  let deaths = 0;
  for (; append < mostAppends; append += 1) {
    try {
      const died = await tell(scenario, shop, { append, moment });
      deaths += died;
      if (died === 0) break;
    } catch (error) {
      throw new Error(`${moment} at append ${append}`, { cause: error });
    }
  }
  // Otherwise the bomb does not work, or the story never ends.
  expect(deaths).toBeGreaterThan(0);
  expect(append).toBeLessThan(mostAppends);
  return deaths;
}
