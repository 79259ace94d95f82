/**
 * A virtual ESC/POS printer: bytes in, status bytes and pictures of the paper out. It behaves as the "ESC/POS
 * Command Reference" (Epson) and the TM-T88III specification describe:
 *
 * - Real-time commands are executed on arrival, offline too, and even inside picture data.
 * - Offline (cover open, paper end, error) it prints nothing; what arrives waits in the receive buffer and `GS r`
 *   is not answered. With paper and a closed cover it goes on by itself, at the dot row where it stopped.
 * - A cutter error stays after the jam is removed, until `DLE ENQ` 1 (go on) or 2 (forget the buffer).
 */
import { concat, fromLatin1, hex, toHex } from '../../../src/core/base/bytes.ts';
import { receiptRaster } from '../../raster/receipt-raster.ts';
import { CommandParser, type EscPosCommand } from './command-parser.ts';
import { Paper } from './paper.ts';
import { RealTimeScanner, type RealTimeCommand } from './real-time.ts';

export type PrinterTroubleSwitch = 'jam' | 'coverOpen' | 'paperOut';

export interface VirtualPrinterOptions {
  /** Dots of one row. */
  readonly dots: number;
  /** Bytes for the host. */
  readonly reply: (bytes: Uint8Array) => void;
  /** A piece of paper was cut or torn off. */
  readonly onPaper: (png: Uint8Array) => void;
}

/** Bytes beyond this are lost, as on a printer whose busy signal is ignored. */
const receiveBufferBytes = 1024 * 1024;

/** Font A is 12 dots wide and a line 30 dots high (default of `ESC 2`, 1/6 inch at 180 dpi). */
const fontWidth = 12;
const lineHeight = 30;

/** Kinds of commands remembered as not carried out. */
const longestIgnoredList = 100;

export class VirtualPrinter {
  readonly #options: VirtualPrinterOptions;
  readonly #parser = new CommandParser();
  readonly #realTime = new RealTimeScanner();
  readonly #paper: Paper;
  readonly #faults = new Set<PrinterTroubleSwitch>();
  readonly #ignored = new Set<string>();
  #cutterError = false;
  #text = '';
  /** What the mechanism has still to do for the last command; a fault can stop it between any two steps. */
  #steps: (Uint8Array | 'cut')[] = [];
  #stepsDone = 0;
  #trip: { readonly fault: PrinterTroubleSwitch; rows: number } | undefined;
  /** `n` of `GS a`, 0 when off, and the status last reported that way. */
  #reporting = 0;
  #reported = '';

  constructor(options: VirtualPrinterOptions) {
    this.#options = options;
    this.#paper = new Paper(options.dots, options.onPaper);
  }

  receive(bytes: Uint8Array): void {
    let from = 0;
    bytes.forEach((byte, index) => {
      const command = this.#realTime.feed(byte);
      if (command === undefined) return;
      this.#store(bytes.subarray(from, index + 1));
      from = index + 1;
      this.#executeNow(command);
    });
    this.#store(bytes.subarray(from));
    this.#work();
  }

  /** A person at the printer. Putting something right also tears off the paper that hangs out. */
  setFault(fault: PrinterTroubleSwitch, on: boolean): void {
    if (this.#faults.has(fault) === on) return;
    if (on) this.#faults.add(fault);
    else this.#faults.delete(fault);
    if (fault === 'jam' && on) this.#cutterError = true;
    if (!on) this.#paper.cut();
    this.#report();
    this.#work();
  }

  /** What is wrong at the printer now, as far as a person can see it. */
  faults(): ReadonlySet<PrinterTroubleSwitch> {
    return new Set(this.#faults);
  }

  /** Lets the fault appear by itself after so many more dot rows: trouble in the middle of a job. */
  setFaultAfterRows(fault: PrinterTroubleSwitch, rows: number): void {
    this.#trip = { fault, rows };
  }

  /** Commands received that this printer does not carry out, by name or, when unknown, by their bytes. */
  ignored(): ReadonlySet<string> {
    return this.#ignored;
  }

  get #offline(): boolean {
    return this.#cutterError || this.#faults.has('coverOpen') || this.#faults.has('paperOut');
  }

  #store(bytes: Uint8Array): void {
    this.#parser.feed(bytes.subarray(0, Math.max(0, receiveBufferBytes - this.#parser.pending)));
  }

