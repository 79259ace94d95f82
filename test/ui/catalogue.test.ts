/** The words: every code of the core has them in both languages, and the money question is always answered. */
import { expect, test } from 'vitest';
import { refusalReasons } from '../../src/contract/commands.ts';
import { saleStages, saleView } from '../../src/contract/view.ts';
import type { CancelReason, FailReason, JournalEvent } from '../../src/core/transaction/events.ts';
import { isWaiting, reasonWords, resultWords, type SaleFacts } from '../../ui/i18n/explain.ts';
import { en } from '../../ui/i18n/en.ts';
import {
  cancelReasons,
  failReasons,
  knownReasons,
  tryAgainReasons,
  unknownReasons,
  type Messages,
  type ResultStage,
} from '../../ui/i18n/messages.ts';
import { vi } from '../../ui/i18n/vi.ts';

const catalogues: readonly (readonly [string, Messages])[] = [
  ['vi', vi],
  ['en', en],
];

type TryAgain = Extract<JournalEvent, { type: 'CardTryAgain' }>['reason'];
type Cause = Extract<JournalEvent, { type: 'AuthorizationUnknown' }>['cause'];

// Exhaustive by type: a new reason in the core does not compile here until the screens have words for it.
const core = {
  cancel: { cashier: 0, cardTimeout: 0, restart: 0 } satisfies Record<CancelReason, 0>,
  fail: {
    hostNotReached: 0,
    cardNotSupported: 0,
    cardBlocked: 0,
    cardUnreadable: 0,
    useAnotherInterface: 0,
    readerUnavailable: 0,
    qrUnavailable: 0,
  } satisfies Record<FailReason, 0>,
  tryAgain: { removedTooEarly: 0, communicationError: 0 } satisfies Record<TryAgain, 0>,
  unknown: { noReply: 0, linkLost: 0, badReply: 0, restart: 0 } satisfies Record<Cause, 0>,
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
const reasons = [null, ...knownReasons, 'declined.57', 'somethingNew'];
const answers = saleView.shape.moneyMoved.options;

test.each(catalogues)('%s answers the money question for every stage, reason and answer', (language, m) => {
  for (const stage of resultStages) {
    for (const reason of reasons) {
      for (const moneyMoved of answers) {
        const responseCode = reason?.startsWith('declined.') === true ? reason.slice('declined.'.length) : null;
        const facts: SaleFacts & { stage: ResultStage } = { stage, reason, moneyMoved, responseCode };
        const words = resultWords(facts, m);
        const what = `${stage} ${reason} ${moneyMoved}`;
        const allowed = [m.money[moneyMoved], m.money.part, m.money.undone];
        expect(
          allowed.map((money) => money.cashier),
          what,
        ).toContain(words.money);
        expect(
          allowed.map((money) => money.customer),
          what,
        ).toContain(words.customerMoney);
        expect(words.money === m.money.undone.cashier, what).toBe(stage === 'reversed' && moneyMoved === 'no');
        expect(words.money === m.money.part.cashier, what).toBe(stage === 'underPaid' && moneyMoved === 'yes');
        for (const text of Object.values(words)) expect(text, what).not.toBe('');
        const settled = moneyMoved === 'no' || (stage === 'underPaid' && moneyMoved === 'yes');
        if (!settled) {
          expect(words.next, what).not.toMatch(payAgain[language === 'vi' ? 'vi' : 'en']);
          expect(words.customer, what).not.toMatch(payAgain[language === 'vi' ? 'vi' : 'en']);
        }
      }
    }
  }
});

test.each(catalogues)('%s shows the code of a reason it has no words for', (_, m) => {
  const generic = m.results.declined;
  const declined = resultWords({ stage: 'declined', reason: 'declined.57', moneyMoved: 'no', responseCode: '57' }, m);
  expect(declined.why).toBe(`${generic.why} ${m.sale.code('57')}`);
  const failed = resultWords({ stage: 'failed', reason: 'somethingNew', moneyMoved: 'no', responseCode: null }, m);
  expect(failed.why).toContain('somethingNew');
});
