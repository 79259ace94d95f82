/** The words: every code of the core has them in both languages, and the money question is always answered. */
import { expect, test } from 'vitest';
import { refusalReasons } from '../../src/contract/commands.ts';
import { saleStages, saleView } from '../../src/contract/view.ts';
import type { CancelReason, FailReason, JournalEvent } from '../../src/core/transaction/events.ts';
import { isWaiting, reasonWords, resultWords, waitingWords, type SaleFacts } from '../../ui/i18n/explain.ts';
import { en } from '../../ui/i18n/en.ts';
import type { Messages } from '../../ui/i18n/messages.ts';
import {
  cancelReasons,
  failReasons,
  knownReasons,
  reversalReasons,
  tryAgainReasons,
  unknownReasons,
  type ResultStage,
  type WaitingStage,
} from '../../ui/i18n/sale-messages.ts';
import { vi } from '../../ui/i18n/vi.ts';

const catalogues: readonly (readonly [string, Messages])[] = [
  ['vi', vi],
  ['en', en],
];

type TryAgain = Extract<JournalEvent, { type: 'CardTryAgain' }>['reason'];
type Because = NonNullable<Extract<JournalEvent, { type: 'ReversalQueued' }>['because']>;
type Cause = Extract<JournalEvent, { type: 'AuthorizationUnknown' }>['cause'];

// Exhaustive by type: a new reason in the core does not compile here until the screens have words for it.
const core = {
  cancel: { cashier: 0, cardTimeout: 0, codeTimeout: 0, restart: 0, cardholder: 0, billPaid: 0 } satisfies Record<
    CancelReason,
    0
  >,
  fail: {
    hostNotReached: 0,
    codeNoNetwork: 0,
    cardNotSupported: 0,
    cardBlocked: 0,
    cardUnreadable: 0,
    useAnotherInterface: 0,
    readerUnavailable: 0,
    qrUnavailable: 0,
    qrNoNetwork: 0,
    notStored: 0,
    otherCard: 0,
    refundRefused: 0,
    refundNotSent: 0,
  } satisfies Record<FailReason, 0>,
  tryAgain: {
    removedTooEarly: 0,
    communicationError: 0,
    seePhone: 0,
    useAnotherInterface: 0,
    codeNotCpm: 0,
    codeOfWallet: 0,
    codeBroken: 0,
    codeNoApplication: 0,
    codeNoCryptogram: 0,
    codeUsed: 0,
    codeUnreadable: 0,
  } satisfies Record<TryAgain, 0>,
  unknown: { noReply: 0, linkLost: 0, badReply: 0, restart: 0 } satisfies Record<Cause, 0>,
  reversal: {
    partialRefused: 0,
    lateApproval: 0,
    askedLater: 0,
    cardDeclined: 0,
    cardRemoved: 0,
    restart: 0,
  } satisfies Record<Because, 0>,
};

test('the screens know every reason of the core', () => {
  expect([...cancelReasons].sort()).toEqual(Object.keys(core.cancel).sort());
  expect([...failReasons].sort()).toEqual(Object.keys(core.fail).sort());
  expect([...tryAgainReasons].sort()).toEqual(
    Object.keys(core.tryAgain)
      .map((reason) => `tryAgain.${reason}`)
      .sort(),
  );
  expect([...unknownReasons].sort()).toEqual(
    Object.keys(core.unknown)
      .map((cause) => `unknown.${cause}`)
      .sort(),
  );
  expect([...reversalReasons].sort()).toEqual(
    Object.keys(core.reversal)
      .map((because) => `reversal.${because}`)
      .sort(),
  );
});

test.each(catalogues)('%s has words for every known reason and refusal', (_, m) => {
  for (const reason of knownReasons) expect(reasonWords(reason, m), reason).toBeDefined();
  for (const refusal of refusalReasons) expect(m.trouble.commands[refusal], refusal).not.toBe('');
});

