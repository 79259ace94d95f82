/**
 * SIGKILL around every append to the journal, of every type of transaction. After each the terminal starts again, a
 * cashier does what the screen asks for, and then the journal, the acquirer, the bank, the batches, the vault and what
 * was shown before must agree. The terminal that starts after one death is the one that dies next.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { TerminalState } from '../../src/core/transaction/state.ts';
import { compareBooks, keepsItsWord, showsAll } from './books.ts';
import type { Bomb, Moment } from './killing-terminal.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { Shop } from './shop.ts';

const moments: readonly Moment[] = ['lost', 'durable', 'begun'];
/** More than any type of transaction takes; a story that never ends is a failure. */
const mostAppends = 25;
/** Stories at one time: some only wait. */
const lanes = 3;

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

/** One story with one bomb; answers whether it went off. */
async function tell(scenario: Scenario, shop: Shop, bomb: Bomb): Promise<boolean> {
  const prepared = (await scenario.prepare?.(shop)) ?? '';
  await shop.arm(bomb);
  const whole = await scenario.act(shop, prepared).then(
    () => shop.arm({ append: 0, moment: bomb.moment }),
    (error: unknown) => {
      if (shop.terminal.alive) throw error;
      return false;
    },
  );
  let state: TerminalState;
  const { terminal: first } = shop;
  if (!whole) {
    expect(await first.ended(), first.log()).toBe('SIGKILL');
    await scenario.restore?.(shop);
    await shop.start();
    const restarted = shop.view;
    keepsItsWord(first.view, restarted);
    await shop.settle(scenario.partial ?? 'acceptPartial');
    state = compareBooks(shop);
    showsAll(restarted, state);
  } else {
    await scenario.restore?.(shop);
    await shop.settle(scenario.partial ?? 'acceptPartial');
    state = compareBooks(shop);
  }
  keepsItsWord(first.view, shop.view, state);
  return !whole;
}

describe.concurrent('SIGKILL at every append', () => {
  const deaths: [string, number][] = [];
  afterAll(() => {
    // Every story dies somewhere, or the bomb does not work.
    expect(deaths.filter(([, count]) => count < 2)).toEqual([]);
    if (process.env['CHAM_KILLS'] !== undefined) console.table(deaths);
  });

  it.each(scenarios)('$name', { timeout: 300_000 }, (scenario) =>
    inLane(async () => {
      const shop = await Shop.open({ macs: scenario.macs ?? false });
      let count = 0;
      try {
        await shop.start();
        for (const moment of moments) {
          let append = 1;
          try {
            while (await tell(scenario, shop, { append, moment })) {
              append += 1;
              expect(append).toBeLessThan(mostAppends);
            }
          } catch (error) {
            throw new Error(`${moment} at append ${append}`, { cause: error });
          }
          count += append - 1;
        }
      } finally {
        await shop.close();
      }
      deaths.push([scenario.name, count]);
    }),
  );
});
