/**
 * One row of a data element directory, in the notation of ISO 8583 itself, and how much of the element may be
 * printed.
 */

/**
 * What may stand in an element: n digits · an letters, digits and space · ans visible ASCII · z track 2/3 code set
 * (ISO/IEC 7813) · b binary · x+n the sign `C` or `D`, then digits.
 */
export type Content = 'n' | 'an' | 'ans' | 'z' | 'b' | 'x+n';

/**
 * `pan` is printed masked, `secret` (tracks, PIN) never, `shown` in clear; any other element prints its length
 * only. `pan` and `secret` elements are kept as bytes, which can be overwritten.
 */
export type Exposure = 'pan' | 'secret' | 'shown';

/**
 * The format is content, then length: `n 6` is exactly 6, `n..19` up to 19 (LL), `ans...999` (LLL), `b....9999`
 * (LLLL). Lengths count positions; a fixed `b` counts bits (`b 64`), a variable one octets (`b...255`), as the
 * standard does; for `x+n` the sign comes on top.
 */
export type ElementRow = readonly [element: number, format: string, name: string, exposure?: Exposure];
