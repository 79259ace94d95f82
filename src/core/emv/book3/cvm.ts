/**
 * Cardholder verification: the rules of the CVM List one after the other, and what became of them in CVM Results
 * (9F34), TVR byte 3 and TSI. EMV 4.4 Book 3 §10.5, Book 4 §6.3.4.
 */
import { assert } from '../../base/assert.ts';
import { ok, type Result } from '../../base/result.ts';
import type { CardChannel } from '../card-channel.ts';
import { parseCvmList, type CvRule } from '../decode/cvm.ts';
import type { CardStop } from '../stop.ts';
import type { TransactionData } from '../transaction-data.ts';
import type { ContactSteps } from './contact-request.ts';
import {
  conditionHolds,
  cvmSituation,
  methodOf,
  methodSupported,
  nextRuleApplies,
  pinPadLacking,
  type CvmMethod,
} from './cvm-rules.ts';
import { offlinePin, onlinePin, type PinContext, type PinKey, type PinStop } from './pin.ts';

export interface CvmOptions {
  /**
   * On `contactless` rules with an offline PIN are passed over, as if their condition did not hold: the card is gone
   * before anybody could enter it. Default `contact`.
   */
  readonly interface?: 'contact' | 'contactless';
  /** Asked when a rule needs it; undefined when the key could not be recovered (Book 2 §7.1). */
  readonly pinKey: () => PinKey | undefined;
}

export type CvmEnd =
  | {
      /** TVR, TSI and CVM Results are set; whether that is good enough is for terminal action analysis. */
      readonly kind: 'done';
      /** The receipt has a line to sign. */
      readonly signature: boolean;
      /** As the pad enciphered it; wiped by whoever sends it. */
      readonly pinBlock: Uint8Array | undefined;
    }
  /** The cardholder cancelled at the pad: the transaction ends. */
  | { readonly kind: 'cancelled' }
  /** The card is gone, or its data is in error: the transaction ends (Book 3 §7.5). */
  | { readonly kind: 'stopped'; readonly stop: CardStop };

/** CVM Results byte 3 (Book 4 Annex A4). */
const cvmResult = { unknown: 0x00, failed: 0x01, successful: 0x02 } as const;

/** What a method came to; `signature` and `pinBlock` are for later. */
interface Attempt {
  readonly result: keyof typeof cvmResult;
  readonly signature?: boolean;
  readonly pinBlock?: Uint8Array;
}

/** Two amounts of four bytes; a list of nothing else counts as absent (Book 3 §10.5). */
const amountsLength = 8;

export function* verifyCardholder(
  channel: CardChannel,
  data: TransactionData,
  options: CvmOptions,
): ContactSteps<CvmEnd> {
  noCvmPerformed(data);
  const nothing: CvmEnd = { kind: 'done', signature: false, pinBlock: undefined };
  if (!data.bit('82', 1, 5)) return nothing;
  const value = data.card.get('8E') ?? new Uint8Array(0);
  if (value.length === 0 || value.length === amountsLength) {
    data.tvr.set('iccDataMissing');
    return nothing;
  }
  const list = parseCvmList(value);
  if (!list.ok) return { kind: 'stopped', stop: { ...list.fault, kind: 'cardDataError' } };

  const situation = cvmSituation(data);
  const cvmCapability = data.byte('9F33', 2);
  const context: PinContext = { channel, data, pinKey: options.pinKey, bypassed: false };
  let performed: CvRule | undefined;
  for (const rule of list.value.rules) {
    const method = methodOf(rule.cvm);
    const supported = method !== undefined && methodSupported(method, cvmCapability);
    if (!conditionHolds(rule.condition, situation, list.value, supported)) continue;
    if (options.interface === 'contactless' && method?.kind === 'offlinePin') continue;
    if (method === undefined) {
      data.tvr.set('unrecognisedCvm');
    } else if (!supported) {
      if (pinPadLacking(method, cvmCapability)) data.tvr.set('pinPadMissing');
    } else {
      performed = rule;
      const attempt = yield* perform(context, method);
      if (!attempt.ok) return ended(attempt.fault);
      const { result, signature = false, pinBlock } = attempt.value;
      if (result !== 'failed') {
        assert(!signature || pinBlock === undefined, 'CVM: who signs has not sent a PIN block');
        complete(data, rule, result);
        return { kind: 'done', signature, pinBlock };
      }
    }
    // Failing is an end of its own, whatever the rule says of the next one (Book 3 §10.5 step 1).
    if (method?.kind === 'fail' || !nextRuleApplies(rule.cvm)) break;
  }
  assert(!data.tsi.has('cvmPerformed'), 'CVM: verification ends once');
  data.tvr.set('cvmFailed');
  complete(data, performed, 'failed');
  return nothing;
}

/** CVM Results 3F0000: cardholder verification was not performed (Book 4 §6.3.4.5). TVR and TSI stay as they are. */
export function noCvmPerformed(data: TransactionData): void {
  data.terminal.set('9F34', Uint8Array.of(0x3f, 0x00, cvmResult.unknown));
}

/**
 * Book 4 §6.3.4.5: the last method performed, which is one that the terminal both recognised and supports; 3F when
 * there was none.
 */
function complete(data: TransactionData, rule: CvRule | undefined, result: Attempt['result']): void {
  data.terminal.set('9F34', Uint8Array.of(rule?.cvm ?? 0x3f, rule?.condition ?? 0x00, cvmResult[result]));
  data.tsi.set('cvmPerformed');
}

function* perform(context: PinContext, method: CvmMethod): ContactSteps<Result<Attempt, PinStop>> {
  if (method.kind === 'fail') return ok({ result: 'failed' });
  if (method.kind === 'noCvm') return ok({ result: 'successful' });
  if (method.kind === 'signature') return ok({ result: 'unknown', signature: true });
  if (method.kind === 'onlinePin') {
    const entered = yield* onlinePin(context);
    if (!entered.ok) return entered;
    return ok(entered.value === undefined ? { result: 'failed' } : { result: 'unknown', pinBlock: entered.value });
  }
  assert(method.kind === 'offlinePin', 'CVM: what is left is verified by the card');
  const right = yield* offlinePin(context, method.enciphered);
  if (!right.ok) return right;
  if (!right.value) return ok({ result: 'failed' });
  return ok(method.signature ? { result: 'unknown', signature: true } : { result: 'successful' });
}

function ended(stop: PinStop): CvmEnd {
  return stop === 'cancelled' ? { kind: 'cancelled' } : { kind: 'stopped', stop };
}
