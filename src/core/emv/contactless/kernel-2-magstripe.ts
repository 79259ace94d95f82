/**
 * Kernel 2 in magnetic-stripe mode: a track 2 with a dynamic code in it instead of a cryptogram. EMV Contactless Book C-2
 * S7, S78, S13 and S14. Off unless the Kernel Configuration (DF811B bit 8 = 0) says otherwise. Always online. The host
 * gets no DE 55; DE 22 says 91, contactless magnetic stripe. Track 1 is checked, but this terminal sends only track 2.
 *
 * Assumed where configuration has no data object of its own (DF811E, DF812C): above the CVM required limit a signature
 * where the terminal prints, else an online PIN where it has a pad. The growing pause after a failed attempt (S13.30) is
 * left to whoever starts the next tap.
 */
import { assert } from '../../base/assert.ts';
import { hex, toHex } from '../../base/bytes.ts';
import { ok, type Result } from '../../base/result.ts';
import { buildDol, dolLength, parseDol } from '../../tlv/dol.ts';
import { maxCdolLength, statusText, sw } from '../apdu.ts';
import type { Steps } from '../card-channel.ts';
import { collect, onlyTemplate } from '../card-data.ts';
import type { OutcomeParameters } from '../kernel-result.ts';
import { readApplicationData, requireObjects } from '../read-records.ts';
import { stop, type CardStop } from '../stop.ts';
import { computeChecksumCommand } from './commands.ts';
import type { Kernel2Config } from './kernel-2-config.ts';
import { secondTap } from './kernel-2-outcome.ts';
import { decided, stopped, stoppedBy, type KernelContext, type KernelEnd, type KernelRun } from './kernel-context.ts';
import { onlinePin, signature } from './pre-processing.ts';
import { updateTrack2 } from './track2-update.ts';

/** DF811A, the default UDOL: Unpredictable Number (Numeric). */
const defaultUdol = hex('9F6A04');
/** DF4B byte 2 bit 5: "OD-CVM verification successful". */
const deviceVerified = 0x10;

export function* runMagStripe(context: KernelContext, config: Kernel2Config): KernelRun {
  const { channel, data, settings, input } = context;
  const read = yield* readApplicationData(channel, data);
  if (!read.ok) return stopped(read.fault);
  assert(config.magStripe, 'magstripe: the terminal has the mode');
  const digits = checkTracks(context);
  if (!digits.ok) return stopped(digits.fault);
  const onDevice = config.onDeviceCvm && data.bit('82', 1, 2);
  const limit = onDevice ? (settings.onDeviceTransactionLimit ?? settings.transactionLimit) : settings.transactionLimit;
  if (limit !== undefined && input.amount.minorUnits > limit) {
    return stoppedBy('selectNext', 'the amount is above the contactless transaction limit of the application');
  }
  data.terminal.set('9F6A', numericNumber(input.unpredictableNumber, digits.value));
  const computed = yield* computeChecksum(context);
  if (!computed.ok) return stopped(computed.fault);
  return conclude(context, digits.value, cvmOf(context, onDevice));
}

/** S7.20 to S7.24: how many digits the Unpredictable Number has (nUN). */
function checkTracks({ data }: KernelContext): Result<number, CardStop> {
  const complete = requireObjects(data, ['9F6B', '9F65', '9F66', '9F67']);
  if (!complete.ok) return complete;
  const digits = numberDigits(data.card.get('9F66'), data.card.get('9F67'));
  const track1 = data.card.has('56');
  const fits =
    data.card.get('9F65')?.length === 2 &&
    data.card.get('9F66')?.length === 2 &&
    (!track1 || (data.card.has('9F62') && numberDigits(data.card.get('9F63'), data.card.get('9F64')) === digits));
  if (digits === undefined || !fits) return stop('cardDataError', 'the positions in the track data do not fit');
  return ok(digits);
}

/** Number of 1 bits less the digits of the transaction counter. */
function numberDigits(positions: Uint8Array | undefined, counterDigits: Uint8Array | undefined): number | undefined {
  if (positions === undefined || counterDigits?.length !== 1) return undefined;
  const digits = bitCount(positions) - (counterDigits[0] ?? 0);
  return digits >= 0 && digits <= 8 ? digits : undefined;
}

function bitCount(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

/** S78.15: eight digits, of which only the last `digits` are not zero. */
function numericNumber(random: Uint8Array, digits: number): Uint8Array {
  assert(random.length === 4 && digits >= 0 && digits <= 8, 'magstripe: up to eight digits of four random bytes');
  const value = Number.parseInt(toHex(random), 16) % 10 ** digits;
  return hex(String(value).padStart(8, '0'));
}

function* computeChecksum({ channel, data }: KernelContext): Steps<void> {
  const udol = parseDol(data.card.get('9F69') ?? defaultUdol);
  if (!udol.ok) return stop('cardDataError', `UDOL: ${udol.fault.detail}`);
  if (dolLength(udol.value) > maxCdolLength) return stop('cardDataError', 'the UDOL asks for more than fits a command');
  const response = yield* channel.exchange(computeChecksumCommand(buildDol(udol.value, data)));
  const name = 'COMPUTE CRYPTOGRAPHIC CHECKSUM';
  if (response === undefined) return stop('communicationError', `no answer to ${name}`);
  if (response.sw !== sw.success) return stop('cardDataError', `${name} answered ${statusText(response.sw)}`);
  const template = onlyTemplate(response.data, name);
  if (!template.ok) return template;
  if (template.value.tag !== '77') return stop('cardDataError', `${name}: not in format 2`);
  const collected = collect(data.card, template.value.children, name);
  return collected.ok ? requireObjects(data, ['9F36']) : collected;
}

/** S13.14 to S13.26 and S14. */
function conclude(context: KernelContext, digits: number, { cvm, receipt }: MagStripeCvm): KernelEnd {
  const { data } = context;
  data.card.set('57', data.card.get('9F6B') ?? new Uint8Array(0));
  const information = data.card.get('DF4B');
  if (!data.card.has('9F61')) {
    if (information === undefined) return stoppedBy('cardDataError', 'the card gave no dynamic code');
    const detail = 'the card gave no dynamic code: it declines';
    return secondTap(data) ?? { ...decided('declined', 'none', { detail }), magStripe: true };
  }
  if (data.card.has('56') && !data.card.has('9F60')) return stoppedBy('cardDataError', 'no dynamic code for track 1');
  assert(data.card.has('9F61') && data.card.has('57'), 'magstripe: a track with a dynamic code');
  const verified = ((information?.[1] ?? 0) & deviceVerified) !== 0;
  const track = updateTrack2(data, digits, verified ? (digits + 5) % 10 : digits);
  if (!track.ok) return stopped(track.fault);
  data.card.set('57', track.value);
  return { ...decided('onlineRequest', cvm, { receipt }), magStripe: true };
}

interface MagStripeCvm {
  readonly cvm: OutcomeParameters['cvm'];
  readonly receipt: boolean;
}

function cvmOf({ input, settings }: KernelContext, onDevice: boolean): MagStripeCvm {
  const required = input.amount.minorUnits > settings.cvmRequiredLimit;
  if (!required) return { cvm: 'noCvm', receipt: false };
  if (onDevice) return { cvm: 'confirmationCodeVerified', receipt: true };
  const methods = hex(input.terminal.terminalCapabilities)[1] ?? 0;
  if ((methods & signature) !== 0) return { cvm: 'signature', receipt: true };
  return { cvm: (methods & onlinePin) !== 0 ? 'onlinePin' : 'noCvm', receipt: true };
}
