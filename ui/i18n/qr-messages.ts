/** What every language must say about payments by QR beyond a single code on the screen. */
export interface QrMessages {
  readonly qr: {
    /** List of the codes that were put aside. */
    readonly aside: string;
    readonly asideHint: string;
    readonly nothingAside: string;
    readonly nextCustomer: string;
    readonly payOtherWay: string;
    readonly bringBack: string;
  };
}
