/** The running terminal as its screens meet it: views out, commands in, paper as it comes. */
import type { CardPrompts } from '../app/card-prompts.ts';
import type { CodeEffects } from '../app/code-effects.ts';
import type { Commands } from '../app/commands.ts';
import type { DeviceSupervisor } from '../app/devices.ts';
import { project } from '../app/project.ts';
import type { AcquirerPort, JournalPort } from '../app/ports.ts';
import type { StaticCode } from '../app/static-code.ts';
import type { Terminal } from '../app/terminal.ts';
import type { TerminalView } from '../contract/view.ts';
import type { Clock } from '../core/base/ports.ts';
import type { Policy } from '../core/transaction/policy.ts';
import { emptyTerminal, type TerminalState } from '../core/transaction/state.ts';
import type { Config } from './config/schema.ts';
import type { TerminalService } from './session.ts';
import type { Simulator } from './simulator.ts';
import { softwareVersion } from './version.ts';

export interface TerminalServiceParts {
  readonly config: Config;
  readonly policy: Policy;
  readonly training: boolean;
  readonly terminal: Terminal;
  readonly commands: Commands;
  readonly prompts: CardPrompts;
  readonly codes: Pick<CodeEffects, 'taken' | 'unasked' | 'onChange'>;
  /** Whether a card can be inserted. */
  readonly slot: boolean;
  readonly supervisor: DeviceSupervisor;
  readonly acquirer: Pick<AcquirerPort, 'linkState' | 'onLinkState'>;
  /** How it hears of payments by QR. */
  readonly qr: { readonly link: () => TerminalView['qrLink']; readonly onChange: (listener: () => void) => () => void };
  /** The shop's static code, and its bank's name; undefined when it is never shown. */
  readonly staticCode: { readonly code: StaticCode; readonly bank: string } | undefined;
  readonly journal: Pick<JournalPort, 'head'>;
  readonly simulator: Simulator | undefined;
  readonly clock: Clock;
}

function staticQr({ staticCode, config, terminal }: TerminalServiceParts): TerminalView['staticQr'] {
  if (staticCode === undefined) return null;
  const { code, bank } = staticCode;
  const free = terminal.state.foreground === null && terminal.halted === undefined;
  const { account, staticCode: when } = config.qr;
  return { payload: code.payload, bank, account, shown: code.shown && free, onRequest: when === 'onRequest' };
}

export function terminalService(parts: TerminalServiceParts): TerminalService {
  const {
    config,
    policy,
    training,
    terminal,
    commands,
    prompts,
    codes,
    slot,
    supervisor,
    acquirer,
    qr,
    journal,
    simulator,
    clock,
  } = parts;
  const { id, merchantName, currency, maxAmountMinorUnits, language, timeZone } = config.terminal;
  const view = (state: TerminalState): TerminalView =>
    project(
      state,
      {
        now: clock.now(),
        terminal: {
          id,
          merchantName,
          currency,
          maxAmountMinorUnits,
          defaultLanguage: language,
          timeZone,
          training,
          softwareVersion,
        },
        halted: terminal.halted,
        slot,
        cardPrompt: prompts.shown,
        codes: { taken: codes.taken, unasked: codes.unasked },
        devices: supervisor.devices.map(({ device, health }) => ({
          role: device.role,
          name: device.name,
          description: device.description,
          ...health,
        })),
        acquirerLink: acquirer.linkState(),
        qrLink: qr.link(),
        staticQr: staticQr(parts),
        journal: journal.head(),
        simulator: simulator?.view(state) ?? null,
        supervisors: config.supervisors.map(({ name }) => name),
        policy,
      },
      currency,
    );

  return {
    execute: (command) => commands.execute(command),
    view: () => {
      try {
        return view(terminal.state);
      } catch (error) {
        // What cannot be shown is a bug like any other; the screens have to be able to say so.
        terminal.fail(error);
        return view({ ...emptyTerminal, identity: terminal.state.identity });
      }
    },
    onView(listener) {
      const ends = [terminal, prompts, codes, supervisor, simulator, qr, parts.staticCode?.code].flatMap(
        (source) => source?.onChange(listener) ?? [],
      );
      ends.push(acquirer.onLinkState(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    onPaper: (listener) =>
      simulator?.onPaper(({ jobId, png }) => listener({ jobId, png: Buffer.from(png).toString('base64') })) ??
      (() => {}),
  };
}
