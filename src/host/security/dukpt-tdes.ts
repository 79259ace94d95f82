/**
 * DUKPT with TDES: ANSI X9.24-1:2009 Annex A (the same as X9.24-3:2017 Annex C). A key serial number (KSN) has
 * 10 bytes, the last 21 bits are the transaction counter. Every key returned belongs to the caller, who wipes it.
 */
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { wipe, xor, type KeyLengthFault } from './secret-bytes.ts';
import { knownTdes } from './tdes.ts';
import { nextCounter, oneBits, setBits } from './transaction-counter.ts';

/** `ksn`: wrong length, or a counter that no terminal can be at. */
export type KsnFault = Fault<'ksn'>;
/** The device has used all its keys and needs a new initial key. */
export type CounterExhausted = Fault<'counterExhausted'>;

const counterMask = 0x1fffff;
/** A.3: at most ten one bits, so 0x1FF800 is the last counter. */
const maxOneBits = 10;
const lastCounter = 0x1ff800;

/** A.2 and A.6: applied to both halves of a key. */
const derivationMask = Buffer.from('C0C0C0C000000000C0C0C0C000000000', 'hex');

/** Table A-1. Data keys also go through the one-way step of A.4.1. */
const variants = {
  pin: { mask: Buffer.from('00000000000000FF00000000000000FF', 'hex'), oneWay: false },
  macRequest: { mask: Buffer.from('000000000000FF00000000000000FF00', 'hex'), oneWay: false },
  macResponse: { mask: Buffer.from('00000000FF00000000000000FF000000', 'hex'), oneWay: false },
  dataRequest: { mask: Buffer.from('0000000000FF00000000000000FF0000', 'hex'), oneWay: true },
  dataResponse: { mask: Buffer.from('000000FF00000000000000FF00000000', 'hex'), oneWay: true },
} as const;

export type TdesDukptUse = keyof typeof variants;

function counterOf(ksn: Buffer): number {
  return ksn.readUIntBE(7, 3) & counterMask;
}

function withCounter(ksn: Buffer, counter: number): Buffer {
  const result = Buffer.from(ksn);
  result.writeUIntBE((ksn.readUIntBE(7, 3) & ~counterMask) | counter, 7, 3);
  return result;
}

function refusal(key: Buffer, ksn: Buffer): KeyLengthFault | KsnFault | undefined {
  if (key.length !== 16) return fault('keyLength', `a TDES DUKPT key has 16 bytes, found ${key.length}`, false);
  if (ksn.length !== 10) return fault('ksn', `a TDES DUKPT KSN has 10 bytes, found ${ksn.length}`, false);
  return undefined;
}

/** A.6: from the base derivation key; the counter part of `ksn` is ignored. */
export function tdesInitialKey(bdk: Buffer, ksn: Buffer): Result<Buffer, KeyLengthFault | KsnFault> {
  const refused = refusal(bdk, ksn);
  if (refused !== undefined) return err(refused);
  const start = withCounter(ksn, 0).subarray(0, 8);
  const masked = xor(bdk, derivationMask);
  const halves = [knownTdes(bdk).encryptEcb(start), knownTdes(masked).encryptEcb(start)];
  const key = Buffer.concat(halves);
  wipe(masked, ...halves);
  return ok(key);
}

/** A.2, "Non-reversible Key Generation Process", one half: `register` is the right 64 bits of the KSN register. */
function oneWayHalf(register: Buffer, key: Buffer): Buffer {
  const right = key.subarray(8);
  const masked = xor(register, right);
  const encrypted = knownTdes(key.subarray(0, 8)).encryptEcb(masked);
  const half = xor(encrypted, right);
  wipe(masked, encrypted);
  return half;
}

/** A.3: the key of one transaction, from the initial key. */
export function tdesTransactionKey(initialKey: Buffer, ksn: Buffer): Result<Buffer, KeyLengthFault | KsnFault> {
  const refused = refusal(initialKey, ksn);
  if (refused !== undefined) return err(refused);
  const counter = counterOf(ksn);
  if (counter === 0 || counter > lastCounter || oneBits(counter) > maxOneBits) {
    return err(fault('ksn', 'the transaction counter is zero, too high or has more than ten one bits', false));
  }
  let key = Buffer.from(initialKey);
  let reached = 0;
  for (const bit of setBits(counter)) {
    reached |= bit;
    const register = withCounter(ksn, reached).subarray(2);
    const masked = xor(key, derivationMask);
    const halves = [oneWayHalf(register, masked), oneWayHalf(register, key)];
    wipe(key, masked);
    key = Buffer.concat(halves);
    wipe(...halves);
  }
  return ok(key);
}

/** A.4.1 and Table A-1: what the transaction key is used for. Request: terminal to host; response: host to terminal. */
export function tdesWorkingKey(transactionKey: Buffer, use: TdesDukptUse): Result<Buffer, KeyLengthFault> {
  if (transactionKey.length !== 16) {
    return err(fault('keyLength', `a TDES DUKPT key has 16 bytes, found ${transactionKey.length}`, false));
  }
  const { mask, oneWay } = variants[use];
  const variant = xor(transactionKey, mask);
  if (!oneWay) return ok(variant);
  const key = knownTdes(variant).encryptEcb(variant);
  wipe(variant);
  return ok(key);
}

/** A.3: the KSN of the next transaction. */
export function nextTdesKsn(ksn: Buffer): Result<Buffer, KsnFault | CounterExhausted> {
  if (ksn.length !== 10) return err(fault('ksn', `a TDES DUKPT KSN has 10 bytes, found ${ksn.length}`, false));
  const next = nextCounter(counterOf(ksn), maxOneBits, lastCounter);
  if (next === undefined)
    return err(fault('counterExhausted', 'all DUKPT keys are used: load a new initial key', false));
  return ok(withCounter(ksn, next));
}
