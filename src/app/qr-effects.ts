/** The effects that ask the QR provider, each ended as exactly one input; only withdrawing a code ends as none. */
import { assert, unreachable } from '../core/base/assert.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import type { Effect } from '../core/transaction/effects.ts';
import type { Input } from '../core/transaction/inputs.ts';
import type { TerminalState } from '../core/transaction/state.ts';
import type { QrProviderPort } from './ports.ts';

export type QrEffect = Extract<Effect, { type: 'IssueQr' | 'QueryPayment' | 'RefundQr' | 'QueryRefund' | 'CancelQr' }>;
type Of<T extends QrEffect['type']> = Extract<QrEffect, { type: T }>;

interface QrParts {
  readonly provider: Pick<QrProviderPort, 'issue' | 'query' | 'cancel' | 'refund' | 'queryRefund'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly state: () => TerminalState;
  readonly handle: (input: Input) => void;
}

/** A code that cannot be withdrawn runs out by itself: after these pauses nobody tries again. */
const cancelPausesMs = [2000, 15_000] as const;

export async function askProvider(effect: QrEffect, parts: QrParts): Promise<void> {
  assert(effect.timeoutMs > 0, 'qr effects: every wait has a limit');
  switch (effect.type) {
    case 'IssueQr':
      return parts.handle(await issue(effect, parts));
    case 'QueryPayment':
      return parts.handle(await query(effect, parts));
    case 'RefundQr':
    case 'QueryRefund':
      return parts.handle(await refund(effect, parts));
    case 'CancelQr':
      return cancel(effect, parts);
    default:
      return unreachable(effect, 'qr effects');
  }
}

function trouble({ log }: QrParts, what: string, transaction: string, fault: { kind: string; detail: string }): void {
  log.write('warning', what, { transaction, fault: fault.kind, detail: fault.detail });
}

async function issue({ request, timeoutMs }: Of<'IssueQr'>, parts: QrParts): Promise<Input> {
  const { transactionId } = request;
  assert(request.reference !== '' && request.amount.minorUnits > 0, 'effects: a code is for an amount, by a reference');
  const result = await parts.provider.issue(request, { signal: parts.signal, timeoutMs });
  if (result.ok) return { type: 'QrIssued', transactionId, issue: result.value };
  trouble(parts, 'no QR code could be issued', transactionId, result.fault);
  return { type: 'QrIssueFailed', transactionId, fault: result.fault.kind };
}

async function query(
  { transactionId, attempt, reference, timeoutMs }: Of<'QueryPayment'>,
  parts: QrParts,
): Promise<Input> {
  assert(reference !== '' && attempt >= 0, 'effects: a payment is asked for by its reference');
  const expiresAt = parts.state().transactions.get(transactionId)?.qr?.expiresAt;
  const code = expiresAt === undefined ? {} : { expiresAt };
  const result = await parts.provider.query(reference, { signal: parts.signal, timeoutMs, ...code });
  if (result.ok) return { type: 'QueryAnswered', transactionId, attempt, transfers: result.value };
  trouble(parts, 'QR payment could not be asked for', transactionId, result.fault);
  return { type: 'QueryFailed', transactionId, attempt, fault: result.fault.kind };
}

async function refund(effect: Of<'RefundQr' | 'QueryRefund'>, parts: QrParts): Promise<Input> {
  const { type, transactionId, attempt, request, timeoutMs } = effect;
  const asked = parts.state().transactions.get(transactionId)?.providerRefund;
  assert(asked?.refundId === request.refundId, 'effects: what is asked for is what was journaled');
  assert((type === 'RefundQr') === (attempt === 1), 'effects: money is asked for once');
  const options = { signal: parts.signal, timeoutMs };
  const { provider } = parts;
  const result = await (type === 'RefundQr'
    ? provider.refund(request, options)
    : provider.queryRefund(request, options));
  if (result.ok) return { type: 'RefundAnswered', transactionId, attempt, reply: result.value };
  const { kind: fault, detail } = result.fault;
  trouble(parts, 'refund without an answer', transactionId, result.fault);
  return { type: 'RefundUnanswered', transactionId, attempt, fault, detail };
}

/** What was paid before it could be withdrawn is read at once, and takes the way of any transfer that comes late. */
async function cancel({ transactionId, order, timeoutMs }: Of<'CancelQr'>, parts: QrParts): Promise<void> {
  const { provider, signal } = parts;
  for (const pauseMs of [...cancelPausesMs, 0]) {
    const result = await provider.cancel(order, { signal, timeoutMs });
    if (result.ok && result.value !== 'paid') return undefined;
    if (result.ok) return readPaid(order, timeoutMs, parts);
    trouble(parts, 'QR code not withdrawn at the provider', transactionId, result.fault);
    const isFinal = result.fault.kind === 'refused' || result.fault.kind === 'notSupported';
    if (isFinal || pauseMs === 0 || !(await waited(pauseMs, parts))) return undefined;
  }
  return undefined;
}

async function readPaid(order: Of<'CancelQr'>['order'], timeoutMs: number, parts: QrParts): Promise<void> {
  const { reference, expiresAt } = order;
  const found = await parts.provider.query(reference, { signal: parts.signal, timeoutMs, expiresAt });
  // What cannot be read now is found by the watch on the code.
  for (const transfer of found.ok ? found.value : []) parts.handle({ type: 'PaymentNotified', transfer });
}

/** False when the terminal stops meanwhile. */
function waited(pauseMs: number, { clock, signal }: QrParts): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const stopped = (): void => {
      cancelTimer();
      resolve(false);
    };
    const cancelTimer = clock.after(pauseMs, () => {
      signal.removeEventListener('abort', stopped);
      resolve(true);
    });
    signal.addEventListener('abort', stopped, { once: true });
    return undefined;
  });
}
