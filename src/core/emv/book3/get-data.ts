/** Data objects that the card gives only when asked by name: GET DATA, EMV 4.4 Book 3 §6.5.7 and §7.3. */
import { ok } from '../../base/result.ts';
import { parseTlv } from '../../tlv/ber-tlv.ts';
import { getDataCommand, sw } from '../apdu.ts';
import type { CardChannel, Steps } from '../card-channel.ts';
import { stop } from '../stop.ts';

/**
 * Undefined when the card does not give it, with whatever status. An answer that is said to be good and does not hold
 * this object in its length is data in error, which ends the transaction (Book 3 §7.5).
 */
export function* getData(channel: CardChannel, tag: string, length: number): Steps<Uint8Array | undefined> {
  const response = yield* channel.exchange(getDataCommand(tag));
  if (response === undefined) return stop('communicationError', `no answer to GET DATA ${tag}`);
  if (response.sw !== sw.success) return ok(undefined);
  const parsed = parseTlv(response.data);
  const [only, more] = parsed.ok ? parsed.value : [];
  if (only?.tag !== tag || only.value.length !== length || more !== undefined) {
    return stop('cardDataError', `GET DATA ${tag} answered something else`);
  }
  return ok(only.value);
}
