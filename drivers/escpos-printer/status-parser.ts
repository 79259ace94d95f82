/**
 * Sorts the bytes that an ESC/POS printer sends. Kinds are told apart by their fixed bits (ESC/POS Command
 * Reference, "Transmission Status Identification"); anything else is reported as discarded, never guessed.
 * Pure; resumes on any chunk.
 */

export type StatusToken =
  /** `DLE EOT`: 0xx1xx10. */
  | { readonly kind: 'realTime'; readonly byte: number }
  /** `GS r`: 0xx0xxxx. */
  | { readonly kind: 'queued'; readonly byte: number }
  /** `GS a`: 0xx1xx00, then three of 0xx0xxxx. */
  | { readonly kind: 'automatic'; readonly bytes: readonly number[] }
  /** "Header to NUL": 37 or 3B, up to five printable bytes, 00. `bytes` has all of them. */
  | { readonly kind: 'block'; readonly bytes: readonly number[] }
  | { readonly kind: 'discarded'; readonly byte: number };

/** 37h begins answers; 3Bh begins the power-off (30) and power-on (31) notices. */
const blockHeaders: readonly (number | undefined)[] = [0x37, 0x3b];

/** The process ID response, the longest block that this driver can be sent: 37 22 d1 d2 d3 d4 00. */
const longestBlock = 7;

/** Flow control may come between any two bytes: XON 11h, XOFF 13h. */
function isFlowControl(byte: number): boolean {
  return byte === 0x11 || byte === 0x13;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}

export class StatusParser {
  /** Bytes of an unfinished Automatic Status Back or block. */
  #partial: number[] = [];

  feed(bytes: Uint8Array): readonly StatusToken[] {
    const tokens: StatusToken[] = [];
    for (const byte of bytes) {
      if (isFlowControl(byte)) continue;
      if (this.#partial.length > 0 && this.#extend(byte, tokens)) continue;
      for (const lost of this.#partial) tokens.push({ kind: 'discarded', byte: lost });
      this.#partial = [];
      this.#begin(byte, tokens);
    }
    return tokens;
  }

  /** Forgets an unfinished answer: the connection is new. */
  reset(): void {
    this.#partial = [];
  }

  /** False when `byte` does not continue what was begun. */
  #extend(byte: number, tokens: StatusToken[]): boolean {
    const isBlock = blockHeaders.includes(this.#partial[0]);
    const length = this.#partial.length + 1;
    const fits = isBlock ? length <= longestBlock && (byte === 0 || isPrintable(byte)) : (byte & 0x90) === 0;
    if (!fits) return false;
    this.#partial.push(byte);
    if (isBlock ? byte !== 0 : length < 4) return true;
    tokens.push({ kind: isBlock ? 'block' : 'automatic', bytes: this.#partial });
    this.#partial = [];
    return true;
  }

  #begin(byte: number, tokens: StatusToken[]): void {
    if ((byte & 0x93) === 0x12) tokens.push({ kind: 'realTime', byte });
    else if ((byte & 0x93) === 0x10 || blockHeaders.includes(byte)) this.#partial = [byte];
    else if ((byte & 0x90) === 0) tokens.push({ kind: 'queued', byte });
    else tokens.push({ kind: 'discarded', byte });
  }
}
