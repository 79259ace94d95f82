/**
 * The conversation with one ESC/POS printer: sends bytes, pairs questions with answers, counts the queued answers
 * that are still to come, and notes what a printer at work would not have sent. Knows nothing of receipts.
 */
import type { DeviceOptions } from '../../devices/device.ts';
import { concat, fromLatin1, toHex } from '../../src/core/base/bytes.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import { Listeners, within, type ByteTransport, type TransportFault } from '../transport/byte-transport.ts';
import {
  clearBuffers,
  requestProcessId,
  transmitPaperStatus,
  transmitRealTimeStatus,
  type RealTimeStatusNumber,
} from './commands.ts';
import { automaticStatus, realTimeStatus, type PrinterStatus } from './status.ts';
import { StatusParser, type StatusToken } from './status-parser.ts';

/** Longest that a working printer takes for a real-time answer, counted from the arrival of the question. */
const answerTimeoutMs = 1000;

/** The answers to the two `GS r` of one mark come together; a line break or a power switch takes its time. */
const pairWithinMs = 1000;

/** How long an earlier job's marks may still be answered by a printer that is ready. */
const oldMarksMs = 5000;

/** Header of the power-off and power-on notices (3B 30 00, 3B 31 00). */
const powerNotice = 0x3b;

/** Identifier 22h of the process ID response. */
const processIdAnswer = '"';

/** `DLE DC4` fn = 8, Clear response. */
function isClearResponse(block: Uint8Array): boolean {
  return toHex(block) === '372500';
}

export function atMost(options: DeviceOptions, timeoutMs: number): DeviceOptions {
  return { signal: options.signal, timeoutMs: Math.min(options.timeoutMs, timeoutMs) };
}

export class PrinterLink {
  readonly #transport: ByteTransport;
  readonly #clock: Clock;
  readonly #parser = new StatusParser();
  readonly #tokens = new Listeners<StatusToken>();
  readonly #lost = new Listeners<string>();
  readonly #changes = new Listeners<PrinterStatus>();
  readonly #processId: boolean;
  /** `GS r` sent and not yet answered; the printer answers them in order. */
  #unanswered = 0;
  #answeredAtMs = 0;
  /** Number of the last `GS ( H`; starts anywhere, so that a restarted terminal does not repeat numbers. */
  #markNumber: number;
  /** The number whose answer is still to come. */
  #awaited: string | undefined;
  #unexpected: string | undefined;
  #connected = false;

