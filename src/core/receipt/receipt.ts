/**
 * A receipt as data: what is on the paper, line by line, before any printer is known. sale-receipt.ts turns a
 * sale into lines with the helpers of layout.ts; drivers turn lines into bytes or pixels.
 */
export type Align = 'left' | 'center' | 'right';

export type ReceiptLine =
  | {
      readonly kind: 'text';
      /** Fits the printer's columns (half of them when `size` is double); any Unicode letter. */
      readonly text: string;
      readonly align: Align;
      readonly bold: boolean;
      readonly size: 'normal' | 'double';
    }
  /** White on one black bar as wide as the paper, bold and centred; each line fits the printer's columns. */
  | { readonly kind: 'banner'; readonly lines: readonly string[] }
  /** A full-width rule. */
  | { readonly kind: 'rule' }
  /** `text` becomes a QR code, centred. */
  | { readonly kind: 'qr'; readonly text: string }
  | { readonly kind: 'feed'; readonly lines: number }
  | { readonly kind: 'cut' };
