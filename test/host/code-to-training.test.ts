/**
 * Payments by codes of customers between the two sides of the link: the code of a phone becomes a request with DE 2, 22, 35 and
 * 55, over TCP, and the training acquirer checks its cryptogram, decides and books it as it does a card's.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { loadCardProfiles, defaultCardFile, type EmvCardProfile } from '../../drivers/simulated/card/profiles.ts';
import { SimulatedIssuer } from '../../drivers/simulated/card/issuer.ts';
import { phoneCode, type PhoneCodeInput } from '../../drivers/simulated/card/phone-code.ts';
import { assert } from '../../src/core/base/assert.ts';
import { epochMs, transactionId } from '../../src/core/base/brand.ts';
import { fromLatin1 } from '../../src/core/base/bytes.ts';
import { money } from '../../src/core/base/money.ts';
import { resolveDialect, type Dialect } from '../../src/core/iso8583/dialect.ts';
import { standardDialects } from '../../src/core/iso8583/standard-dialects.ts';
import { readIccElement } from '../../src/core/iso8583/icc-data.ts';
import { readCode } from '../../src/core/qr/cpm-payment.ts';
import type { AuthorizationRequest, CardData, CardSecrets } from '../../src/core/transaction/model.ts';
import { authorizationRequest } from '../../src/host/acquirer/financial.ts';
import { AcquirerLink } from '../../src/host/acquirer/link.ts';
import { clock, pans, startHost } from './raw-terminal.ts';

const limit = { signal: new AbortController().signal, timeoutMs: 5_000 };
const profiles = loadCardProfiles(defaultCardFile);
assert(!('problems' in profiles), 'the simulated cards are there');
const cardOf = (id: string): EmvCardProfile => {
  const card = profiles.find((each) => each.id === id);
  assert(card?.kind === 'emv', 'the card is there');
  return card;
};
const terminal = { terminalId: 'TERM0001', merchantId: 'VN0000000000001', timeZone: 'Asia/Ho_Chi_Minh' };

function dialectOf(id: string): Dialect {
  const resolved = resolveDialect(standardDialects, id);
  assert(resolved.ok, 'the dialect is there');
  return resolved.value;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

let codes = 0;
/** What a phone shows, and what the terminal makes of it. */
function shown(
  id: string,
  over: Partial<PhoneCodeInput> = {},
): { readonly text: string; readonly card: CardData; readonly secrets: CardSecrets } {
  codes += 1;
  const unpredictableNumber = Uint8Array.of(1, 2, 3, codes);
  const text = phoneCode(cardOf(id), { atc: codes, unpredictableNumber, layout: 'application', ...over });
  const applications = [{ aid: cardOf(id).aid, name: 'Card', selection: 'exact' }] as const;
  const { outcome, secrets } = readCode(text, { entryMode: '032', applications, wallets: [] });
  assert(outcome.kind === 'onlineRequest' && secrets !== undefined, 'the code can be paid with');
  return { text, card: outcome.card, secrets };
}

let stans = 0;
function request(card: CardData, over: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  stans += 1;
  return {
    transactionId: transactionId(`S-${stans}`),
    kind: 'sale',
    stan: stans,
    amount: money(45_000, 'VND'),
    requestedAt: epochMs(clock.now() + stans * 1000),
    batch: 1,
    card,
    ...over,
  };
}

describe.each(['iso87-ascii', 'iso87-binary'])('a code in %s', (id) => {
  const dialect = dialectOf(id);

  async function start() {
    const issuer = new SimulatedIssuer('problems' in profiles ? [] : profiles);
    const started = await startHost({ dialect, issuer });
    stops.push(() => started.host.stop());
    const link = new AcquirerLink({
      dialect,
      addresses: [{ host: '127.0.0.1', port: started.port }],
      terminal,
      timings: {
        connectTimeoutMs: 5_000,
        managementTimeoutMs: 5_000,
        echoIntervalMs: 60_000,
        reconnectMinMs: 10,
        reconnectMaxMs: 20,
        waitForLinkMs: 5_000,
      },
      clock,
      random: { bytes: (length) => new Uint8Array(length) },
      log: { write: (level, message, fields) => started.logged.push(`${level} ${message} ${JSON.stringify(fields)}`) },
    });
    stops.push(() => link.close());
    link.open();
    return { ...started, link };
  }

  it('is written with the account, its entry mode and the chip data of the phone', () => {
    const { card, secrets } = shown('napas-debit');
    const message = authorizationRequest({ terminal, dialect }, request(card), secrets);
    assert(message.ok, 'it can be written');
    const { value } = message;
    expect(value.mti).toBe('0200');
    expect(value.text(22)).toBe('032');
    expect(value.text(23)).toBe('001');
    expect(value.text(14)).toBe('3112');
    expect(fromLatin1(value.bytes(2) ?? new Uint8Array())).toBe(pans.napas);
    expect(fromLatin1(value.bytes(35) ?? new Uint8Array())).toBe(`${pans.napas}=3112201000`);
    expect(readIccElement(value)).toBe(card.iccData);
    expect(card.iccData).toContain(`9F2608${card.cryptogram}`);
  });

  it('is approved when genuine, declined when forged or without money, and can be refunded and reversed', async () => {
    const { host, link, logged } = await start();
    const good = shown('napas-debit');
    const sale = request(good.card);
    const approved = await link.authorize(sale, good.secrets, limit);
    expect(approved).toMatchObject({ ok: true, value: { responseCode: '00' } });
    assert(approved.ok, 'approved');
    const common = shown('visa-credit', { layout: 'common' });
    const other = request(common.card);
    expect(await link.authorize(other, common.secrets, limit)).toMatchObject({ value: { responseCode: '00' } });
    const forged = shown('napas-debit', { fault: 'forged' });
    expect(await link.authorize(request(forged.card), forged.secrets, limit)).toMatchObject({
      value: { responseCode: '05' },
    });
    const empty = shown('jcb-credit');
    expect(await link.authorize(request(empty.card), empty.secrets, limit)).toMatchObject({
      value: { responseCode: '51' },
    });
    expect(host.captured().map(({ maskedPan, reversed }) => [maskedPan, reversed])).toEqual([
      ['970400******0018', false],
      ['476173******0119', false],
    ]);
    const { approvalCode = null, rrn = null } = approved.value;
    const { stan, requestedAt, amount } = sale;
    const original = { kind: 'sale', stan, requestedAt, amount, approvalCode, rrn } as const;
    const back = shown('napas-debit');
    const refund = request(back.card, { kind: 'refund', original, amount: money(20_000, 'VND') });
    expect(await link.authorize(refund, back.secrets, limit)).toMatchObject({ value: { responseCode: '00' } });
    const reversal = {
      ...request(common.card, { transactionId: other.transactionId, amount: other.amount }),
      originalStan: other.stan,
      originalRequestedAt: other.requestedAt,
      attempt: 1,
    };
    expect(await link.reverse(reversal, limit)).toEqual({ ok: true, value: { responseCode: '00' } });
    expect(host.statement('TERM0001', 1).map(({ operation, state }) => `${operation} ${state}`)).toContain(
      'refund booked',
    );
    const log = logged.join('\n');
    expect(log).toContain('host: received');
    for (const secret of [pans.napas, pans.visa, pans.empty, good.text, good.text.slice(20, 60)]) {
      expect(log).not.toContain(secret);
    }
  });
});
