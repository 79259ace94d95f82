/**
 * How many states of the payment machine with the world around it one process visits in a second, and how many steps
 * between them it takes, invariants, refolding and the search for what is stuck included.
 *
 *   node bench/exhaustive.ts [--json]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { print } from './measure.ts';

const program = path.resolve(import.meta.dirname, '../test/exhaustive/exhaustive-main.ts');
const parameters = ['--short', '--scenario', 'two sales', '--json'];
const done = spawnSync(process.execPath, [program, ...parameters], { encoding: 'utf8', maxBuffer: 1 << 28 });
if (done.status !== 0) throw new Error(`the states could not be explored: ${done.stderr}${done.stdout}`);
interface Document {
  readonly states: number;
  readonly transitions: number;
  readonly statesPerSecond: number;
  readonly transitionsPerSecond: number;
}
const { states, transitions, statesPerSecond, transitionsPerSecond } = JSON.parse(done.stdout) as Document;
print(
  { states, transitions, statesPerSecond, transitionsPerSecond },
  `exhaustive check: ${states} states and ${transitions} transitions, ` +
    `${statesPerSecond} states and ${transitionsPerSecond} transitions a second in one process`,
);
