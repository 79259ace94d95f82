/** The batch machine, given/when/then: what a closed batch asks of the host, and what becomes of every answer. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transactionId } from '../base/brand.ts';
import type { HostTotals } from '../transaction/model.ts';
import { batchTransitions } from './batch-transitions.ts';
import type { BatchInput, SettlementInput } from './events.ts';
import { closingPhases, nextBatchNumber } from './model.ts';
import { Batches, cardEntry, closeByPerson, vnd } from './test-kit.ts';
import { hostTotals } from './totals.ts';

const ours: HostTotals = hostTotals([cardEntry(1, 45_000), cardEntry(2, 30_000, { voided: true })]);
const theirs: HostTotals = { ...ours, debits: { count: 1, minorUnits: 45_000 } };

const reply = (stan: number, responseCode: string, hostTotals?: HostTotals, attempt = 1): SettlementInput => ({
  type: 'ReconciliationReply',
  batch: 1,
  stan,
  attempt,
  reply: hostTotals === undefined ? { responseCode } : { responseCode, hostTotals },
});
const uploaded = (stan: number, responseCode = '00', attempt = 1): SettlementInput => ({
  type: 'UploadReply',
  batch: 1,
  stan,
  attempt,
  responseCode,
});
const cash = (stan: number, minorUnits: number, kind: 'sale' | 'refund' = 'sale') =>
  ({ batch: 1, method: 'cash', scheme: '', entry: cardEntry(stan, minorUnits, { kind }) }) as const;
const timer: SettlementInput = { type: 'BatchTimerFired', batch: 1 };
const released: SettlementInput = { type: 'BatchReleased', batch: 1 };

/** One sale and one voided sale in batch 1. */
const traded = () => new Batches().card(1, 45_000).card(2, 30_000).voided(2);
const reconciling = () => traded().when(closeByPerson);
/** Two uploadable entries: 1 and 3. */
const uploading = () => traded().card(3, 20_000).when(closeByPerson, reply(101, '95'));

describe('closing', () => {
  it('asks the host with our totals, and new sales go into the next batch at once', () => {
    const batches = reconciling();
    expect(batches.effects).toEqual([
      {
        type: 'SendReconciliation',
        timeoutMs: 30_000,
        request: { batch: 1, stan: 101, requestedAt: batches.at, totals: ours, afterUpload: false, attempt: 1 },
      },
    ]);
    batches.card(9, 1000);
    expect(batches.state.open).toMatchObject({ number: 2, opened: { businessDate: '2027-01-15' } });
    expect(batches.state.open.bookings).toHaveLength(1);
    expect(batches.closing().bookings).toHaveLength(2);
  });

  it('asked twice closes once', () => {
    const batches = reconciling().when(closeByPerson);
    expect(batches.last).toEqual({ kind: 'ignored', why: 'batch 1 is closed already' });
    expect(batches.state.open.number).toBe(2);
  });

  it('cut-over opens the next business date; a person closing twice a day keeps the date', () => {
    const batches = traded().later(24 * 3_600_000);
    batches.when({ type: 'CloseBatch', batch: 1, because: 'cutOver', by: null });
    expect(batches.closing().businessDate).toBe('2027-01-15');
    expect(batches.state.open.opened?.businessDate).toBe('2027-01-16');
    batches.when({ type: 'CloseBatch', batch: 2, because: 'person', by: 'Lan' });
    expect(batches.state.open.opened?.businessDate).toBe('2027-01-16');
  });

  it('without cards there is nothing to ask the host', () => {
    const entry = { ...cardEntry(5, 12_000), transactionId: transactionId('S-5') };
    const batches = new Batches().booked({ batch: 1, method: 'qr', scheme: 'VietQR', entry }).when(closeByPerson);
    expect(batches.effects).toEqual([]);
    expect(batches.settled()).toMatchObject({ balance: 'noCards', totals: null, hostTotals: null });
    expect(batches.settled().lines).toEqual([
      {
        method: 'qr',
        scheme: 'VietQR',
        kind: 'sale',
        booked: { count: 1, minorUnits: 12_000 },
        voided: { count: 0, minorUnits: 0 },
      },
    ]);
  });

  it('the cash count keeps what was expected and what was there, and what stays is the next float', () => {
    const batches = new Batches()
      .booked(cash(1, 100_000))
      .booked(cash(2, 30_000, 'refund'))
      .booked(cash(3, 5000));
    batches.voided(3).when({ ...closeByPerson, countedCash: vnd(68_000), nextFloat: vnd(50_000) } as SettlementInput);
    expect(batches.settled().cash).toEqual({ expected: vnd(70_000), counted: vnd(68_000) });
    expect(batches.state.open.opened?.float).toEqual(vnd(50_000));
    batches.when({ type: 'CloseBatch', batch: 2, because: 'cutOver', by: null });
    expect(batches.state.open.opened?.float).toEqual(vnd(50_000));
  });

  it('waits while anything of it is in question, and takes what comes of that', () => {
    const batches = traded();
    batches.questions = 1;
    batches.when(closeByPerson);
    expect([batches.closing().phase, batches.effects]).toEqual(['waiting', []]);
    batches.when(released).restart().when(timer);
    expect(batches.closing().phase).toBe('waiting');
    batches.booked({ batch: 1, method: 'card', scheme: 'VISA', entry: cardEntry(7, 5000) }).voided(1);
    batches.questions = 0;
    batches.when(released);
    expect(batches.effects).toMatchObject([
      { request: { totals: { debits: { count: 3, minorUnits: 80_000 }, debitReversals: { count: 2 } } } },
    ]);
  });

  it('a void that the host confirms after the totals were sent changes nothing that was told', () => {
    const batches = traded().when(closeByPerson);
    const before = batches.closing();
    batches.voided(1);
    expect(batches.closing()).toEqual(before);
    batches.when(reply(101, '00')).voided(1);
    expect(batches.settled().totals).toEqual(ours);
  });

  it('two batches may be on their way at once', () => {
    const batches = reconciling().card(9, 1000);
    batches.when({ type: 'CloseBatch', batch: 2, because: 'person', by: null });
    expect([...batches.state.closing.keys()]).toEqual([1, 2]);
    batches.when(reply(101, '00'));
    expect([...batches.state.closing.keys()]).toEqual([2]);
  });
});

