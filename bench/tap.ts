/**
 * Bench: the terminal's own share of a contactless tap (the whole card session less the time inside `exchange`),
 * and from tap to durable approval over real sockets with the training acquirer. Limit: 500 ms card-in-field, the
 * usual guidance for contactless.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TapTiming } from '../src/app/card-session.ts';
import type { Command } from '../src/contract/commands.ts';
import { embeddedConfigFile } from '../src/main/config/load.ts';
import { systemClock, systemRandom } from '../src/main/platform.ts';
import { startTerminal, type RunningTerminal } from '../src/main/wire.ts';
import { print, summarize, table } from './measure.ts';

const limitMs = 500;
const warmUp = 30;
const rounds = 300;

const folder = mkdtempSync(path.join(tmpdir(), 'cham-bench-'));
const taps: TapTiming[] = [];
const started = await startTerminal({
  configFile: embeddedConfigFile,
  dataFolder: folder,
  clock: systemClock,
  random: systemRandom,
  log: { write: () => {} },
  onTap: (tap) => taps.push(tap),
});
if (!started.ok) throw new Error(started.fault.detail);
const running = started.value;

/** Resolves as soon as the sale on the screen is in `stage`. */
function stage(terminal: RunningTerminal, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (terminal.service.view().sale?.stage !== wanted) return;
      end();
      resolve();
    };
    const end = terminal.service.onView(look);
    look();
  });
}

async function insist(command: Command): Promise<void> {
  while (!(await running.service.execute(command)).ok) await new Promise((resolve) => setImmediate(resolve));
}

const untilApproved: number[] = [];
for (let round = 0; round < warmUp + rounds; round += 1) {
  await running.service.execute({ type: 'startSale', key: `bench-${round}`, amountMinorUnits: 45_000, method: 'card' });
  await insist({ type: 'simTapCard', card: 'napas-debit' });
  const tapMs = performance.now();
  await stage(running, 'approved');
  untilApproved.push(performance.now() - tapMs);
}
await running.stop();
rmSync(folder, { recursive: true, force: true });

const measured = taps.slice(warmUp);
const own = summarize(measured.map(({ totalMs, exchangeMs }) => totalMs - exchangeMs));
const card = summarize(measured.map(({ exchangeMs }) => exchangeMs));
const approved = summarize(untilApproved.slice(warmUp));
const rows = [
  { what: "terminal's own share of a tap", ...own },
  { what: 'inside exchange (simulated card)', ...card },
  { what: 'tap to durable approval, training host', ...approved },
].map((row) => ({ ...row, shareOfLimit: row.p99 / limitMs }));
const cells = rows.map(({ what, p50, p99, shareOfLimit }) => [
  what,
  p50.toFixed(2),
  p99.toFixed(2),
  `${(shareOfLimit * 100).toFixed(1)} %`,
]);
print(
  { bench: 'tap', unit: 'ms', limitMs, rounds, exchanges: measured[0]?.exchanges, rows },
  `Tap, ms, ${rounds} sales (limit: ${limitMs} ms card in field)\n${table(['', 'p50', 'p99', 'p99 of limit'], cells)}`,
);
