/**
 * The same sale in every 1987 dialect there is, TPDU and packed digits and implied decimals included: the real
 * terminal and the training acquirer, over a real socket, end with the same book.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveDialect } from '../../src/core/iso8583/dialect.ts';
import { loadDialects } from '../../src/main/config/dialect-schema.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';
import { systemClock, systemRandom } from '../../src/main/platform.ts';
import { startTerminal } from '../../src/main/wire.ts';

const loaded = loadDialects();
if (!loaded.ok) throw new Error('the dialects cannot be read');
const all = loaded.value;
const versionOf = (id: string): string | undefined => {
  const resolved = resolveDialect(all, id);
  return resolved.ok ? resolved.value.version : undefined;
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-dialects-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(dialect: string) {
  const embedded = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as object;
  const configFile = path.join(folder, `${dialect}.json`);
  writeFileSync(configFile, JSON.stringify({ ...embedded, acquirer: { kind: 'training', dialect } }));
  return startTerminal({
    configFile,
    dataFolder: path.join(folder, dialect),
    clock: systemClock,
    random: systemRandom,
    log: { write: () => {} },
  });
}

describe('a card sale', () => {
  it.each(all.map(({ id }) => id).filter((id) => versionOf(id) === '1987'))('in %s', async (dialect) => {
    const started = await start(dialect);
    if (!started.ok) throw new Error(started.fault.detail);
    const { service, training } = started.value;
    try {
      await expect.poll(() => service.view().acquirerLink).toBe('up');
      await service.execute({ type: 'startSale', key: dialect, amountMinorUnits: 45_000, method: 'card' });
      await expect.poll(async () => (await service.execute({ type: 'simTapCard', card: 'napas-debit' })).ok).toBe(true);
      await expect.poll(() => service.view().sale?.stage).toBe('approved');
      const { stan, rrn, approvalCode } = service.view().sale ?? {};
      expect(training?.acquirer?.captured()).toMatchObject([
        { stan, rrn, approvalCode, amount: 45_000, currency: 'VND', reversed: false },
      ]);
    } finally {
      await started.value.stop();
    }
  });

  it.each([
    ['klingon', /acquirer\.dialect: found "klingon"; expected a dialect: .*iso87-ascii/],
    ['iso2003-binary', /acquirer\.dialect: found "iso2003-binary"; expected a dialect of the 1987 edition/],
  ])('is not tried in %s', async (dialect, expected) => {
    const started = await start(dialect);
    expect(!started.ok && started.fault.detail).toMatch(expected);
  });
});
