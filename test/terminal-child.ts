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
import { assert } from '../src/core/base/assert.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Longest wait for any single thing a test waits for. */
const limitMs = 15_000;

/** `cham run`, as the program and its first argument. */
export const chamRun: readonly string[] = [path.join(root, 'src/main/cli/cham.ts'), 'run'];

export class TerminalChild {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #answers = new Map<number, (result: CommandResult) => void>();
  readonly #watchers = new Set<() => void>();
  /** Reject what still waits once the process is gone. */
  readonly #abandoned = new Set<(why: Error) => void>();
  #socketClosed: Promise<unknown> = Promise.resolve();
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
    child.once('exit', (code, signal) => {
      const why = new Error(`the terminal has ended with ${signal ?? String(code)}`);
      for (const abandon of this.#abandoned) abandon(why);
    });
  }

  /** Starts the service and opens its screen's connection. */
  static start(configFile: string, dataFolder: string, ...more: readonly string[]): Promise<TerminalChild> {
    return TerminalChild.launch([...chamRun, ...more], configFile, dataFolder);
  }

  /**
   * The same by way of another script and its first arguments: it is given the options of `cham run` and a channel for
   * `tell`. `spawned` gets a SIGKILL for the process, before it does anything.
   */
  static async launch(
    line: readonly string[],
    configFile: string,
    dataFolder: string,
    spawned?: (kill: () => void) => void,
  ): Promise<TerminalChild> {
    const options = ['--config', configFile, '--data', dataFolder, '--port', '0', '--shell', 'none', '--json'];
    const child = spawn(process.execPath, [...line, ...options], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Compiling is half of what a start costs.
      env: { ...process.env, NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/node') },
    });
    spawned?.(() => child.kill('SIGKILL'));
    const { stdout, stderr } = child;
    assert(stdout !== null && stderr !== null, 'its output is piped');
    const exited = once(child, 'exit');
    let errors = '';
    stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    const ready = await new Promise<{ readonly url: string; readonly readyMs: number }>((resolve, reject) => {
      let out = '';
      stdout.setEncoding('utf8').on('data', (chunk: string) => {
        out += chunk;
        if (out.includes('\n')) resolve(JSON.parse(out) as { url: string; readyMs: number });
      });
      child.once('exit', (code, signal) =>
        reject(new Error(`the terminal ended with ${signal ?? String(code)}: ${errors}`)),
      );
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
    this.#socketClosed = new Promise((resolve) => {
      socket.once('close', resolve);
    });
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
    return new Promise((resolve, reject) => {
      if (!this.alive) reject(new Error('the terminal has ended'));
      this.#abandoned.add(reject);
      this.#answers.set(id, (result) => {
        this.#answers.delete(id);
        this.#abandoned.delete(reject);
        resolve(result);
      });
      this.#socket?.send(encodeClientFrame({ version: contractVersion, id, command }));
    });
  }

  /** Waits until the view is as asked, or fails saying what it was. */
  until(reached: (view: TerminalView) => boolean): Promise<TerminalView> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        this.#abandoned.delete(abandon);
      };
      const look = (): void => {
        const view = this.#view;
        if (view === undefined || !reached(view)) return;
        end();
        resolve(view);
      };
      const abandon = (why: Error): void => {
        end();
        reject(why);
      };
      const timer = setTimeout(() => {
        const { sale, batches, outbox, background } = this.#view ?? {};
        abandon(new Error(`not reached; the view shows ${JSON.stringify({ sale, batches, outbox, background })}`));
      }, limitMs);
      this.#watchers.add(look);
      this.#abandoned.add(abandon);
      look();
      if (!this.alive) abandon(new Error('the terminal has ended'));
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

  /**
   * A message to the script that was launched, over the channel that Node gives a child; resolves to its
   * answer, or `gone`.
   */
  async tell(message: object): Promise<unknown> {
    const answered = once(this.#process, 'message');
    // When the channel is closed already, the exit follows.
    this.#process.send(message, () => {});
    const [answer] = (await Promise.race([answered, this.#exited.then(() => ['gone'])])) as unknown[];
    return answer;
  }

  /** Resolves to how it ended, after everything that it had sent was received. */
  async ended(): Promise<NodeJS.Signals | number | null> {
    await this.#exited;
    await this.#socketClosed;
    return this.#process.signalCode ?? this.#process.exitCode;
  }

  get alive(): boolean {
    return this.#process.signalCode === null && this.#process.exitCode === null;
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
