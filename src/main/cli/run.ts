/** `cham run` and `npm start`: the terminal service, and the kiosk that shows it. */
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import path from 'node:path';
import type { LogLevel } from '../../core/base/ports.ts';
import { embeddedConfigFile } from '../config/load.ts';
import { jsonLog } from '../log.ts';
import { systemClock, systemRandom } from '../platform.ts';
import { chooseShell, openShell, shellKinds, type ShellKind } from '../shell.ts';
import { startService } from '../wire.ts';
import { defaultDataFolder, parseOptions } from './options.ts';
import { complain, exitCodes, say, type ExitCode } from './output.ts';

const logLevels: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

const help = `Starts the terminal. With no options: simulated devices and a training acquirer and bank; no real money can move.

Usage: npm start -- [options]      or      npm run cham -- run [options]

  --config FILE      configuration (default: the embedded one, config/embedded.json)
  --data DIR         folder of the journal and the keys (default: $XDG_STATE_HOME/cham or ~/.local/state/cham)
  --port N           loopback port of the screens (default: from the configuration; 0 takes a free one)
  --shell KIND       ${shellKinds.join(', ')}: what shows the screens (default: auto)
  --page PAGE        demo, cashier or customer: what the shell opens (default: demo with simulated devices, else cashier)
  --card-traces DIR  records every card session there, redacted, the newest 500 (default: none; see docs/emv.md)
  --log-level LEVEL  ${logLevels.join(', ')} (default: warning); JSON lines on standard error
  --json             print one JSON line when the terminal is ready
  --help             this text

Ctrl-C stops cleanly. A sale that was under way is taken up at the next start: never lost, never doubled.

Examples
  npm start
  npm run cham -- run --config /etc/cham/cham.json --data /var/lib/cham --shell none --log-level info`;

export async function run(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      config: { type: 'string', default: embeddedConfigFile },
      data: { type: 'string', default: defaultDataFolder() },
      port: { type: 'string' },
      shell: { type: 'string', default: 'auto' },
      page: { type: 'string' },
      'card-traces': { type: 'string' },
      'log-level': { type: 'string', default: 'warning' },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values } = options.parsed;
  const mistake = (text: string): ExitCode => {
    complain(`${text}\n\n${help}`);
    return exitCodes.usage;
  };
  const level = logLevels.find((known) => known === values['log-level']);
  if (level === undefined)
    return mistake(`--log-level: found "${values['log-level']}"; expected ${logLevels.join(', ')}`);
  const wanted = shellKinds.find((known): known is ShellKind => known === values.shell);
  if (wanted === undefined) return mistake(`--shell: found "${values.shell}"; expected ${shellKinds.join(', ')}`);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    return mistake(`--port: found "${values.port}"; expected a number from 0 to 65535`);
  }
  const page = values.page;
  if (page !== undefined && page !== 'demo' && page !== 'cashier' && page !== 'customer') {
    return mistake(`--page: found "${page}"; expected demo, cashier or customer`);
  }
  const stopRequested = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => stopRequested.abort());
  }
  const dataFolder = path.resolve(values.data);
  const traces = values['card-traces'];
  const started = await startService({
    configFile: path.resolve(values.config),
    dataFolder,
    port,
    ...(traces === undefined ? {} : { cardTraces: path.resolve(traces) }),
    clock: systemClock,
    random: systemRandom,
    log: jsonLog(systemClock, level, (line) => process.stderr.write(line)),
  });
  if (!started.ok) {
    complain(started.fault.detail);
    return exitCodes.refused;
  }
  const service = started.value;
  const shown = page ?? (service.simulated ? 'demo' : 'cashier');
  const shell = chooseShell(wanted);
  const url = service.server.url(shown);
  // Counted from the start of the process.
  const readyMs = Math.round(performance.now());
  if (values.json) {
    say(JSON.stringify({ ready: true, url, port: service.server.port, shell: shell.kind, data: dataFolder, readyMs }));
  } else {
    say(readyText(url, shell.kind === 'none' ? shell.why : undefined, dataFolder, service.trains, readyMs));
  }
  // Now, because a terminal rarely ends otherwise than by its power being cut.
  flushCompileCache();
  const kiosk = openShell(shell, url, dataFolder);
  if (!stopRequested.signal.aborted) await once(stopRequested.signal, 'abort');
  kiosk?.kill();
  await service.stop();
  if (!values.json) say('Chạm has stopped.');
  return exitCodes.ok;
}

function readyText(url: string, why: string | undefined, data: string, trains: boolean, readyMs: number): string {
  return [
    `Chạm is ready (${readyMs} ms).${trains ? ' Training: the acquirer and the bank are built in, no real money can move.' : ''}`,
    why === undefined ? `The kiosk is open at ${url}` : `No kiosk was opened: ${why}.\nOpen ${url}`,
    `Journal and keys: ${data}`,
    'Ctrl-C stops.',
  ].join('\n');
}