describe('reconciling', () => {
  it('00 settles in balance', () => {
    const batches = reconciling().when(reply(101, '00'));
    expect(batches.settled()).toMatchObject({ balance: 'inBalance', totals: ours, hostTotals: null, by: 'Lan' });
    expect(batches.state.closing.size).toBe(0);
  });

  it('00 with other totals than ours is not agreement', () => {
    expect(
      reconciling()
        .when(reply(101, '00', theirs))
        .closing().phase,
    ).toBe('uploading');
    expect(
      reconciling()
        .when(reply(101, '00', ours))
        .settled().balance,
    ).toBe('inBalance');
  });

  it('unanswered is asked again for ever, later and later, with the same STAN and time', () => {
    const batches = reconciling();
    const first = batches.at;
    const gaps: number[] = [];
    for (let attempt = 1; attempt <= 40; attempt += 1) {
      batches.when({ type: 'ReconciliationUnanswered', batch: 1, stan: 101, attempt, detail: 'no reply in 30 s' });
      const due = batches.closing().request?.nextTryAt ?? 0;
      gaps.push(due - batches.at);
      expect(batches.effects).toEqual([{ type: 'StartBatchTimer', timer: 'batchRetry', batch: 1, dueAt: due }]);
      batches.later(due - batches.at).when(timer);
      expect(batches.effects).toMatchObject([
        { type: 'SendReconciliation', request: { stan: 101, requestedAt: first, attempt: attempt + 1, totals: ours } },
      ]);
    }
    expect(gaps.slice(0, 6)).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(batches.when(reply(101, '00', undefined, 41)).settled().balance).toBe('inBalance');
  });

  it.each(['91', '96', '30', '12'])('%s is no verdict: asked again', (code) => {
    const batches = reconciling().when(reply(101, code));
    expect(batches.closing()).toMatchObject({
      phase: 'reconciling',
      request: { trouble: `the host answered ${code}`, waitUntil: null },
    });
  });

  it('a timer never doubles an attempt that is under way', () => {
    expect(reconciling().when(timer).last.kind).toBe('ignored');
  });

  it('an answer to another request or an earlier attempt is no verdict', () => {
    expect(reconciling().when(reply(99, '00')).last.kind).toBe('ignored');
    const repeated = reconciling().restart();
    expect(repeated.when(reply(101, '00')).last.kind).toBe('ignored');
    expect(repeated.when(reply(101, '00', undefined, 2)).last.kind).toBe('act');
  });
});

