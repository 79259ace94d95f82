/** The families that are explored. `short`: in `npm test` too. Bounds are in the data: starts, commands, payments. */
import { transactionId } from '../../src/core/base/brand.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { CardOutcome } from '../../src/core/transaction/model.ts';
import type { PaymentMethod } from '../../src/core/transaction/model.ts';
import { card, chipCard, offline, vnd } from '../scenarios/given.ts';
import type { HostRules } from './host.ts';
import type { Scenario } from './scenario.ts';

const amount = vnd(1000);

function sale(n: number, method: PaymentMethod = 'card'): Input {
  const reference = `CHTEST${String(n).padStart(4, '0')}`;
  return {
    type: 'StartSale',
    transactionId: transactionId(`S-${n}`),
    key: `k${n}`,
    amount,
    method,
    reference,
    order: null,
  };
}

function hold(n: number): Input {
  return { type: 'StartPreAuthorization', transactionId: transactionId(`S-${n}`), key: `k${n}`, amount };
}

function refund(n: number, of: number | null, method: 'card' | 'cash' = 'card'): Input {
  const original = of === null ? null : transactionId(`S-${of}`);
  return {
    type: 'StartRefund',
    transactionId: transactionId(`S-${n}`),
    key: `k${n}`,
    amount,
    method,
    original,
    approvedBy: 'Lan',
  };
}

const tapped: CardOutcome = { kind: 'onlineRequest', card };
const byCode: CardOutcome = {
  kind: 'onlineRequest',
  card: { ...card, interface: 'code', posEntryMode: '032' },
};
const noCode: CardOutcome = { kind: 'tryAgain', reason: 'codeBroken' };
const inserted: CardOutcome = { kind: 'onlineRequest', card: chipCard };
const approvedByChip: CardOutcome = { kind: 'approved', card };
const declinedByChip: CardOutcome = { kind: 'declined', card };
const again: CardOutcome = { kind: 'tryAgain', reason: 'removedTooEarly' };

const steadyHost: HostRules = { verdicts: ['approve', 'decline'], remembersUnseen: true, disputesTotals: false };

const common: Omit<Scenario, 'name' | 'starts'> = {
  policy: { alarmAfterAttempts: 2, retryMs: 5000, retryMaxMs: 10_000, partialApprovals: true },
  caps: { attempts: 2, batchAttempts: 2 },
  firstStan: 1,
  host: steadyHost,
  card: [tapped],
  completion: ['approved'],
  printer: ['printed'],
  commands: {},
  payments: [],
  faults: { restart: true, notSent: true, lost: true, late: true, slowReplies: true, linkFlaps: true, vault: false },
};

function scenario(name: string, over: Partial<Scenario> & Pick<Scenario, 'starts'>): Scenario {
  return { ...common, name, ...over, policy: { ...common.policy, ...over.policy } };
}

const withOffline = { offline: { ...offline, maxSum: 1e9, maxCount: 99, maxPerCard: 99, maxAgeMs: 1e15 } };

const calm: Scenario['faults'] = { ...common.faults, slowReplies: false, linkFlaps: false };
const every: HostRules = { ...steadyHost, verdicts: ['approve', 'decline', 'part', 'approve08'] };
const undecided: HostRules = { ...steadyHost, verdicts: ['approve', 'decline', 'later'] };
const whatever: HostRules = { ...steadyHost, verdicts: ['approve', 'decline', 'part', 'later', 'refuse'] };

/** In `npm test`: each family in a small form. */
export const shortScenarios: readonly Scenario[] = [
  scenario('one sale, card tapped', {
    starts: [sale(1)],
    card: [tapped, again, declinedByChip],
    host: every,
    printer: ['printed', 'timeout'],
    commands: { void: 1 },
  }),
  scenario('one sale, card inserted', {
    starts: [sale(1)],
    card: [inserted],
    completion: ['approved', 'declined', 'notCompleted'],
    host: { ...steadyHost, verdicts: ['approve', 'decline', 'part'] },
    commands: { void: 1 },
  }),
  scenario('one sale by code, where cards may be stored', {
    starts: [{ ...sale(1), presentment: 'code' } as Input],
    policy: withOffline,
    card: [byCode, noCode],
    host: { ...steadyHost, verdicts: ['approve', 'decline', 'part'] },
    commands: { void: 1 },
  }),
  scenario('a host that forgets what it has not seen', {
    starts: [sale(1)],
    host: { ...steadyHost, remembersUnseen: false },
    commands: { void: 1 },
  }),
  scenario('a host that cannot decide, and forgets', {
    starts: [sale(1)],
    card: [tapped, inserted],
    completion: ['approved', 'declined'],
    host: { verdicts: ['approve', 'later'], remembersUnseen: false, disputesTotals: false },
  }),
  scenario('one pre-authorisation', { starts: [hold(1)], commands: { void: 1, complete: 1 }, faults: calm }),
  scenario('one stored payment', {
    starts: [sale(1)],
    policy: withOffline,
    card: [tapped, approvedByChip],
    host: undecided,
    commands: { sendNow: 1 },
    faults: { ...calm, vault: true },
  }),
  scenario('one QR sale', {
    starts: [sale(1, 'qr')],
    policy: { alarmAfterAttempts: 3 },
    caps: { attempts: 3, batchAttempts: 2 },
    payments: [
      { sale: 0, amount: 400 },
      { sale: 0, amount: 600 },
    ],
  }),
  scenario('cash, and a refund of it', {
    starts: [sale(1, 'cash'), refund(2, 1, 'cash')],
    printer: ['printed', 'paperOut'],
    commands: { void: 1, closeBatch: 1 },
  }),
  scenario('the day ends during a sale', {
    starts: [sale(1)],
    host: { ...steadyHost, verdicts: ['approve'], disputesTotals: true },
    commands: { void: 1, closeBatch: 1 },
    faults: { ...common.faults, late: false },
  }),
  scenario('two sales, one being undone behind the other', {
    starts: [sale(1), sale(2)],
    host: { ...steadyHost, verdicts: ['approve'] },
    faults: { ...calm, notSent: false },
  }),
];

