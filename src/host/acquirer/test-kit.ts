/** For tests of the link: time turned by hand, and a host on a real socket that answers as the test says. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { assert } from '../../core/base/assert.ts';
import { epochMs, type EpochMs } from '../../core/base/brand.ts';
import type { Clock } from '../../core/base/ports.ts';
import { packMessage, parseMessage } from '../../core/iso8583/codec.ts';
import { iso87Ascii, type Dialect } from '../../core/iso8583/dialect.ts';
import { frameMessage, FrameReader } from '../../core/iso8583/frame.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';

export class ManualClock implements Clock {
  #ms = Date.UTC(2026, 10, 21, 3, 15, 0);
  readonly #timers = new Set<{ dueMs: number; callback: () => void }>();

  now(): EpochMs {
    return epochMs(this.#ms);
  }

  monotonicMs(): number {
    return this.#ms;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#ms + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(byMs: number): void {
    const endMs = this.#ms + byMs;
    for (;;) {
      const [next] = [...this.#timers].filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#ms = next.dueMs;
      next.callback();
    }
    this.#ms = endMs;
  }

  /** Delays until each waiting timer, ascending. */
  pending(): number[] {
    return [...this.#timers].map((timer) => timer.dueMs - this.#ms).sort((a, b) => a - b);
  }
}

/** A message, or the bytes of one; undefined says nothing. `bytes` are those that `message` was parsed from. */
type Answer = (message: Iso8583Message, bytes: Uint8Array) => Iso8583Message | Uint8Array | undefined;

export interface ScriptedHostOptions {
  readonly answer: Answer;
  readonly dialect?: Dialect;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly tls?: TlsOptions;
}

export class ScriptedHost {
  /** MTI of everything received, with DE 70 behind it in network management. */
  readonly received: string[] = [];
  readonly messages: Iso8583Message[] = [];
  readonly #options: ScriptedHostOptions;
  readonly #dialect: Dialect;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: ScriptedHostOptions) {
    this.#options = options;
    this.#dialect = options.dialect ?? iso87Ascii;
    const serve = (socket: Socket): void => this.#serve(socket);
    this.#server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve);
  }

  /** The port. */
  async start(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port ?? 0, '127.0.0.1', resolve);
    });
    return this.port();
  }

  port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.hangUp();
    await closed;
  }

  connections(): number {
    return this.#sockets.size;
  }

  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Unasked, to everybody connected. */
  say(message: Iso8583Message | Uint8Array): void {
    const bytes = this.pack(message);
    for (const socket of this.#sockets) socket.write(frameMessage(this.#dialect.frame, bytes));
  }

  pack(message: Iso8583Message | Uint8Array): Uint8Array {
    if (message instanceof Uint8Array) return message;
    const packed = packMessage(this.#dialect, message);
    assert(packed.ok, 'scripted host: the answer cannot be encoded');
    return packed.value;
  }

  #serve(socket: Socket): void {
    const frames = new FrameReader(this.#dialect.frame, 8192);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const bytes of frames.push(chunk).messages) {
        const message = parseMessage(this.#dialect, bytes);
        assert(message.ok, 'scripted host: the request cannot be read');
        this.messages.push(message.value);
        this.received.push(`${message.value.mti}${message.value.text(70) ?? ''}`);
        const asks = Number(message.value.mti.charAt(2)) % 2 === 0;
        const answer = asks ? this.#options.answer(message.value, bytes) : undefined;
        if (answer !== undefined) socket.write(frameMessage(this.#dialect.frame, this.pack(answer)));
      }
    });
  }
}

/** With the trace of its request, and DE 39 = 00 unless told otherwise. */
export function replyTo(
  request: Iso8583Message,
  fields: readonly (readonly [number, string | Uint8Array])[] = [],
): Iso8583Message {
  const mti = `${request.mti.slice(0, 2)}${Number(request.mti.charAt(2)) + 1}0`;
  const repeated = [11, 41].map((element) => [element, request.text(element) ?? ''] as const);
  return new Iso8583Message(mti, [...repeated, [39, '00'], ...fields]);
}
