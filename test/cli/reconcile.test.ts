/** `cham reconcile` as a person and as a program use it: a real journal, real files, output and exit codes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { epochMs, transactionId } from '../../src/core/base/brand.ts';
import type { JournalEvent } from '../../src/core/transaction/events.ts';
import { card, identity, issue, transfer, vnd } from '../scenarios/given.ts';
import { openJournal } from '../../src/store/journal.ts';

const cham = path.resolve(import.meta.dirname, '../../src/main/cli/cham.ts');
let folder = '';

function reconcile(...args: readonly string[]) {
  const done = spawnSync(process.execPath, [cham, 'reconcile', '--data', folder, ...args], {
    encoding: 'utf8',
    cwd: folder,
    timeout: 20_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

function file(name: string, ...lines: readonly string[]): string {
  const to = path.join(folder, name);
  writeFileSync(to, `${lines.join('\r\n')}\r\n`);
  return to;
}

/** 21 November, 10:00 in Ho Chi Minh City. */
const morning = Date.UTC(2026, 10, 21, 3);
const sale = (name: string) => transactionId(`S-${name}`);

function cardSale(name: string, stan: number, minorUnits: number): readonly JournalEvent[] {
  const id = sale(name);
  const waitUntil = epochMs(morning);
  return [
    { type: 'SaleStarted', transactionId: id, key: name, amount: vnd(minorUnits), method: 'card', waitUntil },
    { type: 'CardRead', transactionId: id, card },
    { type: 'AuthorizationRequested', transactionId: id, stan, waitUntil },
  ];
}

function approval(name: string, stan: number): JournalEvent {
  const [approvalCode, rrn] = [`A0000${stan}`, `63251400000${stan}`];
  return { type: 'AuthorizationApproved', transactionId: sale(name), stan, responseCode: '00', approvalCode, rrn };
}

function qrSale(name: string, reference: string): readonly JournalEvent[] {
  const id = sale(name);
  const waitUntil = epochMs(morning);
  return [
    { type: 'SaleStarted', transactionId: id, key: name, amount: vnd(45_000), method: 'qr', waitUntil },
    { type: 'QrRequested', transactionId: id, reference, expiresAt: waitUntil },
    { type: 'QrIssued', transactionId: id, ...issue },
  ];
}

const paid = (id: string) => transfer({ reference: 'CHAAAA2222', providerTransactionId: id, paidAt: epochMs(morning) });

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cham-reconcile-'));
  const opened = openJournal(path.join(folder, 'journal'));
  if (!opened.ok) throw new Error(opened.fault.detail);
  const journal = opened.value;
  const append = (at: number, ...events: readonly JournalEvent[]): void => {
    if (!journal.append(events, epochMs(at), false).ok) throw new Error('not appended');
  };
  append(morning, { type: 'TerminalStarted', softwareVersion: '0', identity });
  append(morning, ...cardSale('A', 1, 45_000), approval('A', 1));
  append(morning, ...cardSale('B', 2, 30_000), {
    type: 'AuthorizationDeclined',
    transactionId: sale('B'),
    stan: 2,
    responseCode: '51',
    rrn: null,
  });
  append(
    morning,
    ...cardSale('C', 3, 20_000),
    { type: 'AuthorizationUnknown', transactionId: sale('C'), stan: 3, cause: 'noReply' },
    { type: 'ReversalConfirmed', transactionId: sale('C'), responseCode: '00' },
  );
  append(morning, ...cardSale('D', 4, 10_000), approval('D', 4));
  const onTime = paid('FT1');
  append(morning, ...qrSale('Q', 'CHAAAA2222'), {
    type: 'QrPaymentConfirmed',
    transactionId: sale('Q'),
    transfer: onTime,
    excess: vnd(0),
  });
  const late = paid('FT2');
  append(morning, { type: 'QrPaymentLate', transactionId: sale('Q'), transfer: late });
  const nextDay = morning + 24 * 3_600_000;
  append(nextDay, ...cardSale('E', 5, 5000), approval('E', 5));
  journal.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hostTitles = 'terminal,local date,stan,type,amount,rrn,approval code,batch';
const goodHost = [
  hostTitles,
  'CHAM0001,2026-11-21,000001,sale,45000,632514000001,A00001,1',
  'CHAM0001,2026-11-21,000002,declined,30000,,,1',
  'CHAM0001,2026-11-21,000003,reversed,20000,632514000003,A00003,1',
  'CHAM0001,2026-11-21,000004,sale,10000,632514000004,A00004,1',
  'CHAM0009,2026-11-21,000001,sale,77000,632514000077,A00077,1',
];
const hostOf = (name: string, ...lines: readonly string[]) =>
  ['--host', file(name, ...lines), '--host-format', 'training-acquirer'] as const;
const bankTitles = 'Ngày giao dịch,Số giao dịch,Nội dung,Ghi nợ,Ghi có';
const bankOf = (name: string, ...lines: readonly string[]) =>
  ['--bank', file(name, bankTitles, ...lines), '--bank-format', 'bank-statement-example'] as const;
const goodBank = [
  '21/11/2026,FT1,NHBIDV 99 CHAAAA2222 CT DEN,,"45,000"',
  '21/11/2026,FT2,NHBIDV 99 CHAAAA2222 CT DEN,,"45,000"',
  '21/11/2026,FT3,TIEN THUE NHA,"9,000,000",',
];

