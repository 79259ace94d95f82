/**
 * The serial scanner over a real line: serialport and a pseudo-terminal. Codes whole and in pieces, what is no code, and a
 * scanner that is unplugged and plugged in again.
 */
import { symlinkSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CodeScanner, Scan } from '../../devices/code-scanner.ts';
import type { DriverHost } from '../../drivers/driver.ts';
import { serialScanner } from '../../drivers/serial-scanner/serial-scanner.ts';
import { latin1 } from '../../src/core/base/bytes.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { openPty, type Pty } from './pty.ts';

const host: DriverHost = { clock: systemClock, random: systemRandom, log: { write: () => undefined } };
const limit = { signal: new AbortController().signal, timeoutMs: 5000 };
const code = 'hQVDUFYwMWETTwegAAAABycQEFAITkFQQVM='.repeat(8);

let folder: string;
/** As below /dev/serial/by-id: the name stays, what it leads to changes. */
let link: string;
let pty: Pty;
let plugged = false;
let scanner: CodeScanner;
let scans: Scan[];

function plugIn(): void {
  pty = openPty();
  symlinkSync(pty.path, link);
  plugged = true;
}

function unplug(): void {
  if (!plugged) return;
  pty.close();
  unlinkSync(link);
  plugged = false;
}

function make(settings: Record<string, unknown> = {}): void {
  const created = serialScanner.create('scanner', { path: link, ...settings }, host);
  if (!created.ok) throw new Error(JSON.stringify(created.fault));
  scanner = created.value;
  scans = [];
  scanner.onScan((scan) => scans.push(scan));
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-scanner-'));
  link = path.join(folder, 'scanner');
  plugIn();
});

afterEach(async () => {
  await scanner.close();
  unplug();
  rmSync(folder, { recursive: true });
});

const send = (text: string): void => pty.write(latin1(text));
const heard = (count: number): Promise<void> =>
  vi.waitFor(() => expect(scans.length).toBe(count), { timeout: 5000, interval: 5 });
const text = (of: string): Scan => ({ kind: 'text', text: of });

describe('a scanner on a serial line', () => {
  it('hands over each line as it ends, whole or in pieces, with CR, LF or both', async () => {
    make();
    expect((await scanner.open(limit)).ok).toBe(true);
    expect(await scanner.checkHealth(limit)).toMatchObject({ state: 'ready' });
    send(`${code}\r\n`);
    await heard(1);
    send(code.slice(0, 100));
    send(code.slice(100, 150));
    send(`${code.slice(150)}\rSECOND\n\r\nTHIRD\r\n`);
    await heard(4);
    expect(scans).toEqual([text(code), text(code), text('SECOND'), text('THIRD')]);
  });

  it('takes off what the scanner is set to put around a code, where it is there', async () => {
    make({ prefix: '\u0002', suffix: '\u0003' });
    await scanner.open(limit);
    send('\u0002FIRST\u0003\r\n]Q1SECOND\r\u0002\u0003\rTHIRD\r');
    await heard(3);
    expect(scans).toEqual([text('FIRST'), text(']Q1SECOND'), text('THIRD')]);
  });

  it('says of what is no code what it is, and hears the next one', async () => {
    make({ maxLength: 64, lineGapMs: 100 });
    await scanner.open(limit);
    pty.write(Uint8Array.of(0xff, 0xfe, 0x80, 0x0d));
    send('A\u0007B\r');
    send(`${'X'.repeat(200)}\r`);
    send('GOOD\r');
    await heard(4);
    // Never ended: told once its time is over.
    send('HALF');
    await heard(5);
    send('WHOLE\r');
    await heard(6);
    expect(scans).toEqual([
      { kind: 'unreadable', detail: '3 bytes that are no text' },
      { kind: 'unreadable', detail: 'control characters inside of a line' },
      { kind: 'unreadable', detail: 'a line of more than 64 bytes' },
      text('GOOD'),
      { kind: 'unreadable', detail: '4 bytes without an end of line' },
      text('WHOLE'),
    ]);
  });

  it('is offline while it is unplugged, forgets half a line, and is back when it is', async () => {
    make();
    await scanner.open(limit);
    send('BEFORE\rHAL');
    await heard(1);
    unplug();
    expect(await scanner.checkHealth(limit)).toMatchObject({ state: 'offline' });
    plugIn();
    expect(await scanner.checkHealth(limit)).toMatchObject({ state: 'ready' });
    send('AFTER\r');
    await heard(2);
    expect(scans).toEqual([text('BEFORE'), text('AFTER')]);
  });

  it('is found to be another one when it was plugged in again between two looks', async () => {
    make();
    await scanner.open(limit);
    const before = pty;
    unlinkSync(link);
    plugIn();
    expect(await scanner.checkHealth(limit)).toMatchObject({ state: 'ready' });
    send('AFTER\r');
    await heard(1);
    before.close();
  });

  it('that is missing at the start says so, and no setting is wrong without being named', async () => {
    unplug();
    make();
    expect(await scanner.open(limit)).toMatchObject({ ok: false, fault: { kind: 'notConnected', retrySafe: true } });
    plugIn();
    expect((await scanner.open(limit)).ok).toBe(true);
    for (const [settings, key] of [
      [{ path: 'ttyUSB0' }, 'path'],
      [{ path: link, baudRate: 9601 }, 'baudRate'],
      [{ path: link, maxLength: 5000 }, 'maxLength'],
      [{ path: link, speed: 1 }, 'speed'],
    ] as const) {
      expect(serialScanner.create('scanner', settings, host)).toMatchObject({ ok: false, fault: [{ path: [key] }] });
    }
  });
});
