/** Every driver there is, listed by hand: what configuration may name, and nothing else. */
import type { CardReader } from '../devices/card-reader.ts';
import type { CodeScanner } from '../devices/code-scanner.ts';
import type { CustomerDisplay } from '../devices/customer-display.ts';
import type { PinPad } from '../devices/pin-pad.ts';
import type { ReceiptPrinter } from '../devices/receipt-printer.ts';
import type { DriverModule } from './driver.ts';
import { escposPrinter } from './escpos-printer/escpos-printer.ts';
import { framebufferDisplay } from './framebuffer-display/framebuffer-display.ts';
import { pcscReader } from './pcsc-reader/pcsc-reader.ts';
import { serialScanner } from './serial-scanner/serial-scanner.ts';
import { simulatedCardReader } from './simulated/card-reader.ts';
import { simulatedCodeScanner } from './simulated/code-scanner.ts';
import { simulatedCustomerDisplay } from './simulated/customer-display.ts';
import { simulatedPinPad } from './simulated/pin-pad.ts';
import { simulatedPrinter } from './simulated/printer/simulated-printer.ts';

export const cardReaderDrivers: readonly DriverModule<CardReader>[] = [pcscReader, simulatedCardReader];
export const codeScannerDrivers: readonly DriverModule<CodeScanner>[] = [serialScanner, simulatedCodeScanner];
export const pinPadDrivers: readonly DriverModule<PinPad>[] = [simulatedPinPad];
export const receiptPrinterDrivers: readonly DriverModule<ReceiptPrinter>[] = [escposPrinter, simulatedPrinter];
export const customerDisplayDrivers: readonly DriverModule<CustomerDisplay>[] = [
  framebufferDisplay,
  simulatedCustomerDisplay,
];
