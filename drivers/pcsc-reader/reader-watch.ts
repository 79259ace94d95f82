/**
 * Keeps an eye on one PC/SC reader: is pcscd there, is the reader there, is there a card. It waits in slices on a
 * context of its own and hands what it sees to a listener, until it is stopped.
 */
import type { Clock } from '../../src/core/base/ports.ts';
import { pcscCode } from '../transport/pcsc-codes.ts';
import {
  PcscContext,
  pnpNotification,
  readerStateBit,
  type ReaderState,
  type WinscardFunctions,
} from '../transport/pcsc.ts';

export type ReaderStatus =
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** Ready; also when a card is there that does not answer to a reset. */
  | { readonly kind: 'empty'; readonly reader: string }
  | {
      readonly kind: 'card';
      readonly reader: string;
      readonly atr: Uint8Array;
      /** Different for every time a card comes into the field. */
      readonly presence: number;
    };

/** The longest that pcscd is asked to wait in one call; a watch that is stopped ends with the slice. */
const sliceMs = 500;
/** The longest that pcscd may take over a call; longer than any pause between two calls. */
const answerLimitMs = sliceMs + 2000;
/** Gap before pcscd or a lost reader is tried again. */
const retryMs = 1000;

const nothingKnown = { state: 0, atr: new Uint8Array(0) };

export class ReaderWatch {
  readonly #functions: WinscardFunctions;
  readonly #clock: Clock;
  readonly #wanted: string;
  readonly #listener: (status: ReaderStatus) => void;
  #heardMs = 0;
  #stopped = false;
  #endPause: () => void = () => undefined;
  #running: Promise<void> | undefined;

  /** `wanted` is a part of the reader's name; empty takes the first reader. */
  constructor(functions: WinscardFunctions, clock: Clock, wanted: string, listener: (status: ReaderStatus) => void) {
    this.#functions = functions;
    this.#clock = clock;
    this.#wanted = wanted;
    this.#listener = listener;
  }

  start(): void {
    this.#heardMs = this.#clock.monotonicMs();
    this.#running ??= this.#run();
  }

  /** Whether pcscd has left a call unanswered. */
  get isStuck(): boolean {
    return this.#clock.monotonicMs() - this.#heardMs > answerLimitMs;
  }

  /** Ends when the call that is under way has returned: never, if pcscd never answers. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#endPause();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const context = await this.#heard(PcscContext.establish(this.#functions));
      const trouble = context.ok ? await this.#watchOn(context.value) : context.fault.detail;
      if (this.#stopped) return;
      this.#listener({ kind: 'unavailable', detail: trouble });
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(retryMs, resolve);
        this.#endPause = () => {
          cancel();
          resolve();
        };
      });
    }
  }

  /** Works until it is stopped or something fails; returns what failed. */
  async #watchOn(context: PcscContext): Promise<string> {
    try {
      let known: ReaderState | undefined;
      while (!this.#stopped) {
        const names = await this.#heard(context.listReaders());
        if (this.#stopped) break;
        if (!names.ok) return names.fault.detail;
        const name = names.value.find((candidate) => candidate.includes(this.#wanted));
        if (name === undefined) this.#listener({ kind: 'unavailable', detail: this.#absent(names.value) });
        if (name !== known?.name) known = name === undefined ? undefined : { name, ...nothingKnown };
        const watched = known === undefined ? [] : [known];
        const changed = await this.#heard(
          context.statusChange([...watched, { name: pnpNotification, ...nothingKnown }], sliceMs),
        );
        if (this.#stopped) break;
        if (!changed.ok && changed.fault.code !== pcscCode.timeout) return changed.fault.detail;
        const [now] = changed.ok ? changed.value : [];
        if (known === undefined || now === undefined) continue;
        if ((now.state & (readerStateBit.unknown | readerStateBit.unavailable)) !== 0)
          return `${now.name} was unplugged`;
        known = now;
        this.#listener(statusOf(now));
      }
      return 'stopped';
    } finally {
      await context.release();
    }
  }

  async #heard<T>(call: Promise<T>): Promise<T> {
    const answer = await call;
    this.#heardMs = this.#clock.monotonicMs();
    return answer;
  }

  #absent(names: readonly string[]): string {
    if (names.length === 0) return 'no PC/SC reader is connected';
    return `no reader is called "${this.#wanted}"; connected: ${names.join(', ')}`;
  }
}

function statusOf({ name, state, atr }: ReaderState): ReaderStatus {
  const present = (state & readerStateBit.present) !== 0 && (state & readerStateBit.mute) === 0;
  return present ? { kind: 'card', reader: name, atr, presence: state >>> 16 } : { kind: 'empty', reader: name };
}
