/** At a start: card data of payments that need them no more leave the vault. */
import type { CardVaultPort } from '../app/ports.ts';
import type { Terminal } from '../app/terminal.ts';
import type { Log } from '../core/base/ports.ts';

/**
 * Card data outlive a payment only by a crash between its answer and their removal. Those that this journal does not know
 * are kept: it may be an older copy, and then they are all that is left of a payment.
 */
export function forgetSettledCards({ state }: Terminal, vault: CardVaultPort, log: Log): void {
  for (const id of vault.ids()) {
    const transaction = state.transactions.get(id);
    if (transaction === undefined) {
      const message = 'card data of a payment that the journal does not know: was an older journal restored?';
      log.write('error', message, { transaction: id });
      continue;
    }
    const { phase, resolved } = transaction;
    if (resolved === null && (phase === 'stored' || phase === 'storing')) continue;
    const removed = vault.remove(id);
    log.write(removed.ok ? 'info' : 'error', 'card data of a settled payment removed', { transaction: id });
  }
}
