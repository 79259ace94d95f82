/** `cham inspect emv` as a person and as a program use it: a real process, its output and exit codes. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const pan = '9704000000000018';
const cham = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');

function inspect(args: readonly string[], input = ''): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, [cham, 'inspect', 'emv', ...args], {
    input,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** A record with track 2, PAN, a TVR, and a tag of a vendor that holds a PAN. */
const record = `7028 5711 ${pan}D31122010000000000 5A08 ${pan} DF0108 ${pan}`;

describe('inspect emv', () => {
  it('prints objects with children and explanations', () => {
    const done = inspect(['7709 95058000048000 8200', '--json']);
    expect(JSON.parse(done.out)).toEqual([
      {
        tag: '77',
        name: 'Response Message Template Format 2',
        length: 9,
        value: '950580000480008200',
        children: [
          {
            tag: '95',
            name: 'Terminal Verification Results (TVR)',
            length: 5,
            value: '8000048000',
            explain: [
              'byte 1 bit 8: Offline data authentication was not performed',
              'byte 3 bit 3: Online CVM captured',
              'byte 4 bit 8: Transaction exceeds floor limit',
            ],
          },
          { tag: '82', name: 'Application Interchange Profile (AIP)', length: 0, value: '' },
        ],
      },
    ]);
    expect([done.err, done.code]).toEqual(['', 0]);
  });

  it('shows a tree to a person, with card data masked unless asked', () => {
    const done = inspect([record]);
    expect(done.code).toBe(0);
    expect(done.out).toContain('  57  Track 2 Equivalent Data  [17]  (masked; --clear shows it)');
    expect(done.out).toContain('PAN 970400******0018');
    expect(done.out).not.toContain(pan);
    expect(inspect([record, '--clear']).out).toContain(`  5A  Application Primary Account Number (PAN)  [8]  ${pan}`);
    expect(inspect([record, '--json']).out).toContain(`"value": "${pan}"`);
  });

  it('data that cannot be read: exit 2 with offset and reason', () => {
    const cut = inspect(['9F02060000', '--json']);
    expect(cut.code).toBe(2);
    expect(JSON.parse(cut.out)).toEqual({ error: { offset: 3, reason: 'the length points past the end of the data' } });
    expect(cut.err).toContain('byte 3: the length points past the end of the data');
    expect(inspect(['95', 'zz']).err).toContain('byte 1: not a hexadecimal digit');
    expect(inspect(['950']).err).toContain('an odd number');
    expect(inspect([]).code).toBe(2);
  });

  it('takes lower case and spaces, and a whole answer with its status word', () => {
    const done = inspect([' 77 09 9f2701 80', '9f3602 0001', '9000 ', '--json']);
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject([
      {
        tag: '77',
        children: [
          { tag: '9F27', value: '80' },
          { tag: '9F36', value: '0001' },
        ],
      },
      { tag: '90', length: 0, explain: ['Or the status word 9000 of a whole answer: success'] },
    ]);
    expect(inspect(['9000', '--json']).out).not.toContain('status word');
    const none = inspect(['  ', '--json']);
    expect([none.code, JSON.parse(none.out)]).toEqual([2, { error: { offset: 0, reason: 'no data' } }]);
    expect(inspect(['6A82']).err).toContain('byte 1: the data ends inside a length');
  });

  it('tolerant: reads on, and says what it passed over', () => {
    const done = inspect(['9C0100 FFFF 9F0206', '--tolerant', '--json']);
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({
      objects: [{ tag: '9C' }],
      notes: [
        { offset: 3, length: 2, reason: 'padding FF' },
        { offset: 5, length: 3 },
      ],
    });
    expect(inspect(['9C0100 FFFF', '--tolerant']).out).toContain('byte 3, 2 bytes: padding FF');
  });

  it('a batch answers each line by one line, and goes on after a bad one', () => {
    const done = inspect(['--batch'], '9C0100\nnonsense\n\n9505\n8202 1800\n');
    const lines = done.out.trim().split('\n');
    expect(
      lines.map((line) => (line.startsWith('[') ? 'objects' : Object.keys(JSON.parse(line) as object)[0])),
    ).toEqual(['objects', 'error', 'error', 'error', 'objects']);
    expect(done.code).toBe(0);
  });
});
