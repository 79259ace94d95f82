/**
 * All data objects of one transaction on one application: what the card gave, what the terminal brings, and the bit
 * fields that the kernel fills. EMV 4.4 Book 3 §5 and §10.
 */
import { assert } from '../base/assert.ts';
import type { DataObjects } from '../tlv/dol.ts';
import type { CardObjects } from './card-data.ts';
import { newTsi, newTvr, type Tsi, type Tvr } from './flags.ts';

export class TransactionData {
  /** Objects of the selected application's FCI. Views into the answer to SELECT: not valid after the session. */
  readonly fci: CardObjects = new Map();
  /** Objects of all later answers of the card. Views into its responses: not valid after the session. */
  readonly card: CardObjects = new Map();
  /** Objects of the terminal, by tag; a kernel adds what it finds out (CVM Results, Authorisation Response Code …). */
  readonly terminal: Map<string, Uint8Array>;
  readonly tvr: Tvr = newTvr();
  readonly tsi: Tsi = newTsi();
  /** Records under offline data authentication, in the order of the AFL, as Book 3 §10.3 wants them hashed. */
  readonly signedRecords: Uint8Array[] = [];
  /** A record under authentication was not a template 70: authentication fails (Book 3 §10.3). */
  signedRecordsUnusable = false;
  /** What the card was sent for its PDOL: CDA signs it (Book 2 §6.6.2). */
  pdolValue: Uint8Array = new Uint8Array(0);

  constructor(terminal: DataObjects) {
    this.terminal = new Map(terminal);
  }

  /**
   * The value of a tag for a DOL or a decision. What the terminal has comes first: a card cannot lend the terminal
   * other capabilities or another amount. Then comes what may be authenticated, the later answers; what SELECT answered
   * never is, and only names the application.
   */
  get(tag: string): Uint8Array | undefined {
    if (tag === '95') return this.tvr.value;
    if (tag === '9B') return this.tsi.value;
    const name = tag === '84' ? this.fci.get(tag) : undefined;
    return this.terminal.get(tag) ?? name ?? this.card.get(tag) ?? this.fci.get(tag);
  }

  /** One byte of an object, from 1; 0 where the object is absent or shorter. */
  byte(tag: string, number: number): number {
    return this.get(tag)?.[number - 1] ?? 0;
  }

  /** Bit `bit` (8–1) of byte `byte` (from 1). */
  bit(tag: string, byte: number, bit: number): boolean {
    assert(byte >= 1 && bit >= 1 && bit <= 8, 'EMV: bytes count from 1, bits from 8 to 1');
    return (this.byte(tag, byte) & (1 << (bit - 1))) !== 0;
  }
}
