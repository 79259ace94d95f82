/** The dialects that ship are usable, every one; a mistyped one says which key and what was expected. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resolveDialect } from '../../core/iso8583/dialect.ts';
import { loadDialects } from './dialect-schema.ts';

describe('loadDialects', () => {
  it('every dialect that ships resolves', () => {
    const loaded = loadDialects();
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.fault));
    const names = loaded.value.map(({ id }) => id);
    expect(names).toEqual(expect.arrayContaining(['iso87-ascii', 'iso2003-binary', 'cmf', 'base24']));
    for (const name of names) expect(resolveDialect(loaded.value, name), name).toMatchObject({ ok: true });
  });

  it('the example of a child: TPDU, packed digits of its parent, two implied decimals', () => {
    const loaded = loadDialects();
    const dialect = loaded.ok ? resolveDialect(loaded.value, 'training-tpdu-bcd') : loaded;
    if (!dialect.ok) throw new Error('not resolved');
    expect(dialect.value.frame.size).toBe(7);
    expect(dialect.value.exponents.get('VND')).toBe(2);
    expect(dialect.value.mti.size(4)).toBe(2);
  });

  it('tells every key that is wrong', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cham-dialects-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'odd.json');
    writeFileSync(file, JSON.stringify({ id: 'odd', elements: { 1: {}, 41: { format: 'x 8' } }, colour: 'red' }));
    const loaded = loadDialects(folder);
    expect(loaded.ok).toBe(false);
    const keys = loaded.ok ? [] : loaded.fault.problems.map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining(['elements.1', 'elements.41.format', 'colour']));
  });
});
