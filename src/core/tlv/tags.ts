/**
 * The tag table: what each EMV data object is called, how it is written, who provides it, and where the Books
 * define it. It holds the tags used so far; a row more is all that a new tag needs.
 */

/** EMV 4.4 Book 3 §4.3. `n` and `cn` are BCD; they differ in which side is padded. */
type TagFormat = 'n' | 'cn' | 'b' | 'an' | 'ans' | 'template';

/** Who the data object comes from (Book 3 Annex A1, column Source). */
type TagSource = 'card' | 'terminal';

export interface TagInfo {
  readonly name: string;
  readonly format: TagFormat;
  readonly source: TagSource;
  /** Bytes of the value field, shortest and longest. */
  readonly length: readonly [min: number, max: number];
  readonly spec: string;
}

const book3 = 'EMV 4.4 Book 3 Annex A1';
const book1 = 'EMV 4.4 Book 1 Annex B';
const bookA = 'EMV Contactless Book A §5.7';
const bookB = 'EMV Contactless Book B §3.3.2';
const kernel3 = 'EMV Contactless Book C-3 Annex A';

/** [tag, name, format, source, shortest, longest, defined in] */
const rows: readonly (readonly [string, string, TagFormat, TagSource, number, number, string])[] = [
  ['4F', 'Application Dedicated File (ADF) Name', 'b', 'card', 5, 16, book1],
  ['50', 'Application Label', 'ans', 'card', 1, 16, book1],
  ['57', 'Track 2 Equivalent Data', 'b', 'card', 1, 19, book3],
  ['5A', 'Application Primary Account Number (PAN)', 'cn', 'card', 1, 10, book3],
  ['5F24', 'Application Expiration Date', 'n', 'card', 3, 3, book3],
  ['5F2A', 'Transaction Currency Code', 'n', 'terminal', 2, 2, book3],
  ['5F34', 'Application Primary Account Number (PAN) Sequence Number', 'n', 'card', 1, 1, book3],
  ['5F36', 'Transaction Currency Exponent', 'n', 'terminal', 1, 1, book3],
  ['61', 'Application Template', 'template', 'card', 1, 252, book1],
  ['6F', 'File Control Information (FCI) Template', 'template', 'card', 1, 252, book1],
  ['70', 'READ RECORD Response Message Template', 'template', 'card', 1, 252, book3],
  ['77', 'Response Message Template Format 2', 'template', 'card', 1, 252, book3],
  ['80', 'Response Message Template Format 1', 'b', 'card', 1, 252, book3],
  ['82', 'Application Interchange Profile (AIP)', 'b', 'card', 2, 2, book3],
  ['84', 'Dedicated File (DF) Name', 'b', 'card', 5, 16, book1],
  ['87', 'Application Priority Indicator', 'b', 'card', 1, 1, book1],
  ['8C', 'Card Risk Management Data Object List 1 (CDOL1)', 'b', 'card', 1, 252, book3],
  ['94', 'Application File Locator (AFL)', 'b', 'card', 1, 252, book3],
  ['95', 'Terminal Verification Results (TVR)', 'b', 'terminal', 5, 5, book3],
  ['9A', 'Transaction Date', 'n', 'terminal', 3, 3, book3],
  ['9C', 'Transaction Type', 'n', 'terminal', 1, 1, book3],
  ['9F02', 'Amount, Authorised (Numeric)', 'n', 'terminal', 6, 6, book3],
  ['9F03', 'Amount, Other (Numeric)', 'n', 'terminal', 6, 6, book3],
  ['9F09', 'Application Version Number (Terminal)', 'b', 'terminal', 2, 2, book3],
  ['9F10', 'Issuer Application Data', 'b', 'card', 1, 32, book3],
  ['9F11', 'Issuer Code Table Index', 'n', 'card', 1, 1, book1],
  ['9F12', 'Application Preferred Name', 'ans', 'card', 1, 16, book1],
  ['9F1A', 'Terminal Country Code', 'n', 'terminal', 2, 2, book3],
  ['9F1E', 'Interface Device (IFD) Serial Number', 'an', 'terminal', 8, 8, book3],
  ['9F21', 'Transaction Time', 'n', 'terminal', 3, 3, book3],
  ['9F26', 'Application Cryptogram', 'b', 'card', 8, 8, book3],
  ['9F27', 'Cryptogram Information Data', 'b', 'card', 1, 1, book3],
  ['9F2A', 'Kernel Identifier', 'b', 'card', 1, 8, bookB],
  ['9F33', 'Terminal Capabilities', 'b', 'terminal', 3, 3, book3],
  ['9F34', 'Cardholder Verification Method (CVM) Results', 'b', 'terminal', 3, 3, book3],
  ['9F35', 'Terminal Type', 'n', 'terminal', 1, 1, book3],
  ['9F36', 'Application Transaction Counter (ATC)', 'b', 'card', 2, 2, book3],
  ['9F37', 'Unpredictable Number', 'b', 'terminal', 4, 4, book3],
  ['9F38', 'Processing Options Data Object List (PDOL)', 'b', 'card', 1, 252, book3],
  ['9F40', 'Additional Terminal Capabilities', 'b', 'terminal', 5, 5, book3],
  ['9F41', 'Transaction Sequence Counter', 'n', 'terminal', 2, 4, book3],
  ['9F66', 'Terminal Transaction Qualifiers (TTQ)', 'b', 'terminal', 4, 4, bookA],
  ['9F6C', 'Card Transaction Qualifiers (CTQ)', 'b', 'card', 2, 2, kernel3],
  ['A5', 'File Control Information (FCI) Proprietary Template', 'template', 'card', 1, 252, book1],
  ['BF0C', 'File Control Information (FCI) Issuer Discretionary Data', 'template', 'card', 1, 222, book1],
];

const table: ReadonlyMap<string, TagInfo> = new Map(
  rows.map(([tag, name, format, source, min, max, spec]) => [tag, { name, format, source, length: [min, max], spec }]),
);

/** What the table knows about a tag (upper-case hex); undefined for a tag that it does not know. */
export function tagInfo(tag: string): TagInfo | undefined {
  return table.get(tag);
}
