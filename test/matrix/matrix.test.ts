/**
 * Every misbehaviour of the training acquirer crossed with every transaction type, over real sockets. However it goes,
 * terminal and host end with the same book, the batch settles in balance, and nobody is told "charged" and then "not
 * charged", or the other way round, without "unknown" in between.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { hostTimeoutMs, Rig, supervisor } from './rig.ts';
import { anchor, transactionTypes, type TransactionType } from './types.ts';

type Ending = 'done' | 'refused' | 'unanswered' | 'later';

interface Trouble {
  readonly name: string;
  readonly does: Misbehaviour;
  readonly ends: Ending;
  /** Again and again, reversals included, until the host is mended after some attempts. */
  readonly lasts?: true;
  /** A message that has to arrive after all is over. */
  readonly late?: true;
}

const once: readonly Trouble[] = [
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
  {
    name: 'a connection closed instead of a reply',
    does: { dropReply: 'afterCommit', closeAfter: true },
    ends: 'unanswered',
  },
  {
    name: 'a connection closed on the request',
    does: { dropReply: 'beforeCommit', closeAfter: true },
    ends: 'unanswered',
  },
  { name: 'code 51', does: { responseCode: '51' }, ends: 'refused' },
  { name: 'code 30', does: { responseCode: '30' }, ends: 'refused' },
  { name: 'code 91', does: { responseCode: '91' }, ends: 'later' },
  { name: 'code 96', does: { responseCode: '96' }, ends: 'later' },
];

const lasting: readonly Trouble[] = [
  { name: 'requests lost', does: { dropReply: 'beforeCommit' }, ends: 'unanswered', lasts: true },
  { name: 'replies lost', does: { dropReply: 'afterCommit' }, ends: 'unanswered', lasts: true },
  { name: 'wrong MACs', does: { corruptMac: true }, ends: 'unanswered', lasts: true },
  { name: 'unreadable replies', does: { corruptReply: true }, ends: 'unanswered', lasts: true },
  {
    name: 'connections closed instead of replies',
    does: { dropReply: 'afterCommit', closeAfter: true },
    ends: 'unanswered',
    lasts: true,
  },
  { name: 'code 91 again and again', does: { responseCode: '91' }, ends: 'later', lasts: true },
];

/** Rigs that nobody uses now; one that a cell has failed in is not used again. */
const free: Rig[] = [];
const all: Rig[] = [];

async function withRig(work: (rig: Rig) => Promise<void>): Promise<void> {
  let rig = free.pop();
  if (rig === undefined) {
    rig = await Rig.start();
    all.push(rig);
  }
  await work(rig);
  free.push(rig);
}

afterAll(async () => {
  for (const rig of all) await rig.end();
});

/** Nothing is open any more; the host is mended once something was tried three times. */
async function comeToRest(rig: Rig): Promise<void> {
  await rig.until('it has come to rest, or been tried three times', () => rig.atRest() || rig.attempts() >= 3);
  rig.behave();
  await rig.until('it has come to rest', () => rig.atRest());
}

/** As a person would: sent once more, then settled by hand. */
async function answerDeadLetters(rig: Rig): Promise<void> {
  if (rig.deadLetters().length === 0) return;
  await rig.person({ type: 'sendNow' });
  await rig.until('it has come to rest', () => rig.atRest());
  for (const { id } of rig.deadLetters()) {
    await rig.person({ type: 'resolveByHand', transactionId: id, note: 'called the bank', supervisor });
  }
}

async function settle(rig: Rig, balance = 'inBalance'): Promise<void> {
  const batch = await rig.closeBatch();
  await rig.until('the batch is tried three times or settled', () => rig.closing === undefined || rig.attempts() >= 3);
  rig.behave();
  await rig.until('the batch is settled', () => rig.settled(batch) !== undefined);
  const settled = rig.settled(batch);
  expect(settled?.balance).toBe(balance);
  if (balance === 'inBalance') expect(settled?.hostTotals).toEqual(settled?.totals);
  rig.compareBooks();
}

function ending(type: TransactionType, ends: Ending): string {
  if (ends === 'unanswered') return type.unanswered ?? type.done;
  if (ends === 'later') return type.later ?? type.done;
  return type[ends];
}

const lateReply = 'acquirer: late or unasked reply';

async function cell(rig: Rig, type: TransactionType, { does, ends, lasts, late }: Trouble): Promise<void> {
  await anchor(rig);
  const prepared = (await type.prepare?.(rig)) ?? '';
  const lateBefore = rig.logged(lateReply);
  const wrong: Misbehaviour =
    lasts === true ? { ...does, on: [type.kind, 'reversal'] } : { ...does, on: type.kind, once: true };
  rig.behave(...(type.besides === undefined ? [] : [type.besides]), wrong);
  const id = await type.act(rig, prepared);
  await comeToRest(rig);
  if (late === true) await rig.until('the late reply is there', () => rig.logged(lateReply) > lateBefore);
  await comeToRest(rig);
  await answerDeadLetters(rig);
  const stage = rig.view.sale?.id === id ? rig.view.sale.stage : rig.view.recent.find((sale) => sale.id === id)?.stage;
  await settle(rig);
  expect(stage).toBe(ending(type, ends));
}

describe.each(transactionTypes)('$name', (type) => {
  it.concurrent.each(once)('with $name', async (trouble) => withRig((rig) => cell(rig, type, trouble)));
  it.concurrent.each(lasting)('with $name, until the host is mended', async (trouble) =>
    withRig((rig) => cell(rig, type, trouble)),
  );
});
