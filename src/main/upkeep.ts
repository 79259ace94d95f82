/**
 * What the terminal does for its journal while nobody pays: snapshots, so that a start stays short; a check of the whole
 * chain a few rows at a time; the removal of what is older than it may be kept; a look at the room left on the disk.
 */
import type { Terminal } from '../app/terminal.ts';
import { epochMs, type TransactionId } from '../core/base/brand.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import { foldVersion } from '../core/transaction/state-text.ts';
import type { Healing } from '../store/healings.ts';
import type { Journal } from '../store/journal.ts';

const everyMs = 2000;
/** Rows checked, and bodies removed, each time: a few milliseconds on a Raspberry Pi. */
const rowsAtOnce = 200;
/** Pause after a round through the whole chain: it reads and checks all there is, which takes a small machine a while. */
const betweenRoundsMs = 30 * 60_000;
/** Warned below this. An append needs some kilobytes, but what fills a disk fills it fast. */
const lowBytes = 64 * 2 ** 20;
const dayMs = 86_400_000;
/** How often the journal is searched for what has become too old. */
const retentionEveryMs = 6 * 3_600_000;

export interface UpkeepOptions {
  readonly terminal: Terminal;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  /** Days after which what the journal says of a settled payment is removed; undefined: never. */
  readonly retentionDays: number | undefined;
}

/** Starts at once; the result ends it, with a last snapshot. */
export function startUpkeep({ terminal, journal, clock, log, retentionDays }: UpkeepOptions): () => void {
  let cancel: (() => void) | undefined;
  let low = false;
  let removing = false;
  let nextRetentionMs = clock.monotonicMs();
  let nextRoundMs = clock.monotonicMs();
  for (const { detail } of journal.badSnapshots) log.write('warning', 'journal snapshot ignored', { detail });
  const reportHealings = (healings: readonly Healing[]): void => {
    for (const { what, detail } of healings) log.write('error', `the disk spoiled the ${what}: mended`, { detail });
  };
  reportHealings(journal.healings);

  /** Only what no state needs any more: what is open, or may still be refunded, voided or asked about, is kept. */
  const keeps = (id: TransactionId | null): boolean => id === null || terminal.state.transactions.has(id);

  const remove = (days: number): void => {
    if (!removing) {
      if (clock.monotonicMs() < nextRetentionMs) return;
      // Bodies are removed only behind a snapshot, which a start reads instead of them, and an older one still knows
      // what is to be forgotten.
      if (!terminal.snapshot({ force: true })) {
        nextRetentionMs = clock.monotonicMs() + retentionEveryMs;
        return;
      }
      removing = true;
    }
    const at = clock.now();
    const removed = journal.redact({
      foldVersion,
      before: epochMs(at - days * dayMs),
      keep: keeps,
      by: `retention of ${days} days`,
      at,
      maxRows: rowsAtOnce,
    });
    if (!removed.ok) return terminal.halt(removed.fault.detail);
    if (removed.value.rows > 0) log.write('info', 'retention: content removed', { rows: removed.value.rows });
    if (!removed.value.done) return undefined;
    removing = false;
    nextRetentionMs = clock.monotonicMs() + retentionEveryMs;
    return undefined;
  };

  /** False when the journal was found damaged. */
  const checks = (): boolean => {
    const { healings, problems, done } = journal.scrub(rowsAtOnce);
    reportHealings(healings);
    if (done) nextRoundMs = clock.monotonicMs() + betweenRoundsMs;
    const [first] = problems;
    if (first === undefined) return true;
    const where = journal.files.journal;
    terminal.halt(
      `the journal ${where} was found damaged: ${first.kind}: ${first.detail}. To see all of it, run: cham journal verify. Then start the terminal again: it mends what its mirror can mend`,
    );
    return false;
  };

  const work = (): void => {
    if (terminal.halted !== undefined) return;
    if (!terminal.busy) {
      terminal.snapshot();
      if (retentionDays !== undefined) remove(retentionDays);
      if (clock.monotonicMs() >= nextRoundMs && !checks()) return;
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
