/** The outbox and the batches as a screen shows them: what waits, what is at stake, what the day has come to. */
import { assert } from '../core/base/assert.ts';
import type { BatchesView, OutboxView } from '../contract/view.ts';
import { money, type CurrencyCode } from '../core/base/money.ts';
import { exposureSentence } from '../core/settlement/exposure.ts';
import { expectedCash, netOfLines, netOfTotals, reportLines } from '../core/settlement/totals.ts';
import { exposureOf } from '../core/transaction/offline.ts';
import { inQuestionOf } from '../core/transaction/outbox.ts';
import type { OfflinePolicy } from '../core/transaction/policy.ts';
import type { TerminalState, Transaction } from '../core/transaction/state.ts';
import { saleView } from './project-sale.ts';

const shownItems = 50;
const shownSettled = 5;

export function outboxView(
  state: TerminalState,
  offline: OfflinePolicy | null,
  now: number,
  currency: CurrencyCode,
): OutboxView {
  const dead: Transaction[] = [];
  const items: Transaction[] = [];
  let next: Transaction['attempts'] | undefined;
  for (const id of state.outbox) {
    const transaction = state.transactions.get(id);
    if (transaction === undefined) continue;
    if (transaction.deadLetter !== null) dead.push(transaction);
    else if (items.length < shownItems) items.push(transaction);
    const { attempts, deadLetter } = transaction;
    const byTheClock = attempts.nextTryAt !== null && attempts.made > 0 && deadLetter === null;
    if (byTheClock && attempts.nextTryAt < (next?.nextTryAt ?? Infinity)) next = attempts;
  }
  const { count, sum, oldestAt } = exposureOf(state, currency);
  const limit = offline === null ? null : money(offline.maxSum, currency);
  assert(count <= state.outbox.size, 'view: what is at risk waits in the outbox');
  assert(state.underWay.size <= state.outbox.size, 'view: what is under way waits in the outbox');
  const risk = {
    count,
    sum,
    limit: limit ?? money(0, currency),
    oldestMs: oldestAt === null ? 0 : Math.max(0, now - oldestAt),
  };
  return {
    count: state.outbox.size,
    underWay: state.underWay.size,
    nextTryAt: next?.nextTryAt ?? null,
    lastError: next?.lastError ?? null,
    items: [...dead, ...items].slice(0, shownItems).map((transaction) => saleView(transaction, state)),
    exposure: {
      count,
      sum,
      limit,
      oldestAt,
      sentence: { vi: exposureSentence(risk, 'vi'), en: exposureSentence(risk, 'en') },
    },
  };
}

export function batchesView(state: TerminalState, currency: CurrencyCode): BatchesView {
  const { open, closing, settled } = state.settlement;
  assert(!closing.has(open.number), 'view: a batch is open or closing');
  const lines = reportLines(open.bookings);
  const booked = lines.reduce((sum, line) => sum + line.booked.count, 0);
  assert(booked === open.bookings.length, 'view: every booking is in one line');
  return {
    open: {
      number: open.number,
      businessDate: open.opened?.businessDate ?? null,
      openedAt: open.opened?.at ?? null,
      lines: [...lines],
      net: money(netOfLines(lines), currency),
      expectedCash: expectedCash(open.opened?.float ?? money(0, currency), lines),
    },
    closing: [...closing.values()].map(({ number, businessDate, phase, request }) => ({
      number,
      businessDate,
      phase,
      inQuestion: inQuestionOf(state, number),
      attempts: request?.attempt ?? 0,
      nextTryAt: request?.nextTryAt ?? null,
      lastError: request?.trouble ?? null,
    })),
    settled: settled
      .slice(-shownSettled)
      .toReversed()
      .map(({ number, businessDate, settledAt, balance, totals, hostTotals }) => ({
        number,
        businessDate,
        settledAt,
        balance,
        difference:
          totals === null || hostTotals === null
            ? null
            : money(netOfTotals(hostTotals).minorUnits - netOfTotals(totals).minorUnits, currency),
      })),
  };
}
