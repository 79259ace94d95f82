/**
 * From the host's answer to the end of the transaction: issuer authentication, scripts, second GENERATE AC. EMV 4.4
 * Book 3 §10.9 to §10.11, Book 4 §6.3.8 to §6.3.10 and Annex A6.
 */
import { assert, unreachable } from '../../base/assert.ts';
import { fromLatin1, hex, latin1, parseHex, toHex } from '../../base/bytes.ts';
import { ok } from '../../base/result.ts';
import { encodeTlv, parseTlvTolerant, primitive } from '../../tlv/ber-tlv.ts';
import { sw } from '../apdu.ts';
import { analyseActions, type RequestedCryptogram } from '../book3/action-analysis.ts';
import { onCard, type ContactSteps } from '../book3/contact-request.ts';
import type { Steps } from '../card-channel.ts';
import { stop } from '../stop.ts';
import { mustGoOnline } from '../terminal-data.ts';
import { externalAuthenticateCommand } from './commands.ts';
import { generateAc } from './generate-ac.ts';
import type { CardCompletion, HostAnswer } from './requests.ts';
import { runScripts } from './scripts.ts';
import { describeCardOnly, type Session } from './session.ts';

/** Authorisation Response Codes that the terminal makes itself (Book 4 Annex A6). */
export const responseCodes = {
  approvedOffline: 'Y1',
  declinedOffline: 'Z1',
  unableOnlineApproved: 'Y3',
  unableOnlineDeclined: 'Z3',
} as const;

/** Whole or in part; other "approvals" of ISO 8583 this terminal cannot honour, and reverses. */
const approvals: ReadonlySet<string> = new Set(['00', '10']);

/** ISO 8583 DE 39 05, do not honour: stands in for a code that is none. */
const unreadable = '05';

type Authentication = CardCompletion['issuerAuthentication'];

/** What the host sent for the card (DE 55). */
interface IssuerData {
  readonly authenticationData: Uint8Array | undefined;
  readonly responseCode: string | undefined;
  readonly scriptsBefore: readonly Uint8Array[];
  readonly scriptsAfter: readonly Uint8Array[];
}

/** `sent`: what the card was sent for PDOL and CDOL1. */
export function* complete(session: Session, answer: HostAnswer, sent: Uint8Array): ContactSteps<CardCompletion> {
  const { channel, data } = session;
  const issuer = issuerData(answer);
  const authenticated = yield* onCard(authenticateIssuer(session, issuer));
  if (!authenticated.ok) return notCompleted('none', authenticated.fault.detail);
  const issuerAuthentication = authenticated.value;
  const before = yield* onCard(runScripts(channel, issuer.scriptsBefore));
  if (before.results.length > 0) data.tsi.set('scriptProcessingPerformed');
  if (before.failed) data.tvr.set('scriptFailedBeforeFinalAc');
  const told = toHex(before.results);
  assert(before.results.length === issuer.scriptsBefore.length * 5, 'EMV: five bytes of results for every script');
  if (channel.failure !== undefined) {
    return notCompleted(issuerAuthentication, 'no answer to a command of the issuer', told);
  }

  const type = finalRequest(session, answer, issuer);
  const final = yield* onCard(finalCryptogram(session, type, sent));
  if (!final.ok) return notCompleted(issuerAuthentication, final.fault.detail, told);
  // With the TVR that the card has certified: what happens after the final cryptogram is told by the script results.
  const card = describeCardOnly(session);
  if (!card.ok) return notCompleted(issuerAuthentication, card.fault.detail, told);
  const after = yield* onCard(runScripts(channel, issuer.scriptsAfter));
  if (after.results.length > 0) data.tsi.set('scriptProcessingPerformed');
  if (after.failed) data.tvr.set('scriptFailedAfterFinalAc');
  const scriptResults = told + toHex(after.results);
  assert(final.value === 'declined' || type === 'tc', 'EMV: a card approves at last only what it was asked to');
  return {
    decision: final.value,
    card: { ...card.value, iccData: card.value.iccData + scriptResultsObject(scriptResults) },
    issuerAuthentication,
    ...(scriptResults === '' ? {} : { scriptResults }),
  };
}

/** The results of scripts go to the issuer with the reversal too (Book 4 §6.3.9). */
function notCompleted(issuerAuthentication: Authentication, detail: string, scriptResults = ''): CardCompletion {
  const results = scriptResults === '' ? {} : { scriptResults };
  return { decision: 'notCompleted', issuerAuthentication, ...results, detail };
}

