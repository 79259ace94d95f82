/**
 * PIN as a cardholder verification method: asked for at an external pad, and what its answer means. EMV 4.4 Book 3
 * §10.5.1 and §10.5.2, Book 4 §6.3.4.1 to §6.3.4.3. No PIN ever comes here.
 */
import { maxModulusLength } from '../oda/rsa.ts';
import { assert } from '../../base/assert.ts';
import { hex } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { readAccount } from '../account.ts';
import { getChallengeCommand, statusText, sw } from '../apdu.ts';
import type { CardChannel, Steps } from '../card-channel.ts';
import type { PinRequest, PinResult } from '../contact/requests.ts';
import { stop, type CardStop } from '../stop.ts';
import type { TransactionData } from '../transaction-data.ts';
import { onCard, type ContactSteps } from './contact-request.ts';
import { getData } from './get-data.ts';

/** Key under which the pad enciphers an offline PIN (Book 2 §7.1). */
export interface PinKey {
  readonly modulus: Uint8Array;
  readonly exponent: 3 | 65_537;
}

/** `cancelled`: the cardholder wants no more of it. */
export type PinStop = 'cancelled' | CardStop;

export interface PinContext {
  readonly channel: CardChannel;
  readonly data: TransactionData;
  /** Undefined when the key could not be recovered. */
  readonly pinKey: () => PinKey | undefined;
  /** PIN entry was bypassed once: it counts as bypassed for the rest of the transaction (Book 4 §6.3.4.3). */
  bypassed: boolean;
}

/** A counter of one nibble, so that no card can ask for ever. */
const maxEntries = 16;
const challengeLength = 8;

function* askForPin(pin: PinRequest): ContactSteps<PinResult> {
  const answer = yield { kind: 'enterPin', pin };
  assert(answer.kind === 'pin', `EMV: PIN entry was answered by "${answer.kind}"`);
  return answer.result;
}

/** The PIN block as the pad enciphered it; undefined when the method was not successful. */
export function* onlinePin(context: PinContext): ContactSteps<Result<Uint8Array | undefined, PinStop>> {
  if (context.bypassed) return ok(undefined);
  const result = yield* askForOnlinePin(context);
  if (result.kind === 'pinBlock') {
    context.data.tvr.set('onlinePinEntered');
    return ok(result.pinBlock);
  }
  const refused = notEntered(context, result);
  return refused.ok ? ok(undefined) : refused;
}

/** The pad binds the PIN to the card number (ISO 9564-1); without one it can only say that it is unavailable. */
function* askForOnlinePin({ data }: PinContext): ContactSteps<PinResult> {
  const account = readAccount(data.card);
  if (!account.ok) return yield* askForPin({ manner: 'online' });
  const { pan, track2 } = account.value;
  track2?.fill(0);
  try {
    return yield* askForPin({ manner: 'online', pan });
  } finally {
    pan.wipe();
  }
}

/** Whether the card found the PIN right. */
export function* offlinePin(context: PinContext, enciphered: boolean): ContactSteps<Result<boolean, PinStop>> {
  const counter = yield* onCard(getData(context.channel, '9F17', 1));
  if (!counter.ok) return counter;
  let triesLeft = counter.value?.[0];
  if (triesLeft === 0) return tryLimitExceeded(context);
  for (let entry = 0; entry < maxEntries && !context.bypassed; entry += 1) {
    assert(triesLeft === undefined || triesLeft > 0, 'PIN: none is asked for when no try is left');
    const request = yield* offlineRequest(context, enciphered, triesLeft);
    if (!request.ok) return request;
    if (request.value === undefined) return ok(false);
    const result = yield* askForPin(request.value);
    if (result.kind !== 'verified') return notEntered(context, result);
    if (result.sw === sw.success) return ok(true);
    if (result.sw === sw.pinBlocked || result.sw === sw.pinNotUsable) return tryLimitExceeded(context);
    if ((result.sw & 0xfff0) !== sw.pinWrong) return stop('cardDataError', `VERIFY answered ${statusText(result.sw)}`);
    triesLeft = result.sw & 0x0f;
    if (triesLeft === 0) return tryLimitExceeded(context);
  }
  return context.bypassed ? ok(false) : stop('cardDataError', 'the card lets a wrong PIN be tried without end');
}

/** Undefined when it cannot be enciphered: then the method failed (Book 3 §10.5.5 Figure 11). */
function* offlineRequest(
  { channel, pinKey }: PinContext,
  enciphered: boolean,
  triesLeft: number | undefined,
): ContactSteps<Result<PinRequest | undefined, CardStop>> {
  if (!enciphered) return ok({ manner: 'offlinePlaintext', triesLeft });
  const key = pinKey();
  if (key === undefined) return ok(undefined);
  const challenge = yield* onCard(getChallenge(channel));
  if (!challenge.ok) return challenge;
  if (challenge.value === undefined) return ok(undefined);
  assert(key.modulus.length <= maxModulusLength, 'PIN: the key is one that EMV has');
  const exponent = hex(key.exponent === 3 ? '03' : '010001');
  return ok({ manner: 'offlineEnciphered', triesLeft, modulus: key.modulus, exponent, challenge: challenge.value });
}

/** Book 2 §7.2: a fresh one for each encipherment. */
function* getChallenge(channel: CardChannel): Steps<Uint8Array | undefined> {
  const response = yield* channel.exchange(getChallengeCommand());
  if (response === undefined) return stop('communicationError', 'no answer to GET CHALLENGE');
  return ok(response.sw === sw.success && response.data.length === challengeLength ? response.data : undefined);
}

function tryLimitExceeded({ data }: PinContext): Result<false, never> {
  data.tvr.set('pinTryLimitExceeded');
  return ok(false);
}

/** A pad that answers what was not asked does not work either. */
function notEntered(context: PinContext, result: PinResult): Result<false, PinStop> {
  if (result.kind === 'cancelled') return err('cancelled');
  context.bypassed = result.kind === 'bypassed';
  context.data.tvr.set(context.bypassed ? 'pinNotEntered' : 'pinPadMissing');
  return ok(false);
}
