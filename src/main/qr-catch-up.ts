/** What a start tells the QR provider's link out of the journal: from when on to read, and which codes are still open. */
import type { Terminal } from '../app/terminal.ts';
import { epochMs, type EpochMs } from '../core/base/brand.ts';
import { isUnsettled } from '../core/transaction/state.ts';
import type { QrProviderPort } from '../app/ports.ts';

/** From here on the account's statement is read; undefined before the first code. */
export function lastTransferAt({ state }: Terminal): EpochMs | undefined {
  const times = state.unmatched.map(({ transfer }) => transfer.paidAt as number);
  let firstCode = Infinity;
  for (const { transfers, qr } of state.transactions.values()) {
    for (const { paidAt } of transfers) times.push(paidAt);
    if (qr !== null) firstCode = Math.min(firstCode, qr.expiresAt);
  }
  const newest = times.reduce((a, b) => Math.max(a, b), -Infinity);
  if (newest > -Infinity) return epochMs(newest);
  return firstCode === Infinity ? undefined : epochMs(firstCode);
}

/** Codes from before the start: notices may have been lost meanwhile. */
export function watchOpenCodes({ state }: Terminal, provider: Pick<QrProviderPort, 'watch'>): void {
  for (const transaction of state.transactions.values()) {
    const { qr } = transaction;
    if (qr !== null && qr.issue !== null && isUnsettled(transaction)) provider.watch(qr);
  }
}
