/**
 * What Kernel 2 does in EMV mode between the records and the cryptogram, and with the cryptogram: data authentication by
 * CDA, restrictions, CVM, floor limit, terminal action analysis, GENERATE AC. EMV Contactless Book C-2 S456, §7.4 to
 * §7.8 and S910. PURE is assumed to do the same (kernel-pure.ts).
 *
 * Book C-2 has neither SDA nor DDA: a card that offers only those is not authenticated, and the TVR says so.
 */
import { assert } from '../../base/assert.ts';
import { concat, toHex } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import { parseTlv } from '../../tlv/ber-tlv.ts';
import { buildDol, dolLength, parseDol } from '../../tlv/dol.ts';
import { maxCdolLength, statusText, sw, type Response } from '../apdu.ts';
import { panSequenceNumber, readAccount } from '../account.ts';
import { analyseActions, type RequestedCryptogram } from '../book3/action-analysis.ts';
import { checkRestrictions } from '../book3/restrictions.ts';
import { collectCryptogram } from '../card-data.ts';
import { recoverDynamicKey, verifyCda } from '../oda/authenticate.ts';
import { findCaKey } from '../oda/ca-keys.ts';
import { transactionDate } from '../dates.ts';
import type { OutcomeParameters } from '../kernel-result.ts';
import { stop, type CardStop } from '../stop.ts';
import { mustGoOnline } from '../terminal-data.ts';
import type { TransactionData } from '../transaction-data.ts';
import type { Kernel2Config } from './kernel-2-config.ts';
import { selectCvm, type SelectedCvm } from './kernel-2-cvm.ts';
import { ridOf, type KernelContext } from './kernel-context.ts';

/** What GENERATE AC asks for (Reference Control Parameter, DF8114), and what was found out before. */
export interface AcPlan {
  readonly type: RequestedCryptogram;
  readonly cda: boolean;
  readonly cdolValue: Uint8Array;
  readonly cvm: OutcomeParameters['cvm'];
  readonly receipt: boolean;
}

/** Objects without which CDA cannot begin (S456.25). */
const neededForCda = ['8F', '90', '9F32', '9F46', '9F47', '9F4A'];
/** Static Data to be Authenticated: more is refused (Book C-2 Annex A.1). */
const maxStaticData = 2048;

/** S456.24 to S456.39 and §7.6. */
export function planCryptogram(context: KernelContext, config: Kernel2Config): Result<AcPlan, CardStop> {
  const { data, input, settings } = context;
  const combined = prepareCda(context, config);
  if (!combined.ok) return combined;
  const amount = input.amount.minorUnits;
  const required = amount > settings.cvmRequiredLimit;
  const methods = required ? config.cvmRequired : config.cvmNotRequired;
  data.terminal.set('9F33', Uint8Array.of(config.cardDataInput, methods, config.security));
  checkRestrictions(data);
  const cvm = selectCvm(data, { onDeviceCvm: config.onDeviceCvm, required });
  if (!cvm.ok) return cvm;
  if (amount > settings.floorLimit) data.tvr.set('floorLimitExceeded');
  const listed = checkExceptionFile(context);
  if (!listed.ok) return listed;
  const requested = request(context, cvm.value);
  const plan = combined.value ? withCda(data, config, requested) : { type: requested, cda: false };
  assert(plan.type !== 'tc' || !mustGoOnline(input), 'EMV: the card is asked to approve only what it may');
  assert(plan.type !== 'tc' || cvm.value !== 'onlinePin', 'EMV: a PIN for the host goes to the host');
  const cdolValue = cdolValueOf(data);
  if (!cdolValue.ok) return cdolValue;
  const receipt = required || cvm.value === 'signature';
  return ok({ ...plan, cdolValue: cdolValue.value, cvm: cvm.value, receipt });
}

/** Whether CDA is to be performed ("CDA" in ODA Status); TVR bits for what is missing. */
function prepareCda(context: KernelContext, config: Kernel2Config): Result<boolean, CardStop> {
  const { data, input } = context;
  if (!data.bit('82', 1, 1) || config.security === 0) {
    data.tvr.set('odaNotPerformed');
    return ok(false);
  }
  if (neededForCda.some((tag) => !data.card.has(tag))) {
    data.tvr.set('iccDataMissing');
    data.tvr.set('cdaFailed');
  }
  const index = data.card.get('8F');
  const today = transactionDate(data.terminal.get('9A') ?? new Uint8Array(0));
  const key = index && findCaKey(input.terminal, ridOf(context), toHex(index), today);
  const length = data.signedRecords.reduce((sum, record) => sum + record.length, 0);
  if (key?.ok !== true || length > maxStaticData) data.tvr.set('cdaFailed');
  // S456.26: the list names the AIP and nothing else.
  const tagList = data.card.get('9F4A');
  if (tagList === undefined || toHex(tagList) !== '82') {
    return stop('cardDataError', 'the Static Data Authentication Tag List does not name the AIP alone');
  }
  return ok(true);
}

/** Not in Book C-2, but Book 4 §6.3.5: the acquirer's list of cards that are not to be taken. */
function checkExceptionFile({ data, input }: KernelContext): Result<void, CardStop> {
  const account = readAccount(data.card);
  if (!account.ok) return account;
  const { pan, track2 } = account.value;
  if (input.onExceptionFile(pan, panSequenceNumber(data.card))) data.tvr.set('onExceptionFile');
  pan.wipe();
  track2?.fill(0);
  return ok(undefined);
}

/** §7.8. An online PIN, and whatever is no sale, is never asked to be approved by the card alone. */
function request({ data, input, settings }: KernelContext, cvm: SelectedCvm): RequestedCryptogram {
  const requested = analyseActions(data, settings.tac, data.byte('9F35', 1), 'first');
  return requested === 'tc' && (mustGoOnline(input) || cvm === 'onlinePin') ? 'arqc' : requested;
}

