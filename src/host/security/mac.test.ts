/** MACs beyond the official vectors: what is refused, what truncation keeps, and that comparison sees every bit. */
import { createCipheriv } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aes, knownAes } from './aes.ts';
import { kcvMatches, keyCheckValue, usualKcvMethod } from './key-check-value.ts';
import { cbcMac, cmac, hmacSha256, padForMac, retailMac } from './mac.ts';
import { equalInConstantTime, wipe, xor } from './secret-bytes.ts';
import { knownTdes, tdes } from './tdes.ts';

const doubleKey = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
/** Key of RFC 4493 section 4. */
const aesKey = Buffer.from('2B7E151628AED2A6ABF7158809CF4F3C', 'hex');

describe('ciphers', () => {
  it('refuse keys of any other length', () => {
    for (let length = 0; length <= 40; length += 1) {
      expect(tdes(Buffer.alloc(length)).ok).toBe([8, 16, 24].includes(length));
      expect(aes(Buffer.alloc(length)).ok).toBe([16, 24, 32].includes(length));
    }
    expect(tdes(Buffer.alloc(7))).toMatchObject({ fault: { kind: 'keyLength' } });
  });

  it('give back what they encrypted, in both modes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8, 16, 24),
        fc.uint8Array({ minLength: 24, maxLength: 24 }),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.integer({ min: 1, max: 5 }),
        (length, key, iv, blocks) => {
          const cipher = knownTdes(Buffer.from(key).subarray(0, length));
          const data = Buffer.alloc(blocks * 8, iv);
          expect(cipher.decryptEcb(cipher.encryptEcb(data))).toEqual(data);
          expect(cipher.decryptCbc(iv, cipher.encryptCbc(iv, data))).toEqual(data);
        },
      ),
    );
  });

  it('leave the key as it was, and follow it when the owner wipes it', () => {
    const key = Buffer.from(doubleKey.subarray(0, 8));
    const cipher = knownTdes(key);
    const before = cipher.encryptEcb(Buffer.alloc(8));
    expect(key).toEqual(doubleKey.subarray(0, 8));
    wipe(key);
    expect(key).toEqual(Buffer.alloc(8));
    expect(cipher.encryptEcb(Buffer.alloc(8))).not.toEqual(before);
  });

  it('take whole blocks only', () => {
    for (const length of [0, 7, 9])
      expect(() => knownTdes(doubleKey).encryptEcb(Buffer.alloc(length))).toThrow(/whole blocks/);
  });
});