/** In the long run: the same families as wide as they can be exhausted, and what needs room. */
export const longScenarios: readonly Scenario[] = [
  scenario('one sale, card tapped, every answer, two voids', {
    starts: [sale(1)],
    card: [tapped, again, declinedByChip],
    host: every,
    printer: ['printed', 'paperOut', 'timeout'],
    commands: { void: 2, reprint: 1, sendNow: 1 },
  }),
  scenario('one sale, card inserted, the day ends', {
    starts: [sale(1)],
    card: [inserted],
    completion: ['approved', 'declined', 'notCompleted'],
    host: { ...steadyHost, verdicts: ['approve', 'decline', 'part'], disputesTotals: true },
    commands: { void: 1, closeBatch: 2 },
  }),
  scenario('one inserted card, stored when the host is away', {
    starts: [sale(1)],
    policy: withOffline,
    card: [inserted],
    completion: ['approved', 'declined', 'notCompleted'],
    host: undecided,
    commands: { void: 1 },
    faults: { ...calm, vault: true },
  }),
  scenario('a host that cannot decide, any card and a void', {
    starts: [sale(1)],
    card: [tapped, inserted],
    completion: ['approved', 'declined', 'notCompleted'],
    host: { ...undecided, verdicts: ['approve', 'decline', 'part', 'later'] },
    commands: { void: 1 },
  }),
  scenario('a host that forgets, two sales', {
    starts: [sale(1), sale(2)],
    host: { ...steadyHost, verdicts: ['approve'], remembersUnseen: false },
  }),
  scenario('one pre-authorisation, raised', {
    starts: [hold(1)],
    commands: { void: 1, increment: 1, complete: 1 },
    faults: calm,
  }),
  scenario('one stored payment, every answer', {
    starts: [sale(1)],
    policy: withOffline,
    card: [tapped, approvedByChip],
    host: whatever,
    commands: { void: 1, sendNow: 1 },
    faults: { ...calm, vault: true },
  }),
  scenario('two stored payments', {
    starts: [sale(1), sale(2)],
    policy: { ...withOffline, forwardWindow: 1 },
    card: [approvedByChip],
    host: { ...steadyHost, verdicts: ['approve'] },
    faults: { ...calm, late: false },
  }),
  scenario('one QR sale, paid up to three times', {
    starts: [sale(1, 'qr')],
    policy: { alarmAfterAttempts: 3 },
    caps: { attempts: 3, batchAttempts: 2 },
    payments: [
      { sale: 0, amount: 400 },
      { sale: 0, amount: 600 },
      { sale: 0, amount: 1000 },
    ],
  }),
  scenario('cash, and a refund of it, twice closed', {
    starts: [sale(1, 'cash'), refund(2, 1, 'cash')],
    printer: ['printed', 'paperOut', 'timeout'],
    commands: { void: 2, reprint: 1, closeBatch: 2 },
  }),
  scenario('two sales, trace numbers come round', {
    starts: [sale(1), sale(2)],
    firstStan: 999_999,
    commands: { void: 1 },
    faults: calm,
  }),
  scenario('two sales, the day ends', {
    starts: [sale(1), sale(2)],
    host: { ...steadyHost, verdicts: ['approve'], disputesTotals: true },
    commands: { closeBatch: 1 },
    faults: { ...calm, late: false },
  }),
  scenario('a sale and its refund', { starts: [sale(1), refund(2, 1)], commands: { void: 1 }, faults: calm }),
  scenario('three sales', {
    starts: [sale(1), sale(2), sale(3)],
    host: { ...steadyHost, verdicts: ['approve'] },
    faults: { ...calm, notSent: false, late: false },
  }),
];

/** With `--wide`: larger than what has been seen to end so far. */
export const wideScenarios: readonly Scenario[] = [
  scenario('one pre-authorisation, every answer', {
    starts: [hold(1)],
    host: undecided,
    commands: { void: 1, increment: 1, complete: 1 },
    faults: calm,
  }),
  scenario('a QR sale, then a card', {
    starts: [sale(1, 'qr'), sale(2)],
    policy: { alarmAfterAttempts: 3 },
    caps: { attempts: 3, batchAttempts: 2 },
    payments: [
      { sale: 0, amount: 1000 },
      { sale: 0, amount: 1000 },
    ],
    faults: calm,
  }),
  scenario('three sales, late replies', {
    starts: [sale(1), sale(2), sale(3)],
    host: { ...steadyHost, verdicts: ['approve'] },
    faults: { ...calm, notSent: false },
  }),
];
