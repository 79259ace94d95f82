/**
 * A trading day between the two sides of the link: every request that the terminal's side can make, answered by the
 * training acquirer over a socket, in several dialects, with and without MACs. Then both count the same.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { assert } from '../../src/core/base/assert.ts';
import { epochMs, transactionId, type EpochMs } from '../../src/core/base/brand.ts';
import { money, type Money } from '../../src/core/base/money.ts';
import { Pan } from '../../src/core/base/pan.ts';
import type { Result } from '../../src/core/base/result.ts';
import { resolveDialect } from '../../src/core/iso8583/dialect.ts';
import { standardDialects } from '../../src/core/iso8583/standard-dialects.ts';
import type {
  AuthorizationReply,
  CardData,
  CardSecrets,
  HostOriginal,
  HostTotals,
  TransactionKind,
} from '../../src/core/transaction/model.ts';
import { AcquirerLink } from '../../src/host/acquirer/link.ts';
import type { DukptKind } from '../../src/host/security/dukpt-counter.ts';
import { DukptMacKeys } from '../../src/host/security/dukpt-mac.ts';
import type { MacKeySource } from '../../src/host/security/mac-keys.ts';
import type { MacAlgorithm } from '../../src/host/security/message-mac.ts';
import { SessionMacKeys } from '../../src/host/security/working-key.ts';
import type { MacOptions } from '../../src/host/training/acquirer-keys.ts';
import type { TrainingAcquirer } from '../../src/host/training/acquirer.ts';
import { clock, pans, startHost } from './raw-terminal.ts';

const limit = { signal: new AbortController().signal, timeoutMs: 5_000 };
const keyEncryptionKey = Buffer.from('0123456789ABCDEF'.repeat(2), 'hex');
const random = { bytes: (length: number) => new Uint8Array(length).fill(0x31) };

const pan = Pan.parse(pans.napas);
assert(pan.ok, 'the PAN is one');
const secrets: CardSecrets = { pan: pan.value, track2: undefined, expiry: '3112' };
const card: CardData = {
  maskedPan: pan.value.masked,
  aid: 'A0000007271010',
  label: 'NAPAS',
  interface: 'contactless',
  posEntryMode: '072',
  panSequenceNumber: '01',
  iccData: '9F2608FAC3B60382F042D9',
  cryptogram: 'FAC3B60382F042D9',
};

let folder: string;
let counterFiles = 0;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-day-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Variant {
  readonly dialect: string;
  readonly mac?: MacAlgorithm;
  /** Instead of working keys that the host hands out. */
  readonly dukpt?: DukptKind;
  readonly amountExponent?: number;
}

/** The same keys on both sides. */
function macsOf({ mac, dukpt }: Variant): { host: MacOptions; terminal: MacKeySource } | undefined {
  if (mac === undefined) return undefined;
  if (dukpt === undefined) {
    return {
      host: { kind: 'session', algorithm: mac, keyEncryptionKey, random },
      terminal: new SessionMacKeys(mac, Buffer.from(keyEncryptionKey)),
    };
  }
  const initialKey = Buffer.alloc(16, 'ChamTest');
  const ksn = Buffer.from(dukpt === 'dukpt-tdes' ? 'FFFF9876543210E00000' : '123456789012345600000000', 'hex');
  const counterFile = path.join(folder, `${dukpt}-${(counterFiles += 1)}.json`);
  const keys = DukptMacKeys.open({
    kind: dukpt,
    algorithm: mac,
    initialKey: Buffer.from(initialKey),
    ksn,
    counterFile,
    firstUse: 'allowed',
  });
  assert(keys.ok, keys.ok ? '' : keys.fault.detail);
  return { host: { kind: dukpt, algorithm: mac, initialKey }, terminal: keys.value };
}

