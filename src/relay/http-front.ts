/**
 * The relay's outside: one HTTP or HTTPS server, its routes, and bounds on what strangers can cost: time for headers and
 * body, sizes, connections in all and of one source, requests of one source. What a request means is decided in hooks.ts,
 * streams.ts and terminal-proof.ts.
 */
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import * as z from 'zod';
import { assert } from '../core/base/assert.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import { err, fault, ok, type Fault, type Result } from '../core/base/result.ts';
import { mostAcknowledged, parseStreamAuthorization, relayPaths } from '../core/relay/wire.ts';
import type { Counters } from './counters.ts';
import { isHookTarget, type HookReply, type Hooks } from './hooks.ts';
import { RateLimit, sourceKey, type Rate } from './rate-limit.ts';
import type { Registry } from './registry.ts';
import { readRequestBody } from './request-body.ts';
import type { Streams } from './streams.ts';
import type { TerminalProof } from './terminal-proof.ts';

/** PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface HttpFrontOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  /** Left out: where it listens. */
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  readonly limits: {
    readonly maxConnections: number;
    readonly maxConnectionsPerSource: number;
    readonly perSource: Rate;
  };
  readonly hooks: Hooks;
  readonly streams: Streams;
  readonly proof: TerminalProof;
  readonly registry: () => Registry;
  readonly health: () => { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
}

const ackMessage = z.strictObject({ positions: z.array(z.int().min(1)).min(1).max(mostAcknowledged) });
const maxAckBytes = 4096;
/** What an attempt without a good signature costs of a source's requests. */
const failureCost = 10;
const stopLimitMs = 2000;

