/** Where MAC keys come from: key blocks of the host, DUKPT with its counter, key files. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { aesInitialKey } from './dukpt-aes.ts';
import { DukptCounter } from './dukpt-counter.ts';
import { dukptMacKeys, DukptMacKeys } from './dukpt-mac.ts';
import { tdesInitialKey, tdesTransactionKey } from './dukpt-tdes.ts';
import { wrapKeyBlock } from './key-block.ts';
import type { ConnectionKeys, ExchangeKeys } from './mac-keys.ts';
import { openMacKeys, readMacKeyFile, type MacSettings } from './mac-settings.ts';
import type { MacKey } from './message-mac.ts';
import { importWorkingKey, SessionMacKeys, wrapWorkingKey } from './working-key.ts';

const kekHex = '00112233445566778899AABBCCDDEEFF';
const keyHex = '0123456789ABCDEFFEDCBA9876543210';
const kek = (): Buffer => Buffer.from(kekHex, 'hex');
const tdesMac = (): MacKey => ({ algorithm: 'x9.19', key: Buffer.from(keyHex, 'hex') });
const aesMac = (): MacKey => ({ algorithm: 'aes-cmac', key: Buffer.from(keyHex, 'hex') });

let folder = '';
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-mac-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function newFile(): string {
  files += 1;
  return path.join(folder, `file-${files}`);
}

function keyFile(text: string, mode = 0o600): string {
  const file = newFile();
  writeFileSync(file, text, { mode });
  return file;
}

function blockOf(key: MacKey, protection = kek()): string {
  const block = wrapWorkingKey(protection, key);
  if (!block.ok) throw new Error(block.fault.detail);
  return block.value;
}

function taken(keys: ConnectionKeys): ExchangeKeys {
  const next = keys.next();
  if (!next.ok) throw new Error(next.fault.detail);
  return next.value;
}

describe('working keys', () => {
  it('come through a key block with their check value', () => {
    for (const key of [tdesMac(), aesMac()]) {
      const imported = importWorkingKey(kek(), key.algorithm, blockOf(key));
      expect(imported).toMatchObject({ ok: true, value: { key } });
    }
    expect(importWorkingKey(kek(), 'x9.19', blockOf(tdesMac()))).toMatchObject({ value: { kcv: '08D7B4' } });
  });

  it('for another algorithm, use or key-encryption key are refused', () => {
    expect(importWorkingKey(kek(), 'aes-cmac', blockOf(tdesMac()))).toMatchObject({ fault: { kind: 'keyNotForMac' } });
    expect(importWorkingKey(kek(), 'x9.19', blockOf(aesMac()))).toMatchObject({ fault: { kind: 'keyNotForMac' } });
    expect(importWorkingKey(Buffer.alloc(16, 1), 'x9.19', blockOf(tdesMac()))).toMatchObject({
      fault: { kind: 'keyBlockMac' },
    });
    const header = {
      version: 'B',
      keyUsage: 'M3',
      algorithm: 'T',
      modeOfUse: 'V',
      keyVersion: '00',
      exportability: 'N',
      optionalBlocks: [],
    } as const;
    const verifyOnly = wrapKeyBlock(kek(), header, tdesMac().key);
    expect(verifyOnly.ok && importWorkingKey(kek(), 'x9.19', verifyOnly.value)).toMatchObject({
      fault: { kind: 'keyNotForMac' },
    });
    const triple = wrapKeyBlock(kek(), { ...header, modeOfUse: 'C' }, Buffer.alloc(24, 5));
    expect(triple.ok && importWorkingKey(kek(), 'x9.19', triple.value)).toMatchObject({ fault: { kind: 'keyLength' } });
  });

  it('replace each other; a key in use stays until its exchange is over; nothing is left at the end', () => {
    const source = new SessionMacKeys('x9.19', kek());
    const keys = source.connection();
    expect(keys.next()).toMatchObject({ ok: false, fault: { kind: 'noKey' } });
    expect(keys.accept?.(blockOf(tdesMac()))).toEqual({ ok: true, value: '08D7B4' });
    const first = taken(keys);
    expect(keys.accept?.(blockOf({ ...tdesMac(), key: Buffer.alloc(16, 7) })).ok).toBe(true);
    expect(first.request.key).toEqual(tdesMac().key);
    expect(taken(keys).request.key).toEqual(Buffer.alloc(16, 7));
    expect(keys.accept?.('rubbish').ok).toBe(false);
    expect(taken(keys).request.key).toEqual(Buffer.alloc(16, 7));
    first.wipe();
    expect(first.response.key).toEqual(Buffer.alloc(16));
    keys.wipe();
    expect(keys.next().ok).toBe(false);
    expect(source.connection().next().ok).toBe(false);
    source.wipe();
    expect(keys.accept?.(blockOf(tdesMac())).ok).toBe(false);
  });

  it('no text makes the import throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^D0[0-9A-F]{20,140}$/)), (text) => {
        expect(importWorkingKey(kek(), 'x9.19', text).ok).toBe(false);
      }),
    );
  });
});

const tdesKsn = Buffer.from('FFFF9876543210E00000', 'hex');
const aesKsn = Buffer.from('123456789012345600000000', 'hex');

function open(file: string, kind: 'dukpt-tdes' | 'dukpt-aes' = 'dukpt-tdes', ksn = tdesKsn): DukptCounter {
  const counter = DukptCounter.open(kind, ksn, file, 'allowed');
  if (!counter.ok) throw new Error(counter.fault.detail);
  return counter.value;
}

function next(counter: DukptCounter): string {
  const ksn = counter.next();
  if (!ksn.ok) throw new Error(ksn.fault.detail);
  return ksn.value.toString('hex').toUpperCase();
}

function dukptSettings(ksn: Buffer): MacSettings {
  return { algorithm: 'x9.19', keys: { kind: 'dukpt-tdes', keyFile: keyFile(keyHex), ksn: ksn.toString('hex') } };
}

describe('DUKPT counters', () => {
  it('are reserved on disk before they are used, and never used twice', () => {
    const file = newFile();
    const seen: string[] = [];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 6 }), (starts) => {
        for (const uses of starts) {
          const counter = open(file);
          for (let i = 0; i < uses; i += 1) {
            const ksn = next(counter);
            const stored = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
            expect((stored['FFFF9876543210E00000'] ?? '') > ksn).toBe(true);
            seen.push(ksn);
          }
        }
      }),
      { numRuns: 20 },
    );
    expect(new Set(seen).size).toBe(seen.length);
    expect([...seen].sort()).toEqual(seen);
    expect(seen[0]).toBe('FFFF9876543210E00001');
  });

  it('of several keys live in one file', () => {
    const file = newFile();
    expect(next(open(file))).toBe('FFFF9876543210E00001');
    expect(next(open(file, 'dukpt-aes', aesKsn))).toBe('123456789012345600000001');
    expect(next(open(file))).toBe('FFFF9876543210E00021');
    expect(next(open(file, 'dukpt-aes', aesKsn))).toBe('123456789012345600000021');
  });

  it('are used to the last, then the key is finished for good', () => {
    const file = keyFile(JSON.stringify({ FFFF9876543210E00000: 'FFFF9876543210FFF000' }));
    const counter = open(file);
    expect(next(counter)).toBe('FFFF9876543210FFF000');
    const rest: string[] = [];
    for (let ksn = counter.next(); ksn.ok; ksn = counter.next()) rest.push(ksn.value.toString('hex'));
    expect(rest.at(-1)).toBe('ffff9876543210fff800');
    expect(counter.next()).toMatchObject({ fault: { kind: 'exhausted' } });
    expect(open(file).next()).toMatchObject({ fault: { kind: 'exhausted' } });
  });

  it('are refused when they cannot be read, are of another key, or cannot be written', () => {
    for (const text of [
      '',
      '{',
      '[]',
      '{"FFFF9876543210E00000":5}',
      '{"FFFF9876543210E00000":"1234567890123456E001"}',
    ]) {
      expect(DukptCounter.open('dukpt-tdes', tdesKsn, keyFile(text), 'refused'), text).toMatchObject({
        fault: { kind: 'counterFile' },
      });
    }
    const gone = path.join(folder, 'gone');
    const inGone = path.join(gone, 'counter');
    expect(DukptCounter.open('dukpt-tdes', tdesKsn, inGone, 'allowed')).toMatchObject({
      fault: { kind: 'counterFile' },
    });
    mkdirSync(gone);
    const nowhere = open(inGone);
    rmSync(gone, { recursive: true });
    expect(nowhere.next()).toMatchObject({ fault: { kind: 'notStored' } });
    expect(nowhere.next()).toMatchObject({ fault: { kind: 'notStored' } });
  });

  it('that are lost are not begun anew, but for a new initial key', () => {
    const ksnOf = (counterFile: string, firstUse: 'allowed' | 'refused', ksn = tdesKsn): string => {
      const source = openMacKeys(dukptSettings(ksn), counterFile, firstUse);
      return source.ok ? (taken(source.value.connection()).ksn ?? '') : source.fault.detail;
    };
    const file = newFile();
    // Before the terminal has ever traded; kept from the start, so that a loss before the first request shows too.
    expect(openMacKeys(dukptSettings(tdesKsn), file, 'allowed').ok).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('{}\n');
    expect(ksnOf(file, 'refused')).toBe('FFFF9876543210E00001');
    expect(ksnOf(file, 'refused')).toBe('FFFF9876543210E00021');
    const newKsn = Buffer.from('FFFF9876543211000000', 'hex');
    expect(ksnOf(file, 'refused', newKsn)).toBe('FFFF9876543211000001');
    rmSync(file);
    for (const ksn of [tdesKsn, newKsn]) {
      expect(ksnOf(file, 'refused', ksn)).toMatch(/is missing, but this terminal has traded.*new initial key/);
    }
    expect(existsSync(file)).toBe(false);
    // As the text says.
    writeFileSync(file, '{}');
    expect(ksnOf(file, 'refused', newKsn)).toBe('FFFF9876543211000001');
  });

  it('start at zero', () => {
    for (const ksn of ['FFFF9876543210E00001', 'FFFF9876543210', '']) {
      expect(DukptCounter.open('dukpt-tdes', Buffer.from(ksn, 'hex'), newFile(), 'allowed').ok, ksn).toBe(false);
    }
    expect(DukptCounter.open('dukpt-aes', tdesKsn, newFile(), 'allowed').ok).toBe(false);
  });
});

describe('DUKPT MAC keys', () => {
  it('are the variants of X9.24-1 and the usages of X9.24-3', () => {
    const bdk = Buffer.from('0123456789ABCDEFFEDCBA9876543210', 'hex');
    const ipek = tdesInitialKey(bdk, tdesKsn);
    if (!ipek.ok) throw new Error(ipek.fault.detail);
    expect(ipek.value.toString('hex').toUpperCase()).toBe('6AC292FAA1315B4D858AB3A3D7D5933A');
    const keys = dukptMacKeys('dukpt-tdes', 'x9.19', ipek.value, Buffer.from('FFFF9876543210E00001', 'hex'));
    // Derived key 042666B49184CFA368DE9628D0397BC9 with the masks of Table A-1.
    expect(keys.ok && keys.value.request.key.toString('hex').toUpperCase()).toBe('042666B4918430A368DE9628D03984C9');
    expect(keys.ok && keys.value.response.key.toString('hex').toUpperCase()).toBe('042666B46E84CFA368DE96282F397BC9');
    const initial = aesInitialKey(Buffer.from('FEDCBA9876543210F1F1F1F1F1F1F1F1', 'hex'), aesKsn.subarray(0, 8));
    if (!initial.ok) throw new Error(initial.fault.detail);
    const aes = dukptMacKeys('dukpt-aes', 'aes-cmac', initial.value, Buffer.from('123456789012345600000001', 'hex'));
    expect(aes.ok && aes.value.request.key.toString('hex').toUpperCase()).toBe('A2DC23DE6FDE0824A2BC321E08E4B8B7');
    expect(aes.ok && aes.value.request.key).not.toEqual(aes.ok && aes.value.response.key);
    expect(dukptMacKeys('dukpt-aes', 'x9.19', initial.value, Buffer.from('123456789012345600000001', 'hex')).ok).toBe(
      true,
    );
    expect(dukptMacKeys('dukpt-tdes', 'x9.19', ipek.value, tdesKsn).ok).toBe(false);
  });

  it('are new for every request, and name themselves', () => {
    const initialKey = Buffer.from('6AC292FAA1315B4D858AB3A3D7D5933A', 'hex');
    const options = {
      kind: 'dukpt-tdes',
      algorithm: 'x9.19',
      initialKey,
      ksn: tdesKsn,
      counterFile: newFile(),
      firstUse: 'allowed',
    } as const;
    const source = DukptMacKeys.open(options);
    if (!source.ok) throw new Error(source.fault.detail);
    const connection = source.value.connection();
    expect(connection.accept).toBeUndefined();
    const [first, second] = [taken(connection), taken(connection)];
    expect([first.ksn, second.ksn]).toEqual(['FFFF9876543210E00001', 'FFFF9876543210E00002']);
    expect(first.request.key).not.toEqual(second.request.key);
    first.wipe();
    expect([first.request.key, first.response.key]).toEqual([Buffer.alloc(16), Buffer.alloc(16)]);
    source.value.wipe();
    expect(initialKey).toEqual(Buffer.alloc(16));
  });

  it('leave nothing of the initial key when they cannot be opened', () => {
    const initialKey = Buffer.from(keyHex, 'hex');
    const options = { kind: 'dukpt-tdes', algorithm: 'x9.19', initialKey, ksn: tdesKsn, firstUse: 'refused' } as const;
    expect(DukptMacKeys.open({ ...options, counterFile: newFile() }).ok).toBe(false);
    expect(initialKey).toEqual(Buffer.alloc(16));
  });

  it('leave nothing of the derivation, step by step', () => {
    const made: Buffer[] = [];
    const alloc = Buffer.alloc.bind(Buffer);
    const spy = vi.spyOn(Buffer, 'alloc').mockImplementation((...size) => {
      const buffer = alloc(...size);
      made.push(buffer);
      return buffer;
    });
    const key = tdesTransactionKey(Buffer.from(keyHex, 'hex'), Buffer.from('FFFF9876543210E00007', 'hex'));
    spy.mockRestore();
    expect(key.ok && key.value).not.toEqual(Buffer.alloc(16));
    expect(made.length).toBeGreaterThan(6);
    for (const buffer of made) expect(buffer).toEqual(Buffer.alloc(buffer.length));
  });
});

const session = (file: string, protectionKeyFile?: string): MacSettings => ({
  algorithm: 'x9.19',
  keys: { kind: 'session', keyFile: file, protectionKeyFile },
});

const opened = (text: string) => readMacKeyFile(session(keyFile(text), keyFile(kekHex)));

describe('key files', () => {
  it('hold hexadecimal, with a check value if there is one', () => {
    for (const text of [keyHex, `${keyHex.toLowerCase()}\n`, `${keyHex} 08D7B4\n`]) {
      expect(readMacKeyFile(session(keyFile(text)))).toEqual({ ok: true, value: Buffer.from(keyHex, 'hex') });
    }
  });

  it('hold a key block that another file opens', () => {
    const header = {
      version: 'B',
      keyUsage: 'K0',
      algorithm: 'T',
      modeOfUse: 'B',
      keyVersion: '00',
      exportability: 'N',
      optionalBlocks: [],
    } as const;
    const block = wrapKeyBlock(kek(), header, Buffer.from(keyHex, 'hex'));
    if (!block.ok) throw new Error(block.fault.detail);
    expect(opened(block.value)).toEqual({ ok: true, value: Buffer.from(keyHex, 'hex') });
    expect(opened(`${block.value.slice(0, -1)}${block.value.endsWith('0') ? '1' : '0'}`).ok).toBe(false);
    expect(opened(keyHex).ok).toBe(false);
    const macBlock = wrapKeyBlock(kek(), { ...header, keyUsage: 'M3', modeOfUse: 'C' }, Buffer.from(keyHex, 'hex'));
    expect(macBlock.ok && opened(macBlock.value)).toMatchObject({ fault: { kind: 'keyFile' } });
  });

  it('are refused with a reason that does not repeat them', () => {
    const wrong = [
      keyFile(keyHex, 0o644),
      keyFile(`${keyHex} 08D7B5`),
      keyFile(keyHex.slice(2)),
      keyFile(`${keyHex}${keyHex}`),
      keyFile(`x${keyHex}`),
      keyFile(''),
      path.join(folder, 'none'),
    ];
    for (const file of wrong) {
      const read = readMacKeyFile(session(file));
      expect(read).toMatchObject({ ok: false, fault: { kind: 'keyFile' } });
      expect(JSON.stringify(read)).not.toContain(keyHex.slice(2, 12));
      expect(!read.ok && read.fault.detail).toContain(file);
    }
    expect(!existsSync(path.join(folder, 'none'))).toBe(true);
  });

  it('make a source of keys of each kind', () => {
    const dukpt = (algorithm: 'x9.19' | 'aes-cmac', kind: 'dukpt-tdes' | 'dukpt-aes', ksn: Buffer): MacSettings => ({
      algorithm,
      keys: { kind, keyFile: keyFile(keyHex), ksn: ksn.toString('hex') },
    });
    expect(openMacKeys(session(keyFile(keyHex)), newFile(), 'allowed').ok).toBe(true);
    for (const settings of [
      dukpt('x9.19', 'dukpt-tdes', tdesKsn),
      dukpt('aes-cmac', 'dukpt-aes', aesKsn),
      dukpt('x9.19', 'dukpt-aes', aesKsn),
    ]) {
      const source = openMacKeys(settings, newFile(), 'allowed');
      expect(source.ok && source.value.connection().next().ok).toBe(true);
    }
    expect(openMacKeys(dukpt('aes-cmac', 'dukpt-tdes', tdesKsn), newFile(), 'allowed').ok).toBe(false);
    expect(openMacKeys(dukpt('x9.19', 'dukpt-tdes', aesKsn), newFile(), 'allowed').ok).toBe(false);
  });
});