  #work(): void {
    while (!this.#offline) {
      const step = this.#steps[this.#stepsDone];
      if (step !== undefined) {
        this.#stepsDone += 1;
        if (step === 'cut') this.#paper.cut();
        else this.#printRow(step);
        continue;
      }
      this.#steps = [];
      this.#stepsDone = 0;
      const command = this.#parser.next();
      if (command === undefined) return;
      this.#execute(command);
    }
  }

  #printRow(row: Uint8Array): void {
    this.#paper.print(row);
    if (this.#trip === undefined) return;
    this.#trip.rows -= 1;
    if (this.#trip.rows > 0) return;
    const { fault } = this.#trip;
    this.#trip = undefined;
    this.setFault(fault, true);
  }

  #execute(command: EscPosCommand): void {
    switch (command.kind) {
      case 'text':
        this.#text += fromLatin1(command.bytes);
        return;
      case 'command':
        return this.#executeNamed(command.name, command.parameters);
      case 'tooLarge':
        return this.#ignore(`${command.name} of ${command.length} bytes`);
      case 'unknown':
        return this.#ignore([...command.bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' '));
    }
  }

  #executeNamed(name: string, parameters: Uint8Array): void {
    const [p0 = 0, p1 = 0, p2 = 0] = parameters;
    switch (name) {
      case 'ESC @':
        this.#text = '';
        this.#reporting = 0;
        return;
      case 'LF':
        return this.#printText(1);
      case 'ESC d':
        return this.#printText(p0);
      case 'ESC J':
        this.#printText(0);
        return this.#feed(p0);
      case 'GS v':
        return this.#startImage(p1 + p2 * 256, parameters.subarray(5));
      case 'GS V':
        this.#printText(0);
        this.#feed(p0 >= 65 ? p1 : 0);
        this.#steps.push('cut');
        return;
      case 'GS a':
        this.#reporting = p0;
        this.#reported = '';
        return this.#report();
      case 'GS r':
        // Sensors: paper present (offline it would not get here); drawer pin low.
        return this.#options.reply(Uint8Array.of(0x00));
      case 'GS (':
        return this.#executeFunction(parameters);
      case 'DLE EOT':
      case 'DLE ENQ':
      case 'DLE DC4':
        return; // carried out on arrival
      default:
        this.#ignore(name);
    }
  }

  /** `GS ( H pL pH fn m d1 d2 d3 d4`, fn = m = 48: process ID response. */
  #executeFunction(parameters: Uint8Array): void {
    const isProcessId = toHex(parameters.subarray(0, 5)) === toHex(hex('48 06 00 30 30'));
    if (!isProcessId) return this.#ignore('GS (');
    this.#options.reply(concat(hex('37 22'), parameters.subarray(5), hex('00')));
  }

  #startImage(rowBytes: number, data: Uint8Array): void {
    if (rowBytes === 0) return;
    for (let at = 0; at < data.length; at += rowBytes) {
      this.#steps.push(data.subarray(at, at + rowBytes));
    }
  }

  #feed(rows: number): void {
    for (let i = 0; i < rows; i += 1) this.#steps.push(new Uint8Array());
  }

  /** Prints the collected text and feeds `lines`. Only ASCII: what lies above depends on the code page. */
  #printText(lines: number): void {
    const text = this.#text.replaceAll(/[^\u0020-\u007E]/g, '?');
    this.#text = '';
    const columns = Math.floor(this.#options.dots / fontWidth);
    for (let at = 0; at < text.length; at += columns) {
      const line = { kind: 'text', align: 'left', bold: false, size: 'normal' } as const;
      const drawn = receiptRaster([{ ...line, text: text.slice(at, at + columns) }], {
        dots: this.#options.dots,
        columns,
      });
      const bitmap = drawn.ok ? drawn.value[0] : undefined;
      if (bitmap !== undefined) this.#startImage(bitmap.width / 8, bitmap.data);
    }
    this.#feed((text === '' ? lines : lines - 1) * lineHeight);
  }

  #executeNow(command: RealTimeCommand): void {
    switch (command.kind) {
      case 'status':
        return this.#options.reply(Uint8Array.of(this.#realTimeStatus(command.n)));
      case 'recover':
        if (!this.#cutterError || this.#faults.has('jam')) return;
        this.#cutterError = false;
        if (command.n === 2) this.#forget();
        return this.#report();
      case 'clear':
        this.#forget();
        return this.#options.reply(Uint8Array.of(0x37, 0x25, 0x00));
    }
  }

  /** Empties receive buffer and print buffer. */
  #forget(): void {
    this.#parser.clear();
    this.#steps = [];
    this.#stepsDone = 0;
    this.#text = '';
  }

  /** `DLE EOT n`; bits 1 and 4 are always set, 0 and 7 never. */
  #realTimeStatus(n: number): number {
    const [cover, paper] = [this.#faults.has('coverOpen'), this.#faults.has('paperOut')];
    switch (n) {
      case 1:
        return 0x12 | (this.#offline ? 0x08 : 0);
      case 2:
        return 0x12 | (cover ? 0x04 : 0) | (paper ? 0x20 : 0) | (this.#cutterError ? 0x40 : 0);
      case 3:
        return 0x12 | (this.#cutterError ? 0x08 : 0);
      default:
        return 0x12 | (paper ? 0x60 : 0);
    }
  }

  /** `GS a`: four bytes whenever something changes that the host asked about. */
  #report(): void {
    if (this.#reporting === 0) return;
    const [cover, paper] = [this.#faults.has('coverOpen'), this.#faults.has('paperOut')];
    const status = [
      0x10 | (this.#offline ? 0x08 : 0) | (cover ? 0x20 : 0),
      this.#cutterError ? 0x08 : 0,
      paper ? 0x0c : 0,
      0,
    ];
    if (status.join() === this.#reported) return;
    this.#reported = status.join();
    this.#options.reply(Uint8Array.from(status));
  }

  #ignore(what: string): void {
    if (this.#ignored.size < longestIgnoredList) this.#ignored.add(what);
  }
}
