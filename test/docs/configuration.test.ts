/** docs/configuration.md is what the schema says: no key is missing, none is left over, and no range has drifted. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { configurationKeys, configurationReference } from './configuration.ts';
import { meanings, sections } from './configuration-meanings.ts';

describe('docs/configuration.md', () => {
  it('has a meaning for every key of the schema, and none for others', () => {
    const keys = configurationKeys().map((key) => key.path);
    const sectionKeys = keys.filter((key) => !/[.[]/.test(key));
    expect(Object.keys(sections)).toEqual(sectionKeys);
    expect(Object.keys(meanings).sort()).toEqual(keys.filter((key) => /[.[]/.test(key)).sort());
  });

  it('is what the schema makes of it (after a change: npx vitest run test/docs -u)', async () => {
    const file = path.resolve(import.meta.dirname, '../../docs/configuration.md');
    await expect(configurationReference()).toMatchFileSnapshot(file);
  });
});
