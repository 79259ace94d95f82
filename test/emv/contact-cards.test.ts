/**
 * The contact kernel with the simulated contact cards and the bank behind them: real keys, real cryptograms, and whatever
 * can be wrong with a card or between card and terminal.
 */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { faultCards } from '../../drivers/simulated/card/fault-cards.ts';
import { damages, FaultyCard, type Misfortune } from '../../drivers/simulated/card/faulty-card.ts';
import { SimulatedIssuer } from '../../drivers/simulated/card/issuer.ts';
import { trainingCaKeys } from '../../drivers/simulated/card/keys/training-keys.ts';
import type { EmvCardProfile } from '../../drivers/simulated/card/profiles.ts';
import { demoCard } from '../../drivers/simulated/card/test-kit.ts';
import { VirtualCard } from '../../drivers/simulated/card/virtual-card.ts';
import { concat, hex, latin1, toHex } from '../../src/core/base/bytes.ts';
import { money } from '../../src/core/base/money.ts';
import { maxExchanges, type CardAnswer } from '../../src/core/emv/card-channel.ts';
import type { ContactSettings } from '../../src/core/emv/configuration.ts';
import { contactSale } from '../../src/core/emv/contact/kernel.ts';
import type {
  ContactAnswer,
  ContactEnd,
  ContactRequest,
  HostAnswer,
  PinRequest,
  PinResult,
} from '../../src/core/emv/contact/requests.ts';
import type { SaleInput } from '../../src/core/emv/terminal-data.ts';
import { contactApplication, saleInputWith, terminalForTests } from '../../src/core/emv/test-kit.ts';
import { findTlv, parseTlv } from '../../src/core/tlv/ber-tlv.ts';
import type { CardData } from '../../src/core/transaction/model.ts';

const ids = ['visa-insert', 'napas-insert', 'mastercard-insert', 'visa-offline', 'napas-insert-declines'] as const;
const tac = { denial: '0000000000', online: 'FC50BCF800', default: 'FC50BCA000' };
const quiet = { denial: '0000000000', online: '0000000000', default: '0000000000' };

function inputWith(changes: Partial<SaleInput> = {}, settings: Partial<ContactSettings> = {}): SaleInput {
  const applications = ['A0000000031010', 'A0000007271010', 'A0000000041010'].map((aid) =>
    contactApplication(aid, aid, { tac, defaultDdol: '9F3704', ...settings }),
  );
  const terminal = {
    ...terminalForTests,
    terminalType: '22',
    terminalCapabilities: 'E0F8C8',
    caPublicKeys: trainingCaKeys(),
    applications,
  };
  return saleInputWith({ terminal, ...changes });
}

interface Card {
  exchange(command: Uint8Array): CardAnswer;
}

function sound(profile: EmvCardProfile): Card {
  const card = new VirtualCard(profile);
  return { exchange: (command) => card.process(command) };
}

/** The external PIN pad: it sends VERIFY itself (Book 3 §6.5.12, Book 2 §7.2). */
function pinPad(card: Card, digits: string) {
  return (pin: PinRequest): PinResult => {
    if (pin.manner === 'online') return { kind: 'pinBlock', pinBlock: new Uint8Array(8) };
    const block = hex(`2${digits.length.toString(16)}${digits}`.padEnd(16, 'F'));
    const command = pin.manner === 'offlinePlaintext' ? verify(0x80, block) : verify(0x88, encipher(pin, block));
    const answer = card.exchange(command);
    if (typeof answer === 'string') return { kind: 'unavailable' };
    return { kind: 'verified', sw: ((answer.at(-2) ?? 0) << 8) | (answer.at(-1) ?? 0) };
  };
}

function verify(p2: number, data: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(0x00, 0x20, 0x00, p2, data.length), data);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function encipher(
  { modulus, exponent, challenge }: Extract<PinRequest, { manner: 'offlineEnciphered' }>,
  block: Uint8Array,
) {
  const key = createPublicKey({ key: { kty: 'RSA', n: base64url(modulus), e: base64url(exponent) }, format: 'jwk' });
  const filler = new Uint8Array(modulus.length - 1 - block.length - challenge.length).fill(0x5a);
  const data = concat(Uint8Array.of(0x7f), block, challenge, filler);
  return new Uint8Array(publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, data));
}

