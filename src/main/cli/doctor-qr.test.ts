/** What `cham doctor` says of each QR provider. */
import { expect, it } from 'vitest';
import { providers, secrets } from '../../host/qr/adapters/test-kit.ts';
import { codeFindings, qrFindings } from './doctor-qr.ts';

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

it('repeats of codes of customers what only the acquirer can confirm, where they are taken', () => {
  const host = {
    kind: 'host' as const,
    host: '127.0.0.1',
    port: 7000,
    dialect: 'iso87-ascii',
    secondary: [],
    window: 8,
  };
  expect(codeFindings({ acquirer: { kind: 'training', dialect: 'iso87-ascii' } })).toEqual([]);
  expect(codeFindings({ acquirer: host })).toEqual([]);
  const [finding] = codeFindings({ acquirer: { ...host, consumerCode: { entryMode: '039' } } });
  expect(finding).toMatchObject({ status: 'warning', detail: expect.stringContaining('039') as unknown });
});
