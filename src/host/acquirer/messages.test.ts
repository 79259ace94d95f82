/**
 * The messages themselves, over several dialects: which elements they carry, what a repeat changes, which replies are
 * not believed.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs, transactionId } from '../../core/base/brand.ts';
import { fromLatin1, hex } from '../../core/base/bytes.ts';
import { currencyCodes, money, numericCode } from '../../core/base/money.ts';
import { Pan } from '../../core/base/pan.ts';
import { packMessage, parseMessage } from '../../core/iso8583/codec.ts';
import { iso87Ascii, resolveDialect, type Dialect } from '../../core/iso8583/dialect.ts';
import { Iso8583Message } from '../../core/iso8583/message.ts';
import { standardDialects } from '../../core/iso8583/standard-dialects.ts';
import type {
  AuthorizationRequest,
  BatchEntry,
  CardData,
  CardSecrets,
  FollowUpRequest,
  HostOriginal,
  HostTotals,
  ReconciliationRequest,
  ReversalRequest,
  StoredRequest,
  UploadRequest,
} from '../../core/transaction/model.ts';
import { fromHostAmount, fromHostSum, toHostAmount, toHostSum } from './amount.ts';
import { authorizationRequest, storedRequest } from './financial.ts';
import { followUpRequest, reversalRequest } from './follow-up.ts';
import { cutOverReply, networkManagement } from './network.ts';
import type { EncodingFault, HostProfile, TerminalIdentity } from './profile.ts';
import { readReconciliationReply, reconciliationRequest, uploadRequest } from './reconciliation.ts';
import { exchangeKey, readAuthorizationReply, readLateReply } from './replies.ts';
import type { Result } from '../../core/base/result.ts';

const pan = '9704000000000018';
const terminal: TerminalIdentity = {
  terminalId: 'TERM0001',
  merchantId: 'VN0000000000001',
  timeZone: 'Asia/Ho_Chi_Minh',
};
const profile: HostProfile = { terminal, dialect: iso87Ascii };
/** Packed digits behind a TPDU, VND with two implied decimals. */
const packed: HostProfile = {
  terminal: { ...terminal, amountExponent: 2 },
  dialect: resolved(
    resolveDialect(
      [
        ...standardDialects,
        { id: 'packed', parent: 'iso87-binary', frame: { length: 'binary-2', tpdu: '6000030000' } },
        { id: 'no-batch', parent: 'iso87-ascii-binary-bitmap', elements: { 60: null } },
      ],
      'packed',
    ),
  ),
};
const withoutBatch: HostProfile = {
  terminal,
  dialect: resolved(
    resolveDialect(
      [...standardDialects, { id: 'no-batch', parent: 'iso87-ascii', elements: { 60: null } }],
      'no-batch',
    ),
  ),
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
  kind: 'sale',
  batch: 12,
  stan: 106,
  amount: money(45_000, 'VND'),
  requestedAt: late,
  card,
};

const original: HostOriginal = {
  kind: 'sale',
  stan: 99,
  requestedAt: epochMs(late - 3_600_000),
  amount: money(45_000, 'VND'),
  approvalCode: 'A1B2C3',
  rrn: '632510150001',
};

function resolved(dialect: Result<Dialect, unknown>): Dialect {
  if (!dialect.ok) throw new Error('no such dialect');
  return dialect.value;
}

function readPan(): Pan {
  const parsed = Pan.parse(pan);
  if (!parsed.ok) throw new Error('refused');
  return parsed.value;
}

function secrets(track2: string | undefined): CardSecrets {
  return { pan: readPan(), track2: track2 === undefined ? undefined : hex(track2), expiry: '3112' };
}

function built(result: Result<Iso8583Message, EncodingFault>): Iso8583Message {
  if (!result.ok) throw new Error(result.fault.detail);
  return result.value;
}

function fieldsOf(message: Iso8583Message): Record<number, string> {
  return Object.fromEntries(
    message.elements().map((de) => [de, message.text(de) ?? fromLatin1(message.bytes(de) ?? new Uint8Array(0))]),
  );
}

