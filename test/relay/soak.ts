/**
 * Many webhooks through a real relay that is killed again and again, to terminals that are started anew and sometimes
 * cannot write: every webhook that was answered as taken has to reach its terminal, in the order of the relay's log, and
 * no other; once it is known by the provider's transaction id, once.
 *
 * The provider behaves as providers do: it repeats until it hears 200, sends some notices again, and sends some late. The
 * terminal's journal is a list with the transaction ids that are in it; it survives the terminal's restarts.
 */
import http from 'node:http';
import type { RawNotice } from '../../src/host/qr/notice-source.ts';
import type { RelaySource } from '../../src/host/qr/relay-source.ts';
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
  type RelayProcess,
  type TestTerminal,
} from './kit.ts';

export interface SoakWishes {
  readonly notices: number;
  /** Shares from 0 to 1. */
  readonly duplicates: number;
  readonly reorder: number;
  /** How often the relay is killed (every fourth time it is stopped cleanly), and a terminal started anew. */
  readonly restarts: number;
  readonly terminals: number;
  readonly seed: number;
}

export interface SoakReport {
  readonly sent: number;
  /** Answered 200; repeats included. */
  readonly taken: number;
  /** Posts that had no answer or another one, and were repeated. */
  readonly repeated: number;
  readonly relayRestarts: number;
  readonly terminalRestarts: number;
  /** Handed to terminals, those that came again included. */
  readonly delivered: number;
  readonly booked: number;
  /** One sentence each; empty when all is well. */
  readonly violations: readonly string[];
}

