/** What the people in the shop may press in a state of the machine, and to what end. */
import type { Input } from '../../src/core/transaction/inputs.ts';
import { isParked, type Transaction } from '../../src/core/transaction/state.ts';
import { vnd } from '../scenarios/given.ts';
import type { Machine } from './machine.ts';
import type { Commands, Scenario } from './scenario.ts';

export interface Command {
  readonly input: number;
  /** What limits it; null: nothing. */
  readonly counter: keyof Commands | null;
  /** What somebody has to do, sooner or later, for things to come to an end. */
  readonly isGood: boolean;
}

type Pressed = readonly [input: Input, counter: keyof Commands | null, isGood: boolean];

/** Those that do something; what is refused or ignored changes nothing. */
export function cashierMay(machine: Machine, state: number, { commands }: Scenario): readonly Command[] {
  const { transactions, settlement } = machine.state(state);
  const pressed = [...transactions.values()].flatMap(forTransaction);
  pressed.push(
    [{ type: 'CloseBatch', batch: settlement.open.number, because: 'hostCutOver', by: null }, 'closeBatch', false],
    [{ type: 'SendNow' }, 'sendNow', false],
  );
  return pressed.flatMap(([what, counter, isGood]) => {
    if (counter !== null && commands[counter] === undefined) return [];
    const input = machine.inputs.add(what);
    return machine.step(state, input).kind === 'act' ? [{ input, counter, isGood }] : [];
  });
}

function forTransaction(transaction: Transaction): readonly Pressed[] {
  const { id: transactionId, phase, amount, held, method } = transaction;
  const pressed: Pressed[] = [
    [{ type: 'CancelSale', transactionId }, null, false],
    [{ type: 'CloseSale', transactionId }, null, true],
    [{ type: 'VoidTransaction', transactionId, approvedBy: 'Lan' }, 'void', false],
    [{ type: 'ReprintReceipt', transactionId }, 'reprint', false],
  ];
  if (method === 'cash') pressed.push([{ type: 'CashTendered', transactionId, tendered: amount }, null, true]);
  if (phase === 'awaitingPayment') {
    pressed.push(
      [{ type: 'SetAside', transactionId, payOtherWay: false }, null, false],
      [{ type: 'BringBack', transactionId }, null, false],
    );
  }
  if (phase === 'partlyApproved') pressed.push([{ type: 'AcceptPartial', transactionId }, null, true]);
  if (phase === 'authorised' && held !== null) {
    pressed.push(
      [{ type: 'IncrementHold', transactionId, amount: vnd(1000) }, 'increment', false],
      [{ type: 'CompleteHold', transactionId, amount: held }, 'complete', false],
    );
  }
  // What the host will not have waits for a person; what is asked for ever does not.
  if (isParked(transaction)) {
    pressed.push([{ type: 'ResolveByHand', transactionId, approvedBy: 'Lan', note: '' }, null, true]);
  }
  return pressed;
}
