/** What every language must say about payments by QR beyond a single code on the screen. */
import type { ResultText } from './sale-messages.ts';

export interface QrMessages {
  readonly qr: {
    /** List of the codes that were put aside. */
    readonly aside: string;
    readonly asideHint: string;
    readonly nothingAside: string;
    readonly nextCustomer: string;
    readonly payOtherWay: string;
    readonly bringBack: string;
    /** Of an under-paid sale: the rest, by which means. */
    readonly collectRest: (amount: string) => string;
    /** Of a transfer for less: the part was taken as a payment of the bill. */
    readonly partTaken: ResultText;
  };
}
