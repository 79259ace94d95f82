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
  /** `DLE DC4` fn = 8, Clear response: 37 25 00. */
  | { readonly kind: 'cleared' }
  | { readonly kind: 'discarded'; readonly byte: number };

const clearResponse = [0x37, 0x25, 0x00];

/** Flow control may come between any two bytes: XON 11h, XOFF 13h. */
function isFlowControl(byte: number): boolean {
  return byte === 0x11 || byte === 0x13;
}

export class StatusParser {
  /** Bytes of an unfinished Automatic Status Back or Clear response. */
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
    const isClear = this.#partial[0] === clearResponse[0];
    if (isClear ? byte !== clearResponse[this.#partial.length] : (byte & 0x90) !== 0) return false;
    this.#partial.push(byte);
    if (this.#partial.length < (isClear ? clearResponse.length : 4)) return true;
    tokens.push(isClear ? { kind: 'cleared' } : { kind: 'automatic', bytes: this.#partial });
    this.#partial = [];
    return true;
  }

  #begin(byte: number, tokens: StatusToken[]): void {
    if ((byte & 0x93) === 0x12) tokens.push({ kind: 'realTime', byte });
    else if ((byte & 0x93) === 0x10 || byte === clearResponse[0]) this.#partial = [byte];
    else if ((byte & 0x90) === 0) tokens.push({ kind: 'queued', byte });
    else tokens.push({ kind: 'discarded', byte });
  }
}
