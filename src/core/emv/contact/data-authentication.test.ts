/** SDA, DDA and CDA within a whole sale: what the card is asked, and what TVR and TSI say afterwards. */
import { describe, expect, it } from 'vitest';
import { rsaKey } from '../../../../test/emv/rsa-keys.ts';
import { concat, hex, toHex } from '../../base/bytes.ts';
import { constructed, encodeTlv, findTlv, parseTlv, primitive, type Tlv } from '../../tlv/ber-tlv.ts';
import { certify, combinedDynamicData, signDynamic, signStatic } from '../oda/test-kit.ts';
import { contactApplication, noAction } from '../test-kit.ts';
import type { SaleInput } from '../terminal-data.ts';
import {
  aid,
  completionOf,
  contactInput,
  cryptogram,
  fci,
  ok,
  options,
  p,
  pan,
  records,
  run,
  scripted,
  select,
  text,
  type Run,
} from './test-kit.ts';

const ca = rsaKey(128);
const issuerKey = rsaKey(112);
const iccKey = rsaKey(96);

/** CDOL1 and CDOL2 show TVR and TSI. */
const own = records.map((object) => {
  if (object.tag === '8C') return p('8C', '95059B029F3704');
  return object.tag === '8D' ? p('8D', '8A0295059B02') : object;
});
const signedRecord = encodeTlv([...own, p('9F4A', '82')]);
const offlineAip = '2000';

interface CardChanges {
  readonly aip?: string;
  readonly without?: readonly string[];
  readonly more?: readonly Tlv[];
}

/** Answers of a card with certificates: record 1 is signed, the others bring keys and signatures. */
function cardWith({ aip = offlineAip, without = [], more = [] }: CardChanges): Record<string, string> {
  const signed = [signedRecord, hex(aip)];
  const issuer = certify(ca, issuerKey, { format: 2, subject: `${pan.slice(0, 6)}FF` });
  const icc = certify(issuerKey, iccKey, { format: 4, subject: pan.padEnd(20, 'F') }, signed);
  const record = (...objects: readonly Tlv[]): string =>
    ok(
      constructed(
        '70',
        objects.filter(({ tag, value }) => value.length > 0 && !without.includes(tag)),
      ),
    );
  return {
    [select(aid)]: fci(aid, text('50', 'NAPAS DEBIT'), p('9F38', '9F0206')),
    '80A8': options(aip, '10010401'),
    '00B20114': ok(constructed('70', parsed(signedRecord))),
    '00B20214': record(
      p('8F', '92'),
      primitive('90', issuer.certificate),
      primitive('92', issuer.remainder),
      primitive('9F32', issuerKey.exponent),
    ),
    '00B20314': record(
      primitive('9F46', icc.certificate),
      primitive('9F47', iccKey.exponent),
      primitive('9F48', icc.remainder),
      ...more,
    ),
    '00B20414': record(primitive('93', signStatic(issuerKey, signed))),
  };
}

function parsed(bytes: Uint8Array): readonly Tlv[] {
  const read = parseTlv(bytes);
  return read.ok ? read.value : [];
}

function terminalWith(security: string, denial = '0000000000'): SaleInput {
  const tac = { ...noAction, denial, online: 'FFFFFFFFFF' };
  return {
    ...contactInput,
    terminal: {
      ...contactInput.terminal,
      terminalCapabilities: `2008${security}`,
      applications: [contactApplication(aid, 'NAPAS', { tac, defaultDdol: '9F37049F0206' })],
      caPublicKeys: [{ rid: aid.slice(0, 10), index: '92', modulus: toHex(ca.modulus), exponent: toHex(ca.exponent) }],
    },
  };
}

/** TVR and TSI as CDOL1 and CDOL2 had them. */
function flags({ commands }: Run, which: 'first' | 'second'): string | undefined {
  const command = commands.filter((each) => each.startsWith('80AE'))[which === 'first' ? 0 : 1];
  return which === 'first' ? command?.slice(10, 24) : command?.slice(14, 28);
}

/** TVR: nothing, then the floor limit. */
const quietTvr = '0000008000';

const sda = (changes: CardChanges): Run =>
  run({ input: terminalWith('80'), card: scripted(cardWith({ aip: '4000', ...changes })) });

describe('SDA', () => {
  it('holds', () => expect(flags(sda({}), 'first')).toBe('02000080008800'));
  it('does not hold', () => {
    const card = { ...cardWith({ aip: '4000' }), '00B20414': ok(constructed('70', [p('93', '11'.repeat(112))])) };
    expect(flags(run({ input: terminalWith('80'), card: scripted(card) }), 'first')).toBe('42000080008800');
  });
  it('has not all it needs', () => expect(flags(sda({ without: ['93'] }), 'first')).toBe('62000080008800'));
});

