/**
 * Entry of the utility process: the terminal service, whole, with the screens attached by message port instead
 * of WebSocket. Runs from source, like everywhere else: Electron 40 and later strip types as Node 24 does.
 */
import path from 'node:path';
import { defaultDataFolder } from '../cli/options.ts';
import { embeddedConfigFile } from '../config/load.ts';
import { jsonLog } from '../log.ts';
import { systemClock, systemRandom } from '../platform.ts';
import { startTerminal } from '../wire.ts';
import { serveShell } from './service-port.ts';

await serveShell(process.parentPort, () =>
  startTerminal({
    configFile: path.resolve(process.env['CHAM_CONFIG'] ?? embeddedConfigFile),
    dataFolder: path.resolve(process.env['CHAM_DATA'] ?? defaultDataFolder()),
    clock: systemClock,
    random: systemRandom,
    log: jsonLog(systemClock, 'warning', (line) => process.stderr.write(line)),
  }),
);
