/**
 * The other side of the wire, in the abstract: an acquirer that books once by trace number, says the same to every repeat,
 * and remembers a reversal of what it has never seen, so that the original is refused when it arrives after all. The rules
 * are those of the training acquirer (src/host/training), without its messages. Books are plain data and never changed.
 */
import { unreachable } from '../../src/core/base/assert.ts';
import { money } from '../../src/core/base/money.ts';
import type { Effect } from '../../src/core/transaction/effects.ts';
import type { AuthorizationReply, HostTotals, Tally } from '../../src/core/transaction/model.ts';

export type HostEffect = Extract<
  Effect,
  { type: 'SendAuthorization' | 'SendReversal' | 'SendFollowUp' | 'Forward' | 'SendReconciliation' | 'UploadEntry' }
>;

/** What the host makes of a request that it sees for the first time. */
export type Verdict = 'approve' | 'decline' | 'part' | 'approve08' | 'later' | 'refuse';

export type Operation =
  | 'sale'
  | 'refund'
  | 'preAuthorization'
  | 'deferred'
  | 'chip'
  | 'void'
  | 'increment'
  | 'completion';

export interface HostEntry {
  readonly stan: number;
  readonly transaction: string;
  readonly operation: Operation;
  /** Minor units that it approved. */
  readonly amount: number;
  readonly code: string;
  readonly batch: number;
  /** Trace number of what it goes on with, or gives back. */
  readonly of: number | null;
  readonly reversed: boolean;
}

export interface HostBook {
  /** By trace number. */
  readonly entries: readonly HostEntry[];
  /** Reversed before they were seen. */
  readonly refused: readonly number[];
  readonly closings: readonly { readonly batch: number; readonly totals: HostTotals }[];
  /** Answers that may still be on their way, as `stan:code`. */
  readonly said: readonly string[];
}

export const emptyBook: HostBook = { entries: [], refused: [], closings: [], said: [] };

export interface HostReply extends AuthorizationReply {
  readonly totals?: HostTotals;
}

export interface Processed {
  readonly book: HostBook;
  readonly reply: HostReply;
  /** Something that an acquirer can only take for a mistake of the terminal's. */
  readonly problem: string | null;
}

export interface HostRules {
  readonly verdicts: readonly Verdict[];
  /** False: it knows nothing of what it has never seen, answers a reversal of it with 25, and books it when it comes. */
  readonly remembersUnseen: boolean;
  /** May say once that the totals of a batch differ, whatever they are. */
  readonly disputesTotals: boolean;
}

const codes: Readonly<Record<Verdict, string>> = {
  approve: '00',
  decline: '51',
  part: '10',
  approve08: '08',
  later: '91',
  refuse: '12',
};
const approvals: ReadonlySet<string> = new Set(['00', '10', '08']);

export function isApproved({ code, reversed }: HostEntry): boolean {
  return approvals.has(code) && !reversed;
}

function find({ entries }: HostBook, stan: number): HostEntry | undefined {
  return entries.find((entry) => entry.stan === stan);
}

/** Of an entry that goes on with it, approved and not reversed. */
function followed({ entries }: HostBook, stan: number, operation: Operation): boolean {
  return entries.some((entry) => entry.of === stan && entry.operation === operation && isApproved(entry));
}

function stanOf(effect: HostEffect): number {
  return effect.type === 'SendReversal' ? effect.request.originalStan : effect.request.stan;
}

function operationOf(
  effect: Exclude<HostEffect, { type: 'SendReversal' | 'SendReconciliation' | 'UploadEntry' }>,
): Operation {
  if (effect.type === 'SendAuthorization') return effect.request.kind;
  if (effect.type === 'Forward') return effect.request.manner === 'chipApproved' ? 'chip' : 'deferred';
  return effect.request.operation;
}

/** Processing it once more would change nothing, now and for ever: copies of it on the wire can be forgotten. */
export function isSpent(book: HostBook, effect: HostEffect): boolean {
  if (effect.type === 'SendReconciliation' || effect.type === 'UploadEntry') return true;
  const stan = stanOf(effect);
  const known = find(book, stan);
  if (effect.type === 'SendReversal') return book.refused.includes(stan) || known?.reversed === true;
  return known !== undefined || book.refused.includes(stan);
}

/** What the host may decide; one choice where it has decided already or there is nothing to decide. */
export function verdictsFor(book: HostBook, effect: HostEffect, rules: HostRules): readonly Verdict[] {
  switch (effect.type) {
    case 'SendReversal':
    case 'UploadEntry':
      return ['approve'];
    case 'SendReconciliation': {
      const closed = book.closings.some(({ batch }) => batch === effect.request.batch);
      const first = rules.disputesTotals && !effect.request.afterUpload && !closed;
      return first ? ['approve', 'decline'] : ['approve'];
    }
    case 'SendAuthorization':
    case 'SendFollowUp':
    case 'Forward': {
      if (isSpent(book, effect)) return ['approve'];
      const operation = operationOf(effect);
      return rules.verdicts.filter((verdict) => mayBe(verdict, operation));
    }
    default:
      return unreachable(effect, 'verdicts');
  }
}

