/** A pulled plug looks like a pulled cable: silence, not a close; and what comes back comes back on the same port. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SimulatedNetwork, type NetworkAddress } from './network.ts';

let network: SimulatedNetwork;
let host: Server;
let hostSockets: Socket[];
let hostHeard: string;
let address: NetworkAddress;
let clients: Socket[];

beforeEach(async () => {
  network = new SimulatedNetwork();
  hostSockets = [];
  hostHeard = '';
  clients = [];
  host = createServer((socket) => {
    hostSockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      hostHeard += chunk.toString('latin1');
      socket.write(`<${chunk.toString('latin1')}>`);
    });
  });
  host.listen(0, '127.0.0.1');
  await once(host, 'listening');
  address = await network.route('acquirer', { host: '127.0.0.1', port: (host.address() as AddressInfo).port });
});

afterEach(async () => {
  await network.close();
  for (const socket of [...clients, ...hostSockets]) socket.destroy();
  host.close();
  await once(host, 'close');
});

interface Client {
  readonly socket: Socket;
  heard: string;
  ended: string | undefined;
}

async function client(): Promise<Client> {
  const socket = connect(address);
  clients.push(socket);
  const made: Client = { socket, heard: '', ended: undefined };
  socket.on('data', (chunk: Buffer) => (made.heard += chunk.toString('latin1')));
  socket.on('end', () => (made.ended ??= 'end'));
  socket.on('error', (error: NodeJS.ErrnoException) => (made.ended ??= error.code ?? 'error'));
  await once(socket, 'connect');
  return made;
}

async function exchange(made: Client, text: string): Promise<void> {
  made.socket.write(text);
  await vi.waitFor(() => expect(made.heard).toContain(`<${text}>`));
}

/** Lets everything that is already on its way through this process arrive: each turn polls every socket. */
async function loopTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

describe('SimulatedNetwork', () => {
  it('passes bytes and the end of a connection on while the plug is in', async () => {
    const made = await client();
    await exchange(made, 'one');
    made.socket.end('last words');
    await vi.waitFor(() => expect(hostHeard).toBe('onelast words'));
    await vi.waitFor(() => expect(hostSockets[0]?.destroyed).toBe(true));
  });

  it('swallows both directions behind a pulled plug, and closes nothing', async () => {
    const made = await client();
    await exchange(made, 'before');
    await network.setConnected(false);
    expect(network.connected).toBe(false);
    made.socket.write('lost');
    hostSockets[0]?.write('lost too');
    await loopTurns();
    const refused = connect(address);
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(hostHeard).toBe('before');
    expect(made.heard).toBe('<before>');
    expect(made.ended).toBeUndefined();
    expect(hostSockets[0]?.destroyed).toBe(false);
  });

  it.each(['destroy', 'resetAndDestroy'] as const)(
    'hides a %s of one side from the other until the plug is back',
    async (way) => {
      const made = await client();
      await exchange(made, 'before');
      await network.setConnected(false);
      made.socket[way]();
      await once(made.socket, 'close');
      const hostSocket = hostSockets[0];
      if (hostSocket === undefined) throw new Error('the host was never reached');
      await loopTurns();
      expect(hostSocket.destroyed).toBe(false);
      await network.setConnected(true);
      await vi.waitFor(() => expect(hostSocket.destroyed).toBe(true));
    },
  );

  it('resets what was a black hole and listens on the same port again', async () => {
    const made = await client();
    await exchange(made, 'before');
    const changes: boolean[] = [];
    const stop = network.onChange((connected) => changes.push(connected));
    await network.setConnected(false);
    made.socket.write('lost');
    expect(await network.setConnected(true)).toEqual({ ok: true, value: undefined });
    await vi.waitFor(() => expect(made.ended).toBe('ECONNRESET'));
    await exchange(await client(), 'after');
    expect(hostHeard).toBe('beforeafter');
    stop();
    expect(changes).toEqual([false, true]);
  });

  it('ends in the last state asked for, however fast the plug is moved', async () => {
    const moves = [false, true, false, true, true].map((connected) => network.setConnected(connected));
    await Promise.all(moves);
    expect(network.connected).toBe(true);
    await exchange(await client(), 'still there');
  });

  it('says so when the port was taken meanwhile, and stays unplugged', async () => {
    await network.setConnected(false);
    const thief = createServer();
    thief.listen(address.port, address.host);
    await once(thief, 'listening');
    expect(await network.setConnected(true)).toMatchObject({ ok: false, fault: { kind: 'cannotListen' } });
    expect(network.connected).toBe(false);
    thief.close();
    await once(thief, 'close');
    expect((await network.setConnected(true)).ok).toBe(true);
    await exchange(await client(), 'back');
  });

  it('drops the terminal side when the host cannot be reached', async () => {
    const gone = createServer();
    gone.listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    address = await network.route('nowhere', { host: '127.0.0.1', port });
    const made = await client();
    await once(made.socket, 'close');
  });
});
