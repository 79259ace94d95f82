/**
 * The training acquirer: a small but real ISO 8583:1987 host on a TCP socket, with its own book. Terminals sign on,
 * sell and reverse against it exactly as they would against an acquirer, so what the terminal believes can be
 * compared with what the other side recorded. It can be told to misbehave the way real hosts do.
 *
 * It holds no issuer keys: the cryptogram in DE 55 is not verified, and its answer carries only tag 8A.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { assert } from '../../core/base/assert.ts';
import { latin1, toHex } from '../../core/base/bytes.ts';
import { civilTime } from '../../core/base/calendar.ts';
import type { Clock, Log } from '../../core/base/ports.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { packMessage, parseMessage } from '../../core/iso8583/codec.ts';
import type { Dialect } from '../../core/iso8583/dialect.ts';
import { frameMessage, FrameReader } from '../../core/iso8583/frame.ts';
import { iccElement } from '../../core/iso8583/icc-data.ts';
import { Iso8583Message, maskedPan } from '../../core/iso8583/message.ts';
import { AcquirerBook, type BookFault, type CapturedRecord } from './acquirer-book.ts';
import {
  approved,
  decide,
  duplicateTransmission,
  formatError,
  invalidTransaction,
  panOf,
  readFinancial,
  systemMalfunction,
} from './acquirer-rules.ts';

export interface TrainingAcquirerOptions {
  readonly dialect: Dialect;
  readonly clock: Clock;
  readonly log: Log;
  /** Decimals implied in DE 4, when not those of ISO 4217; the terminal's profile must say the same. */
  readonly amountExponent?: number;
  /** JSON Lines; read at start and appended to. Without it the book lives in memory. */
  readonly ledgerFile?: string;
}

/** What to do wrong with financial and reversal messages; sign-on and echo are always answered. */
export interface Misbehaviour {
  /** The message is lost before the host looks at it, or its reply is lost after the book is written. */
  readonly dropReply?: 'beforeCommit' | 'afterCommit';
  readonly replyDelayMs?: number;
  /** The reply is framed soundly but is no ISO 8583 message. */
  readonly corruptReply?: boolean;
  /** The connection is closed after the message was dealt with, reply or not. */
  readonly closeAfter?: boolean;
  /** For the next such message only, instead of until cleared. */
  readonly once?: boolean;
}

type StartFault = BookFault | Fault<'cannotListen'>;

const maxMessageBytes = 8192;
const maxConnections = 32;

export class TrainingAcquirer {
  readonly #options: TrainingAcquirerOptions;
  readonly #sockets = new Set<Socket>();
  #book: AcquirerBook | undefined;
  #server: Server | undefined;
  #misbehaviour: Misbehaviour = {};

  constructor(options: TrainingAcquirerOptions) {
    this.#options = options;
  }

