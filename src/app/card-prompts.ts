/**
 * What a card session asks of the people in front of it, as the screens show it: one prompt at a time, with its limit. It
 * is in no journal: after a restart the card has lost its power, and nobody asks any more.
 */
import { assert } from '../core/base/assert.ts';
import type { CardPrompt } from '../contract/view.ts';
import type { Clock } from '../core/base/ports.ts';

/** How long the cardholder has to choose an application. */
const chooseLimitMs = 45_000;

type Chosen = number | 'cancelled';

export class CardPrompts {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #listeners = new Set<() => void>();
  #shown: CardPrompt | null = null;
  #answer: ((chosen: Chosen) => void) | undefined;
  #asked = 0;

  constructor(clock: Pick<Clock, 'now' | 'after'>) {
    this.#clock = clock;
  }

  get shown(): CardPrompt | null {
    return this.#shown;
  }

  /** Calls `listener` after every change; the result unsubscribes. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The result takes it back, unless something else is shown by then. */
  show(prompt: CardPrompt): () => void {
    this.#set(prompt);
    return () => {
      if (this.#shown === prompt) this.#set(null);
    };
  }

  /** The same with a limit that the screens count down. */
  showFor(limitMs: number, prompt: { readonly kind: 'enterPin'; readonly triesLeft: number | null }): () => void {
    assert(limitMs > 0, 'prompts: a wait has a limit');
    const waitSince = this.#clock.now();
    return this.show({ ...prompt, waitSince, waitUntil: waitSince + limitMs });
  }

  /** `cancelled` too when nobody answers in time, or when `signal` ends it. */
  choose(labels: readonly string[], signal: AbortSignal): Promise<Chosen> {
    assert(labels.length > 0, 'prompts: there is something to choose');
    this.#asked += 1;
    const waitSince = this.#clock.now();
    const prompt: CardPrompt = {
      kind: 'chooseApplication',
      id: `choice-${this.#asked}`,
      labels: [...labels],
      waitSince,
      waitUntil: waitSince + chooseLimitMs,
    };
    const takeBack = this.show(prompt);
    return new Promise((resolve) => {
      const settle = (chosen: Chosen): void => {
        this.#answer = undefined;
        stopClock();
        signal.removeEventListener('abort', aborted);
        takeBack();
        resolve(chosen);
      };
      const aborted = (): void => settle('cancelled');
      const stopClock = this.#clock.after(chooseLimitMs, aborted);
      signal.addEventListener('abort', aborted);
      this.#answer = settle;
      if (signal.aborted) aborted();
    });
  }

  /** False when that is not what is being asked, or there is no such choice. */
  answer(id: string, index: number | null): boolean {
    const { shown } = this;
    if (shown?.kind !== 'chooseApplication' || shown.id !== id) return false;
    if (index !== null && index >= shown.labels.length) return false;
    this.#answer?.(index ?? 'cancelled');
    return true;
  }

  #set(prompt: CardPrompt | null): void {
    if (this.#shown === prompt) return;
    this.#shown = prompt;
    for (const listener of this.#listeners) listener();
  }
}
