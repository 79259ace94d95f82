/** What bank and card vault know, as a number: codes registered, transfers made and told, card data on disk. */
import type { Input } from '../../src/core/transaction/inputs.ts';
import { transfer, vnd } from '../scenarios/given.ts';
import { JsonInterner, PairMemo } from './intern.ts';
import type { BankTransfer } from './invariants.ts';

interface Known {
  readonly registered: readonly string[];
  readonly transfers: readonly BankTransfer[];
  readonly vault: readonly string[];
}

export class Side {
  readonly #sides = new JsonInterner<Known>();
  readonly #inputs: JsonInterner<Input>;
  readonly #told = new PairMemo();
  readonly #notices = new Map<BankTransfer['providerTransactionId'], number>();
  readonly #found = new Map<string, number>();
  readonly empty: number;

  constructor(inputs: JsonInterner<Input>) {
    this.#inputs = inputs;
    this.empty = this.#sides.add({ registered: [], transfers: [], vault: [] });
  }

  transfers(side: number): readonly BankTransfer[] {
    return this.#sides.of(side).transfers;
  }

  allTold(side: number): boolean {
    return this.transfers(side).every(({ told }) => told);
  }

  isRegistered(side: number, transactionId: string): boolean {
    return this.#sides.of(side).registered.includes(transactionId);
  }

  isStored(side: number, transactionId: string): boolean {
    return this.#sides.of(side).vault.includes(transactionId);
  }

  register(side: number, transactionId: string): number {
    const known = this.#sides.of(side);
    return this.#sides.add({ ...known, registered: withName(known.registered, transactionId) });
  }

  store(side: number, transactionId: string): number {
    const known = this.#sides.of(side);
    return this.#sides.add({ ...known, vault: withName(known.vault, transactionId) });
  }

  forget(side: number, transactionId: string): number {
    const known = this.#sides.of(side);
    if (!known.vault.includes(transactionId)) return side;
    return this.#sides.add({ ...known, vault: known.vault.filter((each) => each !== transactionId) });
  }

  pay(side: number, made: BankTransfer): number {
    const known = this.#sides.of(side);
    return this.#sides.add({ ...known, transfers: [...known.transfers, made] });
  }

  /** The terminal has heard of the transfer in this place. */
  tell(side: number, place: number): number {
    const done = this.#told.get(side, place);
    if (done >= 0) return done;
    const known = this.#sides.of(side);
    const transfers = known.transfers.map((each, index) => (index === place ? { ...each, told: true } : each));
    const result = this.#sides.add({ ...known, transfers });
    this.#told.set(side, place, result);
    return result;
  }

  /** The input that tells of it. */
  notice(made: BankTransfer): number {
    let input = this.#notices.get(made.providerTransactionId);
    if (input === undefined) {
      input = this.#inputs.add({ type: 'PaymentNotified', transfer: asTold(made) });
      this.#notices.set(made.providerTransactionId, input);
    }
    return input;
  }

  /** The input that answers a question about a sale now. */
  answer(side: number, transactionId: Extract<Input, { type: 'QueryAnswered' }>['transactionId'], attempt: number) {
    const found = this.transfers(side).filter((each) => each.transactionId === transactionId);
    const key = `${transactionId} ${attempt} ${found.map((each) => each.providerTransactionId).join(' ')}`;
    let input = this.#found.get(key);
    if (input === undefined) {
      input = this.#inputs.add({ type: 'QueryAnswered', transactionId, attempt, transfers: found.map(asTold) });
      this.#found.set(key, input);
    }
    return input;
  }
}

function withName(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name].sort();
}

/** Every transfer of a scenario has its own provider transaction id, so what is told of it is always the same. */
function asTold({ transactionId, providerTransactionId, amount }: BankTransfer) {
  return transfer({ providerTransactionId, amount: vnd(amount), reference: referenceOf(transactionId) });
}

/** As the starts of the scenarios have it. */
function referenceOf(transactionId: string): string {
  return `CHTEST${transactionId.replaceAll(/\D/g, '').padStart(4, '0')}`;
}
