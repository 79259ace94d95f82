/**
 * The mirror: every row of the journal a second time, in a file of another kind that SQLite does not touch, so that no
 * single damaged place takes a row with it. Rows are appended in the durable step of the journal, after its log was
 * synced: at no moment do both wait for the disk, so a power cut can spoil what is around a write in one of them only.
 *
 * The bytes are described in mirror-format.ts, what is done with a difference in mirror-compare.ts and heal.ts. The
 * mirror is written by the one who has the journal's lock and has none of its own.
 */
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { assert } from '../core/base/assert.ts';
import type { Head } from './chain.ts';
import { errorCode, syncDirectory } from './files.ts';
import { bookOf, encodeBlock, sectorBytes, type Block, type MirrorRow } from './mirror-format.ts';
import { blocksFrom, bookIn, lastBlock, sectorBefore, type Gap, type Sectors } from './mirror-scan.ts';
import type { RowRange } from './redaction.ts';

/** The file grows by as much, so that its end is found by looking at little more. */
const roomBytes = 128 * 1024;

/** What the next `append` writes. */
export interface PreparedBlock {
  readonly bytes: Buffer;
  readonly last: MirrorRow | undefined;
}

export class Mirror {
  readonly path: string;
  readonly #file: number;
  readonly #book: number;
  #size: number;
  #end: number;
  #last: MirrorRow | undefined;

  private constructor(path: string, file: number, keyId: string) {
    this.path = path;
    this.#file = file;
    this.#book = bookOf(keyId);
    this.#size = fstatSync(file).size;
    const last = lastBlock(this.#sectors(), this.#book);
    this.#end = last === undefined ? 0 : last.sector + last.sectors;
    this.#last = last?.rows.at(-1);
  }

  /** Makes an empty one where there is none. Throws the system's error. */
  static open(path: string, keyId: string): Mirror {
    try {
      return new Mirror(path, openSync(path, 'r+'), keyId);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    const mirror = new Mirror(path, openSync(path, 'wx+', 0o600), keyId);
    syncDirectory(dirname(path));
    return mirror;
  }

  /** Only to look; undefined where there is none. Throws the system's error. */
  static openReadOnly(path: string, keyId: string): Mirror | undefined {
    try {
      return new Mirror(path, openSync(path, 'r'), keyId);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** The last row; sequence 0 and no hash when it holds none. */
  get head(): Head {
    return { sequence: this.#last?.row.sequence ?? 0, hash: this.#last?.row.hash ?? new Uint8Array() };
  }

  /** True when it holds rows, and those of another terminal. */
  isForeign(): boolean {
    if (this.#last !== undefined) return false;
    const book = bookIn(this.#sectors());
    return book !== undefined && book !== this.#book;
  }

  /** True when nothing but zeros follows the last block: then it is the last that was ever whole. */
  endsClean(): boolean {
    const sectors = this.#sectors();
    return sectors.read(this.#end, sectors.count - this.#end).every((byte) => byte === 0);
  }

  /**
   * A block of the rows that follow the last, and room for it in the file; not durable, which it becomes together with
   * it. Throws the system's error.
   */
  prepare(rows: readonly MirrorRow[]): PreparedBlock {
    const first = rows[0]?.row.sequence;
    assert(first === this.head.sequence + 1, `mirror: row ${first} cannot follow row ${this.head.sequence}`);
    const bytes = encodeBlock(this.#book, rows);
    this.#makeRoom(this.#end * sectorBytes + bytes.length);
    return { bytes, last: rows.at(-1) };
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#size) return;
    const size = Math.ceil(needed / roomBytes) * roomBytes;
    try {
      this.#write(Buffer.alloc(size - this.#size), this.#size);
    } catch (error) {
      // Half of the room serves nobody, and others may need it.
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
    this.#size = size;
  }

  /** Durable when it returns, unless `sync` is false. Throws the system's error. */
  append({ bytes, last }: PreparedBlock, sync = true): void {
    this.#write(bytes, this.#end * sectorBytes);
    if (sync) this.sync();
    this.#end += bytes.length / sectorBytes;
    this.#last = last;
  }

  sync(): void {
    fdatasyncSync(this.#file);
  }

  /** Whole blocks and the gaps between them, from the one that holds row `sequence` or lies before it. */
  blocks(sequence: number): Generator<Block | Gap> {
    const sectors = this.#sectors();
    return blocksFrom(sectors, this.#book, sectorBefore(sectors, this.#book, sequence, this.#end), this.#end);
  }

  /** Rows after `after`, as far as they are whole. */
  *rows(after: number): Generator<MirrorRow> {
    for (const part of this.blocks(after + 1)) {
      if (!('rows' in part)) continue;
      for (const row of part.rows) if (row.row.sequence > after) yield row;
    }
  }

  /** Puts the rows into a gap; false when they need more room. Not synced. Throws the system's error. */
  fill({ sector, sectors }: Gap, rows: readonly MirrorRow[]): boolean {
    const bytes = encodeBlock(this.#book, rows, sectors);
    if (bytes.length > sectors * sectorBytes) return false;
    this.#write(bytes, sector * sectorBytes);
    return true;
  }

  /**
   * Removes bodies and salts where they stand. Returns how many; durable when it returns. A part that is damaged is
   * passed over: it is filled from the journal, which has no body any more. Throws the system's error.
   */
  redact(ranges: readonly RowRange[]): number {
    let removed = 0;
    for (const [from, to] of ranges) {
      for (const part of this.blocks(from)) {
        if (!('rows' in part)) continue;
        if ((part.rows[0]?.row.sequence ?? 0) > to) break;
        const rows = part.rows.map((one) => {
          const { sequence, body } = one.row;
          if (sequence < from || sequence > to || body === null) return one;
          removed += 1;
          return { ...one, row: { ...one.row, body: null, salt: null } };
        });
        if (rows.some((row, index) => row !== part.rows[index])) {
          assert(this.fill(part, rows), 'mirror: rows without their bodies need no more room than with them');
        }
      }
    }
    if (removed > 0) this.sync();
    return removed;
  }

  close(): void {
    closeSync(this.#file);
  }

  #sectors(): Sectors {
    return {
      count: Math.floor(this.#size / sectorBytes),
      read: (sector, count) => {
        const bytes = Buffer.alloc(count * sectorBytes);
        try {
          readSync(this.#file, bytes, 0, bytes.length, sector * sectorBytes);
        } catch (error) {
          if (errorCode(error) !== 'EIO') throw error;
          if (count > 1)
            return Buffer.concat(halves(sector, count).map(([at, part]) => this.#sectors().read(at, part)));
        }
        return bytes;
      },
    };
  }

  #write(bytes: Buffer, position: number): void {
    for (let written = 0; written < bytes.length;) {
      written += writeSync(this.#file, bytes, written, bytes.length - written, position + written);
    }
  }
}

function halves(sector: number, count: number): readonly [at: number, count: number][] {
  const half = count >> 1;
  return [
    [sector, half],
    [sector + half, count - half],
  ];
}
