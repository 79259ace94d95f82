/**
 * Everything around the machine, doing whatever it may: messages that are lost, late, repeated or overtaken, an acquirer, a
 * bank, cards, a printer, timers, a cashier, and the power that fails. A state is seven numbers; a step changes some of
 * them. What the machine has asked for ends as exactly one of its possible inputs, or is lost with the power.
 */
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { TerminalState } from '../../src/core/transaction/state.ts';
import { issue } from '../scenarios/given.ts';
import { Acquirer, type Answered } from './acquirer.ts';
import type { Model, Step } from './explore.ts';
import type { HostEffect, Verdict } from './host.ts';
import { SetInterner } from './intern.ts';
import { Judge } from './judge.ts';
import type { Machine, Outcome } from './machine.ts';
import { cashierMay, type Command } from './people.ts';
import { count, counted } from './progress.ts';
import { isForHost, lostAnswerOf } from './replies.ts';
import { heard, type Happening } from './replay.ts';
import type { Scenario } from './scenario.ts';
import { Side } from './side.ts';
import { Works, type Work } from './works.ts';

export interface Told {
  readonly label: string;
  readonly happening: Happening | null;
}

const [machineAt, hostAt, workAt, timersAt, wireAt, progressAt, sideAt] = [0, 1, 2, 3, 4, 5, 6];
const stateWidth = 7;

type Sink = (next: Uint32Array, step: Step) => void;
const [good, bad] = [true, false];

export class World implements Model {
  readonly width = stateWidth;
  readonly initial = new Uint32Array(stateWidth);
  readonly #machine: Machine;
  readonly #scenario: Scenario;
  readonly #acquirer: Acquirer;
  readonly #side: Side;
  readonly #judge: Judge;
  readonly #works: Works;
  readonly #sets = new SetInterner();
  readonly #commands = new Map<number, readonly Command[]>();
  readonly #starts: readonly number[];
  readonly #linkUp: number;
  readonly #next = new Uint32Array(stateWidth);
  #sink: Sink = () => undefined;
  told: Told[] | null = null;

  constructor(machine: Machine, scenario: Scenario) {
    this.#machine = machine;
    this.#scenario = scenario;
    this.#starts = scenario.starts.map((start) => machine.inputs.add(start));
    this.#linkUp = machine.inputs.add({ type: 'LinkUp' });
    this.#works = new Works(machine, scenario);
    this.#acquirer = new Acquirer(machine, scenario);
    this.#side = new Side(machine.inputs);
    this.#judge = new Judge(machine, this.#acquirer, this.#side);
    this.initial[machineAt] = machine.initial;
    this.initial[hostAt] = this.#acquirer.empty;
    this.initial[sideAt] = this.#side.empty;
  }

  violation(state: Uint32Array): string | null {
    const [machine, host] = [get(state, machineAt), get(state, hostAt)];
    const books = this.#judge.books(machine, host);
    if (books !== null) return books;
    const bank = this.#scenario.payments.length > 0 ? this.#judge.bank(machine, get(state, sideAt)) : null;
    if (bank !== null) return bank;
    return this.atRest(state) ? this.#judge.rest(machine, host) : null;
  }

  atRest(state: Uint32Array): boolean {
    if (state[workAt] !== 0 || !this.#judge.isQuiet(get(state, machineAt))) return false;
    return this.#side.allTold(get(state, sideAt));
  }

  machineOf(state: Uint32Array): number {
    return get(state, machineAt);
  }

  successors(state: Uint32Array, sink: Sink): void {
    this.#sink = sink;
    for (const work of this.#sets.members(get(state, workAt))) this.#goOn(state, work);
    for (const timer of this.#sets.members(get(state, timersAt))) {
      const next = this.#from(state);
      next[timersAt] = this.#sets.without(get(state, timersAt), timer);
      this.#feed(next, timer, good, 'timer');
    }
    for (const effect of this.#sets.members(get(state, wireAt))) this.#arrivesLate(state, effect);
    if (this.#scenario.faults.late) {
      const replies = this.#acquirer.lateReplies(get(state, hostAt));
      for (const reply of replies) this.#feed(this.#from(state), reply, bad, 'late reply');
    }
    this.#people(state);
    this.#bank(state);
    this.#powerAndLine(state);
  }

  #from(state: Uint32Array): Uint32Array {
    this.#next.set(state);
    return this.#next;
  }

  #emit(next: Uint32Array, isGood: boolean, problem: string | null, label: string, happening: Happening | null): void {
    this.told?.push({ label, happening });
    this.#sink(next, { problem, good: isGood });
  }

  /** The machine takes an input, and what it asks for is under way. */
  #feed(next: Uint32Array, input: number, isGood: boolean, label: string): void {
    const before = this.#terminal(next);
    const outcome = this.#machine.step(get(next, machineAt), input);
    this.#take(next, outcome);
    const happening = this.told && heard(before, this.#machine.inputs.of(input));
    this.#emit(next, isGood, outcome.problem, label, happening);
  }

  #take(next: Uint32Array, { machine, effects }: Outcome, afterRestart = false): void {
    next[machineAt] = machine;
    for (const effect of effects) this.#ask(next, effect, afterRestart);
  }

