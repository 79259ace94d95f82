/** What a person reads when the acquirer section names something that cannot be used; and what the link gets. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { iso87Ascii, resolveDialect, type Dialect } from '../../core/iso8583/dialect.ts';
import { standardDialects } from '../../core/iso8583/standard-dialects.ts';
import { acquirerSchema } from './acquirer-schema.ts';
import { hostLink } from './host-link.ts';

const keyHex = '0123456789ABCDEFFEDCBA9876543210';
const address = { kind: 'host', host: 'acquirer.example', port: 5000 } as const;
const session = { algorithm: 'x9.19', keys: { kind: 'session', keyFile: 'good.key' } } as const;
const present = spawnSync('openssl', ['version']).status === 0;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-host-link-'));
  write('good.key', `${keyHex} 08D7B4\n`);
  write('open.key', keyHex, 0o644);
  write('wrong.key', `${keyHex} 08D7B5\n`);
  write('text.pem', 'not a certificate');
  for (const name of present ? ['one', 'two'] : []) {
    const subject = ['-subj', `/CN=${name}`, '-keyout', `${name}.key.pem`, '-out', `${name}.pem`];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    spawnSync('openssl', ['req', '-x509', ...curve, ...subject], { cwd: folder });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string, mode = 0o600): void {
  writeFileSync(path.join(folder, name), text, { mode });
}

function linkOf(settings: object, dialect: Dialect = iso87Ascii): ReturnType<typeof hostLink> {
  const acquirer = acquirerSchema.parse({ ...address, ...settings });
  return hostLink(acquirer, path.join(folder, 'config.json'), dialect);
}

/** As `key: found; expected`. */
function problems(settings: object, dialect?: Dialect): readonly string[] {
  const link = linkOf(settings, dialect);
  return link.ok ? [] : link.fault.map(({ key, found, expected }) => `${key}: ${found}; ${expected}`);
}

function shapeTrouble(settings: object): string {
  const parsed = acquirerSchema.safeParse({ ...address, ...settings });
  return parsed.success
    ? ''
    : parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('\n');
}

function without(...elements: readonly number[]): Dialect {
  const gone = Object.fromEntries(elements.map((element) => [element, null]));
  const dialect = resolveDialect(
    [...standardDialects, { id: 'small', parent: 'iso87-ascii', elements: gone }],
    'small',
  );
  if (!dialect.ok) throw new Error(dialect.fault.detail);
  return dialect.value;
}

const dukpt = (kind: string, ksn: string, algorithm = 'x9.19') => ({
  mac: { algorithm, keys: { kind, keyFile: 'good.key', ksn } },
});

describe('the acquirer section', () => {
  it('training needs nothing', () => {
    expect(hostLink({ kind: 'training', dialect: 'iso87-ascii' }, 'config.json', iso87Ascii)).toEqual({
      ok: true,
      value: undefined,
    });
  });

  it('a host alone: eight requests at once, no TLS, no MAC', () => {
    expect(linkOf({})).toEqual({
      ok: true,
      value: { link: { addresses: [{ host: 'acquirer.example', port: 5000 }], window: 8 }, mac: undefined },
    });
  });

  it('everything, with paths from the configuration file', () => {
    const marker = { element: 61, value: 'DEFERRED' };
    const secondary = [{ host: '192.0.2.7', port: 5001 }];
    expect(linkOf({ secondary, window: 2, deferredMarker: marker, mac: session })).toEqual({
      ok: true,
      value: {
        link: {
          addresses: [{ host: 'acquirer.example', port: 5000 }, ...secondary],
          window: 2,
          deferredMarker: marker,
        },
        mac: { algorithm: 'x9.19', keys: { kind: 'session', keyFile: path.join(folder, 'good.key') } },
        macKeyCheckValue: '08D7B4',
      },
    });
  });

  it('what is not in form is refused', () => {
    expect(shapeTrouble(dukpt('dukpt-tdes', 'FFFF9876543210E00000'))).toBe('');
    expect(shapeTrouble(dukpt('dukpt-aes', '123456789012345600000000', 'aes-cmac'))).toBe('');
    expect(shapeTrouble(dukpt('dukpt-tdes', 'FFFF9876543210E00000', 'aes-cmac'))).toMatch(
      /mac\.algorithm: .*no AES keys/,
    );
    expect(shapeTrouble(dukpt('dukpt-tdes', 'FFFF98765432'))).toMatch(/mac\.keys\.ksn: 20 hexadecimal digits/);
    expect(shapeTrouble(dukpt('magic', 'FFFF9876543210E00000'))).toMatch(/mac\.keys/);
    expect(shapeTrouble({ tls: { caFile: 'ca.pem', certFile: 'one.pem' } })).toMatch(
      /tls: certFile and keyFile together/,
    );
    expect(shapeTrouble({ tls: { caFile: 'ca.pem', minVersion: 'TLSv1.1' } })).toMatch(/tls\.minVersion/);
    for (const serverName of ['10.0.0.1', '2001:db8::1']) {
      expect(shapeTrouble({ tls: { caFile: 'ca.pem', serverName } })).toMatch(
        /tls\.serverName: a host name, not an IP/,
      );
    }
    expect(shapeTrouble({ tls: { caFile: 'ca.pem', serverName: 'h.example' } })).toBe('');
    expect(shapeTrouble({ deferredMarker: { element: 60, value: 'x' } })).toMatch(/deferredMarker\.element: one of 44/);
    expect(shapeTrouble({ window: 0 })).toMatch(/window/);
    expect(shapeTrouble({ secondary: [{ host: 'a' }] })).toMatch(/secondary\.0\.port/);
  });
});

