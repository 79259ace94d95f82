/**
 * Judges chains of offline data authentication: those of `oda.json`, the CA key lists (`capk.*`), and the transcripts of
 * whole card sessions whose CA key is known. Fields that the kernel does not hand out (serial number, issuer identifier,
 * expiry) are judged by what changing the terminal's side does: another date, a revocation, another PAN.
 */
import { hex, toHex } from '../../../src/core/base/bytes.ts';
import type { Result } from '../../../src/core/base/result.ts';
import type { CaPublicKey, TerminalEmvData } from '../../../src/core/emv/configuration.ts';
import { authenticateStatic, recoverDynamicKey, verifyDda } from '../../../src/core/emv/oda/authenticate.ts';
import { caKeyChecksum, findCaKey } from '../../../src/core/emv/oda/ca-keys.ts';
import { recoverIssuerKey } from '../../../src/core/emv/oda/certificates.ts';
import type { OdaFault } from '../../../src/core/emv/oda/fault.ts';
import { maxModulusLength, parseExponent, type PublicKey } from '../../../src/core/emv/oda/rsa.ts';
import { openBlock } from '../../../src/core/emv/oda/signed-block.ts';
import { terminalForTests } from '../../../src/core/emv/test-kit.ts';
import { TransactionData } from '../../../src/core/emv/transaction-data.ts';
import type { VectorVerdict } from '../category.ts';

export function verdict(name: string, expected: string, found: string): VectorVerdict {
  return expected === found ? { case: name, outcome: 'passed' } : { case: name, outcome: 'failed', expected, found };
}

export function outcomeOf(result: Result<unknown, OdaFault>): string {
  return result.ok ? 'ok' : result.fault.kind;
}

interface ListedKey {
  readonly rid: string;
  readonly index: string;
  readonly modulus: string;
  readonly exponent: string;
  readonly hash_sha1: string;
  readonly hash_ok?: boolean | null;
  readonly hash_checked?: boolean;
  readonly expiry_yymmdd?: string;
}

export function terminalWith(key: CaPublicKey, changes: Partial<TerminalEmvData> = {}): TerminalEmvData {
  return { ...terminalForTests, caPublicKeys: [key], ...changes };
}

function finds(key: CaPublicKey, today: string): string {
  return outcomeOf(findCaKey(terminalWith(key), key.rid, key.index, today));
}

/** Checksum as published, use of the key, and (proxmark3's list) its last day. */
export function judgeCaKeys({ keys }: { readonly keys: readonly ListedKey[] }): VectorVerdict[] {
  return keys.flatMap((listed, position) => {
    const { rid, index, modulus, exponent, hash_sha1: published, expiry_yymmdd: last } = listed;
    const title = `${position} ${rid} ${index}`;
    const key: CaPublicKey = { rid, index, modulus, exponent };
    const fits = listed.hash_ok ?? listed.hash_checked;
    // The lists hold keys with exponent 2 and one of 2048 bits, which Book 2 (Annex B2.1, §5.1) does not allow.
    const allowed = parseExponent(hex(exponent)) !== undefined && hex(modulus).length <= maxModulusLength;
    const usable = allowed ? 'ok' : 'algorithmNotSupported';
    const verdicts = [verdict(`${title}: found`, usable, finds(key, '2026-01-01'))];
    if (fits !== undefined && published !== '') {
      const expected = fits ? usable : 'caKeyChecksum';
      verdicts.push(
        verdict(`${title}: checksum`, String(fits), String(caKeyChecksum(key) === published)),
        verdict(`${title}: found with its checksum`, expected, finds({ ...key, checksum: published }, '2026-01-01')),
      );
    }
    if (last !== undefined && last !== '000000') {
      const expires = `20${last.slice(0, 2)}-${last.slice(2, 4)}-${last.slice(4)}`;
      const days = [expires, nextDay(expires)].map((day) => finds({ ...key, expires }, day));
      verdicts.push(verdict(`${title}: expiry`, `${usable} caKeyExpired`, days.join(' ')));
    }
    return verdicts;
  });
}