/** Every text of a catalogue by its path; functions are asked with the same arguments in both languages. */
function texts(node: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (typeof node === 'string') into.set(path, node);
  else if (typeof node === 'function') into.set(path, String((node as (...args: unknown[]) => unknown)(7)));
  else for (const [key, value] of Object.entries(node as object)) texts(value, `${path}.${key}`, into);
  return into;
}

test('nothing is left untranslated', () => {
  const inEnglish = texts(en, '', new Map());
  const inVietnamese = texts(vi, '', new Map());
  expect([...inVietnamese.keys()]).toEqual([...inEnglish.keys()]);
  const same = [...inVietnamese].filter(([path, text]) => text === inEnglish.get(path)).map(([path]) => path);
  expect(same).toEqual([]);
});

test.each(catalogues)('%s texts are trimmed, composed (NFC) and not empty', (_, m) => {
  for (const [path, text] of texts(m, '', new Map())) {
    expect(text, path).toBe(text.trim().normalize('NFC'));
    expect(text, path).not.toBe('');
  }
});

/** Sentences that tell the cashier or customer to pay again; none may stand beside unknown or moved money. */
const payAgain = {
  vi: /thử lại|thẻ khác|mã QR|giao dịch mới|bắt đầu|có thể thu lại|cách khác/iu,
  en: /try again|another card|another one|qr code|new sale|\bstart\b|charge again, by|another way/iu,
};

const resultStages = saleStages.filter((stage): stage is ResultStage => !isWaiting(stage));
const waitingStages = saleStages.filter((stage): stage is WaitingStage => isWaiting(stage));
const reasons = [null, ...knownReasons, 'declined.57', 'somethingNew'];
const answers = saleView.shape.moneyMoved.options;
const kinds = saleView.shape.kind.options;

const vnd = (minorUnits: number) => ({ minorUnits, currency: 'VND' });

function factsOf(changes: Partial<SaleFacts> & { stage: ResultStage }): SaleFacts & { stage: ResultStage } {
  return {
    kind: 'sale',
    method: 'card',
    reason: null,
    moneyMoved: 'no',
    responseCode: null,
    amount: vnd(45_000),
    charged: vnd(45_000),
    order: null,
    resolved: null,
    ...changes,
  };
}

/** The answers that may be given, by what is known. */
function allowedAnswers(kind: SaleFacts['kind'], moneyMoved: SaleFacts['moneyMoved'], m: Messages) {
  if (kind === 'refund') return [m.refundMoney[moneyMoved]];
  const { money } = m;
  const further = {
    no: [money.undone, money.held],
    yes: [money.part],
    unknown: [money.later, money.holdUnknown],
  };
  return [money[moneyMoved], ...further[moneyMoved]];
}

test.each(catalogues)('%s answers the money question for every kind, stage, reason and answer', (language, m) => {
  const again = payAgain[language === 'vi' ? 'vi' : 'en'];
  for (const kind of kinds) {
    for (const stage of resultStages) {
      for (const reason of reasons) {
        for (const moneyMoved of answers) {
          const responseCode = reason?.startsWith('declined.') === true ? reason.slice('declined.'.length) : null;
          const words = resultWords(factsOf({ kind, stage, reason, moneyMoved, responseCode }), m);
          const what = `${kind} ${stage} ${reason} ${moneyMoved}`;
          const allowed = allowedAnswers(kind, moneyMoved, m);
          expect(
            allowed.map((money) => money.cashier),
            what,
          ).toContain(words.money);
          expect(
            allowed.map((money) => money.customer),
            what,
          ).toContain(words.customerMoney);
          for (const text of Object.values(words)) expect(text, what).not.toBe('');
          const owed = moneyMoved === 'yes' && (stage === 'underPaid' || stage === 'partlyApproved');
          if (moneyMoved !== 'no' && !owed) {
            expect(words.next, what).not.toMatch(again);
            expect(words.customer, what).not.toMatch(again);
          }
        }
      }
    }
  }
});

