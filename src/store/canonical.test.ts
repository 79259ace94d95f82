/** The hashed and signed bytes are pinned: a change here means that no older journal can be verified any more. */
import { hash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bodyFits,
  canonicalJson,
  eventHash,
  genesisHash,
  hashOfBody,
  sealMessage,
  snapshotMessage,
} from './canonical.ts';

const keyId = '00'.repeat(31) + '01';
const body = '{"a":"₫"}';
/** As schema version 1 wrote it. */
const row = { at: 1_790_000_000_000, type: 'SaleClosed', transactionId: 'S-1', body, salt: null, bodyHash: null };
const salt = Buffer.alloc(16, 7);
const saltedRow = { ...row, salt, bodyHash: hashOfBody(salt, body) };

/** Written out by hand from the description in canonical.ts. */
function field(bytes: string | Buffer): string {
  const content = Buffer.from(bytes);
  return content.length.toString(16).padStart(8, '0') + content.toString('hex');
}

function integer(value: number): string {
  return `00000008${value.toString(16).padStart(16, '0')}`;
}

function sha256(hexadecimal: string): string {
  return hash('sha256', Buffer.from(hexadecimal, 'hex'), 'hex');
}

describe('canonical bytes', () => {
  const key = Buffer.from(keyId, 'hex');
  const genesis = genesisHash(keyId);

  it('are those of the description', () => {
    expect(genesis.toString('hex')).toBe(sha256(field('cham-journal-genesis/1') + field(key)));
    const head = field('cham-journal-event/1') + integer(7) + integer(row.at) + field('SaleClosed');
    const tail = field('{"a":"₫"}') + field(genesis);
    expect(eventHash(7, row, genesis).toString('hex')).toBe(sha256(head + field('S-1') + tail));
    const without = { ...row, transactionId: null };
    expect(eventHash(7, without, genesis).toString('hex')).toBe(sha256(`${head}ffffffff${tail}`));
    const salted = `${integer(7)}${integer(row.at)}${field('SaleClosed')}${field('S-1')}${field(saltedRow.bodyHash)}`;
    expect(eventHash(7, saltedRow, genesis).toString('hex')).toBe(
      sha256(field('cham-journal-event/2') + salted + field(genesis)),
    );
    expect(saltedRow.bodyHash.toString('hex')).toBe(sha256('07'.repeat(16) + Buffer.from(body).toString('hex')));
    const snapshot = { sequence: 7, hash: genesis, foldVersion: 3, state: body };
    expect(snapshotMessage(keyId, snapshot).toString('hex')).toBe(
      field('cham-journal-snapshot/1') +
        field(key) +
        integer(7) +
        field(genesis) +
        integer(3) +
        field(hash('sha256', body, 'buffer')),
    );
    expect(sealMessage(keyId, 7, genesis).toString('hex')).toBe(
      field('cham-journal-seal/1') + field(key) + integer(7) + field(genesis),
    );
  });

  it('never change', () => {
    expect(genesis.toString('hex')).toBe('71bf3b9cabd07c9677c74fe150a19c0680db84aacc0633aa11aca3be8a22cc8a');
    expect(eventHash(7, row, genesis).toString('hex')).toBe(
      '8da5a30e71339056c3702186519cded2e0915466be243903620416958817f8c5',
    );
    expect(eventHash(7, saltedRow, genesis).toString('hex')).toBe(
      '36d45247020d7314f0fa52215d2c0ecab3e202b9826679cad3f664efb9f3de30',
    );
  });

  it('no two different rows share them', () => {
    const text = fc.string({ maxLength: 3 });
    const content = fc
      .record({ at: fc.nat(3), type: text, transactionId: fc.option(text), body: text, salted: fc.boolean() })
      .map(({ salted, ...rest }) => ({
        ...rest,
        salt: salted ? salt : null,
        bodyHash: salted ? hashOfBody(salt, rest.body) : null,
      }));
    fc.assert(
      fc.property(content, content, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(eventHash(1, a, genesis).equals(eventHash(1, b, genesis))).toBe(same);
      }),
    );
  });
});

describe('a body', () => {
  it('fits, or was removed with its salt; nothing in between', () => {
    expect(bodyFits(row)).toBe(true);
    expect(bodyFits(saltedRow)).toBe(true);
    expect(bodyFits({ ...saltedRow, body: null, salt: null })).toBe(true);
    expect(bodyFits({ ...saltedRow, body: `${body} ` })).toBe(false);
    expect(bodyFits({ ...saltedRow, salt: Buffer.alloc(16, 8) })).toBe(false);
    expect(bodyFits({ ...saltedRow, body: null })).toBe(false);
    expect(bodyFits({ ...saltedRow, salt: null })).toBe(false);
  });

  it('of a removed row leaves its hash as it was', () => {
    const removed = { ...saltedRow, body: null, salt: null };
    const genesis = genesisHash(keyId);
    expect(eventHash(7, removed, genesis)).toEqual(eventHash(7, saltedRow, genesis));
  });
});

describe('canonical JSON', () => {
  it('sorts keys, keeps order of lists, writes no white space', () => {
    expect(canonicalJson({ b: [2, 1, { d: null, c: true }], a: 'Lê\u0000"' })).toBe(
      '{"a":"Lê\\u0000\\"","b":[2,1,{"c":true,"d":null}]}',
    );
  });

  it('reads back the same and does not depend on the order of keys', () => {
    const leaf = fc.oneof(fc.string({ unit: 'binary' }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
    const tree = fc.object({ values: [leaf], withBigInt: false, maxDepth: 3 });
    fc.assert(
      fc.property(tree, (original) => {
        const text = canonicalJson(original);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(original)));
        expect(canonicalJson(Object.fromEntries(Object.entries(original).toReversed()))).toBe(text);
      }),
    );
  });

  it.each([[1.5], [Number.NaN], [2 ** 53], [undefined], [1n], [new Date(0)], [new Map()], [{ a: undefined }]])(
    'refuses %s',
    (value) => {
      expect(() => canonicalJson(value)).toThrow(/canonical JSON/);
    },
  );
});

describe('a number that a flipped bit made of another', () => {
  it.each([Number.NaN, Infinity, 1.5, 2 ** 53, 2 ** 64 + 1])(
    '%d is signed for as nothing that was ever written',
    (n) => {
      const message = sealMessage('00'.repeat(32), n, new Uint8Array(32));
      expect(message.equals(sealMessage('00'.repeat(32), -Infinity, new Uint8Array(32)))).toBe(true);
      for (const written of [0, 1, -1, Number.MAX_SAFE_INTEGER]) {
        expect(message.equals(sealMessage('00'.repeat(32), written, new Uint8Array(32)))).toBe(false);
      }
    },
  );
});
