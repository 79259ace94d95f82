/**
 * The only place that constructs: configuration in, a running terminal out. Everything below receives its
 * dependencies as arguments.
 */
import path from 'node:path';
import type { TapTiming } from '../app/card-session.ts';
import { CardPrompts } from '../app/card-prompts.ts';
import { Commands } from '../app/commands.ts';
import { DeviceSupervisor } from '../app/devices.ts';
import { Effects } from '../app/effects.ts';
import { receiptOf, type ReceiptHeader } from '../app/receipt.ts';
import { batchReportOf, followUpSlipOf } from '../app/report-lines.ts';
import { Reports } from '../app/reports.ts';
import { startSettlementClock } from '../app/settlement-clock.ts';
import { FoldFailed, foldFailedText } from '../app/halt.ts';
import { readableSnapshot, Terminal, type TerminalOptions } from '../app/terminal.ts';
import { assert } from '../core/base/assert.ts';
import type { Random } from '../core/base/ports.ts';
import { err, fault, ok, type Fault, type Result } from '../core/base/result.ts';
import { longestCardWaitMs } from '../core/transaction/policy.ts';
import { AcquirerLink } from '../host/acquirer/link.ts';
import type { FirstUse } from '../host/security/dukpt-counter.ts';
import { openMacKeys } from '../host/security/mac-settings.ts';
import type { MacKeySource } from '../host/security/mac-keys.ts';
import { chamAdapter, chamCapabilities } from '../host/qr/adapters/cham.ts';
import { QrProvider } from '../host/qr/provider.ts';
import { RelaySource } from '../host/qr/relay-source.ts';
import { openJournal, type Journal } from '../store/journal.ts';
import { openCardVault } from '../store/vault.ts';
import { openCardTraces, type CardTracesWanted } from './card-traces.ts';
import { codeReader } from './code-reader.ts';
import { checkConfig, identityOf, policyOf } from './config/check.ts';
import type { HostLinkSettings } from './config/host-link.ts';
import type { Config } from './config/schema.ts';
import { bankName } from './config/static-code.ts';
import { driveDisplay } from './drive-display.ts';
import { keyedHash } from './platform.ts';
import { qrLinkOf } from './qr-link.ts';
import { saleInput } from './sale-input.ts';
import { startServer, type RunningServer } from './server.ts';
import { identityProblem, journalText, noSnapshotText, vaultText } from './refusals.ts';
import type { TerminalService } from './session.ts';
import type { Outside } from './outside.ts';
import { journalFolder, vaultFolder } from './folders.ts';
import { forgetSettledCards } from './settled-cards.ts';
import { createSimulator } from './simulator.ts';
import { Supervisors } from './supervisors.ts';
import { startTraining, trainingBank, type TrainingWorld } from './training.ts';
import { terminalService } from './terminal-service.ts';
import { lastTransferAt, watchOpenCodes } from './qr-catch-up.ts';
import { startUpkeep } from './upkeep.ts';
import { softwareVersion } from './version.ts';

const root = path.resolve(import.meta.dirname, '../..');
export const screensFolder = path.join(root, 'dist/ui');

/** Within this time a second cut-over of the host is taken for a repeat of the first. */
const repeatedCutOverMs = 60_000;

export interface StartOptions extends CardTracesWanted {
  readonly configFile: string;
  readonly dataFolder: string;
  readonly random: Random;
  readonly onTap?: (tap: TapTiming) => void;
  readonly outside?: Outside;
}

/** `config`, `journal` and `bug` must be mended by a person; `detail` says how, in full. */
export type StartFault = Fault<'config' | 'journal' | 'bug' | 'training' | 'provider' | 'server'>;

export interface RunningTerminal {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly service: TerminalService;
  readonly journal: Journal;
  readonly training: TrainingWorld | undefined;
  /** True when acquirer and bank are the built-in ones: no real money can move. */
  readonly trains: boolean;
  /** True when a control strip can drive it. */
  readonly simulated: boolean;
  /** Raw paper of the simulated printer. */
  onPaper(listener: (paper: { readonly jobId: string; readonly png: Uint8Array }) => void): () => void;
  stop(): Promise<void>;
}

