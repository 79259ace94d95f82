/**
 * The simulated network: connections to the acquirer as pairs of streams, and calls to the bank and back. What is sent
 * takes its time, in order; connections go dead without saying so or are reset, messages come twice, spoiled, very late or
 * not at all, also after whoever sent them has given up.
 */
import { Duplex } from 'node:stream';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import type { Dial } from '../../src/host/acquirer/session.ts';
import type { HttpCall, HttpCaller, HttpFault, HttpReply } from '../../src/host/qr/http-call.ts';
import type { Listen, Listening, ServiceOptions, ServiceReply } from '../../src/host/qr/http-service.ts';
import type { Chance } from './chance.ts';
import type { SimulatedTime } from './time.ts';

/** What may become of something sent, each in so many of a hundred. */
export interface Weather {
  readonly dead: number;
  readonly reset: number;
  readonly spoiled: number;
  readonly twice: number;
  readonly late: number;
}

export const fairWeather: Weather = { dead: 0, reset: 0, spoiled: 0, twice: 0, late: 0 };

/** Milliseconds of a good line, one way. */
const quickest = 2;
const slowest = 120;
const latestMs = 90_000;
/** After which the other side of a machine without power is given up. */
const forgottenMs = 60_000;

/** One end of a connection. */
class End extends Duplex {
  readonly #carry: (bytes: Uint8Array) => void;
  readonly #gone: (abruptly: boolean) => void;

  constructor(carry: (bytes: Uint8Array) => void, gone: (abruptly: boolean) => void) {
    super({ allowHalfOpen: false });
    this.#carry = carry;
    this.#gone = gone;
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    // Whoever sent it overwrites it.
    this.#carry(Uint8Array.from(chunk));
    done();
  }

  override _final(done: () => void): void {
    this.#gone(false);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#gone(error !== null);
    done(error);
  }

  /** The machine behind it has lost its power: nobody hears anything any more. */
  cutOff(): void {
    this.removeAllListeners();
    this.on('error', () => {});
    this.destroy();
  }
}

interface Connection {
  readonly near: End;
  readonly far: End;
  dead: boolean;
}

export class SimulatedNetwork {
  readonly #time: SimulatedTime;
  readonly #chance: Chance;
  readonly #connections = new Set<Connection>();
  readonly #services = new Map<string, ServiceOptions>();
  /** Those of the terminal: they end with its power. */
  readonly #ofTerminal = new Set<string>();
  #session = 0;
  #ports = 20_000;
  connected = true;
  weather = fairWeather;
  readonly faults = new Map<string, number>();
  /** Takes the far end of a connection to the acquirer. */
  serve: (socket: Duplex) => void = () => {};

  constructor(time: SimulatedTime, chance: Chance) {
    this.#time = time;
    this.#chance = chance;
  }

