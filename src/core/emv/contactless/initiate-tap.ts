/**
 * GET PROCESSING OPTIONS of a tapped card, for the kernels that read the status words of Book C-3 (§5.2.2): PDOL, command,
 * and the answer's objects.
 */
import { statusText, sw } from '../apdu.ts';
import type { Steps } from '../card-channel.ts';
import { collectProcessingOptions, processingOptionsCommand, readFci } from '../initiate.ts';
import { stop } from '../stop.ts';
import type { KernelContext } from './kernel-context.ts';

/** `mildly`: what a status that means nothing particular is worth; another application of the card, or none. */
export function* initiateTap(
  { channel, data, fci }: KernelContext,
  mildly: 'selectNext' | 'cardDataError',
): Steps<void> {
  const known = readFci(data, fci);
  if (!known.ok) return known;
  const command = processingOptionsCommand(data);
  if (!command.ok) return command;
  const response = yield* channel.exchange(command.value);
  if (response === undefined) return stop('communicationError', 'no answer to GET PROCESSING OPTIONS');
  switch (response.sw) {
    case sw.success:
      return collectProcessingOptions(data, response.data);
    case sw.anotherInterface:
      return stop('anotherInterface', 'the card asks to be inserted');
    case sw.conditionsNotSatisfied:
      return stop('selectNext', 'the application does not want this transaction');
    case sw.seePhone:
      return stop('seePhone', 'the card asks the cardholder to confirm on the device');
    default:
      return stop(mildly, `GET PROCESSING OPTIONS answered ${statusText(response.sw)}`);
  }
}
