/**
 * The training acquirer's own book: what it decided, reversed, or was told to reverse before it knew it. An entry
 * is committed before it is answered. With a file, each commit appends the entry's new state as one line of JSON
 * (the last line of a key holds), so the book survives a kill of the process; it is not synced to the disk, so
 * not a power cut. PANs are masked in it.
 */
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { z } from 'zod';
import { epochMs, type EpochMs } from '../../core/base/brand.ts';
import { currencyCodes, type CurrencyCode } from '../../core/base/money.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { approved } from './acquirer-rules.ts';

/** One sale that the acquirer holds, or held, money for. */
export interface CapturedRecord {
  readonly stan: number;
  /** Minor units of `currency`. */
  readonly amount: number;
  readonly currency: CurrencyCode;
  readonly rrn: string;
  readonly approvalCode: string;
  readonly maskedPan: string;
  readonly terminalId: string;
  readonly at: EpochMs;
  readonly reversed: boolean;
}

const entrySchema = z.strictObject({
  /** What identifies the request; see `readFinancial`. */
  key: z.string(),
  responseCode: z.string(),
  reversed: z.boolean(),
  /** Null when a reversal came for a request that was never seen. */
  sale: z.nullable(
    z.strictObject({
      stan: z.int(),
      amount: z.int(),
      currency: z.enum(currencyCodes),
      rrn: z.string(),
      approvalCode: z.string(),
      maskedPan: z.string(),
      terminalId: z.string(),
      at: z.int().transform(epochMs),
    }),
  ),
});

export type BookEntry = Readonly<z.infer<typeof entrySchema>>;

export type BookFault = Fault<'ledgerUnreadable'>;

export class AcquirerBook {
  readonly #entries = new Map<string, BookEntry>();
  readonly #file: string | undefined;

  private constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Reads what the file holds; a file that is not such a book is refused and left as it is. */
  static open(file: string | undefined): Result<AcquirerBook, BookFault> {
    const book = new AcquirerBook(file);
    if (file === undefined || !existsSync(file)) return ok(book);
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      return err(
        fault('ledgerUnreadable', `${file}: ${error instanceof Error ? error.message : 'cannot be read'}`, false),
      );
    }
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    for (const [index, line] of lines.entries()) {
      const entry = readLine(line);
      if (entry === undefined) {
        return err(fault('ledgerUnreadable', `${file}: line ${index + 1} is not a book entry`, false));
      }
      book.#entries.set(entry.key, entry);
    }
    if (last === '') return ok(book);
    // A last line without its end was cut off by a crash and never answered: it did not happen.
    if (!last.startsWith('{"key":') || lines.length === 0) {
      return err(fault('ledgerUnreadable', `${file}: ends in something that is not a book entry`, false));
    }
    truncateSync(file, Buffer.byteLength(text.slice(0, text.length - last.length)));
    return ok(book);
  }

  find(key: string): BookEntry | undefined {
    return this.#entries.get(key);
  }

  /** Entries so far; the next reference number is one more. */
  size(): number {
    return this.#entries.size;
  }

  /** False when the file did not take it: then it did not happen, and must not be answered as if it had. */
  commit(entry: BookEntry): boolean {
    if (this.#file !== undefined) {
      try {
        appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
      } catch {
        return false;
      }
    }
    this.#entries.set(entry.key, entry);
    return true;
  }

  captured(): readonly CapturedRecord[] {
    return [...this.#entries.values()].flatMap(({ sale, responseCode, reversed }) =>
      sale !== null && responseCode === approved ? [{ ...sale, reversed }] : [],
    );
  }
}

function readLine(line: string): BookEntry | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  return entrySchema.safeParse(json).data;
}
