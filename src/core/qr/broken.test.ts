/**
 * Codes that are broken on purpose, each with a right CRC so that only the reader can notice: every template of a valid
 * code with its lengths, order and objects wrong, and amounts and fees that nobody can pay. An `error` is wanted where
 * payers could pay something else, at least a mention otherwise.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc16Text } from './crc16.ts';
import { parseMpm, type ParsedQr } from './mpm.ts';

type Part = readonly [id: string, value: string | readonly Part[]];

/** A merchant's code with every kind of template: NAPAS, another network, additional data, language, unreserved. */
const whole: readonly Part[] = [
  ['00', '01'],
  ['01', '12'],
  [
    '26',
    [
      ['00', 'org.example'],
      ['01', 'M1'],
    ],
  ],
  [
    '38',
    [
      ['00', 'A000000727'],
      [
        '01',
        [
          ['00', '970436'],
          ['01', '1017595600'],
        ],
      ],
      ['02', 'QRPUSH'],
    ],
  ],
  ['52', '5812'],
  ['53', '704'],
  ['54', '45000'],
  ['58', 'VN'],
  ['59', 'QUAN PHO'],
  ['60', 'HA NOI'],
  [
    '62',
    [
      ['01', 'HD1'],
      ['05', 'CH7K3QW9TX'],
      ['08', 'CH7K3QW9TX PHO'],
      ['11', '400'],
      [
        '50',
        [
          ['00', 'org.example'],
          ['01', 'more'],
        ],
      ],
    ],
  ],
  [
    '64',
    [
      ['00', 'VI'],
      ['01', 'Quán Phở'],
      ['02', 'Hà Nội'],
    ],
  ],
  [
    '80',
    [
      ['00', 'org.example'],
      ['05', 'x'],
    ],
  ],
];

function text(parts: readonly Part[]): string {
  return parts
    .map(([id, value]) => {
      const inner = typeof value === 'string' ? value : text(value);
      return id + String(Array.from(inner).length).padStart(2, '0') + inner;
    })
    .join('');
}

function sealed(body: string): string {
  return `${body}6304${crc16Text(`${body}6304`)}`;
}

function said({ problems }: ParsedQr): string {
  return problems.map(({ severity, id, message }) => `${severity} ${id}: ${message}`).join('\n');
}

const worst = (parsed: ParsedQr): string =>
  ['error', 'warning', 'note'].find((one) => parsed.problems.some(({ severity }) => severity === one)) ?? 'nothing';

/** The code with root object `id` put in place of the one there, or added, or left out. */
function withRoot(id: string, value: Part[1] | undefined): ParsedQr {
  const parts = whole.filter(([one]) => one !== id);
  const added: readonly Part[] = value === undefined ? parts : [...parts, [id, value]];
  return parseMpm(sealed(text(added.toSorted(([a], [b]) => (a < b ? -1 : 1)))));
}

/** Every way to change one list of objects, at any depth. */
function* everywhere(
  parts: readonly Part[],
  change: (parts: readonly Part[], path: string) => Iterable<readonly [what: string, parts: readonly Part[]]>,
  path = '',
): Iterable<readonly [what: string, parts: readonly Part[]]> {
  yield* change(parts, path);
  for (const [at, [id, value]] of parts.entries()) {
    if (typeof value === 'string') continue;
    const where = path === '' ? id : `${path}.${id}`;
    for (const [what, inner] of everywhere(value, change, where)) yield [what, parts.with(at, [id, inner])];
  }
}

function amountSaid(currency: string, value: string): string {
  const parts = whole.map((part): Part =>
    part[0] === '53' ? ['53', currency] : part[0] === '54' ? ['54', value] : part,
  );
  return said(parseMpm(sealed(text(parts))));
}

