/** What a row of the tag tables holds (EMV 4.4 Book 3 Annex A1 has the same columns). */

/** EMV 4.4 Book 3 §4.3. `n` and `cn` are BCD; they differ in which side is padded. */
type TagFormat = 'n' | 'cn' | 'b' | 'a' | 'an' | 'ans' | 'template';

/** Who the data object comes from (Book 3 Annex A1, column Source). */
type TagSource = 'card' | 'terminal' | 'issuer';

export interface TagInfo {
  readonly name: string;
  readonly format: TagFormat;
  readonly source: TagSource;
  /** Bytes of the value field, shortest and longest. */
  readonly length: readonly [min: number, max: number];
  /** Book and section that define the data object. */
  readonly spec: string;
}

/**
 * [tag, name, format, source, shortest, longest, defined in (else where the table says), templates]. Templates are
 * given where the same tag means something else inside them than elsewhere.
 */
export type TagRow = readonly [
  tag: string,
  name: string,
  format: TagFormat,
  source: TagSource,
  min: number,
  max: number,
  spec?: string,
  within?: readonly string[],
];
