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
