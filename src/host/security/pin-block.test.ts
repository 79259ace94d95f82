/** PIN blocks: what the terminal passes on and refuses, and the laboratory's own blocks read back. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownAes } from './aes.ts';
import {
  clearPinBlock,
  decipherPinBlock4,
  encipherPinField4,
  pinField4,
  readClearPinBlock,
} from './pin-block-codec.ts';
import { encryptedPinBlock } from './pin-block.ts';

const pan = '9704000000000018';
const pin = fc.stringMatching(/^\d{4,12}$/);
const digits = fc.stringMatching(/^\d{13,19}$/);

describe('an encrypted PIN block', () => {
  it('passes with the lengths of its format', () => {
    const accepted = [0, 1, 2, 3, 4, 15].flatMap((format) =>
      [8, 16].flatMap((bytes) =>
        [undefined, 10, 12].flatMap((serial) => {
          const ksn = serial === undefined ? undefined : Buffer.alloc(serial);
          return encryptedPinBlock(format, Buffer.alloc(bytes), ksn).ok ? [`${format}/${bytes}/${serial ?? '-'}`] : [];
        }),
      ),
    );
    expect(accepted).toEqual(['0/8/-', '0/8/10', '0/8/12', '3/8/-', '3/8/10', '3/8/12', '4/16/-', '4/16/12']);
  });

  it('says what is wrong with it', () => {
    expect(encryptedPinBlock(1, Buffer.alloc(8))).toMatchObject({ fault: { kind: 'pinBlockFormat' } });
    expect(encryptedPinBlock(4, Buffer.alloc(8))).toMatchObject({ fault: { kind: 'pinBlockLength' } });
    expect(encryptedPinBlock(4, Buffer.alloc(16), Buffer.alloc(10))).toMatchObject({
      fault: { kind: 'keySerialNumber' },
    });
  });
});

describe('a clear PIN block of the laboratory', () => {
  it('gives the PIN back in every format', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
        pin,
        digits,
        (format, secret, card) => {
          const block = clearPinBlock(format, secret, card);
          expect(block.ok && readClearPinBlock(format, block.value, card)).toEqual({ ok: true, value: secret });
        },
      ),
    );
  });

  it('gives the PIN back in format 4, to the right key and card only', () => {
    fc.assert(
      fc.property(pin, digits, (secret, card) => {
        const cipher = knownAes(Buffer.alloc(32, 5));
        const field = pinField4(secret);
        const block = field.ok ? encipherPinField4(cipher, field.value, card) : field;
        if (!block.ok) throw new Error(block.fault.kind);
        expect(decipherPinBlock4(cipher, block.value, card)).toEqual({ ok: true, value: secret });
        expect(decipherPinBlock4(knownAes(Buffer.alloc(32, 6)), block.value, card)).not.toEqual({
          ok: true,
          value: secret,
        });
        const other = `${card.slice(0, -1)}${(Number(card.slice(-1)) + 1) % 10}`;
        expect(decipherPinBlock4(cipher, block.value, other)).not.toEqual({ ok: true, value: secret });
      }),
    );
  });

  it('is not read as another format, and no fault repeats a secret', () => {
    const block = clearPinBlock(3, '482917', pan);
    if (!block.ok) throw new Error('refused');
    const refused = [
      readClearPinBlock(0, block.value, pan),
      readClearPinBlock(3, block.value.subarray(1), pan),
      readClearPinBlock(3, block.value, pan.slice(0, 12)),
      clearPinBlock(0, '482', pan),
    ];
    expect(refused.map((result) => !result.ok && result.fault.kind)).toEqual(['pinBlock', 'pinBlock', 'pan', 'pin']);
    expect(JSON.stringify(refused)).not.toMatch(/482|9704/);
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.string(), (bytes, card) => {
        for (const format of [0, 1, 2, 3] as const) readClearPinBlock(format, Buffer.from(bytes), card);
        decipherPinBlock4(knownAes(Buffer.alloc(16)), Buffer.from(bytes), card);
      }),
    );
  });
});
