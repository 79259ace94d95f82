/** What every language must say about payments by QR beyond a single code on the screen. */
import type { PayoutView, TerminalView } from '../../src/contract/view.ts';
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
    /** Money that came and waits for a person. */
    readonly transferTitle: string;
    readonly transferHint: string;
    readonly transferGone: string;
    readonly transferNotes: readonly string[];
    readonly settleTransfer: string;
    readonly attach: (reference: string, amount: string, time: string) => string;
    readonly attachNote: string;
    readonly endWithNote: string;
    readonly fitsNothing: string;
    /** Money that goes back by bank transfer. */
    readonly payout: {
      readonly title: string;
      readonly nothing: string;
      /** The button that begins one. */
      readonly begin: string;
      readonly beginExcess: (amount: string) => string;
      readonly askHint: string;
      readonly askedBy: string;
      readonly ask: string;
      readonly confirm: string;
      readonly confirmHint: (askedBy: string) => string;
      readonly complete: string;
      readonly completeHint: string;
      readonly bankReference: string;
      readonly withdraw: string;
      readonly withdrawHint: string;
      readonly name: string;
      readonly payee: (account: string) => string;
      readonly noPayee: string;
      readonly by: Readonly<Record<PayoutView['stage'], (name: string) => string>>;
      readonly stages: Readonly<Record<PayoutView['stage'], string>>;
      readonly reasons: Readonly<Record<PayoutView['reason'], string>>;
    };
    /** Money that the provider gives back. */
    readonly giveBack: {
      readonly title: string;
      readonly begin: string;
      readonly beginExcess: (amount: string) => string;
      /** When the provider has not done it. */
      readonly instead: string;
      readonly hint: string;
      readonly confirm: string;
      readonly goesBack: string;
      readonly given: string;
      readonly notGiven: string;
      readonly givenNotes: readonly string[];
    };
    readonly confirmNotes: readonly string[];
    readonly unverified: (name: string) => string;
    readonly verifiedLater: (name: string, time: string) => string;
    /** On the screen with digits, and spoken with words. */
    readonly arrived: (amount: string) => string;
    readonly seen: string;
    readonly soundOn: string;
    readonly soundOff: string;
    /** Of an under-paid sale: the rest, by which means. */
    readonly collectRest: (amount: string) => string;
    /** One code for every payment, for which the customer types the amount. */
    readonly staticCode: {
      readonly show: string;
      readonly hide: string;
      readonly hint: string;
      /** Money without a reference. */
      readonly came: (amount: string, time: string) => string;
      readonly cameHint: string;
      readonly isThis: (amount: string) => string;
      readonly attachNote: string;
      /** For the customer. */
      readonly title: string;
      readonly scanHint: string;
      /** In the demo: the customer's bank app. */
      readonly pay: string;
    };
    /** How the terminal hears of payments. */
    readonly link: {
      readonly name: string;
      readonly confirms: Readonly<Record<TerminalView['qrLink']['confirms'], (seconds: number) => string>>;
      /** The same in a few words, for the status of the machine. */
      readonly trouble: Readonly<Record<'byAsking' | 'notNow', string>>;
      /** What to do while payments are not confirmed at once. */
      readonly advice: Readonly<Record<'byAsking' | 'notNow', string>>;
      readonly provider: string;
      readonly answers: Readonly<Record<TerminalView['qrLink']['provider']['answer'], string>>;
      readonly relay: string;
      readonly relayStates: Readonly<Record<'up' | 'down', string>>;
      readonly since: (time: string) => string;
      readonly position: (position: number | null) => string;
      readonly clock: string;
      /** Seconds; above zero: the terminal's clock is ahead. */
      readonly clockAhead: (seconds: number) => string;
    };
    /** Of a transfer for less: the part was taken as a payment of the bill. */
    readonly partTaken: ResultText;
  };
}
