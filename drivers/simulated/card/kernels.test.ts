/**
 * Cards and kernels together: every card of the product in the kernel of its interface, every fault card to its defined
 * end, and every misfortune at every command.
 */
import { describe, expect, it } from 'vitest';
import { fromLatin1, latin1, toHex } from '../../../src/core/base/bytes.ts';
import { money } from '../../../src/core/base/money.ts';
import type { CardAnswer } from '../../../src/core/emv/card-channel.ts';
import type { TerminalApplication, TerminalEmvData } from '../../../src/core/emv/configuration.ts';
import { contactSale } from '../../../src/core/emv/contact/kernel.ts';
import type { ContactAnswer, ContactEnd, HostAnswer, PinResult } from '../../../src/core/emv/contact/requests.ts';
import { contactlessSale } from '../../../src/core/emv/contactless/entry-point.ts';
import type { KernelResult } from '../../../src/core/emv/kernel-result.ts';
import type { SaleInput } from '../../../src/core/emv/terminal-data.ts';
import { contactlessApplication, saleInputWith, terminalForTests } from '../../../src/core/emv/test-kit.ts';
import { authenticatedBy, faultCards } from './fault-cards.ts';
import { damages, FaultyCard, type Misfortune, type PlainCard } from './faulty-card.ts';
import { SimulatedIssuer } from './issuer.ts';
import { trainingCaKeys } from './keys/training-keys.ts';
import type { EmvCardProfile } from './profiles.ts';
import { demoCard } from './test-kit.ts';
import { VirtualCard } from './virtual-card.ts';

const tac = { denial: '0000000000', online: 'FC50BCF800', default: 'FC50BCA000' };

function application(
  aid: string,
  name: string,
  kernelId: string,
  kernel: 'kernel2' | 'kernel3' | 'pure' | 'none',
): TerminalApplication {
  return {
    ...contactlessApplication(aid, name, kernelId, { kernel, tac, terminalTransactionQualifiers: '37004000' }),
    contact: {
      version: '0001',
      tac,
      floorLimit: 100_000,
      randomSelection: { threshold: 0, targetPercentage: 0, maximumTargetPercentage: 0 },
    },
  };
}

/** A terminal that can do everything, and trusts the training authority. */
const terminal: TerminalEmvData = {
  ...terminalForTests,
  terminalType: '22',
  terminalCapabilities: 'E0F8C8',
  applications: [
    application('A0000007271010', 'NAPAS', '00', 'pure'),
    application('A0000000031010', 'VISA', '03', 'kernel3'),
    application('A0000000041010', 'MASTERCARD', '02', 'kernel2'),
    application('A0000000651010', 'JCB', '05', 'none'),
  ],
  caPublicKeys: trainingCaKeys(),
};

const small = saleInputWith({ terminal });
const large = saleInputWith({ terminal, amount: money(450_000, 'VND') });

type Host = 'approves' | 'declines' | 'unreachable';

interface Rig {
  readonly input?: SaleInput;
  readonly host?: Host;
  readonly pin?: PinResult;
  readonly misfortune?: Misfortune;
}

function hostAnswer(profile: EmvCardProfile, host: Host, pan: string, iccData: string): HostAnswer {
  if (host === 'unreachable') return { kind: 'unableToGoOnline' };
  const issuer = new SimulatedIssuer([profile]);
  const card = [latin1(pan), profile.panSequenceNumber, iccData] as const;
  if (issuer.verifyCryptogram(...card) !== 'valid') throw new Error('the issuer does not know the cryptogram');
  const approved = host === 'approves';
  const authentication = issuer.issuerAuthenticationData(...card, approved) ?? '';
  const scripts = approved ? issuer.issuerScripts(...card) : '';
  const length = (authentication.length / 2).toString(16).padStart(2, '0');
  return { kind: 'answered', responseCode: approved ? '00' : '05', iccData: `91${length}${authentication}${scripts}` };
}

function exchangeWith(card: PlainCard, misfortune: Misfortune | undefined): (command: Uint8Array) => CardAnswer {
  card.reset();
  if (misfortune === undefined) return (command) => card.process(command);
  const faulty = new FaultyCard(card, misfortune);
  return (command) => faulty.exchange(command);
}

