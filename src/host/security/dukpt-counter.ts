/**
 * The transaction counter of a DUKPT key, never used twice, not even after a crash: counters are reserved on disk in
 * blocks before they are used, and what is left of a block at a crash is never used at all.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { nextAesKsn } from './dukpt-aes.ts';
import { nextTdesKsn } from './dukpt-tdes.ts';
import type { MacKeyFault } from './mac-keys.ts';

export type DukptKind = 'dukpt-tdes' | 'dukpt-aes';

/** Bytes of a KSN, and how many of its last bits count transactions (X9.24-1 A.3; X9.24-3 section 6.1). */
const serialNumbers = {
  'dukpt-tdes': { bytes: 10, counterBits: 21n, next: nextTdesKsn },
  'dukpt-aes': { bytes: 12, counterBits: 32n, next: nextAesKsn },
} as const;

/**
 * What a missing counter file means: a key that was never used (`allowed`), or, where the terminal has traded before
 * (`refused`), a file that was lost and with it the knowledge of which keys are used up.
 */
export type FirstUse = 'allowed' | 'refused';

/** Counters reserved by one write: as many are lost at most by a restart. */
const blockSize = 32;

const serialNumber = z.string().regex(/^(?:[0-9A-F]{20}|[0-9A-F]{24})$/);
/** By initial key (its KSN with a counter of zero): the first KSN that was never reserved, null when none is left. */
const fileSchema = z.record(serialNumber, z.nullable(serialNumber));

export type CounterFault = Fault<'ksn' | 'counterFile'>;

export class DukptCounter {
  readonly #kind: DukptKind;
  readonly #file: string;
  /** Of the initial key. */
  readonly #id: string;
  /** First KSN that is not reserved; null when none is left. */
  #after: Buffer | null;
  #reserved: readonly Buffer[] = [];

  private constructor(kind: DukptKind, file: string, id: string, after: Buffer | null) {
    this.#kind = kind;
    this.#file = file;
    this.#id = id;
    this.#after = after;
  }

  /**
   * `ksn`: the one that came with the initial key, its counter bits zero. `file` is made when it may be missing; a key
   * that is not in it is new, and the counters of other keys in it are kept. It must never be put back to an older
   * state, and one that cannot be read is refused.
   */
  static open(kind: DukptKind, ksn: Buffer, file: string, firstUse: FirstUse): Result<DukptCounter, CounterFault> {
    const { bytes, next } = serialNumbers[kind];
    if (ksn.length !== bytes || keyIdOf(kind, ksn) !== hexOf(ksn)) {
      return err(fault('ksn', `a ${kind} KSN has ${bytes} bytes and a transaction counter of zero`, false));
    }
    const first = next(ksn);
    if (!first.ok) return err(fault('ksn', first.fault.detail, false));
    if (!existsSync(file)) {
      const refused = firstUse === 'refused' ? lostText(file, hexOf(ksn)) : made(file);
      if (refused !== undefined) return err(fault('counterFile', refused, false));
    }
    const counters = read(file);
    if (!counters.ok) return counters;
    const known = counters.value[hexOf(ksn)];
    if (known === undefined) return ok(new DukptCounter(kind, file, hexOf(ksn), first.value));
    const after = known === null ? null : Buffer.from(known, 'hex');
    if (after !== null && keyIdOf(kind, after) !== hexOf(ksn)) {
      return err(fault('counterFile', `${file}: an entry is of another key`, false));
    }
    return ok(new DukptCounter(kind, file, hexOf(ksn), after));
  }

  /** A KSN that was never given before. */
  next(): Result<Buffer, MacKeyFault> {
    if (this.#reserved.length === 0) {
      const refused = this.#reserve();
      if (refused !== undefined) return err(refused);
    }
    const [ksn, ...rest] = this.#reserved;
    if (ksn === undefined) return err(fault('exhausted', 'all DUKPT keys are used: load a new initial key', false));
    this.#reserved = rest;
    return ok(ksn);
  }

  #reserve(): MacKeyFault | undefined {
    const block: Buffer[] = [];
    let after = this.#after;
    while (after !== null && block.length < blockSize) {
      block.push(after);
      const next = serialNumbers[this.#kind].next(after);
      after = next.ok ? next.value : null;
    }
    if (block.length === 0) return undefined;
    const counters = read(this.#file);
    if (!counters.ok) return fault('notStored', counters.fault.detail, false);
    try {
      const content = { ...counters.value, [this.#id]: after === null ? null : hexOf(after) };
      writeDurably(this.#file, `${JSON.stringify(content)}\n`);
    } catch (error) {
      return fault('notStored', `the DUKPT counter cannot be written down: ${textOf(error)}`, false);
    }
    this.#after = after;
    this.#reserved = block;
    return undefined;
  }
}

function lostText(file: string, ksn: string): string {
  return (
    `${file} is missing, but this terminal has traded: DUKPT keys of initial key ${ksn} could be used twice. ` +
    'Put the file back in its newest state, never an older one. If that is lost, have the acquirer load a new initial ' +
    'key, set keyFile and ksn to the new one, and make the file anew with the content {}.'
  );
}

/** From then on a missing file is a lost one. Answers why it cannot be made. */
function made(file: string): string | undefined {
  try {
    writeDurably(file, '{}\n');
    return undefined;
  } catch (error) {
    return `the DUKPT counter cannot be written down: ${textOf(error)}`;
  }
}

function hexOf(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}

/** The KSN with a counter of zero. */
function keyIdOf(kind: DukptKind, ksn: Buffer): string {
  const { bytes, counterBits } = serialNumbers[kind];
  const value = (BigInt(`0x${hexOf(ksn)}`) >> counterBits) << counterBits;
  return value
    .toString(16)
    .toUpperCase()
    .padStart(bytes * 2, '0');
}

function read(file: string): Result<z.infer<typeof fileSchema>, CounterFault> {
  if (!existsSync(file)) return ok({});
  let reason = 'it is not a list of DUKPT counters';
  try {
    const parsed = fileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return ok(parsed.data);
  } catch (error) {
    reason = textOf(error);
  }
  return err(fault('counterFile', `${file}: ${reason}; without it a key could be used twice`, false));
}

/** Written beside it, synced, renamed, and the folder synced: a power cut leaves the old or the new one. */
function writeDurably(file: string, content: string): void {
  const draft = `${file}.new`;
  const handle = openSync(draft, 'w', 0o600);
  try {
    writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  const folder = openSync(path.dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
