/**
 * A terminal killed with SIGKILL in the middle of a sale starts again into a correct state: both books agree, and
 * nothing that was shown as paid is lost. Acquirer and bank live in the test's process, so they survive.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { iso87Ascii } from '../../src/core/iso8583/dialect.ts';
import { TrainingQrProvider } from '../../src/host/training-provider/training-provider.ts';
import { TrainingAcquirer } from '../../src/host/training/acquirer.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { journalFolder } from '../../src/main/folders.ts';
import { journalFiles } from '../../src/store/files.ts';
import { openJournalReadOnly } from '../../src/store/reader.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { TerminalChild } from '../terminal-child.ts';

const silent = { write: () => {} };
const secret = 'a test secret of the bank';
const amountMinorUnits = 45_000;

let folder = '';
let configFile = '';
let dataFolder = '';
let acquirer: TrainingAcquirer;
let bank: TrainingQrProvider;
let children: TerminalChild[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-kill-'));
  dataFolder = path.join(folder, 'data');
  mkdirSync(dataFolder);
  acquirer = new TrainingAcquirer({ dialect: iso87Ascii, clock: systemClock, log: silent });
  bank = new TrainingQrProvider({
    host: '127.0.0.1',
    port: 0,
    secret: Buffer.from(secret),
    clock: systemClock,
    random: systemRandom,
    log: silent,
  });
  const listening = await acquirer.start({ host: '127.0.0.1', port: 0 });
  if (!listening.ok || !(await bank.start()).ok) throw new Error('no training hosts');
  writeFileSync(path.join(folder, 'bank.secret'), secret, { mode: 0o600 });
  configFile = path.join(folder, 'config.json');
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as Record<string, object>;
  const config = {
    ...embedded,
    policy: { ...embedded['policy'], retryMs: 200, retryMaxMs: 1000, hostTimeoutMs: 5000 },
    acquirer: { kind: 'host', host: '127.0.0.1', port: listening.value.port },
    qr: { ...embedded['qr'], kind: 'provider', apiBase: bank.apiBase, secretFile: 'bank.secret', noticePort: 0 },
  };
  writeFileSync(configFile, JSON.stringify(config));
});

afterEach(async () => {
  for (const child of children) await child.kill().catch(() => {});
  children = [];
  await acquirer.stop();
  await bank.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<TerminalChild> {
  const child = await TerminalChild.start(configFile, dataFolder);
  children.push(child);
  return child;
}

let sales = 0;
async function startSale(terminal: TerminalChild, method: 'card' | 'qr'): Promise<void> {
  sales += 1;
  const answer = await terminal.command({ type: 'startSale', key: `kill-${sales}`, amountMinorUnits, method });
  expect(answer.ok).toBe(true);
}

/** STANs that the journal ended as approved, and those whose reversal is confirmed. */
function journalBook(): { readonly approved: number[]; readonly paid: string[] } {
  const file = journalFiles(journalFolder(dataFolder)).journal;
  expect(verifyJournal(file)).toMatchObject({ verified: true, problems: [] });
  const opened = openJournalReadOnly(file);
  if (!opened.ok) throw new Error(opened.fault.detail);
  const approved: number[] = [];
  const paid: string[] = [];
  for (const { body } of opened.value.rows()) {
    const event = JSON.parse(body ?? 'null') as {
      type: string;
      stan: number;
      transfer: { providerTransactionId: string };
    };
    if (event.type === 'AuthorizationApproved') approved.push(event.stan);
    if (/^QrPayment|^TransferUnmatched/.test(event.type)) paid.push(event.transfer.providerTransactionId);
  }
  opened.value.close();
  return { approved, paid };
}

function acquirerBook(): number[] {
  return acquirer
    .captured()
    .filter(({ reversed }) => !reversed)
    .map(({ stan }) => stan);
}

function compareBooks(): void {
  const { approved, paid } = journalBook();
  expect(approved).toEqual(acquirerBook());
  expect(new Set(approved).size).toBe(approved.length);
  expect(new Set(paid)).toEqual(new Set(bank.transfers().map(({ providerTransactionId }) => providerTransactionId)));
  expect(new Set(paid).size).toBe(paid.length);
}

