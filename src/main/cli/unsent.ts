/** `cham unsent`: asked by scripts before an update, a factory reset or a change of keys. */
import path from 'node:path';
import { readState } from './journal-state.ts';
import { leftBehind } from './left-behind.ts';
import { defaultDataFolder, parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Says whether an update, a factory reset or a change of keys would leave anything behind: stored
payments, reversals, voids and increments in question, payments under way, batches that are not
settled, card data. What only deserves a look is told as a warning. Reads only; the terminal may be
running.

Usage: npm run cham -- unsent [--data DIR] [--json]

  --data DIR   folder given to "run" (default: $XDG_STATE_HOME/cham or ~/.local/state/cham)
  --json       one JSON document: { "clear", "unsent", "warnings" }

Exit 0 when nothing is left behind; 3 otherwise, also when the journal cannot be trusted; 2 when
there is no journal.

Examples
  npm run cham -- unsent --data /var/lib/cham && systemctl stop cham
  npm run cham -- unsent --data /var/lib/cham --json`;

export async function unsent(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    { data: { type: 'string', default: defaultDataFolder() }, json: { type: 'boolean', default: false } },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values } = options.parsed;
  const data = path.resolve(values.data);
  const read = readState(data);
  if (!read.ok) {
    complain(read.fault.detail);
    return read.fault.kind === 'missing' ? exitCodes.usage : exitCodes.refused;
  }
  const found = leftBehind(read.value.state, data);
  const clear = found.unsent.length === 0;
  if (values.json) {
    sayJson({ clear, ...found });
  } else {
    for (const { text } of found.unsent) say(`unsent   ${text}`);
    for (const { text } of found.warnings) say(`warning  ${text}`);
    if (clear) say('Nothing is left behind.');
  }
  return clear ? exitCodes.ok : exitCodes.refused;
}
