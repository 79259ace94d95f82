/**
 * Commands from the screens, turned into inputs of the loop or into movements of the simulator. Every command
 * is answered: done, or refused with a reason the screen can word.
 */
import type { Command, CommandResult, MoneyBackAsked, RefusalReason } from '../contract/commands.ts';
import { assert, unreachable } from '../core/base/assert.ts';
import { transactionId, type TransactionId } from '../core/base/brand.ts';
import { money, type CurrencyCode, type Money } from '../core/base/money.ts';
import type { Random } from '../core/base/ports.ts';
import { referenceFor, referenceSeedLength } from '../core/qr/reference.ts';
import type { Input, MoneyBack } from '../core/transaction/inputs.ts';
import type { CardPrompts } from './card-prompts.ts';
import type { CodeEffects } from './code-effects.ts';
import type { SimulatorPort, SupervisorPort } from './ports.ts';
import type { StaticCode } from './static-code.ts';
import type { Reports } from './reports.ts';
import type { Terminal } from './terminal.ts';

/** Crockford's base 32: no I, L, O or U, so that an id can be read out over the telephone. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export interface CommandsOptions {
  readonly terminal: Terminal;
  readonly random: Random;
  readonly currency: CurrencyCode;
  readonly maxAmountMinorUnits: number;
  readonly prompts: Pick<CardPrompts, 'answer'>;
  readonly codes: Pick<CodeEffects, 'typed' | 'taken'>;
  readonly simulator: SimulatorPort | undefined;
  readonly staticCode: StaticCode | undefined;
  /** Of this terminal among those on the same account; left out: it is alone. */
  readonly qrMark: string | undefined;
  readonly supervisors: SupervisorPort;
  readonly reports: Pick<Reports, 'printBatch' | 'printFollowUp'>;
}

type Supervisor = NonNullable<Extract<Command, { type: 'voidTransaction' }>['supervisor']>;

function refused(reason: RefusalReason, detail: string): CommandResult {
  return { ok: false, reason, detail };
}

const supervisorNeeded = refused('supervisorNeeded', 'a supervisor has to approve it');

function randomName(random: Random, length: number): string {
  const characters = [...random.bytes(length)].map((byte) => alphabet.charAt(byte & 31));
  assert(characters.length === length && !characters.includes(''), 'commands: a random name has all its characters');
  return characters.join('');
}

function newTransactionId(random: Random): TransactionId {
  return transactionId(`S-${randomName(random, 20)}`);
}

function payoutInput(
  command: Extract<Command, { type: 'askPayout' | 'completePayout' | 'withdrawPayout' }>,
  currency: CurrencyCode,
): Input {
  if (command.type === 'completePayout') return { ...command, type: 'CompletePayout' };
  if (command.type === 'withdrawPayout') return { ...command, type: 'WithdrawPayout' };
  const { key: payoutId, askedBy, about } = command;
  return { type: 'AskPayout', payoutId, askedBy, about: moneyBack(about, currency) };
}

