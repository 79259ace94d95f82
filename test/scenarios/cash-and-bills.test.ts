/** Cash, several payments for one bill, and the end of the day. */
import { describe, expect, it } from 'vitest';
import { transactionId } from '../../src/core/base/brand.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { orderBalance } from '../../src/core/transaction/start.ts';
import { moneyMoved } from '../../src/core/transaction/state.ts';
import { expectedCash, reportLines } from '../../src/core/settlement/totals.ts';
import {
  approved,
  cardStored,
  closeBatch,
  id,
  notSent,
  offline,
  reach,
  Scenario,
  startCard,
  startCash,
  started,
  tapped,
  vnd,
  voidIt,
} from './given.ts';

const tender = (amount: number, which = id): Input => ({
  type: 'CashTendered',
  transactionId: which,
  tendered: vnd(amount),
});

const sale = (): Scenario => new Scenario({ offline }).when(started, ...reach.approved);

describe('cash', () => {
  it('is counted by the cashier: change is worked out, the drawer is expected to have the rest', () => {
    const s = new Scenario().when(started, startCash);
    expect(moneyMoved(s.sale())).toBe('no');
    expect(s.when(tender(44_999)).last).toMatchObject({ kind: 'refused' });
    s.when(tender(50_000));
    expect(s.sale()).toMatchObject({ phase: 'paid', cash: { tendered: vnd(50_000), change: vnd(5000) } });
    expect(s.effectTypes()).toEqual(['PrintReceipt']);
    const { bookings } = s.state.settlement.open;
    expect(expectedCash(vnd(0), reportLines(bookings))).toEqual(vnd(45_000));
  });

  it('waits through a restart, and can be cancelled before', () => {
    expect(new Scenario().when(startCash).restart().sale().phase).toBe('awaitingCash');
    expect(new Scenario().when(startCash, { type: 'CancelSale', transactionId: id }).sale().phase).toBe('cancelled');
  });

  it('is voided by giving it back, before the drawer is counted; a bank transfer is not', () => {
    const s = new Scenario().when(started, startCash, tender(45_000), voidIt);
    expect(s.sale()).toMatchObject({ phase: 'voided', approvedBy: 'Lan' });
    expect(s.state.settlement.open.bookings).toMatchObject([{ entry: { voided: true } }]);
    const later = new Scenario().when(started, startCash, tender(45_000), closeBatch, voidIt);
    expect(later.last).toMatchObject({ kind: 'refused' });
    expect(new Scenario().when(started, ...reach.paid, voidIt).last).toMatchObject({ kind: 'refused' });
  });
});

describe('one bill, several payments', () => {
  const order = { id: 'B-1', total: vnd(100_000) };
  const part = (n: number, amount: number, over: Partial<typeof startCard> = {}): Input =>
    ({
      ...startCard,
      transactionId: transactionId(`S-P${n}`),
      key: `p-${n}`,
      amount: vnd(amount),
      order,
      ...over,
    }) as Input;

  it('knows what is paid, what is in question and what is open', () => {
    const s = new Scenario().when(
      started,
      part(1, 45_000, { method: 'cash' } as object),
      tender(45_000, transactionId('S-P1')),
    );
    expect(orderBalance(s.state, order)).toMatchObject({ paid: vnd(45_000), remaining: vnd(55_000) });
    const second = transactionId('S-P2');
    s.when(part(2, 30_000), { ...tapped, transactionId: second } as Input);
    expect(orderBalance(s.state, order)).toMatchObject({ pending: vnd(30_000), remaining: vnd(25_000) });
    s.when({ ...notSent, transactionId: second, fault: 'noReply' } as Input);
    // Nobody knows whether these 30.000 were taken: they are not asked for again before that is known.
    expect(s.when(part(3, 30_000)).last).toMatchObject({ kind: 'refused' });
    s.when({ type: 'ReversalReply', transactionId: second, reply: { responseCode: '00' } });
    expect(orderBalance(s.state, order).remaining).toEqual(vnd(55_000));
    s.when(part(4, 55_000));
    expect(s.last.kind).toBe('act');
  });

  it('refuses another total and more than is open', () => {
    const s = new Scenario().when(started, part(1, 40_000));
    s.when({ type: 'CancelSale', transactionId: transactionId('S-P1') });
    const other = { ...startCard, transactionId: transactionId('S-X'), key: 'x', order: { ...order, total: vnd(1) } };
    expect(s.when(other as Input).last).toMatchObject({ why: expect.stringContaining('another total') });
    expect(s.when(part(2, 100_001)).last).toMatchObject({ why: expect.stringContaining('100000') });
  });
});

describe('the end of the day', () => {
  it('closes at once for new sales, and asks the host for the old ones', () => {
    const s = sale().when(closeBatch);
    expect(s.effects).toMatchObject([
      {
        type: 'SendReconciliation',
        request: { batch: 1, stan: 2, totals: { debits: { count: 1, minorUnits: 45_000 } } },
      },
    ]);
    expect(s.state.settlement.open.number).toBe(2);
    s.when({ type: 'ReconciliationReply', batch: 1, stan: 2, attempt: 1, reply: { responseCode: '00' } });
    expect(s.state.settlement.settled).toMatchObject([{ number: 1, balance: 'inBalance' }]);
    expect(s.when(closeBatch).last.kind).toBe('ignored');
  });

  it('waits for what is in question, and goes on by itself when that is known', () => {
    const second = transactionId('S-TEST2');
    const s = sale().when(
      { ...startCard, transactionId: second, key: 'k2' } as Input,
      { ...tapped, transactionId: second } as Input,
      closeBatch,
    );
    expect(s.effects).toEqual([]);
    expect(s.state.settlement.closing.get(1)?.phase).toBe('waiting');
    // Approved after the close, it still belongs to the batch whose number its request carried.
    s.when({ ...approved, transactionId: second, stan: 2 } as Input);
    expect(s.effects).toMatchObject([
      { type: 'PrintReceipt' },
      { type: 'SendReconciliation', request: { batch: 1, totals: { debits: { count: 2, minorUnits: 90_000 } } } },
    ]);
    expect(s.state.settlement.open.bookings).toEqual([]);
  });

  it('does not wait for what is only stored: that belongs to the batch in which it is delivered', () => {
    const s = new Scenario({ offline }).when(started, startCard, tapped, notSent, cardStored, closeBatch);
    expect(s.state.settlement.settled).toMatchObject([{ number: 1, balance: 'noCards' }]);
    s.when({ type: 'LinkUp' });
    expect(s.effects).toMatchObject([{ type: 'Forward', request: { batch: 2 } }]);
    s.when({ type: 'ForwardReply', transactionId: id, reply: { responseCode: '00' } });
    expect(s.state.settlement.open.bookings).toHaveLength(1);
  });

  it('goes on after a restart', () => {
    const s = sale().when(closeBatch).restart();
    expect(s.effects).toMatchObject([
      { type: 'PrintReceipt' },
      { type: 'SendReconciliation', request: { stan: 2, attempt: 2 } },
    ]);
  });
});
