/** After the host: issuer authentication, scripts, the second GENERATE AC, and what the machine is told of it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../../base/bytes.ts';
import { constructed, encodeTlv, findTlv, parseTlv, type Tlv } from '../../tlv/ber-tlv.ts';
import { contactApplication, noAction } from '../test-kit.ts';
import type { HostAnswer } from './requests.ts';
import {
  aid,
  approvedByHost,
  completionOf,
  contactInput,
  cryptogram,
  ok,
  options,
  p,
  records,
  run,
  scripted,
  type Run,
  type Surroundings,
} from './test-kit.ts';

const authenticationData = '112233445566778899AA';
const issuerAuthenticationByCommand = { '80A8': options('0400', '10010100') };
const noIssuerAuthentication = { '80A8': options('0000', '10010100') };

function answered(responseCode: string, ...objects: readonly Tlv[]): HostAnswer {
  return { kind: 'answered', responseCode, iccData: toHex(encodeTlv(objects)) };
}

function script(template: '71' | '72', identifier: string | undefined, ...commands: readonly string[]): Tlv {
  const name = identifier === undefined ? [] : [p('9F18', identifier)];
  return constructed(template, [...name, ...commands.map((command) => p('86', command))]);
}

/** Commands from the first GENERATE AC on. */
function afterwards({ commands }: Run): readonly string[] {
  return commands.slice(commands.findIndex((command) => command.startsWith('80AE')) + 1);
}

function second(sale: Run): string | undefined {
  return afterwards(sale).find((command) => command.startsWith('80AE'));
}

function object(sale: Run, tag: string): string | undefined {
  const parsed = parseTlv(hex(completionOf(sale).card?.iccData ?? ''));
  const found = parsed.ok ? findTlv(parsed.value, tag) : undefined;
  return found && toHex(found.value);
}

const commandA = '8424000004DEADBEEF';
const commandB = '8418000008AABBCCDDEEFF0011';

describe('the second GENERATE AC', () => {
  it.each<[string, HostAnswer, type: string, code: string, decision: string]>([
    ['approved', approvedByHost, '40', '3030', 'approved'],
    ['a part approved', answered('10'), '40', '3130', 'approved'],
    ['declined', answered('05'), '00', '3035', 'declined'],
    ['an approval that is not honoured here', answered('08'), '00', '3038', 'declined'],
    ['approved, and the issuer says so to its card', answered('00', p('8A', '3030')), '40', '3030', 'approved'],
    ['approved, but the issuer tells its card otherwise', answered('00', p('8A', '3035')), '00', '3035', 'declined'],
    ['a code that is none', answered('00', p('8A', '0001')), '00', '3035', 'declined'],
    ['certainly not asked, and the default codes allow it', { kind: 'unableToGoOnline' }, '40', '5933', 'approved'],
    ['nobody knows', { kind: 'outcomeUnknown' }, '00', '5A33', 'declined'],
  ])('%s', (_, host, type, code, decision) => {
    const iac = ['9F0D', '9F0E', '9F0F'].map((tag) => p(tag, '0000000000'));
    const sale = run({ host, card: scripted({ '00B20114': ok(constructed('70', [...records, ...iac])) }) });
    expect(second(sale)?.slice(4, 6)).toBe(type);
    expect(second(sale)?.slice(10, 14)).toBe(code);
    expect(completionOf(sale).decision).toBe(decision);
    expect(object(sale, '8A')).toBe(code);
    expect(object(sale, '9F27')).toBe(type);
  });

  it('not asked, and an action code of the default denies it', () => {
    // The card has no IAC-Default: all its bits count (Book 3 §10.7).
    const sale = run({ host: { kind: 'unableToGoOnline' } });
    expect(second(sale)?.slice(4, 14)).toBe('00000F5A33');
    expect(completionOf(sale).decision).toBe('declined');
  });

  it('the card declines what the host approved', () => {
    const sale = run({ card: scripted({ '80AE40': cryptogram('00', '8877665544332211') }) });
    expect(completionOf(sale)).toMatchObject({ decision: 'declined', card: { cryptogram: '8877665544332211' } });
  });

  it.each([
    ['refused', '6985'],
    ['broken', '770A9F27'],
    ['without a cryptogram', ok(constructed('77', [p('9F27', '40'), p('9F36', '0007')]))],
  ])('%s: not completed', (_, answer) => {
    const sale = run({ card: scripted({ '80AE40': answer }) });
    expect(completionOf(sale)).toMatchObject({ decision: 'notCompleted', issuerAuthentication: 'none' });
    expect(completionOf(sale).card).toBeUndefined();
  });

  it.each([
    ['a TC for the AAC that was asked for', '05', { '80AE00': cryptogram('40') }],
    ['another ARQC', '00', { '80AE40': cryptogram('80') }],
    ['a type that does not exist', '00', { '80AE40': cryptogram('C0') }],
    [
      'an ARQC with a signature for its cryptogram',
      '00',
      { '80AE40': ok(constructed('77', [p('9F27', '80'), p('9F36', '0007')])) },
    ],
  ])('%s counts as an AAC (Book 3 §9.3)', (_, code, changes) => {
    const host = answered(code, script('72', '00000001', commandA));
    const sale = run({ host, card: scripted({ '8424': '9000', ...changes }) });
    expect(completionOf(sale)).toMatchObject({ decision: 'declined', scriptResults: '2000000001' });
  });

  it('the card is gone at any step after the host has answered', () => {
    const host = answered('00', p('91', authenticationData), script('71', '00000001', commandA, commandB));
    const card = scripted({ '8424': '9000', '8418': '9000' });
    const complete = run({ host, card });
    const from = complete.commands.length - afterwards(complete).length;
    expect(complete.commands.length - from).toBe(4);
    for (let step = from; step < complete.commands.length; step += 1) {
      let count = 0;
      const sale = run({ host, card: (command) => (count++ === step ? 'removed' : card(command)) });
      expect(completionOf(sale).decision).toBe('notCompleted');
      expect(sale.commands).toHaveLength(step + 1);
    }
  });
});

