/**
 * Where recorded card sessions are kept: one file each, readable by its owner only, a bounded number, the oldest going
 * first. Off unless `cham run --card-traces` names a folder. A disk that fails costs the trace, never the sale.
 */
import { mkdirSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CardReader } from '../../devices/card-reader.ts';
import { tracedReader, type TraceSink } from '../app/traced-reader.ts';
import { civilTime } from '../core/base/calendar.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { TerminalEmvData } from '../core/emv/configuration.ts';
import type { TraceRemark } from '../core/emv/trace/trace-text.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { CheckedConfig } from './config/check.ts';
import { softwareVersion } from './version.ts';

interface CardTracesOptions {
  readonly folder: string;
  readonly terminalId: string;
  readonly emv: TerminalEmvData;
  readonly timeZone: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Files that are kept. */
  readonly most?: number;
}

const mostTraces = 500;
const ownName = /^\d{8}-\d{6}-\d{4}\.trace$/;

export interface CardTracesWanted {
  /** Folder for redacted recordings of card sessions; off without it. */
  readonly cardTraces?: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The reader that the card sessions use: the same one, or one that is recorded. The fault is a sentence for a person. */
export function openCardTraces(
  { cardTraces: folder, clock, log }: CardTracesWanted,
  { config, emv: { emv }, devices: { cardReader: reader } }: Pick<CheckedConfig, 'config' | 'emv' | 'devices'>,
): Result<{ readonly reader: CardReader | undefined; stop(): Promise<void> }, string> {
  if (folder === undefined || reader === undefined) return ok({ reader, stop: async () => {} });
  try {
    const { id: terminalId, timeZone } = config.terminal;
    const traces = new CardTraces({ folder, terminalId, timeZone, emv, clock, log });
    return ok({ reader: tracedReader(reader, traces, clock), stop: () => traces.stop() });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return err(`Card sessions cannot be recorded in ${folder} (${reason}). Name another folder, or leave it out.`);
  }
}

class CardTraces implements TraceSink {
  readonly #options: CardTracesOptions;
  #count = 0;
  #writing: Promise<void> = Promise.resolve();

  /** Makes the folder; throws when that is not possible, which stops the start. */
  constructor(options: CardTracesOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  }

  remarks(): readonly TraceRemark[] {
    const { terminalId, timeZone, emv } = this.#options;
    const { year, month, day, hour, minute, second } = this.#now();
    return [
      { key: 'recorded by', value: `Chạm ${softwareVersion}, terminal ${terminalId}` },
      { key: 'date', value: `${year}-${month}-${day} ${hour}:${minute}:${second} ${timeZone}` },
      {
        key: 'terminal',
        value: `country ${emv.countryCode}, type ${emv.terminalType}, capabilities ${emv.terminalCapabilities}, additional ${emv.additionalTerminalCapabilities}`,
      },
      { key: 'redacted', value: 'PAN, tracks, names, PIN and the certificates that hold the PAN are blank' },
    ];
  }

  session(text: string): void {
    const { year, month, day, hour, minute, second } = this.#now();
    this.#count = (this.#count + 1) % 10_000;
    const name = `${year}${month}${day}-${hour}${minute}${second}-${String(this.#count).padStart(4, '0')}.trace`;
    this.#writing = this.#writing.then(() => this.#keep(name, text));
  }

  /** Ends when everything is written. */
  async stop(): Promise<void> {
    await this.#writing;
  }

  async #keep(name: string, text: string): Promise<void> {
    const { folder, log, most = mostTraces } = this.#options;
    try {
      await writeFile(path.join(folder, name), text, { mode: 0o600, flag: 'wx' });
      const traces = (await readdir(folder)).filter((each) => ownName.test(each)).sort();
      for (const old of traces.slice(0, Math.max(0, traces.length - most))) await rm(path.join(folder, old));
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      log.write('warning', 'a card trace was not written', { reason });
    }
  }

  #now(): ReturnType<typeof civilTime> {
    return civilTime(this.#options.clock.now(), this.#options.timeZone);
  }
}
