/**
 * SIGKILL at random moments of a real terminal that sells against the training acquirer and bank: while it starts, while
 * it takes up what the last death has left, while it sells and while it waits. Deaths come alone, in pairs and more, and
 * after each the journal has to be whole and to have all that was acknowledged; then, once everything that was open
 * has come to its end, both books must agree and what was told must hold.
 *
 * `random-plan.ts` says what a seed decides. The kill itself is sent when the planned time has come, to the microsecond
 * as far as the machine goes along, whatever the terminal is doing: a run is not repeatable, its plan is.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TerminalView } from '../../src/contract/view.ts';
import { assert } from '../../src/core/base/assert.ts';
import type { TerminalState } from '../../src/core/transaction/state.ts';
import { journalFolder } from '../../src/main/folders.ts';
import { journalFiles } from '../../src/store/files.ts';
import { randomFrom } from '../crash/images.ts';
import { chamRun } from '../terminal-child.ts';
import { compareBooks, keepsItsWord, recordsOf, showsAll } from './books.ts';
import { carryOut } from './cashier.ts';
import { hostTimeoutMs, shopPlan, type Death, type LifeStage, type Round } from './random-plan.ts';
import { Shop } from './shop.ts';

export interface Options {
  /** At least so many; the round that reaches it is finished. */
  readonly kills: number;
  readonly seed: number;
  /** Shops at one time. */
  readonly lanes: number;
  /** Another program than `cham run`. */
  readonly line?: readonly string[];
  /** The folder of a shop in which something was found is kept. */
  readonly keepFolder?: boolean;
  readonly onKill?: (kills: number) => void;
}

export interface Violation {
  readonly seed: number;
  readonly shop: number;
  readonly round: number;
  /** How many kills the run had seen by then. */
  readonly kills: number;
  readonly what: string;
  readonly folder: string;
}

export interface Summary {
  readonly seed: number;
  readonly kills: number;
  /** By what the screen was told last; `starting` before it was told anything. */
  readonly phases: Readonly<Record<string, number>>;
  /** By what the plan aimed at. */
  readonly stages: Readonly<Record<LifeStage, number>>;
  /** Comparisons of both books, and how many deaths each was about. */
  readonly comparisons: number;
  readonly deathsPerComparison: Readonly<Record<number, number>>;
  readonly shops: number;
  /** How the transactions have ended. */
  readonly transactions: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
}

/** The control: a terminal that acts before it has written. As `Options.line`. */
export const forgetful: readonly string[] = [path.join(import.meta.dirname, 'forgetful-main.ts')];

/** From here on it is looked at the clock, not waited for a timer. */
const lookMs = 2;

type Counts = Record<string, number>;

function count(counts: Counts, name: string | number): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** What a stage takes on this machine, by those that were seen to their end. */
class Durations {
  readonly #ms = new Map<string, number>();

  of(name: string): number {
    return this.#ms.get(name) ?? 300;
  }

  took(name: string, ms: number): void {
    this.#ms.set(name, this.of(name) * 0.7 + ms * 0.3);
  }

  /** It was killed before its end, so it takes longer than this. */
  exceeded(name: string, ms: number): void {
    if (ms > this.of(name)) this.#ms.set(name, ms);
  }
}

/** Waits for the moment on the clock, and lets the hosts of this process work meanwhile. */
class Killer {
  #timer: NodeJS.Timeout | undefined;
  #done = false;
  readonly #kill: () => void;

  constructor(kill: () => void) {
    this.#kill = kill;
  }

  get hasKilled(): boolean {
    return this.#done;
  }

