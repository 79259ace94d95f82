/** The PURE slot as its header says: without settings nothing is verified, with them as much as Book C-2 would. */
import { describe, expect, it } from 'vitest';
import { combinedCard, floorLimitOnline, kernel2Input, mastercard } from '../../../../test/emv/combined-card.ts';
import { hex, toHex } from '../../base/bytes.ts';
import { findTlv, parseTlv } from '../../tlv/ber-tlv.ts';
import type { ContactlessSettings } from '../configuration.ts';
import type { SaleInput } from '../terminal-data.ts';
import { fci, format2, p, record, runSale, scripted, select, type Answers, type Run } from './test-kit.ts';

/** The card of Kernel 2 at a terminal that takes its AID with PURE. */
function input(settings: Partial<ContactlessSettings>, changes: Partial<SaleInput> = {}): SaleInput {
  return kernel2Input({ settings: { kernel: 'pure', kernelId: '00', ...settings }, input: changes });
}

function unverified(sale: SaleInput): SaleInput {
  const applications = sale.terminal.applications.map((application) => {
    const { kernel2: _, ...contactless } = application.contactless ?? expect.fail('not contactless');
    return { ...application, contactless };
  });
  return { ...sale, terminal: { ...sale.terminal, applications } };
}

const kindOf = ({ result: { outcome } }: Run): string =>
  'reason' in outcome ? `${outcome.kind} ${outcome.reason}` : outcome.kind;

function object({ result: { outcome } }: Run, tag: string): string {
  const parsed = parseTlv(hex('card' in outcome ? outcome.card.iccData : ''));
  return toHex((parsed.ok ? findTlv(parsed.value, tag)?.value : undefined) ?? hex(''));
}

const offline = { floorLimit: 100_000, tac: { ...floorLimitOnline } };

describe('with settings', () => {
  it('below the floor limit a card with CDA approves', () => {
    const run = runSale(scripted(combinedCard()), input(offline));
    expect(kindOf(run)).toBe('approved');
    expect([object(run, '95'), object(run, '9F34')]).toEqual(['0000000000', '1F0302']);
  });

  it('a card without CDA is asked to go online, whatever the action codes allow, and its approval is not believed', () => {
    const sale = input({ ...offline, tac: { denial: '0000000000', online: '0000000000', default: '0000000000' } });
    const unsigned = { aip: '1880', signature: 'absent' } as const;
    const run = runSale(scripted(combinedCard(unsigned)), sale);
    expect(run.commands.at(-1)?.slice(0, 6)).toBe('80AE80');
    expect(kindOf(run)).toBe('onlineRequest');
    const approving = runSale(scripted(combinedCard({ ...unsigned, answer: 'tc' })), sale);
    expect(kindOf(approving)).toBe('endApplication cardDataError');
  });

  it('above it the host is asked, with what the terminal has found', () => {
    const run = runSale(scripted(combinedCard()), input({}));
    expect(kindOf(run)).toBe('onlineRequest');
    expect(object(run, '95')).toBe('0000008000');
  });

  it('a wrong signature ends it', () => {
    const run = runSale(scripted(combinedCard({ signature: 'otherData' })), input(offline));
    expect(kindOf(run)).toBe('endApplication cardDataError');
  });

  it('a refund is not approved by the card', () => {
    expect(kindOf(runSale(scripted(combinedCard()), input(offline, { transactionType: '20' })))).toBe('onlineRequest');
  });

  it('above the CVM limit the receipt is signed', () => {
    const run = runSale(scripted(combinedCard()), input({ cvmRequiredLimit: 0 }));
    expect(run.result.parameters).toMatchObject({ cvm: 'signature', receipt: true });
    expect(run.result.outcome).toMatchObject({ card: { cvm: 'signature' } });
  });

  it('an AAC declines, whether or not the card could be inserted', () => {
    expect(kindOf(runSale(scripted(combinedCard({ answer: 'aac' })), input({})))).toBe('declined');
  });
});

describe('without settings', () => {
  it('an ARQC is asked for, without CDA, and TVR and CVM Results say that nothing was verified', () => {
    const run = runSale(scripted(combinedCard({ signature: 'absent' })), unverified(input(offline)));
    expect(run.commands.at(-1)?.slice(0, 6)).toBe('80AE80');
    expect(kindOf(run)).toBe('onlineRequest');
    expect([object(run, '95'), object(run, '9F34')]).toEqual(['8000000000', '3F0000']);
    expect('card' in run.result.outcome && 'cvm' in run.result.outcome.card).toBe(false);
  });
});

const deciding = (...objects: readonly ReturnType<typeof p>[]): Answers => ({
  ...combinedCard(),
  [select(mastercard)]: fci(mastercard),
  '80A8': format2(p('82', '0000'), p('94', '08010100'), p('9F26', '1122334455667788'), ...objects),
  '00B2010C': record(p('57', '9704000000000018D3112201000F')),
});

describe('a card that decides in its answer to GET PROCESSING OPTIONS', () => {
  const counter = p('9F36', '0007');

  it.each<[string, readonly ReturnType<typeof p>[], string]>([
    ['ARQC', [counter, p('9F27', '80')], 'onlineRequest'],
    ['ARQC, implied', [counter, p('9F10', '06011203A00000')], 'onlineRequest'],
    ['AAC', [counter, p('9F27', '00')], 'declined'],
    ['TC: nothing here can check it', [counter, p('9F27', '40')], 'endApplication cardDataError'],
    ['no counter', [p('9F27', '80')], 'endApplication cardDataError'],
    ['no decision', [counter], 'endApplication cardDataError'],
  ])('%s', (_, objects, expected) => {
    expect(kindOf(runSale(scripted(deciding(...objects)), input(offline)))).toBe(expected);
  });
});