  /** Listens; port 0 picks a free one. May be started again after `stop`, with its book. */
  async start(at: { readonly host: string; readonly port: number }): Promise<Result<{ port: number }, StartFault>> {
    assert(this.#server === undefined, 'host: it is already listening');
    if (this.#book === undefined) {
      const book = AcquirerBook.open(this.#options.ledgerFile);
      if (!book.ok) return book;
      this.#book = book.value;
    }
    const book = this.#book;
    const server = createServer((socket) => this.#serve(socket, book));
    server.maxConnections = maxConnections;
    return new Promise((resolve) => {
      server.once('error', (error) => resolve(err(fault('cannotListen', error.message, true))));
      server.listen(at.port, at.host, () => {
        server.on('error', (error) => this.#options.log.write('error', 'host: server', { reason: error.message }));
        this.#server = server;
        resolve(ok({ port: (server.address() as AddressInfo).port }));
      });
    });
  }

  /** Closes the listener and every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Everything approved so far, oldest first. */
  captured(): readonly CapturedRecord[] {
    return this.#book?.captured() ?? [];
  }

  /** Replaces what was set before; `{}` ends all misbehaviour. */
  behave(misbehaviour: Misbehaviour): void {
    this.#misbehaviour = misbehaviour;
  }

  #serve(socket: Socket, book: AcquirerBook): void {
    const frames = new FrameReader(this.#options.dialect.frame, maxMessageBytes);
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', (error) => this.#options.log.write('info', 'host: connection', { reason: error.message }));
    socket.on('data', (chunk) => {
      const { messages, trouble } = frames.push(chunk);
      for (const bytes of messages) {
        if (!socket.destroyed) this.#receive(socket, book, bytes);
      }
      if (trouble !== undefined) this.#hangUp(socket, trouble.detail);
    });
  }

  #hangUp(socket: Socket, reason: string): void {
    this.#options.log.write('warning', 'host: hung up', { reason });
    socket.destroy();
  }

  #receive(socket: Socket, book: AcquirerBook, bytes: Uint8Array): void {
    const parsed = parseMessage(this.#options.dialect, bytes);
    bytes.fill(0);
    if (!parsed.ok) {
      this.#hangUp(socket, parsed.fault.detail);
      return;
    }
    const message = parsed.value;
    this.#options.log.write('debug', 'host: received', { message: message.describe() });
    const money = /^0[24]/.test(message.mti);
    const misbehaviour = money ? this.#nextMisbehaviour() : {};
    const reply = misbehaviour.dropReply === 'beforeCommit' ? undefined : this.#answer(book, message);
    message.wipe();
    this.#respond(socket, misbehaviour.dropReply === 'afterCommit' ? undefined : reply, misbehaviour);
  }

  #nextMisbehaviour(): Misbehaviour {
    const misbehaviour = this.#misbehaviour;
    if (misbehaviour.once === true) this.#misbehaviour = {};
    return misbehaviour;
  }

  #respond(socket: Socket, reply: Iso8583Message | undefined, misbehaviour: Misbehaviour): void {
    const act = (): void => {
      if (socket.destroyed) return;
      const bytes = reply === undefined ? undefined : this.#pack(reply);
      if (bytes !== undefined) {
        if (misbehaviour.corruptReply === true) bytes.fill(0xff);
        socket.write(frameMessage(this.#options.dialect.frame, bytes));
      }
      if (misbehaviour.closeAfter === true) socket.end();
    };
    if (misbehaviour.replyDelayMs === undefined) act();
    else this.#options.clock.after(misbehaviour.replyDelayMs, act);
  }

  #pack(reply: Iso8583Message): Uint8Array | undefined {
    const packed = packMessage(this.#options.dialect, reply);
    if (packed.ok) return packed.value;
    this.#options.log.write('error', 'host: reply cannot be encoded', { reason: packed.fault.detail });
    return undefined;
  }

  /** The reply, after the book was written; undefined for a message that asks nothing of a host. */
  #answer(book: AcquirerBook, message: Iso8583Message): Iso8583Message | undefined {
    switch (message.mti) {
      case '0200':
      case '0201':
        return this.#sell(book, message);
      case '0400':
      case '0401':
        return this.#reverse(book, message);
      case '0800':
      case '0801':
        return replyTo(message, [[39, message.has(70) ? approved : formatError]]);
      default: {
        const asks = /^0..[01]$/.test(message.mti) && Number(message.mti.charAt(2)) % 2 === 0;
        return asks ? replyTo(message, [[39, invalidTransaction]]) : undefined;
      }
    }
  }

  #sell(book: AcquirerBook, message: Iso8583Message): Iso8583Message {
    const request = readFinancial(message, 'request', this.#options.amountExponent);
    if ('refuse' in request) return replyTo(message, [[39, request.refuse]]);
    let entry = book.find(request.key);
    if (entry === undefined) {
      const pan = panOf(message);
      const at = this.#options.clock.now();
      const responseCode = decide(request, pan);
      const sequence = book.size() + 1;
      const { month, day, hour } = civilTime(at, 'UTC');
      entry = {
        key: request.key,
        responseCode,
        reversed: false,
        sale: {
          stan: request.stan,
          amount: request.amount.minorUnits,
          currency: request.amount.currency,
          rrn: month + day + hour + String(sequence).padStart(6, '0'),
          approvalCode: responseCode === approved ? `T${String(sequence).padStart(5, '0')}` : '',
          maskedPan: maskedPan(pan),
          terminalId: request.terminalId,
          at,
        },
      };
      if (!book.commit(entry)) return replyTo(message, [[39, systemMalfunction]]);
    }
    if (entry.reversed || entry.sale === null) return replyTo(message, [[39, duplicateTransmission]]);
    const { rrn, approvalCode } = entry.sale;
    const arc = `8A02${toHex(latin1(entry.responseCode))}`;
    return replyTo(message, [
      [37, rrn],
      ...field(38, approvalCode),
      [39, entry.responseCode],
      // Authorisation Response Code (EMV Book 3 Annex A, tag 8A), for requests of a chip.
      ...(message.has(55) ? [[55, iccElement(this.#options.dialect, arc)] as const] : []),
    ]);
  }

  /** An original never seen is remembered as reversed, so that it is declined when it arrives after all. */
  #reverse(book: AcquirerBook, message: Iso8583Message): Iso8583Message {
    const original = readFinancial(message, 'reversal', this.#options.amountExponent);
    if ('refuse' in original) return replyTo(message, [[39, original.refuse]]);
    const known = book.find(original.key) ?? {
      key: original.key,
      responseCode: duplicateTransmission,
      reversed: false,
      sale: null,
    };
    const done = known.reversed || book.commit({ ...known, reversed: true });
    return replyTo(message, [[39, done ? approved : systemMalfunction]]);
  }
}

/** Elements that a reply repeats from its request, never the PAN. */
const echoed = [3, 4, 7, 11, 12, 13, 41, 42, 49, 70, 90];

type Field = readonly [number, string | Uint8Array];

function replyTo(request: Iso8583Message, fields: readonly Field[]): Iso8583Message {
  const repeated = echoed.flatMap((element) => field(element, request.text(element) ?? ''));
  // Third digit: the response is one above the request; last digit: a repeat is answered like the first.
  const mti = `${request.mti.slice(0, 2)}${Number(request.mti.charAt(2)) + 1}0`;
  return new Iso8583Message(mti, [...repeated, ...fields]);
}

function field(element: number, value: string): readonly Field[] {
  return value === '' ? [] : [[element, value]];
}
