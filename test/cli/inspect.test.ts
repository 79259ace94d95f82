/** `cham inspect iso8583` as a person and as a program use it: the real process, its output and exit codes. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const pan = '9704000000000018';
const cham = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');

function inspect(args: readonly string[], input = ''): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [cham, 'inspect', 'iso8583', ...args], {
    input,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** 0200 with DE 2, 3, 35 (21 positions, the last nibble a filler) and 52, packed. */
const bare = ['0200', '6000000020001000', '16', pan, '003000', '21', `${pan}D31120`, '0102030405060708'].join('');
const packed = ['--dialect', 'iso87-binary'];

describe('inspect iso8583', () => {
  it('prints every value exactly, binary in upper-case hexadecimal', () => {
    const done = inspect([bare.toLowerCase(), ...packed, '--json']);
    expect(done.err).toBe('');
    expect(JSON.parse(done.out)).toEqual({
      mti: '0200',
      fields: { '2': pan, '3': '003000', '35': `${pan}=3112`, '52': '0102030405060708' },
    });
    expect(done.code).toBe(0);
  });

  it('masks card data for a person, unless asked not to', () => {
    const masked = inspect([bare, ...packed]);
    expect(masked.out).toContain('970400******0018');
    expect(masked.out).toContain('003000');
    expect(masked.out).not.toContain(pan);
    expect(inspect([bare, ...packed, '--clear']).out).toContain(`${pan}=3112`);
  });

  it('shows the parts of composed elements, and takes off the header of the dialect', () => {
    const message = ['0200', '2000000000000000', '003000'].join('');
    const done = inspect([`00126000030000${message}`, '--framed', '--dialect', 'training-tpdu-bcd']);
    expect(done.out).toContain('3.2  30');
    expect(inspect([`00136000030000${message}`, '--framed', '--dialect', 'training-tpdu-bcd']).err).toContain(
      'the header announces 14 bytes, 13 follow',
    );
  });

  it('a message that cannot be read: exit 2 with element, offset and reason', () => {
    const cut = inspect([bare.slice(0, 40), ...packed, '--json']);
    expect(cut.code).toBe(2);
    expect(JSON.parse(cut.out)).toEqual({ error: { element: 3, offset: 19, reason: 'needs 3 bytes, 1 are left' } });
    expect(cut.err).toContain('DE 3 at byte 19: needs 3 bytes, 1 are left');
    expect(inspect(['02zz', ...packed]).err).toContain('DE 0 at byte 1: not a hexadecimal digit');
  });

  it('a batch answers each line by one line, and goes on after a bad one', () => {
    const done = inspect(['--batch', ...packed], `${bare}\nnonsense\n\n08000000000000000000\n`);
    expect(
      done.out
        .trim()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line) as object)),
    ).toEqual([['mti', 'fields'], ['error'], ['error'], ['mti', 'fields']]);
    expect(done.code).toBe(0);
  });

  it('names the dialects, and refuses others', () => {
    const names = JSON.parse(inspect(['--dialect', 'list', '--json']).out) as string[];
    expect(names).toEqual(
      expect.arrayContaining(['iso87-ascii', 'iso87-ascii-binary-bitmap', 'iso87-binary', 'iso93-ascii', 'base24']),
    );
    const none = inspect([bare, '--dialect', 'none']);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('expected one of iso87-ascii')]);
  });
});
