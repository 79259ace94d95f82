/**
 * A network whose plug can be pulled: TCP relays on loopback between the terminal and its hosts.
 *
 * What a pulled cable looks like to TCP: nothing happens. No FIN and no RST arrives; what is sent is never
 * acknowledged, what the other side sends never comes, and a connection stands until a timeout of its own. So
 * existing connections become black holes: their sockets stay open, and bytes in both directions are dropped. New
 * connections fail; here at once with a refusal (the listener is closed), where a real one may take its time.
 *
 * When the cable is back, TCP would go on by retransmitting what was lost. The relay has swallowed those bytes as
 * delivered, and a stream with a hole in it is the one thing that TCP never shows; therefore connections that were
 * black holes are reset, as by a router that lost its state, and the listeners return on the same ports.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { assert } from '../../src/core/base/assert.ts';
import { err, fault, ok, type Fault, type Result } from '../../src/core/base/result.ts';

export interface NetworkAddress {
  readonly host: string;
  readonly port: number;
}

export type NetworkFault = Fault<'cannotListen'>;

const loopback = '127.0.0.1';
const maxConnections = 64;

interface Route {
  readonly target: NetworkAddress;
  /** Fixed at the first listen, so that the route comes back where it was. */
  readonly port: number;
  server: Server | undefined;
}

/** One connection: a socket towards the terminal and one towards the host. */
interface Relay {
  readonly near: Socket;
  readonly far: Socket;
  blackHole: boolean;
}

export class SimulatedNetwork {
  readonly #routes = new Map<string, Route>();
  readonly #relays = new Set<Relay>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #connected = true;
  /** Moves of the plug run one after the other, however fast they come. */
  #moves: Promise<unknown> = Promise.resolve();

  get connected(): boolean {
    return this.#connected;
  }

  /** Calls `listener` when the plug was moved; the returned function ends the subscription. */
  onChange(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens a way to `target` while the plug is in; connect to the address it returns. Rejects if it cannot listen. */
  async route(name: string, target: NetworkAddress): Promise<NetworkAddress> {
    assert(this.#connected && !this.#routes.has(name), `network: cannot add the route ${name}`);
    const server = await this.#listen(target, 0);
    const { port } = server.address() as AddressInfo;
    this.#routes.set(name, { target, port, server });
    return { host: loopback, port };
  }

  /** Pulls the plug or puts it back; resolves when that is done. The fault: a port was taken in the meantime. */
  setConnected(connected: boolean): Promise<Result<void, NetworkFault>> {
    const moved = this.#moves.then(() => this.#move(connected));
    this.#moves = moved;
    return moved;
  }

  /** Ends every connection and listener. */
  async close(): Promise<void> {
    await this.#moves;
    this.#dropRelays();
    this.#closeListeners();
    this.#routes.clear();
  }

  async #move(connected: boolean): Promise<Result<void, NetworkFault>> {
    if (connected === this.#connected) return ok(undefined);
    if (connected) {
      this.#dropRelays();
      try {
        for (const route of this.#routes.values()) route.server ??= await this.#listen(route.target, route.port);
      } catch (error) {
        this.#closeListeners();
        return err(fault('cannotListen', error instanceof Error ? error.message : String(error), true));
      }
    } else {
      for (const relay of this.#relays) swallow(relay);
      this.#closeListeners();
    }
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
    return ok(undefined);
  }

  #listen(target: NetworkAddress, port: number): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true }, (near) => this.#relay(near, target));
      server.maxConnections = maxConnections;
      server.once('error', reject);
      server.listen(port, loopback, () => resolve(server));
    });
  }

  /** A closed listener lets its accepted connections live. */
  #closeListeners(): void {
    for (const route of this.#routes.values()) {
      route.server?.close();
      route.server = undefined;
    }
  }

  #dropRelays(): void {
    for (const { near, far } of this.#relays) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  #relay(near: Socket, target: NetworkAddress): void {
    const far = connect({ ...target, noDelay: true });
    const relay: Relay = { near, far, blackHole: false };
    this.#relays.add(relay);
    near.setNoDelay(true);
    near.pipe(far);
    far.pipe(near);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      end.on('error', () => undefined);
      end.on('close', (failed) => {
        // Behind a pulled plug neither side learns that the other has gone.
        if (!relay.blackHole && failed) other.destroy();
        else if (!relay.blackHole) other.end();
        if (near.destroyed && far.destroyed) this.#relays.delete(relay);
      });
    }
  }
}

function swallow(relay: Relay): void {
  relay.blackHole = true;
  relay.near.unpipe(relay.far);
  relay.far.unpipe(relay.near);
  relay.near.resume();
  relay.far.resume();
}
