/**
 * Appending to a book of lines all or nothing, for the training hosts: what a full disk took of a line is cut off again, at
 * the latest before the next one, so that no line is ever joined to half of another.
 */
import { appendFileSync, existsSync, statSync, truncateSync } from 'node:fs';

export class WholeLines {
  readonly #file: string;
  /** Bytes of whole lines, while the file may have a part of one behind them. */
  #whole: number | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Throws the system's error when the lines were not taken; then nothing of them is kept. `flush`: on the disk. */
  append(lines: string, { flush }: { readonly flush: boolean } = { flush: false }): void {
    this.#cutTorn();
    this.#whole = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    try {
      appendFileSync(this.#file, lines, { flush });
      this.#whole = undefined;
    } catch (error) {
      try {
        this.#cutTorn();
      } catch {
        // Tried again before the next lines; they are not taken before it is done.
      }
      throw error;
    }
  }

  #cutTorn(): void {
    if (this.#whole !== undefined && existsSync(this.#file)) truncateSync(this.#file, this.#whole);
    this.#whole = undefined;
  }
}
