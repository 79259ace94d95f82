/**
 * The independent model: what was acknowledged, what the events say of each payment, what people were told. It is asked
 * after every step and once all has come to rest, and answers with what must not be.
 */
import type { JournalHead } from '../../src/app/ports.ts';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import { assert } from '../../src/core/base/assert.ts';
import type { Recorded } from '../../src/core/transaction/events.ts';
import type { MoneyMoved, Transfer } from '../../src/core/transaction/model.ts';
import { statementLines, type Line } from '../matrix/books.ts';
import type { RefundMessage } from '../../src/host/qr/provider-messages.ts';
import type { StatementLine } from '../../src/host/training/acquirer-statement.ts';
import { GivenBack } from './given-back.ts';
import { begun, goesOn, isBegun, isOpen, moneyOf, type Payment } from './payment.ts';
import type { Pending, Watcher } from './watched-journal.ts';

interface Acknowledged extends Recorded {
  readonly sequence: number;
}

/** Stages in which the screen waits for something that has a limit, whatever the network does. */
const limited: ReadonlySet<SaleView['stage']> = new Set([
  'presentCard',
  'authorising',
  'completingCard',
  'preparingQr',
  'showQr',
  'storing',
]);
/** The view shows the newest of a longer list. */
const longList = 100;
/** More than the longest of the limits, with what may come on top of it. */
const longestWaitMs = 15 * 60_000;

export class Model implements Watcher {
  #events: Acknowledged[] = [];
  readonly #heads = new Map<number, string>();
  #sequence = 0;
  /** The last that had to be on the disk. */
  #synced = 0;
  #payments = new Map<string, Payment>();
  #stans = new Map<number, string>();
  #jobs = new Set<string>();
  #transfers = new Map<string, Transfer>();
  /** Transfers that belong to no sale. */
  #strays = new Set<string>();
  #givenBack = this.#newGivenBack();
  #unbalanced = 0;
  readonly #told = new Map<string, MoneyMoved>();
  readonly #since = new Map<string, { readonly stage: string; readonly sinceMs: number }>();
  readonly #found: string[] = [];

  /** What was found since the last time it was asked. */
  violations(): readonly string[] {
    return this.#found.splice(0);
  }

  /** Something that must not be, and that the model cannot see by itself. */
  note(violation: string): void {
    this.#expect(false, violation);
  }