function nextDay(date: string): string {
  return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
}

interface OdaCase {
  readonly id: string;
  readonly ca: CaPublicKey;
  readonly issuer: { readonly cert_90: string; readonly rem_92?: string; readonly exp_9F32: string };
  readonly expected_issuer_key: {
    readonly identifier: string;
    readonly expiry_mmyy: string;
    readonly serial: string;
    readonly modulus: string;
    readonly exponent: string;
    readonly cert_hash_ok?: boolean;
  };
  readonly icc?: {
    readonly cert_9F46: string;
    readonly rem_9F48?: string;
    readonly exp_9F47: string;
    readonly pan_5A?: string;
  };
  readonly expected_icc_key?: {
    readonly pan: string;
    readonly expiry_mmyy: string;
    readonly serial: string;
    readonly modulus: string;
    readonly exponent: string;
    readonly cert_hash?: string;
    readonly cert_hash_ok?: boolean | null;
  };
  readonly sda?: { readonly ssad_93: string };
  readonly expected_sda?: {
    readonly dac_9F45?: string;
    readonly hash?: string;
    readonly hash_ok?: boolean | string;
    readonly result?: string;
  };
  readonly sdad?: readonly SignedDynamic[];
}

interface SignedDynamic {
  readonly sdad: string;
  readonly terminal_dynamic_data: string;
  readonly expected: {
    readonly result: 'pass' | 'fail';
    readonly icc_dynamic_data?: string;
    readonly idn?: string;
    readonly cid?: string;
    readonly ac?: string;
    readonly txn_hash?: string;
    readonly hash?: string;
  };
}

/** On the last day of a month; `later` months after the one of MMYY. */
function lastDay(mmyy: string, later: number): string {
  const [month, year] = [Number(mmyy.slice(0, 2)), 2000 + Number(mmyy.slice(2))];
  return new Date(Date.UTC(year, month + later, 0)).toISOString().slice(2, 10).replaceAll('-', '');
}

/** The first day of the month after MMYY: by then it has expired. */
export function dayAfter(mmyy: string): string {
  return `${lastDay(mmyy, 1).slice(0, 4)}01`;
}

/** Every byte changed, one after the other. */
function changes(text: string): readonly Uint8Array[] {
  const bytes = hex(text);
  return Array.from(bytes, (byte, at) => bytes.with(at, byte ^ 0x01));
}

/** How many of the changed values were still taken. */
function taken(text: string, takes: (changed: Uint8Array) => boolean): string {
  return String(changes(text).filter((changed) => takes(changed)).length);
}

function dataOf(
  one: OdaCase,
  date: string,
  more: readonly (readonly [tag: string, value: string])[] = [],
): TransactionData {
  const data = new TransactionData(new Map([['9A', hex(date)]]));
  const pan = one.icc?.pan_5A ?? one.expected_issuer_key.identifier.replaceAll('F', '').padEnd(16, '0');
  const objects = [
    ['5A', pan],
    ['8F', one.ca.index],
    ['90', one.issuer.cert_90],
    ['92', one.issuer.rem_92 ?? ''],
    ['93', one.sda?.ssad_93 ?? ''],
    ['9F32', one.issuer.exp_9F32],
    ['9F46', one.icc?.cert_9F46 ?? ''],
    ['9F47', one.icc?.exp_9F47 ?? ''],
    ['9F48', one.icc?.rem_9F48 ?? ''],
    ...more,
  ] as const;
  for (const [tag, value] of objects) if (value !== '') data.card.set(tag, hex(value));
  return data;
}

