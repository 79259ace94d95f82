/** What Entry Point hands to a kernel, and what a kernel hands back. EMV Contactless Book B §3.4 and §3.5. */
import type { CardAnswer, CardChannel } from '../card-channel.ts';
import type { ContactlessSettings, TerminalApplication } from '../configuration.ts';
import type { OutcomeParameters } from '../kernel-result.ts';
import type { CardStop } from '../stop.ts';
import type { SaleInput } from '../terminal-data.ts';
import type { TornRecord } from '../torn-record.ts';
import type { TransactionData } from '../transaction-data.ts';
import { decisionParameters, parametersOf, type Decision } from './outcomes.ts';

export interface KernelContext {
  readonly channel: CardChannel;
  /** Holds the terminal's objects and, once `readFci` was called, those of the FCI. */
  readonly data: TransactionData;
  /** Answer to SELECT of the application. */
  readonly fci: Uint8Array;
  readonly input: SaleInput;
  readonly application: TerminalApplication;
  readonly settings: ContactlessSettings;
}

export type KernelEnd = (
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      readonly detail?: string;
      /** There is a track 2 (as tag 57) and no cryptogram. */
      readonly magStripe?: boolean;
    }
  /** `stop.kind` says what Entry Point does: `selectNext` and `kernelNotSupported` try the next Combination. */
  | { readonly kind: 'stopped'; readonly stop: CardStop }
) & {
  readonly parameters: OutcomeParameters;
  /** The torn-transaction log, when the kernel changed it. */
  readonly tornLog?: readonly TornRecord[];
};

export type KernelRun = Generator<Uint8Array, KernelEnd, CardAnswer>;

export function decided(
  decision: Decision,
  cvm: OutcomeParameters['cvm'],
  more: { readonly receipt?: boolean; readonly detail?: string } = {},
): KernelEnd & { readonly kind: 'decided' } {
  const { receipt, detail } = more;
  const parameters = decisionParameters(decision, cvm, receipt);
  return { kind: 'decided', decision, parameters, ...(detail === undefined ? {} : { detail }) };
}

export function stopped(stop: CardStop, parameters = parametersOf(stop.kind)): KernelEnd {
  return { kind: 'stopped', stop, parameters };
}

export function stoppedBy(kind: CardStop['kind'], detail: string, parameters = parametersOf(kind)): KernelEnd {
  return stopped({ kind, detail, retrySafe: true }, parameters);
}

/** Registered Application Provider Identifier of an application: the first five bytes of its name. */
export function ridOf({ application }: KernelContext): string {
  return application.aid.slice(0, 10);
}