describe('DDA', () => {
  const ddolValue = 'DEADBEEF000000045000';
  const dynamicNumber = hex('0401020304');
  const dda = (answer: string | undefined, changes: CardChanges = {}): Run => {
    const signed = signDynamic(iccKey, dynamicNumber, hex(ddolValue));
    const card = scripted({ ...cardWith(changes), '0088': answer ?? ok(primitive('80', signed)) });
    return run({ input: terminalWith('40'), card });
  };

  it('by INTERNAL AUTHENTICATE with the default DDOL, in either format', () => {
    const sale = dda(undefined);
    expect(sale.commands).toContain(`008800000A${ddolValue}00`);
    expect(flags(sale, 'first')).toBe(`${quietTvr}8800`);
    const signed = signDynamic(iccKey, dynamicNumber, hex(ddolValue));
    expect(flags(dda(ok(constructed('77', [primitive('9F4B', signed)]))), 'first')).toBe(`${quietTvr}8800`);
  });

  it.each<[string, string | undefined, CardChanges, string]>([
    ['another signature', ok(p('80', '22'.repeat(96))), {}, '0800008000'],
    ['a DDOL of the card without the unpredictable number', undefined, { more: [p('9F49', '9F0206')] }, '0800008000'],
    ['no certificate', undefined, { without: ['9F46'] }, '2800008000'],
    ['no CA index', undefined, { without: ['8F'] }, '2800008000'],
  ])('%s: fails, and the sale goes on', (_, answer, changes, tvr) => {
    expect(flags(dda(answer, changes), 'first')).toBe(`${tvr}8800`);
  });

  it.each([
    ['no TLV', '80059000'],
    ['another template', ok(p('81', '00'))],
    ['no signature in the template', ok(constructed('77', [p('9F36', '0007')]))],
    ['refused', '6985'],
  ])('%s: an error of the card', (_, answer) => {
    expect(dda(answer).end).toMatchObject({ result: { outcome: { reason: 'cardDataError' } } });
  });
});

describe('records of the issuer under authentication (Book 3 §10.3)', () => {
  it('fail it when they are no templates', () => {
    const card = { ...cardWith({}), '80A8': options(offlineAip, '10010401A8010101'), '00B201AC': 'DEADBEEF9000' };
    expect(flags(run({ input: terminalWith('40'), card: scripted(card) }), 'first')).toBe('08000080008800');
  });
});

describe('neither', () => {
  it('the terminal has none of the methods of the card', () => {
    expect(flags(run({ input: terminalWith('80'), card: scripted(cardWith({})) }), 'first')).toBe('80000080000800');
  });

  it('XDA is known, and not performed', () => {
    const card = scripted(cardWith({ aip: '8000' }));
    expect(flags(run({ input: terminalWith('04'), card }), 'first')).toBe('80000080000800');
  });
});

