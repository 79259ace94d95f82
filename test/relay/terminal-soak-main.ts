/**
 * The long form of the soak with a real terminal at the end of the relay.
 *
 *   node test/relay/terminal-soak-main.ts [--notices 2000] [--duplicates 1%] [--reorder 5%] [--relay-kills 20] [--terminal-kills 20] [--seed N]
 *
 * Exit code 0 when each transfer is exactly once in the journal, as what it is; 1 else. What is sold, paid and sent is the
 * same for the same seed; when a kill strikes is not, to the millisecond.
 */
import { parseArgs } from 'node:util';
import { numberOption } from './soak.ts';
import { terminalSoak } from './terminal-soak.ts';

const { values } = parseArgs({
  options: {
    notices: { type: 'string', default: '2000' },
    duplicates: { type: 'string', default: '1%' },
    reorder: { type: 'string', default: '5%' },
    'relay-kills': { type: 'string', default: '20' },
    'terminal-kills': { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});

const number = (name: keyof typeof values): number => numberOption(name, values[name]);

const wishes = {
  notices: number('notices'),
  duplicates: number('duplicates'),
  reorder: number('reorder'),
  relayKills: number('relay-kills'),
  terminalKills: number('terminal-kills'),
  seed: number('seed'),
};
const report = await terminalSoak(wishes, (line) => process.stderr.write(`${line}\n`));
process.stdout.write(`${JSON.stringify({ seed: wishes.seed, ...report }, null, 2)}\n`);
process.exit(report.violations.length === 0 ? 0 : 1);
