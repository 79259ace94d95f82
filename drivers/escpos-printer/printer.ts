/**
 * ESC/POS receipt printer over any byte transport. The receipt is sent as a picture, so no code page matters.
 * Before a job the printer is asked how it is; after it the driver waits until the printer has answered a
 * question that stood behind the last byte, and asks once more.
 */
import type { DeviceFault, DeviceHealth, DeviceOptions } from '../../devices/device.ts';
import type { PrinterFault, PrintJob, ReceiptPrinter } from '../../devices/receipt-printer.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import type { Bitmap } from '../raster/bitmap.ts';
import { receiptRaster } from '../raster/receipt-raster.ts';
import { Listeners, within, type ByteTransport, type TransportFault } from '../transport/byte-transport.ts';
import { endOfPaper, initialize, rasterBands, recoverFromError, reportChanges } from './commands.ts';
import { atMost, PrinterLink } from './link.ts';
import type { PrinterProfile } from './profile.ts';
import { healthOf, saysOffline, troubleOf, type PrinterStatus } from './status.ts';

/** While a job waits for its confirmation, the printer is asked this often whether something is wrong. */
const lookEveryMs = 500;

/** Finished jobs remembered against printing twice. */
const rememberedJobs = 64;

type Printed = Result<void, PrinterFault>;

/** One time limit across many steps. */
class Deadline {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #endsAt: number;

  constructor(clock: Clock, options: DeviceOptions) {
    this.#clock = clock;
    this.#signal = options.signal;
    this.#endsAt = clock.monotonicMs() + options.timeoutMs;
  }

  get rest(): DeviceOptions {
    return { signal: this.#signal, timeoutMs: Math.max(0, this.#endsAt - this.#clock.monotonicMs()) };
  }

  get over(): boolean {
    return this.#signal.aborted || this.rest.timeoutMs === 0;
  }
}

/** A transport fault as the result of a job of which nothing was sent. */
function beforeJob(cause: TransportFault): PrinterFault {
  return fault(cause.kind === 'aborted' ? 'failed' : 'offline', cause.detail, true);
}

/** A transport fault as the result of a job of which some bytes may be on paper. */
function midJob(cause: TransportFault): PrinterFault {
  const kind = cause.kind === 'timeout' ? 'timeout' : cause.kind === 'aborted' ? 'failed' : 'offline';
  return fault(kind, cause.detail, false);
}

/** The printer said something during the job that a printer at work does not say. */
function inDoubt(detail: string): PrinterFault {
  return fault('failed', `${detail}: look at the paper`, false);
}

export class EscPosPrinter implements ReceiptPrinter {
  readonly role = 'receiptPrinter';
  readonly name: string;
  readonly description: string;
  readonly columns: number;
  readonly #profile: PrinterProfile;
  readonly #clock: Clock;
  readonly #link: PrinterLink;
  readonly #onJob: (jobId: string) => void;
  readonly #healthListeners = new Listeners<DeviceHealth>();
  readonly #done = new Set<string>();
  #health: DeviceHealth = { state: 'offline', detail: 'not opened' };
  /** Between open and close: a lost connection is made again when it is needed. */
  #wanted = false;
  /** The printer may still hold a part of a job that was given up. */
  #unclean = false;
  /** The one who talks with the printer now; the next one waits for it. */
  #turn: Promise<void> | undefined;

