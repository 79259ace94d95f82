/**
 * A pseudo-terminal pair inside this process: a real tty for the driver under test, and its other end for a
 * virtual device. Uses openpty(3) of the C library, so no helper program is needed.
 */
import { closeSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { errno, load, type LibraryHandle } from 'koffi';

export interface Pty {
  /** Device file of the slave end, e.g. `/dev/pts/3`. */
  readonly path: string;
  onData(listener: (bytes: Uint8Array) => void): void;
  write(bytes: Uint8Array): void;
  /** Hangs up: the slave end is gone, as when a USB adapter is pulled out. */
  close(): void;
}

/** Longer than any `struct termios`. */
const termiosBytes = 256;

/** Throws with the reason where no pseudo-terminal can be had. */
export function openPty(): Pty {
  const libc = load('libc.so.6');
  const openpty = libc.func(
    'int openpty(_Out_ int *master, _Out_ int *slave, char *name, const void *termios, const void *size)',
  ) as (master: number[], slave: number[], name: null, termios: null, size: null) => number;
  const ptsname = libc.func('const char *ptsname(int fd)') as (fd: number) => string | null;
  const [masterOut, slaveOut] = [[0], [0]];
  if (openpty(masterOut, slaveOut, null, null, null) !== 0) throw new Error(`openpty: errno ${errno()}`);
  const [master = -1] = masterOut;
  const [slave = -1] = slaveOut;
  const path = ptsname(master);
  if (path === null) throw new Error(`ptsname: errno ${errno()}`);
  makeRaw(libc, slave);
  const stream = new ReadStream(master);
  // Reading a master whose slave is closed ends in EIO; that is how a pty says goodbye.
  stream.on('error', () => undefined);
  return {
    path,
    onData: (listener) => void stream.on('data', listener),
    write: (bytes) => void writeSync(master, bytes),
    close() {
      stream.destroy();
      closeSync(slave);
    },
  };
}

/** No echo, no line editing, eight bits: otherwise the terminal would answer for the device. */
function makeRaw(libc: LibraryHandle, fd: number): void {
  const tcgetattr = libc.func('int tcgetattr(int fd, void *termios)') as (fd: number, termios: Buffer) => number;
  const cfmakeraw = libc.func('void cfmakeraw(void *termios)') as (termios: Buffer) => void;
  const tcsetattr = libc.func('int tcsetattr(int fd, int actions, const void *termios)') as (
    fd: number,
    actions: number,
    termios: Buffer,
  ) => number;
  const termios = Buffer.alloc(termiosBytes);
  if (tcgetattr(fd, termios) !== 0) throw new Error(`tcgetattr: errno ${errno()}`);
  cfmakeraw(termios);
  if (tcsetattr(fd, 0, termios) !== 0) throw new Error(`tcsetattr: errno ${errno()}`);
}
