/** `cham journal backup`: a checked copy of the journal, made while the terminal runs. */
import { backupJournal, type BackupFault } from '../../store/backup.ts';
import { complain, exitCodes, say, sayJson, type ExitCode } from './output.ts';

const codes: Readonly<Record<BackupFault['kind'], ExitCode>> = {
  targetExists: exitCodes.usage,
  unreadable: exitCodes.refused,
  notWhole: exitCodes.found,
  writeFailed: exitCodes.found,
};

export async function backup(file: string, to: string, json: boolean): Promise<ExitCode> {
  const shows = process.stderr.isTTY && !json;
  const made = await backupJournal(file, to, (part) => {
    if (shows) process.stderr.write(`\rcopied ${Math.floor(part * 100)} %${part === 1 ? '; checking it\n' : ''}`);
  });
  if (!made.ok) {
    complain(`No backup was made. ${made.fault.detail}`);
    return codes[made.fault.kind];
  }
  const { directory, events, head } = made.value;
  if (json) sayJson(made.value);
  else {
    say(`${directory}\n${events} events, checked; head ${head.sequence} ${head.hash}`);
    say(
      'The private key is not in it: keep a copy of terminal.key apart. To go on from this backup, put it back there.',
    );
  }
  return exitCodes.ok;
}
