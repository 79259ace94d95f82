/**
 * `cham run` with a mistake in it: the journal says that an append is done and writes it a moment later. It is the
 * control of the random kills: a terminal that acts before it has written has to be found out.
 */
import { run } from '../../src/main/cli/run.ts';
import { ok } from '../../src/core/base/result.ts';
import { Journal } from '../../src/store/journal.ts';

const delayMs = 20;

// eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
const append = Journal.prototype.append;
Journal.prototype.append = function acknowledgeFirst(...parameters) {
  setTimeout(() => append.apply(this, parameters), delayMs);
  return ok(this.head());
};

process.exit(await run(process.argv.slice(2)));
