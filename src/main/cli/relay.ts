/** `cham relay` and `npm run relay`: the relay itself. Its list of terminals is kept with relay-list.ts. */
import { once } from 'node:events';
import path from 'node:path';
import type { LogLevel } from '../../core/base/ports.ts';
import { isLoopback } from '../../relay/settings.ts';
import { jsonLog } from '../log.ts';
import { systemClock } from '../platform.ts';
import { relayPlace } from '../relay/files.ts';
import { serveRelay } from '../relay/serve.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, type ExitCode } from './output.ts';
import { changeList, listActions, type ListAction } from './relay-list.ts';

const logLevels: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

const help = `Runs a relay: receives webhooks of QR providers on a public address, keeps them, and lets
terminals behind shop routers fetch theirs. It carries notices, never money; a notice counts only
once the terminal has checked it. With no options: on loopback (127.0.0.1:8790), for a try.

Usage: npm run relay -- [options]              run the relay
       npm run relay -- <action> [options]     its list of terminals; a running relay notices

Actions
  add-terminal ID     a new terminal, its key and the address for its provider
  add-hook NAME       an address for a provider that serves several terminals (--for)
  remove-terminal ID  its connection ends; what it had not fetched stays, unless --erase
  remove-hook NAME    webhooks to it are answered 404 from then on
  list                terminals and hooks; no keys, no addresses

Options
  --config FILE       configuration (default: the one for a try); docs/relay.md explains it
  --data DIR          folder of the store and the list (default: from the configuration, else
                      $XDG_STATE_HOME/cham-relay or ~/.local/state/cham-relay)
  --log-level LEVEL   ${logLevels.join(', ')} (default: info); JSON lines on standard
                      error, without bodies or secrets
  --json              one JSON document on standard output
  --help              this text

Options of add-terminal and add-hook
  --provider KIND     how the provider is answered: payos, sepay, casso, vietqr-vn, momo, zalopay,
                      vnpay, training, other (default: other)
  --secret-file FILE  notice secret of the provider: then the relay turns away what it has not
                      signed (sepay: HMAC; vietqr-vn: name:password, needed)
  --key-out FILE      where the terminal's private key is written (default: ./<ID>.relay-key); take
                      it to the terminal, then delete it here
  --public-key FILE   the terminal has made its key itself: its public key in PEM
  --for ID,ID         terminals that get what is posted to the hook

Option of remove-terminal
  --erase             its notices are erased, also those that it has not fetched

Ctrl-C stops cleanly. Whatever was answered as taken is on the disk, also after a power cut.

Examples
  npm run relay -- --config /etc/cham/relay.json
  npm run relay -- add-terminal quay-1 --provider sepay --config /etc/cham/relay.json
  npm run relay -- list --json`;

const options = {
  config: { type: 'string' },
  data: { type: 'string' },
  'log-level': { type: 'string', default: 'info' },
  json: { type: 'boolean', default: false },
  provider: { type: 'string' },
  'secret-file': { type: 'string' },
  'key-out': { type: 'string' },
  'public-key': { type: 'string' },
  for: { type: 'string' },
  erase: { type: 'boolean', default: false },
} as const;

export async function relay(args: readonly string[]): Promise<ExitCode> {
  const read = parseOptions(args, options, help);
  if ('exit' in read) return read.exit;
  const { values, positionals } = read.parsed;
  const [action, name, ...rest] = positionals;
  const mistake = (text: string): ExitCode => {
    complain(`${text}\n\n${help}`);
    return exitCodes.usage;
  };
  const level = logLevels.find((known) => known === values['log-level']);
  if (level === undefined) {
    return mistake(`--log-level: found "${values['log-level']}"; expected ${logLevels.join(', ')}`);
  }
  const known = listActions.find((one): one is ListAction => one === action);
  if (action !== undefined && known === undefined) {
    return mistake(`There is no action "${action}". Known: ${listActions.join(', ')}.`);
  }
  if (rest.length > 0) return mistake(`One name at a time; found also "${rest.join(' ')}".`);
  const place = relayPlace(values.config === undefined ? undefined : path.resolve(values.config), values.data);
  if (!place.ok) {
    complain(place.fault);
    return exitCodes.refused;
  }
  if (known !== undefined) {
    const changed = changeList(place.value, known, {
      name,
      provider: values.provider,
      secretFile: values['secret-file'],
      keyOut: values['key-out'],
      publicKey: values['public-key'],
      terminals: values.for?.split(','),
      erase: values.erase,
      json: values.json,
    });
    if (changed.ok) {
      say(changed.value);
      return exitCodes.ok;
    }
    if (changed.fault.kind === 'usage') return mistake(changed.fault.detail);
    complain(changed.fault.detail);
    return exitCodes.refused;
  }

  const stopRequested = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopRequested.abort());
  let failure: string | undefined;
  const started = await serveRelay({
    place: place.value,
    clock: systemClock,
    log: jsonLog(systemClock, level, (line) => process.stderr.write(line)),
    onBroken: (detail) => {
      failure = detail;
      stopRequested.abort();
    },
  });
  if (!started.ok) {
    complain(started.fault);
    return exitCodes.refused;
  }
  const { origin, audience, terminals, hooks } = started.value;
  const data = place.value.dataFolder;
  say(
    values.json
      ? JSON.stringify({ ready: true, origin, publicUrl: audience, terminals, hooks, data })
      : readyText(origin, audience, data, terminals, hooks),
  );
  if (!stopRequested.signal.aborted) await once(stopRequested.signal, 'abort');
  await started.value.stop();
  if (failure !== undefined) {
    complain(
      `The relay has stopped, because it is not known whether the last write reached the disk. No webhook of it was ` +
        `answered as taken. Check the disk, then start the relay again.\n  ${failure}`,
    );
    return exitCodes.refused;
  }
  if (!values.json) say('The relay has stopped.');
  return exitCodes.ok;
}

function readyText(origin: string, publicUrl: string, data: string, terminals: number, hooks: number): string {
  const plain = origin.startsWith('http:') && !isLoopback(new URL(origin).hostname);
  return [
    `The relay is ready at ${origin}${publicUrl === origin ? '' : `, known as ${publicUrl}`}.`,
    ...(plain ? ['WITHOUT ENCRYPTION: whoever is on the way can read notices (listen.plainHttpToAnybody).'] : []),
    `Terminals: ${terminals}, hooks: ${hooks}. Store: ${data}`,
    ...(terminals === 0 ? ['No terminal yet: npm run relay -- add-terminal ID'] : []),
    'Ctrl-C stops.',
  ].join('\n');
}