describe('keys', () => {
  it.each([
    ['good.key', undefined],
    ['open.key', /open\.key: others can read it; chmod 600/],
    ['wrong.key', /wrong\.key: the check value behind it is not that of the key/],
    ['none.key', /none\.key: ENOENT/],
  ])('%s', (keyFile, expected) => {
    const [problem, ...others] = problems({ mac: { ...session, keys: { kind: 'session', keyFile } } });
    expect(others).toEqual([]);
    if (expected === undefined) expect(problem).toBeUndefined();
    else expect(problem).toMatch(expected);
    expect(problem ?? '').not.toContain(keyHex.slice(0, 8));
  });

  it('the dialect must have room for MAC, key block and key serial number', () => {
    const dukpt = {
      algorithm: 'x9.19',
      keys: { kind: 'dukpt-tdes', keyFile: 'good.key', ksn: 'FFFF9876543210E00000' },
    };
    expect(problems({ mac: session }, without(63))).toEqual([]);
    expect(problems({ mac: dukpt }, without(62))).toEqual([]);
    expect(problems({ mac: session }, without(62))).toEqual([
      'acquirer.mac: small; a dialect with room for it in DE 62',
    ]);
    expect(problems({ mac: dukpt }, without(63))).toEqual(['acquirer.mac: small; a dialect with room for it in DE 63']);
    expect(problems({ mac: session }, without(128))).toEqual([
      'acquirer.mac: small; a dialect with room for it in DE 64 and 128',
    ]);
    expect(problems({ deferredMarker: { element: 44, value: 'x'.repeat(30) } })).toEqual([
      `acquirer.deferredMarker: "${'x'.repeat(30)}"; a text that DE 44 of iso87-ascii can take`,
    ]);
  });
});

describe.runIf(present)('certificates', () => {
  it('are read', () => {
    const link = linkOf({
      tls: { caFile: 'one.pem', certFile: 'two.pem', keyFile: 'two.key.pem', serverName: 'h.example' },
    });
    expect(link.ok && link.value?.link.tls).toMatchObject({ minVersion: 'TLSv1.2', serverName: 'h.example' });
    expect(link.ok && Object.keys(link.value?.link.tls ?? {}).sort()).toEqual([
      'ca',
      'cert',
      'key',
      'minVersion',
      'serverName',
    ]);
  });

  it('of a bundle are all looked at', () => {
    const [one, two] = ['one.pem', 'two.pem'].map((name) => readFileSync(path.join(folder, name), 'utf8'));
    const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    write('bundle.pem', `of the acquirer\n${one}\nand the other\n${two}`);
    write('damaged.pem', `${one}${damaged}${two}`);
    write('cut.pem', `${one}${two?.slice(0, 200)}`);
    expect(problems({ tls: { caFile: 'bundle.pem' } })).toEqual([]);
    const both = problems({ tls: { caFile: 'damaged.pem', certFile: 'damaged.pem', keyFile: 'one.key.pem' } });
    expect(both[0]).toMatch(/^acquirer\.tls\.caFile: .*damaged\.pem: certificate 2 of 3: .*; a certificate in PEM/);
    expect(both[1]).toMatch(/^acquirer\.tls\.certFile: .*damaged\.pem: certificate 2 of 3: /);
    expect(problems({ tls: { caFile: 'cut.pem' } })[0]).toMatch(/cut\.pem: certificate 2 of 2: /);
  });

  it('that cannot be used are all named at once', () => {
    const found = problems({
      tls: { caFile: 'text.pem', certFile: 'one.pem', keyFile: 'two.key.pem' },
      mac: { ...session, keys: { kind: 'session', keyFile: 'none.key' } },
    });
    expect(found).toHaveLength(3);
    expect(found[0]).toMatch(/^acquirer\.tls\.caFile: .*text\.pem: .*; a certificate in PEM/);
    expect(found[1]).toMatch(/^acquirer\.tls\.keyFile: .*two\.key\.pem: .*; the key of certFile/);
    expect(found[2]).toMatch(/^acquirer\.mac\.keys: /);
    expect(problems({ tls: { caFile: 'none.pem' } })[0]).toMatch(/none\.pem: ENOENT/);
  });
});
