/**
 * Judges the decisions of EMV Book 3: processing restrictions (§10.4), cardholder verification (§10.5), terminal risk
 * management (§10.6) and terminal action analysis (§10.7).
 */
import { hex, toHex } from '../../../src/core/base/bytes.ts';
import type { Pan } from '../../../src/core/base/pan.ts';
import { actionCodesMatch, analyseActions } from '../../../src/core/emv/book3/action-analysis.ts';
import { verifyCardholder, type CvmEnd } from '../../../src/core/emv/book3/cvm.ts';
import { checkRestrictions } from '../../../src/core/emv/book3/restrictions.ts';
import { manageRisk } from '../../../src/core/emv/book3/risk.ts';
import { CardChannel, type CardAnswer } from '../../../src/core/emv/card-channel.ts';
import type { ActionCodes } from '../../../src/core/emv/configuration.ts';
import type { ContactAnswer, ContactRequest, PinResult } from '../../../src/core/emv/contact/requests.ts';
import { TransactionData } from '../../../src/core/emv/transaction-data.ts';
import type { VectorVerdict } from '../category.ts';

interface Tagged {
  readonly tag: string;
  readonly value: string;
}

function dataOf(terminal: readonly Tagged[], card: readonly Tagged[]): TransactionData {
  const data = new TransactionData(new Map(terminal.map(({ tag, value }) => [tag, hex(value)])));
  for (const { tag, value } of card) data.card.set(tag, hex(value));
  return data;
}

function verdict(name: string, expected: string, found: string): VectorVerdict {
  return expected === found ? { case: name, outcome: 'passed' } : { case: name, outcome: 'failed', expected, found };
}

interface KernelCase {
  readonly name: string;
  readonly terminal_config: readonly Tagged[];
  readonly transaction_params: readonly Tagged[];
  readonly card: readonly Tagged[];
  readonly expected_tvr: string;
}

export function judgeRestrictions({ cases }: { readonly cases: readonly KernelCase[] }): VectorVerdict[] {
  return cases.map(({ name, terminal_config: config, transaction_params: parameters, card, expected_tvr: tvr }) => {
    const data = dataOf([...config, ...parameters], card);
    checkRestrictions(data);
    return verdict(name, tvr, toHex(data.tvr.value));
  });
}

interface RiskCase extends KernelCase {
  readonly txn_log?: readonly { pan_cn10: string; pan_seq: string; date: string; amount: number }[];
  readonly exchanges: readonly { readonly c: string; readonly r: string }[];
  readonly expected_tsi: string;
}

/** §10.6.1: the most recent entry with the same PAN and, when the card gives one, the same sequence number. */
function recentAmount(log: NonNullable<RiskCase['txn_log']>, pan: Pan, sequenceNumber: string | undefined): number {
  const digits = pan.use((bytes) => String.fromCharCode(...bytes));
  const same = log.filter(
    (entry) =>
      entry.pan_cn10.replace(/F*$/, '') === digits &&
      (sequenceNumber === undefined || entry.pan_seq === sequenceNumber),
  );
  return same.toSorted((a, b) => a.date.localeCompare(b.date)).at(-1)?.amount ?? 0;
}

/**
 * What the peer leaves out: the bit `ICC data missing` when a counter was not returned and both limits are there (§7.5
 * Table 35). It is asked for here in addition to whatever the case says.
 */
function withMissingData(tvr: string, { card, exchanges }: RiskCase): string {
  const limits = ['9F14', '9F23'].every((tag) => card.some((each) => each.tag === tag));
  const refused = exchanges.some(({ c, r }) => /^80CA9F(?:36|13)/.test(c) && !r.endsWith('9000'));
  const bytes = hex(tvr);
  if (limits && refused) bytes[0] = (bytes[0] ?? 0) | 0x20;
  return toHex(bytes);
}

