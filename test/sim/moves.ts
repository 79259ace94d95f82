/**
 * What people, the world and bad luck do, one move at a time. Each is plain data that names nothing but what is there at
 * the time ("the second newest that can be voided"), so that a run can be told again with some of its moves left out.
 */
import { unreachable } from '../../src/core/base/assert.ts';
import type { Command } from '../../src/contract/commands.ts';
import type { SaleView, TerminalView } from '../../src/contract/view.ts';
import type { Misbehaviour } from '../../src/host/training/misbehaviour.ts';
import { refundsInOrder } from '../../src/host/training-provider/refund-desk.ts';
import { damaged } from './disk.ts';
import { inputOf, nth, part, type MoneyMove } from './money-moves.ts';
import { fairWeather, type Weather } from './network.ts';
import { goodPrinter, type PrinterManner } from './printer.ts';
import type { Accident } from './watched-journal.ts';
import type { World } from './world.ts';

type SaleAction = SaleView['actions'][number];

/** What people do at the screen. */
type Touch =
  /** `code`: a card sale for which the customer shows a code. */
  | {
      readonly type: 'sell';
      readonly key: string;
      readonly amount: number;
      readonly method: 'card' | 'code' | 'qr' | 'cash';
    }
  | { readonly type: 'hold'; readonly key: string; readonly amount: number }
  | { readonly type: 'refund'; readonly key: string; readonly which: number; readonly share: number }
  | { readonly type: 'press'; readonly action: SaleAction }
  | {
      readonly type: 'later';
      readonly action: 'void' | 'increment' | 'complete' | 'reprint';
      readonly which: number;
      readonly share: number;
    }
  | { readonly type: 'card'; readonly card: string }
  | { readonly type: 'code'; readonly code: string }
  | { readonly type: 'takeCard' }
  | { readonly type: 'choose'; readonly index: number }
  | { readonly type: 'closeBatch' }
  | { readonly type: 'sendNow' };

/** What happens around it. */
export type Event =
  | { readonly type: 'pay'; readonly which: number; readonly difference: number }
  | { readonly type: 'cutOver' }
  | { readonly type: 'plug'; readonly connected: boolean }
  | { readonly type: 'weather'; readonly weather: Weather }
  | { readonly type: 'host'; readonly misbehaviours: readonly Misbehaviour[] }
  | { readonly type: 'bank'; readonly switches: Parameters<World['bank']['misbehave']>[0] }
  | { readonly type: 'printer'; readonly manner: PrinterManner }
  | { readonly type: 'accident'; readonly accident: Accident }
  | { readonly type: 'kill' }
  | { readonly type: 'powerCut' }
  | { readonly type: 'restart' }
  | { readonly type: 'damage'; readonly file: string }
  | { readonly type: 'clock'; readonly byMs: number }
  | { readonly type: 'wait' };

export type Act = { readonly touch: Touch } | { readonly money: MoneyMove } | { readonly event: Event };

export interface Move {
  readonly act: Act;
  /** Simulated time that passes after it. */
  readonly thenMs: number;
}

/** What people see of a payment that is not on the screen any more. */
function seen(view: TerminalView, action: SaleAction): readonly SaleView[] {
  const all = new Map(
    [...view.recent, ...view.holds, ...view.background, ...view.aside].map((sale) => [sale.id, sale]),
  );
  return [...all.values()].filter(({ actions }) => actions.includes(action));
}

/** Does it as far as it can be done now, and lets the time pass. */
export async function perform(world: World, { act, thenMs }: Move): Promise<void> {
  if (world.running === undefined) {
    if ('event' in act && act.event.type === 'damage') {
      const { file } = act.event;
      const spoiled = world.spoil((files, chance) => damaged(files, file, chance));
      if (spoiled) world.count('region of the disk destroyed');
    }
    if (!(await world.start())) return;
  }
  const { running } = world;
  if (running === undefined) return;
  if (running.terminal.halted !== undefined) {
    // It says so, and somebody starts it again.
    world.count('start after a halt');
    world.kill();
  } else if ('touch' in act) {
    const command = commandOf(act.touch, running.service.view());
    if (command !== undefined) await world.until(running.service.execute(command));
    world.look();
  } else if ('money' in act) {
    const input = inputOf(act.money, running.service.view());
    if (input !== undefined) running.terminal.handle(input);
    world.look();
  } else await happen(world, act.event);
  await world.pass(thenMs);
}

async function happen(world: World, event: Event): Promise<void> {
  const { network } = world;
  switch (event.type) {
    case 'pay':
      return pay(world, event);
    case 'plug':
      if (!event.connected) world.count('network unplugged');
      return network.plug(event.connected);
    case 'weather':
      network.weather = event.weather;
      return undefined;
    case 'host':
      world.count('host misbehaves');
      return world.acquirer.behave(...event.misbehaviours);
    case 'bank':
      world.count('bank misbehaves');
      return world.bank.misbehave(event.switches);
    case 'printer':
      world.printer = event.manner;
      return undefined;
    case 'accident':
      world.count(`append: ${event.accident.moment}`);
      return world.prepare(event.accident);
    case 'kill':
      world.count('killed');
      return world.kill();
    case 'powerCut':
      world.count('power cut');
      return world.cutPower();
    case 'restart':
      world.count('stopped and started');
      return world.stop();
    case 'clock':
      world.count('clock jumped');
      world.time.wallErrorMs += event.byMs;
      return undefined;
    case 'cutOver':
      world.acquirer.announceCutOver();
      return undefined;
    // Of a running terminal nothing is destroyed: its files are checked when it starts.
    case 'damage':
    case 'wait':
      return undefined;
    default:
      return unreachable(event, 'moves');
  }
}

