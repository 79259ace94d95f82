/** Why a terminal does not start, in words for whoever has to mend it. */
import type { Terminal } from '../app/terminal.ts';
import type { TerminalIdentity } from '../core/transaction/model.ts';
import { unsent } from '../core/transaction/outbox.ts';
import { isUnsettled } from '../core/transaction/state.ts';

export function vaultText(detail: string): string {
  return `Card data of stored payments cannot be read, so the terminal does not trade. Nothing was changed.\n${detail}`;
}

export const noSnapshotText =
  'Retention has removed the content of old rows, and the snapshot that stood for them cannot be used. ' +
  'Restore the folder from a backup made since then.';

export function journalText(detail: string): string {
  return `The journal cannot be used, so the terminal does not trade.\n${detail}`;
}

/**
 * Money in question belongs to the identity under which it was asked for: a reversal or a query under another would be
 * answered about somebody else's, and "not charged" would be said of money that is held.
 */
export function identityProblem({ state }: Terminal, now: TerminalIdentity): string | undefined {
  const before = state.identity;
  const { stored, inQuestion, closingBatches } = unsent(state);
  const open = [...state.transactions.values()].filter(isUnsettled).length;
  const payments = Math.max(open, stored + inQuestion);
  if (before === null || (payments === 0 && closingBatches === 0)) return undefined;
  const changed = (Object.keys(now) as (keyof TerminalIdentity)[]).filter(
    (key) => before[key] !== undefined && now[key] !== before[key],
  );
  if (changed.length === 0) return undefined;
  const list = changed.map((key) => `  ${key}: was ${before[key]}, is now ${now[key]}`).join('\n');
  return (
    `The configuration names another terminal, acquirer or QR provider, or another way to write to it, while the outcome of ${payments} ` +
    `payment(s) and ${closingBatches} batch(es) is not settled, so the terminal has not started.\n${list}\n` +
    'Start it with the former configuration until nothing is open, then change it.'
  );
}
