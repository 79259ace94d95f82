/**
 * The training acquirer: a small but real ISO 8583:1987 host on a TCP socket, with its own book. Terminals sign on,
 * sell, refund, hold, void, reverse and settle against it exactly as they would against an acquirer, so what the
 * terminal believes can be compared with what the other side recorded. It can be told to misbehave the way real hosts
 * do (misbehaviour.ts).
 */
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { assert } from '../../core/base/assert.ts';
import type { EpochMs } from '../../core/base/brand.ts';
import { civilTime } from '../../core/base/calendar.ts';
import type { CurrencyCode } from '../../core/base/money.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { packMessage, parseMessage } from '../../core/iso8583/codec.ts';
import { frameMessage, FrameReader } from '../../core/iso8583/frame.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import type { ExchangeKeys } from '../security/mac-keys.ts';
import { hasGenuineMac, packWithMac } from '../security/message-mac.ts';
import { AcquirerBook, isApproved, type BookFault } from './acquirer-book.ts';
import { AcquirerDesk, type DeskOptions } from './acquirer-desk.ts';
import { columnOf } from './acquirer-entry.ts';
import { HostMacKeys, otherThan, type MacOptions } from './acquirer-keys.ts';
import {
  approved,
  formatError,
  invalidTransaction,
  kindOf,
  systemMalfunction,
  terminalOf,
  wrongMac,
  type DeferredMarker,
  type MessageKind,
} from './acquirer-rules.ts';
import type { Fields } from './acquirer-settlement.ts';
import { statementOf, type StatementLine } from './acquirer-statement.ts';
import { applies, type Misbehaviour } from './misbehaviour.ts';

export interface TrainingAcquirerOptions extends DeskOptions {
  /** JSON Lines; read at start and appended to. Without it the book lives in memory. */
  readonly ledgerFile?: string;
  /** Tells a deferred payment from a sale; without it both are booked as sales. */
  readonly deferredMarker?: DeferredMarker;
  /** With it every message but network management carries a MAC. */
  readonly macs?: MacOptions;
}

/** One payment that the acquirer holds, or held, money for. */
export interface CapturedRecord {
  readonly stan: number;
  /** Minor units of `currency`. */
  readonly amount: number;
  readonly currency: CurrencyCode;
  readonly rrn: string;
  readonly approvalCode: string;
  readonly maskedPan: string;
  readonly terminalId: string;
  readonly at: EpochMs;
  /** It holds it no longer: the payment was reversed or voided. */
  readonly reversed: boolean;
}

type StartFault = BookFault | Fault<'cannotListen'>;

const maxMessageBytes = 8192;
const maxConnections = 32;

/** DE 70: sign-on, sign-off, cut-over, echo test; and the request for a working key. */
const cutOver = '201';
const workingKey = '161';
const networkCodes: readonly string[] = ['001', '002', cutOver, '301'];

/** The message in hand, and who sent it. */
interface Received {
  readonly socket: Duplex;
  readonly terminalId: string;
  readonly kind: MessageKind | undefined;
  /** Absent where there are no MACs, in network management, and for a terminal that has no key. */
  readonly keys: ExchangeKeys | undefined;
}

export class TrainingAcquirer {
  readonly #options: TrainingAcquirerOptions;
  /** Open connections, oldest first, with the terminal that last spoke on each. */
  readonly #sockets = new Map<Duplex, string>();
  readonly #macKeys: HostMacKeys | undefined;
  /** Replies held back until another has been sent. */
  #heldBack: (() => void)[] = [];
  #book: AcquirerBook | undefined;
  #server: Server | undefined;
  #misbehaviours: readonly Misbehaviour[] = [];
  #announcements = 0;

  constructor(options: TrainingAcquirerOptions) {
    this.#options = options;
    this.#macKeys = options.macs === undefined ? undefined : new HostMacKeys(options.macs);
  }

