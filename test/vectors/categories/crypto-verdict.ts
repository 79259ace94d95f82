/** How the two crypto judges state what they found: the verdict of a comparison, of a refusal, of a case left out. */
import type { Result } from '../../../src/core/base/result.ts';
import type { VectorVerdict } from '../category.ts';

/** What a call gave: text to compare (hex in upper case), or why it was refused. */
export type Answer = { readonly text: string } | { readonly refused: string };

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}

/** Runs our code: faults and violated preconditions are refusals, any other exception is a failure by name. */
export function answerOf(
  run: () => Result<Uint8Array | string, { readonly kind: string }> | Uint8Array | string,
): Answer {
  try {
    const found = run();
    if (typeof found === 'string') return { text: found };
    if (found instanceof Uint8Array) return { text: hexOf(found) };
    if (!found.ok) return { refused: found.fault.kind };
    return { text: typeof found.value === 'string' ? found.value : hexOf(found.value) };
  } catch (error) {
    return error instanceof Error && error.name === 'AssertionFailed'
      ? { refused: error.message }
      : { text: `threw ${String(error)}` };
  }
}

function found(answer: Answer): string {
  return 'text' in answer ? answer.text : `refused: ${answer.refused}`;
}

export function expectText(name: string, expected: string, answer: Answer): VectorVerdict {
  return 'text' in answer && answer.text === expected
    ? { case: name, outcome: 'passed' }
    : { case: name, outcome: 'failed', expected, found: found(answer) };
}

export function expectRefusal(name: string, why: string, answer: Answer): VectorVerdict {
  return 'refused' in answer
    ? { case: name, outcome: 'passed' }
    : { case: name, outcome: 'failed', expected: `refused: ${why}`, found: found(answer) };
}

export function skipped(name: string, why: string): VectorVerdict {
  return { case: name, outcome: 'skipped', why };
}
