/**
 * How the terminal reaches what is outside its process. All is left out in the product: TCP, files, and the devices that
 * configuration names. A simulation brings its own, so that all else in it is the real terminal.
 */
import type { ReceiptPrinter } from '../../devices/receipt-printer.ts';
import type { JournalPort } from '../app/ports.ts';
import type { Machine } from '../app/terminal.ts';
import type { Dial } from '../host/acquirer/session.ts';
import type { HttpCaller } from '../host/qr/http-call.ts';
import type { Listen } from '../host/qr/http-service.ts';
import type { Journal } from '../store/journal.ts';

export interface Outside {
  /** Connections to the acquirer. */
  readonly dial?: Dial;
  /** Calls to the QR provider, and its calls to the terminal. */
  readonly call?: HttpCaller;
  readonly listen?: Listen;
  /** What the loop is given in place of the journal itself. */
  readonly journalPort?: (journal: Journal) => JournalPort;
  /** The pure functions of the loop, in which tests plant bugs. */
  readonly machine?: Machine;
  /** In place of the one that configuration names. */
  readonly receiptPrinter?: ReceiptPrinter;
}
