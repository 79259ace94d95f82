/** Processing restrictions: may this application be used here, today, for this? EMV 4.4 Book 3 §10.4. */
import type { TransactionData } from '../transaction-data.ts';

/** Sets byte 2 of the TVR: versions differ, expired, not yet effective, service not allowed. */
export function checkRestrictions(_data: TransactionData): void {}
