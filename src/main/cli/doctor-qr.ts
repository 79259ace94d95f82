/** What `cham doctor` says of the QR provider: what it can do, and what of it could not be verified from documents. */
import type { ProviderAdapter } from '../../host/qr/adapter.ts';
import type { Config } from '../config/schema.ts';
import type { Finding } from './doctor-journal.ts';

/** What no document could be found for is tried with small amounts before the shop relies on it. */
export function qrFindings(adapter: ProviderAdapter | undefined): readonly Finding[] {
  if (adapter === undefined) return [];
  const check = `QR provider ${adapter.name}`;
  const { canQuery, canCancel, canRefund, pushesNotices, confirmedBy, codesFrom, unverified } = adapter.capabilities;
  const can = [
    codesFrom === 'provider' ? 'makes the codes' : 'sees transfers only',
    ...(pushesNotices ? ['sends notices'] : ['sends no notices, is asked']),
    ...(canQuery ? ['can be asked'] : ['cannot be asked']),
    ...(canCancel ? ['cancels'] : ['cannot withdraw a code']),
    ...(canRefund ? ['refunds'] : ['cannot refund']),
    `a payment counts by ${confirmedBy === 'query' ? 'its own answer' : 'its signature alone'}`,
  ];
  const action = 'pay and, where it can, refund a small amount; see that notice and answer say the same';
  return [
    { check, status: 'ok', detail: can.join(', ') },
    ...unverified.map((detail): Finding => ({ check, status: 'warning', detail: `not verified: ${detail}`, action })),
  ];
}

/** Payments by codes of customers are as the CPM tables have them, and what a host wants beyond that only its acquirer knows. */
export function codeFindings({ acquirer }: Pick<Config, 'acquirer'>): readonly Finding[] {
  if (acquirer.kind === 'training' || acquirer.consumerCode === undefined) return [];
  return [
    {
      check: 'codes of customers',
      status: 'warning',
      detail: `not verified: DE 22 ${acquirer.consumerCode.entryMode}, and which chip objects this host wants in DE 55`,
      action: 'have the acquirer confirm both (docs/qr-codes.md), then pay a small amount by code and give it back',
    },
  ];
}
