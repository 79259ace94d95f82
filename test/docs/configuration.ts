/**
 * docs/configuration.md out of the schema: every key with its type, range and default as the terminal checks them, and
 * what it means (configuration-meanings.ts). configuration.test.ts holds the file against it.
 */
import * as z from 'zod';
import { configSchema } from '../../src/main/config/schema.ts';
import { meanings, sections } from './configuration-meanings.ts';

type Schema = z.core.JSONSchema.BaseSchema;

interface Key {
  readonly path: string;
  readonly required: boolean;
  readonly schema: Schema;
  /** Of a key that not every `kind` of its object has: those that do. */
  readonly kinds: readonly string[];
  readonly by: 'kind' | 'name';
}

/** All keys, once each, in the order of the schema. */
export function configurationKeys(): readonly Key[] {
  const found = new Map<string, Key>();
  collect(z.toJSONSchema(configSchema, { io: 'input' }), '', found);
  return [...found.values()];
}

function collect(schema: Schema, path: string, into: Map<string, Key>): void {
  const variants = schema.oneOf ?? [schema];
  for (const variant of variants) {
    if (typeof variant.items === 'object' && !Array.isArray(variant.items)) collect(variant.items, `${path}[]`, into);
    for (const [key, value] of Object.entries(variant.properties ?? {})) {
      if (typeof value !== 'object') continue;
      const same = variants.filter(({ properties }) => properties?.[key] !== undefined);
      // The three devices have the same keys.
      const here = (path === '' ? key : `${path}.${key}`).replace(/^devices\.\w+\./, 'devices.<role>.');
      if (into.has(here)) continue;
      const kinds = same.length === variants.length ? [] : same.map(kindOf);
      const required = variant.required?.includes(key) ?? false;
      into.set(here, {
        path: here,
        required,
        kinds,
        by: discriminator(variant),
        schema: oneOf(
          same.map((each) => each.properties?.[key]),
          value,
        ),
      });
      collect(value, here, into);
    }
  }
}

/** What every `kind` says of a key: their constants together, or no more than the type when they differ otherwise. */
function oneOf(schemas: readonly (Schema | boolean | undefined)[], first: Schema): Schema {
  const choices = schemas.flatMap((each) => (typeof each === 'object' ? (each.const ?? []) : []));
  if (choices.length > 1) return { enum: choices };
  const differ = new Set(schemas.map((each) => JSON.stringify(each))).size > 1;
  return differ && first.type !== undefined ? { type: first.type } : first;
}

/** By which key variants of an object differ. */
function discriminator({ properties }: Schema): 'kind' | 'name' {
  return properties?.['kind'] === undefined ? 'name' : 'kind';
}

function kindOf(schema: Schema): string {
  const kind = schema.properties?.[discriminator(schema)];
  return `\`${JSON.stringify(typeof kind === 'object' ? kind.const : undefined)}\``;
}

function typeText({ schema }: Key): string {
  const { type, enum: choices, const: only, minimum, maximum, minLength, maxLength, pattern, maxItems } = schema;
  if (choices !== undefined || only !== undefined) {
    return (choices ?? [only]).map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  }
  const [variant] = schema.oneOf ?? [];
  if (variant !== undefined) return `object, by its \`${discriminator(variant)}\``;
  // A range that only a refinement knows stands in the meaning.
  if (type === 'integer') return minimum === Number.MIN_SAFE_INTEGER ? 'integer' : `integer, ${minimum} to ${maximum}`;
  if (type === 'array') return `list of up to ${maxItems}`;
  if (type !== 'string') return String(type);
  if (pattern !== undefined) return `text, \`${pattern}\``;
  return maxLength === undefined ? 'text' : `text, ${minLength} to ${maxLength} characters`;
}

function defaultText({ schema, required }: Key): string {
  if (schema.default !== undefined) return `\`${JSON.stringify(schema.default)}\``;
  return required ? 'required' : 'left out';
}

function row(key: Key): string {
  const { path, kinds } = key;
  const where = kinds.length === 0 ? '' : ` Only with \`${key.by}\` ${kinds.join(' or ')}.`;
  const cells = [`\`${path}\``, typeText(key), defaultText(key), `${meanings[path] ?? ''}${where}`];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

export function configurationReference(): string {
  const keys = configurationKeys();
  const lines = [
    '# Configuration',
    '',
    'One JSON file, given with `--config`; without it the embedded one (`config/embedded.json`: simulated devices,',
    'training acquirer and bank). A key that is not listed here is refused, and so is a value out of its range: the',
    'terminal then does not start and says everything that is wrong. Times are in milliseconds, amounts in minor units of',
    'the currency (of VND, đồng). Paths of files start at the configuration file. `cham doctor --config FILE` checks one.',
    '',
    '*Made from `src/main/config/schema.ts`; after a change there: `npx vitest run test/docs -u`.*',
  ];
  for (const [section, about] of Object.entries(sections)) {
    const of = keys.filter(({ path }) => path.startsWith(`${section}.`) || path.startsWith(`${section}[`));
    lines.push('', `## \`${section}\``, '', about, '', '| key | value | default | meaning |', '|---|---|---|---|');
    lines.push(...of.map(row));
  }
  return `${lines.join('\n')}\n`;
}