describe('MACs', () => {
  it('refuse a key of the wrong length', () => {
    for (const length of [0, 8, 24]) {
      expect(retailMac(Buffer.alloc(length), Buffer.alloc(8), 1)).toMatchObject({ fault: { kind: 'keyLength' } });
    }
  });

  it('are the leftmost bytes when truncated, and never shorter than 4', () => {
    const data = Buffer.from('0200');
    expect(cmac(knownAes(aesKey), data, 8)).toEqual(cmac(knownAes(aesKey), data).subarray(0, 8));
    expect(hmacSha256(aesKey, data, 16)).toEqual(hmacSha256(aesKey, data).subarray(0, 16));
    expect(() => cbcMac(knownTdes(doubleKey), data, 1, 3)).toThrow(/no MAC of 3 bytes/);
    expect(() => retailMac(doubleKey, data, 1, 9)).toThrow(/no MAC of 9 bytes/);
  });

  it('do not change the message', () => {
    const data = Buffer.alloc(16, 7);
    cmac(knownAes(aesKey), data);
    expect(data).toEqual(Buffer.alloc(16, 7));
  });

  it("leave nothing of the message in Buffer's pool", () => {
    const text = 'nowhere else in this process';
    const data = Buffer.alloc(text.length, text);
    for (const padding of [1, 2, 3] as const) {
      cbcMac(knownTdes(doubleKey), data, padding);
      retailMac(doubleKey, data, padding);
    }
    cmac(knownAes(aesKey), data);
    hmacSha256(aesKey, data);
    expect(Buffer.from(Buffer.from('x').buffer).includes(data)).toBe(false);
  });

  it('with equal halves, the retail MAC is MAC algorithm 1', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(1 as const, 2 as const, 3 as const), (data, padding) => {
        const key = Buffer.from('8CA64DE9C1B123A78CA64DE9C1B123A7', 'hex');
        expect(retailMac(key, data, padding)).toEqual({ ok: true, value: cbcMac(knownTdes(key), data, padding) });
      }),
    );
  });

  it('differ for messages that differ in one bit, with every padding that keeps the length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (data, at) => {
        const changed = Buffer.from(data);
        const index = at % data.length;
        changed[index] = (changed[index] ?? 0) ^ 1;
        const cipher = knownTdes(doubleKey);
        for (const padding of [1, 2, 3] as const) {
          expect(cbcMac(cipher, changed, padding)).not.toEqual(cbcMac(cipher, data, padding));
        }
        expect(cmac(cipher, changed)).not.toEqual(cmac(cipher, data));
      }),
    );
  });

  it('padding is whole blocks, and methods 2 and 3 never give two messages the same padded form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (data, zeros) => {
        const longer = Buffer.concat([data, Buffer.alloc(zeros)]);
        for (const method of [1, 2, 3] as const) expect(padForMac(data, method, 8).length % 8).toBe(0);
        for (const method of [2, 3] as const)
          expect(padForMac(data, method, 8)).not.toEqual(padForMac(longer, method, 8));
      }),
    );
  });
});

describe('key check values', () => {
  it('TDES: three bytes of the encrypted zeros', () => {
    const cipher = knownTdes(doubleKey);
    expect(keyCheckValue(cipher, usualKcvMethod(cipher)).toString('hex')).toBe('08d7b4');
    expect(kcvMatches(cipher, 'encryption', '08D7B4')).toBe(true);
  });

  it('AES: five bytes of the CMAC of zeros', () => {
    const cipher = knownAes(aesKey);
    // RFC 4493 section 4, subkey K1: the CMAC of one whole block is the encryption of the block mixed with K1.
    const k1 = Buffer.from('fbeed618357133667c85e08f7236a8de', 'hex');
    const encrypted = createCipheriv('aes-128-ecb', aesKey, null).update(k1);
    expect(usualKcvMethod(cipher)).toBe('cmac');
    expect(keyCheckValue(cipher, 'cmac')).toEqual(encrypted.subarray(0, 5));
    expect(kcvMatches(cipher, 'cmac', encrypted.subarray(0, 3).toString('hex'))).toBe(true);
  });

  it('match nothing else', () => {
    const cipher = knownTdes(doubleKey);
    for (const wrong of ['', '08', '08D7', '08D7B5', '08D7B400', '08D7B', 'XXXXXX', '08D7B4FB629D0885']) {
      expect(kcvMatches(cipher, 'encryption', wrong), wrong).toBe(false);
    }
  });
});

describe('secret bytes', () => {
  it('compare as equality does, except that nothing equals nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 4 }), fc.uint8Array({ maxLength: 4 }), (a, b) => {
        expect(equalInConstantTime(a, b)).toBe(Buffer.from(a).equals(b));
        expect(equalInConstantTime(a, Uint8Array.from(a))).toBe(true);
      }),
    );
    expect(equalInConstantTime(Buffer.alloc(0), Buffer.alloc(0))).toBe(false);
  });

  it('xor undoes itself and wants equal lengths', () => {
    const mask = Buffer.from('00ff55aa', 'hex');
    const data = Buffer.from('12345678', 'hex');
    expect(xor(xor(data, mask), mask)).toEqual(data);
    expect(() => xor(data, Buffer.alloc(3))).toThrow(/4 and 3 bytes/);
  });
});
