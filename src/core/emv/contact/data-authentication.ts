/**
 * Offline data authentication of an inserted card, with its bits in TVR and TSI. EMV 4.4 Book 3 §10.3, Book 2 §5 and §6.
 * CDA only begins here: its signature comes with the cryptogram (generate-ac.ts).
 */
import { assert, unreachable } from '../../base/assert.ts';
import { hex } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import { buildDol, dolLength, parseDol } from '../../tlv/dol.ts';
import { maxCdolLength, statusText, sw } from '../apdu.ts';
import type { CardChannel, Steps } from '../card-channel.ts';
import { collect, onlyTemplate, type CardObjects } from '../card-data.ts';
import type { TerminalEmvData } from '../configuration.ts';
import type { TvrFlag } from '../flags.ts';
import { authenticateStatic, recoverDynamicKey, selectOda, verifyDda } from '../oda/authenticate.ts';
import type { OdaFault } from '../oda/fault.ts';
import type { PublicKey } from '../oda/rsa.ts';
import { stop, type CardStop } from '../stop.ts';
import type { TransactionData } from '../transaction-data.ts';
import type { Candidate } from './candidates.ts';
import { internalAuthenticateCommand } from './commands.ts';

/** The key that will verify the signature of CDA, when that is the method and the key could be recovered. */
export type CdaKey = PublicKey | undefined;

export function* authenticateOffline(
  channel: CardChannel,
  data: TransactionData,
  emv: TerminalEmvData,
  candidate: Candidate,
): Steps<CdaKey> {
  const rid = ridOf(candidate);
  const method = selectOda(data);
  switch (method) {
    case 'sda': {
      data.tvr.set('sdaSelected');
      return record(data, 'sdaFailed', authenticateStatic(data, emv, rid));
    }
    case 'dda': {
      const authenticated = yield* authenticateDynamic(channel, data, emv, candidate);
      return authenticated.ok ? record(data, 'ddaFailed', authenticated.value) : authenticated;
    }
    case 'cda': {
      const key = recoverDynamicKey(data, emv, rid);
      return key.ok ? ok(key.value) : record(data, 'cdaFailed', key);
    }
    // XDA is known only to be refused: nothing is authenticated.
    case 'xda':
    case 'none':
      data.tvr.set('odaNotPerformed');
      return ok(undefined);
    default:
      return unreachable(method, 'EMV: offline data authentication');
  }
}

/** Registered Application Provider Identifier: the first five bytes of the AID. */
export function ridOf({ application }: Candidate): string {
  const rid = application.aid.slice(0, 10);
  assert(rid.length === 10, 'EMV: an AID begins with a RID of five bytes');
  return rid;
}

function record(
  data: TransactionData,
  failed: TvrFlag,
  outcome: Result<unknown, OdaFault>,
): Result<undefined, CardStop> {
  data.tsi.set('odaPerformed');
  assert(!data.tvr.has('odaNotPerformed'), 'ODA: what was performed was not left out');
  if (!outcome.ok) {
    data.tvr.set(failed);
    if (outcome.fault.kind === 'dataMissing') data.tvr.set('iccDataMissing');
  }
  return ok(undefined);
}

const noDynamicData: Result<never, OdaFault> = {
  ok: false,
  fault: { kind: 'signatureFormat', detail: 'the card did not sign', retrySafe: true },
};

/**
 * DDA (Book 2 §6.5): keys first, then INTERNAL AUTHENTICATE with what the DDOL asks for. A card that refuses the command
 * ends the transaction (Book 3 §8.1).
 */
function* authenticateDynamic(
  channel: CardChannel,
  data: TransactionData,
  emv: TerminalEmvData,
  candidate: Candidate,
): Steps<Result<void, OdaFault>> {
  const key = recoverDynamicKey(data, emv, ridOf(candidate));
  if (!key.ok) return ok(key);
  const ddol = parseDol(data.card.get('9F49') ?? hex(candidate.settings.defaultDdol ?? ''));
  if (!ddol.ok) return stop('cardDataError', `DDOL: ${ddol.fault.detail}`);
  const hasNumber = ddol.value.some(({ tag }) => tag === '9F37');
  if (!hasNumber || dolLength(ddol.value) > maxCdolLength) return ok(noDynamicData);
  const value = buildDol(ddol.value, data);
  const response = yield* channel.exchange(internalAuthenticateCommand(value));
  if (response === undefined) return stop('communicationError', 'no answer to INTERNAL AUTHENTICATE');
  if (response.sw !== sw.success) {
    return stop('cardDataError', `INTERNAL AUTHENTICATE answered ${statusText(response.sw)}`);
  }
  const signed = signedDynamicData(response.data);
  return signed.ok ? ok(verifyDda(data, key.value, signed.value, value)) : signed;
}

/** Book 3 §6.5.9.4: in tag 80, or as 9F4B in template 77, where it is mandatory. */
function signedDynamicData(response: Uint8Array): Result<Uint8Array, CardStop> {
  const where = 'INTERNAL AUTHENTICATE';
  const template = onlyTemplate(response, where);
  if (!template.ok) return template;
  const { tag, value, children } = template.value;
  if (tag === '80') return ok(value);
  if (tag !== '77') return stop('cardDataError', `${where}: neither format 1 nor format 2`);
  const objects: CardObjects = new Map();
  const collected = collect(objects, children, where);
  if (!collected.ok) return collected;
  const signed = objects.get('9F4B');
  return signed === undefined ? stop('cardDataError', `${where}: no signature`) : ok(signed);
}
