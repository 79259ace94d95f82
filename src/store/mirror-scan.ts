/**
 * Finding blocks in a mirror of which any part may be damaged. Nothing is believed but whole sectors, and of these only
 * whole blocks; where they lie follows from the sectors themselves, so no index has to be kept or trusted.
 */
import { decodeBlock, readSector, sectorBytes, type Block } from './mirror-format.ts';

/** What is read of the file; a part that the medium does not give comes as zeros. */
export interface Sectors {
  readonly count: number;
  read(sector: number, count: number): Buffer;
}

/** Sectors that hold no whole block. */
export interface Gap {
  readonly sector: number;
  readonly sectors: number;
}

/** Sectors read at a time: by a walk, and by a search, which jumps. */
const walkSectors = 256;
const jumpSectors = 8;

/** Reads ahead, so that looking at one sector after the other is not one system call each. */
class Window {
  readonly #from: Sectors;
  readonly #length: number;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(from: Sectors, length = walkSectors) {
    this.#from = from;
    this.#length = length;
  }

  sector(number: number): Buffer {
    const at = number - this.#start;
    if (at < 0 || (at + 1) * sectorBytes > this.#bytes.length) {
      // Whole windows, so that it serves a walk in either direction.
      this.#start = number - (number % this.#length);
      this.#bytes = this.#from.read(this.#start, Math.min(this.#length, this.#from.count - this.#start));
    }
    const offset = (number - this.#start) * sectorBytes;
    return this.#bytes.subarray(offset, offset + sectorBytes);
  }
}

/** The whole block that begins at `sector`. */
function blockAt(from: Sectors, window: Window, book: number, sector: number): Block | undefined {
  const header = readSector(window.sector(sector));
  if (header?.index !== 0 || header.book !== book || sector + header.count > from.count) return undefined;
  const rows = decodeBlock(from.read(sector, header.count), book);
  return rows && { sector, sectors: header.count, rows };
}

/** The last whole block that begins before sector `before`; undefined when there is none. */
export function lastBlock(from: Sectors, book: number, before = from.count): Block | undefined {
  const window = new Window(from);
  for (let sector = before - 1; sector >= 0; sector -= 1) {
    const header = readSector(window.sector(sector));
    if (header === undefined || header.book !== book || header.index > sector) continue;
    const block = blockAt(from, window, book, sector - header.index);
    if (block !== undefined) return block;
  }
  return undefined;
}

/** The book that the first whole sector names; undefined when there is no such sector. */
export function bookIn(from: Sectors): number | undefined {
  const window = new Window(from);
  for (let sector = 0; sector < from.count; sector += 1) {
    const header = readSector(window.sector(sector));
    if (header !== undefined) return header.book;
  }
  return undefined;
}

/** Where to begin reading so as not to miss row `sequence`: at a whole block with a row at or before it, or at 0. */
export function sectorBefore(from: Sectors, book: number, sequence: number, end: number): number {
  const window = new Window(from, jumpSectors);
  const headerAt = (sector: number): ReturnType<typeof readSector> => {
    const header = readSector(window.sector(sector));
    return header?.book === book ? header : undefined;
  };
  let [low, high, found] = [0, end, 0];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    let sector = middle;
    let header = headerAt(sector);
    // A damaged part says nothing; what follows it does.
    while (header === undefined && sector + 1 < high) header = headerAt((sector += 1));
    if (header === undefined || header.first > sequence) {
      high = middle;
    } else {
      low = sector;
      found = sector - header.index;
    }
  }
  return lastBlock(from, book, Math.max(0, found) + 1)?.sector ?? 0;
}

/** Whole blocks and what lies between them, from `sector` up to `end`. */
export function* blocksFrom(from: Sectors, book: number, sector: number, end: number): Generator<Block | Gap> {
  const window = new Window(from);
  let gap = sector;
  for (let at = sector; at < end;) {
    const block = blockAt(from, window, book, at);
    if (block === undefined) {
      at += 1;
      continue;
    }
    if (gap < at) yield { sector: gap, sectors: at - gap };
    yield block;
    at += block.sectors;
    gap = at;
  }
  if (gap < end) yield { sector: gap, sectors: end - gap };
}
