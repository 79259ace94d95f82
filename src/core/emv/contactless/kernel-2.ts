/**
 * Kernel 2 (Mastercard) in EMV mode. EMV Contactless Book C-2 §6 (states) and §7 (procedures). Performed: CDA, CVM by
 * amount and on the device, terminal action analysis, recovery of torn transactions, messages of a phone.
 *
 * Not performed: data exchange and data storage (no terminal application asks for them), balance reading, and the relay
 * resistance protocol, which needs times that a driver measures: a card that offers it gets TVR "RRP not performed", as
 * the Book has it for a kernel without. Magnetic-stripe mode is off unless configured, see kernel-2-magstripe.ts.
 */
import { mustGoOnline } from '../terminal-data.ts';
import { assert } from '../../base/assert.ts';
import { statusText, sw } from '../apdu.ts';
import type { Steps } from '../card-channel.ts';
import { generateAcCommand } from '../contact/commands.ts';
import { collectProcessingOptions, processingOptionsCommand, readFci } from '../initiate.ts';
import { readApplicationData, requireObjects } from '../read-records.ts';
import { stop } from '../stop.ts';
import { recoverAcCommand } from './commands.ts';
import { acceptCryptogram, planCryptogram, type AcPlan } from './emv-mode.ts';
import { kernel2Config, type Kernel2Config } from './kernel-2-config.ts';
import { runMagStripe } from './kernel-2-magstripe.ts';
import { cryptogramEnd } from './kernel-2-outcome.ts';
import { stopped, stoppedBy, type KernelContext, type KernelRun } from './kernel-context.ts';
import { otherCard } from './outcomes.ts';
import { recoveryData, restore, TornLog } from './torn-log.ts';

export function* runKernel2(context: KernelContext): KernelRun {
  const config = kernel2Config(context);
  const log = new TornLog(context.input.tornLog, config, context.input.nowMs);
  const end = yield* transact(context, config, log);
  return log.changed === undefined ? end : { ...end, tornLog: log.changed };
}

function* transact(context: KernelContext, config: Kernel2Config, log: TornLog): KernelRun {
  const { channel, data, settings, input } = context;
  setTerminalData(context, config);
  const initiated = yield* initiate(context);
  if (!initiated.ok) return stopped(initiated.fault);
  // S3.16: AIP byte 2 bit 8, "EMV mode is supported".
  if (!config.emvMode || !data.bit('82', 2, 8)) {
    if (config.magStripe) return yield* runMagStripe(context, config);
    return stoppedBy('noSupportedApplication', 'the card wants magnetic-stripe mode, which is switched off', otherCard);
  }
  assert(data.card.has('82') && data.card.has('94'), 'EMV: the application is initiated');
  data.tvr.set('relayResistanceNotPerformed');
  const read = yield* readApplicationData(channel, data);
  if (!read.ok) return stopped(read.fault);
  // S3.15: a device that verifies its holder has a limit of its own. S456.14: above it another application is tried.
  const onDevice = config.onDeviceCvm && data.bit('82', 1, 2);
  const limit = onDevice ? (settings.onDeviceTransactionLimit ?? settings.transactionLimit) : settings.transactionLimit;
  if (limit !== undefined && input.amount.minorUnits > limit) {
    return stoppedBy('selectNext', 'the amount is above the contactless transaction limit of the application');
  }
  const complete = requireObjects(data, ['5F24', '5A', '8C']);
  if (!complete.ok) return stopped(complete.fault);
  const plan = planCryptogram(context, config);
  if (!plan.ok) return stopped(plan.fault);
  return yield* obtainCryptogram(context, plan.value, log);
}

/** Terminal Capabilities with the CVMs still open, and Mobile Support Indicator (9F7E). */
function setTerminalData({ data, input, settings }: KernelContext, config: Kernel2Config): void {
  data.terminal.set('9F33', Uint8Array.of(config.cardDataInput, 0x00, config.security));
  const cvmRequired = input.amount.minorUnits > settings.cvmRequiredLimit;
  data.terminal.set('9F7E', Uint8Array.of(cvmRequired ? 0x03 : 0x01));
}

/** States 1 and 3. What is wrong before the card has answered anything makes Entry Point try the next application. */
function* initiate({ channel, data, fci }: KernelContext): Steps<void> {
  const known = readFci(data, fci);
  if (!known.ok) return stop('selectNext', known.fault.detail);
  const command = processingOptionsCommand(data);
  if (!command.ok) return command;
  const response = yield* channel.exchange(command.value);
  if (response === undefined) return stop('communicationError', 'no answer to GET PROCESSING OPTIONS');
  if (response.sw !== sw.success) {
    return stop('selectNext', `GET PROCESSING OPTIONS answered ${statusText(response.sw)}`);
  }
  const collected = collectProcessingOptions(data, response.data);
  return collected.ok ? requireObjects(data, ['82', '94']) : collected;
}

/** S456.43: GENERATE AC, or RECOVER AC for a card whose answer was lost. */
function* obtainCryptogram(context: KernelContext, plan: AcPlan, log: TornLog): KernelRun {
  const { channel, data } = context;
  const torn = log.supportedBy(data) ? log.find(data, plan.type) : undefined;
  if (torn === undefined) return yield* generate(context, plan, log);
  const response = yield* channel.exchange(recoverAcCommand(recoveryData(torn)));
  // S10.5: the record stays for the next attempt.
  if (response === undefined) return stoppedBy('communicationError', 'no answer to RECOVER AC');
  if (response.sw === sw.success) {
    const asked = restore(data, torn);
    log.remove(torn);
    const accepted = acceptCryptogram(context, asked, response, 'format2');
    return accepted.ok ? cryptogramEnd(context, accepted.value, plan) : stopped(accepted.fault);
  }
  // S10.8, S11: the card has nothing to recover; its record is done with, whatever comes now.
  log.remove(torn);
  return yield* generate(context, plan, log);
}

/** §7.6 and states 9 and 11. */
function* generate(context: KernelContext, plan: AcPlan, log: TornLog): KernelRun {
  const { channel, data, input } = context;
  assert(plan.type !== 'tc' || !mustGoOnline(input), 'EMV: the card is asked to approve only what it may');
  const response = yield* channel.exchange(generateAcCommand(plan.type, plan.cda, plan.cdolValue));
  if (response === undefined) {
    if (log.supportedBy(data)) log.add(data, plan, input.nowMs);
    return stoppedBy('communicationError', 'no answer to GENERATE AC');
  }
  const accepted = acceptCryptogram(context, plan, response);
  return accepted.ok ? cryptogramEnd(context, accepted.value, plan) : stopped(accepted.fault);
}