test.each(catalogues)('%s says of money exactly what the stage means', (_, m) => {
  const says = (changes: Partial<SaleFacts> & { stage: ResultStage }): string => resultWords(factsOf(changes), m).money;
  const { money } = m;
  expect(says({ stage: 'reversed' })).toBe(money.undone.cashier);
  expect(says({ stage: 'voided' })).toBe(money.undone.cashier);
  expect(says({ stage: 'declined' })).toBe(money.no.cashier);
  expect(says({ stage: 'lateDeclined' })).toBe(money.no.cashier);
  expect(says({ stage: 'underPaid', moneyMoved: 'yes' })).toBe(money.part.cashier);
  expect(says({ stage: 'partlyApproved', moneyMoved: 'yes' })).toBe(money.part.cashier);
  expect(says({ stage: 'approved', moneyMoved: 'yes' })).toBe(money.yes.cashier);
  expect(says({ stage: 'approved', moneyMoved: 'yes', charged: vnd(30_000) })).toBe(money.part.cashier);
  expect(says({ stage: 'stored', moneyMoved: 'unknown' })).toBe(money.later.cashier);
  expect(says({ stage: 'stored', moneyMoved: 'yes' })).toBe(money.yes.cashier);
  const hold = { kind: 'preAuthorization' } as const;
  expect(says({ ...hold, stage: 'held' })).toBe(money.held.cashier);
  expect(says({ ...hold, stage: 'raisingHold' })).toBe(money.held.cashier);
  expect(says({ ...hold, stage: 'unknown', moneyMoved: 'unknown' })).toBe(money.holdUnknown.cashier);
  expect(says({ ...hold, stage: 'completing', moneyMoved: 'yes' })).toBe(money.yes.cashier);
  expect(says({ ...hold, stage: 'voiding', moneyMoved: 'no' })).toBe(money.no.cashier);
});

test.each(catalogues)('%s never tells to hand over the goods while something is owed', (_, m) => {
  const approved = factsOf({ stage: 'approved', moneyMoved: 'yes' });
  expect(resultWords(approved, m).next).toBe(m.results.approved.next);
  expect(resultWords({ ...approved, charged: vnd(30_000) }, m).next).toBe(m.partTaken.next);
  const order = { id: 'B-1', total: vnd(90_000), paid: vnd(45_000), pending: vnd(0), remaining: vnd(45_000) };
  expect(resultWords({ ...approved, order }, m).next).toBe(m.billOpen);
  const done = { ...order, paid: vnd(90_000), remaining: vnd(0) };
  expect(resultWords({ ...approved, order: done }, m).next).toBe(m.results.approved.next);
});

test.each(catalogues)('%s turns every sentence round for a refund', (_, m) => {
  for (const stage of Object.keys(m.refund.results) as ResultStage[]) {
    const sale = resultWords(factsOf({ stage }), m);
    const refund = resultWords(factsOf({ stage, kind: 'refund' }), m);
    for (const part of ['title', 'money', 'next', 'customerTitle', 'customerMoney'] as const) {
      expect(refund[part], `${stage} ${part}`).not.toBe(sale[part]);
    }
  }
  for (const stage of waitingStages) {
    const words = waitingWords({ stage, kind: 'refund' }, m);
    for (const text of Object.values(words)) expect(text, stage).not.toBe('');
  }
});

test.each(catalogues)('%s shows the code of a reason it has no words for', (_, m) => {
  const generic = m.results.declined;
  const declined = resultWords(factsOf({ stage: 'declined', reason: 'declined.57', responseCode: '57' }), m);
  expect(declined.why).toBe(`${generic.why} ${m.sale.code('57')}`);
  const late = resultWords(factsOf({ stage: 'lateDeclined', reason: 'declined.51', responseCode: '51' }), m);
  expect(late.why).toBe(`${m.reasons['declined.51'].why} ${m.sale.code('51')}`);
  expect(late.next).toBe(m.results.lateDeclined.next);
  const failed = resultWords(factsOf({ stage: 'failed', reason: 'somethingNew' }), m);
  expect(failed.why).toContain('somethingNew');
});
