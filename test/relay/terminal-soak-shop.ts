/**
 * A shop in the soak: a cashier who sells with codes at a real terminal, customers who pay at the training service, payOS's
 * notices on their way to a real relay, twice or late as the seed has it, and the moments at which relay and terminal die.
 */
import { epochMs, transactionId } from '../../src/core/base/brand.ts';
import { money } from '../../src/core/base/money.ts';
import { referenceFor, referenceSeedLength } from '../../src/core/qr/reference.ts';
import type { SaleStage, SaleView, TerminalView } from '../../src/contract/view.ts';
import type { HttpCall } from '../../src/host/qr/http-call.ts';
import type { QrProvider } from '../../src/host/qr/provider.ts';
import type { TrainingService } from '../../src/host/training-provider/training-service.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { TerminalChild } from '../terminal-child.ts';
import { call, kill, type RelayProcess } from './kit.ts';
import type { TillFiles } from './payos-till.ts';
import { generator } from './soak.ts';

export interface TerminalSoakWishes {
  readonly notices: number;
  /** Shares from 0 to 1. */
  readonly duplicates: number;
  readonly reorder: number;
  readonly relayKills: number;
  readonly terminalKills: number;
  readonly seed: number;
}

/** What the journal has to say of a transfer. */
export type Booked = 'QrPaymentConfirmed' | 'QrPaymentLate' | 'TransferUnmatched';

/** Of each payment, in đồng. */
export const amount = 45_000;
/** Notices that come so much later than they should, at most. */
const longestDelay = 50;
/** A kill comes at a moment of the first so many milliseconds of a payment. */
const killWithinMs = 150;
const onTheWayMs = 15;
/** Until the relay has nothing left for the terminal. */
const drainLimitMs = 120_000;
const ends: readonly SaleStage[] = ['approved', 'cancelled', 'failed', 'expired'];

interface Held {
  readonly notice: HttpCall;
  /** Number of the payment after which it is sent. */
  readonly after: number;
}

function saleIn({ sale, recent, background }: TerminalView, id: string): SaleView | undefined {
  return [...(sale === null ? [] : [sale]), ...recent, ...background].find((one) => one.id === id);
}

export class Shop {
  readonly #wishes: TerminalSoakWishes;
  readonly #next: () => number;
  readonly #service: TrainingService;
  readonly #otherTill: QrProvider;
  readonly #startRelay: (port: number) => Promise<RelayProcess>;
  readonly #till: TillFiles;
  readonly #captured: HttpCall[];
  readonly #posting = new Set<Promise<void>>();
  readonly #held: Held[] = [];
  readonly #aimed: (() => void)[] = [];
  readonly #cancels = new Set<() => void>();
  readonly #struck: Promise<void>[] = [];
  /** By the bank's id. */
  readonly expected = new Map<string, Booked>();
  #relay: RelayProcess;
  #relayIsBack: Promise<void> | undefined;
  #terminal: Promise<TerminalChild>;
  #taken = 0;
  #repeated = 0;
  #failed = 0;
  #keys = 0;
  readonly kills = { relay: 0, terminal: 0 };

  constructor(
    wishes: TerminalSoakWishes,
    parts: {
      readonly service: TrainingService;
      readonly otherTill: QrProvider;
      readonly relay: RelayProcess;
      readonly startRelay: (port: number) => Promise<RelayProcess>;
      readonly till: TillFiles;
      readonly captured: HttpCall[];
    },
  ) {
    this.#wishes = wishes;
    this.#next = generator(wishes.seed);
    this.#service = parts.service;
    this.#otherTill = parts.otherTill;
    this.#relay = parts.relay;
    this.#startRelay = parts.startRelay;
    this.#till = parts.till;
    this.#captured = parts.captured;
    this.#terminal = this.#startTerminal();
  }

