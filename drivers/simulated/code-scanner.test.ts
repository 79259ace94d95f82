/** The codes of the simulated scanner: what the terminal makes of each, and what the cards' bank says to them. */
import { describe, expect, it } from 'vitest';
import type { Scan } from '../../devices/code-scanner.ts';
import { fromLatin1 } from '../../src/core/base/bytes.ts';
import { epochMs } from '../../src/core/base/brand.ts';
import { readCode, type CodeRules } from '../../src/core/qr/cpm-payment.ts';
import type { DriverHost } from '../driver.ts';
import { SimulatedIssuer } from './card/issuer.ts';
import { defaultCardFile, loadCardProfiles } from './card/profiles.ts';
import { simulatedCodeScanner, type SimulatedCodeScanner } from './code-scanner.ts';

const host: DriverHost = {
  clock: { now: () => epochMs(0), monotonicMs: () => 0, after: () => () => undefined },
  random: { bytes: (length) => Uint8Array.from({ length }, (_, index) => 17 * (index + 1)) },
  log: { write: () => undefined },
};
const rules: CodeRules = {
  entryMode: '032',
  applications: ['A0000007271010', 'A0000000031010', 'A0000000651010'].map((aid) => ({
    aid,
    name: aid,
    selection: 'partial',
  })),
  wallets: [{ name: 'A wallet', prefixes: ['13'], minLength: 18, maxLength: 18 }],
};
const cards = loadCardProfiles(defaultCardFile);
const issuer = new SimulatedIssuer('problems' in cards ? [] : cards);

async function opened(): Promise<{ readonly scanner: SimulatedCodeScanner; readonly scans: Scan[] }> {
  const created = simulatedCodeScanner.create('scanner', undefined, host);
  if (!created.ok) throw new Error(JSON.stringify(created.fault));
  await created.value.open();
  const scans: Scan[] = [];
  created.value.onScan((scan) => scans.push(scan));
  return { scanner: created.value, scans };
}

describe('the simulated scanner', () => {
  it('shows codes of declared cards: genuine, forged, and those that are refused', async () => {
    const { scanner, scans } = await opened();
    const found: Record<string, string> = {};
    for (const { id } of scanner.codes()) {
      expect(scanner.show(id)).toBe(true);
      const scan = scans.at(-1);
      const { outcome, secrets } = readCode(scan?.kind === 'text' ? scan.text : '', rules);
      if (outcome.kind !== 'onlineRequest' || secrets === undefined) {
        found[id] = outcome.kind === 'tryAgain' ? outcome.reason : outcome.kind;
        continue;
      }
      const { card } = outcome;
      const verdict = secrets.pan.use((digits) =>
        issuer.verifyCryptogram(digits, card.panSequenceNumber ?? '00', card.iccData),
      );
      found[id] = `${verdict} of ${card.maskedPan}`;
      expect(secrets.track2, id).toBeDefined();
      expect(fromLatin1(secrets.pan.use((digits) => digits.slice(0, 6)))).toBe(card.maskedPan.slice(0, 6));
    }
    expect(found).toEqual({
      'napas-phone': 'valid of 970400******0018',
      'visa-phone-code': 'valid of 476173******0119',
      'jcb-empty': 'valid of 356999******5841',
      forged: 'invalid of 970400******0018',
      'no-cryptogram': 'codeNoCryptogram',
      broken: 'codeBroken',
      wallet: 'codeOfWallet',
      product: 'codeNotCpm',
    });
    expect(JSON.stringify(scanner.codes())).not.toMatch(/\d{8}/);
  });

  it('makes another code each time, and none while it is closed', async () => {
    const { scanner, scans } = await opened();
    scanner.show('napas-phone');
    scanner.show('napas-phone');
    expect(scans[0]).not.toEqual(scans[1]);
    expect(scanner.show('nobody')).toBe(false);
    await scanner.close();
    expect(scanner.show('napas-phone')).toBe(false);
    expect(await scanner.checkHealth()).toMatchObject({ state: 'offline' });
    expect(scans.length).toBe(2);
  });
});
