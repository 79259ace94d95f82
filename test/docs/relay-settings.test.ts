/** docs/relay.md names every key of the relay's configuration, and no other, with the default that the schema has. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { expect, it } from 'vitest';
import { relaySettingsSchema } from '../../src/relay/settings.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly default?: unknown;
}

/** Key and default, as the table writes them. A rate is one value. */
function keysOf(schema: Schema, prefix = ''): readonly (readonly [string, string])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const key = prefix + name;
    const isValue = value.properties === undefined || 'perSecond' in value.properties;
    if (!isValue) return keysOf(value, `${key}.`);
    return [[key, value.default === undefined ? '' : `\`${JSON.stringify(value.default)}\``] as const];
  });
}

it('docs/relay.md', () => {
  const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/relay.md'), 'utf8');
  const section = /## Its configuration\n([^]*?)\n## /.exec(text)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| `([\w.]+)` \| (.*?) ?\| /gm)].map(([, key, value]) => [key, value]);
  const schema = z.toJSONSchema(relaySettingsSchema, { io: 'input' }) as Schema;
  expect(rows.length).toBeGreaterThan(15);
  expect(rows).toEqual(keysOf(schema));
});