  get counts(): { readonly taken: number; readonly repeated: number; readonly failed: number } {
    return { taken: this.#taken, repeated: this.#repeated, failed: this.#failed };
  }

  async trade(progress: (line: string) => void): Promise<void> {
    const { notices, relayKills, terminalKills } = this.#wishes;
    const [relayDies, terminalDies] = [this.#moments(relayKills), this.#moments(terminalKills)];
    for (let n = 1; this.expected.size < notices; n += 1) {
      const done = this.expected.size;
      if (takeMoment(relayDies, done)) this.#soon(() => this.#killRelay());
      if (takeMoment(terminalDies, done)) this.#soon(() => this.#killTerminal());
      await this.#payment();
      for (const { notice } of this.#due(this.expected.size)) this.#post(notice);
      if (n % 100 === 0) progress(this.#progress());
    }
    for (const { notice } of this.#due(Infinity)) this.#post(notice);
    await Promise.all(this.#struck);
    while (this.#posting.size > 0) await Promise.all(this.#posting);
    progress(this.#progress());
  }

  /** False when the relay still has notices that the terminal has not taken. */
  async drain(): Promise<boolean> {
    await this.#relayIsBack;
    const untilMs = systemClock.monotonicMs() + drainLimitMs;
    while (systemClock.monotonicMs() < untilMs) {
      await this.#terminal;
      const { body } = await call(`${this.#relay.origin}/health`, { method: 'GET' });
      if ((JSON.parse(body) as { readonly waiting: number }).waiting === 0) return true;
    }
    return false;
  }

  async close(): Promise<void> {
    for (const cancel of this.#cancels) cancel();
    await this.#relayIsBack;
    await (await this.#terminal).stop();
    await kill(this.#relay.child);
  }

  #progress(): string {
    const { relay, terminal } = this.kills;
    return `${this.expected.size} of ${this.#wishes.notices} paid, relay killed ${relay} times, terminal ${terminal} times`;
  }

  #moments(count: number): number[] {
    const { notices } = this.#wishes;
    return Array.from({ length: count }, (_, n) => Math.floor(((n + this.#next()) * notices) / count));
  }

  #due(paid: number): Held[] {
    const due = this.#held.filter(({ after }) => after <= paid);
    for (const one of due) this.#held.splice(this.#held.indexOf(one), 1);
    return due;
  }

  /** Half the deaths are aimed at the next notice while it is on its way, the others at any moment of a payment. */
  #soon(strike: () => void): void {
    if (this.#next() < 0.5) this.#aimed.push(strike);
    else this.#strike(strike, killWithinMs);
  }

  #strike(strike: () => void, withinMs: number): void {
    const struck = new Promise<void>((resolve) => {
      const cancel = systemClock.after(this.#next() * withinMs, () => {
        this.#cancels.delete(cancel);
        strike();
        resolve();
      });
      this.#cancels.add(cancel);
    });
    this.#struck.push(struck);
  }

  #startTerminal(): Promise<TerminalChild> {
    return TerminalChild.start(this.#till.configFile, this.#till.dataFolder);
  }

  #killTerminal(): void {
    this.kills.terminal += 1;
    this.#terminal = this.#terminal.then(async (child) => {
      await child.kill();
      return this.#startTerminal();
    });
  }

  #killRelay(): void {
    this.kills.relay += 1;
    this.#relayIsBack = (async () => {
      await this.#relayIsBack;
      const port = Number(new URL(this.#relay.origin).port);
      await kill(this.#relay.child);
      this.#relay = await this.#startRelay(port);
    })();
  }

  /** Whatever is asked of a terminal that dies meanwhile is asked of the next one. */
  async #ask<T>(work: (terminal: TerminalChild) => Promise<T>): Promise<T> {
    for (;;) {
      const terminal = await this.#terminal;
      try {
        return await work(terminal);
      } catch (error) {
        if (terminal.alive) throw error;
      }
    }
  }

  #until(id: string, stages: readonly SaleStage[]): Promise<SaleStage> {
    return this.#ask(async (terminal) => {
      terminal.frames.splice(0);
      const view = await terminal.until((one) => stages.some((wanted) => wanted === saleIn(one, id)?.stage));
      return saleIn(view, id)?.stage ?? 'failed';
    });
  }

  /** A sale whose code is on the screen. */
  async #sell(): Promise<{ readonly id: string; readonly reference: string }> {
    for (;;) {
      this.#keys += 1;
      const key = `soak-${this.#keys}`;
      const id = await this.#ask(async (terminal) => {
        const started = await terminal.command({ type: 'startSale', key, amountMinorUnits: amount, method: 'qr' });
        if (!started.ok) throw new Error(`${key} was refused: ${started.reason}, ${started.detail}`);
        return started.transactionId ?? '';
      });
      const stage = await this.#until(id, ['showQr', ...ends]);
      const terminal = await this.#terminal;
      const reference = saleIn(terminal.view, id)?.qr?.reference;
      if (stage === 'showQr' && reference !== undefined) return { id, reference };
      this.#failed += 1;
    }
  }

