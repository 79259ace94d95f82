/** What every language must say at the desk around a sale: refunds, holds, bills, cash, supervisors, the day. */
import type { BatchesView, SaleView } from '../../src/contract/view.ts';

/** A choice of the menu, and what it is good for. */
interface Choice {
  readonly name: string;
  readonly hint: string;
}

/** Something to be done with a sale: its button, its own page and what it does to the money. */
interface TaskText {
  readonly name: string;
  readonly hint: string;
  readonly confirm: string;
}

type ReportLine = BatchesView['open']['lines'][number];

export interface DeskMessages {
  readonly menu: {
    readonly refundSale: Choice;
    readonly refundFree: Choice;
    readonly preAuthorization: Choice;
    readonly split: Choice;
    readonly holds: Choice;
    readonly payouts: Choice;
    readonly stored: Choice;
    readonly day: Choice;
    readonly noRefundable: string;
    readonly noHolds: string;
  };
  readonly tasks: {
    readonly details: string;
    readonly more: string;
    readonly gone: string;
    readonly void: Pick<TaskText, 'name' | 'confirm'>;
    readonly voidHints: Readonly<Record<SaleView['kind'], string>>;
    readonly refund: TaskText;
    readonly increment: TaskText;
    readonly complete: TaskText;
    readonly resolve: TaskText;
    readonly confirmByHand: TaskText;
    readonly refundByProvider: TaskText;
    readonly settleRefund: TaskText;
    readonly refundFree: TaskText;
    readonly preAuthorization: TaskText;
    readonly printFollowUp: string;
    readonly sending: string;
    readonly atMost: (amount: string) => string;
    readonly refundTo: Readonly<Record<'card' | 'cash', string>>;
    readonly note: string;
    readonly notes: readonly string[];
  };
  readonly supervisor: {
    readonly title: string;
    readonly hint: string;
    readonly who: string;
    readonly code: string;
    readonly typed: (digits: number) => string;
    readonly confirm: string;
    readonly nobody: string;
  };
  readonly bill: {
    readonly title: string;
    readonly hint: string;
    readonly begin: string;
    readonly open: string;
    readonly pending: string;
    readonly state: (id: string, remaining: string, total: string) => string;
    readonly rest: string;
    readonly leave: string;
    readonly over: (remaining: string) => string;
    readonly done: (id: string) => string;
  };
  readonly cash: {
    readonly tendered: string;
    readonly change: string;
    readonly missing: string;
    readonly exact: string;
    readonly confirm: string;
    readonly payOut: (amount: string) => string;
  };
  readonly stored: {
    readonly count: (count: number) => string;
    readonly nothing: string;
    readonly limit: (amount: string) => string;
    readonly off: string;
    readonly oldest: (time: string) => string;
    readonly next: (clock: string) => string;
    readonly whenLinked: string;
    readonly underWay: (count: number) => string;
    readonly sendNow: string;
    readonly deadLetters: string;
    readonly waiting: string;
    readonly more: (count: number) => string;
  };
  readonly day: {
    readonly open: (number: number) => string;
    readonly businessDate: (date: string) => string;
    readonly nothing: string;
    readonly method: string;
    readonly kind: string;
    readonly count: string;
    readonly amount: string;
    readonly voided: (count: number, amount: string) => string;
    readonly kinds: Readonly<Record<ReportLine['kind'], string>>;
    readonly methods: Readonly<Record<SaleView['method'], string>>;
    readonly net: string;
    readonly expectedCash: string;
    readonly xReport: string;
    readonly zReport: string;
    readonly close: string;
    readonly closeHint: string;
    readonly countCash: string;
    readonly withCount: string;
    readonly skipCount: string;
    readonly difference: string;
    readonly confirmTitle: (number: number) => string;
    readonly confirmHint: string;
    readonly confirm: string;
    readonly closing: string;
    readonly settled: string;
    readonly batch: (number: number) => string;
    readonly phases: Readonly<Record<BatchesView['closing'][number]['phase'], string>>;
    readonly inQuestion: (count: number) => string;
    readonly balances: Readonly<Record<BatchesView['settled'][number]['balance'], string>>;
    readonly differenceOf: (amount: string) => string;
    readonly differsAdvice: string;
  };
}