describe('issuer authentication (Book 3 §10.9)', () => {
  const host = answered('00', p('91', authenticationData));
  const authenticate = `008200000A${authenticationData}`;

  it('by EXTERNAL AUTHENTICATE where the AIP says so', () => {
    const sale = run({ host, card: scripted(issuerAuthenticationByCommand) });
    expect(afterwards(sale)[0]).toBe(authenticate);
    expect(completionOf(sale).issuerAuthentication).toBe('performed');
    expect(object(sale, '95')).toBe('8000008000');
  });

  it('refused: a bit of the TVR, and the card is asked all the same', () => {
    const sale = run({ host, card: scripted({ ...issuerAuthenticationByCommand, '0082': '6300' }) });
    expect(completionOf(sale)).toMatchObject({ issuerAuthentication: 'failed', decision: 'approved' });
    expect(object(sale, '95')).toBe('8000008040');
    expect(second(sale)).toContain('8000008040');
  });

  it('data that cannot be right are not sent, and count as failed', () => {
    const sale = run({ host: answered('00', p('91', '11223344')), card: scripted(issuerAuthenticationByCommand) });
    expect(afterwards(sale)).toHaveLength(1);
    expect(completionOf(sale).issuerAuthentication).toBe('failed');
    expect(object(sale, '95')).toBe('8000008040');
  });

  it('with CDOL2 where the AIP says nothing', () => {
    const sale = run({ host, card: scripted(noIssuerAuthentication) });
    // CDOL2 asks for eight bytes of it.
    expect(afterwards(sale)).toEqual(['80AE40000F3030' + authenticationData.slice(0, 16) + '800000800000']);
    expect(completionOf(sale).issuerAuthentication).toBe('none');
  });

  it('nothing without data', () => {
    const sale = run({ card: scripted(issuerAuthenticationByCommand) });
    expect(afterwards(sale)).toHaveLength(1);
    expect(completionOf(sale).issuerAuthentication).toBe('none');
  });
});

const scripts = (host: HostAnswer, changes: Readonly<Record<string, string>> = {}): Run =>
  run({ host, card: scripted({ '8424': '9000', '8418': '9000', ...changes }) });