function reply(fields: [number, string][]): unknown {
  return readAuthorizationReply(terminal, request.amount, new Iso8583Message('0210', fields));
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
    const message = built(authorizationRequest(profile, request, secrets(`${pan}D3112201000F`)));
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
      60: '000012',
    });
  });

  it('leaves out what the card did not give', () => {
    const { panSequenceNumber: _none, ...plain } = card;
    const message = built(
      authorizationRequest(
        { ...profile, terminal: { ...terminal, merchantNameLocation: 'QUAN AN HA NOI VN' } },
        { ...request, card: plain },
        { pan: readPan(), track2: undefined, expiry: undefined },
      ),
    );
    expect([14, 23, 35, 43].filter((element) => message.has(element))).toEqual([43]);
  });

  it('is not made from an amount or a track 2 that cannot be written down', () => {
    const tooMuch = { ...request, amount: money(1_000_000_000_000, 'VND') };
    expect(authorizationRequest(profile, tooMuch, secrets(undefined)).ok).toBe(false);
    expect(authorizationRequest(profile, request, secrets('9704A0')).ok).toBe(false);
  });
});

describe('requests with a card', () => {
  it.each([
    ['sale', '0200', '000000'],
    ['refund', '0200', '200000'],
    ['preAuthorization', '0100', '000000'],
  ] as const)('%s', (kind, mti, processingCode) => {
    const sale = fieldsOf(built(authorizationRequest(profile, request, secrets(undefined))));
    const message = built(authorizationRequest(profile, { ...request, kind }, secrets(undefined)));
    expect(message.mti).toBe(mti);
    expect(fieldsOf(message)).toEqual({ ...sale, 3: processingCode });
  });

  it('a linked refund names the sale', () => {
    const refund = { ...request, kind: 'refund', original } as const;
    const plain = fieldsOf(built(authorizationRequest(profile, { ...request, kind: 'refund' }, secrets(undefined))));
    expect(fieldsOf(built(authorizationRequest(profile, refund, secrets(undefined))))).toEqual({
      ...plain,
      37: '632510150001',
      90: `02000000991231223005${'0'.repeat(22)}`,
    });
    const nameless = { ...refund, original: { ...original, rrn: null } };
    expect(built(authorizationRequest(profile, nameless, secrets(undefined))).has(37)).toBe(false);
  });

  it('without DE 60 where the dialect has none', () => {
    const message = built(authorizationRequest(withoutBatch, request, secrets(undefined)));
    expect(message.has(60)).toBe(false);
    expect(packMessage(withoutBatch.dialect, message).ok).toBe(true);
  });

  it('amounts with the decimals of the host', () => {
    expect(fieldsOf(built(authorizationRequest(packed, request, secrets(undefined))))[4]).toBe('000004500000');
  });

  const stored: StoredRequest = { ...request, manner: 'chipApproved', attempt: 1 };

  it('what the chip approved is advised, as the sale it was', () => {
    const sale = fieldsOf(built(authorizationRequest(profile, request, secrets(undefined))));
    const message = built(storedRequest(profile, stored, secrets(undefined)));
    expect(message.mti).toBe('0220');
    expect(fieldsOf(message)).toEqual({ ...sale, 39: 'Y1' });
  });

  it('so is what it approved when nobody could be asked, and says so', () => {
    const message = built(storedRequest(profile, { ...stored, unableToGoOnline: true }, secrets(undefined)));
    expect([message.mti, fieldsOf(message)[39]]).toEqual(['0220', 'Y3']);
  });

  it('an enciphered PIN goes to an acquirer that has its key, and to no other', () => {
    const pinBlock = hex('0123456789ABCDEF');
    const withPin = { ...secrets(undefined), pinBlock };
    expect(authorizationRequest(profile, request, withPin)).toMatchObject({
      ok: false,
      fault: { kind: 'notEncodable' },
    });
    const message = built(authorizationRequest({ ...profile, takesOnlinePin: true }, request, withPin));
    expect(message.bytes(52)).toEqual(pinBlock);
    // The caller wipes its own.
    expect(message.bytes(52)).not.toBe(pinBlock);
    expect(packMessage(profile.dialect, message).ok).toBe(true);
    expect(built(authorizationRequest({ ...profile, takesOnlinePin: true }, request, secrets(undefined))).has(52)).toBe(
      false,
    );
  });

  it('what nobody approved is asked for like a sale, marked where the host wants it', () => {
    const deferred: StoredRequest = { ...stored, manner: 'deferred' };
    const sale = fieldsOf(built(authorizationRequest(profile, request, secrets(undefined))));
    const message = built(storedRequest(profile, deferred, secrets(undefined)));
    expect([message.mti, fieldsOf(message)]).toEqual(['0200', sale]);
    const marked = { ...profile, deferredMarker: { element: 61, value: 'DEFERRED' } };
    expect(fieldsOf(built(storedRequest(marked, deferred, secrets(undefined))))).toEqual({ ...sale, 61: 'DEFERRED' });
    expect(built(storedRequest(marked, stored, secrets(undefined))).has(61)).toBe(false);
  });

  it('a repeat differs in its MTI only', () => {
    for (const [manner, mti] of [
      ['chipApproved', '0221'],
      ['deferred', '0201'],
    ] as const) {
      const first = built(storedRequest(profile, { ...stored, manner }, secrets(undefined)));
      const repeat = built(storedRequest(profile, { ...stored, manner, attempt: 3 }, secrets(undefined)));
      expect(repeat.mti).toBe(mti);
      expect(fieldsOf(repeat)).toEqual(fieldsOf(first));
    }
  });
});

