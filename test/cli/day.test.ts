/**
 * The commands about the day's money on a data folder of a real terminal: payments are stored while the plug is pulled,
 * delivered when it is back, one refused, one given up; then the batch is settled and the book is ended.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { epochMs } from '../../src/core/base/brand.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { hashCode } from '../../src/main/supervisors.ts';
import { startTerminal, type RunningTerminal } from '../../src/main/wire.ts';
import { openJournal } from '../../src/store/journal.ts';
import { bytesIn, identity } from '../../src/store/test-kit.ts';

const cli = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');
const supervisor = { name: 'Lan', code: '2468' };
let folder = '';
let data = '';
let configFile = '';

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-day-'));
  data = path.join(folder, 'data');
  configFile = path.join(folder, 'config.json');
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as { policy: object };
  const offline = {
    maxAmount: 1_000_000,
    maxSum: 5_000_000,
    maxCount: 10,
    maxAgeMs: 3_600_000,
    maxPerCard: 9,
    perCardWindowMs: 3_600_000,
  };
  const policy = { ...embedded.policy, offline, retryMs: 100, alarmAfterAttempts: 2 };
  const supervisors = [{ name: supervisor.name, codeHash: await hashCode(supervisor.code) }];
  writeFileSync(configFile, JSON.stringify({ ...embedded, policy, supervisors }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, ...args: readonly string[]) {
  const done = spawnSync(process.execPath, [cli, command, '--data', data, ...args], {
    encoding: 'utf8',
    cwd: folder,
    timeout: 60_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

const stored = (...args: readonly string[]) => run('stored', '--config', configFile, ...args);

interface StoredDocument {
  readonly exposure: { readonly count: number; readonly sum: { readonly minorUnits: number } };
  readonly items: readonly {
    readonly about: string;
    readonly amount: { readonly minorUnits: number };
    readonly whatToDo: { readonly en: string } | null;
  }[];
}

async function start(): Promise<RunningTerminal> {
  const log = { write: () => {} };
  const started = await startTerminal({ configFile, dataFolder: data, clock: systemClock, random: systemRandom, log });
  if (!started.ok) throw new Error(started.fault.detail);
  return started.value;
}

async function sell({ service }: RunningTerminal, amountMinorUnits: number): Promise<string> {
  const key = `sale-${amountMinorUnits}`;
  const sold = await service.execute({ type: 'startSale', key, amountMinorUnits, method: 'card' });
  if (!sold.ok || sold.transactionId === null) throw new Error('not started');
  await expect.poll(async () => (await service.execute({ type: 'simTapCard', card: 'napas-debit' })).ok).toBe(true);
  await expect.poll(() => service.view().sale?.stage, { timeout: 10_000 }).toBe('stored');
  await service.execute({ type: 'closeSale', transactionId: sold.transactionId });
  return sold.transactionId;
}

/** One that delivers, one that is refused when it is sent, and one whose issuer never answers (training amounts). */
const [good, refused, silent] = [45_000, 30_051, 20_091];

