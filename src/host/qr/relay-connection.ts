/**
 * One connection of the terminal to its relay (core/relay/wire.ts): asks for a challenge, signs it, reads the stream that
 * it is given, hands the notices over in their order, a few at a time, and acknowledges what was taken. It ends when the
 * relay ends it, when the line says or shows that it is dead, or when it is stopped; what was not taken comes again on the
 * next.
 */
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import * as z from 'zod';
import { epochMs } from '../../core/base/brand.ts';
import type { Clock, Log } from '../../core/base/ports.ts';
import { EventStreamReader, type StreamEvent } from '../../core/relay/event-stream.ts';
import {
  mostAcknowledged,
  relayPaths,
  streamAuthorization,
  streamEvents,
  streamProofText,
} from '../../core/relay/wire.ts';
import { http, https } from '../http-module.ts';
import { readBody } from './http-body.ts';
import type { NoticeDelivery, RawNotice } from './notice-source.ts';

export interface RelayAddress {
  /** Scheme, host and port, as the relay's `publicUrl` has it. */
  readonly url: string;
  /** PEM of the authorities that vouch for the relay; left out: those that Node knows. */
  readonly ca?: string;
  /** Under which the relay knows this terminal. */
  readonly terminal: string;
  /** Ed25519, 64 bytes, with the key that belongs to it. */
  readonly sign: (text: Uint8Array) => Uint8Array;
}

export interface RelayConnectionOptions {
  readonly address: RelayAddress;
  /** Ids of notices that were taken: those whose acknowledgement was lost are not handed over again. */
  readonly taken: TakenNotices;
  readonly deliver: NoticeDelivery;
  readonly clock: Clock;
  readonly log: Log;
  /** The relay has accepted this terminal; by how much its clock is ahead of the relay's, where that is told. */
  readonly onUp: (clockAheadMs: number | null) => void;
  /** The notice there was taken, or need not be. */
  readonly onTaken?: (position: number) => void;
}

/** A bounded memory, of this process only. */
export interface TakenNotices {
  has(id: string): boolean;
  add(id: string): void;
}

/** How a connection ended, in one English sentence for logs and technicians; `replaced`: another one took its place. */
export interface ConnectionEnd {
  readonly detail: string;
  readonly replaced: boolean;
}

const hello = z.object({
  session: z.string().regex(/^[\w-]{43}$/),
  beatMs: z.int().min(1).max(300_000),
  waiting: z.int().min(0),
  refused: z.int().min(0),
});

const noticeMessage = z.object({
  id: z.string().min(1).max(100),
  receivedAt: z.int().min(0),
  method: z.string().max(20),
  path: z.string().max(8192),
  headers: z.record(z.string(), z.string()),
  body: z.base64(),
});

const challengeMessage = z.object({ challenge: z.string().regex(/^[\w-]{1,128}$/), audience: z.string() });

/** For a challenge, for the beginning of the stream, and for an acknowledgement. */
const answerLimitMs = 10_000;
const maxReplyBytes = 16 * 1024;
/** A notice of the longest body that a relay may be set to take, as base64 in JSON. */
const maxEventLength = 2 * 1024 * 1024;
/** Notices that are handed over and not taken yet. */
const mostAtOnce = 4;
/** Notices read ahead; with more the line is not read on. */
const maxAhead = 32;
const leaveLimitMs = 1000;
const retryMinMs = 500;
const retryMaxMs = 30_000;

interface Sent {
  readonly position: number;
  /** Undefined for one that was damaged in the relay. */
  readonly notice: RawNotice | undefined;
  /** Before the next attempt, should this one fail. */
  readonly pauseMs: number;
}

interface Session {
  readonly token: string;
  readonly beatMs: number;
}

export class RelayConnection {
  readonly #options: RelayConnectionOptions;
  readonly #agent: Agent;
  readonly #ended: Promise<ConnectionEnd>;
  #settle: (end: ConnectionEnd) => void = () => {};
  readonly #closing = new AbortController();
  /** Nothing more is handed over. */
  readonly #leaving = new AbortController();
  #stream: IncomingMessage | undefined;
  #session: Session | undefined;
  #clockAheadMs: number | null = null;
  readonly #queue: Sent[] = [];
  readonly #delivering = new Set<Promise<void>>();
  /** Taken and not acknowledged yet. */
  #toAcknowledge: number[] = [];
  #acknowledging: Promise<void> | undefined;
  #cancelSilence: () => void = () => {};