interface Session {
  readonly end: ContactEnd;
  readonly commands: readonly string[];
  readonly online: CardData | undefined;
  /** Cryptogram Information Data of the last GENERATE AC that the terminal heard. */
  readonly lastSaid: number | undefined;
}

type Host = (card: CardData, profile: EmvCardProfile) => HostAnswer;

const approves: Host = (card, profile) => {
  const issuer = new SimulatedIssuer([profile]);
  const account = [latin1(panOf(card, profile)), card.panSequenceNumber ?? '00', card.iccData] as const;
  const data = issuer.issuerAuthenticationData(...account, true);
  const authentication = data === undefined ? '' : `91${toHex(Uint8Array.of(data.length / 2))}${data}`;
  return { kind: 'answered', responseCode: '00', iccData: authentication + issuer.issuerScripts(...account) };
};

function panOf({ maskedPan }: CardData, profile: EmvCardProfile): string {
  const all = [profile, ...(profile.otherApplications ?? [])].map(({ pan }) => pan);
  return all.find((pan) => pan.endsWith(maskedPan.slice(-4))) ?? profile.pan;
}

function authentic(card: CardData | undefined, profile: EmvCardProfile): string {
  if (card === undefined) return 'no card';
  const account = [latin1(panOf(card, profile)), card.panSequenceNumber ?? '00', card.iccData] as const;
  return new SimulatedIssuer([profile]).verifyCryptogram(...account);
}

function sale(
  profile: EmvCardProfile,
  options: { card?: Card; input?: SaleInput; host?: Host; pin?: string } = {},
): Session {
  const { card = sound(profile), input = inputWith(), host = approves, pin = '1234' } = options;
  const commands: string[] = [];
  let online: CardData | undefined;
  let lastSaid: number | undefined;
  const pad = pinPad(card, pin);
  const reply = (request: ContactRequest): ContactAnswer => {
    switch (request.kind) {
      case 'exchange': {
        commands.push(toHex(request.command));
        const answer = card.exchange(request.command);
        if (typeof answer !== 'string') lastSaid = cidOf(answer) ?? lastSaid;
        return { kind: 'response', answer };
      }
      case 'chooseApplication':
        return { kind: 'application', index: 0 };
      case 'enterPin':
        return { kind: 'pin', result: pad(request.pin) };
      case 'goOnline':
        online = request.card;
        return { kind: 'host', answer: host(request.card, profile) };
      default:
        return request;
    }
  };
  const generator = contactSale(input);
  let turn = generator.next();
  while (turn.done !== true) turn = generator.next(reply(turn.value));
  return { end: turn.value, commands, online, lastSaid };
}

function cidOf(answer: Uint8Array): number | undefined {
  const parsed = parseTlv(answer.subarray(0, -2));
  const [template] = parsed.ok ? parsed.value : [];
  const cid = template?.tag === '80' ? template.value : template?.children.find(({ tag }) => tag === '9F27')?.value;
  return cid?.[0] === undefined ? undefined : cid[0] & 0xc0;
}

function object(card: CardData | undefined, tag: string): string {
  const parsed = parseTlv(hex(card?.iccData ?? ''));
  return toHex((parsed.ok ? findTlv(parsed.value, tag)?.value : undefined) ?? hex(''));
}

function decision({ end }: Session): string {
  return end.kind === 'completed' ? end.completion.decision : `outcome ${end.result.outcome.kind}`;
}

function lastCard({ end }: Session): CardData | undefined {
  if (end.kind === 'completed') return end.completion.card;
  return 'card' in end.result.outcome ? end.result.outcome.card : undefined;
}

