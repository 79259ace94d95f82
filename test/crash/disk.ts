/**
 * A disk as a power cut may leave it. Of each file what was synced is certain; of the writes after that any may have
 * reached the medium and any not, each of them whole or in part, by sectors of 512 bytes. Of the changes to folders, since
 * the last sync of a folder, the first so many have: that is what a file system with a journal gives.
 *
 * Beyond what a sound disk does, a write in flight may also spoil the block around it (`Trash`): cards without a write
 * cache that survives do that.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Operation } from './recording.ts';

const sectorBytes = 512;

export type Change =
  | { readonly type: 'write'; readonly offset: number; readonly bytes: Buffer }
  | { readonly type: 'truncate'; readonly size: number };

interface File {
  synced: Buffer;
  readonly pending: Change[];
}

/** Path to the number of a file; a folder is -1. */
type Names = Map<string, number>;

const folder = -1;

/** Which of a file's pending changes have reached the medium: one bit each, the first the lowest. */
export interface Reached {
  readonly changes: ReadonlySet<number>;
  /** Of this one among them only these sectors have, counted within it. */
  readonly torn?: { readonly change: number; readonly sectors: ReadonlySet<number> };
}

/** A block, aligned to its size, around a pending write, full of noise. */
export interface Trash {
  readonly file: number;
  readonly change: number;
  readonly bytes: number;
}

export interface Choice {
  /** So many of the pending changes to folders. */
  readonly names: number;
  /** Files that are not here have none of their pending changes. */
  readonly files: ReadonlyMap<number, Reached>;
  readonly trash?: Trash;
}

export type Image = ReadonlyMap<string, Buffer | 'folder'>;

export class Disk {
  readonly #files: File[] = [];
  /** An inode is used again once its file is gone: which file it is now. */
  readonly #current = new Map<bigint, number>();
  #names: Names = new Map();
  #pendingNames: ((names: Names) => void)[] = [];