  /** Listens; port 0 picks a free one. May be started again after `stop`, with its book. */
  async start(at: { readonly host: string; readonly port: number }): Promise<Result<{ port: number }, StartFault>> {
    assert(this.#server === undefined, 'host: it is already listening');
    const opened = this.openBook();
    if (!opened.ok) return opened;
    const server = createServer({ noDelay: true }, (socket) => this.serve(socket));
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
    this.#heldBack = [];
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  /** Every payment approved so far, oldest first; refunds and holds are in the statement only. */
  captured(): readonly CapturedRecord[] {
    const book = this.#book;
    if (book === undefined) return [];
    return book.seen().flatMap((entry) => {
      const { original: _original, operation, batch: _batch, ...payment } = entry.request;
      if (!isApproved(entry) || columnOf[operation] !== 'debits') return [];
      return [{ ...payment, reversed: book.stateOf(entry) !== 'booked' }];
    });
  }

  /** The lines of a terminal, of one batch or of all, for reconciliation. */
  statement(terminalId: string, batch?: number): readonly StatementLine[] {
    return this.#book === undefined ? [] : statementOf(this.#book, terminalId, batch);
  }

  /** Replaces what was set before; `{}` or nothing ends all misbehaviour. The first that applies to a message counts. */
  behave(...misbehaviours: readonly Misbehaviour[]): void {
    this.#misbehaviours = misbehaviours;
  }

  /** Tells every connected terminal that the host's business day ends (0800, DE 70 = 201); answers how many were told. */
  announceCutOver(): number {
    const terminals = [...this.#sockets].filter(([socket, terminalId]) => socket.writable && terminalId !== '');
    const { month, day, hour, minute, second } = civilTime(this.#options.clock.now(), 'UTC');
    for (const [socket, terminalId] of terminals) {
      this.#announcements = (this.#announcements % 999_999) + 1;
      const announcement = new Iso8583Message('0800', [
        [7, month + day + hour + minute + second],
        [11, String(this.#announcements).padStart(6, '0')],
        [41, terminalId],
        [70, cutOver],
      ]);
      this.#send(socket, this.#packed(packMessage(this.#options.dialect, announcement)));
    }
    return terminals.length;
  }

  /** Reads the book, once. */
  openBook(): Result<void, BookFault> {
    if (this.#book !== undefined) return ok(undefined);
    const book = AcquirerBook.open(this.#options.ledgerFile);
    if (!book.ok) return book;
    this.#book = book.value;
    return ok(undefined);
  }

  /** Serves a connection, also one that came some other way than by the listener. */
  serve(socket: Duplex): void {
    assert(this.#book !== undefined, 'host: its book is open');
    const desk = new AcquirerDesk(this.#options, this.#book);
    const frames = new FrameReader(this.#options.dialect.frame, maxMessageBytes);
    this.#sockets.set(socket, '');
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#macKeys?.forget(socket);
    });
    socket.on('error', (error: Error) =>
      this.#options.log.write('info', 'host: connection', { reason: error.message }),
    );
    socket.on('data', (chunk: Uint8Array) => {
      const { messages, trouble } = frames.push(chunk);
      chunk.fill(0);
      for (const bytes of messages) {
        if (!socket.destroyed) this.#receive(socket, desk, bytes);
        bytes.fill(0);
      }
      if (trouble !== undefined) this.#hangUp(socket, trouble.detail);
    });
  }

  #hangUp(socket: Duplex, reason: string): void {
    this.#options.log.write('warning', 'host: hung up', { reason });
    socket.destroy();
  }

  #receive(socket: Duplex, desk: AcquirerDesk, bytes: Uint8Array): void {
    const { dialect, deferredMarker } = this.#options;
    const parsed = parseMessage(dialect, bytes);
    if (!parsed.ok) {
      this.#hangUp(socket, parsed.fault.detail);
      return;
    }
    const message = parsed.value;
    this.#options.log.write('debug', 'host: received', { message: message.describe() });
    const kind = kindOf(message, deferredMarker);
    if (asksForReply(message)) {
      const keys = kind === 'network' ? undefined : this.#macKeys?.of(socket, message);
      const unprotected = kind === 'network' || this.#macKeys === undefined;
      const genuine = keys === undefined ? unprotected : hasGenuineMac(dialect, message, bytes, keys.request);
      this.#attend(desk, message, { socket, terminalId: terminalOf(message), kind, keys }, genuine);
    }
    message.wipe();
  }

  #attend(desk: AcquirerDesk, message: Iso8583Message, received: Received, genuine: boolean): void {
    this.#sockets.set(received.socket, received.terminalId);
    const misbehaviour = this.#nextMisbehaviour(received);
    let reply: Iso8583Message | undefined;
    if (misbehaviour.dropReply !== 'beforeCommit') {
      const fields: Fields = genuine ? this.#answer(desk, message, received, misbehaviour) : [[39, wrongMac]];
      if (misbehaviour.dropReply === undefined) reply = replyTo(message, fields);
    }
    this.#respond(received, reply, misbehaviour);
  }

  #nextMisbehaviour({ kind, terminalId }: Received): Misbehaviour {
    const found = this.#misbehaviours.find((misbehaviour) => applies(misbehaviour, kind, terminalId));
    if (found?.once === true) this.#misbehaviours = this.#misbehaviours.filter((each) => each !== found);
    return found ?? {};
  }

  /** What the reply says, after the book was written. */
  #answer(desk: AcquirerDesk, message: Iso8583Message, { kind, socket }: Received, misbehaviour: Misbehaviour): Fields {
    if (kind === undefined) return [[39, invalidTransaction]];
    if (kind !== 'network') return desk.answer(message, kind, misbehaviour);
    if (misbehaviour.responseCode !== undefined) return [[39, misbehaviour.responseCode]];
    const code = message.text(70);
    if (code === undefined) return [[39, formatError]];
    if (code === workingKey && this.#macKeys !== undefined) return this.#giveKey(socket, this.#macKeys);
    return [[39, networkCodes.includes(code) ? approved : invalidTransaction]];
  }

  /** DE 62: the key block. */
  #giveKey(socket: Duplex, macKeys: HostMacKeys): Fields {
    const keyBlock = macKeys.give(socket);
    if (keyBlock.ok) {
      return [
        [39, approved],
        [62, keyBlock.value],
      ];
    }
    this.#options.log.write('error', 'host: no working key', { reason: keyBlock.fault.detail });
    return [[39, systemMalfunction]];
  }

  #respond(received: Received, reply: Iso8583Message | undefined, misbehaviour: Misbehaviour): void {
    const { replyDelayMs, lateReplyMs } = misbehaviour;
    const act = (): void => this.#deliver(received, reply, misbehaviour);
    const delayMs = lateReplyMs ?? replyDelayMs;
    if (misbehaviour.reorderReply === true && reply !== undefined) this.#heldBack.push(act);
    else if (delayMs === undefined) act();
    else this.#options.clock.after(delayMs, act);
  }

  #deliver(received: Received, reply: Iso8583Message | undefined, misbehaviour: Misbehaviour): void {
    const { socket, terminalId, kind, keys } = received;
    const late = misbehaviour.lateReplyMs !== undefined && socket.destroyed;
    const to = late ? this.#newestConnectionOf(terminalId) : socket;
    const bytes = reply === undefined ? undefined : this.#pack(reply, keys, misbehaviour);
    keys?.wipe();
    if (to === undefined) return;
    if (misbehaviour.corruptReply === true) bytes?.fill(0xff);
    this.#send(to, bytes);
    if (misbehaviour.duplicateReply === true) this.#send(to, bytes);
    if (misbehaviour.closeAfter === true) to.end();
    if (kind !== 'network' && misbehaviour.reorderReply !== true) {
      for (const heldBack of this.#heldBack.splice(0)) heldBack();
    }
  }

  #newestConnectionOf(terminalId: string): Duplex | undefined {
    return [...this.#sockets].findLast(([, whose]) => whose === terminalId)?.[0];
  }

  #send(socket: Duplex, bytes: Uint8Array | undefined): void {
    if (bytes !== undefined && socket.writable) socket.write(frameMessage(this.#options.dialect.frame, bytes));
  }

  /** With the keys of its request, on whatever connection it is sent. */
  #pack(reply: Iso8583Message, keys: ExchangeKeys | undefined, { corruptMac }: Misbehaviour): Uint8Array | undefined {
    const { dialect } = this.#options;
    if (keys === undefined) return this.#packed(packMessage(dialect, reply));
    return this.#packed(packWithMac(dialect, reply, corruptMac === true ? otherThan(keys.response) : keys.response));
  }

  #packed(packed: ReturnType<typeof packMessage>): Uint8Array | undefined {
    if (packed.ok) return packed.value;
    this.#options.log.write('error', 'host: message cannot be encoded', { reason: packed.fault.detail });
    return undefined;
  }
}

/** True for requests and advices of any class, repeats too; false for replies and other versions. */
function asksForReply(message: Iso8583Message): boolean {
  return /^0.[02468][01]$/.test(message.mti);
}

/** Elements that a reply repeats from its request, never the PAN. */
const echoed = [3, 4, 7, 11, 12, 13, 41, 42, 49, 70, 90];

function replyTo(request: Iso8583Message, fields: Fields): Iso8583Message {
  const repeated = echoed.flatMap((element): [number, string][] => {
    const value = request.text(element) ?? '';
    return value === '' ? [] : [[element, value]];
  });
  // Third digit: the response is one above the request; last digit: a repeat is answered like the first.
  const mti = `${request.mti.slice(0, 2)}${Number(request.mti.charAt(2)) + 1}0`;
  return new Iso8583Message(mti, [...repeated, ...fields]);
}
