/** What the cells of the matrix have in common: rigs to run in, coming to rest, and settlement with both books compared. */
import { expect } from 'vitest';
import type { SaleStage } from '../../src/contract/view.ts';
import { unreachable } from '../../src/core/base/assert.ts';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { hostTimeoutMs, Rig, supervisor } from './rig.ts';
import type { TransactionType } from './types.ts';

export interface Trouble {
  readonly name: string;
  readonly does: Misbehaviour;
  readonly ends: 'done' | 'refused' | 'notUnderstood' | 'unanswered' | 'later';
  /** A message comes after all is over. */
  readonly late?: true;
}

/** Of the next such message only. */
export const troubles: readonly Trouble[] = [
  { name: 'nothing wrong', does: {}, ends: 'done' },
  { name: 'an answer within the limit', does: { replyDelayMs: hostTimeoutMs / 4 }, ends: 'done' },
  { name: 'a request lost on the way', does: { dropReply: 'beforeCommit' }, ends: 'unanswered' },
  { name: 'a reply lost on the way', does: { dropReply: 'afterCommit' }, ends: 'unanswered' },
  { name: 'a late reply', does: { lateReplyMs: hostTimeoutMs * 1.25 }, ends: 'unanswered', late: true },
  { name: 'a reply sent twice', does: { duplicateReply: true }, ends: 'done' },
  { name: 'a reply behind the next one', does: { reorderReply: true }, ends: 'unanswered', late: true },
  { name: 'a reply that cannot be read', does: { corruptReply: true }, ends: 'unanswered' },
  { name: 'a reply with a wrong MAC', does: { corruptMac: true }, ends: 'done' },
  { name: 'a connection closed behind the reply', does: { closeAfter: true }, ends: 'done' },
  { name: 'a hang-up after commit', does: { dropReply: 'afterCommit', closeAfter: true }, ends: 'unanswered' },
  { name: 'a hang-up before commit', does: { dropReply: 'beforeCommit', closeAfter: true }, ends: 'unanswered' },
  { name: 'code 51', does: { responseCode: '51' }, ends: 'refused' },
  { name: 'code 30', does: { responseCode: '30' }, ends: 'notUnderstood' },
  { name: 'code 91', does: { responseCode: '91' }, ends: 'later' },
  { name: 'code 96', does: { responseCode: '96' }, ends: 'later' },
];

/** Of all such messages, and of reversals, until something was tried three times. */
export const lastingTroubles: readonly Trouble[] = [
  { name: 'requests lost', does: { dropReply: 'beforeCommit' }, ends: 'unanswered' },
  { name: 'replies lost', does: { dropReply: 'afterCommit' }, ends: 'unanswered' },
  { name: 'wrong MACs', does: { corruptMac: true }, ends: 'unanswered' },
  { name: 'unreadable replies', does: { corruptReply: true }, ends: 'unanswered' },
  { name: 'hang-ups after commit', does: { dropReply: 'afterCommit', closeAfter: true }, ends: 'unanswered' },
  { name: 'code 91', does: { responseCode: '91' }, ends: 'later' },
];

export function ending(type: TransactionType, ends: Trouble['ends']): SaleStage {
  switch (ends) {
    case 'unanswered':
      return type.unanswered ?? type.done;
    case 'later':
      return type.later ?? type.done;
    case 'notUnderstood':
      return type.notUnderstood ?? type.refused;
    case 'done':
    case 'refused':
      return type[ends];
    default:
      return unreachable(ends, 'ending');
  }
}

/** Rigs that nobody uses now; one in which a cell has failed is not used again. */
const free: Rig[] = [];
const all: Rig[] = [];

export async function withRig(work: (rig: Rig) => Promise<void>): Promise<void> {
  let rig = free.pop();
  if (rig === undefined) {
    rig = await Rig.start();
    all.push(rig);
  }
  await work(rig);
  free.push(rig);
}

export async function endRigs(): Promise<void> {
  for (const rig of all.splice(0)) await rig.end();
}

/** Nothing is open any more; the host is mended once something was tried three times. */
export async function comeToRest(rig: Rig): Promise<void> {
  await rig.until('it has come to rest, or was tried three times', () => rig.atRest() || rig.attempts() >= 3);
  rig.behave();
  await rig.until('it has come to rest', () => rig.atRest());
}

/** As a person would: sent once more, then settled by hand. */
export async function answerDeadLetters(rig: Rig): Promise<void> {
  if (rig.deadLetters().length === 0) return;
  await rig.person({ type: 'sendNow' });
  await rig.until('it has come to rest', () => rig.atRest());
  for (const { id } of rig.deadLetters()) {
    await rig.person({ type: 'resolveByHand', transactionId: id, note: 'called the bank', supervisor });
  }
}

/** The batch is in balance and both books agree, whatever was wrong with the host on the way. */
export async function settled(rig: Rig, batch: number): Promise<void> {
  await rig.until('the batch is settled, or was tried three times', () => {
    return rig.closing === undefined || rig.attempts() >= 3;
  });
  rig.behave();
  await rig.until('the batch is settled', () => rig.settled(batch) !== undefined);
  const { balance, hostTotals, totals } = rig.settled(batch) ?? {};
  expect({ balance, hostTotals }).toEqual({ balance: 'inBalance', hostTotals: totals });
  rig.compareBooks();
}
