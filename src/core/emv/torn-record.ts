/**
 * One record of the torn-transaction log: a card that left between GENERATE AC and its answer is asked for that answer
 * when it comes back (EMV Contactless Book C-2, RECOVER AC). Held in memory only, and for a short time.
 */
import type { DataObjects } from '../tlv/dol.ts';

export interface TornRecord {
  /** Application PAN and sequence number as the card gave them, upper-case hex: what a returning card is known by. */
  readonly account: string;
  /** Monotonic milliseconds at which the card was torn away. */
  readonly tornAtMs: number;
  /** The data objects of the torn transaction that its recovery needs. Copies; the owner wipes them. */
  readonly objects: DataObjects;
}
