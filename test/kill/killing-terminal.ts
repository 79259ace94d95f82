/**
 * `cham run` with a bomb: the real service, which kills itself with SIGKILL around one append to its journal. An append
 * is one transaction of the database, so what lies between two appends is all that a crash can tell apart.
 */
import { run } from '../../src/main/cli/run.ts';
import { Journal } from '../../src/store/journal.ts';

/**
 * `lost`: what led to the events has happened, and they are not on disk · `durable`: they are, and nothing was done about
 * them · `begun`: what they ask for was begun.
 */
export type Moment = 'lost' | 'durable' | 'begun';

/** `append`: 1 for the next one; 0 for none. As a message it takes the place of what was set, and is sent back. */
export interface Bomb {
  readonly append: number;
  readonly moment: Moment;
}

/** First argument: the bomb that the start itself has, as JSON. The others are those of `cham run`. */
const [first = '', ...options] = process.argv.slice(2);
let bomb = JSON.parse(first) as Bomb;
let appends = 0;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

// eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
const append = Journal.prototype.append;
Journal.prototype.append = function appendAndDie(...parameters) {
  appends += 1;
  const now = appends === bomb.append ? bomb.moment : undefined;
  if (now === 'lost') die();
  const result = append.apply(this, parameters);
  if (now === 'durable') die();
  if (now === 'begun') setImmediate(die);
  return result;
};

process.on('message', (told: Bomb) => {
  bomb = told;
  appends = 0;
  process.send?.(told);
});

process.exit(await run(options));
