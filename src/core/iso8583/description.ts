/**
 * A dialect as plain data: what one host does differently from its parent. Files in config/acquirers hold exactly
 * this; the border checks their form (zod), dialect.ts their sense.
 */

export type Version = '1987' | '1993' | '2003';

/** `bcd-left` fills an odd count of digits with a zero in front, `bcd-right` with one behind; `-f` with F instead. */
export type EncodingName =
  | 'ascii'
  | 'ebcdic'
  | 'bcd-left'
  | 'bcd-right'
  | 'bcd-left-f'
  | 'bcd-right-f'
  | 'binary'
  | 'hex'
  | 'hex-ebcdic';

/** Digits of LL, LLL …: characters, or packed; `binary` is one byte for up to 255 positions and two for more. */
export type LengthName = 'ascii' | 'ebcdic' | 'bcd' | 'binary';

/**
 * A content, and for digits and binary whether the length is fixed: hosts fill `n 3` and `n..19` differently, and
 * write `b 64` as hexadecimal characters where `b...255` is raw.
 */
export type EncodingSlot = 'n' | 'n..' | 'an' | 'ans' | 'z' | 'b' | 'b..' | 'x+n';

export interface PartDescription {
  readonly format: string;
  readonly name: string;
  readonly encoding?: EncodingName | undefined;
}

export type CompositeDescription =
  /** Parts one after another, or those named by a bit map of eight octets in front; by part number, from 1. */
  | {
      readonly kind: 'positional' | 'bitmap';
      readonly bitmap?: 'binary' | 'hex' | undefined;
      readonly parts: Readonly<Record<string, PartDescription>>;
    }
  /** Tag and length in decimal characters. */
  | { readonly kind: 'tlv'; readonly tagDigits: number; readonly lengthDigits: number };

/** What is left out stays as in the parent, or as the directory and the dialect's own choices have it. */
export interface ElementDescription {
  /** As in the directory (element-row.ts). */
  readonly format?: string | undefined;
  readonly name?: string | undefined;
  readonly encoding?: EncodingName | undefined;
  readonly length?: LengthName | undefined;
  readonly counts?: 'positions' | 'bytes' | undefined;
  readonly padding?: 'zeros-left' | 'spaces-right' | 'none' | undefined;
  /** False: symbols beyond the content are let through. */
  readonly checked?: boolean | undefined;
  readonly composite?: CompositeDescription | undefined;
}

/** How messages follow each other on a connection. */
export interface FrameDescription {
  readonly length: 'binary-2' | 'bcd-2' | 'ascii-4';
  /** Transport protocol data unit: five bytes in hexadecimal (identifier, destination, origin). */
  readonly tpdu?: string | undefined;
}

export interface DialectDescription {
  readonly id: string;
  /** Why it is as it is, and where that is written down. */
  readonly note?: string | undefined;
  readonly parent?: string | undefined;
  readonly version?: Version | undefined;
  readonly mti?: EncodingName | undefined;
  readonly bitmap?: 'binary' | 'hex' | 'hex-ebcdic' | undefined;
  /** 3: bit 65 announces a third bit map. */
  readonly bitmaps?: 2 | 3 | undefined;
  readonly encodings?: Readonly<Partial<Record<EncodingSlot, EncodingName | undefined>>> | undefined;
  readonly lengths?: LengthName | undefined;
  /** False: no element's symbols are checked against its content. */
  readonly checked?: boolean | undefined;
  /** Decimals implied in amounts, by ISO 4217 code, where the host departs from ISO 4217 (some send VND with 2). */
  readonly exponents?: Readonly<Record<string, number>> | undefined;
  readonly frame?: FrameDescription | undefined;
  /** By data element number; null takes the element away. */
  readonly elements?: Readonly<Record<string, ElementDescription | null>> | undefined;
}
