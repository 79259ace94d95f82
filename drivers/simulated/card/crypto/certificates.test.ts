/** The chain from the training authority to the card, opened by OpenSSL and read by the tables of Book 2. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { assert } from '../../../../src/core/base/assert.ts';
import { concat, hex, toHex } from '../../../../src/core/base/bytes.ts';
import { authenticatedBy } from '../fault-cards.ts';
import { trainingCaKeys } from '../keys/training-keys.ts';
import type { AuthenticationProfile, EmvCardProfile } from '../profiles.ts';
import { commands, demoCard, opened, recover, TestTerminal } from '../test-kit.ts';
import { VirtualCard } from '../virtual-card.ts';

interface PublicKey {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
}

/** A modulus from its certified part and remainder; `at` is where its length stands (Book 2 Tables 6 and 14). */
function keyIn(content: Uint8Array, at: number, remainder: Uint8Array, exponent: Uint8Array): PublicKey {
  const length = content[at] ?? 0;
  const modulus = concat(content.subarray(at + 2), remainder).subarray(0, length);
  expect(content[at + 1]).toBe(exponent.length);
  return { modulus, exponent };
}

function issuerKey(terminal: TestTerminal, rid: string): PublicKey {
  const authority = trainingCaKeys().find((key) => key.rid === rid && key.index === terminal.text('8F'));
  assert(authority !== undefined, 'the authority is known');
  const recovered = recover(hex(authority.modulus), hex(authority.exponent), terminal.get('90'));
  const content = opened(recovered, concat(terminal.get('92'), terminal.get('9F32')));
  assert(content?.[0] === 0x02, 'the issuer certificate is sound');
  return keyIn(content, 12, terminal.get('92'), terminal.get('9F32'));
}

function staticData(terminal: TestTerminal): Uint8Array {
  expect(terminal.text('9F4A')).toBe('82');
  return concat(terminal.signedRecords, terminal.get('82'));
}

function iccKey(terminal: TestTerminal, issuer: PublicKey): PublicKey {
  const recovered = recover(issuer.modulus, issuer.exponent, terminal.get('9F46'));
  const more = concat(terminal.get('9F48'), terminal.get('9F47'), staticData(terminal));
  const content = opened(recovered, more);
  assert(content?.[0] === 0x04, 'the card certificate is sound');
  expect(toHex(content.subarray(1, 11))).toBe(terminal.text('5A').padEnd(20, 'F'));
  return keyIn(content, 18, terminal.get('9F48'), terminal.get('9F47'));
}

const sha1Hex = (data: Uint8Array): string => createHash('sha1').update(data).digest('hex').toUpperCase();

const contact = demoCard('napas-insert');

function begun(profile: EmvCardProfile): TestTerminal {
  const terminal = new TestTerminal(new VirtualCard(profile));
  terminal.begin(profile.aid);
  return terminal;
}

const lengths: readonly (readonly [Partial<AuthenticationProfile>, issuerRemainder: number, iccRemainder: number])[] = [
  [{}, 4, 26],
  [{ icc: 'icc-768' }, 4, 0],
  [{ issuer: 'issuer-1024' }, 0, 42],
  [{ authority: 'ca-1984', issuer: 'issuer-1408', icc: 'icc-1152' }, 0, 10],
  [{ issuer: 'issuer-1408' }, 36, 0],
];

describe('the chain of certificates', () => {
  it.each(lengths)('%j: with remainders of %i and %i bytes', (keys, issuerRemainder, iccRemainder) => {
    const terminal = begun(authenticatedBy(contact, 'cda', keys));
    const issuer = issuerKey(terminal, 'A000000727');
    const icc = iccKey(terminal, issuer);
    expect([terminal.get('92').length, terminal.get('9F48').length]).toEqual([issuerRemainder, iccRemainder]);
    expect(icc.modulus.length).toBe(Number(/\d+/.exec(keys.icc ?? 'icc-1024')?.[0]) / 8);
  });

  it('SDA: the static data is signed, with the code that the terminal keeps', () => {
    const terminal = begun(authenticatedBy(contact, 'sda'));
    const issuer = issuerKey(terminal, 'A000000727');
    const content = opened(recover(issuer.modulus, issuer.exponent, terminal.get('93')), staticData(terminal));
    expect(toHex(content?.subarray(0, 4) ?? hex(''))).toBe('0301DAC1');
  });

  it('the PIN key has a certificate of its own, without the static data', () => {
    const terminal = begun(contact);
    const issuer = issuerKey(terminal, 'A000000727');
    const recovered = recover(issuer.modulus, issuer.exponent, terminal.get('9F2D'));
    expect(opened(recovered, concat(terminal.get('9F2F'), terminal.get('9F2E')))?.[0]).toBe(0x04);
  });

  it.each(['issuerCertificate', 'iccCertificate'] as const)('a damaged %s does not open', (damaged) => {
    const terminal = begun(authenticatedBy(contact, 'cda', { damaged }));
    expect(() => iccKey(terminal, issuerKey(terminal, 'A000000727'))).toThrow();
  });
});