describe('batch upload', () => {
  it('uploads one entry at a time, without the voided one, then asks again and settles', () => {
    const batches = uploading();
    expect(batches.effects).toMatchObject([{ type: 'UploadEntry', request: { stan: 102, entry: { stan: 1 } } }]);
    batches.when(uploaded(102));
    expect(batches.effects).toMatchObject([{ type: 'UploadEntry', request: { stan: 103, entry: { stan: 3 } } }]);
    batches.when(uploaded(103, '94'));
    expect(batches.effects).toMatchObject([{ type: 'SendReconciliation', request: { stan: 104, afterUpload: true } }]);
    batches.when(reply(104, '00'));
    expect(batches.settled()).toMatchObject({ balance: 'inBalance', refused: [] });
    expect(batches.types()).toEqual([
      'BatchOpened',
      'BatchClosed',
      'ReconciliationRequested',
      'BatchOutOfBalance',
      'EntryUploadRequested',
      'EntryUploaded',
      'EntryUploadRequested',
      'EntryUploaded',
      'ReconciliationRequested',
      'BatchSettled',
    ]);
  });

  it('what still differs is settled with both totals', () => {
    const batches = uploading().when(uploaded(102), uploaded(103), reply(104, '95', theirs));
    expect(batches.settled()).toMatchObject({
      balance: 'differs',
      totals: { debits: { count: 3, minorUnits: 95_000 } },
      hostTotals: theirs,
    });
  });

  it('an entry that was not answered is repeated as itself before the next', () => {
    const batches = uploading();
    const since = batches.at;
    batches.when({ type: 'UploadUnanswered', batch: 1, stan: 102, attempt: 1, detail: 'link lost' });
    expect(batches.closing().request).toMatchObject({ trouble: 'link lost', nextTryAt: since + 5000 });
    batches.later(5000).when(timer);
    expect(batches.effects).toMatchObject([
      { type: 'UploadEntry', request: { stan: 102, requestedAt: since, attempt: 2, entry: { stan: 1 } } },
    ]);
    batches.when(uploaded(102, '91', 2));
    expect(batches.closing().request?.trouble).toBe('the host answered 91');
  });

  it('an entry the host will not have does not hold up the rest, and is kept', () => {
    const batches = uploading().when(uploaded(102, '12'), uploaded(103), reply(104, '95'));
    expect(batches.settled()).toMatchObject({
      balance: 'differs',
      hostTotals: null,
      refused: [{ transactionId: 'S-1', responseCode: '12' }],
    });
  });

  it('when everything was voided there is nothing to upload', () => {
    const batches = new Batches().card(1, 1000).voided(1).when(closeByPerson, reply(101, '95'));
    expect(batches.effects).toMatchObject([{ type: 'SendReconciliation', request: { afterUpload: true } }]);
  });
});

describe('restart', () => {
  it('repeats whatever was under way, as a repeat', () => {
    expect(reconciling().restart().effects).toMatchObject([
      { type: 'SendReconciliation', request: { stan: 101, attempt: 2, afterUpload: false } },
    ]);
    expect(uploading().restart().effects).toMatchObject([
      { type: 'UploadEntry', request: { stan: 102, attempt: 2, entry: { stan: 1 } } },
    ]);
    expect(uploading().when(uploaded(102), uploaded(103)).restart().effects).toMatchObject([
      { type: 'SendReconciliation', request: { stan: 104, attempt: 2, afterUpload: true } },
    ]);
  });
});

describe('the table', () => {
  const inputs: readonly BatchInput['type'][] = [
    'ReconciliationReply',
    'ReconciliationUnanswered',
    'UploadReply',
    'UploadUnanswered',
    'BatchTimerFired',
    'BatchInterrupted',
    'BatchReleased',
  ];

  it.each(closingPhases)('%s has one cell for every input', (phase) => {
    expect(Object.keys(batchTransitions[phase]).sort()).toEqual([...inputs].sort());
  });

  it('whatever happens in whatever order, a batch is settled once and nothing in it is lost', () => {
    const kind = fc.constantFrom(...inputs);
    const code = fc.constantFrom('00', '95', '91', '94', '12');
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, code, fc.boolean()), { maxLength: 60 }), (steps) => {
        const batches = uploading();
        for (const [type, responseCode, power] of steps) {
          if (power) batches.restart();
          const request = batches.state.closing.get(1)?.request;
          const { stan = 0, attempt = 0 } = request ?? {};
          const of = { batch: 1, stan, attempt };
          if (type === 'ReconciliationReply') batches.when({ type, ...of, reply: { responseCode } });
          else if (type === 'UploadReply') batches.when({ type, ...of, responseCode });
          else if (type === 'BatchTimerFired' || type === 'BatchInterrupted' || type === 'BatchReleased') {
            batches.when({ type, batch: 1 });
          } else batches.when({ type, ...of, detail: 'x' });
        }
        const settled = batches.state.settled.length;
        expect(settled + batches.state.closing.size).toBe(1);
        expect(batches.types().filter((type) => type === 'BatchSettled')).toHaveLength(settled);
        const uploads = batches.events.flatMap((event) => (event.type === 'EntryUploaded' ? event.transactionId : []));
        expect(new Set(uploads).size).toBe(uploads.length);
        if (settled === 1) expect(batches.settled().totals?.debits).toEqual({ count: 3, minorUnits: 95_000 });
      }),
    );
  });
});

describe('batch numbers', () => {
  it('go round after 999999 and pass over a batch that is not settled yet', () => {
    const { state } = reconciling();
    expect(nextBatchNumber({ ...state, open: { ...state.open, number: 999_999 } })).toBe(2);
    expect(nextBatchNumber({ ...state, closing: new Map(), open: { ...state.open, number: 999_999 } })).toBe(1);
  });
});
