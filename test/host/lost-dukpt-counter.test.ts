/** A terminal that has asked its host for money does not start without the counter of its DUKPT keys. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { journalFolder } from '../../src/main/folders.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { startTerminal } from '../../src/main/wire.ts';
import { mustAppend, mustOpen, sale } from '../../src/store/test-kit.ts';

let folder = '';
let data = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-counter-'));
  data = path.join(folder, 'data');
  mkdirSync(data);
  writeFileSync(path.join(folder, 'initial.key'), '6AC292FAA1315B4D858AB3A3D7D5933A', { mode: 0o600 });
  writeFileSync(path.join(folder, 'qr.secret'), 'sixteen characters', { mode: 0o600 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts and stops; what it said when it did not start. Nobody listens where the host should be. */
async function startsWith(ksn: string): Promise<string> {
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as object;
  const mac = { algorithm: 'x9.19', keys: { kind: 'dukpt-tdes', keyFile: 'initial.key', ksn } };
  const acquirer = { kind: 'host', host: '127.0.0.1', port: 1, mac };
  const account = { bankBin: '970436', account: '1017595600' };
  const qr = { kind: 'provider', ...account, apiBase: 'http://127.0.0.1:1', secretFile: 'qr.secret', noticePort: 0 };
  const configFile = path.join(folder, 'config.json');
  writeFileSync(configFile, JSON.stringify({ ...embedded, acquirer, qr }));
  const log = { write: () => {} };
  const started = await startTerminal({ configFile, dataFolder: data, clock: systemClock, random: systemRandom, log });
  if (!started.ok) return started.fault.detail;
  await started.value.stop();
  return '';
}

it('a loss before the first request is none; after it the terminal does not start, unless the key is new', async () => {
  const counter = path.join(data, 'dukpt.counter');
  expect(await startsWith('FFFF9876543210E00000')).toBe('');
  expect(existsSync(counter)).toBe(true);
  rmSync(counter);
  expect(await startsWith('FFFF9876543210E00000')).toBe('');
  const journal = mustOpen(journalFolder(data));
  // Those of the store's kit are only rows: a terminal prints no receipt that it was not asked for.
  mustAppend(
    journal,
    sale(1).filter(({ type }) => type !== 'ReceiptPrinted'),
  );
  journal.close();
  expect(await startsWith('FFFF9876543210E00000')).toBe('');
  rmSync(counter);
  expect(await startsWith('FFFF9876543210E00000')).toMatch(/dukpt\.counter is missing.*used twice.*new initial key/);
  expect(existsSync(counter)).toBe(false);
  writeFileSync(counter, '{}');
  expect(await startsWith('FFFF9876543211000000')).toBe('');
});
