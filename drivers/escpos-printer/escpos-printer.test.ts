/** Settings and profiles of the ESC/POS driver: all profiles are valid, and a wrong key is named. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/core/base/brand.ts';
import type { DriverHost } from '../driver.ts';
import { simulatedPrinter } from '../simulated/printer/simulated-printer.ts';
import { escposPrinter } from './escpos-printer.ts';

const host: DriverHost = {
  clock: { now: () => epochMs(0), monotonicMs: () => 0, after: () => () => undefined },
  random: { bytes: (length) => new Uint8Array(length) },
  log: { write: () => undefined },
};

/** Keys that a set of settings is refused for. */
function problems(settings: unknown): readonly string[] {
  const made = escposPrinter.create('p', settings, host);
  return made.ok ? [] : made.fault.map(({ path }) => path.join('.'));
}

describe('settings', () => {
  const tcp = { kind: 'tcp', host: '192.0.2.7', port: 9100 };

  it('every printer profile is valid', () => {
    const names = readdirSync(new URL('../../config/printers/', import.meta.url)).map((file) => file.slice(0, -5));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(escposPrinter.create('p', { transport: tcp, profile: name }, host).ok).toBe(true);
  });

  it('says which key is wrong', () => {
    expect(problems({ transport: tcp, profile: 'generic-58mm' })).toEqual([]);
    expect(problems({ transport: tcp, profile: 'nothing' })).toEqual(['profile']);
    expect(problems({ transport: tcp, profile: '../embedded' })).toEqual(['profile']);
    expect(problems({ transport: { ...tcp, port: 0 }, profile: 'generic-58mm' })).toEqual(['transport.port']);
    expect(problems({ transport: { ...tcp, speed: 1 }, profile: 'generic-58mm' })).toEqual(['transport.speed']);
    const serial = { kind: 'serial', path: '/dev/ttyUSB0', baudRate: 115_200 };
    expect(problems({ transport: serial, profile: 'generic-58mm' })).toEqual([]);
    expect(problems({ transport: { ...serial, path: 'ttyUSB0' }, profile: 'generic-58mm' })).toEqual([
      'transport.path',
    ]);
    expect(problems({ transport: { ...serial, baudRate: 4800 }, profile: 'generic-58mm' })).toEqual([
      'transport.baudRate',
    ]);
    expect(problems(undefined)).toEqual(['transport', 'profile']);
  });

  it('a simulated printer has a cutter', () => {
    expect(simulatedPrinter.create('p', undefined, host).ok).toBe(true);
    expect(simulatedPrinter.create('p', { profile: 'generic-58mm' }, host).ok).toBe(false);
  });
});
