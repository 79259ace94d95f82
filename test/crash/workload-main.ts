/** The program that is recorded: `node workload-main.ts ROOT SCENARIO`. Says what it does through the file ROOT/marks. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { scenarios, unsyncedControl, type Teller } from './scenarios.ts';

const [root = '', name = ''] = process.argv.slice(2);
const scenario = [...scenarios, unsyncedControl].find((one) => one.name === name);
if (scenario === undefined) throw new Error(`there is no scenario "${name}"`);
const marks = openSync(join(root, 'marks'), 'a');
const say = (...words: readonly (string | number)[]): void => void writeSync(marks, words.join(' '));
const tell: Teller = {
  trying: (after, rows) => say('try', after, rows),
  acknowledged: (sequence, hash, durable) => say('ack', sequence, hash, durable ? 1 : 0),
  failed: (detail) => {
    throw new Error(detail);
  },
};
scenario.work(root, tell);
closeSync(marks);