  strikeIn(ms: number): void {
    const at = performance.now() + ms;
    const look = (): void => {
      if (performance.now() < at) {
        setImmediate(look);
        return;
      }
      this.#done = true;
      this.#kill();
    };
    this.#timer = setTimeout(look, Math.max(0, ms - lookMs));
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}

function phaseOf({ sale, batches, outbox, background }: TerminalView): string {
  if (sale !== null) {
    if (sale.stage === 'unknown') return 'reversal';
    return sale.receipt.state === 'printing' ? `${sale.stage}, printing` : sale.stage;
  }
  if (batches.closing.length > 0) return 'batch';
  if (outbox.count > 0) return 'outbox';
  return background.length > 0 ? 'background' : 'idle';
}

/** A run, whose lanes share what they count. */
class Run {
  readonly options: Options;
  readonly durations = new Durations();
  readonly phases: Counts = {};
  readonly stages = { starting: 0, recovering: 0, selling: 0 };
  readonly deathsPerComparison: Counts = {};
  readonly transactions: Counts = {};
  readonly violations: Violation[] = [];
  kills = 0;
  comparisons = 0;
  shops = 0;

  constructor(options: Options) {
    this.options = options;
  }

  get over(): boolean {
    return this.kills >= this.options.kills || this.violations.length > 0;
  }

  died(stage: LifeStage, phase: string): void {
    this.kills += 1;
    this.stages[stage] += 1;
    count(this.phases, phase);
    this.options.onKill?.(this.kills);
  }
}

class Life {
  readonly #run: Run;
  readonly #shop: Shop;
  /** Sends SIGKILL to the terminal that runs now. */
  #kill = (): void => {};
  /** Each row that was seen in the journal. */
  #rows: readonly string[] = [];
  #everReady = false;
  #alive = false;
  /** What the screens were told last before each death since the books were compared. */
  #told: TerminalView[] = [];
  /** What the start has been given, which may hit after it. */
  #killer: Killer | undefined;
  #atRest: TerminalState | undefined;

  constructor(run: Run, shop: Shop) {
    this.#run = run;
    this.#shop = shop;
  }

  /** Up to the comparison of both books. */
  async round({ trades, deaths, partial }: Round): Promise<void> {
    for (const death of deaths) {
      const { stage } = death;
      if (!this.#alive && !(await this.#start(stage === 'starting' ? death : undefined))) continue;
      if (stage === 'recovering') await this.#dies(death, 'recovering', () => this.#shop.settle(partial));
      if (stage === 'starting') await this.#outlivesItsStart(partial);
      if (stage === 'selling') {
        await this.#timed('recovering', () => this.#shop.settle(partial));
        const names = trades.map(({ ware, host }) => `${ware}${host.length}`);
        await this.#dies(death, names, async () => {
          for (const [index, trade] of trades.entries()) {
            await this.#timed(names[index] ?? '', () => carryOut(this.#shop, trade, partial));
          }
        });
      }
    }
    await this.#compare(deaths.length, partial);
  }

