/** Consumer-presented codes: what is read, what is refused, and that no description tells the card number. */
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, latin1 } from '../base/bytes.ts';
import { constructed, encodeTlv, primitive, type Tlv } from '../tlv/ber-tlv.ts';
import { decodeBase64 } from './base64.ts';
import { parseCpm, type CpmCode } from './cpm.ts';

const pan = '4761739001010119';
const masked = '476173******0119';

function code(...objects: readonly Tlv[]): string {
  return Buffer.from(encodeTlv(objects)).toString('base64');
}

const version = primitive('85', latin1('CPV01'));
const application = constructed('61', [primitive('4F', hex('A0000007271010')), primitive('50', latin1('NAPAS DEBIT'))]);
const common = constructed('62', [
  primitive('5A', hex(pan)),
  primitive('57', hex(`${pan}D31122010000000F`)),
  primitive('5F20', latin1('NGUYEN VAN A')),
  constructed('64', [primitive('9F26', hex('584FD385FA234BCC')), primitive('9F7C', hex(pan))]),
]);

function read(text: string): CpmCode {
  const result = parseCpm(text);
  if (!result.ok) throw new Error(result.fault.detail);
  return result.value;
}

function refused(text: string): string {
  const result = parseCpm(text);
  return result.ok ? 'read' : `${result.fault.kind}: ${result.fault.detail}`;
}

function messages(text: string): readonly string[] {
  return read(text).problems.map(({ id, message }) => `${id} ${message}`.trim());
}

