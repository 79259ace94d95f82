/**
 * Outcome Parameter Sets: what reader and screens do after each end of a tap. EMV Contactless Book A §6.2 and §7 for the
 * parameters and messages; Book B §3.1.1.13 and §3.3.2.7 for what Entry Point itself says; Books C-2 and C-3 for kernels.
 */
import { assert } from '../../base/assert.ts';
import type { OutcomeParameters, UiRequest } from '../kernel-result.ts';
import type { CardStop } from '../stop.ts';

/** DF812D, Message Hold Time: 000013, in units of 100 ms (Book C-2 Annex A.1). */
export const messageHoldTimeMs = 1300;
/** Field Off Request 13, in units of 100 ms (Book C-3, Try Again). */
const fieldOffMs = 1300;

/** Everything "N/A" (Book A Table 6-1). */
const noParameters: OutcomeParameters = {
  start: 'none',
  onlineResponseData: 'none',
  cvm: 'none',
  alternateInterface: 'none',
  receipt: false,
  removalTimeoutMs: 0,
};

export function ui(message: UiRequest['message'], status: UiRequest['status'], holdTimeMs = 0): UiRequest {
  assert(holdTimeMs >= 0, 'outcome: a message is held for a time');
  return { message, status, holdTimeMs };
}

/** Start B: the cardholder taps again. */
const tryAgain: OutcomeParameters = {
  ...noParameters,
  start: 'B',
  uiOnRestart: ui('presentCardAgain', 'readyToRead'),
};

/** Book C-3: the cardholder confirms on the device, which needs the field to go away to see that the tap is over. */
export const seePhone: OutcomeParameters = {
  ...tryAgain,
  uiOnOutcome: ui('seePhone', 'processingError', messageHoldTimeMs),
  fieldOffMs,
};

/** Book B §3.1.1.13. */
export const anotherInterface: OutcomeParameters = {
  ...noParameters,
  uiOnOutcome: ui('insertOrSwipeCard', 'processingError'),
};

/** Books C-2 and C-3: the chip is wanted, not the stripe. */
export const insertCard: OutcomeParameters = {
  ...noParameters,
  uiOnOutcome: ui('pleaseInsertCard', 'processingError'),
  alternateInterface: 'contact',
};

/** Book B §3.3.2.7: nothing on the card can be used here. */
const emptyCandidateList: OutcomeParameters = {
  ...noParameters,
  uiOnOutcome: ui('insertSwipeOrTryAnotherCard', 'readyToRead'),
};

/** A kernel that met an error of the card (Book C-2 "ERROR - OTHER CARD"; Book C-3 End Application). */
export const otherCard: OutcomeParameters = {
  ...noParameters,
  uiOnOutcome: ui('insertSwipeOrTryAnotherCard', 'notReady', messageHoldTimeMs),
};

const ofStops: Readonly<Record<CardStop['kind'], OutcomeParameters>> = {
  communicationError: tryAgain,
  seePhone,
  anotherInterface,
  selectNext: emptyCandidateList,
  noSupportedApplication: emptyCandidateList,
  applicationBlocked: emptyCandidateList,
  kernelNotSupported: emptyCandidateList,
  cardDataError: otherCard,
  // Only somebody with an inserted card is asked anything.
  cancelledByCardholder: emptyCandidateList,
};

/** Where nobody said anything more particular. */
export function parametersOf(kind: CardStop['kind']): OutcomeParameters {
  return ofStops[kind];
}

export type Decision = 'approved' | 'onlineRequest' | 'declined';

const decisionMessages: Readonly<Record<Decision, UiRequest>> = {
  approved: ui('approved', 'notReady', messageHoldTimeMs),
  onlineRequest: ui('authorising', 'notReady'),
  declined: ui('declined', 'notReady', messageHoldTimeMs),
};

/** Book C-2 S910.74-75, Book C-3 §5.8 and §5.9. A declined transaction has no CVM to perform. */
export function decisionParameters(
  decision: Decision,
  cvm: OutcomeParameters['cvm'],
  receipt = cvm === 'signature',
): OutcomeParameters {
  if (decision === 'declined') return { ...noParameters, uiOnOutcome: decisionMessages.declined };
  assert(cvm !== 'onlinePin' || decision === 'onlineRequest', 'outcome: a PIN for the host goes to the host');
  const sign = decision === 'approved' && cvm === 'signature';
  return {
    ...noParameters,
    onlineResponseData: decision === 'onlineRequest' ? 'any' : 'none',
    cvm,
    receipt,
    uiOnOutcome: sign ? { ...decisionMessages.approved, message: 'approvedPleaseSign' } : decisionMessages[decision],
  };
}
