/**
 * All reachable states of the payment machine and of the world around it, up to the bounds in scenarios.ts.
 *
 *   node test/exhaustive/exhaustive-main.ts [--short] [--scenario TEXT] [--max-states N] [--mistakes] [--json]
 */
import { parseArgs } from 'node:util';
import { runScenario, type Report } from './run.ts';
import { longScenarios, shortScenarios } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    scenario: { type: 'string', default: '' },
    'max-states': { type: 'string', default: '30000000' },
    json: { type: 'boolean', default: false },
  },
});
const reports: Report[] = [];
for (const scenario of values.short ? shortScenarios : longScenarios) {
  if (!scenario.name.includes(values.scenario)) continue;
  const report = runScenario(scenario, {
    maxStates: Number(values['max-states']),
    onProgress: (states, depth, waiting) => {
      process.stderr.write(`\r${scenario.name}: ${states} states, depth ${depth}, ${waiting} waiting   `);
    },
  });
  process.stderr.write('\r');
  reports.push(report);
  if (!values.json) {
    const {
      states,
      transitions,
      depth,
      machineStates,
      machineSteps,
      seconds,
      violations,
      exhausted,
      atRest,
      merges,
      audited,
      replayed,
    } = report;
    console.log(
      `${scenario.name}: ${states} states, ${transitions} transitions, depth ${depth}, ${atRest} at rest, machine ${machineStates}/${machineSteps}, ` +
        `${seconds.toFixed(1)} s, ${exhausted ? 'exhausted' : 'NOT EXHAUSTED'}, merges ${merges} audited ${audited} replayed ${replayed}`,
    );
    for (const { what, depth: at, trace } of violations)
      console.log(`  ${what} (depth ${at})\n    ${trace.join('\n    ')}`);
  }
}
if (values.json) console.log(JSON.stringify(reports, null, 2));
