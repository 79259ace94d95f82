/** The control strip's hands and eyes: the simulated devices and the training world, as one port and one view. */
import type { SimulatorPort } from '../app/ports.ts';
import type { SimulatorView } from '../contract/view.ts';
import { SimulatedCardReader } from '../../drivers/simulated/card-reader.ts';
import { SimulatedCodeScanner } from '../../drivers/simulated/code-scanner.ts';
import { SimulatedCustomerDisplay } from '../../drivers/simulated/customer-display.ts';
import { SimulatedPinPad } from '../../drivers/simulated/pin-pad.ts';
import { SimulatedPrinter } from '../../drivers/simulated/printer/simulated-printer.ts';
import type { TerminalState } from '../core/transaction/state.ts';
import type { Devices } from './devices.ts';
import type { TrainingWorld } from './training.ts';

export interface Simulator extends SimulatorPort {
  view(state: TerminalState): SimulatorView;
  onChange(listener: () => void): () => void;
  onPaper(listener: (paper: { readonly jobId: string; readonly png: Uint8Array }) => void): () => void;
}

/** Undefined when nothing is simulated: then no control strip exists. */
export function createSimulator(devices: Devices, training: TrainingWorld | undefined): Simulator | undefined {
  const reader = devices.cardReader instanceof SimulatedCardReader ? devices.cardReader : undefined;
  const scanner = devices.codeScanner instanceof SimulatedCodeScanner ? devices.codeScanner : undefined;
  const pad = devices.pinPad instanceof SimulatedPinPad ? devices.pinPad : undefined;
  const printer = devices.receiptPrinter instanceof SimulatedPrinter ? devices.receiptPrinter : undefined;
  const display = devices.customerDisplay instanceof SimulatedCustomerDisplay ? devices.customerDisplay : undefined;
  if (reader === undefined && scanner === undefined && printer === undefined && training === undefined)
    return undefined;
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  training?.network.onChange(changed);
  display?.onContent(changed);
  reader?.onSlot(changed);
  printer?.onHealth(changed);
  return {
    tapCard: (card) => reader?.tap(card).ok ?? false,
    showCode: (code) => scanner?.show(code) ?? false,
    takeCard: () => reader?.takeOut() ?? false,
    setPin(pin) {
      if (pad === undefined) return false;
      pad.does = pin;
      changed();
      return true;
    },
    async setNetwork(connected) {
      await training?.network.setConnected(connected);
    },
    setPrinterFault(fault, on) {
      printer?.setFault(fault, on);
      changed();
    },
    payQr: (reference, amountMinorUnits) => training?.provider?.pay({ reference, amountMinorUnits }).ok ?? false,
    payCode: (payload, amountMinorUnits) => training?.provider?.payCode({ payload, amountMinorUnits }).ok ?? false,
    view(state) {
      const faults = printer?.faults();
      return {
        cards: [...(reader?.cards() ?? [])],
        codes: [...(scanner?.codes() ?? [])],
        insertedCard: reader?.inserted ?? null,
        pin: pad?.does ?? null,
        networkConnected: training?.network.connected ?? true,
        printer: {
          jammed: faults?.has('jam') ?? false,
          coverOpen: faults?.has('coverOpen') ?? false,
          paperOut: faults?.has('paperOut') ?? false,
        },
        display: copyOf(display),
        payableQr: payableQr(state, training),
      };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // A fragment torn off with the paper belongs to no finished job.
    onPaper: (listener) => printer?.onPaper(({ jobId = '', png }) => listener({ jobId, png })) ?? (() => {}),
  };
}

function copyOf(display: SimulatedCustomerDisplay | undefined): SimulatorView['display'] {
  const content = display?.content() ?? { kind: 'idle' };
  return content.kind === 'idle' ? { kind: 'idle' } : { ...content, lines: [...content.lines] };
}

/** The newest code that a customer's bank app could still pay, shown or already withdrawn. */
function payableQr(state: TerminalState, training: TrainingWorld | undefined): SimulatorView['payableQr'] {
  if (training?.provider === undefined) return null;
  const newest = [...state.transactions.values()].findLast(({ qr }) => qr?.issue);
  return newest?.qr ? { reference: newest.qr.reference, amount: newest.amount } : null;
}
