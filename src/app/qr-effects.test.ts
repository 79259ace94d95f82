/** What becomes of an effect at the QR provider: exactly one input, or none where nothing waits for it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { epochMs, transactionId } from '../core/base/brand.ts';
import { money } from '../core/base/money.ts';
import { err, fault, ok } from '../core/base/result.ts';
import type { Input } from '../core/transaction/inputs.ts';
import { emptyTerminal } from '../core/transaction/state.ts';
import { askProvider, type QrEffect } from './qr-effects.ts';

type Parts = Parameters<typeof askProvider>[1];

const id = transactionId('S-1');
const order = { reference: 'CH7K3QW9TX', expiresAt: epochMs(1_700_000_180_000) };
const cancel: QrEffect = { type: 'CancelQr', transactionId: id, order, timeoutMs: 1000 };
const transfer = {
  providerTransactionId: 'FT1',
  bankBin: '970436',
  account: '1017595600',
  amount: money(45_000, 'VND'),
  memo: order.reference,
  paidAt: epochMs(1),
};

let inputs: Input[];
let pauses: number[];
let asked: string[];
let stop: AbortController;

function never(): never {
  throw new Error('not asked for that');
}

function parts(over: Partial<Parts['provider']>): Parts {
  return {
    provider: { issue: never, query: never, cancel: never, refund: never, queryRefund: never, ...over },
    clock: {
      now: () => epochMs(0),
      monotonicMs: () => 0,
      after: (delayMs, callback) => {
        pauses.push(delayMs);
        queueMicrotask(callback);
        return () => {};
      },
    },
    log: { write: () => {} },
    signal: stop.signal,
    state: () => emptyTerminal,
    handle: (input) => inputs.push(input),
  };
}

beforeEach(() => {
  [inputs, pauses, asked, stop] = [[], [], [], new AbortController()];
});

describe('a code that is given up', () => {
  it.each(['cancelled', 'unknown'] as const)('%s: nothing more is asked, and nothing said', async (reply) => {
    await askProvider(cancel, parts({ cancel: () => Promise.resolve(ok(reply)) }));
    expect([inputs, pauses]).toEqual([[], []]);
  });

  it('was paid before it could be withdrawn: what came is read and takes the way of any transfer', async () => {
    const query: Parts['provider']['query'] = (reference, { expiresAt }) => {
      asked.push(`${reference} ${expiresAt}`);
      return Promise.resolve(ok([transfer]));
    };
    await askProvider(cancel, parts({ cancel: () => Promise.resolve(ok('paid')), query }));
    expect(asked).toEqual([`${order.reference} ${order.expiresAt}`]);
    expect(inputs).toEqual([{ type: 'PaymentNotified', transfer }]);
  });

  it('is tried again a few times and then left to run out; a clear no is not tried again', async () => {
    const fails = (kind: 'noReply' | 'refused'): Parts =>
      parts({
        cancel: () => {
          asked.push(kind);
          return Promise.resolve(err(fault(kind, kind, true)));
        },
      });
    await askProvider(cancel, fails('noReply'));
    expect([asked.length, pauses, inputs]).toEqual([3, [2000, 15_000], []]);
    asked = [];
    await askProvider(cancel, fails('refused'));
    expect(asked).toHaveLength(1);
  });

  it('ends with the terminal', async () => {
    const unheard = parts({ cancel: () => Promise.resolve(err(fault('noReply', 'no reply', true))) });
    const waits: Parts = { ...unheard, clock: { ...unheard.clock, after: () => () => asked.push('timer ended') } };
    const ended = askProvider(cancel, waits);
    await Promise.resolve();
    stop.abort();
    await ended;
    expect(inputs).toEqual([]);
  });
});

it('money is asked for as it was journaled, or not at all', async () => {
  const request = {
    refundId: 'RF1',
    order,
    providerTransactionId: 'FT1',
    amount: money(1, 'VND'),
    paid: money(1, 'VND'),
    requestedAt: epochMs(1),
  };
  const effect: QrEffect = { type: 'RefundQr', transactionId: id, attempt: 1, request, timeoutMs: 1000 };
  await expect(askProvider(effect, parts({}))).rejects.toThrow(/is what was journaled/);
});
