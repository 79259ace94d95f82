/** What `cham doctor` says of each QR provider. */
import { expect, it } from 'vitest';
import { providers, secrets } from '../../host/qr/adapters/test-kit.ts';
import { qrFindings } from './doctor-qr.ts';

it('says nothing in training', () => {
  expect(qrFindings(undefined)).toEqual([]);
});

it.each(providers)('$name: what it can do, and each thing that is not verified, with what to do', ({ adapter }) => {
  const { name, capabilities } = adapter('http://127.0.0.1:1');
  const [can, ...unverified] = qrFindings(adapter('http://127.0.0.1:1'));
  expect(can).toMatchObject({ check: `QR provider ${name}`, status: 'ok' });
  expect(can?.detail.includes('cannot refund')).toBe(!capabilities.canRefund);
  expect(can?.detail.includes('cannot withdraw')).toBe(!capabilities.canCancel);
  expect(unverified.map(({ status, detail }) => [status, detail])).toEqual(
    capabilities.unverified.map((detail) => ['warning', `not verified: ${detail}`]),
  );
  expect(unverified.every(({ action }) => action?.includes('small amount'))).toBe(true);
  for (const secret of secrets) expect(JSON.stringify([can, unverified])).not.toContain(secret);
});
