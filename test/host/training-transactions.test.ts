/**
 * Every kind of request that the training acquirer takes, over a socket and in plain ISO 8583: what it answers, what
 * its book then holds, and that a repeat changes neither.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CardIssuer } from '../../src/host/training/acquirer-desk.ts';
import type { TrainingAcquirer } from '../../src/host/training/acquirer.ts';
import {
  cardRequest,
  clock,
  followUp,
  original,
  originalOf,
  pans,
  RawTerminal,
  reconciliation,
  refundRequest,
  reversalOf,
  startHost,
  type Elements,
} from './raw-terminal.ts';

let host: TrainingAcquirer;
let port: number;
let logged: string[];
let terminal: RawTerminal;

beforeEach(async () => {
  ({ host, port, logged } = await startHost());
  terminal = await RawTerminal.connected(port);
});

afterEach(async () => {
  terminal.close();
  await host.stop();
  for (const pan of Object.values(pans)) expect(logged.join('\n')).not.toContain(pan);
});

/** Operation, amount and state of every line. */
function book(): string[] {
  return host.statement('TERM0001').map(({ operation, amount, state }) => `${operation} ${amount} ${state}`);
}

function voidOf(of: Elements, stan: number): Promise<string | undefined> {
  return twice('0200', followUp({ stan, amount: 45_000 }, of, '020000'));
}

/** Asks, and asks again as a repeat: both answers must be the same. */
async function twice(mti: string, elements: Elements): Promise<string | undefined> {
  const first = await terminal.ask(mti, elements);
  const again = await terminal.ask(`${mti.slice(0, 3)}1`, elements);
  expect(again?.describe()).toBe(first?.describe());
  return first?.text(39);
}

describe('a sale', () => {
  it('is voided once, before settlement only, and for its whole amount', async () => {
    const sale = await terminal.ask('0200', cardRequest({ stan: 1, amount: 45_000 }));
    const named = originalOf('0200', sale);
    expect(await twice('0200', followUp({ stan: 2, amount: 44_000 }, named, '020000'))).toBe('13');
    expect(await twice('0200', followUp({ stan: 3, amount: 45_000 }, named, '220000'))).toBe('12');
    expect(await twice('0100', followUp({ stan: 4, amount: 45_000 }, named, '020000'))).toBe('12');
    expect(book()).toEqual(['sale 45000 booked']);
    expect(await twice('0200', followUp({ stan: 5, amount: 45_000 }, named, '020000'))).toBe('00');
    expect(book()).toEqual(['sale 45000 voided']);
    expect(await twice('0200', followUp({ stan: 6, amount: 45_000 }, named, '020000'))).toBe('12');
    expect(host.captured()).toMatchObject([{ stan: 1, amount: 45_000, reversed: true }]);
  });

  it('is not voided by a name that is not its own', async () => {
    const sale = await terminal.ask('0200', cardRequest({ stan: 1, amount: 45_000 }));
    const named = originalOf('0200', sale);
    expect(await voidOf({ ...named, ...original('0200', 9) }, 2)).toBe('25');
    expect(await voidOf({ ...named, ...original('0220', 1) }, 3)).toBe('25');
    expect(await voidOf({ ...named, 37: '000000000000' }, 4)).toBe('25');
    expect(await voidOf({ ...named, 38: 'X00001' }, 5)).toBe('25');
    expect(await voidOf({ ...named, 41: 'TERM0002' }, 6)).toBe('25');
    expect(await voidOf({ ...named, 2: pans.napas }, 7)).toBe('30');
    const inDollars = followUp({ stan: 8, amount: 45_000 }, named, '020000');
    expect(await twice('0200', { ...inDollars, 49: '840' })).toBe('12');
    expect(book()).toEqual(['sale 45000 booked']);
  });

  it('is found by its trace although another of that trace was declined before', async () => {
    expect(await terminal.code('0200', cardRequest({ stan: 1, amount: 45_051 }))).toBe('51');
    const sale = await terminal.ask('0200', cardRequest({ stan: 1, amount: 45_000 }));
    expect(await voidOf(originalOf('0200', sale), 2)).toBe('00');
    expect(book()).toEqual(['sale 45000 voided']);
  });

  it('comes back when its void is reversed', async () => {
    const sale = await terminal.ask('0200', cardRequest({ stan: 1, amount: 45_000 }));
    const request = followUp({ stan: 2, amount: 45_000 }, originalOf('0200', sale), '020000');
    expect(await terminal.code('0200', request)).toBe('00');
    expect(await terminal.code('0400', reversalOf('0200', request))).toBe('00');
    expect(book()).toEqual(['sale 45000 booked']);
  });

  it('is approved in part for amounts that end in 010, and voided for that part', async () => {
    const request = cardRequest({ stan: 1, amount: 90_010 });
    const reply = await terminal.ask('0200', request);
    expect([reply?.text(39), reply?.text(4)]).toEqual(['10', '000000045005']);
    expect(reply?.text(38)).toHaveLength(6);
    expect((await terminal.ask('0201', request))?.describe()).toBe(reply?.describe());
    expect(book()).toEqual(['sale 45005 booked']);
    const named = originalOf('0200', reply);
    expect(await terminal.code('0200', followUp({ stan: 2, amount: 90_010 }, named, '020000'))).toBe('13');
    expect(await terminal.code('0200', followUp({ stan: 3, amount: 45_005 }, named, '020000'))).toBe('00');
  });

  it('that was partly approved is reversed by the amount asked for', async () => {
    const request = cardRequest({ stan: 1, amount: 90_010 });
    await terminal.ask('0200', request);
    expect(await terminal.code('0400', reversalOf('0200', request))).toBe('00');
    expect(book()).toEqual(['sale 45005 reversed']);
  });

  it('is not remembered when the issuer could not be reached', async () => {
    expect(await terminal.code('0200', cardRequest({ stan: 1, amount: 45_091 }))).toBe('91');
    host.behave({ responseCode: '96', once: true });
    const request = cardRequest({ stan: 2, amount: 45_000 });
    expect(await terminal.code('0200', request)).toBe('96');
    expect(await terminal.code('0201', request)).toBe('00');
    expect(book()).toEqual(['sale 45000 booked']);
  });

  it('under the trace of another kind of request is a duplicate', async () => {
    const request = cardRequest({ stan: 1, amount: 45_000 });
    expect(await terminal.code('0100', request)).toBe('00');
    expect(await terminal.code('0200', request)).toBe('94');
    expect(book()).toEqual(['preAuthorization 45000 held']);
  });

  it('with a malformed batch number is refused', async () => {
    expect(await terminal.code('0200', { ...cardRequest({ stan: 1, amount: 45_000 }), 60: '1' })).toBe('30');
    expect(await terminal.code('0200', { ...cardRequest({ stan: 1, amount: 45_000 }), 60: '00000A' })).toBe('30');
  });
});