function judgeRiskCase(test: RiskCase): VectorVerdict {
  const { name, terminal_config: config, transaction_params: parameters, card, txn_log: log = [], exchanges } = test;
  const data = dataOf([...config, ...parameters], card);
  const floorLimit = Number.parseInt(toHex(data.get('9F1B') ?? new Uint8Array(4)), 16);
  const steps = manageRisk(
    new CardChannel(),
    data,
    {
      randomNumber: 99,
      recentAmount: (pan, sequenceNumber) => recentAmount(log, pan, sequenceNumber),
      onExceptionFile: () => false,
      merchantForcedOnline: false,
    },
    { floorLimit, randomSelection: { threshold: 0, targetPercentage: 0, maximumTargetPercentage: 0 } },
  );
  const sent: string[] = [];
  let step = steps.next();
  while (step.done !== true) {
    sent.push(toHex(step.value));
    step = steps.next(hex(exchanges[sent.length - 1]?.r ?? '6F00'));
  }
  const wanted = exchanges.map(({ c }) => c);
  const end = step.value.ok ? 'ended' : step.value.fault.detail;
  return verdict(
    name,
    [withMissingData(test.expected_tvr, test), test.expected_tsi, 'ended', ...wanted].join(' '),
    [toHex(data.tvr.value), toHex(data.tsi.value), end, ...sent].join(' '),
  );
}

export function judgeRisk({ cases }: { readonly cases: readonly RiskCase[] }): VectorVerdict[] {
  return cases.map(judgeRiskCase);
}

interface FactsFile {
  readonly action_code_match?: readonly { tvr: string; tac: string; iac: string; match: boolean }[];
  readonly first_generate_ac?: readonly Facts[];
  readonly cvm_selection?: readonly Facts[];
}

/** Facts in words; a key that ends in a tag is that data object. */
type Facts = Readonly<Record<string, unknown>>;

export function judgeActionAndCvmFacts(file: FactsFile): VectorVerdict[] {
  return [
    ...(file.action_code_match ?? []).map(({ tvr, tac, iac, match }) =>
      verdict(`match ${tvr} ${tac} ${iac}`, String(match), String(actionCodesMatch(hex(tvr), hex(tac), hex(iac)))),
    ),
    ...(file.first_generate_ac ?? []).map(judgeFirstCryptogram),
    ...(file.cvm_selection ?? []).map(judgeCvmSelection),
  ];
}

function text(facts: Facts, key: string): string | undefined {
  const value = facts[key];
  return typeof value === 'string' ? value : undefined;
}

function ofTerminal({ key }: { readonly key: string }): boolean {
  return /^(?:terminal|transaction|amount)/.test(key);
}

/** The data objects among the facts: those of the terminal say so in their name. */
function taggedFacts(facts: Facts): { terminal: Tagged[]; card: Tagged[] } {
  const all = Object.keys(facts).flatMap((key) => {
    const tag = /_([0-9A-F]{2,4})(?:_ignored)?$/.exec(key)?.[1];
    const value = text(facts, key);
    return tag === undefined || value === undefined ? [] : [{ key, tag, value }];
  });
  return { terminal: all.filter(ofTerminal), card: all.filter((each) => !ofTerminal(each)) };
}

function judgeFirstCryptogram(facts: Facts): VectorVerdict {
  const { terminal, card } = taggedFacts(facts);
  const data = dataOf([{ tag: '9F35', value: '22' }, ...terminal], card);
  const tac = (side: string): string =>
    Object.entries(facts).flatMap(([key, value]) => (key.startsWith(`tac_${side}`) ? [String(value)] : []))[0] ??
    '0000000000';
  const codes: ActionCodes = { denial: tac('denial'), online: tac('online'), default: tac('default') };
  const tvr = hex(text(facts, 'tvr') ?? '');
  const found = analyseActions({ tvr: { value: tvr }, card: data.card }, codes, data.byte('9F35', 1), 'first');
  return verdict(`GENERATE AC ${toHex(tvr)}`, String(facts['requested_ac']).toLowerCase(), found);
}

