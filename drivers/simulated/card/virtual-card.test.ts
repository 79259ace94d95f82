/** The virtual card: keeps to the order of a transaction, counts, and pays in the real kernel. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, fromLatin1, hex, latin1, toHex } from '../../../src/core/base/bytes.ts';
import { contactlessSale } from '../../../src/core/emv/contactless/entry-point.ts';
import type { KernelResult } from '../../../src/core/emv/kernel-result.ts';
import { saleInputWith } from '../../../src/core/emv/test-kit.ts';
import { findTlv, parseTlv } from '../../../src/core/tlv/ber-tlv.ts';
import { SimulatedIssuer } from './issuer.ts';
import { loadCardProfiles, defaultCardFile, type CardProfile, type EmvCardProfile } from './profiles.ts';
import { configuredEmvData } from '../../../test/emv-data.ts';
import { TraceCard } from './trace.ts';
import { VirtualCard } from './virtual-card.ts';

const loaded = loadCardProfiles(defaultCardFile);
const profiles = new Map(('problems' in loaded ? [] : loaded).map((profile) => [profile.id, profile]));

function emv(id: string): EmvCardProfile {
  const profile: CardProfile | undefined = profiles.get(id);
  if (profile?.kind !== 'emv') throw new Error(`no EMV card ${id}`);
  return profile;
}

const input = saleInputWith({ transactionCounter: 1, terminal: configuredEmvData() });

function pay(card: VirtualCard): KernelResult {
  card.reset();
  const sale = contactlessSale(input);
  let turn = sale.next();
  while (turn.done !== true) turn = sale.next(card.process(turn.value));
  return turn.value;
}

function iccObjects({ outcome }: KernelResult): ReadonlyMap<string, Uint8Array> {
  const parsed = parseTlv(hex('card' in outcome ? outcome.card.iccData : ''));
  return new Map((parsed.ok ? parsed.value : []).map(({ tag, value }) => [tag, value]));
}

const sw = (card: VirtualCard, command: string): string => toHex(card.process(hex(command)).subarray(-2));

const selectPpse = '00A404000E325041592E5359532E444446303100';
const selectNapas = '00A4040007A000000727101000';
const gpoNapas = '80A800000983072080000007042100';
const generateAc = `80AE800021${'00'.repeat(33)}00`;

describe('in the kernel', () => {
  it.each(['napas-debit', 'visa-credit', 'mastercard-credit'])(
    '%s goes online with a cryptogram that its issuer can verify',
    (id) => {
      const profile = emv(id);
      const result = pay(new VirtualCard(profile));
      expect(result.outcome.kind).toBe('onlineRequest');
      expect(result.secrets?.pan.use(fromLatin1)).toBe(profile.pan);
      expect(result.secrets?.expiry).toBe(profile.expiryDate.slice(0, 4));
      const iccData = 'card' in result.outcome ? result.outcome.card.iccData : '';
      const issuer = new SimulatedIssuer([profile]);
      expect(issuer.verifyCryptogram(latin1(profile.pan), profile.panSequenceNumber, iccData)).toBe('valid');
    },
  );

  it('counts its transactions, whatever happens to the field', () => {
    const card = new VirtualCard(emv('napas-debit'));
    expect([pay(card), pay(card)].map((result) => toHex(iccObjects(result).get('9F36') ?? hex('')))).toEqual([
      '0001',
      '0002',
    ]);
  });

  it('declines when its profile says so', () => {
    expect(pay(new VirtualCard(emv('napas-declines'))).outcome.kind).toBe('declined');
  });

  it('is asked into the slot when the terminal has no kernel for its tap', () => {
    expect(pay(new VirtualCard(emv('jcb-contactless'))).outcome).toEqual({ kind: 'tryAnotherInterface' });
  });

  it('has nothing for the terminal when it is no payment card', () => {
    expect(pay(new VirtualCard(emv('member-card'))).outcome).toEqual({
      kind: 'endApplication',
      reason: 'noSupportedApplication',
    });
  });
});

/** A fresh NAPAS card that has answered `commands`. */
function at(...commands: readonly string[]): VirtualCard {
  const card = new VirtualCard(emv('napas-declines'));
  for (const command of commands) expect(sw(card, command), command).toBe('9000');
  return card;
}

