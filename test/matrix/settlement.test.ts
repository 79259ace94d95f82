/**
 * Settlement against a host that misbehaves: reconciliation, batch upload after totals that differ, restarts and cuts in
 * the middle. It ends in balance, but where the host's book really holds something else: then both totals are kept.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { comeToRest, endRigs, lastingTroubles, settled, troubles, withRig } from './cells.ts';
import { moneyReceived, Rig, terminalId } from './rig.ts';
import { anchor, sale, transactionTypes } from './types.ts';

afterAll(endRigs);

const day = ['sale', 'void of a sale', 'refund without a sale', 'completion', 'pre-authorisation'];

/** A batch with something in every column. */
async function trade(rig: Rig): Promise<void> {
  for (const { name, prepare, act } of transactionTypes) {
    if (!day.includes(name)) continue;
    await act(rig, (await prepare?.(rig)) ?? '');
    await rig.until('it has come to rest', () => rig.atRest());
  }
}

type Step = 'reconciliation' | 'upload';
const steps: readonly {
  readonly name: string;
  readonly kind: Step;
  readonly totals: Misbehaviour['totals'] & string;
}[] = [
  { name: 'an upload after a forgotten entry', kind: 'upload', totals: 'forgetEntry' },
  { name: 'an upload after an entry too many', kind: 'upload', totals: 'phantomEntry' },
];

async function closing(rig: Rig, kind: Step, loses: 'beforeCommit' | 'afterCommit'): Promise<number> {
  await trade(rig);
  const before = rig.logged(moneyReceived);
  const differs: Misbehaviour[] =
    kind === 'upload' ? [{ on: 'reconciliation', totals: 'forgetEntry', once: true }] : [];
  rig.behave(...differs, { on: kind, dropReply: loses });
  const batch = await rig.closeBatch();
  await rig.until('the host has the request', () => rig.logged(moneyReceived) > before + differs.length);
  return batch;
}

describe('reconciliation', () => {
  it.concurrent.each(troubles)('with $name', ({ does }) =>
    withRig(async (rig) => {
      await trade(rig);
      rig.behave({ ...does, on: 'reconciliation', once: true });
      await settled(rig, await rig.closeBatch());
    }),
  );

  it.concurrent.each(lastingTroubles)('with $name, again and again', ({ does }) =>
    withRig(async (rig) => {
      await trade(rig);
      rig.behave({ ...does, on: 'reconciliation' });
      await settled(rig, await rig.closeBatch());
    }),
  );
});

describe.each(steps)('$name', ({ totals }) => {
  const differs: Misbehaviour = { on: 'reconciliation', totals, once: true };

  it.concurrent.each(troubles)('with $name', ({ does }) =>
    withRig(async (rig) => {
      await trade(rig);
      rig.behave(differs, { ...does, on: 'upload', once: true });
      await settled(rig, await rig.closeBatch());
    }),
  );

  it.concurrent.each(lastingTroubles)('with $name, again and again', ({ does }) =>
    withRig(async (rig) => {
      await trade(rig);
      rig.behave(differs, { ...does, on: ['upload', 'reconciliation'] });
      await settled(rig, await rig.closeBatch());
    }),
  );
});

/** The host has the request that it is going to lose. */
describe('interrupted', () => {
  const losses = [
    ['reconciliation', 'beforeCommit'],
    ['reconciliation', 'afterCommit'],
    ['upload', 'beforeCommit'],
    ['upload', 'afterCommit'],
  ] as const;

  it.concurrent.each(losses)('%s, a restart %s', (kind, loses) =>
    withRig(async (rig) => {
      const batch = await closing(rig, kind, loses);
      await rig.stopTerminal();
      rig.behave();
      await rig.startTerminal();
      await settled(rig, batch);
    }),
  );

  it.concurrent.each(losses)('%s, a cut %s', (kind, loses) =>
    withRig(async (rig) => {
      const batch = await closing(rig, kind, loses);
      await rig.cut();
      rig.behave();
      await rig.mend();
      await settled(rig, batch);
    }),
  );
});

describe('a host that only says so', () => {
  it('that a sale was reversed: the batch differs, both totals are kept, and the host knows which entry', async () => {
    const rig = await Rig.start();
    await anchor(rig);
    rig.behave(
      { on: 'sale', dropReply: 'afterCommit', closeAfter: true, once: true },
      { on: 'reversal', responseCode: '00', once: true },
    );
    const id = await sale(rig, 45_000);
    await comeToRest(rig);
    expect(rig.stage(id)).toBe('reversed');
    const { number } = rig.view.batches.open;
    await rig.person({ type: 'closeBatch', batch: number, countedCashMinorUnits: null });
    await rig.until('the batch is settled', () => rig.settled(number) !== undefined);
    expect(rig.settled(number)).toMatchObject({
      balance: 'differs',
      totals: { debits: { count: 1, minorUnits: 10_000 } },
      hostTotals: { debits: { count: 2, minorUnits: 55_000 } },
    });
    const differences = rig.view.worklist.filter(({ kind }) => kind === 'batchDiffers');
    expect(differences).toMatchObject([{ amount: { minorUnits: 45_000 } }]);
    expect(rig.acquirer.statement(terminalId, number).map(({ amount, comparison }) => [amount, comparison])).toEqual([
      [10_000, 'agrees'],
      [45_000, 'missingThere'],
    ]);
    await rig.end();
  });
});
