/**
 * What a run of random kills is going to do, drawn from its seed: what is sold, what the host and the bank do wrong, and
 * where in the life of the terminal each death lies. The same seed gives the same plan. The moment itself is real time:
 * how far the terminal has come by then is the machine's own affair, so a run cannot be repeated step by step.
 */
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { refundsInOrder } from '../../src/host/training-provider/refund-desk.ts';
import type { Misbehaviour as BankMisbehaviour } from '../../src/host/training-provider/training-provider.ts';
import type { Random } from '../crash/images.ts';

export const wares = [
  'tap',
  'insert',
  'takenOut',
  'qr',
  'cash',
  'refund',
  'refundAlone',
  'void',
  'hold',
  'increment',
  'completion',
  'offline',
  'closeBatch',
] as const;
export type Ware = (typeof wares)[number];

/** One thing that a cashier and a customer do. */
export interface Trade {
  readonly ware: Ware;
  readonly amountMinorUnits: number;
  readonly card: string;
  /** What the host does wrong, each with the next message that it gets. */
  readonly host: readonly Misbehaviour[];
  readonly bank: Partial<BankMisbehaviour>;
  /** What the payer of a code sends; 0: nothing. */
  readonly paidMinorUnits: number;
  /** From 0 up to 1: which of those that may be voided, refunded or completed. */
  readonly pick: number;
}

/** Of the first death that it can be: while it starts, while it takes up what was left, or while it sells. */
export type LifeStage = 'starting' | 'recovering' | 'selling';

export interface Death {
  readonly stage: LifeStage;
  /** How far into the stage, from 0 up to 1 of what it took so far on this machine. */
  readonly share: number;
}

/** Between two comparisons of the books. */
export interface Round {
  readonly trades: readonly Trade[];
  readonly deaths: readonly Death[];
  readonly partial: 'acceptPartial' | 'cancelSale';
}

/** One shop, from its first start to its last. */
export interface ShopPlan {
  readonly macs: boolean;
  readonly rounds: readonly Round[];
}

/** The terminal waits as long for an answer; short, because lost replies are frequent here. */
export const hostTimeoutMs = 1000;

const tapCards = ['napas-debit', 'visa-credit', 'mastercard-credit', 'visa-phone'];
const slotCards = ['napas-insert', 'visa-insert', 'mastercard-insert', 'visa-offline', 'napas-insert-declines'];

const troubles: readonly Misbehaviour[] = [
  { dropReply: 'beforeCommit' },
  { dropReply: 'afterCommit' },
  { dropReply: 'beforeCommit', closeAfter: true },
  { dropReply: 'afterCommit', closeAfter: true },
  { closeAfter: true },
  { replyDelayMs: 60 },
  { lateReplyMs: hostTimeoutMs * 1.25 },
  { duplicateReply: true },
  { reorderReply: true },
  { corruptReply: true },
  { corruptMac: true },
  { responseCode: '91' },
  { on: 'reconciliation', totals: 'forgetEntry' },
];

const quietBank: BankMisbehaviour = {
  deliverTwice: false,
  noticeDelayMs: 0,
  badSignature: false,
  dropNotices: false,
  amountErrorMinorUnits: 0,
  wrongAccount: false,
  ...refundsInOrder,
};
const bankTroubles: readonly Partial<BankMisbehaviour>[] = [
  { dropNotices: true },
  { deliverTwice: true },
  { noticeDelayMs: 80 },
];

class Drawing {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  share(): number {
    return this.#random();
  }

  one<T>(of: readonly [T, ...T[]] | readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)] as T;
  }

  /** True so often of a hundred. */
  percent(chance: number): boolean {
    return this.#random() * 100 < chance;
  }
}

function trade(draw: Drawing): Trade {
  const ware = draw.one(wares);
  // The training bank declines what ends in 051, and approves half of what ends in 010.
  const tail = draw.percent(70) ? 0 : draw.one([51, 10]);
  const amountMinorUnits =
    20_000 + 1000 * Math.floor(draw.share() * 60) + (ware === 'qr' || ware === 'cash' ? 0 : tail);
  const host = draw.percent(55) ? [] : [draw.one(troubles), ...(draw.percent(30) ? [draw.one(troubles)] : [])];
  const card = draw.one(ware === 'insert' || ware === 'takenOut' ? slotCards : tapCards);
  return {
    ware,
    amountMinorUnits,
    card: ware === 'offline' && draw.percent(40) ? 'visa-offline' : card,
    host: host.map((each) => ({ ...each, once: true })),
    bank: { ...quietBank, ...(draw.percent(60) ? {} : draw.one(bankTroubles)) },
    paidMinorUnits: draw.percent(75)
      ? amountMinorUnits
      : draw.one([0, amountMinorUnits - 5000, amountMinorUnits + 5000]),
    pick: draw.share(),
  };
}

function round(draw: Drawing, first: boolean): Round {
  const selling: Death = { stage: 'selling', share: draw.share() };
  const again = Array.from({ length: draw.one([0, 0, 1, 1, 1, 2, 2, 3]) }, (): Death => ({
    stage: draw.percent(55) ? 'starting' : 'recovering',
    share: draw.share(),
  }));
  return {
    trades: Array.from({ length: draw.one([1, 1, 2, 3]) }, () => trade(draw)),
    // A shop may be killed before it was ever open.
    deaths:
      first && draw.percent(50) ? [{ stage: 'starting', share: draw.share() }, selling, ...again] : [selling, ...again],
    partial: draw.one(['acceptPartial', 'cancelSale']),
  };
}

export function shopPlan(random: Random): ShopPlan {
  const draw = new Drawing(random);
  const rounds = Array.from({ length: draw.one([4, 8, 16]) }, (_, index) => round(draw, index === 0));
  return { macs: draw.percent(30), rounds };
}
