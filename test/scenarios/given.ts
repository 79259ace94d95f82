/**
 * Given/when/then for the pure machine: inputs go in one by one, events are folded as the loop would, and what
 * came out can be asked for. No clock, no I/O: `at` is moved by hand.
 */
import { epochMs, transactionId, type TransactionId } from '../../src/core/base/brand.ts';
import { money } from '../../src/core/base/money.ts';
import { maskPan } from '../../src/core/base/pan.ts';
import type { CardCompletion } from '../../src/core/emv/contact/requests.ts';
import { decide, resume, type Decision } from '../../src/core/transaction/decide.ts';
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import { evolve } from '../../src/core/transaction/evolve.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { CardData, TerminalIdentity, Transfer } from '../../src/core/transaction/model.ts';
import type { Policy } from '../../src/core/transaction/policy.ts';
import { emptyTerminal, type Phase, type TerminalState, type Transaction } from '../../src/core/transaction/state.ts';

export const policy: Policy = {
  presentCardMs: 60_000,
  insertedCardMs: 120_000,
  completeCardMs: 15_000,
  hostTimeoutMs: 30_000,
  qrExpiryMs: 180_000,
  qrLongExpiryMs: 600_000,
  qrLongFrom: 10_000_000,
  providerTimeoutMs: 10_000,
  retryMs: 5000,
  retryMaxMs: 60_000,
  printTimeoutMs: 15_000,
  autoCloseMs: 15_000,
  partialApprovals: true,
  alarmAfterAttempts: 6,
  forwardWindow: 2,
  offline: null,
  settlement: { timeZone: 'Asia/Ho_Chi_Minh', currency: 'VND', cutOverTime: null },
  qrProvider: { canCancel: false, canRefund: true },
};

export const identity: TerminalIdentity = {
  terminalId: 'CHAM0001',
  merchantId: 'TRAINING0000001',
  acquirer: 'training',
  qrProvider: 'training/970436/1017595600',
};

export const id = transactionId('S-TEST1');
export const vnd = (minorUnits: number) => money(minorUnits, 'VND');

export const card: CardData = {
  maskedPan: maskPan('9704000000000018'),
  aid: 'A0000007271010',
  label: 'NAPAS',
  interface: 'contactless',
  posEntryMode: '072',
  panSequenceNumber: '01',
  iccData: '9F2608AABBCCDDEEFF0011',
  cryptogram: 'AABBCCDDEEFF0011',
};

/** The same in the slot: it has the last word. */
export const chipCard: CardData = { ...card, interface: 'contact', posEntryMode: '051', cvm: 'signature' };

/** After the second GENERATE AC. */
export const finalCard: CardData = { ...chipCard, iccData: '9F26081122334455667788', cryptogram: '1122334455667788' };

export const issue = { payload: '000201…', bankBin: '970436', account: '1017595600' };

export function transfer(over: Partial<Transfer> & { readonly reference?: string } = {}): Transfer {
  const { reference = 'CHTEST0001', ...rest } = over;
  return {
    providerTransactionId: 'FT1',
    bankBin: issue.bankBin,
    account: issue.account,
    amount: vnd(45_000),
    memo: `NHBIDV 998877 ${reference} CT DEN`,
    paidAt: epochMs(1),
    ...rest,
  };
}

export const startCard: Input = {
  type: 'StartSale',
  transactionId: id,
  key: 'key-1',
  amount: vnd(45_000),
  method: 'card',
  reference: 'CHTEST0001',
  order: null,
};
export const startQr: Input = { ...startCard, method: 'qr' };
export const tapped: Input = { type: 'CardOutcome', transactionId: id, outcome: { kind: 'onlineRequest', card } };
export const inserted: Input = {
  type: 'CardOutcome',
  transactionId: id,
  outcome: { kind: 'onlineRequest', card: chipCard },
};
export const completed = (
  decision: CardCompletion['decision'],
  over: Partial<CardCompletion> = {},
): Extract<Input, { type: 'CardCompleted' }> => ({
  type: 'CardCompleted',
  transactionId: id,
  completion: {
    decision,
    ...(decision === 'notCompleted' ? {} : { card: finalCard }),
    issuerAuthentication: 'performed',
    ...over,
  },
});
export const approved: Input = {
  type: 'HostReply',
  transactionId: id,
  stan: 1,
  reply: { responseCode: '00', approvalCode: 'A1B2C3', rrn: '632600000001' },
};
export const startCash: Input = { ...startCard, method: 'cash' };
export const startHold: Input = {
  type: 'StartPreAuthorization',
  transactionId: id,
  key: 'key-1',
  amount: vnd(500_000),
};
export const startRefund: Extract<Input, { type: 'StartRefund' }> = {
  type: 'StartRefund',
  transactionId: id,
  key: 'key-1',
  amount: vnd(45_000),
  method: 'card',
  original: null,
  approvedBy: 'Lan',
};
export const started: Input = { type: 'TerminalStarted', softwareVersion: '0.0.0', identity };
export const closeBatch: Input = { type: 'CloseBatch', batch: 1, because: 'person', by: null };
export const qrIssued: Input = { type: 'QrIssued', transactionId: id, issue };

export const offline: NonNullable<Policy['offline']> = {
  maxAmount: 100_000,
  maxSum: 200_000,
  maxCount: 3,
  maxAgeMs: 3_600_000,
  maxPerCard: 2,
  perCardWindowMs: 86_400_000,
  allowedBins: [],
  deniedBins: [],
};

