/**
 * What a closing batch does with each input. Terminal and host compare totals (0500); when they differ the terminal
 * uploads the batch entry by entry and the host is asked again. Whatever is not answered is repeated with the same
 * STAN, for ever: nothing is given up.
 */
import { assert } from '../base/assert.ts';
import { epochMs, type EpochMs } from '../base/brand.ts';
import type { BatchEntry, ReconciliationReply } from '../transaction/model.ts';
import { retryDelayMs } from '../transaction/policy.ts';
import { askLater } from '../transaction/response-codes.ts';
import type { BatchInput, SettlementEffect, SettlementEvent } from './events.ts';
import type { BatchRequest, Booking, ClosingBatch } from './model.ts';
import { cardEntries, hostTotals, sameTotals, uploadable } from './totals.ts';

export interface SettlementPolicy {
  /** IANA name. */
  readonly timeZone: string;
  /** `HH:MM`, shop-local: when one business date ends and the next begins. */
  readonly cutOverTime: string;
  readonly hostTimeoutMs: number;
  /** First gap between attempts; doubles up to `retryMaxMs`. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
}

export interface SettlementContext {
  readonly at: EpochMs;
  readonly policy: SettlementPolicy;
  /** The STAN the next request would take. */
  readonly nextStan: number;
  /** How many transactions of a batch still have an unknown outcome or wait for delivery. */
  readonly inQuestion: (batch: number) => number;
}

export interface SettlementStep {
  readonly events: readonly SettlementEvent[];
  readonly effects: readonly SettlementEffect[];
}

type InputType = BatchInput['type'];
type Of<T extends InputType> = Extract<BatchInput, { type: T }>;

/** `run` does something; `ignore` says why doing nothing is right. */
export type Cell<T extends InputType> =
  | { readonly run: (batch: ClosingBatch, input: Of<T>, context: SettlementContext) => SettlementStep }
  | { readonly ignore: string };

export type Row = { readonly [T in InputType]: Cell<T> };

const nothing: SettlementStep = { events: [], effects: [] };

function waitEnd({ at, policy }: SettlementContext): EpochMs {
  return epochMs(at + policy.hostTimeoutMs);
}

function underWay(batch: ClosingBatch): BatchRequest {
  assert(batch.request !== null, 'a batch that asks the host has a request');
  return batch.request;
}

/** An answer to the request under way, and not to one before it. */
function answers(batch: ClosingBatch, { stan, attempt }: { readonly stan: number; readonly attempt: number }): boolean {
  const request = underWay(batch);
  return request.stan === stan && request.attempt === attempt && request.nextTryAt === null;
}

/** The first thing after closing, or after waiting. Needs nothing of the batch but its number and its bookings. */
export function start(
  { number, bookings }: { readonly number: number; readonly bookings: readonly Booking[] },
  context: SettlementContext,
): SettlementStep {
  if (context.inQuestion(number) > 0) return nothing;
  if (cardEntries(bookings).length === 0) {
    return { events: [{ type: 'BatchSettled', batch: number, balance: 'noCards', hostTotals: null }], effects: [] };
  }
  return requestReconciliation({ number, bookings }, false, context);
}

export function released(batch: ClosingBatch, _input: unknown, context: SettlementContext): SettlementStep {
  return start(batch, context);
}

function requestReconciliation(
  { number, bookings }: Pick<ClosingBatch, 'number' | 'bookings'>,
  afterUpload: boolean,
  context: SettlementContext,
): SettlementStep {
  const { nextStan: stan, at: requestedAt, policy } = context;
  const totals = hostTotals(cardEntries(bookings));
  const request = { batch: number, stan, requestedAt, totals, afterUpload, attempt: 1 };
  return {
    events: [{ type: 'ReconciliationRequested', batch: number, stan, waitUntil: waitEnd(context), afterUpload }],
    effects: [{ type: 'SendReconciliation', request, timeoutMs: policy.hostTimeoutMs }],
  };
}

function requestUpload(batch: number, entry: BatchEntry, context: SettlementContext): SettlementStep {
  assert(!entry.voided, 'settlement: a voided entry is not uploaded');
  const { nextStan: stan, at: requestedAt, policy } = context;
  const { transactionId } = entry;
  return {
    events: [{ type: 'EntryUploadRequested', batch, transactionId, stan, waitUntil: waitEnd(context) }],
    effects: [
      {
        type: 'UploadEntry',
        request: { batch, stan, requestedAt, entry, attempt: 1 },
        timeoutMs: policy.hostTimeoutMs,
      },
    ],
  };
}

/** Uploads entry `index`, or asks the host to compare again when there are no more. */
function uploadFrom(batch: ClosingBatch, index: number, context: SettlementContext): SettlementStep {
  const entry = uploadable(batch.bookings)[index];
  return entry === undefined
    ? requestReconciliation(batch, true, context)
    : requestUpload(batch.number, entry, context);
}

function withEvent(event: SettlementEvent, step: SettlementStep): SettlementStep {
  return { ...step, events: [event, ...step.events] };
}

/** `null`: no verdict. A host that says "agreed" but shows other totals than ours has not agreed. */
function verdict(batch: ClosingBatch, { responseCode, hostTotals: theirs }: ReconciliationReply): boolean | null {
  if (responseCode === '95') return false;
  if (responseCode !== '00') return null;
  return theirs === undefined || sameTotals(theirs, hostTotals(cardEntries(batch.bookings)));
}

function settled(batch: ClosingBatch, inBalance: boolean, reply: ReconciliationReply): SettlementStep {
  const balance = inBalance ? 'inBalance' : 'differs';
  const hostTotals = reply.hostTotals ?? null;
  return { events: [{ type: 'BatchSettled', batch: batch.number, balance, hostTotals }], effects: [] };
}