  get payments(): readonly Payment[] {
    return [...this.#payments.values()];
  }

  /** Every event, in words that do not depend on the salts of the store. */
  get text(): string {
    return this.#events.map(({ at, event }) => `${at} ${JSON.stringify(event)}`).join('\n');
  }

  acknowledged(events: readonly Recorded[], head: JournalHead, synced: boolean): void {
    for (const recorded of events) this.#take(recorded);
    this.#expect(this.#sequence === head.sequence, `row ${head.sequence} was acknowledged after ${this.#sequence}`);
    this.#heads.set(head.sequence, head.hash);
    if (synced) this.#synced = head.sequence;
  }

  /** The terminal has started, and its journal ends there. `pending`: what was being written when it ended. */
  restarted(head: JournalHead, pending: Pending | undefined, powerWasCut: boolean): void {
    const least = powerWasCut ? this.#synced : this.#sequence;
    const { sequence } = head;
    if (sequence < least) {
      this.#found.push(`rows ${sequence + 1} to ${least} were acknowledged and are lost`);
    } else if (sequence > this.#sequence) {
      const isPending = pending?.head?.sequence === sequence && pending.head.hash === head.hash;
      if (!isPending) return void this.#found.push(`rows after ${this.#sequence} were never asked for`);
      for (const recorded of pending.events) this.#take(recorded);
      this.#heads.set(sequence, head.hash);
      this.#synced = sequence;
      return undefined;
    } else if (sequence > 0 && this.#heads.get(sequence) !== head.hash) {
      this.#found.push(`row ${sequence} is not the one that was acknowledged`);
    }
    if (sequence < this.#sequence) this.#goBackTo(sequence);
    this.#synced = sequence;
    return undefined;
  }

  /** Paper with this job on it has come out. */
  printed(jobId: string): void {
    this.#expect(this.#jobs.has(jobId), `${jobId} was printed and is not in the journal`);
  }

  /** The host has this, after a message was dealt with. */
  watchHost(lines: readonly StatementLine[]): void {
    for (const { stan, state } of lines) {
      const whose = this.#stans.get(stan);
      this.#expect(whose !== undefined, `the host has STAN ${stan}, of which the journal knows nothing`);
      if (whose === undefined || (state !== 'booked' && state !== 'held')) continue;
      const payment = this.#payments.get(whose);
      const denied = payment?.standing === 'refused' || payment?.standing === 'ended';
      this.#expect(!denied, `the host holds money of STAN ${stan}, and the journal says that it does not (${whose})`);
    }
  }

  /** What the screens show now. */
  watchView(view: TerminalView, nowMs: number): void {
    if (view.state === 'halted') return;
    const { sale, aside, background, recent, holds, outbox } = view;
    const shown = [...(sale === null ? [] : [sale]), ...aside, ...background, ...recent, ...holds, ...outbox.items];
    for (const { id, moneyMoved, stage } of shown) {
      const payment = this.#payments.get(id);
      if (payment === undefined) {
        this.#found.push(`${id} is shown and not in the journal`);
        continue;
      }
      const says = moneyOf(payment);
      this.#expect(
        says === moneyMoved || payment.resolved,
        `${id} is shown as charged: ${moneyMoved}, and the journal says ${says} (${stage})`,
      );
      const before = this.#told.get(id);
      this.#told.set(id, moneyMoved);
      const flips = before !== undefined && before !== 'unknown' && moneyMoved !== 'unknown' && before !== moneyMoved;
      const { standing, late, method, kind } = payment;
      const mayFlip = standing === 'voided' || late > 0 || method !== 'card' || kind === 'hold';
      const isAnswer = before === 'no' && isAsked(payment);
      this.#expect(!flips || mayFlip || isAnswer, `${id} was shown as ${before}, and is ${moneyMoved} (${stage})`);
    }
    if (sale !== null) this.#watchWait(sale, nowMs);
  }

  /** All is at rest and both sides have spoken: the books are compared line by line. */
  compare(
    statement: readonly StatementLine[],
    transfers: readonly Transfer[],
    refunds: readonly RefundMessage[],
  ): void {
    // What a person has settled by hand is hers to answer for.
    const byHand = (stan: number): boolean => this.#payments.get(this.#stans.get(stan) ?? '')?.resolved ?? false;
    const theirs = statementLines(statement).filter(({ stan }) => !byHand(stan));
    const ours = this.payments.flatMap((payment) => (payment.resolved ? [] : linesOf(payment)));
    const wanted = new Map(ours.map((line) => [line.stan, line]));
    this.#expect(wanted.size === ours.length, 'two payments have the same STAN');
    for (const line of theirs) {
      const own = wanted.get(line.stan);
      wanted.delete(line.stan);
      const same = own !== undefined && JSON.stringify(sorted(own)) === JSON.stringify(sorted(line));
      this.#expect(same, `the host has ${text(line)}, and the journal ${own === undefined ? 'nothing' : text(own)}`);
    }
    for (const line of wanted.values()) this.#found.push(`the journal has ${text(line)}, and the host nothing`);
    for (const transfer of transfers) {
      const own = this.#transfers.get(transfer.providerTransactionId);
      const same = own?.amount.minorUnits === transfer.amount.minorUnits;
      this.#expect(same, `the bank has ${transfer.providerTransactionId}, and the journal does not have it so`);
    }
    const theirIds = new Set(transfers.map(({ providerTransactionId: id }) => id));
    for (const id of this.#transfers.keys()) {
      this.#expect(theirIds.has(id), `the journal has ${id}, and the bank does not`);
    }
    this.#givenBack.compare(
      refunds,
      (id) => this.#transfers.get(id)?.amount.minorUnits ?? this.#payments.get(id)?.amount,
    );
    this.#expect(this.#unbalanced === 0, 'a batch was settled that does not balance');
    const keys = this.payments.map(({ key }) => key);
    this.#expect(new Set(keys).size === keys.length, 'one key has begun two payments');
    for (const payment of this.payments) {
      this.#expect(!isOpen(payment), `${payment.id} never came to its end: ${payment.standing}`);
    }
  }

  /** All is at rest: what was neither attached nor given back has to be shown. */
  compareWork({ worklist }: TerminalView): void {
    const shown = new Set(worklist.flatMap(({ transfer }) => (transfer === null ? [] : [transfer.id])));
    const hidden = [...this.#strays].filter((id) => !shown.has(id));
    this.#expect(hidden.length === 0 || worklist.length >= longList, `no person is told of ${hidden.join(', ')}`);
    for (const id of shown) this.#expect(this.#strays.has(id), `${id} is a sale and on the worklist`);
  }

  #watchWait({ id, stage }: SaleView, nowMs: number): void {
    const known = this.#since.get(id);
    if (known?.stage !== stage) {
      this.#since.set(id, { stage, sinceMs: nowMs });
      return;
    }
    const tooLong = limited.has(stage) && nowMs - known.sinceMs > longestWaitMs;
    this.#expect(!tooLong, `${id} has been ${stage} for more than ${longestWaitMs} ms`);
    if (tooLong) this.#since.delete(id);
  }

