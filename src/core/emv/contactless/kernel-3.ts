/**
 * Kernel 3 (Visa, qVSDC): the card decides in its answer to GET PROCESSING OPTIONS, and the kernel checks what it may
 * check. EMV Contactless Book C-3 §5. Performed: EMV mode with fast DDA, online and offline; CVM by Card Transaction
 * Qualifiers. Not performed and not claimed in the TTQ: magnetic-stripe mode (MSD), issuer update processing.
 *
 * TVR and CVM Results stay as they begin, zero and "not performed": Book C-3 sets neither, its results are the outcome.
 */
import { assert } from '../../base/assert.ts';
import { equalBytes } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import { readAccount, panSequenceNumber } from '../account.ts';
import { dateNumber } from '../dates.ts';
import { recoverDynamicKey, verifyFdda } from '../oda/authenticate.ts';
import { readApplicationData, requireObjects } from '../read-records.ts';
import { stop, type CardStop } from '../stop.ts';
import { initiateTap } from './initiate-tap.ts';
import { decided, ridOf, stopped, stoppedBy, type KernelContext, type KernelRun } from './kernel-context.ts';
import { decide, type Kernel3Facts } from './kernel-3-decision.ts';
import { insertCard } from './outcomes.ts';

/** §5.4.2.1: without these nothing can be decided or sent. */
const mandatory = ['57', '82', '9F10', '9F26', '9F36'];

export function* runKernel3(context: KernelContext): KernelRun {
  const { channel, data } = context;
  const initiated = yield* initiateTap(context, 'cardDataError');
  if (!initiated.ok) return stopped(initiated.fault);
  const read = yield* readApplicationData(channel, data);
  if (!read.ok) return stopped(read.fault);
  const complete = requireObjects(data, mandatory);
  if (!complete.ok) return stopped(complete.fault);
  const facts = gather(context);
  if (!facts.ok) return stopped(facts.fault);
  const end = decide(facts.value);
  if (end.kind === 'insertCard') {
    return stoppedBy('anotherInterface', 'the card wants to be inserted for this transaction', insertCard);
  }
  assert(end.decision !== 'approved' || facts.value.cryptogram === 'tc', 'Kernel 3: only a TC is an approval');
  const detail = end.decision === 'declined' ? reason(facts.value) : undefined;
  return decided(end.decision, end.cvm, detail === undefined ? {} : { detail });
}

function gather(context: KernelContext): Result<Kernel3Facts, CardStop> {
  const { data } = context;
  const cryptogram = cryptogramType(context);
  if (!cryptogram.ok) return cryptogram;
  const ctq = data.card.get('9F6C');
  if (ctq !== undefined && ctq.length !== 2) return stop('cardDataError', 'the CTQ has not two bytes');
  const listed = onExceptionFile(context);
  if (!listed.ok) return listed;
  assert(data.card.has('9F27'), 'Kernel 3: what the card decided is known');
  return ok({
    cryptogram: cryptogram.value,
    ttq: data.terminal.get('9F66') ?? new Uint8Array(4),
    ctq,
    expired: isExpired(context),
    onExceptionFile: listed.value,
    service: service(context),
    authenticate: () => authenticate(context),
    signedQualifiers: signedQualifiers(data.card.get('9F69'), ctq),
  });
}

/**
 * §5.4.3.1: a card that leaves the CID out says the same in its Card Verification Results, byte 5 bits 6–5 of the Issuer
 * Application Data.
 */
function cryptogramType({ data }: KernelContext): Result<Kernel3Facts['cryptogram'], CardStop> {
  const implied = data.card.get('9F10')?.[4];
  const cid = data.card.get('9F27')?.[0] ?? (implied === undefined ? undefined : (implied & 0x30) << 2);
  if (cid === undefined) return stop('cardDataError', 'the card does not say what it decided');
  if (!data.card.has('9F27')) data.card.set('9F27', Uint8Array.of(cid));
  switch (cid & 0xc0) {
    case 0x00:
      return ok('aac');
    case 0x40:
      return ok('tc');
    case 0x80:
      return ok('arqc');
    default:
      return stop('cardDataError', 'the card decided for a cryptogram that does not exist');
  }
}

/** §5.5.1.1. A card that approves offline has to say until when it is good. */
function isExpired({ data }: KernelContext): boolean {
  const expiry = dateNumber(data.card.get('5F24') ?? new Uint8Array(0)) ?? 0;
  return (dateNumber(data.terminal.get('9A') ?? new Uint8Array(0)) ?? Number.NaN) > expiry;
}

/** §5.5.1.2. */
function onExceptionFile({ data, input }: KernelContext): Result<boolean, CardStop> {
  const account = readAccount(data.card);
  if (!account.ok) return account;
  const { pan, track2 } = account.value;
  const listed = input.onExceptionFile(pan, panSequenceNumber(data.card));
  pan.wipe();
  track2?.fill(0);
  return ok(listed);
}

const cashTypes = new Set([0x01, 0x17]);

/** §5.5.1.3 and §5.5.1.4: AUC byte 1 bits 8–7 for cash, byte 2 bits 8–7 for cashback, at home or abroad. */
function service({ data }: KernelContext): Kernel3Facts['service'] {
  const cash = cashTypes.has(data.byte('9C', 1));
  const cashback = (data.terminal.get('9F03') ?? new Uint8Array(0)).some((byte) => byte !== 0);
  if (!cash && !cashback) return 'admitted';
  const issuer = data.card.get('9F57') ?? data.card.get('5F28');
  const terminal = data.terminal.get('9F1A') ?? new Uint8Array(0);
  const bit = issuer !== undefined && equalBytes(issuer, terminal) ? 8 : 7;
  const usage = data.card.get('9F07') ?? new Uint8Array(2);
  const admitted = issuer !== undefined && ((usage[cash ? 0 : 1] ?? 0) & (1 << (bit - 1))) !== 0;
  if (admitted) return 'admitted';
  return cash ? 'cashRefused' : 'cashbackRefused';
}

/** §5.6 and Annex C: fast DDA, for a card whose AIP says DDA. */
function authenticate(context: KernelContext): 'verified' | 'failed' | 'notOffered' {
  const { data, input } = context;
  const sdad = data.card.get('9F4B');
  // What version 00 signs covers neither amount nor currency: as good as nothing.
  const covering = data.card.get('9F69')?.[0] === 0x01;
  if (sdad === undefined || !covering || !data.bit('82', 1, 6)) return 'notOffered';
  const key = recoverDynamicKey(data, input.terminal, ridOf(context));
  if (!key.ok || !verifyFdda(data, key.value, sdad).ok) return 'failed';
  data.tsi.set('odaPerformed');
  return 'verified';
}

/** Annex A, tag 9F69: version, Card Unpredictable Number (4), CTQ (2). Only fDDA of version 01 signs it. */
function signedQualifiers(
  related: Uint8Array | undefined,
  ctq: Uint8Array | undefined,
): Kernel3Facts['signedQualifiers'] {
  if (related?.[0] !== 0x01) return 'absent';
  return ctq !== undefined && equalBytes(related.subarray(5, 7), ctq) ? 'same' : 'different';
}

function reason({ cryptogram }: Kernel3Facts): string {
  return cryptogram === 'aac' ? 'the card declined (AAC)' : 'the checks of Kernel 3 do not allow the transaction';
}
