/**
 * A shop for one kind of transaction: a terminal that can be made to kill itself, its data folder, and an acquirer and a
 * bank that live in the test's process and survive.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { trainingCaKeys } from '../../drivers/simulated/card/keys/training-keys.ts';
import { SimulatedIssuer } from '../../drivers/simulated/card/issuer.ts';
import { defaultCardFile, loadCardProfiles } from '../../drivers/simulated/card/profiles.ts';
import type { Command } from '../../src/contract/commands.ts';
import type { SaleStage, SaleView, TerminalView } from '../../src/contract/view.ts';
import { assert } from '../../src/core/base/assert.ts';
import type { CaPublicKey } from '../../src/core/emv/configuration.ts';
import { caKeyChecksum } from '../../src/core/emv/oda/ca-keys.ts';
import { iso87Ascii } from '../../src/core/iso8583/dialect.ts';
import { TrainingQrProvider } from '../../src/host/training-provider/training-provider.ts';
import { TrainingAcquirer } from '../../src/host/training/acquirer.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { hashCode } from '../../src/main/supervisors.ts';
import { TerminalChild } from '../terminal-child.ts';
import type { Bomb } from './killing-terminal.ts';

const silent = { write: () => {} };
const keyEncryptionKey = '00112233445566778899aabbccddeeff';
const script = path.join(import.meta.dirname, 'killing-terminal.ts');
const loopback = '127.0.0.1';

export const terminalId = 'CHAM0001';
export const supervisor = { name: 'Lan', code: '2468' };
const codeHash = await hashCode(supervisor.code);
const loadedCards = loadCardProfiles(defaultCardFile);
assert(!('problems' in loadedCards), 'the simulated cards can be read');
const cards = loadedCards;

export interface ShopOptions {
  readonly macs?: boolean;
  readonly hostTimeoutMs?: number;
}

export const noBomb: Bomb = { append: 0, moment: 'durable' };

/** Stages in which the screen waits for something that comes by itself. */
const transient: readonly SaleStage[] = [
  'presentCard',
  'authorising',
  'completingCard',
  'preparingQr',
  'checkingPayment',
  'unknown',
  'storing',
  'raisingHold',
  'voiding',
];

interface Applications {
  readonly applications: readonly { readonly contact?: { floorLimit: number } }[];
}

function caKeyEntry(key: CaPublicKey): object {
  return {
    scheme: 'training',
    ...key,
    use: 'live',
    sha1: caKeyChecksum(key),
    verified: { key: true, expiry: true },
    sources: ['made for tests'],
  };
}

export class Shop {
  readonly acquirer: TrainingAcquirer;
  readonly bank: TrainingQrProvider;
  readonly dataFolder: string;
  /** Everything of it, until it is closed. */
  readonly folder: string;
  readonly #configFile: string;
  readonly #port: number;
  #terminal: TerminalChild | undefined;
  #keys = 0;
  #hostIsDown = false;

  private constructor(
    acquirer: TrainingAcquirer,
    bank: TrainingQrProvider,
    port: number,
    folder: string,
    configFile: string,
  ) {
    this.acquirer = acquirer;
    this.bank = bank;
    this.#port = port;
    this.folder = folder;
    this.#configFile = configFile;
    this.dataFolder = path.join(folder, 'data');
    mkdirSync(this.dataFolder);
  }

