/** The messages themselves: which elements they carry, what a repeat changes, which replies are not believed. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs, transactionId } from '../../core/base/brand.ts';
import { fromLatin1, hex } from '../../core/base/bytes.ts';
import { currencyCodes, money, numericCode } from '../../core/base/money.ts';
import { Pan } from '../../core/base/pan.ts';
import { iso87Ascii } from '../../core/iso8583/dialect.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import type { AuthorizationRequest, CardData, CardSecrets, ReversalRequest } from '../../core/transaction/model.ts';
import { fromHostAmount, toHostAmount } from './amount.ts';
import {
  exchangeKey,
  financialRequest,
  networkManagement,
  readAuthorizationReply,
  reversalRequest,
  type TerminalIdentity,
} from './messages.ts';

const pan = '9704000000000018';
const terminal: TerminalIdentity = {
  terminalId: 'TERM0001',
  merchantId: 'VN0000000000001',
  timeZone: 'Asia/Ho_Chi_Minh',
};
/** 31 December 2026, 23:30:05 UTC: already 2027 in Vietnam. */
const late = epochMs(Date.UTC(2026, 11, 31, 23, 30, 5));

const card: CardData = {
  maskedPan: readPan().masked,
  aid: 'A0000007271010',
  label: 'NAPAS',
  interface: 'contactless',
  posEntryMode: '072',
  panSequenceNumber: '01',
  iccData: '9F2608FAC3B60382F042D9',
  cryptogram: 'FAC3B60382F042D9',
};

const request: AuthorizationRequest = {
  transactionId: transactionId('S-00000000000000000000000001'),
  stan: 106,
  amount: money(45_000, 'VND'),
  requestedAt: late,
  card,
};

function readPan(): Pan {
  const parsed = Pan.parse(pan);
  if (!parsed.ok) throw new Error('refused');
  return parsed.value;
}

function secrets(track2: string | undefined): CardSecrets {
  return { pan: readPan(), track2: track2 === undefined ? undefined : hex(track2), expiry: '3112' };
}

function built(result: ReturnType<typeof financialRequest>): Iso8583Message {
  if (!result.ok) throw new Error(result.fault.detail);
  return result.value;
}

function fieldsOf(message: Iso8583Message): Record<number, string> {
  return Object.fromEntries(
    message.elements().map((de) => [de, message.text(de) ?? fromLatin1(message.bytes(de) ?? new Uint8Array(0))]),
  );
}

function reply(fields: [number, string][]): unknown {
  return readAuthorizationReply(request, terminal, new Iso8583Message('0210', fields));
}

function key(mti: string, stan: string, direction: 'request' | 'reply', terminalId = 'T1'): string | undefined {
  const message = new Iso8583Message(mti, [
    [11, stan],
    [41, terminalId],
  ]);
  return exchangeKey(message, direction);
}

describe('financial request', () => {
  it('carries the sale', () => {
    const message = built(financialRequest(terminal, request, secrets(`${pan}D3112201000F`), iso87Ascii));
    expect(message.mti).toBe('0200');
    expect(fieldsOf(message)).toEqual({
      2: pan,
      3: '000000',
      4: '000000045000',
      7: '1231233005',
      11: '000106',
      12: '063005',
      13: '0101',
      14: '3112',
      22: '072',
      23: '001',
      25: '00',
      35: `${pan}=3112201000`,
      41: 'TERM0001',
      42: 'VN0000000000001',
      49: '704',
      55: card.iccData,
    });
  });

  it('leaves out what the card did not give', () => {
    const { panSequenceNumber: _none, ...plain } = card;
    const message = built(
      financialRequest(
        { ...terminal, merchantNameLocation: 'QUAN AN HA NOI VN' },
        { ...request, card: plain },
        { pan: readPan(), track2: undefined, expiry: undefined },
        iso87Ascii,
      ),
    );
    expect([14, 23, 35, 43].filter((element) => message.has(element))).toEqual([43]);
  });

  it('is not made from an amount or a track 2 that cannot be written down', () => {
    const tooMuch = { ...request, amount: money(1_000_000_000_000, 'VND') };
    expect(financialRequest(terminal, tooMuch, secrets(undefined), iso87Ascii).ok).toBe(false);
    expect(financialRequest(terminal, request, secrets('9704A0'), iso87Ascii).ok).toBe(false);
  });
});

