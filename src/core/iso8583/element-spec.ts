/** How one data element stands on the wire: a row of the directory with a choice on each axis (axes.ts). */
import type { Encoding, LengthPrefix, Padding } from './axes.ts';
import type { Content } from './element-row.ts';

export interface ElementSpec {
  readonly name: string;
  readonly content: Content;
  /** Exact number of positions, or the greatest when `prefix` is given. */
  readonly positions: number;
  readonly encoding: Encoding;
  readonly prefix: LengthPrefix | undefined;
  /** What the prefix counts: positions, or the bytes that follow on the wire. */
  readonly counts: 'positions' | 'bytes';
  readonly padding: Padding;
  /** False where the host is known to put other symbols than the content allows. */
  readonly checked: boolean;
  /** The value is bytes: binary, or secret text. */
  readonly asBytes: boolean;
  readonly composite: CompositeSpec | undefined;
}

/**
 * What the value of an element consists of. `positional` parts follow each other; `bitmap` parts are those whose
 * bits (from 1) are set in the 8 octets in front; `tlv` objects name themselves by a tag of characters.
 */
export type CompositeSpec =
  | { readonly kind: 'positional'; readonly parts: ReadonlyMap<number, ElementSpec> }
  | { readonly kind: 'bitmap'; readonly bitmap: Encoding; readonly parts: ReadonlyMap<number, ElementSpec> }
  | { readonly kind: 'tlv'; readonly tagPositions: number; readonly prefix: LengthPrefix };
