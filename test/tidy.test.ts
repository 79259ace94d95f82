/**
 * House rules that no linter knows: length, header comment, no card numbers but the declared test cards, spec
 * tables that cite their section, no private names of machines.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { luhnValid } from '../src/core/base/pan.ts';

const root = path.resolve(import.meta.dirname, '..');

const files = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .stdout.split('\n')
  .filter((file) => file !== '' && existsSync(path.join(root, file)));
const text = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const sources = files.filter((file) => /\.(?:ts|tsx|mjs|css|sql)$/.test(file));
const readable = files.filter(
  (file) => /\.(?:ts|tsx|mjs|css|sql|json|md|html|yml|txt)$/.test(file) && file !== 'package-lock.json',
);

/** The one place where test card numbers are declared. */
const declaredPans = new Set(
  [...text('config/simulated/cards.json').matchAll(/"pan":\s*"(\d{13,19})"/g)].map((match) => match[1] ?? ''),
);

/**
 * Numbers with 13 to 19 digits that pass the Luhn test without being card numbers, each with what it is. Bank
 * accounts, amounts and time stamps are only listed here when a test needs exactly that value.
 */
const notCards: Readonly<Record<string, string>> = {};

describe('tidy', () => {
  it('sees the project', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(declaredPans.size).toBeGreaterThan(0);
  });

  it.each(sources)('%s: short, and says first what it is for', (file) => {
    const lines = text(file).split('\n');
    const limit = file.endsWith('.test.ts') ? 700 : 400;
    expect(lines.length, 'lines').toBeLessThanOrEqual(limit);
    expect(text(file).replace(/^#!.*\n/, ''), 'header comment').toMatch(file.endsWith('.sql') ? /^--/ : /^\/\*/);
  });

  it.each(readable)('%s: no card number but declared test cards', (file) => {
    const found = [...text(file).matchAll(/(?<![0-9A-Fa-f])\d(?:[ -]?\d){12,18}(?![0-9A-Fa-f])/g)]
      .map((match) => match[0].replaceAll(/[ -]/g, ''))
      .filter((digits) => luhnValid(digits) && !declaredPans.has(digits) && !Object.hasOwn(notCards, digits));
    // Numbers that start like a card (ISO/IEC 7812-1 major industry identifiers 3 to 6, and 9 for national use).
    expect(found.filter((digits) => /^[34569]/.test(digits))).toEqual([]);
  });

  /** Files whose content is a specification's table in our words. */
  const tables = sources.filter((file) =>
    /^(?:src\/core|drivers)\/.*\/(?:tags|elements-\d+|objects|apdu|crc16|terminal-data|command-table|commands|status|pcsc-codes)\.ts$/.test(
      file,
    ),
  );
  it.each(tables)('%s: a spec table that cites its section', (file) => {
    expect(text(file)).toMatch(/§ ?\d|Annex|Book [1-4A-C]|DE \d|ESC\/POS|DLE EOT|PC\/SC/);
  });

  it('knows the spec tables', () => {
    expect(tables.length).toBeGreaterThanOrEqual(8);
  });

  it('nothing is left for later, and nothing speaks of the machine it was made on', () => {
    const marks = /\b(?:TODO|FIXME|HACK)\b|\/(?:work|home|root)\/[a-z]/;
    const found = readable.filter((file) => file !== 'test/tidy.test.ts' && marks.test(text(file)));
    expect(found).toEqual([]);
  });
});
