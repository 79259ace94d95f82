/**
 * The virtual ESC/POS printer at the far end of a real line: a pseudo-terminal or a TCP port, as a shop's printer
 * would be. What it answers can be changed on the way, and the line can be cut.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { VirtualPrinter } from '../../drivers/simulated/printer/virtual-printer.ts';
import { openPty } from './pty.ts';

export interface PrinterRig {
  /** `transport` of the escpos-printer driver's settings. */
  readonly transport: unknown;
  readonly virtual: VirtualPrinter;
  readonly papers: readonly Uint8Array[];
  /** What becomes of the printer's answers; undefined swallows them. */
  filter: (bytes: Uint8Array) => Uint8Array | undefined;
  /** Called with the number of bytes that the printer has received so far. */
  onReceived: (total: number) => void;
  /** Cuts the line. */
  drop(): void;
  stop(): Promise<void>;
}

interface Line {
  readonly transport: unknown;
  send(bytes: Uint8Array): void;
  drop(): void;
  stop(): Promise<void>;
}

type OpenLine = (receive: (bytes: Uint8Array) => void) => Promise<Line>;

async function connectPrinter(dots: number, openLine: OpenLine): Promise<PrinterRig> {
  const papers: Uint8Array[] = [];
  let total = 0;
  const virtual = new VirtualPrinter({
    dots,
    reply: (bytes) => {
      const answer = rig.filter(bytes);
      if (answer !== undefined) line.send(answer);
    },
    onPaper: (png) => papers.push(png),
  });
  const line = await openLine((bytes) => {
    total += bytes.length;
    rig.onReceived(total);
    virtual.receive(bytes);
  });
  const rig: PrinterRig = {
    transport: line.transport,
    virtual,
    papers,
    filter: (bytes) => bytes,
    onReceived: () => undefined,
    drop: () => line.drop(),
    stop: () => line.stop(),
  };
  return rig;
}

export function serialRig(dots: number): Promise<PrinterRig> {
  return connectPrinter(dots, async (receive) => {
    const pty = openPty();
    let open = true;
    const close = (): void => {
      if (open) pty.close();
      open = false;
    };
    pty.onData(receive);
    return {
      transport: { kind: 'serial', path: pty.path, baudRate: 115_200 },
      send: (bytes) => {
        if (open) pty.write(bytes);
      },
      drop: close,
      stop: async () => close(),
    };
  });
}

export function tcpRig(dots: number): Promise<PrinterRig> {
  return connectPrinter(dots, async (receive) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('data', receive);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const drop = (): void => {
      for (const socket of sockets) socket.destroy();
    };
    return {
      transport: { kind: 'tcp', host: '127.0.0.1', port },
      send: (bytes) => {
        for (const socket of sockets) socket.write(bytes);
      },
      drop,
      stop: async () => {
        drop();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  });
}
