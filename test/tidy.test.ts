/**
 * House rules that no linter knows: length, header comment, no card numbers but the declared test cards, spec
 * tables that cite their section, no private names of machines.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { luhnValid } from '../src/core/base/pan.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Everything git knows, or, in a copy without git, everything there but what is built or installed. */
function listFiles(): readonly string[] {
  const listed = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  if (listed.error === undefined && listed.status === 0 && listed.stdout !== '') return listed.stdout.split('\n');
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => !/^(?:node_modules|dist|out|\.git)(?:\/|$)/.test(file) && statSync(path.join(root, file)).isFile(),
  );
}

const files = listFiles().filter((file) => file !== '' && existsSync(path.join(root, file)));
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

/**
 * Undeclared numbers that could be cards: 13 to 19 digits, Luhn-valid, beginning as cards do (ISO/IEC 7812-1: major
 * industries 3 to 6, Mastercard's 2221 to 2720, and 9 for national use); alone, in track 2 form, or as tag 57 or 5A.
 */
function cardNumbers(content: string): readonly string[] {
  const alone = /(?<![0-9A-Fa-f])\d(?:[ -]?\d){12,18}(?![0-9A-Fa-f])/g;
  const track = /(?<!\d)(\d{13,19})[D=]\d{4}/g;
  const tagged = /(?:57[01][0-9A-F]|5A0[7-9A])(\d{13,19})/g;
  const digits = [...content.matchAll(alone)].map((match) => match[0].replaceAll(/[ -]/g, ''));
  for (const form of [track, tagged]) digits.push(...[...content.matchAll(form)].map((match) => match[1] ?? ''));
  const found = digits.filter(
    (number) =>
      /^(?:[34569]|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$)/.test(number) &&
      luhnValid(number) &&
      ![...declaredPans].some((declared) => number.endsWith(declared)) &&
      !Object.hasOwn(notCards, number),
  );
  return [...new Set(found)];
}

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
    expect(cardNumbers(text(file))).toEqual([]);
  });

  it('sees a card number in each form in which it could lie about', () => {
    // Made here, so that the number itself stands nowhere.
    const pan = ['4532', '0151', '1283', '0366'].join('');
    for (const form of [
      pan,
      `;${pan}=2512`,
      `${pan}D2512201`,
      `5713${pan}D2512`,
      `5A08${pan}`,
      pan.replaceAll(/(....)(?=.)/g, '$1 '),
    ]) {
      expect(cardNumbers(`x ${form} y`)).toEqual([pan]);
    }
    for (const declared of declaredPans) expect(cardNumbers(`5A08${declared}`)).toEqual([]);
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
