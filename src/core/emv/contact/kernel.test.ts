/** One contact sale from the PSE to the first cryptogram, and every way in which it ends without the host. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, hex } from '../../base/bytes.ts';
import { constructed, findTlv, parseTlv, type Tlv } from '../../tlv/ber-tlv.ts';
import type { CardData } from '../../transaction/model.ts';
import { maxExchanges } from '../card-channel.ts';
import type { ContactSettings } from '../configuration.ts';
import { contactApplication, noAction } from '../test-kit.ts';
import type { SaleInput } from '../terminal-data.ts';
import { contactSale } from './kernel.ts';
import {
  aid,
  completionOf,
  contactInput,
  cryptogram,
  fci,
  good,
  ok,
  options,
  p,
  pan,
  records,
  run,
  scripted,
  select,
  selectPse,
  text,
  type Run,
} from './test-kit.ts';

function inputWith(settings: Partial<ContactSettings>, terminal: Partial<SaleInput['terminal']> = {}): SaleInput {
  const applications = [contactApplication(aid, 'NAPAS', settings)];
  return { ...contactInput, terminal: { ...contactInput.terminal, applications, ...terminal } };
}

const offline = inputWith({ tac: noAction, floorLimit: 1_000_000 });
const quiet = {
  '00B20114': ok(constructed('70', [...records, ...['9F0D', '9F0E', '9F0F'].map((tag) => p(tag, '0000000000'))])),
};

function outcomeOf({ end }: Run): unknown {
  return end.kind === 'outcome' ? end.result.outcome : end;
}

function onlineCard({ requests }: Run): CardData | undefined {
  const online = requests.find(({ kind }) => kind === 'goOnline');
  return online?.kind === 'goOnline' ? online.card : undefined;
}

function iccObject(data: string, tag: string): string | undefined {
  const parsed = parseTlv(hex(data));
  const found = parsed.ok ? findTlv(parsed.value, tag) : undefined;
  return (
    found &&
    [...found.value]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase()
  );
}

describe('a card that goes online and approves', () => {
  it('is asked in the order of the Books', () => {
    const sale = run();
    expect(sale.commands).toEqual([
      selectPse,
      '00B2010C00',
      '00B2020C00',
      select(aid),
      '80A8000002830000',
      '00B2011400',
      // CDOL1: amounts, TVR (no data authentication, floor limit), unpredictable number, no CVM performed.
      '80AE8000180000000450000000000000008000008000DEADBEEF3F000000',
      // CDOL2: ARC 00, no issuer data, the same TVR.
      '80AE40000F30300000000000000000800000800000',
    ]);
    expect(completionOf(sale)).toMatchObject({ decision: 'approved', issuerAuthentication: 'none' });
  });

  it('hands over what the host needs, with copies of the secrets', () => {
    const sale = run();
    expect(onlineCard(sale)).toMatchObject({
      maskedPan: '970400******0018',
      aid,
      label: 'NAPAS DEBIT',
      interface: 'contact',
      posEntryMode: '052',
      panSequenceNumber: '01',
      cryptogram: '1122334455667788',
      cvm: 'none',
    });
    const request = sale.requests.find(({ kind }) => kind === 'goOnline');
    if (request?.kind !== 'goOnline') throw new Error('did not go online');
    expect(request.secrets.pan.use((digits) => String.fromCharCode(...digits))).toBe(pan);
    expect(request.secrets.track2).toEqual(hex(`${pan}D3112201000F`));
    expect(request.secrets.expiry).toBe('3112');
    expect(iccObject(request.card.iccData, '95')).toBe('8000008000');
    expect(iccObject(request.card.iccData, '84')).toBe(aid);
    expect(iccObject(request.card.iccData, '57')).toBeUndefined();
    expect(iccObject(request.card.iccData, '9F66')).toBeUndefined();
  });

  it('says that a PIN can be entered where the terminal has a pad', () => {
    const input = inputWith({ tac: { ...noAction, online: 'FFFFFFFFFF' } }, { terminalCapabilities: '206800' });
    expect(onlineCard(run({ input }))?.posEntryMode).toBe('051');
  });

  it('wipes the answers of the card, also when it is torn away', () => {
    for (const answer of run().answers) expect(answer.every((byte) => byte === 0)).toBe(true);
    const sale = contactSale(contactInput);
    sale.next();
    const answer = hex(good[selectPse] ?? '');
    sale.next({ kind: 'response', answer });
    sale.return({ kind: 'completed', completion: { decision: 'notCompleted', issuerAuthentication: 'none' } });
    expect(answer.every((byte) => byte === 0)).toBe(true);
  });
});

describe('a card that decides at once', () => {
  it('TC: approved offline, ARC Y1, with secrets', () => {
    const sale = run({ input: offline, card: scripted(quiet) });
    expect(outcomeOf(sale)).toMatchObject({ kind: 'approved', card: { cryptogram: '1122334455667788' } });
    expect(sale.commands.at(-1)?.slice(0, 6)).toBe('80AE40');
    const { end } = sale;
    const approved = end.kind === 'outcome' && end.result.outcome.kind === 'approved' ? end.result : undefined;
    expect(approved?.secrets?.pan.masked).toBe('970400******0018');
    const card = approved?.outcome.kind === 'approved' ? approved.outcome.card : undefined;
    expect(iccObject(card?.iccData ?? '', '8A')).toBe('5931');
  });

  it.each([
    ['an AAC for a TC', { ...quiet, '80AE40': cryptogram('00') }, offline],
    ['an AAC for an ARQC', { '80AE80': cryptogram('00') }, contactInput],
    ['an AAC for an AAC', {}, inputWith({ tac: { ...noAction, denial: '8000000000' } })],
  ])('%s: declined offline, ARC Z1, without secrets', (_, changes, input) => {
    const { end } = run({ card: scripted(changes), input });
    expect(end).toMatchObject({ kind: 'outcome', result: { outcome: { kind: 'declined' } } });
    expect(end.kind === 'outcome' && end.result.secrets).toBeUndefined();
    const card = end.kind === 'outcome' && end.result.outcome.kind === 'declined' ? end.result.outcome.card : undefined;
    expect(iccObject(card?.iccData ?? '', '8A')).toBe('5A31');
  });

  it.each<[string, Partial<SaleInput>]>([
    ['a refund', { transactionType: '20' }],
    ['a pre-authorisation', { onlineOnly: true }],
    ['what the merchant wants to go online', { merchantForcedOnline: true }],
  ])('%s is never asked to be approved by the card alone', (_, changes) => {
    const input = { ...offline, ...changes };
    const sale = run({ input, card: scripted(quiet) });
    expect(sale.commands.filter((command) => command.startsWith('80AE')).map((c) => c.slice(4, 6))).toEqual([
      '80',
      '40',
    ]);
    const unable = run({ input, card: scripted(quiet), host: { kind: 'unableToGoOnline' } });
    expect(unable.commands.at(-1)?.slice(0, 6)).toBe('80AE00');
    expect(completionOf(unable).decision).toBe('declined');
  });

  it('an answer to GENERATE AC does not replace what the records said', () => {
    const other = '9704000000000034';
    const answer = (cid: string): string =>
      ok(
        constructed('77', [
          p('9F27', cid),
          p('9F36', '0007'),
          p('9F26', '1122334455667788'),
          p('5A', other),
          p('57', `${other}D3112201000F`),
          p('5F34', '02'),
          p('8D', '9F3704'),
        ]),
      );
    const { end } = run({ input: offline, card: scripted({ ...quiet, '80AE40': answer('40') }) });
    const result = end.kind === 'outcome' ? end.result : undefined;
    expect(result?.outcome.kind).toBe('approved');
    expect(result?.secrets?.pan.masked).toBe('970400******0018');
    const online = run({ card: scripted({ '80AE80': answer('80') }) });
    expect(onlineCard(online)).toMatchObject({ maskedPan: '970400******0018', panSequenceNumber: '01' });
    expect(online.commands.at(-1)?.slice(10, 14)).toBe('3030');
  });

  it('an ARQC for a TC goes online all the same', () => {
    const sale = run({ card: scripted({ ...quiet, '80AE40001800': cryptogram('80') }), input: offline });
    expect(completionOf(sale).decision).toBe('approved');
  });
});

const list = (...more: readonly [string, string][]): Record<string, string> => ({
  '00B20114': ok(
    constructed('70', [
      ...records.filter(({ tag }) => tag !== '8C'),
      p('8C', '95059814'),
      ...more.map(([tag, value]) => p(tag, value)),
    ]),
  ),
});

const sent = ({ commands }: Run): string | undefined => commands.find((command) => command.startsWith('80AE'));

describe('what only the issuer approves', () => {
  const card = scripted(quiet);

  it.each<[string, Partial<SaleInput>]>([
    ['a refund', { transactionType: '20', onlineOnly: true }],
    ['a hold', { onlineOnly: true }],
    ['anything but goods and services, where nobody says more', { transactionType: '01' }],
  ])('%s goes online although no action code asks for it', (_, over) => {
    const sale = run({ card, input: { ...offline, ...over } });
    expect(onlineCard(sale)).toBeDefined();
    expect(sale.commands.some((command) => command.startsWith('80AE80'))).toBe(true);
  });

  it('a card that approves it by itself all the same is not believed', () => {
    const rogue = scripted({ ...quiet, '80AE80': cryptogram('40') });
    const sale = run({ card: rogue, input: { ...offline, onlineOnly: true } });
    expect(outcomeOf(sale)).toEqual({ kind: 'endApplication', reason: 'cardDataError' });
  });

  it('is declined where an action code says so', () => {
    const denial = inputWith({ tac: { ...noAction, denial: '8000000000' }, floorLimit: 1_000_000 });
    expect(outcomeOf(run({ card, input: { ...denial, onlineOnly: true } }))).toMatchObject({ kind: 'declined' });
  });
});

describe('what SELECT says', () => {
  it('does not stand for what GET PROCESSING OPTIONS says, which data authentication covers', () => {
    const changes = { [select(aid)]: fci(aid, p('82', '0000'), p('9F27', '40')), '80A8': options('1000', '10010100') };
    const sale = run({ card: scripted(changes) });
    // The card verifies its holder, and gave no list: ICC data missing.
    expect(iccObject(onlineCard(sale)?.iccData ?? '', '95')).toBe('A000008000');
    expect(iccObject(onlineCard(sale)?.iccData ?? '', '82')).toBe('1000');
    expect(iccObject(onlineCard(sale)?.iccData ?? '', '9F27')).toBe('80');
  });
});

describe('TC Hash Value (98)', () => {
  it('by the TDOL of the card', () => {
    // SHA-1 of the amount, six bytes.
    expect(sent(run({ card: scripted(list(['97', '9F0206'])) }))).toBe(
      '80AE800019800000800018961EC0E134E28D765EBDC89C1C603A7E06B96600',
    );
  });

  it('by the default TDOL, and says so in the TVR', () => {
    const tac = { ...noAction, online: 'FFFFFFFFFF' };
    expect(sent(run({ card: scripted(list()), input: inputWith({ tac, defaultTdol: '9F0206' }) }))).toBe(
      '80AE800019800000808018961EC0E134E28D765EBDC89C1C603A7E06B96600',
    );
  });

  it('by none at all, which is no default that was used (Book 3 §9.2.2)', () => {
    expect(sent(run({ card: scripted(list()) }))).toBe(
      // SHA-1 of nothing.
      '80AE8000198000008000DA39A3EE5E6B4B0D3255BFEF95601890AFD8070900',
    );
  });
});

const record = (...objects: readonly Tlv[]): Record<string, string> => ({
  '00B20114': ok(constructed('70', objects)),
});

describe('ends before a cryptogram', () => {
  const without = (tag: string): Record<string, string> => record(...records.filter((object) => object.tag !== tag));
  const changed = (tag: string, value: string): Record<string, string> =>
    record(...records.map((object) => (object.tag === tag ? p(tag, value) : object)));

  it.each<[string, Record<string, string>]>([
    ['GPO is neither format', { '80A8': ok(p('81', '1800')) }],
    ['GPO refused otherwise', { '80A8': '6A81' }],
    ['PDOL asks for too much', { [select(aid)]: fci(aid, p('9F38', '9F33FF')) }],
    ['AFL is malformed', { '80A8': options('0400', '10010102') }],
    ['no records at all', { '80A8': options('0400', '') }],
    ['record refused', { '00B20114': '6985' }],
    ['record with something behind the template', { '00B20114': '700395010000FF9000' }],
    ['an object twice', record(...records, p('5F34', '01'))],
    ['no PAN', without('5A')],
    ['no expiry', without('5F24')],
    ['no CDOL1', without('8C')],
    ['no CDOL2', without('8D')],
    ['two different PANs', changed('57', '5413330089604111D3112201000F')],
    ['an expiry that is no date', changed('5F24', '311331')],
    ['an expiry that is no number', changed('5F24', '31AA31')],
    ['an effective date that is no date', record(...records, p('5F25', '200100'))],
    ['CDOL1 ends inside an entry', changed('8C', '9F02')],
    ['CDOL1 asks for too much', changed('8C', '9F02FF9F0302')],
    ['GENERATE AC refused', { '80AE80': '6985' }],
    ['GENERATE AC in neither format', { '80AE80': ok(p('80', '80')) }],
    ['GENERATE AC in neither template', { '80AE80': ok(p('81', '80000711223344556677880601')) }],
    ['no ATC', { '80AE80': ok(constructed('77', [p('9F27', '80'), p('9F26', '1122334455667788')])) }],
    ['no cryptogram', { '80AE80': ok(constructed('77', [p('9F27', '80'), p('9F36', '0007')])) }],
    ['a TC for an ARQC', { '80AE80': cryptogram('40') }],
    ['a reserved type of cryptogram', { '80AE80': cryptogram('C0') }],
  ])('%s', (_, changes) => {
    const sale = run({ card: scripted(changes) });
    expect(outcomeOf(sale)).toEqual({ kind: 'endApplication', reason: 'cardDataError' });
    expect(sale.end.kind === 'outcome' && sale.end.result.detail).toMatch(/^\S.*\S$/);
    expect(JSON.stringify(sale.end)).not.toContain(pan);
  });

  it('an AAC was asked for and something else came', () => {
    const input = inputWith({ tac: { ...noAction, denial: '8000000000' } });
    expect(outcomeOf(run({ input, card: scripted({ '80AE00': cryptogram('80') }) }))).toEqual({
      kind: 'endApplication',
      reason: 'cardDataError',
    });
  });

  it.each(['removed', 'noAnswer'] as const)('the card is gone (%s) at any step', (how) => {
    const { commands } = run();
    const first = commands.findIndex((command) => command.startsWith('80AE'));
    for (let step = 0; step <= first; step += 1) {
      let count = 0;
      const card = scripted();
      const sale = run({ card: (command) => (count++ === step ? how : card(command)) });
      const reason = how === 'removed' ? 'removedTooEarly' : 'communicationError';
      expect(outcomeOf(sale)).toEqual({ kind: 'tryAgain', reason });
      expect(sale.commands).toHaveLength(step + 1);
    }
  });
});

const bytes = (answer: Uint8Array): string => [...answer].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const ends = (sale: Run): void => {
  expect(sale.commands.length).toBeLessThanOrEqual(maxExchanges);
  const { end } = sale;
  if (end.kind === 'completed') expect(['approved', 'declined', 'notCompleted']).toContain(end.completion.decision);
  else expect(['approved', 'declined', 'tryAgain', 'endApplication']).toContain(end.result.outcome.kind);
  for (const answer of sale.answers) expect(answer.every((byte) => byte === 0)).toBe(true);
};

describe('no card can break or hold the terminal', () => {
  const host = {
    kind: 'answered',
    responseCode: '00',
    iccData: '9108112233445566778871099F1804000000018600720F9F1804000000028606842400000400',
  } as const;

  it('any answers at all', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.uint8Array({ maxLength: 60 })), (answers) => {
        ends(run({ card: () => bytes(answers.next().value ?? new Uint8Array(0)), host }));
      }),
    );
  });

  it('a good card with answers changed, cut off, added to, or gone', () => {
    const mutation = fc.record({
      exchange: fc.nat({ max: 10 }),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      kind: fc.constantFrom('change', 'cut', 'insert', 'status', 'removed', 'noAnswer'),
      byte: fc.nat({ max: 255 }),
      status: fc.constantFrom('6100', '6C00', '6283', '6985', '6A82', '6A81', '63C0', '9000', '6F00'),
    });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        let exchange = -1;
        const card = scripted();
        const sale = run({
          host,
          card: (command) => {
            exchange += 1;
            let answer = hex(card(command));
            for (const change of mutations.filter((one) => one.exchange === exchange)) {
              if (change.kind === 'removed' || change.kind === 'noAnswer') return change.kind;
              if (change.kind === 'status') return change.status;
              const at = Math.floor(change.at * answer.length);
              const rest = { change: at + 1, cut: answer.length, insert: at }[change.kind];
              const middle = change.kind === 'cut' ? new Uint8Array(0) : Uint8Array.of(change.byte);
              answer = concat(answer.subarray(0, at), middle, answer.subarray(rest));
            }
            return bytes(answer);
          },
        });
        ends(sale);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['procedure bytes without end', () => '6100'],
    ['wrong length without end', () => '6C00'],
    ['a directory without end', (command: string) => (command === selectPse ? (good[selectPse] ?? '') : '70009000')],
  ])('%s', (_, card) => {
    const sale = run({ card });
    expect(sale.commands).toHaveLength(maxExchanges);
    expect(outcomeOf(sale)).toEqual({ kind: 'tryAgain', reason: 'communicationError' });
  });

  it('a label of the card is shown as text, whatever its bytes', () => {
    const named = scripted({ [select(aid)]: fci(aid, text('50', 'A\u0007B')) });
    expect(onlineCard(run({ card: named }))?.label).toBe('AB');
  });
});
