/**
 * The effects that ask the acquirer, each ended as exactly one input. Card data are read from memory or from the vault,
 * and wiped as soon as the request is encoded.
 */
import { assert, unreachable } from '../core/base/assert.ts';
import type { TransactionId } from '../core/base/brand.ts';
import type { Log } from '../core/base/ports.ts';
import type { Effect } from '../core/transaction/effects.ts';
import type { Input } from '../core/transaction/inputs.ts';
import type { CardSecrets } from '../core/transaction/model.ts';
import type { AcquirerPort, CallOptions, CardVaultPort } from './ports.ts';

type HostEffect = Extract<
  Effect,
  { type: 'SendReversal' | 'SendFollowUp' | 'Forward' | 'SendReconciliation' | 'UploadEntry' }
>;

interface HostParts {
  readonly acquirer: AcquirerPort;
  readonly vault: CardVaultPort;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export function wipeSecrets(secrets: CardSecrets): void {
  secrets.pan.wipe();
  secrets.track2?.fill(0);
  secrets.pinBlock?.fill(0);
}

/** The input that the effect ends as. */
export async function askHost(effect: HostEffect, parts: HostParts): Promise<Input> {
  const { acquirer, signal } = parts;
  assert(effect.timeoutMs > 0, 'host effects: every wait has a limit');
  assert(effect.request.attempt >= 1, 'host effects: attempts count from 1');
  const options: CallOptions = { signal, timeoutMs: effect.timeoutMs };
  switch (effect.type) {
    case 'SendReversal': {
      const { transactionId } = effect.request;
      const result = await acquirer.reverse(effect.request, options);
      if (result.ok) return { type: 'ReversalReply', transactionId, reply: result.value };
      return { type: 'ReversalUnanswered', transactionId, detail: result.fault.detail };
    }
    case 'SendFollowUp': {
      const { transactionId, stan } = effect.request;
      const result = await acquirer.followUp(effect.request, options);
      if (result.ok) return { type: 'FollowUpReply', transactionId, stan, reply: result.value };
      trouble(parts, effect.request.operation, transactionId, result.fault.detail);
      return { type: 'FollowUpUnanswered', transactionId, stan, fault: result.fault.kind };
    }
    case 'Forward':
      return forward(effect, parts, options);
    case 'SendReconciliation': {
      const { batch, stan, attempt } = effect.request;
      const result = await acquirer.reconcile(effect.request, options);
      if (result.ok) return { type: 'ReconciliationReply', batch, stan, attempt, reply: result.value };
      return { type: 'ReconciliationUnanswered', batch, stan, attempt, detail: result.fault.detail };
    }
    case 'UploadEntry': {
      const { batch, stan, attempt } = effect.request;
      const result = await acquirer.upload(effect.request, options);
      if (result.ok) return { type: 'UploadReply', batch, stan, attempt, responseCode: result.value.responseCode };
      return { type: 'UploadUnanswered', batch, stan, attempt, detail: result.fault.detail };
    }
    default:
      return unreachable(effect, 'host effects');
  }
}

async function forward(
  { request }: Extract<Effect, { type: 'Forward' }>,
  parts: HostParts,
  options: CallOptions,
): Promise<Input> {
  const { transactionId } = request;
  const found = parts.vault.get(transactionId);
  if (!found.ok || found.value === undefined) {
    trouble(parts, 'stored payment', transactionId, found.ok ? 'no card data on disk' : found.fault.detail);
    return { type: 'ForwardUnanswered', transactionId, fault: 'cardMissing' };
  }
  const secrets = found.value;
  const result = await parts.acquirer.forward(request, secrets, options).finally(() => wipeSecrets(secrets));
  if (result.ok) return { type: 'ForwardReply', transactionId, reply: result.value };
  trouble(parts, 'stored payment', transactionId, result.fault.detail);
  return { type: 'ForwardUnanswered', transactionId, fault: result.fault.kind };
}

function trouble({ log }: HostParts, what: string, transactionId: TransactionId, detail: string): void {
  log.write('warning', `${what} without an answer`, { transaction: transactionId, detail });
}
