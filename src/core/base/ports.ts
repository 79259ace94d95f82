/**
 * What the pure layers and the application are handed instead of reaching for the platform: time, randomness
 * and a log. The real ones are made in src/main, seeded ones in tests and simulation.
 */
import type { EpochMs } from './brand.ts';

export interface Clock {
  /** Wall-clock time; may jump. Never used to measure how long something took. */
  now(): EpochMs;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Runs `callback` once after `delayMs` (≥ 0); the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

export interface Random {
  /** `length` cryptographically strong bytes (EMV unpredictable number, keys, tokens). */
  bytes(length: number): Uint8Array;
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** Values a log line may carry. Objects are not accepted, so nothing unseen is printed. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void;
}
