/**
 * Where notices of QR providers come from: the terminal's own listener, or a relay that received them on a public
 * address. Both hand over the request as it was received, so that only the provider's adapter decides what it proves.
 */
import type { EpochMs } from '../../core/base/brand.ts';

/** A provider's request as it came in; nothing of it is believed yet. */
export interface RawNotice {
  /** The source's own: the same request handed over again has the same. Not a key against duplicates of the provider. */
  readonly id: string;
  readonly method: string;
  /** Path and query as they were sent, without scheme and host. */
  readonly path: string;
  /** Names in lower case. A source may leave out what no adapter reads (`noticeHeaders`). */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as they were sent: signatures are made over them. */
  readonly body: Uint8Array;
  /** When the source received it, by the source's clock: a notice that waited in a relay has not become stale there. */
  readonly receivedAt: EpochMs;
}

/**
 * True when what the notice says is durable here, or needs no keeping: it may be acknowledged and forgotten. False: it has
 * to be handed over again later.
 */
export type NoticeDelivery = (notice: RawNotice) => Promise<boolean> | boolean;

export interface NoticeSource {
  /** Hands over from now on, in whatever order; one notice may come more than once. */
  start(deliver: NoticeDelivery): void;
  /** Hands over nothing more; resolves once nothing is under way. */
  stop(): Promise<void>;
}

/** Every header that an adapter looks at, in lower case; a relay need not carry others. */
export const noticeHeaders: readonly string[] = [
  'authorization',
  'content-type',
  'x-casso-signature',
  'x-cham-signature',
  'x-cham-timestamp',
  'x-sepay-signature',
  'x-sepay-timestamp',
];
