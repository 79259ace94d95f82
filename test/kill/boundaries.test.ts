/**
 * SIGKILL around every append to the journal, of every type of transaction. After each the terminal starts again, a
 * cashier does what the screen asks for, and then the journal, the acquirer, the bank, the batches, the vault and what
 * was shown before must agree. The terminal that starts after one death is the one that dies next. All stories know the
 * moments just before and just after an append; two of them also the one in which the effects have been begun, and some
 * die again during the recovery.
 *
 * In `npm test` the two moments take turns from append to append, and the stories begin with one or the other, so that each
 * kind of append meets both. With CHAM_EVERY_MOMENT=1 (`npm run prove -- --only appends`) each append of each story does.
 */
import { describe, expect, it } from 'vitest';
import type { TerminalView } from '../../src/contract/view.ts';
import { compareBooks, keepsItsWord, showsAll } from './books.ts';
import type { Bomb, Moment } from './killing-terminal.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { noBomb, Shop } from './shop.ts';

/** Which moment the bomb has at an append. */
type Plan = (append: number) => Moment;

const always =
  (moment: Moment): Plan =>
  () =>
    moment;
const inTurns =
  (first: number): Plan =>
  (append) =>
    (append + first) % 2 === 0 ? 'durable' : 'lost';

const everyMoment = process.env['CHAM_EVERY_MOMENT'] === '1';

function plansOf(scenario: Scenario): readonly Plan[] {
  const usual = everyMoment ? [always('durable'), always('lost')] : [inTurns(scenarios.indexOf(scenario))];
  return scenario.begun === true ? [...usual, always('begun')] : usual;
}

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

/**
 * Starts it again and lets everything come to its end; with `dies` it is killed again on the way, each time one append
 * later. Answers the first view of the start that came to the end.
 */
async function recover(scenario: Scenario, shop: Shop, dies: boolean): Promise<TerminalView> {
  for (let append = dies ? 1 : 0; append < mostAppends; append += 1) {
    if (!(await shop.start({ append, moment: 'durable' }))) continue;
    const restarted = shop.view;
    const whole = await finish(shop, () => shop.settle(scenario.partial ?? 'acceptPartial'));
    if (whole) return restarted;
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

/** One story with one bomb; answers whether it went off. */
async function tell(scenario: Scenario, shop: Shop, bomb: Bomb): Promise<boolean> {
  const prepared = (await scenario.prepare?.(shop)) ?? '';
  await shop.arm(bomb);
  const whole = await finish(shop, () => scenario.act(shop, prepared));
  const { terminal: first } = shop;
  await scenario.restore?.(shop);
  if (whole) {
    await shop.settle(scenario.partial ?? 'acceptPartial');
    keepsItsWord(first.view, shop.view, compareBooks(shop));
    return false;
  }
  expect(await first.ended(), first.log()).toBe('SIGKILL');
  const again = bomb.moment === 'durable' && bomb.append === scenario.diesAgainAfter;
  const restarted = await recover(scenario, shop, again);
  keepsItsWord(first.view, restarted);
  const state = compareBooks(shop);
  showsAll(restarted, state);
  keepsItsWord(first.view, shop.view, state);
  return true;
}

describe.concurrent('SIGKILL at every append', () => {
  it.each(scenarios)('$name', { timeout: 300_000 }, (scenario) =>
    inLane(async () => {
      const shop = await Shop.open(scenario);
      try {
        await shop.start();
        for (const plan of plansOf(scenario)) await dieEverywhere(scenario, shop, plan);
      } finally {
        await shop.close();
      }
    }),
  );
});

/** Tells the story again and again, with the bomb one append later each time, until it is told to its end. */
async function dieEverywhere(scenario: Scenario, shop: Shop, plan: Plan): Promise<void> {
  let append = 1;
  for (; append < mostAppends; append += 1) {
    const moment = plan(append);
    // Nothing has happened before the first append.
    if (append === 1 && moment === 'lost') continue;
    try {
      if (!(await tell(scenario, shop, { append, moment }))) break;
    } catch (error) {
      throw new Error(`${moment} at append ${append}`, { cause: error });
    }
  }
  // Otherwise the bomb does not work, or the story never ends.
  expect(append).toBeGreaterThan(2);
  expect(append).toBeLessThan(mostAppends);
}
