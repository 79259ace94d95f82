/**
 * How much of a shop's life the simulator goes through in a minute, in one process: sales of a shop with 300 a day, faults,
 * crashes, and the comparison of both books included. Nights are left out: time passes from one event to the next.
 *
 *   node bench/sim.ts [--json]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { print } from './measure.ts';

const program = path.resolve(import.meta.dirname, '../test/sim/sim-main.ts');
const parameters = ['--seed', '201', '--seeds', '4', '--steps', '4000', '--json'];
const salesAYear = 300 * 365;

const startedMs = performance.now();
const done = spawnSync(process.execPath, [program, ...parameters], { encoding: 'utf8', maxBuffer: 1 << 28 });
const minutes = (performance.now() - startedMs) / 60_000;
if (done.status !== 0) throw new Error(`the simulation found something: ${done.stderr}`);
const runs = JSON.parse(done.stdout) as readonly { readonly transactions: number; readonly crashes: number }[];
const sales = runs.reduce((sum, { transactions }) => sum + transactions, 0);
const crashes = runs.reduce((sum, run) => sum + run.crashes, 0);
const salesPerMinute = Math.round(sales / minutes);
const yearsPerMinute = sales / salesAYear / minutes;
print(
  { sales, crashes, salesPerMinute, yearsPerMinute },
  `simulated terminal: ${salesPerMinute} payments a minute, with ${crashes} crashes in ${sales} of them: ` +
    `${yearsPerMinute.toFixed(4)} years of 300 sales a day each minute in one process`,
);
