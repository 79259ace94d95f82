/** English: why a payment went as it did, what the cashier does next, and what the customer reads of it. */
import type { ReasonMessages } from './sale-messages.ts';

export const enReasons: ReasonMessages = {
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
    codeTimeout: {
      why: 'No code was scanned in time.',
      next: 'Ask the customer, then start a new sale.',
      customer: 'The time for the code ran out. You can try again.',
    },
    restart: {
      why: 'The terminal restarted, so this sale was ended.',
      next: 'Start again from the beginning.',
      customer: 'The terminal restarted. You can try again.',
    },
    cardholder: {
      why: 'The customer cancelled at the PIN pad, or chose no application of the card.',
      next: 'Ask the customer, then start a new sale.',
      customer: 'You cancelled. You can try again.',
    },
    billPaid: {
      why: 'The QR code of this bill that was put aside has just been paid, so the terminal stopped this payment.',
      next: 'Take nothing more: the transfer has paid the bill. Give back cash that was already handed over.',
      customer: 'You have paid by transfer. There is nothing more to pay.',
    },
    hostNotReached: {
      why: 'No network to the bank; the request was never sent.',
      next: 'Check the network cable and try again, or take payment another way.',
      customer: 'The bank cannot be reached. Please pay another way.',
    },
    codeNoNetwork: {
      why: 'A code can only be paid with through the network, and the bank cannot be reached; the request was never sent.',
      next: 'Check the network cable and try again with a fresh code, or take payment another way.',
      customer: 'Paying by code needs the network, which is down. Please pay another way.',
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
    qrNoNetwork: {
      why: 'There is no network, and a QR payment needs it: the bank has to say that the money has come.',
      next: 'Take cash, or a card if the terminal takes cards without the network. Trust no printed code unchecked.',
      customer: 'QR needs the network, which is down. You can pay by cash or card.',
    },
    notStored: {
      why: 'The bank cannot be reached and the payment could not be stored.',
      next: 'Check the network cable and try again, or take payment another way.',
      customer: 'The bank cannot be reached. Please pay another way.',
    },
    otherCard: {
      why: 'This is not the card that paid.',
      next: 'Try again with the card that paid.',
      customer: 'This is not the card you paid with. Please use that one.',
    },
    refundRefused: {
      why: 'The QR provider does not give it back.',
      next: 'Nothing was given back. Give it back by bank transfer, which two people approve.',
      customer: 'Your money has not been sent back yet. Please talk to the cashier.',
    },
    refundNotSent: {
      why: 'The QR provider could not be reached; it was never asked.',
      next: 'Nothing was given back. Check the network and refund again, or give it back by bank transfer.',
      customer: 'Your money has not been sent back yet. Please talk to the cashier.',
    },
    'tryAgain.removedTooEarly': {
      why: 'The card left the reader too early.',
      next: 'Ask the customer to present it again and leave it there.',
      customer: 'The card left too early. Please present it again and leave it there.',
    },
    'tryAgain.communicationError': {
      why: 'The card was not read completely.',
      next: 'Ask the customer to present it again, one card only.',
      customer: 'The card was not read completely. Please present it again, one card only.',
    },
    'tryAgain.seePhone': {
      why: 'The customer has to confirm on the phone.',
      next: 'Ask the customer to follow the phone, then to tap again.',
      customer: 'Please look at your phone, confirm, and tap again.',
    },
    'tryAgain.useAnotherInterface': {
      why: 'This card has to be inserted.',
      next: 'Ask the customer to insert the card, chip first.',
      customer: 'Please insert the card into the slot, chip first.',
    },
    'tryAgain.codeNotCpm': {
      why: 'That was no payment code of a card. Not charged.',
      next: 'Ask for the card code in the banking app and scan it, or cancel and take payment another way.',
      customer: 'That was no card payment code. You were not charged. Please show the card code of your banking app.',
    },
    'tryAgain.codeOfWallet': {
      why: 'This terminal cannot take codes of that wallet. Not charged.',
      next: 'Cancel, choose QR code, and ask the customer to scan the terminal’s code instead.',
      customer: 'We cannot take codes of that wallet. You were not charged. You can scan our QR code instead.',
    },
    'tryAgain.codeBroken': {
      why: 'The code is damaged or was not read to its end. Not charged.',
      next: 'Ask the customer for a fresh code and scan it again.',
      customer: 'The code could not be read. You were not charged. Please show a fresh one.',
    },
    'tryAgain.codeNoApplication': {
      why: 'No card in this code is accepted here. Not charged.',
      next: 'Ask for the code of another card, or cancel and take payment another way.',
      customer: 'We do not take the card of this code. You were not charged. Please show another one.',
    },
    'tryAgain.codeNoCryptogram': {
      why: 'The code lacks the cryptogram by which the bank knows it is genuine. Not charged.',
      next: 'Ask the customer for a fresh code, or cancel and take payment another way.',
      customer: 'This code cannot be checked. You were not charged. Please show a fresh one.',
    },
    'tryAgain.codeUsed': {
      why: 'This code was sent to the bank before. Not charged again.',
      next: 'See under Recent how that payment ended; if it is still owed, ask for a fresh code.',
      customer: 'This code was used before. You were not charged again. Please show a fresh one.',
    },
    'tryAgain.codeUnreadable': {
      why: 'The scanner has sent something that is no code. Not charged.',
      next: 'Scan again. If it keeps happening, call the technician: the scanner may be set wrongly.',
      customer: 'The code could not be scanned. You were not charged. Please hold it to the scanner again.',
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
    'reversal.partialRefused': {
      why: 'The part that the bank approved is being given back.',
      next: 'Do not charge this card again until the bank has confirmed. The terminal goes on by itself.',
      customer: 'The part you paid is being given back. Please wait for the cashier.',
    },
    'reversal.lateApproval': {
      why: 'The bank’s approval came too late; the terminal is undoing it.',
      next: 'Do not charge again. The terminal is reversing it; ask the customer to look in the banking app.',
      customer:
        'Your bank’s answer came too late. Please do not pay again; if you were charged, the money will come back.',
    },
    'reversal.askedLater': {
      why: 'The bank could not decide, and has not confirmed for long that it took nothing.',
      next: 'Do not charge this card again. The terminal goes on asking; let the customer look in the banking app.',
      customer:
        'The bank has not confirmed yet that nothing was charged. If you were charged, the money will come back.',
    },
    'reversal.cardDeclined': {
      why: 'The bank approved, the card refused: it does not count.',
      next: 'No goods, no repeat. The money is being returned.',
      customer: 'Your card refused. This does not count; if you were charged, the money will come back.',
    },
    'reversal.cardRemoved': {
      why: 'The card left too early or went silent: it does not count.',
      next: 'No goods, no repeat. The money is being returned.',
      customer: 'The card left before it was done. This does not count; if you were charged, the money will come back.',
    },
    'reversal.restart': {
      why: 'The terminal restarted before the card was done.',
      next: 'No goods, no repeat. The money is being returned.',
      customer: 'The terminal restarted. This does not count; if you were charged, the money will come back.',
    },
    'stored.deferred': {
      why: 'The line was down, so the bank was not asked. Until it is, no money comes; the shop bears the risk.',
      next: 'Do not charge again. The terminal asks the bank as soon as the line is back.',
      customer: 'Your bank will be asked later. Please do not pay again.',
    },
    'stored.chipApproved': {
      why: 'The line was down; the card itself has approved. The bank is told when the line is back.',
      next: 'Hand over the goods. Do not charge again.',
      customer: 'Your card has approved the payment. Please do not pay again.',
    },
    'stored.deadLetter': {
      why: 'The bank could not be told, or will not take it. A person is needed.',
      next: 'Do not charge again. Send it once more under stored payments, or settle it by hand with a supervisor.',
      customer: 'Please do not pay again. The cashier is settling it with the bank.',
    },
    'void.refused': {
      why: 'The bank refused to void it. All is as before.',
      next: 'The payment stands. If the money must go back, make a refund.',
      customer: 'Nothing has changed. Please talk to the cashier.',
    },
    'void.notSent': {
      why: 'The void was not sent: no network to the bank. All is as before.',
      next: 'The payment stands. Check the network cable, then void it once more.',
      customer: 'Nothing has changed. Please talk to the cashier.',
    },
    'increment.refused': {
      why: 'The bank refused to hold more. The earlier hold stands.',
      next: 'Nothing was charged. Complete it within what is held, or ask for another way to pay the rest.',
      customer: 'Nothing has changed: the earlier amount is held. Please talk to the cashier.',
    },
    'increment.notSent': {
      why: 'The request to hold more was not sent: no network to the bank. The earlier hold stands.',
      next: 'Nothing was charged. Check the network cable, then raise it once more.',
      customer: 'Nothing has changed: the earlier amount is held. Please talk to the cashier.',
    },
    'completion.refused': {
      why: 'The bank refused the final amount. All is as before.',
      next: 'Call the bank with the approval code, then complete it once more or cancel it.',
      customer: 'The bank has not taken the final amount. Please talk to the cashier.',
    },
  },
};