  plug(connected: boolean): void {
    this.connected = connected;
    if (!connected) for (const connection of this.#connections) connection.dead = true;
  }

  readonly dial: Dial = () => {
    const connection: Connection = {
      near: this.#end(() => connection, 'far'),
      far: this.#end(() => connection, 'near'),
      dead: false,
    };
    const { near, far } = connection;
    far.on('error', () => {});
    if (this.connected) {
      this.#connections.add(connection);
      this.#time.after(this.#delayMs(), () => {
        if (connection.dead || near.destroyed) return;
        this.serve(far);
        near.emit('connect');
      });
    }
    return near;
  };

  /** The terminal is no more. Of a process that ends the others hear; of a machine without power they do not. */
  cutTerminal(silently: boolean): void {
    this.#session += 1;
    for (const connection of this.#connections) {
      connection.dead ||= silently;
      connection.near.cutOff();
      if (connection.dead) this.#time.after(forgottenMs, () => connection.far.destroy());
    }
    this.#connections.clear();
    for (const origin of this.#ofTerminal) this.#services.delete(origin);
    this.#ofTerminal.clear();
  }

  /** For the terminal's own listeners; `listenHere` for those of the bank. */
  readonly listenAtTerminal: Listen = (options) => this.#listen(options, this.#ofTerminal);

  readonly listen: Listen = (options) => this.#listen(options, undefined);

  /** From the terminal: what comes back after its power was cut is heard by nobody. */
  readonly callFromTerminal: HttpCaller = (call) => {
    const session = this.#session;
    return new Promise((resolve) => {
      this.#call(call, (result) => {
        if (session === this.#session) resolve(result);
      });
    });
  };

  readonly call: HttpCaller = (call) => new Promise((resolve) => this.#call(call, resolve));

  #end(connection: () => Connection, other: 'near' | 'far'): End {
    let freeAtMs = 0;
    const deliver = (delayMs: number, act: (to: End) => void): void => {
      // In the order in which it was sent, as on any connection.
      freeAtMs = Math.max(freeAtMs, this.#time.nowMs + delayMs);
      this.#time.after(freeAtMs - this.#time.nowMs, () => {
        const to = connection()[other];
        if (!to.destroyed) act(to);
      });
    };
    const carry = (bytes: Uint8Array): void => {
      if (connection().dead) return;
      const { dead, reset, spoiled, twice, late } = this.weather;
      if (this.#happens('connection went dead', dead)) {
        connection().dead = true;
        return;
      }
      if (this.#happens('connection reset', reset)) {
        for (const end of [connection().near, connection().far]) end.destroy(new Error('connection reset'));
        return;
      }
      if (this.#happens('message spoiled', spoiled)) {
        const at = this.#chance.between(0, bytes.length - 1);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << this.#chance.between(0, 7));
      }
      const lateMs = this.#happens('message late', late) ? this.#chance.between(1000, latestMs) : 0;
      const times = this.#happens('message twice', twice) ? 2 : 1;
      for (let time = 0; time < times; time += 1) {
        deliver(this.#delayMs() + lateMs, (to) => to.push(Buffer.from(bytes)));
      }
    };
    const gone = (abruptly: boolean): void => {
      if (connection().dead) return;
      deliver(this.#delayMs(), (to) => (abruptly ? to.destroy(new Error('connection reset')) : to.push(null)));
    };
    return new End(carry, gone);
  }

  #listen(options: ServiceOptions, group: Set<string> | undefined): Listening {
    this.#ports += 1;
    const origin = `http://127.0.0.1:${options.port === 0 ? this.#ports : options.port}`;
    return {
      origin,
      start: async () => {
        this.#services.set(origin, options);
        group?.add(origin);
        return ok(undefined);
      },
      stop: async () => {
        this.#services.delete(origin);
        group?.delete(origin);
      },
    };
  }

  #call(call: HttpCall, answer: (result: Result<HttpReply, HttpFault>) => void): void {
    const { url, signal, timeoutMs, clock } = call;
    let open = true;
    let reached = false;
    const finish = (result: Result<HttpReply, HttpFault>): void => {
      if (!open) return;
      open = false;
      stopTimer();
      signal.removeEventListener('abort', stopped);
      answer(result);
    };
    const fail = (detail: string): void =>
      finish(err(fault(reached ? 'noReply' : 'unreachable', `${url.host}: ${detail}`, true)));
    const stopped = (): void => fail('stopped by the caller');
    const stopTimer = clock.after(timeoutMs, () => fail(`no answer within ${timeoutMs} ms`));
    signal.addEventListener('abort', stopped);
    if (signal.aborted) return stopped();
    const { dead, reset, spoiled, twice, late } = this.weather;
    if (!this.connected || this.#happens('call lost', dead)) return undefined;
    const lateMs = this.#happens('call late', late) ? this.#chance.between(1000, latestMs) : 0;
    const times = this.#happens('call twice', twice) ? 2 : 1;
    // The connection was made: what is late on it has left, and may still arrive when nobody waits for the answer any more.
    reached = this.#services.has(url.origin);
    for (let time = 0; time < times; time += 1) {
      this.#time.after(this.#delayMs() + lateMs, () => {
        const answered = this.#answerOf(call, this.#happens('call spoiled', spoiled));
        if (answered === undefined) return fail('connection refused');
        void this.#deliver(answered, reset, finish);
        return undefined;
      });
    }
    return undefined;
  }

  /** Some answers take time of their own: the terminal asks the bank before it acknowledges a notice. */
  async #deliver(
    answered: ServiceReply | Promise<ServiceReply>,
    reset: number,
    finish: (result: Result<HttpReply, HttpFault>) => void,
  ): Promise<void> {
    const { status, body } = await answered;
    if (this.#happens('answer lost', reset)) return;
    this.#time.after(this.#delayMs(), () => finish(ok({ status, body: JSON.stringify(body ?? '') })));
  }

  /** Undefined when nobody listens there. */
  #answerOf(
    { method, url, headers, body }: HttpCall,
    spoiled: boolean,
  ): ServiceReply | Promise<ServiceReply> | undefined {
    const bytes = Buffer.from(body);
    if (spoiled && bytes.length > 0) {
      const at = this.#chance.between(0, bytes.length - 1);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    }
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
    return this.#services.get(url.origin)?.handle({
      method,
      target: `${url.pathname}${url.search}`,
      headers: Object.fromEntries(lower),
      body: bytes,
    });
  }

  #delayMs(): number {
    return this.#chance.between(quickest, slowest);
  }

  #happens(what: string, share: number): boolean {
    if (share === 0 || !this.#chance.percent(share)) return false;
    this.faults.set(what, (this.faults.get(what) ?? 0) + 1);
    return true;
  }
}
