/**
 * The log: one JSON line per entry. Whatever the caller did, digits that look like a card number are masked
 * before they are written.
 */
import { luhnValid, maskPan } from '../core/base/pan.ts';
import type { Clock, Log, LogLevel } from '../core/base/ports.ts';

const levels: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

/** Masks every run of 13 to 19 digits that passes the Luhn test, also inside longer text. */
export function scrub(text: string): string {
  return text.replaceAll(/\d{13,19}/g, (digits) => (luhnValid(digits) ? maskPan(digits) : digits));
}

export function jsonLog(clock: Clock, least: LogLevel, write: (line: string) => void): Log {
  const threshold = levels.indexOf(least);
  return {
    write(level, message, fields = {}) {
      if (levels.indexOf(level) < threshold) return;
      const time = new Date(clock.now()).toISOString();
      write(`${scrub(JSON.stringify({ time, level, message, ...fields }))}\n`);
    },
  };
}
