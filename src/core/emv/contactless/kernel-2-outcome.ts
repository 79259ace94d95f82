/**
 * Kernel 2: from the cryptogram to the outcome. EMV Contactless Book C-2 S910.70 to S910.81: a phone that wants a second
 * tap, and what TC, ARQC and AAC mean.
 */
import { hex } from '../../base/bytes.ts';
import type { RequestedCryptogram } from '../book3/action-analysis.ts';
import type { UiRequest } from '../kernel-result.ts';
import type { TransactionData } from '../transaction-data.ts';
import type { AcPlan } from './emv-mode.ts';
import { contactChip } from './kernel-2-config.ts';
import { decided, stoppedBy, type KernelContext, type KernelEnd } from './kernel-context.ts';
import { insertCard, messageHoldTimeMs, seePhone, ui } from './outcomes.ts';

export function cryptogramEnd(
  context: KernelContext,
  answered: RequestedCryptogram,
  { cvm, receipt }: Pick<AcPlan, 'cvm' | 'receipt'>,
): KernelEnd {
  const { data } = context;
  const phone = secondTap(data);
  if (phone !== undefined) return phone;
  if (answered === 'arqc') return decided('onlineRequest', cvm, { receipt });
  if (answered === 'tc') return decided('approved', cvm, { receipt });
  return isInsertable(data)
    ? stoppedBy('anotherInterface', 'the card declined this tap (AAC) and can be inserted', insertCard)
    : decided('declined', 'none', { detail: 'the card declined (AAC)' });
}

/** POS Cardholder Interaction Information (DF4B): the bits that mean "do something on the phone, then tap again". */
const secondTapBits = hex('00030F');

/** Phone Message Table (DF8131), the Book's own: mask, value, message. The last entry matches everything. */
const phoneMessages: readonly (readonly [mask: string, value: string, message: UiRequest['message']])[] = [
  ['000001', '000001', 'seePhone'],
  ['000800', '000800', 'seePhone'],
  ['000400', '000400', 'seePhone'],
  ['000100', '000100', 'seePhone'],
  ['000200', '000200', 'seePhone'],
  ['000000', '000000', 'declined'],
];

/** S910.71 to S910.73 and S910.79; also after COMPUTE CRYPTOGRAPHIC CHECKSUM (S13.41, S14.19). */
export function secondTap(data: TransactionData): KernelEnd | undefined {
  const information = data.card.get('DF4B');
  if (information?.length !== 3 || !information.some((byte, at) => (byte & (secondTapBits[at] ?? 0)) !== 0)) {
    return undefined;
  }
  const [, , message] = phoneMessages.find(([mask, value]) => matches(information, hex(mask), hex(value))) ?? [];
  return stoppedBy('seePhone', 'the device asks its holder to confirm and to tap again', {
    ...seePhone,
    uiOnOutcome: ui(message ?? 'declined', 'notReady', messageHoldTimeMs),
    uiOnRestart: ui(message ?? 'declined', 'readyToRead'),
  });
}

function matches(information: Uint8Array, mask: Uint8Array, value: Uint8Array): boolean {
  return information.every((byte, at) => (byte & (mask[at] ?? 0)) === (value[at] ?? 0));
}

/** Purchases and cash (S910.74). */
const insertableTypes = new Set([0x00, 0x01, 0x09, 0x17]);
/** Third Party Data (9F6E), Device Type of a card; others have no contacts. */
const cardDeviceType = 0x3030;

/**
 * S910.74: a card that declines a tap may still be inserted, where the terminal takes inserted cards and the device is
 * a card. Device Type is present when bit 16 of the Unique Identifier is 0.
 */
function isInsertable(data: TransactionData): boolean {
  if ((data.byte('9F33', 1) & contactChip) === 0 || !insertableTypes.has(data.byte('9C', 1))) return false;
  const thirdParty = data.card.get('9F6E');
  if (thirdParty === undefined || thirdParty.length < 6 || ((thirdParty[2] ?? 0) & 0x80) !== 0) return true;
  return (((thirdParty[4] ?? 0) << 8) | (thirdParty[5] ?? 0)) === cardDeviceType;
}
