/** The training provider's book on disk: whole lines count, half a last line does not, a broken one stops the start. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PaymentRequestMessage, TransferMessage } from '../qr/provider-messages.ts';
import { Ledger } from './ledger.ts';

const request: PaymentRequestMessage = {
  reference: 'CH7K3QW9TX',
  amountMinorUnits: 45_000,
  currency: 'VND',
  payload: 'code',
  expiresAt: 1,
  noticeUrl: 'http://127.0.0.1:7600/notices',
};

function transfer(providerTransactionId: string): TransferMessage {
  return {
    providerTransactionId,
    bankBin: '970436',
    account: '1017595600',
    amountMinorUnits: 45_000,
    currency: 'VND',
    memo: 'CH7K3QW9TX',
    paidAt: 1,
    payerAccount: '******1234',
  };
}

let folder: string;
let file: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cham-ledger-'));
  file = path.join(folder, 'bank', 'ledger.jsonl');
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

function open(): Ledger {
  const opened = Ledger.open(file);
  if (!opened.ok) throw new Error(opened.fault.detail);
  return opened.value;
}

function filled(): Ledger {
  const ledger = open();
  expect(ledger.append({ type: 'registered', request }).ok).toBe(true);
  for (const id of ['FT1', 'FT2']) expect(ledger.append({ type: 'received', transfer: transfer(id) }).ok).toBe(true);
  expect(ledger.append({ type: 'acknowledged', providerTransactionId: 'FT1' }).ok).toBe(true);
  return ledger;
}

function expectFilled(ledger: Ledger): void {
  expect(ledger.request('CH7K3QW9TX')).toEqual(request);
  expect(ledger.transfers()).toEqual([transfer('FT1'), transfer('FT2')]);
  expect(ledger.unacknowledged()).toEqual([transfer('FT2')]);
  expect(ledger.noticeUrl).toBe(request.noticeUrl);
}

describe('the book', () => {
  it('reads back what was written', () => {
    expectFilled(filled());
    expectFilled(open());
  });

  it('cuts off half a last line, whichever byte the power went at', () => {
    filled();
    const whole = fs.readFileSync(file);
    const start = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let end = start; end < whole.length; end += 1) {
      fs.writeFileSync(file, whole.subarray(0, end));
      expect(open().unacknowledged()).toHaveLength(2);
      expect(fs.readFileSync(file)).toEqual(whole.subarray(0, start));
    }
    expect(open().append({ type: 'acknowledged', providerTransactionId: 'FT1' }).ok).toBe(true);
    expectFilled(open());
  });

  it('does not open on a broken line, and leaves the file as it is', () => {
    filled();
    for (const line of ['{"type":"received"}', 'x', '', '{"type":"paid"}']) {
      const before = fs.readFileSync(file, 'utf8').split('\n');
      fs.writeFileSync(file, before.toSpliced(1, 0, line).join('\n'));
      const broken = fs.readFileSync(file, 'utf8');
      expect(Ledger.open(file)).toMatchObject({
        ok: false,
        fault: { kind: 'ledgerBroken', detail: expect.stringMatching(/ledger\.jsonl line 2: .+/) },
      });
      expect(fs.readFileSync(file, 'utf8')).toBe(broken);
      fs.writeFileSync(file, before.join('\n'));
    }
    expectFilled(open());
  });

  it('takes nothing in that it cannot write down', () => {
    const ledger = filled();
    fs.rmSync(path.dirname(file), { recursive: true });
    const refused = ledger.append({ type: 'received', transfer: transfer('FT3') });
    expect(refused).toMatchObject({ ok: false, fault: { kind: 'ledgerNotWritable', retrySafe: true } });
    expectFilled(ledger);
    expect(Ledger.open(folder)).toMatchObject({ ok: false, fault: { kind: 'ledgerBroken' } });
  });
});