describe('issuer scripts (Book 3 §10.10)', () => {
  it('before and after the final cryptogram, in their order', () => {
    const host = answered(
      '00',
      script('72', '00000002', commandB),
      script('71', '00000001', commandA, commandB),
      script('71', undefined, commandB),
    );
    const sale = scripts(host);
    expect(afterwards(sale).map((command) => command.slice(0, 4))).toEqual(['8424', '8418', '8418', '80AE', '8418']);
    expect(completionOf(sale)).toMatchObject({
      decision: 'approved',
      scriptResults: '200000000120000000002000000002',
    });
    expect(object(sale, '9F5B')).toBe('200000000120000000002000000002');
    expect(object(sale, '95')).toBe('8000008000');
  });

  it('are told too when the card does not complete (Book 4 §6.3.9: with the reversal)', () => {
    const host = answered('00', script('71', '00000001', commandA), script('71', '00000002', commandB));
    expect(completionOf(scripts(host, { '80AE40': '6985' }))).toMatchObject({
      decision: 'notCompleted',
      scriptResults: '20000000012000000002',
    });
    expect(completionOf(scripts(host, { '8418': 'removed' }))).toMatchObject({
      decision: 'notCompleted',
      scriptResults: '20000000011100000002',
    });
  });

  it('an error ends its script and not the next one; a warning is none', () => {
    const host = answered('00', script('71', '00000001', commandA, commandB), script('71', '00000002', commandB));
    const sale = scripts(host, { '8424': '6985' });
    expect(completionOf(sale).scriptResults).toBe('11000000012000000002');
    expect(object(sale, '95')).toBe('8000008020');
    expect(second(sale)).toContain('8000008020');
    expect(completionOf(scripts(host, { '8424': '63C1', '8418': '6200' })).scriptResults).toBe('20000000012000000002');
  });

  it('tells which command failed, up to the fourteenth', () => {
    const many = Array.from({ length: 16 }, () => commandA);
    const failing = (at: number): string | undefined => {
      let count = 0;
      const card = scripted();
      const sale = run({
        host: answered('00', script('71', '00000001', ...many)),
        card: (command) => {
          if (!command.startsWith('8424')) return card(command);
          count += 1;
          return count === at ? '6985' : '9000';
        },
      });
      return completionOf(sale).scriptResults?.slice(0, 2);
    };
    expect([1, 2, 14, 15, 16].map(failing)).toEqual(['11', '12', '1E', '1F', '1F']);
  });

  it.each([
    ['a length that points behind the end', '710686098424000004'],
    ['no command', '71079F180400000001'],
    ['a command of three bytes', '71058603842400'],
  ])('%s: nothing of it is sent', (_, iccData) => {
    const sale = scripts({ kind: 'answered', responseCode: '00', iccData });
    expect(afterwards(sale)).toHaveLength(1);
    expect(completionOf(sale).scriptResults?.slice(0, 2)).toBe('00');
    expect(object(sale, '95')).toBe('8000008020');
  });

  it('a script after the final cryptogram changes nothing of the decision, nor of what the card has certified', () => {
    const host = answered('00', script('72', '00000002', commandA));
    for (const answer of ['6985', '6D00']) {
      const sale = scripts(host, { '8424': answer });
      expect(completionOf(sale)).toMatchObject({ decision: 'approved', scriptResults: '1100000002' });
      expect(object(sale, '95')).toBe('8000008000');
    }
    const card = scripted();
    const torn = run({ host, card: (command) => (command.startsWith('8424') ? 'removed' : card(command)) });
    expect(completionOf(torn)).toMatchObject({ decision: 'approved', scriptResults: '1100000002' });
  });

  it('runs them also when the host declined', () => {
    const sale = scripts(answered('05', script('71', '00000001', commandA)));
    expect(completionOf(sale)).toMatchObject({ decision: 'declined', scriptResults: '2000000001' });
  });

  it('reads what can be read of a garbled DE 55', () => {
    const garbled = { kind: 'answered', responseCode: '00', iccData: `910811223344556677887` } as const;
    expect(completionOf(run({ host: garbled })).issuerAuthentication).toBe('none');
    const cut = { kind: 'answered', responseCode: '00', iccData: '91081122334455667788720A9F18' } as const;
    expect(completionOf(run({ host: cut }))).toMatchObject({ issuerAuthentication: 'performed', decision: 'approved' });
  });
});

describe('whatever the host sends', () => {
  it('ends in one of three ways', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .array(fc.tuple(fc.constantFrom('71', '72', '86', '91', '8A', '9F18', '77'), fc.uint8Array({ maxLength: 20 })))
        .map((objects) =>
          hex(objects.map(([tag, value]) => tag + toHex(Uint8Array.of(value.length)) + toHex(value)).join('')),
        ),
    );
    fc.assert(
      fc.property(bytes, fc.string({ maxLength: 3 }), (iccData, responseCode) => {
        const host = { kind: 'answered', responseCode, iccData: toHex(iccData) } as const;
        const { decision } = completionOf(run({ host }));
        expect(['approved', 'declined', 'notCompleted']).toContain(decision);
        if (responseCode !== '00' && responseCode !== '10') expect(decision).not.toBe('approved');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the PIN on its way to the host', () => {
  const settings = contactApplication(aid, 'NAPAS', { tac: { ...noAction, online: 'FFFFFFFFFF' } });
  const terminal = { ...contactInput.terminal, terminalCapabilities: '204000', applications: [settings] };
  const withPin = scripted({
    '80A8': options('1000', '10010100'),
    '00B20114': ok(constructed('70', [...records, p('8E', '00000000000000000200')])),
  });
  const sale = (pin: NonNullable<Surroundings['pin']>): Run =>
    run({ input: { ...contactInput, terminal }, card: withPin, pin });

  it('is a copy of what the pad gave, whose own is wiped', () => {
    const pinBlock = hex('0123456789ABCDEF');
    const { requests } = sale({ kind: 'pinBlock', pinBlock });
    const online = requests.find(({ kind }) => kind === 'goOnline');
    if (online?.kind !== 'goOnline') throw new Error('did not go online');
    expect(online.card.cvm).toBe('onlinePin');
    expect(toHex(online.secrets.pinBlock ?? hex(''))).toBe('0123456789ABCDEF');
    expect(toHex(pinBlock)).toBe('0000000000000000');
  });

  it('cancelled at the pad: the sale ends', () => {
    const { end } = sale({ kind: 'cancelled' });
    expect(end).toMatchObject({ result: { outcome: { kind: 'endApplication', reason: 'cancelledByCardholder' } } });
  });
});