  /** `processId`: marks are `GS ( H` with a number of their own instead of two `GS r`. */
  constructor(transport: ByteTransport, clock: Clock, processId: boolean) {
    this.#processId = processId;
    this.#transport = transport;
    this.#clock = clock;
    this.#markNumber = clock.now() % 10_000;
    transport.onData((bytes) => {
      for (const token of this.#parser.feed(bytes)) this.#hear(token);
    });
    transport.onClose((detail) => {
      this.#connected = false;
      this.#lost.tell(detail);
    });
  }

  get description(): string {
    return this.#transport.description;
  }

  get connected(): boolean {
    return this.#connected;
  }

  async connect(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    if (this.#connected) return ok(undefined);
    this.#parser.reset();
    this.#expectNothing();
    const opened = await this.#transport.open(options);
    this.#connected = opened.ok;
    return opened;
  }

  async disconnect(reason: string): Promise<void> {
    this.#connected = false;
    this.#lost.tell(reason);
    await this.#transport.close();
  }

  /** The connection ended, whoever ended it. */
  onLost(listener: (detail: string) => void): () => void {
    return this.#lost.add(listener);
  }

  /** The printer reported a change by itself (`GS a`). */
  onChange(listener: (status: PrinterStatus) => void): () => void {
    return this.#changes.add(listener);
  }

  send(bytes: Uint8Array, options: DeviceOptions): Promise<Result<void, TransportFault>> {
    return this.#transport.write(bytes, options);
  }

  /** `DLE EOT n`. */
  async ask(n: RealTimeStatusNumber, options: DeviceOptions): Promise<Result<number, TransportFault>> {
    const limit = atMost(options, this.#answerTimeoutMs);
    return this.#exchange(transmitRealTimeStatus(n), `the answer of ${this.description}`, limit, (token) =>
      token.kind === 'realTime' ? token.byte : undefined,
    );
  }

  async status(options: DeviceOptions): Promise<Result<PrinterStatus, TransportFault>> {
    const answers: number[] = [];
    for (const n of [1, 2, 3, 4] as const) {
      const answer = await this.ask(n, options);
      if (!answer.ok) return answer;
      answers.push(answer.value);
    }
    return ok(realTimeStatus(answers));
  }

  /**
   * Before the first byte of a job. Marks of an earlier job are waited for, five seconds at most: a printer that
   * says it is ready and has not answered by then has lost them.
   */
  async beginJob(options: DeviceOptions): Promise<void> {
    this.#unexpected = undefined;
    if (!this.#settled) await this.processed(atMost(options, oldMarksMs));
    this.#expectNothing();
    this.#unexpected = undefined;
  }

  /** What the printer has said since `beginJob` that does not fit: noise, or it was switched off and on. */
  get unexpected(): string | undefined {
    return this.#unexpected;
  }

  /**
   * A question to be answered once everything sent before is processed; `processed` waits for that. Two `GS r`,
   * because one answer is a single byte, often 00, and a line break looks the same.
   */
  async mark(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    if (!this.#processId) {
      this.#unanswered += 2;
      return this.send(concat(transmitPaperStatus, transmitPaperStatus), options);
    }
    this.#markNumber = (this.#markNumber + 1) % 10_000;
    this.#awaited = String(this.#markNumber).padStart(4, '0');
    return this.send(requestProcessId(this.#awaited), options);
  }

  /** Resolves when every mark is answered, or early when the printer reports a change or something unexpected. */
  async processed(options: DeviceOptions): Promise<Result<'processed' | 'changed', TransportFault>> {
    if (this.#settled) return ok('processed');
    return this.#listen(`the confirmation of ${this.description}`, options, (token) => {
      if (token.kind === 'automatic' || this.#unexpected !== undefined) return 'changed';
      return this.#settled ? 'processed' : undefined;
    });
  }

  /** Throws away what the printer has not processed, its marks included. */
  async clear(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    const limit = atMost(options, this.#answerTimeoutMs);
    const cleared = await this.#exchange(clearBuffers, `clearing ${this.description}`, limit, (token) =>
      token.kind === 'block' && isClearResponse(Uint8Array.from(token.bytes)) ? true : undefined,
    );
    if (!cleared.ok) return cleared;
    this.#expectNothing();
    return ok(undefined);
  }

  get #answerTimeoutMs(): number {
    return answerTimeoutMs + (this.#transport.lagMs ?? 0);
  }

  get #settled(): boolean {
    return this.#unanswered === 0 && this.#awaited === undefined;
  }

  #expectNothing(): void {
    this.#unanswered = 0;
    this.#awaited = undefined;
  }

  #hear(token: StatusToken): void {
    if (token.kind === 'automatic') this.#changes.tell(automaticStatus(token.bytes));
    if (token.kind === 'queued') this.#hearQueued();
    if (token.kind === 'block') this.#hearBlock(Uint8Array.from(token.bytes));
    if (token.kind === 'discarded') this.#unexpected ??= 'the printer sent something that is no answer';
    this.#tokens.tell(token);
  }

  #hearQueued(): void {
    const now = this.#clock.monotonicMs();
    const isSecond = this.#unanswered % 2 === 1;
    if (this.#unanswered === 0) this.#unexpected ??= 'the printer answered what was not asked';
    else if (isSecond && now - this.#answeredAtMs > pairWithinMs) this.#unexpected ??= 'the two answers came apart';
    this.#unanswered = Math.max(0, this.#unanswered - 1);
    this.#answeredAtMs = now;
  }

  #hearBlock(block: Uint8Array): void {
    const text = fromLatin1(block.subarray(1, -1));
    if (block[0] === powerNotice) {
      this.#expectNothing();
      this.#unexpected ??= 'the printer was switched off or on and has lost what it held';
    } else if (text === `${processIdAnswer}${this.#awaited}`) {
      this.#awaited = undefined;
    } else if (!text.startsWith(processIdAnswer) && !isClearResponse(block)) {
      this.#unexpected ??= 'the printer answered what was not asked';
    }
    // Any other process ID belongs to an earlier job.
  }

  /** Without an answer in time the link is closed: a late one would be taken for the answer to the next question. */
  async #exchange<T>(
    question: Uint8Array,
    what: string,
    options: DeviceOptions,
    take: (token: StatusToken) => T | undefined,
  ): Promise<Result<T, TransportFault>> {
    const answer = this.#listen(what, options, take);
    const sent = await this.send(question, options);
    // Without the question there is no answer; the pending wait ends by its own limit and harms nobody.
    const result = sent.ok ? await answer : sent;
    if (!result.ok && this.#connected) await this.disconnect(result.fault.detail);
    return result;
  }

  async #listen<T>(
    what: string,
    options: DeviceOptions,
    take: (token: StatusToken) => T | undefined,
  ): Promise<Result<T, TransportFault>> {
    const leave: (() => void)[] = [];
    const heard = await within<T>(this.#clock, options, what, false, (settle) => {
      leave.push(
        this.#tokens.add((token) => {
          const value = take(token);
          if (value !== undefined) settle(ok(value));
        }),
        this.#lost.add((detail) => settle(err(fault('lost', detail, false)))),
      );
    });
    for (const end of leave) end();
    return heard;
  }
}
