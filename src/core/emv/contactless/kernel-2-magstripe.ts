/** Placeholder until written. */
import { stoppedBy, type KernelContext, type KernelRun } from './kernel-context.ts';
import { otherCard } from './outcomes.ts';

// oxlint-disable-next-line require-yield
export function* runMagStripe(_context: KernelContext): KernelRun {
  return stoppedBy('noSupportedApplication', 'magnetic-stripe mode is not written yet', otherCard);
}