describe('sound cards', () => {
  it.each(ids)('%s: goes online with a genuine cryptogram, and ends with one', (id) => {
    const profile = demoCard(id);
    const session = sale(profile);
    expect(authentic(session.online, profile)).toBe('valid');
    expect(decision(session)).toBe(id === 'napas-insert-declines' ? 'declined' : 'approved');
    expect(authentic(lastCard(session), profile)).toBe('valid');
    // Floor limit; SDA was selected; an online PIN was entered.
    const others: Readonly<Record<string, string>> = {
      'visa-offline': '0200008000',
      'napas-insert-declines': '0000048000',
    };
    expect(object(session.online, '95')).toBe(others[id] ?? '0000008000');
  });

  it('an offline PIN is verified by the card, enciphered where card and pad can', () => {
    for (const id of ['visa-insert', 'napas-insert', 'mastercard-insert'] as const) {
      const session = sale(demoCard(id));
      expect(object(session.online, '9F34')).toBe('440302');
      expect(session.online?.cvm).toBe('offlinePin');
      expect(session.commands).toContain('0084000000');
    }
    const plain = inputWith();
    const terminal = { ...plain.terminal, terminalCapabilities: 'E0A0C8' };
    expect(object(sale(demoCard('visa-insert'), { input: { ...plain, terminal } }).online, '9F34')).toBe('410302');
  });

  it('a wrong PIN until none is left: the next method, and a bit of the TVR', () => {
    const session = sale(demoCard('visa-insert'), { pin: '9999' });
    // PIN try limit exceeded; then an online PIN was entered.
    expect(object(session.online, '95')).toBe('0000248000');
    expect(object(session.online, '9F34')).toBe('420300');
  });

  it('issuer authentication is performed where the card has it, and its scripts run', () => {
    const session = sale(demoCard('visa-insert'), { input: inputWith({ amount: money(77_000, 'VND') }) });
    expect(session.end).toMatchObject({
      completion: { decision: 'approved', issuerAuthentication: 'performed', scriptResults: '2000000001' },
    });
  });

  it('offline below the floor limit, with a genuine TC', () => {
    const profile = demoCard('visa-offline');
    const input = inputWith({}, { floorLimit: 1_000_000, tac: quiet });
    const session = sale(profile, { input });
    expect(decision(session)).toBe('outcome approved');
    expect(session.online).toBeUndefined();
    expect(authentic(lastCard(session), profile)).toBe('valid');
  });

  it.each<[string, HostAnswer, string]>([
    ['declined', { kind: 'answered', responseCode: '05', iccData: undefined }, 'declined'],
    ['not reached', { kind: 'unableToGoOnline' }, 'declined'],
    ['unknown', { kind: 'outcomeUnknown' }, 'declined'],
  ])('host %s: AAC', (_, host, expected) => {
    for (const id of ids) {
      const profile = demoCard(id);
      const session = sale(profile, { host: () => host });
      expect(decision(session)).toBe(expected);
      expect(authentic(lastCard(session), profile)).toBe('valid');
      expect(session.lastSaid).toBe(0x00);
    }
  });
});

const all = faultCards(demoCard('visa-insert'), demoCard('visa-insert')).filter(
  ({ profile }) => profile.interface === 'contact',
);

function find(id: string): EmvCardProfile {
  const found = all.find((card) => card.id.endsWith(`-${id}`));
  if (found === undefined) throw new Error(`no card ${id}`);
  return found.profile;
}

