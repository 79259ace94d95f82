/** The command line as a person meets it: help, exit codes, and refusals that say what to do and change nothing. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminalChild } from '../terminal-child.ts';
import { embeddedConfigFile } from '../../src/main/config/load.ts';

const root = path.resolve(import.meta.dirname, '../..');
const cli = path.join(root, 'src/main/cli/cham.ts');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function cham(...args: readonly string[]) {
  const done = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', cwd: folder, timeout: 60_000 });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe('cham', () => {
  const commands = [
    'run',
    'demo',
    'doctor',
    'stored',
    'batches',
    'reconcile',
    'unsent',
    'reset',
    'supervisor',
    'relay',
  ];

  it.each([...commands, 'journal', 'inspect', 'inspect iso8583', 'inspect emv', 'inspect trace', 'inspect qr', 'qr'])(
    '%s --help explains itself, with an example',
    (command) => {
      const { code, out } = cham(...command.split(' '), '--help');
      expect(code).toBe(0);
      expect(out).toMatch(/Usage:[^]*--json[^]*\nExamples?\n {2}(?:npm|node) /);
    },
  );

  it('--help names every command once, on lines of at most 100 characters', () => {
    const { code, out } = cham('--help');
    expect(code).toBe(0);
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    const named = [...out.matchAll(/^ {2}([a-z]+(?: [a-z0-9]+)?) {2,}\S/gm)].map(([, name = '']) => name);
    const nested = ['journal verify', 'journal show', 'journal backup', 'journal export'];
    const looks = ['inspect iso8583', 'inspect emv', 'inspect trace', 'inspect qr', 'qr make'];
    expect(new Set(named)).toEqual(new Set([...commands, ...nested, ...looks]));
    expect(new Set(named).size).toBe(named.length);
  });

  it.each([
    [['dance'], /There is no command "dance"/],
    [['run', '--prot', '1'], /--prot/],
    [['run', '--port', 'x'], /--port: found "x"; expected a number/],
    [['run', '--shell', 'netscape'], /--shell: found "netscape"; expected auto/],
    [['journal', 'eat'], /found "eat"; expected "verify", "show", "backup" or "export"/],
    [['journal', 'verify', '--data', 'nowhere'], /There is no journal at .*nowhere/],
  ] as const)('%j is wrong usage, exit 2', (args, expected) => {
    const { code, err } = cham(...args);
    expect(err).toMatch(expected);
    expect(code).toBe(2);
  });

  it('a bad configuration stops the start with exit 3 before anything is created', () => {
    const file = path.join(folder, 'bad.json');
    const config = JSON.parse(readFileSync(embeddedConfigFile, 'utf8')) as { policy: Record<string, unknown> };
    config.policy['hostTimeoutMs'] = 'long';
    writeFileSync(file, JSON.stringify(config));
    const { code, err } = cham('run', '--config', file, '--data', path.join(folder, 'unborn'), '--shell', 'none');
    expect(code).toBe(3);
    expect(err).toMatch(/bad\.json\n {2}policy\.hostTimeoutMs: found "long"; expected/);
    expect(existsSync(path.join(folder, 'unborn'))).toBe(false);
  });

  it('a folder for card traces that cannot be made is refused with exit 3', () => {
    writeFileSync(path.join(folder, 'plain-file'), '');
    const traces = path.join(folder, 'plain-file/traces');
    const { code, err } = cham(
      'run',
      '--card-traces',
      traces,
      '--data',
      path.join(folder, 'traced'),
      '--shell',
      'none',
    );
    expect(err).toMatch(/Card sessions cannot be recorded in .*plain-file\/traces \(ENOTDIR\)/);
    expect(code).toBe(3);
  });

  it('demo --json gives both books, and they agree', () => {
    const { code, out } = cham('demo', '--json', '--out', 'demo');
    expect(code).toBe(0);
    const demo = JSON.parse(out) as {
      sales: {
        method: string;
        amount: number;
        outcome: string;
        stan: number | null;
        rrn: string;
        approvalCode: string;
        maskedPan: string;
        receiptPng: string;
      }[];
      journal: { events: number; head: string; verified: boolean };
      acquirer: {
        captured: {
          stan: number;
          amount: number;
          rrn: string;
          approvalCode: string;
          maskedPan: string;
          reversed: boolean;
        }[];
      };
      durationMs: number;
    };
    expect(demo.sales.map(({ method, outcome }) => [method, outcome])).toEqual([
      ['card', 'approved'],
      ['qr', 'approved'],
    ]);
    const [sale] = demo.sales;
    const { stan, amount, rrn, approvalCode, maskedPan } = sale ?? {};
    expect(demo.acquirer.captured).toMatchObject([{ stan, amount, rrn, approvalCode, maskedPan, reversed: false }]);
    expect(demo.journal).toMatchObject({ verified: true, head: expect.stringMatching(/^[0-9a-f]{64}$/) });
    for (const { receiptPng } of demo.sales) {
      expect(readFileSync(path.join(folder, receiptPng)).subarray(1, 4).toString()).toBe('PNG');
    }
  });

  it('a damaged journal is refused with the way out, and not a byte of it changes', { timeout: 60_000 }, async () => {
    const data = path.join(folder, 'damaged');
    const terminal = await TerminalChild.start(embeddedConfigFile, data);
    expect(await terminal.stop()).toBe(0);
    const file = path.join(data, 'journal/journal.db');
    const bytes = readFileSync(file);
    bytes.fill(0xaa, bytes.length - 4096);
    writeFileSync(file, bytes);
    // With its mirror it would be mended.
    const mirror = path.join(data, 'journal/journal.mirror');
    const mirrored = readFileSync(mirror);
    rmSync(mirror);
    const { code, err } = cham('run', '--data', data, '--port', '0', '--shell', 'none');
    expect(code).toBe(3);
    expect(err).toMatch(/does not trade\.\n.*Nothing was changed/);
    expect(err).toMatch(/journal verify/);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(cham('journal', 'verify', '--data', data).code).toBe(1);
    writeFileSync(mirror, mirrored);
    const mended = await TerminalChild.start(embeddedConfigFile, data);
    expect(await mended.stop()).toBe(0);
    expect(cham('journal', 'verify', '--data', data).code).toBe(0);
    expect(cham('doctor', '--data', data).out).toMatch(/mended 1 times, last at .*made anew with \d+ rows/);
  });

  it('a port that is taken is named, with the way out', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, err } = cham('run', '--data', path.join(folder, 'port'), '--port', String(port), '--shell', 'none');
    other.close();
    expect(code).toBe(3);
    expect(err).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} .*--port`));
  });

  it(
    'doctor says ok, warning or failed for each check, and finds a journal that is gone',
    { timeout: 60_000 },
    async () => {
      const data = path.join(folder, 'gone');
      await (await TerminalChild.start(embeddedConfigFile, data)).stop();
      const healthy = JSON.parse(cham('doctor', '--data', data, '--json').out) as {
        findings: { check: string; status: string }[];
      };
      expect(healthy.findings.find(({ check }) => check === 'journal')?.status).toBe('ok');
      rmSync(path.join(data, 'journal/journal.db'));
      expect(cham('doctor', '--data', data).out).toMatch(/makes the journal anew from its mirror/);
      rmSync(path.join(data, 'journal/journal.mirror'));
      const { code, out } = cham('doctor', '--data', data, '--json');
      expect(code).toBe(1);
      const findings = (JSON.parse(out) as { findings: { check: string; status: string; action?: string }[] }).findings;
      expect(findings.find(({ check }) => check === 'journal')).toMatchObject({
        status: 'failed',
        action: expect.stringMatching(/restore/),
      });
      expect(cham('run', '--data', data, '--port', '0', '--shell', 'none').code).toBe(3);
      expect(existsSync(path.join(data, 'journal/journal.db'))).toBe(false);
    },
  );
});

describe('bootstrap', () => {
  const bootstrap = path.join(root, 'src/main/bootstrap.mjs');

  it('without root and without sudo it prints the one line to run, and stops', () => {
    // A machine on which nothing is installed and there is no sudo: only a dpkg-query that knows no package.
    const tools = path.join(folder, 'tools');
    mkdirSync(tools);
    writeFileSync(path.join(tools, 'dpkg-query'), '#!/bin/sh\nexit 1\n');
    chmodSync(tools, 0o755);
    chmodSync(path.join(tools, 'dpkg-query'), 0o755);
    chmodSync(folder, 0o755);
    const copy = path.join(folder, 'src/main/bootstrap.mjs');
    mkdirSync(path.dirname(copy), { recursive: true });
    copyFileSync(bootstrap, copy);
    const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const done = spawnSync(process.execPath, [copy, 'start'], {
      ...asNobody,
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: tools },
    });
    expect(done.status).toBe(1);
    expect(done.stderr).toMatch(/not root and cannot use sudo/);
    expect(done.stderr).toMatch(/apt-get update && apt-get install -y --no-install-recommends .*pcscd/);
  });

  it('refuses an unknown command by name', () => {
    const done = spawnSync(process.execPath, [bootstrap, 'fly'], { encoding: 'utf8' });
    expect(done.status).toBe(1);
    expect(done.stderr).toMatch(/no command "fly"/);
  });
});
