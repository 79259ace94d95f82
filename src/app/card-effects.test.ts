/**
 * An inserted card in the whole loop: terminal, effects and a scripted kernel. What is proven here is the session: it stays
 * open across the host, hears the answer once, and is never left open, whatever happens around it.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { finalCard, id, offline, policy, startCard } from '../../test/scenarios/given.ts';
import { type TransactionId } from '../core/base/brand.ts';
import { hex, toHex } from '../core/base/bytes.ts';
import type { PinRequest } from '../core/emv/contact/requests.ts';
import type { KernelResult } from '../core/emv/kernel-result.ts';
import type { TornRecord } from '../core/emv/torn-record.ts';
import {
  FakeConnection,
  pan,
  selectCommand,
  World,
  approved,
  toHost,
  settled,
} from '../../test/app/card-session-world.ts';

let world: World;

beforeEach(() => {
  world = new World();
});

describe('a sale with an inserted card', () => {
  it('keeps the card under power while the host is asked, and tells it the answer', async () => {
    const card = await world.asked();
    expect(world.types()).toContain('CardInserted');
    expect(world.prompt).toBe('leaveCard');
    expect(card.powered).toBe(true);
    await world.host(approved);
    expect(toHost(world.kernel)).toEqual([{ kind: 'answered', responseCode: '00', iccData: '910A' }]);
    expect(world.phase).toBe('approved');
    expect(world.terminal.state.transactions.get(id)?.card?.cryptogram).toBe(finalCard.cryptogram);
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
  });

  it('asks for the card to be taken, and the next sale does not wait for that', async () => {
    const card = await world.asked();
    await world.host(approved);
    expect(world.prompt).toBe('removeCard');
    world.terminal.handle({ type: 'CloseSale', transactionId: id });
    world.terminal.handle({ ...startCard, transactionId: 'S-2' as TransactionId, key: 'key-2' } as typeof startCard);
    await settled();
    expect(world.reader.waiting).toBe(true);
    expect(world.prompt).toBe('removeCard');
    card.takeOut();
    await settled();
    expect(world.prompt).toBeUndefined();
  });

  it('is reversed when the card was taken out while the host was asked', async () => {
    const card = await world.asked();
    card.takeOut();
    await world.host(approved);
    expect(world.terminal.state.transactions.get(id)).toMatchObject({
      phase: 'reversing',
      reversalBecause: 'cardRemoved',
    });
    expect(card.powered).toBe(false);
    expect(world.prompt).toBeUndefined();
  });

  it('is reversed when the card declines what the host approved', async () => {
    world.kernel.script = {
      completion: { decision: 'declined', card: finalCard, issuerAuthentication: 'failed', detail: 'no' },
    };
    await world.asked();
    await world.host(approved);
    expect(world.terminal.state.transactions.get(id)).toMatchObject({ reversalBecause: 'cardDeclined' });
  });

  it('is reversed when the card hangs, after its limit, and the card is let go', async () => {
    const card = await world.asked();
    card.hangs = true;
    await world.host(approved);
    expect(world.phase).toBe('completingCard');
    await world.clock.advance(policy.completeCardMs);
    expect(world.terminal.state.transactions.get(id)).toMatchObject({ reversalBecause: 'cardRemoved' });
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
  });

  it('lets the card decline when nobody knows what the host has', async () => {
    const card = await world.asked();
    await world.host('noReply');
    expect(world.phase).toBe('reversing');
    expect(toHost(world.kernel)).toEqual([{ kind: 'outcomeUnknown' }]);
    expect(card.powered).toBe(false);
  });

  it('wipes the secrets once the host has answered', async () => {
    await world.asked();
    expect(world.sent).toEqual([{ track2: '9704000000000018D3112F', pinBlock: undefined }]);
    await world.host(approved);
    expect([...(world.kernel.secrets?.track2 ?? [])].every((byte) => byte === 0)).toBe(true);
  });

  it('keeps the secrets for a payment that the chip approves alone, and forgets them otherwise', async () => {
    await world.asked();
    await world.host('notSent');
    expect(toHost(world.kernel)).toEqual([{ kind: 'unableToGoOnline' }]);
    expect(world.phase).toBe('stored');
    expect(world.vaulted.get(id)?.pan.masked).toBe('970400******0018');
    const other = new World({ over: { offline } });
    other.kernel.script = { completion: { decision: 'declined', card: finalCard, issuerAuthentication: 'none' } };
    await other.asked();
    await other.host('notSent');
    expect(other.phase).toBe('failed');
    expect(other.vaulted.size).toBe(0);
    for (const { kernel } of [world, other]) {
      expect([...(kernel.secrets?.track2 ?? [])].every((byte) => byte === 0)).toBe(true);
    }
  });

  it('counts what the chip has approved alone when the same card comes again, also after a restart', async () => {
    await world.asked();
    await world.host('notSent');
    // Reading the vault wipes what was read, as of a real one a copy.
    const again = new World({ before: world });
    for (const each of [world, again]) {
      each.terminal.handle({ type: 'CloseSale', transactionId: id });
      each.terminal.handle({ ...startCard, transactionId: 'S-2' as TransactionId, key: 'key-2' } as typeof startCard);
      await settled();
      await each.reader.present(new FakeConnection());
    }
    for (const { kernel } of [world, again]) {
      expect(kernel.inputs.at(-1)?.recentAmount(pan(), '01')).toBe(45_000);
      expect(kernel.inputs.at(-1)?.recentAmount(pan(), '02')).toBe(0);
    }
    // Answered by the host, or settled by a person: it counts no more.
    again.effects.run({ type: 'ForgetCard', transactionId: id });
    expect(again.kernel.inputs.at(-1)?.recentAmount(pan(), '01')).toBe(0);
  });
});

it('what the chip approved and could not be stored was not taken, and does not count', async () => {
  world.vaultFull = true;
  await world.asked();
  await world.host('notSent');
  expect(world.phase).toBe('failed');
  expect(world.kernel.inputs.at(-1)?.recentAmount(pan(), '01')).toBe(0);
});

describe('what ends a session', () => {
  it('an outcome before the host: the card has no power, and the sale says what it was', async () => {
    world.kernel.script = {
      outcome: { kind: 'outcome', result: { outcome: { kind: 'endApplication', reason: 'applicationBlocked' } } },
    };
    await world.start();
    const card = await world.reader.present(new FakeConnection());
    expect(world.phase).toBe('failed');
    expect(card.powered).toBe(false);
    expect(world.prompt).toBe('removeCard');
  });

  it('one that lets the card be tried again: the reader waits for it as long as the sale does', async () => {
    const unread: KernelResult = { outcome: { kind: 'tryAgain', reason: 'communicationError' } };
    world.kernel.script = { outcome: { kind: 'outcome', result: unread } };
    await world.start();
    await world.reader.present(new FakeConnection());
    expect(world.reader.waiting).toBe(true);
    const { waitUntil } = world.terminal.state.transactions.get(id) ?? {};
    expect(world.reader.waitMs).toBeGreaterThanOrEqual((waitUntil ?? 0) - world.clock.now());
  });

  it('the cashier, while the cardholder chooses', async () => {
    world.kernel.script = { asks: [{ kind: 'chooseApplication', labels: ['A', 'B'] }] };
    await world.start();
    const card = await world.reader.present(new FakeConnection());
    expect(world.prompt).toBe('chooseApplication');
    world.terminal.handle({ type: 'CancelSale', transactionId: id });
    await settled();
    expect(world.phase).toBe('cancelled');
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
    expect(world.prompt).toBe('removeCard');
  });

  it('a journal that cannot be written: nobody completes the card', async () => {
    const card = await world.asked();
    world.broken = true;
    await world.host(approved);
    expect(world.terminal.halted).toBeDefined();
    expect(card.powered).toBe(false);
    expect(toHost(world.kernel)).toEqual([]);
  });

  it('a journal that breaks while the card is being completed', async () => {
    const card = await world.asked();
    card.hangs = true;
    await world.host(approved);
    world.broken = true;
    world.terminal.halt('damaged');
    await settled();
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
  });

  it.each(['reading', 'choosing', 'waiting', 'completing'] as const)('the end of the service (%s)', async (when) => {
    if (when === 'choosing') world.kernel.script = { asks: [{ kind: 'chooseApplication', labels: ['A', 'B'] }] };
    await world.start();
    const card = new FakeConnection();
    card.hangs = when === 'reading';
    await world.reader.present(card);
    if (when === 'completing') {
      card.hangs = true;
      await world.host(approved);
    }
    const events = world.recorded.length;
    await world.effects.stop();
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
    // What it was about is taken up after the restart.
    expect(world.recorded).toHaveLength(events);
  });

  it('a kernel that asks for ever', async () => {
    const many = Array.from({ length: 600 }, () => ({ kind: 'exchange', command: selectCommand }) as const);
    world.kernel.script = { asks: many };
    await world.start();
    const card = new FakeConnection();
    await world.reader.present(card);
    await settled();
    for (let n = 0; n < 100; n += 1) await settled();
    expect(card.commands.length).toBeLessThanOrEqual(513);
    expect(world.kernel.heard.some((each) => each.kind === 'response' && each.answer === 'noAnswer')).toBe(true);
  });
});

describe('what the card asks people', () => {
  const choose = { asks: [{ kind: 'chooseApplication', labels: ['NAPAS', 'VISA'] }] } as const;

  it('an application, answered once by whoever sees it', async () => {
    world.kernel.script = choose;
    await world.start();
    await world.reader.present(new FakeConnection());
    const { shown } = world.prompts;
    expect(shown).toMatchObject({ kind: 'chooseApplication', labels: ['NAPAS', 'VISA'] });
    const prompt = shown?.kind === 'chooseApplication' ? shown.id : '';
    expect(world.prompts.answer('choice-99', 1)).toBe(false);
    expect(world.prompts.answer(prompt, 2)).toBe(false);
    expect(world.prompts.answer(prompt, 1)).toBe(true);
    await settled();
    expect(world.prompts.answer(prompt, 0)).toBe(false);
    expect(world.kernel.heard).toContainEqual({ kind: 'application', index: 1 });
    expect(world.phase).toBe('authorising');
    expect(world.prompt).toBe('leaveCard');
  });

  it.each(['none', 'late'] as const)('an application, and nobody wants any (%s)', async (how) => {
    world.kernel.script = choose;
    await world.start();
    await world.reader.present(new FakeConnection());
    const { shown } = world.prompts;
    if (shown?.kind !== 'chooseApplication') throw new Error('a choice');
    if (how === 'none') world.prompts.answer(shown.id, null);
    else await world.clock.advance(shown.waitUntil - shown.waitSince);
    await settled();
    expect(world.kernel.heard).toContainEqual({ kind: 'application', index: 'cancelled' });
  });

  const offlinePin: PinRequest = { manner: 'offlinePlaintext', triesLeft: 3 };

  it('a PIN, on the pad and with the card: the terminal hears a status word', async () => {
    world.kernel.script = { asks: [{ kind: 'enterPin', pin: offlinePin }] };
    await world.start();
    const card = await world.reader.present(new FakeConnection());
    expect(world.pad.asked).toMatchObject([{ pin: offlinePin, amount: { minorUnits: 45_000 } }]);
    expect(card.commands).toContain('00200080');
    expect(world.kernel.heard).toContainEqual({ kind: 'pin', result: { kind: 'verified', sw: 0x9000 } });
  });

  it('a PIN without a pad, or an online one that the host link cannot carry: unavailable, and nothing is typed', async () => {
    const none = new World({ hasPad: false });
    for (const [each, pin] of [
      [none, offlinePin],
      [world, { manner: 'online' }],
    ] as const) {
      each.kernel.script = { asks: [{ kind: 'enterPin', pin }] };
      await each.start();
      await each.reader.present(new FakeConnection());
      expect(each.pad.asked).toEqual([]);
      expect(each.kernel.heard).toContainEqual({ kind: 'pin', result: { kind: 'unavailable' } });
    }
  });

  it('a PIN on a pad that hangs: a cancelled sale takes the prompt back, and the next one has the reader', async () => {
    world.pad.hangs = true;
    world.kernel.script = { asks: [{ kind: 'enterPin', pin: offlinePin }] };
    await world.start();
    const card = await world.reader.present(new FakeConnection());
    const prompts: (string | undefined)[] = [];
    world.prompts.onChange(() => prompts.push(world.prompt));
    world.terminal.handle({ type: 'CancelSale', transactionId: id });
    expect(prompts).toEqual([undefined]);
    await settled();
    expect(prompts).toEqual([undefined, 'removeCard']);
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
    world.terminal.handle({ type: 'CloseSale', transactionId: id });
    world.terminal.handle({ ...startCard, transactionId: 'S-2' as TransactionId, key: 'key-2' } as typeof startCard);
    await settled();
    expect(world.reader.waiting).toBe(true);
  });

  it('an online PIN goes through to the kernel where the host link carries it', async () => {
    const taking = new World({ takesOnlinePin: true });
    const pinBlock = hex('0123456789ABCDEF');
    taking.pad.result = { kind: 'pinBlock', pinBlock };
    taking.kernel.script = { asks: [{ kind: 'enterPin', pin: { manner: 'online' } }] };
    await taking.asked();
    expect(taking.kernel.heard).toContainEqual({ kind: 'pin', result: { kind: 'pinBlock', pinBlock } });
    // The kernel hands it on with the secrets, and with them it is wiped.
    expect(taking.sent[0]?.pinBlock).toBe('0123456789ABCDEF');
    await taking.host(approved);
    expect([...pinBlock].every((byte) => byte === 0)).toBe(true);
  });
});

/** A card is tapped, and its kernel comes to that. */
async function tap(result: KernelResult): Promise<void> {
  world.taps.push(result);
  await world.reader.present(new FakeConnection('contactless'));
}

