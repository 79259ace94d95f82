/** Fixtures of what an inserted card asks for on the screens. */
import type { CardPrompt, SaleView } from '../../src/contract/view.ts';
import { fixtureNow, fullSales, stageSales, vnd } from './sales.ts';

/** What an inserted card asks, and of which sale: with the most that it can ask. */
export const cardPrompts: readonly (readonly [string, CardPrompt, SaleView | null])[] = [
  ['leaveCard', { kind: 'leaveCard' }, stageSales.presentCard],
  [
    'chooseApplication',
    {
      kind: 'chooseApplication',
      id: 'choice-1',
      labels: ['NAPAS DEBIT', 'VISA CREDIT', 'MASTERCARD DEBIT'],
      waitSince: fixtureNow - 4_000,
      waitUntil: fixtureNow + 41_000,
    },
    { ...stageSales.presentCard, amount: vnd(128_450_000), charged: vnd(128_450_000) },
  ],
  [
    'enterPin',
    { kind: 'enterPin', triesLeft: 1, waitSince: fixtureNow - 4_000, waitUntil: fixtureNow + 56_000 },
    { ...stageSales.presentCard, amount: vnd(128_450_000), charged: vnd(128_450_000) },
  ],
  ['leaveCard while the bank is asked', { kind: 'leaveCard' }, fullSales.insertedAuthorising],
  [
    'removeCard before the next card',
    { kind: 'removeCard' },
    { ...stageSales.presentCard, reason: 'tryAgain.seePhone' },
  ],
  ['removeCard after a sale', { kind: 'removeCard' }, stageSales.approved],
  ['removeCard after a refusal', { kind: 'removeCard' }, fullSales.cardRefused],
  ['removeCard from an idle terminal', { kind: 'removeCard' }, null],
];
