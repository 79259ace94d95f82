/** Whether the provider answers, as it was last seen: for a technician's screen, and one line in the log for each change. */
import type { EpochMs } from '../../core/base/brand.ts';
import type { Clock, Log } from '../../core/base/ports.ts';
import type { Result } from '../../core/base/result.ts';
import type { ProviderFault } from '../../core/transaction/model.ts';

export interface ProviderState {
  /** `unknown`: it has not been asked since the start. */
  readonly answer: 'unknown' | 'answers' | 'silent';
  /** Null while unknown. */
  readonly since: EpochMs | null;
  /** Why it is silent, in one English sentence; empty otherwise. */
  readonly detail: string;
}

export class ProviderHealth {
  readonly #provider: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<() => void>();
  #state: ProviderState = { answer: 'unknown', since: null, detail: '' };

  constructor(provider: string, clock: Clock, log: Log) {
    this.#provider = provider;
    this.#clock = clock;
    this.#log = log;
  }

  get state(): ProviderState {
    return this.#state;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How a question to it has ended. */
  note(result: Result<unknown, ProviderFault>): void {
    const before = this.#state.answer;
    const answer = result.ok ? 'answers' : 'silent';
    if (before === answer) return;
    const provider = this.#provider;
    this.#state = { answer, since: this.#clock.now(), detail: result.ok ? '' : result.fault.detail };
    if (!result.ok) {
      const { kind, detail } = result.fault;
      this.#log.write('warning', 'qr provider cannot be asked', { provider, fault: kind, detail });
    } else if (before === 'silent') this.#log.write('info', 'qr provider answers again', { provider });
    for (const listener of this.#listeners) listener();
  }
}
