/**
 * From a QR provider's webhook to "paid" on both screens, on loopback: the real relay and the real terminal (`cham run`:
 * journal, WebSocket server) in processes of their own; two WebSocket clients, the cashier's and the customer's; and the
 * training service as payOS, which signs the webhook and is asked before the payment counts. The clock runs from the first byte of
 * the webhook being sent until the client has received the frame that says `approved`. payOS answers at once: its own
 * time is measured and shown, and only the way to it and back is part of the whole.
 *
 * Beside it, taking turns, what cannot be had for less: a POST to a Node server that answers at once and a durable insert
 * of as many bytes by bare better-sqlite3 (WAL, synchronous=FULL). The way has two of each, one after another: webhook,
 * relay's store, question to the provider, journal.
 *
 *   node bench/qr-paid.ts [--rounds 300] [--json]
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { encodeClientFrame, parseServerFrame } from '../src/contract/border.ts';
import type { Command } from '../src/contract/commands.ts';
import { contractVersion, type SaleView } from '../src/contract/view.ts';
import { httpCall } from '../src/host/qr/http-call.ts';
import { listenTcp } from '../src/host/qr/http-service.ts';
import {
  call,
  hookUrl,
  kill,
  listOf,
  newFolder,
  newTerminal,
  settingsWith,
  spawnRelay,
  Until,
} from '../test/relay/kit.ts';
import { newTill, startPayos } from '../test/relay/payos-till.ts';
import { chamRun } from '../test/terminal-child.ts';
import { bareOperations } from './bare-operations.ts';
import { print, summarize, table } from './measure.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '300' }, json: { type: 'boolean' } } });
const rounds = Number(values.rounds);
const warmUp = 30;
const aimMs = 150;
const amount = 45_000;

const folder = newFolder();
const quay = newTerminal('quay-1');
const relay = await spawnRelay(folder.path, listOf([quay], 'payos'), { port: 0, settings: settingsWith({}) });

let sentMs = Number.NaN;
let answeredMs = Number.NaN;
let providerMs = 0;
let askedMs = Number.NaN;
const payos = await startPayos({
  call: async (request) => {
    sentMs = performance.now();
    const reply = await httpCall(request);
    answeredMs = performance.now();
    until.changed();
    return reply;
  },
  listen: (options) =>
    listenTcp({
      ...options,
      handle: async (request) => {
        const startMs = performance.now();
        if (Number.isNaN(askedMs)) askedMs = startMs;
        const reply = await options.handle(request);
        providerMs += performance.now() - startMs;
        return reply;
      },
    }),
});
payos.noticesTo(hookUrl(relay.origin, quay));

const till = newTill({ folder: folder.path, terminal: quay, relayOrigin: relay.origin, apiBase: payos.apiBase });
const service = await startTerminal();
const until = new Until();

/** `cham run` in a process of its own: its simulated printer draws paper, which must not keep the clients from reading. */
async function startTerminal(): Promise<{ readonly child: ChildProcess; readonly url: URL }> {
  const { configFile, dataFolder } = till;
  const options = ['--config', configFile, '--data', dataFolder, '--port', '0', '--shell', 'none', '--json'];
  const child = spawn(process.execPath, [...chamRun, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, url: new URL((JSON.parse(line) as { readonly url: string }).url) };
  }
  throw new Error('the terminal did not start');
}

/** One page: the sale that it was told last, and when each sale was first told to be approved. */
class Screen {
  readonly #socket: WebSocket;
  readonly approvedMs = new Map<string, number>();
  sale: SaleView | null = null;
  #lastId = 0;

  constructor() {
    const { url } = service;
    const protocols = ['cham.v1', `token.${url.hash.slice('#token='.length)}`];
    this.#socket = new WebSocket(`ws://${url.host}/ws`, protocols, { headers: { Origin: url.origin } });
    this.#socket.on('message', (data: Buffer) => {
      const receivedMs = performance.now();
      const parsed = parseServerFrame(data.toString('utf8'));
      if (!parsed.ok) throw new Error(parsed.problem);
      const { frame } = parsed;
      if (frame.type === 'result' && !frame.result.ok) throw new Error(frame.result.detail);
      if (frame.type !== 'view') return;
      const { sale } = frame.view;
      this.sale = sale;
      if (sale?.stage === 'approved' && !this.approvedMs.has(sale.id)) this.approvedMs.set(sale.id, receivedMs);
      until.changed();
    });
  }

  async opened(): Promise<void> {
    await once(this.#socket, 'open');
  }

  send(command: Command): void {
    this.#lastId += 1;
    this.#socket.send(encodeClientFrame({ version: contractVersion, id: this.#lastId, command }));
  }

  close(): void {
    this.#socket.terminate();
  }
}

