/**
 * Assertions for bugs. A failed assertion is never caught and handled: the process stops, and the
 * journal is folded again at the next start.
 */
class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

/** For the `default` of an exhaustive switch: the compiler proves it is never reached. */
export function unreachable(value: never, where: string): never {
  throw new AssertionFailed(`${where}: unexpected ${JSON.stringify(value)}`);
}
