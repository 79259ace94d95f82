/**
 * A whole shop in simulated time: the real terminal as `wire.ts` puts it together, with its real journal on files in
 * memory, the training acquirer and the training bank, and between them a network, a disk, a printer and a supply of power
 * that fail as they are told.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SimulatedIssuer } from '../../drivers/simulated/card/issuer.ts';
import { defaultCardFile, loadCardProfiles } from '../../drivers/simulated/card/profiles.ts';
import { assert } from '../../src/core/base/assert.ts';
import { iso87Ascii } from '../../src/core/iso8583/dialect.ts';
import type { Machine } from '../../src/app/terminal.ts';
import { TrainingAcquirer } from '../../src/host/training/acquirer.ts';
import { TrainingQrProvider } from '../../src/host/training-provider/training-provider.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { journalFolder } from '../../src/main/folders.ts';
import { startTerminal, type RunningTerminal } from '../../src/main/wire.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { Chance } from './chance.ts';
import { makeFolder, readFiles, writeFiles, type Files } from './disk.ts';
import { Model } from './model.ts';
import { SimulatedNetwork } from './network.ts';
import { goodPrinter, SeededPrinter } from './printer.ts';
import { PoweredClock, settle, SimulatedTime } from './time.ts';
import { WatchedJournal, type Accident, type Death, type JournalBug, type Pending } from './watched-journal.ts';

const keyEncryptionKey = '0123456789ABCDEF'.repeat(2);
const deferredMarker = { element: 48, value: 'STORED' };
const terminalId = 'CHAM0001';
const bankSecret = 'a test secret of the bank';
const cards = loadCardProfiles(defaultCardFile);

/** A mistake that is planted to see whether it is found. */
export interface PlantedBug {
  readonly machine?: (real: Machine) => Machine;
  readonly journal?: JournalBug;
}

/** Longest that anything may take until all has come to rest, once everything works: it would be stuck else. */
export const patienceMs = 20 * 60_000;

export class World {
  readonly time = new SimulatedTime();
  readonly model = new Model();
  readonly network: SimulatedNetwork;
  readonly acquirer: TrainingAcquirer;
  readonly bank: TrainingQrProvider;
  readonly faults = new Map<string, number>();
  printer = goodPrinter;
  steps = 0;
  crashes = 0;
  /** The running terminal; undefined while it has no power. */
  running: RunningTerminal | undefined;
  /** Why it did not start. */
  refusal: string | undefined;
  readonly #chance: Chance;
  readonly #printing: Chance;
  readonly #disk: Chance;
  readonly #bug: PlantedBug;
  readonly #machine: Machine;
  readonly #folder = makeFolder();
  #clock: PoweredClock;
  #journal: WatchedJournal | undefined;
  #pending: Pending | undefined;
  #powerWasCut = false;
  /** One accident at a time: until the next start has mended it, no other may come. */
  #spoiled = false;
  #hostChanged = true;
  #viewChanged = true;

