/** What the tables of the matrix do not reach: parts of an amount at odd moments, and a person who cannot wait. */
import { afterAll, describe, expect, it } from 'vitest';
import { comeToRest, endRigs, settled, withRig } from './cells.ts';
import { hostTimeoutMs, moneyReceived } from './rig.ts';
import { anchor, hold, sale } from './types.ts';

afterAll(endRigs);

describe('a part of the amount', () => {
  it.concurrent.each([
    ['acceptPartial', 'approved'],
    ['cancelSale', 'reversed'],
  ] as const)('is still offered after a restart: %s', (type, stage) =>
    withRig(async (rig) => {
      await anchor(rig);
      const id = await sale(rig, 40_010);
      await rig.until('a part is offered', () => rig.stage(id) === 'partlyApproved');
      await rig.stopTerminal();
      await rig.startTerminal();
      expect(rig.stage(id)).toBe('partlyApproved');
      await rig.person({ type, transactionId: id });
      await comeToRest(rig);
      expect(rig.stage(id)).toBe(stage);
      await settled(rig, await rig.closeBatch());
    }),
  );

  it.concurrent('of a stored payment is booked, and what is missing is on the list', () =>
    withRig(async (rig) => {
      await anchor(rig);
      await rig.cut();
      const id = await sale(rig, 40_010);
      await rig.until('it is stored', () => rig.stage(id) === 'stored');
      await rig.mend();
      await comeToRest(rig);
      expect(rig.view.sale).toMatchObject({ moneyMoved: 'yes', charged: { minorUnits: 20_005 } });
      const missing = rig.view.worklist.filter(({ transactionId }) => transactionId === id);
      expect(missing).toMatchObject([{ kind: 'underPaid', amount: { minorUnits: 20_005 } }]);
      await settled(rig, await rig.closeBatch());
    }));

  it.concurrent('of a pre-authorisation is given back: nobody is asked about it', () =>
    withRig(async (rig) => {
      await anchor(rig);
      rig.behave({ on: 'preAuthorization', partialApproval: true, once: true });
      const id = await hold(rig);
      await comeToRest(rig);
      expect(rig.stage(id)).toBe('reversed');
      await settled(rig, await rig.closeBatch());
    }));
});

describe('in the middle of a reversal', () => {
  it.concurrent('"send now", again and again, sends no two at once and ends it', () =>
    withRig(async (rig) => {
      await anchor(rig);
      rig.behave(
        { on: 'sale', dropReply: 'afterCommit', closeAfter: true, once: true },
        { on: 'reversal', responseCode: '96' },
      );
      const id = await sale(rig, 45_000);
      await rig.until('the outcome is unknown', () => rig.stage(id) === 'unknown');
      const before = rig.logged(moneyReceived);
      for (let n = 0; n < 20; n += 1) await rig.person({ type: 'sendNow' });
      await rig.until('the host has heard of it', () => rig.logged(moneyReceived) > before);
      rig.behave();
      await comeToRest(rig);
      expect(rig.stage(id)).toBe('reversed');
      await settled(rig, await rig.closeBatch());
    }));

  it.concurrent('the cut-over of the host closes the batch, which waits for it', () =>
    withRig(async (rig) => {
      await anchor(rig);
      rig.behave({ on: 'sale', dropReply: 'afterCommit', once: true }, { on: 'reversal', responseCode: '96' });
      const { number } = rig.view.batches.open;
      const id = await sale(rig, 45_000);
      await rig.until('the outcome is unknown', () => rig.stage(id) === 'unknown');
      expect(rig.acquirer.announceCutOver()).toBe(1);
      await rig.until('the batch is closed', () => rig.view.batches.open.number !== number);
      expect(rig.closing).toBe('waiting');
      rig.behave();
      await settled(rig, number);
      expect(rig.stage(id)).toBe('reversed');
    }));

  it.concurrent('a late approval after a restart, whose MAC cannot be checked any more, changes nothing', () =>
    withRig(async (rig) => {
      await anchor(rig);
      rig.behave({ on: 'sale', lateReplyMs: hostTimeoutMs * 4, once: true });
      const before = rig.logged(moneyReceived);
      const late = rig.logged('acquirer: late or unasked reply');
      const id = await sale(rig, 45_000);
      await rig.until('the host has the request', () => rig.logged(moneyReceived) > before);
      await rig.stopTerminal();
      await rig.startTerminal();
      await comeToRest(rig);
      await rig.until('the late reply is there', () => rig.logged('acquirer: late or unasked reply') > late);
      expect(rig.stage(id)).toBe('reversed');
      await settled(rig, await rig.closeBatch());
    }));
});
