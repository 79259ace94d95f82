/**
 * One contactless sale against cards written down as APDUs: every way in which selection, kernel and card data can
 * end, and the promise that no bytes from a card lead anywhere else.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, hex, toHex } from '../../base/bytes.ts';
import { constructed, findTlv, parseTlv, type Tlv } from '../../tlv/ber-tlv.ts';
import { maxExchanges } from '../card-channel.ts';
import type { CardData } from '../../transaction/model.ts';
import { contactlessSale } from './entry-point.ts';
import {
  directory,
  fci,
  p,
  scripted,
  select,
  selectPpse,
  success as ok,
  text,
  type Card,
  type Run,
} from './test-kit.ts';
import type { KernelResult } from '../kernel-result.ts';
import { contactApplication, contactlessApplication, saleInputWith, terminalForTests } from '../test-kit.ts';

const pan = '9704000000000018';
const napas = 'A0000007271010';
const visa = 'A0000000031010';

const application = contactlessApplication;
const input = saleInputWith({
  terminal: {
    ...terminalForTests,
    applications: [application(napas, 'NAPAS', '00'), application(visa, 'VISA', '03')],
  },
});

/** Runs a sale; a card answers hex with hex, and its answers are handed over as fresh bytes. */
function sale(card: (command: Uint8Array) => Uint8Array, saleInput = input): Run {
  const generator = contactlessSale(saleInput);
  const commands: string[] = [];
  let turn = generator.next();
  while (turn.done !== true) {
    commands.push(toHex(turn.value));
    turn = generator.next(card(turn.value));
  }
  return { result: turn.value, commands };
}

const on =
  (card: Card) =>
  (command: Uint8Array): Uint8Array =>
    hex(card(toHex(command)));

const cdol1 = p('8C', '9F02069F37049F36025F2A02');
const records = [p('57', `${pan}D3112201000F`), p('5F34', '01'), cdol1];
const cryptogram = [p('9F27', '80'), p('9F36', '0007'), p('9F26', '1122334455667788'), p('9F10', '06011203A00000')];

/** A card that pays: the tests change one answer each. */
const good: Readonly<Record<string, string>> = {
  [selectPpse]: directory([p('4F', napas), p('87', '01')]),
  [select(napas)]: fci(napas, text('50', 'NAPAS DEBIT'), p('9F38', '9F66049F0206')),
  '80A8': ok(constructed('77', [p('82', '1800'), p('94', '08010100')])),
  '00B2010C': ok(constructed('70', records)),
  '80AE': ok(constructed('77', cryptogram)),
};

const outcome = (changes: Readonly<Record<string, string>>): KernelResult =>
  sale(on(scripted({ ...changes, ...Object.fromEntries(Object.entries(good).filter(([key]) => !(key in changes))) })))
    .result;

function cardOf({ outcome }: KernelResult): CardData | undefined {
  return 'card' in outcome ? outcome.card : undefined;
}