interface CvmRun {
  readonly data: TransactionData;
  readonly asked: readonly string[];
  readonly end: CvmEnd;
}

const defaultTerminal: readonly Tagged[] = [
  { tag: '9F33', value: 'E0F8C8' },
  { tag: '9F35', value: '22' },
  { tag: '9C', value: '00' },
];

function runCvm(facts: Facts): CvmRun {
  const { terminal, card } = taggedFacts(facts);
  const data = dataOf([...defaultTerminal, ...terminal], [{ tag: '82', value: text(facts, 'aip') ?? '1800' }, ...card]);
  const asked: string[] = [];
  const answer = (request: ContactRequest): ContactAnswer => {
    if (request.kind !== 'enterPin') return { kind: 'response', answer: hex('6A88') satisfies CardAnswer };
    asked.push(request.pin.manner);
    return { kind: 'pin', result: pad(text(facts, 'pin'), request.pin.manner) };
  };
  const steps = verifyCardholder(new CardChannel(), data, {
    interface: facts['interface'] === 'contactless' ? 'contactless' : 'contact',
    pinKey: () => undefined,
  });
  let step = steps.next();
  while (step.done !== true) step = steps.next(answer(step.value));
  return { data, asked, end: step.value };
}

/** Whoever has no PIN in the facts goes past its entry. */
function pad(pin: string | undefined, manner: string): PinResult {
  if (pin === undefined) return { kind: 'bypassed' };
  return manner === 'online' ? { kind: 'pinBlock', pinBlock: new Uint8Array(8) } : { kind: 'verified', sw: 0x9000 };
}

/** What each phrase of a result means in bits and prompts. */
const phrases: readonly (readonly [phrase: RegExp, holds: (run: CvmRun) => boolean])[] = [
  [/online PIN captured/i, ({ data, asked }) => data.tvr.has('onlinePinEntered') && asked.includes('online')],
  [/no PIN prompt/i, ({ asked }) => asked.length === 0],
  [/^no CVM/i, ({ data }) => (data.byte('9F34', 1) & 0x3f) === 0x1f && data.byte('9F34', 3) === 0x02],
  [
    /processing skipped/i,
    ({ data }) => toHex(data.get('9F34') ?? hex('')) === '3F0000' && !data.tsi.has('cvmPerformed'),
  ],
  [/offline PIN is skipped/i, ({ asked }) => asked.every((manner) => manner === 'online')],
];
const plaintextPin = /plaintext offline PIN/i;

function judgeCvmSelection(facts: Facts, index: number): VectorVerdict {
  const title = `CVM ${index} ${text(facts, 'result') ?? text(facts, 'result_is_not') ?? ''}`;
  const run = runCvm(facts);
  const checks: (readonly [expected: string, found: string])[] = [];
  const firstByte = text(facts, 'cvm_results_first_byte');
  if (firstByte !== undefined) checks.push([firstByte, toHex(run.data.get('9F34') ?? hex('')).slice(0, 2)]);
  for (const [phrase, holds] of phrases) {
    if (phrase.test(text(facts, 'result') ?? '')) checks.push([String(phrase), holds(run) ? String(phrase) : 'not so']);
  }
  if (plaintextPin.test(text(facts, 'result_is_not') ?? '')) {
    checks.push(['not asked', run.asked.includes('offlinePlaintext') ? 'asked' : 'not asked']);
  }
  if (checks.length === 0) return { case: title, outcome: 'skipped', why: 'a result in words that have no bits here' };
  const state = `${run.end.kind} ${toHex(run.data.get('9F34') ?? hex(''))} ${toHex(run.data.tvr.value)}`;
  const wrong = checks.find(([expected, found]) => expected !== found);
  return wrong === undefined
    ? { case: title, outcome: 'passed' }
    : { case: title, outcome: 'failed', expected: wrong[0], found: `${wrong[1]} (${state})` };
}
