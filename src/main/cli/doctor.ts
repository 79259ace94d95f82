/**
 * `cham doctor`: looks at everything the terminal stands on and says for each what is wrong and what to do. Reads
 * only; writes to no port and to no file.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { loadPcsc, PcscContext } from '../../../drivers/transport/pcsc.ts';
import { promised, within } from '../../../drivers/within.ts';
import type { Device } from '../../../devices/device.ts';
import { civilTime } from '../../core/base/calendar.ts';
import { checkConfig } from '../config/check.ts';
import { embeddedConfigFile } from '../config/load.ts';
import { systemClock, systemRandom } from '../platform.ts';
import { softwareVersion } from '../version.ts';
import { screensFolder } from '../wire.ts';
import { emvFindings } from './doctor-emv.ts';
import { codeFindings, qrFindings } from './doctor-qr.ts';
import { journalFindings, type Finding } from './doctor-journal.ts';
import { defaultDataFolder, parseOptions } from './options.ts';
import { exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Checks this machine. Each line is ok, warning or failed, with what to do.

Usage: npm run cham -- doctor [--config FILE] [--data DIR] [--json]

  --config FILE   configuration given to "run" (default: the embedded one)
  --data DIR      folder given to "run" (default: $XDG_STATE_HOME/cham or ~/.local/state/cham)
  --json          one JSON document: { "version", "healthy", "findings" }

Exit 0 when nothing failed (warnings allowed), 1 otherwise.

Examples
  npm run cham -- doctor
  npm run cham -- doctor --config /etc/cham/cham.json --data /var/lib/cham --json`;

export async function doctor(args: readonly string[]): Promise<ExitCode> {
  const options = parseOptions(
    args,
    {
      config: { type: 'string', default: embeddedConfigFile },
      data: { type: 'string', default: defaultDataFolder() },
      json: { type: 'boolean', default: false },
    },
    help,
  );
  if ('exit' in options) return options.exit;
  const { values } = options.parsed;
  const data = path.resolve(values.data);
  const findings: Finding[] = [
    runtime(),
    ...packages(),
    screens(),
    ...(await configuration(path.resolve(values.config))),
    pcscd(),
    await readers(),
    serialPorts(),
    ...journalFindings(data),
    synchronisation(),
  ];
  const failed = findings.some(({ status }) => status === 'failed');
  if (values.json) {
    sayJson({ version: softwareVersion, healthy: !failed, findings });
  } else {
    for (const { check, status, detail, action } of findings) {
      say(
        `${status.padEnd(8)} ${check.padEnd(20)} ${detail}${action === undefined ? '' : `\n${' '.repeat(30)}→ ${action}`}`,
      );
    }
  }
  return failed ? exitCodes.found : exitCodes.ok;
}

function runtime(): Finding {
  const detail = `Chạm ${softwareVersion} on Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  return process.versions.node.startsWith('24.')
    ? { check: 'runtime', status: 'ok', detail }
    : { check: 'runtime', status: 'failed', detail, action: 'start through npm, which brings Node 24' };
}

/** Longest look at one device. */
const deviceLimitMs = 3000;

/** Which package is for what; a card reader cannot work without the first two. */
const debianPackages: readonly { readonly name: string; readonly why: string }[] = [
  { name: 'pcscd', why: 'card readers' },
  { name: 'libpcsclite1', why: 'card readers' },
  { name: 'chromium', why: 'the kiosk, unless Electron shows it' },
];

function packages(): readonly Finding[] {
  return debianPackages.map(({ name, why }) => {
    const asked = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Version}', name], { encoding: 'utf8' });
    const [state, version = ''] = (asked.stdout ?? '').split(' ');
    const check = `package ${name}`;
    if (state === 'installed') return { check, status: 'ok', detail: version };
    return {
      check,
      status: 'warning',
      detail: `not installed; needed for ${why}`,
      action: `apt-get install ${name}`,
    };
  });
}

function screens(): Finding {
  const built = existsSync(path.join(screensFolder, 'cashier.html'));
  return built
    ? { check: 'screens', status: 'ok', detail: 'built' }
    : { check: 'screens', status: 'failed', detail: 'not built', action: 'start once with npm start' };
}

