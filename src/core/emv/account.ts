/**
 * The account behind the card: PAN, expiry and sequence number from Track 2 Equivalent Data (tag 57) and the data
 * objects 5A, 5F24 and 5F34. EMV 4.4 Book 3 Annex A1; ISO/IEC 7813 for the layout of track 2.
 */
import { toHex } from '../base/bytes.ts';
import { Pan } from '../base/pan.ts';
import { ok, type Result } from '../base/result.ts';
import type { CardSecrets } from '../transaction/model.ts';
import type { CardObjects } from './card-data.ts';
import { parsePan, parseTrack2 } from './decode/track2.ts';
import { stop, type CardStop } from './stop.ts';

/** The secrets are copies that outlive the tap; a card without PAN, or with two different ones, is in error. */
export function readAccount(objects: CardObjects): Result<CardSecrets, CardStop> {
  const track2 = objects.get('57');
  const applicationPan = objects.get('5A');
  const fromTrack = track2 === undefined ? undefined : parseTrack2(track2);
  const fromPan = applicationPan === undefined ? undefined : parsePan(applicationPan);
  if (track2 !== undefined && fromTrack === undefined) return stop('cardDataError', 'tag 57 is not track 2 data');
  if (applicationPan !== undefined && fromPan === undefined) return stop('cardDataError', 'tag 5A is not a PAN');
  const digits = fromTrack?.pan ?? fromPan;
  if (digits === undefined) return stop('cardDataError', 'the card gave neither tag 57 nor 5A');
  if (fromPan !== undefined && fromPan !== digits) return stop('cardDataError', 'tags 57 and 5A disagree');
  const pan = Pan.parse(digits);
  if (!pan.ok) return stop('cardDataError', pan.fault.detail);
  const expiryDate = objects.get('5F24');
  return ok({
    pan: pan.value,
    track2: track2?.slice(),
    expiry: expiryDate === undefined ? fromTrack?.expiry : toHex(expiryDate).slice(0, 4),
  });
}

/** Tag 5F34 as two digits; absent when the card has none, or one that is not a number. */
export function panSequenceNumber(objects: CardObjects): string | undefined {
  const value = objects.get('5F34');
  const digits = value === undefined ? '' : toHex(value);
  return /^\d{2}$/.test(digits) ? digits : undefined;
}
