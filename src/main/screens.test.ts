/** Which files a page may ask for, and which addresses count as one origin. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { originOf } from './electron/names.ts';
import { contentSecurityPolicy, readScreen } from './screens.ts';

let folder = '';

beforeAll(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'cham-screens-')), 'ui');
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'demo.html'), '<p>demo</p>');
  writeFileSync(path.join(folder, 'assets/demo-BxY_1.js'), '1;');
  writeFileSync(path.join(folder, '.cham-built'), 'stamp');
  writeFileSync(path.join(folder, '../outside.js'), 'secret');
});

afterAll(() => rmSync(path.dirname(folder), { recursive: true }));

describe('readScreen', () => {
  it('reads plain names with their type', async () => {
    const page = await readScreen(folder, '/demo.html');
    expect(page?.type).toBe('text/html; charset=utf-8');
    expect(Buffer.from(page?.body ?? []).toString()).toBe('<p>demo</p>');
    expect((await readScreen(folder, '/assets/demo-BxY_1.js'))?.type).toBe('text/javascript; charset=utf-8');
  });

  it.each([
    '/missing.html',
    '/',
    '/.cham-built',
    '/assets',
    '/../outside.js',
    '/assets/../../outside.js',
    '/..%2foutside.js',
    '//etc/hosts.js',
    '/demo.html\0.js',
    '/a/b/c.js',
  ])('finds nothing at %j', async (pathname) => {
    expect(await readScreen(folder, pathname)).toBeUndefined();
  });
});

describe('contentSecurityPolicy', () => {
  it('allows connections only to what is named', () => {
    expect(contentSecurityPolicy([])).toContain("connect-src 'none';");
    expect(contentSecurityPolicy(["'self'", 'ws://127.0.0.1:1'])).toContain("connect-src 'self' ws://127.0.0.1:1;");
  });

  it.each(['unsafe-inline', 'unsafe-eval', '*', 'blob:'])('never says %s', (word) => {
    expect(contentSecurityPolicy([])).not.toContain(word);
  });
});

describe('originOf', () => {
  it.each([
    ['cham://app/demo.html#x', 'cham://app'],
    ['cham://app.example.test/', 'cham://app.example.test'],
    ['cham://user@app:1/', 'cham://app:1'],
    ['http://127.0.0.1:80/', 'http://127.0.0.1'],
    ['http://127.0.0.1:8443/demo.html#token=00', 'http://127.0.0.1:8443'],
    ['about:blank', 'about://'],
    ['javascript:alert(1)', 'javascript://'],
    ['not an address', undefined],
  ])('%s', (url, origin) => {
    expect(originOf(url)).toBe(origin);
  });
});