interface ContactRun {
  readonly end: ContactEnd;
  readonly exchanges: number;
  readonly wentOnline: boolean;
}

function insert(profile: EmvCardProfile, rig: Rig = {}, card: PlainCard = new VirtualCard(profile)): ContactRun {
  const { input = small, host = 'approves', pin = { kind: 'bypassed' } } = rig;
  const exchange = exchangeWith(card, rig.misfortune);
  const sale = contactSale(input);
  let exchanges = 0;
  let wentOnline = false;
  let turn = sale.next();
  while (turn.done !== true) {
    const request = turn.value;
    let answer: ContactAnswer;
    if (request.kind === 'exchange') {
      exchanges += 1;
      answer = { kind: 'response', answer: exchange(request.command) };
    } else if (request.kind === 'chooseApplication') answer = { kind: 'application', index: 0 };
    else if (request.kind === 'enterPin') answer = { kind: 'pin', result: pin };
    else {
      wentOnline = true;
      const pan = request.secrets.pan.use(fromLatin1);
      answer = { kind: 'host', answer: hostAnswer(profile, host, pan, request.card.iccData) };
    }
    turn = sale.next(answer);
  }
  return { end: turn.value, exchanges, wentOnline };
}

function contactEnd({ end }: ContactRun): string {
  return end.kind === 'completed' ? end.completion.decision : end.result.outcome.kind;
}

/** TVR, tag 95, as the sale ended with it. */
function tvr(run: ContactRun): string {
  return /9505([0-9A-F]{10})/.exec(finalOf(run))?.[1] ?? '';
}

interface Tap {
  readonly result: KernelResult;
  readonly exchanges: number;
}

function tap(profile: EmvCardProfile, rig: Rig = {}, card: PlainCard = new VirtualCard(profile)): Tap {
  const exchange = exchangeWith(card, rig.misfortune);
  const sale = contactlessSale(rig.input ?? small);
  let exchanges = 0;
  let turn = sale.next();
  while (turn.done !== true) {
    exchanges += 1;
    turn = sale.next(exchange(turn.value));
  }
  return { result: turn.value, exchanges };
}

const visa = demoCard('visa-insert');
const napas = demoCard('napas-insert');
const mastercard = demoCard('mastercard-insert');
const offline = demoCard('visa-offline');

describe('a contact card in the contact kernel', () => {
  it.each([
    ['Visa, DDA', visa],
    ['NAPAS, CDA', napas],
    ['Mastercard, CDA', mastercard],
    ['JCB, DDA with the longest keys', demoCard('jcb-credit')],
    ['SDA', authenticatedBy(visa, 'sda')],
    [
      'DDA with long keys',
      authenticatedBy(napas, 'dda', { authority: 'ca-1984', issuer: 'issuer-1408', icc: 'icc-1152' }),
    ],
    ['CDA with exponent 65537', authenticatedBy(napas, 'cda', { issuer: 'issuer-1024', icc: 'icc-768' })],
  ])('%s: approved by the bank, and by the card', (_, profile) => {
    const run = insert(profile, { input: large });
    expect([contactEnd(run), run.wentOnline]).toEqual(['approved', true]);
    if (run.end.kind !== 'completed') throw new Error('it was not completed');
    // In CDOL2 it is the card's business (Book 3 §10.9).
    const byCommand = (Number.parseInt(profile.applicationInterchangeProfile.slice(0, 2), 16) & 0x04) !== 0;
    expect(run.end.completion.issuerAuthentication).toBe(byCommand ? 'performed' : 'none');
    // Offline data authentication is done, and nothing of it failed.
    expect(tvr(run).slice(0, 2)).toBe(profile.authentication?.method === 'sda' ? '02' : '00');
  });

  it('approves by itself below the floor limit, and asks above it', () => {
    const below = insert(offline, { input: saleInputWith({ terminal, amount: money(50_000, 'VND') }) });
    expect([contactEnd(below), below.wentOnline]).toEqual(['approved', false]);
    const above = insert(offline, { input: large });
    expect([contactEnd(above), above.wentOnline]).toEqual(['approved', true]);
  });

  it('is told when the bank declines, or cannot be reached', () => {
    expect(contactEnd(insert(napas, { input: large, host: 'declines' }))).toBe('declined');
    expect(contactEnd(insert(napas, { input: large, host: 'unreachable' }))).toBe('declined');
  });

  it('declines what the bank has approved', () => {
    expect(contactEnd(insert(demoCard('napas-insert-declines'), { input: large }))).toBe('declined');
    const wrong = { ...visa, issuer: { wrongAuthentication: true } };
    const run = insert(wrong, { input: large });
    expect(contactEnd(run)).toBe('declined');
    // Issuer authentication failed: byte 5 bit 7.
    expect(Number.parseInt(tvr(run).slice(8), 16) & 0x40).toBe(0x40);
  });

  it('without a directory is found by the list of AIDs', () => {
    expect(contactEnd(insert({ ...napas, withoutDirectory: true }, { input: large }))).toBe('approved');
  });

  it('obeys scripts before and after its last cryptogram, and their results are told', () => {
    const scripts = [
      { template: '71', commands: [{ kind: 'pinUnblock' }] },
      { template: '72', commands: [{ kind: 'applicationBlock' }] },
    ] as const;
    const profile: EmvCardProfile = {
      ...napas,
      issuer: { scripts: [...scripts].map((each) => ({ ...each, commands: [...each.commands] })) },
    };
    const card = new VirtualCard(profile);
    const run = insert(profile, { input: large }, card);
    expect(contactEnd(run)).toBe('approved');
    if (run.end.kind !== 'completed') throw new Error('it was not completed');
    expect(run.end.completion.scriptResults).toBe('20000000012000000002');
    const again = insert(profile, { input: large }, card);
    expect(again.end).toMatchObject({ result: { outcome: { kind: 'endApplication', reason: 'applicationBlocked' } } });
  });
});

