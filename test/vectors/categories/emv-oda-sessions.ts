/**
 * Judges offline data authentication in transcripts of whole card sessions: where the CA key is known, the whole chain
 * from the CA key to what the card signed, put together from the recorded commands and responses.
 */
import { hex, toHex } from '../../../src/core/base/bytes.ts';
import { collectProcessingOptions } from '../../../src/core/emv/initiate.ts';
import { authenticateStatic, recoverDynamicKey, verifyCda } from '../../../src/core/emv/oda/authenticate.ts';
import { recoverIssuerKey } from '../../../src/core/emv/oda/certificates.ts';
import { parseExponent } from '../../../src/core/emv/oda/rsa.ts';
import { addRecord, parseAfl, type AflEntry } from '../../../src/core/emv/read-records.ts';
import { staticData } from '../../../src/core/emv/oda/static-data.ts';
import { TransactionData } from '../../../src/core/emv/transaction-data.ts';
import { encodeTlv, findTlv, parseTlv } from '../../../src/core/tlv/ber-tlv.ts';
import type { VectorVerdict } from '../category.ts';
import { dayAfter, judgeDynamic, outcomeOf, terminalWith, verdict } from './emv-oda.ts';

interface Exchange {
  readonly c: string | null;
  readonly r: string;
}

interface Chain {
  readonly aid: string;
  readonly capk_index: string;
  readonly ca_key: { readonly modulus: string; readonly exponent: string };
  readonly issuer_cert_hash_ok: boolean;
  readonly issuer_identifier: string;
  readonly issuer_expiry_mmyy: string;
  readonly issuer_modulus: string;
  readonly static_data_to_be_authenticated: string;
  readonly sda?: { readonly dac: string; readonly hash_ok: boolean };
  readonly icc_cert_hash_ok?: boolean;
  readonly icc_pan?: string;
  readonly icc_modulus?: string;
  readonly icc_exponent?: string;
  readonly sdad?: readonly {
    readonly kind: string;
    readonly terminal_dynamic_data: string;
    readonly hash_ok: boolean;
    readonly idn?: string;
    readonly cid?: string;
    readonly ac?: string;
    readonly txn_hash?: string;
  }[];
}

export interface OdaTranscript {
  readonly id: string;
  readonly exchanges: readonly Exchange[];
  readonly oda_check?: readonly Chain[];
}

interface Session {
  readonly data: TransactionData;
  /** Successful answers to INTERNAL AUTHENTICATE and GENERATE AC, with their commands. */
  readonly signed: readonly { readonly command: string; readonly response: Uint8Array }[];
  /** Values of the PDOL, as GET PROCESSING OPTIONS sent them. */
  readonly pdolValues: string;
}

/** Commands with their final answers: 61xx and 6Cxx of T=0 are followed. */
function answered(exchanges: readonly Exchange[]): readonly { command: string; response: Uint8Array }[] {
  let pending = '';
  return exchanges.flatMap(({ c, r }) => {
    if (c !== null && !c.startsWith('00C0')) pending = c;
    return r.length > 4 && r.endsWith('9000') ? [{ command: pending, response: hex(r.slice(0, -4)) }] : [];
  });
}

/** The last session of a transcript: an application that is selected or initiated again begins anew. */
function lastSession(exchanges: readonly Exchange[]): Session {
  let data = new TransactionData(new Map());
  let afl: readonly AflEntry[] = [];
  let pdolValues = '';
  const signed: { command: string; response: Uint8Array }[] = [];
  for (const { command, response } of answered(exchanges)) {
    const [, instruction, record = 0, reference = 0] = hex(command);
    if (instruction === 0xa4 || instruction === 0xa8) data = new TransactionData(new Map());
    if (instruction === 0xa8) {
      collectProcessingOptions(data, response);
      const entries = parseAfl(data.card.get('94') ?? hex(''));
      afl = entries.ok ? entries.value : [];
      pdolValues = command.slice(14).slice(0, Number(`0x${command.slice(12, 14)}`) * 2);
    } else if (instruction === 0xb2) {
      const sfi = reference >> 3;
      const entry = afl.find((each) => each.sfi === sfi && record >= each.first && record < each.first + each.signed);
      addRecord(data, sfi, response, entry !== undefined);
    } else if (instruction === 0x88 || instruction === 0xae) signed.push({ command, response });
  }
  return { data, signed, pdolValues };
}

/** Data field of a command with Lc. */
function dataField(command: string): string {
  return command.slice(10, 10 + Number(`0x${command.slice(8, 10)}`) * 2);
}

function judgeIssuerCertificate(title: string, chain: Chain, data: TransactionData): VectorVerdict[] {
  const rid = chain.aid.slice(0, 10);
  const ca = { rid, index: chain.capk_index, ...chain.ca_key };
  const emv = terminalWith(ca);
  const issuer = recoverIssuerKey(data, emv, rid);
  const found = issuer.ok ? toHex(issuer.value.modulus) : issuer.fault.kind;
  const identifier = chain.issuer_identifier.replace(/F+$/, '');
  const pan = data.card.get('5A') ?? data.card.get('57') ?? hex('');
  const late = new TransactionData(new Map([['9A', hex(dayAfter(chain.issuer_expiry_mmyy))]]));
  for (const [tag, value] of data.card) late.card.set(tag, value);
  return [
    verdict(`${title}: issuer key`, chain.issuer_cert_hash_ok ? chain.issuer_modulus : 'certificateHash', found),
    verdict(`${title}: issuer identifier`, identifier, toHex(pan).slice(0, identifier.length)),
    verdict(`${title}: issuer expiry`, 'certificateExpired', outcomeOf(recoverIssuerKey(late, emv, rid))),
  ];
}

