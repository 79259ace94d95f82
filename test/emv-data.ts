/** The built-in EMV data, for tests of what works with them. */
import type { CaPublicKey, TerminalEmvData } from '../src/core/emv/configuration.ts';
import { loadEmvData } from '../src/main/config/emv-data.ts';
import { formatConfigFault } from '../src/main/config/load.ts';

export function configuredEmvData(trainingKeys: readonly CaPublicKey[] = []): TerminalEmvData {
  const loaded = loadEmvData({ trainingKeys });
  if (!loaded.ok) throw new Error(loaded.fault.map(formatConfigFault).join('\n'));
  return loaded.value.emv;
}
