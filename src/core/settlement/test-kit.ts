/** What the tests of this folder share: bookings, and a batch machine that is driven by hand. */
import { epochMs, transactionId } from '../base/brand.ts';
import { money } from '../base/money.ts';
import type { BatchEntry } from '../transaction/model.ts';
import type { SettlementPolicy } from './batch-steps.ts';
import { decideSettlement, firstBatch, resumeSettlement, type SettlementDecision } from './batch.ts';
import type { SettlementEffect, SettlementEvent, SettlementInput } from './events.ts';
import { applySettlement, book, markVoided, settlementDraftOf, type Report } from './evolve.ts';
import { emptySettlement, type ClosingBatch, type SettledBatch, type SettlementState } from './model.ts';

const policy: SettlementPolicy = {
  timeZone: 'Asia/Ho_Chi_Minh',
  cutOverTime: '00:00',
  hostTimeoutMs: 30_000,
  retryMs: 5000,
  retryMaxMs: 60_000,
};

/** 2027-01-15T08:00:00Z. */
const morning = epochMs(1_800_000_000_000);

export const vnd = (minorUnits: number) => money(minorUnits, 'VND');

export function cardEntry(stan: number, minorUnits: number, over: Partial<BatchEntry> = {}): BatchEntry {
  return {
    transactionId: transactionId(`S-${stan}`),
    kind: 'sale',
    stan,
    requestedAt: epochMs(morning + stan * 1000),
    amount: vnd(minorUnits),
    approvalCode: 'A1B2C3',
    rrn: String(stan).padStart(12, '0'),
    posEntryMode: '072',
    voided: false,
    ...over,
  };
}

export const closeByPerson: SettlementInput = { type: 'CloseBatch', batch: 1, because: 'person', by: 'Lan' };

/** Feeds inputs as the loop would. Every event goes through JSON, as the journal stores it. */
export class Batches {
  state: SettlementState = emptySettlement;
  at = morning;
  lastStan = 100;
  questions = 0;
  readonly events: SettlementEvent[] = [];
  readonly #past: ((state: SettlementState) => SettlementState)[] = [];
  effects: readonly SettlementEffect[] = [];
  last: SettlementDecision = { kind: 'ignored', why: 'nothing yet' };

  constructor() {
    const opened = firstBatch(this.state, this.at, policy, 'VND');
    if (opened !== undefined) this.#record(opened);
  }

  #fold(change: (draft: ReturnType<typeof settlementDraftOf>) => void): void {
    const apply = (state: SettlementState): SettlementState => {
      const draft = settlementDraftOf(state);
      change(draft);
      return draft;
    };
    this.#past.push(apply);
    this.state = apply(this.state);
  }

  #record(event: SettlementEvent): void {
    const stored = JSON.parse(JSON.stringify(event)) as SettlementEvent;
    const { at } = this;
    this.events.push(stored);
    if ('stan' in event) this.lastStan = event.stan;
    this.#fold((draft) => applySettlement(draft, at, stored));
  }

  booked(report: Report): this {
    this.#fold((draft) => book(draft, report));
    return this;
  }

  card(stan: number, minorUnits: number, over: Partial<BatchEntry> = {}): this {
    const batch = this.state.open.number;
    return this.booked({ batch, method: 'card', scheme: 'NAPAS', entry: cardEntry(stan, minorUnits, over) });
  }

  voided(stan: number): this {
    this.#fold((draft) => markVoided(draft, transactionId(`S-${stan}`)));
    return this;
  }

  when(...inputs: readonly SettlementInput[]): this {
    for (const input of inputs) {
      this.last = decideSettlement(this.state, input, {
        at: this.at,
        policy,
        nextStan: this.lastStan + 1,
        inQuestion: () => this.questions,
      });
      this.effects = [];
      if (this.last.kind !== 'act') continue;
      for (const event of this.last.events) this.#record(event);
      this.effects = this.last.effects;
    }
    return this;
  }

  later(ms: number): this {
    this.at = epochMs(this.at + ms);
    return this;
  }

  /** Only what was journaled survives. */
  restart(): this {
    const before = this.state;
    this.state = this.#past.reduce((state, apply) => apply(state), emptySettlement);
    if (JSON.stringify([...before.closing]) !== JSON.stringify([...this.state.closing])) throw new Error('other state');
    return this.when(...resumeSettlement(this.state));
  }

  closing(number = 1): ClosingBatch {
    const found = this.state.closing.get(number);
    if (found === undefined) throw new Error(`batch ${number} is not closing`);
    return found;
  }

  settled(number = 1): SettledBatch {
    const found = this.state.settled.find((batch) => batch.number === number);
    if (found === undefined) throw new Error(`batch ${number} is not settled`);
    return found;
  }

  types(): readonly string[] {
    return this.events.map(({ type }) => type);
  }
}
