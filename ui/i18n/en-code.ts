/** English words around a code that the customer shows. */
import type { CodeMessages } from './code-messages.ts';

export const enCode: CodeMessages = {
  code: {
    method: 'Customer’s code',
    paidBy: 'Customer’s code',
    methodHint: 'Scan it off the phone',
    present: {
      sale: {
        title: 'Scan the customer’s code',
        hint: 'The card code on the customer’s phone. No money taken yet.',
        overdue: 'No code in time. The terminal is ending this sale; no money was taken.',
        customerTitle: 'Please show your payment code',
        customerHint: 'Open the card code in your banking app and hold it to the scanner',
        customerOverdue: 'The time for the code is over. You were not charged.',
      },
      refund: {
        title: 'Refund: scan a fresh code',
        hint: 'A code of the card that paid, from the same phone. Nothing has been given back yet.',
        overdue: 'No code in time. The terminal is ending this refund; nothing was given back.',
        customerTitle: 'Please show a code of the card you paid with',
        customerHint: 'The money goes back to this card',
        customerOverdue: 'The time for the code is over. Nothing was given back yet.',
      },
    },
    field: 'Scan or type the code',
    take: 'Take it',
    show: 'Show a code',
    showNow: 'The scanner is waiting for a code',
    phone: 'phone',
  },
};
