/** The EMV data files: good as they are, replaced by the acquirer's, and refused with file, key, found and expected. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../platform.ts';
import { checkConfig } from './check.ts';
import { emvFolder, loadEmvData, type LoadedEmvData } from './emv-data.ts';
import { embeddedConfigFile, formatConfigFault } from './load.ts';

type Name = 'terminal' | 'applications' | 'ca-keys' | 'revoked-certificates';
type Node = Record<string, unknown>;

let folder = '';
let own = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-emv-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  own = mkdtempSync(path.join(folder, 'own-'));
});

/** Sets the value at a dotted path; undefined takes the key away. */
function set(root: unknown, at: string, value: unknown): void {
  const keys = at.split('.');
  const last = keys.pop() ?? '';
  const node = keys.reduce((inner, key) => inner[key] as Node, root as Node);
  node[last] = value;
}

function builtIn(name: Name): Node {
  return JSON.parse(readFileSync(path.join(emvFolder, `${name}.json`), 'utf8')) as Node;
}

/** Writes a changed copy of a built-in file into the acquirer's folder. */
function replace(name: Name, changes: Readonly<Record<string, unknown>>): void {
  const json = builtIn(name);
  for (const [at, value] of Object.entries(changes)) set(json, at, value);
  writeFileSync(path.join(own, `${name}.json`), JSON.stringify(json));
}

function embedded(): Node {
  return JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as Node;
}

function loaded(options: Parameters<typeof loadEmvData>[0] = { folder: own }): LoadedEmvData {
  const data = loadEmvData(options);
  if (!data.ok) throw new Error(data.fault.map(formatConfigFault).join('\n'));
  return data.value;
}

function problems(): string {
  const data = loadEmvData({ folder: own });
  return data.ok ? '' : data.fault.map(formatConfigFault).join('\n');
}

describe('the built-in EMV data', () => {
  const data = loaded({});

  it('take what cards in Việt Nam carry, on kernels that are there or on none', () => {
    const kernels = data.emv.applications.map(({ aid, contact, contactless }) => [
      aid,
      contact !== undefined,
      contactless?.kernel,
    ]);
    expect(kernels).toEqual([
      ['A0000007271010', true, 'pure'],
      ['A0000000031010', true, 'kernel3'],
      ['A0000000032010', true, 'kernel3'],
      ['A0000000041010', true, 'kernel2'],
      ['A0000000043060', true, 'kernel2'],
      ['A0000000651010', true, 'none'],
      ['A000000333010101', true, 'none'],
      ['A000000333010102', true, 'none'],
      ['A000000333010103', true, 'none'],
      ['A00000002501', true, 'none'],
    ]);
  });

  it('without a host no amount is approved: every default action code has the floor-limit bit', () => {
    for (const { aid, contact, contactless } of data.emv.applications) {
      expect([contact?.floorLimit, contactless?.floorLimit], aid).toEqual([0, 0]);
      for (const tac of [contact?.tac, contactless?.tac]) {
        expect(Number.parseInt(tac?.default.slice(6, 8) ?? '', 16) & 0x80, aid).toBe(0x80);
      }
    }
  });

  it('carry nothing but what a kernel reads', () => {
    const text = JSON.stringify(data.emv);
    for (const word of ['origins', 'about', 'source', 'verified', 'sha1', 'scheme']) expect(text).not.toContain(word);
  });

  it('say where every value comes from, and claim nothing of NAPAS for certain but its AID', () => {
    expect(data.unverified.filter(({ source }) => source === undefined)).toEqual([]);
    const napas = data.unverified.filter(({ of }) => of.startsWith('NAPAS')).flatMap(({ keys }) => keys);
    expect(napas).toEqual(
      expect.arrayContaining(['contactless.kernel', 'contactless.tac', 'contact.tac', 'selection']),
    );
    expect(napas).not.toContain('aid');
    expect(data.caKeys.every(({ verified }) => verified.key && !verified.expiry)).toBe(true);
  });
});

