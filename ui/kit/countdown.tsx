/**
 * Every wait on a screen shows its limit. The ring empties and the dot below it (the dot of ạ) counts the
 * seconds by the terminal's clock; at zero the caller's words say what happens now, and the dot counts on as
 * overdue. Ticks write straight into the SVG, so nothing else renders.
 */
import { computed, signal, useComputed, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Terminal } from './connection.ts';
import { formatClock } from './format.ts';
import { useScreen } from './screen.tsx';

const tickMs = 200;

export interface Remaining {
  /** Whole seconds left, 0 when over. */
  readonly seconds: ReadonlySignal<number>;
  /** Whole seconds past the end, 0 before it. */
  readonly overdueSeconds: ReadonlySignal<number>;
  readonly overdue: ReadonlySignal<boolean>;
  /** Share of the wait still left, 0 to 1. */
  readonly share: ReadonlySignal<number>;
}

interface Clockwork extends Remaining {
  readonly tick: () => void;
}

function createClockwork(terminal: Terminal, since: number | null, until: number | null): Clockwork {
  const measure = (): number => (until === null ? 0 : until - terminal.now());
  const left = signal(measure());
  return {
    seconds: computed(() => Math.max(0, Math.ceil(left.value / 1000))),
    overdueSeconds: computed(() => Math.max(0, Math.floor(-left.value / 1000))),
    overdue: computed(() => until !== null && left.value <= 0),
    share: computed(() => {
      if (since === null || until === null || until <= since) return 0;
      return Math.min(1, Math.max(0, left.value / (until - since)));
    }),
    tick() {
      left.value = measure();
    },
  };
}

/** `until` null: nothing is waited for; then all is zero and nothing is overdue. */
export function useRemaining(since: number | null, until: number | null): Remaining {
  const { terminal } = useScreen();
  const clockwork = useMemo(() => createClockwork(terminal, since, until), [terminal, since, until]);
  useEffect(() => {
    if (until === null) return undefined;
    clockwork.tick();
    const timer = setInterval(clockwork.tick, tickMs);
    return () => clearInterval(timer);
  }, [clockwork, until]);
  return clockwork;
}

/** Above this the dot shows minutes and seconds. */
const minutesFrom = 100;

function useClockText(remaining: Remaining): ReadonlySignal<string> {
  return useComputed(() => {
    if (remaining.overdue.value) return `+${remaining.overdueSeconds.value}`;
    const seconds = remaining.seconds.value;
    return seconds >= minutesFrom ? formatClock(seconds) : String(seconds);
  });
}

/** The ring with a picture inside and the seconds in its dot. */
export function CountdownRing(props: {
  readonly remaining: Remaining;
  /** False when the stage waits without a limit of its own, e.g. for a step that is already running. */
  readonly limited: boolean;
  readonly children: ComponentChildren;
}) {
  const { language } = useScreen();
  const text = useClockText(props.remaining);
  const offset = useComputed(() => 100 - 100 * props.remaining.share.value);
  const label = useComputed(() => {
    const words = language.messages.value.sale;
    const { overdue, overdueSeconds, seconds } = props.remaining;
    return overdue.value ? words.overdueBy(overdueSeconds.value) : words.secondsLeft(seconds.value);
  });
  const overdue = props.remaining.overdue.value;
  return (
    <svg class={overdue ? 'ring ring-overdue' : 'ring'} viewBox="0 0 200 232" role="img" aria-label={label}>
      <circle class="ring-field" cx="100" cy="100" r="94" />
      <circle class="ring-track" cx="100" cy="100" r="94" />
      {props.limited ? (
        <circle
          class="ring-left"
          cx="100"
          cy="100"
          r="94"
          pathLength="100"
          stroke-dasharray="100"
          stroke-dashoffset={offset}
          transform="rotate(-90 100 100)"
        />
      ) : null}
      {props.children}
      {props.limited ? (
        <g>
          <rect class="ring-dot" x="66" y="176" width="68" height="52" rx="26" />
          <text class="ring-text" x="100" y="203" text-anchor="middle" dominant-baseline="central">
            {text}
          </text>
        </g>
      ) : null}
    </svg>
  );
}

/** The same wait as one line, where a QR code takes the place of the picture. */
export function CountdownLine(props: { readonly remaining: Remaining }) {
  const { language } = useScreen();
  const text = useComputed(() => {
    const words = language.messages.value.sale;
    const { overdue, overdueSeconds, seconds } = props.remaining;
    return overdue.value ? words.overdueBy(overdueSeconds.value) : words.timeLeft(formatClock(seconds.value));
  });
  const offset = useComputed(() => 100 - 100 * props.remaining.share.value);
  return (
    <p class={props.remaining.overdue.value ? 'wait-line wait-line-overdue' : 'wait-line'}>
      <svg class="wait-line-ring" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <circle class="ring-track" cx="12" cy="12" r="9.5" />
        <circle
          class="ring-left"
          cx="12"
          cy="12"
          r="9.5"
          pathLength="100"
          stroke-dasharray="100"
          stroke-dashoffset={offset}
          transform="rotate(-90 12 12)"
        />
      </svg>
      <span>{text}</span>
    </p>
  );
}
