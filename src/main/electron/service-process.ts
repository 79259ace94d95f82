/**
 * The terminal service as a child of the shell: started, given the screens' message ports, started again at a
 * bounded rate when it dies (its journal makes that safe), and stopped with a limit.
 */
import { utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron';
import type { Clock, Log } from '../../core/base/ports.ts';
import type { ServiceMessage, ShellMessage } from './names.ts';
import { paced } from './pace.ts';

/** Reading and verifying a long journal on a slow card takes seconds, not a minute. */
const startLimitMs = 60_000;
const stopLimitMs = 10_000;
const restartIntervalMs = 1_000;

export interface ServiceListener {
  /** At every start. */
  onReady(page: 'demo' | 'cashier'): void;
  /** It died, or cannot read its screen: what the screen shows is no longer true. */
  onLost(): void;
  /** It must not run, or never came up; it is not started again. */
  onRefused(detail: string): void;
}

export interface SupervisedService {
  /** Hands over a screen's port; while the service starts, the newest waits. */
  attach(port: MessagePortMain): void;
  /** Resolves when it has ended, or after ten seconds. */
  stop(): Promise<void>;
}

export function superviseService(file: string, listener: ServiceListener, clock: Clock, log: Log): SupervisedService {
  let child: UtilityProcess | undefined;
  let ready = false;
  let everReady = false;
  let wanted = true;
  let waiting: MessagePortMain | undefined;

  const handOver = (): void => {
    if (waiting === undefined || child === undefined || !ready) return;
    child.postMessage({ type: 'attach' } satisfies ShellMessage, [waiting]);
    waiting = undefined;
  };

  const start = paced(clock, restartIntervalMs, () => {
    if (!wanted) return;
    const started = utilityProcess.fork(file, [], { serviceName: 'cham-service', stdio: 'inherit' });
    child = started;
    const cancelLimit = clock.after(startLimitMs, () => {
      log.write('error', 'the terminal service did not start in time', { startLimitMs });
      started.kill();
    });
    started.on('message', (message: ServiceMessage) => {
      switch (message.type) {
        case 'ready':
          cancelLimit();
          ready = true;
          everReady = true;
          handOver();
          return listener.onReady(message.page);
        case 'refused':
          cancelLimit();
          wanted = false;
          return listener.onRefused(message.detail);
        case 'detached':
          log.write('error', 'the terminal service closed a screen', { why: message.why });
          return listener.onLost();
      }
    });
    started.on('exit', (code) => {
      cancelLimit();
      child = undefined;
      ready = false;
      if (!wanted) return;
      if (!everReady) {
        wanted = false;
        return listener.onRefused(`The terminal service ended before it was ready (code ${code}).`);
      }
      log.write('error', 'the terminal service is gone; starting it again', { code });
      listener.onLost();
      return start();
    });
  });

  start();
  return {
    attach(port) {
      waiting?.close();
      waiting = port;
      handOver();
    },
    stop() {
      wanted = false;
      const stopping = child;
      if (stopping === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const cancelLimit = clock.after(stopLimitMs, () => {
          stopping.kill();
          resolve();
        });
        stopping.once('exit', () => {
          cancelLimit();
          resolve();
        });
        stopping.postMessage({ type: 'stop' } satisfies ShellMessage, []);
      });
    },
  };
}
