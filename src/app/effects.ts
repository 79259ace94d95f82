/**
 * The effects, run against the real world. Each ends as exactly one input; a fault of the world becomes the
 * input that says so. Card secrets wait here, in memory, for the one request that needs them.
 */
import type { ReceiptPrinter } from '../../devices/receipt-printer.ts';
import { assert, unreachable } from '../core/base/assert.ts';
import type { EpochMs, TransactionId } from '../core/base/brand.ts';
import type { Fault } from '../core/base/result.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { SaleInput } from '../core/emv/terminal-data.ts';
import type { ReceiptLine } from '../core/receipt/receipt.ts';
import type { Effect } from '../core/transaction/effects.ts';
import type { Input, TimerName } from '../core/transaction/inputs.ts';
import type { CardSecrets } from '../core/transaction/model.ts';
import type { Phase } from '../core/transaction/state.ts';
import { CardEffects, type CardEffectsOptions, type CardOwner } from './card-effects.ts';
import { CodeEffects, type CodeEffectsOptions } from './code-effects.ts';
import { askHost, wipeSecrets } from './host-effects.ts';
import type { AcquirerPort, CardVaultPort, QrProviderPort } from './ports.ts';
import { askProvider, type QrEffect } from './qr-effects.ts';
import { RecentAmounts } from './recent-amounts.ts';
import type { EffectRunner, Terminal } from './terminal.ts';

/** Phases that need the card data once more: to ask the host, or to store the payment. */
const needsSecrets: ReadonlySet<Phase | undefined> = new Set<Phase>(['authorising', 'storing']);

export interface EffectsOptions extends Omit<CardEffectsOptions, 'onlinePin'>, CodeEffectsOptions {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly log: Log;
  readonly acquirer: AcquirerPort;
  readonly vault: CardVaultPort;
  /** Keyed, with a key that ends with the process: what cards are known by in memory. */
  readonly hashAccount: (account: Uint8Array) => string;
  readonly provider: Pick<QrProviderPort, 'issue' | 'query' | 'cancel' | 'refund' | 'queryRefund' | 'onTransfer'>;
  readonly printer: ReceiptPrinter | undefined;
  readonly receiptLines: (transactionId: TransactionId, columns: number, copy: boolean) => readonly ReceiptLine[];
}

type Of<T extends Effect['type']> = Extract<Effect, { type: T }>;

export class Effects implements EffectRunner {
  readonly #options: EffectsOptions;
  readonly #timers = new Map<string, () => void>();
  readonly #secrets = new Map<TransactionId, CardSecrets>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #cards: CardEffects;
  /** Codes that customers show. */
  readonly codes: CodeEffects;
  readonly #recent: RecentAmounts;

