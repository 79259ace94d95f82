/**
 * The loopback server: static screens, and one WebSocket that only the right page with this start's token can
 * open. Host and Origin are compared exactly (DNS rebinding, other sites' pages); there is no CORS at all.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { maxClientFrameLength } from '../contract/border.ts';
import { toHex } from '../core/base/bytes.ts';
import type { Log, Random } from '../core/base/ports.ts';
import { http } from '../host/http-module.ts';
import { readScreen, contentSecurityPolicy } from './screens.ts';
import { openSession, type TerminalService } from './session.ts';

const address = '127.0.0.1';
const subprotocol = 'cham.v1';
/** Cashier, customer and control strip, twice over for a reload. */
const maxSessions = 8;
/** How long a screen has to answer a close. */
const closePatienceMs = 500;
/** A screen that does not read is let go before it fills the memory, in bytes. */
const maxBufferedBytes = 4 * 1024 * 1024;

export interface ServerOptions {
  readonly port: number;
  /** Folder of the built screens. */
  readonly screens: string;
  readonly service: TerminalService;
  readonly random: Random;
  readonly log: Log;
}

export interface RunningServer {
  readonly port: number;
  /** 32 hex digits, new at every start. */
  readonly token: string;
  /** The page for a person, with the token in the fragment, which never leaves the browser. */
  url(page: 'cashier' | 'customer' | 'demo'): string;
  stop(): Promise<void>;
}

/** Rejects with EADDRINUSE and the like: the caller tells the person. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { screens, service, random, log } = options;
  const token = toHex(random.bytes(16)).toLowerCase();
  const server = http.createServer((request, response) => {
    serve(server, screens, request, response).catch((error: unknown) => {
      // A fault at the border must not end the terminal.
      log.write('error', 'a page could not be served', { why: String(error) });
      response.destroy();
    });
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxClientFrameLength * 4,
    handleProtocols: () => subprotocol,
  });
  server.on('upgrade', (request, socket, head) => {
    const refusal = refuse(server, token, sockets, request);
    if (refusal !== undefined) {
      log.write('warning', 'a connection to the terminal was refused', { why: refusal.why });
      return rejectUpgrade(socket, refusal.status);
    }
    return sockets.handleUpgrade(request, socket, head, (websocket) => attach(websocket, service, log));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port: options.port }, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    token,
    url: (page) => `http://${address}:${port}/${page}.html#token=${token}`,
    async stop() {
      for (const client of sockets.clients) client.close(1001, 'the terminal is stopping');
      // A frozen page never answers the close; the terminal does not wait for it.
      const patience = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, closePatienceMs);
      server.on('close', () => clearTimeout(patience));
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function attach(websocket: WebSocket, service: TerminalService, log: Log): void {
  const session = openSession(service, {
    send(text) {
      if (websocket.bufferedAmount > maxBufferedBytes) websocket.terminate();
      else websocket.send(text);
    },
    close(why, detail) {
      log.write('warning', 'a screen was cut off', { why, detail });
      websocket.close(1008, why);
    },
  });
  websocket.on('message', (data, isBinary) => {
    if (isBinary) websocket.close(1003, 'text frames only');
    else session.receive((data as Buffer).toString('utf8'));
  });
  websocket.on('close', () => session.end());
  websocket.on('error', () => session.end());
}

function hosts(server: Server): readonly string[] {
  const { port } = server.address() as AddressInfo;
  return [`${address}:${port}`, `localhost:${port}`];
}

function refuse(
  server: Server,
  token: string,
  sockets: WebSocketServer,
  request: IncomingMessage,
): { readonly status: string; readonly why: string } | undefined {
  const allowed = hosts(server);
  if (request.url !== '/ws') return { status: '404 Not Found', why: 'wrong path' };
  if (!allowed.includes(request.headers.host ?? '')) return { status: '421 Misdirected Request', why: 'wrong Host' };
  if (!allowed.some((host) => request.headers.origin === `http://${host}`)) {
    return { status: '403 Forbidden', why: 'wrong or missing Origin' };
  }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  if (!offered.includes(subprotocol)) return { status: '400 Bad Request', why: 'wrong subprotocol' };
  const shown = offered.find((part) => part.startsWith('token.'))?.slice('token.'.length) ?? '';
  if (!sameSecret(shown, token)) return { status: '401 Unauthorized', why: 'wrong or missing token' };
  if (sockets.clients.size >= maxSessions) return { status: '503 Service Unavailable', why: 'too many screens' };
  return undefined;
}

function sameSecret(shown: string, secret: string): boolean {
  const a = Buffer.from(shown);
  const b = Buffer.from(secret);
  return a.length === b.length && timingSafeEqual(a, b);
}

function rejectUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function serve(
  server: Server,
  screens: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const sockets = [`ws://${address}:${port}`, `ws://localhost:${port}`];
  response.setHeader('Content-Security-Policy', contentSecurityPolicy(["'self'", ...sockets]));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Cache-Control', 'no-store');
  const answer = (status: number, text: string): void => {
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
  };
  if (!hosts(server).includes(request.headers.host ?? '')) return answer(421, 'wrong host');
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, 'GET only');
  const { pathname } = URL.parse(request.url ?? '/', `http://${address}`) ?? { pathname: '' };
  const file = await readScreen(screens, pathname === '/' ? '/demo.html' : pathname);
  if (file === undefined) return answer(404, 'not found');
  response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.body.length });
  response.end(request.method === 'HEAD' ? undefined : file.body);
  return undefined;
}