describe('a card that goes online', () => {
  it('by GENERATE AC: asks in the order of the Books and hands over what the host needs', () => {
    const { result, commands } = sale(on(scripted(good)));
    expect(commands).toEqual([
      selectPpse,
      `00A4040007${napas}00`,
      // PDOL: TTQ with "online cryptogram required" set by the entry point, then the amount.
      '80A800000C830A2080000000000004500000',
      '00B2010C00',
      // CDOL1: amount, unpredictable number, ATC not yet known (zeros), currency.
      '80AE80000E000000045000DEADBEEF0000070400',
    ]);
    expect(result.outcome).toEqual({
      kind: 'onlineRequest',
      card: {
        maskedPan: '970400******0018',
        aid: napas,
        label: 'NAPAS DEBIT',
        interface: 'contactless',
        posEntryMode: '072',
        panSequenceNumber: '01',
        cryptogram: '1122334455667788',
        iccData:
          '9F26081122334455667788' +
          '9F270180' +
          '9F100706011203A00000' +
          '9F3704DEADBEEF' +
          '9F36020007' +
          '95058000000000' +
          '9B020000' +
          '9A03261231' +
          '9C0100' +
          '9F0206000000045000' +
          '5F2A020704' +
          '82021800' +
          '9F1A020704' +
          '9F34033F0000' +
          '9F3303200800' +
          '9F350121' +
          '9F0306000000000000' +
          `8407${napas}` +
          '9F1E084348414D30303031' +
          '9F09020001' +
          '9F410400000123' +
          '5F340101',
      },
    });
    expect(result.secrets?.pan.use(fromLatin1)).toBe(pan);
    expect(result.secrets?.expiry).toBe('3112');
    expect(toHex(result.secrets?.track2 ?? new Uint8Array(0))).toBe(`${pan}D3112201000F`);
  });

  it('by the answer to GET PROCESSING OPTIONS, without records and without CID', () => {
    const inGpo = [p('82', '0000'), p('57', `${pan}D3112201000F`), ...cryptogram.slice(1)];
    const { result, commands } = sale(on(scripted({ ...good, '80A8': ok(constructed('77', inGpo)) })));
    expect(commands).toHaveLength(3);
    expect(result.outcome.kind).toBe('onlineRequest');
    const card = cardOf(result);
    expect(card?.iccData).toContain('9F270180');
    expect(card).not.toHaveProperty('panSequenceNumber');
  });

  it('with response format 1 in both commands', () => {
    const format1 = {
      '80A8': ok(p('80', '180008010100')),
      '80AE': ok(p('80', '800007112233445566778806011203A00000')),
    };
    expect(outcome(format1).outcome).toEqual(outcome({}).outcome);
  });

  it('behind a reader that passes T=0 procedure bytes up', () => {
    const whole = good[selectPpse] ?? '';
    const t0 = scripted({
      [selectPpse]: '611E',
      '00C000001E': '6C05',
      '00C0000005': `${whole.slice(0, 10)}6110`,
      '00C0000010': whole.slice(10),
      ...good,
    });
    expect(sale(on((command) => (command.startsWith('00A404000E') ? '611E' : t0(command)))).result.outcome).toEqual(
      outcome({}).outcome,
    );
  });

  it('never puts PAN or track 2 into DE 55, and wipes the answers of the card', () => {
    const answers: Uint8Array[] = [];
    const { result } = sale((command) => {
      const answer = on(scripted(good))(command);
      answers.push(answer);
      return answer;
    });
    expect(JSON.stringify(result)).not.toContain(pan);
    const card = cardOf(result);
    const parsed = parseTlv(hex(card?.iccData ?? ''));
    expect(parsed.ok && (findTlv(parsed.value, '57') ?? findTlv(parsed.value, '5A'))).toBeUndefined();
    for (const answer of answers) expect(answer.every((byte) => byte === 0)).toBe(true);
  });

  it('wipes also when the card is torn away', () => {
    const generator = contactlessSale(input);
    generator.next();
    const answer = hex(good[selectPpse] ?? '');
    generator.next(answer);
    const end = generator.return({ outcome: { kind: 'tryAgain', reason: 'removedTooEarly' } });
    expect(end.done && end.value.outcome.kind).toBe('tryAgain');
    expect(answer.every((byte) => byte === 0)).toBe(true);
  });

  it('claims no cardholder verification or authentication, whatever configuration says', () => {
    const terminal = {
      ...input.terminal,
      applications: [application(napas, 'NAPAS', '00', { terminalTransactionQualifiers: 'FFFFFFFF' })],
    };
    const { commands } = sale(on(scripted(good)), { ...input, terminal });
    expect(commands[2]).toBe('80A800000C830A2080000000000004500000');
  });

  it('takes terminal values from the terminal, whatever the card claims', () => {
    const forged = outcome({ '00B2010C': ok(constructed('70', [...records, p('9F02', '000000000001')])) });
    expect(cardOf(forged)?.iccData).toContain('9F0206000000045000');
  });
});

function label(...objects: readonly Tlv[]): string | undefined {
  return cardOf(outcome({ [select(napas)]: fci(napas, ...objects) }))?.label;
}

describe('the label', () => {
  it('prefers the preferred name in an alphabet that can be written, else the label, else our name', () => {
    expect(label(text('50', 'LABEL'), text('9F12', 'Caf\u00e9'), p('9F11', '01'))).toBe('Café');
    expect(label(text('50', 'LABEL'), text('9F12', 'Caf\u00e9'), p('9F11', '05'))).toBe('LABEL');
    expect(label(text('50', ' \n'))).toBe('NAPAS');
    expect(label(text('50', 'A\u0007B'))).toBe('AB');
  });
});

