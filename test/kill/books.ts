/** Whether what the terminal's journal says of money is what the acquirer and the bank have in their books. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { SaleStage, SaleView, TerminalView } from '../../src/contract/view.ts';
import { assert } from '../../src/core/base/assert.ts';
import { epochMs, transactionId } from '../../src/core/base/brand.ts';
import type { JournalEvent, Recorded } from '../../src/core/transaction/events.ts';
import { apply, draftOf } from '../../src/core/transaction/evolve.ts';
import { chargedAmount, emptyTerminal, moneyMoved, type TerminalState } from '../../src/core/transaction/state.ts';
import { journalFolder } from '../../src/main/folders.ts';
import { journalFiles } from '../../src/store/files.ts';
import { openJournalReadOnly } from '../../src/store/reader.ts';
import { verifyJournal } from '../../src/store/verify.ts';
import { terminalId, type Shop } from './shop.ts';

interface Line {
  readonly stan: number;
  readonly operation: string;
  readonly amount: number;
  readonly voided: boolean;
  /** Of what a batch counts. */
  readonly batch: number | null;
}

const inBatches = ['sale', 'refund', 'completion'];

/** All that the journal holds, after its own checks. */
export function recordsOf(shop: Shop): readonly Recorded[] {
  const { journal } = journalFiles(journalFolder(shop.dataFolder));
  const { verified, problems } = verifyJournal(journal);
  deepEqual({ verified, problems }, { verified: true, problems: [] });
  const opened = openJournalReadOnly(journal);
  assert(opened.ok, 'the journal is readable');
  const records = [...opened.value.rows()].map(({ at, body }) => ({
    at: epochMs(at),
    event: JSON.parse(body ?? 'null') as JournalEvent,
  }));
  opened.value.close();
  return records;
}

/** What the acquirer must have, by the answers that the journal has kept. */
function expectedLines(records: readonly Recorded[]): {
  readonly lines: readonly Line[];
  readonly state: TerminalState;
} {
  const state = draftOf(emptyTerminal);
  const lines = new Map<number, Line>();
  const stansOf = new Map<string, number[]>();
  for (const record of records) {
    const { event } = record;
    const before = 'transactionId' in event ? state.transactions.get(event.transactionId) : undefined;
    apply(state, record);
    const after = before && state.transactions.get(before.id);
    if (before === undefined || after === undefined) continue;
    const book = (stan: number, operation: string, amount: number): void => {
      assert(!lines.has(stan), `STAN ${stan} is booked twice`);
      const batch = inBatches.includes(operation) ? after.batch : null;
      lines.set(stan, { stan, operation, amount, voided: false, batch });
      stansOf.set(before.id, [...(stansOf.get(before.id) ?? []), stan]);
    };
    const stan = after.authorization?.stan ?? 0;
    if (event.type === 'AuthorizationApproved' || event.type === 'StoredAccepted') {
      book(stan, after.kind, after.amount.minorUnits);
    } else if (event.type === 'PartialAccepted') {
      book(stan, after.kind, after.approvedAmount?.minorUnits ?? 0);
    } else if (event.type === 'FollowUpApproved') {
      const { followUp } = after;
      assert(followUp !== null, 'an answer needs its question');
      if (followUp.operation !== 'void') book(followUp.stan, followUp.operation, followUp.amount.minorUnits);
      else {
        // A completion is voided alone; a hold is cancelled with its increments.
        const voided =
          followUp.original.kind === 'completion' ? [followUp.original.stan] : (stansOf.get(before.id) ?? []);
        for (const each of voided) {
          const line = lines.get(each);
          assert(line !== undefined, 'what is voided was booked');
          lines.set(each, { ...line, voided: true });
        }
      }
    } else if (event.type === 'ReversalConfirmed') lines.delete(stan);
  }
  return { lines: [...lines.values()], state };
}