describe("the acquirer's folder", () => {
  it('replaces single files, and leaves the others', () => {
    replace('terminal', { ifdSerialNumber: 'SHOP0042' });
    const data = loaded();
    expect(data.emv.ifdSerialNumber).toBe('SHOP0042');
    expect(data.files.terminal).toBe(path.join(own, 'terminal.json'));
    expect(data.files.applications).toBe(path.join(emvFolder, 'applications.json'));
  });

  it('has to be there, with files of known names only', () => {
    expect(problems()).toMatch(/found no such file in it; expected a folder with one or more of terminal\.json/);
    writeFileSync(path.join(own, 'aplications.json'), '{}');
    expect(problems()).toMatch(/found "aplications\.json"; expected/);
    own = path.join(folder, 'nowhere');
    expect(problems()).toMatch(/nowhere\n {2}found no such folder/);
  });

  it('is named in the configuration, relative to it', () => {
    const config = embedded();
    mkdirSync(path.join(own, 'emv'));
    set(config, 'emv', { folder: 'emv' });
    writeFileSync(path.join(own, 'cham.json'), JSON.stringify(config));
    const host = { clock: systemClock, random: systemRandom, log: { write: () => {} } };
    const before = own;
    own = path.join(own, 'emv');
    replace('terminal', { countryCode: '840' });
    const checked = checkConfig(path.join(before, 'cham.json'), host);
    expect(checked.ok && checked.value.emv.emv.countryCode).toBe('840');
    replace('terminal', { countryCode: 'VNM' });
    expect(checkConfig(path.join(before, 'cham.json'), host)).toMatchObject({
      ok: false,
      fault: expect.stringMatching(/emv\/terminal\.json\n {2}countryCode: found "VNM"; expected 3 digits/),
    });
  });

  it('a value without a verified origin is unverified; the longest path decides', () => {
    replace('applications', {
      'applications.1.origins': [
        { keys: ['contact'], source: 'the bank', verified: true },
        { keys: ['contact.tac.online'], source: 'a rumour', verified: false },
      ],
    });
    const visa = loaded().unverified.filter(({ of }) => of.startsWith('VISA'));
    expect(visa.find(({ source }) => source === 'a rumour')?.keys).toEqual(['contact.tac.online']);
    expect(visa.find(({ source }) => source === undefined)?.keys).toContain('contactless.tac.online');
    expect(visa.flatMap(({ keys }) => keys)).not.toContain('contact.tac.denial');
  });
});

