/** `cham supervisor`: from a code to the hash that the configuration keeps. The code is never an argument. */
import { hashCode } from '../supervisors.ts';
import { askHidden, readLine } from './ask.ts';
import { parseOptions } from './options.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Makes the hash of a supervisor's code for "supervisors[].codeHash" of the configuration. The code is 4
to 12 digits, read from standard input: asked twice and not shown at a terminal, else the first line.

Usage: npm run cham -- supervisor [--json]

  --json   { "codeHash" }

Examples
  npm run cham -- supervisor
  npm run cham -- supervisor --json < code.txt`;

export async function supervisor(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(args, { json: { type: 'boolean', default: false } }, help);
  if ('exit' in options) return options.exit;
  const { values, positionals } = options.parsed;
  if (positionals.length > 0) {
    // Not repeated: it may be the code.
    complain(`supervisor: takes no arguments; the code is read from standard input\n\n${help}`);
    return exitCodes.usage;
  }
  const atTerminal = process.stdin.isTTY;
  const code = atTerminal ? await askHidden('Code (4 to 12 digits): ') : await readLine();
  if (code === undefined || !/^\d{4,12}$/.test(code)) {
    complain('No hash was made: the code has to be 4 to 12 digits.');
    return exitCodes.usage;
  }
  if (atTerminal && (await askHidden('Once more: ')) !== code) {
    complain('No hash was made: the two codes are not the same.');
    return exitCodes.usage;
  }
  const codeHash = await hashCode(code);
  if (values.json) sayJson({ codeHash });
  else say(codeHash);
  return exitCodes.ok;
}
