/** Why the terminal did not do what was asked: one short line on one screen, gone by itself after a while. */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { CommandTrouble } from '../i18n/messages.ts';

export interface Notices {
  readonly current: ReadonlySignal<CommandTrouble | null>;
  show(trouble: CommandTrouble): void;
  /** What it said is being seen to. */
  clear(): void;
}

const shownMs = 8_000;

export function createNotices(): Notices {
  const current = signal<CommandTrouble | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    current,
    show(trouble) {
      clearTimeout(timer);
      current.value = trouble;
      timer = setTimeout(() => {
        current.value = null;
      }, shownMs);
    },
    clear() {
      clearTimeout(timer);
      current.value = null;
    },
  };
}
