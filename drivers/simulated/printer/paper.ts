/** The paper of the virtual printer: rows of dots as they come out, up to the next cut. */
import { bitmapFrom, bitmapToPng, type Bitmap } from '../../raster/bitmap.ts';
import { concat } from '../../../src/core/base/bytes.ts';

/** Longest piece of paper kept without a cut: about 2 m at 8 dots/mm. A longer one is torn off. */
const longestPiece = 16_384;

export class Paper {
  readonly #dots: number;
  readonly #onPiece: (png: Uint8Array) => void;
  #rows: Uint8Array[] = [];

  constructor(dots: number, onPiece: (png: Uint8Array) => void) {
    this.#dots = dots;
    this.#onPiece = onPiece;
  }

  /** One row from the head; dots beyond the paper are not printed, missing ones stay white. */
  print(row: Uint8Array): void {
    const whole = new Uint8Array(this.#dots / 8);
    whole.set(row.subarray(0, whole.length));
    this.#rows.push(whole);
    if (this.#rows.length >= longestPiece) this.cut();
  }

  feed(rows: number): void {
    for (let i = 0; i < rows; i += 1) this.print(new Uint8Array());
  }

  /** Hands over what has come out as a picture; paper without a single dot is nothing to look at. */
  cut(): void {
    const rows = this.#rows;
    this.#rows = [];
    if (!rows.some((row) => row.some((byte) => byte !== 0))) return;
    const piece: Bitmap = bitmapFrom(this.#dots, concat(...rows));
    this.#onPiece(bitmapToPng(piece));
  }
}
