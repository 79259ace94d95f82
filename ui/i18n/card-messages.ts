/**
 * What every language must say around a card that is inserted: that it has to stay, what it asks, and that it has to be
 * taken out again. No money has moved while a card asks something.
 */
import type { CardPrompt, SaleView } from '../../src/contract/view.ts';
import type { WaitingText } from './sale-messages.ts';

/** What a prompt asks while the card is being read. */
export type AskingPrompt = Exclude<CardPrompt['kind'], 'removeCard'>;

type Words = Pick<WaitingText, 'title' | 'hint' | 'customerTitle' | 'customerHint'>;

export interface CardMessages {
  readonly card: {
    /** A reader with a slot: the card is tapped or inserted. */
    readonly present: Readonly<Record<SaleView['kind'], Words>>;
    /** The bank is being asked, and the inserted card has to hear the answer. */
    readonly stays: Pick<Words, 'hint' | 'customerHint'>;
    readonly prompts: Readonly<Record<AskingPrompt, WaitingText>>;
    readonly triesLeft: (tries: number) => string;
    /** Instead of any application that the card offers. */
    readonly noneOfThem: string;
    readonly remove: { readonly cashier: string; readonly customer: string };
    /** The next sale waits for a card while the last one is still in the slot. */
    readonly removeFirst: { readonly cashier: string; readonly customer: string };
  };
}