describe('a refund', () => {
  it('stands alone, or gives back no more than its sale took, to a card of the same scheme', async () => {
    expect(await twice('0200', refundRequest({ stan: 1, amount: 20_000 }))).toBe('00');
    const sale = await terminal.ask('0200', cardRequest({ stan: 2, amount: 45_000 }));
    const named = { ...original('0200', 2), 37: sale?.text(37) };
    const linked = (stan: number, amount: number, pan?: string) =>
      twice('0200', refundRequest({ stan, amount }, named, pan));
    expect(await linked(3, 46_000)).toBe('13');
    expect(await linked(4, 20_000, pans.visa)).toBe('12');
    expect(await linked(5, 30_000)).toBe('00');
    expect(await linked(6, 16_000)).toBe('13');
    expect(await linked(7, 15_000)).toBe('00');
    expect(book()).toEqual(['refund 20000 booked', 'sale 45000 booked', 'refund 30000 booked', 'refund 15000 booked']);
    expect(await twice('0200', followUp({ stan: 8, amount: 45_000 }, named, '020000'))).toBe('12');
  });

  it('names a sale that is there and took money', async () => {
    await terminal.ask('0200', cardRequest({ stan: 1, amount: 45_051 }));
    expect(await twice('0200', refundRequest({ stan: 2, amount: 1_000 }, original('0200', 1)))).toBe('25');
    expect(await twice('0200', refundRequest({ stan: 3, amount: 1_000 }, original('0200', 9)))).toBe('25');
    expect(await twice('0200', refundRequest({ stan: 4, amount: 1_000 }, { 37: '112103000001' }))).toBe('25');
    const sale = cardRequest({ stan: 5, amount: 45_000 });
    const named = originalOf('0200', await terminal.ask('0200', sale));
    expect(await terminal.code('0200', followUp({ stan: 6, amount: 45_000 }, named, '020000'))).toBe('00');
    expect(await twice('0200', refundRequest({ stan: 7, amount: 1_000 }, original('0200', 5)))).toBe('12');
  });

  it('is voided as a credit, and its sale can be refunded again', async () => {
    const sale = originalOf('0200', await terminal.ask('0200', cardRequest({ stan: 1, amount: 45_000 })));
    const refund = await terminal.ask('0200', refundRequest({ stan: 2, amount: 45_000 }, sale));
    const named = originalOf('0200', refund);
    expect(await twice('0200', followUp({ stan: 3, amount: 45_000 }, named, '020000'))).toBe('12');
    expect(await twice('0200', followUp({ stan: 4, amount: 45_000 }, named, '220000'))).toBe('00');
    expect(await twice('0200', refundRequest({ stan: 5, amount: 45_000 }, sale))).toBe('00');
    expect(book()).toEqual(['sale 45000 booked', 'refund 45000 voided', 'refund 45000 booked']);
  });

  it('is reversed like a sale, before or after it was seen', async () => {
    const request = refundRequest({ stan: 1, amount: 20_000 });
    expect(await terminal.code('0400', reversalOf('0200', request))).toBe('00');
    expect(await terminal.code('0200', request)).toBe('94');
    const other = refundRequest({ stan: 2, amount: 20_000 });
    expect(await terminal.code('0200', other)).toBe('00');
    expect(await terminal.code('0401', reversalOf('0200', other))).toBe('00');
    expect(book()).toEqual(['refund 20000 reversed']);
  });
});

