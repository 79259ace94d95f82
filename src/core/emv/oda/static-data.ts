/** The Static Data to be Authenticated. EMV 4.4 Book 3 §10.3; Book 2 §5.4 and §6.4. */
import { ok, type Result } from '../../base/result.ts';
import type { TransactionData } from '../transaction-data.ts';
import { odaFault, type OdaFault } from './fault.ts';

/** The signed records in the order of the AFL and, where the Static Data Authentication Tag List names it, the AIP. */
export function staticData(data: TransactionData): Result<readonly Uint8Array[], OdaFault> {
  if (data.signedRecordsUnusable) {
    return odaFault('staticDataUnusable', 'a record to be authenticated is no template 70');
  }
  const tagList = data.card.get('9F4A');
  if (tagList === undefined) return ok(data.signedRecords);
  const aip = data.card.get('82');
  if (tagList.length !== 1 || tagList[0] !== 0x82 || aip === undefined) {
    return odaFault('staticDataUnusable', 'the Static Data Authentication Tag List names more than the AIP');
  }
  return ok([...data.signedRecords, aip]);
}