/** Journal against acquirer, bank, batches and vault. Call it when nothing is open any more. */
export function compareBooks(shop: Shop): TerminalState {
  const records = recordsOf(shop);
  const { lines, state } = expectedLines(records);
  const statement = shop.acquirer
    .statement(terminalId)
    .filter((line) => line.state !== 'reversed')
    .map(({ stan, operation: recorded, amount, state: found, batch }) => {
      // What the chip has approved is a sale that the host was advised of.
      const operation = recorded === 'chipApproved' ? 'sale' : recorded;
      const counted = inBatches.includes(operation);
      return { stan, operation, amount, voided: found === 'voided', batch: counted ? batch : null };
    });
  deepEqual(lines.toSorted(byStan), statement.toSorted(byStan));

  const { open } = state.settlement;
  const booked = open.bookings.flatMap((booking) => (booking.method === 'card' ? [booking.entry] : []));
  deepEqual(
    booked.map(({ stan, voided, amount }) => ({ stan, voided, amount: amount.minorUnits })).toSorted(byStan),
    statement
      .filter(({ batch }) => batch === open.number)
      .map(({ stan, voided, amount }) => ({ stan, voided, amount }))
      .toSorted(byStan),
  );
  for (const { event } of records) {
    if (event.type === 'BatchSettled') match(event.balance, /^(?:inBalance|noCards)$/);
  }

  const paid = records.flatMap(({ event }) => ('transfer' in event ? [event.transfer.providerTransactionId] : []));
  equal(new Set(paid).size, paid.length, 'no transfer is taken twice');
  deepEqual(
    paid.toSorted(),
    shop.bank
      .transfers()
      .map(({ providerTransactionId }) => providerTransactionId)
      .toSorted(),
  );

  const vault = path.join(shop.dataFolder, 'vault');
  const cards = existsSync(vault) ? readdirSync(vault).filter((name) => name !== 'vault.key') : [];
  deepEqual(cards, [], 'card data that nobody needs any more');
  const { foreground, outbox, inQuestion } = state;
  deepEqual({ foreground, outbox, inQuestion }, { foreground: null, outbox: new Set(), inQuestion: new Set() });
  return state;
}

function byStan(a: { readonly stan: number }, b: { readonly stan: number }): number {
  return a.stan - b.stan;
}

/** Every transaction that a view shows, by its id. */
function shownIn({ sale, recent, background, holds, outbox }: TerminalView): ReadonlyMap<string, SaleView> {
  const all = [...recent, ...background, ...holds, ...outbox.items, ...(sale === null ? [] : [sale])];
  return new Map(all.map((each) => [each.id, each]));
}

/** Stages that tell a person for good that no money was taken. */
const notCharged: readonly SaleStage[] = [
  'declined',
  'cancelled',
  'failed',
  'expired',
  'reversed',
  'voided',
  'lateDeclined',
];

/** What was shown as charged before is charged, unless it was voided or given back since; and what was not, is not. */
export function keepsItsWord(before: TerminalView, after: TerminalView, state?: TerminalState): void {
  const shownAfter = shownIn(after);
  for (const [id, was] of shownIn(before)) {
    const transaction = state?.transactions.get(transactionId(id));
    const now = transaction === undefined ? shownAfter.get(id)?.moneyMoved : moneyMoved(transaction);
    if (now === undefined) continue;
    const stage = shownAfter.get(id)?.stage;
    const undone =
      stage === 'voiding' || stage === 'voided' || shownAfter.get(id)?.reason === 'reversal.partialRefused';
    if (was.moneyMoved === 'yes' && !undone) {
      equal(now, 'yes', `${id} was shown as charged`);
      const charged = transaction === undefined ? shownAfter.get(id)?.charged : chargedAmount(transaction);
      deepEqual(charged, was.charged, `${id} was shown with this amount`);
    }
    if (notCharged.includes(was.stage)) equal(now, 'no', `${id} was shown as not charged`);
  }
}

/** All that was under way is on the screen or in a list of it. */
export function showsAll(view: TerminalView, state: TerminalState): void {
  equal(view.state, 'ready');
  const shown = shownIn(view);
  const newest = [...state.transactions.keys()].at(-1);
  if (newest !== undefined) assert(shown.has(newest), `${newest} is shown after the restart`);
}
