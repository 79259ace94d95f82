/** Bad configuration stops the start with file, path to the key, what was found and what is expected. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDevices } from '../devices.ts';
import { systemClock, systemRandom } from '../platform.ts';
import { embeddedConfigFile, formatConfigFault, loadConfig } from './load.ts';

type Json = Record<string, Record<string, unknown>>;

let folder = '';
const file = (): string => path.join(folder, 'config.json');

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Loads the embedded configuration after `change`; the message a person would see, or undefined. */
function messageAfter(change: (config: Json) => void): string | undefined {
  const config = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as Json;
  change(config);
  writeFileSync(file(), JSON.stringify(config));
  const loaded = loadConfig(file());
  return loaded.ok ? undefined : formatConfigFault(loaded.fault);
}

describe('configuration', () => {
  it('the embedded one is good', () => {
    expect(loadConfig(embeddedConfigFile).ok).toBe(true);
  });

  it('missing file, and a file that is not JSON', () => {
    const missing = loadConfig(path.join(folder, 'none.json'));
    expect(!missing.ok && formatConfigFault(missing.fault)).toMatch(
      /none\.json\n {2}found no such file; expected a JSON/,
    );
    writeFileSync(file(), '{ "terminal": ');
    const broken = loadConfig(file());
    expect(!broken.ok && formatConfigFault(broken.fault)).toMatch(/config\.json\n {2}found .*; expected valid JSON/);
  });

  it.each<[string, (config: Json) => void, RegExp]>([
    [
      'unknown key',
      (c) => Object.assign(c['terminal'] ?? {}, { colour: 'red' }),
      /terminal\.colour: found a key that does not exist/,
    ],
    [
      'wrong type',
      (c) => Object.assign(c['server'] ?? {}, { port: '7400' }),
      /server\.port: found "7400"; expected (?:number|int)/,
    ],
    [
      'out of range',
      (c) => Object.assign(c['policy'] ?? {}, { hostTimeoutMs: 5 }),
      /policy\.hostTimeoutMs: found 5; expected at least 1000/,
    ],
    [
      'too big',
      (c) => Object.assign(c['server'] ?? {}, { port: 70_000 }),
      /server\.port: found 70000; expected at most 65535/,
    ],
    [
      'not one of',
      (c) => Object.assign(c['terminal'] ?? {}, { language: 'fr' }),
      /terminal\.language: found "fr"; expected one of "vi", "en"/,
    ],
    [
      'not in form',
      (c) => Object.assign(c['terminal'] ?? {}, { id: 'short' }),
      /terminal\.id: found "short"; expected 8 letters/,
    ],
    [
      'no such zone',
      (c) => Object.assign(c['terminal'] ?? {}, { timeZone: 'Asia/Atlantis' }),
      /terminal\.timeZone: found "Asia\/Atlantis"; expected an IANA/,
    ],
    [
      'not a web address',
      (c) =>
        (c['qr'] = {
          kind: 'provider',
          bankBin: '970436',
          account: '1017595600',
          apiBase: 'ftp://x',
          secretFile: 's',
          noticePort: 0,
        }),
      /qr\.apiBase: found "ftp:\/\/x"; expected an http or https URL/,
    ],
    [
      'retry limits out of order',
      (c) => Object.assign(c['policy'] ?? {}, { retryMs: 9000, retryMaxMs: 8000 }),
      /policy\.retryMs: found 9000; expected at most policy\.retryMaxMs \(8000\)/,
    ],
    [
      'a mark that is another terminal’s',
      (c) => Object.assign(c['qr'] ?? {}, { mark: '2', otherMarks: ['2', '3'] }),
      /qr\.mark: found "2"; expected a figure of its own/,
    ],
    [
      'marks of others and none of its own',
      (c) => Object.assign(c['qr'] ?? {}, { otherMarks: ['3'] }),
      /qr\.mark: found nothing; expected a figure of its own/,
    ],
    [
      'real and training money mixed',
      (c) => (c['acquirer'] = { kind: 'host', host: '10.0.0.1', port: 5000 }),
      /qr\.kind: found "training"; expected training exactly when/,
    ],
    ['left out', (c) => delete c['acquirer'], /acquirer: found nothing; expected/],
    [
      'fraction',
      (c) => Object.assign(c['terminal'] ?? {}, { maxAmountMinorUnits: 1.5 }),
      /terminal\.maxAmountMinorUnits: found 1\.5; expected int/,
    ],
  ])('%s is named with path, found and expected', (_, change, expected) => {
    expect(messageAfter(change)).toMatch(expected);
  });

  it('several mistakes are told at once', () => {
    const message = messageAfter((config) => {
      Object.assign(config['server'] ?? {}, { port: -1 });
      Object.assign(config['terminal'] ?? {}, { currency: 'XBT' });
    });
    expect(message).toMatch(/server\.port/);
    expect(message).toMatch(/terminal\.currency/);
  });
});

describe('device configuration', () => {
  const host = { clock: systemClock, random: systemRandom, log: { write: () => {} } };

  it('an unknown driver is answered with the known ones', () => {
    const built = buildDevices({ cardReader: { driver: 'magic', name: 'r', settings: {} } }, host);
    expect(built).toMatchObject({
      ok: false,
      fault: [
        { key: 'devices.cardReader.driver', found: '"magic"', expected: expect.stringContaining('"pcsc-reader"') },
      ],
    });
  });

  it('a driver names the setting that is wrong', () => {
    const settings = { transport: { kind: 'tcp', host: '10.0.0.9', port: 'x' }, profile: 'generic-80mm' };
    const built = buildDevices({ receiptPrinter: { driver: 'escpos-printer', name: 'p', settings } }, host);
    expect(built).toMatchObject({
      ok: false,
      fault: [{ key: 'devices.receiptPrinter.settings.transport.port', found: '"x"' }],
    });
  });
});