/** Names that the terminal tries to select, in order, when nothing can be selected. */
function tried(entries: readonly (readonly Tlv[])[]): readonly string[] {
  const { commands } = sale(on(scripted({ [selectPpse]: directory(...entries) })));
  return commands.slice(1).map((command) => command.slice(10, -2));
}

describe('combination selection (Book B §3.3)', () => {
  it('best priority first, no priority last, directory order between equals', () => {
    expect(
      tried([
        [p('4F', napas)],
        [p('4F', `${visa}01`), p('87', '02')],
        [p('4F', visa), p('87', '01')],
        [p('4F', `${visa}02`), p('87', '82')],
      ]),
    ).toEqual([visa, `${visa}01`, `${visa}02`, napas]);
  });

  it('passes over what it does not know: other AIDs, no AID, a kernel that is not ours', () => {
    expect(
      tried([
        [p('4F', 'A0000000041010')],
        [p('50', '41')],
        [p('4F', '01020304')],
        [p('4F', visa), p('9F2A', '02')],
        [p('4F', visa), p('9F2A', '0300000000000000')],
        [p('4F', napas), p('9F2A', '810704')],
      ]),
    ).toEqual([visa, napas]);
  });

  it('goes on with the next application when one cannot be selected or does not want', () => {
    const both = directory([p('4F', visa), p('87', '01')], [p('4F', napas), p('87', '02')]);
    expect(outcome({ [selectPpse]: both, [select(visa)]: '6A82' }).outcome.kind).toBe('onlineRequest');
    expect(outcome({ [selectPpse]: both, [select(visa)]: '6283' }).outcome.kind).toBe('onlineRequest');
    const unwilling = scripted({ ...good, [selectPpse]: both, [select(visa)]: fci(visa), '80A8000002': '6985' });
    expect(sale(on(unwilling)).result.outcome.kind).toBe('onlineRequest');
  });
});

const record = (...objects: readonly Tlv[]): Record<string, string> => ({
  '00B2010C': ok(constructed('70', objects)),
});
const gpo = (aflAndMore: string): Record<string, string> => ({ '80A8': ok(p('80', `1800${aflAndMore}`)) });

describe('kernels that are not there', () => {
  const other = 'A0000000651010';
  const offering = (kernel: 'kernel8' | 'none') =>
    sale(
      on(
        scripted({
          ...good,
          [selectPpse]: directory([p('4F', other), p('87', '01')], [p('4F', napas), p('87', '02')]),
          [select(other)]: fci(other),
        }),
      ),
      {
        ...input,
        terminal: {
          ...input.terminal,
          applications: [application(other, 'OTHER', '05', { kernel }), application(napas, 'NAPAS', '00')],
        },
      },
    );

  it.each(['kernel8', 'none'] as const)('%s: the next application of the card is tried', (kernel) => {
    const { result, commands } = offering(kernel);
    expect(result.outcome.kind).toBe('onlineRequest');
    expect(commands[1]).toContain(other);
  });

  it.each(['kernel8', 'none'] as const)('%s alone: a clear end, and no command after SELECT', (kernel) => {
    const terminal = { ...input.terminal, applications: [application(other, 'OTHER', '05', { kernel })] };
    const card = scripted({ ...good, [selectPpse]: directory([p('4F', other)]), [select(other)]: fci(other) });
    const { result, commands } = sale(on(card), { ...input, terminal });
    expect(result.outcome).toEqual({ kind: 'endApplication', reason: 'kernelNotSupported' });
    expect(result.parameters).toMatchObject({
      start: 'none',
      uiOnOutcome: { message: 'insertSwipeOrTryAnotherCard', status: 'readyToRead' },
    });
    expect(commands).toHaveLength(2);
  });

  it.each(['kernel8', 'none'] as const)(
    '%s alone, but its chip is taken: the card is asked into the slot',
    (kernel) => {
      const both = { ...contactApplication(other, 'OTHER'), ...application(other, 'OTHER', '05', { kernel }) };
      const terminal = { ...input.terminal, applications: [both] };
      const card = scripted({ ...good, [selectPpse]: directory([p('4F', other)]), [select(other)]: fci(other) });
      const { result } = sale(on(card), { ...input, terminal });
      expect(result.outcome).toEqual({ kind: 'tryAnotherInterface' });
      expect(result.parameters).toMatchObject({
        alternateInterface: 'contact',
        uiOnOutcome: { message: 'pleaseInsertCard' },
      });
    },
  );

  it('the most telling reason is told when nothing is left', () => {
    const { result } = sale(
      on(
        scripted({
          ...good,
          [selectPpse]: directory([p('4F', other), p('87', '01')], [p('4F', napas), p('87', '02')]),
          [select(other)]: fci(other),
          [select(napas)]: '6A82',
        }),
      ),
      {
        ...input,
        terminal: {
          ...input.terminal,
          applications: [application(other, 'OTHER', '05', { kernel: 'none' }), application(napas, 'NAPAS', '00')],
        },
      },
    );
    expect(result.outcome).toEqual({ kind: 'endApplication', reason: 'kernelNotSupported' });
  });
});

