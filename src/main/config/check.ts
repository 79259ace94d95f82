/**
 * Everything that configuration decides, checked in one go and without side effects: what `cham run` starts with and
 * `cham doctor` judges. All that is wrong is told at once.
 */
import type { StaticCode } from '../../app/static-code.ts';
import path from 'node:path';
import type { DriverHost } from '../../../drivers/driver.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { trainingCaKeys } from '../../../drivers/simulated/card/keys/training-keys.ts';
import type { CaPublicKey } from '../../core/emv/configuration.ts';
import { resolveDialect, type Dialect } from '../../core/iso8583/dialect.ts';
import type { TerminalIdentity } from '../../core/transaction/model.ts';
import type { Policy } from '../../core/transaction/policy.ts';
import { buildDevices, type Devices } from '../devices.ts';
import { loadDialects } from './dialect-schema.ts';
import { loadEmvData, type EmvDataOptions, type LoadedEmvData } from './emv-data.ts';
import { hostLink, type HostLinkSettings } from './host-link.ts';
import { formatConfigFault, loadConfig, type ConfigFault, type ConfigProblem } from './load.ts';
import type { Config } from './schema.ts';
import { qrAdapter, qrIdentity } from './qr-provider.ts';
import { staticCode } from './static-code.ts';
import { relayAddress } from './qr-relay.ts';
import type { ProviderAdapter } from '../../host/qr/adapter.ts';
import type { RelayAddress } from '../../host/qr/relay-connection.ts';

export interface CheckedConfig {
  readonly config: Config;
  readonly emv: LoadedEmvData;
  readonly devices: Devices;
  readonly dialect: Dialect;
  /** How to reach a real acquirer; undefined in training. */
  readonly hostLink: HostLinkSettings | undefined;
  /** Undefined in training, where a new secret is made at every start. */
  readonly qrAdapter: ProviderAdapter | undefined;
  /** Undefined without a relay. */
  readonly relay: RelayAddress | undefined;
  /** Undefined when it is never shown. */
  readonly staticCode: StaticCode | undefined;
}

/** The fault is the whole text for a person. `trainingKeys`: of a training world other than that of the simulated cards. */
export function checkConfig(
  configFile: string,
  host: DriverHost,
  trainingKeys?: readonly CaPublicKey[],
): Result<CheckedConfig, string> {
  const loaded = loadConfig(configFile);
  const emv = loadEmvData(loaded.ok ? emvOptions(loaded.value, configFile, trainingKeys) : {});
  const faults: ConfigFault[] = [...(loaded.ok ? [] : [loaded.fault]), ...(emv.ok ? [] : emv.fault)];
  if (!loaded.ok || !emv.ok) return err(faults.map(formatConfigFault).join('\n'));
  const config = loaded.value;
  const problems: ConfigProblem[] = [];
  const devices = buildDevices(config.devices, host);
  if (!devices.ok) problems.push(...devices.fault);
  const adapter = qrAdapter(config, configFile);
  if (!adapter.ok) problems.push(...adapter.fault);
  const code = adapter.ok ? staticCode(config, adapter.value) : ok(undefined);
  if (!code.ok) problems.push(code.fault);
  const relay = relayAddress(config, configFile);
  if (!relay.ok) problems.push(...relay.fault);
  const dialect = chosenDialect(config);
  if (!dialect.ok) problems.push(dialect.fault);
  const link = hostLink(config.acquirer, configFile, dialect.ok ? dialect.value : undefined);
  if (!link.ok) problems.push(...link.fault);
  if (!devices.ok || !adapter.ok || !code.ok || !relay.ok || !dialect.ok || !link.ok)
    return err(formatConfigFault({ file: configFile, problems }));
  return ok({
    config,
    emv: emv.value,
    devices: devices.value,
    dialect: dialect.value,
    hostLink: link.value,
    qrAdapter: adapter.value,
    relay: relay.value,
    staticCode: code.value,
  });
}

/** Cards of the training world are vouched for in training only: with a real acquirer they would be forgeries. */
function emvOptions(
  config: Config,
  configFile: string,
  trainingKeys: readonly CaPublicKey[] | undefined,
): EmvDataOptions {
  const { folder } = config.emv;
  const training = config.acquirer.kind === 'training';
  return {
    ...(folder === undefined ? {} : { folder: path.resolve(path.dirname(configFile), folder) }),
    ...(training ? { trainingKeys: trainingKeys ?? trainingCaKeys() } : {}),
    withoutPinPad: config.devices.pinPad === undefined,
    // Of the acquirers there are, only that of the training world has a key for PIN blocks.
    withoutOnlinePin: !training,
  };
}

/** The link writes the messages of the 1987 edition. */
function chosenDialect({ acquirer }: Config): Result<Dialect, ConfigProblem> {
  const problem = (expected: string) =>
    err({ key: 'acquirer.dialect', found: JSON.stringify(acquirer.dialect), expected });
  const known = loadDialects();
  if (!known.ok) return problem(formatConfigFault(known.fault));
  const resolved = resolveDialect(known.value, acquirer.dialect);
  if (!resolved.ok) return problem(`a dialect: ${known.value.map(({ id }) => id).join(', ')}`);
  return resolved.value.version === '1987' ? ok(resolved.value) : problem('a dialect of the 1987 edition');
}

/** What the machine works with, out of what the file says. */
export function policyOf({ policy, terminal, qr }: Config, qrProvider: Policy['qrProvider']): Policy {
  const { cutOverTime = null, offline = null, ...rest } = policy;
  const { timeZone, currency } = terminal;
  const { canCancel, canRefund } = qrProvider;
  return {
    ...rest,
    offline,
    otherMarks: qr.otherMarks,
    settlement: { timeZone, currency, cutOverTime },
    qrProvider: { canCancel, canRefund },
  };
}

/** Who asks whom, in a form that can be compared from start to start. */
export function identityOf(
  { terminal, acquirer, qr }: Config,
  dialect: Dialect,
  link: HostLinkSettings | undefined,
): TerminalIdentity {
  return {
    terminalId: terminal.id,
    merchantId: terminal.merchantId,
    acquirer: acquirer.kind === 'training' ? 'training' : `${acquirer.host}:${acquirer.port}`,
    qrProvider: `${qrIdentity(qr)}/${qr.bankBin}/${qr.account}`,
    writing: [dialect.id, terminal.timeZone, terminal.currency, dialect.exponents.get(terminal.currency)]
      .join(' ')
      .trimEnd(),
    keys: link?.mac === undefined ? 'none' : `${link.mac.algorithm} ${link.mac.keys.kind} ${link.macKeyCheckValue}`,
  };
}
