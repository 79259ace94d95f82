/**
 * Judges files of named values, as the tests of a C library hold them: key, input and result in separate variables,
 * lists that belong together by index. A variable that no rule speaks of is skipped by name.
 */
import { constants, createHash, createPublicKey, publicEncrypt } from 'node:crypto';
import type { Result } from '../../../src/core/base/result.ts';
import { aes, knownAes } from '../../../src/host/security/aes.ts';
import {
  aesInitialKey,
  aesTransactionKey,
  aesUpdateKey,
  aesWorkingKey,
  nextAesKsn,
  type AesDukptUsage,
  type DukptKeyType,
} from '../../../src/host/security/dukpt-aes.ts';
import {
  nextTdesKsn,
  tdesInitialKey,
  tdesTransactionKey,
  tdesWorkingKey,
  type TdesDukptUse,
} from '../../../src/host/security/dukpt-tdes.ts';
import { cmac, hmacSha256, retailMac } from '../../../src/host/security/mac.ts';
import {
  clearPinBlock,
  decipherPinBlock4,
  encipherPinField4,
  panField4,
  pinField4,
  readClearPinBlock,
  type ClearPinBlockFormat,
} from '../../../src/host/security/pin-block-codec.ts';
import { knownTdes, tdes } from '../../../src/host/security/tdes.ts';
import type { VectorVerdict } from '../category.ts';
import { answerOf, expectRefusal, expectText, skipped } from './crypto-verdict.ts';

type Bytes = Result<Buffer, { readonly kind: string }>;

/** The variables of one test; remembers which were used, so that the others can be named. */
class Values {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #used = new Set<string>();

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  #value(name: string): unknown {
    this.#used.add(name);
    return (this.#values[name] as { readonly value?: unknown } | undefined)?.value;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#values, name);
  }

  text(name: string): string {
    const value = this.#value(name);
    return typeof value === 'string' ? value : '';
  }

  bytes(name: string): Buffer {
    return Buffer.from(this.text(name), 'hex');
  }

  list(name: string): readonly unknown[] {
    const value = this.#value(name);
    return Array.isArray(value) ? value : [];
  }

  /** Packed digits, filled up with F. */
  digits(name: string): string {
    return this.text(name).replace(/F+$/, '');
  }

  /** One byte per digit. */
  pin(name: string): string {
    return [...this.bytes(name)].join('');
  }

