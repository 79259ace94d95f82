/**
 * Every transaction type interrupted in the middle: the network is cut, the terminal restarts, the batch is closed, while
 * the host has the request, or has booked it, and has not answered. Both books agree in the end.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { answerDeadLetters, comeToRest, ending, endRigs, settled, withRig } from './cells.ts';
import { moneyReceived, type Rig } from './rig.ts';
import { anchor, transactionTypes, type TransactionType } from './types.ts';

afterAll(endRigs);

interface Interruption {
  readonly name: string;
  readonly loses: 'beforeCommit' | 'afterCommit';
  readonly happens: (rig: Rig) => Promise<void>;
}

async function restart(rig: Rig): Promise<void> {
  await rig.stopTerminal();
  rig.behave();
  await rig.startTerminal();
}

async function cutOff(rig: Rig): Promise<void> {
  await rig.cut();
  await rig.until('the link is down', () => rig.view.acquirerLink === 'down');
  rig.behave();
  await rig.mend();
}

const interruptions: readonly Interruption[] = [
  { name: 'a restart before commit', loses: 'beforeCommit', happens: restart },
  { name: 'a restart after commit', loses: 'afterCommit', happens: restart },
  { name: 'a cut before commit', loses: 'beforeCommit', happens: cutOff },
  { name: 'a cut after commit', loses: 'afterCommit', happens: cutOff },
  {
    name: 'a cut and a restart',
    loses: 'afterCommit',
    happens: async (rig) => {
      await rig.cut();
      await rig.stopTerminal();
      rig.behave();
      await rig.mend();
      await rig.startTerminal();
    },
  },
];

/** The host has what it is going to lose. */
async function asked(rig: Rig, type: TransactionType, loses: Misbehaviour['dropReply'] & string): Promise<string> {
  await anchor(rig);
  const prepared = (await type.prepare?.(rig)) ?? '';
  const before = rig.logged(moneyReceived);
  // Whatever comes first to the message in question is answered.
  const earlier = type.besides !== undefined || type.kind === 'reversal' ? 1 : 0;
  rig.behave(...(type.besides === undefined ? [] : [type.besides]), { on: type.kind, dropReply: loses });
  const id = await type.act(rig, prepared);
  await rig.until('the host has the request', () => rig.logged(moneyReceived) > before + earlier);
  return id;
}

async function ended(rig: Rig, type: TransactionType, id: string, batch?: number): Promise<void> {
  await type.decide?.(rig, id);
  await comeToRest(rig);
  await answerDeadLetters(rig);
  const stage = rig.stage(id);
  if (batch !== undefined) await settled(rig, batch);
  await settled(rig, await rig.closeBatch());
  expect(stage).toBe(ending(type, 'unanswered'));
}

describe.each(transactionTypes)('$name', (type) => {
  it.concurrent.each(interruptions)('with $name', ({ loses, happens }) =>
    withRig(async (rig) => {
      const id = await asked(rig, type, loses);
      await happens(rig);
      await ended(rig, type, id);
    }),
  );

  it.concurrent.each(['beforeCommit', 'afterCommit'] as const)('with the batch closed %s', (loses) =>
    withRig(async (rig) => {
      const id = await asked(rig, type, loses);
      const batch = await rig.closeBatch();
      expect(rig.settled(batch)).toBeUndefined();
      rig.behave();
      // So that the next batch has something to compare as well.
      await rig.until('the screen is free', () => rig.isFree());
      await anchor(rig);
      await ended(rig, type, id, batch);
    }),
  );
});

describe('the host cannot be reached at first', () => {
  it.concurrent.each(transactionTypes.filter(({ hostDown }) => hostDown !== undefined))('$name', (type) =>
    withRig(async (rig) => {
      await anchor(rig);
      const prepared = (await type.prepare?.(rig)) ?? '';
      await rig.cut();
      await rig.until('the link is down', () => rig.view.acquirerLink === 'down');
      const id = await type.act(rig, prepared);
      await rig.until('it waits for nothing but the outbox', () => rig.isFree() && rig.view.outbox.underWay === 0);
      await rig.until('nothing was sent', () => !['voiding', 'raisingHold'].includes(rig.stage(id) ?? ''));
      await rig.mend();
      await comeToRest(rig);
      const stage = rig.stage(id);
      await settled(rig, await rig.closeBatch());
      expect(stage).toBe(type.hostDown);
    }),
  );
});