function moneyBack(about: MoneyBackAsked, currency: CurrencyCode): MoneyBack {
  if (about.reason === 'transfer') return about;
  const { reason } = about;
  const sale = transactionId(about.transactionId);
  return reason === 'excess' ? { reason, sale } : { reason, sale, amount: money(about.amountMinorUnits, currency) };
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
      case 'startRefund':
        return this.#startRefund(command);
      case 'refundByProvider':
        return this.#refundByProvider(command);
      case 'settleRefund': {
        const approvedBy = await this.#approval(command.supervisor);
        if (typeof approvedBy !== 'string') return approvedBy ?? supervisorNeeded;
        const { given, note } = command;
        const id = transactionId(command.transactionId);
        return this.#handle({ type: 'SettleRefund', transactionId: id, given, approvedBy, note });
      }
      case 'startPreAuthorization':
        return this.#start(command, (id, amount) => ({
          type: 'StartPreAuthorization',
          transactionId: id,
          key: command.key,
          amount,
        }));
      case 'presentCode':
        return this.#options.codes.typed(transactionId(command.transactionId), command.code)
          ? { ok: true, transactionId: null }
          : refused('notAllowed', 'that sale does not wait for a code');
      case 'cancelSale':
        return this.#handle({ type: 'CancelSale', transactionId: transactionId(command.transactionId) });
      case 'setAside': {
        const { payOtherWay } = command;
        return this.#handle({ type: 'SetAside', transactionId: transactionId(command.transactionId), payOtherWay });
      }
      case 'bringBack':
        return this.#handle({ type: 'BringBack', transactionId: transactionId(command.transactionId) });
      case 'showStaticCode':
        return this.#showStaticCode(command.shown);
      case 'closeSale':
        return this.#handle({ type: 'CloseSale', transactionId: transactionId(command.transactionId) });
      case 'reprintReceipt':
        return this.#handle({ type: 'ReprintReceipt', transactionId: transactionId(command.transactionId) });
      case 'acceptPartial':
        return this.#handle({ type: 'AcceptPartial', transactionId: transactionId(command.transactionId) });
      case 'tenderCash': {
        const tendered = money(command.tenderedMinorUnits, this.#options.currency);
        return this.#handle({ type: 'CashTendered', transactionId: transactionId(command.transactionId), tendered });
      }
      case 'incrementHold':
      case 'completeHold': {
        const amount = this.#amount(command.amountMinorUnits);
        if (amount === undefined) return this.#tooLarge();
        const type = command.type === 'incrementHold' ? 'IncrementHold' : 'CompleteHold';
        return this.#handle({ type, transactionId: transactionId(command.transactionId), amount });
      }
      case 'voidTransaction': {
        const approvedBy = await this.#approval(command.supervisor);
        if (typeof approvedBy === 'object' && approvedBy !== null) return approvedBy;
        const id = transactionId(command.transactionId);
        return this.#handle({ type: 'VoidTransaction', transactionId: id, approvedBy });
      }
      case 'confirmByHand':
      case 'resolveByHand': {
        const approvedBy = await this.#approval(command.supervisor);
        if (typeof approvedBy !== 'string') return approvedBy ?? supervisorNeeded;
        const id = transactionId(command.transactionId);
        const type = command.type === 'confirmByHand' ? 'ConfirmByHand' : 'ResolveByHand';
        return this.#handle({ type, transactionId: id, approvedBy, note: command.note });
      }
      case 'attachTransfer': {
        const approvedBy = await this.#approval(command.supervisor);
        if (typeof approvedBy === 'object' && approvedBy !== null) return approvedBy;
        const { transferId, note } = command;
        const to = transactionId(command.transactionId);
        return this.#handle({ type: 'AttachTransfer', transferId, to, approvedBy, note });
      }
      case 'resolveTransfer': {
        const approvedBy = await this.#approval(command.supervisor);
        if (typeof approvedBy !== 'string') return approvedBy ?? supervisorNeeded;
        return this.#handle({
          type: 'ResolveTransfer',
          transferId: command.transferId,
          approvedBy,
          note: command.note,
        });
      }
      case 'askPayout':
      case 'completePayout':
      case 'withdrawPayout':
        return this.#handle(payoutInput(command, this.#options.currency));
      case 'confirmPayout': {
        const approvedBy = await this.#approval(command.supervisor);
        if (typeof approvedBy !== 'string') return approvedBy ?? supervisorNeeded;
        return this.#handle({ type: 'ConfirmPayout', payoutId: command.payoutId, approvedBy });
      }
      case 'sendNow':
        return this.#handle({ type: 'SendNow' });
      case 'closeBatch':
        return this.#closeBatch(command);
      case 'printReport':
        return this.#options.reports.printBatch(command.batch);
      case 'printFollowUp':
        return this.#options.reports.printFollowUp(transactionId(command.transactionId));
      case 'chooseApplication':
        return this.#options.prompts.answer(command.prompt, command.index)
          ? { ok: true, transactionId: null }
          : refused('notAllowed', 'that is not what the card asks');
      case 'simTapCard':
      case 'simShowCode':
      case 'simTakeCard':
      case 'simPin':
      case 'simNetwork':
      case 'simPrinter':
      case 'simPayQr':
      case 'simPayStatic':
        return this.#simulate(command);
      default:
        return unreachable(command, 'commands');
    }
  }

  /** Name of the supervisor, null when none was named, or the refusal. */
  async #approval(supervisor: Supervisor | null): Promise<string | null | CommandResult> {
    if (supervisor === null) return null;
    const verdict = await this.#options.supervisors.check(supervisor.name, supervisor.code);
    if (verdict === 'right') return supervisor.name;
    if (verdict === 'wrong') return refused('supervisorWrong', 'name or code is wrong');
    return refused('supervisorLocked', `too many wrong codes; try again at ${verdict.lockedUntil}`);
  }

  #amount(minorUnits: number): Money | undefined {
    const { currency, maxAmountMinorUnits } = this.#options;
    return minorUnits > maxAmountMinorUnits ? undefined : money(minorUnits, currency);
  }

  #showStaticCode(shown: boolean): CommandResult {
    const { staticCode, terminal } = this.#options;
    if (staticCode === undefined) return refused('notAllowed', 'qr.staticCode is "never"');
    if (shown && terminal.state.foreground !== null) return refused('busy', 'a sale is on the screen');
    staticCode.ask(shown);
    return { ok: true, transactionId: null };
  }

  #tooLarge(): CommandResult {
    return refused('amountOutOfRange', `the largest amount is ${this.#options.maxAmountMinorUnits} minor units`);
  }

  /** The same key is the same transaction, however often it is pressed. */
  #start(
    { key, amountMinorUnits }: { readonly key: string; readonly amountMinorUnits: number },
    input: (id: TransactionId, amount: Money) => Input,
  ): CommandResult {
    const amount = this.#amount(amountMinorUnits);
    if (amount === undefined) return this.#tooLarge();
    const known = this.#options.terminal.state.keys.get(key);
    if (known !== undefined) return { ok: true, transactionId: known };
    const id = newTransactionId(this.#options.random);
    return this.#handle(input(id, amount), id);
  }

  #startSale(command: Extract<Command, { type: 'startSale' }>): CommandResult {
    const { random, currency, qrMark } = this.#options;
    const { key, method, order, presentment } = command;
    const byCode = presentment === 'code';
    if (byCode && (method !== 'card' || !this.#options.codes.taken)) {
      return refused('notAllowed', 'no codes of customers are taken for that');
    }
    return this.#start(command, (id, amount) => ({
      type: 'StartSale',
      transactionId: id,
      key,
      amount,
      method,
      reference: referenceFor(random.bytes(referenceSeedLength), qrMark),
      order: !order ? null : { id: order.id, total: money(order.totalMinorUnits, currency) },
      ...(byCode ? { presentment } : {}),
    }));
  }

  async #startRefund(command: Extract<Command, { type: 'startRefund' }>): Promise<CommandResult> {
    const { key, method, originalId } = command;
    const approvedBy = await this.#approval(command.supervisor);
    if (typeof approvedBy === 'object' && approvedBy !== null) return approvedBy;
    if (originalId === null && approvedBy === null) return supervisorNeeded;
    const original = originalId === null ? null : transactionId(originalId);
    return this.#start(command, (id, amount) => ({
      type: 'StartRefund',
      transactionId: id,
      key,
      amount,
      method,
      original,
      approvedBy,
    }));
  }

  async #refundByProvider(command: Extract<Command, { type: 'refundByProvider' }>): Promise<CommandResult> {
    const { random, currency, terminal } = this.#options;
    const { key } = command;
    const approvedBy = await this.#approval(command.supervisor);
    if (typeof approvedBy === 'object' && approvedBy !== null) return approvedBy;
    const about = moneyBack(command.about, currency);
    if (about.reason === 'transfer' && approvedBy === null) return supervisorNeeded;
    const known = terminal.state.keys.get(key);
    if (known !== undefined) return { ok: true, transactionId: known };
    const id = newTransactionId(random);
    const refundId = `RF${randomName(random, 16)}`;
    return this.#handle({ type: 'StartProviderRefund', transactionId: id, key, refundId, about, approvedBy }, id);
  }

  #closeBatch({ batch, countedCashMinorUnits }: Extract<Command, { type: 'closeBatch' }>): CommandResult {
    const counted = countedCashMinorUnits === null ? null : money(countedCashMinorUnits, this.#options.currency);
    return this.#handle({
      type: 'CloseBatch',
      batch,
      because: 'person',
      by: null,
      ...(counted === null ? {} : { countedCash: counted }),
    });
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
      case 'simShowCode':
        return simulator.showCode(command.code)
          ? { ok: true, transactionId: null }
          : refused('notAllowed', 'there is no simulated scanner, or no such code');
      case 'simTakeCard':
        return simulator.takeCard()
          ? { ok: true, transactionId: null }
          : refused('notAllowed', 'there is no card in the slot');
      case 'simPin':
        return simulator.setPin(command.pin)
          ? { ok: true, transactionId: null }
          : refused('notAllowed', 'there is no simulated PIN pad');
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
      case 'simPayStatic': {
        const { payload = '' } = this.#options.staticCode ?? {};
        return simulator.payCode(payload, command.amountMinorUnits)
          ? { ok: true, transactionId: null }
          : refused('notFound', 'no bank account is in the code');
      }
      default:
        return unreachable(command, 'simulator');
    }
  }
}
