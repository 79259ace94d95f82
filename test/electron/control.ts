/** The stand-in's side of the test's remote control: questions over the process channel, each answered once. */
import { MessageChannel } from 'node:worker_threads';
import { ipcMain, windows } from './stand-in-main.ts';
import { StandInEvent } from './stand-in-events.ts';
import { StandInPort } from './stand-in-ports.ts';

export type Question =
  /** A JavaScript expression in the page; promises are awaited. */
  | { readonly do: 'evaluate'; readonly expression: string }
  | { readonly do: 'crash' }
  /** Emits an event that Chromium here cannot produce; answers whether it was prevented. */
  | { readonly do: 'emit'; readonly target: 'window' | 'contents'; readonly event: string }
  /** A message from another frame; answers whether its port was closed. */
  | { readonly do: 'ipc'; readonly channel: string; readonly url: string; readonly subframe: boolean };

export interface Asked {
  readonly id: number;
  readonly question: Question;
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export function answerTest(): void {
  process.on('message', ({ id, question }: Asked) => {
    answer(question).then(
      (value) => process.send?.({ id, value } satisfies Answer),
      (error: unknown) => process.send?.({ id, error: String(error) } satisfies Answer),
    );
  });
}

async function answer(question: Question): Promise<unknown> {
  const window = windows[0];
  if (window === undefined) throw new Error('no window yet');
  const contents = window.webContents;
  if (question.do === 'evaluate') return (await contents.page).evaluate<unknown>(question.expression);
  if (question.do === 'crash') return contents.forcefullyCrashRenderer();
  if (question.do === 'ipc') return offerPort(contents, question);
  const event = new StandInEvent();
  (question.target === 'window' ? window : contents).emit(question.event, event);
  return event.defaultPrevented;
}

function offerPort(sender: unknown, { channel, url, subframe }: Extract<Question, { do: 'ipc' }>): Promise<boolean> {
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise<boolean>((resolve) => {
    port1.on('close', () => resolve(true));
    setTimeout(() => resolve(false), 500);
  });
  const senderFrame = { url, parent: subframe ? {} : null };
  ipcMain.emit(channel, { ports: [new StandInPort(port2)], senderFrame, sender });
  return closed;
}