const followUp: FollowUpRequest = {
  transactionId: request.transactionId,
  operation: 'void',
  stan: 107,
  requestedAt: late,
  batch: 12,
  amount: money(45_000, 'VND'),
  original,
  card,
  attempt: 1,
};

describe('follow-ups', () => {
  it.each([
    ['void', 'sale', '0200', '020000', '00', '0200'],
    ['void', 'completion', '0200', '020000', '00', '0220'],
    ['void', 'refund', '0200', '220000', '00', '0200'],
    ['void', 'preAuthorization', '0100', '020000', '00', '0100'],
    ['increment', 'preAuthorization', '0100', '000000', '00', '0100'],
    ['completion', 'preAuthorization', '0220', '000000', '06', '0100'],
  ] as const)('%s of a %s', (operation, kind, mti, processingCode, condition, originalMti) => {
    const asked = { ...followUp, operation, original: { ...original, kind } };
    const message = built(followUpRequest(profile, asked));
    expect(message.mti).toBe(mti);
    expect(fieldsOf(message)).toEqual({
      3: processingCode,
      4: '000000045000',
      7: '1231233005',
      11: '000107',
      12: '063005',
      13: '0101',
      22: '072',
      25: condition,
      37: '632510150001',
      38: 'A1B2C3',
      41: 'TERM0001',
      42: 'VN0000000000001',
      49: '704',
      60: '000012',
      90: `${originalMti}0000991231223005${'0'.repeat(22)}`,
    });
    const repeat = built(followUpRequest(profile, { ...asked, attempt: 2 }));
    expect(repeat.mti).toBe(`${mti.slice(0, 3)}1`);
    expect(fieldsOf(repeat)).toEqual(fieldsOf(message));
  });

  it('a sale that the chip approved was advised', () => {
    const advised = { ...original, advised: true };
    expect(built(followUpRequest(profile, { ...followUp, original: advised })).text(90)).toMatch(/^0220000099/);
    const refund = { ...request, kind: 'refund', original: advised } as const;
    expect(built(authorizationRequest(profile, refund, secrets(undefined))).text(90)).toMatch(/^0220000099/);
  });

  it('an original without approval code or RRN is named by DE 90 alone', () => {
    const bare = { ...followUp, original: { ...original, approvalCode: null, rrn: null } };
    const message = built(followUpRequest(profile, bare));
    expect([37, 38, 90].filter((element) => message.has(element))).toEqual([90]);
  });
});

const totals: HostTotals = {
  currency: 'VND',
  debits: { count: 3, minorUnits: 150_000 },
  debitReversals: { count: 1, minorUnits: 45_000 },
  credits: { count: 2, minorUnits: 30_000 },
  creditReversals: { count: 1, minorUnits: 10_000 },
};
const reconciliation: ReconciliationRequest = {
  batch: 12,
  stan: 200,
  requestedAt: late,
  totals,
  afterUpload: false,
  attempt: 1,
};

