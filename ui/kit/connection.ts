/**
 * The one link between screens and terminal: checks every frame at the border, keeps the newest view, and
 * turns a command into a promise of its answer with a time limit. Nothing that arrives is trusted or ignored.
 */
import { batch, signal, type ReadonlySignal } from '@preact/signals';
import { encodeClientFrame, parseServerFrame } from '../../src/contract/border.ts';
import type { Command, CommandResult } from '../../src/contract/commands.ts';
import { contractVersion, type TerminalView } from '../../src/contract/view.ts';
import { openBridge, openWebSocket, type Transport, type TransportListener } from './transport.ts';

/** The terminal's own answer, or what the screen knows when there is none. */
export type CommandOutcome =
  | CommandResult
  | { readonly ok: false; readonly reason: 'noAnswer' | 'notConnected'; readonly detail: string };

export interface Paper {
  /** 1 for the first paper since the page was opened. */
  readonly number: number;
  readonly jobId: string;
  /** `data:` URL of a PNG. */
  readonly src: string;
}

/** `connecting`: never yet connected; `lost` and `connecting` are shown only once they last `patienceMs`. */
export type LinkState = 'connecting' | 'up' | 'lost' | 'noToken';

export interface Terminal {
  readonly view: ReadonlySignal<TerminalView | null>;
  readonly link: ReadonlySignal<LinkState>;
  /** What was wrong with the last frame; null again once a good view has come. */
  readonly fault: ReadonlySignal<string | null>;
  /** Newest first. */
  readonly papers: ReadonlySignal<readonly Paper[]>;
  /** The terminal's clock in epoch ms: the view's time plus what has passed here since it came. */
  now(): number;
  send(command: Command): Promise<CommandOutcome>;
  reconnect(): void;
}

const commandLimitMs = 10_000;
/** A report or slip is answered once it is on paper. */
const printLimitMs = 60_000;
/** How long a lost link may stay unmentioned: a restart of the page's socket should not flash. */
const patienceMs = 1_000;
/** After a frame we cannot read: time to read what is wrong, then a fresh connection and a fresh view. */
const faultPauseMs = 5_000;
const papersKept = 12;
const tokenKey = 'cham.token';

/** Takes `#token=<hex>` out of the address bar, or what an earlier load of this tab kept. */
function takeToken(): string | null {
  const token = /^#token=([0-9a-f]+)$/i.exec(location.hash)?.[1];
  if (token === undefined) return sessionStorage.getItem(tokenKey);
  sessionStorage.setItem(tokenKey, token);
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}

export function connectTerminal(): Terminal {
  const view = signal<TerminalView | null>(null);
  const link = signal<LinkState>('up');
  const fault = signal<string | null>(null);
  const papers = signal<readonly Paper[]>([]);
  const waiting = new Map<number, (outcome: CommandOutcome) => void>();
  let receivedAt = 0;
  let nextId = 0;
  let paperCount = 0;
  let everUp = false;
  let patience: ReturnType<typeof setTimeout> | undefined;
  let transport: Transport | undefined;

  function loseLinkSoon(): void {
    patience ??= setTimeout(() => {
      link.value = everUp ? 'lost' : 'connecting';
    }, patienceMs);
  }

  const listener: TransportListener = {
    onDown() {
      for (const answer of waiting.values()) {
        answer({ ok: false, reason: 'noAnswer', detail: 'connection lost before the answer' });
      }
      waiting.clear();
      loseLinkSoon();
    },
    onText(text) {
      const parsed = parseServerFrame(text);
      if (!parsed.ok) {
        fault.value = parsed.problem;
        transport?.restart(faultPauseMs);
        return;
      }
      const frame = parsed.frame;
      switch (frame.type) {
        case 'view':
          // Only a view proves that somebody is there: an open socket to a hung service is not a link.
          everUp = true;
          clearTimeout(patience);
          patience = undefined;
          receivedAt = performance.now();
          batch(() => {
            view.value = frame.view;
            fault.value = null;
            link.value = 'up';
          });
          return;
        case 'result':
          waiting.get(frame.id)?.(frame.result);
          waiting.delete(frame.id);
          return;
        case 'paper':
          paperCount += 1;
          papers.value = [
            { number: paperCount, jobId: frame.jobId, src: `data:image/png;base64,${frame.png}` },
            ...papers.value.slice(0, papersKept - 1),
          ];
      }
    },
  };

  loseLinkSoon();
  const bridge = window.cham;
  const token = bridge === undefined ? takeToken() : null;
  if (bridge !== undefined) {
    transport = openBridge(bridge, listener);
  } else if (token === null) {
    clearTimeout(patience);
    link.value = 'noToken';
  } else {
    transport = openWebSocket(
      `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
      token,
      listener,
    );
  }

  return {
    view,
    link,
    fault,
    papers,
    now() {
      return (view.value?.now ?? 0) + performance.now() - receivedAt;
    },
    send(command) {
      const id = nextId;
      nextId += 1;
      const printing = command.type === 'printReport' || command.type === 'printFollowUp';
      const limitMs = printing ? printLimitMs : commandLimitMs;
      return new Promise((resolve) => {
        const limit = setTimeout(() => {
          waiting.delete(id);
          resolve({ ok: false, reason: 'noAnswer', detail: `no answer within ${limitMs} ms` });
        }, limitMs);
        waiting.set(id, (outcome) => {
          clearTimeout(limit);
          resolve(outcome);
        });
        if (transport?.send(encodeClientFrame({ version: contractVersion, id, command })) === true) return;
        waiting.get(id)?.({ ok: false, reason: 'notConnected', detail: 'no connection to the terminal' });
        waiting.delete(id);
      });
    },
    reconnect() {
      transport?.restart(0);
    },
  };
}