  /** False when it has died before it was ready. */
  async #start(death: Death | undefined): Promise<boolean> {
    const { durations } = this.#run;
    const startedMs = performance.now();
    let killer: Killer | undefined;
    try {
      await this.#shop.launch(this.#run.options.line ?? chamRun, (kill) => {
        this.#kill = kill;
        killer = new Killer(kill);
        if (death !== undefined) killer.strikeIn(durations.of('starting') * death.share);
      });
    } catch (error) {
      if (killer?.hasKilled !== true || !(error instanceof Error) || !/SIGKILL/.test(error.message)) throw error;
      this.#dead('starting', 'starting');
      return false;
    }
    durations.took('starting', performance.now() - startedMs);
    this.#killer = killer;
    this.#everReady = true;
    this.#alive = true;
    for (const told of this.#told) keepsItsWord(told, this.#shop.view);
    return true;
  }

  /** The start was faster than planned: the same kill hits what comes after it. */
  async #outlivesItsStart(partial: Round['partial']): Promise<void> {
    assert(this.#killer !== undefined, 'a killer waits');
    await this.#ends(this.#killer, 'starting', () => this.#shop.settle(partial));
  }

  async #dies({ share, stage }: Death, names: string | readonly string[], work: () => Promise<void>): Promise<void> {
    const { durations } = this.#run;
    const expectedMs = [names].flat().reduce((sum, name) => sum + durations.of(name), 0);
    const killer = new Killer(this.#kill);
    killer.strikeIn(expectedMs * share);
    await this.#ends(killer, stage, work);
  }

  async #ends(killer: Killer, stage: LifeStage, work: () => Promise<void>): Promise<void> {
    const { terminal } = this.#shop;
    try {
      await work();
    } catch (error) {
      killer.cancel();
      if (!killer.hasKilled) throw error;
    }
    equal(await terminal.ended(), 'SIGKILL', terminal.log());
    this.#told.push(terminal.view);
    this.#dead(stage, phaseOf(terminal.view));
  }

  async #timed(name: string, work: () => Promise<void>): Promise<void> {
    const startedMs = performance.now();
    try {
      await work();
      this.#run.durations.took(name, performance.now() - startedMs);
    } catch (error) {
      this.#run.durations.exceeded(name, performance.now() - startedMs);
      throw error;
    }
  }

  /** The journal is whole, begins as it did, and has all that the screens were told. */
  #dead(stage: LifeStage, phase: string): void {
    this.#alive = false;
    this.#run.died(stage, phase);
    // Before the first start has ended nothing was promised.
    if (!this.#everReady || !existsSync(journalFiles(journalFolder(this.#shop.dataFolder)).journal)) return;
    const rows = recordsOf(this.#shop).map((record) => JSON.stringify(record));
    deepEqual(rows.slice(0, this.#rows.length), this.#rows, 'rows that were in the journal before');
    const promised = Math.max(0, ...this.#told.map(({ journal }) => journal.sequence));
    assert(rows.length >= promised, `the screens were told of row ${promised}, and there are ${rows.length}`);
    this.#rows = rows;
  }

  async #compare(deaths: number, partial: Round['partial']): Promise<void> {
    assert(await this.#start(undefined), 'nobody kills it now');
    const restarted = this.#shop.view;
    this.#shop.acquirer.behave();
    await this.#shop.hostUp();
    await this.#timed('recovering', () => this.#shop.settle(partial));
    const state = compareBooks(this.#shop);
    showsAll(restarted, state);
    for (const told of this.#told) keepsItsWord(told, this.#shop.view, state);
    this.#told = [];
    this.#run.comparisons += 1;
    count(this.#run.deathsPerComparison, deaths);
    this.#atRest = state;
  }

  countTransactions(counts: Counts): void {
    for (const { kind, method, phase } of this.#atRest?.transactions.values() ?? []) {
      count(counts, `${method} ${kind}: ${phase}`);
    }
  }
}

/** One shop after another, each with a plan that its number in the run decides. */
async function lane(run: Run): Promise<void> {
  const { seed, keepFolder = false } = run.options;
  while (!run.over) {
    run.shops += 1;
    const number = run.shops;
    const { macs, rounds } = shopPlan(randomFrom(seed * 1_000_003 + number));
    const shop = await Shop.open({ macs, hostTimeoutMs });
    const life = new Life(run, shop);
    let at = 0;
    let found = false;
    try {
      for (; at < rounds.length && !run.over; at += 1) await life.round(rounds[at] as Round);
    } catch (error) {
      found = true;
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      run.violations.push({ seed, shop: number, round: at + 1, kills: run.kills, what, folder: shop.folder });
    } finally {
      life.countTransactions(run.transactions);
      await shop.close({ keepFolder: found && keepFolder });
    }
  }
}

/** Ends with the first violation, if there is one. */
export async function killAtRandom(options: Options): Promise<Summary> {
  const run = new Run(options);
  await Promise.all(Array.from({ length: options.lanes }, () => lane(run)));
  const { kills, phases, stages, comparisons, deathsPerComparison, shops, transactions, violations } = run;
  return {
    seed: options.seed,
    kills,
    phases: sorted(phases),
    stages,
    comparisons,
    deathsPerComparison,
    shops,
    transactions: sorted(transactions),
    violations,
  };
}

function sorted(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).toSorted(([, a], [, b]) => b - a));
}