describe('SIGKILL', () => {
  it('while waiting for a card: cancelled, not charged', async () => {
    const first = await start();
    await startSale(first, 'card');
    await first.stage('presentCard');
    await first.kill();
    const second = await start();
    const { sale } = await second.stage('cancelled');
    expect(sale).toMatchObject({ moneyMoved: 'no', reason: 'restart' });
    compareBooks();
  });

  it('while the host has committed but not answered: unknown, then reversed in both books', async () => {
    const first = await start();
    acquirer.behave({ dropReply: 'afterCommit', once: true });
    await startSale(first, 'card');
    await first.stage('presentCard');
    await first.insist({ type: 'simTapCard', card: 'napas-debit' });
    await first.stage('authorising');
    await expect.poll(() => acquirer.captured().length).toBe(1);
    await first.kill();
    const second = await start();
    const { sale } = await second.stage('reversed');
    expect(sale).toMatchObject({ moneyMoved: 'no', reason: 'unknown.restart' });
    expect(acquirerBook()).toEqual([]);
    compareBooks();
  });

  it('with money in question it does not start under another name', async () => {
    const first = await start();
    acquirer.behave({ dropReply: 'afterCommit' });
    await startSale(first, 'card');
    await first.stage('presentCard');
    await first.insist({ type: 'simTapCard', card: 'napas-debit' });
    await expect.poll(() => acquirer.captured().length).toBe(1);
    await first.kill();
    const before = readFileSync(configFile, 'utf8');
    writeFileSync(configFile, before.replace('CHAM0001', 'CHAM0002'));
    await expect(start()).rejects.toThrow(/ended with 3: .*not settled.*terminalId: was CHAM0001, is now CHAM0002/s);
    // A repeat that is written in another way, or under another key, would not be known as one.
    writeFileSync(configFile, before.replace('Asia/Ho_Chi_Minh', 'Asia/Tokyo'));
    await expect(start()).rejects.toThrow(/ended with 3: .*writing: was .*Ho_Chi_Minh.*, is now .*Tokyo/s);
    writeFileSync(path.join(folder, 'kek.hex'), '0123456789ABCDEFFEDCBA9876543210', { mode: 0o600 });
    const mac = { algorithm: 'x9.19', keys: { kind: 'session', keyFile: 'kek.hex' } };
    const withKey = JSON.parse(before) as { acquirer: object };
    writeFileSync(configFile, JSON.stringify({ ...withKey, acquirer: { ...withKey.acquirer, mac } }));
    await expect(start()).rejects.toThrow(/ended with 3: .*keys: was none, is now x9\.19 session 08D7B4/s);
    writeFileSync(configFile, before);
    acquirer.behave({});
    const second = await start();
    await second.stage('reversed');
    compareBooks();
  });

  it('once approved: still approved, and the receipt is printed as a copy or was printed before', async () => {
    const first = await start();
    await startSale(first, 'card');
    await first.stage('presentCard');
    await first.insist({ type: 'simTapCard', card: 'napas-debit' });
    await first.stage('approved');
    await first.kill();
    const second = await start();
    const { sale } = await second.until((view) => view.sale?.receipt.state === 'printed');
    expect(sale).toMatchObject({ stage: 'approved', moneyMoved: 'yes' });
    compareBooks();
  });

  it('while a code is shown, paid while the terminal is down: found and confirmed after the start', async () => {
    const first = await start();
    await startSale(first, 'qr');
    const { sale } = await first.stage('showQr');
    await first.kill();
    const reference = sale?.qr?.reference ?? '';
    expect(bank.pay({ reference, amountMinorUnits }).ok).toBe(true);
    const second = await start();
    expect((await second.stage('approved')).sale).toMatchObject({ moneyMoved: 'yes' });
    compareBooks();
  });
});

describe('SIGTERM', () => {
  it('does not wait for a host that is silent, and leaves the outcome unknown for the next start', async () => {
    // The request's own limit is longer than this test may take.
    writeFileSync(
      configFile,
      readFileSync(configFile, 'utf8').replace('"hostTimeoutMs":5000', '"hostTimeoutMs":120000'),
    );
    expect(readFileSync(configFile, 'utf8')).toContain('"hostTimeoutMs":120000');
    const first = await start();
    acquirer.behave({ dropReply: 'afterCommit', once: true });
    await startSale(first, 'card');
    await first.stage('presentCard');
    await first.insist({ type: 'simTapCard', card: 'napas-debit' });
    await expect.poll(() => acquirer.captured().length).toBe(1);
    expect(await first.stop()).toBe(0);
    const second = await start();
    expect((await second.stage('reversed')).sale).toMatchObject({ moneyMoved: 'no' });
    compareBooks();
  });

  it('stops cleanly with exit code 0 and a verified journal', async () => {
    const terminal = await start();
    await startSale(terminal, 'card');
    await terminal.stage('presentCard');
    expect(await terminal.stop()).toBe(0);
    compareBooks();
  });
});
