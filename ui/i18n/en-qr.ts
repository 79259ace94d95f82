/** English: payments by QR. */
import type { QrMessages } from './qr-messages.ts';

export const enQr: QrMessages = {
  qr: {
    aside: 'Waiting for transfer',
    asideHint:
      'These codes can be paid until their time is up. When money comes, the terminal says so and prints; until then none has come.',
    nothingAside: 'No code waits for a transfer.',
    nextCustomer: 'Put aside, serve the next',
    payOtherWay: 'Pay another way',
    bringBack: 'Show the code again',
    transferTitle: 'Settle a transfer',
    transferHint:
      'The money is here and counts as no sale yet. Attach it to its sale, or pay it back and write that down; a supervisor approves.',
    transferGone: 'This transfer has been settled.',
    transferNotes: [
      'Transferred back to the customer',
      'Not money of a sale',
      'Confirmed by the bank on the telephone',
    ],
    settleTransfer: 'Settle',
    attach: (reference, amount, time) => `Attach to ${reference}: ${amount}, ${time}`,
    attachNote: 'Attached to the sale',
    endWithNote: 'End with the note',
    fitsNothing: 'No open or cancelled QR sale would be paid in full by it.',
    collectRest: (amount) => `Collect the other ${amount} by`,
    partTaken: {
      title: 'Part received',
      why: 'The transfer was for less than asked; it counts towards the bill.',
      next: 'Collect the rest before you hand over the goods.',
      customerTitle: 'Part received',
      customer: 'Please pay the rest with the cashier.',
    },
  },
};
