/**
 * The relay in a process of its own, on loopback: from a webhook being sent to the notice in the terminal's hands, one at a
 * time; and how many webhooks a second it makes durable when many come at once, until the terminal has them all. Beside
 * it, taking turns, what cannot be had for less: a POST to a Node server that answers at once, and a durable insert of the
 * same bytes by bare better-sqlite3 (WAL, synchronous=FULL).
 *
 *   node bench/relay.ts [--json]
 */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import Database from 'better-sqlite3';
import {
  call,
  hookUrl,
  kill,
  listOf,
  newFolder,
  newTerminal,
  settingsWith,
  sourceOf,
  spawnRelay,
  Until,
} from '../test/relay/kit.ts';
import { print, summarize, table } from './measure.ts';

const rounds = 1000;
const warmUp = 100;
const burst = 5000;
const senders = 32;

const terminal = newTerminal('quay-1');
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

const relay = await spawnRelay(folder.path, listOf([terminal], 'sepay'), { port: 0, settings: settingsWith({}) });
const plain = http.createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end('{}'));
});
plain.listen(0, '127.0.0.1');
await once(plain, 'listening');
const plainUrl = `http://127.0.0.1:${(plain.address() as AddressInfo).port}/`;
const db = new Database(path.join(folder.path, 'raw.db'));
db.pragma('locking_mode = EXCLUSIVE');
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec('CREATE TABLE notices (position INTEGER PRIMARY KEY, content BLOB) STRICT');
const insert = db.prepare('INSERT INTO notices (content) VALUES (?)');

const until = new Until();
/** Of each notice by its number; milliseconds of this process. */
const arrivedMs = new Map<number, number>();
const source = sourceOf(relay.origin, terminal);
source.start((notice) => {
  arrivedMs.set((JSON.parse(Buffer.from(notice.body).toString()) as { id: number }).id, performance.now());
  until.changed();
  return true;
});

const agent = new http.Agent({ keepAlive: true, maxSockets: senders });
const url = hookUrl(relay.origin, terminal);

async function post(to: string, n: number): Promise<void> {
  const { status } = await call(to, { headers, body: body(n), agent });
  if (status !== 200) throw new Error(`answered ${status}`);
}

const samples = { arrival: [] as number[], answer: [] as number[], plain: [] as number[], insert: [] as number[] };
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
  await milliseconds(samples.plain, round, () => post(plainUrl, n).then(() => performance.now()));
  await milliseconds(samples.insert, round, () => {
    insert.run(Buffer.from(body(n)));
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
await kill(relay.child, 'SIGTERM');
plain.close();
agent.destroy();
db.close();
folder.remove();

const rows = {
  'webhook sent to notice in hand': summarize(samples.arrival),
  'webhook sent to its answer 200': summarize(samples.answer),
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