describe('every other end', () => {
  const track = p('57', `${pan}D3112201000F`);

  it.each<[string, Record<string, string>, string]>([
    ['no PPSE', { [selectPpse]: '6A82' }, 'noSupportedApplication'],
    ['PPSE refused otherwise', { [selectPpse]: '6985' }, 'noSupportedApplication'],
    ['card blocked', { [selectPpse]: '6A81' }, 'applicationBlocked'],
    ['PPSE blocked', { [selectPpse]: '6283' }, 'applicationBlocked'],
    ['PPSE is not TLV', { [selectPpse]: '6F059000' }, 'cardDataError'],
    ['PPSE is empty', { [selectPpse]: '9000' }, 'noSupportedApplication'],
    ['only other applications', { [selectPpse]: directory([p('4F', 'A0000000041010')]) }, 'noSupportedApplication'],
    ['only another kernel', { [selectPpse]: directory([p('4F', visa), p('9F2A', '07')]) }, 'kernelNotSupported'],
    ['application cannot be selected', { [select(napas)]: '6A82' }, 'noSupportedApplication'],
    ['application blocked', { [select(napas)]: '6283' }, 'applicationBlocked'],
    ['FCI is not TLV', { [select(napas)]: '84209000' }, 'cardDataError'],
    ['FCI without DF name', { [select(napas)]: ok(constructed('6F', [text('50', 'X')])) }, 'cardDataError'],
    ['PDOL ends inside an entry', { [select(napas)]: fci(napas, p('9F38', '9F66049F02')) }, 'cardDataError'],
    ['PDOL asks for too much', { [select(napas)]: fci(napas, p('9F38', '9F33FF')) }, 'cardDataError'],
    ['GPO not accepted, nothing else to select', { '80A8': '6985' }, 'noSupportedApplication'],
    ['GPO is neither format', { '80A8': ok(p('81', '1800')) }, 'cardDataError'],
    ['GPO with two templates', { '80A8': ok(p('80', '1800'), p('80', '1800')) }, 'cardDataError'],
    ['GPO without AIP', { '80A8': ok(constructed('77', [p('94', '08010100')])) }, 'cardDataError'],
    ['AIP of one byte', { '80A8': ok(constructed('77', [p('82', '18')])) }, 'cardDataError'],
    ['AFL: file number with low bits', gpo('09020200'), 'cardDataError'],
    ['AFL: file 0', gpo('00010100'), 'cardDataError'],
    ['AFL: file 31', gpo('F8010100'), 'cardDataError'],
    ['AFL: record 0', gpo('08000100'), 'cardDataError'],
    ['AFL: last before first', gpo('08020100'), 'cardDataError'],
    ['AFL: more signed records than records', gpo('08010102'), 'cardDataError'],
    ['AFL: five bytes', gpo('0801010008'), 'cardDataError'],
    ['record refused', { '00B2010C': '6985' }, 'cardDataError'],
    ['record with something after the template', { '00B2010C': '7003950100FFFF9000' }, 'cardDataError'],
    ['record that is no template', { '00B2010C': ok(p('95', '00')) }, 'cardDataError'],
    ['record with broken contents', { '00B2010C': '70039502009000' }, 'cardDataError'],
    ['the same object twice', record(track, track, cdol1), 'cardDataError'],
    ['no account', record(cdol1), 'cardDataError'],
    ['track 2 without separator', record(p('57', pan), cdol1), 'cardDataError'],
    ['two different PANs', record(track, p('5A', '5413330089604111'), cdol1), 'cardDataError'],
    ['PAN that is no number', record(p('5A', '9704A0'), cdol1), 'cardDataError'],
    ['neither cryptogram nor CDOL1', record(track), 'cardDataError'],
    ['CDOL1 ends inside an entry', record(track, p('8C', '9F02')), 'cardDataError'],
    ['CDOL1 asks for too much', record(track, p('8C', '9F02FF9F0302')), 'cardDataError'],
    ['GENERATE AC refused', { '80AE': '6985' }, 'cardDataError'],
    ['GENERATE AC in neither format', { '80AE': ok(p('80', '80')) }, 'cardDataError'],
    ['GENERATE AC without cryptogram', { '80AE': ok(constructed('77', cryptogram.slice(0, 2))) }, 'cardDataError'],
    [
      'GENERATE AC without ATC',
      { '80AE': ok(constructed('77', [p('9F27', '80'), p('9F26', '1122334455667788')])) },
      'cardDataError',
    ],
    ['GENERATE AC without CID', { '80AE': ok(constructed('77', cryptogram.slice(1))) }, 'cardDataError'],
    ['cryptogram of seven bytes', { '80AE': ok(constructed('77', [p('9F26', '11223344556677')])) }, 'cardDataError'],
    ['TC where an ARQC was asked for', { '80AE': ok(p('80', '4000071122334455667788')) }, 'cardDataError'],
    ['reserved cryptogram type', { '80AE': ok(p('80', 'C000071122334455667788')) }, 'cardDataError'],
  ])('%s', (_, changes, reason) => {
    const result = outcome(changes);
    expect(result.outcome).toEqual({ kind: 'endApplication', reason });
    expect(result.detail).toMatch(/^\S.*\S$/);
    expect(result.secrets).toBeUndefined();
  });

  it('AAC: declined, with card data and without secrets', () => {
    const result = outcome({ '80AE': ok(p('80', '000007112233445566778806011203800000')) });
    expect(result.outcome).toMatchObject({ kind: 'declined', card: { maskedPan: '970400******0018' } });
    expect(result.secrets).toBeUndefined();
  });

  it('6984: another interface; 6986 and unusable answers: try again', () => {
    expect(outcome({ '80A8': '6984' }).outcome).toEqual({ kind: 'tryAnotherInterface' });
    expect(outcome({ '80A8': '6986' }).outcome).toEqual({ kind: 'tryAgain', reason: 'seePhone' });
    for (const command of Object.keys(good)) {
      expect(outcome({ [command]: '90' }).outcome).toEqual({ kind: 'tryAgain', reason: 'communicationError' });
    }
  });
});

