/** The choice of method, and DDA, CDA and fDDA: what holds, and every way in which it must not. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rsaKey } from '../../../../test/emv/rsa-keys.ts';
import { concat, hex, toHex } from '../../base/bytes.ts';
import type { Result } from '../../base/result.ts';
import { TransactionData } from '../transaction-data.ts';
import { selectOda, verifyCda, verifyDda, verifyFdda, type CdaInput } from './authenticate.ts';
import type { OdaFault } from './fault.ts';
import type { PublicKey } from './rsa.ts';
import { combinedDynamicData, signBlock, blockContent, signDynamic, type TestKey } from './test-kit.ts';

const icc = rsaKey(112);
const key: PublicKey = { modulus: icc.modulus, exponent: 3 };
const unpredictableNumber = hex('DEADBEEF');
const cryptogram = hex('1122334455667788');

function transaction(card: Readonly<Record<string, string>> = {}): TransactionData {
  const data = new TransactionData(
    new Map([
      ['9F37', unpredictableNumber],
      ['9F02', hex('000000045000')],
      ['5F2A', hex('0704')],
    ]),
  );
  for (const [tag, value] of Object.entries(card)) data.card.set(tag, hex(value));
  return data;
}

function outcome(result: Result<void, OdaFault>): string {
  return result.ok ? 'ok' : result.fault.kind;
}

function flips(value: Uint8Array): Uint8Array[] {
  return Array.from(value, (byte, at) => value.with(at, byte ^ 0x01) as Uint8Array);
}

describe('the method (Book 3 §10.3)', () => {
  /** Bits of AIP byte 1 and Terminal Capabilities byte 3, best method first. */
  const bits = [
    ['xda', 0x80, 0x04],
    ['cda', 0x01, 0x08],
    ['dda', 0x20, 0x40],
    ['sda', 0x40, 0x80],
  ] as const;

  it('is the best that card and terminal both have, for every combination', () => {
    for (let aip = 0; aip < 256; aip += 1) {
      for (let capabilities = 0; capabilities < 256; capabilities += 1) {
        const data = new TransactionData(new Map([['9F33', Uint8Array.of(0xe0, 0xf8, capabilities)]]));
        data.card.set('82', Uint8Array.of(aip, 0));
        const best = bits.find(([, card, terminal]) => (aip & card) !== 0 && (capabilities & terminal) !== 0);
        expect(selectOda(data)).toBe(best?.[0] ?? 'none');
      }
    }
    expect(selectOda(new TransactionData(new Map()))).toBe('none');
  });
});

describe('DDA', () => {
  const terminalData = hex('DEADBEEF000000045000');
  const verify = (sdad: Uint8Array, data = transaction(), terminal: Uint8Array = terminalData): string =>
    outcome(verifyDda(data, key, sdad, terminal));

  it('keeps the ICC Dynamic Number', () => {
    const data = transaction();
    expect(verify(signDynamic(icc, hex('0401020304'), terminalData), data)).toBe('ok');
    expect(data.card.get('9F4C')).toEqual(hex('01020304'));
    const more = transaction();
    expect(verify(signDynamic(icc, hex('0201020304'), terminalData), more)).toBe('ok');
    expect(more.card.get('9F4C')).toEqual(hex('0102'));
  });

  it('holds for exactly what the terminal gave', () => {
    const sdad = signDynamic(icc, hex('020102'), terminalData);
    for (const other of [...flips(terminalData), hex(''), terminalData.slice(1), concat(terminalData, hex('00'))]) {
      expect(verify(sdad, transaction(), other)).toBe('signatureHash');
    }
    for (const other of flips(sdad)) {
      const data = transaction();
      expect(verify(other, data)).not.toBe('ok');
      expect(data.card.has('9F4C')).toBe(false);
    }
  });

  it.each([
    [{ format: '0401' }, 'signatureFormat'],
    [{ format: '1501' }, 'signatureFormat'],
    [{ format: '0502' }, 'algorithmNotSupported'],
    [{ length: 0 }, 'signatureFormat'],
    [{ length: 2 }, 'signatureFormat'],
    [{ length: 112 - 25 }, 'ok'],
    [{ length: 112 - 24 }, 'signatureFormat'],
    [{ length: 255 }, 'signatureFormat'],
  ] as const)('with %o rightly signed: %s', (change, expected) => {
    expect(verify(signDynamic(icc, hex('020102'), terminalData, change))).toBe(expected);
  });

  it.each([
    ['00', 'signatureFormat'],
    ['0101', 'signatureFormat'],
    ['080102030405060708', 'ok'],
    ['09010203040506070809', 'signatureFormat'],
    ['FF', 'signatureFormat'],
  ])('ICC Dynamic Data %s: %s', (dynamicData, expected) => {
    expect(verify(signDynamic(icc, hex(dynamicData), terminalData))).toBe(expected);
  });

  it('refuses a signature of another length, header or trailer, and keys too short for one', () => {
    expect(verify(new Uint8Array(111))).toBe('signatureFormat');
    expect(verify(new Uint8Array(0))).toBe('signatureFormat');
    const longer = concat(hex('00'), signDynamic(icc, hex('020102'), terminalData));
    expect(verify(longer)).toBe('signatureFormat');
    const content = blockContent(icc, hex('050103020102'));
    expect(verify(signBlock(icc, content, [terminalData], { header: 0x6b }))).toBe('signatureFormat');
    expect(verify(signBlock(icc, content, [terminalData], { trailer: 0xcc }))).toBe('signatureFormat');
    for (const length of [0, 1, 2, 21, 22, 23, 24, 25]) {
      const tiny: PublicKey = { modulus: new Uint8Array(length).fill(0xff), exponent: 3 };
      expect(outcome(verifyDda(transaction(), tiny, new Uint8Array(length), terminalData))).toBe('signatureFormat');
    }
  });
});

