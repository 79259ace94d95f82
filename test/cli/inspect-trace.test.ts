/** `cham inspect trace` as a person and as a program use it: a real process, its output and exit codes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const pan = '9704000000000018';
const cham = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-trace-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function inspect(args: readonly string[], input = ''): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [cham, 'inspect', 'trace', ...args], {
    input,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

function file(name: string, ...lines: readonly string[]): string {
  const written = path.join(folder, name);
  writeFileSync(written, lines.join('\n'));
  return written;
}

/** Selection, a cryptogram in GET PROCESSING OPTIONS, a record with a PAN, a card that is gone. */
const sale = [
  '# interface: contactless',
  '=> 00A4040007A000000003101000',
  '<= 6F1D8407A0000000031010A512500456495341 9F38099F66049F02069F3704 9000',
  '# 11.0 ms',
  '=> 80A8000010830E32004080000000045000DEADBEEF00',
  '<= 77149F2701809F260811223344556677889F36020001 9000',
  '# 31.5 ms',
  '=> 00B2010C00',
  `<= 700A5A08${pan}9000`,
  '# => 00B2020C00 (the card was removed)',
];

describe('inspect trace', () => {
  it('prints the document that --help promises', () => {
    const done = inspect([file('sale.trace', ...sale), '--json']);
    expect([done.err, done.code]).toEqual(['', 0]);
    const document = JSON.parse(done.out) as { steps: { step: string; sw: string; asked: unknown; says: string[] }[] };
    expect(document).toMatchObject({
      remarks: [{ key: 'interface', value: 'contactless' }],
      application: 'A0000000031010',
      label: 'VISA',
      decision: 'ARQC',
      elapsedMs: 42.5,
    });
    expect(document.steps.map(({ step, sw }) => [step, sw])).toEqual([
      ['selection', '9000'],
      ['processingOptions', '9000'],
      ['readRecord', '9000'],
      ['readRecord', null],
    ]);
    expect(document.steps[1]).toMatchObject({
      title: 'GET PROCESSING OPTIONS: the transaction begins',
      line: 5,
      exchanges: [{ line: 5, command: '80A8000010830E32004080000000045000DEADBEEF00', elapsedMs: 31.5 }],
      status: 'success',
      asked: [
        { tag: '9F66', value: '32004080', explain: expect.arrayContaining([expect.stringContaining('EMV')]) },
        { tag: '9F02', value: '000000045000', explain: ['45000'] },
        { tag: '9F37', value: 'DEADBEEF' },
      ],
      answered: [{ tag: '77', children: [{ tag: '9F27', value: '80' }, { tag: '9F26' }, { tag: '9F36' }] }],
      says: expect.arrayContaining(['The card decided at once: ARQC (ask the issuer online).']),
    });
    expect(document.steps[3]).toMatchObject({ exchanges: [{ response: null }], status: 'the card was removed' });
    const keys = ['remarks', 'application', 'label', 'decision', 'elapsedMs', 'steps'];
    expect(Object.keys(document).sort()).toEqual(keys.sort());
    for (const step of document.steps) {
      expect(Object.keys(step).sort()).toEqual(
        ['step', 'title', 'line', 'exchanges', 'sw', 'status', 'asked', 'answered', 'says'].sort(),
      );
    }
  });

  it('tells a person the story, with card data masked unless asked', () => {
    const trace = file('clear.trace', `# note: card ${pan}`, ...sale);
    const done = inspect([trace]);
    expect(done.code).toBe(0);
    expect(done.out).toContain(
      'application A0000000031010 "VISA" · last decision of the card: ARQC · 4 steps · 42.5 ms',
    );
    expect(done.out).toContain('2. GET PROCESSING OPTIONS: the transaction begins\n    9000 success, 31.5 ms');
    expect(done.out).toContain('    * The card decided at once: ARQC (ask the issuer online).');
    expect(done.out).not.toContain(pan);
    expect(inspect([trace, '--clear']).out).toContain(pan);
  });

  it('reads standard input, and logs of other programs', () => {
    const done = inspect(['-', '--json'], 'C-APDU: 00b2010c00\nR-APDU: 6a83\n');
    expect(JSON.parse(done.out)).toMatchObject({ steps: [{ step: 'readRecord', status: 'no such record' }] });
  });

  it('what cannot be read: exit 2 with line and reason', () => {
    const broken = file('broken.trace', '=> 00B2010C00', 'nonsense');
    const done = inspect([broken, '--json']);
    expect(done.code).toBe(2);
    expect(JSON.parse(done.out)).toEqual({
      error: { line: 2, reason: 'expected "=> hex" (command) or "<= hex" (answer)' },
    });
    expect(done.err).toContain('broken.trace, line 2: expected');
    expect(inspect([file('empty.trace')])).toMatchObject({ code: 2, out: '' });
    expect(inspect([path.join(folder, 'none.trace')]).err).toContain('no such file');
    expect(inspect([folder]).code).toBe(2);
    expect(inspect([]).err).toContain('found 0 files; expected one');
    expect(inspect(['a', 'b']).code).toBe(2);
    expect(inspect(['--batch', 'a']).code).toBe(2);
  });

  it('a batch answers each line by one line, and goes on after a bad one', () => {
    const good = file('good.trace', ...sale);
    const done = inspect(['--batch'], `${good}\n${path.join(folder, 'none')}\n\n  ${good}\n`);
    const documents = done.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(documents.map((one) => ('error' in one ? one['error'] : one['decision']))).toEqual([
      'ARQC',
      { line: 0, reason: 'no such file' },
      { line: 0, reason: 'no file name' },
      'ARQC',
    ]);
    expect(done.code).toBe(0);
  });
});