export interface RunningService extends RunningTerminal {
  readonly server: RunningServer;
}

/** The terminal without screens. Whatever was started is stopped again when a later part cannot start. */
export async function startTerminal(options: StartOptions): Promise<Result<RunningTerminal, StartFault>> {
  const { configFile, dataFolder, clock, random, log, outside = {} } = options;
  const checked = checkConfig(configFile, { clock, random, log });
  if (!checked.ok) return err(fault('config', checked.fault, false));
  const { config, emv, dialect, qrAdapter, relay, staticCode, hostLink } = checked.value;
  const { journalPort = (real) => real, machine, receiptPrinter, dial, call: httpCall, listen } = outside;
  const devices = { ...checked.value.devices, ...(receiptPrinter === undefined ? {} : { receiptPrinter }) };
  const amountExponent = dialect.exponents.get(config.terminal.currency);
  const folder = journalFolder(dataFolder);
  const opened = openJournal(folder, { mirrorFolder: config.journal.mirrorFolder ?? folder });
  if (!opened.ok) return err(fault('journal', journalText(opened.fault.detail), false));
  const journal = opened.value;
  const undo: (() => Promise<void> | void)[] = [() => journal.close()];
  const giveUp = async (found: StartFault): Promise<Result<never, StartFault>> => {
    for (const step of undo.toReversed()) await step();
    return err(found);
  };

  if (journal.redactedThrough() > 0 && readableSnapshot(journal) === undefined) {
    return giveUp(fault('journal', journalText(noSnapshotText), false));
  }
  const openedVault = openCardVault(vaultFolder(dataFolder));
  if (!openedVault.ok) return giveUp(fault('journal', vaultText(openedVault.fault.detail), false));
  const vault = openedVault.value;
  const policy = policyOf(config, (qrAdapter ?? { capabilities: chamCapabilities }).capabilities);
  const identity = identityOf(config, dialect, hostLink);
  const planted = machine === undefined ? {} : { machine };
  const parts = { journal: journalPort(journal), clock, log, policy, softwareVersion, identity };
  const folded = foldTerminal({ ...parts, ...planted });
  if (!folded.ok) return giveUp(folded.fault);
  const terminal = folded.value;
  forgetSettledCards(terminal, vault, log);
  const otherIdentity = identityProblem(terminal, identity);
  if (otherIdentity !== undefined) return giveUp(fault('config', otherIdentity, false));

  const started = await startTraining({ config, dialect, dataFolder, clock, random, log });
  if (!started.ok) return giveUp(fault('training', started.fault.detail, true));
  const training = started.value;
  if (training !== undefined) undo.push(() => training.stop());

  // A trace number is in the journal before its request is sent.
  const firstUse = terminal.state.lastStan === 0 ? 'allowed' : 'refused';
  const macs = linkMacKeys(hostLink, training, path.join(dataFolder, 'dukpt.counter'), firstUse);
  if (!macs.ok) return giveUp(fault('config', macs.fault.detail, false));
  const macKeys = macs.value;
  const acquirer = new AcquirerLink({
    ...(hostLink?.link ?? { addresses: [trainingAddress(training)] }),
    ...(macKeys === undefined ? {} : { mac: macKeys }),
    ...(dial === undefined ? {} : { dial }),
    dialect,
    // Another acquirer has to be given the pad's key first, and there is no way yet to say that it has it.
    takesOnlinePin: training !== undefined,
    terminal: {
      terminalId: config.terminal.id,
      merchantId: config.terminal.merchantId,
      timeZone: config.terminal.timeZone,
      ...(amountExponent === undefined ? {} : { amountExponent }),
    },
    timings: {
      connectTimeoutMs: 5000,
      managementTimeoutMs: 5000,
      // A learner who pulls the plug sees the link go down soon; a real host is asked once a minute.
      echoIntervalMs: training === undefined ? 60_000 : 5000,
      reconnectMinMs: 500,
      reconnectMaxMs: 30_000,
      waitForLinkMs: 3000,
    },
    clock,
    random,
    log,
  });
  undo.push(() => acquirer.close());
  const { qr } = config;
  const merchant = { bankBin: qr.bankBin, account: qr.account, name: config.terminal.merchantName };
  const relaySource = relay && new RelaySource({ address: relay, clock, random, log });
  const provider = new QrProvider({
    adapter: qrAdapter ?? chamAdapter(trainingBank(training), merchant),
    merchant,
    listener: { host: '127.0.0.1', port: qr.kind === 'provider' ? qr.noticePort : 0 },
    ...(qr.kind === 'provider' && qr.noticeUrl !== undefined ? { noticeUrl: qr.noticeUrl } : {}),
    ...(relaySource === undefined ? {} : { sources: [relaySource] }),
    lastSeen: () => lastTransferAt(terminal),
    random,
    ...(httpCall === undefined ? {} : { call: httpCall }),
    ...(listen === undefined ? {} : { listen }),
    clock,
    log,
  });
  const listening = await provider.start();
  if (!listening.ok) return giveUp(fault('provider', listening.fault.detail, true));
  undo.push(() => provider.stop());
  if (training !== undefined) provider.advertise(await training.throughPlug(provider.noticeUrl ?? ''));

  const simulator = createSimulator(devices, training);
  const supervised = [
    devices.cardReader,
    devices.codeScanner,
    devices.pinPad,
    devices.receiptPrinter,
    devices.customerDisplay,
  ];
  const supervisor = new DeviceSupervisor(
    supervised.filter((device) => device !== undefined),
    clock,
    log,
  );
  const header: ReceiptHeader = {
    merchant: {
      name: config.terminal.merchantName,
      addressLines: config.terminal.addressLines,
      merchantId: config.terminal.merchantId,
      terminalId: config.terminal.id,
    },
    language: config.terminal.language,
    timeZone: config.terminal.timeZone,
    training: config.acquirer.kind === 'training',
  };
  const prompts = new CardPrompts(clock);
  const traces = openCardTraces(options, checked.value);
  if (!traces.ok) return giveUp(fault('config', traces.fault, false));
  undo.push(() => traces.value.stop());
  const effects = new Effects({
    terminal,
    clock,
    log,
    acquirer,
    vault,
    provider,
    reader: traces.value.reader,
    pinPad: devices.pinPad,
    scanner: devices.codeScanner,
    readCode: codeReader(config, emv.emv),
    prompts,
    hashAccount: keyedHash(),
    printer: devices.receiptPrinter,
    cardWaitMs: longestCardWaitMs(policy),
    saleInput: (id, amount) => saleInput(terminal.state, id, amount, { clock, random, emv: emv.emv, config }),
    receiptLines: (id, columns, copy) => {
      const transaction = terminal.state.transactions.get(id);
      assert(transaction !== undefined, 'a receipt for a sale that does not exist');
      return receiptOf(transaction, header, { columns, copy, journalHead: journal.head() });
    },
    ...(options.onTap === undefined ? {} : { onTap: options.onTap }),
  });
  undo.push(() => supervisor.stop());
  // Stopped before the devices close, so that their going is not taken for trouble of a sale.
  undo.push(() => effects.stop());
  await supervisor.start();
  const stopDisplay = driveDisplay(terminal, prompts, devices.customerDisplay, config.terminal.language, staticCode);
  undo.push(stopDisplay);
  // What was asked for between two sales is over when the next begins.
  if (staticCode !== undefined) {
    undo.push(terminal.onChange(() => terminal.state.foreground === null || staticCode.ask(false)));
  }
  acquirer.open();
  terminal.start(effects);
  watchOpenCodes(terminal, provider);
  provider.catchUp();
  let lastCutOverMs = -Infinity;
  undo.push(
    acquirer.onCutOver(() => {
      const { number } = terminal.state.settlement.open;
      const nowMs = clock.monotonicMs();
      // A host that says it twice means it once.
      if (nowMs - lastCutOverMs < repeatedCutOverMs) return;
      lastCutOverMs = nowMs;
      terminal.handle({ type: 'CloseBatch', batch: number, because: 'hostCutOver', by: null });
    }),
  );
  undo.push(startSettlementClock(terminal, clock, policy.settlement));
  undo.push(startUpkeep({ terminal, journal, clock, log, retentionDays: config.journal.retentionDays }));
  const call = config.terminal.callCenter ?? null;
  const paper = (columns: number) => ({ header, columns, printedAt: clock.now(), call });
  const reports = new Reports({
    printer: devices.receiptPrinter,
    clock,
    printTimeoutMs: policy.printTimeoutMs,
    batchLines: (batch, columns) => batchReportOf(terminal.state, batch, paper(columns)),
    followUpLines: (id, columns) => followUpSlipOf(terminal.state, id, paper(columns)),
  });
  undo.push(() => reports.stop());

  const commands = new Commands({
    terminal,
    random,
    currency: config.terminal.currency,
    maxAmountMinorUnits: config.terminal.maxAmountMinorUnits,
    prompts,
    codes: effects.codes,
    simulator,
    staticCode,
    qrMark: qr.mark,
    supervisors: new Supervisors(config.supervisors, clock),
    reports,
  });
  const service = terminalService({
    config,
    policy,
    training: header.training,
    terminal,
    commands,
    prompts,
    codes: effects.codes,
    slot: devices.cardReader?.hasSlot ?? false,
    supervisor,
    acquirer,
    staticCode: staticCode && { code: staticCode, bank: bankName(qr.bankBin) },
    qr: qrLinkOf(provider, relaySource, qr.kind === 'training' || qr.noticeUrl !== undefined),
    journal,
    simulator,
    clock,
  });
  return ok({
    config,
    terminal,
    service,
    journal,
    training,
    trains: header.training,
    simulated: simulator !== undefined,
    onPaper: (listener) => simulator?.onPaper(listener) ?? (() => {}),
    async stop() {
      for (const step of undo.toReversed()) await step();
    },
  });
}