  async #cancel(id: string): Promise<SaleStage> {
    await this.#ask(async (terminal) => {
      const answer = await terminal.command({ type: 'cancelSale', transactionId: id });
      if (!answer.ok && !ends.includes(saleIn(terminal.view, id)?.stage ?? 'showQr')) return;
    });
    return this.#until(id, ends);
  }

  async #payment(): Promise<void> {
    const kind = this.#next();
    const isHeld = this.#next() < this.#wishes.reorder;
    if (kind < 0.03) {
      const reference = await this.#codeOfAnotherTill();
      this.#pay(reference, 'TransferUnmatched', isHeld);
      return;
    }
    const { id, reference } = await this.#sell();
    if (kind < 0.13) {
      // Off the screen, and paid all the same.
      const stage = await this.#cancel(id);
      if (stage !== 'cancelled') throw new Error(`${id} was cancelled and is ${stage}`);
      this.#pay(reference, 'QrPaymentLate', isHeld);
      return;
    }
    this.#pay(reference, 'QrPaymentConfirmed', isHeld);
    // Without a notice the cashier gives up, and the terminal's own question finds the money.
    const stage = isHeld ? await this.#cancel(id) : await this.#until(id, ends);
    if (stage !== 'approved') throw new Error(`${id} was paid and is ${stage}`);
    if (kind < 0.18 && this.expected.size < this.#wishes.notices) this.#pay(reference, 'QrPaymentLate', isHeld);
  }

  async #codeOfAnotherTill(): Promise<string> {
    const reference = referenceFor(systemRandom.bytes(referenceSeedLength));
    const order = { transactionId: transactionId(`other-${reference}`), amount: money(amount, 'VND'), reference };
    const issued = await this.#otherTill.issue(
      { ...order, expiresAt: epochMs(systemClock.now() + 3_600_000) },
      { signal: new AbortController().signal, timeoutMs: 10_000 },
    );
    if (!issued.ok) throw new Error(issued.fault.detail);
    return reference;
  }

  #pay(reference: string, expected: Booked, isHeld: boolean): void {
    const { id } = this.#service.pay(reference, amount);
    this.expected.set(id, expected);
    const [notice] = this.#captured.splice(0);
    if (notice === undefined) throw new Error(`${id}: payOS sent no notice`);
    const later = (): number => this.expected.size + 1 + Math.floor(this.#next() * longestDelay);
    if (isHeld) this.#held.push({ notice, after: later() });
    else this.#post(notice);
    for (const strike of this.#aimed.splice(0)) this.#strike(strike, onTheWayMs);
    if (this.#next() >= this.#wishes.duplicates) return;
    if (this.#next() < 0.5) this.#post(notice);
    else this.#held.push({ notice, after: later() });
  }

  /** As payOS does: again until it hears 200. */
  #post({ url, headers, body }: HttpCall): void {
    const posting = (async () => {
      for (;;) {
        await this.#relayIsBack;
        const reply = await call(url.href, { headers, body }).catch(() => undefined);
        if (reply?.status === 200) break;
        this.#repeated += 1;
      }
      this.#taken += 1;
    })().finally(() => this.#posting.delete(posting));
    this.#posting.add(posting);
  }
}

function takeMoment(moments: number[], done: number): boolean {
  const [first] = moments;
  if (first === undefined || first > done) return false;
  moments.shift();
  return true;
}
