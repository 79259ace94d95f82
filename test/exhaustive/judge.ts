/** The invariants over numbered states: each pair of states is judged once. */
import type { Acquirer } from './acquirer.ts';
import { PairMemo } from './intern.ts';
import { isQuiet, judgeBank, judgeBooks, judgeRest } from './invariants.ts';
import type { Machine } from './machine.ts';
import type { Side } from './side.ts';

export class Judge {
  readonly #machine: Machine;
  readonly #acquirer: Acquirer;
  readonly #side: Side;
  readonly #books = new PairMemo();
  readonly #rest = new PairMemo();
  readonly #bank = new PairMemo();
  readonly #quiet = new Map<number, boolean>();
  readonly #findings: (string | null)[] = [null];

  constructor(machine: Machine, acquirer: Acquirer, side: Side) {
    this.#machine = machine;
    this.#acquirer = acquirer;
    this.#side = side;
  }

  books(machine: number, host: number): string | null {
    return this.#once(this.#books, machine, host, () =>
      judgeBooks(this.#machine.state(machine), this.#acquirer.book(host), this.#acquirer.held(host)),
    );
  }

  bank(machine: number, side: number): string | null {
    return this.#once(this.#bank, machine, side, () =>
      judgeBank(this.#machine.state(machine), this.#side.transfers(side)),
    );
  }

  rest(machine: number, host: number): string | null {
    return this.#once(this.#rest, machine, host, () =>
      judgeRest(this.#machine.state(machine), this.#acquirer.book(host), this.#acquirer.held(host)),
    );
  }

  isQuiet(machine: number): boolean {
    let quiet = this.#quiet.get(machine);
    if (quiet === undefined) {
      quiet = isQuiet(this.#machine.state(machine));
      this.#quiet.set(machine, quiet);
    }
    return quiet;
  }

  #once(memo: PairMemo, a: number, b: number, judge: () => string | null): string | null {
    const known = memo.get(a, b);
    if (known >= 0) return this.#findings[known] ?? null;
    const finding = judge();
    memo.set(a, b, finding === null ? 0 : this.#findings.push(finding) - 1);
    return finding;
  }
}