function answered(fields: readonly (readonly [number, string])[], at = profile): unknown {
  return readReconciliationReply(at, reconciliation, new Iso8583Message('0510', fields));
}

describe('reconciliation', () => {
  it('carries the totals and what the merchant is due', () => {
    const message = built(reconciliationRequest(profile, reconciliation));
    expect(message.mti).toBe('0500');
    expect(fieldsOf(message)).toEqual({
      3: '920000',
      7: '1231233005',
      11: '000200',
      12: '063005',
      13: '0101',
      41: 'TERM0001',
      42: 'VN0000000000001',
      49: '704',
      60: '000012',
      74: '0000000002',
      75: '0000000001',
      76: '0000000003',
      77: '0000000001',
      86: '0000000000030000',
      87: '0000000000010000',
      88: '0000000000150000',
      89: '0000000000045000',
      97: 'C0000000000085000',
    });
  });

  it('is a debit of the merchant when refunds exceed sales, in the decimals of the host', () => {
    const refunds = { ...totals, credits: { count: 9, minorUnits: 200_000 } };
    const message = built(reconciliationRequest(packed, { ...reconciliation, totals: refunds, afterUpload: true }));
    expect(fieldsOf(message)).toMatchObject({ 3: '960000', 86: '0000000020000000', 97: 'D0000000008500000' });
    const huge = { ...totals, debits: { count: 1, minorUnits: Number.MAX_SAFE_INTEGER } };
    expect(reconciliationRequest(packed, { ...reconciliation, totals: huge }).ok).toBe(false);
  });

  it('a repeat differs in its MTI only', () => {
    const repeat = built(reconciliationRequest(profile, { ...reconciliation, attempt: 2 }));
    expect(repeat.mti).toBe('0501');
    expect(fieldsOf(repeat)).toEqual(fieldsOf(built(reconciliationRequest(profile, reconciliation))));
  });

  it("takes the host's own totals when they are whole", () => {
    const own = [74, 75, 76, 77, 86, 87, 88, 89].flatMap((element): (readonly [number, string])[] => {
      const value = fieldsOf(built(reconciliationRequest(packed, reconciliation)))[element] ?? '';
      return [[element, value]];
    });
    const differ = [...own, [39, '95'] as const, [66, '2'] as const];
    expect(answered(differ, packed)).toEqual({ ok: true, value: { responseCode: '95', hostTotals: totals } });
    expect(answered([...own.slice(1), [39, '95']], packed)).toEqual({ ok: true, value: { responseCode: '95' } });
    expect(answered([...differ, [86, '0000000000000001']], packed)).toMatchObject({ fault: { kind: 'badReply' } });
    expect(answered([...differ, [49, '840']], packed)).toMatchObject({ fault: { kind: 'badReply' } });
  });

  it('is not believed without a response code or when it contradicts itself', () => {
    expect(
      answered([
        [39, '00'],
        [66, '1'],
      ]),
    ).toEqual({ ok: true, value: { responseCode: '00' } });
    expect(
      answered([
        [39, '00'],
        [66, '2'],
      ]),
    ).toMatchObject({ fault: { kind: 'badReply' } });
    expect(answered([[66, '1']])).toMatchObject({ fault: { kind: 'badReply' } });
  });
});