async function start(variant: Variant): Promise<[TrainingAcquirer, AcquirerLink]> {
  const { dialect: id, amountExponent } = variant;
  const dialect = resolveDialect(standardDialects, id);
  assert(dialect.ok, 'the dialect is there');
  const exponent = amountExponent === undefined ? {} : { amountExponent };
  const macs = macsOf(variant);
  const deferredMarker = { element: 48, value: 'DEFERRED' };
  const options = { dialect: dialect.value, deferredMarker };
  const { host, port, logged } = await startHost({ ...options, ...exponent, ...(macs && { macs: macs.host }) });
  stops.push(() => host.stop());
  const link = new AcquirerLink({
    ...options,
    addresses: [{ host: '127.0.0.1', port }],
    terminal: { terminalId: 'TERM0001', merchantId: 'VN0000000000001', timeZone: 'Asia/Ho_Chi_Minh', ...exponent },
    timings: {
      connectTimeoutMs: 5_000,
      managementTimeoutMs: 5_000,
      echoIntervalMs: 60_000,
      reconnectMinMs: 10,
      reconnectMaxMs: 20,
      waitForLinkMs: 5_000,
    },
    clock,
    random,
    log: { write: (level, message, fields) => logged.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`) },
    ...(macs && { mac: macs.terminal }),
  });
  stops.push(() => link.close());
  link.open();
  return [host, link];
}

/** The terminal's side of the day: it numbers its requests and remembers what was approved. */
class Day {
  readonly link: AcquirerLink;
  readonly batch: number;
  #stan = 0;

  constructor(link: AcquirerLink, batch: number) {
    this.link = link;
    this.batch = batch;
    this.#stan = batch * 100;
  }

  next(): { stan: number; requestedAt: EpochMs; batch: number; transactionId: ReturnType<typeof transactionId> } {
    this.#stan += 1;
    const requestedAt = epochMs(clock.now() + this.#stan * 1_000);
    return { stan: this.#stan, requestedAt, batch: this.batch, transactionId: transactionId(`t-${this.#stan}`) };
  }

  async authorize(kind: TransactionKind, amount: number, original?: HostOriginal): Promise<HostOriginal> {
    const request = { ...this.next(), kind, amount: vnd(amount), card, ...(original && { original }) };
    return approvedAs(kind, request, await this.link.authorize(request, secrets, limit));
  }

  async followUp(
    operation: 'void' | 'increment' | 'completion',
    amount: number,
    original: HostOriginal,
  ): Promise<HostOriginal> {
    const request = { ...this.next(), operation, amount: vnd(amount), original, card, attempt: 1 };
    const first = await this.link.followUp(request, limit);
    expect(await this.link.followUp({ ...request, attempt: 2 }, limit)).toEqual(first);
    return approvedAs('completion', request, first);
  }

  async store(manner: 'chipApproved' | 'deferred', amount: number): Promise<void> {
    const request = { ...this.next(), manner, amount: vnd(amount), card, attempt: 1 };
    const first = await this.link.forward(request, secrets, limit);
    expect(first).toMatchObject({ ok: true, value: { responseCode: '00' } });
    expect(await this.link.forward({ ...request, attempt: 2 }, secrets, limit)).toEqual(first);
  }

  async settle(totals: HostTotals, afterUpload = false): Promise<unknown> {
    const reply = await this.link.reconcile({ ...this.next(), totals, afterUpload, attempt: 1 }, limit);
    return reply.ok ? reply.value : reply.fault;
  }
}

function vnd(minorUnits: number): Money {
  return money(minorUnits, 'VND');
}

function approvedAs(
  kind: HostOriginal['kind'],
  request: { readonly stan: number; readonly requestedAt: EpochMs; readonly amount: Money },
  reply: Result<AuthorizationReply, { readonly detail: string }>,
): HostOriginal {
  assert(reply.ok, reply.ok ? '' : reply.fault.detail);
  expect(reply.value.responseCode).toBe('00');
  const { stan, requestedAt, amount } = request;
  return {
    kind,
    stan,
    requestedAt,
    amount,
    approvalCode: reply.value.approvalCode ?? null,
    rrn: reply.value.rrn ?? null,
  };
}

const none = { count: 0, minorUnits: 0 };

describe.each<Variant>([
  { dialect: 'iso87-ascii' },
  { dialect: 'iso87-binary', amountExponent: 2 },
  { dialect: 'iso87-ascii', mac: 'x9.19' },
  { dialect: 'iso87-binary', mac: 'aes-cmac', amountExponent: 2 },
  { dialect: 'iso87-ascii', mac: 'x9.19', dukpt: 'dukpt-tdes' },
  { dialect: 'iso87-binary', mac: 'aes-cmac', dukpt: 'dukpt-aes' },
])('a day in %o', (variant) => {
  it('ends with the same totals on both sides', async () => {
    const [host, link] = await start(variant);
    const day = new Day(link, 1);
    const sale = await day.authorize('sale', 45_000);
    await day.authorize('refund', 20_000, sale);
    await day.followUp('void', 30_000, await day.authorize('sale', 30_000));
    await day.followUp('void', 5_000, await day.authorize('refund', 5_000));
    const held = await day.authorize('preAuthorization', 500_000);
    await day.followUp('increment', 100_000, held);
    await day.followUp('void', 550_000, await day.followUp('completion', 550_000, held));
    await day.followUp('void', 80_000, await day.authorize('preAuthorization', 80_000));
    await day.store('chipApproved', 15_000);
    await day.store('deferred', 16_000);
    const lost = { ...day.next(), kind: 'sale', amount: vnd(70_000), card } as const;
    await link.authorize(lost, secrets, limit);
    const { stan: originalStan, requestedAt: originalRequestedAt, ...rest } = lost;
    const reversal = { ...rest, originalStan, originalRequestedAt, attempt: 1 };
    expect(await link.reverse(reversal, limit)).toEqual({ ok: true, value: { responseCode: '00' } });

    const totals: HostTotals = {
      currency: 'VND',
      debits: { count: 5, minorUnits: 656_000 },
      debitReversals: { count: 2, minorUnits: 580_000 },
      credits: { count: 2, minorUnits: 25_000 },
      creditReversals: { count: 1, minorUnits: 5_000 },
    };
    expect(await day.settle(totals)).toEqual({ responseCode: '00', hostTotals: totals });
    expect(host.statement('TERM0001', 1).map(({ operation, state }) => `${operation} ${state}`)).toEqual([
      'sale booked',
      'refund booked',
      'sale voided',
      'refund voided',
      'preAuthorization completed',
      'increment completed',
      'completion voided',
      'preAuthorization voided',
      'chipApproved booked',
      'deferred booked',
      'sale reversed',
    ]);
  });

  it('is uploaded when they differ, and closed', async () => {
    const [host, link] = await start(variant);
    const day = new Day(link, 2);
    const sale = await day.authorize('sale', 45_000);
    const unknown = { ...day.next(), amount: vnd(12_000) };
    const totals: HostTotals = {
      currency: 'VND',
      debits: { count: 2, minorUnits: 57_000 },
      debitReversals: none,
      credits: none,
      creditReversals: none,
    };
    const hosts = { ...totals, debits: { count: 1, minorUnits: 45_000 } };
    expect(await day.settle(totals)).toEqual({ responseCode: '95', hostTotals: hosts });
    for (const { stan, requestedAt, amount } of [sale, unknown]) {
      const entry = {
        transactionId: transactionId(`t-${stan}`),
        kind: 'sale',
        stan,
        requestedAt,
        amount,
        approvalCode: stan === sale.stan ? sale.approvalCode : null,
        rrn: stan === sale.stan ? sale.rrn : null,
        posEntryMode: '072',
        voided: false,
      } as const;
      const reply = await link.upload({ ...day.next(), entry, attempt: 1 }, limit);
      expect(reply).toEqual({ ok: true, value: { responseCode: '00' } });
    }
    expect(await day.settle(totals, true)).toEqual({ responseCode: '00', hostTotals: totals });
    expect(host.statement('TERM0001', 2).map(({ comparison }) => comparison)).toEqual(['agrees', 'missingHere']);
  });

  it('is cut over when the host says so', async () => {
    const [host, link] = await start(variant);
    const told = new Promise<void>((resolve) => link.onCutOver(resolve));
    await new Day(link, 3).authorize('sale', 45_000);
    expect(host.announceCutOver()).toBe(1);
    await told;
  });
});
