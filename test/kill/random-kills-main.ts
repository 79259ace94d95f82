/**
 * The long form of random-kills.test.ts: `node test/kill/random-kills-main.ts [--kills N] [--seed N] [--lanes N] [--json]`.
 * Ends with 1 when anything was found, or when the control, a terminal that acts before it writes, was not found out.
 */
import { parseArgs } from 'node:util';
import { forgetful, killAtRandom, type Summary } from './random-kills.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
const lanes = Number(values.lanes);
/** Within so many the control has to be found out. */
const controlKills = 40;

const width = 30;

function progress(of: number): (done: number) => void {
  const startedMs = performance.now();
  return (done) => {
    const share = Math.min(1, done / of);
    const leftSeconds = Math.round(((performance.now() - startedMs) / 1000) * (1 / share - 1));
    const bar = '#'.repeat(Math.round(share * width)).padEnd(width, '.');
    const eta = `${Math.floor(leftSeconds / 60)}:${String(leftSeconds % 60).padStart(2, '0')}`;
    if (process.stderr.isTTY) process.stderr.write(`\r[${bar}] ${done} of ${of} kills, ${eta} left `);
    else if (done % 50 === 0) process.stderr.write(`${done} of ${of} kills, ${eta} left\n`);
  };
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(' · ');
}

function text({ phases, stages, comparisons, deathsPerComparison, shops, transactions, violations }: Summary): string {
  return [
    `  aimed at: ${list(stages)}`,
    `  the screen was told last: ${list(phases)}`,
    `  books compared ${comparisons} times in ${shops} shops; deaths before a comparison: ${Object.entries(
      deathsPerComparison,
    )
      .map(([deaths, count]) => `${deaths} (${count} times)`)
      .join(', ')}`,
    `  transactions: ${list(transactions)}`,
    `  violations: ${violations.length}`,
  ].join('\n');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

if (!values.json) say(`SIGKILL at random moments: ${kills} asked for, seed ${seed} …`);
const startedMs = performance.now();
const summary = await killAtRandom({ kills, seed, lanes, keepFolder: true, onKill: progress(kills) });
const seconds = Math.round((performance.now() - startedMs) / 1000);
if (process.stderr.isTTY) process.stderr.write('\n');
const control = await killAtRandom({ kills: controlKills, seed, lanes, line: forgetful });
const foundAfter = control.violations[0]?.kills;

if (values.json)
  say(JSON.stringify({ ...summary, seconds, control: { kills: control.kills, foundAfter: foundAfter ?? null } }));
else {
  say(`${summary.kills} kills in ${seconds} s\n${text(summary)}`);
  const what = 'control: a terminal that acts before it writes';
  say(`  ${what}: ${foundAfter === undefined ? 'NOT FOUND OUT' : `found out within ${foundAfter} kills`}`);
}
for (const { shop, round, what, folder } of summary.violations) {
  process.stderr.write(`seed ${seed}, shop ${shop}, round ${round}; its data are in ${folder}\n${what}\n`);
}
process.exit(summary.violations.length === 0 && foundAfter !== undefined ? 0 : 1);
