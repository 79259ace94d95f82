/** What a screen is told about payments by QR, for each way in which news of them can fail. */
import { expect, it } from 'vitest';
import { epochMs } from '../core/base/brand.ts';
import type { RelayStatus } from '../host/qr/relay-source.ts';
import { qrLink, type QrLinkParts } from './qr-link.ts';

const up: RelayStatus = { state: 'up', since: epochMs(5), problem: '', position: 7, clockAheadMs: -2000 };
const down: RelayStatus = { ...up, state: 'down', problem: 'no route to host' };
const asked = { canQuery: true, confirmedBy: 'query', pushesNotices: true } as const;
const answers = { answer: 'answers', since: epochMs(1), detail: '' } as const;
const silent = { answer: 'silent', since: epochMs(2), detail: 'no answer within 10000 ms' } as const;
const parts: QrLinkParts = { name: 'sepay', capabilities: asked, provider: answers, relay: up, reachable: false };
const signed = { ...asked, confirmedBy: 'signature' } as const;

it.each<[string, Partial<QrLinkParts>, string]>([
  ['the relay is there', {}, 'atOnce'],
  ['the relay is away', { relay: down }, 'byAsking'],
  ['the relay is away, though the provider knows its address', { relay: down, reachable: true }, 'byAsking'],
  ['no relay, and an address of its own', { relay: undefined, reachable: true }, 'atOnce'],
  ['no relay and no address', { relay: undefined }, 'byAsking'],
  ['a provider that sends no notices', { capabilities: { ...asked, pushesNotices: false } }, 'byAsking'],
  ['nobody was asked yet', { provider: { answer: 'unknown', since: null, detail: '' } }, 'atOnce'],
  ['the provider is silent', { provider: silent }, 'notNow'],
  ['the provider is silent and the relay away', { provider: silent, relay: down }, 'notNow'],
  ['a silent provider whose signature is enough', { provider: silent, capabilities: signed }, 'atOnce'],
  ['the same without the relay', { provider: silent, capabilities: signed, relay: down }, 'notNow'],
  ['nothing to ask, and no notices', { relay: down, capabilities: { ...signed, canQuery: false } }, 'notNow'],
])('confirms as it can: %s', (_, change, expected) => {
  expect(qrLink({ ...parts, ...change }).confirms).toBe(expected);
});

it('tells a technician since when, why, how far and by which clock', () => {
  expect(qrLink({ ...parts, provider: silent, relay: down })).toEqual({
    confirms: 'notNow',
    askEveryMs: 15_000,
    provider: { name: 'sepay', answer: 'silent', since: 2, detail: 'no answer within 10000 ms' },
    relay: { state: 'down', since: 5, detail: 'no route to host', position: 7, clockAheadMs: -2000 },
  });
  expect(qrLink({ ...parts, relay: undefined }).relay).toBeNull();
});
