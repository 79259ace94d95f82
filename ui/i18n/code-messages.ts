/** What every language must say around a code that the customer shows. Until the bank is asked, no money has moved. */
import type { SaleView } from '../../src/contract/view.ts';
import type { WaitingText } from './sale-messages.ts';

export interface CodeMessages {
  readonly code: {
    /** The button on the payment screen. */
    readonly method: string;
    /** Instead of the method, beside the amount. */
    readonly paidBy: string;
    readonly methodHint: string;
    /** A hold is never taken by code. */
    readonly present: Readonly<Record<Exclude<SaleView['kind'], 'preAuthorization'>, WaitingText>>;
    /** The field that a scanner types into. */
    readonly field: string;
    readonly take: string;
    /** Control strip. */
    readonly show: string;
    readonly showNow: string;
    readonly phone: string;
  };
}
