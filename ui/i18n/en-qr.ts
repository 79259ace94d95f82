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
    payout: {
      title: 'Transfers to give back',
      nothing: 'Nothing has to be given back by transfer.',
      begin: 'Give back by transfer',
      beginExcess: (amount) => `Transfer the excess of ${amount} back`,
      askHint:
        'The terminal sends no money: this tells the shop to send it at the bank. A supervisor other than who asks has to confirm.',
      askedBy: 'Asked by',
      ask: 'Ask for it',
      confirm: 'Confirm',
      confirmHint: (askedBy) => `${askedBy} asks. Nothing has been paid back; somebody else has to confirm.`,
      complete: 'It has been sent',
      completeHint: 'Only once the bank has sent it. Copy the reference of the bank.',
      bankReference: 'Reference of the bank',
      withdraw: 'Withdraw',
      withdrawHint: 'Nothing has been paid back. The money goes back to the worklist.',
      name: 'Done by',
      payee: (account) => `Account ${account}`,
      noPayee: 'The bank names no account; ask the customer',
      by: {
        asked: (name) => `asked: ${name}`,
        confirmed: (name) => `confirmed: ${name}`,
        paidOut: (name) => `sent: ${name}`,
        withdrawn: (name) => `withdrawn: ${name}`,
      },
      stages: {
        asked: 'Not paid, waits for a second person',
        confirmed: 'Not paid, confirmed: send it at the bank',
        paidOut: 'Transferred back',
        withdrawn: 'Withdrawn, not paid',
      },
      reasons: { transfer: 'the whole transfer', excess: 'what came too much', refund: 'refund of a sale' },
    },
    confirmNotes: ['Seen in the bank app of the shop', 'Confirmed by the bank on the telephone'],
    unverified: (name) => `Confirmed by hand by ${name}; not verified by the bank`,
    verifiedLater: (name, time) => `Confirmed by hand by ${name}; verified later, at ${time}`,
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
