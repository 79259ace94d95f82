/**
 * Stands in for the serialport package: a slow serial line with the kernel's transmit buffer, and the virtual
 * printer at its end. Time is modelled, not spent: it jumps to the next timer whenever nothing else is left to do.
 */
import { EventEmitter } from 'node:events';
import { VirtualPrinter } from '../../drivers/simulated/printer/virtual-printer.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import type { Clock } from '../../src/core/base/ports.ts';

/** UART_XMIT_SIZE of Linux: write(2) has done its work when the last byte fits in here. */
const kernelBufferBytes = 4096;

/** Bytes that reach the printer at once. */
const chunkBytes = 256;

let now = 0;
let timers: { readonly due: number; readonly callback: () => void }[] = [];

export const modelClock: Clock = {
  now: () => epochMs(now),
  monotonicMs: () => now,
  after(delayMs, callback) {
    const timer = { due: now + delayMs, callback };
    timers.push(timer);
    setImmediate(nextTimer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  },
};

function nextTimer(): void {
  const [next] = timers.toSorted((a, b) => a.due - b.due);
  if (next === undefined) return;
  timers = timers.filter((other) => other !== next);
  now = Math.max(now, next.due);
  setImmediate(nextTimer);
  next.callback();
}

type Done = (error?: Error | null) => void;

interface PortOptions {
  readonly baudRate: number;
}

/** Pieces of paper that came out, over all lines. */
export const papers: Uint8Array[] = [];

/** A line held back by the printer (RTS, XOFF, switched off): nothing moves until it is flushed. */
export const line = { held: false };

/** What SerialTransport uses of the class of the same name. */
export class SerialPort extends EventEmitter {
  readonly #byteMs: number;
  readonly #printer: VirtualPrinter;
  /** When the last byte written so far will have left. */
  #emptyAt = 0;
  #stuck: Done[] = [];
  isOpen = false;

  constructor(options: PortOptions) {
    super();
    this.#byteMs = 10_000 / options.baudRate;
    this.#printer = new VirtualPrinter({
      dots: 576,
      reply: (bytes) => modelClock.after(bytes.length * this.#byteMs, () => this.emit('data', bytes)),
      onPaper: (png) => papers.push(png),
    });
  }

  open(done: Done): void {
    this.isOpen = true;
    done(null);
  }

  write(bytes: Uint8Array, done: Done): void {
    if (line.held) return done(null);
    const start = Math.max(now, this.#emptyAt);
    this.#emptyAt = start + bytes.length * this.#byteMs;
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      const chunk = bytes.slice(at, at + chunkBytes);
      this.#at(start + (at + chunk.length) * this.#byteMs, () => this.#printer.receive(chunk));
    }
    this.#at(this.#emptyAt - kernelBufferBytes * this.#byteMs, () => done(null));
  }

  drain(done: Done): void {
    if (line.held) this.#stuck.push(done);
    else this.#at(this.#emptyAt, () => done(null));
  }

  flush(done: Done): void {
    const freed = this.#stuck;
    this.#stuck = [];
    for (const drained of freed) drained(null);
    done(null);
  }

  close(done: Done): void {
    this.isOpen = false;
    done(null);
    this.emit('close');
  }

  #at(time: number, callback: () => void): void {
    modelClock.after(Math.max(0, time - now), callback);
  }
}
