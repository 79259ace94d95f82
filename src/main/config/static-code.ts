/** The shop's static code out of the configuration, or why this provider cannot have one. */
import { buildVietQr } from '../../core/qr/vietqr.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { ProviderAdapter } from '../../host/qr/adapter.ts';
import { StaticCode } from '../../app/static-code.ts';
import type { ConfigProblem } from './load.ts';
import { loadQrCatalogue } from './qr-schema.ts';
import type { Config } from './schema.ts';

/** `adapter` undefined: the training bank, which sees all that arrives on the account. */
export function staticCode(
  { qr, terminal }: Pick<Config, 'qr' | 'terminal'>,
  adapter: ProviderAdapter | undefined,
): Result<StaticCode | undefined, ConfigProblem> {
  if (qr.staticCode === 'never') return ok(undefined);
  const problem = (expected: string): Result<never, ConfigProblem> =>
    err({ key: 'qr.staticCode', found: JSON.stringify(qr.staticCode), expected });
  // Of money for a code that it has not issued such a provider tells nothing, so nobody would learn that it came.
  if (adapter?.capabilities.codesFrom === 'provider') {
    return problem(`"never": ${adapter.name} tells only of payments for codes that it has issued itself`);
  }
  const { bankBin, account } = qr;
  const built = buildVietQr({ bankBin, account, service: 'QRIBFTTA', merchantName: terminal.merchantName });
  if (!built.ok) return problem(`"never": ${built.fault.detail}`);
  return ok(new StaticCode({ payload: built.value, whenIdle: qr.staticCode === 'idle' }));
}

/** As people call it. */
export function bankName(bin: string): string {
  const catalogue = loadQrCatalogue();
  const known = catalogue.ok ? catalogue.value.banks.find((bank) => bank.bin === bin) : undefined;
  return known?.shortName ?? bin;
}