function scriptResultsObject(results: string): string {
  return results === '' ? '' : toHex(encodeTlv([primitive('9F5B', hex(results))]));
}

/** Reads what can be read: what the host garbled is not there, and a broken script is told as not performed. */
function issuerData(answer: HostAnswer): IssuerData {
  const bytes = answer.kind === 'answered' ? parseHex(answer.iccData ?? '') : undefined;
  const { objects } = parseTlvTolerant(bytes ?? new Uint8Array(0));
  const value = (wanted: string): Uint8Array | undefined => objects.find(({ tag }) => tag === wanted)?.value;
  const scripts = (wanted: string): readonly Uint8Array[] =>
    objects.filter(({ tag }) => tag === wanted).map((script) => script.value);
  const code = value('8A');
  return {
    authenticationData: value('91'),
    responseCode: code === undefined ? undefined : fromLatin1(code),
    scriptsBefore: scripts('71'),
    scriptsAfter: scripts('72'),
  };
}

/**
 * Book 3 §10.9: EXTERNAL AUTHENTICATE where the AIP says so; otherwise the data are for CDOL2, and only the card knows
 * what comes of them. The data have 8 to 16 bytes; others are not sent and count as failed.
 */
function* authenticateIssuer({ channel, data }: Session, { authenticationData }: IssuerData): Steps<Authentication> {
  if (authenticationData === undefined) return ok('none');
  data.terminal.set('91', authenticationData);
  if (!data.bit('82', 1, 3)) return ok('none');
  const { length } = authenticationData;
  if (length < 8 || length > 16) {
    data.tvr.set('issuerAuthenticationFailed');
    return ok('failed');
  }
  const response = yield* channel.exchange(externalAuthenticateCommand(authenticationData));
  if (response === undefined) return stop('communicationError', 'no answer to EXTERNAL AUTHENTICATE');
  data.tsi.set('issuerAuthenticationPerformed');
  if (response.sw === sw.success) return ok('performed');
  data.tvr.set('issuerAuthenticationFailed');
  return ok('failed');
}

/** What the card is asked for, and the Authorisation Response Code (8A) that says why. */
function finalRequest(
  { data, input, candidate }: Session,
  answer: HostAnswer,
  issuer: IssuerData,
): RequestedCryptogram {
  const decide = (approved: boolean, code: string): RequestedCryptogram => {
    assert(/^[ -~]{2}$/.test(code), 'EMV: an Authorisation Response Code has two characters');
    data.terminal.set('8A', latin1(code));
    return approved ? 'tc' : 'aac';
  };
  switch (answer.kind) {
    case 'answered': {
      const code = issuer.responseCode ?? answer.responseCode;
      const approved = approvals.has(answer.responseCode) && approvals.has(code);
      return decide(approved, /^[ -~]{2}$/.test(code) ? code : unreadable);
    }
    case 'unableToGoOnline': {
      const terminalType = Number.parseInt(input.terminal.terminalType, 16);
      const analysed = analyseActions(data, candidate.settings.tac, terminalType, 'unableToGoOnline');
      const approved = analysed === 'tc' && !mustGoOnline(input);
      return decide(approved, approved ? responseCodes.unableOnlineApproved : responseCodes.unableOnlineDeclined);
    }
    case 'outcomeUnknown':
      return decide(false, responseCodes.unableOnlineDeclined);
    default:
      return unreachable(answer, 'EMV: the answer of the host');
  }
}

/** Approved: a TC, and with CDA a signature over it that holds. */
function* finalCryptogram(
  session: Session,
  type: RequestedCryptogram,
  sent: Uint8Array,
): Steps<'approved' | 'declined'> {
  const { channel, data, candidate } = session;
  assert(type !== 'arqc', 'EMV: the second cryptogram does not go online');
  const cdaKey = type === 'tc' ? session.cdaKey : undefined;
  const { defaultTdol } = candidate.settings;
  const answer = yield* generateAc(channel, data, { type, list: '8D', cdaKey, defaultTdol, sent });
  if (!answer.ok) return answer;
  if (answer.value.cdaFailed) data.tvr.set('cdaFailed');
  return ok(answer.value.type === 'tc' && !answer.value.cdaFailed ? 'approved' : 'declined');
}