/** The answers of the host to what goes on with a transaction or delivers it. */
export const followUpReply = (responseCode: string, stan = 2): Input => ({
  type: 'FollowUpReply',
  transactionId: id,
  stan,
  reply: { responseCode, approvalCode: 'D4E5F6', rrn: '632600000002' },
});
export const voidIt: Input = { type: 'VoidTransaction', transactionId: id, approvedBy: 'Lan' };
export const notSent: Input = { type: 'HostUnreachable', transactionId: id, stan: 1, fault: 'notSent' };
export const cardStored: Input = { type: 'CardStored', transactionId: id };
export const partlyApproved: Input = {
  type: 'HostReply',
  transactionId: id,
  stan: 1,
  reply: { responseCode: '10', approvalCode: 'A1B2C3', rrn: '632600000001', approvedAmount: vnd(20_000) },
};

/** How each phase is reached; the table's test goes from there. */
export const reach: Readonly<Record<Phase, readonly Input[]>> = {
  awaitingCard: [startCard],
  authorising: [startCard, tapped],
  completingCard: [startCard, inserted, approved],
  approved: [startCard, tapped, approved],
  declined: [startCard, tapped, { ...approved, reply: { responseCode: '51' } }],
  reversing: [startCard, tapped, { ...notSent, fault: 'noReply' }],
  reversed: [
    startCard,
    tapped,
    { ...notSent, fault: 'noReply' },
    { type: 'ReversalReply', transactionId: id, reply: { responseCode: '00' } },
  ],
  partlyApproved: [startCard, tapped, partlyApproved],
  storing: [startCard, tapped, notSent],
  stored: [startCard, tapped, notSent, cardStored],
  lateDeclined: [
    startCard,
    tapped,
    notSent,
    cardStored,
    { type: 'LinkUp' },
    { type: 'ForwardReply', transactionId: id, reply: { responseCode: '51' } },
  ],
  authorised: [startHold, tapped, approved],
  incrementing: [startHold, tapped, approved, { type: 'IncrementHold', transactionId: id, amount: vnd(1000) }],
  completing: [startHold, tapped, approved, { type: 'CompleteHold', transactionId: id, amount: vnd(450_000) }],
  completed: [
    startHold,
    tapped,
    approved,
    { type: 'CompleteHold', transactionId: id, amount: vnd(450_000) },
    followUpReply('00'),
  ],
  voiding: [startCard, tapped, approved, voidIt],
  voided: [startCard, tapped, approved, voidIt, followUpReply('00')],
  awaitingCash: [startCash],
  issuingQr: [startQr],
  awaitingPayment: [startQr, qrIssued],
  checkingPayment: [startQr, qrIssued, { type: 'TimerFired', transactionId: id, timer: 'qrExpiry' }],
  paid: [startQr, qrIssued, { type: 'PaymentNotified', transfer: transfer() }],
  underPaid: [startQr, qrIssued, { type: 'PaymentNotified', transfer: transfer({ amount: vnd(1000) }) }],
  refunding: [
    { type: 'PaymentNotified', transfer: transfer({ reference: 'CAM ON' }) },
    {
      type: 'StartProviderRefund',
      transactionId: id,
      key: 'key-1',
      refundId: 'RF1',
      about: { reason: 'transfer', transferId: 'FT1' },
      approvedBy: 'Lan',
    },
  ],
  cancelled: [startCard, { type: 'CancelSale', transactionId: id }],
  failed: [startCard, { type: 'ReaderUnavailable', transactionId: id, trouble: 'notConnected' }],
  expired: [
    startQr,
    qrIssued,
    { type: 'TimerFired', transactionId: id, timer: 'qrExpiry' },
    { type: 'QueryAnswered', transactionId: id, attempt: 2, transfers: [] },
  ],
};

export class Scenario {
  state: TerminalState = emptyTerminal;
  at = epochMs(1_800_000_000_000);
  readonly events: JournalEvent[] = [];
  effects: readonly Effect[] = [];
  last: Decision = { kind: 'ignored', why: 'nothing yet' };
  readonly policy: Policy;

  constructor(over: Partial<Policy> = {}) {
    this.policy = { ...policy, ...over };
  }

  when(...inputs: readonly Input[]): this {
    for (const input of inputs) {
      this.last = decide(this.state, input, { at: this.at, policy: this.policy });
      this.effects = [];
      if (this.last.kind !== 'act') continue;
      for (const event of this.last.events) {
        this.state = evolve(this.state, { at: this.at, event });
        this.events.push(event);
      }
      this.effects = this.last.effects;
    }
    return this;
  }

  later(ms: number): this {
    this.at = epochMs(this.at + ms);
    return this;
  }

  /** What the events come to, after `from`. */
  fold(from: TerminalState = emptyTerminal): TerminalState {
    let state = from;
    for (const event of this.events) state = evolve(state, { at: this.at, event });
    return state;
  }

  /** The power goes: only events survive. Then what `resume` asks for is done. */
  restart(): this {
    this.state = this.fold();
    const asked: Effect[] = [];
    for (const input of resume(this.state)) {
      this.when(input);
      asked.push(...this.effects);
    }
    this.effects = asked;
    return this;
  }

  sale(which: TransactionId = id): Transaction {
    const found = this.state.transactions.get(which);
    if (found === undefined) throw new Error(`no sale ${which}`);
    return found;
  }

  eventTypes(): readonly string[] {
    return this.events.map((event) => event.type);
  }

  effectTypes(): readonly string[] {
    return this.effects.map((effect) => effect.type);
  }
}