describe('cham reconcile', () => {
  it('explains itself, with an example', () => {
    const { code, out } = reconcile('--help');
    expect(code).toBe(0);
    expect(out).toMatch(/Usage: [^]*--json[^]*Example/);
  });

  it('lists what the journal says when there is nothing to compare with', () => {
    const { code, out } = reconcile('--date', '2026-11-21');
    expect(code).toBe(0);
    expect(out).toContain('VND 45,000  2026-11-21 NAPAS 970400******0018 STAN 000001: approved (S-A)');
    expect(out).toContain('VND 0  2026-11-21 NAPAS 970400******0018 STAN 000003: reversed, no money taken (S-C)');
    expect(out).toContain('came late or twice, for a person to settle');
    expect(out).not.toContain('S-E');
  });

  it('agrees when the books do, whatever other terminals and money out are in the files', () => {
    const { code, out } = reconcile(
      '--date',
      '2026-11-21',
      ...hostOf('h.csv', ...goodHost),
      ...bankOf('b.csv', ...goodBank),
    );
    expect(out).toContain('The books agree.');
    expect(out).toContain('here 4 lines, VND 55,000; there 2 lines, VND 55,000');
    expect(out).toContain('3 lines of the files are no payment received');
    expect(code).toBe(0);
  });

  it('shows every kind of difference with its money, exit 1', () => {
    const { code, out } = reconcile(
      '--date',
      '2026-11-21',
      ...hostOf(
        'differs.csv',
        hostTitles,
        'CHAM0001,2026-11-21,000001,sale,40000,632514000001,A00001,1',
        'CHAM0001,2026-11-21,000003,sale,20000,632514000003,A00003,1',
        'CHAM0001,2026-11-21,000008,sale,8000,632514000008,A00008,1',
        'CHAM0001,2026-11-21,000008,sale,8000,632514000008,A00008,1',
      ),
    );
    const lines = out.split('\n').map((line) => line.trim().replaceAll(/\s+/g, ' '));
    const texts = [
      'DIFFERENT VND 45,000 VND 40,000 VND -5,000 2026-11-21 NAPAS 970400******0018 STAN 000001: approved (S-A)',
      'DIFFERENT VND 0 VND 20,000 VND 20,000 2026-11-21 NAPAS 970400******0018 STAN 000003: reversed',
      'MISSING THERE VND 10,000 - VND -10,000 2026-11-21 NAPAS 970400******0018 STAN 000004: approved (S-D)',
      'MISSING HERE - VND 8,000 VND 8,000 2026-11-21 STAN 000008 RRN 632514000008 (line 4)',
      'TWICE THERE - VND 8,000 VND 8,000 2026-11-21 STAN 000008 RRN 632514000008 (line 5)',
      'difference VND 21,000',
    ];
    for (const text of texts)
      expect(
        lines.some((line) => line.startsWith(text)),
        text,
      ).toBe(true);
    expect(lines).toContain('THE BOOKS DIFFER. docs/reconciliation.md says what to do with each line.');
    expect(code).toBe(1);
  });

  it('as JSON: a transfer by the reference in its memo, another missing, one of nobody, card numbers masked', () => {
    const pan = '9704000000000018';
    const { code, out } = reconcile(
      '--json',
      ...bankOf('bank.csv', '21/11/2026,,nhbidv 99 chaaaa2222,,"45,000"', `22/11/2026,X9,CK ${pan},,"1,000"`),
    );
    expect(out).not.toContain(pan);
    const found = JSON.parse(out) as {
      agrees: boolean;
      journalHost: null;
      journalBank: {
        results: { kind: string; difference: { minorUnits: number } }[];
        difference: { minorUnits: number };
      };
    };
    expect(found).toMatchObject({ agrees: false, journalHost: null, hostBank: null });
    expect(found.journalBank.results.map(({ kind, difference }) => [kind, difference.minorUnits])).toEqual([
      ['matched', 0],
      ['missingThere', -45_000],
      ['missingHere', 1000],
    ]);
    expect(found.journalBank.difference.minorUnits).toBe(-44_000);
    expect(code).toBe(1);
  });

  it('holds what the host settled against what the acquirer paid out, batch by batch', () => {
    const { code, out } = reconcile(
      '--batch',
      '1',
      ...hostOf('settled.csv', ...goodHost.slice(0, 5), 'CHAM0001,2026-11-22,000005,sale,5000,632514000005,A00005,1'),
      ...bankOf('paid.csv', ...goodBank, '23/11/2026,FT9,ACQ TT THE LO 000001,,"59,400"'),
    );
    expect(out).toMatch(/DIFFERENT +VND 60,000 +VND 59,400 +VND -600 +batch 1/);
    expect(out).toContain('Journal and bank, transfers');
    expect(code).toBe(1);
  });

  it.each([
    [['--batch', '0'], /--batch: found "0"; expected a number from 1/],
    [['--date', '2026-11-31x'], /--date: found "2026-11-31x"/],
    [['--date', '2026-11-21', '--batch', '1'], /not both/],
    [['--host', 'x.csv'], /--host and --host-format go together/],
    [['--host', 'x.csv', '--host-format', 'none'], /expected one of bank-statement-example, training-acquirer/],
    [['--host', 'x.csv', '--host-format', 'bank-statement-example'], /describes a bank's file/],
    [['--host', 'gone.csv', '--host-format', 'training-acquirer'], /gone\.csv/],
    [['--data', 'nowhere'], /there is no journal at .*nowhere/],
  ] as const)('%j is wrong usage, exit 2', (args, expected) => {
    const { code, err } = reconcile(...args);
    expect(err).toMatch(expected);
    expect(code).toBe(2);
  });

  it('a file that cannot be read says which line is wrong', () => {
    const { code, err } = reconcile(...hostOf('bad.csv', hostTitles, 'CHAM0001,2026-11-21,000001,sale,"45,000",,,1'));
    expect(err).toMatch(/bad\.csv: line 2, amount: found "45,000"; expected an amount in VND/);
    expect(code).toBe(2);
  });
});
