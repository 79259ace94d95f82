/**
 * What an inserted card asks of people, over the whole terminal: real card, real kernel, real host, and a person who
 * chooses, types, cancels, or pulls the card out in the middle. However it goes, both books agree.
 */
import { afterAll, expect, it } from 'vitest';
import { endRigs, settled, withRig } from './cells.ts';
import { hostTimeoutMs, type Rig } from './rig.ts';
import { anchor } from './types.ts';

afterAll(endRigs);

async function insert(rig: Rig, card: string): Promise<string> {
  const id = await rig.person({ type: 'startSale', key: rig.key(), amountMinorUnits: 45_000, method: 'card' });
  await rig.tap(card);
  return id;
}

/** The end of the day, and the rig as the next one wants it. */
async function end(rig: Rig): Promise<void> {
  const { insertedCard, pin } = rig.view.simulator ?? {};
  if (typeof insertedCard === 'string') await rig.person({ type: 'simTakeCard' });
  if (pin !== 'right') await rig.person({ type: 'simPin', pin: 'right' });
  await rig.until('the card is out', () => rig.view.cardPrompt === null);
  await rig.until('it has come to rest', () => rig.atRest());
  // So that there is something to settle.
  await anchor(rig);
  await settled(rig, await rig.closeBatch());
}

const over = (rig: Rig, id: string) => rig.until('the sale is over', () => rig.transaction(id).endedAt !== null);

it.concurrent('the cardholder chooses the application, and is reminded of the card', () =>
  withRig(async (rig) => {
    const id = await insert(rig, 'mastercard-insert');
    await rig.until('it is asked', () => rig.view.cardPrompt?.kind === 'chooseApplication');
    const prompt = rig.view.cardPrompt;
    if (prompt?.kind !== 'chooseApplication') throw new Error('a choice');
    expect(prompt.labels).toEqual(['MASTERCARD', expect.stringContaining('NAPAS')]);
    await rig.person({ type: 'chooseApplication', prompt: prompt.id, index: 1 });
    await over(rig, id);
    expect(rig.transaction(id)).toMatchObject({
      phase: 'approved',
      card: { aid: 'A0000007271010', cvm: 'offlinePin' },
    });
    expect(rig.view.cardPrompt).toEqual({ kind: 'removeCard' });
    await end(rig);
  }));

it.concurrent('or none of them', () =>
  withRig(async (rig) => {
    const id = await insert(rig, 'mastercard-insert');
    await rig.until('it is asked', () => rig.view.cardPrompt?.kind === 'chooseApplication');
    const prompt = rig.view.cardPrompt;
    if (prompt?.kind !== 'chooseApplication') throw new Error('a choice');
    await rig.person({ type: 'chooseApplication', prompt: prompt.id, index: null });
    await over(rig, id);
    expect(rig.transaction(id)).toMatchObject({ phase: 'cancelled', cancelReason: 'cardholder' });
    await end(rig);
  }));

it.concurrent('the cardholder cancels at the pad', () =>
  withRig(async (rig) => {
    await rig.person({ type: 'simPin', pin: 'cancel' });
    const id = await insert(rig, 'visa-insert');
    await over(rig, id);
    expect(rig.transaction(id)).toMatchObject({ phase: 'cancelled', cancelReason: 'cardholder' });
    await end(rig);
  }));

it.concurrent('a PIN that stays wrong: no offline PIN, and never approved without another word', () =>
  withRig(async (rig) => {
    await rig.person({ type: 'simPin', pin: 'wrong' });
    const id = await insert(rig, 'visa-insert');
    await over(rig, id);
    expect(rig.transaction(id).card?.cvm).not.toBe('offlinePin');
    await end(rig);
  }));

it.concurrent('the cashier ends it while the cardholder chooses', () =>
  withRig(async (rig) => {
    const id = await insert(rig, 'mastercard-insert');
    await rig.until('it is asked', () => rig.view.cardPrompt?.kind === 'chooseApplication');
    await rig.person({ type: 'cancelSale', transactionId: id });
    expect(rig.transaction(id)).toMatchObject({ phase: 'cancelled', cancelReason: 'cashier' });
    await rig.until('the card is to be taken', () => rig.view.cardPrompt?.kind === 'removeCard');
    await end(rig);
  }));

it.concurrent('pulled out while the host is asked: given back, and the next card pays', () =>
  withRig(async (rig) => {
    rig.behave({ on: 'sale', replyDelayMs: hostTimeoutMs / 4, once: true });
    const id = await insert(rig, 'napas-insert');
    await rig.until('the host is asked', () => rig.transaction(id).phase === 'authorising');
    await rig.person({ type: 'simTakeCard' });
    await rig.until('it is reversed', () => rig.transaction(id).phase === 'reversed');
    expect(rig.transaction(id)).toMatchObject({ reversalBecause: 'cardRemoved' });
    const next = await insert(rig, 'napas-insert');
    await over(rig, next);
    expect(rig.transaction(next).phase).toBe('approved');
    await end(rig);
  }));

it.concurrent('left in the slot: the next sale waits for another card, and takes one that is tapped', () =>
  withRig(async (rig) => {
    await over(rig, await insert(rig, 'napas-insert'));
    const next = await insert(rig, 'napas-debit');
    expect(rig.view.cardPrompt).toEqual({ kind: 'removeCard' });
    await over(rig, next);
    expect(rig.transaction(next)).toMatchObject({ phase: 'approved', card: { interface: 'contactless' } });
    await end(rig);
  }));
