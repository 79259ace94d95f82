/** A transfer confirmed by the word of a supervisor: marked for ever, and matched when the bank tells of it after all. */
import { expect, it } from 'vitest';
import { receiptOf } from '../../src/app/receipt.ts';
import { reportLines } from '../../src/core/settlement/totals.ts';
import { assertConsistent } from '../../src/core/transaction/consistency.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import { decodeState, encodeState } from '../../src/core/transaction/state-text.ts';
import { id, qrIssued, Scenario, started, startQr, transfer, vnd } from './given.ts';

const byHand: Input = { type: 'ConfirmByHand', transactionId: id, approvedBy: 'Lan', note: 'seen in our bank app' };
const notified = (over: Parameters<typeof transfer>[0] = {}): Input => ({
  type: 'PaymentNotified',
  transfer: transfer(over),
});
const confirmed = () => new Scenario().when(started, startQr, qrIssued, byHand);

function paper(s: Scenario): string {
  const header = {
    merchant: { name: 'Shop', addressLines: [], merchantId: 'M1', terminalId: 'T1' },
    language: 'en',
    timeZone: 'Asia/Ho_Chi_Minh',
    training: false,
  } as const;
  const variant = { columns: 32, copy: false, journalHead: { sequence: 1, hash: '0'.repeat(64) } };
  return JSON.stringify(receiptOf(s.sale(), header, variant));
}

it('counts as paid, with the name, and says on paper and in reports that no bank has confirmed it', () => {
  const s = confirmed();
  expect(s.sale()).toMatchObject({ phase: 'paid', unverified: { approvedBy: 'Lan', verifiedAt: null }, transfers: [] });
  expect(reportLines(s.state.settlement.open.bookings)).toMatchObject([{ method: 'qr', scheme: 'QR unverified' }]);
  expect(paper(s)).toContain('NOT VERIFIED BY THE BANK');
  expect(paper(s)).not.toContain('PAYMENT RECEIVED');
  expect(s.fold()).toEqual(s.state);
  expect(decodeState(encodeState(s.state))).toEqual(s.state);
});

it('is verified later by the notice of the bank, once, and the first mark stays', () => {
  const s = confirmed().later(60_000).when(notified());
  expect(s.sale()).toMatchObject({
    phase: 'paid',
    unverified: { approvedBy: 'Lan', verifiedAt: s.at },
    transfers: [{ providerTransactionId: 'FT1' }],
    lateTransfers: [],
  });
  expect(reportLines(s.state.settlement.open.bookings)).toMatchObject([
    { scheme: 'QR unverified', booked: { count: 1, minorUnits: 45_000 } },
  ]);
  expect(paper(s)).toContain('NOT VERIFIED BY THE BANK');
  s.when(notified({ providerTransactionId: 'FT2' }));
  expect(s.sale().lateTransfers).toMatchObject([{ because: 'paidTwice' }]);
});

it('tells of too little that came later, and of too much', () => {
  const little = confirmed().when(notified({ amount: vnd(1000) }));
  expect(little.sale()).toMatchObject({ unverified: { verifiedAt: null }, lateTransfers: [{}] });
  const much = confirmed().when(notified({ amount: vnd(50_000) }));
  expect(much.sale()).toMatchObject({ excess: vnd(5000), unverified: { verifiedAt: much.at } });
});

it('is refused where no transfer is waited for, or the bill was paid another way', () => {
  expect(new Scenario().when(started, startQr, byHand).last.kind).toBe('refused');
  expect(new Scenario().when(started, startQr, qrIssued, notified(), byHand).last.kind).toBe('refused');
});

it('is verified by money without its reference once a person says so: counted once, and marked for ever', () => {
  const s = confirmed().when({ type: 'CloseSale', transactionId: id }, notified({ reference: 'CAM ON' }));
  expect(s.state.unmatched).toHaveLength(1);
  const attach: Input = { type: 'AttachTransfer', transferId: 'FT1', to: id, approvedBy: 'Minh', note: 'static code' };
  expect(s.when({ ...attach, approvedBy: null }).last.kind).toBe('refused');
  const printed = s.effectTypes().filter((type) => type === 'PrintReceipt').length;
  s.later(60_000).when(attach);
  expect(s.sale()).toMatchObject({
    phase: 'paid',
    unverified: { approvedBy: 'Lan', verifiedAt: s.at },
    transfers: [{ providerTransactionId: 'FT1' }],
  });
  expect(s.state.unmatched).toEqual([]);
  expect(reportLines(s.state.settlement.open.bookings)).toMatchObject([
    { scheme: 'QR unverified', booked: { count: 1, minorUnits: 45_000 } },
  ]);
  expect(s.effectTypes().filter((type) => type === 'PrintReceipt')).toHaveLength(printed);
  expect(paper(s)).toContain('NOT VERIFIED BY THE BANK');
  assertConsistent(s.state);
  expect(decodeState(encodeState(s.state))).toEqual(s.state);
  // Its money has come now: another transfer is not.
  s.when(notified({ reference: 'CAM ON', providerTransactionId: 'FT2' }));
  expect(s.when({ ...attach, transferId: 'FT2' }).last.kind).toBe('refused');
});