function judgeIssuer(one: OdaCase, good: string): VectorVerdict[] {
  const { expected_issuer_key: expected, ca, id } = one;
  const emv = terminalWith(ca);
  const run = (date: string, terminal = emv, more: readonly (readonly [string, string])[] = []): string =>
    outcomeOf(recoverIssuerKey(dataOf(one, date, more), terminal, ca.rid));
  if (expected.cert_hash_ok === false) return [verdict(`${id}: issuer certificate`, 'certificateHash', run(good))];
  const recovered = recoverIssuerKey(dataOf(one, good), emv, ca.rid);
  const found = recovered.ok ? `${toHex(recovered.value.modulus)} ${recovered.value.exponent}` : recovered.fault.kind;
  const revoked = { rid: ca.rid, index: ca.index, serial: expected.serial };
  const otherIssuer = `${expected.identifier.startsWith('9') ? '8' : '9'}${(one.icc?.pan_5A ?? '0'.repeat(16)).slice(1)}`;
  const bare = { ...terminalForTests, caPublicKeys: [] };
  return [
    verdict(`${id}: issuer key`, `${expected.modulus} ${Number(`0x${expected.exponent}`)}`, found),
    verdict(`${id}: issuer certificate in its last month`, 'ok', run(lastDay(expected.expiry_mmyy, 0))),
    verdict(`${id}: issuer certificate a month later`, 'certificateExpired', run(dayAfter(expected.expiry_mmyy))),
    verdict(
      `${id}: serial number`,
      'certificateRevoked',
      run(good, terminalWith(ca, { revokedCertificates: [revoked] })),
    ),
    verdict(`${id}: issuer identifier`, 'panMismatch', run(good, emv, [['5A', otherIssuer]])),
    verdict(`${id}: no CA key`, 'caKeyMissing', run(good, bare)),
    verdict(
      `${id}: changed bytes of 90`,
      '0',
      taken(one.issuer.cert_90, (changed) => run(good, emv, [['90', toHex(changed)]]) === 'ok'),
    ),
  ];
}

/** The static data are not published with these vectors: the chain ends at the hash, and the rest is read from the block. */
function judgeIcc(one: OdaCase, good: string, issuer: PublicKey): VectorVerdict[] {
  const { icc, expected_icc_key: expected, ca, id } = one;
  if (icc === undefined || expected === undefined) return [];
  const block = openBlock(hex(icc.cert_9F46), issuer, 0x04);
  if (block === undefined) return [verdict(`${id}: ICC certificate`, 'recovered', 'not recovered')];
  const text = toHex(block.content);
  const length = Number(`0x${text.slice(36, 38)}`);
  const modulus = (text.slice(40) + (icc.rem_9F48 ?? '')).slice(0, length * 2);
  const fields = [text.slice(2, 22), text.slice(22, 26), text.slice(26, 32), modulus, toHex(block.hash)].join(' ');
  const { pan, expiry_mmyy: expiry, serial, cert_hash: hash = toHex(block.hash) } = expected;
  const whole = outcomeOf(recoverDynamicKey(dataOf(one, good), terminalWith(ca), ca.rid));
  return [
    verdict(`${id}: ICC certificate`, [pan, expiry, serial, expected.modulus, hash].join(' '), fields),
    verdict(`${id}: ICC certificate without its static data`, 'certificateHash', whole),
    verdict(
      `${id}: changed bytes of 9F46`,
      '0',
      taken(icc.cert_9F46, (changed) => openBlock(changed, issuer, 0x04) !== undefined),
    ),
  ];
}

