/**
 * A small HTTP service for JSON: the outside of the terminal's notice listener and of the training provider.
 * It bounds what strangers can cost: body size, time, connections; what a request means is its owner's business.
 */
import http from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assert } from '../../core/base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { readBody } from './http-body.ts';

export interface ServiceRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ServiceReply {
  readonly status: number;
  /** Left out: nothing is sent (204). A text is sent as it is. */
  readonly body?: Readonly<Record<string, unknown>> | readonly unknown[] | string;
}

export interface ServiceOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly maxBodyBytes: number;
  /** A promise has a limit of its own: the service waits for it. */
  readonly handle: (request: ServiceRequest) => ServiceReply | Promise<ServiceReply>;
  /** Left out: what is posted has to be JSON. */
  readonly anyContentType?: boolean;
}

export type ListenFault = Fault<'cannotListen'>;

/** A service that can be reached while it is started; `origin` says where. */
export interface Listening {
  readonly origin: string;
  start(): Promise<Result<void, ListenFault>>;
  /** Ends open connections too; never fails. */
  stop(): Promise<void>;
}

/** Makes a service; on TCP, or as a simulation wants it. */
export type Listen = (options: ServiceOptions) => Listening;

export const listenTcp: Listen = (options) => new HttpService(options);

class HttpService implements Listening {
  readonly #options: ServiceOptions;
  #server: http.Server | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  start(): Promise<Result<void, ListenFault>> {
    assert(this.#server === undefined, 'http service: started twice');
    const { host, port } = this.#options;
    const limits = { headersTimeout: 5000, requestTimeout: 10_000, connectionsCheckingInterval: 1000 };
    const server = http.createServer({ ...limits, maxHeaderSize: 8192 }, (request, response) => {
      void this.#serve(request, response);
    });
    server.maxConnections = 32;
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

  stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** `http://host:port` while the service runs. */
  get origin(): string {
    assert(this.#server !== undefined, 'http service: not started');
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const { status, body } = await this.#answer(request);
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      ...(body === undefined ? {} : { 'content-type': typeof body === 'string' ? 'text/csv' : 'application/json' }),
      ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }),
      ...(status === 413 ? { connection: 'close' } : {}),
    });
    response.end(text);
  }

  async #answer(request: IncomingMessage): Promise<ServiceReply> {
    const { method = '', url: target = '', headers } = request;
    const read = await readBody(request, this.#options.maxBodyBytes);
    if (!read.ok) return { status: read.fault.kind === 'tooLarge' ? 413 : 400, body: { error: read.fault.detail } };
    const { anyContentType = false } = this.#options;
    if (!anyContentType && method === 'POST' && !/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
      return { status: 415, body: { error: 'expected application/json' } };
    }
    return await this.#options.handle({ method, target, headers, body: read.value });
  }
}
