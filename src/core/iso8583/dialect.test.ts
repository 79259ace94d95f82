/** A dialect is its description on top of its ancestors', and a description that makes no sense says why. */
import { describe, expect, it } from 'vitest';
import type { DialectDescription } from './description.ts';
import { resolveDialect } from './dialect.ts';
import { standardDialects } from './standard-dialects.ts';

const parent: DialectDescription = {
  id: 'parent',
  parent: 'iso87-ascii',
  exponents: { VND: 2 },
  elements: { 41: { format: 'ans 16', name: 'Terminal' }, 60: { format: 'n 6' }, 61: null },
};
const child: DialectDescription = {
  id: 'child',
  parent: 'parent',
  lengths: 'bcd',
  frame: { length: 'bcd-2', tpdu: '6000010002' },
  elements: { 41: { encoding: 'ebcdic' }, 60: null },
};

function resolve(id: string, ...own: readonly DialectDescription[]): ReturnType<typeof resolveDialect> {
  return resolveDialect([...standardDialects, parent, child, ...own], id);
}

function reason(own: Partial<DialectDescription>): string {
  const dialect = resolve('own', { id: 'own', parent: 'iso87-ascii', ...own });
  return dialect.ok ? 'resolved' : dialect.fault.detail;
}

describe('resolveDialect', () => {
  it('takes over what it does not change, changes part of an element, and takes elements away', () => {
    const dialect = resolve('child');
    if (!dialect.ok) throw new Error(dialect.fault.detail);
    const { elements, exponents, frame } = dialect.value;
    expect(elements.get(41)).toMatchObject({ name: 'Terminal', positions: 16 });
    expect(elements.get(2)?.prefix?.size).toBe(1);
    expect([elements.has(60), elements.has(61), elements.has(62)]).toEqual([false, false, true]);
    expect(exponents.get('VND')).toBe(2);
    expect(frame.size).toBe(7);
  });

  it('starts afresh from the directory of another version', () => {
    const dialect = resolve('own', { id: 'own', parent: 'parent', version: '1993' });
    expect(dialect.ok && dialect.value.elements.get(41)?.positions).toBe(8);
    expect(dialect.ok && dialect.value.elements.get(12)?.positions).toBe(12);
  });

  it('says what is wrong', () => {
    expect(resolve('nobody').ok).toBe(false);
    expect(reason({ parent: 'own' })).toMatch(/own ancestor/);
    expect(reason({ parent: 'nobody' })).toMatch(/no dialect "nobody"/);
    expect(resolve('child', child).ok).toBe(false);
    expect(reason({ parent: undefined })).toMatch(/must be given/);
    expect(reason({ elements: { 60: { format: 'n' } } })).toMatch(/DE 60: "n" is not a format/);
    expect(reason({ elements: { 60: { format: 'ans..100' } } })).toMatch(/cannot be announced/);
    const composite = { kind: 'tlv', tagDigits: 2, lengthDigits: 2 } as const;
    expect(reason({ elements: { 35: { composite } } })).toMatch(/secret element has no parts/);
  });
});