describe('as a card', () => {
  it('answers out of order with 6985', () => {
    expect(sw(at(), gpoNapas)).toBe('6985');
    expect(sw(at(), '00B2010C00')).toBe('6985');
    expect(sw(at(selectNapas), generateAc)).toBe('6985');
    expect(sw(at(selectPpse), gpoNapas)).toBe('6985');
    expect(sw(at(selectNapas, gpoNapas), gpoNapas)).toBe('6985');
    expect(sw(at(selectNapas, gpoNapas, generateAc), generateAc)).toBe('6985');
  });

  it.each([
    ['another file', '00A4040007A000000003101000', '6A82'],
    ['select by path', '00A4080007A000000727101000', '6A86'],
    ['a name that is longer', '00A4040008A00000072710100100', '6A82'],
    ['wrong Lc', '00A4040009A000000727101000', '6700'],
    ['too short', '00A404', '6700'],
    ['unknown instruction', '0084000008', '6D00'],
    ['unknown class', 'B0A4040007A000000727101000', '6E00'],
  ])('%s', (_, command, status) => {
    expect(sw(at(), command)).toBe(status);
  });

  it('checks what GPO, READ RECORD and GENERATE AC ask', () => {
    expect(sw(at(selectNapas), '80A8000002830000')).toBe('6A80');
    expect(sw(at(selectNapas), '80A8000008830720800000070400')).toBe('6700');
    expect(sw(at(selectNapas), '00B2030C00')).toBe('6A83');
    expect(sw(at(selectNapas), '00B2011400')).toBe('6A82');
    expect(sw(at(selectNapas), '00B2010800')).toBe('6A86');
    expect(sw(at(selectNapas, gpoNapas), '80AE800002000000')).toBe('6700');
  });

  it('can be selected by the beginning of its name, and says the whole', () => {
    const answer = at().process(hex('00A4040005A00000072700'));
    const parsed = parseTlv(answer.subarray(0, -2));
    expect(toHex((parsed.ok ? findTlv(parsed.value, '84')?.value : undefined) ?? hex(''))).toBe('A0000007271010');
  });

  it('answers any bytes with a status word', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (commands) => {
        const card = new VirtualCard(emv('visa-credit'));
        for (const command of commands) {
          const answer = card.process(concat(hex('00A404'), command));
          expect(answer.length).toBeGreaterThanOrEqual(2);
        }
      }),
    );
  });
});

describe('card from a trace', () => {
  const lines = ['# a card that knows nothing', '=> 00A4 0400', '<= 6A82', '', '=> 00B2010C00', '<= 6985'];

  function trace(): TraceCard {
    const parsed = TraceCard.parse(lines);
    if (!parsed.ok) throw new Error(parsed.fault.detail);
    return parsed.value;
  }

  it('plays once, in order, and again after a reset', () => {
    const card = trace();
    for (let tap = 0; tap < 2; tap += 1) {
      card.reset();
      expect(card.process(hex('00A40400'))).toEqual({ ok: true, value: hex('6A82') });
      expect(card.finish()).toMatchObject({ ok: false, fault: { kind: 'missingCommand' } });
      expect(card.process(hex('00B2010C00'))).toEqual({ ok: true, value: hex('6985') });
      expect(card.finish().ok).toBe(true);
      expect(card.process(hex('00B2020C00'))).toMatchObject({ ok: false, fault: { kind: 'surplusCommand' } });
    }
  });

  it('takes no other command', () => {
    const card = trace();
    expect(card.process(hex('00B2010C00'))).toMatchObject({ ok: false, fault: { kind: 'unexpectedCommand' } });
  });

  it.each([[['=> 00']], [['<= 00', '=> 00']], [['=> 0', '<= 9000']], [['=>', '<= 9000']], [['hello', 'world']]])(
    'refuses %j',
    (broken) => {
      expect(TraceCard.parse(broken)).toMatchObject({ ok: false, fault: { kind: 'malformed' } });
    },
  );
});