  /** `macs`: with working keys that the host hands out after each sign-on. */
  static async open({ macs = false, hostTimeoutMs = 8000 }: ShopOptions): Promise<Shop> {
    const folder = mkdtempSync(path.join(tmpdir(), 'cham-kill-'));
    const common = { clock: systemClock, log: silent };
    const algorithm = 'x9.19';
    const acquirer = new TrainingAcquirer({
      ...common,
      dialect: iso87Ascii,
      issuer: new SimulatedIssuer(cards),
      ...(macs
        ? {
            macs: {
              kind: 'session',
              algorithm,
              keyEncryptionKey: Buffer.from(keyEncryptionKey, 'hex'),
              random: systemRandom,
            },
          }
        : {}),
    });
    // Of this shop alone: a notice that is late finds another terminal at the port of one that is gone.
    const secret = `a test secret of the bank ${randomUUID()}`;
    const bank = new TrainingQrProvider({
      ...common,
      host: loopback,
      port: 0,
      secret: Buffer.from(secret),
      random: systemRandom,
    });
    const listening = await acquirer.start({ host: loopback, port: 0 });
    assert(listening.ok && (await bank.start()).ok, 'the training hosts listen');
    const { port } = listening.value;
    writeFileSync(path.join(folder, 'bank.secret'), secret, { mode: 0o600 });
    writeFileSync(path.join(folder, 'mac.key'), keyEncryptionKey, { mode: 0o600 });
    const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as Record<string, object>;
    const day = 86_400_000;
    const offline = {
      maxAmount: 1e8,
      maxSum: 1e9,
      maxCount: 100,
      maxAgeMs: day,
      maxPerCard: 100,
      perCardWindowMs: day,
    };
    const { cutOverTime: _never, ...policy } = embedded['policy'] as Record<string, unknown>;
    // The acquirer's own EMV data: those of the product, and the authority of the simulated cards.
    const emvFolder = path.join(folder, 'emv');
    cpSync(path.join(path.dirname(embeddedConfigFile), 'emv'), emvFolder, { recursive: true });
    const keyFile = path.join(emvFolder, 'ca-keys.json');
    const keys = JSON.parse(readFileSync(keyFile, 'utf8')) as { keys: object[] };
    keys.keys.push(...trainingCaKeys().map(caKeyEntry));
    writeFileSync(keyFile, JSON.stringify(keys));
    // And it lets chips approve small amounts by themselves.
    const applicationsFile = path.join(emvFolder, 'applications.json');
    const listed = JSON.parse(readFileSync(applicationsFile, 'utf8')) as Applications;
    for (const { contact } of listed.applications) if (contact !== undefined) contact.floorLimit = 1_000_000;
    writeFileSync(applicationsFile, JSON.stringify(listed));
    const devices = embedded['devices'] as Record<string, object>;
    const mac = { algorithm, keys: { kind: 'session', keyFile: 'mac.key' } };
    const configFile = path.join(folder, 'config.json');
    writeFileSync(
      configFile,
      JSON.stringify({
        ...embedded,
        policy: { ...policy, retryMs: 100, retryMaxMs: 400, hostTimeoutMs, autoCloseMs: 600_000, offline },
        supervisors: [{ name: supervisor.name, codeHash }],
        devices: { ...devices, pinPad: { ...devices['pinPad'], settings: { typingMs: 0 } } },
        emv: { folder: 'emv' },
        acquirer: { kind: 'host', host: loopback, port, ...(macs ? { mac } : {}) },
        qr: { ...embedded['qr'], kind: 'provider', apiBase: bank.apiBase, secretFile: 'bank.secret', noticePort: 0 },
      }),
    );
    return new Shop(acquirer, bank, port, folder, configFile);
  }

  /** Starts the terminal; its first view says what the last session has left. False when `bomb` has killed it before. */
  async start(bomb: Bomb = noBomb): Promise<boolean> {
    try {
      await this.launch([script, JSON.stringify(bomb)]);
      return true;
    } catch (error) {
      if (bomb.append > 0 && error instanceof Error && /SIGKILL|has ended/.test(error.message)) return false;
      throw error;
    }
  }

  /** Starts the terminal by way of a script and its first arguments; see `TerminalChild.launch`. */
  async launch(line: readonly string[], spawned?: (kill: () => void) => void): Promise<void> {
    this.#terminal = await TerminalChild.launch(line, this.#configFile, this.dataFolder, spawned);
  }

