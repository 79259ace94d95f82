/**
 * The loop: one input at a time, decide → journal → fold → effects. Nothing is done before it is durable, and
 * nothing else changes the state. When the journal cannot be written the terminal halts: selling on would mean
 * money that nobody recorded. When it finds a bug in itself it halts too: before the journal is written nothing is, and
 * after it nothing is done about what was; the next start folds the journal again.
 */
import { assert } from '../core/base/assert.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import { assertConsistent } from '../core/transaction/consistency.ts';
import { decide, resume, type Decision } from '../core/transaction/decide.ts';
import type { Effect } from '../core/transaction/effects.ts';
import { mustReachDisk, sealsJournal } from '../core/transaction/durability.ts';
import { apply, draftOf, type TerminalDraft } from '../core/transaction/evolve.ts';
import type { Input } from '../core/transaction/inputs.ts';
import type { TerminalIdentity } from '../core/transaction/model.ts';
import type { Policy } from '../core/transaction/policy.ts';
import { decodeState, encodeState, foldVersion, readableFoldVersions } from '../core/transaction/state-text.ts';
import { emptyTerminal, isWaiting, shownTransaction, type TerminalState } from '../core/transaction/state.ts';
import { bugCode, FoldFailed, type Halt } from './halt.ts';
import type { JournalPort } from './ports.ts';

/** Events between two snapshots: a start folds at most about this many. */
const snapshotEvery = 5000;

export interface EffectRunner {
  /** Starts `effect` and returns at once; its end arrives as one input through `Terminal.handle`. */
  run(effect: Effect): void;
}

/** The pure functions that the loop turns. */
export interface Machine {
  readonly decide: typeof decide;
  readonly resume: typeof resume;
  readonly apply: typeof apply;
}

export interface TerminalOptions {
  readonly journal: JournalPort;
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: Policy;
  readonly softwareVersion: string;
  readonly identity: TerminalIdentity;
  /** The real ones, unless a test plants a bug. */
  readonly machine?: Machine;
}

export type Handled = Decision | { readonly kind: 'halted'; readonly why: string };

/** The newest of this version, or else of an earlier one that can still be read. */
export function readableSnapshot(
  journal: Pick<JournalPort, 'latestSnapshot'>,
): ReturnType<JournalPort['latestSnapshot']> {
  for (const version of readableFoldVersions) {
    const snapshot = journal.latestSnapshot(version);
    if (snapshot !== undefined) return snapshot;
  }
  return undefined;
}

export class Terminal {
  readonly #options: TerminalOptions;
  readonly #machine: Machine;
  readonly #listeners = new Set<() => void>();
  #runner: EffectRunner | undefined;
  /** Changed in place, here only: folding a long journal costs the same for every event. */
  readonly #state: TerminalDraft;
  /** Sequence number that the latest snapshot stands for. */
  #snapshotAt: number;
  #halted: Halt | undefined;
  #turning = false;

