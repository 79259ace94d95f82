/**
 * A whole terminal in this process against a training acquirer that the test owns: real sockets, MACs by session
 * keys, journal and vault on disk, a clock that runs faster than the wall. It watches every view on the way and
 * compares both books at the end.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { SimulatedIssuer } from '../../drivers/simulated/card/issuer.ts';
import { defaultCardFile, loadCardProfiles } from '../../drivers/simulated/card/profiles.ts';
import type { Command } from '../../src/contract/commands.ts';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import { assert } from '../../src/core/base/assert.ts';
import { epochMs, transactionId } from '../../src/core/base/brand.ts';
import type { Clock, Log } from '../../src/core/base/ports.ts';
import { iso87Ascii } from '../../src/core/iso8583/dialect.ts';
import type { Booking } from '../../src/core/settlement/model.ts';
import type { Transaction } from '../../src/core/transaction/state.ts';
import { TrainingAcquirer } from '../../src/host/training/acquirer.ts';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { hashCode } from '../../src/main/supervisors.ts';
import { journalFolder, startTerminal, type RunningTerminal } from '../../src/main/wire.ts';
import { journalFiles } from '../../src/store/files.ts';
import { openCardVault } from '../../src/store/vault.ts';
import { verifyJournal } from '../../src/store/verify.ts';

/** How much faster than the wall the clock of terminal and host runs: a time-out of two seconds is half of one. */
const pace = 4;
export const hostTimeoutMs = 2000;
/** In real time: what takes longer will not come at all. */
const limitMs = 15_000;

const startedMs = Date.now();
const clock: Clock = {
  now: () => epochMs(Math.floor(startedMs + (Date.now() - startedMs) * pace)),
  monotonicMs: () => performance.now() * pace,
  after: (delayMs, callback) => systemClock.after(delayMs / pace, callback),
};

const terminalId = 'CHAM0001';
export const supervisor = { name: 'Trưởng ca', code: '4711' };
const keyEncryptionKey = Buffer.from('0123456789ABCDEF'.repeat(2), 'hex');
const codeHash = await hashCode(supervisor.code);
const cards = loadCardProfiles(defaultCardFile);
assert(!('problems' in cards), 'the simulated cards can be read');

/** Logged for each message that the host has got, network management aside. */
export const moneyReceived = 'host: received a money message';

/** One line of either book. `state` of a hold: held or completed. */
interface Line {
  readonly stan: number;
  readonly kind: 'sale' | 'refund' | 'completion' | 'hold';
  readonly amount: number;
  readonly state: string;
}

export class Rig {
  readonly acquirer: TrainingAcquirer;
  readonly #folder: string;
  readonly #port: number;
  #running: RunningTerminal;
  /** What was last said of each transaction's money. */
  readonly #told = new Map<string, SaleView['moneyMoved']>();
  /** Contradictions seen on the way. */
  readonly #contradictions: string[] = [];
  readonly #listeners = new Set<() => void>();
  /** Log lines so far, by their message. */
  readonly #logged: Map<string, number>;
  /** What a person is doing right now, which may change what was said. */
  #acting = 0;
  #keys = 0;

  private constructor(folder: string, acquirer: TrainingAcquirer, port: number, logged: Map<string, number>) {
    this.#folder = folder;
    this.acquirer = acquirer;
    this.#port = port;
    this.#logged = logged;
    this.#running = undefined as never;
  }

  static async start(): Promise<Rig> {
    const folder = mkdtempSync(path.join(tmpdir(), 'cham-matrix-'));
    const logged = new Map<string, number>();
    let changed = (): void => {};
    const log: Log = {
      write(_level, message, fields) {
        const money = message === 'host: received' && !/^08/.test(String(fields?.['message']));
        const what = money ? moneyReceived : message;
        logged.set(what, (logged.get(what) ?? 0) + 1);
        changed();
      },
    };
    const acquirer = new TrainingAcquirer({
      dialect: iso87Ascii,
      clock,
      log,
      issuer: new SimulatedIssuer(cards as Exclude<typeof cards, { problems: unknown }>),
      deferredMarker: { element: 48, value: 'STORED' },
      macs: { kind: 'session', algorithm: 'x9.19', keyEncryptionKey, random: systemRandom },
    });
    const listening = await acquirer.start({ host: '127.0.0.1', port: 0 });
    assert(listening.ok, 'the training acquirer listens');
    const rig = new Rig(folder, acquirer, listening.value.port, logged);
    changed = () => rig.#changed();
    rig.#writeConfig();
    await rig.startTerminal();
    return rig;
  }