/** A hold is a promise, and a void of what is there is done; what the issuer's own chip approved is not declined. */
function mayBe(verdict: Verdict, operation: Operation): boolean {
  const asked = operation === 'sale' || operation === 'refund' || operation === 'preAuthorization';
  if (verdict === 'approve') return true;
  if (verdict === 'part') return operation === 'sale' || operation === 'deferred';
  if (verdict === 'approve08') return asked;
  // Of an authorization too, though it is never repeated: a copy of it on the wire is decided anew.
  if (verdict === 'later') return true;
  if (verdict === 'refuse') return operation === 'chip' || operation === 'completion';
  return asked || operation === 'deferred' || operation === 'increment' || operation === 'void';
}

export function process(book: HostBook, effect: HostEffect, verdict: Verdict, rules: HostRules): Processed {
  switch (effect.type) {
    case 'SendReversal':
      return reverse(book, effect, rules);
    case 'SendReconciliation':
      return reconcile(book, effect, verdict);
    case 'UploadEntry':
      return upload(book, effect);
    case 'SendAuthorization':
    case 'SendFollowUp':
    case 'Forward':
      return authorize(book, effect, verdict);
    default:
      return unreachable(effect, 'host');
  }
}

function authorize(
  book: HostBook,
  effect: Exclude<HostEffect, { type: 'SendReversal' | 'SendReconciliation' | 'UploadEntry' }>,
  verdict: Verdict,
): Processed {
  const { transactionId, stan, batch } = effect.request;
  const operation = operationOf(effect);
  const known = find(book, stan);
  if (known !== undefined) {
    const same = known.transaction === transactionId && known.operation === operation;
    const problem = same ? null : `trace number ${stan} was used for ${known.operation} and again for ${operation}`;
    return { book, reply: replyOf(known), problem };
  }
  if (book.refused.includes(stan)) return { book, reply: { responseCode: '94' }, problem: null };
  const original = originalOf(effect);
  const unfit = unfitness(book, operation, original, effect.request.amount.minorUnits);
  if (unfit !== undefined) return { book, reply: { responseCode: unfit }, problem: null };
  const code = codes[verdict];
  // Not decided: nothing is booked, and a repeat is decided anew.
  if (verdict === 'later' || verdict === 'refuse') {
    return { book: withSaid(book, stan, code), reply: { responseCode: code }, problem: null };
  }
  const asked = effect.request.amount.minorUnits;
  const entry: HostEntry = {
    stan,
    transaction: transactionId,
    operation,
    amount: verdict === 'part' ? Math.floor(asked / 2) : asked,
    code,
    batch: openBatch(book, batch),
    of: original,
    reversed: false,
  };
  const entries = [...book.entries, entry].sort((a, b) => a.stan - b.stan);
  return { book: withSaid({ ...book, entries }, stan, code), reply: replyOf(entry), problem: null };
}

function originalOf(effect: HostEffect): number | null {
  if (effect.type === 'SendFollowUp') return effect.request.original.stan;
  return effect.type === 'SendAuthorization' ? (effect.request.original?.stan ?? null) : null;
}

/** DE 39 when the original does not allow it: nothing is booked. */
function unfitness(book: HostBook, operation: Operation, stan: number | null, amount: number): string | undefined {
  if (stan === null) return undefined;
  const original = find(book, stan);
  if (original === undefined || !isApproved(original)) return '25';
  const over = followed(book, stan, 'void') || followed(book, stan, 'completion');
  if (operation === 'refund') {
    const back = book.entries.filter(
      (entry) => entry.of === stan && entry.operation === 'refund' && isLive(book, entry),
    );
    return over || back.reduce((sum, entry) => sum + entry.amount, amount) > original.amount ? '12' : undefined;
  }
  if (operation === 'void') {
    const settled =
      original.operation !== 'preAuthorization' && book.closings.some((closing) => closing.batch === original.batch);
    return over || settled || followed(book, stan, 'refund') ? '12' : undefined;
  }
  if (original.operation !== 'preAuthorization' || over) return '12';
  return operation === 'completion' && amount > heldBy(book, original) ? '13' : undefined;
}

function isLive(book: HostBook, entry: HostEntry): boolean {
  return isApproved(entry) && !followed(book, entry.stan, 'void');
}

function heldBy({ entries }: HostBook, hold: HostEntry): number {
  const raised = entries.filter(
    (entry) => entry.of === hold.stan && entry.operation === 'increment' && isApproved(entry),
  );
  return raised.reduce((sum, { amount }) => sum + amount, hold.amount);
}

function openBatch({ closings }: HostBook, named: number): number {
  let batch = named;
  while (closings.some((closing) => closing.batch === batch)) batch += 1;
  return batch;
}

function replyOf({ code, amount, reversed }: HostEntry): HostReply {
  if (reversed) return { responseCode: '94' };
  if (code === '10') return { responseCode: code, approvalCode: 'A1', rrn: '1', approvedAmount: money(amount, 'VND') };
  return approvals.has(code) ? { responseCode: code, approvalCode: 'A1', rrn: '1' } : { responseCode: code };
}

