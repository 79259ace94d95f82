/**
 * Bench: emptying the outbox. N payments (first argument, default 10,000) are taken while the host cannot be reached,
 * each with its card in the vault and its events in a real journal; then a real ISO 8583 host on loopback appears and
 * everything is delivered. Compared with the physical limit of the same run: bare durable commits of SQLite on the same
 * disk, because each delivery has to be journaled before the next is sent.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { CardPrompts } from '../src/app/card-prompts.ts';
import { Effects, type EffectsOptions } from '../src/app/effects.ts';
import { Terminal, type EffectRunner } from '../src/app/terminal.ts';
import { transactionId, type TransactionId } from '../src/core/base/brand.ts';
import { money } from '../src/core/base/money.ts';
import { maskPan, Pan } from '../src/core/base/pan.ts';
import { iso87Ascii } from '../src/core/iso8583/dialect.ts';
import type { Effect } from '../src/core/transaction/effects.ts';
import type { CardData, CardSecrets } from '../src/core/transaction/model.ts';
import type { Policy } from '../src/core/transaction/policy.ts';
import { AcquirerLink } from '../src/host/acquirer/link.ts';
import { TrainingAcquirer } from '../src/host/training/acquirer.ts';
import { systemClock as clock, systemRandom as random } from '../src/main/platform.ts';
import { openJournal } from '../src/store/journal.ts';
import { openCardVault } from '../src/store/vault.ts';
import { print, summarize, table, timed } from './measure.ts';

const argument = Number(process.argv[2]);
const count = Number.isInteger(argument) && argument > 0 ? argument : 10_000;
const log = { write: () => {} };
const window = 8;
const policy: Policy = {
  presentCardMs: 60_000,
  insertedCardMs: 120_000,
  completeCardMs: 15_000,
  hostTimeoutMs: 30_000,
  qrExpiryMs: 180_000,
  qrLongExpiryMs: 600_000,
  qrLongFrom: 10_000_000,
  providerTimeoutMs: 10_000,
  retryMs: 5000,
  retryMaxMs: 300_000,
  printTimeoutMs: 15_000,
  autoCloseMs: 15_000,
  partialApprovals: false,
  alarmAfterAttempts: 12,
  forwardWindow: window,
  offline: {
    maxAmount: Number.MAX_SAFE_INTEGER,
    maxSum: Number.MAX_SAFE_INTEGER,
    maxCount: count,
    maxAgeMs: 86_400_000,
    maxPerCard: count + 1,
    perCardWindowMs: 60_000,
    allowedBins: [],
    deniedBins: [],
  },
  settlement: { timeZone: 'Asia/Ho_Chi_Minh', currency: 'VND', cutOverTime: null },
  qrProvider: { canCancel: false, canRefund: false },
};
/** Listed in config/simulated/cards.json. */
const testPan = '9704000000000018';
const card: CardData = {
  maskedPan: maskPan(testPan),
  aid: 'A0000007271010',
  label: 'NAPAS',
  interface: 'contactless',
  posEntryMode: '072',
  panSequenceNumber: '01',
  iccData: '9F2608AABBCCDDEEFF0011',
  cryptogram: 'AABBCCDDEEFF0011',
};

function secrets(): CardSecrets {
  const pan = Pan.parse(testPan);
  if (!pan.ok) throw new Error(pan.fault.detail);
  return { pan: pan.value, track2: undefined, expiry: '3012' };
}

const folder = mkdtempSync(path.join(tmpdir(), 'cham-drain-'));
const opened = openJournal(path.join(folder, 'journal'));
const vaultOpened = openCardVault(path.join(folder, 'vault'));
if (!opened.ok || !vaultOpened.ok) throw new Error('journal or vault did not open');
const journal = opened.value;
const vault = vaultOpened.value;
const terminal = new Terminal({
  journal,
  clock,
  log,
  policy,
  softwareVersion: 'bench',
  identity: { terminalId: 'CHAM0001', merchantId: 'TRAINING0000001', acquirer: 'bench', qrProvider: 'bench' },
});
let effects: Effects | undefined;
const runner: EffectRunner = { run: (effect: Effect) => effects?.run(effect) };
terminal.start(runner);

/** One payment whose request certainly never left: the machine's own way into the outbox. */
function take(n: number): TransactionId {
  const id = transactionId(`S-BENCH${n}`);
  // In thousands: other amounts are those with which the training host lets one practise declines.
  const amount = money((n + 1) * 1000, 'VND');
  terminal.handle({
    type: 'StartSale',
    transactionId: id,
    key: `bench-${n}`,
    amount,
    method: 'card',
    reference: `CHBENCH${n}`,
    order: null,
  });
  terminal.handle({ type: 'CardOutcome', transactionId: id, outcome: { kind: 'onlineRequest', card } });
  const stan = terminal.state.lastStan;
  terminal.handle({ type: 'HostUnreachable', transactionId: id, stan, fault: 'notSent' });
  vault.put(id, secrets());
  terminal.handle({ type: 'CardStored', transactionId: id });
  terminal.handle({ type: 'CloseSale', transactionId: id });
  return id;
}

