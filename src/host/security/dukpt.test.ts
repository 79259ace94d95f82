/** DUKPT beyond the official vectors: the counters to their end, and what is refused. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aesInitialKey, aesTransactionKey, aesUpdateKey, aesWorkingKey, nextAesKsn } from './dukpt-aes.ts';
import { nextTdesKsn, tdesInitialKey, tdesTransactionKey, tdesWorkingKey } from './dukpt-tdes.ts';
import { nextCounter, oneBits, setBits } from './transaction-counter.ts';

const key = Buffer.from('00112233445566778899AABBCCDDEEFF', 'hex');
const tdesKsn = (counter: string): Buffer => Buffer.from(`FFFF98765432${counter}`, 'hex');
const aesKsn = (counter: string): Buffer => Buffer.from(`1234567890123456${counter}`, 'hex');

function fails(kind: string): object {
  return { ok: false, fault: { kind, retrySafe: false } };
}

describe('transaction counters', () => {
  it('TDES: all 1 048 575 transactions of a device, then the end', () => {
    let count = 0;
    let last = 0;
    for (let next = nextCounter(0, 10, 0x1ff800); next !== undefined; next = nextCounter(next, 10, 0x1ff800)) {
      count += 1;
      last = next;
    }
    // The sum of the binomials (21 over 1) to (21 over 10), as X9.24-1 A.3 states ("over one million").
    expect(count).toBe(1_048_575);
    expect(last).toBe(0x1ff800);
  });

  it('leave out no counter that is allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xfffeffff }), (counter) => {
        const next = nextCounter(counter, 16, 0xffff0000);
        if (next === undefined) throw new Error('ended too early');
        expect(next).toBeGreaterThan(counter);
        expect(oneBits(next)).toBeLessThanOrEqual(16);
        for (let between = counter + 1; between < Math.min(next, counter + 200); between += 1) {
          expect(oneBits(between)).toBeGreaterThan(16);
        }
      }),
    );
  });

  it('bits of a counter add up to it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (counter) => {
        const bits = setBits(counter);
        expect(bits.reduce((sum, bit) => sum + bit, 0)).toBe(counter);
        expect(bits).toHaveLength(oneBits(counter));
      }),
    );
  });
});

describe('DUKPT with TDES', () => {
  it('counts on without touching the rest of the KSN, and stops at the end', () => {
    expect(nextTdesKsn(tdesKsn('10E00007'))).toEqual({ ok: true, value: tdesKsn('10E00008') });
    // 0x7FE has ten bits and 0x7FF eleven.
    expect(nextTdesKsn(tdesKsn('10E007FE'))).toEqual({ ok: true, value: tdesKsn('10E00800') });
    expect(nextTdesKsn(tdesKsn('10FFF800'))).toMatchObject(fails('counterExhausted'));
    expect(nextTdesKsn(tdesKsn('10FFFFFF'))).toMatchObject(fails('counterExhausted'));
  });

  it('has no key for a counter that cannot be', () => {
    for (const counter of ['10E00000', '10E007FF', '10FFFFFF', '10FFF801']) {
      expect(tdesTransactionKey(key, tdesKsn(counter))).toMatchObject(fails('ksn'));
    }
    expect(tdesTransactionKey(key, tdesKsn('10FFF800')).ok).toBe(true);
  });

  it('refuses keys and serial numbers of the wrong length', () => {
    expect(tdesInitialKey(key.subarray(1), tdesKsn('10E00000'))).toMatchObject(fails('keyLength'));
    expect(tdesInitialKey(key, aesKsn('00000001'))).toMatchObject(fails('ksn'));
    expect(tdesTransactionKey(Buffer.alloc(24), tdesKsn('10E00001'))).toMatchObject(fails('keyLength'));
    expect(tdesWorkingKey(Buffer.alloc(8), 'pin')).toMatchObject(fails('keyLength'));
    expect(nextTdesKsn(Buffer.alloc(9))).toMatchObject(fails('ksn'));
  });

  it('derives an initial key that does not depend on the counter, and never changes its inputs', () => {
    const [bdk, ksn] = [Buffer.from(key), tdesKsn('10E00005')];
    expect(tdesInitialKey(bdk, ksn)).toEqual(tdesInitialKey(bdk, tdesKsn('10E00000')));
    tdesTransactionKey(bdk, ksn);
    expect([bdk, ksn]).toEqual([key, tdesKsn('10E00005')]);
  });

  it('gives each use its own key', () => {
    const uses = ['pin', 'macRequest', 'macResponse', 'dataRequest', 'dataResponse'] as const;
    const keys = uses.map((use) => JSON.stringify(tdesWorkingKey(key, use)));
    expect(new Set(keys).size).toBe(uses.length);
  });
});

describe('DUKPT with AES', () => {
  it('counts on, over the gap of counters with too many bits, and stops at the end', () => {
    expect(nextAesKsn(aesKsn('0001FFFE'))).toEqual({ ok: true, value: aesKsn('00020000') });
    expect(nextAesKsn(aesKsn('FFFE8000'))).toEqual({ ok: true, value: aesKsn('FFFF0000') });
    expect(nextAesKsn(aesKsn('FFFF0000'))).toMatchObject(fails('counterExhausted'));
    expect(nextAesKsn(aesKsn('FFFFFFFF'))).toMatchObject(fails('counterExhausted'));
  });

  it('has no key for a counter that cannot be', () => {
    for (const counter of ['00000000', '0001FFFF', 'FFFF0001', 'FFFFFFFF']) {
      expect(aesTransactionKey(key, aesKsn(counter))).toMatchObject(fails('ksn'));
    }
  });

  it('refuses keys and serial numbers of the wrong length', () => {
    expect(aesInitialKey(key.subarray(1), aesKsn(''))).toMatchObject(fails('keyLength'));
    expect(aesInitialKey(key, aesKsn('00000001'))).toMatchObject(fails('ksn'));
    expect(aesTransactionKey(key, tdesKsn('10E00001'))).toMatchObject(fails('ksn'));
    expect(aesUpdateKey(Buffer.alloc(8), aesKsn(''), 'aes128')).toMatchObject(fails('keyLength'));
    expect(nextAesKsn(Buffer.alloc(10))).toMatchObject(fails('ksn'));
  });

  it('derives no key that is stronger than its own', () => {
    const ksn = aesKsn('00000001');
    for (const type of ['aes192', 'aes256', 'hmac192', 'hmac256'] as const) {
      expect(aesWorkingKey(key, ksn, 'macBoth', type)).toMatchObject(fails('keyType'));
    }
    expect(aesUpdateKey(key, aesKsn(''), 'aes256')).toMatchObject(fails('keyType'));
    const lengths = { tdes128: 16, tdes192: 24, aes128: 16, hmac128: 16 } as const;
    for (const [type, length] of Object.entries(lengths)) {
      const derived = aesWorkingKey(key, ksn, 'dataBoth', type as keyof typeof lengths);
      expect(derived.ok && derived.value.length, type).toBe(length);
    }
    const strong = aesWorkingKey(Buffer.alloc(32, 1), ksn, 'macBoth', 'aes256');
    expect(strong.ok && strong.value.length).toBe(32);
  });

  it('works with longer base keys and keeps their length on the way', () => {
    for (const length of [24, 32]) {
      const initial = aesInitialKey(Buffer.alloc(length, 9), aesKsn(''));
      if (!initial.ok) throw new Error('refused');
      const transaction = aesTransactionKey(initial.value, aesKsn('FFFF0000'));
      expect([initial.value.length, transaction.ok && transaction.value.length]).toEqual([length, length]);
    }
  });
});