describe('a day with stored payments', { timeout: 60_000 }, () => {
  let terminal: RunningTerminal;
  let ids: readonly string[] = [];

  it('takes three cards while the plug is pulled', async () => {
    terminal = await start();
    await expect.poll(() => terminal.service.view().acquirerLink).toBe('up');
    await terminal.service.execute({ type: 'simNetwork', connected: false });
    // What is sent into a link that still seems to be up may have left, and is reversed instead.
    await expect.poll(() => terminal.service.view().acquirerLink, { timeout: 20_000 }).toBe('down');
    ids = [await sell(terminal, good), await sell(terminal, refused), await sell(terminal, silent)];
  });
  afterAll(() => terminal.stop());

  it('while they wait: stored lists them, unsent and reset refuse, and nothing is touched', () => {
    const { code, out } = stored('--lang', 'en');
    expect(out).toMatch(/stored payment +VND 45,000 .*970400\*{6}0018/);
    expect(out).toMatch(/NOT KNOWN WHETHER MONEY WAS TAKEN/);
    expect(out).toMatch(/If all 3 stored cards are refused you lose 95\.142 ₫ \(limit 5\.000\.000 ₫/);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(code).toBe(0);
    expect(stored().out).toMatch(/Nếu cả 3 thẻ đã lưu đều bị từ chối/);
    const { exposure, items } = JSON.parse(stored('--json').out) as StoredDocument;
    expect(exposure).toMatchObject({ count: 3, sum: { minorUnits: good + refused + silent } });
    expect(items.map(({ about, amount }) => [about, amount.minorUnits])).toEqual(
      [good, refused, silent].map((amount) => ['storedPayment', amount]),
    );

    const unsent = run('unsent');
    expect(unsent.out).toMatch(/unsent +3 stored payments/);
    expect(unsent.out).toMatch(/unsent +3 cards in the vault/);
    expect(unsent.code).toBe(3);
    const vault = bytesIn(path.join(data, 'vault'));
    const reset = run('reset', '--yes');
    expect(reset.err).toMatch(/Nothing was reset and nothing was changed\.[^]*3 stored payments/);
    expect(reset.code).toBe(3);
    expect(bytesIn(path.join(data, 'vault'))).toEqual(vault);
    expect(readdirSync(folder).filter((name) => name.includes('archive'))).toEqual([]);
    const doctor = JSON.parse(run('doctor', '--json').out) as { findings: { check: string; status: string }[] };
    const statuses = Object.fromEntries(doctor.findings.map(({ check, status }) => [check, status]));
    expect(statuses).toMatchObject({ snapshot: 'ok', vault: 'ok', unsent: 'warning', clock: 'ok', journal: 'ok' });
  });

  it('after delivery: what needs a person is told with what to do, exit 1', async () => {
    await terminal.service.execute({ type: 'simNetwork', connected: true });
    await expect
      .poll(() => terminal.terminal.state.transactions.get(ids[2] as never)?.deadLetter, { timeout: 15_000 })
      .not.toBeNull();
    const { code, out } = stored('--lang', 'en');
    expect(code).toBe(1);
    expect(out).toMatch(/late decline +VND 30,051[^]*NO MONEY WAS TAKEN[^]*code 51[^]*→ Contact the customer/);
    expect(out).toMatch(
      /stored payment +VND 20,091[^]*DEAD LETTER[^]*host answered 91[^]*→ Do not charge a second time/,
    );
    expect(out).not.toContain('45,000');
    const { items } = JSON.parse(stored('--json').out) as StoredDocument;
    expect(items.map(({ about, whatToDo }) => [about, typeof whatToDo?.en])).toEqual([
      ['storedPayment', 'string'],
      ['lateDecline', 'string'],
    ]);
  });

  it('once a person has settled them and the batch is reconciled, all is clear', async () => {
    const { service } = terminal;
    for (const transactionId of ids.slice(1)) {
      const command = { type: 'resolveByHand', transactionId, note: 'phoned', supervisor } as const;
      await expect.poll(async () => (await service.execute(command)).ok).toBe(true);
    }
    expect(stored('--lang', 'en')).toMatchObject({ code: 0, out: expect.stringMatching(/Nothing waits/) });
    const open = run('batches');
    expect(open.out).toMatch(/batch 1 of .*, open since[^]*card NAPAS.* sale +1 +VND 45,000/);
    expect(run('unsent')).toMatchObject({ code: 0, out: expect.stringMatching(/warning +1 entries in open batch 1/) });

    await service.execute({ type: 'simNetwork', connected: false });
    await service.execute({ type: 'closeBatch', batch: 1, countedCashMinorUnits: null });
    expect(run('batches').out).toMatch(/batch 1 of .*, closed .*: waits for the host/);
    expect(run('unsent')).toMatchObject({ code: 3, out: expect.stringMatching(/1 closed batches not settled/) });
    await service.execute({ type: 'simNetwork', connected: true });
    await expect.poll(() => service.view().batches.settled.length, { timeout: 15_000 }).toBe(1);
    expect(run('batches').out).toMatch(/batch 1 of .*, settled .*: VND 45,000, in balance/);
    const { settled } = JSON.parse(run('batches', '--json').out) as { settled: object[] };
    expect(settled).toMatchObject([{ number: 1, balance: 'inBalance', net: { minorUnits: good } }]);
    expect(run('unsent', '--json').code).toBe(0);
  });

  it('reset refuses while the terminal runs, and without --yes', () => {
    const running = run('reset', '--yes');
    expect(running.err).toMatch(/nothing was changed[^]*another terminal process/);
    expect(running.code).toBe(3);
    expect(run('reset')).toMatchObject({ code: 2, err: expect.stringMatching(/Give --yes/) });
    expect(run('reset', '--yes', '--archive', path.join(data, 'old')).code).toBe(2);
    expect(existsSync(path.join(data, 'journal/journal.db'))).toBe(true);
  });

  it('reset of the stopped terminal keeps a whole copy, and the next start begins a new book', async () => {
    await terminal.stop();
    const before = terminal.journal.head();
    const publicKey = readFileSync(path.join(data, 'journal/terminal.pub'), 'utf8');
    writeFileSync(path.join(data, 'dukpt.counter'), '{}');
    const archive = path.join(folder, 'archive');
    const { code, out } = run('reset', '--yes', '--archive', archive);
    expect(out).toMatch(new RegExp(`kept +${archive}: .*${before.hash}`));
    expect(out).toMatch(/kept +.*dukpt\.counter/);
    expect(code).toBe(0);
    expect(readdirSync(data)).toEqual(['dukpt.counter']);
    expect(readdirSync(archive).sort()).toEqual(['journal.anchor', 'journal.db', 'terminal.pub']);
    const verified = spawnSync(process.execPath, [
      cli,
      'journal',
      'verify',
      '--file',
      path.join(archive, 'journal.db'),
    ]);
    expect(verified.status).toBe(0);
    expect(run('stored')).toMatchObject({ code: 2, err: expect.stringMatching(/There is no journal/) });
    terminal = await start();
    expect(readFileSync(path.join(data, 'journal/terminal.pub'), 'utf8')).not.toBe(publicKey);
    expect(terminal.service.view().batches.open.number).toBe(1);
  });
});

describe('a journal that cannot be trusted', { timeout: 60_000 }, () => {
  it('is refused by all of them, exit 3', async () => {
    data = path.join(folder, 'damaged');
    await (await start()).stop();
    const file = path.join(data, 'journal/journal.db');
    const bytes = readFileSync(file);
    bytes.fill(0xaa, bytes.length - 4096);
    writeFileSync(file, bytes);
    for (const command of ['stored', 'batches', 'unsent'] as const) expect(run(command).code, command).toBe(3);
    expect(run('reset', '--yes')).toMatchObject({ code: 3, err: expect.stringMatching(/nothing was changed/) });
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });
});

describe('cham doctor', () => {
  it('tells a clock that was set back and a vault that cannot be read, with what to do', () => {
    data = path.join(folder, 'tomorrow');
    const opened = openJournal(path.join(data, 'journal'));
    if (!opened.ok) throw new Error(opened.fault.detail);
    const started: JournalEvent = { type: 'TerminalStarted', softwareVersion: '0', identity };
    opened.value.append([started], epochMs(Date.now() + 86_400_000), true);
    opened.value.close();
    mkdirSync(path.join(data, 'vault'));
    writeFileSync(path.join(data, 'vault/S-1.card'), 'no key to it');
    const { code, out } = run('doctor', '--json');
    const { findings } = JSON.parse(out) as { findings: { check: string; status: string; action?: string }[] };
    const of = (check: string) => findings.find((finding) => finding.check === check);
    expect(of('clock')).toMatchObject({ status: 'warning', action: expect.stringMatching(/set it before selling/) });
    expect(of('vault')).toMatchObject({ status: 'failed', action: expect.stringMatching(/restore vault\.key/) });
    expect(of('unsent')).toMatchObject({ status: 'warning' });
    expect(code).toBe(1);
  });
});

function piped(input: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [cli, 'supervisor', ...args], { input, encoding: 'utf8' });
}