describe('what is refused', () => {
  const first = 'applications.0';
  const visa = 'applications.1';
  const mastercard = 'applications.3';
  const ttq = `${visa}.contactless.terminalTransactionQualifiers`;
  const settings = { kernelConfiguration: 'A0', cardDataInputCapability: '20', cvmCapabilityRequired: '20' };
  const revoked = { rid: 'A000000003', index: '09', serial: '001122' };
  const kernel2 = {
    ...settings,
    cvmCapabilityNotRequired: '08',
    securityCapability: '08',
    tornRecords: 0,
    tornLifetimeSeconds: 0,
  };

  it.each<[string, Name, Readonly<Record<string, unknown>>, RegExp]>([
    ['unknown key', 'terminal', { colour: 'red' }, /terminal\.json\n {2}colour: found a key that does not exist/],
    ['short', 'terminal', { terminalCapabilities: 'E0F8' }, /terminalCapabilities: found "E0F8"; expected 3 bytes/],
    ['no type', 'terminal', { terminalType: '29' }, /terminalType: found "29"; expected two digits/],
    ['lower case', 'applications', { [`${first}.aid`]: 'a0000007271010' }, /applications\.0\.aid: found "a00/],
    [
      'the same AID twice',
      'applications',
      { [`${mastercard}.aid`]: 'A0000000031010' },
      /applications\.3\.aid: found "A0000000031010"; expected each AID once; applications\.1/,
    ],
    [
      'on no interface',
      'applications',
      { 'applications.10': { aid: 'A000000999', name: 'X', selection: 'exact' } },
      /applications\.10\.contact: found nothing; expected contact or contactless/,
    ],
    [
      'a threshold above the floor limit',
      'applications',
      { [`${visa}.contact.randomSelection.threshold`]: 5 },
      /applications\.1\.contact\.randomSelection\.threshold: found 5; expected 0, or less than contact\.floorLimit \(0\)/,
    ],
    [
      'a target above its maximum',
      'applications',
      { [`${visa}.contact.randomSelection.targetPercentage`]: 5 },
      /applications\.1\.contact\.randomSelection: found .*; expected a maximum not below the target/,
    ],
    [
      'a DDOL without Unpredictable Number',
      'applications',
      { [`${visa}.contact.defaultDdol`]: '9F0206' },
      /contact\.defaultDdol: found "9F0206"; expected .*9F3704/,
    ],
    [
      'a TDOL cut off',
      'applications',
      { [`${visa}.contact.defaultTdol`]: '9F02069C' },
      /contact\.defaultTdol: found "9F02069C"; expected tags and lengths/,
    ],
    [
      'limits that can never count',
      'applications',
      { [`${visa}.contactless.transactionLimit`]: 500 },
      /contactless\.cvmRequiredLimit: found 1000001; expected at most transactionLimit \(500\)/,
    ],
    [
      'a smaller limit with CDCVM',
      'applications',
      {
        [`${mastercard}.contactless.transactionLimit`]: 9_000_000,
        [`${mastercard}.contactless.onDeviceTransactionLimit`]: 8_000_000,
      },
      /onDeviceTransactionLimit: found 8000000; expected at least transactionLimit/,
    ],
    [
      'another RID’s kernel',
      'applications',
      { [`${visa}.contactless.kernelId`]: '02', [`${visa}.contactless.kernel`]: 'none' },
      /applications\.1\.contactless\.kernelId: found "02"; expected "03" for this RID/,
    ],
    [
      'an ID of two bytes',
      'applications',
      { [`${visa}.contactless.kernelId`]: '0203' },
      /applications\.1\.contactless\.kernelId: found "0203"; expected 1 or 3 bytes/,
    ],
    [
      'a kernel that is not its ID’s',
      'applications',
      { [`${visa}.contactless.kernel`]: 'pure' },
      /applications\.1\.contactless\.kernel: found "pure"; expected "kernel3" or "none"/,
    ],
    [
      'kernel 2 without settings',
      'applications',
      { [`${mastercard}.contactless.kernel2`]: undefined },
      /applications\.3\.contactless\.kernel2: found nothing; expected settings, since kernel is "kernel2"/,
    ],
    [
      'settings without kernel 2',
      'applications',
      { [`${visa}.contactless.kernel2`]: kernel2 },
      /applications\.1\.contactless\.kernel2: found .*; expected nothing/,
    ],
    [
      'neither mode',
      'applications',
      { [`${mastercard}.contactless.kernel2.kernelConfiguration`]: 'E0' },
      /kernelConfiguration: found "E0"; expected bit 7 zero/,
    ],
    [
      'online PIN without a PIN pad',
      'applications',
      { [ttq]: '36004080' },
      /terminalTransactionQualifiers: found "36004080"; expected byte 1 bit 3 zero \(online PIN\), since/,
    ],
    [
      'offline PIN without a PIN pad',
      'applications',
      { [ttq]: '32204080' },
      /expected byte 2 bit 6 zero \(offline PIN on contact\)/,
    ],
    ['what each transaction decides', 'applications', { [ttq]: '32804080' }, /expected byte 2 bits 8 and 7 zero/],
    ['no EMV mode', 'applications', { [ttq]: '12004080' }, /expected byte 1 bit 6 one/],
    ['magnetic-stripe mode', 'applications', { [ttq]: 'B2004080' }, /expected byte 1 bit 8 zero/],
    [
      'online PIN to kernel 2',
      'applications',
      { [`${mastercard}.contactless.kernel2.cvmCapabilityRequired`]: '60' },
      /kernel2\.cvmCapabilityRequired: found "60"; expected bit 7 zero/,
    ],
    [
      'a signature nobody takes',
      'terminal',
      { terminalCapabilities: '20D8C8' },
      /contactless\.terminalTransactionQualifiers: found "32004080"; expected byte 1 bit 2 zero \(signature\)/,
    ],
    [
      'an origin of nothing',
      'applications',
      { [`${first}.origins.0.keys.1`]: 'contact.colour' },
      /applications\.0\.origins\.0\.keys\.1: found "contact\.colour"; expected the dotted path/,
    ],
    [
      'a key changed by one digit',
      'ca-keys',
      { 'keys.0.index': '08' },
      /ca-keys\.json\n {2}keys\.0\.sha1: found "[0-9A-F]{40}"; expected [0-9A-F]{40}, the checksum/,
    ],
    [
      'the same key twice',
      'ca-keys',
      { 'keys.4': (builtIn('ca-keys')['keys'] as Node[])[0] },
      /keys\.4\.index: found "09"; expected each RID and index once; keys\.0/,
    ],
    ['no date', 'ca-keys', { 'keys.0.expires': '31.12.2033' }, /keys\.0\.expires: found "31.12.2033"; expected a date/],
    ['another exponent', 'ca-keys', { 'keys.0.exponent': '02' }, /keys\.0\.exponent: found "02"; expected one of "03"/],
    [
      'revoked twice',
      'revoked-certificates',
      { certificates: [revoked, revoked] },
      /certificates\.1: found .*; expected each certificate once; certificates\.0/,
    ],
  ])('%s', (_, name, changes, expected) => {
    if (name === 'applications') replace('terminal', { terminalCapabilities: '2028C8' });
    replace(name, changes);
    expect(problems()).toMatch(expected);
  });

  it('all that is wrong in all files is told at once', () => {
    replace('terminal', { countryCode: 704 });
    replace('applications', { 'applications.0.contact.floorLimit': -1 });
    replace('ca-keys', { 'keys.1.sha1': undefined });
    expect(problems()).toMatch(/terminal\.json[^]*applications\.json[^]*ca-keys\.json/);
  });
});

/** Capabilities, qualifiers and kernel 2's methods of files that claim PIN everywhere. */
function claimsWith(options: Parameters<typeof loadEmvData>[0]): (string | undefined)[] {
  replace('applications', {
    'applications.1.contactless.terminalTransactionQualifiers': '36204080',
    'applications.3.contactless.kernel2.cvmCapabilityRequired': '60',
  });
  const { emv } = loaded({ folder: own, ...options });
  const [, visa, , mastercard] = emv.applications;
  return [
    emv.terminalCapabilities,
    visa?.contactless?.terminalTransactionQualifiers,
    mastercard?.contactless?.kernel2?.cvmCapabilityRequired,
  ];
}

describe('PIN claims', () => {
  it('are withheld where there is no PIN pad, or no acquirer for an online PIN', () => {
    expect(claimsWith({})).toEqual(['20F8C8', '36204080', '60']);
    expect(claimsWith({ withoutPinPad: true })).toEqual(['2028C8', '32004080', '20']);
    expect(claimsWith({ withoutOnlinePin: true })).toEqual(['20B8C8', '32204080', '20']);
  });

  it('are those of the devices and the acquirer that the configuration names', () => {
    const host = { clock: systemClock, random: systemRandom, log: { write: () => {} } };
    const config = embedded();
    const file = path.join(own, 'cham.json');
    const capabilities = (): string => {
      writeFileSync(file, JSON.stringify(config));
      const checked = checkConfig(file, host);
      if (!checked.ok) throw new Error(checked.fault);
      return checked.value.emv.emv.terminalCapabilities;
    };
    expect(capabilities()).toBe('20F8C8');
    set(config, 'devices.pinPad', undefined);
    expect(capabilities()).toBe('2028C8');
  });
});

describe('CA keys', () => {
  const training = { rid: 'A000000003', index: '09', modulus: 'AB'.repeat(128), exponent: '03' };

  it('of the training cards are added, and stand in for a configured one of their index', () => {
    const { emv } = loaded({ trainingKeys: [training, { ...training, rid: 'A000000727' }] });
    expect(emv.caPublicKeys.filter(({ rid, index }) => rid === 'A000000003' && index === '09')).toEqual([training]);
    expect(emv.caPublicKeys).toHaveLength(5);
  });

  it('are not added with a real acquirer', () => {
    const host = { clock: systemClock, random: systemRandom, log: { write: () => {} } };
    const config = embedded();
    const file = path.join(own, 'cham.json');
    const keysWith = (): number => {
      writeFileSync(file, JSON.stringify(config));
      const checked = checkConfig(file, host, [{ ...training, index: 'F0' }]);
      if (!checked.ok) throw new Error(checked.fault);
      return checked.value.emv.emv.caPublicKeys.length;
    };
    expect(keysWith()).toBe(5);
    set(config, 'acquirer', { kind: 'host', host: '127.0.0.1', port: 5000 });
    writeFileSync(path.join(own, 'secret'), 'a secret of sixteen characters', { mode: 0o600 });
    const provider = { kind: 'provider', apiBase: 'http://127.0.0.1:1', secretFile: 'secret', noticePort: 0 };
    set(config, 'qr', { ...(config['qr'] as Node), ...provider });
    expect(keysWith()).toBe(4);
  });

  it('an expired one does not stop the terminal; it keeps its date, for the kernel and cham doctor to see', () => {
    replace('ca-keys', { 'keys.0.expires': '2020-12-31' });
    const data = loaded();
    expect(data.emv.caPublicKeys[0]?.expires).toBe('2020-12-31');
    expect(data.caKeys[0]).toMatchObject({ scheme: 'Visa', bits: 1984, expires: '2020-12-31' });
  });
});