/** A number or a share in per cent, from the command line; throws what is wrong with it. */
export function numberOption(name: string, text: string): number {
  const share = text.endsWith('%');
  const value = Number(share ? text.slice(0, -1) : text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name}: found "${text}"; expected a number`);
  return share ? value / 100 : value;
}

/** Mulberry32: good enough to choose, the same for the same seed. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a terminal has been handed, and what it has booked because of it. */
class Till {
  readonly terminal: TestTerminal;
  readonly booked: string[] = [];
  readonly #known = new Set<string>();
  readonly #violations: string[];
  readonly #next: () => number;
  readonly #changed: () => void;
  #newest = 0;
  delivered = 0;

  constructor(terminal: TestTerminal, next: () => number, violations: string[], changed: () => void) {
    this.terminal = terminal;
    this.#next = next;
    this.#violations = violations;
    this.#changed = changed;
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  readonly take = (notice: RawNotice): boolean => {
    const position = Number(notice.id.split('-')[1]);
    if (position > this.#newest + 1)
      this.#violations.push(`${this.terminal.id}: ${position} came after ${this.#newest}`);
    this.#newest = Math.max(this.#newest, position);
    // A journal that cannot be written for a moment.
    if (this.#next() < 0.005) return false;
    this.delivered += 1;
    const { id, terminal } = JSON.parse(Buffer.from(notice.body).toString()) as { id: string; terminal: string };
    if (terminal !== this.terminal.id) this.#violations.push(`${this.terminal.id} was handed ${id} of ${terminal}`);
    if (!this.#known.has(id)) this.booked.push(id);
    this.#known.add(id);
    this.#changed();
    return true;
  };
}

interface Planned {
  readonly id: string;
  readonly till: Till;
  readonly body: string;
}

const senders = 8;
/** With nothing coming for so long, what is missing is lost. */
const stalledMs = 10_000;

export async function soak(wishes: SoakWishes, progress: (line: string) => void = () => {}): Promise<SoakReport> {
  const next = generator(wishes.seed);
  const folder = newFolder();
  const violations: string[] = [];
  const until = new Until();
  const terminals = Array.from({ length: wishes.terminals }, (_, n) => newTerminal(`quay-${n + 1}`));
  const tills = terminals.map((terminal) => new Till(terminal, next, violations, () => until.changed()));
  const settings = settingsWith({ timings: { beatMs: 1000 }, limits: { window: 32 } });
  const list = listOf(terminals, 'sepay');
  let relay: RelayProcess = await spawnRelay(folder.path, list, { port: 0, settings });
  const { origin } = relay;
  const port = Number(new URL(origin).port);
  const sources: RelaySource[] = [];
  const connect = (index: number): void => {
    const till = tills[index];
    if (till === undefined) return;
    const source = sourceOf(origin, till.terminal);
    sources[index] = source;
    source.start(till.take);
  };
  for (const index of tills.keys()) connect(index);

  const { queue, total } = plan(wishes, tills, next);
  const taken = new Set<Planned>();
  let [answers, repeated, relayRestarts, terminalRestarts] = [0, 0, 0, 0];
  /** Undefined while the relay is up. */
  let back: Promise<void> | undefined;
  const agent = new http.Agent({ keepAlive: true, maxSockets: senders });
  const restartAt = new Set(
    Array.from({ length: wishes.restarts }, (_, n) => Math.floor(((n + next()) * total) / (wishes.restarts + 1)) + 1),
  );

  const restart = async (): Promise<void> => {
    relayRestarts += 1;
    await kill(relay.child, relayRestarts % 4 === 0 ? 'SIGTERM' : 'SIGKILL');
    relay = await spawnRelay(folder.path, list, { port, settings });
    const index = Math.floor(next() * tills.length);
    terminalRestarts += 1;
    await sources[index]?.stop();
    connect(index);
    progress(`${answers} of ${total} taken, relay started again ${relayRestarts} times`);
  };

  const send = async (): Promise<void> => {
    for (let planned = queue.shift(); planned !== undefined; planned = queue.shift()) {
      for (;;) {
        await back;
        const url = hookUrl(origin, planned.till.terminal);
        const headers = { 'content-type': 'application/json' };
        const status = await call(url, { headers, body: planned.body, agent }).then(
          (reply) => reply.status,
          () => 0,
        );
        if (status === 200) break;
        repeated += 1;
      }
      taken.add(planned);
      answers += 1;
      if (restartAt.has(answers)) {
        back = restart().finally(() => {
          back = undefined;
        });
      }
    }
  };

  try {
    await Promise.all(Array.from({ length: senders }, send));
    await back;
    const complete = (): boolean => [...taken].every(({ id, till }) => till.has(id));
    await until.holds(complete, stalledMs);
    for (const { id, till } of taken)
      if (!till.has(id)) violations.push(`${id} was taken and never reached its terminal`);
    const expected = new Set([...taken].map(({ id }) => id));
    const booked = tills.flatMap((till) => till.booked);
    if (new Set(booked).size !== booked.length) violations.push('a transaction was booked twice');
    for (const id of booked) if (!expected.has(id)) violations.push(`${id} was booked and never taken`);
    if (booked.length !== wishes.notices) violations.push(`${booked.length} booked, ${wishes.notices} sent`);
  } finally {
    for (const source of sources) await source.stop();
    agent.destroy();
    await kill(relay.child);
    folder.remove();
  }
  const delivered = tills.reduce((sum, till) => sum + till.delivered, 0);
  const booked = tills.reduce((sum, till) => sum + till.booked.length, 0);
  return { sent: total, taken: answers, repeated, relayRestarts, terminalRestarts, delivered, booked, violations };
}

/** In the order in which they are posted: some again later, some later than they should be. */
function plan(
  { notices, duplicates, reorder }: SoakWishes,
  tills: readonly Till[],
  next: () => number,
): { readonly queue: Planned[]; readonly total: number } {
  const queue: Planned[] = [];
  for (let n = 0; n < notices; n += 1) {
    const till = tills[Math.floor(next() * tills.length)] as Till;
    const id = `FT${String(n).padStart(8, '0')}`;
    const amount = 1000 + Math.floor(next() * 10_000_000);
    queue.push({ id, till, body: JSON.stringify({ id, terminal: till.terminal.id, amount }) });
  }
  for (let n = 0; n < Math.round(notices * duplicates); n += 1) {
    const at = Math.floor(next() * notices);
    const repeat = queue[at] as Planned;
    // Half the repeats differ in bytes, as those of providers do that sign anew.
    const body = next() < 0.5 ? repeat.body : JSON.stringify({ ...(JSON.parse(repeat.body) as object), retry: n });
    queue.splice(Math.min(queue.length, at + 1 + Math.floor(next() * 50)), 0, { ...repeat, body });
  }
  for (let n = 0; n < Math.round(notices * reorder); n += 1) {
    const [moved] = queue.splice(Math.floor(next() * queue.length), 1);
    if (moved !== undefined) queue.splice(Math.floor(next() * queue.length), 0, moved);
  }
  return { queue, total: queue.length };
}