  /** Folds the journal from its latest snapshot on; nothing runs before `start`. Throws `FoldFailed`. */
  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#machine = options.machine ?? { decide, resume, apply };
    const { journal } = options;
    const snapshot = readableSnapshot(journal);
    this.#state = folding(() => draftOf(snapshot === undefined ? emptyTerminal : decodeState(snapshot.state)));
    this.#snapshotAt = snapshot?.sequence ?? 0;
    for (const recorded of journal.read(this.#snapshotAt)) {
      folding(() => this.#machine.apply(this.#state, recorded));
    }
    folding(() => assertConsistent(this.#state));
  }

  get state(): TerminalState {
    return this.#state;
  }

  /** Whether inputs are taken; before that, whoever brings one has to bring it again. */
  get started(): boolean {
    return this.#runner !== undefined;
  }

  /** A person waits for the terminal, or it for a person: nothing that takes time is done now. */
  get busy(): boolean {
    const shown = shownTransaction(this.#state);
    return shown !== undefined && isWaiting(shown);
  }

  /** Why nothing may be sold any more, or undefined. Only a restart ends it. */
  get halted(): Halt | undefined {
    return this.#halted;
  }

  /** Calls `listener` after every change; the result unsubscribes. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes up what the last session left: call once, when effects can run. */
  start(runner: EffectRunner): void {
    assert(this.#runner === undefined, 'terminal: started twice');
    this.#runner = runner;
    const { softwareVersion, identity } = this.#options;
    this.handle({ type: 'TerminalStarted', softwareVersion, identity });
    let interrupted: ReturnType<Machine['resume']> = [];
    try {
      interrupted = this.#machine.resume(this.#state);
    } catch (error) {
      this.fail(error);
    }
    for (const input of interrupted) this.handle(input);
  }

  /** One whole turn of the loop, synchronous: when it returns, the events are durable. */
  handle(input: Input): Handled {
    assert(this.#runner !== undefined, 'terminal: not started');
    if (this.#halted !== undefined) return { kind: 'halted', why: this.#halted.why };
    try {
      assert(!this.#turning, 'terminal: inputs never nest');
      this.#turning = true;
      return this.#turn(input, this.#runner);
    } catch (error) {
      return this.fail(error);
    } finally {
      this.#turning = false;
    }
  }

  #turn(input: Input, runner: EffectRunner): Handled {
    const { journal, clock, policy, log } = this.#options;
    const at = clock.now();
    const decision = this.#machine.decide(this.#state, input, { at, policy });
    if (decision.kind !== 'act') {
      log.write('debug', `${decision.kind}: ${input.type}`, { why: decision.why });
      return decision;
    }
    if (decision.events.length > 0) {
      const { events } = decision;
      const { sequence } = journal.head();
      const appended = journal.append(events, at, sealsJournal(events), mustReachDisk(events));
      if (!appended.ok) return this.#halt({ kind: 'journal', why: appended.fault.detail });
      assert(appended.value.sequence === sequence + events.length, 'terminal: the journal has taken every event once');
      for (const event of decision.events) {
        this.#machine.apply(this.#state, { at, event });
        log.write('info', event.type, 'transactionId' in event ? { transaction: event.transactionId } : {});
      }
    }
    for (const effect of decision.effects) runner.run(effect);
    for (const listener of this.#listeners) listener();
    return decision;
  }

  /**
   * Writes what the journal has come to, so that the next start folds only what follows. Not while a customer waits. A
   * snapshot that cannot be written costs nothing but time at that start, unless the journal itself is in trouble. True
   * when one stands for the present head.
   */
  snapshot({ force }: { readonly force: boolean } = { force: false }): boolean {
    const { journal, log } = this.#options;
    const { sequence } = journal.head();
    if (this.#halted !== undefined) return false;
    assert(sequence >= this.#snapshotAt, 'terminal: a journal does not become shorter');
    if (sequence === this.#snapshotAt) return sequence > 0;
    if (!force && (this.busy || sequence - this.#snapshotAt < snapshotEvery)) return false;
    const written = journal.writeSnapshot(foldVersion, encodeState(this.#state));
    if (written.ok) this.#snapshotAt = sequence;
    else log.write('warning', 'snapshot not written', { detail: written.fault.detail });
    return written.ok;
  }

  /** The journal was found damaged while it was in use. */
  halt(why: string): void {
    if (this.#halted === undefined) this.#halt({ kind: 'journal', why });
  }

  /** A bug was found in what the loop calls or what it has begun: nothing more is decided, written or begun. */
  fail(error: unknown): Handled {
    const code = bugCode(error);
    const trace = error instanceof Error ? error.stack : String(error);
    this.#options.log.write('error', 'a bug: the terminal has stopped selling', { code, trace });
    if (this.#halted !== undefined) return { kind: 'halted', why: this.#halted.why };
    return this.#halt({ kind: 'bug', why: code });
  }

  /** Whether this input's events reached the disk is only known after a restart; so nothing is folded or done. */
  #halt(halt: Halt): Handled {
    const { log } = this.#options;
    assert(this.#halted === undefined, 'terminal: it halts once, and for one reason');
    this.#halted = halt;
    log.write('error', 'the terminal has stopped selling', { ...halt });
    for (const listener of this.#listeners) {
      // One that cannot show it must not keep the others from it.
      try {
        listener();
      } catch (error) {
        log.write('error', 'a bug in a listener', { code: bugCode(error) });
      }
    }
    return { kind: 'halted', why: halt.why };
  }
}

function folding<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new FoldFailed(error);
  }
}