export function reconciliationReply(
  batch: ClosingBatch,
  input: Of<'ReconciliationReply'>,
  context: SettlementContext,
): SettlementStep {
  if (!answers(batch, input)) return nothing;
  const agreed = verdict(batch, input.reply);
  if (agreed === null) return notCompared(batch, input, context);
  if (agreed) return settled(batch, true, input.reply);
  const hostTotals = input.reply.hostTotals ?? null;
  return withEvent({ type: 'BatchOutOfBalance', batch: batch.number, hostTotals }, uploadFrom(batch, 0, context));
}

/** After an upload there is nothing more to send: what still differs is kept with both totals, for a person. */
export function confirmationReply(
  batch: ClosingBatch,
  input: Of<'ReconciliationReply'>,
  context: SettlementContext,
): SettlementStep {
  if (!answers(batch, input)) return nothing;
  const agreed = verdict(batch, input.reply);
  if (agreed === null) return notCompared(batch, input, context);
  return settled(batch, agreed, input.reply);
}

/** Refusals of the message itself, after which the batch is left to a person. */
const refusalsBelieved = 3;

/** "Later" is asked again for ever; a host that will not have the message at all is not, and a person compares. */
function notCompared(
  batch: ClosingBatch,
  { reply }: Of<'ReconciliationReply'>,
  context: SettlementContext,
): SettlementStep {
  const { responseCode } = reply;
  const refused = !askLater.has(responseCode) && underWay(batch).attempt >= refusalsBelieved;
  return refused ? settled(batch, false, reply) : reconciliationFailed(batch, answered(responseCode), context);
}

function answered(responseCode: string): string {
  return `the host answered ${responseCode}`;
}

export function reconciliationUnanswered(
  batch: ClosingBatch,
  input: Of<'ReconciliationUnanswered'>,
  context: SettlementContext,
): SettlementStep {
  return answers(batch, input) ? reconciliationFailed(batch, input.detail, context) : nothing;
}

function nextTry(attempt: number, { at, policy }: SettlementContext): EpochMs {
  return epochMs(at + retryDelayMs(policy, attempt));
}

function retryAt(batch: number, dueAt: EpochMs): SettlementEffect {
  return { type: 'StartBatchTimer', timer: 'batchRetry', batch, dueAt };
}

function reconciliationFailed(batch: ClosingBatch, detail: string, context: SettlementContext): SettlementStep {
  const { number } = batch;
  const { attempt } = underWay(batch);
  const nextTryAt = nextTry(attempt, context);
  return {
    events: [{ type: 'ReconciliationUnanswered', batch: number, attempt, detail, nextTryAt }],
    effects: [retryAt(number, nextTryAt)],
  };
}

function current(batch: ClosingBatch): BatchEntry {
  const entry = uploadable(batch.bookings)[batch.uploaded];
  assert(entry !== undefined, 'an upload has an entry');
  return entry;
}

/** `00` the host has it now; `94` it had it already. */
export function uploadReply(batch: ClosingBatch, input: Of<'UploadReply'>, context: SettlementContext): SettlementStep {
  if (!answers(batch, input)) return nothing;
  const { responseCode } = input;
  if (askLater.has(responseCode)) return uploadFailed(batch, answered(responseCode), context);
  const { number } = batch;
  const { transactionId } = current(batch);
  const event: SettlementEvent =
    responseCode === '00' || responseCode === '94'
      ? { type: 'EntryUploaded', batch: number, transactionId }
      : { type: 'EntryUploadRefused', batch: number, transactionId, responseCode };
  return withEvent(event, uploadFrom(batch, batch.uploaded + 1, context));
}

export function uploadUnanswered(
  batch: ClosingBatch,
  input: Of<'UploadUnanswered'>,
  context: SettlementContext,
): SettlementStep {
  return answers(batch, input) ? uploadFailed(batch, input.detail, context) : nothing;
}

function uploadFailed(batch: ClosingBatch, detail: string, context: SettlementContext): SettlementStep {
  const { number } = batch;
  const { attempt } = underWay(batch);
  const { transactionId } = current(batch);
  const nextTryAt = nextTry(attempt, context);
  return {
    events: [{ type: 'EntryUploadFailed', batch: number, transactionId, attempt, detail, nextTryAt }],
    effects: [retryAt(number, nextTryAt)],
  };
}

/** Also after a restart: whether the last attempt left is not known, and a repeat is marked as one. */
export function repeat(batch: ClosingBatch, _input: unknown, context: SettlementContext): SettlementStep {
  const { number, phase, bookings } = batch;
  const { stan, requestedAt, attempt: made } = underWay(batch);
  const attempt = made + 1;
  const same = { batch: number, stan, requestedAt, attempt };
  const timeoutMs = context.policy.hostTimeoutMs;
  const totals = hostTotals(cardEntries(bookings));
  const effect: SettlementEffect =
    phase === 'uploading'
      ? { type: 'UploadEntry', request: { ...same, entry: current(batch) }, timeoutMs }
      : { type: 'SendReconciliation', request: { ...same, totals, afterUpload: phase === 'confirming' }, timeoutMs };
  return {
    events: [{ type: 'BatchAttemptStarted', batch: number, attempt, waitUntil: waitEnd(context) }],
    effects: [effect],
  };
}

/** The timer may fire early; an attempt under way is not doubled. */
export function retryTimer(batch: ClosingBatch, input: unknown, context: SettlementContext): SettlementStep {
  return underWay(batch).nextTryAt === null ? nothing : repeat(batch, input, context);
}