function withSaid(book: HostBook, stan: number, code: string): HostBook {
  const said = `${stan}:${code}`;
  return book.said.includes(said) ? book : { ...book, said: [...book.said, said].sort() };
}

/** A reply that comes late says what was said then, whatever has become of it. */
export function lateReplies({
  said,
  entries,
}: HostBook): readonly { readonly stan: number; readonly reply: HostReply }[] {
  return said.map((text) => {
    const [stan = '', responseCode = ''] = text.split(':');
    const entry = entries.find((each) => each.stan === Number(stan));
    const reply = entry?.code === responseCode ? replyOf({ ...entry, reversed: false }) : { responseCode };
    return { stan: Number(stan), reply };
  });
}

function reverse(book: HostBook, effect: Extract<HostEffect, { type: 'SendReversal' }>, rules: HostRules): Processed {
  const { originalStan: stan, transactionId, amount } = effect.request;
  const known = find(book, stan);
  const reply: HostReply = { responseCode: '00' };
  if (known === undefined) {
    if (!rules.remembersUnseen) return { book, reply: { responseCode: '25' }, problem: null };
    if (book.refused.includes(stan)) return { book, reply, problem: null };
    return { book: { ...book, refused: [...book.refused, stan].sort((a, b) => a - b) }, reply, problem: null };
  }
  const asked = known.code === '10' ? amount.minorUnits >= known.amount : amount.minorUnits === known.amount;
  const same = known.transaction === transactionId && asked;
  const problem = same ? null : `reverses trace number ${stan}, which is another payment`;
  const entries = book.entries.map((entry) => (entry.stan === stan ? { ...entry, reversed: true } : entry));
  return { book: { ...book, entries }, reply, problem };
}

/** The first question closes the batch when the totals agree, the second closes it with what the host then has. */
function reconcile(
  book: HostBook,
  effect: Extract<HostEffect, { type: 'SendReconciliation' }>,
  verdict: Verdict,
): Processed {
  const { batch, totals: theirs, afterUpload } = effect.request;
  const closed = book.closings.find((closing) => closing.batch === batch);
  const totals = closed?.totals ?? totalsOf(book, batch);
  const agree = JSON.stringify(totals) === JSON.stringify(theirs) && verdict === 'approve';
  if (closed !== undefined) return { book, reply: { responseCode: agree ? '00' : '95', totals }, problem: null };
  if (!agree && !afterUpload) return { book, reply: { responseCode: '95', totals }, problem: null };
  const closings = [...book.closings, { batch, totals }].sort((a, b) => a.batch - b.batch);
  return { book: { ...book, closings }, reply: { responseCode: '00', totals }, problem: null };
}

/** Every entry of these scenarios is known to the host, or is a mistake. */
function upload(book: HostBook, { request }: Extract<HostEffect, { type: 'UploadEntry' }>): Processed {
  const { stan, amount, transactionId } = request.entry;
  const known = find(book, stan);
  const same = known?.transaction === transactionId && known.amount === amount.minorUnits && isApproved(known);
  return { book, reply: { responseCode: '94' }, problem: same ? null : `uploads trace number ${stan}, unknown here` };
}

function plus({ count, minorUnits }: Tally, amount: number): Tally {
  return { count: count + 1, minorUnits: minorUnits + amount };
}

export function totalsOf(book: HostBook, batch: number): HostTotals {
  const none: Tally = { count: 0, minorUnits: 0 };
  let [debits, debitReversals, credits, creditReversals] = [none, none, none, none];
  for (const entry of book.entries) {
    const { operation, amount, stan } = entry;
    if (entry.batch !== batch || !isApproved(entry)) continue;
    const voided = followed(book, stan, 'void');
    if (operation === 'refund') {
      credits = plus(credits, amount);
      if (voided) creditReversals = plus(creditReversals, amount);
    } else if (operation === 'sale' || operation === 'deferred' || operation === 'chip' || operation === 'completion') {
      debits = plus(debits, amount);
      if (voided) debitReversals = plus(debitReversals, amount);
    }
  }
  return { currency: 'VND', debits, debitReversals, credits, creditReversals };
}

/** What the host holds for one transaction: charged to the cardholder or, of a refund, given back to her. */
export interface Holding {
  readonly charged: number;
  readonly held: number;
  /** Entries that hold money: more than one is a payment taken twice. */
  readonly live: number;
}

export function holdings(book: HostBook): ReadonlyMap<string, Holding> {
  const found = new Map<string, Holding>();
  for (const entry of book.entries) {
    const { transaction, operation, amount, stan } = entry;
    if (operation === 'void' || operation === 'increment' || !isLive(book, entry)) continue;
    const before = found.get(transaction) ?? { charged: 0, held: 0, live: 0 };
    if (operation !== 'preAuthorization') {
      found.set(transaction, { ...before, charged: before.charged + amount, live: before.live + 1 });
    } else if (!followed(book, stan, 'completion')) {
      found.set(transaction, { ...before, held: before.held + heldBy(book, entry) });
    }
  }
  return found;
}