  constructor(seed: number, bug: PlantedBug, real: Machine) {
    this.#chance = new Chance(seed);
    this.#printing = new Chance(seed + 1);
    this.#disk = new Chance(seed + 2);
    this.#bug = bug;
    this.#machine = bug.machine?.(real) ?? real;
    this.#clock = new PoweredClock(this.time);
    this.network = new SimulatedNetwork(this.time, new Chance(seed + 3));
    const hostClock = new PoweredClock(this.time);
    const { random } = new Chance(seed + 4);
    assert(!('problems' in cards), 'the simulated cards can be read');
    this.acquirer = new TrainingAcquirer({
      dialect: iso87Ascii,
      clock: hostClock,
      log: {
        write: (_level, message) => {
          this.#hostChanged ||= message === 'host: received';
        },
      },
      issuer: new SimulatedIssuer(cards),
      deferredMarker,
      macs: { kind: 'session', algorithm: 'x9.19', keyEncryptionKey: Buffer.from(keyEncryptionKey, 'hex'), random },
    });
    assert(this.acquirer.openBook().ok, 'a book in memory can be opened');
    this.network.serve = (socket) => this.acquirer.serve(socket);
    this.bank = new TrainingQrProvider({
      host: '127.0.0.1',
      port: 0,
      secret: Buffer.from(bankSecret),
      clock: hostClock,
      random,
      log: { write: () => {} },
      ledgerFile: path.join(this.#folder, 'bank.jsonl'),
      listen: this.network.listen,
      call: this.network.call,
    });
  }

  async begin(): Promise<void> {
    assert((await this.bank.start()).ok, 'the bank can be reached');
    this.#writeConfig();
    await this.start();
  }

  /** False when it refuses to start; then it says why in `refusal`. */
  async start(): Promise<boolean> {
    assert(this.running === undefined, 'world: it is running');
    const { random } = this.#chance;
    const clock = new PoweredClock(this.time);
    this.#clock = clock;
    const started = await this.until(
      startTerminal({
        configFile: path.join(this.#folder, 'config.json'),
        dataFolder: path.join(this.#folder, 'data'),
        clock,
        random,
        log: { write: () => {} },
        outside: {
          dial: this.network.dial,
          call: this.network.callFromTerminal,
          listen: this.network.listenAtTerminal,
          machine: this.#machine,
          receiptPrinter: new SeededPrinter(
            clock,
            this.#printing,
            () => this.printer,
            (jobId) => this.model.printed(jobId),
          ),
          journalPort: (journal) => {
            this.model.restarted(journal.head(), this.#pending, this.#powerWasCut);
            this.#pending = undefined;
            this.#powerWasCut = false;
            const folder = journal.files.directory;
            this.#journal = new WatchedJournal(journal, folder, this.model, this.#disk, this.#bug.journal ?? {});
            return this.#journal;
          },
        },
      }),
    );
    if (!started.ok) {
      this.refusal = started.fault.detail;
      return false;
    }
    this.running = started.value;
    this.#spoiled = false;
    started.value.service.onView(() => {
      this.#viewChanged = true;
    });
    this.#viewChanged = true;
    this.look();
    return true;
  }

  /** A clean stop, as for an update. */
  async stop(): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    await this.until(running.stop());
    this.#journal = undefined;
    this.running = undefined;
    this.network.cutTerminal(false);
  }

  prepare(accident: Accident): void {
    this.#journal?.prepare(accident);
  }

  /** SIGKILL, now. */
  kill(): void {
    this.#die({ kind: 'kill', files: undefined });
  }

  cutPower(): void {
    if (this.#journal !== undefined) this.#die(this.#journal.powerCut());
  }

  /** Changes the files of a terminal that is off; false when another accident has not been mended yet. */
  spoil(change: (files: Files, chance: Chance) => Files): boolean {
    assert(this.running === undefined, 'world: a running terminal has its files');
    if (this.#spoiled) return false;
    const folder = journalFolder(path.join(this.#folder, 'data'));
    writeFiles(folder, change(readFiles(folder), this.#disk));
    // What was not synced is in the log only.
    this.#powerWasCut = true;
    this.#spoiled = true;
    return true;
  }

  /** Lets simulated time pass, and looks after everything that happens. */
  async pass(ms: number): Promise<void> {
    const endMs = this.time.nowMs + ms;
    for (let next = this.time.nextMs(); next !== undefined && next <= endMs; next = this.time.nextMs()) {
      await this.#step();
    }
    this.time.passTo(endMs);
  }

  /** Lets time pass until `work` is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    const progress = { done: false };
    const mark = (): void => {
      progress.done = true;
    };
    work.then(mark, mark);
    await settle();
    while (!progress.done) {
      assert(this.time.nextMs() !== undefined, 'world: what is waited for can still happen');
      await this.#step();
    }
    return work;
  }

  /** Lets time pass until it holds; false when it does not within the limit. */
  async reaches(holds: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.time.nowMs + limitMs;
    while (!holds()) {
      const next = this.time.nextMs();
      if (next === undefined || next > endMs || this.running === undefined) return holds();
      await this.#step();
    }
    return true;
  }

  /** What has changed is held against the model. */
  look(): void {
    const death = this.#journal?.death;
    if (death !== undefined) return this.#die(death);
    if (this.running === undefined) return undefined;
    const { halted } = this.running.terminal;
    // A journal that cannot be written is bad luck; a terminal that finds a fault in itself has one.
    if (halted?.kind === 'bug') this.model.note(`an assertion of the terminal failed: ${halted.why}`);
    if (halted !== undefined) return undefined;
    if (this.#hostChanged) this.model.watchHost(this.acquirer.statement(terminalId));
    this.#hostChanged = false;
    if (this.#viewChanged) this.model.watchView(this.running.service.view(), this.time.nowMs);
    this.#viewChanged = false;
    return undefined;
  }

  compareBooks(): void {
    this.model.compare(this.acquirer.statement(terminalId), this.bank.transfers(), this.bank.refunds());
  }

  /** Money that came and belongs to no sale is on the list of what a person has to do. */
  compareWork(): void {
    if (this.running !== undefined) this.model.compareWork(this.running.service.view());
  }

  /** Of the journal's files as they are: the whole chain, every hash and every signature. */
  verify(): string | undefined {
    const folder = journalFolder(path.join(this.#folder, 'data'));
    const verdict = verifyJournal(path.join(folder, 'journal.db'));
    return verdict.verified && verdict.problems.length === 0 ? undefined : JSON.stringify(verdict.problems.slice(0, 3));
  }

  count(fault: string): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }

  end(): void {
    if (this.running !== undefined) this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #step(): Promise<void> {
    this.steps += 1;
    await this.time.step();
    this.look();
  }

  #die({ kind, files }: Death): void {
    const { running } = this;
    assert(running !== undefined && this.#journal !== undefined, 'world: it was running');
    this.crashes += 1;
    this.#pending = this.#journal.pending;
    this.#powerWasCut = kind === 'power';
    this.#spoiled = files !== undefined;
    this.#journal = undefined;
    this.running = undefined;
    this.#clock.cut();
    this.network.cutTerminal(kind === 'power');
    const folder = running.journal.files.directory;
    // Closing moves the log into the database, which no death does.
    const left = files ?? readFiles(folder);
    running.journal.close();
    writeFiles(folder, left);
  }

  #writeConfig(): void {
    const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as Record<string, object>;
    const write = (name: string, content: string): void => {
      writeFileSync(path.join(this.#folder, name), content, { mode: 0o600 });
    };
    mkdirSync(path.join(this.#folder, 'data'));
    write('bank.secret', bankSecret);
    write('link.key', keyEncryptionKey);
    const day = 86_400_000;
    const config = {
      ...embedded,
      policy: {
        ...embedded['policy'],
        alarmAfterAttempts: 1000,
        retryMaxMs: 60_000,
        cutOverTime: undefined,
        partialApprovals: true,
        offline: {
          maxAmount: 1_000_000,
          maxSum: 10_000_000,
          maxCount: 100,
          maxAgeMs: day,
          maxPerCard: 100,
          perCardWindowMs: day,
        },
      },
      devices: {
        cardReader: { driver: 'simulated-card-reader', name: 'reader' },
        codeScanner: { driver: 'simulated-code-scanner', name: 'scanner' },
        pinPad: { driver: 'simulated-pin-pad', name: 'pad', settings: { typingMs: 3000 } },
      },
      acquirer: {
        kind: 'host',
        host: '127.0.0.1',
        port: 7000,
        deferredMarker,
        consumerCode: { entryMode: '032' },
        mac: { algorithm: 'x9.19', keys: { kind: 'session', keyFile: 'link.key' } },
      },
      qr: {
        ...embedded['qr'],
        kind: 'provider',
        apiBase: this.bank.apiBase,
        secretFile: 'bank.secret',
        noticePort: 7101,
      },
    };
    write('config.json', JSON.stringify(config));
  }
}
