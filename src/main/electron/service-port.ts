/** The service's side of the shell: each message port that main hands over becomes one session of a screen. */
import type { MessagePortMain, ParentPort } from 'electron';
import type { Result } from '../../core/base/result.ts';
import { openSession, type TerminalService } from '../session.ts';
import type { ServiceMessage, ShellMessage } from './names.ts';

/** What the shell needs of the running terminal. */
export interface ShellService {
  /** True when the devices are simulated, so the control strip is of use. */
  readonly simulated: boolean;
  readonly service: TerminalService;
  stop(): Promise<void>;
}

export async function serveShell(
  parentPort: ParentPort,
  start: () => Promise<Result<ShellService, { readonly detail: string }>>,
): Promise<void> {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
  const tell = (message: ServiceMessage): void => parentPort.postMessage(message);
  const started = await start();
  if (!started.ok) return tell({ type: 'refused', detail: started.fault.detail });
  const running = started.value;
  parentPort.on('message', ({ data, ports: [port] }) => {
    const message = data as ShellMessage;
    if (message.type === 'stop') void running.stop().then(() => process.exit(0));
    else if (port !== undefined) attach(running.service, port, (why) => tell({ type: 'detached', why }));
  });
  return tell({ type: 'ready', page: running.simulated ? 'demo' : 'cashier' });
}

function attach(service: TerminalService, port: MessagePortMain, detached: (why: string) => void): void {
  const session = openSession(service, {
    send: (text) => port.postMessage(text),
    close(why) {
      port.close();
      detached(why);
    },
  });
  // Anything but text is not a frame either, and is refused like one.
  port.on('message', ({ data }) => session.receive(typeof data === 'string' ? data : ''));
  port.on('close', () => session.end());
  port.start();
}
