/**
 * A terminal made of fixtures: serves the built screens under the product's security policy and speaks the
 * contract over a WebSocket, so that screens can be put into any state. For tests of ui/ only.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { WebSocketServer, type WebSocket } from 'ws';
import { encodeServerFrame, parseClientFrame } from '../../src/contract/border.ts';
import type { ClientFrame, Command, CommandResult } from '../../src/contract/commands.ts';
import type { TerminalView } from '../../src/contract/view.ts';
import { contentSecurityPolicy, readScreen } from '../../src/main/screens.ts';

/** As the product's own server sets it, for any port. */
const policy = contentSecurityPolicy(["'self'", 'ws://127.0.0.1:*']);

export const token = 'c0ffee';

export interface FakeTerminal {
  readonly port: number;
  /** Every command so far, in order. */
  readonly commands: Command[];
  /** How a command is answered; by default ok. Undefined: no answer. */
  answer: (command: Command) => CommandResult | undefined;
  /** True: screens may connect, but hear nothing, as from a service that hangs. */
  silent: boolean;
  url(page: string): string;
  /** Shown to every screen now and to each that connects later. */
  show(view: TerminalView): void;
  sendText(text: string): void;
  paper(jobId: string, png: string): void;
  /** As freshly started: no commands, everything answered with ok, `view` on show. */
  reset(view: TerminalView): void;
  /** Drops all screens and refuses new ones until `accept`. */
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

export interface BuiltScreens {
  readonly folder: string;
  remove(): Promise<void>;
}

/** A production build of its own: tests neither need nor disturb dist/ui. */
export async function buildScreens(): Promise<BuiltScreens> {
  const folder = await mkdtemp(join(tmpdir(), 'cham-ui-'));
  await build({
    configFile: fileURLToPath(new URL('../../ui/vite.config.ts', import.meta.url)),
    logLevel: 'error',
    build: { outDir: folder },
  });
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

const acceptAll = (): CommandResult => ({ ok: true, transactionId: 'sale-1' });

export async function startFakeTerminal(folder: string, firstView: TerminalView): Promise<FakeTerminal> {
  let view = firstView;
  let refusing = false;
  const commands: Command[] = [];
  const screens = new Set<WebSocket>();

  const http = createServer((request, response) => {
    void readScreen(folder, new URL(request.url ?? '/', 'http://localhost').pathname).then((file) => {
      if (file === undefined) return response.writeHead(404).end();
      const headers = { 'content-type': file.type, 'content-security-policy': policy };
      return response.writeHead(200, headers).end(file.body);
    });
  });

  const sockets = new WebSocketServer({
    server: http,
    path: '/ws',
    verifyClient: ({ req }: { req: IncomingMessage }) =>
      !refusing && (req.headers['sec-websocket-protocol'] ?? '').split(/, ?/).includes(`token.${token}`),
    handleProtocols: (offered) => (offered.has('cham.v1') ? 'cham.v1' : false),
  });

  const handle = (socket: WebSocket, frame: ClientFrame): void => {
    commands.push(frame.command);
    const result = fake.answer(frame.command);
    if (result !== undefined) socket.send(encodeServerFrame({ type: 'result', id: frame.id, result }));
  };

  sockets.on('connection', (socket) => {
    screens.add(socket);
    socket.on('close', () => screens.delete(socket));
    socket.on('message', (data: Buffer) => {
      const parsed = parseClientFrame(data.toString('utf8'));
      if (!parsed.ok) throw new Error(`screen sent a bad frame: ${parsed.problem}`);
      handle(socket, parsed.frame);
    });
    if (!fake.silent) socket.send(encodeServerFrame({ type: 'view', view }));
  });

  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const { port } = http.address() as AddressInfo;

  const fake: FakeTerminal = {
    port,
    commands,
    answer: acceptAll,
    silent: false,
    url: (page) => `http://127.0.0.1:${port}/${page}#token=${token}`,
    show(next) {
      view = next;
      fake.sendText(encodeServerFrame({ type: 'view', view }));
    },
    sendText(text) {
      for (const screen of screens) screen.send(text);
    },
    paper(jobId, png) {
      fake.sendText(encodeServerFrame({ type: 'paper', jobId, png }));
    },
    reset(next) {
      commands.length = 0;
      fake.answer = acceptAll;
      fake.silent = false;
      refusing = false;
      view = next;
    },
    refuse() {
      refusing = true;
      for (const screen of screens) screen.terminate();
    },
    accept() {
      refusing = false;
    },
    async close() {
      for (const screen of screens) screen.terminate();
      sockets.close();
      await new Promise((resolve) => {
        http.close(resolve);
        http.closeAllConnections();
      });
    },
  };
  return fake;
}
