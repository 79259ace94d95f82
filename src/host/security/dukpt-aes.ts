/**
 * DUKPT with AES: ANSI X9.24-3:2017 section 6. A key serial number (KSN) has 12 bytes: 8 of initial key ID, 4 of
 * transaction counter. Every key returned belongs to the caller, who wipes it.
 */
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { aes, knownAes } from './aes.ts';
import type { CounterExhausted, KsnFault } from './dukpt-tdes.ts';
import { wipe, type KeyLengthFault } from './secret-bytes.ts';
import { nextCounter, oneBits, setBits } from './transaction-counter.ts';

/** 6.1: at most 16 one bits, so 0xFFFF0000 is the last counter. */
const maxOneBits = 16;
const lastCounter = 0xffff0000;
/** 6.5.2: the counter reserved for the update key. */
const updateCounter = 0xffffffff;

/** 6.3.2, tables 2 and 3: key usage indicators. */
const usages = {
  keyEncryption: 0x0002,
  pinEncryption: 0x1000,
  macGeneration: 0x2000,
  macVerification: 0x2001,
  macBoth: 0x2002,
  dataEncryption: 0x3000,
  dataDecryption: 0x3001,
  dataBoth: 0x3002,
} as const;

export type AesDukptUsage = keyof typeof usages;

/** 6.3.3: usage indicators of the derivation itself. */
const keyDerivation = 0x8000;
const initialKeyDerivation = 0x8001;

/** 6.2.2 and 6.3.2, tables 2 and 3: algorithm indicators and length in bits. */
const keyTypes = {
  tdes128: { algorithm: 0x0000, bits: 128 },
  tdes192: { algorithm: 0x0001, bits: 192 },
  aes128: { algorithm: 0x0002, bits: 128 },
  aes192: { algorithm: 0x0003, bits: 192 },
  aes256: { algorithm: 0x0004, bits: 256 },
  hmac128: { algorithm: 0x0005, bits: 128 },
  hmac192: { algorithm: 0x0005, bits: 192 },
  hmac256: { algorithm: 0x0005, bits: 256 },
} as const;

export type DukptKeyType = keyof typeof keyTypes;

/** The key asked for is stronger than the key it would be derived from (6.2.2). */
type KeyTypeFault = Fault<'keyType'>;

/** 6.3.1 and 6.3.3: as many AES blocks as the key needs; `context` is the last 8 bytes of the derivation data. */
function derive(key: Buffer, usage: number, type: DukptKeyType, context: Buffer): Buffer {
  const { algorithm, bits } = keyTypes[type];
  const blocks = Array.from({ length: Math.ceil(bits / 128) }, (_, index) => {
    const data = Buffer.alloc(16);
    data.writeUInt8(1, 0);
    data.writeUInt8(index + 1, 1);
    data.writeUInt16BE(usage, 2);
    data.writeUInt16BE(algorithm, 4);
    data.writeUInt16BE(bits, 6);
    context.copy(data, 8);
    return knownAes(key).encryptEcb(data);
  });
  const derived = Buffer.concat(blocks, bits / 8);
  wipe(...blocks);
  return derived;
}

/** 6.3.3: right half of the initial key ID and a counter. */
function context(initialKeyId: Buffer, counter: number): Buffer {
  const bytes = Buffer.alloc(8);
  initialKeyId.copy(bytes, 0, 4, 8);
  bytes.writeUInt32BE(counter, 4);
  return bytes;
}

function typeOf(key: Buffer): DukptKeyType {
  if (key.length === 16) return 'aes128';
  return key.length === 24 ? 'aes192' : 'aes256';
}

function refusal(key: Buffer, id: Buffer, idLength: 8 | 12): KeyLengthFault | KsnFault | undefined {
  const cipher = aes(key);
  if (!cipher.ok) return cipher.fault;
  if (id.length !== idLength)
    return fault('ksn', `expected ${idLength} bytes of key serial number, found ${id.length}`, false);
  return undefined;
}

function walk(initialKey: Buffer, initialKeyId: Buffer, counter: number): Buffer {
  let key: Buffer = Buffer.from(initialKey);
  let reached = 0;
  for (const bit of setBits(counter)) {
    reached += bit;
    const next = derive(key, keyDerivation, typeOf(initialKey), context(initialKeyId, reached));
    wipe(key);
    key = next;
  }
  return key;
}

/** 6.3.3: from the base derivation key; `initialKeyId` has 8 bytes. */
export function aesInitialKey(bdk: Buffer, initialKeyId: Buffer): Result<Buffer, KeyLengthFault | KsnFault> {
  const refused = refusal(bdk, initialKeyId, 8);
  if (refused !== undefined) return err(refused);
  return ok(derive(bdk, initialKeyDerivation, typeOf(bdk), initialKeyId));
}

/** 6.1 and 6.4: the derivation key of one transaction, from the initial key; `ksn` has 12 bytes. */
export function aesTransactionKey(initialKey: Buffer, ksn: Buffer): Result<Buffer, KeyLengthFault | KsnFault> {
  const refused = refusal(initialKey, ksn, 12);
  if (refused !== undefined) return err(refused);
  const counter = ksn.readUInt32BE(8);
  if (counter === 0 || counter > lastCounter || oneBits(counter) > maxOneBits) {
    return err(fault('ksn', 'the transaction counter is zero, too high or has more than sixteen one bits', false));
  }
  return ok(walk(initialKey, ksn, counter));
}

function workingKey(
  key: Buffer,
  usage: AesDukptUsage,
  type: DukptKeyType,
  where: Buffer,
): Result<Buffer, KeyTypeFault> {
  if (!type.startsWith('tdes') && keyTypes[type].bits > key.length * 8) {
    return err(fault('keyType', `${type} is stronger than the derivation key of ${key.length * 8} bits`, false));
  }
  return ok(derive(key, usages[usage], type, where));
}

/** 6.3.3: a working key of the transaction that `ksn` names. */
export function aesWorkingKey(
  transactionKey: Buffer,
  ksn: Buffer,
  usage: AesDukptUsage,
  type: DukptKeyType,
): Result<Buffer, KeyLengthFault | KsnFault | KeyTypeFault> {
  const refused = refusal(transactionKey, ksn, 12);
  if (refused !== undefined) return err(refused);
  return workingKey(transactionKey, usage, type, context(ksn, ksn.readUInt32BE(8)));
}

/** 6.5.3: the key under which the host sends a new initial key. */
export function aesUpdateKey(
  initialKey: Buffer,
  initialKeyId: Buffer,
  type: 'aes128' | 'aes192' | 'aes256',
): Result<Buffer, KeyLengthFault | KsnFault | KeyTypeFault> {
  const refused = refusal(initialKey, initialKeyId, 8);
  if (refused !== undefined) return err(refused);
  const last = walk(initialKey, initialKeyId, updateCounter);
  const key = workingKey(last, 'keyEncryption', type, context(initialKeyId, updateCounter));
  wipe(last);
  return key;
}

/** 6.1: the KSN of the next transaction. */
export function nextAesKsn(ksn: Buffer): Result<Buffer, KsnFault | CounterExhausted> {
  if (ksn.length !== 12) return err(fault('ksn', `an AES DUKPT KSN has 12 bytes, found ${ksn.length}`, false));
  const next = nextCounter(ksn.readUInt32BE(8), maxOneBits, lastCounter);
  if (next === undefined)
    return err(fault('counterExhausted', 'all DUKPT keys are used: load a new initial key', false));
  const result = Buffer.from(ksn);
  result.writeUInt32BE(next, 8);
  return ok(result);
}