function feeSaid(...parts: Part[]): string {
  const all = [...whole, ...parts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return said(parseMpm(sealed(text(all))));
}

function values(parsed: ParsedQr): string {
  return JSON.stringify(parsed.objects.filter(({ id }) => id !== '63'));
}

describe('a broken code', () => {
  it('starts from one without any problem', () => {
    expect(parseMpm(sealed(text(whole))).problems).toEqual([]);
  });

  it('is refused for every length inside a template that is one too short or too long', () => {
    const body = text(whole);
    const lengths = new Map<string, readonly [at: number, length: number]>();
    const collect = (parts: readonly Part[], start: number, path: string): void => {
      let at = start;
      for (const part of parts) {
        const [id, value] = part;
        const where = path === '' ? id : `${path}.${id}`;
        const length = Array.from(text([part])).length - 4;
        if (path !== '') lengths.set(where, [at + 2, length]);
        if (typeof value !== 'string') collect(value, at + 4, where);
        at += 4 + length;
      }
    };
    collect(whole, 0, '');
    expect(lengths.size).toBe(19);
    for (const [path, [at, length]] of lengths) {
      for (const wrong of [length - 1, length + 1, 99]) {
        const broken = parseMpm(sealed(body.slice(0, at) + String(wrong).padStart(2, '0') + body.slice(at + 2)));
        const loose = path.startsWith('62.50.') || path.startsWith('80.');
        expect(`${path}=${wrong} ${worst(broken)}`).toBe(`${path}=${wrong} ${loose ? 'warning' : 'error'}`);
      }
    }
  });

  it('is refused for any object that stands twice, at any depth', () => {
    const doubled = [
      ...everywhere(whole, (parts, path) =>
        parts.map((part) => [`${path}.${part[0]}`, [...parts, [part[0], part[1]]]] as const),
      ),
    ];
    expect(doubled.length).toBe(32);
    for (const [what, parts] of doubled)
      expect(`${what} ${worst(parseMpm(sealed(text(parts))))}`).toBe(`${what} error`);
  });

  it('says of every mandatory object that it is missing', () => {
    const left = [
      ...everywhere(whole, (parts, path) =>
        parts.map((part) => [`${path}.${part[0]}`.replace(/^\./, ''), parts.filter((one) => one !== part)] as const),
      ),
    ];
    const results = left.map(([what, parts]) => `${what} ${worst(parseMpm(sealed(text(parts))))}`);
    expect(results.filter((result) => !result.endsWith(' nothing'))).toEqual([
      '00 error',
      '52 warning',
      '53 warning',
      '58 warning',
      '59 warning',
      '60 warning',
      '26.00 warning',
      '38.00 warning',
      '38.01 error',
      '38.01.00 error',
      '38.01.01 error',
      '62.50.00 warning',
      '64.00 warning',
      '64.01 warning',
      '80.00 warning',
    ]);
  });

  it('is refused when 00 is not first or 63 not last, and for anything after the CRC', () => {
    const body = text(whole);
    expect(said(parseMpm(sealed(body.slice(6) + body.slice(0, 6))))).toMatch(/error 00: .*not the first/);
    const good = sealed(body);
    for (const tail of [' ', '\n', '0', '6304', '640400VI', good, '\u0000', 'é']) {
      expect(`${JSON.stringify(tail)} ${worst(parseMpm(good + tail))}`).toBe(`${JSON.stringify(tail)} error`);
    }
    expect(said(parseMpm(body))).toMatch(/error 63: CRC is not the last object/);
    expect(said(parseMpm(`${body}6304${good.slice(-4).toLowerCase()}`))).toMatch(
      /^warning 63: CRC is written in lower/,
    );
    expect(said(parseMpm(`${body}6304ZZZZ`))).toMatch(/^error 63: CRC is ZZZZ, computed/);
    expect(said(parseMpm(`${body}6303${good.slice(-3)}`))).toMatch(/^error 63: CRC is/m);
  });

  it.each([
    ['', 'error'],
    ['45,000', 'error'],
    ['45 000', 'error'],
    ['-45000', 'error'],
    ['+1', 'error'],
    ['.5', 'error'],
    ['1.000.000', 'error'],
    ['4.5E4', 'error'],
    ['₫45000', 'error'],
    ['٤٥', 'error'],
    ['45000.5', 'error'],
    ['12345678901234', 'error'],
    ['0', 'warning'],
    ['0.00', 'warning'],
    ['045000', 'note'],
    ['45000.00', 'note'],
    ['45000.', 'nothing'],
    ['9999999999999', 'nothing'],
  ])('has amount "%s": %s', (amount, expected) => {
    expect(worst(withRoot('54', amount))).toBe(expected);
  });

  it('has no more decimals than its currency', () => {
    expect(amountSaid('764', '20.15')).toBe('');
    expect(amountSaid('764', '20.150')).toBe('note 54: THB has 2 decimals, found 20.150');
    expect(amountSaid('764', '20.155')).toBe('error 54: THB has 2 decimals, found 20.155');
    expect(amountSaid('414', '20.155')).toBe('');
    expect(amountSaid('999', '1.5')).toBe('warning 53: 999 is no currency of ISO 4217');
    expect(amountSaid('VND', '1')).toMatch(/^error 53: .*expected only digits/);
  });

  it('has a fee that goes with its indicator', () => {
    expect(feeSaid(['55', '01'])).toBe('');
    expect(feeSaid(['55', '02'], ['56', '5000'])).toBe('');
    expect(feeSaid(['55', '03'], ['57', '2.5'])).toBe('');
    expect(feeSaid(['55', '02'])).toMatch(/^error 56: missing/);
    expect(feeSaid(['55', '03'], ['56', '1'])).toMatch(/^warning 56: stands without .*\nerror 57: missing/);
    expect(feeSaid(['56', '1'])).toMatch(/^warning 56: stands without/);
    expect(feeSaid(['55', '04'])).toMatch(/^warning 55: .*expected 01, 02 or 03/);
    expect(feeSaid(['55', '02'], ['56', '0.5'])).toMatch(/^error 56: VND has no decimals/);
    expect(feeSaid(['55', '02'], ['56', '0'])).toMatch(/^warning 56: .*zero/);
    expect(feeSaid(['55', '03'], ['57', '100'])).toMatch(/^warning 57: .*00\.01 to 99\.99/);
    expect(feeSaid(['55', '03'], ['57', 'a'])).toMatch(/^error 57/);
  });

  it.each([
    ['00', '02', 'error'],
    ['01', '13', 'warning'],
    ['26', 'plain', 'error'],
    ['52', '58A2', 'warning'],
    ['58', 'vn', 'warning'],
    ['59', 'Phở', 'warning'],
    ['59', 'X'.repeat(26), 'warning'],
    ['60', 'X'.repeat(16), 'warning'],
    ['61', 'X'.repeat(11), 'warning'],
    ['62', [['09', 'AA']], 'warning'],
    ['62', [['11', '900']], 'warning'],
    ['62', [['12', 'x']], 'note'],
    ['62', '', 'error'],
    [
      '64',
      [
        ['00', 'VIE'],
        ['01', 'x'],
      ],
      'warning',
    ],
    ['65', 'x', 'note'],
    ['90', 'plain', 'warning'],
  ] as const)('object %s = %j: %s', (id, value, expected) => {
    expect(worst(withRoot(id, value))).toBe(expected);
  });

  it.each([
    [
      'a BIN of five digits',
      [
        ['00', '97043'],
        ['01', '1'],
      ],
      'QRIBFTTA',
      'error',
    ],
    [
      'an account of twenty characters',
      [
        ['00', '970436'],
        ['01', '1'.repeat(20)],
      ],
      'QRIBFTTA',
      'error',
    ],
    [
      'an account with a space',
      [
        ['00', '970436'],
        ['01', '1 2'],
      ],
      'QRIBFTTA',
      'error',
    ],
    [
      'a service that does not exist',
      [
        ['00', '970436'],
        ['01', '1'],
      ],
      'QRIBFTTX',
      'error',
    ],
    [
      'the service inside the beneficiary',
      [
        ['00', '970436'],
        ['01', '1'],
        ['02', 'QRPUSH'],
      ],
      'QRPUSH',
      'warning',
    ],
  ] as const)('NAPAS: %s', (_, beneficiary, service, expected) => {
    const napas: Part[1] = [
      ['00', 'A000000727'],
      ['01', beneficiary],
      ['02', service],
    ];
    expect(worst(withRoot('38', napas))).toBe(expected);
  });

  it('any character put in place of another, with the CRC made right again, is an error, a mention or another value', () => {
    const body = text(whole);
    const before = values(parseMpm(sealed(body)));
    fc.assert(
      fc.property(
        fc.nat({ max: body.length - 1 }),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        (at, character) => {
          fc.pre(body.charAt(at) !== character);
          const changed = parseMpm(sealed(body.slice(0, at) + character + body.slice(at + 1)));
          expect(changed.problems.length > 0 || values(changed) !== before).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('costs time in proportion to its length, and answers with a bounded list', () => {
    const hostile = [
      '00'.repeat(2148),
      '0000'.repeat(1074),
      `6299${'0100'.repeat(24)}`.repeat(42),
      '9'.repeat(4296),
      '\ud800'.repeat(4296),
    ];
    for (const one of hostile) {
      const parsed = parseMpm(one);
      expect(worst(parsed)).toBe('error');
      expect(parsed.problems.length).toBeLessThan(one.length);
    }
  });
});
