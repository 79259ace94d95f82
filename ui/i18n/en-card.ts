/** English words around an inserted card. */
import type { CardMessages } from './card-messages.ts';

export const enCard: CardMessages = {
  card: {
    present: {
      sale: {
        title: 'Ask for the card: tap or insert',
        hint: 'Card or phone on the reader, or the card into the slot. No money taken yet.',
        customerTitle: 'Please tap or insert your card',
        customerHint: 'Hold it on the reader, or insert it with the chip first',
      },
      refund: {
        title: 'Refund: tap or insert the card that paid',
        hint: 'The money goes back to that card. Nothing has been given back yet.',
        customerTitle: 'Please tap or insert the card you paid with',
        customerHint: 'The money goes back to this card',
      },
      preAuthorization: {
        title: 'Hold: tap or insert the card',
        hint: 'Money is held, not taken. Nothing is held yet.',
        customerTitle: 'Please tap or insert your card for the hold',
        customerHint: 'Money is only held, not taken now',
      },
    },
    stays: {
      hint: 'Leave the card in: it has to hear the answer. No result yet; do not do it again.',
      customerHint: 'Please leave the card in; one moment',
    },
    prompts: {
      leaveCard: {
        title: 'Reading the card',
        hint: 'Leave the card in. No money has moved.',
        overdue: 'The card takes too long. The terminal is ending this; no money has moved.',
        customerTitle: 'Reading your card',
        customerHint: 'Please leave the card in',
        customerOverdue: 'The card takes too long. No money has moved.',
      },
      chooseApplication: {
        title: 'The customer chooses',
        hint: 'Let the customer choose; leave the card in. No money has moved.',
        overdue: 'Nobody chose. The terminal is ending this; no money has moved.',
        customerTitle: 'How would you like to pay?',
        customerHint: 'Choose an application of your card, and leave the card in',
        customerOverdue: 'The time to choose is over. No money has moved.',
      },
      enterPin: {
        title: 'The customer enters the PIN',
        hint: 'On the PIN pad, not here. Look away and never type it for anyone. No money has moved.',
        overdue: 'No PIN in time. The terminal is ending this; no money has moved.',
        customerTitle: 'Please enter your PIN',
        customerHint: 'On the PIN pad, covered with your hand. Leave the card in',
        customerOverdue: 'The time for the PIN is over. No money has moved.',
      },
    },
    triesLeft: (tries) => (tries === 1 ? 'Last try for the PIN' : `${tries} tries left for the PIN`),
    noneOfThem: 'Do not pay with this card',
    remove: { cashier: 'Remind the customer to take the card.', customer: 'Please take your card' },
    removeFirst: {
      cashier: 'Take the last card out first.',
      customer: 'Please take the old card out first',
    },
  },
};