  /** `onJob` is called when a job gets its turn. */
  constructor(
    name: string,
    profile: PrinterProfile,
    transport: ByteTransport,
    clock: Clock,
    onJob: (jobId: string) => void = () => undefined,
  ) {
    this.name = name;
    this.description = `${profile.description}, ${transport.description}`;
    this.columns = profile.columns;
    this.#profile = profile;
    this.#clock = clock;
    this.#onJob = onJob;
    this.#link = new PrinterLink(transport, clock, profile.processId === true);
    this.#link.onChange((status) => this.#setHealth(healthOf(status)));
    this.#link.onLost((detail) => {
      this.#done.clear();
      this.#setHealth({ state: 'offline', detail });
    });
  }

  async open(options: DeviceOptions): Promise<Result<void, DeviceFault>> {
    this.#wanted = true;
    const end = await this.#takeTurn(options);
    if (end === undefined) return err(fault('busy', 'a job is being printed', true));
    const connected = await this.#connect(options);
    end();
    if (connected.ok) return connected;
    const { kind, detail } = connected.fault;
    return err(fault(kind === 'lost' ? 'notConnected' : kind, detail, true));
  }

  async close(): Promise<void> {
    this.#wanted = false;
    await this.#link.disconnect('closed');
  }

  async checkHealth(options: DeviceOptions): Promise<DeviceHealth> {
    // During a job the job itself looks at the printer.
    if (!this.#wanted || this.#turn !== undefined) return this.#health;
    const end = await this.#takeTurn(options);
    const deadline = new Deadline(this.#clock, options);
    const connected = await this.#connect(deadline.rest);
    const status = connected.ok ? await this.#look(deadline) : connected;
    end?.();
    if (!status.ok) this.#setHealth({ state: 'offline', detail: status.fault.detail });
    return this.#health;
  }

  onHealth(listener: (health: DeviceHealth) => void): () => void {
    return this.#healthListeners.add(listener);
  }

  async print(job: PrintJob, options: DeviceOptions): Promise<Printed> {
    const deadline = new Deadline(this.#clock, options);
    const end = await this.#takeTurn(options);
    if (end === undefined) return err(fault('timeout', 'another job was still being printed', true));
    this.#onJob(job.jobId);
    const printed = await this.#print(job, deadline);
    if (printed.ok) this.#remember(job.jobId);
    // After a timeout the printer may only be slow; the rest is thrown away before the next job, if at all.
    else if (this.#unclean && !deadline.over) await this.#cleanUp(deadline);
    end();
    return printed;
  }

  async #print(job: PrintJob, deadline: Deadline): Promise<Printed> {
    if (!this.#wanted) return err(fault('offline', 'the printer is closed', true));
    if (this.#done.has(job.jobId)) return ok(undefined);
    const paper = { dots: this.#profile.dotsPerLine, columns: this.#profile.columns };
    const pieces = receiptRaster(job.lines, paper);
    if (!pieces.ok) return err(fault('failed', pieces.fault.detail, true));
    const ready = await this.#getReady(deadline);
    if (!ready.ok) return ready;
    const leftover = this.#unclean;
    this.#unclean = true;
    const sent = await this.#send(pieces.value, leftover, deadline);
    const confirmed = sent.ok ? await this.#confirm(deadline) : sent;
    if (confirmed.ok) this.#unclean = false;
    return confirmed;
  }

  /** Nothing of the job has been sent yet, so every fault here is safe to repeat. */
  async #getReady(deadline: Deadline): Promise<Printed> {
    const connected = await this.#connect(deadline.rest);
    if (!connected.ok) return err(beforeJob(connected.fault));
    if (this.#unclean) await this.#cleanUp(deadline);
    // An unanswered clean-up has closed the link; the status then says so, and nothing is sent.
    let status = await this.#look(deadline);
    if (status.ok && status.value.cutterError) {
      // ESC/POS Command Reference, DLE ENQ: after the paper is removed, only this ends a cutter error.
      const sent = await this.#link.send(recoverFromError, deadline.rest);
      status = sent.ok ? await this.#look(deadline) : sent;
    }
    if (!status.ok) return err(beforeJob(status.fault));
    const trouble = troubleOf(status.value);
    if (trouble !== undefined) return err(fault(trouble.kind, trouble.detail, true));
    await this.#link.beginJob(deadline.rest);
    return deadline.over ? err(fault('timeout', 'an earlier job was still being printed', true)) : ok(undefined);
  }

  /** Sends piece by piece and looks after each: a printer in trouble is not filled up further. */
  async #send(pieces: readonly Bitmap[], leftover: boolean, deadline: Deadline): Promise<Printed> {
    const commands: Uint8Array[] = [initialize];
    // A printer that cannot forget has printed the rest of the last job by now: keep it apart from this one.
    if (leftover) commands.push(endOfPaper(this.#profile.cut));
    if (this.#profile.automaticStatusBack) commands.push(reportChanges);
    for (const piece of pieces) {
      commands.push(...rasterBands(piece, this.#profile.maxRasterRows), endOfPaper(this.#profile.cut));
    }
    for (const command of commands) {
      const sent = await this.#link.send(command, deadline.rest);
      if (!sent.ok) return err(midJob(sent.fault));
      const answer = await this.#link.ask(1, deadline.rest);
      if (!answer.ok) return err(midJob(answer.fault));
      if (this.#link.unexpected !== undefined) return err(inDoubt(this.#link.unexpected));
      if (!saysOffline(answer.value)) continue;
      const fine = await this.#lookMidJob(deadline);
      if (!fine.ok) return fine;
    }
    const marked = await this.#link.mark(deadline.rest);
    return marked.ok ? marked : err(midJob(marked.fault));
  }

  async #confirm(deadline: Deadline): Promise<Printed> {
    for (;;) {
      const processed = await this.#link.processed(atMost(deadline.rest, lookEveryMs));
      const done = processed.ok && processed.value === 'processed';
      if (!processed.ok && processed.fault.kind !== 'timeout') return err(midJob(processed.fault));
      if (deadline.over && !done) return err(fault('timeout', 'the printer did not confirm the job in time', false));
      const fine = await this.#lookMidJob(deadline);
      if (this.#link.unexpected !== undefined) return err(inDoubt(this.#link.unexpected));
      if (done || !fine.ok) return fine;
    }
  }

  async #lookMidJob(deadline: Deadline): Promise<Printed> {
    const status = await this.#look(deadline);
    if (!status.ok) return err(midJob(status.fault));
    const trouble = troubleOf(status.value);
    // A pause (head too hot, feed button) ends by itself; until the limit the job may still come out.
    if (trouble === undefined || trouble.kind === 'offline') return ok(undefined);
    return err(fault(trouble.kind, trouble.detail, false));
  }

  /** Asks for the whole status and keeps the health up to date. */
  async #look(deadline: Deadline): Promise<Result<PrinterStatus, TransportFault>> {
    const status = await this.#link.status(deadline.rest);
    if (status.ok) this.#setHealth(healthOf(status.value));
    return status;
  }

  /** Never in the middle of a job: a new connection knows nothing of what the old one was waiting for. */
  async #connect(options: DeviceOptions): Promise<Result<void, TransportFault>> {
    if (this.#link.connected) return ok(undefined);
    const connected = await this.#link.connect(options);
    if (!connected.ok) return connected;
    if (!this.#wanted) {
      await this.#link.disconnect('closed');
      return err(fault('notConnected', 'the printer was closed meanwhile', true));
    }
    return this.#profile.automaticStatusBack ? this.#link.send(reportChanges, options) : connected;
  }

  /** Throws away the rest of a job that was given up, so that it does not come out before the next one. */
  async #cleanUp(deadline: Deadline): Promise<void> {
    if (!this.#profile.clearBuffers || !this.#link.connected) return;
    const cleared = await this.#link.clear(deadline.rest);
    if (cleared.ok) this.#unclean = false;
  }

  #remember(jobId: string): void {
    this.#done.add(jobId);
    const [oldest] = this.#done;
    if (this.#done.size > rememberedJobs && oldest !== undefined) this.#done.delete(oldest);
  }

  #setHealth(health: DeviceHealth): void {
    const changed = health.state !== this.#health.state || health.detail !== this.#health.detail;
    this.#health = health;
    if (changed) this.#healthListeners.tell(health);
  }

  /** Waits for its turn; returns the function that ends it, or undefined when the limit came first. */
  async #takeTurn(options: DeviceOptions): Promise<(() => void) | undefined> {
    const deadline = new Deadline(this.#clock, options);
    while (this.#turn !== undefined) {
      const turn = this.#turn;
      const free = await within<void>(this.#clock, deadline.rest, 'waiting for another job', true, (settle) => {
        void turn.then(() => settle(ok(undefined)));
      });
      if (!free.ok) return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    return () => {
      this.#turn = undefined;
      resolve();
    };
  }
}