function judgeChain(title: string, chain: Chain, session: Session): VectorVerdict[] {
  const { data, signed } = session;
  const rid = chain.aid.slice(0, 10);
  const emv = terminalWith({ rid, index: chain.capk_index, ...chain.ca_key });
  // Within the life of every certificate recorded; the sessions themselves are of 2012 to 2021.
  data.terminal.set('9A', hex('140101'));
  const verdicts = judgeIssuerCertificate(title, chain, data);
  const expected = chain.static_data_to_be_authenticated;
  if (expected === '') {
    const why = 'the records under authentication were published only in part';
    verdicts.push({ case: `${title}: static data`, outcome: 'skipped', why });
  } else {
    const found = staticData(data);
    const whole = found.ok ? found.value.map((part) => toHex(part)).join('') : found.fault.kind;
    verdicts.push(verdict(`${title}: static data`, expected, whole));
  }
  if (chain.sda !== undefined) {
    const result = outcomeOf(authenticateStatic(data, emv, rid));
    const code = toHex(data.card.get('9F45') ?? hex(''));
    verdicts.push(verdict(`${title}: SDA`, chain.sda.hash_ok ? `ok ${chain.sda.dac}` : 'failed', `${result} ${code}`));
  }
  if (chain.icc_modulus === undefined || chain.icc_exponent === undefined) return verdicts;
  const key = recoverDynamicKey(data, emv, rid);
  const icc = key.ok ? toHex(key.value.modulus) : key.fault.kind;
  verdicts.push(
    verdict(`${title}: ICC key`, chain.icc_cert_hash_ok === true ? chain.icc_modulus : 'certificateHash', icc),
  );
  const exponent = parseExponent(hex(chain.icc_exponent));
  for (const [index, { kind, terminal_dynamic_data, idn, cid, ac, txn_hash, hash_ok }] of (
    chain.sdad ?? []
  ).entries()) {
    const { command = '', response = hex('') } = signed[index] ?? {};
    const parsed = parseTlv(response);
    const objects = parsed.ok ? parsed.value : [];
    const sdad = (findTlv(objects, '9F4B') ?? findTlv(objects, '80'))?.value ?? hex('');
    if (exponent === undefined) continue;
    const iccKey = { modulus: hex(chain.icc_modulus), exponent };
    const result = hash_ok ? 'pass' : 'fail';
    const fields = {
      result,
      ...(idn === undefined ? {} : { idn }),
      ...(cid === undefined ? {} : { cid }),
      ...(ac === undefined ? {} : { ac }),
      ...(txn_hash === undefined ? {} : { txn_hash }),
    } as const;
    const one = { sdad: toHex(sdad), terminal_dynamic_data, expected: fields };
    verdicts.push(...judgeDynamic(`${title}: ${kind}`, iccKey, one));
    if (cid === undefined) continue;
    const others = objects.flatMap(({ children }) => children).filter(({ tag }) => tag !== '9F4B');
    const transactionData = hex(session.pdolValues + dataField(command) + toHex(encodeTlv(others)));
    const unpredictableNumber = hex(terminal_dynamic_data);
    const input = { sdad, cid: Number(`0x${cid}`), unpredictableNumber, transactionData };
    const cda = outcomeOf(verifyCda(data, iccKey, input));
    verdicts.push(
      verdict(`${title}: CDA`, `ok ${ac}`, `${cda} ${toHex(data.card.get('9F26') ?? hex(''))}`),
      verdict(
        `${title}: CDA of another decision`,
        'cidMismatch',
        outcomeOf(verifyCda(data, iccKey, { ...input, cid: input.cid ^ 0xc0 })),
      ),
      verdict(
        `${title}: CDA over other data`,
        'transactionDataMismatch',
        outcomeOf(verifyCda(data, iccKey, { ...input, transactionData: transactionData.subarray(1) })),
      ),
    );
  }
  return verdicts;
}

const certificates = ['90', '93', '9F46'];

/** Most transcripts are of cards, or parts of sessions, without certificates: nothing to judge. */
export function judgeOdaOfSession({ id, exchanges, oda_check: chains = [] }: OdaTranscript): VectorVerdict[] {
  const title = `${id}: ODA`;
  const unknownKey = answered(exchanges).some(({ response }) => {
    const parsed = parseTlv(response);
    return certificates.some((tag) => findTlv(parsed.ok ? parsed.value : [], tag) !== undefined);
  });
  if (chains.length === 0 && unknownKey) {
    return [{ case: title, outcome: 'skipped', why: 'the CA key is not known, or the PAN was masked upstream' }];
  }
  return chains.flatMap((chain) => judgeChain(title, chain, lastSession(exchanges)));
}
