/**
 * A card sale for which the customer shows a code: the same machine as with a card, always online, and a code that cannot be
 * paid with is told before anybody is asked.
 */
import { describe, expect, it } from 'vitest';
import { transactionId } from '../../src/core/base/brand.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { CardData } from '../../src/core/transaction/model.ts';
import { moneyMoved } from '../../src/core/transaction/state.ts';
import {
  approved,
  card,
  id,
  notSent,
  offline,
  partlyApproved,
  policy,
  Scenario,
  startCard,
  startRefund,
  tapped,
  vnd,
  voidIt,
} from './given.ts';

const startCode: Input = { ...startCard, presentment: 'code' } as Input;
const codeCard: CardData = { ...card, interface: 'code', posEntryMode: '032' };

function scanned(over: Partial<CardData> = {}, of = id): Input {
  return { type: 'CardOutcome', transactionId: of, outcome: { kind: 'onlineRequest', card: { ...codeCard, ...over } } };
}

const noReply: Input = { ...notSent, fault: 'noReply' } as Input;
const unusable: Input = {
  type: 'CardOutcome',
  transactionId: id,
  outcome: { kind: 'tryAgain', reason: 'codeNoCryptogram' },
};

/** A second sale by code, after the first has left the screen. */
const second = transactionId('S-TEST2');
const startSecond: Input = { ...startCode, transactionId: second, key: 'key-2', reference: 'CHTEST0002' } as Input;
const close: Input = { type: 'CloseSale', transactionId: id };

describe('a code that is paid with', () => {
  it('is waited for instead of a card, and the wait has the same limit', () => {
    const s = new Scenario().when(startCode);
    expect(s.sale()).toMatchObject({ phase: 'awaitingCard', method: 'card', presentment: 'code' });
    expect(s.sale().waitUntil).toBe(s.at + policy.presentCardMs);
    expect(s.effects.map(({ type }) => type)).toEqual(['AwaitCode', 'StartTimer']);
    expect(new Scenario().when(startCard).sale().presentment).toBe('card');
  });

  it('goes online as a card does, and is approved with its receipt', () => {
    const s = new Scenario().when(startCode, scanned());
    expect(s.sale()).toMatchObject({ phase: 'authorising', card: { interface: 'code', posEntryMode: '032' } });
    expect(s.effects).toContainEqual(
      expect.objectContaining({
        type: 'SendAuthorization',
        request: expect.objectContaining({ stan: 1, kind: 'sale', card: codeCard }) as unknown,
      }),
    );
    s.when(approved);
    expect(s.sale()).toMatchObject({ phase: 'approved', receipt: { state: 'printing' } });
    expect(moneyMoved(s.sale())).toBe('yes');
  });

  it('may be declined, approved in part, void, or end in doubt and be reversed, by the rules of a card', () => {
    const declined: Input = { ...approved, reply: { responseCode: '51' } } as Input;
    expect(new Scenario().when(startCode, scanned(), declined).sale().phase).toBe('declined');
    expect(new Scenario().when(startCode, scanned(), partlyApproved).sale().phase).toBe('partlyApproved');
    const doubt = new Scenario().when(startCode, scanned(), noReply);
    expect(doubt.sale()).toMatchObject({ phase: 'reversing', unknownCause: 'noReply' });
    doubt.when({ type: 'LateReply', stan: 1, reply: { responseCode: '00', approvalCode: 'A1B2C3' } });
    expect(doubt.sale().phase).toBe('reversing');
    const voided = new Scenario().when(startCode, scanned(), approved, voidIt);
    expect(voided.sale().phase).toBe('voiding');
  });

  it('is never taken without the host, whatever a card would be allowed', () => {
    const s = new Scenario({ offline }).when(startCode, scanned(), notSent);
    expect(s.sale()).toMatchObject({ phase: 'failed', failReason: 'codeNoNetwork' });
    expect(moneyMoved(s.sale())).toBe('no');
    expect(new Scenario({ offline }).when(startCard, tapped, notSent).sale().phase).toBe('storing');
  });
});

describe('a code that cannot be paid with', () => {
  it('is said to be none, and another is waited for in the same time', () => {
    const s = new Scenario().when(startCode);
    const { waitUntil } = s.sale();
    s.later(1000).when(unusable);
    expect(s.sale()).toMatchObject({ phase: 'awaitingCard', tryAgain: 'codeNoCryptogram', waitUntil });
    expect(s.effectTypes()).toEqual(['AwaitCode']);
    expect(moneyMoved(s.sale())).toBe('no');
    s.when(scanned());
    expect(s.sale()).toMatchObject({ phase: 'authorising', tryAgain: null });
  });

  it('ends the wait as a card does: by the cashier, the time, a restart', () => {
    const cancelled = new Scenario().when(startCode, { type: 'CancelSale', transactionId: id });
    expect(cancelled.sale()).toMatchObject({ phase: 'cancelled', cancelReason: 'cashier' });
    expect(cancelled.effectTypes()).toContain('DeactivateReader');
    const late = new Scenario().when(startCode, { type: 'TimerFired', transactionId: id, timer: 'presentCard' });
    expect(late.sale()).toMatchObject({ phase: 'cancelled', cancelReason: 'codeTimeout' });
    const restarted = new Scenario().when(startCode).restart();
    expect(restarted.sale()).toMatchObject({ phase: 'cancelled', cancelReason: 'restart' });
  });

  it('was sent before: a fresh one is asked for, also in a later sale', () => {
    const s = new Scenario().when(startCode, scanned(), approved, close, startSecond, scanned({}, second));
    expect(s.sale(second)).toMatchObject({ phase: 'awaitingCard', tryAgain: 'codeUsed' });
    s.when(scanned({ cryptogram: '0011223344556677' }, second));
    expect(s.sale(second).phase).toBe('authorising');
  });

  it('but may be used again when it was certainly not sent', () => {
    const s = new Scenario().when(startCode, scanned(), notSent, close, startSecond, scanned({}, second));
    expect(s.sale(second).phase).toBe('authorising');
  });
});

describe('a refund of what was paid by code', () => {
  const refund: Input = { ...startRefund, transactionId: second, key: 'key-2', original: id, approvedBy: null };
  const paid = (): Scenario => new Scenario().when(startCode, scanned(), approved, close, refund);
  const fresh = { cryptogram: '0011223344556677' };

  it('asks for a fresh code of the same card, and gives back to that one only', () => {
    const s = paid();
    expect(s.sale(second)).toMatchObject({ phase: 'awaitingCard', presentment: 'code' });
    expect(s.effectTypes()).toContain('AwaitCode');
    s.when(scanned(fresh, second));
    expect(s.sale(second).phase).toBe('authorising');
    const other = paid().when(scanned({ ...fresh, maskedPan: '476173******0119' as CardData['maskedPan'] }, second));
    expect(other.sale(second)).toMatchObject({ phase: 'failed', failReason: 'otherCard' });
  });

  it('of what was paid by card asks for the card', () => {
    const s = new Scenario().when(startCard, tapped, approved, close, refund);
    expect(s.sale(second).presentment).toBe('card');
    expect(s.sale(second).amount).toEqual(vnd(45_000));
  });
});