describe('CDA', () => {
  const pdolValue = '000000045000';

  /** Signs what it was sent, as the Books say, unless `signs` says otherwise. */
  function cdaCard(
    changes: CardChanges,
    signs: { first?: boolean; second?: boolean; cid?: string } = {},
  ): (command: string) => string {
    const card = scripted(cardWith({ aip: '0100', ...changes }));
    let sent = pdolValue;
    return (command) => {
      if (!command.startsWith('80AE')) return card(command);
      const type = command.slice(4, 6);
      const length = command.slice(8, 10);
      const value = command.slice(10, 10 + 2 * Number.parseInt(length, 16));
      const isFirst = sent === pdolValue;
      sent += value;
      if ((Number.parseInt(type, 16) & 0x10) === 0) return card(command);
      const cid = signs.cid ?? (type === '90' ? '80' : '40');
      const clear = [p('9F27', cid), p('9F36', '0007'), p('9F10', '06011203A00000')];
      const data = concat(hex(sent), encodeTlv(clear));
      const good = (isFirst ? signs.first : signs.second) ?? true;
      const dynamic = combinedDynamicData(
        hex('01020304'),
        Number.parseInt(cid, 16),
        hex(isFirst ? 'AAAAAAAAAAAAAAAA' : 'BBBBBBBBBBBBBBBB'),
        good ? data : hex('00'),
      );
      return ok(constructed('77', [...clear, primitive('9F4B', signDynamic(iccKey, dynamic, hex('DEADBEEF')))]));
    };
  }
  const input = terminalWith('08');

  it('is asked for with both cryptograms, which come out of the signatures', () => {
    const sale = run({ input, card: cdaCard({}) });
    expect(sale.commands.filter((command) => command.startsWith('80AE')).map((each) => each.slice(4, 6))).toEqual([
      '90',
      '50',
    ]);
    const online = sale.requests.find(({ kind }) => kind === 'goOnline');
    expect(online?.kind === 'goOnline' && online.card.cryptogram).toBe('AAAAAAAAAAAAAAAA');
    expect(completionOf(sale)).toMatchObject({ decision: 'approved', card: { cryptogram: 'BBBBBBBBBBBBBBBB' } });
    // Before the first cryptogram nothing is performed yet; after it, CDA and card risk management are.
    expect(flags(sale, 'first')).toBe(`${quietTvr}0800`);
    expect(flags(sale, 'second')).toBe(`${quietTvr}A800`);
  });

  it('fails with an ARQC: the host is not asked, the card is told AAC at once', () => {
    const sale = run({ input, card: cdaCard({}, { first: false }) });
    expect(sale.requests).toEqual([]);
    expect(sale.end).toMatchObject({ kind: 'outcome', result: { outcome: { kind: 'declined' } } });
    expect(sale.commands.at(-1)?.slice(0, 14)).toBe('80AE0000095A31');
    expect(flags(sale, 'second')).toBe('0400008000A800');
  });

  it('fails with an ARQC and the card is gone: declined all the same', () => {
    const card = cdaCard({}, { first: false });
    const sale = run({ input, card: (command) => (command.startsWith('80AE00') ? 'removed' : card(command)) });
    expect(sale.end).toMatchObject({ result: { outcome: { kind: 'declined', card: { cryptogram: '0'.repeat(16) } } } });
  });

  it('fails with an offline TC: declined, without another GENERATE AC', () => {
    const quiet = { more: ['9F0D', '9F0E', '9F0F'].map((tag) => p(tag, '0000000000')) };
    const applications = [contactApplication(aid, 'NAPAS', { tac: noAction, floorLimit: 1_000_000 })];
    const offline = { ...input, terminal: { ...input.terminal, applications } };
    const sale = run({ input: offline, card: cdaCard(quiet, { first: false }) });
    expect(sale.end).toMatchObject({ kind: 'outcome', result: { outcome: { kind: 'declined' } } });
    expect(sale.commands.filter((command) => command.startsWith('80AE'))).toHaveLength(1);
    const approved = run({ input: offline, card: cdaCard(quiet) });
    expect(approved.end).toMatchObject({
      result: { outcome: { kind: 'approved', card: { cryptogram: 'A'.repeat(16) } } },
    });
  });

  it('fails with the final TC: declined', () => {
    expect(completionOf(run({ input, card: cdaCard({}, { second: false }) })).decision).toBe('declined');
  });

  it.each([
    ['format 1', cryptogram('80')],
    ['no signature', ok(constructed('77', [p('9F27', '80'), p('9F36', '0007'), p('9F26', '1122334455667788')]))],
  ])('an ARQC in the clear (%s) is no CDA', (_, answer) => {
    const card = cdaCard({});
    const sale = run({ input, card: (command) => (command.startsWith('80AE90') ? answer : card(command)) });
    expect(sale.requests).toEqual([]);
    expect(sale.end).toMatchObject({ result: { outcome: { kind: 'declined' } } });
  });

  it('an AAC needs no signature', () => {
    const card = cdaCard({});
    const sale = run({ input, card: (command) => (command.startsWith('80AE90') ? cryptogram('00') : card(command)) });
    expect(sale.end).toMatchObject({ result: { outcome: { kind: 'declined' }, detail: 'the card declined (AAC)' } });
  });

  it('a key that cannot be recovered: failed before, and not asked for', () => {
    const sale = run({ input, card: cdaCard({ without: ['9F46'] }) });
    expect(flags(sale, 'first')).toBe('24000080008800');
    expect(sale.commands.find((command) => command.startsWith('80AE'))?.slice(4, 6)).toBe('80');
  });

  it('the terminal declines first: not performed', () => {
    const sale = run({ input: terminalWith('08', '0000008000'), card: cdaCard({}) });
    expect(flags(sale, 'first')).toBe('80000080000800');
    expect(sale.commands.at(-1)?.slice(0, 6)).toBe('80AE00');
  });

  it('keeps what the signature says out of the clear', () => {
    const sale = run({ input, card: cdaCard({}) });
    const icc = parsed(hex(completionOf(sale).card?.iccData ?? ''));
    expect(toHex(findTlv(icc, '9F26')?.value ?? hex(''))).toBe('BBBBBBBBBBBBBBBB');
    expect(findTlv(icc, '9F4B')).toBeUndefined();
  });
});
