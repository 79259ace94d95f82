/**
 * A terminal reduced to its messages, for tests of the training acquirer: what it sends is written down element by
 * element, and what it hears is handed out in the order in which it came.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { assert } from '../../src/core/base/assert.ts';
import { epochMs, type EpochMs } from '../../src/core/base/brand.ts';
import type { Clock, Log } from '../../src/core/base/ports.ts';
import { packMessage, parseMessage } from '../../src/core/iso8583/codec.ts';
import { iso87Ascii, type Dialect } from '../../src/core/iso8583/dialect.ts';
import { frameMessage, FrameReader } from '../../src/core/iso8583/frame.ts';
import { Iso8583Message } from '../../src/core/iso8583/message.ts';
import { hasGenuineMac, packWithMac, type MacKey } from '../../src/host/security/message-mac.ts';
import { TrainingAcquirer, type TrainingAcquirerOptions } from '../../src/host/training/acquirer.ts';

export const pans = {
  napas: '9704000000000018',
  visa: '4761739001010119',
  mastercard: '5413330089604111',
  empty: '3569990010095841',
} as const;

const startedAt: EpochMs = epochMs(Date.UTC(2026, 10, 21, 3, 15, 0));

/** Wall-clock time stands still; waits are real. */
export const clock: Clock = {
  now: () => startedAt,
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** By element; what is undefined is left out. */
export type Elements = Readonly<Record<number, string | Uint8Array | undefined>>;

export class RawTerminal {
  readonly socket: Socket;
  /** With it every message but 0800 is sent with a MAC, and every reply must have one. */
  key: MacKey | undefined;
  readonly #dialect: Dialect;
  readonly #heard: (Iso8583Message | undefined)[] = [];
  #listener: (() => void) | undefined;

  private constructor(socket: Socket, dialect: Dialect) {
    this.socket = socket;
    this.#dialect = dialect;
    const frames = new FrameReader(dialect.frame, 8192);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const bytes of frames.push(chunk).messages) this.#hear(this.#read(bytes));
    });
    socket.once('close', () => this.#hear(undefined));
  }

  static async connected(port: number, dialect = iso87Ascii): Promise<RawTerminal> {
    const socket = connect(port, '127.0.0.1');
    const terminal = new RawTerminal(socket, dialect);
    await once(socket, 'connect');
    return terminal;
  }

  send(mti: string, elements: Elements): void {
    const message = written(mti, elements);
    const key = mti.startsWith('08') ? undefined : this.key;
    const packed = key === undefined ? packMessage(this.#dialect, message) : packWithMac(this.#dialect, message, key);
    assert(packed.ok, packed.ok ? '' : packed.fault.detail);
    this.sendBytes(packed.value);
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(frameMessage(this.#dialect.frame, bytes));
  }

  /** The next message heard; undefined when the host hangs up instead. */
  async next(): Promise<Iso8583Message | undefined> {
    while (this.#heard.length === 0) {
      await new Promise<void>((resolve) => {
        this.#listener = resolve;
      });
    }
    return this.#heard.shift();
  }

  async ask(mti: string, elements: Elements): Promise<Iso8583Message | undefined> {
    this.send(mti, elements);
    return this.next();
  }

  /** DE 39 of the reply. */
  async code(mti: string, elements: Elements): Promise<string | undefined> {
    return (await this.ask(mti, elements))?.text(39);
  }

  close(): void {
    this.socket.destroy();
  }

  /** A reply that is no message, or has not the MAC it must have, is heard as one of MTI 0000. */
  #read(bytes: Uint8Array): Iso8583Message {
    const unreadable = new Iso8583Message('0000', []);
    const parsed = parseMessage(this.#dialect, bytes);
    if (!parsed.ok) return unreadable;
    if (this.key === undefined || parsed.value.mti.startsWith('08')) return parsed.value;
    return hasGenuineMac(this.#dialect, parsed.value, bytes, this.key) ? parsed.value : unreadable;
  }

  #hear(message: Iso8583Message | undefined): void {
    this.#heard.push(message);
    this.#listener?.();
  }
}

export function written(mti: string, elements: Elements): Iso8583Message {
  return new Iso8583Message(
    mti,
    Object.entries(elements).flatMap(([element, value]): [number, string | Uint8Array][] =>
      value === undefined ? [] : [[Number(element), value]],
    ),
  );
}

export async function startHost(
  options: Partial<TrainingAcquirerOptions> = {},
): Promise<{ readonly host: TrainingAcquirer; readonly port: number; readonly logged: string[] }> {
  const logged: string[] = [];
  const log: Log = {
    write: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
  };
  const host = new TrainingAcquirer({ dialect: iso87Ascii, clock, log, ...options });
  const listening = await host.start({ host: '127.0.0.1', port: 0 });
  assert(listening.ok, listening.ok ? '' : listening.fault.detail);
  return { host, port: listening.value.port, logged };
}

/** A request with its trace; the time is the same for all, so the STAN tells them apart. */
export interface Traced {
  readonly stan: number;
  /** Minor units of VND. */
  readonly amount: number;
  readonly batch?: number;
}

function six(value: number): string {
  return String(value).padStart(6, '0');
}

function traced({ stan, amount, batch = 1 }: Traced): Elements {
  return {
    3: '000000',
    4: String(amount).padStart(12, '0'),
    7: '1121031500',
    11: six(stan),
    12: '101500',
    13: '1121',
    25: '00',
    41: 'TERM0001',
    42: 'VN0000000000001',
    49: '704',
    60: six(batch),
  };
}

export function cardRequest(request: Traced, pan: string = pans.napas): Elements {
  return { ...traced(request), 2: pan, 14: '3112', 22: '072' };
}

export function refundRequest(request: Traced, original?: Elements, pan: string = pans.napas): Elements {
  return { ...cardRequest(request, pan), 3: '200000', ...original };
}

/** DE 90 for a request of `traced` time. */
export function original(mti: string, stan: number): Elements {
  return { 90: `${mti}${six(stan)}1121031500${'0'.repeat(22)}` };
}

/** DE 37, 38 and 90: the original as its reply named it. */
export function originalOf(mti: string, reply: Iso8583Message | undefined): Elements {
  assert(reply !== undefined, 'the original was answered');
  return { ...original(mti, Number(reply.text(11))), 37: reply.text(37), 38: reply.text(38) };
}

export function followUp(request: Traced, of: Elements, processingCode = '000000', condition = '00'): Elements {
  return { ...traced(request), ...of, 3: processingCode, 25: condition };
}

export function reversalOf(mti: string, request: Elements): Elements {
  const { 2: _pan, 14: _expiry, 35: _track2, 55: _icc, 37: _rrn, 38: _code, ...rest } = request;
  return { ...rest, ...original(mti, Number(request[11])), 7: '1121031600' };
}

/** Count and minor units of credits, their reversals, debits and theirs. */
export type Columns = readonly (readonly [count: number, minorUnits: number])[];

export function reconciliation(stan: number, columns: Columns, batch = 1, processingCode = '920000'): Elements {
  const { 4: _amount, 25: _condition, ...rest } = traced({ stan, amount: 0, batch });
  const [credits, creditReversals, debits, debitReversals] = columns.map(([, minorUnits]) => minorUnits);
  const net = (debits ?? 0) - (debitReversals ?? 0) - (credits ?? 0) + (creditReversals ?? 0);
  const totals: Record<number, string> = { 97: `${net < 0 ? 'D' : 'C'}${String(Math.abs(net)).padStart(16, '0')}` };
  for (const [place, [count, minorUnits]] of columns.entries()) {
    totals[74 + place] = String(count).padStart(10, '0');
    totals[86 + place] = String(minorUnits).padStart(16, '0');
  }
  return { ...rest, 3: processingCode, ...totals };
}

/** The columns as a reply states them. */
export function columnsOf(reply: Iso8583Message | undefined): number[][] {
  return [0, 1, 2, 3].map((place) => [Number(reply?.text(74 + place)), Number(reply?.text(86 + place))]);
}