const cashier = new Screen();
const customer = new Screen();
await Promise.all([cashier.opened(), customer.opened()]);

const bare = await bareOperations(folder.path);
/** As long as payOS's notices are. */
const bytes = Buffer.alloc(700, 'x');

const samples = {
  both: [] as number[],
  cashier: [] as number[],
  customer: [] as number[],
  answer: [] as number[],
  question: [] as number[],
  provider: [] as number[],
  post: [] as number[],
  insert: [] as number[],
  limit: [] as number[],
};

type Measured = 'cashier' | 'customer' | 'answer' | 'question' | 'provider';

const since = (ms: number | undefined): number => (ms ?? Number.NaN) - sentMs;

async function sell(n: number): Promise<Record<Measured, number>> {
  cashier.send({ type: 'startSale', key: `bench-${n}`, amountMinorUnits: amount, method: 'qr' });
  const shown = (): boolean =>
    cashier.sale?.stage === 'showQr' && customer.sale?.stage === 'showQr' && cashier.sale.id === customer.sale.id;
  await until.holds(shown);
  const { id = '', qr = null } = cashier.sale ?? {};
  providerMs = 0;
  answeredMs = Number.NaN;
  askedMs = Number.NaN;
  payos.pay(qr?.reference ?? '', amount);
  const told = (): boolean => cashier.approvedMs.has(id) && customer.approvedMs.has(id) && !Number.isNaN(answeredMs);
  await until.holds(told);
  // Its receipt is not to disturb the next one.
  await until.holds(() => cashier.sale?.id === id && cashier.sale.receipt.state === 'printed');
  return {
    cashier: since(cashier.approvedMs.get(id)),
    customer: since(customer.approvedMs.get(id)),
    answer: since(answeredMs),
    question: since(askedMs),
    provider: providerMs,
  };
}

for (let round = -warmUp; round < rounds; round += 1) {
  const took = await sell(round + warmUp);
  const taken = { post: [] as number[], insert: [] as number[] };
  const bareStartMs = performance.now();
  for (let twice = 0; twice < 2; twice += 1) {
    const startMs = performance.now();
    await call(bare.url, { headers: { 'content-type': 'application/json' }, body: bytes });
    const postedMs = performance.now();
    bare.insert(bytes);
    taken.post.push(postedMs - startMs);
    taken.insert.push(performance.now() - postedMs);
  }
  const limitMs = performance.now() - bareStartMs;
  if (round < 0) continue;
  samples.both.push(Math.max(took.cashier, took.customer));
  for (const name of ['cashier', 'customer', 'answer', 'question', 'provider'] as const) samples[name].push(took[name]);
  samples.post.push(...taken.post);
  samples.insert.push(...taken.insert);
  samples.limit.push(limitMs);
}

cashier.close();
customer.close();
await kill(service.child, 'SIGTERM');
await payos.stop();
await kill(relay.child, 'SIGTERM');
bare.close();
folder.remove();

const rows = {
  'webhook sent to paid on both screens': summarize(samples.both),
  "  on the cashier's": summarize(samples.cashier),
  "  on the customer's": summarize(samples.customer),
  'webhook sent to its answer 200': summarize(samples.answer),
  "webhook sent to the terminal's question at the provider": summarize(samples.question),
  "  of the whole, the provider's own time": summarize(samples.provider),
  'bare POST': summarize(samples.post),
  'bare durable insert': summarize(samples.insert),
  'limit: two of each, one after another': summarize(samples.limit),
};
const within = samples.both.filter((ms) => ms <= aimMs).length;
print(
  { bench: 'qr-paid', unit: 'ms', aimMs, rounds, within, rows },
  `QR payment, ms on loopback, ${rounds} sales (aim: p99 of at most ${aimMs} ms on both screens)\n${table(
    ['', 'p50', 'p99'],
    Object.entries(rows).map(([name, { p50, p99 }]) => [name, p50.toFixed(2), p99.toFixed(2)]),
  )}\n\n${within} of ${rounds} within the aim`,
);