describe('a contactless card in the kernel of its scheme', () => {
  it.each(['napas-debit', 'visa-credit', 'mastercard-credit'])('%s goes online', (id) => {
    const profile = demoCard(id);
    const { result } = tap(profile);
    expect(result.outcome.kind, result.detail).toBe('onlineRequest');
    const iccData = 'card' in result.outcome ? result.outcome.card.iccData : '';
    const issuer = new SimulatedIssuer([profile]);
    expect(issuer.verifyCryptogram(latin1(profile.pan), profile.panSequenceNumber, iccData)).toBe('valid');
  });
});

describe('a phone', () => {
  const phone = demoCard('visa-phone');
  const dear = saleInputWith({ terminal, amount: money(2_000_000, 'VND') });

  it('that is locked asks to be unlocked where the cardholder has to be verified, and pays on the next tap', () => {
    const card = new VirtualCard(phone);
    expect(tap(phone, { input: dear }, card).result.outcome).toEqual({ kind: 'tryAgain', reason: 'seePhone' });
    const { result } = tap(phone, { input: dear }, card);
    expect(result.outcome).toMatchObject({ kind: 'onlineRequest', card: { cvm: 'device' } });
  });

  it('pays small amounts as any card does', () => {
    expect(tap(phone).result.outcome.kind).toBe('onlineRequest');
  });

  it('a card that can neither PIN nor signature with this reader is inserted instead', () => {
    const pinOnly = { ...phone, lockedPhone: false, cardTransactionQualifiers: '8000' };
    const applications = terminal.applications.map((each) =>
      each.contactless === undefined
        ? each
        : { ...each, contactless: { ...each.contactless, terminalTransactionQualifiers: '32004080' } },
    );
    const input = { ...dear, terminal: { ...terminal, applications } };
    expect(tap(pinOnly, { input }).result.outcome.kind).toBe('tryAnotherInterface');
  });
});

/** Every outcome there is; a kernel that throws or does not end fails by itself. */
const outcomes = [
  'approved',
  'declined',
  'onlineRequest',
  'tryAgain',
  'tryAnotherInterface',
  'endApplication',
  'notCompleted',
];