  constructor(options: RelayConnectionOptions) {
    this.#options = options;
    const { url, ca } = options.address;
    const bounds = { keepAlive: true, maxSockets: 2 };
    this.#agent = url.startsWith('https:')
      ? new https.Agent({ ...bounds, ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' })
      : new http.Agent(bounds);
    this.#ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Resolves when it has ended and nothing is being delivered any more. */
  async run(): Promise<ConnectionEnd> {
    await this.#open();
    const end = await this.#ended;
    await Promise.all(this.#delivering);
    return end;
  }

  /** Hands over nothing more, acknowledges what was taken if the relay takes it within a second, and closes. */
  async leave(): Promise<void> {
    this.#leaving.abort();
    await Promise.all(this.#delivering);
    const cancel = this.#options.clock.after(leaveLimitMs, () => this.close('stopped'));
    await this.#acknowledging;
    cancel();
    this.close('stopped');
  }

  close(detail: string, replaced = false): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#leaving.abort();
    this.#cancelSilence();
    this.#stream?.destroy();
    this.#agent.destroy();
    this.#settle({ detail, replaced });
  }

  async #open(): Promise<void> {
    const { address } = this.#options;
    const asked = await this.#post(relayPaths.challenge, {}, '');
    if (asked === undefined) return;
    const told = asked.status === 200 ? read(challengeMessage, asked.body) : undefined;
    if (told === undefined) return this.close(refusal(asked.status));
    if (told.audience !== address.url) {
      return this.close(`the relay calls itself ${told.audience}; set qr.relay.url to that, or its publicUrl`);
    }
    const { terminal, sign } = address;
    const proof = streamProofText({ audience: address.url, terminal, challenge: told.challenge });
    const signature = Buffer.from(sign(Buffer.from(proof))).toString('base64url');
    const authorization = streamAuthorization(terminal, told.challenge, signature);
    const request = this.#request('GET', relayPaths.stream, { authorization, accept: 'text/event-stream' });
    const cancel = this.#options.clock.after(answerLimitMs, () => this.close('no answer to the request for a stream'));
    request.on('response', (response) => {
      cancel();
      if (response.statusCode !== 200) return this.close(refusal(response.statusCode ?? 0));
      this.#read(response);
    });
    request.on('close', cancel);
    request.end();
  }

  #request(method: string, target: string, headers: Readonly<Record<string, string>>): ClientRequest {
    const { url } = this.#options.address;
    const make = url.startsWith('https:') ? https.request : http.request;
    const request = make(new URL(target, url), {
      method,
      headers,
      agent: this.#agent,
      signal: this.#closing.signal,
    });
    request.on('error', (error) => this.close(error.message));
    return request;
  }

  /** Undefined when the connection has been closed because of it. */
  #post(
    target: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<{ readonly status: number; readonly body: string } | undefined> {
    return new Promise((resolve) => {
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const request = this.#request('POST', target, { ...headers, ...length });
      const cancel = this.#options.clock.after(answerLimitMs, () =>
        this.close(`no answer from the relay to ${target}`),
      );
      const finish = (reply: { readonly status: number; readonly body: string } | undefined): void => {
        cancel();
        resolve(reply);
      };
      request.on('response', (response) => {
        void readBody(response, maxReplyBytes).then((text) => {
          if (text.ok) return finish({ status: response.statusCode ?? 0, body: text.value.toString('utf8') });
          this.close(text.fault.detail);
          return finish(undefined);
        });
      });
      request.on('close', () => {
        if (this.#closing.signal.aborted) finish(undefined);
      });
      request.end(body);
    });
  }

  #read(response: IncomingMessage): void {
    this.#stream = response;
    const theirs = Date.parse(response.headers.date ?? '');
    this.#clockAheadMs = Number.isNaN(theirs) ? null : this.#options.clock.now() - theirs;
    const reader = new EventStreamReader(maxEventLength);
    response.setEncoding('utf8');
    this.#listenForSilence();
    response.on('data', (text: string) => {
      const events = reader.push(text);
      if (!events.ok) return this.close(events.fault.detail);
      for (const event of events.value) this.#take(event);
      // Afterwards: a hello says how long silence may be, and a queue that is long stops the reading.
      this.#listenForSilence();
    });
    response.on('error', (error) => this.close(error.message));
    response.on('close', () => this.close('the relay closed the connection'));
  }

  /** A line on which nothing comes is dead, unless it is this side that does not read. */
  #listenForSilence(): void {
    this.#cancelSilence();
    if (this.#closing.signal.aborted || this.#stream?.isPaused() === true) return;
    const limitMs = this.#session === undefined ? answerLimitMs : this.#session.beatMs * 2 + 5000;
    this.#cancelSilence = this.#options.clock.after(limitMs, () => this.close(`nothing came for ${limitMs} ms`));
  }

  #take({ name, data, id }: StreamEvent): void {
    if (this.#leaving.signal.aborted) return;
    if (name === streamEvents.end) {
      const reason = read(z.object({ reason: z.string() }), data)?.reason ?? 'it did not say why';
      return this.close(`the relay ended the stream: ${reason}`, reason === 'replaced');
    }
    if (name === streamEvents.hello) return this.#greet(data);
    const position = Number(id);
    const expected = name === streamEvents.notice || name === streamEvents.damaged;
    if (this.#session === undefined || !expected || !Number.isSafeInteger(position) || position < 1) {
      return this.close('the relay sent something that is not of its protocol');
    }
    const notice = name === streamEvents.notice ? toNotice(data) : undefined;
    if (name === streamEvents.notice && notice === undefined) return this.close('the relay sent a notice that is none');
    this.#handOver({ position, notice, pauseMs: retryMinMs });
    if (this.#queue.length > maxAhead) this.#stream?.pause();
  }

  #handOver(sent: Sent): void {
    this.#queue.push(sent);
    this.#deliverNext();
  }

  /** In their order, several at once: each may have to ask the provider, and one that is slow to answer holds up few. */
  #deliverNext(): void {
    while (this.#delivering.size < mostAtOnce && !this.#leaving.signal.aborted) {
      const sent = this.#queue.shift();
      if (sent === undefined) return this.#readOn();
      const delivering = this.#deliver(sent).finally(() => {
        this.#delivering.delete(delivering);
        this.#deliverNext();
      });
      this.#delivering.add(delivering);
    }
  }

  #readOn(): void {
    if (this.#stream?.isPaused() !== true) return;
    this.#stream.resume();
    this.#listenForSilence();
  }

  #greet(data: string): void {
    const said = read(hello, data);
    if (said === undefined) return this.close('the relay did not say hello as it should');
    const { session, beatMs, waiting, refused } = said;
    this.#session = { token: session, beatMs };
    this.#options.onUp(this.#clockAheadMs);
    const level = refused > 0 ? 'warning' : 'info';
    this.#options.log.write(level, 'connected to the relay', { waiting, refusedForWantOfRoom: refused });
  }

  async #deliver(sent: Sent): Promise<void> {
    if (!(await this.#isTaken(sent))) return this.#setAside(sent);
    this.#options.onTaken?.(sent.position);
    return this.#acknowledge(sent.position);
  }

  async #isTaken({ position, notice }: Sent): Promise<boolean> {
    const { deliver, taken, log } = this.#options;
    if (notice === undefined) {
      log.write('error', 'a notice was damaged in the relay; the provider has to be asked', { position });
      return true;
    }
    if (taken.has(notice.id)) return true;
    if (!(await deliver(notice))) return false;
    taken.add(notice.id);
    return true;
  }

  /** What cannot be taken at present is tried again later; the others go on meanwhile. */
  #setAside(sent: Sent): void {
    const { signal } = this.#leaving;
    if (signal.aborted) return;
    const again = (): void => {
      signal.removeEventListener('abort', cancel);
      this.#handOver({ ...sent, pauseMs: Math.min(sent.pauseMs * 2, retryMaxMs) });
    };
    const cancel = this.#options.clock.after(sent.pauseMs, again);
    signal.addEventListener('abort', cancel);
  }

  /** One request at a time, with all that was taken since the last. */
  #acknowledge(position: number): void {
    this.#toAcknowledge.push(position);
    this.#acknowledging ??= this.#acknowledgeAll().finally(() => {
      this.#acknowledging = undefined;
    });
  }

  async #acknowledgeAll(): Promise<void> {
    while (this.#toAcknowledge.length > 0 && this.#session !== undefined && !this.#closing.signal.aborted) {
      const positions = this.#toAcknowledge.splice(0, mostAcknowledged);
      const headers = { authorization: `Bearer ${this.#session.token}`, 'content-type': 'application/json' };
      const reply = await this.#post(relayPaths.ack, headers, JSON.stringify({ positions }));
      if (reply !== undefined && reply.status !== 204) {
        this.close(`an acknowledgement was refused (HTTP ${reply.status})`);
      }
    }
  }
}

function refusal(status: number): string {
  if (status === 401) {
    return 'the relay does not accept this terminal (HTTP 401): is qr.relay.terminalId in its list, with this key?';
  }
  if (status === 429) return 'the relay asks to come later (HTTP 429)';
  return `there is no relay at qr.relay.url, or none of this version (HTTP ${status})`;
}

function toNotice(data: string): RawNotice | undefined {
  const message = read(noticeMessage, data);
  if (message === undefined) return undefined;
  return { ...message, receivedAt: epochMs(message.receivedAt), body: Buffer.from(message.body, 'base64') };
}

function read<S extends z.ZodType>(schema: S, text: string): z.output<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