/**
 * GAC.20 to GAC.27. A device whose CDA has failed already is asked to decline: nobody but CDA could tell that the device
 * verified its holder. An AAC is signed only by cards that say so (9F5D byte 2 bit 1).
 */
function withCda(
  data: TransactionData,
  config: Kernel2Config,
  type: RequestedCryptogram,
): { readonly type: RequestedCryptogram; readonly cda: boolean } {
  if (data.tvr.has('cdaFailed')) return { type: config.onDeviceCvm && data.bit('82', 1, 2) ? 'aac' : type, cda: false };
  const signsAac = ((data.card.get('9F5D')?.[1] ?? 0) & 0x01) !== 0;
  return { type, cda: type !== 'aac' || signsAac };
}

/** The values that CDOL1 asks for (Book 3 §10.8). */
export function cdolValueOf(data: TransactionData): Result<Uint8Array, CardStop> {
  const list = data.card.get('8C');
  if (list === undefined) return stop('cardDataError', 'the card gave neither a cryptogram nor a CDOL1');
  const cdol = parseDol(list);
  if (!cdol.ok) return stop('cardDataError', `CDOL1: ${cdol.fault.detail}`);
  const length = dolLength(cdol.value);
  if (length === 0 || length > maxCdolLength) return stop('cardDataError', `CDOL1 asks for ${length} bytes`);
  const value = buildDol(cdol.value, data);
  assert(value.length === length, 'CDOL1: as long as the card asks for');
  return ok(value);
}

/** Of the plan, what has to be known to judge an answer; a torn transaction is judged by its own. */
export type AskedFor = Pick<AcPlan, 'type' | 'cda' | 'cdolValue'>;

/** The answer to GENERATE AC or RECOVER AC: stored, and allowed by what was asked for (S9.17 to S9.24, S910). */
export function acceptCryptogram(
  context: KernelContext,
  asked: AskedFor,
  response: Response,
  format: 'both' | 'format2' = 'both',
): Result<RequestedCryptogram, CardStop> {
  const { data } = context;
  if (response.sw !== sw.success) return stop('cardDataError', `GENERATE AC answered ${statusText(response.sw)}`);
  if (format === 'format2' && response.data[0] !== 0x77) {
    return stop('cardDataError', 'the recovered answer is not in format 2');
  }
  const collected = collectCryptogram(data.card, response.data);
  if (!collected.ok) return collected;
  const cid = data.card.get('9F27')?.[0];
  if (cid === undefined || !data.card.has('9F36')) {
    return stop('cardDataError', 'the card does not say what it decided, or its transaction counter');
  }
  const answered = cryptogramTypes[cid >> 6];
  if (answered === undefined || levels[answered] > levels[asked.type]) {
    return stop('cardDataError', 'the card decided for more than it was asked');
  }
  const authenticated = data.card.has('9F4B')
    ? authenticate(context, asked, response.data, cid)
    : acceptUnsigned(data, asked, answered);
  return authenticated.ok ? ok(answered) : authenticated;
}

/** CID bits 8–7 (Book 3 Table 15). */
const cryptogramTypes: readonly (RequestedCryptogram | undefined)[] = ['aac', 'tc', 'arqc', undefined];
const levels: Readonly<Record<RequestedCryptogram, number>> = { aac: 0, arqc: 1, tc: 2 };

/** S910.30 to S910.38. */
function acceptUnsigned(
  data: TransactionData,
  { type, cda }: AskedFor,
  answered: RequestedCryptogram,
): Result<void, CardStop> {
  if (!data.card.has('9F26')) return stop('cardDataError', 'the card decided without a cryptogram');
  const unsignedAllowed = answered === 'aac' ? type !== 'aac' || !cda : !cda;
  return unsignedAllowed ? ok(undefined) : stop('cardDataError', 'the card was asked to sign its answer, and did not');
}

/** S910.1 to S910.7: CDA over everything exchanged. */
function authenticate(
  context: KernelContext,
  { cdolValue }: AskedFor,
  response: Uint8Array,
  cid: number,
): Result<void, CardStop> {
  const { data, input } = context;
  assert(cdolValue.length > 0, 'CDA: the CDOL data were sent');
  const key = recoverDynamicKey(data, input.terminal, ridOf(context));
  const verified = key.ok
    ? verifyCda(data, key.value, {
        sdad: data.card.get('9F4B') ?? new Uint8Array(0),
        cid,
        unpredictableNumber: data.get('9F37') ?? new Uint8Array(0),
        transactionData: concat(data.pdolValue, cdolValue, signedPart(response)),
      })
    : key;
  if (!verified.ok) {
    data.tvr.set('cdaFailed');
    return stop('cardDataError', `CDA failed: ${verified.fault.detail}`);
  }
  data.tsi.set('odaPerformed');
  return ok(undefined);
}

/** Book 2 §6.6.2 step 10: the objects of the answer as the card wrote them, in order, without the signature. */
function signedPart(response: Uint8Array): Uint8Array {
  const parsed = parseTlv(response);
  const [template] = parsed.ok ? parsed.value : [];
  if (template === undefined) return new Uint8Array(0);
  const base = template.value.byteOffset;
  let at = 0;
  const parts = template.children.map(({ tag, value }) => {
    // Padding between objects is not part of any.
    while (template.value[at] === 0) at += 1;
    const from = at;
    at = value.byteOffset - base + value.length;
    assert(at > from && at <= template.value.length, 'CDA: objects follow one another in their template');
    return tag === '9F4B' ? new Uint8Array(0) : template.value.subarray(from, at);
  });
  return concat(...parts);
}
