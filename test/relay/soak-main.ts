/**
 * The long form of the relay's soak.
 *
 *   node test/relay/soak-main.ts [--notices 10000] [--duplicates 1%] [--reorder 5%] [--restarts 20] [--terminals 3] [--seed N]
 *
 * Exit code 0 when nothing was lost, doubled, mixed up or out of order; 1 else.
 */
import { parseArgs } from 'node:util';
import { numberOption, soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    notices: { type: 'string', default: '10000' },
    duplicates: { type: 'string', default: '1%' },
    reorder: { type: 'string', default: '5%' },
    restarts: { type: 'string', default: '20' },
    terminals: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});

const number = (name: keyof typeof values): number => numberOption(name, values[name]);

const report = await soak(
  {
    notices: number('notices'),
    duplicates: number('duplicates'),
    reorder: number('reorder'),
    restarts: number('restarts'),
    terminals: number('terminals'),
    seed: number('seed'),
  },
  (line) => process.stderr.write(`${line}\n`),
);
process.stdout.write(`${JSON.stringify({ seed: number('seed'), ...report }, null, 2)}\n`);
process.exit(report.violations.length === 0 ? 0 : 1);
