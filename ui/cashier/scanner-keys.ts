/**
 * A scanner in keyboard mode types faster than anybody. Where no code is asked for, what it types is no amount and its Enter
 * starts no sale: such a run of keys is told from a person's by its pace, and what its first keys did is taken back.
 */

/** Longest pause between two keys of a scanner; nobody keeps that pace for so many keys. */
const scannerGapMs = 35;
/** From here on a run of keys is a scanner's. No amount has more digits. */
const scannerKeys = 13;

export interface ScannerKeys {
  /**
   * Whether that key is a scanner's and means nothing here. `atMs`: when it was pressed. `undo`, given with the first key of
   * each run, takes back what the run has done; it is called once, when the run turns out to be a scanner's. Enter and other
   * keys that write nothing end a run.
   */
  readonly isScanner: (key: string, atMs: number, undo: () => void) => boolean;
}

/** `told` is called once for each run of a scanner. */
export function createScannerKeys(told: () => void): ScannerKeys {
  let lastMs = -Infinity;
  let keys = 0;
  let takeBack: (() => void) | undefined;
  return {
    isScanner(key, atMs, undo) {
      const follows = atMs - lastMs <= scannerGapMs;
      const writes = key.length === 1;
      lastMs = writes ? atMs : -Infinity;
      if (!writes) return follows && keys >= scannerKeys;
      if (!follows) {
        keys = 1;
        takeBack = undo;
        return false;
      }
      keys += 1;
      if (keys < scannerKeys) return false;
      if (keys === scannerKeys) {
        takeBack?.();
        told();
      }
      return true;
    },
  };
}
