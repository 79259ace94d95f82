/**
 * `node test/exhaustive/exhaustive-main.ts [--short] [--wide] [--scenario TEXT] [--max-states N] [--json]`: all states that the
 * payment machine and the world around it can reach, in each scenario of scenarios.ts, and then the planted mistakes. Ends
 * with 1 when anything was found, a scenario was not exhausted, or a mistake was not found.
 */
import { parseArgs } from 'node:util';
import { everything, type Summary } from './run.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    wide: { type: 'boolean', default: false },
    scenario: { type: 'string', default: '' },
    'max-states': { type: 'string', default: '30000000' },
    json: { type: 'boolean', default: false },
  },
});

function say(text: string): void {
  if (!values.json) process.stdout.write(`${text}\n`);
}

function shown({ seconds, reports, mistakes }: Summary): object {
  const total = (of: (report: Summary['reports'][number]) => number): number =>
    reports.reduce((sum, report) => sum + of(report), 0);
  const states = total((report) => report.states);
  const transitions = total((report) => report.transitions);
  return {
    scenarios: reports.map(({ scenario: name, ...rest }) => ({ scenario: name, ...rest })),
    mistakes: mistakes.map(({ what, found, depth }) => ({ what, found, depth })),
    states,
    transitions,
    statesPerSecond: Math.round(states / seconds),
    transitionsPerSecond: Math.round(transitions / seconds),
  };
}

const summary = everything({
  short: values.short,
  wide: values.wide,
  only: values.scenario,
  maxStates: Number(values['max-states']),
  onReport: (report) => {
    process.stderr.write('\r');
    const { states, transitions, depth, atRest, machineStates, seconds } = report;
    say(
      `${report.scenario}: ${states} states, ${transitions} transitions, depth ${depth}, ${atRest} at rest, ` +
        `${machineStates} of the machine, ${seconds.toFixed(0)} s${report.exhausted ? '' : ', NOT EXHAUSTED'}`,
    );
    for (const { what, depth: at, trace } of report.violations) {
      say(`  VIOLATION after ${at} steps: ${what}\n    ${trace.join('\n    ')}`);
    }
  },
  onMistake: ({ what, found, depth }) => {
    say(`planted: ${what}: ${found === null ? 'NOT FOUND' : `found after ${depth} steps: ${found}`}`);
  },
  onProgress: (name, states, depth) => process.stderr.write(`\r${name}: ${states} states, depth ${depth}    `),
});
const { states, transitions, statesPerSecond, transitionsPerSecond, ...rest } = shown(summary) as Record<
  string,
  number
>;
say(
  `${states} states, ${transitions} transitions; ${statesPerSecond} states and ${transitionsPerSecond} transitions a second`,
);
if (values.json) {
  const document = { states, transitions, statesPerSecond, transitionsPerSecond, ...rest };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
process.exit(summary.ok ? 0 : 1);
