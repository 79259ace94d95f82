/**
 * The journal as the loop sees it, with what a simulation does to it: the process ends around an append, the power fails
 * in it, or the disk is full. Behind it is the real store. Everything that was acknowledged is told to the model.
 */
import type { JournalFault, JournalHead, JournalPort } from '../../src/app/ports.ts';
import type { EpochMs } from '../../src/core/base/brand.ts';
import { err, fault, type Result } from '../../src/core/base/result.ts';
import type { JournalEvent, Recorded } from '../../src/core/transaction/events.ts';
import type { Journal } from '../../src/store/journal.ts';
import type { Chance } from './chance.ts';
import { afterPowerCut, readFiles, type Files, type InFlight } from './disk.ts';

/** What happens at an append that is to come. */
export interface Accident {
  /** 1 for the next append. */
  readonly append: number;
  /**
   * `lost`: the process ends before it writes · `durable`: before it does anything about it · `power`: the power fails ·
   * `full`: refused, nothing is written · `unclear`: said to have failed, and written all the same.
   */
  readonly moment: 'lost' | 'durable' | 'power' | 'full' | 'unclear';
  readonly inFlight: InFlight;
  readonly spoils: boolean;
}

/** Written, or about to be, and nobody was told. */
export interface Pending {
  readonly events: readonly Recorded[];
  readonly head: JournalHead | undefined;
}

export interface Watcher {
  acknowledged(events: readonly Recorded[], head: JournalHead, synced: boolean): void;
}

/** How a terminal with a planted bug uses its journal. */
export interface JournalBug {
  /** Nothing is synced but what is synced by and by. */
  readonly skipsSync?: boolean;
  /** Says that it is written, and writes it with the next. */
  readonly actsFirst?: boolean;
}

/** What is left of a terminal that has died in an append. */
export interface Death {
  readonly kind: 'kill' | 'power';
  /** Undefined: as the files are. */
  readonly files: Files | undefined;
}

export class WatchedJournal implements JournalPort {
  readonly #real: Journal;
  readonly #folder: string;
  readonly #watcher: Watcher;
  readonly #chance: Chance;
  readonly #bug: JournalBug;
  #accident: Accident | undefined;
  #appends = 0;
  /** Kept while the power is going to fail. */
  #synced: Files | undefined;
  #held: { readonly events: JournalEvent[]; at: EpochMs; seal: boolean } | undefined;
  death: Death | undefined;
  pending: Pending | undefined;

  constructor(real: Journal, folder: string, watcher: Watcher, chance: Chance, bug: JournalBug) {
    this.#real = real;
    this.#folder = folder;
    this.#watcher = watcher;
    this.#chance = chance;
    this.#bug = bug;
  }

  /** Takes the place of the one before. */
  prepare(accident: Accident): void {
    this.#accident = accident;
    this.#appends = 0;
    this.#synced = accident.moment === 'power' ? readFiles(this.#folder) : undefined;
  }

  /** The power fails now, between two appends. */
  powerCut(): Death {
    const now = readFiles(this.#folder);
    const synced = this.#synced ?? now;
    const moment = { synced, before: now, now, inFlight: 'nothing', spoils: false } as const;
    return { kind: 'power', files: afterPowerCut(moment, this.#chance) };
  }

  append(
    events: readonly JournalEvent[],
    at: EpochMs,
    seal: boolean,
    synced: boolean,
  ): Result<JournalHead, JournalFault> {
    this.#appends += 1;
    const accident = this.#appends === this.#accident?.append ? this.#accident : undefined;
    if (accident?.moment === 'lost') return this.#die('kill', undefined);
    if (accident?.moment === 'full') {
      this.#accident = undefined;
      return err(fault('diskFull', 'the disk of the journal is full', false));
    }
    const recorded = events.map((event) => ({ at, event }));
    const before = accident?.moment === 'power' ? readFiles(this.#folder) : undefined;
    const written = this.#write(events, at, seal, synced);
    if (!written.ok) return written;
    if (accident !== undefined) this.pending = { events: recorded, head: written.value };
    if (accident?.moment === 'unclear') return err(fault('writeFailed', 'the disk answers with an error', false));
    if (accident?.moment === 'durable') return this.#die('kill', undefined);
    if (before !== undefined && accident !== undefined) {
      const now = readFiles(this.#folder);
      const moved = !(before.get('journal.db')?.equals(now.get('journal.db') ?? Buffer.alloc(0)) ?? false);
      const inFlight = !synced ? 'nothing' : moved ? 'mirror' : accident.inFlight;
      // A synced append after which nothing is in flight is on the disk whole.
      const base = synced && inFlight === 'nothing' ? now : (this.#synced ?? before);
      const moment = { synced: base, before, now, inFlight, spoils: accident.spoils };
      return this.#die('power', afterPowerCut(moment, this.#chance));
    }
    this.#watcher.acknowledged(recorded, written.value, synced);
    if (this.#synced !== undefined && synced && this.#bug.skipsSync !== true) this.#synced = readFiles(this.#folder);
    return written;
  }

  read(after?: number): Iterable<Recorded> {
    return this.#real.read(after);
  }

  head(): JournalHead {
    return this.#real.head();
  }

  latestSnapshot(version: number): ReturnType<JournalPort['latestSnapshot']> {
    return this.#real.latestSnapshot(version);
  }

  writeSnapshot(version: number, state: string): Result<void, JournalFault> {
    const written = this.#real.writeSnapshot(version, state);
    if (this.#synced !== undefined) this.#synced = readFiles(this.#folder);
    return written;
  }

  #write(
    events: readonly JournalEvent[],
    at: EpochMs,
    seal: boolean,
    synced: boolean,
  ): Result<JournalHead, JournalFault> {
    if (this.#bug.skipsSync === true) return this.#real.append(events, at, false, false);
    if (this.#bug.actsFirst !== true) return this.#real.append(events, at, seal, synced);
    const held = this.#held;
    this.#held = { events: [...events], at, seal };
    if (held !== undefined) {
      const written = this.#real.append(held.events, held.at, held.seal, true);
      if (!written.ok) return written;
    }
    const { sequence, hash } = this.#real.head();
    return { ok: true, value: { sequence: sequence + events.length, hash } };
  }

  #die(kind: Death['kind'], files: Files | undefined): Result<never, JournalFault> {
    this.death = { kind, files };
    return err(fault('writeFailed', 'the terminal is no more', false));
  }
}
