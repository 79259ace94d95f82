/**
 * Scanner role: reads bar codes and QR codes and hands over what they say, one at a time (UnifiedPOS v1.14 §28, Scanner).
 * It hands over at once whatever it reads: nothing is kept for later, and whether anybody wanted it is for the application.
 */
import type { Device } from './device.ts';

export type Scan =
  /** The text of one code, without what the scanner puts before and behind it. It may be card data. */
  | { readonly kind: 'text'; readonly text: string }
  /** Something came that is no text of a code; `detail` says what, without a part of it. */
  | { readonly kind: 'unreadable'; readonly detail: string };

export interface CodeScanner extends Device {
  readonly role: 'codeScanner';
  /** Calls `listener` for everything that is read; the result unsubscribes. */
  onScan(listener: (scan: Scan) => void): () => void;
}
