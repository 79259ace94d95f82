/** Everything a language must say, as one type: a catalogue with a missing sentence does not compile. */
import type { RefusalReason } from '../../src/contract/commands.ts';
import type { DeviceView, SaleView, TerminalView, WorklistItem } from '../../src/contract/view.ts';
import type { CardMessages } from './card-messages.ts';
import type { CodeMessages } from './code-messages.ts';
import type { DeskMessages } from './desk-messages.ts';
import type { QrMessages } from './qr-messages.ts';
import type { KindMessages, ReasonMessages, ResultStage, SaleMessages } from './sale-messages.ts';

/** Why the terminal did not do what the screen asked; the last three are the screen's own. */
export type CommandTrouble = RefusalReason | 'noAnswer' | 'notConnected' | 'codeUnasked';

/** Stages in which something open is settled attempt by attempt. */
export type AttemptStage = Extract<ResultStage, 'unknown' | 'stored' | 'raisingHold' | 'completing' | 'voiding'>;

export interface Messages
  extends SaleMessages, ReasonMessages, KindMessages, CardMessages, CodeMessages, DeskMessages, QrMessages {
  readonly entry: {
    readonly amount: string;
    readonly prompt: string;
    readonly card: string;
    readonly cardHint: string;
    readonly qr: string;
    readonly qrHint: string;
    readonly cash: string;
    readonly cashHint: string;
    readonly starting: string;
    readonly keypad: string;
    readonly backspace: string;
    readonly clear: string;
    readonly overLimit: (max: string) => string;
  };
  readonly top: {
    readonly status: string;
    readonly worklist: string;
    readonly recent: string;
    readonly devices: string;
    readonly menu: string;
    /** Dead letters and late declines. */
    readonly alarm: string;
    readonly allReady: string;
    readonly language: string;
    readonly training: string;
    readonly cashierScreen: string;
    readonly customerScreen: string;
    readonly backgroundNotice: (count: number) => string;
  };
  readonly sale: {
    readonly cancel: Readonly<Record<SaleView['kind'], string>>;
    readonly newSale: string;
    /** Instead of `newSale` while money is unknown: nothing that could be read as "charge again". */
    readonly nextCustomer: string;
    readonly reprint: string;
    readonly close: string;
    readonly kind: Readonly<Record<SaleView['kind'], string>>;
    readonly method: Readonly<Record<SaleView['method'], string>>;
    readonly secondsLeft: (seconds: number) => string;
    readonly timeLeft: (clock: string) => string;
    readonly overdueBy: (seconds: number) => string;
    readonly code: (code: string) => string;
    readonly received: string;
    readonly missing: string;
    readonly excess: string;
    readonly giveBack: (amount: string) => string;
    /** What the terminal does by itself about what is open: undo, ask or deliver. */
    readonly attempts: Readonly<
      Record<AttemptStage, { readonly next: (seconds: number) => string; readonly now: string }>
    >;
    readonly attemptsMade: (attempts: number) => string;
    readonly lastError: string;
    readonly askedFor: string;
    readonly rest: string;
    readonly held: string;
    readonly tendered: string;
    readonly change: string;
    readonly bill: string;
    readonly billRemaining: string;
    readonly cashBack: (amount: string) => string;
    readonly cashTakeBack: (amount: string) => string;
    readonly takePart: (amount: string) => string;
    readonly givePartBack: string;
    readonly deadLetter: string;
    readonly resolved: (name: string, note: string) => string;
    readonly followUp: string;
    readonly followUps: Readonly<Record<NonNullable<SaleView['followUp']>['operation'], string>>;
    readonly followUpResults: Readonly<Record<'pending' | 'approved' | 'refused' | 'notSent', string>>;
    readonly originalSale: string;
    readonly refundable: string;
    readonly startedAt: string;
    readonly card: string;
    readonly approvalCode: string;
    readonly rrn: string;
    readonly stan: string;
    readonly reference: string;
  };
  readonly receipt: {
    readonly printing: string;
    readonly printed: (copies: number) => string;
    readonly failed: (trouble: string) => string;
    readonly trouble: Readonly<Record<NonNullable<SaleView['receipt']['trouble']>, string>>;
  };
  readonly lists: {
    readonly background: string;
    readonly todo: string;
    readonly nothingTodo: string;
    readonly nothingRecent: string;
    readonly close: string;
    readonly reference: (reference: string) => string;
    readonly kinds: Readonly<Record<WorklistItem['kind'], { readonly title: string; readonly advice: string }>>;
  };
  readonly devices: {
    readonly roles: Readonly<Record<DeviceView['role'], string>>;
    readonly acquirer: string;
    readonly states: Readonly<Record<DeviceView['state'], string>>;
    readonly linkUp: string;
    readonly linkDown: string;
    readonly linkDownAdvice: string;
  };
  readonly customer: {
    readonly welcome: string;
    readonly idleHint: string;
    readonly toPay: Readonly<Record<SaleView['kind'], string>>;
    readonly partOf: (amount: string) => string;
    readonly excess: string;
    readonly stop: string;
    readonly stopHint: string;
  };
  readonly trouble: {
    readonly halted: string;
    /** What has happened, and what to do next. */
    readonly haltedBy: Readonly<
      Record<NonNullable<TerminalView['halt']>['kind'], { readonly hint: string; readonly next: string }>
    >;
    readonly bugCode: (code: string) => string;
    readonly haltedSale: string;
    readonly commands: Readonly<Record<CommandTrouble, string>>;
    readonly linkLost: string;
    readonly linkLostHint: string;
    readonly connecting: string;
    readonly connectingHint: string;
    readonly noToken: string;
    readonly noTokenHint: string;
    readonly badFrame: string;
    readonly badFrameHint: string;
    readonly reconnect: string;
  };
  readonly demo: {
    readonly title: string;
    readonly explanation: string;
    readonly show: string;
    readonly cashier: string;
    readonly customer: string;
    readonly strip: string;
    readonly cards: string;
    readonly cardsIdle: string;
    readonly cardsNow: string;
    readonly interfaces: Readonly<Record<'contact' | 'contactless', string>>;
    readonly inserted: string;
    readonly takeCard: string;
    readonly pad: string;
    readonly pin: Readonly<Record<'right' | 'wrong' | 'bypass' | 'cancel', string>>;
    readonly network: string;
    readonly plugged: string;
    readonly unplugged: string;
    readonly plug: string;
    readonly unplug: string;
    readonly printer: string;
    readonly faults: Readonly<Record<'jam' | 'coverOpen' | 'paperOut', string>>;
    readonly bank: string;
    readonly bankIdle: string;
    readonly payExact: string;
    readonly payLess: string;
    readonly payMore: string;
    readonly display: string;
    readonly displayIdle: string;
    readonly paper: string;
    readonly noPaper: string;
    readonly receipt: (number: number) => string;
    readonly noSimulator: string;
  };
}
