/** Option parsing: node:util parseArgs, with mistakes told in one sentence instead of a stack trace. */
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { complain, exitCodes, say, type ExitCode } from './output.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true; strict: true }>>;

/** Parsed options, or the exit code with which the command ends (help shown, or a mistake explained). */
export function parseOptions<const O extends Options>(
  args: readonly string[],
  options: O,
  help: string,
): { readonly parsed: Parsed<O> } | { readonly exit: ExitCode } {
  if (args.includes('--help') || args.includes('-h')) {
    say(help);
    return { exit: exitCodes.ok };
  }
  try {
    return { parsed: parseArgs({ args: [...args], options, allowPositionals: true, strict: true }) };
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return { exit: exitCodes.usage };
  }
}

/** Where the journal and the keys live unless --data says otherwise. */
export function defaultDataFolder(): string {
  const state = process.env['XDG_STATE_HOME'];
  return path.join(state ? path.resolve(state) : path.join(homedir(), '.local/state'), 'cham');
}