describe('a pre-authorisation', () => {
  let named: Elements;

  beforeEach(async () => {
    named = originalOf('0100', await terminal.ask('0100', cardRequest({ stan: 1, amount: 500_000 }, pans.visa)));
  });

  it('is raised and completed for no more than is held, once', async () => {
    expect(await twice('0100', followUp({ stan: 2, amount: 200_000 }, named))).toBe('00');
    expect(await twice('0100', followUp({ stan: 3, amount: 200_051 }, named))).toBe('51');
    expect(await twice('0220', followUp({ stan: 4, amount: 700_001 }, named, '000000', '06'))).toBe('13');
    expect(book()).toEqual(['preAuthorization 500000 held', 'increment 200000 held']);
    expect(await twice('0220', followUp({ stan: 5, amount: 700_000 }, named, '000000', '06'))).toBe('00');
    expect(await twice('0220', followUp({ stan: 6, amount: 1_000 }, named, '000000', '06'))).toBe('12');
    expect(await twice('0100', followUp({ stan: 7, amount: 1_000 }, named))).toBe('12');
    expect(book()).toEqual([
      'preAuthorization 500000 completed',
      'increment 200000 completed',
      'completion 700000 booked',
    ]);
    expect(host.statement('TERM0001')).toMatchObject([{}, {}, { maskedPan: '476173******0119' }]);
  });

  it('is cancelled by the amount of its first request or of all that is held', async () => {
    await terminal.ask('0100', followUp({ stan: 2, amount: 200_000 }, named));
    expect(await twice('0100', followUp({ stan: 3, amount: 600_000 }, named, '020000'))).toBe('13');
    expect(await twice('0200', followUp({ stan: 4, amount: 500_000 }, named, '020000'))).toBe('12');
    expect(await twice('0100', followUp({ stan: 5, amount: 700_000 }, named, '020000'))).toBe('00');
    expect(book()).toEqual(['preAuthorization 500000 voided', 'increment 200000 voided']);
    expect(await twice('0220', followUp({ stan: 6, amount: 1_000 }, named, '000000', '06'))).toBe('12');
  });

  it('has its completion voided, and reversals of what it consists of', async () => {
    const increment = followUp({ stan: 2, amount: 200_000 }, named);
    expect(await terminal.code('0100', increment)).toBe('00');
    expect(await terminal.code('0400', reversalOf('0100', increment))).toBe('00');
    expect(await terminal.code('0220', followUp({ stan: 3, amount: 600_000 }, named, '000000', '06'))).toBe('13');
    const completion = await terminal.ask('0220', followUp({ stan: 4, amount: 400_000 }, named, '000000', '06'));
    const request = cardRequest({ stan: 1, amount: 500_000 });
    expect(await terminal.code('0400', reversalOf('0100', request))).toBe('12');
    const ofCompletion = originalOf('0220', completion);
    expect(await twice('0200', followUp({ stan: 5, amount: 400_000 }, ofCompletion, '020000'))).toBe('00');
    expect(book()).toEqual([
      'preAuthorization 500000 completed',
      'increment 200000 reversed',
      'completion 400000 voided',
    ]);
  });

  it('that is reversed holds nothing any more, and can be held in part', async () => {
    expect(await terminal.code('0400', reversalOf('0100', cardRequest({ stan: 1, amount: 500_000 })))).toBe('00');
    expect(await terminal.code('0100', followUp({ stan: 2, amount: 1_000 }, named))).toBe('12');
    const part = await terminal.ask('0100', cardRequest({ stan: 3, amount: 500_010 }));
    expect([part?.text(39), part?.text(4)]).toEqual(['10', '000000250005']);
    expect(book()).toEqual(['preAuthorization 500000 reversed', 'preAuthorization 250005 held']);
  });

  it('is unknown under another name', async () => {
    expect(await twice('0220', followUp({ stan: 2, amount: 1_000 }, original('0100', 9), '000000', '06'))).toBe('25');
    expect(await twice('0100', followUp({ stan: 3, amount: 1_000 }, original('0200', 1)))).toBe('25');
    const sale = await terminal.ask('0200', cardRequest({ stan: 4, amount: 45_000 }));
    expect(await twice('0100', followUp({ stan: 5, amount: 1_000 }, originalOf('0200', sale)))).toBe('12');
  });
});

