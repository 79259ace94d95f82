/** What is explored in one run: who does what how often, and what may go wrong. Everything else may happen without limit. */
import type { CardCompletion } from '../../src/core/emv/contact/requests.ts';
import type { Input } from '../../src/core/transaction/inputs.ts';
import type { CardOutcome } from '../../src/core/transaction/model.ts';
import type { Policy } from '../../src/core/transaction/policy.ts';
import type { HostRules } from './host.ts';
import type { Caps } from './normalise.ts';

/** How often a person may; absent: never. What only ends a sale (cancel, close) may be pressed at any time. */
export interface Commands {
  readonly void?: number;
  readonly increment?: number;
  readonly complete?: number;
  readonly reprint?: number;
  readonly closeBatch?: number;
  readonly sendNow?: number;
}

export interface Payment {
  /** Which of the starts it pays for. */
  readonly sale: number;
  readonly amount: number;
}

export interface Scenario {
  readonly name: string;
  readonly policy: Partial<Policy>;
  readonly caps: Caps;
  /** Trace number of the first request. */
  readonly firstStan: number;
  /** In this order, each as soon as somebody wants to. */
  readonly starts: readonly Input[];
  readonly host: HostRules;
  readonly card: readonly CardOutcome[];
  readonly completion: readonly CardCompletion['decision'][];
  readonly printer: readonly ('printed' | 'paperOut' | 'timeout')[];
  readonly commands: Commands;
  /** Of customers who pay by QR, each once. */
  readonly payments: readonly Payment[];
  readonly faults: {
    /** The power fails, at any moment and any number of times. */
    readonly restart: boolean;
    /** A request certainly never leaves. */
    readonly notSent: boolean;
    /** A request or its reply is lost, or is under way for ever so long; the host may see it later. */
    readonly lost: boolean;
    /** Whatever the host has ever said arrives, again, at any time. */
    readonly late: boolean;
    /** Between the host's commit and its reply at the terminal anything may happen. */
    readonly slowReplies: boolean;
    /** The connection comes and goes by itself. */
    readonly linkFlaps: boolean;
    /** The disk does not take card data. */
    readonly vault: boolean;
  };
}
