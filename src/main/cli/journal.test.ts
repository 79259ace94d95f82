/** `cham journal` as a person types it: backup and export of a journal, and what wrong usage says. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalFiles } from '../../store/files.ts';
import { journalFindings } from './doctor-journal.ts';
import { mustAppend, mustOpen, sale } from '../../store/test-kit.ts';

const cham = path.join(import.meta.dirname, 'cham.ts');
const folder = mkdtempSync(path.join(tmpdir(), 'cham-journal-cli-'));
const data = path.join(folder, 'data');

beforeAll(() => {
  const journal = mustOpen(path.join(data, 'journal'));
  mustAppend(journal, sale(1));
  mustAppend(journal, sale(2));
  journal.close();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cham, 'journal', ...args, '--data', data], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: status, out: stdout, err: stderr };
}

describe('journal backup', () => {
  it('makes a folder that verifies, and says that the key is not in it', () => {
    const to = path.join(folder, 'backup');
    const { code, out } = run('backup', '--to', to);
    expect(code).toBe(0);
    expect(out).toMatch(/12 events, checked; head 12 [0-9a-f]{64}/);
    expect(out).toContain('terminal.key');
    expect(readdirSync(to).sort()).toEqual(['journal.anchor', 'journal.db', 'terminal.pub']);
    expect(run('verify', '--file', journalFiles(to).journal).code).toBe(0);
    expect(run('backup', '--to', to)).toMatchObject({ code: 2, err: expect.stringContaining('exists') });
    expect(JSON.parse(run('backup', '--to', `${to}-2`, '--json').out)).toMatchObject({
      events: 12,
      directory: `${to}-2`,
    });
  });

  it('works beside the terminal that has the journal open', () => {
    const journal = mustOpen(path.join(data, 'journal'));
    try {
      expect(run('backup', '--to', path.join(folder, 'beside')).code).toBe(0);
      expect(run('export', '--out', path.join(folder, 'beside.jsonl')).code).toBe(0);
      expect(run('verify').code).toBe(0);
    } finally {
      journal.close();
    }
  });
});

describe('journal export', () => {
  it('writes a file for its owner, with the verifier beside it, that verifies', () => {
    const place = path.join(folder, 'export');
    mkdirSync(place);
    const out = path.join(place, 'all.jsonl');
    expect(run('export', '--out', out, '--with-verifier')).toMatchObject({ code: 0, err: '' });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const verifier = path.join(place, 'verify-export.mjs');
    const publicKey = journalFiles(path.join(data, 'journal')).publicKey;
    const check = spawnSync(process.execPath, [verifier, out, publicKey], { encoding: 'utf8', timeout: 20_000 });
    expect(check).toMatchObject({ status: 0, stderr: '' });
    expect(check.stdout).toMatch(/12 rows.*\nverified: nothing was edited|verified: nothing was edited/s);
    // Again: never over a file, but the same verifier may be there.
    expect(run('export', '--out', out)).toMatchObject({ code: 2, err: expect.stringContaining('exists') });
    expect(run('export', '--out', `${out}-2`, '--with-verifier').code).toBe(0);
    writeFileSync(verifier, 'mine');
    expect(run('export', '--out', `${out}-3`, '--with-verifier').code).toBe(2);
    expect(existsSync(`${out}-3`)).toBe(false);
  });

  it('as CSV, from a row on', () => {
    const out = path.join(folder, 'some.csv');
    const { code, out: said } = run('export', '--out', out, '--format', 'csv', '--from', '7', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(said)).toMatchObject({ file: out, format: 'csv', rows: 6, head: { sequence: 12 } });
    expect(readFileSync(out, 'utf8').trimEnd().split('\r\n')).toHaveLength(7);
  });
});

describe('wrong usage', () => {
  it.each([
    [['backup'], /--to is missing/],
    [['export'], /--out is missing/],
    [['export', '--out', 'x', '--format', 'xml'], /found "xml"; expected "jsonl" or "csv"/],
    [['export', '--out', 'x', '--from', '0'], /--from: found "0"/],
    [[], /found nothing; expected "verify", "show", "backup" or "export"/],
  ])('%j', (args, message) => {
    expect(run(...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) });
  });

  it('an export that cannot be written leaves nothing', () => {
    const out = path.join(folder, 'no', 'such', 'folder.jsonl');
    expect(run('export', '--out', out)).toMatchObject({
      code: 1,
      err: expect.stringContaining('could not be written'),
    });
  });
});

describe('a mirror that the disk has spoiled', () => {
  it('is said by verify, and by doctor after a start has mended it', () => {
    const files = journalFiles(path.join(data, 'journal'));
    const bytes = readFileSync(files.mirror);
    writeFileSync(files.mirror, Buffer.from(bytes).fill(0, 0, 512));
    const { code, out } = run('verify');
    expect(code).toBe(1);
    expect(out).toMatch(/mirror .*journal\.mirror: whole up to row \d+ at its end/);
    expect(out).toMatch(/1 {2}mirrorDamaged: rows 1 to \d+ of .*journal\.mirror are damaged/);
    expect(journalFindings(data).find(({ check }) => check === 'journal')).toMatchObject({ status: 'failed' });
    const journal = mustOpen(path.join(data, 'journal'));
    expect(journal.healings).toMatchObject([{ what: 'mirror' }]);
    journal.close();
    expect(run('verify').code).toBe(0);
    const findings = journalFindings(data);
    expect(findings.find(({ check }) => check === 'journal')).toMatchObject({ status: 'ok' });
    expect(findings.find(({ check }) => check === 'healing')).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/mended 1 times, last at .*written again/),
      action: expect.stringMatching(/replace the disk/),
    });
  });
});
