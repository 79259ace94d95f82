/** CSV with a first line of names (RFC 4180): commas, quotes doubled inside quotes, line breaks inside quotes. */

/**
 * One object a row, by column. Undefined when a column that is needed has no name, quotes do not close or a row has another
 * number of columns: a page of words must not pass for an empty list.
 */
export function parseCsv(
  text: string,
  needed: readonly string[],
): readonly Readonly<Record<string, string>>[] | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let quoted = false;
  const endField = (): void => {
    row.push(field);
    field = '';
  };
  const endRow = (): void => {
    endField();
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  };
  const plain = text.replace(/^\uFEFF/, '');
  for (let at = 0; at < plain.length; at += 1) {
    const char = plain.charAt(at);
    if (quoted) {
      if (char !== '"') field += char;
      else if (plain.charAt(at + 1) === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === ',') endField();
    else if (char === '\n') endRow();
    else if (char !== '\r') field += char;
  }
  if (quoted) return undefined;
  endRow();
  const [first, ...found] = rows;
  const names = first?.map((name) => name.trim());
  if (names === undefined || needed.some((name) => !names.includes(name))) return undefined;
  if (found.some(({ length }) => length !== names.length)) return undefined;
  return found.map((values) => Object.fromEntries(names.map((name, column) => [name, values[column] ?? ''])));
}