/** The terminal with its loopback server. */
export async function startService(
  options: StartOptions & { readonly port: number | undefined },
): Promise<Result<RunningService, StartFault>> {
  const running = await startTerminal(options);
  if (!running.ok) return running;
  const { config, service } = running.value;
  const port = options.port ?? config.server.port;
  try {
    const { random, log } = options;
    const server = await startServer({ port, screens: screensFolder, service, random, log });
    return ok({
      ...running.value,
      server,
      async stop() {
        await server.stop();
        await running.value.stop();
      },
    });
  } catch (error) {
    await running.value.stop();
    const why = error instanceof Error ? error.message : String(error);
    const help = `The screens cannot be served on 127.0.0.1:${port} (${why}). Another terminal may be running; choose another port with --port, or 0 for a free one.`;
    return err(fault('server', help, true));
  }
}

/** A bug that every start would meet again is told once, instead of starting for ever. */
function foldTerminal(options: TerminalOptions): Result<Terminal, StartFault> {
  try {
    return ok(new Terminal(options));
  } catch (error) {
    if (!(error instanceof FoldFailed)) throw error;
    options.log.write('error', 'a bug: the journal cannot be folded', { code: error.code, trace: String(error.cause) });
    return err(fault('bug', foldFailedText(error.code), false));
  }
}

/** From the acquirer's key files, or those that the training world has made up for this start. */
function linkMacKeys(
  hostLink: HostLinkSettings | undefined,
  training: TrainingWorld | undefined,
  counterFile: string,
  firstUse: FirstUse,
): Result<MacKeySource | undefined, Fault<string>> {
  if (hostLink === undefined) return ok(training?.macKeys);
  return hostLink.mac === undefined ? ok(undefined) : openMacKeys(hostLink.mac, counterFile, firstUse);
}

function trainingAddress(training: TrainingWorld | undefined): { host: string; port: number } {
  assert(training?.acquirerAddress !== undefined, 'the training acquirer runs');
  return training.acquirerAddress;
}
