/**
 * What the terminal does for its journal while nobody pays: snapshots, so that a start stays short, a check of the whole
 * chain a few rows at a time, and a look at the room left on the disk.
 */
import type { Terminal } from '../app/terminal.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { Journal } from '../store/journal.ts';

const everyMs = 2000;
/** Rows checked each time: a few milliseconds on a Raspberry Pi. */
const scrubRows = 200;
/** Warned below this. An append needs some kilobytes, but what fills a disk fills it fast. */
const lowBytes = 64 * 2 ** 20;

/** Starts at once; the result ends it, with a last snapshot. */
export function startUpkeep(terminal: Terminal, journal: Journal, clock: Clock, log: Log): () => void {
  let cancel: (() => void) | undefined;
  let low = false;
  for (const { detail } of journal.badSnapshots) log.write('warning', 'journal snapshot ignored', { detail });
  const work = (): void => {
    if (terminal.halted !== undefined) return;
    terminal.snapshot();
    const { problems } = journal.scrub(scrubRows);
    const [first] = problems;
    if (first !== undefined) {
      const { files } = journal;
      terminal.halt(
        `the journal ${files.journal} was found damaged: ${first.kind}: ${first.detail}. Stop, keep the folder as it is, and run: cham journal verify`,
      );
      return;
    }
    const free = journal.freeBytes();
    if (free < lowBytes && !low) log.write('warning', 'the disk of the journal is almost full', { freeBytes: free });
    low = free < lowBytes;
    cancel = clock.after(everyMs, work);
  };
  cancel = clock.after(everyMs, work);
  return () => {
    cancel?.();
    terminal.snapshot({ force: true });
  };
}
