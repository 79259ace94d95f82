/**
 * Every wait on a screen shows its limit. The ring empties and the dot below it (the dot of ạ) counts the
 * seconds by the terminal's clock; at zero the caller's words say what happens now, and the dot counts on as
 * overdue. Ticks write straight into the SVG, so nothing else renders.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Messages } from '../i18n/messages.ts';
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

/** What a countdown shows, as signals that are made anew for each wait. */
function useFace(remaining: Remaining) {
  const { language } = useScreen();
  return useMemo(() => {
    const { overdue, overdueSeconds, seconds, share } = remaining;
    const say = (left: (words: Messages['sale'], seconds: number) => string): ReadonlySignal<string> =>
      computed(() => {
        const words = language.messages.value.sale;
        return overdue.value ? words.overdueBy(overdueSeconds.value) : left(words, seconds.value);
      });
    return {
      offset: computed(() => 100 - 100 * share.value),
      dot: computed(() => {
        if (overdue.value) return `+${overdueSeconds.value}`;
        return seconds.value >= minutesFrom ? formatClock(seconds.value) : String(seconds.value);
      }),
      label: say((words, left) => words.secondsLeft(left)),
      line: say((words, left) => words.timeLeft(formatClock(left))),
    };
  }, [remaining, language]);
}

/** The ring with a picture inside and the seconds in its dot. */
export function CountdownRing(props: {
  readonly remaining: Remaining;
  /** False when the stage waits without a limit of its own, e.g. for a step that is already running. */
  readonly limited: boolean;
  readonly children: ComponentChildren;
}) {
  const { remaining, limited, children } = props;
  const { offset, dot, label } = useFace(remaining);
  return (
    <svg
      class={remaining.overdue.value ? 'ring ring-overdue' : 'ring'}
      viewBox="0 0 200 232"
      role="img"
      aria-label={label}
    >
      <circle class="ring-field" cx="100" cy="100" r="94" />
      <circle class="ring-track" cx="100" cy="100" r="94" />
      {limited ? <RingLeft centre={100} radius={94} offset={offset} /> : null}
      {children}
      {limited ? (
        <g>
          <rect class="ring-dot" x="66" y="176" width="68" height="52" rx="26" />
          <text class="ring-text" x="100" y="203" text-anchor="middle" dominant-baseline="central">
            {dot}
          </text>
        </g>
      ) : null}
    </svg>
  );
}

function RingLeft(props: {
  readonly centre: number;
  readonly radius: number;
  readonly offset: ReadonlySignal<number>;
}) {
  const { centre, radius, offset } = props;
  return (
    <circle
      class="ring-left"
      cx={centre}
      cy={centre}
      r={radius}
      pathLength="100"
      stroke-dasharray="100"
      stroke-dashoffset={offset}
      transform={`rotate(-90 ${centre} ${centre})`}
    />
  );
}

/** The same wait as one line, where a QR code takes the place of the picture. */
export function CountdownLine(props: { readonly remaining: Remaining }) {
  const { remaining } = props;
  const { offset, line } = useFace(remaining);
  return (
    <p class={remaining.overdue.value ? 'wait-line wait-line-overdue' : 'wait-line'}>
      <svg class="wait-line-ring" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <circle class="ring-track" cx="12" cy="12" r="9.5" />
        <RingLeft centre={12} radius={9.5} offset={offset} />
      </svg>
      <span>{line}</span>
    </p>
  );
}
