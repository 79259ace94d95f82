/** A cashier and a customer who carry out a plan as far as the terminal goes along: what it refuses is left. */
import type { Command } from '../../src/contract/commands.ts';
import type { SaleStage, SaleView } from '../../src/contract/view.ts';
import type { Trade } from './random-plan.ts';
import { supervisor, type Shop } from './shop.ts';

type Action = SaleView['actions'][number];

/** What a shown payment may be asked for by its buttons: the same one for the same state and `pick`. */
function candidate({ view }: Shop, action: Action, pick: number): SaleView | undefined {
  const able = [...view.recent, ...view.holds].filter(({ actions }) => actions.includes(action));
  return able[Math.floor(pick * able.length)];
}

/** True when it was begun. */
async function begin(shop: Shop, command: Command): Promise<boolean> {
  return (await shop.terminal.command(command)).ok;
}

/** Holds the card out until the terminal takes it or does not want it any more. */
async function present(shop: Shop, card: string): Promise<void> {
  const { terminal } = shop;
  await terminal.until(({ sale }) => sale !== null);
  while (terminal.view.sale?.stage === 'presentCard') {
    if ((await terminal.command({ type: 'simTapCard', card })).ok) return;
  }
}

async function sell(shop: Shop, { amountMinorUnits, card }: Trade): Promise<void> {
  if (await begin(shop, { type: 'startSale', key: shop.key(), amountMinorUnits, method: 'card' })) {
    await present(shop, card);
  }
}

async function hold(shop: Shop, { amountMinorUnits, card }: Trade): Promise<void> {
  if (await begin(shop, { type: 'startPreAuthorization', key: shop.key(), amountMinorUnits }))
    await present(shop, card);
}

/** The first of these stages, or that there is no sale any more. */
async function leaves(shop: Shop, ...stages: readonly SaleStage[]): Promise<SaleView | null> {
  return (await shop.terminal.until(({ sale }) => sale === null || !stages.includes(sale.stage))).sale;
}

async function payByCode(shop: Shop, { amountMinorUnits, paidMinorUnits }: Trade): Promise<void> {
  if (!(await begin(shop, { type: 'startSale', key: shop.key(), amountMinorUnits, method: 'qr' }))) return;
  await shop.terminal.until(({ sale }) => sale !== null);
  const sale = await leaves(shop, 'preparingQr');
  if (sale?.stage !== 'showQr' || sale.qr === null || paidMinorUnits === 0) return;
  shop.bank.pay({ reference: sale.qr.reference, amountMinorUnits: paidMinorUnits });
  await leaves(shop, 'showQr', 'checkingPayment');
}

async function payInCash(shop: Shop, { amountMinorUnits }: Trade): Promise<void> {
  if (!(await begin(shop, { type: 'startSale', key: shop.key(), amountMinorUnits, method: 'cash' }))) return;
  const { sale } = await shop.terminal.until(({ sale }) => sale !== null);
  if (sale?.stage !== 'takeCash') return;
  await shop.terminal.command({ type: 'tenderCash', transactionId: sale.id, tenderedMinorUnits: amountMinorUnits });
}

async function giveBack(shop: Shop, { amountMinorUnits, card }: Trade, original: SaleView | undefined): Promise<void> {
  const amount = Math.min(original?.refundable?.minorUnits ?? amountMinorUnits, 15_000);
  const started = await begin(shop, {
    type: 'startRefund',
    key: shop.key(),
    amountMinorUnits: amount,
    method: original?.method === 'cash' ? 'cash' : 'card',
    originalId: original?.id ?? null,
    supervisor: original === undefined ? supervisor : null,
  });
  if (!started) return;
  const { sale } = await shop.terminal.until(({ sale }) => sale !== null);
  if (sale?.stage !== 'takeCash') return present(shop, card);
  await shop.terminal.command({ type: 'tenderCash', transactionId: sale.id, tenderedMinorUnits: amount });
}

async function act(shop: Shop, trade: Trade, partial: 'acceptPartial' | 'cancelSale'): Promise<void> {
  const { pick } = trade;
  /** Something that may be asked for it, sold before if need be. */
  const find = async (action: Action, prepare: typeof sell): Promise<SaleView | undefined> => {
    if (candidate(shop, action, pick) === undefined) {
      await prepare(shop, { ...trade, amountMinorUnits: 60_000 });
      await shop.clearScreen(partial);
    }
    return candidate(shop, action, pick);
  };
  switch (trade.ware) {
    case 'tap':
    case 'insert':
      return sell(shop, trade);
    case 'takenOut':
      await sell(shop, trade);
      await shop.terminal.until(({ sale }) => sale?.stage !== 'presentCard');
      await shop.terminal.command({ type: 'simTakeCard' });
      return;
    case 'offline':
      await shop.hostDown();
      await sell(shop, trade);
      await shop.clearScreen(partial);
      return trade.pick < 0.5 ? shop.hostUp() : undefined;
    case 'qr':
      return payByCode(shop, trade);
    case 'cash':
      return payInCash(shop, trade);
    case 'hold':
      return hold(shop, trade);
    case 'refundAlone':
      return giveBack(shop, trade, undefined);
    case 'refund':
      return giveBack(shop, trade, await find('refund', sell));
    case 'void': {
      const target = await find('void', sell);
      if (target !== undefined)
        await begin(shop, { type: 'voidTransaction', transactionId: target.id, supervisor: null });
      return;
    }
    case 'increment':
    case 'completion': {
      const completes = trade.ware === 'completion';
      const target = await find(completes ? 'complete' : 'increment', hold);
      if (target === undefined) return;
      const about = { transactionId: target.id, amountMinorUnits: 5000 };
      await begin(shop, completes ? { type: 'completeHold', ...about } : { type: 'incrementHold', ...about });
      return;
    }
    case 'closeBatch': {
      const { number: batch } = shop.view.batches.open;
      await begin(shop, { type: 'closeBatch', batch, countedCashMinorUnits: null });
    }
  }
}

/** One trade to the end of what the screen shows of it; what goes on behind it is not waited for. */
export async function carryOut(shop: Shop, trade: Trade, partial: 'acceptPartial' | 'cancelSale'): Promise<void> {
  shop.acquirer.behave(...trade.host);
  shop.bank.misbehave(trade.bank);
  await act(shop, trade, partial);
  await shop.clearScreen(partial);
  const inserted = shop.view.simulator?.insertedCard ?? null;
  if (inserted !== null) await shop.terminal.command({ type: 'simTakeCard' });
}
