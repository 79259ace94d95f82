/**
 * What each card has paid here by its own word (TC) and the host has not answered yet: the floor limit counts the most
 * recent of it (EMV 4.4 Book 3 §10.6.1), so that a sum is not split into two amounts that each stay below. Cards are known by a keyed
 * hash whose key lives as long as the process; after a restart the amounts are found again through the vault, which has
 * the cards of exactly these payments.
 */
import { assert } from '../core/base/assert.ts';
import type { TransactionId } from '../core/base/brand.ts';
import { concat, latin1 } from '../core/base/bytes.ts';
import type { Pan } from '../core/base/pan.ts';
import type { TerminalState } from '../core/transaction/state.ts';
import { wipeSecrets } from './host-effects.ts';
import type { CardVaultPort } from './ports.ts';

interface Entry {
  readonly card: string;
  readonly minorUnits: number;
}

export class RecentAmounts {
  readonly #hash: (account: Uint8Array) => string;
  readonly #entries = new Map<TransactionId, Entry>();

  /** `hash` has a key that nobody else knows. */
  constructor(hash: (account: Uint8Array) => string) {
    this.#hash = hash;
  }

  add(id: TransactionId, pan: Pan, panSequenceNumber: string | undefined, minorUnits: number): void {
    assert(minorUnits > 0, 'recent amounts: a payment is more than nothing');
    this.#entries.set(id, { card: this.#cardOf(pan, panSequenceNumber), minorUnits });
  }

  /** The host has answered it, or a person has settled it. */
  forget(id: TransactionId): void {
    this.#entries.delete(id);
  }

  /** Of several the most recent one, as the Book has it, and not their sum. */
  of(pan: Pan, panSequenceNumber: string | undefined): number {
    const card = this.#cardOf(pan, panSequenceNumber);
    return [...this.#entries.values()].findLast((entry) => entry.card === card)?.minorUnits ?? 0;
  }

  /** What an earlier session has left. */
  restore({ outbox, transactions }: TerminalState, vault: Pick<CardVaultPort, 'get'>): void {
    for (const id of outbox) {
      const { stored, amount, card } = transactions.get(id) ?? {};
      if (stored?.manner !== 'chipApproved' || amount === undefined) continue;
      const found = vault.get(id);
      if (!found.ok || found.value === undefined) continue;
      this.add(id, found.value.pan, card?.panSequenceNumber, amount.minorUnits);
      wipeSecrets(found.value);
    }
  }

  /** The sequence number tells cards of one account apart; a card without one is its own. */
  #cardOf(pan: Pan, panSequenceNumber: string | undefined): string {
    return pan.use((digits) => {
      const account = concat(digits, latin1(`/${panSequenceNumber ?? ''}`));
      const hash = this.#hash(account);
      account.fill(0);
      assert(hash !== '', 'recent amounts: a card is known by something');
      return hash;
    });
  }
}