describe('fault cards', () => {
  const cards = faultCards(napas, demoCard('mastercard-credit'));
  const more = faultCards(visa, demoCard('visa-credit')).filter(({ profile }) => profile.interface !== 'contact');

  it.each([...cards, ...more].map((card) => [card.id, card.finds, card.profile] as const))(
    '%s: %s',
    (id, _, profile) => {
      const contact = profile.interface === 'contact';
      const end = contact ? contactEnd(insert(profile, { input: large })) : tap(profile).result.outcome.kind;
      expect(outcomes).toContain(end);
      const gone = /cardBlocked|applicationBlocked/.test(id);
      if (gone) expect(end).toBe('endApplication');
      // Book C-2 sends a card with contacts there, where it could still be paid with.
      const declined = profile.flow === 'generateAc' && !contact ? 'tryAnotherInterface' : 'declined';
      if (/declines|finalAac|wrongIssuer/.test(id)) expect(end).toBe(declined);
    },
  );

  const bits = { sda: 0x40, dda: 0x08, cda: 0x04 } as const;
  const steps = (['sda', 'dda', 'cda'] as const).flatMap((method) =>
    cards
      .filter(({ id }) => id.includes(`napas-insert-${method}-`) && id !== 'napas-insert-cda-dynamicSignature')
      .map(({ id, finds, profile }) => [id, finds, bits[method], profile] as const),
  );

  it('are there for each step', () => {
    expect(steps.map(([id]) => id).length).toBeGreaterThanOrEqual(6 + 9 + 8);
  });

  it.each(steps)('%s: %s, seen in TVR byte 1', (_, _finds, bit, profile) => {
    const run = insert(profile, { input: large });
    expect(Number.parseInt(tvr(run).slice(0, 2), 16) & bit).toBe(bit);
  });

  it('a wrong signature over the request to go online: the bank is not asked', () => {
    const run = insert(authenticatedBy(napas, 'cda', { damaged: 'dynamicSignature' }), { input: large });
    expect([contactEnd(run), run.wentOnline]).toEqual(['declined', false]);
    expect(Number.parseInt(tvr(run).slice(0, 2), 16) & 0x04).toBe(0x04);
  });
});

describe('what is wrong is seen', () => {
  const cards = new Map(faultCards(napas, demoCard('mastercard-credit')).map((card) => [card.id, card]));

  it.each([
    ['expired', 2, 0x40],
    ['notYetEffective', 2, 0x20],
    ['pinTriedOut', 3, 0x20],
    ['scriptFails', 5, 0x20],
    ['wrongIssuer', 0, 0],
  ] as const)('%s: TVR byte %i', (id, byte, bit) => {
    const card = cards.get(`napas-insert-${id}`);
    if (card === undefined) throw new Error('there is no such card');
    const run = insert(card.profile, { input: large });
    const value = Number.parseInt(tvr(run).slice(2 * byte - 2, 2 * byte), 16);
    // Authentication in CDOL2 is between card and bank: the terminal sees only that the card declines.
    if (byte === 0) expect(contactEnd(run)).toBe('declined');
    else expect(value & bit).toBe(bit);
  });
});

it('a script after the last cryptogram that the card refuses is in the results: failed, at its first command', () => {
  const { end } = insert(scriptWithWrongMac(), { input: large });
  expect(end).toMatchObject({ completion: { decision: 'approved', scriptResults: '1100000001' } });
});

function scriptWithWrongMac(): EmvCardProfile {
  const found = faultCards(napas, demoCard('mastercard-credit')).find(({ id }) => id === 'napas-insert-scriptMac');
  if (found === undefined) throw new Error('there is no such card');
  return found.profile;
}

function finalOf({ end }: ContactRun): string {
  if (end.kind === 'completed') return end.completion.card?.iccData ?? '';
  return 'card' in end.result.outcome ? end.result.outcome.card.iccData : '';
}

describe('the last cryptogram', () => {
  it.each([
    ['TC of a card that approves by itself', offline, small, 'approves', '9F270140'],
    ['TC after the bank', napas, large, 'approves', '9F270140'],
    ['TC after the bank, VIS', visa, large, 'approves', '9F270140'],
    ['TC after the bank, M/Chip', mastercard, large, 'approves', '9F270140'],
    ['AAC after the bank', napas, large, 'declines', '9F270100'],
    ['AAC without the bank', visa, large, 'unreachable', '9F270100'],
  ] as const)('%s can be verified by the bank', (_, profile, input, host, cid) => {
    const iccData = finalOf(insert(profile, { input, host }));
    expect(iccData).toContain(cid);
    const issuer = new SimulatedIssuer([profile]);
    expect(issuer.verifyCryptogram(latin1(profile.pan), profile.panSequenceNumber, iccData)).toBe('valid');
  });
});

