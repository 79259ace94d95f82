/**
 * Every misbehaviour of the training acquirer crossed with every transaction type, over real sockets. However it goes,
 * terminal and host end with the same book, the batch settles in balance, and nobody is told "charged" and then "not
 * charged", or the other way round, without "unknown" in between.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import {
  answerDeadLetters,
  comeToRest,
  ending,
  endRigs,
  lastingTroubles,
  settled,
  troubles,
  withRig,
  type Trouble,
} from './cells.ts';
import type { Rig } from './rig.ts';
import { anchor, transactionTypes, type TransactionType } from './types.ts';

afterAll(endRigs);

const lateReply = 'acquirer: late or unasked reply';

async function cell(rig: Rig, type: TransactionType, trouble: Trouble, lasts: boolean): Promise<void> {
  const { does, ends, late } = trouble;
  await anchor(rig);
  const prepared = (await type.prepare?.(rig)) ?? '';
  const lateBefore = rig.logged(lateReply);
  const wrong: Misbehaviour = lasts ? { ...does, on: [type.kind, 'reversal'] } : { ...does, on: type.kind, once: true };
  rig.behave(...(type.besides === undefined ? [] : [type.besides]), wrong);
  const id = await type.act(rig, prepared);
  await type.decide?.(rig, id);
  await comeToRest(rig);
  if (late === true) await rig.until('the late reply is there', () => rig.logged(lateReply) > lateBefore);
  await comeToRest(rig);
  // Approved after its reversal was confirmed: reversed once more, whatever the host has said before.
  if (late === true && type.unanswered === 'reversed') {
    await rig.until('it is reversed again', () => rig.transaction(id).reversalBecause === 'lateApproval');
    await comeToRest(rig);
  }
  await answerDeadLetters(rig);
  const stage = rig.stage(id);
  await settled(rig, await rig.closeBatch());
  expect(stage).toBe(ending(type, ends));
}

describe.each(transactionTypes)('$name', (type) => {
  it.concurrent.each(troubles)('with $name', (trouble) => withRig((rig) => cell(rig, type, trouble, false)));
  it.concurrent.each(lastingTroubles)('with $name, again and again', (trouble) =>
    withRig((rig) => cell(rig, type, trouble, true)),
  );
});