describe('dynamic signatures', () => {
  it('DDA covers the terminal’s number', () => {
    const terminal = begun(authenticatedBy(contact, 'dda'));
    const icc = iccKey(terminal, issuerKey(terminal, 'A000000727'));
    const heard = terminal.send('00880000', terminal.get('9F37'));
    const [template] = heard.objects;
    const signature = template?.tag === '80' ? template.value : (template?.children[0]?.value ?? new Uint8Array(0));
    const content = opened(recover(icc.modulus, icc.exponent, signature), terminal.get('9F37'));
    expect(toHex(content?.subarray(0, 4) ?? hex(''))).toBe('05010908');
  });

  it.each(['8C', '8D'] as const)(
    'CDA covers the cryptogram, all that was sent (%s) and all that was answered',
    (last) => {
      const terminal = begun(authenticatedBy(contact, 'cda'));
      const icc = iccKey(terminal, issuerKey(terminal, 'A000000727'));
      let heard = terminal.generateAc(commands.arqc | commands.withCda);
      if (last === '8D') heard = terminal.generateAc(commands.tc | commands.withCda, '8D');
      expect(heard.objects[0]?.children.map(({ tag }) => tag)).toEqual(['9F27', '9F36', '9F10', '9F4B']);
      const recovered = recover(icc.modulus, icc.exponent, terminal.get('9F4B'));
      const content = opened(recovered, terminal.get('9F37')) ?? new Uint8Array(64);
      // Book 2 Table 19: length, dynamic number, CID, cryptogram, hash of the transaction data.
      expect(toHex(content.subarray(0, 4))).toBe('05012608');
      expect(content[12]).toBe(last === '8C' ? 0x80 : 0x40);
      const answered = heard.objects[0]?.children.filter(({ tag }) => tag !== '9F4B') ?? [];
      const under = concat(
        terminal.sent,
        ...answered.map(({ tag, value }) => concat(hex(tag), Uint8Array.of(value.length), value)),
      );
      expect(toHex(content.subarray(21, 41))).toBe(sha1Hex(under));
    },
  );

  it.each(['01', '00'] as const)('fDDA version %s', (fddaVersion) => {
    const profile = authenticatedBy(demoCard('visa-credit'), 'fdda', { fddaVersion });
    const terminal = begun(profile);
    const icc = iccKey(terminal, issuerKey(terminal, 'A000000003'));
    const get = (tag: string): Uint8Array => terminal.get(tag);
    const more = fddaVersion === '00' ? get('9F37') : concat(get('9F37'), get('9F02'), get('5F2A'), get('9F69'));
    const content = opened(recover(icc.modulus, icc.exponent, get('9F4B')), more) ?? new Uint8Array(8);
    expect(toHex(content.subarray(0, 6))).toBe('050103020001');
  });

  it('fDDA with a key too long for one answer gives its signature in a record', () => {
    const profile = authenticatedBy(demoCard('visa-credit'), 'fdda', { icc: 'icc-1152' });
    const terminal = new TestTerminal(new VirtualCard(profile));
    terminal.select(profile.aid);
    terminal.processingOptions();
    expect(terminal.text('9F4B')).toBe('');
    terminal.readRecords();
    expect(terminal.get('9F4B').length).toBe(144);
  });

  it('a damaged one does not open', () => {
    const terminal = begun(authenticatedBy(contact, 'cda', { damaged: 'dynamicSignature' }));
    const icc = iccKey(terminal, issuerKey(terminal, 'A000000727'));
    terminal.generateAc(commands.arqc | commands.withCda);
    expect(opened(recover(icc.modulus, icc.exponent, terminal.get('9F4B')), terminal.get('9F37'))).toBeUndefined();
  });
});