describe('reversal', () => {
  const reversal: ReversalRequest = {
    transactionId: request.transactionId,
    amount: request.amount,
    originalStan: 106,
    originalRequestedAt: late,
    card,
    attempt: 1,
  };
  const soon = epochMs(late + 60_000);

  it('names the original without its PAN', () => {
    const message = built(reversalRequest(terminal, reversal, soon));
    expect(message.mti).toBe('0400');
    expect(fieldsOf(message)).toEqual({
      3: '000000',
      4: '000000045000',
      7: '1231233105',
      11: '000106',
      12: '063005',
      13: '0101',
      22: '072',
      25: '00',
      41: 'TERM0001',
      42: 'VN0000000000001',
      49: '704',
      90: `02000001061231233005${'0'.repeat(22)}`,
    });
  });

  it('a repeat differs in MTI and transmission time only', () => {
    const { 7: firstTime, ...first } = fieldsOf(built(reversalRequest(terminal, reversal, soon)));
    const repeat = built(reversalRequest(terminal, { ...reversal, attempt: 4 }, epochMs(soon + 5000)));
    const { 7: repeatTime, ...rest } = fieldsOf(repeat);
    expect(repeat.mti).toBe('0401');
    expect(rest).toEqual(first);
    expect([firstTime, repeatTime]).toEqual(['1231233105', '1231233110']);
  });
});

describe('replies', () => {
  it('are read', () => {
    expect(
      reply([
        [4, '000000045000'],
        [37, '632510150001'],
        [38, 'A1B2C3'],
        [39, '00'],
        [49, '704'],
        [55, '8a023030'],
      ]),
    ).toEqual({
      ok: true,
      value: { responseCode: '00', approvalCode: 'A1B2C3', rrn: '632510150001', iccData: '8A023030' },
    });
    expect(reply([[39, '51']])).toEqual({ ok: true, value: { responseCode: '51' } });
  });

  it('are not believed for another amount or currency, without a response code, or with a broken DE 55', () => {
    expect(reply([[38, 'A1B2C3']])).toMatchObject({ fault: { kind: 'badReply', retrySafe: false } });
    for (const wrong of [
      [4, '000000044000'],
      [49, '840'],
      [55, '8A0'],
    ] as [number, string][]) {
      expect(reply([[39, '00'], wrong])).toMatchObject({ fault: { kind: 'badReply' } });
    }
  });

  it('match their request by version, class, trace number and terminal', () => {
    expect(key('0210', '000001', 'reply')).toBe(key('0200', '000001', 'request'));
    expect(key('0410', '000001', 'reply', 'T1      ')).toBe(key('0401', '000001', 'request'));
    expect(key('0410', '000001', 'reply')).not.toBe(key('0200', '000001', 'request'));
    expect(key('0210', '000002', 'reply')).not.toBe(key('0200', '000001', 'request'));
    expect(key('0200', '000001', 'reply')).toBeUndefined();
    expect(networkManagement(terminal, '301', 7, late).text(70)).toBe('301');
  });
});

describe('host amounts', () => {
  it('come back, whatever decimals the host implies', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 99_999_999 }),
        fc.constantFrom(...currencyCodes),
        fc.constantFrom(undefined, 2, 3),
        (minorUnits, currency, hostExponent) => {
          const amount = money(minorUnits, currency);
          const digits = toHostAmount(amount, hostExponent);
          expect(digits).toMatch(/^\d{12}$/);
          expect(fromHostAmount(digits ?? '', numericCode(currency), hostExponent)).toEqual(amount);
        },
      ),
    );
  });

  it('follow the host profile', () => {
    expect(toHostAmount(money(45_000, 'VND'), undefined)).toBe('000000045000');
    expect(toHostAmount(money(45_000, 'VND'), 2)).toBe('000004500000');
    expect(toHostAmount(money(1250, 'USD'), 0)).toBeUndefined();
    expect(fromHostAmount('000004500001', '704', 2)).toBeUndefined();
    expect(fromHostAmount('000000045000', '999', undefined)).toBeUndefined();
  });
});
