/** What an update, a factory reset or a change of keys would leave behind: asked by `cham unsent`, `reset` and `doctor`. */
import { vaultFolder } from '../folders.ts';
import { unsent } from '../../core/transaction/outbox.ts';
import { isUnsettled, type TerminalState } from '../../core/transaction/state.ts';
import { inspectVault } from '../../store/vault.ts';

export interface LeftBehind {
  readonly kind:
    | 'stored'
    | 'inQuestion'
    | 'unfinished'
    | 'closingBatches'
    | 'cardData'
    /** The following lose nothing that a host has still to hear; a person may want to know. */
    | 'openBatch'
    | 'holds'
    | 'lateDeclines';
  readonly count: number;
  /** With what to do. */
  readonly text: string;
}

export interface LeftBehindReport {
  /** Must be cleared first. */
  readonly unsent: readonly LeftBehind[];
  readonly warnings: readonly LeftBehind[];
}

/** Of what the journal in `data` has come to. */
export function leftBehind(state: TerminalState, data: string): LeftBehindReport {
  const { stored, inQuestion, closingBatches } = unsent(state);
  const { transactions, settlement } = state;
  const all = [...transactions.values()];
  const unfinished = all.filter(
    (each) => isUnsettled(each) && !state.outbox.has(each.id) && !state.inQuestion.has(each.id),
  ).length;
  const vault = inspectVault(vaultFolder(data));
  const kept = vault.trouble === undefined ? '' : ` (${vault.trouble})`;
  const openEntries = settlement.open.bookings.length;
  const holds = all.filter(({ phase }) => phase === 'authorised').length;
  const late = all.filter(({ phase, resolved }) => phase === 'lateDeclined' && resolved === null).length;
  const run = 'run the terminal on-line until it is done';
  return {
    unsent: some([
      ['stored', stored, `stored payments and completions not delivered: ${run}`],
      ['inQuestion', inQuestion, `reversals, voids and increments in question: ${run}`],
      ['unfinished', unfinished, 'payments under way: finish them; a stopped terminal takes them up when it starts'],
      ['closingBatches', closingBatches, `closed batches not settled with the host: ${run}`],
      [
        'cardData',
        vault.entries,
        `cards in the vault: they go when their payments are answered, or at the next start${kept}`,
      ],
    ]),
    warnings: some([
      ['openBatch', openEntries, `entries in open batch ${settlement.open.number}, not reconciled: close it first`],
      ['holds', holds, 'pre-authorisations neither completed nor cancelled: only this journal knows them'],
      ['lateDeclines', late, 'late declines that nobody has settled: see "cham stored"'],
    ]),
  };
}

function some(found: readonly (readonly [LeftBehind['kind'], number, string])[]): readonly LeftBehind[] {
  return found.flatMap(([kind, count, text]) => (count === 0 ? [] : [{ kind, count, text: `${count} ${text}` }]));
}
