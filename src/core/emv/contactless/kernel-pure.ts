/**
 * The PURE slot, for NAPAS (AID A0000007271010) and whoever else uses a kernel of that family. Its specification is not
 * public and not at hand. What is assumed, and nothing else:
 *
 * - SELECT, GET PROCESSING OPTIONS and READ RECORD are those of EMV 4.4 Book 3, with the PDOL of the FCI; the status
 *   words of GET PROCESSING OPTIONS mean what Book C-3 says (6984 another interface, 6986 see phone), and any other
 *   refusal that another application may be tried.
 * - A card either decides in that answer (a cryptogram is in it; a missing CID is implied by the Issuer Application
 *   Data as in Book C-3) or by GENERATE AC with its CDOL1 (Book 3 §6.5.5, format 1 or 2).
 * - What the card decides in the answer to GET PROCESSING OPTIONS is believed when it asks to go online or declines. An
 *   offline approval would need a data authentication whose form is not known: it ends the transaction.
 * - The Kernel ID is not known: configuration `00` takes whatever kernel the directory names.
 *
 * By configuration: without `kernel2` settings nothing is authenticated or verified, TVR and CVM Results say so, and an
 * ARQC is asked for whatever the amount. With them, data authentication (CDA), restrictions, CVM List, limits and
 * terminal action analysis are performed as in Book C-2, with that configuration and the TACs of the application.
 */
import { assert } from '../../base/assert.ts';
import { ok, type Result } from '../../base/result.ts';
import type { CardObjects } from '../card-data.ts';
import { generateAcCommand } from '../contact/commands.ts';
import { readApplicationData } from '../read-records.ts';
import type { CardStop } from '../stop.ts';
import { acceptCryptogram, cdolValueOf, planCryptogram, type AcPlan } from './emv-mode.ts';
import { initiateTap } from './initiate-tap.ts';
import { decided, stopped, type KernelContext, type KernelEnd, type KernelRun } from './kernel-context.ts';
import { kernel2Config } from './kernel-2-config.ts';

export function* runPureKernel(context: KernelContext): KernelRun {
  const { channel, data } = context;
  const initiated = yield* initiateTap(context, 'selectNext');
  if (!initiated.ok) return stopped(initiated.fault);
  const decidedAtOnce = data.card.has('9F26');
  const read = yield* readApplicationData(channel, data);
  if (!read.ok) return stopped(read.fault);
  if (decidedAtOnce) {
    data.tvr.set('odaNotPerformed');
    return decidedInAnswer(data.card);
  }
  const plan = context.settings.kernel2 === undefined ? onlineOnly(context) : configured(context);
  if (!plan.ok) return stopped(plan.fault);
  const { type, cda, cdolValue } = plan.value;
  const response = yield* channel.exchange(generateAcCommand(type, cda, cdolValue));
  if (response === undefined) return stopped(communicationError('GENERATE AC'));
  const accepted = acceptCryptogram(context, plan.value, response);
  if (!accepted.ok) return stopped(accepted.fault);
  const { cvm, receipt } = plan.value;
  if (accepted.value === 'arqc') return decided('onlineRequest', cvm, { receipt });
  assert(accepted.value !== 'tc' || type === 'tc', 'EMV: a card approves only what it was asked to');
  if (accepted.value === 'tc') return decided('approved', cvm, { receipt });
  return decided('declined', 'none', { detail: declinedByCard });
}

const declinedByCard = 'the card declined (AAC)';

function communicationError(command: string): CardStop {
  return { kind: 'communicationError', detail: `no answer to ${command}`, retrySafe: true };
}

/** Cryptogram Information Data bits 8–7 (Book 3 Table 15). */
function decidedInAnswer(objects: CardObjects): KernelEnd {
  const cid = objects.get('9F27') ?? impliedCid(objects);
  if (cid === undefined || !objects.has('9F36')) {
    return stopped(cardDataError('the card does not say what it decided, or its transaction counter'));
  }
  assert(objects.has('9F26'), 'EMV: what was decided at once has its cryptogram');
  objects.set('9F27', cid);
  switch ((cid[0] ?? 0) & 0xc0) {
    case 0x80:
      return decided('onlineRequest', 'none');
    case 0x00:
      return decided('declined', 'none', { detail: declinedByCard });
    default:
      return stopped(cardDataError('the card approved by itself, which nothing here can check'));
  }
}

function cardDataError(detail: string): CardStop {
  return { kind: 'cardDataError', detail, retrySafe: true };
}

/** Byte 5 bits 6–5 of the Issuer Application Data, as in Book C-3 §5.4.3.1. */
function impliedCid(objects: CardObjects): Uint8Array | undefined {
  const cvr = objects.get('9F10')?.[4];
  return cvr === undefined ? undefined : Uint8Array.of((cvr & 0x30) << 2);
}

function onlineOnly({ data }: KernelContext): Result<AcPlan, CardStop> {
  data.tvr.set('odaNotPerformed');
  const cdolValue = cdolValueOf(data);
  if (!cdolValue.ok) return cdolValue;
  return ok({ type: 'arqc', cda: false, cdolValue: cdolValue.value, cvm: 'none', receipt: false });
}

/** Unlike Book C-2, which leaves it to the action codes: without CDA no approval is asked for, nor believed. */
function configured(context: KernelContext): Result<AcPlan, CardStop> {
  const plan = planCryptogram(context, kernel2Config(context));
  return plan.ok && plan.value.type === 'tc' && !plan.value.cda ? ok({ ...plan.value, type: 'arqc' }) : plan;
}