/** Codes stay payable after they were withdrawn; `which` 0 is the newest. */
function pay(world: World, { which, difference }: Extract<Event, { type: 'pay' }>): void {
  const view = world.running?.service.view();
  if (view === undefined) return;
  const all = [...(view.sale === null ? [] : [view.sale]), ...view.background, ...view.recent];
  const sale = nth(
    all.filter(({ qr }) => qr !== null),
    which,
  );
  if (sale?.qr)
    world.bank.pay({
      reference: sale.qr.reference,
      amountMinorUnits: Math.max(1, sale.amount.minorUnits + difference),
    });
}

/** Undefined when there is nothing that it could be about. */
function commandOf(act: Touch, view: TerminalView): Command | undefined {
  const { sale } = view;
  switch (act.type) {
    case 'sell':
      return {
        type: 'startSale',
        key: act.key,
        amountMinorUnits: act.amount,
        ...(act.method === 'code' ? { method: 'card', presentment: 'code' } : { method: act.method }),
      };
    case 'hold':
      return { type: 'startPreAuthorization', key: act.key, amountMinorUnits: act.amount };
    case 'refund': {
      const original = nth(seen(view, 'refund'), act.which);
      if (original === undefined || original.refundable === null || original.refundable.minorUnits < 1)
        return undefined;
      const amountMinorUnits = part(original.refundable.minorUnits, act.share);
      const method = original.method === 'card' ? 'card' : 'cash';
      return { type: 'startRefund', key: act.key, amountMinorUnits, method, originalId: original.id, supervisor: null };
    }
    case 'card':
      return { type: 'simTapCard', card: act.card };
    case 'code':
      return { type: 'simShowCode', code: act.code };
    case 'takeCard':
      return { type: 'simTakeCard' };
    case 'choose':
      return view.cardPrompt?.kind === 'chooseApplication'
        ? { type: 'chooseApplication', prompt: view.cardPrompt.id, index: act.index }
        : undefined;
    case 'closeBatch':
      return { type: 'closeBatch', batch: view.batches.open.number, countedCashMinorUnits: null };
    case 'sendNow':
      return { type: 'sendNow' };
    case 'press':
      return sale === null || !sale.actions.includes(act.action) ? undefined : pressed(act.action, sale, 100);
    case 'later': {
      const chosen = nth(seen(view, act.action), act.which);
      return chosen === undefined ? undefined : pressed(act.action, chosen, act.share);
    }
    default:
      return unreachable(act, 'moves');
  }
}

function pressed(
  action: SaleAction,
  { id: transactionId, amount, held }: SaleView,
  share: number,
): Command | undefined {
  switch (action) {
    case 'cancel':
      return { type: 'cancelSale', transactionId };
    case 'close':
      return { type: 'closeSale', transactionId };
    case 'reprint':
      return { type: 'reprintReceipt', transactionId };
    case 'acceptPartial':
      return { type: 'acceptPartial', transactionId };
    case 'tenderCash':
      return { type: 'tenderCash', transactionId, tenderedMinorUnits: amount.minorUnits };
    case 'void':
      return { type: 'voidTransaction', transactionId, supervisor: null };
    case 'increment':
      return { type: 'incrementHold', transactionId, amountMinorUnits: part(amount.minorUnits, share) };
    case 'complete':
      return { type: 'completeHold', transactionId, amountMinorUnits: part((held ?? amount).minorUnits, share) };
    case 'setAside':
      return { type: 'setAside', transactionId, payOtherWay: share < 50 };
    case 'bringBack':
      return { type: 'bringBack', transactionId };
    case 'confirmByHand':
    case 'payout':
    case 'payoutExcess':
    case 'payoutInstead':
    case 'refundByProvider':
    case 'refundExcessByProvider':
    case 'settleRefund':
    case 'refund':
    case 'resolve':
    case 'printFollowUp':
      return undefined;
    default:
      return unreachable(action, 'moves');
  }
}

/** Everything works again; what has gone wrong is left to be put right. */
export function heal(world: World): void {
  world.network.plug(true);
  world.network.weather = fairWeather;
  world.printer = goodPrinter;
  world.acquirer.behave();
  world.bank.misbehave({
    deliverTwice: false,
    noticeDelayMs: 0,
    badSignature: false,
    dropNotices: false,
    amountErrorMinorUnits: 0,
    wrongAccount: false,
    ...refundsInOrder,
  });
}

/** What a person does next to bring the screen to rest; undefined when nothing is asked of her. */
export function whatTheScreenAsks({ sale, cardPrompt }: TerminalView): Act | undefined {
  if (cardPrompt?.kind === 'chooseApplication') return { touch: { type: 'choose', index: 0 } };
  if (cardPrompt?.kind === 'removeCard') return { touch: { type: 'takeCard' } };
  if (sale === null) return undefined;
  if (sale.actions.includes('acceptPartial')) return { touch: { type: 'press', action: 'acceptPartial' } };
  if (sale.actions.includes('cancel')) return { touch: { type: 'press', action: 'cancel' } };
  if (sale.actions.includes('close')) return { touch: { type: 'press', action: 'close' } };
  return undefined;
}