describe('a stored payment', () => {
  it('that the chip approved is always taken, once, and can be voided', async () => {
    const advice = { ...cardRequest({ stan: 1, amount: 45_051 }, pans.empty), 39: 'Y1' };
    expect(await twice('0220', { ...advice, 39: undefined })).toBe('30');
    expect(await twice('0220', { ...advice, 39: 'Z1' })).toBe('12');
    expect(await twice('0220', advice)).toBe('00');
    expect(book()).toEqual(['chipApproved 45051 booked']);
    const named = original('0220', 1);
    expect(await twice('0200', followUp({ stan: 2, amount: 45_051 }, named, '020000'))).toBe('00');
    expect(await terminal.code('0400', reversalOf('0220', advice))).toBe('12');
    expect(book()).toEqual(['chipApproved 45051 voided']);
  });

  it('that nobody approved is decided as a sale, and known as deferred where it is marked', async () => {
    const marking = await startHost({ deferredMarker: { element: 48, value: 'DEFERRED' } });
    const caller = await RawTerminal.connected(marking.port);
    const deferred = { ...cardRequest({ stan: 1, amount: 45_000 }), 48: 'DEFERRED' };
    expect(await caller.code('0200', deferred)).toBe('00');
    expect(await caller.code('0201', deferred)).toBe('00');
    expect(await caller.code('0200', { ...cardRequest({ stan: 2, amount: 45_051 }), 48: 'DEFERRED' })).toBe('51');
    expect(await caller.code('0200', cardRequest({ stan: 3, amount: 45_000 }))).toBe('00');
    expect(marking.host.statement('TERM0001').map(({ operation }) => operation)).toEqual(['deferred', 'sale']);
    caller.close();
    await marking.host.stop();
  });
});

describe('with an issuer', () => {
  const asked: string[] = [];
  const issuer: CardIssuer = {
    verifyCryptogram: (pan, panSequence, iccData) => {
      asked.push(`${String.fromCharCode(...pan.subarray(-4))} ${panSequence} ${iccData}`);
      return iccData === '9F2601AA' ? 'valid' : 'invalid';
    },
    issuerAuthenticationData: (_pan, _sequence, _iccData, approved, responseCode) =>
      approved ? `AABB${responseCode}` : undefined,
    issuerScripts: () => '72029F18',
  };

  it('declines a wrong cryptogram and books nothing, and is recognised by the card otherwise', async () => {
    const verifying = await startHost({ issuer });
    const caller = await RawTerminal.connected(verifying.port);
    const genuine = { ...cardRequest({ stan: 1, amount: 45_000 }), 23: '001', 55: '9F2601AA' };
    expect(await caller.code('0200', { ...genuine, 55: '9F2601AB' })).toBe('05');
    expect(await caller.code('0100', { ...genuine, 55: '9F2601AB' })).toBe('05');
    expect(await caller.code('0200', { ...genuine, 3: '200000', 55: '9F2601AB' })).toBe('05');
    expect(await caller.code('0200', { ...genuine, 55: 'no hex' })).toBe('30');
    expect(verifying.host.statement('TERM0001')).toEqual([]);
    expect(asked[0]).toBe('0018 01 9F2601AB');
    const approval = await caller.ask('0200', genuine);
    expect([approval?.text(39), approval?.text(55)]).toEqual(['00', '9103AABB0072029F188A023030']);
    const declined = await caller.ask('0200', { ...genuine, 4: '000000045051', 11: '000002' });
    expect([declined?.text(39), declined?.text(55)]).toEqual(['51', '8A023531']);
    const advice = { ...cardRequest({ stan: 3, amount: 45_000 }), 39: 'Y1', 55: '9F2601AB' };
    expect(await caller.code('0220', advice)).toBe('00');
    expect(verifying.logged.join('\n')).toContain('wrong cryptogram');
    caller.close();
    await verifying.host.stop();
  });
});

