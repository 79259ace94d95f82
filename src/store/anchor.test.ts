/** The anchor names the newest seal it was given, whatever a power cut did to the one being written. */
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readAnchor, signedAnchor, writeAnchor, type Seal } from './anchor.ts';
import { sealMessage } from './canonical.ts';
import { publicKeyFromDer } from './keys.ts';
import { scratch } from './test-kit.ts';

let place: ReturnType<typeof scratch>;
let path: string;

beforeEach(() => {
  place = scratch();
  path = join(place.path, 'journal.anchor');
});

afterEach(() => {
  place.remove();
});

const pair = generateKeyPairSync('ed25519');
const der = pair.publicKey.export({ type: 'spki', format: 'der' });
const keyId = hash('sha256', der, 'hex');

function seal(sequence: number): Seal {
  const rowHash = Buffer.alloc(32, sequence);
  const signature = sign(null, sealMessage(keyId, sequence, rowHash), pair.privateKey);
  return { sequence, hash: rowHash, signature, keyId };
}

/** Of the newest signed one. */
function sequence(): number | undefined {
  const [read, key] = [readAnchor(path), publicKeyFromDer(der)];
  return read.ok && key.ok ? signedAnchor(read.value, key.value)?.sequence : undefined;
}

it('says what was written last, in a file that neither grows nor moves', () => {
  writeAnchor(path, seal(0), true);
  const { ino, size } = statSync(path);
  for (let n = 1; n <= 20; n += 1) {
    writeAnchor(path, seal(n), true);
    expect(readAnchor(path)).toEqual({ ok: true, value: [seal(n), seal(n - 1)] });
  }
  expect(statSync(path)).toMatchObject({ ino, size });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('torn at any byte while it is written: the new seal, or the one before', () => {
  for (let n = 0; n <= 9; n += 1) writeAnchor(path, seal(n), true);
  const before = readFileSync(path);
  writeAnchor(path, seal(10), true);
  const after = readFileSync(path);
  const first = before.findIndex((byte, index) => byte !== after[index]);
  const found = new Set<number | undefined>();
  for (let cut = first; cut < first + 400; cut += 1) {
    writeFileSync(path, Buffer.concat([after.subarray(0, cut), before.subarray(cut)]));
    found.add(sequence());
    writeAnchor(path, seal(11), true);
    expect(sequence(), `cut at ${cut}`).toBe(11);
  }
  expect([...found]).toEqual([9, 10]);
});

it('a block spoiled in whole leaves the other one', () => {
  for (let n = 0; n <= 5; n += 1) writeAnchor(path, seal(n), true);
  const whole = readFileSync(path);
  for (const [from, left] of [
    [0, 4],
    [65_536, 5],
  ] as const) {
    writeFileSync(path, Buffer.from(whole).fill(0xff, from, Math.min(whole.length, from + 65_536)));
    expect(sequence()).toBe(left);
    writeAnchor(path, seal(6), true);
    expect(sequence()).toBe(6);
  }
});

it('a single line, as the first version wrote it, is read and replaced', () => {
  writeAnchor(path, seal(7), true);
  const [line = ''] = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, `${line.trimEnd()}\n`);
  expect(sequence()).toBe(7);
  writeAnchor(path, seal(8), true);
  expect(sequence()).toBe(8);
});