export class HttpFront {
  readonly #options: HttpFrontOptions;
  readonly #perSource: RateLimit;
  readonly #connections = new Map<string, number>();
  #server: http.Server | https.Server | undefined;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.#perSource = new RateLimit(options.limits.perSource, options.clock);
  }

  start(): Promise<Result<void, Fault<'cannotListen'>>> {
    assert(this.#server === undefined, 'relay: started twice');
    const { host, port, tls, limits } = this.#options;
    const times = { headersTimeout: 5000, requestTimeout: 10_000, connectionsCheckingInterval: 1000 };
    const bounds = { ...times, maxHeaderSize: 8192, keepAliveTimeout: 20_000 };
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(request, response);
    };
    const server =
      tls === undefined
        ? http.createServer(bounds, serve)
        : https.createServer({ ...bounds, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 }, serve);
    server.maxConnections = limits.maxConnections;
    server.on('connection', (socket: Socket) => this.#count(socket));
    return new Promise((resolve) => {
      server.on('error', (error) => {
        resolve(err(fault('cannotListen', `${host}:${port}: ${error.message}`, true)));
      });
      server.listen(port, host, () => {
        this.#server = server;
        resolve(ok(undefined));
      });
    });
  }

  /** Takes nothing more, lets what is being answered end within two seconds, then closes every connection. */
  stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(stopLimitMs, () => server.closeAllConnections());
      server.close(() => {
        cancel();
        resolve();
      });
      server.closeIdleConnections();
    });
  }

  /** Certificates that the operator has renewed; connections that are open go on with the old ones. */
  renewTls(tls: TlsFiles): void {
    if (this.#server instanceof https.Server) this.#server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' });
  }

  /** Scheme, host and port where it listens. */
  get origin(): string {
    assert(this.#server !== undefined, 'relay: not started');
    const { address, port, family } = this.#server.address() as AddressInfo;
    const scheme = this.#options.tls === undefined ? 'http' : 'https';
    return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** What terminals and providers know it as. */
  get audience(): string {
    return this.#options.publicUrl ?? this.origin;
  }

  #count(socket: Socket): void {
    const { trustedProxies, limits } = this.#options;
    const address = plain(socket.remoteAddress);
    if (trustedProxies.includes(address)) return;
    const key = sourceKey(address);
    const count = (this.#connections.get(key) ?? 0) + 1;
    if (count > limits.maxConnectionsPerSource) {
      socket.destroy();
      return;
    }
    this.#connections.set(key, count);
    socket.on('close', () => {
      const left = (this.#connections.get(key) ?? 1) - 1;
      if (left === 0) this.#connections.delete(key);
      else this.#connections.set(key, left);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const source = this.#source(request);
    const url = request.url ?? '';
    if (isHookTarget(url)) {
      const answered = await this.#options.hooks.answer(request);
      if (answered !== undefined) return reply(response, answered);
      this.#options.counters.add('unknownHook');
    }
    if (url !== relayPaths.ack && !this.#perSource.take(source)) return this.#tooMany(response, source);
    const route = `${request.method ?? ''} ${url.split('?', 1)[0] ?? ''}`;
    if (route === `GET ${relayPaths.health}`) return reply(response, this.#options.health());
    if (route === `POST ${relayPaths.challenge}`) {
      const challenge = this.#options.proof.challenge();
      return reply(response, { status: 200, body: { challenge, audience: this.audience } });
    }
    if (route === `GET ${relayPaths.stream}`) return this.#stream(request, response, source);
    if (route === `POST ${relayPaths.ack}`) return this.#acknowledge(request, response, source);
    return reply(response, { status: 404, body: { error: 'no such resource' } });
  }

  #stream(request: IncomingMessage, response: ServerResponse, source: string): void {
    const { registry, proof, streams, counters, log } = this.#options;
    const credentials = parseStreamAuthorization(request.headers.authorization ?? '');
    if (credentials === undefined) {
      return reply(response, { status: 400, body: { error: 'not a request for a stream' } });
    }
    const known = registry().terminal(credentials.terminal);
    const problem = proof.problem(credentials, this.audience, known?.key);
    if (problem === undefined && known !== undefined) return streams.open(credentials.terminal, known, response);
    counters.add('unauthorized');
    this.#perSource.take(source, failureCost);
    log.write('warning', 'a terminal could not prove itself', { terminal: credentials.terminal, problem });
    return reply(response, { status: 401, body: { error: problem } });
  }

  async #acknowledge(request: IncomingMessage, response: ServerResponse, source: string): Promise<void> {
    const session = /^Bearer ([\w-]{43})$/.exec(request.headers.authorization ?? '')?.[1];
    const body = await readRequestBody(request, maxAckBytes);
    const message = typeof body === 'string' ? undefined : parseAck(body);
    const outcome =
      session === undefined || message === undefined
        ? 'unknownSession'
        : this.#options.streams.acknowledge(session, message.positions);
    if (outcome === 'taken') return reply(response, { status: 204 });
    // Only those without a session count: a terminal that keeps up with a burst is no burden.
    if (!this.#perSource.take(source)) return this.#tooMany(response, source);
    const status = outcome === 'unknownSession' ? 401 : 400;
    return reply(response, { status, body: { error: outcome } });
  }

  #tooMany(response: ServerResponse, source: string): void {
    this.#options.counters.add('limited');
    const headers = { 'retry-after': String(this.#perSource.retryAfterS(source)), connection: 'close' };
    reply(response, { status: 429, body: { error: 'too many requests' }, headers });
  }

  /** The last address that a trusted proxy has seen, or who is connected. */
  #source(request: IncomingMessage): string {
    const address = plain(request.socket.remoteAddress);
    const forwarded = request.headers['x-forwarded-for'];
    if (typeof forwarded !== 'string' || !this.#options.trustedProxies.includes(address)) return sourceKey(address);
    return sourceKey(forwarded.split(',').at(-1)?.trim() ?? address);
  }
}

/** IPv4 as such, also where the system shows it inside IPv6. */
function plain(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function parseAck(body: Buffer): z.output<typeof ackMessage> | undefined {
  try {
    return ackMessage.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function reply(response: ServerResponse, { status, body, headers = {} }: HookReply): void {
  if (body === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers });
  response.end(text);
}