  #take(recorded: Recorded): void {
    this.#sequence += 1;
    this.#events.push({ ...recorded, sequence: this.#sequence });
    this.#fold(recorded);
  }

  #goBackTo(sequence: number): void {
    const kept = this.#events.filter((event) => event.sequence <= sequence);
    this.#events = kept;
    this.#sequence = sequence;
    this.#payments = new Map();
    this.#stans = new Map();
    this.#jobs = new Set();
    this.#transfers = new Map();
    this.#strays = new Set();
    this.#givenBack = this.#newGivenBack();
    this.#unbalanced = 0;
    for (const at of this.#heads.keys()) if (at > sequence) this.#heads.delete(at);
    for (const event of kept) this.#fold(event);
  }

  #fold({ event }: Recorded): void {
    const gone = this.#givenBack.take(event);
    if (gone !== undefined) {
      this.#strays.delete(gone.transferId);
      this.#noLonger(gone.sale);
    }
    if (isBegun(event)) {
      this.#payments.set(event.transactionId, begun(event));
      return;
    }
    if (event.type === 'TransferUnmatched') this.#transfer(event.transfer);
    if (event.type === 'TransferUnmatched' || event.type === 'QrPaymentLate') {
      this.#strays.add(event.transfer.providerTransactionId);
    }
    // Without totals the host has refused to compare, which is for a person to find out.
    if (event.type === 'BatchSettled' && event.balance === 'differs' && event.hostTotals !== null) {
      this.#unbalanced += 1;
    }
    if (!('transactionId' in event)) return;
    const { transactionId: id } = event;
    const payment = this.#payments.get(id);
    assert(payment !== undefined, 'model: an event of a payment that was begun');
    const numbered = event.type === 'AuthorizationRequested' || event.type === 'FollowUpRequested';
    if (numbered || (event.type === 'StoreRequested' && payment.stan !== event.stan)) {
      const whose = this.#stans.get(event.stan);
      this.#expect(whose === undefined, `STAN ${event.stan} was used for ${whose} and again for ${id}`);
      this.#stans.set(event.stan, id);
    }
    if (event.type === 'ReceiptRequested') this.#jobs.add(event.jobId);
    // What is attached has been here before.
    if (event.type === 'TransferAttached') {
      this.#strays.delete(event.transfer.providerTransactionId);
      this.#noLonger(event.from);
    } else if ('transfer' in event) this.#transfer(event.transfer);
    goesOn(payment, event);
  }

  #newGivenBack(): GivenBack {
    return new GivenBack((holds, otherwise) => this.#expect(holds, otherwise));
  }

  /** A transfer that had come late for it waits no more. */
  #noLonger(sale: string | null): void {
    const holder = sale === null ? undefined : this.#payments.get(sale);
    if (holder !== undefined) holder.late -= 1;
  }

  #transfer(transfer: Transfer): void {
    const { providerTransactionId: id } = transfer;
    this.#expect(!this.#transfers.has(id), `transfer ${id} was booked twice`);
    this.#transfers.set(id, transfer);
  }

  #expect(holds: boolean, otherwise: string): void {
    if (!holds && this.#found.length < 20) this.#found.push(otherwise);
  }
}

/** Views between may have been passed over: then "no" becomes "yes". */
function isAsked({ stan }: Payment): boolean {
  return stan !== undefined;
}

/** What the host must have of it. */
function linesOf({ method, kind, standing, stan, amount, completion, voidedCompletion }: Payment): readonly Line[] {
  if (method !== 'card' || stan === undefined || (standing !== 'taken' && standing !== 'voided')) return [];
  const state = standing === 'voided' ? 'voided' : 'booked';
  if (kind !== 'hold') return [{ stan, kind, amount, state }];
  if (completion?.done !== true) return [{ stan, kind, amount, state: standing === 'voided' ? 'voided' : 'held' }];
  return [
    { stan, kind: 'hold', amount, state: 'completed' },
    {
      stan: completion.stan,
      kind: 'completion',
      amount: completion.amount,
      state: voidedCompletion ? 'voided' : 'booked',
    },
  ];
}

function sorted({ stan, kind, amount, state }: Line): Line {
  return { stan, kind, amount, state };
}

function text({ stan, kind, amount, state }: Line): string {
  return `STAN ${stan}: ${kind} of ${amount} (${state})`;
}