describe('batch upload', () => {
  const entry: BatchEntry = {
    transactionId: request.transactionId,
    kind: 'completion',
    stan: 99,
    requestedAt: epochMs(late - 3_600_000),
    amount: money(45_000, 'VND'),
    approvalCode: 'A1B2C3',
    rrn: null,
    posEntryMode: '052',
    voided: false,
  };
  const upload: UploadRequest = { batch: 12, stan: 201, requestedAt: late, entry, attempt: 1 };

  it("has its own trace and the entry's time", () => {
    const message = built(uploadRequest(profile, upload));
    expect(message.mti).toBe('0320');
    expect(fieldsOf(message)).toEqual({
      3: '000000',
      4: '000000045000',
      7: '1231233005',
      11: '000201',
      12: '053005',
      13: '0101',
      22: '052',
      25: '06',
      38: 'A1B2C3',
      41: 'TERM0001',
      42: 'VN0000000000001',
      49: '704',
      60: '000012',
      90: `02200000991231223005${'0'.repeat(22)}`,
    });
  });

  it('of a sale that the chip approved', () => {
    const advised = { ...entry, kind: 'sale', advised: true } as const;
    expect(fieldsOf(built(uploadRequest(profile, { ...upload, entry: advised })))).toMatchObject({
      3: '000000',
      25: '00',
      90: `02200000991231223005${'0'.repeat(22)}`,
    });
  });

  it('of a refund; and a repeat', () => {
    const refund = built(uploadRequest(profile, { ...upload, entry: { ...entry, kind: 'refund' }, attempt: 2 }));
    expect(refund.mti).toBe('0321');
    expect(fieldsOf(refund)).toMatchObject({ 3: '200000', 25: '00' });
    expect(refund.text(90)?.slice(0, 4)).toBe('0200');
  });
});

const all = (at: HostProfile): readonly Iso8583Message[] => [
  built(authorizationRequest(at, { ...request, kind: 'refund', original }, secrets(`${pan}D3112201000F`))),
  built(storedRequest(at, { ...request, manner: 'chipApproved', attempt: 2 }, secrets(undefined))),
  built(followUpRequest(at, followUp)),
  built(reconciliationRequest(at, reconciliation)),
  networkManagement(terminal, '161', 5, late),
];

describe('every message', () => {
  it.each(['iso87-ascii', 'iso87-ascii-binary-bitmap', 'iso87-binary'])('passes through %s unchanged', (id) => {
    const at: HostProfile = { terminal, dialect: resolved(resolveDialect(standardDialects, id)) };
    for (const message of [...all(at), ...all({ ...packed, dialect: at.dialect })]) {
      const bytes = packMessage(at.dialect, message);
      if (!bytes.ok) throw new Error(bytes.fault.detail);
      const read = parseMessage(at.dialect, bytes.value);
      if (!read.ok) throw new Error(read.fault.detail);
      expect(fieldsOf(read.value)).toEqual(fieldsOf(message));
    }
  });
});

describe('network management', () => {
  it("answers the host's cut-over, and nothing else", () => {
    const cutOver: [number, string][] = [
      [7, '1231233005'],
      [11, '000001'],
      [41, 'TERM0001'],
      [70, '201'],
    ];
    const answer = cutOverReply(terminal, new Iso8583Message('0800', cutOver));
    expect(answer?.mti).toBe('0810');
    expect(answer === undefined ? {} : fieldsOf(answer)).toEqual({
      7: '1231233005',
      11: '000001',
      39: '00',
      41: 'TERM0001',
      42: 'VN0000000000001',
      70: '201',
    });
    expect(cutOverReply(terminal, new Iso8583Message('0810', cutOver))).toBeUndefined();
    expect(cutOverReply(terminal, new Iso8583Message('0800', [...cutOver, [70, '301']]))).toBeUndefined();
    expect(cutOverReply(terminal, new Iso8583Message('0800', [...cutOver, [41, 'OTHER']]))).toBeUndefined();
  });
});

describe('reversal', () => {
  const reversal: ReversalRequest = {
    transactionId: request.transactionId,
    kind: 'sale',
    batch: 12,
    amount: request.amount,
    originalStan: 106,
    originalRequestedAt: late,
    card,
    attempt: 1,
  };
  const soon = epochMs(late + 60_000);

  it('names the original without its PAN', () => {
    const message = built(reversalRequest(profile, reversal, soon));
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
      60: '000012',
      90: `02000001061231233005${'0'.repeat(22)}`,
    });
  });

  it('names the kind of its original', () => {
    const refund = built(reversalRequest(profile, { ...reversal, kind: 'refund' }, soon));
    expect([refund.text(3), refund.text(90)?.slice(0, 4)]).toEqual(['200000', '0200']);
    const held = built(reversalRequest(profile, { ...reversal, kind: 'preAuthorization' }, soon));
    expect([held.mti, held.text(3), held.text(90)?.slice(0, 4)]).toEqual(['0400', '000000', '0100']);
  });

  it('a repeat differs in MTI and transmission time only', () => {
    const { 7: firstTime, ...first } = fieldsOf(built(reversalRequest(profile, reversal, soon)));
    const repeat = built(reversalRequest(profile, { ...reversal, attempt: 4 }, epochMs(soon + 5000)));
    const { 7: repeatTime, ...rest } = fieldsOf(repeat);
    expect(repeat.mti).toBe('0401');
    expect(rest).toEqual(first);
    expect([firstTime, repeatTime]).toEqual(['1231233105', '1231233110']);
  });
});