  get terminal(): TerminalChild {
    assert(this.#terminal !== undefined, 'the terminal runs');
    return this.#terminal;
  }

  get view(): TerminalView {
    return this.terminal.view;
  }

  /** True once the terminal has taken the bomb in, or out: then nothing kills it any more. */
  async arm(bomb: Bomb): Promise<boolean> {
    const answer = await this.terminal.tell(bomb);
    deepEqual(answer, this.terminal.alive ? bomb : 'gone');
    return this.terminal.alive;
  }

  async close({ keepFolder = false }: { readonly keepFolder?: boolean } = {}): Promise<void> {
    await this.#terminal?.kill();
    await this.acquirer.stop();
    await this.bank.stop();
    if (!keepFolder) rmSync(this.folder, { recursive: true, force: true });
  }

  async hostDown(): Promise<void> {
    this.#hostIsDown = true;
    await this.acquirer.stop();
    await this.terminal.until(({ acquirerLink }) => acquirerLink === 'down');
  }

  /** Harmless when it is up. */
  async hostUp(): Promise<void> {
    if (!this.#hostIsDown) return;
    this.#hostIsDown = false;
    const listening = await this.acquirer.start({ host: loopback, port: this.#port });
    assert(listening.ok, 'the acquirer listens again');
  }

  key(): string {
    this.#keys += 1;
    return `key-${this.#keys}`;
  }

  async do(command: Command): Promise<void> {
    const { ok } = await this.terminal.command(command);
    assert(ok, `${command.type} is refused`);
  }

  async tap(card = 'napas-debit'): Promise<void> {
    await this.terminal.stage('presentCard');
    await this.terminal.insist({ type: 'simTapCard', card });
  }

  /** The one on the screen, in one of these stages. */
  async shown(...stages: readonly SaleStage[]): Promise<SaleView> {
    const { sale } = await this.terminal.stage(...stages);
    assert(sale !== null, 'a sale is shown');
    return sale;
  }

  /** Waits for the paper, and takes the sale off the screen. */
  async finish(...stages: readonly SaleStage[]): Promise<SaleView> {
    const sale = await this.shown(...stages);
    await this.terminal.until((view) => view.sale?.receipt.state !== 'printing');
    await this.do({ type: 'closeSale', transactionId: sale.id });
    await this.terminal.until((view) => view.sale === null);
    return sale;
  }

  async sale(amountMinorUnits: number, card?: string): Promise<SaleView> {
    await this.do({ type: 'startSale', key: this.key(), amountMinorUnits, method: 'card' });
    await this.tap(card);
    return this.finish('approved');
  }

  async hold(amountMinorUnits: number): Promise<SaleView> {
    await this.do({ type: 'startPreAuthorization', key: this.key(), amountMinorUnits });
    await this.tap();
    return this.finish('held');
  }

  async closeBatch(): Promise<void> {
    const { number: batch } = this.view.batches.open;
    await this.do({ type: 'closeBatch', batch, countedCashMinorUnits: null });
    await this.terminal.until(({ batches }) => batches.settled.some(({ number }) => number === batch));
  }

  /** A cashier does what the screen asks for, until nothing is on it. */
  async clearScreen(partial: 'acceptPartial' | 'cancelSale'): Promise<void> {
    for (;;) {
      const { sale } = await this.terminal.until(
        (view) =>
          view.sale === null || !(transient.includes(view.sale.stage) || view.sale.receipt.state === 'printing'),
      );
      if (sale === null) return;
      const { id: transactionId, stage } = sale;
      const asks =
        stage === 'partlyApproved' ? partial : stage === 'showQr' || stage === 'takeCash' ? 'cancelSale' : 'closeSale';
      const done = await this.terminal.command({ type: asks, transactionId });
      // The customer may have paid just before: then there is nothing to cancel any more.
      if (!done.ok) equal(done.reason, 'notAllowed');
      await this.terminal.until((view) => view.sale?.stage !== stage);
    }
  }

  /** Lets everything come to its end. */
  async settle(partial: 'acceptPartial' | 'cancelSale'): Promise<void> {
    await this.clearScreen(partial);
    await this.terminal.until(
      ({ background, outbox, batches }) => background.length + outbox.count + batches.closing.length === 0,
    );
  }
}