  get view(): TerminalView {
    return this.#running.service.view();
  }

  get transactions(): readonly Transaction[] {
    return [...this.#running.terminal.state.transactions.values()];
  }

  transaction(id: string): Transaction {
    const found = this.#running.terminal.state.transactions.get(transactionId(id));
    assert(found !== undefined, 'the transaction is known');
    return found;
  }

  async startTerminal(): Promise<void> {
    const started = await startTerminal({
      configFile: path.join(this.#folder, 'config.json'),
      dataFolder: path.join(this.#folder, 'data'),
      clock,
      random: systemRandom,
      log: { write: (_level, message) => this.#note(message) },
    });
    if (!started.ok) throw new Error(started.fault.detail);
    this.#running = started.value;
    started.value.service.onView(() => this.#changed());
    this.#changed();
    await this.until('the link is up', () => this.view.acquirerLink === 'up');
  }

  async stopTerminal(): Promise<void> {
    await this.#running.stop();
  }

  /** Cuts the terminal off: no listener, no connection. */
  async cut(): Promise<void> {
    await this.acquirer.stop();
  }

  async mend(): Promise<void> {
    const listening = await this.acquirer.start({ host: '127.0.0.1', port: this.#port });
    assert(listening.ok, 'the training acquirer listens again');
  }

  /** Ends it; the journal is sound and no card data are left. */
  async end(): Promise<void> {
    await this.stopTerminal();
    await this.acquirer.stop();
    const file = journalFiles(journalFolder(path.join(this.#folder, 'data'))).journal;
    const verdict = verifyJournal(file);
    rmSync(this.#folder, { recursive: true, force: true });
    expect(verdict).toMatchObject({ verified: true, problems: [] });
  }

  behave(...misbehaviours: readonly Misbehaviour[]): void {
    this.acquirer.behave(...misbehaviours);
  }

  /** A person's command, which has to be taken. */
  async person(command: Command): Promise<string> {
    const answer = await this.tryAs(command);
    if (!answer.ok) throw new Error(`${command.type} was refused: ${answer.detail}`);
    return answer.transactionId ?? '';
  }

  async tryAs(command: Command): ReturnType<RunningTerminal['service']['execute']> {
    this.#acting += 1;
    try {
      return await this.#running.service.execute(command);
    } finally {
      this.#acting -= 1;
    }
  }

  /** Another idempotency key. */
  key(): string {
    this.#keys += 1;
    return `${path.basename(this.#folder)}-${this.#keys}`;
  }

  /** The reader says nothing when it is ready, but is so within milliseconds. */
  async tap(): Promise<void> {
    const endMs = performance.now() + limitMs;
    for (;;) {
      const answer = await this.#running.service.execute({ type: 'simTapCard', card: 'napas-debit' });
      if (answer.ok) return;
      assert(performance.now() < endMs, 'the reader waits for a card');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Resolves at the first change after which it holds. */
  until(what: string, holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        let held: boolean;
        try {
          held = holds();
        } catch (error) {
          finish();
          reject(error as Error);
          return;
        }
        if (!held) return;
        finish();
        resolve();
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`waited in vain until ${what}\n${this.#summary()}`));
      }, limitMs);
      const finish = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** How often a message was logged, by terminal or host. */
  logged(message: string): number {
    return this.#logged.get(message) ?? 0;
  }

  /** No wait of any kind is left: nothing in question, nothing to deliver but what a person has to look at. */
  atRest(): boolean {
    const { state } = this.#running.terminal;
    return (
      this.transactions.every(({ phase }) => !transient.has(phase)) &&
      state.inQuestion.size === 0 &&
      [...state.outbox].every((id) => state.transactions.get(id)?.deadLetter != null)
    );
  }

  /** Whether another sale may be started. */
  isFree(): boolean {
    return this.transactions.every(({ phase }) => !transient.has(phase));
  }

  /** As the screens show it. */
  stage(id: string): SaleView['stage'] | undefined {
    const { sale, recent } = this.view;
    return [...(sale === null ? [] : [sale]), ...recent].find((shown) => shown.id === id)?.stage;
  }

  deadLetters(): readonly Transaction[] {
    return this.transactions.filter(({ deadLetter, resolved }) => deadLetter !== null && resolved === null);
  }

  attempts(): number {
    const { inQuestion, outbox, transactions, settlement } = this.#running.terminal.state;
    const batches = [...settlement.closing.values()].map(({ request }) => request?.attempt ?? 0);
    return Math.max(0, ...batches, ...[...inQuestion, ...outbox].map((id) => transactions.get(id)?.attempts.made ?? 0));
  }

  /** The batch closing now, or undefined. */
  get closing(): string | undefined {
    return [...this.#running.terminal.state.settlement.closing.values()][0]?.phase;
  }

  /** Asks for the settlement of the open batch; when nothing of it is in question, both books of it agree before. */
  async closeBatch(): Promise<number> {
    const { number, bookings } = this.#running.terminal.state.settlement.open;
    if (this.atRest()) this.#compareBatch(number, bookings);
    await this.person({ type: 'closeBatch', batch: number, countedCashMinorUnits: null });
    return number;
  }

  settled(batch: number) {
    return this.#running.terminal.state.settlement.settled.find(({ number }) => number === batch);
  }

  /** What both books say of one batch's money. */
  #compareBatch(batch: number, bookings: readonly Booking[]): void {
    const ours = bookings.flatMap((booking): Line[] => {
      if (booking.method !== 'card') return [];
      const { stan, kind, amount, voided } = booking.entry;
      return [{ stan, kind, amount: amount.minorUnits, state: voided ? 'voided' : 'booked' }];
    });
    const theirs = this.#statement().filter((line) => line.batch === batch && line.kind !== 'hold');
    expect(byStan(ours)).toEqual(byStan(theirs.map(({ batch: _batch, ...line }) => line)));
  }

  /** What was said of every transaction agrees with the host's book, in both directions. */
  compareBooks(): void {
    const ours = this.transactions.flatMap((transaction): Line[] => [...linesOf(transaction)]);
    const theirs = this.#statement().map(({ batch: _batch, ...line }) => line);
    expect(byStan(ours)).toEqual(byStan(theirs));
    expect(this.#raised()).toBe(this.#raisedThere());
    expect(this.#contradictions).toEqual([]);
    const vault = openCardVault(path.join(this.#folder, 'data', 'vault'));
    expect(vault.ok && vault.value.ids()).toEqual([]);
  }

  /** Minor units by which holds that still hold have been raised. */
  #raised(): number {
    const holds = this.transactions.filter(({ phase }) => phase === 'authorised');
    return holds.reduce((sum, { held, amount }) => sum + (held?.minorUnits ?? 0) - amount.minorUnits, 0);
  }

  #raisedThere(): number {
    const raises = this.acquirer
      .statement(terminalId)
      .filter(({ operation, state }) => operation === 'increment' && state === 'held');
    return raises.reduce((sum, { amount }) => sum + amount, 0);
  }

  #statement(): readonly (Line & { readonly batch: number })[] {
    const lines = this.acquirer.statement(terminalId);
    return lines.flatMap(({ stan, operation, amount, state, batch }) => {
      if (operation === 'increment' || state === 'reversed') return [];
      const kind =
        operation === 'preAuthorization'
          ? 'hold'
          : operation === 'deferred' || operation === 'chipApproved'
            ? 'sale'
            : operation;
      return [{ stan, kind, amount, state, batch } as const];
    });
  }

  #note(message: string): void {
    this.#logged.set(message, (this.#logged.get(message) ?? 0) + 1);
    this.#changed();
  }

  #changed(): void {
    if (this.#running !== undefined) this.#watch();
    for (const listener of this.#listeners) listener();
  }

  /** "Yes" never becomes "no", nor "no" "yes", unless it was unknown in between or a person has done it. */
  #watch(): void {
    const { sale, background, recent, holds, outbox } = this.view;
    for (const { id, moneyMoved, stage } of [
      ...(sale ? [sale] : []),
      ...background,
      ...recent,
      ...holds,
      ...outbox.items,
    ]) {
      const before = this.#told.get(id);
      if (before === moneyMoved) continue;
      this.#told.set(id, moneyMoved);
      if (before === undefined || before === 'unknown' || moneyMoved === 'unknown' || this.#acting > 0) continue;
      this.#contradictions.push(`${id}: ${before} became ${moneyMoved} (${stage})`);
    }
  }

  #summary(): string {
    const open = this.transactions.filter(({ phase }) => transient.has(phase) || waits.has(phase));
    const told = open.map(
      ({ id, phase, attempts, deadLetter }) =>
        `${id} ${phase} attempt ${attempts.made}: ${attempts.lastError ?? ''} ${deadLetter?.why ?? ''}`,
    );
    return [...told, `batch: ${this.closing ?? 'none'}`, `link: ${this.view.acquirerLink}`].join('\n');
  }

  #writeConfig(): void {
    const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as Record<string, object>;
    const write = (name: string, text: string): void => {
      writeFileSync(path.join(this.#folder, name), text);
      chmodSync(path.join(this.#folder, name), 0o600);
    };
    write('bank.secret', 'a test secret of the bank');
    write('kek.key', keyEncryptionKey.toString('hex'));
    const { cutOverTime: _none, ...policy } = embedded['policy'] as { readonly cutOverTime?: string };
    const config = {
      ...embedded,
      policy: {
        ...policy,
        hostTimeoutMs,
        retryMs: 200,
        retryMaxMs: 400,
        printTimeoutMs: 60_000,
        autoCloseMs: 600_000,
        partialApprovals: true,
        alarmAfterAttempts: 1000,
        offline: {
          maxAmount: 1_000_000,
          maxSum: 10_000_000,
          maxCount: 100,
          maxAgeMs: 86_400_000,
          maxPerCard: 100,
          perCardWindowMs: 60_000,
        },
      },
      supervisors: [{ name: supervisor.name, codeHash }],
      acquirer: {
        kind: 'host',
        host: '127.0.0.1',
        port: this.#port,
        deferredMarker: { element: 48, value: 'STORED' },
        mac: { algorithm: 'x9.19', keys: { kind: 'session', keyFile: 'kek.key' } },
      },
      // No QR payment is made here, so no bank has to be there.
      qr: {
        ...embedded['qr'],
        kind: 'provider',
        apiBase: 'http://127.0.0.1:9',
        secretFile: 'bank.secret',
        noticePort: 0,
      },
    };
    write('config.json', JSON.stringify(config));
  }
}

const transient: ReadonlySet<string> = new Set(['authorising', 'storing', 'partlyApproved', 'awaitingCard']);
const waits: ReadonlySet<string> = new Set(['reversing', 'voiding', 'incrementing', 'stored', 'completing']);

/** What the host must have on account of a transaction at rest, going by what people were told of it. */
function linesOf({ kind, phase, hostOriginal, authorization, amount: asked }: Transaction): readonly Line[] {
  if (hostOriginal === null || authorization === null) return [];
  const booked = { stan: hostOriginal.stan, amount: hostOriginal.amount.minorUnits };
  if (kind !== 'preAuthorization') {
    const states = new Map([
      ['approved', 'booked'],
      ['voided', 'voided'],
    ]);
    const state = states.get(phase);
    return state === undefined ? [] : [{ ...booked, kind, state }];
  }
  const hold = { stan: authorization.stan, kind: 'hold', amount: asked.minorUnits } as const;
  if (phase === 'authorised') return [{ ...hold, state: 'held' }];
  if (hostOriginal.kind !== 'completion') return phase === 'voided' ? [{ ...hold, state: 'voided' }] : [];
  return [
    { ...hold, state: 'completed' },
    { ...booked, kind: 'completion', state: phase === 'voided' ? 'voided' : 'booked' },
  ];
}

function byStan(lines: readonly Line[]): readonly Line[] {
  return lines.toSorted((a, b) => a.stan - b.stan);
}