function judgeStatic(one: OdaCase, good: string, issuer: PublicKey): VectorVerdict[] {
  const { sda, expected_sda: expected, ca, id } = one;
  if (sda === undefined || expected === undefined) return [];
  if (expected.result === 'fail' || expected.hash_ok === false || expected.dac_9F45 === undefined) {
    const result = authenticateStatic(dataOf(one, good), terminalWith(ca), ca.rid);
    return [verdict(`${id}: SDA that has to fail`, 'fail', result.ok ? 'ok' : 'fail')];
  }
  const block = openBlock(hex(sda.ssad_93), issuer, 0x03);
  const found = block === undefined ? 'not recovered' : `${toHex(block.content.subarray(2, 4))} ${toHex(block.hash)}`;
  const { dac_9F45: dac, hash = block === undefined ? '' : toHex(block.hash) } = expected;
  const whole = outcomeOf(authenticateStatic(dataOf(one, good), terminalWith(ca), ca.rid));
  return [
    verdict(`${id}: Signed Static Application Data`, `${dac} ${hash}`, found),
    verdict(`${id}: SDA without its static data`, 'signatureHash', whole),
    verdict(
      `${id}: changed bytes of 93`,
      '0',
      taken(sda.ssad_93, (changed) => openBlock(changed, issuer, 0x03) !== undefined),
    ),
  ];
}

export function judgeDynamic(title: string, key: PublicKey, signed: SignedDynamic): VectorVerdict[] {
  const { sdad, terminal_dynamic_data: terminalData, expected } = signed;
  const data = new TransactionData(new Map());
  const outcome = outcomeOf(verifyDda(data, key, hex(sdad), hex(terminalData)));
  if (expected.result === 'fail') return [verdict(title, 'fail', outcome === 'ok' ? 'ok' : 'fail')];
  const block = openBlock(hex(sdad), key, 0x05);
  const text = block === undefined ? '' : toHex(block.content);
  const dynamic = text.slice(6, 6 + Number(`0x${text.slice(4, 6)}`) * 2);
  const idn = toHex(data.card.get('9F4C') ?? hex(''));
  const rest = dynamic.slice(2 + idn.length);
  const parts: readonly (readonly [name: string, expected: string | undefined, found: string])[] = [
    ['ICC Dynamic Data', expected.icc_dynamic_data, dynamic],
    ['ICC Dynamic Number', expected.idn, idn],
    ['CID', expected.cid, rest.slice(0, 2)],
    ['cryptogram', expected.ac, rest.slice(2, 18)],
    ['Transaction Data Hash Code', expected.txn_hash, rest.slice(18, 58)],
    ['hash', expected.hash, block === undefined ? '' : toHex(block.hash)],
  ];
  const still = taken(sdad, (changed) => verifyDda(data, key, changed, hex(terminalData)).ok);
  const other = taken(terminalData, (changed) => verifyDda(data, key, hex(sdad), changed).ok);
  return [
    verdict(title, 'ok', outcome),
    ...parts.flatMap(([name, wanted, found]) =>
      wanted === undefined ? [] : [verdict(`${title}: ${name}`, wanted, found)],
    ),
    verdict(`${title}: changed bytes`, '0 0', `${still} ${other}`),
  ];
}

export function judgeOda({ cases }: { readonly cases: readonly OdaCase[] }): VectorVerdict[] {
  return cases.flatMap((one): VectorVerdict[] => {
    const { ca, expected_issuer_key: expected }: Partial<OdaCase> = one;
    if (ca === undefined || expected === undefined) {
      return [{ case: one.id, outcome: 'skipped', why: 'a case without CA key or expected issuer key' }];
    }
    const good = lastDay(expected.expiry_mmyy, 0);
    const verdicts = judgeIssuer(one, good);
    const issuer = recoverIssuerKey(dataOf(one, good), terminalWith(one.ca), one.ca.rid);
    if (!issuer.ok) return verdicts;
    verdicts.push(...judgeIcc(one, good, issuer.value), ...judgeStatic(one, good, issuer.value));
    const { modulus, exponent } = one.expected_icc_key ?? {};
    const key = exponent === undefined ? undefined : parseExponent(hex(exponent));
    for (const [index, signed] of (one.sdad ?? []).entries()) {
      if (key === undefined || modulus === undefined) break;
      verdicts.push(...judgeDynamic(`${one.id}: signature ${index}`, { modulus: hex(modulus), exponent: key }, signed));
    }
    return verdicts;
  });
}
