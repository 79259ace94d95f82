/** One story for each type of transaction: what is prepared, and what happens while the terminal may die at any append. */
import { supervisor, type Shop, type ShopOptions } from './shop.ts';

export interface Scenario extends ShopOptions {
  readonly name: string;
  /** Whether it also dies with every effect just begun, which is between the moments that all stories know. */
  readonly begun?: true;
  /** After a death at this append it dies again at each append of the starts that follow. */
  readonly diesAgainAfter?: number;
  /** What the cashier does with a part that the bank has approved. */
  readonly partial?: 'acceptPartial' | 'cancelSale';
  /** Before the bomb is armed; what it answers is given to `act`. */
  readonly prepare?: (shop: Shop) => Promise<string>;
  readonly act: (shop: Shop, prepared: string) => Promise<void>;
  /** Puts the world in order that `act` has disturbed, before the terminal starts again. */
  readonly restore?: (shop: Shop) => Promise<void>;
}

const amountMinorUnits = 45_000;
/** The training bank declines what ends in 051, and approves half of what ends in 010. */
const declinedAmount = 45_051;
const partialAmount = 45_010;

async function startCard(shop: Shop, amount = amountMinorUnits): Promise<void> {
  await shop.do({ type: 'startSale', key: shop.key(), amountMinorUnits: amount, method: 'card' });
  await shop.tap();
}

/** The same with a card in the slot; the cardholder's PIN is right. */
async function insertCard(shop: Shop, card = 'napas-insert', amount = amountMinorUnits): Promise<void> {
  await shop.do({ type: 'startSale', key: shop.key(), amountMinorUnits: amount, method: 'card' });
  await shop.tap(card);
}

const sold = async (shop: Shop): Promise<string> => (await shop.sale(amountMinorUnits)).id;
const held = async (shop: Shop): Promise<string> => (await shop.hold(amountMinorUnits)).id;

/** Nobody answers, so the payment is stored; then the host is back and it is delivered. */
function stored(amount: number, end: 'approved' | 'lateDeclined', chip?: string): Omit<Scenario, 'name'> {
  let down = false;
  return {
    // How long the request waits for a connection.
    hostTimeoutMs: 1000,
    diesAgainAfter: 4,
    async prepare(shop) {
      await shop.hostDown();
      down = true;
      return '';
    },
    async act(shop) {
      if (chip === undefined) await startCard(shop, amount);
      else await insertCard(shop, chip, amount);
      await shop.shown('stored');
      await shop.hostUp();
      down = false;
      await shop.finish(end);
    },
    async restore(shop) {
      if (down) await shop.hostUp();
      down = false;
    },
  };
}

const well = async ({ acquirer }: Shop): Promise<void> => acquirer.behave();