describe('cards with something wrong on them', () => {
  /** By the end of the id: what TVR the host sees, or how the sale ends before. */
  const expected: readonly (readonly [id: string, tvr: RegExp, decision: string])[] = [
    ['expired', /^..4/, 'approved'],
    ['notYetEffective', /^..2/, 'approved'],
    ['applicationBlocked', /^$/, 'outcome endApplication'],
    ['cardBlocked', /^$/, 'outcome endApplication'],
    ['declines', /^$/, 'outcome declined'],
    ['sda-unknownAuthority', /^42/, 'approved'],
    ['sda-issuerCertificate', /^42/, 'approved'],
    ['sda-issuerCertificateExpired', /^42/, 'approved'],
    ['sda-issuerIdentifier', /^42/, 'approved'],
    ['sda-staticData', /^42/, 'approved'],
    ['sda-staticSignature', /^42/, 'approved'],
    ['dda-unknownAuthority', /^08/, 'approved'],
    ['dda-issuerIdentifier', /^08/, 'approved'],
    ['dda-staticData', /^08/, 'approved'],
    ['dda-iccCertificateExpired', /^08/, 'approved'],
    ['dda-iccCertificatePan', /^08/, 'approved'],
    ['dda-issuerCertificate', /^08/, 'approved'],
    ['dda-issuerCertificateExpired', /^08/, 'approved'],
    ['dda-iccCertificate', /^08/, 'approved'],
    ['dda-dynamicSignature', /^08/, 'approved'],
    ['cda-unknownAuthority', /^04/, 'approved'],
    ['cda-issuerIdentifier', /^04/, 'approved'],
    ['cda-staticData', /^04/, 'approved'],
    ['cda-iccCertificateExpired', /^04/, 'approved'],
    ['cda-iccCertificatePan', /^04/, 'approved'],
    ['cda-issuerCertificate', /^04/, 'approved'],
    ['cda-issuerCertificateExpired', /^04/, 'approved'],
    ['cda-iccCertificate', /^04/, 'approved'],
    ['cda-dynamicSignature', /^$/, 'outcome declined'],
    ['pinTriedOut', /^....2/, 'approved'],
    ['scriptFails', /^00000080/, 'approved'],
    ['scriptMac', /^00000080/, 'approved'],
    ['finalAac', /^00000080/, 'declined'],
    ['wrongIssuer', /^00000080/, 'declined'],
  ];

  it.each(expected)('%s', (id, tvr, ends) => {
    const cards = all.filter((card) => card.id.endsWith(`-${id}`));
    expect(cards.length).toBeGreaterThan(0);
    for (const { profile } of cards) {
      const session = sale(profile);
      expect(object(session.online, '95')).toMatch(tvr);
      expect(decision(session)).toBe(ends);
    }
  });

  it('all of them are named above', () => {
    const named = expected.map(([id]) => id);
    const unnamed = all.filter(({ id }) => !named.some((each) => id.endsWith(`-${each}`))).map(({ id }) => id);
    expect(unnamed.filter((id) => !id.includes('-fdda-'))).toEqual([]);
  });

  it('scripts that fail are told, before and after the final cryptogram', () => {
    const before = sale(find('scriptFails'));
    expect(before.end).toMatchObject({ completion: { scriptResults: '1100000001' } });
    expect(object(lastCard(before), '95')).toBe('0000008020');
    const after = sale(find('scriptMac'));
    expect(after.end).toMatchObject({ completion: { scriptResults: '1100000001' } });
    expect(object(lastCard(after), '95')).toBe('0000008000');
    expect(authentic(lastCard(after), find('scriptMac'))).toBe('valid');
    expect(sale(find('wrongIssuer')).end).toMatchObject({ completion: { issuerAuthentication: 'failed' } });
  });
});

describe('misfortune at every exchange', () => {
  const statuses = ['6283', '63C0', '6984', '6985', '6A81', '6A82', '6F00'];
  const misfortunes = (at: number): readonly Misfortune[] => [
    { kind: 'tear', at },
    { kind: 'answerLost', at },
    { kind: 'procedure', at, how: '61' },
    { kind: 'procedure', at, how: '6C' },
    ...statuses.map((sw) => ({ kind: 'status', at, sw }) as const),
    ...damages.map((how) => ({ kind: 'malformed', at, how }) as const),
  ];

  it.each(ids)('%s: a defined end, and approved only when the card said so', (id) => {
    const profile = demoCard(id);
    const exchanges = sale(profile).commands.length + 1;
    for (let at = 0; at < exchanges; at += 1) {
      for (const misfortune of misfortunes(at)) {
        const card = new FaultyCard(new VirtualCard(profile), misfortune);
        const session = sale(profile, { card });
        expect(session.commands.length).toBeLessThanOrEqual(maxExchanges);
        const ends = decision(session);
        const detail = `${id} ${at} ${JSON.stringify(misfortune)}`;
        expect(ends, detail).toMatch(
          /^(?:approved|declined|notCompleted|outcome (?:approved|declined|tryAgain|endApplication))$/,
        );
        if (ends === 'approved' || ends === 'outcome approved') expect(session.lastSaid, detail).toBe(0x40);
        if (misfortune.kind === 'procedure' && id !== 'napas-insert-declines') expect(ends, detail).toBe('approved');
        if (session.online !== undefined) expect(authentic(session.online, profile), detail).toBe('valid');
      }
    }
  });
});
