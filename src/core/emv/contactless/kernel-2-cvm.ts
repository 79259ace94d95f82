/** CVM Selection of Kernel 2: EMV Contactless Book C-2 §7.5, procedure CVM. There is no offline PIN on this interface. */
import { assert } from '../../base/assert.ts';
import { ok, type Result } from '../../base/result.ts';
import { conditionHolds, cvmSituation, methodOf, methodSupported, nextRuleApplies } from '../book3/cvm-rules.ts';
import { parseCvmList, type CvmList, type CvRule } from '../decode/cvm.ts';
import type { OutcomeParameters } from '../kernel-result.ts';
import { stop, type CardStop } from '../stop.ts';
import type { TransactionData } from '../transaction-data.ts';

export type SelectedCvm = Exclude<OutcomeParameters['cvm'], 'none'>;

export interface CvmConditions {
  /** The kernel lets devices verify their holder (DF811B bit 6); the card says by AIP byte 1 bit 2 whether it does. */
  readonly onDeviceCvm: boolean;
  /** The amount is above the Reader CVM Required Limit. */
  readonly required: boolean;
}

/** CVM Results byte 3 (Book 4 Annex A4). */
const unknown = 0x00;
const failed = 0x01;
const successful = 0x02;
/** Byte 1: no CVM performed. */
const notPerformed = 0x3f;
const plaintextPin = 0x01;

/** Sets CVM Results (9F34), TVR and TSI. Terminal Capabilities byte 2 has to be that for the amount. */
export function selectCvm(data: TransactionData, conditions: CvmConditions): Result<SelectedCvm, CardStop> {
  if (conditions.onDeviceCvm && data.bit('82', 1, 2)) return ok(onDevice(data, conditions.required));
  if (!data.bit('82', 1, 5)) {
    setResults(data, notPerformed, 0, unknown);
    return ok('noCvm');
  }
  const value = data.card.get('8E') ?? new Uint8Array(0);
  // Two amounts without a rule are no list (Book 3 §10.5).
  if (value.length <= 8) {
    setResults(data, notPerformed, 0, unknown);
    data.tvr.set('iccDataMissing');
    return ok('noCvm');
  }
  const list = parseCvmList(value);
  if (!list.ok) return stop('cardDataError', list.fault.detail);
  data.tsi.set('cvmPerformed');
  return ok(applyRules(data, list.value));
}

/** CVM.2 to CVM.4: the device has verified its holder when the amount asked for that. */
function onDevice(data: TransactionData, required: boolean): SelectedCvm {
  setResults(data, required ? plaintextPin : notPerformed, 0, successful);
  if (required) data.tsi.set('cvmPerformed');
  return required ? 'confirmationCodeVerified' : 'noCvm';
}

/** CVM.9 to CVM.25. */
function applyRules(data: TransactionData, list: CvmList): SelectedCvm {
  const situation = cvmSituation(data);
  const capability = data.byte('9F33', 2);
  /** The rule that was tried last; undefined when no condition held after it (CVM.14). */
  let last: CvRule | undefined;
  assert(list.rules.length > 0, 'CVM: a list has a rule');
  for (const rule of list.rules) {
    const method = methodOf(rule.cvm);
    const supported = method !== undefined && methodSupported(method, capability);
    last = conditionHolds(rule.condition, situation, list, supported) ? rule : undefined;
    if (last === undefined) continue;
    if (method === undefined) data.tvr.set('unrecognisedCvm');
    const selected = supported ? perform(data, method.kind, rule) : undefined;
    if (selected !== undefined) return selected;
    if (!nextRuleApplies(rule.cvm)) break;
  }
  data.tvr.set('cvmFailed');
  // CVM.23 to CVM.25: only a rule that says "fail" is named in the results.
  if (last !== undefined && (last.cvm & 0x3f) === 0) setResults(data, last.cvm, last.condition, failed);
  else setResults(data, notPerformed, 0, failed);
  return 'noCvm';
}

/** CVM.18. Undefined for "fail CVM processing". */
function perform(data: TransactionData, kind: string, { cvm, condition }: CvRule): SelectedCvm | undefined {
  switch (kind) {
    case 'onlinePin':
      setResults(data, cvm, condition, unknown);
      data.tvr.set('onlinePinEntered');
      return 'onlinePin';
    case 'signature':
      setResults(data, cvm, condition, unknown);
      return 'signature';
    case 'noCvm':
      setResults(data, cvm, condition, successful);
      return 'noCvm';
    default:
      return undefined;
  }
}

function setResults(data: TransactionData, method: number, condition: number, result: number): void {
  assert(method <= 0xff && condition <= 0xff && result <= successful, 'CVM: three bytes of results');
  data.terminal.set('9F34', Uint8Array.of(method, condition, result));
}
