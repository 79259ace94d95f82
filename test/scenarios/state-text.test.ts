/**
 * Snapshots: the state as text and back, and the rule for `foldVersion`. A snapshot made by an earlier version of the
 * program must not be read as if this version had folded the journal.
 */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { transactionId } from '../../src/core/base/brand.ts';
import { canonicalJson } from '../../src/store/canonical.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { decodeState, encodeState, foldVersion } from '../../src/core/transaction/state-text.ts';
import { phases } from '../../src/core/transaction/state.ts';
import { closeBatch, completed, offline, reach, Scenario, started } from './given.ts';

/** One sale for each phase there is, one after the other, over a closed batch. */
function everything(): Scenario {
  const s = new Scenario({ offline: { ...offline, maxPerCard: 99, maxCount: 99 } }).when(started);
  for (const [n, phase] of phases.entries()) {
    const own = transactionId(`S-${phase}`);
    for (const input of reach[phase]) {
      const stan = s.state.lastStan;
      const renamed = JSON.parse(
        JSON.stringify(input)
          .replaceAll('S-TEST1', own)
          .replaceAll('CHTEST0001', `CHTEST00${10 + n}`),
      ) as Input;
      const fitted = {
        ...renamed,
        ...('key' in renamed ? { key: `key-${n}` } : {}),
        ...('stan' in renamed ? { stan } : {}),
        ...('about' in renamed ? { about: { reason: 'transfer', transferId: `FT-${n}` } as const } : {}),
        ...('transfer' in renamed ? { transfer: { ...renamed.transfer, providerTransactionId: `FT-${n}` } } : {}),
      };
      s.when(fitted);
    }
    if (n === 8) s.when(closeBatch);
    s.when({ type: 'CancelSale', transactionId: own }, { type: 'AcceptPartial', transactionId: own });
    s.when({ type: 'QueryAnswered', transactionId: own, attempt: 2, transfers: [] });
    // What would keep the screen from the next one ends.
    const reply = { responseCode: '00', approvalCode: 'A1B2C3' };
    s.when({ type: 'HostReply', transactionId: own, stan: s.state.lastStan, reply });
    s.when({ ...completed('approved'), transactionId: own });
    s.when({ type: 'CardNotStored', transactionId: own, detail: 'disk full' });
    s.when({ type: 'CloseSale', transactionId: own });
  }
  return s;
}

it('comes back as it was', () => {
  const { state } = everything();
  expect(decodeState(encodeState(state))).toEqual(state);
  expect(state.transactions.size).toBe(phases.length);
  expect(state.outbox.size).toBeGreaterThan(0);
  expect(state.inQuestion.size).toBeGreaterThan(0);
  expect(state.settlement.closing.size + state.settlement.settled.length).toBeGreaterThan(0);
});

it('folds on from a snapshot to the same state as from the beginning', () => {
  const s = everything();
  const half = new Scenario();
  half.events.push(...s.events.slice(0, 40));
  half.at = s.at;
  const middle = decodeState(encodeState(half.fold()));
  const rest = new Scenario();
  rest.events.push(...s.events.slice(40));
  rest.at = s.at;
  expect(rest.fold(middle)).toEqual(s.state);
});

it('has a fold version of its own: whoever changes what a journal folds to raises it', () => {
  const { state } = everything();
  const sum = createHash('sha256')
    .update(canonicalJson(JSON.parse(encodeState(state))))
    .digest('hex');
  // When this fails: raise foldVersion, teach decodeState the version before it, and write both down here.
  expect([foldVersion, sum.slice(0, 16)]).toEqual([5, 'e7583795aaa3a5da']);
});

it('reads what version 1 has written: its transactions knew no last word of an inserted card', () => {
  const { state } = everything();
  const packed = JSON.parse(encodeState(state)) as {
    transactions: [string, Record<string, unknown>][];
    payouts?: unknown;
    qrProviderSince?: unknown;
  };
  delete packed.payouts;
  delete packed.qrProviderSince;
  for (const [, transaction] of packed.transactions) {
    delete transaction['hostAnswer'];
    delete transaction['cardCompletion'];
    delete transaction['aside'];
    delete transaction['unverified'];
    delete transaction['providerRefund'];
    delete transaction['presentment'];
  }
  const read = decodeState(JSON.stringify(packed));
  for (const transaction of read.transactions.values()) {
    expect(transaction).toMatchObject({ hostAnswer: null, cardCompletion: null, aside: false, presentment: 'card' });
  }
  expect(read.payouts.size).toBe(0);
  expect(read.qrProviderSince).toBe(0);
  // Nothing else is touched: the fold goes on from it.
  const own = transactionId('S-approved');
  expect(read.transactions.get(own)).toEqual(state.transactions.get(own));
});