const takeUs: number[] = [];
for (let n = 0; n < count; n += 1) timed(takeUs, () => take(n));

const acquirer = new TrainingAcquirer({ dialect: iso87Ascii, clock, log });
const listening = await acquirer.start({ host: '127.0.0.1', port: 0 });
if (!listening.ok) throw new Error(listening.fault.detail);
const link = new AcquirerLink({
  addresses: [{ host: '127.0.0.1', port: listening.value.port }],
  dialect: iso87Ascii,
  terminal: { terminalId: 'CHAM0001', merchantId: 'TRAINING0000001', timeZone: 'Asia/Ho_Chi_Minh' },
  timings: {
    connectTimeoutMs: 5000,
    managementTimeoutMs: 5000,
    echoIntervalMs: 60_000,
    reconnectMinMs: 100,
    reconnectMaxMs: 1000,
    waitForLinkMs: 3000,
  },
  window,
  clock,
  random,
  log,
});
const none = (): never => {
  throw new Error('not part of this bench');
};
const provider: EffectsOptions['provider'] = {
  issue: none,
  query: none,
  cancel: none,
  refund: none,
  queryRefund: none,
  onTransfer: () => () => {},
};
let peakBytes = 0;
const startBytes = process.memoryUsage.rss();
const startedMs = performance.now();
const cpuBefore = process.cpuUsage();
effects = new Effects({
  terminal,
  clock,
  log,
  acquirer: link,
  vault,
  provider,
  reader: undefined,
  scanner: undefined,
  readCode: undefined,
  pinPad: undefined,
  prompts: new CardPrompts(clock),
  hashAccount: () => '',
  printer: undefined,
  cardWaitMs: 60_000,
  saleInput: none,
  receiptLines: () => [],
});
const drained = new Promise<void>((resolve) => {
  const end = terminal.onChange(() => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
    if (terminal.state.outbox.size > 0) return;
    end();
    resolve();
  });
});
link.open();
await drained;
const seconds = (performance.now() - startedMs) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const delivered = acquirer.captured().length;
const left = vault.ids().length;
await effects.stop();
await link.close();
await acquirer.stop();
journal.close();

/** The limit: one durable commit of a row as large, and nothing else. */
const bare = new Database(path.join(folder, 'bare.db'));
bare.pragma('journal_mode = WAL');
bare.pragma('synchronous = FULL');
bare.exec('CREATE TABLE t (body TEXT)');
const insert = bare.prepare('INSERT INTO t VALUES (?)');
const bareUs: number[] = [];
for (let n = 0; n < Math.min(count, 2000); n += 1) timed(bareUs, () => insert.run('x'.repeat(600)));
bare.close();
rmSync(folder, { recursive: true, force: true });

if (delivered !== count || left !== 0) throw new Error(`delivered ${delivered} of ${count}, ${left} cards left`);
const perSecond = count / seconds;
const commitsPerSecond = 1_000_000 / summarize(bareUs).p50;
const result = {
  bench: 'drain',
  payments: count,
  takeUs: summarize(takeUs),
  drainSeconds: seconds,
  paymentsPerSecond: perSecond,
  bareCommitsPerSecond: commitsPerSecond,
  ratioToBareCommits: perSecond / commitsPerSecond,
  cpuMsPerPayment: (cpu.user + cpu.system) / 1000 / count,
  rssMiB: { before: startBytes / 2 ** 20, peak: peakBytes / 2 ** 20 },
};
print(
  result,
  `Outbox, ${count} stored payments, ${window} under way at a time\n${table(
    ['', ''],
    [
      ['taken without the host, each (p50)', `${(result.takeUs.p50 / 1000).toFixed(2)} ms`],
      ['delivered', `${perSecond.toFixed(0)} payments/s in ${seconds.toFixed(1)} s`],
      [
        'bare durable commits, same disk',
        `${commitsPerSecond.toFixed(0)}/s (ratio ${result.ratioToBareCommits.toFixed(2)})`,
      ],
      ['processor, host included', `${result.cpuMsPerPayment.toFixed(2)} ms per payment`],
      ['memory before and at most', `${result.rssMiB.before.toFixed(0)} and ${result.rssMiB.peak.toFixed(0)} MiB`],
    ],
  )}`,
);
