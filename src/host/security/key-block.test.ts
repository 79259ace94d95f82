/** Key blocks beyond the recorded vectors: every changed character is refused, no text throws, only fit keys come in. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKeyBlockHeader, type KeyBlockHeader } from './key-block-header.ts';
import { importKeyBlock } from './key-block-import.ts';
import { unwrapKeyBlock, wrapKeyBlock } from './key-block.ts';

const kbpk = Buffer.from('00112233445566778899AABBCCDDEEFF', 'hex');
const tdesKey = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');

function headerOf(changes: Partial<KeyBlockHeader> = {}): KeyBlockHeader {
  return {
    version: 'B',
    keyUsage: 'M3',
    algorithm: 'T',
    modeOfUse: 'C',
    keyVersion: '00',
    exportability: 'N',
    optionalBlocks: [],
    ...changes,
  };
}

function wrapped(changes: Partial<KeyBlockHeader> = {}, key = tdesKey, protection = kbpk): string {
  const block = wrapKeyBlock(protection, headerOf(changes), key);
  if (!block.ok) throw new Error(block.fault.detail);
  return block.value;
}

function fails(kind: string): object {
  return { ok: false, fault: { kind, retrySafe: false } };
}

const version = fc.constantFrom('A' as const, 'B' as const, 'C' as const, 'D' as const);
const code = (length: number) => fc.stringMatching(new RegExp(`^[0-9A-Z]{${length}}$`));
const optionalBlock = fc.record({
  id: fc.stringMatching(/^[A-OQ-Z][A-Z0-9]$/),
  data: fc.oneof(
    fc.stringMatching(/^[ -~]{0,20}$/),
    fc.integer({ min: 240, max: 300 }).map((length) => 'x'.repeat(length)),
  ),
});
const header: fc.Arbitrary<KeyBlockHeader> = fc.record({
  version,
  keyUsage: code(2),
  algorithm: code(1),
  modeOfUse: code(1),
  keyVersion: code(2),
  exportability: code(1),
  optionalBlocks: fc.array(optionalBlock, { maxLength: 4 }),
});

describe('wrap and unwrap', () => {
  it('give the key and the header back, whatever they are', () => {
    fc.assert(
      fc.property(
        header,
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(16, 24),
        (written, key, protectionBytes) => {
          const protection = Buffer.alloc(protectionBytes, kbpk);
          const block = wrapKeyBlock(protection, written, Buffer.from(key));
          expect(block.ok && unwrapKeyBlock(protection, block.value)).toEqual({
            ok: true,
            value: { header: written, key: Buffer.from(key) },
          });
        },
      ),
    );
  });

  it('hide how long the key is', () => {
    const lengths = [8, 16, 24].map((bytes) => wrapped({}, Buffer.alloc(bytes, 1)).length);
    expect(new Set(lengths).size).toBe(1);
    expect(wrapped()).not.toBe(wrapped());
  });

  it('refuse a block with any single character changed', () => {
    const optionalBlocks = [{ id: 'KS', data: '00604B120F92' }];
    const blocks = (['A', 'B', 'C', 'D'] as const).map((each) => wrapped({ version: each, optionalBlocks }));
    fc.assert(
      fc.property(
        fc.constantFrom(...blocks),
        fc.nat(),
        fc.integer({ min: 0x20, max: 0x7e }).map((character) => String.fromCharCode(character)),
        (block, position, character) => {
          const at = position % block.length;
          fc.pre(block.charAt(at) !== character);
          const changed = `${block.slice(0, at)}${character}${block.slice(at + 1)}`;
          expect(unwrapKeyBlock(kbpk, changed).ok).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
    for (const block of blocks) {
      for (let at = 0; at < block.length; at += 1) {
        const changed = `${block.slice(0, at)}${block.charAt(at) === '1' ? '2' : '1'}${block.slice(at + 1)}`;
        expect(unwrapKeyBlock(kbpk, changed).ok, `${block.charAt(0)} at ${at}`).toBe(false);
      }
    }
  });

  it('refuse a block that was cut, made longer, or protected by another key', () => {
    for (const each of ['A', 'B', 'C', 'D'] as const) {
      const block = wrapped({ version: each });
      for (let length = 0; length < block.length; length += 1) {
        expect(unwrapKeyBlock(kbpk, block.slice(0, length)).ok).toBe(false);
      }
      expect(unwrapKeyBlock(kbpk, `${block}00000000`)).toMatchObject(fails('keyBlockText'));
      expect(unwrapKeyBlock(Buffer.alloc(16, 3), block)).toMatchObject(fails('keyBlockMac'));
      expect(unwrapKeyBlock(kbpk.subarray(1), block)).toMatchObject(fails('keyLength'));
      expect(wrapKeyBlock(kbpk.subarray(1), headerOf({ version: each }), tdesKey)).toMatchObject(fails('keyLength'));
    }
  });

  it('refuse what does not fit a key block', () => {
    const long = [{ id: 'XX', data: 'x'.repeat(9900) }];
    expect(wrapKeyBlock(kbpk, headerOf({ optionalBlocks: long }), tdesKey)).toMatchObject(fails('keyBlockText'));
    const huge = [{ id: 'XX', data: 'x'.repeat(70_000) }];
    expect(wrapKeyBlock(kbpk, headerOf({ optionalBlocks: huge }), tdesKey)).toMatchObject(fails('optionalBlock'));
    const many = Array.from({ length: 100 }, () => ({ id: 'XX', data: '1234' }));
    expect(wrapKeyBlock(kbpk, headerOf({ optionalBlocks: many }), tdesKey)).toMatchObject(fails('optionalBlock'));
    const bad = [{ id: 'X', data: 'é' }];
    expect(wrapKeyBlock(kbpk, headerOf({ optionalBlocks: bad }), tdesKey)).toMatchObject(fails('optionalBlock'));
    expect(wrapKeyBlock(kbpk, headerOf({ keyUsage: 'M' }), tdesKey)).toMatchObject(fails('keyBlockText'));
    expect(wrapKeyBlock(kbpk, headerOf(), Buffer.alloc(8192))).toMatchObject(fails('keyBlockContent'));
  });

  it('never throw on any text', () => {
    const valid = wrapped({ optionalBlocks: [{ id: 'KS', data: '00604B120F92' }] });
    const hostile = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.tuple(version, fc.stringMatching(/^[0-9A-F]{15,120}$/)).map((parts) => parts.join('')),
      fc
        .tuple(fc.nat(valid.length), fc.nat(20), fc.string({ maxLength: 8 }))
        .map(([at, drop, text]) => `${valid.slice(0, at)}${text}${valid.slice(at + drop)}`),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        parseKeyBlockHeader(text);
        unwrapKeyBlock(kbpk, text);
        importKeyBlock(kbpk, text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('import', () => {
  it('says in words what the key is for, with its check value', () => {
    const imported = importKeyBlock(kbpk, wrapped(), '08D7B4');
    expect(imported).toMatchObject({
      ok: true,
      value: {
        usage: 'retailMac',
        algorithm: 'tdes',
        mode: 'generateAndVerify',
        exportability: 'notExportable',
        key: tdesKey,
        kcv: '08D7B4',
      },
    });
    const aesKey = importKeyBlock(kbpk, wrapped({ version: 'D', keyUsage: 'M6', algorithm: 'A' }));
    expect(aesKey.ok && aesKey.value.kcv).toMatch(/^[0-9A-F]{10}$/);
  });

  it('refuses a wrong check value, beside the block or in it', () => {
    expect(importKeyBlock(kbpk, wrapped(), '08D7B5')).toMatchObject(fails('keyCheckValue'));
    const withKcv = (data: string): string => wrapped({ optionalBlocks: [{ id: 'KC', data }] });
    expect(importKeyBlock(kbpk, withKcv('0008D7B4')).ok).toBe(true);
    for (const data of ['0008D7B5', '0108D7B4', '0208D7B4', '', '00']) {
      expect(importKeyBlock(kbpk, withKcv(data)), data).toMatchObject(fails('keyCheckValue'));
    }
  });

  it('takes nothing that a terminal has no business with', () => {
    const refused: readonly Partial<KeyBlockHeader>[] = [
      { keyUsage: 'B0' },
      { keyUsage: 'P0', modeOfUse: 'E' },
      { keyUsage: 'V2' },
      { algorithm: 'D' },
      { algorithm: 'R' },
      { algorithm: 'A' },
      { modeOfUse: 'E' },
      { keyUsage: 'D0', modeOfUse: 'C' },
      { keyVersion: 'c1' },
      { exportability: '0' },
    ];
    for (const changes of refused) {
      expect(importKeyBlock(kbpk, wrapped(changes)), JSON.stringify(changes)).toMatchObject(fails('keyNotForTerminal'));
    }
  });

  it('refuses weak keys and malformed ones', () => {
    expect(importKeyBlock(kbpk, wrapped({}, tdesKey.subarray(0, 8)))).toMatchObject(fails('keyLength'));
    expect(importKeyBlock(kbpk, wrapped({ keyUsage: 'M6', algorithm: 'A' }, Buffer.alloc(17)))).toMatchObject(
      fails('keyLength'),
    );
    const single = kbpk.subarray(0, 8);
    const underSingle = wrapped({ version: 'C' }, tdesKey, single);
    expect(unwrapKeyBlock(single, underSingle).ok).toBe(true);
    expect(importKeyBlock(single, underSingle)).toMatchObject(fails('keyLength'));
    expect(importKeyBlock(kbpk, `${wrapped().slice(0, -1)}X`)).toMatchObject(fails('keyBlockText'));
  });
});