  /** What lies in `root` now, all of it durable. */
  static of(root: string): Disk {
    const disk = new Disk();
    for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(root, path);
      if (entry.isDirectory()) {
        disk.#names.set(name, folder);
        continue;
      }
      const inode = statSync(path, { bigint: true }).ino;
      disk.#names.set(name, disk.#add(inode, readFileSync(path)));
    }
    return disk;
  }

  apply(operation: Operation): void {
    switch (operation.type) {
      case 'created': {
        const file = this.#add(operation.inode, Buffer.alloc(0));
        this.#pendingNames.push((names) => names.set(operation.path, file));
        break;
      }
      case 'written':
        this.#file(operation.inode).pending.push({ type: 'write', offset: operation.offset, bytes: operation.bytes });
        break;
      case 'truncated':
        this.#file(operation.inode).pending.push({ type: 'truncate', size: operation.size });
        break;
      case 'synced':
        this.#sync(operation.inode);
        break;
      case 'unlinked':
      case 'removedFolder':
        this.#pendingNames.push((names) => names.delete(operation.path));
        break;
      case 'madeFolder':
        this.#pendingNames.push((names) => names.set(operation.path, folder));
        break;
      case 'renamed':
        this.#pendingNames.push((names) => move(names, operation.from, operation.to));
        break;
      case 'linked':
        this.#pendingNames.push((names) => {
          const file = names.get(operation.from);
          if (file !== undefined) names.set(operation.to, file);
        });
        break;
      case 'opened':
      case 'mark':
        break;
    }
  }

  /** What is pending: how many changes to folders, and the changes of each file that has any, by its number. */
  pending(): { readonly names: number; readonly files: ReadonlyMap<number, readonly Change[]> } {
    const files = new Map<number, readonly Change[]>();
    for (const [number, { pending }] of this.#files.entries()) if (pending.length > 0) files.set(number, pending);
    return { names: this.#pendingNames.length, files };
  }

  /** The last part of the file's name, with all pending changes to folders. */
  nameOf(file: number): string {
    const names = new Map(this.#names);
    for (const change of this.#pendingNames) change(names);
    const path = [...names].find(([, found]) => found === file)?.[0] ?? '';
    return path.slice(path.lastIndexOf('/') + 1);
  }

  /** Of an operation on a file, that file's number. */
  fileOf(operation: Operation): number | undefined {
    return 'inode' in operation ? this.#current.get(operation.inode) : undefined;
  }

  image({ names: count, files, trash }: Choice): Image {
    const names = new Map(this.#names);
    for (const change of this.#pendingNames.slice(0, count)) change(names);
    const image = new Map<string, Buffer | 'folder'>();
    for (const [path, number] of names) {
      const file = this.#files[number];
      if (file === undefined) {
        image.set(path, 'folder');
        continue;
      }
      const content = contentOf(file, files.get(number));
      image.set(path, trash?.file === number ? spoiled(content, file, trash) : content);
    }
    return image;
  }

  #add(inode: bigint, synced: Buffer): number {
    this.#current.set(inode, this.#files.length);
    return this.#files.push({ synced, pending: [] }) - 1;
  }

  #file(inode: bigint): File {
    const file = this.#files[this.#current.get(inode) ?? -1];
    if (file === undefined) throw new Error(`the recorder names an unknown file: ${inode}`);
    return file;
  }

  /** What is no file is a folder. */
  #sync(inode: bigint): void {
    const file = this.#files[this.#current.get(inode) ?? -1];
    if (file === undefined) {
      for (const change of this.#pendingNames) change(this.#names);
      this.#pendingNames = [];
      return;
    }
    file.synced = contentOf(file, { changes: new Set(file.pending.keys()) });
    file.pending.length = 0;
  }
}

/** Writes the image into `folder`, which is emptied first. */
export function layOut(image: Image, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of image) {
    const at = join(folder, path);
    if (content === 'folder') {
      mkdirSync(at, { recursive: true });
      continue;
    }
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, content, { mode: 0o600 });
  }
}

/** A folder takes what is in it along. */
function move(names: Names, from: string, to: string): void {
  const moved = [...names].filter(([path]) => path === from || path.startsWith(`${from}/`));
  for (const [path] of moved) names.delete(path);
  for (const [path, file] of moved) names.set(to + path.slice(from.length), file);
}

function contentOf(file: File, reached: Reached | undefined): Buffer {
  if (reached === undefined || reached.changes.size === 0) return file.synced;
  let content: Buffer = Buffer.from(file.synced);
  for (const [index, change] of file.pending.entries()) {
    if (!reached.changes.has(index)) continue;
    if (change.type === 'truncate') {
      content = change.size <= content.length ? content.subarray(0, change.size) : grown(content, change.size);
      continue;
    }
    content = grown(content, change.offset + change.bytes.length);
    const torn = reached.torn?.change === index ? reached.torn.sectors : undefined;
    if (torn === undefined) change.bytes.copy(content, change.offset);
    else for (const sector of torn) copySector(change, sector, content);
  }
  return content;
}

function grown(content: Buffer, size: number): Buffer {
  return size <= content.length ? content : Buffer.concat([content, Buffer.alloc(size - content.length)]);
}

/** The sectors of the medium that a write touches, counted from its first. */
export function sectorsOf({ offset, bytes }: { readonly offset: number; readonly bytes: Buffer }): number {
  return Math.floor((offset + bytes.length - 1) / sectorBytes) - Math.floor(offset / sectorBytes) + 1;
}

function copySector(
  { offset, bytes }: { readonly offset: number; readonly bytes: Buffer },
  sector: number,
  content: Buffer,
): void {
  const start = (Math.floor(offset / sectorBytes) + sector) * sectorBytes;
  const from = Math.max(offset, start);
  const to = Math.min(offset + bytes.length, start + sectorBytes);
  bytes.copy(content, from, from - offset, to - offset);
}

function spoiled(content: Buffer, file: File, { change: number, bytes }: Trash): Buffer {
  const change = file.pending[number];
  if (change?.type !== 'write') return content;
  const from = Math.floor(change.offset / bytes) * bytes;
  const result = Buffer.from(content);
  // Always the same noise: an image is named by its content.
  for (let at = from; at < Math.min(result.length, from + bytes); at += 1) result[at] = (at * 2_654_435_761) >>> 11;
  return result;
}
