/**
 * Kernel 8 (EMV Contactless Book C-8): a seam, and nothing behind it yet. A Combination may be configured with
 * `kernel: 'kernel8'` (Kernel ID 08), Entry Point selects and activates it as any other, and this is where its answers
 * would be handled. What a kernel for it needs and this project does not have: elliptic-curve and AES cryptography,
 * privacy protection of the READ RECORD answers (secure channel by blinded Diffie-Hellman), the EXCHANGE RELAY
 * RESISTANCE DATA and READ DATA commands, and the enhanced data authentication of Book E.
 *
 * Until then a card gets a clear outcome here and not a guess; a card that lists another kernel too is tried with that.
 */
import { stoppedBy, type KernelRun } from './kernel-context.ts';

// oxlint-disable-next-line require-yield
export function* runKernel8(): KernelRun {
  return stoppedBy('kernelNotSupported', 'the card asks for Kernel 8, which this terminal does not have yet');
}

/** `kernel: 'none'`: an AID that is known, whose kernel (C-4 to C-7 and others) is not. */
// oxlint-disable-next-line require-yield
export function* runNoKernel(): KernelRun {
  return stoppedBy('kernelNotSupported', 'this terminal has no kernel for that application');
}