  constructor(options: EffectsOptions) {
    this.#options = options;
    const { acquirer, provider, terminal, vault, saleInput } = options;
    this.#recent = new RecentAmounts(options.hashAccount);
    this.#recent.restore(terminal.state, vault);
    const recentAmount: SaleInput['recentAmount'] = (pan, psn) => this.#recent.of(pan, psn);
    const owner: CardOwner = {
      handle: (input) => this.#handle(input),
      phaseOf: (id) => this.#phaseOf(id),
      keepSecrets: (id, secrets) => {
        this.#wipe(id);
        this.#secrets.set(id, secrets);
      },
      dropUnneededSecrets: (id) => this.#dropUnneeded(id),
    };
    this.#cards = new CardEffects(
      {
        ...options,
        onlinePin: acquirer.takesOnlinePin,
        saleInput: (id, amount) => ({ ...saleInput(id, amount), recentAmount }),
      },
      owner,
    );
    this.codes = new CodeEffects(options, owner);
    this.#unsubscribe.push(
      acquirer.onLinkState((state) => {
        if (state === 'up' && terminal.started) this.#handle({ type: 'LinkUp' });
      }),
      acquirer.onLateReply((late) => {
        if (terminal.started) this.#handle({ type: 'LateReply', ...late });
      }),
      // The provider hears "received" only once the notice is in the journal.
      provider.onTransfer(
        (transfer) => terminal.started && terminal.handle({ type: 'PaymentNotified', transfer }).kind !== 'halted',
      ),
      terminal.onChange(() => {
        if (terminal.halted === undefined) this.#cards.look();
        else this.#cards.abandon();
      }),
    );
  }

  /** Ends every wait and every timer without inputs: what was under way is taken up by `resume`. */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#stop.abort();
    this.#cards.stop();
    this.codes.stop();
    await Promise.allSettled(this.#running);
    for (const id of this.#secrets.keys()) this.#wipe(id);
  }

  run(effect: Effect): void {
    switch (effect.type) {
      case 'ActivateReader':
        return this.#track(() => this.#cards.activate(effect));
      case 'DeactivateReader':
        this.codes.deactivate(effect.transactionId);
        return this.#cards.deactivate(effect.transactionId);
      case 'AwaitCode':
        return this.codes.wait(effect.transactionId);
      case 'CompleteCard':
        return this.#track(this.#cards.completion(effect));
      case 'SendAuthorization':
        return this.#track(() => this.#authorize(effect));
      case 'SendReversal':
      case 'SendFollowUp':
      case 'Forward':
      case 'SendReconciliation':
      case 'UploadEntry':
        return this.#track(() => this.#askHost(effect));
      case 'StoreCard':
        return this.#track(() => this.#storeCard(effect));
      case 'ForgetCard':
        return this.#forgetCard(effect.transactionId);
      case 'StartBatchTimer':
        return this.#startBatchTimer(effect.batch, effect.dueAt);
      case 'IssueQr':
      case 'QueryPayment':
      case 'RefundQr':
      case 'QueryRefund':
      case 'CancelQr':
        return this.#track(() => this.#askProvider(effect));
      case 'PrintReceipt':
        return this.#track(() => this.#print(effect));
      case 'StartTimer':
        return this.#startTimer(effect.transactionId, effect.timer, effect.dueAt);
      case 'StopTimer':
        return this.#stopTimer(effect.transactionId, effect.timer);
      default:
        return unreachable(effect, 'effects');
    }
  }

  /**
   * Starts `work` after the present turn of the loop, so that inputs never nest; not when the terminal has halted by then. A
   * rejection is a bug: the terminal halts.
   */
  #track(work: () => Promise<void>): void {
    const { terminal } = this.#options;
    const running = Promise.resolve()
      .then(() => (terminal.halted === undefined ? work() : undefined))
      .catch((error: unknown) => void terminal.fail(error));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  #trouble(what: string, transactionId: TransactionId, { kind, detail }: Fault<string>): void {
    this.#options.log.write('warning', what, { transaction: transactionId, fault: kind, detail });
  }

  #handle(input: Input): void {
    if (this.#stop.signal.aborted) return;
    this.#options.terminal.handle(input);
  }

  async #authorize({ request, timeoutMs }: Of<'SendAuthorization'>): Promise<void> {
    const { transactionId, stan } = request;
    const secrets = this.#secrets.get(transactionId);
    if (secrets === undefined) {
      // Only after a restart, and `resume` never asks for it: nothing has been sent.
      return this.#handle({ type: 'HostUnreachable', transactionId, stan, fault: 'notSent' });
    }
    const { acquirer, terminal } = this.#options;
    const asked = terminal.state.transactions.get(transactionId)?.authorization;
    assert(asked?.stan === stan, 'effects: what is sent is what was journaled');
    const result = await acquirer.authorize(request, secrets, { signal: this.#stop.signal, timeoutMs });
    if (result.ok) {
      this.#wipe(transactionId);
      return this.#handle({ type: 'HostReply', transactionId, stan, reply: result.value });
    }
    this.#trouble('authorization without an answer', transactionId, result.fault);
    this.#handle({ type: 'HostUnreachable', transactionId, stan, fault: result.fault.kind });
    // Paid without the host, or by the word of an inserted card that is asked now: they are needed to be stored.
    if (this.#phaseOf(transactionId) !== 'completingCard') this.#dropUnneeded(transactionId);
  }

  async #askHost(effect: Parameters<typeof askHost>[0]): Promise<void> {
    const { acquirer, vault, log } = this.#options;
    this.#handle(await askHost(effect, { acquirer, vault, log, signal: this.#stop.signal }));
  }

  async #storeCard({ transactionId }: Of<'StoreCard'>): Promise<void> {
    const { vault, log, terminal } = this.#options;
    const secrets = this.#secrets.get(transactionId);
    if (secrets === undefined) {
      // After a restart: what was in memory is gone, but it may have been stored just before.
      const stored = vault.ids().includes(transactionId);
      const detail = 'the card data were lost with the restart';
      return this.#handle(
        stored ? { type: 'CardStored', transactionId } : { type: 'CardNotStored', transactionId, detail },
      );
    }
    assert(terminal.state.transactions.has(transactionId), 'effects: card data are stored for a payment that is known');
    const put = vault.put(transactionId, secrets);
    const { stored, amount, card } = terminal.state.transactions.get(transactionId) ?? {};
    if (put.ok && stored?.manner === 'chipApproved' && amount !== undefined) {
      this.#recent.add(transactionId, secrets.pan, card?.panSequenceNumber, amount.minorUnits);
    }
    this.#wipe(transactionId);
    if (put.ok) return this.#handle({ type: 'CardStored', transactionId });
    log.write('error', 'card data could not be stored', { transaction: transactionId, detail: put.fault.detail });
    return this.#handle({ type: 'CardNotStored', transactionId, detail: put.fault.detail });
  }

  /** What cannot be removed now is found and removed at the next start. */
  #forgetCard(transactionId: TransactionId): void {
    const { vault, log } = this.#options;
    this.#recent.forget(transactionId);
    const removed = vault.remove(transactionId);
    if (!removed.ok) log.write('error', 'stored card data not removed', { detail: removed.fault.detail });
  }

  #askProvider(effect: QrEffect): Promise<void> {
    const { provider, clock, log, terminal } = this.#options;
    return askProvider(effect, {
      provider,
      clock,
      log,
      signal: this.#stop.signal,
      state: () => terminal.state,
      handle: (input) => this.#handle(input),
    });
  }

  async #print({ transactionId, jobId, copy, timeoutMs }: Of<'PrintReceipt'>): Promise<void> {
    const { printer, receiptLines } = this.#options;
    if (printer === undefined) {
      return this.#handle({ type: 'ReceiptFailed', transactionId, jobId, trouble: 'offline' });
    }
    const lines = receiptLines(transactionId, printer.columns, copy);
    assert(lines.length > 0, 'effects: a receipt says something');
    const result = await printer.print({ jobId, lines }, { signal: this.#stop.signal, timeoutMs });
    if (result.ok) return this.#handle({ type: 'ReceiptPrinted', transactionId, jobId });
    this.#trouble('receipt not printed', transactionId, result.fault);
    return this.#handle({ type: 'ReceiptFailed', transactionId, jobId, trouble: result.fault.kind });
  }

  #startTimer(transactionId: TransactionId, timer: TimerName, dueAt: EpochMs): void {
    this.#replaceTimer(`${transactionId} ${timer}`, dueAt, () =>
      this.#handle({ type: 'TimerFired', transactionId, timer }),
    );
  }

  #replaceTimer(key: string, dueAt: EpochMs, fire: () => void): void {
    assert(Number.isFinite(dueAt), 'effects: a timer has its time');
    const { clock } = this.#options;
    this.#timers.get(key)?.();
    const cancel = clock.after(Math.max(0, dueAt - clock.now()), () => {
      this.#timers.delete(key);
      fire();
    });
    this.#timers.set(key, cancel);
  }

  #stopTimer(transactionId: TransactionId, timer: TimerName): void {
    const key = `${transactionId} ${timer}`;
    this.#timers.get(key)?.();
    this.#timers.delete(key);
  }

  #startBatchTimer(batch: number, dueAt: EpochMs): void {
    const key = `batch ${batch}`;
    this.#replaceTimer(key, dueAt, () => this.#handle({ type: 'BatchTimerFired', batch }));
  }

  #phaseOf(transactionId: TransactionId): Phase | undefined {
    return this.#options.terminal.state.transactions.get(transactionId)?.phase;
  }

  #dropUnneeded(transactionId: TransactionId): void {
    if (!needsSecrets.has(this.#phaseOf(transactionId))) this.#wipe(transactionId);
  }

  #wipe(transactionId: TransactionId): void {
    const secrets = this.#secrets.get(transactionId);
    if (secrets === undefined) return;
    wipeSecrets(secrets);
    this.#secrets.delete(transactionId);
  }
}
