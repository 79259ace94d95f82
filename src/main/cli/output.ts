/** What all commands share: exit codes, messages to a person, JSON to a program. */
import { scrub } from '../log.ts';

/** Exit codes of `cham`; documented in the help text. */
export const exitCodes = {
  ok: 0,
  /** The command ran and found something wrong (a broken journal, a failed check). */
  found: 1,
  /** The command line itself is wrong, or the input cannot be read. */
  usage: 2,
  /** The terminal cannot start or must not trade; the message says how to recover. */
  refused: 3,
  /** A bug: the process stopped at once (EX_SOFTWARE of sysexits.h). */
  bug: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** For documents that are masked by construction; hashes and payloads must come out as they are. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function sayJson(document: unknown): void {
  say(JSON.stringify(document, null, 2));
}

/** For free text that may quote anything, so it is scrubbed like a log line. */
export function complain(text: string): void {
  process.stderr.write(`${scrub(text)}\n`);
}
