/** Why entry point or kernel cannot go on with a card, and the outcome that follows (EMV Contactless Book A §6.2). */
import { err, type Fault, type Result } from '../base/result.ts';
import type { CardOutcome } from '../transaction/model.ts';

/**
 * - `selectNext`: this application will not do, another one on the card may.
 * - `seePhone`: the cardholder confirms on the device and taps again.
 */
export type CardStop = Fault<
  | 'communicationError'
  | 'cardDataError'
  | 'selectNext'
  | 'anotherInterface'
  | 'seePhone'
  | 'noSupportedApplication'
  | 'applicationBlocked'
  | 'kernelNotSupported'
  | 'cancelledByCardholder'
>;

/** `detail` says what the card did, for the technician's log; it never repeats bytes of the card. */
export function stop(kind: CardStop['kind'], detail: string): Result<never, CardStop> {
  return err({ kind, detail, retrySafe: true });
}

/** Where selection finds nothing that works, the application ends. */
const outcomes: Readonly<Record<CardStop['kind'], CardOutcome>> = {
  communicationError: { kind: 'tryAgain', reason: 'communicationError' },
  seePhone: { kind: 'tryAgain', reason: 'seePhone' },
  anotherInterface: { kind: 'tryAnotherInterface' },
  selectNext: { kind: 'endApplication', reason: 'noSupportedApplication' },
  noSupportedApplication: { kind: 'endApplication', reason: 'noSupportedApplication' },
  cardDataError: { kind: 'endApplication', reason: 'cardDataError' },
  applicationBlocked: { kind: 'endApplication', reason: 'applicationBlocked' },
  kernelNotSupported: { kind: 'endApplication', reason: 'kernelNotSupported' },
  cancelledByCardholder: { kind: 'endApplication', reason: 'cancelledByCardholder' },
};

export function stopOutcome(kind: CardStop['kind']): CardOutcome {
  return outcomes[kind];
}
