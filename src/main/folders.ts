/** Where a terminal keeps its things, inside the folder given with --data. */
import path from 'node:path';

/** The journal has a folder of its own, so that a backup takes journal, key and anchor together. */
export function journalFolder(dataFolder: string): string {
  return path.join(dataFolder, 'journal');
}

/** Encrypted card data of stored payments, and their key. */
export function vaultFolder(dataFolder: string): string {
  return path.join(dataFolder, 'vault');
}