  #ask(next: Uint32Array, id: number, afterRestart: boolean): void {
    const timer = this.#works.timer(id);
    if (timer !== null) {
      const timers = get(next, timersAt);
      next[timersAt] = timer.starts ? this.#sets.with(timers, timer.fires) : this.#sets.without(timers, timer.fires);
      return;
    }
    const effect = this.#machine.effects.of(id);
    if (effect.type === 'DeactivateReader') {
      for (const work of this.#sets.members(get(next, workAt))) {
        const asked = this.#works.effectOf(work);
        const forCard = asked.type === 'ActivateReader' || asked.type === 'AwaitCode';
        if (forCard && asked.transactionId === effect.transactionId) this.#done(next, work);
      }
    } else if (effect.type === 'ForgetCard') {
      next[sideAt] = this.#side.forget(get(next, sideAt), effect.transactionId);
    } else this.#begin(next, { kind: 'effect', effect: id, left: false, afterRestart });
  }

  #begin(next: Uint32Array, work: Work): void {
    next[workAt] = this.#sets.with(get(next, workAt), this.#works.id(work));
  }

  #done(next: Uint32Array, work: number): void {
    next[workAt] = this.#sets.without(get(next, workAt), work);
  }

  #goOn(state: Uint32Array, id: number): void {
    const work = this.#works.of(id);
    const effect = this.#machine.effects.of(work.effect);
    if (work.kind === 'answer') {
      const next = this.#from(state);
      this.#done(next, id);
      this.#feed(next, work.input, good, 'answer arrives');
      if (this.#scenario.faults.lost) this.#unanswered(state, id, effect);
    } else if (isForHost(effect)) this.#onTheWire(state, id, work, effect);
    else this.#atHand(state, id, work, effect);
  }

  #unanswered(state: Uint32Array, id: number, effect: Effect): void {
    const lost = lostAnswerOf(effect, 'noReply');
    if (lost === undefined) return;
    const next = this.#from(state);
    this.#done(next, id);
    this.#feed(next, this.#machine.inputs.add(lost), bad, 'no answer');
  }

  #onTheWire(state: Uint32Array, id: number, work: Extract<Work, { kind: 'effect' }>, effect: HostEffect): void {
    if (!work.left) {
      this.#leaves(state, id, work, effect);
      return;
    }
    const { faults } = this.#scenario;
    for (const verdict of this.#acquirer.verdicts(get(state, hostAt), work.effect)) {
      const next = this.#from(state);
      this.#done(next, id);
      const { input, problem } = this.#atHost(next, work.effect, verdict);
      const label = `${effect.type} at the host: ${verdict}`;
      if (problem !== null) this.#emit(next, bad, problem, label, null);
      else if (faults.slowReplies) {
        this.#begin(next, { kind: 'answer', effect: work.effect, input });
        this.#emit(next, good, null, label, null);
      } else this.#feed(next, input, good, `${label}, and answered`);
    }
    if (faults.lost) this.#unanswered(state, id, effect);
  }

  #leaves(state: Uint32Array, id: number, work: Extract<Work, { kind: 'effect' }>, effect: HostEffect): void {
    if (effect.type === 'Forward' && !this.#side.isStored(get(state, sideAt), effect.request.transactionId)) {
      this.#withoutCard(state, id, effect);
      return;
    }
    const next = this.#from(state);
    this.#done(next, id);
    this.#begin(next, { ...work, left: true });
    this.#sent(next, work.effect);
    this.#emit(next, good, null, `${effect.type} leaves`, null);
    if (!this.#scenario.faults.notSent) return;
    const unsent = this.#from(state);
    this.#done(unsent, id);
    unsent[progressAt] = counted(get(unsent, progressAt), 'linkWillComeUp', 1);
    const input = this.#machine.inputs.add(lostAnswerOf(effect, 'notSent'));
    this.#feed(unsent, input, bad, `${effect.type} does not leave`);
  }

  /** Right only when its answer has come meanwhile. */
  #withoutCard(state: Uint32Array, id: number, { request }: Extract<HostEffect, { type: 'Forward' }>): void {
    const { transactionId } = request;
    const next = this.#from(state);
    this.#done(next, id);
    const input = this.#machine.inputs.add({ type: 'ForwardUnanswered', transactionId, fault: 'cardMissing' });
    if (this.#terminal(state).outbox.has(transactionId))
      this.#emit(next, bad, 'the card data of a stored payment are gone', 'no card data', null);
    else this.#feed(next, input, good, 'no card data, and none needed');
  }

  /** It may reach the host whenever it likes, unless that would change nothing any more. */
  #sent(next: Uint32Array, effect: number): void {
    const first = this.#acquirer.firstAttempt(effect);
    if (!this.#acquirer.isSpent(get(next, hostAt), first)) next[wireAt] = this.#sets.with(get(next, wireAt), first);
  }

  #atHost(next: Uint32Array, effect: number, verdict: Verdict): Answered {
    const host = get(next, hostAt);
    const result = this.#acquirer.answer(host, effect, verdict);
    next[hostAt] = result.book;
    if (result.book === host) return result;
    for (const each of this.#sets.members(get(next, wireAt))) {
      if (this.#acquirer.isSpent(result.book, each)) next[wireAt] = this.#sets.without(get(next, wireAt), each);
    }
    return result;
  }

  /** Something that was sent reaches the host when nobody waits for it, or while somebody does and its reply is lost. */
  #arrivesLate(state: Uint32Array, effect: number): void {
    const { type } = this.#machine.effects.of(effect);
    for (const verdict of this.#acquirer.verdicts(get(state, hostAt), effect)) {
      const next = this.#from(state);
      next[wireAt] = this.#sets.without(get(state, wireAt), effect);
      const { input, problem } = this.#atHost(next, effect, verdict);
      const label = `${type} reaches the host late: ${verdict}`;
      const reply = this.#machine.inputs.of(input);
      if (problem === null && !this.#scenario.host.remembersUnseen && reply.type === 'HostReply') {
        // Such a host can only be lived with when its late approvals are heard: that is assumed of it.
        const late = this.#machine.inputs.add({ type: 'LateReply', stan: reply.stan, reply: reply.reply });
        this.#feed(next, late, good, `${label}, and says so`);
      } else this.#emit(next, good, problem, label, null);
    }
  }

  /** Cards, printer, vault and bank. */
  #atHand(state: Uint32Array, id: number, work: Extract<Work, { kind: 'effect' }>, effect: Effect): void {
    for (const { input, isGood } of this.#works.ends(work.effect)) {
      const next = this.#from(state);
      this.#done(next, id);
      this.#feed(next, input, isGood, effect.type);
    }
    if (effect.type === 'StoreCard') this.#storeCard(state, id, work, effect);
    const side = get(state, sideAt);
    if (effect.type === 'IssueQr') {
      const { transactionId } = effect.request;
      const input = this.#machine.inputs.add({ type: 'QrIssued', transactionId, issue });
      this.#happens(state, id, this.#side.register(side, transactionId), input);
    } else if (effect.type === 'QueryPayment') {
      this.#happens(state, id, side, this.#side.answer(side, effect.transactionId, effect.attempt));
    }
  }

  /** After a restart the card data are not in memory any more: they are on disk, or lost. */
  #storeCard(
    state: Uint32Array,
    id: number,
    work: Extract<Work, { kind: 'effect' }>,
    { transactionId }: Extract<Effect, { type: 'StoreCard' }>,
  ): void {
    const side = get(state, sideAt);
    const stored = this.#side.isStored(side, transactionId);
    const { inputs } = this.#machine;
    if (!stored && (work.afterRestart || this.#scenario.faults.vault)) {
      const next = this.#from(state);
      this.#done(next, id);
      const lost = inputs.add({ type: 'CardNotStored', transactionId, detail: '' });
      this.#feed(next, lost, work.afterRestart, 'the card data are lost');
    }
    if (work.afterRestart && !stored) return;
    this.#happens(state, id, this.#side.store(side, transactionId), inputs.add({ type: 'CardStored', transactionId }));
  }

  /** It is done, and the machine will hear of it. */
  #happens(state: Uint32Array, id: number, side: number, input: number): void {
    const next = this.#from(state);
    const { effect } = this.#works.of(id);
    this.#done(next, id);
    next[sideAt] = side;
    this.#begin(next, { kind: 'answer', effect, input });
    this.#emit(next, good, null, `${this.#machine.effects.of(effect).type} is done`, null);
  }

  #people(state: Uint32Array): void {
    const [machine, progress] = [get(state, machineAt), get(state, progressAt)];
    const { commands } = this.#scenario;
    const started = count(progress, 'started');
    const input = this.#starts[started];
    if (input !== undefined && this.#machine.step(machine, input).kind === 'act') {
      const next = this.#from(state);
      next[progressAt] = counted(progress, 'started', started + 1);
      this.#feed(next, input, bad, 'cashier');
    }
    let may = this.#commands.get(machine);
    if (may === undefined) {
      may = cashierMay(this.#machine, machine, this.#scenario);
      this.#commands.set(machine, may);
    }
    for (const { input, counter, isGood } of may) {
      const next = this.#from(state);
      if (counter !== null) {
        const used = count(progress, counter);
        if (used >= (commands[counter] ?? 0)) continue;
        next[progressAt] = counted(progress, counter, used + 1);
      }
      this.#feed(next, input, isGood, 'cashier');
    }
  }

  /** Customers pay once they can have seen the code; the bank tells of it until it was heard, and sometimes again. */
  #bank(state: Uint32Array): void {
    const { payments, starts } = this.#scenario;
    if (payments.length === 0) return;
    const [side, paid] = [get(state, sideAt), count(get(state, progressAt), 'paid')];
    const payment = payments[paid];
    const sale = payment && starts[payment.sale];
    if (
      payment !== undefined &&
      sale !== undefined &&
      'transactionId' in sale &&
      this.#side.isRegistered(side, sale.transactionId)
    ) {
      const { transactionId } = sale;
      const whileShown = this.#terminal(state).transactions.get(transactionId)?.phase === 'awaitingPayment';
      const [providerTransactionId, { amount }] = [`FT${paid + 1}`, payment];
      const next = this.#from(state);
      next[progressAt] = counted(get(state, progressAt), 'paid', paid + 1);
      next[sideAt] = this.#side.pay(side, { transactionId, providerTransactionId, amount, whileShown, told: false });
      this.#emit(next, bad, null, `the customer pays ${amount}`, null);
    }
    for (const [place, each] of this.#side.transfers(side).entries()) {
      const next = this.#from(state);
      next[sideAt] = this.#side.tell(side, place);
      this.#feed(next, this.#side.notice(each), good, 'the bank tells');
    }
  }

  #powerAndLine(state: Uint32Array): void {
    const machine = get(state, machineAt);
    const { faults } = this.#scenario;
    const later = this.#machine.timePasses(machine);
    if (later.machine !== machine) {
      const next = this.#from(state);
      next[machineAt] = later.machine;
      this.#emit(next, good, null, 'time passes', { kind: 'time' });
    }
    const willComeUp = count(get(state, progressAt), 'linkWillComeUp') > 0;
    if (willComeUp || faults.linkFlaps) {
      const next = this.#from(state);
      next[progressAt] = counted(get(state, progressAt), 'linkWillComeUp', 0);
      this.#feed(next, this.#linkUp, willComeUp, 'the line comes up');
    }
    if (!faults.restart) return;
    const turns = this.#machine.resumed(machine);
    for (let cutAfter = 0; cutAfter < Math.max(1, turns); cutAfter += 1) this.#powerFails(state, cutAfter);
  }

  #powerFails(state: Uint32Array, cutAfter: number): void {
    const outcome = this.#machine.restart(get(state, machineAt), cutAfter);
    const next = this.#from(state);
    next[workAt] = 0;
    next[timersAt] = 0;
    next[progressAt] = counted(get(state, progressAt), 'linkWillComeUp', 1);
    // Whatever had been asked for may have left just before.
    const asked = this.#sets.members(get(state, workAt)).map((work) => this.#works.of(work).effect);
    for (const effect of [...asked, ...outcome.lost]) {
      if (isForHost(this.#machine.effects.of(effect))) this.#sent(next, effect);
    }
    this.#take(next, outcome, true);
    this.#emit(next, bad, outcome.problem, `power fails (${cutAfter})`, { kind: 'restart', cutAfter });
  }

  #terminal(state: Uint32Array): TerminalState {
    return this.#machine.state(get(state, machineAt));
  }
}

function get(state: Uint32Array, at: number): number {
  return state[at] ?? 0;
}