describe('CDA', () => {
  const transactionData = hex('0102030405DEADBEEF9F2701809F36020001');
  const dynamic = (cid = 0x80): Uint8Array => combinedDynamicData(hex('AABBCC'), cid, cryptogram, transactionData);
  const verify = (changes: Partial<CdaInput> = {}, data = transaction()): string => {
    const sdad = signDynamic(icc, dynamic(), unpredictableNumber);
    return outcome(verifyCda(data, key, { sdad, cid: 0x80, unpredictableNumber, transactionData, ...changes }));
  };

  it('keeps cryptogram and ICC Dynamic Number', () => {
    const data = transaction({ '9F26': '0000000000000000' });
    expect(verify({}, data)).toBe('ok');
    expect(data.card.get('9F26')).toEqual(cryptogram);
    expect(data.card.get('9F4C')).toEqual(hex('AABBCC'));
  });

  it('takes dynamic data with more behind, as Book C-2 has them', () => {
    const sdad = signDynamic(icc, concat(dynamic(), hex('DEADBEEF0102030400010002')), unpredictableNumber);
    expect(verify({ sdad })).toBe('ok');
  });

  it('fails when the decision is another than the one in the clear', () => {
    for (const cid of [0x40, 0x00, 0x81]) {
      const data = transaction();
      expect(verify({ cid }, data)).toBe('cidMismatch');
      expect(data.card.size).toBe(0);
    }
  });

  it('fails for other transaction data and another unpredictable number', () => {
    for (const other of [...flips(transactionData), hex(''), concat(transactionData, hex('00'))]) {
      const data = transaction();
      expect(verify({ transactionData: other }, data)).toBe('transactionDataMismatch');
      expect(data.card.size).toBe(0);
    }
    for (const other of [...flips(unpredictableNumber), hex('')]) {
      expect(verify({ unpredictableNumber: other })).toBe('signatureHash');
    }
  });

  it('fails for every changed byte of the signature', () => {
    for (const sdad of flips(signDynamic(icc, dynamic(), unpredictableNumber))) {
      expect(verify({ sdad })).not.toBe('ok');
    }
  });

  it('fails when the dynamic data are too short for cryptogram and hash', () => {
    for (let length = 0; length < dynamic().length; length += 1) {
      const sdad = signDynamic(icc, dynamic(), unpredictableNumber, { length });
      expect(verify({ sdad })).toBe('signatureFormat');
    }
  });
});

function fastSigned(terminalData: Uint8Array): Uint8Array {
  return signDynamic(icc, hex('020007'), terminalData);
}

describe('fDDA', () => {
  const related = '01CAFEBABE8000';
  const whole = concat(unpredictableNumber, hex('000000045000'), hex('0704'), hex(related));

  it('of version 01 signs amount, currency and the Card Authentication Related Data', () => {
    const data = transaction({ '9F69': related });
    expect(outcome(verifyFdda(data, key, fastSigned(whole)))).toBe('ok');
    expect(data.card.get('9F4C')).toEqual(hex('0007'));
    for (const other of [...flips(whole), unpredictableNumber]) {
      expect(outcome(verifyFdda(transaction({ '9F69': related }), key, fastSigned(other)))).toBe('signatureHash');
    }
  });

  it.each([{}, { '9F69': '00CAFEBABE8000' }])('of version 00, which covers no amount, is refused (%o)', (card) => {
    expect(outcome(verifyFdda(transaction(card), key, fastSigned(unpredictableNumber)))).toBe('algorithmNotSupported');
    expect(outcome(verifyFdda(transaction(card), key, fastSigned(whole)))).toBe('algorithmNotSupported');
  });

  it('of a version that is not known is refused', () => {
    for (const version of ['02', '9F', 'FF']) {
      const card = { '9F69': `${version}CAFEBABE8000` };
      expect(outcome(verifyFdda(transaction(card), key, fastSigned(whole)))).toBe('algorithmNotSupported');
    }
  });

  it('takes amount and currency from the terminal, whatever the card claims', () => {
    const card = { '9F69': related, '9F02': '000000000001', '5F2A': '0840', '9F37': '00000000' };
    expect(outcome(verifyFdda(transaction(card), key, fastSigned(whole)))).toBe('ok');
  });
});

/** Whatever comes out: nothing may be thrown. */
function ends(signer: PublicKey, sdad: Uint8Array, related: Uint8Array): void {
  const data = transaction({ '9F69': toHex(related) });
  verifyDda(data, signer, sdad, related);
  verifyFdda(data, signer, sdad);
  verifyCda(data, signer, { sdad, cid: 0x80, unpredictableNumber: related, transactionData: related });
}

describe('any bytes', () => {
  it('lead to a defined end', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 248 }),
        fc.uint8Array({ maxLength: 248 }),
        fc.uint8Array({ maxLength: 20 }),
        (modulus, sdad, related) => {
          ends({ modulus, exponent: 3 }, sdad, related);
          ends({ modulus, exponent: 65_537 }, sdad.slice(0, modulus.length), related);
          ends(key, sdad, related);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('lead to a defined end when the card has signed them', () => {
    const signer: TestKey = icc;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 87, maxLength: 87 }), fc.nat(255), (rest, length) => {
        const content = blockContent(signer, hex('0501'), Uint8Array.of(length), rest);
        ends(key, signBlock(signer, content, [hex('')]), hex(''));
      }),
      { numRuns: 300 },
    );
  });
});