describe('cham supervisor', () => {
  it('makes a hash that the terminal takes, from standard input only', async () => {
    const { stdout, status } = piped('13579\n');
    expect(status).toBe(0);
    const [, salt = ''] = stdout.split(':');
    expect(stdout.trim()).toBe(await hashCode('13579', Buffer.from(salt, 'hex')));
    expect(JSON.parse(piped('13579', '--json').stdout)).toEqual({
      codeHash: expect.stringMatching(/^scrypt:[0-9a-f]{32}:[0-9a-f]{64}$/),
    });
  });

  it.each(['123', '1234567890123', '12a4', ''])('refuses %j', (code) => {
    const { status, stdout, stderr } = piped(code);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/4 to 12 digits/);
  });

  it('does not take or repeat a code as an argument', () => {
    const { status, stderr } = piped('', '13579');
    expect(status).toBe(2);
    expect(stderr).not.toContain('13579');
  });

  it.each([
    ['13579', 0],
    ['13570', 2],
  ])('asks twice at a terminal and shows nothing of it (second time %s)', async (second, expected) => {
    const child = spawn('script', ['-qec', `'${process.execPath}' '${cli}' supervisor`, '/dev/null']);
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      shown += chunk;
      if (chunk.includes('Code')) child.stdin.write('13578\u007F9\r');
      if (chunk.includes('Once more')) child.stdin.write(`${second}\r`);
    });
    const code = await new Promise((resolve) => void child.once('exit', resolve));
    expect(code).toBe(expected);
    expect(shown).not.toMatch(/1357/);
    if (expected === 0) expect(shown).toMatch(/scrypt:[0-9a-f]{32}:[0-9a-f]{64}/);
    else expect(shown).toMatch(/not the same/);
  });
});
