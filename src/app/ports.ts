/**
 * What the application needs from the journal, the acquirer and the QR provider. Implemented in src/store and
 * src/host, joined in src/main/wire.ts; tests and simulation bring their own.
 */
import type { EpochMs, TransactionId } from '../core/base/brand.ts';
import type { Fault, Result } from '../core/base/result.ts';
import type {
  CancelFault,
  ProviderCapabilities,
  QrCancelReply,
  QrOrder,
  QrRefundReply,
  QrRefundRequest,
  RefundFault,
} from '../core/provider/model.ts';
import type { JournalEvent, Recorded } from '../core/transaction/events.ts';
import type {
  AuthorizationReply,
  AuthorizationRequest,
  CardSecrets,
  FollowUpRequest,
  HostFault,
  LateReply,
  ProviderFault,
  QrIssue,
  QrRequest,
  ReconciliationReply,
  ReconciliationRequest,
  ReversalReply,
  ReversalRequest,
  StoredRequest,
  Transfer,
  UploadRequest,
} from '../core/transaction/model.ts';

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** After either fault nothing more may be sold: what is on disk is known only after a restart. */
export type JournalFault = Fault<'diskFull' | 'writeFailed'>;

export interface JournalPort {
  /**
   * One transaction, durable unless `synced` is false: then it survives the process, and a power cut once a later one is
   * durable. `seal` signs the new head in the same step. Returns the new head.
   */
  append(
    events: readonly JournalEvent[],
    at: EpochMs,
    seal: boolean,
    synced: boolean,
  ): Result<JournalHead, JournalFault>;
  /** Every event after that sequence number, oldest first. */
  read(after?: number): Iterable<Recorded>;
  head(): JournalHead;
  /** The newest signed snapshot of that fold version, if there is one. */
  latestSnapshot(foldVersion: number): { readonly sequence: number; readonly state: string } | undefined;
  /** `state` as of the present head. */
  writeSnapshot(foldVersion: number, state: string): Result<void, JournalFault>;
}

export interface JournalHead {
  /** 0 for an empty journal. */
  readonly sequence: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
}

export type VaultFault = Fault<'writeFailed' | 'unreadable'>;

/**
 * Card data of stored payments, encrypted at rest, kept only until the payment is delivered. Never in the journal,
 * which is not allowed to forget.
 */
export interface CardVaultPort {
  /** Durable when it returns. */
  put(transactionId: TransactionId, secrets: CardSecrets): Result<void, VaultFault>;
  /** A fresh copy that the caller wipes; undefined when there is none. */
  get(transactionId: TransactionId): Result<CardSecrets | undefined, VaultFault>;
  /** Overwrites and forgets; no error when there is none. */
  remove(transactionId: TransactionId): Result<void, VaultFault>;
  ids(): readonly TransactionId[];
}

export type LinkState = 'up' | 'down';

export interface AcquirerPort {
  /** Whether requests can carry an enciphered PIN (DE 52): the acquirer has to have the pad's key. */
  readonly takesOnlinePin: boolean;
  /** Reads `secrets` while encoding and never keeps them; the caller wipes them afterwards. */
  authorize(
    request: AuthorizationRequest,
    secrets: CardSecrets,
    options: CallOptions,
  ): Promise<Result<AuthorizationReply, HostFault>>;
  reverse(request: ReversalRequest, options: CallOptions): Promise<Result<ReversalReply, HostFault>>;
  /** Void, increment, completion. A repeat (`attempt` above 1) is the same message with the repeat's MTI. */
  followUp(request: FollowUpRequest, options: CallOptions): Promise<Result<AuthorizationReply, HostFault>>;
  /** Delivers a stored payment; `secrets` as with `authorize`. */
  forward(
    request: StoredRequest,
    secrets: CardSecrets,
    options: CallOptions,
  ): Promise<Result<AuthorizationReply, HostFault>>;
  /** Compares a closed batch's totals with the host's. */
  reconcile(request: ReconciliationRequest, options: CallOptions): Promise<Result<ReconciliationReply, HostFault>>;
  /** Tells the host one entry of a batch whose totals differ; DE 39 `00` when it has it. */
  upload(request: UploadRequest, options: CallOptions): Promise<Result<{ readonly responseCode: string }, HostFault>>;
  /** Replies to financial requests that came after their time; the result unsubscribes. */
  onLateReply(listener: (late: LateReply) => void): () => void;
  linkState(): LinkState;
  /** Calls `listener` at every change; the returned function ends the subscription. */
  onLinkState(listener: (state: LinkState) => void): () => void;
}

export interface QrQueryOptions extends CallOptions {
  /** Of the code. Some providers name an order by its date too; may be left out for a code of this process. */
  readonly expiresAt?: EpochMs;
}

export interface QrProviderPort {
  readonly capabilities: ProviderCapabilities;
  /** Idempotent by `request.reference`. What is issued is watched. */
  issue(request: QrRequest, options: CallOptions): Promise<Result<QrIssue, ProviderFault>>;
  /**
   * Asks about the code with growing pauses until some time after it expired, whatever notices do; what is found comes
   * through `onTransfer`. For codes from before a restart. The result ends it.
   */
  watch(order: QrOrder): () => void;
  /** Every transfer whose memo carries the reference. */
  query(reference: string, options: QrQueryOptions): Promise<Result<readonly Transfer[], ProviderFault>>;
  /** Withdraws a code that is not paid. The provider's answer counts, not ours: it may have been paid meanwhile. */
  cancel(order: QrOrder, options: CallOptions): Promise<Result<QrCancelReply, CancelFault>>;
  /** Idempotent by `request.refundId` as far as the fault says so. */
  refund(request: QrRefundRequest, options: CallOptions): Promise<Result<QrRefundReply, RefundFault>>;
  /** What became of a refund that was asked for; sends nothing that could move money. */
  queryRefund(request: QrRefundRequest, options: CallOptions): Promise<Result<QrRefundReply, RefundFault>>;
  /**
   * Hands over what is confirmed: by the provider's own answer, or by its signature where there is nothing to ask. The
   * provider is told "received" once `listener` returns true, that is once the transfer is durable. Repeats are possible.
   */
  onTransfer(listener: (transfer: Transfer) => boolean): () => void;
}

/** Those who may approve what a cashier may not do alone. */
export interface SupervisorPort {
  names(): readonly string[];
  /** Slow by design; `lockedUntil` after too many wrong codes. */
  check(name: string, code: string): Promise<'right' | 'wrong' | { readonly lockedUntil: EpochMs }>;
}

/** The control strip's hands: present only when simulated devices and the training hosts run. */
export interface SimulatorPort {
  /** False when the reader is not waiting or the card is unknown. */
  tapCard(card: string): boolean;
  /** The customer's phone shows a code to the scanner, whether or not it is waited for. False when there is no such code. */
  showCode(code: string): boolean;
  /** False when no card is in the slot. */
  takeCard(): boolean;
  /** What the cardholder does at the PIN pad from now on; false without a simulated one. */
  setPin(pin: 'right' | 'wrong' | 'bypass' | 'cancel'): boolean;
  setNetwork(connected: boolean): Promise<void>;
  setPrinterFault(fault: 'jam' | 'coverOpen' | 'paperOut', on: boolean): void;
  /** False when the bank does not know the reference. */
  payQr(reference: string, amountMinorUnits: number): boolean;
  /** By a code without amount and reference; false without the training bank. */
  payCode(payload: string, amountMinorUnits: number): boolean;
}
