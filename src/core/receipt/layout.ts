/**
 * Text on a fixed grid of columns: how wide a text is, where it may break, and two texts on one line. Widths are
 * in printer cells, not in UTF-16 units. Nothing is ever cut off: what does not fit goes to the next line.
 */
import { assert } from '../base/assert.ts';

/** One user-perceived character (UAX #29 extended grapheme cluster) and the cells that it takes: 0, 1 or 2. */
export interface Cluster {
  readonly text: string;
  readonly cells: number;
}

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Combining marks, format characters and controls take no cell of their own (Unicode general categories). */
const noCell = /^[\p{M}\p{Cf}\p{Cc}]$/u;

/** Wide and fullwidth blocks (UAX #11, East_Asian_Width W and F; emoji are W there). */
const twoCells =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F680}-\u{1F6FF}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]$/u;

function cellsOf(character: string): number {
  if (noCell.test(character)) return 0;
  return twoCells.test(character) ? 2 : 1;
}

export function clusters(text: string): readonly Cluster[] {
  return [...segmenter.segment(text)].map(({ segment }) => ({
    text: segment,
    cells: Math.max(...Array.from(segment, cellsOf)),
  }));
}

export function displayWidth(text: string): number {
  return clusters(text).reduce((sum, cluster) => sum + cluster.cells, 0);
}

/** Text from outside made fit for paper: composed letters (NFC), one space for any run of blanks or controls. */
export function printable(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

/** Breaks between words, and inside a word only when it is longer than a whole line. At least one line. */
export function wrap(text: string, columns: number): readonly string[] {
  assert(columns >= 2, 'layout: a line holds at least one wide character');
  const lines: string[] = [];
  let line = '';
  let used = 0;
  const breakLine = (): void => {
    lines.push(line);
    line = '';
    used = 0;
  };
  for (const word of printable(text).split(' ')) {
    const width = displayWidth(word);
    if (used > 0 && used + 1 + width > columns) breakLine();
    if (used > 0) {
      line += ' ';
      used += 1;
    }
    for (const cluster of clusters(word)) {
      if (used + cluster.cells > columns) breakLine();
      line += cluster.text;
      used += cluster.cells;
    }
  }
  lines.push(line);
  assert(used <= columns, 'layout: a line is not longer than the paper');
  return lines;
}

/** `label` at the left edge and `value` at the right; the value moves below when both do not fit side by side. */
export function pair(label: string, value: string, columns: number): readonly string[] {
  const [left, right] = [printable(label), printable(value)];
  const gap = columns - displayWidth(left) - displayWidth(right);
  if (gap >= 1) return [left + ' '.repeat(gap) + right];
  const below = wrap(right, columns).map((line) => ' '.repeat(columns - displayWidth(line)) + line);
  return [...wrap(left, columns), ...below];
}
