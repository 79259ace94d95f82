/**
 * A real terminal in a process of its own, driven over its real WebSocket, so that it can be killed like one.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { WebSocket } from 'ws';
import { encodeClientFrame, parseServerFrame } from '../src/contract/border.ts';
import type { Command, CommandResult } from '../src/contract/commands.ts';
import { contractVersion, type SaleView, type TerminalView } from '../src/contract/view.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Longest wait for any single thing a test waits for. */
const limitMs = 15_000;

export class TerminalChild {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #answers = new Map<number, (result: CommandResult) => void>();
  readonly #watchers = new Set<() => void>();
  #socket: WebSocket | undefined;
  #view: TerminalView | undefined;
  #lastId = 0;
  /** Every frame received, as text. */
  readonly frames: string[] = [];
  readonly readyMs: number;
  /** All that it has written to standard error. */
  readonly log: () => string;

  private constructor(child: ChildProcess, exited: Promise<unknown>, readyMs: number, log: () => string) {
    this.log = log;
    this.#process = child;
    this.#exited = exited;
    this.readyMs = readyMs;
  }

  /** Starts the service and opens its screen's connection. */
  static async start(configFile: string, dataFolder: string, ...more: readonly string[]): Promise<TerminalChild> {
    const parameters = [
      'run',
      '--config',
      configFile,
      '--data',
      dataFolder,
      '--port',
      '0',
      '--shell',
      'none',
      '--json',
    ];
    const child = spawn(process.execPath, [path.join(root, 'src/main/cli/cham.ts'), ...parameters, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = once(child, 'exit');
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    const ready = await new Promise<{ readonly url: string; readonly readyMs: number }>((resolve, reject) => {
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        out += chunk;
        if (out.includes('\n')) resolve(JSON.parse(out) as { url: string; readyMs: number });
      });
      child.once('exit', (code) => reject(new Error(`the terminal ended with ${String(code)}: ${errors}`)));
    });
    const terminal = new TerminalChild(child, exited, ready.readyMs, () => errors);
    await terminal.#connect(new URL(ready.url));
    return terminal;
  }

  async #connect(url: URL): Promise<void> {
    const socket = new WebSocket(`ws://${url.host}/ws`, ['cham.v1', `token.${url.hash.slice('#token='.length)}`], {
      headers: { Origin: url.origin },
    });
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.frames.push(text);
      const parsed = parseServerFrame(text);
      if (!parsed.ok) throw new Error(parsed.problem);
      const { frame } = parsed;
      if (frame.type === 'view') this.#view = frame.view;
      if (frame.type === 'result') this.#answers.get(frame.id)?.(frame.result);
      for (const watcher of this.#watchers) watcher();
    });
    await this.until((view) => view.version === contractVersion);
  }

  get view(): TerminalView {
    if (this.#view === undefined) throw new Error('no view yet');
    return this.#view;
  }

  command(command: Command): Promise<CommandResult> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#socket?.send(encodeClientFrame({ version: contractVersion, id, command }));
    });
  }

  /** Waits until the view is as asked, or fails saying what it was. */
  until(reached: (view: TerminalView) => boolean): Promise<TerminalView> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const view = this.#view;
        if (view === undefined || !reached(view)) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(view);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`not reached; the view shows ${JSON.stringify(this.#view?.sale ?? 'no sale')}`));
      }, limitMs);
      this.#watchers.add(look);
      look();
    });
  }

  stage(...stages: readonly SaleView['stage'][]): Promise<TerminalView> {
    return this.until(({ sale }) => sale !== null && stages.includes(sale.stage));
  }

  /** Repeats a customer's movement until the terminal takes it, e.g. while the reader is switching on. */
  async insist(command: Command): Promise<void> {
    const end = performance.now() + limitMs;
    while (!(await this.command(command)).ok) {
      if (performance.now() > end) throw new Error(`${command.type} was never accepted`);
    }
  }

  /** SIGKILL: no handler runs, nothing is flushed by the process. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    this.#socket?.terminate();
    await this.#exited;
  }

  /** SIGTERM, as a service manager stops it; resolves to the exit code. */
  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    await this.#exited;
    return this.#process.exitCode;
  }
}