describe('consumer-presented codes', () => {
  it('offer applications, each with the card of the common template', () => {
    const second = constructed('61', [primitive('4F', hex('A0000000031010'))]);
    const parsed = read(code(version, application, second, common));
    expect(parsed.applications).toEqual([
      { aid: 'A0000007271010', label: 'NAPAS DEBIT', pan: masked, cryptogram: true },
      { aid: 'A0000000031010', label: undefined, pan: masked, cryptogram: true },
    ]);
    expect(parsed.problems).toEqual([]);
    expect(encodeTlv(parsed.objects())).toEqual(encodeTlv([version, application, second, common]));
  });

  it('take the card number from track 2, and from their own template first', () => {
    const track = constructed('61', [
      primitive('4F', hex('A000000333010102')),
      primitive('57', hex(`${pan}D3112201000F`)),
    ]);
    expect(read(code(version, track)).applications[0]?.pan).toBe(masked);
    const odd = constructed('61', [primitive('4F', hex('A0000006150001')), primitive('5A', hex('00'.repeat(18)))]);
    expect(read(code(version, odd)).applications[0]?.pan).toBeUndefined();
  });

  it('never tell card data, however they are printed', () => {
    const parsed = read(code(version, application, common));
    const printed = [
      JSON.stringify(parsed),
      inspect(parsed, { depth: 9, showHidden: true }),
      JSON.stringify(parsed.describe()),
    ].join('\n');
    expect(printed).toContain(masked);
    expect(printed).not.toContain(pan);
    expect(printed).not.toMatch(/NGUYEN|4E475559454E/);
    const [, , template] = parsed.describe();
    expect(template?.children?.map(({ id, value }) => [id, value])).toEqual([
      ['5A', masked],
      ['57', masked],
      ['5F20', null],
      ['64', null],
    ]);
    expect(template?.children?.[3]?.children?.map(({ id, value }) => [id, value])).toEqual([
      ['9F26', '584FD385FA234BCC'],
      ['9F7C', null],
    ]);
  });

  it('are refused with a reason', () => {
    expect(refused('')).toMatch(/^notCpm/);
    expect(refused('000201010211')).toMatch(/^notCpm/);
    expect(refused('A'.repeat(5000))).toMatch(/^notCpm: 5000 characters/);
    expect(refused(code(application, version))).toMatch(/^notCpm/);
    expect(refused(code(primitive('85', latin1('CPV02')), application))).toBe(
      'broken: 85: only version CPV01 is defined',
    );
    expect(refused(code(version, common))).toBe('broken: 61: no Application Template');
    expect(refused(code(version, application).slice(0, 24))).toMatch(
      /^broken: TLV at offset 9: the length points past/,
    );
  });

  it('are tolerated with a warning where the specification is not kept', () => {
    const bare = constructed('61', [primitive('50', latin1('X'))]);
    const outside = constructed('63', [primitive('9F26', hex('00'))]);
    expect(messages(code(version, application, bare, outside))).toEqual([
      '63 not an object of the outermost level',
      '61.4F ADF Name is missing',
    ]);
    expect(messages(code(version, common, application))).toEqual(['62 stands before an Application Template']);
    expect(messages(code(version, application, common, common))).toEqual(['62 appears twice, the first counts']);
    expect(messages(code(version, application, constructed('62', [primitive('4F', hex('A0000007271010'))])))).toEqual([
      '62.4F not an object of template 62',
    ]);
    const [first, second] = [Buffer.from(code(version, application), 'base64'), Buffer.of(0)];
    expect(messages(Buffer.concat([first, second]).toString('base64'))).toEqual([
      `padding 00 at byte ${first.length + 1}`,
    ]);
    const padded = code(version, application);
    expect(padded).toMatch(/=$/);
    expect(messages(padded.replaceAll('=', ''))).toEqual(['Base64 without its padding']);
    const long = constructed('61', [primitive('4F', hex('A0000007271010')), primitive('9F10', hex('00'.repeat(400)))]);
    expect(messages(code(version, long))).toEqual([
      'longer than 512 characters',
      '61.9F10 Issuer Application Data: 400 bytes, expected 1 to 32',
    ]);
    const twoBytes = code(version, constructed('61', [primitive('4F', hex('A000000727101000'))]));
    expect(twoBytes).toMatch(/A==$/);
    expect(messages(twoBytes.replace(/A==$/, 'B=='))).toEqual(['Base64 with bits left over after the last byte']);
  });

  it.each([
    ['50', latin1('Th\u00e9'), 'Application Label: not in format ans'],
    ['5A', hex('476173900101011A'), 'Application PAN: not in format cn'],
    ['57', hex('4761739001010119'), 'Track 2 Equivalent Data: not in format track2'],
    ['5F2D', latin1('v'), 'Language Preference: 1 bytes, expected 2 to 8'],
    ['9F08', hex('01'), 'Application Version Number: 1 bytes, expected 2'],
    ['9F19', hex('AA0000000000'), 'Token Requestor ID: not in format n'],
    ['9F24', latin1('V001001301803639867071234567!'), 'Payment Account Reference (PAR): not in format an'],
    ['9F25', hex('012345'), 'Last 4 Digits of PAN: 3 bytes, expected 2'],
  ])('say that %s is not written as it should be, without its value', (tag, value, message) => {
    const template = constructed('61', [primitive('4F', hex('A0000007271010')), primitive(tag, value)]);
    expect(messages(code(version, template))).toEqual([`61.${tag} ${message}`]);
  });

  it('cannot be used when no template names an application', () => {
    const parsed = read(code(version, constructed('61', [primitive('50', latin1('X'))])));
    expect(parsed.problems).toEqual([
      { severity: 'error', id: '61.4F', message: 'ADF Name is missing: no application can be used' },
    ]);
  });

  it('show every change of a single character: refused, remarked upon, or other bytes', () => {
    const text = code(version, application, common);
    const before = Buffer.from(encodeTlv(read(text).objects())).toString('hex');
    const base64 = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=- é');
    for (let at = 0; at < text.length; at += 1) {
      for (const character of base64) {
        if (text.charAt(at) === character) continue;
        const result = parseCpm(text.slice(0, at) + character + text.slice(at + 1));
        const unseen =
          result.ok &&
          result.value.problems.length === 0 &&
          Buffer.from(encodeTlv(result.value.objects())).toString('hex') === before;
        expect(unseen, `${character} at ${at}`).toBe(false);
      }
    }
  });

  it('never throw, whatever the text and wherever it is damaged', () => {
    const text = code(version, application, common);
    const bytes = fc
      .uint8Array({ maxLength: 60 })
      .map((tail) => Buffer.from([...encodeTlv([version]), ...tail]).toString('base64'));
    const changed = fc
      .tuple(fc.nat({ max: text.length - 1 }), fc.constantFrom('A', 'z', '0', '9', '+', '/', '='))
      .map(([at, character]) => text.slice(0, at) + character + text.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), bytes, changed), (any) => {
        const result = parseCpm(any);
        const printed = JSON.stringify(result.ok ? result.value.describe() : result.fault);
        expect(printed).not.toContain(pan);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('Base64', () => {
  it('is decoded as Node decodes it', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(decodeBase64(text)).toEqual(bytes);
        expect(decodeBase64(text.replaceAll('=', ''))).toEqual(bytes);
      }),
    );
  });

  it.each(['A', 'AAAAA', 'AA=', 'A===', '====', 'AA-_', 'AA AA', 'AAAA='])('%s is none', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
