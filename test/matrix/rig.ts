/**
 * A whole terminal in this process against a training acquirer that the test owns: real sockets, MACs by session
 * keys, journal and vault on disk. It watches every view on the way and compares both books at the end.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { SimulatedIssuer } from '../../drivers/simulated/card/issuer.ts';
import { defaultCardFile, loadCardProfiles } from '../../drivers/simulated/card/profiles.ts';
import type { Command, CommandResult } from '../../src/contract/commands.ts';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import { assert } from '../../src/core/base/assert.ts';
import { transactionId } from '../../src/core/base/brand.ts';
import { iso87Ascii } from '../../src/core/iso8583/dialect.ts';
import type { ClosingPhase, SettledBatch } from '../../src/core/settlement/model.ts';
import { isWaiting, type TerminalState, type Transaction } from '../../src/core/transaction/state.ts';
import { TrainingAcquirer } from '../../src/host/training/acquirer.ts';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemRandom } from '../../src/main/platform.ts';
import { hashCode } from '../../src/main/supervisors.ts';
import { journalFolder } from '../../src/main/folders.ts';
import { startTerminal, type RunningTerminal } from '../../src/main/wire.ts';
import { journalFiles } from '../../src/store/files.ts';
import { openCardVault } from '../../src/store/vault.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { bookedLines, byStan, chargedThere, linesOf, raised, raisedThere, statementLines } from './books.ts';
import { TickingClock } from './ticking-clock.ts';

export const hostTimeoutMs = 1600;
/** What takes longer will not come at all. */
const limitMs = 60_000;

export const terminalId = 'CHAM0001';
export const supervisor = { name: 'Trưởng ca', code: '4711' };
/** Logged for each message that the host has got, network management aside. */
export const moneyReceived = 'host: received a money message';

const clock = new TickingClock();
const keyEncryptionKey = Buffer.from('0123456789ABCDEF'.repeat(2), 'hex');
const deferredMarker = { element: 48, value: 'STORED' };
const codeHash = await hashCode(supervisor.code);
const cards = loadCardProfiles(defaultCardFile);

