/**
 * The relay in a process of its own, on loopback: from a webhook being sent to the notice in the terminal's hands, one at a
 * time; from a payment at the training bank to the transfer that counts (webhook, relay, signature, question to the bank and
 * its answer); and how many webhooks a second it makes durable when many come at once, until the terminal has them all. Beside
 * it, taking turns, what cannot be had for less: a POST to a Node server that answers at once, and a durable insert of the
 * same bytes by bare better-sqlite3 (WAL, synchronous=FULL).
 *
 *   node bench/relay.ts [--json]
 */
import http from 'node:http';
import { epochMs, transactionId } from '../src/core/base/brand.ts';
import { money } from '../src/core/base/money.ts';
import { chamAdapter } from '../src/host/qr/adapters/cham.ts';
import { QrProvider } from '../src/host/qr/provider.ts';
import { TrainingQrProvider } from '../src/host/training-provider/training-provider.ts';
import { systemClock as clock, systemRandom as random } from '../src/main/platform.ts';
import {
  call,
  hookUrl,
  kill,
  listOf,
  newFolder,
  newTerminal,
  settingsWith,
  silent as log,
  sourceOf,
  spawnRelay,
  Until,
} from '../test/relay/kit.ts';
import { bareOperations } from './bare-operations.ts';
import { print, summarize, table } from './measure.ts';

const rounds = 1000;
const warmUp = 100;
const burst = 5000;
const senders = 32;

const terminal = newTerminal('quay-1');
const till = newTerminal('quay-2');
const folder = newFolder();
const headers = { 'content-type': 'application/json', 'x-sepay-signature': `sha256=${'0'.repeat(64)}` };
/** As long as SePay's notices are. */
const body = (n: number): string =>
  JSON.stringify({
    id: n,
    gateway: 'Vietcombank',
    accountNumber: '0123499999',
    content: 'CH7K3QW9TX chuyen tien',
  }).padEnd(400);

const relay = await spawnRelay(folder.path, listOf([terminal, till], 'sepay'), { port: 0, settings: settingsWith({}) });
const bare = await bareOperations(folder.path);

const until = new Until();
/** Of each notice by its number; milliseconds of this process. */
const arrivedMs = new Map<number, number>();
const source = sourceOf(relay.origin, terminal);
source.start((notice) => {
  arrivedMs.set((JSON.parse(Buffer.from(notice.body).toString()) as { id: number }).id, performance.now());
  until.changed();
  return true;
});

const secret = Buffer.from('a secret of the training bank');
const merchant = { bankBin: '970436', account: '1017595600', name: 'Tiem Ca Phe Som Mai' };
const bank = new TrainingQrProvider({ host: '127.0.0.1', port: 0, secret, clock, random, log });
if (!(await bank.start()).ok) throw new Error('the training bank did not start');
const provider = new QrProvider({
  adapter: chamAdapter({ apiBase: bank.apiBase, secret }, merchant),
  merchant,
  noticeUrl: hookUrl(relay.origin, till),
  sources: [sourceOf(relay.origin, till)],
  lastSeen: () => undefined,
  clock,
  random,
  log,
});
/** By the number in the reference. */
const paidMs = new Map<string, number>();
provider.onTransfer(({ memo }) => {
  const [reference = ''] = /CHAM\d{6}/.exec(memo) ?? [];
  if (!paidMs.has(reference)) paidMs.set(reference, performance.now());
  until.changed();
  return true;
});
if (!(await provider.start()).ok) throw new Error('the provider link did not start');
const { signal } = new AbortController();

async function pay(n: number): Promise<number> {
  const reference = `CHAM${String(n).padStart(6, '0')}`;
  const order = { transactionId: transactionId(`S-${n}`), amount: money(45_000, 'VND'), reference };
  const issued = await provider.issue(
    { ...order, expiresAt: epochMs(clock.now() + 600_000) },
    { signal, timeoutMs: 10_000 },
  );
  if (!issued.ok) throw new Error(issued.fault.detail);
  const startMs = performance.now();
  const paid = bank.pay({ reference, amountMinorUnits: 45_000 });
  if (!paid.ok) throw new Error(paid.fault.detail);
  await until.holds(() => paidMs.has(reference));
  return (paidMs.get(reference) ?? Number.NaN) - startMs;
}

const agent = new http.Agent({ keepAlive: true, maxSockets: senders });
const url = hookUrl(relay.origin, terminal);

async function post(to: string, n: number): Promise<void> {
  const { status } = await call(to, { headers, body: body(n), agent });
  if (status !== 200) throw new Error(`answered ${status}`);
}

const samples = {
  arrival: [] as number[],
  answer: [] as number[],
  plain: [] as number[],
  insert: [] as number[],
  paid: [] as number[],
};
const milliseconds = async (into: number[], round: number, work: () => Promise<number> | number): Promise<void> => {
  const startMs = performance.now();
  const endMs = await work();
  if (round >= 0) into.push(endMs - startMs);
};

for (let round = -warmUp; round < rounds; round += 1) {
  const n = round + warmUp;
  const startMs = performance.now();
  await post(url, n);
  const answeredMs = performance.now();
  await until.holds(() => arrivedMs.has(n));
  if (round >= 0) {
    samples.answer.push(answeredMs - startMs);
    samples.arrival.push((arrivedMs.get(n) ?? Number.NaN) - startMs);
  }
  if (n % 4 === 0) {
    const ms = await pay(n);
    if (round >= 0) samples.paid.push(ms);
  }
  await milliseconds(samples.plain, round, () => post(bare.url, n).then(() => performance.now()));
  await milliseconds(samples.insert, round, () => {
    bare.insert(Buffer.from(body(n)));
    return performance.now();
  });
}

let next = rounds + warmUp;
const end = next + burst;
const startMs = performance.now();
await Promise.all(
  Array.from({ length: senders }, async () => {
    while (next < end) {
      next += 1;
      await post(url, next);
    }
  }),
);
const durableMs = performance.now() - startMs;
await until.holds(() => arrivedMs.size >= end);
const fetchedMs = performance.now() - startMs;

await source.stop();
await provider.stop();
await bank.stop();
await kill(relay.child, 'SIGTERM');
bare.close();
agent.destroy();
folder.remove();

const rows = {
  'webhook sent to notice in hand': summarize(samples.arrival),
  'webhook sent to its answer 200': summarize(samples.answer),
  'payment at the bank to transfer that counts': summarize(samples.paid),
  'POST to a bare Node server': summarize(samples.plain),
  'bare durable insert, SQLite': summarize(samples.insert),
};
const perSecond = { durable: Math.round((burst / durableMs) * 1000), inHand: Math.round((burst / fetchedMs) * 1000) };
print(
  { unit: 'ms', rounds, rows, burst, senders, perSecond },
  `${table(
    ['relay on loopback, ms', 'p50', 'p99'],
    Object.entries(rows).map(([name, { p50, p99 }]) => [name, p50.toFixed(2), p99.toFixed(2)]),
  )}\n\n${burst} webhooks over ${senders} connections: ${perSecond.durable} a second durable and answered, ` +
    `${perSecond.inHand} a second in the terminal's hands`,
);