  names(pattern: RegExp): readonly RegExpExecArray[] {
    return Object.keys(this.#values)
      .map((name) => pattern.exec(name))
      .filter((match) => match !== null);
  }

  unused(): readonly string[] {
    return Object.keys(this.#values).filter((name) => !this.#used.has(name));
  }
}

function then(result: Bytes, run: (value: Buffer) => Bytes | Buffer): Bytes | Buffer {
  return result.ok ? run(result.value) : result;
}

function sequence(
  values: Values,
  ksns: string,
  next: (ksn: Buffer) => Bytes,
  start?: Buffer,
): readonly VectorVerdict[] {
  const list = values.list(ksns).map(String);
  return list.flatMap((ksn, index) => {
    const before = index === 0 ? start : Buffer.from(list[index - 1] ?? '', 'hex');
    return before === undefined
      ? []
      : [
          expectText(
            `${ksns}[${index}] next`,
            ksn,
            answerOf(() => next(before)),
          ),
        ];
  });
}

/** A list of results, one for each KSN of another list. */
function perKsn(
  values: Values,
  ksns: string,
  name: string,
  run: (ksn: Buffer) => Bytes | Buffer,
): readonly VectorVerdict[] {
  const list = values.list(ksns).map(String);
  return values.list(name).map((expected, index) => {
    const ksn = Buffer.from(list[index] ?? '', 'hex');
    return expectText(
      `${name}[${index}]`,
      String(expected),
      answerOf(() => run(ksn)),
    );
  });
}

/** DUKPT of X9.24-1: the variables of its Annex A.4. */
function* tdesDukpt(values: Values): Iterable<VectorVerdict> {
  const [bdk, iksn] = [values.bytes('bdk'), values.bytes('iksn')];
  const initialKey = tdesInitialKey(bdk, iksn);
  yield expectText(
    'ik_verify',
    values.text('ik_verify'),
    answerOf(() => initialKey),
  );
  const transactionKey = (ksn: Buffer) => (initialKey.ok ? tdesTransactionKey(initialKey.value, ksn) : initialKey);
  const data = Buffer.from(values.text('txn_data'), 'latin1');
  const [pin, pan] = [values.pin('pin'), values.digits('pan')];
  const using = (use: TdesDukptUse, run: (key: Buffer) => Bytes | Buffer) => (ksn: Buffer) =>
    then(transactionKey(ksn), (key) => then(tdesWorkingKey(key, use), run));
  const encrypted = (key: Buffer) =>
    knownTdes(key).encryptCbc(Buffer.alloc(8), Buffer.concat([data], Math.ceil(data.length / 8) * 8));
  yield expectText(
    'pinblock',
    values.text('pinblock'),
    answerOf(() => clearPinBlock(0, pin, pan)),
  );
  for (const [ksns = '', suffix = ''] of values.names(/^ksn_verify(\d*)$/)) {
    yield* sequence(values, ksns, nextTdesKsn, suffix === '' ? iksn : undefined);
    const lists = {
      txn_key_verify: transactionKey,
      encrypted_pinblock_verify: using('pin', (key) => knownTdes(key).encryptEcb(values.bytes('pinblock'))),
      mac_request_verify: using('macRequest', (key) => retailMac(key, data, 1, 4)),
      mac_response_verify: using('macResponse', (key) => retailMac(key, data, 1, 4)),
      cmac_request_verify: using('macRequest', (key) => cmac(knownTdes(key), data)),
      cmac_response_verify: using('macResponse', (key) => cmac(knownTdes(key), data)),
      txn_request_verify: using('dataRequest', encrypted),
      txn_response_verify: using('dataResponse', encrypted),
    };
    for (const [name, run] of Object.entries(lists)) yield* perKsn(values, ksns, `${name}${suffix}`, run);
  }
}

const usages: Readonly<Record<string, AesDukptUsage>> = {
  pin_key: 'pinEncryption',
  cmac: 'macGeneration',
  hmac: 'macGeneration',
  data: 'dataEncryption',
};

/** DUKPT of X9.24-3: the variables of its supplement. */
function* aesDukpt(values: Values): Iterable<VectorVerdict> {
  const initialKeyId = values.bytes('ikid');
  const initialKey = aesInitialKey(values.bytes('bdk'), initialKeyId);
  yield expectText(
    'ik_verify',
    values.text('ik_verify'),
    answerOf(() => initialKey),
  );
  const transactionKey = (ksn: Buffer) => (initialKey.ok ? aesTransactionKey(initialKey.value, ksn) : initialKey);
  const start = Buffer.concat([initialKeyId, Buffer.alloc(4)]);
  for (const [ksns = '', suffix = ''] of values.names(/^ksn_verify(\d*)$/)) {
    yield* sequence(values, ksns, nextAesKsn, suffix === '' ? start : undefined);
    yield* perKsn(values, ksns, `txn_key_verify${suffix}`, transactionKey);
  }
  for (const [name = '', usage = '', type = ''] of values.names(
    /^(pin_key|cmac|hmac|data)_((?:aes|hmac|tdes)?\d+)(?:_key)?_verify$/,
  )) {
    const keyType = (/^\d/.test(type) ? `${usage}${type}` : type) as DukptKeyType;
    yield* perKsn(values, 'ksn_verify', name, (ksn) =>
      then(transactionKey(ksn), (key) => aesWorkingKey(key, ksn, usages[usage] ?? 'dataBoth', keyType)),
    );
  }
  // An input of upstream's MAC and data tests, whose results this file may not hold.
  values.text('txn_data');
  if (!values.has('pinfield')) return;
  const [pan, field] = [values.digits('pan'), values.bytes('pinfield')];
  yield expectText(
    'panfield',
    values.text('panfield'),
    answerOf(() => panField4(pan)),
  );
  yield* pinFieldVerdict(values, 'pin', 'pinfield_verify');
  yield* perKsn(values, 'ksn_verify', 'encrypted_pinblock_verify', (ksn) =>
    then(transactionKey(ksn), (key) =>
      then(aesWorkingKey(key, ksn, 'pinEncryption', 'aes128'), (pinKey) =>
        encipherPinField4(knownAes(pinKey), field, pan),
      ),
    ),
  );
}

/** The first half of the field is fixed, the other is random. */
function* pinFieldVerdict(values: Values, pin: string, verify: string): Iterable<VectorVerdict> {
  const answer = answerOf(() => then(pinField4(values.pin(pin)), (field) => field.subarray(0, 8)));
  yield expectText(verify, values.text(verify), answer);
}

function* updateKeys(values: Values): Iterable<VectorVerdict> {
  const [initialKey, initialKeyId] = [values.bytes('ik'), values.bytes('ikid')];
  for (const [name = '', bits = ''] of values.names(/^update_key_aes(128|192|256)_verify$/)) {
    const type = `aes${bits}` as 'aes128' | 'aes192' | 'aes256';
    yield expectText(
      name,
      values.text(name),
      answerOf(() => aesUpdateKey(initialKey, initialKeyId, type)),
    );
  }
}

/** `<mac>_<key>_key` with `<mac>_<key>_tests`: message, its length, MAC. */
function* cmacs(values: Values): Iterable<VectorVerdict> {
  for (const [name = '', algorithm = ''] of values.names(/^cmac_((?:aes|t?des)\d*)_tests$/)) {
    const key = values.bytes(`cmac_${algorithm}_key`);
    const cipher = algorithm.startsWith('aes') ? aes(key) : tdes(key);
    for (const [index, row] of values.list(name).entries()) {
      const [message, , mac] = row as readonly [string | readonly [], number, string];
      const data = Buffer.from(typeof message === 'string' ? message : '', 'hex');
      yield expectText(
        `${name}[${index}]`,
        mac,
        answerOf(() => (cipher.ok ? cmac(cipher.value, data) : cipher)),
      );
    }
  }
}

function* hmacs(values: Values): Iterable<VectorVerdict> {
  for (const [name = '', number = ''] of values.names(/^hmac_sha256_tests(\d*)$/)) {
    const key = values.bytes(`hmac_sha256_key${number}`);
    for (const [index, row] of values.list(name).entries()) {
      const [message, mac] = row as readonly [string, string];
      yield expectText(
        `${name}[${index}]`,
        mac,
        answerOf(() => hmacSha256(key, Buffer.from(message, 'latin1'))),
      );
    }
  }
}

function* retailMacs(values: Values): Iterable<VectorVerdict> {
  const key = values.bytes('retail_mac_key');
  for (const [index, row] of values.list('mac_tests').entries()) {
    const [message, , mac] = row as readonly [string, number, string];
    yield expectText(
      `mac_tests[${index}]`,
      mac,
      answerOf(() => retailMac(key, Buffer.from(message, 'latin1'), 1, 4)),
    );
  }
}

/** SHA-1 and RSA are the platform's: what is judged is that it does what we count on it for. */
function* platform(values: Values): Iterable<VectorVerdict> {
  for (const [index, row] of values.list('sha1_tests').entries()) {
    const [message, digest] = row as readonly [string, string];
    yield expectText(
      `sha1_tests[${index}]`,
      digest,
      answerOf(() => createHash('sha1').update(message, 'latin1').digest()),
    );
  }
  if (values.has('sha1_long_test_digest')) {
    // FIPS 180-2 A.3: one million times the letter a.
    const answer = answerOf(() => createHash('sha1').update(Buffer.alloc(1_000_000, 'a')).digest());
    yield expectText('sha1_long_test_digest', values.text('sha1_long_test_digest'), answer);
  }
  for (const [index, row] of values.list('rsa_tests').entries()) {
    const [modulus, , exponent, , data, expected] = row as readonly [string, number, string, number, string, string];
    const [n, e] = [modulus, exponent].map((part) => Buffer.from(part, 'hex').toString('base64url'));
    const jwk = { kty: 'RSA', n: n ?? '', e: e ?? '' };
    const answer = answerOf(() =>
      publicEncrypt(
        { key: createPublicKey({ key: jwk, format: 'jwk' }), padding: constants.RSA_NO_PADDING },
        Buffer.from(data, 'hex'),
      ),
    );
    yield expectText(`rsa_tests[${index}]`, expected, answer);
  }
}

/** Random fill digits are not compared: the recorded block is read, and one of ours too. */
function* pinBlocks(values: Values, format: ClearPinBlockFormat): Iterable<VectorVerdict> {
  const verify = values.has('pinblock') ? 'pinblock' : 'pinblock_verify';
  const [pin, pan, block] = [values.pin('pin'), values.digits('pan'), values.bytes(verify)];
  const reading = (bytes: Buffer, boundTo: string) => answerOf(() => readClearPinBlock(format, bytes, boundTo));
  const ours = clearPinBlock(format, pin, pan);
  yield expectText(`${verify} decoded`, pin, reading(block, pan));
  yield expectText('pin encoded and decoded', pin, ours.ok ? reading(ours.value, pan) : { refused: ours.fault.kind });
  if (format === 0 || format === 2)
    yield expectText(
      `${verify} encoded`,
      values.text(verify),
      answerOf(() => ours),
    );
  else values.text('nonce');
  if (values.has('bad_pan')) yield expectRefusal('bad_pan', 'another PAN', reading(block, values.digits('bad_pan')));
}

function* pinBlock4(values: Values): Iterable<VectorVerdict> {
  for (const [verify = '', number = ''] of values.names(/^pinfield_verify(\d*)$/)) {
    yield* pinFieldVerdict(values, `pin${number}`, verify);
  }
  for (const [verify = '', number = ''] of values.names(/^panfield_verify(\d*)$/)) {
    yield expectText(
      verify,
      values.text(verify),
      answerOf(() => panField4(values.digits(`pan${number}`))),
    );
  }
  const cipher = knownAes(Buffer.alloc(16));
  for (const [name = ''] of values.names(/^pin\d*$/)) {
    const [pin, pan] = [values.pin(name), values.digits('pan')];
    const answer = answerOf(() => {
      const field = pinField4(pin);
      const block = field.ok ? encipherPinField4(cipher, field.value, pan) : field;
      return block.ok ? decipherPinBlock4(cipher, block.value, pan) : block;
    });
    yield expectText(`${name} enciphered and deciphered`, pin, answer);
  }
}

function judgeFor(test: string, values: Values): ((values: Values) => Iterable<VectorVerdict>) | undefined {
  const format = /^pinblock_format([0-4])/.exec(test)?.[1];
  if (format === '4') return pinBlock4;
  if (format !== undefined) return (each) => pinBlocks(each, Number(format) as ClearPinBlockFormat);
  if (values.has('bdk')) return values.has('iksn') ? tdesDukpt : aesDukpt;
  if (values.names(/^update_key_/).length > 0) return updateKeys;
  if (values.names(/^cmac_/).length > 0) return cmacs;
  if (values.names(/^hmac_/).length > 0) return hmacs;
  if (values.has('retail_mac_key')) return retailMacs;
  return values.names(/^(?:sha1|rsa)_/).length > 0 ? platform : undefined;
}

/** `test`: name of the test, or empty when the file holds one; `variables`: name → `{ value }`. */
export function* judgeNamedValues(test: string, variables: Readonly<Record<string, unknown>>): Iterable<VectorVerdict> {
  const values = new Values(variables);
  const judge = judgeFor(test, values);
  const prefix = test === '' ? '' : `${test} `;
  if (judge === undefined) {
    yield skipped(`${test}: ${values.unused().join(' ')}`, 'variables of an unknown kind');
    return;
  }
  for (const verdict of judge(values)) yield { ...verdict, case: `${prefix}${verdict.case}` };
  for (const name of values.unused()) yield skipped(`${prefix}${name}`, 'a variable of an unknown kind');
}