describe('misfortune at every command', () => {
  const words = [
    '6283',
    '6300',
    '6700',
    '6983',
    '6984',
    '6985',
    '6A81',
    '6A82',
    '6A83',
    '6A88',
    '6D00',
    '9100',
    '6110',
    '6C10',
  ];

  function misfortunes(at: number): readonly Misfortune[] {
    return [
      { kind: 'tear', at },
      { kind: 'answerLost', at },
      ...words.map((sw) => ({ kind: 'status', at, sw }) as const),
      ...damages.map((how) => ({ kind: 'malformed', at, how }) as const),
    ];
  }

  it.each([
    ['contact', napas],
    ['contact', visa],
    ['contact', mastercard],
  ] as const)('%s %#', (_, profile) => {
    const sound = insert(profile, { input: large });
    for (let at = 0; at < sound.exchanges; at += 1) {
      for (const misfortune of misfortunes(at)) {
        const run = insert(profile, { input: large, misfortune });
        expect(outcomes, JSON.stringify(misfortune)).toContain(contactEnd(run));
      }
      for (const how of ['61', '6C'] as const) {
        const run = insert(profile, { input: large, misfortune: { kind: 'procedure', at, how } });
        expect(contactEnd(run), `${how} at ${at}`).toBe('approved');
      }
    }
  });

  it.each(['napas-debit', 'visa-credit', 'mastercard-credit'])('contactless %s', (id) => {
    const profile = demoCard(id);
    const sound = tap(profile);
    for (let at = 0; at < sound.exchanges; at += 1) {
      for (const misfortune of misfortunes(at)) {
        const { result } = tap(profile, { misfortune });
        expect(outcomes, JSON.stringify(misfortune)).toContain(result.outcome.kind);
        if (misfortune.kind === 'tear') expect(result.outcome.kind).toBe('tryAgain');
      }
      for (const how of ['61', '6C'] as const) {
        const { result } = tap(profile, { misfortune: { kind: 'procedure', at, how } });
        expect(result.outcome.kind, `${how} at ${at}`).toBe(sound.result.outcome.kind);
      }
    }
  });

  it('a torn M/Chip card is asked for the answer that was lost, and gives it', () => {
    const profile = demoCard('mastercard-credit');
    const card = new VirtualCard(profile);
    const torn = tap(profile, { input: withTornLog(), misfortune: { kind: 'answerLost', at: { ins: 'AE' } } }, card);
    expect(torn.result.outcome.kind).toBe('tryAgain');
    expect(torn.result.tornLog).toHaveLength(1);
    const asked: string[] = [];
    const heard: PlainCard = {
      reset: () => card.reset(),
      process: (command) => {
        asked.push(toHex(command.subarray(1, 2)));
        return card.process(command);
      },
    };
    const again = tap(profile, { input: { ...withTornLog(), tornLog: torn.result.tornLog ?? [] } }, heard);
    expect(again.result.outcome.kind).toBe('onlineRequest');
    expect(again.result.tornLog).toEqual([]);
    expect(asked).toContain('D0');
    expect(asked).not.toContain('AE');
    const iccData = 'card' in again.result.outcome ? again.result.outcome.card.iccData : '';
    // It is the cryptogram of the first transaction.
    expect(iccData).toContain('9F36020001');
    const issuer = new SimulatedIssuer([profile]);
    expect(issuer.verifyCryptogram(latin1(profile.pan), profile.panSequenceNumber, iccData)).toBe('valid');
  });
});

function withTornLog(): SaleInput {
  const applications = terminal.applications.map((each) =>
    each.contactless === undefined
      ? each
      : { ...each, contactless: { ...each.contactless, kernel2: { ...kernel2, tornRecords: 2 } } },
  );
  return saleInputWith({ terminal: { ...terminal, applications } });
}

const kernel2 = {
  kernelConfiguration: 'A0',
  cardDataInputCapability: '20',
  cvmCapabilityRequired: '60',
  cvmCapabilityNotRequired: '08',
  securityCapability: '08',
  tornRecords: 0,
  tornLifetimeSeconds: 300,
} as const;