export class Rig {
  readonly acquirer: TrainingAcquirer;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'cham-matrix-'));
  readonly #listeners = new Set<() => void>();
  /** How often each message was logged, by terminal or host. */
  readonly #logged = new Map<string, number>();
  /** What was last said of each transaction's money. */
  readonly #told = new Map<string, SaleView['moneyMoved']>();
  /** "Charged" that became "not charged", or the other way round. */
  readonly #contradictions: string[] = [];
  #port = 0;
  #running: RunningTerminal | undefined;
  /** Commands of a person at this moment, which may change what was said. */
  #acting = 0;
  #keys = 0;

  private constructor() {
    assert(!('problems' in cards), 'the simulated cards can be read');
    this.acquirer = new TrainingAcquirer({
      dialect: iso87Ascii,
      clock,
      log: {
        write: (_level, message, fields) => {
          const money = message === 'host: received' && !String(fields?.['message']).startsWith('08');
          this.#note(money ? moneyReceived : message);
        },
      },
      issuer: new SimulatedIssuer(cards),
      deferredMarker,
      macs: { kind: 'session', algorithm: 'x9.19', keyEncryptionKey, random: systemRandom },
    });
  }

  static async start(): Promise<Rig> {
    const rig = new Rig();
    await rig.mend();
    rig.#writeConfig();
    await rig.startTerminal();
    return rig;
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
    await this.#terminal.stop();
  }

  /** Cuts the terminal off: no listener, no connection. */
  async cut(): Promise<void> {
    await this.acquirer.stop();
  }

  async mend(): Promise<void> {
    const listening = await this.acquirer.start({ host: '127.0.0.1', port: this.#port });
    assert(listening.ok, 'the training acquirer listens');
    this.#port = listening.value.port;
  }

  /** Ends everything; the journal is sound. */
  async end(): Promise<void> {
    await this.stopTerminal();
    await this.acquirer.stop();
    const verdict = verifyJournal(journalFiles(journalFolder(path.join(this.#folder, 'data'))).journal);
    rmSync(this.#folder, { recursive: true, force: true });
    expect(verdict).toMatchObject({ verified: true, problems: [] });
  }

  behave(...misbehaviours: readonly Misbehaviour[]): void {
    this.acquirer.behave(...misbehaviours);
  }

  get view(): TerminalView {
    return this.#terminal.service.view();
  }

  get transactions(): readonly Transaction[] {
    return [...this.#state.transactions.values()];
  }

  transaction(id: string): Transaction {
    const found = this.#state.transactions.get(transactionId(id));
    assert(found !== undefined, 'the transaction is known');
    return found;
  }

  /** A person's command, which has to be taken; the transaction that it started, if it did. */
  async person(command: Command): Promise<string> {
    this.#acting += 1;
    const answer = await this.#terminal.service.execute(command);
    this.#acting -= 1;
    if (!answer.ok) throw new Error(`${command.type} was refused: ${answer.detail}`);
    return answer.transactionId ?? '';
  }

  /** Another idempotency key. */
  key(): string {
    this.#keys += 1;
    return `${path.basename(this.#folder)}-${this.#keys}`;
  }

  /** The reader says nothing when it is ready, but is so within a few turns of the loop. */
  async tap(card = 'napas-debit'): Promise<void> {
    let answer: CommandResult;
    let tries = 0;
    do {
      assert(tries < 1000, 'the reader waits for a card');
      tries += 1;
      await new Promise((resolve) => clock.after(1, () => resolve(undefined)));
      answer = await this.#terminal.service.execute({ type: 'simTapCard', card });
    } while (!answer.ok);
  }

  /** Resolves at the first change after which it holds. */
  until(what: string, holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        cancel();
        this.#listeners.delete(look);
      };
      const look = (): void => {
        if (!holds()) return;
        finish();
        resolve();
      };
      const cancel = clock.after(limitMs, () => {
        finish();
        reject(new Error(`waited in vain until ${what}\n${this.#summary()}`));
      });
      this.#listeners.add(look);
      look();
    });
  }

  /** How often it was, so far. */
  logged(message: string): number {
    return this.#logged.get(message) ?? 0;
  }

  /** Whether another sale may be started. */
  isFree(): boolean {
    return !this.transactions.some(isWaiting);
  }

  /** Nothing is in question, and nothing to be delivered but what a person has to look at. */
  atRest(): boolean {
    const { inQuestion, outbox } = this.#state;
    const delivered = [...outbox].every((id) => this.transaction(id).deadLetter !== null);
    return this.isFree() && inQuestion.size === 0 && delivered;
  }

  /** Most attempts at anything that is open. */
  attempts(): number {
    const { inQuestion, outbox, settlement } = this.#state;
    const batches = [...settlement.closing.values()].map(({ request }) => request?.attempt ?? 0);
    return Math.max(0, ...batches, ...[...inQuestion, ...outbox].map((id) => this.transaction(id).attempts.made));
  }

  deadLetters(): readonly Transaction[] {
    return this.transactions.filter(({ deadLetter, resolved }) => deadLetter !== null && resolved === null);
  }

  /** As the screens show it. */
  stage(id: string): SaleView['stage'] | undefined {
    const { sale, recent } = this.view;
    return [...(sale === null ? [] : [sale]), ...recent].find((shown) => shown.id === id)?.stage;
  }

  get closing(): ClosingPhase | undefined {
    return [...this.#state.settlement.closing.values()][0]?.phase;
  }

  settled(batch: number): SettledBatch | undefined {
    return this.#state.settlement.settled.find(({ number }) => number === batch);
  }

  /** Settled batches in which the host had something else. */
  unbalanced(): readonly SettledBatch[] {
    return this.#state.settlement.settled.filter(({ balance }) => balance === 'differs');
  }

  /** Asks for the settlement of the open batch; when nothing of it is in question, both books of it agree before. */
  async closeBatch(): Promise<number> {
    const { number, bookings } = this.#state.settlement.open;
    if (this.atRest()) {
      const theirs = statementLines(this.acquirer.statement(terminalId, number));
      expect(byStan(bookedLines(bookings))).toEqual(byStan(theirs.filter(({ kind }) => kind !== 'hold')));
    }
    await this.person({ type: 'closeBatch', batch: number, countedCashMinorUnits: null });
    return number;
  }

  /** What was said of every transaction so far agrees with the host's book, and no card data are left. */
  compareBooks(): void {
    const statement = this.acquirer.statement(terminalId);
    expect(byStan(this.transactions.flatMap(linesOf))).toEqual(byStan(statementLines(statement)));
    expect(raised(this.transactions)).toBe(raisedThere(statement));
    expect(this.#contradictions).toEqual([]);
    const vault = openCardVault(path.join(this.#folder, 'data', 'vault'));
    expect(vault.ok && vault.value.ids()).toEqual([]);
  }

  get #terminal(): RunningTerminal {
    assert(this.#running !== undefined, 'the terminal runs');
    return this.#running;
  }

  get #state(): TerminalState {
    return this.#terminal.terminal.state;
  }

  #note(message: string): void {
    this.#logged.set(message, (this.#logged.get(message) ?? 0) + 1);
    this.#changed();
  }

  #changed(): void {
    if (this.#running === undefined) return;
    this.#watch();
    for (const listener of this.#listeners) listener();
  }

  /**
   * "Yes" never becomes "no", nor "no" "yes", unless it was unknown in between or a person has done it; and when either
   * is said, it is so.
   */
  #watch(): void {
    const { sale, background, recent, holds, outbox } = this.view;
    const shown = [...(sale === null ? [] : [sale]), ...background, ...recent, ...holds, ...outbox.items];
    for (const { id, moneyMoved, stage } of shown) {
      const before = this.#told.get(id) ?? 'unknown';
      if (before === moneyMoved) continue;
      this.#told.set(id, moneyMoved);
      if (moneyMoved === 'unknown') continue;
      const charged = chargedThere(this.transaction(id), this.acquirer.statement(terminalId));
      if (charged !== undefined && charged !== (moneyMoved === 'yes')) {
        this.#contradictions.push(`${id}: ${moneyMoved} is not what the host has (${stage})`);
      }
      if (before === 'unknown' || this.#acting > 0) continue;
      this.#contradictions.push(`${id}: ${before} became ${moneyMoved} (${stage})`);
    }
  }

  #summary(): string {
    const open = this.transactions.filter(({ id }) => this.#state.inQuestion.has(id) || this.#state.outbox.has(id));
    const told = open.map(
      ({ phase, attempts, deadLetter }) =>
        `${phase}, attempt ${attempts.made}: ${attempts.lastError ?? ''} ${deadLetter?.why ?? ''}`,
    );
    const newest = this.transactions.at(-1)?.phase ?? 'none';
    return [...told, `newest: ${newest}`, `batch: ${this.closing}`, `link: ${this.view.acquirerLink}`].join('\n');
  }

  #writeConfig(): void {
    const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as Record<string, object>;
    const write = (name: string, text: string): void => {
      writeFileSync(path.join(this.#folder, name), text, { mode: 0o600 });
    };
    write('bank.secret', 'a test secret of the bank');
    write('link.key', keyEncryptionKey.toString('hex'));
    const config = {
      ...embedded,
      policy: {
        ...embedded['policy'],
        hostTimeoutMs,
        retryMs: 200,
        retryMaxMs: 400,
        autoCloseMs: 600_000,
        alarmAfterAttempts: 1000,
        cutOverTime: undefined,
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
      // Receipts are tested elsewhere, and to paint hundreds of them takes longer than all the rest.
      devices: {
        cardReader: { driver: 'simulated-card-reader', name: 'reader' },
        pinPad: { driver: 'simulated-pin-pad', name: 'pad', settings: { typingMs: 0 } },
      },
      acquirer: {
        kind: 'host',
        host: '127.0.0.1',
        port: this.#port,
        deferredMarker,
        mac: { algorithm: 'x9.19', keys: { kind: 'session', keyFile: 'link.key' } },
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
