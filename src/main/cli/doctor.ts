/**
 * `cham doctor`: looks at everything the terminal stands on and says for each what is wrong and what to do. Reads
 * only; writes to no port and to no file.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { loadPcsc, PcscContext } from '../../../drivers/transport/pcsc.ts';
import { promised, within } from '../../../drivers/within.ts';
import { journalFiles } from '../../store/files.ts';
import { keyWarnings } from '../../store/keys.ts';
import { verifyJournal } from '../../store/verify.ts';
import { openJournalReadOnly } from '../../store/reader.ts';
import type { Device } from '../../../devices/device.ts';
import { checkConfig } from '../config/check.ts';
import { embeddedConfigFile } from '../config/load.ts';
import { systemClock, systemRandom } from '../platform.ts';
import { softwareVersion } from '../version.ts';
import { journalFolder, screensFolder } from '../wire.ts';
import { defaultDataFolder, parseOptions } from './options.ts';
import { exitCodes, say, sayJson, type ExitCode } from './output.ts';

const help = `Checks this machine. Each line is ok, warning or failed, with what to do.

Usage: npm run cham -- doctor [--config FILE] [--data DIR] [--json]

Exit 0 when nothing failed (warnings allowed), 1 otherwise.`;

interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do; absent when nothing has to be done. */
  readonly action?: string;
}

/** Least free space, in bytes, below which a person should act; a sale takes a few kilobytes. */
const lowDiskBytes = 200 * 1024 * 1024;

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
    ...journal(data),
    disk(data),
    clock(data),
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
  const { config, devices } = checked.value;
  const training = config.acquirer.kind === 'training' ? ' (training: no real money)' : '';
  const detail = `${file}: acquirer ${config.acquirer.kind}, QR ${config.qr.kind}${training}`;
  const looks: readonly (Device | undefined)[] = [devices.cardReader, devices.receiptPrinter, devices.customerDisplay];
  return [{ check, status: 'ok', detail }, ...(await Promise.all(looks.flatMap((one) => (one ? [device(one)] : []))))];
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

function journal(data: string): readonly Finding[] {
  const check = 'journal';
  const files = journalFiles(journalFolder(data));
  if (!existsSync(files.journal)) {
    return existsSync(files.key)
      ? [
          {
            check,
            status: 'failed',
            detail: `${files.journal} is missing although a key exists`,
            action: 'restore the folder from its backup; never start a new journal over an old one',
          },
        ]
      : [{ check, status: 'ok', detail: `none yet; the first start creates it in ${files.directory}` }];
  }
  const report = verifyJournal(files.journal);
  const first = report.problems[0];
  const whole: Finding =
    first === undefined
      ? { check, status: 'ok', detail: `${report.events} events, chain and ${report.seals} signatures whole` }
      : {
          check,
          status: 'failed',
          detail: `${first.kind}: ${first.detail}`,
          action: 'copy the whole folder, then run `cham journal verify`; the terminal does not trade on it',
        };
  return [
    whole,
    ...keyWarnings(files.key).map(({ detail }): Finding => ({
      check: 'terminal key',
      status: 'warning',
      detail,
      action: `chmod 600 ${files.key}`,
    })),
  ];
}

function disk(data: string): Finding {
  const check = 'disk';
  let folder = data;
  while (!existsSync(folder)) folder = path.dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${Math.round(free / 1024 / 1024)} MiB free at ${folder}`;
  return free >= lowDiskBytes
    ? { check, status: 'ok', detail }
    : { check, status: 'failed', detail, action: 'free some space: the terminal halts when the journal cannot grow' };
}

/** A clock that is behind the journal, or not synchronised, spoils dates on receipts and in requests. */
function clock(data: string): Finding {
  const check = 'clock';
  const nowMs = Date.now();
  const detail = new Date(nowMs).toISOString();
  const file = journalFiles(journalFolder(data)).journal;
  const opened = existsSync(file) ? openJournalReadOnly(file) : undefined;
  let lastMs = 0;
  if (opened?.ok) {
    for (const row of opened.value.rows()) lastMs = Math.max(lastMs, row.at);
    opened.value.close();
  }
  if (lastMs > nowMs) {
    return {
      check,
      status: 'failed',
      detail: `${detail} is before the journal's last event (${new Date(lastMs).toISOString()})`,
      action: 'set the clock (timedatectl) before selling',
    };
  }
  const asked = spawnSync('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { encoding: 'utf8' });
  if (asked.status === 0 && asked.stdout.trim() === 'yes')
    return { check, status: 'ok', detail: `${detail}, synchronised` };
  return {
    check,
    status: 'warning',
    detail: `${detail}, not known to be synchronised`,
    action: 'switch time synchronisation on: timedatectl set-ntp true',
  };
}