describe('the ledger file', () => {
  let folder: string;
  let ledgerFile: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'cham-acquirer-'));
    ledgerFile = path.join(folder, 'ledger.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('of the time of sales only is read on, and its sales go on', async () => {
    const old = {
      key: 'TERM0001/000106/1121031500/1121/101500/000000045000/704',
      responseCode: '00',
      reversed: false,
      sale: {
        stan: 106,
        amount: 45_000,
        currency: 'VND',
        rrn: '112103000001',
        approvalCode: 'T00001',
        maskedPan: '970400******0018',
        terminalId: 'TERM0001',
        at: clock.now(),
      },
    };
    const unseen = { key: 'TERM0001/000107/1121031500/1121/101500/000000045000/704', responseCode: '94' };
    writeFileSync(ledgerFile, `${JSON.stringify(old)}\n${JSON.stringify({ ...unseen, reversed: true, sale: null })}\n`);
    const opened = await startHost({ ledgerFile });
    const caller = await RawTerminal.connected(opened.port);
    expect(await caller.code('0200', cardRequest({ stan: 107, amount: 45_000 }))).toBe('94');
    const again = await caller.ask('0201', cardRequest({ stan: 106, amount: 45_000 }));
    expect(again?.text(37)).toBe('112103000001');
    const named = originalOf('0200', again);
    expect(await caller.code('0200', followUp({ stan: 108, amount: 45_000 }, named, '020000'))).toBe('00');
    expect(opened.host.statement('TERM0001', 1)).toMatchObject([{ stan: 106, state: 'voided', batch: 1 }]);
    caller.close();
    await opened.host.stop();
  });

  it('brings back every state and every closed batch', async () => {
    const before = await startHost({ ledgerFile });
    const caller = await RawTerminal.connected(before.port);
    const sale = await caller.ask('0200', cardRequest({ stan: 1, amount: 45_000 }));
    await caller.ask('0200', followUp({ stan: 2, amount: 45_000 }, originalOf('0200', sale), '020000'));
    const held = await caller.ask('0100', cardRequest({ stan: 3, amount: 50_000 }));
    await caller.ask('0220', followUp({ stan: 4, amount: 40_000 }, originalOf('0100', held), '000000', '06'));
    const refund = refundRequest({ stan: 5, amount: 5_000 });
    await caller.ask('0200', refund);
    await caller.ask('0400', reversalOf('0200', refund));
    const columns = [
      [0, 0],
      [0, 0],
      [2, 85_000],
      [1, 45_000],
    ] as const;
    expect(await caller.code('0500', reconciliation(6, columns))).toBe('00');
    await caller.ask('0200', cardRequest({ stan: 7, amount: 45_000, batch: 1 }));
    const statement = before.host.statement('TERM0001');
    caller.close();
    await before.host.stop();

    const after = await startHost({ ledgerFile });
    expect(after.host.statement('TERM0001')).toEqual(statement);
    expect(statement.map(({ state, batch }) => `${state} ${batch}`)).toEqual([
      'voided 1',
      'completed 1',
      'booked 1',
      'reversed 1',
      'booked 2',
    ]);
    const later = await RawTerminal.connected(after.port);
    expect(await later.code('0501', reconciliation(6, columns))).toBe('00');
    later.close();
    await after.host.stop();
    expect(readFileSync(ledgerFile, 'utf8')).not.toContain(pans.napas);
  });
});
