/** Keys that make a repeated press harmless. */
import { useMemo } from 'preact/hooks';

/** The same key for the same amount, however often it is sent: one refund. */
export function useKeyFor(): (what: string) => string {
  return useMemo(() => {
    const keys = new Map<string, string>();
    return (what) => {
      const key = keys.get(what) ?? crypto.randomUUID();
      keys.set(what, key);
      return key;
    };
  }, []);
}
