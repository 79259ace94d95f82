/**
 * Commands from the screens, turned into inputs of the loop or into movements of the simulator. Every command
 * is answered: done, or refused with a reason the screen can word.
 */
import type { Command, CommandResult, RefusalReason } from '../contract/commands.ts';
import { unreachable } from '../core/base/assert.ts';
import { transactionId, type TransactionId } from '../core/base/brand.ts';
import { money, type CurrencyCode } from '../core/base/money.ts';
import type { Random } from '../core/base/ports.ts';
import { referenceFor, referenceSeedLength } from '../core/qr/reference.ts';
import type { Input } from '../core/transaction/inputs.ts';
import type { SimulatorPort } from './ports.ts';
import type { Terminal } from './terminal.ts';

/** Crockford's base 32: no I, L, O or U, so that an id can be read out over the telephone. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export interface CommandsOptions {
  readonly terminal: Terminal;
  readonly random: Random;
  readonly currency: CurrencyCode;
  readonly maxAmountMinorUnits: number;
  readonly simulator: SimulatorPort | undefined;
}

function refused(reason: RefusalReason, detail: string): CommandResult {
  return { ok: false, reason, detail };
}

function newTransactionId(random: Random): TransactionId {
  const characters = [...random.bytes(20)].map((byte) => alphabet.charAt(byte & 31));
  return transactionId(`S-${characters.join('')}`);
}

export class Commands {
  readonly #options: CommandsOptions;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  async execute(command: Command): Promise<CommandResult> {
    switch (command.type) {
      case 'startSale':
        return this.#startSale(command);
      case 'cancelSale':
        return this.#handle({ type: 'CancelSale', transactionId: transactionId(command.transactionId) });
      case 'closeSale':
        return this.#handle({ type: 'CloseSale', transactionId: transactionId(command.transactionId) });
      case 'reprintReceipt':
        return this.#handle({ type: 'ReprintReceipt', transactionId: transactionId(command.transactionId) });
      case 'simTapCard':
      case 'simNetwork':
      case 'simPrinter':
      case 'simPayQr':
        return this.#simulate(command);
      default:
        return unreachable(command, 'commands');
    }
  }

  #startSale(command: Extract<Command, { type: 'startSale' }>): CommandResult {
    const { terminal, random, currency, maxAmountMinorUnits } = this.#options;
    if (command.amountMinorUnits > maxAmountMinorUnits) {
      return refused('amountOutOfRange', `the largest amount is ${maxAmountMinorUnits} minor units`);
    }
    const known = terminal.state.keys.get(command.key);
    if (known !== undefined) return { ok: true, transactionId: known };
    const id = newTransactionId(random);
    return this.#handle(
      {
        type: 'StartSale',
        transactionId: id,
        key: command.key,
        amount: money(command.amountMinorUnits, currency),
        method: command.method,
        reference: referenceFor(random.bytes(referenceSeedLength)),
      },
      id,
    );
  }

  #handle(input: Input, id: TransactionId | null = null): CommandResult {
    const handled = this.#options.terminal.handle(input);
    switch (handled.kind) {
      case 'act':
      case 'ignored':
        return { ok: true, transactionId: id };
      case 'refused':
        return refused(handled.reason, handled.why);
      case 'halted':
        return refused('halted', handled.why);
      default:
        return unreachable(handled, 'commands');
    }
  }

  async #simulate(command: Extract<Command, { type: `sim${string}` }>): Promise<CommandResult> {
    const { simulator } = this.#options;
    if (simulator === undefined) return refused('notAllowed', 'no simulated devices are running');
    switch (command.type) {
      case 'simTapCard':
        return simulator.tapCard(command.card)
          ? { ok: true, transactionId: null }
          : refused('notAllowed', 'the reader is not waiting for a card, or there is no such card');
      case 'simNetwork':
        await simulator.setNetwork(command.connected);
        return { ok: true, transactionId: null };
      case 'simPrinter':
        simulator.setPrinterFault(command.fault, command.on);
        return { ok: true, transactionId: null };
      case 'simPayQr':
        return simulator.payQr(command.reference, command.amountMinorUnits)
          ? { ok: true, transactionId: null }
          : refused('notFound', 'the bank does not know this code');
      default:
        return unreachable(command, 'simulator');
    }
  }
}
