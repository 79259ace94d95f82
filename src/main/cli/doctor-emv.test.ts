/** What cham doctor says of the EMV data. */
import { describe, expect, it } from 'vitest';
import { loadEmvData, type LoadedEmvData } from '../config/emv-data.ts';
import { embeddedConfigFile, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { emvFindings } from './doctor-emv.ts';

const data = ((): LoadedEmvData => {
  const loaded = loadEmvData();
  if (!loaded.ok) throw new Error('the built-in EMV data are wrong');
  return loaded.value;
})();
const config = ((): Config => {
  const loaded = loadConfig(embeddedConfigFile);
  if (!loaded.ok) throw new Error('the embedded configuration is wrong');
  return loaded.value;
})();

const today = '2026-11-22';

function lines(changes: Partial<LoadedEmvData> = {}, changed: Config = config, on = today): string[] {
  return emvFindings({ ...data, ...changes }, changed, on).map(
    ({ check, status, detail }) => `${status} ${check}: ${detail}`,
  );
}

function key(changes: Partial<LoadedEmvData['caKeys'][number]> = {}): LoadedEmvData['caKeys'][number] {
  const verified = { key: true, expiry: true };
  return { scheme: 'Visa', rid: 'A000000003', index: '09', use: 'live', bits: 1984, verified, ...changes };
}

describe('EMV findings', () => {
  it('count applications by interface and kernel, and name those without one', () => {
    expect(lines()[0]).toMatch(
      /^ok EMV applications: 10 AIDs; contact 10; contactless pure 1, kernel3 2, kernel2 2, none 5; from /,
    );
    expect(lines()[1]).toMatch(/^warning EMV kernels: no kernel for the tap of JCB A0000000651010 \(Kernel ID 05\), /);
    expect(lines({ emv: { ...data.emv, applications: data.emv.applications.slice(0, 5) } }).join()).not.toContain(
      'EMV kernels',
    );
  });

  it('name CA keys with the nearest expiry, those that have expired, and those that soon will', () => {
    const text = lines({
      caKeys: [
        key({ expires: '2033-12-31' }),
        key({ index: '08', expires: '2026-11-21' }),
        key({ index: '07', expires: today }),
        key({ index: '06' }),
      ],
    });
    expect(text).toContainEqual(
      expect.stringMatching(
        /^ok EMV CA keys: 4; nearest expiry 2026-11-22 \(Visa A000000003 07\); .* to an unknown date$/,
      ),
    );
    expect(text.filter((line) => line.includes('EMV CA key:'))).toEqual([
      'warning EMV CA key: EXPIRED: Visa A000000003 08 on 2026-11-21; cards under it fail offline data authentication',
      'warning EMV CA key: Visa A000000003 07 expires on 2026-11-22',
    ]);
    expect(lines({ caKeys: [key({ expires: '2020-01-01' })] }).join()).toContain('no expiry date ahead');
    expect(lines({ caKeys: [] }).join()).toContain('warning EMV CA keys: none: offline data authentication fails');
  });

  it('warn of test keys with a real acquirer', () => {
    const caKeys = [key({ use: 'test', expires: '2033-12-31' })];
    expect(lines({ caKeys }).join()).not.toContain('TEST KEYS');
    const real: Config = { ...config, acquirer: { ...config.acquirer, kind: 'host' } as Config['acquirer'] };
    expect(lines({ caKeys }, real)).toContainEqual(expect.stringContaining('TEST KEYS: Visa A000000003 09'));
  });

  it('compare what is claimed with the devices', () => {
    const claims = (terminalCapabilities: string, devices: Config['devices'] = config.devices): string | undefined =>
      lines({ emv: { ...data.emv, terminalCapabilities } }, { ...config, devices }).find((line) =>
        line.includes('EMV capabilities'),
      );
    const { cardReader, receiptPrinter } = config.devices;
    expect(claims('2028C8', { cardReader, receiptPrinter })).toBe(
      'ok EMV capabilities: type 22, signature, no CVM; PIN pad: none, so no PIN is claimed',
    );
    expect(claims('2028C8')).toContain('warning EMV capabilities: there is a PIN pad, and no PIN is claimed');
    expect(claims('20F8C8')).toBe(
      'ok EMV capabilities: type 22, plaintext PIN, online PIN, enciphered PIN, signature, no CVM; PIN pad: yes',
    );
    expect(claims('2028C8', {})).toContain('a signature needs a receipt printer');
  });

  it('report every unverified value loudly, the same about several applications once', () => {
    const text = lines().filter((line) => line.startsWith('warning EMV UNVERIFIED: NOT VERIFIED: '));
    expect(text.length).toBeGreaterThan(6);
    expect(lines().join('\n')).toContain('EMV UNVERIFIED: VALUES OF 11 ENTRIES ARE NOT VERIFIED');
    expect(text).toContainEqual(
      expect.stringMatching(/contactless\.kernel\b.* of NAPAS A0000007271010\. Source: ASSUMED/),
    );
    expect(
      text.filter((line) => line.includes('MASTERCARD A0000000041010') && line.includes('VISA A0000000031010')),
    ).not.toEqual([]);
    expect(text).toContainEqual(expect.stringMatching(/expiry date of the CA keys Visa/));
    expect(lines({ unverified: [], caKeys: [key({ expires: '2033-12-31' })] }).join()).not.toContain('UNVERIFIED');
    expect(lines({ unverified: [{ of: 'terminal', keys: ['countryCode'] }] }).join()).toContain(
      'the file does not say',
    );
  });
});
