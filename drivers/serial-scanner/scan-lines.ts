/**
 * What a scanner sends over a line of bytes, cut into scans: a code is a line that ends with CR, LF or both. Resumes on any
 * chunk; what is no such line is reported as what it is, once, and passed over up to its end.
 */
import type { Scan } from '../../devices/code-scanner.ts';
import { assert } from '../../src/core/base/assert.ts';

export interface ScanLinesOptions {
  /** Longest code, in bytes. */
  readonly maxLength: number;
  /** What the scanner is set to put before and behind a code, besides the end of the line; taken off where it is there. */
  readonly prefix: string;
  readonly suffix: string;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

export class ScanLines {
  readonly #options: ScanLinesOptions;
  readonly #line: Uint8Array;
  #length = 0;
  /** The line was too long, and has been reported: the rest of it is passed over. */
  #passingOver = false;

  constructor(options: ScanLinesOptions) {
    assert(options.maxLength > 0, 'scanner: a code has a length');
    this.#options = options;
    this.#line = new Uint8Array(options.maxLength + options.prefix.length + options.suffix.length);
  }

  /** Whether a line has begun and not ended. */
  get begun(): boolean {
    return this.#length > 0 || this.#passingOver;
  }

  push(bytes: Uint8Array): readonly Scan[] {
    const scans: Scan[] = [];
    for (const byte of bytes) {
      const scan = byte === carriageReturn || byte === lineFeed ? this.#end() : this.#add(byte);
      if (scan !== undefined) scans.push(scan);
    }
    return scans;
  }

  /** Nothing came for too long: whatever comes next is another line. */
  giveUp(): Scan | undefined {
    const passedOver = this.#passingOver;
    const length = this.#length;
    this.reset();
    if (passedOver || length === 0) return undefined;
    return { kind: 'unreadable', detail: `${length} bytes without an end of line` };
  }

  /** What has come so far is forgotten. */
  reset(): void {
    this.#line.fill(0);
    this.#length = 0;
    this.#passingOver = false;
  }

  #add(byte: number): Scan | undefined {
    if (this.#passingOver) return undefined;
    if (this.#length < this.#line.length) {
      this.#line[this.#length] = byte;
      this.#length += 1;
      return undefined;
    }
    this.reset();
    this.#passingOver = true;
    return this.#tooLong();
  }

  #end(): Scan | undefined {
    const bytes = this.#line.slice(0, this.#length);
    this.reset();
    // CR LF, or the end of what was passed over.
    if (bytes.length === 0) return undefined;
    const scan = this.#scanOf(bytes);
    bytes.fill(0);
    return scan;
  }

  #scanOf(bytes: Uint8Array): Scan | undefined {
    const { maxLength, prefix, suffix } = this.#options;
    const line = textOf(bytes);
    if (line === undefined) return { kind: 'unreadable', detail: `${bytes.length} bytes that are no text` };
    const headless = prefix !== '' && line.startsWith(prefix) ? line.slice(prefix.length) : line;
    const text = suffix !== '' && headless.endsWith(suffix) ? headless.slice(0, -suffix.length) : headless;
    if (text === '') return undefined;
    if (text.length > maxLength) return this.#tooLong();
    // oxlint-disable-next-line no-control-regex -- that is what is looked for
    if (/[\u0000-\u001f\u007f]/.test(text))
      return { kind: 'unreadable', detail: 'control characters inside of a line' };
    return { kind: 'text', text };
  }

  #tooLong(): Scan {
    return { kind: 'unreadable', detail: `a line of more than ${this.#options.maxLength} bytes` };
  }
}

/** UTF-8, as QR codes with Vietnamese names have it; undefined for anything else, such as a line at another speed. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
