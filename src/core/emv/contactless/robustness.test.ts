/**
 * Whatever a card does at whatever moment: torn away, silent, a status word out of place, bytes changed. Each kernel ends
 * with an outcome of Book A, its parameters, and nothing approved that was not signed.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combinedCard, kernel2Input } from '../../../../test/emv/combined-card.ts';
import { concat, hex, toHex } from '../../base/bytes.ts';
import { maxExchanges } from '../card-channel.ts';
import type { KernelResult } from '../kernel-result.ts';
import type { SaleInput } from '../terminal-data.ts';
import { contactlessApplication, saleInputWith, terminalForTests } from '../test-kit.ts';
import { directory, fci, format2, p, record, runSale, scripted, select, selectPpse, type Answers } from './test-kit.ts';

const visa = 'A0000000031010';
const napas = 'A0000007271010';
const track = p('57', '9704000000000018D3112201000F');
const cryptogram = [p('9F36', '0007'), p('9F26', '1122334455667788'), p('9F10', '06011203A00000')];

const takes = (aid: string, kernelId: string, kernel: 'kernel3' | 'pure'): SaleInput =>
  saleInputWith({
    terminal: { ...terminalForTests, applications: [contactlessApplication(aid, 'TEST', kernelId, { kernel })] },
  });

interface Subject {
  readonly input: SaleInput;
  readonly card: () => Answers;
}

const subjects: Readonly<Record<string, Subject>> = {
  'Kernel 2': {
    input: kernel2Input({ settings: { floorLimit: 100_000 } }),
    card: () => combinedCard({ drdol: '9F3704' }),
  },
  'Kernel 3': {
    input: takes(visa, '03', 'kernel3'),
    card: () => ({
      [selectPpse]: directory([p('4F', visa)]),
      [select(visa)]: fci(visa, p('9F38', '9F66049F0206')),
      '80A8': format2(p('82', '2000'), p('94', '08010100'), track, ...cryptogram),
      '00B2010C': record(p('5F24', '311231')),
    }),
  },
  PURE: {
    input: takes(napas, '00', 'pure'),
    card: () => ({
      [selectPpse]: directory([p('4F', napas)]),
      [select(napas)]: fci(napas, p('9F38', '9F0206')),
      '80A8': format2(p('82', '1800'), p('94', '08010100')),
      '00B2010C': record(track, p('8C', '9F37049F0206')),
      '80AE': format2(p('9F27', '80'), ...cryptogram),
    }),
  },
};

const kinds = ['onlineRequest', 'approved', 'declined', 'tryAgain', 'tryAnotherInterface', 'endApplication'];

function expectDefined(result: KernelResult): void {
  expect(kinds).toContain(result.outcome.kind);
  const { parameters } = result;
  expect(parameters).toBeDefined();
  expect(parameters?.start).toBe(result.outcome.kind === 'tryAgain' ? 'B' : 'none');
  expect(parameters?.uiOnOutcome ?? parameters?.uiOnRestart).toBeDefined();
  const goesOn = result.outcome.kind === 'onlineRequest' || result.outcome.kind === 'approved';
  expect(result.secrets !== undefined).toBe(goesOn);
  if (result.outcome.kind !== 'onlineRequest' && result.outcome.kind !== 'approved')
    expect(result.detail).toMatch(/^\S/);
}

/** Runs with the answer to one exchange replaced. */
function disturbed({ input, card }: Subject, at: number, change: (answer: string) => string) {
  const answers = scripted(card());
  let exchange = 0;
  const run = runSale((command) => {
    const answer = answers(command);
    exchange += 1;
    return exchange - 1 === at ? change(answer) : answer;
  }, input);
  return { ...run, exchanges: exchange };
}