const part = (...fields: [number, string][]) => reply([[39, '10'], ...fields]);

const lateReply = (mti: string, ...fields: [number, string][]) =>
  readLateReply(terminal, new Iso8583Message(mti, [[11, '000106'], [41, 'TERM0001'], ...fields]));

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

  it('approve in part only what is a part', () => {
    expect(part([4, '000000030000'])).toEqual({
      ok: true,
      value: { responseCode: '10', approvedAmount: money(30_000, 'VND') },
    });
    for (const wrong of ['000000045000', '000000045001', '000000000000']) {
      expect(part([4, wrong]), wrong).toMatchObject({ fault: { kind: 'badReply' } });
    }
    expect(part()).toMatchObject({ fault: { kind: 'badReply' } });
    expect(part([4, '000000030000'], [49, '840'])).toMatchObject({ fault: { kind: 'badReply' } });
    const hostDecimals = new Iso8583Message('0210', [
      [4, '000003000000'],
      [39, '10'],
    ]);
    expect(readAuthorizationReply(packed.terminal, request.amount, hostDecimals)).toMatchObject({
      value: { approvedAmount: money(30_000, 'VND') },
    });
  });

  it('that came late are read as far as they go', () => {
    expect(lateReply('0210', [39, '00'], [4, '000000000001'], [55, '8A0'], [38, 'A1B2C3'])).toEqual({
      stan: 106,
      reply: { responseCode: '00', approvalCode: 'A1B2C3' },
    });
    expect(lateReply('0110', [39, '10'], [4, '000000030000'], [49, '704'])).toEqual({
      stan: 106,
      reply: { responseCode: '10', approvedAmount: money(30_000, 'VND') },
    });
    expect(lateReply('0230', [39, '00'])?.stan).toBe(106);
    expect(lateReply('0210')).toBeUndefined();
    expect(lateReply('0410', [39, '00'])).toBeUndefined();
    expect(lateReply('0200', [39, '00'])).toBeUndefined();
    expect(lateReply('0210', [39, '00'], [41, 'OTHER'])).toBeUndefined();
  });

  it('never throw, whatever is in them', () => {
    const field = fc.tuple(
      fc.constantFrom(3, 4, 11, 37, 38, 39, 41, 49, 55, 62, 66, 70, 74, 75, 76, 77, 86, 87, 88, 89, 97),
      fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{0,16}$/), fc.constantFrom('00', '10', '704', 'TERM0001')),
    );
    const mti = fc.constantFrom('0110', '0210', '0230', '0330', '0410', '0510', '0800', '0810');
    fc.assert(
      fc.property(mti, fc.array(field), (type, fields) => {
        const hostile = new Iso8583Message(type, fields);
        readAuthorizationReply(terminal, request.amount, hostile);
        readReconciliationReply(profile, reconciliation, hostile);
        readLateReply(terminal, hostile);
        cutOverReply(terminal, hostile);
        exchangeKey(hostile, 'reply');
      }),
      { numRuns: 1000 },
    );
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
          const sum = toHostSum(amount, hostExponent);
          expect(sum).toBe(`0000${digits}`);
          expect(fromHostSum(sum ?? '', currency, hostExponent)).toEqual(amount);
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
    expect(fromHostSum('2000000000000000', 'VND', undefined)?.minorUnits).toBe(2_000_000_000_000_000);
    // Two such sums could not be set off against each other exactly.
    expect(fromHostSum('9007199254740991', 'VND', undefined)).toBeUndefined();
  });
});
