/**
 * A bug planted in the real terminal, on the real journal: it stops selling and says so, the journal verifies, and the
 * next start sells again; and a bug that every start would meet is refused in words, not restarted for ever.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../src/app/terminal.ts';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import { assert } from '../../src/core/base/assert.ts';
import { epochMs, transactionId } from '../../src/core/base/brand.ts';
import { decide, resume } from '../../src/core/transaction/decide.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import { apply } from '../../src/core/transaction/evolve.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { journalFolder } from '../../src/main/folders.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { startTerminal, type RunningTerminal } from '../../src/main/wire.ts';
import { journalFiles } from '../../src/store/files.ts';
import { openJournal } from '../../src/store/journal.ts';
import { verifyJournal } from '../../src/store/verify.ts';

const cli = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');
const real: Machine = { decide, resume, apply };
const amountMinorUnits = 45_000;

let dataFolder = '';
let running: RunningTerminal | undefined;

beforeEach(() => {
  dataFolder = mkdtempSync(path.join(tmpdir(), 'cham-halt-'));
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  rmSync(dataFolder, { recursive: true, force: true });
});

function start(machine: Machine) {
  const log = { write: () => {} };
  return startTerminal({
    configFile: embeddedConfigFile,
    dataFolder,
    clock: systemClock,
    random: systemRandom,
    log,
    outside: { machine },
  });
}

async function started(machine: Machine): Promise<RunningTerminal> {
  const result = await start(machine);
  if (!result.ok) throw new Error(result.fault.detail);
  running = result.value;
  return result.value;
}

/** Resolves with the first view that is as asked; the test's own limit ends the wait. */
function until({ service }: RunningTerminal, reached: (view: TerminalView) => boolean): Promise<TerminalView> {
  return new Promise((resolve) => {
    const look = (): void => {
      const view = service.view();
      if (!reached(view)) return;
      end();
      resolve(view);
    };
    const end = service.onView(look);
    look();
  });
}

async function tap(terminal: RunningTerminal, key: string): Promise<void> {
  const answer = await terminal.service.execute({ type: 'startSale', key, amountMinorUnits, method: 'card' });
  expect(answer.ok).toBe(true);
  // The reader may still be switching on; the test's own limit ends the wait.
  while (!(await terminal.service.execute({ type: 'simTapCard', card: 'napas-debit' })).ok) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function events(): readonly string[] {
  const journal = journalFiles(journalFolder(dataFolder)).journal;
  const shown = spawnSync(process.execPath, [cli, 'journal', 'show', '--file', journal], { encoding: 'utf8' });
  expect(shown.status).toBe(0);
  return shown.stdout.split('\n');
}

function verified(): void {
  const report = verifyJournal(journalFiles(journalFolder(dataFolder)).journal);
  expect(report).toMatchObject({ verified: true, problems: [] });
}

/** Sells once more on the real machine and compares with the acquirer's own book. */
async function sellsAgain(): Promise<RunningTerminal> {
  const terminal = await started(real);
  const { sale } = await until(terminal, (view) => view.background.length === 0 && view.sale?.stage !== 'unknown');
  if (sale !== null) await terminal.service.execute({ type: 'closeSale', transactionId: sale.id });
  await tap(terminal, 'again');
  await until(terminal, (view) => view.sale?.stage === 'approved');
  return terminal;
}

describe('a bug that shows while selling', () => {
  const planted: readonly (readonly [string, Machine, SaleView['moneyMoved'], boolean])[] = [
    [
      'before the card’s answer is written',
      {
        ...real,
        decide(state, input, context) {
          assert(input.type !== 'CardOutcome', 'planted');
          return decide(state, input, context);
        },
      },
      'no',
      false,
    ],
    [
      'before the host’s answer is written',
      {
        ...real,
        decide(state, input, context) {
          assert(input.type !== 'HostReply', 'planted');
          return decide(state, input, context);
        },
      },
      'unknown',
      false,
    ],
    [
      'after the host’s answer was written',
      {
        ...real,
        apply(draft, recorded) {
          assert(recorded.event.type !== 'AuthorizationApproved', 'planted');
          apply(draft, recorded);
        },
      },
      'unknown',
      true,
    ],
  ];

  it.each(planted)('%s', async (_what, machine, moneyMoved, written) => {
    const broken = await started(machine);
    await tap(broken, 'first');
    const { halt, sale } = await until(broken, ({ state }) => state === 'halted');
    expect(halt).toMatchObject({ kind: 'bug', reason: expect.stringMatching(/^halt\.test:\d+$/) as string });
    expect(sale).toMatchObject({ moneyMoved, actions: [] });
    const refused = await broken.service.execute({ type: 'startSale', key: 'no', amountMinorUnits, method: 'card' });
    expect(refused).toMatchObject({ ok: false, reason: 'halted' });
    await broken.stop();
    running = undefined;
    verified();
    expect(events().some((line) => line.includes('AuthorizationApproved'))).toBe(written);

    const terminal = await sellsAgain();
    await terminal.stop();
    running = undefined;
    verified();
    expect(events().filter((line) => line.includes('AuthorizationApproved'))).toHaveLength(written ? 2 : 1);
  });
});

describe('a bug that every start would meet', () => {
  it('is refused in both languages with exit 3; the journal is as it was, and can be checked and exported', () => {
    const folder = journalFolder(dataFolder);
    const opened = openJournal(folder);
    if (!opened.ok) throw new Error(opened.fault.detail);
    // No terminal writes this: it stands for a rule of a later version that an old journal breaks.
    const impossible: JournalEvent = { type: 'SaleClosed', transactionId: transactionId('S-NEVER-STARTED') };
    expect(opened.value.append([impossible], epochMs(1_800_000_000_000), false, true).ok).toBe(true);
    const before = opened.value.head();
    opened.value.close();

    const cham = (...args: readonly string[]) =>
      spawnSync(process.execPath, [cli, ...args, '--data', dataFolder], { encoding: 'utf8', cwd: dataFolder });
    const refused = cham('run', '--shell', 'none');
    expect(refused.status).toBe(3);
    expect(refused.stderr).toMatch(/found a fault in itself \(code evolve:\d+\)[^]*the journal was\s+not changed/iu);
    expect(refused.stderr).toMatch(/phát hiện lỗi của chính nó \(mã evolve:\d+\)/u);
    for (const command of ['stored', 'batches']) {
      const read = cham(command);
      expect(read.status, command).toBe(3);
      expect(read.stderr, command).toMatch(/code evolve:\d+/);
    }
    expect(cham('journal', 'verify').status).toBe(0);
    expect(cham('journal', 'export', '--out', 'all.jsonl').status).toBe(0);
    const again = openJournal(folder);
    if (!again.ok) throw new Error(again.fault.detail);
    expect(again.value.head()).toEqual(before);
    again.value.close();
  });

  it('halts, and is shown, when it only shows in the first turn', async () => {
    await (await started(real)).stop();
    const broken = await started({
      ...real,
      apply() {
        assert(false, 'planted');
      },
    });
    expect(broken.service.view()).toMatchObject({ state: 'halted', halt: { kind: 'bug' } });
    await broken.stop();
    running = undefined;
    verified();
  });
});
