/**
 * Runs a program under the recorder (recorder.c) and reads what it did to the files below a folder: the calls in their
 * order, with the bytes, and between them what the program itself said (its marks).
 */
import { hash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Operation =
  | { readonly type: 'created' | 'opened'; readonly inode: bigint; readonly path: string }
  | { readonly type: 'written'; readonly inode: bigint; readonly offset: number; readonly bytes: Buffer }
  | { readonly type: 'truncated'; readonly inode: bigint; readonly size: number }
  | { readonly type: 'synced'; readonly inode: bigint }
  | { readonly type: 'unlinked' | 'madeFolder' | 'removedFolder'; readonly path: string }
  | { readonly type: 'renamed' | 'linked'; readonly from: string; readonly to: string }
  | { readonly type: 'mark'; readonly text: string };

const headBytes = 21;

/** Undefined when there is no C compiler. Compiled once for each content of the source. */
export function recorderLibrary(): string | undefined {
  const source = join(import.meta.dirname, 'recorder.c');
  const folder = join(tmpdir(), `cham-recorder-${process.getuid?.() ?? 0}`);
  const library = join(folder, `${hash('sha256', readFileSync(source), 'hex').slice(0, 16)}.so`);
  if (existsSync(library)) return library;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${library}.${process.pid}`;
  const compiler = spawnSync('gcc', ['-O1', '-shared', '-fPIC', '-o', draft, source, '-ldl'], { encoding: 'utf8' });
  if (compiler.error !== undefined) return undefined;
  if (compiler.status !== 0) throw new Error(`the recorder does not compile: ${compiler.stderr}`);
  renameSync(draft, library);
  return library;
}

/** Runs `program` with Node under the recorder and returns what it did below `root`. It has to end by itself with 0. */
export function record(
  library: string,
  root: string,
  program: string,
  parameters: readonly string[],
): readonly Operation[] {
  const log = `${root}.log`;
  rmSync(log, { force: true });
  const { status, stderr, signal } = spawnSync(process.execPath, [program, root, ...parameters], {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, LD_PRELOAD: library, CRASH_ROOT: root, CRASH_LOG: log, NODE_OPTIONS: '' },
  });
  if (status !== 0) throw new Error(`the recorded program ended with ${status ?? signal}: ${stderr}`);
  const operations = [...parse(readFileSync(log))];
  rmSync(log);
  return operations;
}

function* parse(log: Buffer): Generator<Operation> {
  for (let at = 0; at < log.length;) {
    const type = String.fromCharCode(log[at] ?? 0);
    const inode = log.readBigUInt64LE(at + 1);
    const offset = Number(log.readBigInt64LE(at + 9));
    const length = log.readUInt32LE(at + 17);
    const bytes = log.subarray(at + headBytes, at + headBytes + length);
    at += headBytes + length;
    yield operation(type, inode, offset, bytes);
  }
}

function operation(type: string, inode: bigint, offset: number, bytes: Buffer): Operation {
  const text = bytes.toString('utf8');
  const [from = '', to = ''] = text.split('\0');
  switch (type) {
    case 'c':
      return { type: 'created', inode, path: text };
    case 'o':
      return { type: 'opened', inode, path: text };
    case 'w':
      return { type: 'written', inode, offset, bytes };
    case 't':
      return { type: 'truncated', inode, size: offset };
    case 's':
      return { type: 'synced', inode };
    case 'u':
      return { type: 'unlinked', path: text };
    case 'd':
      return { type: 'madeFolder', path: text };
    case 'x':
      return { type: 'removedFolder', path: text };
    case 'r':
      return { type: 'renamed', from, to };
    case 'l':
      return { type: 'linked', from, to };
    case 'm':
      return { type: 'mark', text };
    default:
      throw new Error(`the recorder wrote a record of type ${type}`);
  }
}