describe.each(Object.entries(subjects))('%s', (_, subject) => {
  const whole = disturbed(subject, -1, (answer) => answer);
  const moments = Array.from({ length: whole.exchanges }, (__, at) => at);

  it('pays when nobody disturbs', () => {
    expect(['approved', 'onlineRequest']).toContain(whole.result.outcome.kind);
    expectDefined(whole.result);
  });

  it.each(moments)('torn away, or silent, at exchange %i: another tap', (at) => {
    const torn = disturbed(subject, at, () => 'removed');
    expect(torn.result.outcome).toEqual({ kind: 'tryAgain', reason: 'removedTooEarly' });
    expectDefined(torn.result);
    const silent = disturbed(subject, at, () => 'noAnswer');
    expect(silent.result.outcome).toEqual({ kind: 'tryAgain', reason: 'communicationError' });
    expect(torn.commands).toHaveLength(at + 1);
  });

  it.each(['6985', '6283', '6A82', '6986', '6984', '6A81', '6700', '6D00', '6E00', '6F00', '6300'])(
    'status %s at each command: nothing is paid',
    (status) => {
      for (const at of moments) {
        const { result } = disturbed(subject, at, () => status);
        expectDefined(result);
        expect(['tryAgain', 'tryAnotherInterface', 'endApplication']).toContain(result.outcome.kind);
      }
    },
  );

  it('61xx and 6Cxx at each command: as if the reader had followed them', () => {
    for (const at of moments) {
      const { input, card } = subject;
      const answers = scripted(card());
      let exchange = -1;
      let step: 'start' | 'right length' | 'get response' = 'start';
      let rest = '';
      const { result } = runSale((command) => {
        if (step === 'get response') {
          step = 'start';
          expect(command).toBe('00C0000000');
          return rest;
        }
        if (step === 'right length') {
          step = 'get response';
          expect(command.slice(-2)).toBe('10');
          rest = answers(`${command.slice(0, -2)}00`);
          return '6100';
        }
        exchange += 1;
        if (exchange === at) step = 'right length';
        return exchange === at ? '6C10' : answers(command);
      }, input);
      expect(result.outcome.kind).toBe(whole.result.outcome.kind);
    }
  });

  it('any bytes changed, cut or added at any moment', () => {
    const mutation = fc.record({
      at: fc.nat({ max: moments.length - 1 }),
      where: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      kind: fc.constantFrom('change', 'cut', 'insert'),
      byte: fc.nat({ max: 255 }),
    });
    fc.assert(
      fc.property(mutation, ({ at, where, kind, byte }) => {
        const { result, commands } = disturbed(subject, at, (answer) => {
          const bytes = hex(answer);
          const position = Math.floor(where * bytes.length);
          const rest = { change: position + 1, cut: bytes.length, insert: position }[kind];
          const middle = kind === 'cut' ? new Uint8Array(0) : Uint8Array.of(byte);
          return toHex(concat(bytes.subarray(0, position), middle, bytes.subarray(rest)));
        });
        expectDefined(result);
        expect(commands.length).toBeLessThanOrEqual(maxExchanges);
      }),
      { numRuns: 400 },
    );
  });

  it('any answers at all', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.uint8Array({ maxLength: 60 })), (answers) => {
        const { result, commands } = runSale(() => toHex(answers.next().value ?? new Uint8Array(0)), subject.input);
        expectDefined(result);
        expect(commands.length).toBeLessThanOrEqual(maxExchanges);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is signed', () => {
  it('is never approved with another byte in it', () => {
    const subject = subjects['Kernel 2'];
    if (subject === undefined) throw new Error('no Kernel 2');
    const { exchanges } = disturbed(subject, -1, (answer) => answer);
    const last = exchanges - 1;
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), fc.integer({ min: 1, max: 255 }), (place, flip) => {
        const { result } = disturbed(subject, last, (good) => {
          const bytes = hex(good);
          const at = place % (bytes.length - 2);
          bytes[at] = (bytes[at] ?? 0) ^ flip;
          return toHex(bytes);
        });
        expect(result.outcome.kind).not.toBe('approved');
      }),
      { numRuns: 300 },
    );
  });
});