describe('a card that is tapped', () => {
  it('and has to be inserted: asked for in the slot, in the same sale', async () => {
    await world.start();
    await tap({ outcome: { kind: 'tryAnotherInterface' } });
    expect(world.terminal.state.transactions.get(id)).toMatchObject({
      phase: 'awaitingCard',
      tryAgain: 'useAnotherInterface',
    });
    await world.reader.present(new FakeConnection());
    expect(world.phase).toBe('authorising');
  });

  it('and has to be inserted where there is no slot: the sale is over', async () => {
    world.reader.hasSlot = false;
    await world.start();
    await tap({ outcome: { kind: 'tryAnotherInterface' } });
    expect(world.terminal.state.transactions.get(id)).toMatchObject({
      phase: 'failed',
      failReason: 'useAnotherInterface',
    });
  });

  it('and left in the middle: what is kept of it is offered to the next tap, and wiped when it is not kept any more', async () => {
    const amount = hex('000000045000');
    const torn: TornRecord = { account: 'A1', tornAtMs: 0, objects: new Map([['9F02', amount]]) };
    const seePhone = { outcome: { kind: 'tryAgain', reason: 'seePhone' } } as const;
    await world.start();
    await tap({ outcome: { kind: 'tryAgain', reason: 'removedTooEarly' }, tornLog: [torn] });
    await tap(seePhone);
    expect(world.tapInputs.map(({ tornLog }) => tornLog)).toEqual([[], [torn]]);
    expect(toHex(amount)).toBe('000000045000');
    await tap({ ...seePhone, tornLog: [] });
    expect(toHex(amount)).toBe('000000000000');
    await tap(seePhone);
    expect(world.tapInputs.at(-1)?.tornLog).toEqual([]);
  });

  it('and never came back: what was kept of it is wiped when its time is over', async () => {
    const amount = hex('000000045000');
    const torn: TornRecord = { account: 'A1', tornAtMs: 0, objects: new Map([['9F02', amount]]) };
    await world.start();
    await tap({ outcome: { kind: 'tryAgain', reason: 'removedTooEarly' }, tornLog: [torn] });
    await world.clock.advance(359_999);
    expect(toHex(amount)).toBe('000000045000');
    await world.clock.advance(1);
    expect(toHex(amount)).toBe('000000000000');
  });

  it('waits as long as the field has to stay off', async () => {
    await world.start();
    await tap({
      outcome: { kind: 'tryAgain', reason: 'seePhone' },
      parameters: {
        start: 'B',
        onlineResponseData: 'none',
        cvm: 'none',
        alternateInterface: 'none',
        receipt: false,
        fieldOffMs: 1300,
        removalTimeoutMs: 0,
      },
    });
    expect(world.reader.waiting).toBe(false);
    await world.clock.advance(1299);
    expect(world.reader.waiting).toBe(false);
    await world.clock.advance(1);
    expect(world.reader.waiting).toBe(true);
  });
});