/** The same check as at the start, then each configured device is opened and asked how it is. */
async function configuration(file: string): Promise<readonly Finding[]> {
  const check = 'configuration';
  const checked = checkConfig(file, { clock: systemClock, random: systemRandom, log: { write: () => {} } });
  if (!checked.ok) {
    return [{ check, status: 'failed', detail: checked.fault.replaceAll('\n', ' '), action: 'mend the named keys' }];
  }
  const { config, devices, emv, qrAdapter } = checked.value;
  const training = config.acquirer.kind === 'training' ? ' (training: no real money)' : '';
  const detail = `${file}: acquirer ${config.acquirer.kind}, QR ${config.qr.kind}${training}`;
  const looks: readonly (Device | undefined)[] = [
    devices.cardReader,
    devices.pinPad,
    devices.receiptPrinter,
    devices.codeScanner,
    devices.customerDisplay,
  ];
  const { year, month, day } = civilTime(systemClock.now(), config.terminal.timeZone);
  return [
    { check, status: 'ok', detail },
    ...qrFindings(qrAdapter),
    ...codeFindings(config),
    ...emvFindings(emv, config, `${year}-${month}-${day}`),
    ...(await Promise.all(looks.flatMap((one) => (one ? [device(one)] : [])))),
  ];
}

async function device(one: Device): Promise<Finding> {
  const check = `device ${one.name}`;
  const options = { signal: new AbortController().signal, timeoutMs: deviceLimitMs };
  const opened = await one.open(options);
  const health = opened.ok ? await one.checkHealth(options) : { state: 'offline', detail: opened.fault.detail };
  await one.close();
  const detail = `${one.description}: ${health.detail}`;
  if (health.state === 'ready') return { check, status: 'ok', detail };
  return {
    check,
    status: 'warning',
    detail,
    action: 'check cable, power, cover and paper; a running terminal keeps its devices to itself',
  };
}

function pcscd(): Finding {
  const check = 'pcscd';
  const socket = process.env['PCSCLITE_CSOCK_NAME'] ?? '/run/pcscd/pcscd.comm';
  if (existsSync(socket)) return { check, status: 'ok', detail: `listening at ${socket}` };
  return {
    check,
    status: 'warning',
    detail: `no socket at ${socket}; card readers cannot be used`,
    action: 'systemctl enable --now pcscd.socket',
  };
}

async function listReaders(): ReturnType<PcscContext['listReaders']> {
  const library = await loadPcsc();
  if (!library.ok) return library;
  const context = await PcscContext.establish(library.value);
  if (!context.ok) return context;
  const listed = await context.value.listReaders();
  await context.value.release();
  return listed;
}

async function readers(): Promise<Finding> {
  const check = 'card readers';
  const limit = { signal: new AbortController().signal, timeoutMs: deviceLimitMs };
  const listed = await within(
    systemClock,
    limit,
    'pcscd does not answer (systemctl restart pcscd)',
    promised(listReaders()),
  );
  if (!listed.ok) {
    return { check, status: 'warning', detail: listed.fault.detail, action: 'check pcscd and the reader’s cable' };
  }
  if (listed.value.length === 0) {
    return { check, status: 'warning', detail: 'none found', action: 'plug the reader in; `pcsc_scan` shows it too' };
  }
  return { check, status: 'ok', detail: listed.value.join('; ') };
}

/** By the names udev gives, which stay the same when a cable moves; bare device files where udev is absent. */
function serialPorts(): Finding {
  const check = 'serial ports';
  const named = '/dev/serial/by-id';
  const ports = existsSync(named)
    ? readdirSync(named).map((port) => `${named}/${port}`)
    : readdirSync('/dev')
        .filter((port) => /^tty(?:USB|ACM|AMA)\d+$/.test(port))
        .map((port) => `/dev/${port}`);
  return { check, status: 'ok', detail: ports.join('; ') || 'none (printers over TCP do not need one)' };
}

/** A clock that nobody sets spoils dates on receipts and in requests. */
function synchronisation(): Finding {
  const check = 'time synchronisation';
  const asked = spawnSync('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { encoding: 'utf8' });
  if (asked.status === 0 && asked.stdout.trim() === 'yes') return { check, status: 'ok', detail: 'on' };
  return {
    check,
    status: 'warning',
    detail: 'not known to be on',
    action: 'switch it on: timedatectl set-ntp true',
  };
}
