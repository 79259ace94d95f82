/** English words of a sale: its stages, how it ended and why, and the answer about money. */
import type { SaleMessages } from './messages.ts';

export const enSales: SaleMessages = {
  waiting: {
    presentCard: {
      title: 'Ask for the card',
      hint: 'The customer holds card or phone on the reader and keeps it still. No money taken yet.',
      overdue: 'No card in time. The terminal is ending this sale; no money was taken.',
      customerTitle: 'Please tap card or phone',
      customerHint: 'Hold it on the reader until this screen answers',
      customerOverdue: 'The time for the card is over. You were not charged.',
    },
    authorising: {
      title: 'Asking the bank',
      hint: 'The card can be put away. Do not charge again before there is a result.',
      overdue:
        'The bank did not answer in time. The terminal records the result as unknown and reverses it. Do not charge again.',
      customerTitle: 'Connecting to your bank',
      customerHint: 'You can put the card away; one moment please',
      customerOverdue: 'The bank is slow to answer. Please wait and do not pay again.',
    },
    preparingQr: {
      title: 'Creating the QR code',
      hint: 'It will appear on the customer screen. No money has moved.',
      overdue: 'No code could be made. The terminal is ending this sale; no money has moved.',
      customerTitle: 'Creating the QR code',
      customerHint: 'It will appear right here',
      customerOverdue: 'No code could be made. You were not charged.',
    },
    showQr: {
      title: 'Waiting for the customer to scan',
      hint: 'The terminal tells you when money arrives. Do not trust a screenshot.',
      overdue: 'The code has expired. The terminal asks the bank whether money came before it decides.',
      customerTitle: 'Scan with your banking app',
      customerHint: 'Leave the amount and memo as they are',
      customerOverdue: 'The code has expired. Please do not scan it any more; we are checking.',
    },
    checkingPayment: {
      title: 'Checking for the money',
      hint: 'The code is withdrawn. The terminal asks the bank before it decides. Do not charge again.',
      overdue: 'The bank has not answered yet. The terminal is asking again. Do not charge this customer again.',
      customerTitle: 'Checking with the bank',
      customerHint: 'One moment please; do not send more money',
      customerOverdue: 'The bank is slow to answer. Please wait and do not send more money.',
    },
  },
  results: {
    approved: {
      title: 'Approved',
      why: 'The bank has accepted it.',
      next: 'Paid in full. Hand over the goods.',
      customerTitle: 'Payment successful',
      customer: 'Thank you!',
    },
    underPaid: {
      title: 'Underpaid',
      why: 'Less money arrived than was asked for.',
      next: 'Collect what is missing, or give back what came.',
      customerTitle: 'The transfer was too small',
      customer: 'Please settle the missing part with the cashier.',
    },
    declined: {
      title: 'Card declined',
      why: 'The card’s bank did not accept the sale.',
      next: 'Offer another card or the QR code.',
      customerTitle: 'Your bank did not accept this',
      customer: 'Please use another card or the QR code. Your banking app shows the reason.',
    },
    cancelled: {
      title: 'Sale cancelled',
      why: 'The sale ended before any money moved.',
      next: 'Start a new sale when the customer is ready.',
      customerTitle: 'Payment cancelled',
      customer: 'You can pay again whenever you are ready.',
    },
    failed: {
      title: 'Sale not possible',
      why: 'The sale ended before it reached the bank.',
      next: 'Try again, or offer another way to pay.',
      customerTitle: 'That did not work',
      customer: 'Please try again or pay another way.',
    },
    expired: {
      title: 'QR code expired',
      why: 'The bank confirms that no money came for this code.',
      next: 'If the customer still wants to pay, make a new code.',
      customerTitle: 'The QR code has expired',
      customer: 'Please do not scan the old code. The cashier can make a new one.',
    },
    unknown: {
      title: 'Result unknown',
      why: 'The request left, but no certain answer came back.',
      next: 'Do not charge again. The terminal is reversing it; ask the customer to look in the banking app.',
      customerTitle: 'Result unknown, we are checking',
      customer: 'Please do not pay again. If you were charged, the money will come back.',
    },
    reversed: {
      title: 'Reversed',
      why: 'The bank confirms that it holds no money for this sale.',
      next: 'You may charge again, by card or QR code.',
      customerTitle: 'The payment was undone',
      customer: 'If you see money on hold, your bank releases it by itself.',
    },
  },
  reasons: {
    cashier: {
      why: 'Cancelled by the cashier.',
      next: 'Start a new sale when the customer is ready.',
      customer: 'It was cancelled at the counter.',
    },
    cardTimeout: {
      why: 'No card was presented in time.',
      next: 'Ask the customer, then start a new sale.',
      customer: 'The time for the card ran out. You can try again.',
    },
    restart: {
      why: 'The terminal restarted, so this sale was ended.',
      next: 'Start again from the beginning.',
      customer: 'The terminal restarted. You can try again.',
    },
    hostNotReached: {
      why: 'No network to the bank; the request was never sent.',
      next: 'Check the network cable and try again, or take payment another way.',
      customer: 'The bank cannot be reached. Please pay another way.',
    },
    cardNotSupported: {
      why: 'This kind of card is not accepted here.',
      next: 'Offer another card or the QR code.',
      customer: 'This kind of card is not accepted here. Please use another one.',
    },
    cardBlocked: {
      why: 'The application on the card is blocked.',
      next: 'Ask for another card; the customer should call the bank.',
      customer: 'This card cannot be used now. Please contact your bank.',
    },
    cardUnreadable: {
      why: 'The data on the card could not be read.',
      next: 'Try once more, then ask for another card.',
      customer: 'The card could not be read. Please try again or use another one.',
    },
    useAnotherInterface: {
      why: 'This card cannot be tapped; it wants its chip inserted.',
      next: 'Offer another card or the QR code.',
      customer: 'This card cannot be tapped here. Please use another one.',
    },
    readerUnavailable: {
      why: 'The card reader is not connected.',
      next: 'Check the reader’s cable. The QR code still works.',
      customer: 'The card reader is out of order. You can pay by QR code.',
    },
    qrUnavailable: {
      why: 'The bank could not issue a QR code.',
      next: 'Try again, or take a card.',
      customer: 'No QR code could be made. You can pay by card.',
    },
    'tryAgain.removedTooEarly': {
      why: 'The card left the reader too early.',
      next: 'Ask the customer to tap again and hold still.',
      customer: 'The card left too early. Please tap again and hold still.',
    },
    'tryAgain.communicationError': {
      why: 'The card was not read completely.',
      next: 'Ask the customer to tap again, one card only.',
      customer: 'The card was not read completely. Please tap again, one card only.',
    },
    'declined.card': {
      why: 'The card itself declined; the bank was not asked.',
      next: 'Offer another card or the QR code.',
      customer: 'This card cannot be used here. Please use another one.',
    },
    'declined.05': {
      why: 'The card’s bank declined without giving a reason.',
      next: 'Offer another card; the customer can ask the bank.',
      customer: 'Please use another card, or ask the bank that issued this one.',
    },
    'declined.14': {
      why: 'The card number is not valid.',
      next: 'Ask for another card.',
      customer: 'The bank does not know this card. Please use another one.',
    },
    'declined.30': {
      why: 'The bank reports a format error in the request.',
      next: 'Take payment another way and give this code to the technician.',
      customer: 'The system could not handle this. Please pay another way.',
    },
    'declined.41': {
      why: 'The bank reports the card as lost.',
      next: 'Offer another way to pay; do not keep the card.',
      customer: 'This card cannot be used now. Please contact your bank.',
    },
    'declined.43': {
      why: 'The bank reports the card as stolen.',
      next: 'Offer another way to pay; do not argue, do not keep the card.',
      customer: 'This card cannot be used now. Please contact your bank.',
    },
    'declined.51': {
      why: 'Insufficient funds.',
      next: 'Offer another card or the QR code.',
      customer: 'Please use another card or the QR code. Your banking app shows the reason.',
    },
    'declined.54': {
      why: 'The card has expired.',
      next: 'Ask for another card.',
      customer: 'This card has expired. Please use another one.',
    },
    'declined.55': {
      why: 'Incorrect PIN.',
      next: 'Let the customer try again or use another card.',
      customer: 'The PIN was not right. Please try again or use another card.',
    },
    'declined.61': {
      why: 'Above the limit of the card.',
      next: 'The customer can raise the limit in the app, or pay another way.',
      customer: 'This is above the limit of your card. Please pay another way.',
    },
    'declined.91': {
      why: 'The card’s bank does not answer.',
      next: 'Wait a few minutes and try again, or take payment another way.',
      customer: 'Your bank cannot be reached now. Please pay another way.',
    },
    'declined.94': {
      why: 'The bank reports a duplicate transaction.',
      next: 'Look at the recent sales before you charge again.',
      customer: 'The bank reports a duplicate. Please wait while the cashier checks.',
    },
    'declined.96': {
      why: 'The bank’s system is out of order.',
      next: 'Try again in a few minutes, or take payment another way.',
      customer: 'The bank’s system is out of order. Please pay another way.',
    },
    'unknown.noReply': {
      why: 'The bank did not answer in time.',
      next: 'Do not charge again. The terminal is reversing it; ask the customer to look in the banking app.',
      customer: 'The bank has not answered. Please do not pay again; if you were charged, the money will come back.',
    },
    'unknown.linkLost': {
      why: 'The network failed while waiting for the bank.',
      next: 'Do not charge again. Check the network cable; the terminal reverses it when the network is back.',
      customer: 'The line to the bank failed. Please do not pay again; if you were charged, the money will come back.',
    },
    'unknown.badReply': {
      why: 'The bank’s answer could not be read.',
      next: 'Do not charge again. The terminal is reversing it; ask the customer to look in the banking app.',
      customer:
        'The bank’s answer was unclear. Please do not pay again; if you were charged, the money will come back.',
    },
    'unknown.restart': {
      why: 'The terminal restarted while waiting for the bank.',
      next: 'Do not charge again. The terminal is reversing it; ask the customer to look in the banking app.',
      customer: 'The terminal restarted. Please do not pay again; if you were charged, the money will come back.',
    },
  },
  money: {
    no: { cashier: 'No money was taken', customer: 'You were not charged' },
    yes: { cashier: 'Money was taken', customer: 'You have paid' },
    unknown: { cashier: 'Not known whether money was taken', customer: 'Not known yet whether you were charged' },
    part: { cashier: 'Part of the money was taken', customer: 'You have paid a part' },
    undone: { cashier: 'No money is kept', customer: 'You are not charged' },
  },
  safety: {
    moneyCame: 'The money for this sale has arrived. Do not charge again; see the list to settle.',
    moneyCameCustomer: 'Your money has arrived. Please talk to the cashier.',
    noMoneyDespiteSuccess: 'Result and money do not agree. Keep the goods and call the technician.',
    askStaff: 'Please wait while the cashier checks.',
  },
};
