/** What the terminal brings to a contact transaction, by tag. EMV 4.4 Book 4 Annex A; Book 3 Annex A1. */
import { hex, latin1 } from '../../base/bytes.ts';
import { terminalObjects, type SaleInput } from '../terminal-data.ts';
import type { Candidate } from './candidates.ts';

export type TerminalObjects = (input: SaleInput, candidate: Candidate) => Map<string, Uint8Array>;

/** Of `terminalObjects`: only for cards that are tapped, or kept by name in TransactionData. */
const notHere = ['95', '9F66'];

export function contactObjects(input: SaleInput, { application, settings }: Candidate): Map<string, Uint8Array> {
  const objects = new Map(terminalObjects(input, application));
  for (const tag of notHere) objects.delete(tag);
  objects.set('9F06', hex(application.aid));
  objects.set('9F09', hex(settings.version));
  // Point-of-Service Entry Mode, ISO 8583:1987 DE 22: chip.
  objects.set('9F39', hex('05'));
  const { merchantCategoryCode, merchantNameAndLocation } = input.terminal;
  if (merchantCategoryCode !== undefined) objects.set('9F15', hex(merchantCategoryCode));
  if (merchantNameAndLocation !== undefined) objects.set('9F4E', latin1(merchantNameAndLocation));
  return objects;
}
