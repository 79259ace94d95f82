/** A static code pays into the account of the configuration, and there is none where nobody would tell of its money. */
import { expect, it } from 'vitest';
import { parseMpm } from '../../core/qr/mpm.ts';
import { readVietQr } from '../../core/qr/vietqr.ts';
import type { ProviderAdapter } from '../../host/qr/adapter.ts';
import type { Config } from './schema.ts';
import { bankName, staticCode } from './static-code.ts';

type Mode = Config['qr']['staticCode'];

function config(mode: Mode): Pick<Config, 'qr' | 'terminal'> {
  const qr: Config['qr'] = {
    kind: 'training',
    bankBin: '970436',
    account: '1017595600',
    staticCode: mode,
    otherMarks: [],
  };
  return { qr, terminal: { merchantName: 'Tiệm Cà Phê Sớm Mai' } as Config['terminal'] };
}

const adapter = (codesFrom: 'provider' | 'terminal') =>
  ({ name: 'payos', capabilities: { codesFrom } }) as unknown as ProviderAdapter;

it('is a VietQR code of the account without amount and reference', () => {
  const made = staticCode(config('onRequest'), adapter('terminal'));
  const payload = made.ok ? (made.value?.payload ?? '') : '';
  expect(readVietQr(parseMpm(payload))).toEqual({
    ok: true,
    value: { bankBin: '970436', account: '1017595600', service: 'QRIBFTTA', merchantName: 'TIEM CA PHE SOM MAI' },
  });
  expect(bankName('970436')).toBe('Vietcombank');
  expect(bankName('999999')).toBe('999999');
});

function shown(mode: Mode): boolean | undefined {
  const made = staticCode(config(mode), undefined);
  return made.ok ? made.value?.shown : undefined;
}

it('is shown by itself, or when it is asked for, and not at all by default', () => {
  expect([shown('idle'), shown('onRequest'), shown('never')]).toEqual([true, false, undefined]);
});

it('is refused with a provider that tells of its own codes only', () => {
  expect(staticCode(config('never'), adapter('provider'))).toEqual({ ok: true, value: undefined });
  expect(staticCode(config('idle'), adapter('provider'))).toEqual({
    ok: false,
    fault: {
      key: 'qr.staticCode',
      found: '"idle"',
      expected: '"never": payos tells only of payments for codes that it has issued itself',
    },
  });
});