describe('no card can break or hold the terminal', () => {
  const kinds = ['onlineRequest', 'declined', 'tryAgain', 'tryAnotherInterface', 'endApplication'];

  it('any answers at all', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.uint8Array({ maxLength: 60 })), (answers) => {
        const { result, commands } = sale(() => answers.next().value ?? new Uint8Array(0));
        expect(kinds).toContain(result.outcome.kind);
        expect(commands.length).toBeLessThanOrEqual(maxExchanges);
      }),
    );
  });

  it('a good card with bytes changed, cut off or added', () => {
    const mutation = fc.record({
      exchange: fc.nat({ max: 4 }),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      kind: fc.constantFrom('change', 'cut', 'insert'),
      byte: fc.nat({ max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        let exchange = 0;
        const { result, commands } = sale((command) => {
          let answer = hex(scripted(good)(toHex(command)));
          for (const change of mutations.filter((one) => one.exchange === exchange)) {
            const at = Math.floor(change.at * answer.length);
            const rest = { change: at + 1, cut: answer.length, insert: at }[change.kind];
            const middle = change.kind === 'cut' ? new Uint8Array(0) : Uint8Array.of(change.byte);
            answer = concat(answer.subarray(0, at), middle, answer.subarray(rest));
          }
          exchange += 1;
          return answer;
        });
        expect(kinds).toContain(result.outcome.kind);
        expect(commands.length).toBeLessThanOrEqual(maxExchanges);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['procedure bytes without end', () => '6100'],
    ['wrong length without end', () => '6C00'],
    ['an AFL of 63 files with 255 records', (command: string) => endless(command)],
  ])('%s', (_, card) => {
    const { result, commands } = sale(on(card));
    expect(commands).toHaveLength(maxExchanges);
    expect(result.outcome).toEqual({ kind: 'tryAgain', reason: 'communicationError' });
  });

  const endless: Card = scripted({
    ...good,
    '80A8': ok(constructed('77', [p('82', '1800'), p('94', 'A001FF00'.repeat(31))])),
    '00B2': '70009000',
  });
});

const vectors = path.join(process.env['CHAM_VECTORS'] ?? path.resolve('../shared/vectors'), 'emv');

function tagsOf(text: string): string[] {
  const parsed = parseTlv(hex(text));
  return parsed.ok ? parsed.value.map(({ tag }) => tag) : [];
}

describe.skipIf(!existsSync(vectors))('as emv-utils and NAPAS do it (vectors)', () => {
  interface Case {
    name: string;
    fci?: string;
    afl?: string;
    exchanges: { c: string; r: string }[];
    expected_outcome: string;
  }
  const cases = (file: string): Case[] =>
    existsSync(vectors) ? (JSON.parse(readFileSync(path.join(vectors, file), 'utf8')) as { cases: Case[] }).cases : [];

  it.each(cases('gpo.emv-utils.json'))('GET PROCESSING OPTIONS: $name', ({ fci: selected, exchanges }) => {
    const terminal = { ...input.terminal, terminalCapabilities: '60F0C8' };
    const generator = contactlessSale({ ...input, terminal });
    generator.next();
    generator.next(hex(directory([p('4F', visa)])));
    const turn = generator.next(hex(`${selected}9000`));
    const [expected] = exchanges;
    if (expected === undefined) {
      expect(turn.done && turn.value.outcome).toEqual({ kind: 'endApplication', reason: 'cardDataError' });
    } else {
      expect(turn.done === true ? '' : toHex(turn.value)).toBe(expected.c);
      const next = generator.next(hex(expected.r));
      // 7800 and the files 1, 2 and 3: the first record of the AFL is asked for.
      expect(next.done === true ? next.value.outcome.kind : toHex(next.value)).toBe(
        expected.r === '6985' ? 'endApplication' : '00B2020C00',
      );
    }
  });

  it.each(cases('read_application_data.emv-utils.json'))(
    'READ RECORD: $name',
    ({ afl = '', exchanges, expected_outcome }) => {
      const { '80A8': _, ...withoutGpo } = good;
      const records = Object.fromEntries(exchanges.map(({ c, r }) => [c, r]));
      const card = scripted({ ...records, '80A8': ok(p('80', `7800${afl}`)), ...withoutGpo });
      const withoutGoodRecord: Card = (command) =>
        command.startsWith('00B2') && !(command in records) ? '6A83' : card(command);
      const { result, commands } = sale(on(withoutGoodRecord));
      expect(commands.filter((command) => command.startsWith('00B2'))).toEqual(exchanges.map(({ c }) => c));
      if (expected_outcome === 'OK') expect(result.outcome.kind).toBe('onlineRequest');
      else expect(result.outcome).toEqual({ kind: 'endApplication', reason: 'cardDataError' });
    },
  );

  it('DE 55 carries every data object that a published NAPAS message carries', () => {
    const { hex: published } = JSON.parse(readFileSync(path.join(vectors, 'napas_de55.json'), 'utf8')) as {
      hex: string;
    };
    const result = outcome({});
    const ours = tagsOf(cardOf(result)?.iccData ?? '');
    expect(tagsOf(published)).not.toEqual([]);
    expect(ours).toEqual(expect.arrayContaining(tagsOf(published)));
  });
});
