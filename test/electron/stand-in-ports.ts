/**
 * MessagePortMain, ParentPort and UtilityProcess on worker threads: Node's message ports can be transferred, are
 * queued until started and close with their other end, as Electron's do.
 */
import { EventEmitter } from 'node:events';
import { parentPort, Worker, type MessagePort } from 'node:worker_threads';
import type { ForkOptions, MessagePortMain } from 'electron';
import { record } from './stand-in-events.ts';

export class StandInPort extends EventEmitter {
  readonly port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.port = port;
  }

  /** Only now may anything listen to the raw port: one that was started cannot be handed on with its queue. */
  start(): void {
    this.port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
    this.port.on('close', () => this.emit('close'));
  }

  postMessage(message: unknown): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
    this.port.postMessage(message);
  }

  close(): void {
    this.port.close();
  }
}

interface Envelope {
  readonly message: unknown;
  readonly ports: readonly MessagePort[];
}

class StandInUtility extends EventEmitter {
  readonly #worker: Worker;

  constructor(file: string) {
    super();
    // Inherits `--import register-main.ts`, which gives the worker its process.parentPort.
    this.#worker = new Worker(file);
    this.#worker.on('message', (message: unknown) => this.emit('message', message));
    this.#worker.on('error', (error) => process.stderr.write(`utility process: ${String(error)}\n`));
    this.#worker.on('exit', (code) => {
      record('utilityExit', { code });
      this.emit('exit', code);
    });
  }

  postMessage(message: unknown, transfer: readonly MessagePortMain[] = []): void {
    const ports = (transfer as readonly unknown[] as readonly StandInPort[]).map(({ port }) => port);
    this.#worker.postMessage({ message, ports } satisfies Envelope, ports);
  }

  kill(): boolean {
    void this.#worker.terminate();
    return true;
  }
}

export function forkUtility(file: string, _parameters: readonly string[], options: ForkOptions): StandInUtility {
  record('fork', { serviceName: options.serviceName });
  return new StandInUtility(file);
}

/** Gives the worker thread what Electron gives a utility process. */
export function installParentPort(): void {
  const workerPort = parentPort;
  if (workerPort === null) return;
  const value = Object.assign(new EventEmitter(), {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
    postMessage: (message: unknown): void => workerPort.postMessage(message),
  });
  value.once('newListener', () => {
    workerPort.on('message', ({ message, ports }: Envelope) => {
      value.emit('message', { data: message, ports: ports.map((port) => new StandInPort(port)) });
    });
  });
  Object.defineProperty(process, 'parentPort', { value });
}