/** Those that wait most come first. */
export const scenarios: readonly Scenario[] = [
  { name: 'stored payment and its delivery', ...stored(amountMinorUnits, 'approved') },
  { name: 'stored payment, declined late', ...stored(declinedAmount, 'lateDeclined') },
  {
    name: 'card sale, approved',
    begun: true,
    diesAgainAfter: 2,
    async act(shop) {
      await startCard(shop);
      await shop.finish('approved');
    },
  },
  {
    name: 'inserted card, approved',
    begun: true,
    diesAgainAfter: 3,
    async act(shop) {
      await insertCard(shop);
      await shop.finish('approved');
    },
  },
  {
    name: 'inserted card, declined by the bank',
    async act(shop) {
      await insertCard(shop, 'napas-insert', declinedAmount);
      await shop.finish('declined');
    },
  },
  {
    name: 'inserted card, approved by the bank and not by the card',
    diesAgainAfter: 4,
    async act(shop) {
      await insertCard(shop, 'napas-insert-declines');
      await shop.finish('reversed');
    },
  },
  {
    name: 'inserted card, taken out while the bank is asked',
    async act(shop) {
      shop.acquirer.behave({ on: 'sale', replyDelayMs: 300, once: true });
      await insertCard(shop);
      await shop.shown('authorising');
      await shop.do({ type: 'simTakeCard' });
      await shop.finish('reversed');
    },
    restore: well,
  },
  { name: 'inserted card, approved by the chip at once', ...stored(amountMinorUnits, 'approved', 'visa-offline') },
  {
    name: 'inserted card, approved by the chip when nobody could be asked',
    // Above what the card approves at once.
    ...stored(300_000, 'approved', 'visa-offline'),
  },
  {
    name: 'inserted card, a hold',
    async act(shop) {
      await shop.do({ type: 'startPreAuthorization', key: shop.key(), amountMinorUnits });
      await shop.tap('visa-insert');
      await shop.finish('held');
    },
  },
  {
    name: 'inserted card, part of the amount taken',
    partial: 'acceptPartial',
    async act(shop) {
      await insertCard(shop, 'napas-insert', partialAmount);
      const { id } = await shop.shown('partlyApproved');
      await shop.do({ type: 'acceptPartial', transactionId: id });
      await shop.finish('approved');
    },
  },
  {
    name: 'card sale, approved, with MACs',
    macs: true,
    async act(shop) {
      await startCard(shop);
      await shop.finish('approved');
    },
  },
  {
    name: 'card sale, declined',
    async act(shop) {
      await startCard(shop, declinedAmount);
      await shop.finish('declined');
    },
  },
  {
    name: 'card sale, outcome unknown, reversed',
    async act(shop) {
      shop.acquirer.behave({ on: 'sale', dropReply: 'afterCommit', closeAfter: true, once: true });
      await startCard(shop);
      await shop.finish('reversed');
    },
    restore: well,
  },
  {
    name: 'QR sale, paid',
    begun: true,
    diesAgainAfter: 2,
    async act(shop) {
      await shop.do({ type: 'startSale', key: shop.key(), amountMinorUnits, method: 'qr' });
      const { qr } = await shop.shown('showQr');
      shop.bank.pay({ reference: qr?.reference ?? '', amountMinorUnits });
      await shop.finish('approved');
    },
  },
  {
    name: 'QR sale, cancelled',
    async act(shop) {
      await shop.do({ type: 'startSale', key: shop.key(), amountMinorUnits, method: 'qr' });
      const { id } = await shop.shown('showQr');
      await shop.do({ type: 'cancelSale', transactionId: id });
      await shop.finish('cancelled');
    },
  },
  {
    name: 'cash sale',
    async act(shop) {
      await shop.do({ type: 'startSale', key: shop.key(), amountMinorUnits, method: 'cash' });
      const { id } = await shop.shown('takeCash');
      await shop.do({ type: 'tenderCash', transactionId: id, tenderedMinorUnits: 50_000 });
      await shop.finish('approved');
    },
  },
  {
    name: 'refund of a sale',
    prepare: sold,
    async act(shop, originalId) {
      const refund = { amountMinorUnits: 15_000, method: 'card', originalId, supervisor: null } as const;
      await shop.do({ type: 'startRefund', key: shop.key(), ...refund });
      await shop.tap();
      await shop.finish('approved');
    },
  },
  {
    name: 'refund without its sale',
    async act(shop) {
      const refund = { amountMinorUnits: 15_000, method: 'card', originalId: null, supervisor } as const;
      await shop.do({ type: 'startRefund', key: shop.key(), ...refund });
      await shop.tap();
      await shop.finish('approved');
    },
  },
  {
    name: 'void of a sale',
    diesAgainAfter: 1,
    prepare: sold,
    async act(shop, transactionId) {
      await shop.do({ type: 'voidTransaction', transactionId, supervisor: null });
      await shop.finish('voided');
    },
  },
  {
    name: 'void of a sale, its answer lost',
    prepare: sold,
    async act(shop, transactionId) {
      shop.acquirer.behave({ on: 'void', dropReply: 'afterCommit', closeAfter: true, once: true });
      await shop.do({ type: 'voidTransaction', transactionId, supervisor: null });
      await shop.finish('voided');
    },
    restore: well,
  },
  {
    name: 'pre-authorisation',
    async act(shop) {
      await shop.hold(amountMinorUnits);
    },
  },
  {
    name: 'increment of a hold',
    prepare: held,
    async act(shop, transactionId) {
      await shop.do({ type: 'incrementHold', transactionId, amountMinorUnits: 5000 });
      await shop.terminal.until(({ sale }) => sale?.followUp?.result === 'approved');
      await shop.finish('held');
    },
  },
  {
    name: 'completion of a hold',
    diesAgainAfter: 1,
    prepare: held,
    async act(shop, transactionId) {
      await shop.do({ type: 'completeHold', transactionId, amountMinorUnits: 40_000 });
      await shop.finish('completed');
    },
  },
  {
    name: 'cancel of a hold',
    prepare: held,
    async act(shop, transactionId) {
      await shop.do({ type: 'voidTransaction', transactionId, supervisor: null });
      await shop.finish('voided');
    },
  },
  {
    name: 'partial approval, taken',
    partial: 'acceptPartial',
    async act(shop) {
      await startCard(shop, partialAmount);
      const { id } = await shop.shown('partlyApproved');
      await shop.do({ type: 'acceptPartial', transactionId: id });
      await shop.finish('approved');
    },
  },
  {
    name: 'partial approval, given back',
    diesAgainAfter: 4,
    partial: 'cancelSale',
    async act(shop) {
      await startCard(shop, partialAmount);
      const { id } = await shop.shown('partlyApproved');
      await shop.do({ type: 'cancelSale', transactionId: id });
      await shop.finish('reversed');
    },
  },
  {
    name: 'bill split in two payments',
    async act(shop) {
      const order = { id: shop.key(), totalMinorUnits: 60_000 };
      await shop.do({ type: 'startSale', key: shop.key(), amountMinorUnits, method: 'card', order });
      await shop.tap();
      await shop.finish('approved');
      await shop.do({ type: 'startSale', key: shop.key(), amountMinorUnits: 15_000, method: 'cash', order });
      const { id } = await shop.shown('takeCash');
      await shop.do({ type: 'tenderCash', transactionId: id, tenderedMinorUnits: 15_000 });
      await shop.finish('approved');
    },
  },
  {
    name: 'batch close, in balance',
    prepare: sold,
    act: (shop) => shop.closeBatch(),
  },
  {
    name: 'batch close, totals differ, uploaded',
    diesAgainAfter: 2,
    async prepare(shop) {
      await sold(shop);
      return sold(shop);
    },
    act(shop) {
      shop.acquirer.behave({ on: 'reconciliation', totals: 'forgetEntry', once: true });
      return shop.closeBatch();
    },
    restore: well,
  },
  {
    name: 'batch close, a payment in question',
    prepare: sold,
    async act(shop) {
      const lost = { dropReply: 'afterCommit', closeAfter: true, once: true } as const;
      shop.acquirer.behave({ ...lost, on: 'sale' }, { ...lost, on: 'reversal' });
      await startCard(shop);
      await shop.shown('unknown');
      await shop.closeBatch();
      await shop.finish('reversed');
    },
    restore: well,
  },
];
