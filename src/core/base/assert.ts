/**
 * Assertions for bugs, always on. A failed assertion is never handled and gone on from: within the loop the terminal
 * halts with its journal as it is (src/app/terminal.ts), anywhere else the process stops; the journal is folded again at
 * the next start. What comes from outside (a card, a host, a code, a configuration) must never be able to fail one: that
 * is a fault, and has its `Result`.
 */
class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

/** `message` says what should have held. Nothing of a card may be in it: it is logged. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** For the `default` of an exhaustive switch: the compiler proves it is never reached. */
export function unreachable(value: never, where: string): never {
  throw new AssertionFailed(`${where}: unexpected ${nameOf(value)}`);
}

/** Of an object no more than what kind it is. */
function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { type, kind } = value as { readonly type?: unknown; readonly kind?: unknown };
  return typeof type === 'string' ? type : typeof kind === 'string' ? kind : 'an object';
}
