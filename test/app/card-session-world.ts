/** A terminal with effects around a scripted contact kernel, for tests of card sessions: clock, reader, pad, host. */
import { expect } from 'vitest';
import type { CardConnection, CardReader } from '../../devices/card-reader.ts';
import type { DeviceFault, DeviceOptions } from '../../devices/device.ts';
import type { PinEntry, PinPad } from '../../devices/pin-pad.ts';
import { chipCard, finalCard, id, identity, policy, startCard } from '../scenarios/given.ts';
import { epochMs, type TransactionId } from '../../src/core/base/brand.ts';
import { hex, toHex } from '../../src/core/base/bytes.ts';
import { Pan } from '../../src/core/base/pan.ts';
import { err, fault, ok, type Result } from '../../src/core/base/result.ts';
import type {
  CardCompletion,
  ContactAnswer,
  ContactEnd,
  ContactRequest,
  ContactSale,
  PinResult,
} from '../../src/core/emv/contact/requests.ts';
import type { CardAnswer } from '../../src/core/emv/card-channel.ts';
import type { KernelResult } from '../../src/core/emv/kernel-result.ts';
import type { SaleInput } from '../../src/core/emv/terminal-data.ts';
import { saleInputWith } from '../../src/core/emv/test-kit.ts';
import type { JournalEvent, Recorded } from '../../src/core/transaction/events.ts';
import type { AuthorizationReply, CardSecrets, HostFault } from '../../src/core/transaction/model.ts';
import { longestCardWaitMs, type Policy } from '../../src/core/transaction/policy.ts';
import { CardPrompts } from '../../src/app/card-prompts.ts';
import { Effects } from '../../src/app/effects.ts';
import type { AcquirerPort, CardVaultPort, JournalPort } from '../../src/app/ports.ts';
import { Terminal } from '../../src/app/terminal.ts';

/** A clock that only moves when told to. */
class ManualClock {
  nowMs = 0;
  readonly #timers = new Set<{ atMs: number; callback: () => void }>();
  now = () => epochMs(1_800_000_000_000 + this.nowMs);
  monotonicMs = () => this.nowMs;
  after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };
  async advance(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const timer of [...this.#timers].filter(({ atMs }) => atMs <= this.nowMs)) {
      this.#timers.delete(timer);
      timer.callback();
    }
    await settled();
  }
}

/** Lets everything that is ready happen. */
export async function settled(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await Promise.resolve();
}

export class FakeConnection implements CardConnection {
  readonly interface: CardConnection['interface'];
  readonly atr = hex('3B600000');
  powered = true;
  inSlot = true;
  hangs = false;
  readonly commands: string[] = [];
  readonly #removed = new Set<() => void>();

  constructor(kind: CardConnection['interface'] = 'contact') {
    this.interface = kind;
  }

  async exchange(command: Uint8Array, { signal }: DeviceOptions): Promise<Result<Uint8Array, DeviceFault>> {
    if (!this.powered || !this.inSlot) return err(fault('notConnected', 'the card was removed', true));
    this.commands.push(toHex(command));
    if (!this.hangs) return ok(hex('9000'));
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(err(fault('aborted', 'the caller gave up', true))));
    });
  }

  async disconnect(): Promise<void> {
    this.powered = false;
  }

  async removed({ signal }: DeviceOptions): Promise<Result<void, DeviceFault>> {
    if (!this.inSlot) return ok(undefined);
    return new Promise((resolve) => {
      this.#removed.add(() => resolve(ok(undefined)));
      signal.addEventListener('abort', () => resolve(err(fault('aborted', 'the caller gave up', true))));
    });
  }

  takeOut(): void {
    this.inSlot = false;
    for (const listener of this.#removed) listener();
  }
}

class FakeReader implements CardReader {
  readonly role = 'cardReader';
  readonly name = 'reader';
  readonly description = 'fake';
  hasSlot = true;
  waits = 0;
  /** How long the last wait may take. */
  waitMs = 0;
  #give: ((card: FakeConnection) => void) | undefined;
  open = async () => ok(undefined);
  close = async () => {};
  checkHealth = async () => ({ state: 'ready' as const, detail: '' });
  onHealth = () => () => {};

  get waiting(): boolean {
    return this.#give !== undefined;
  }

  waitForCard({ signal, timeoutMs }: DeviceOptions): Promise<Result<CardConnection, DeviceFault>> {
    this.waits += 1;
    this.waitMs = timeoutMs;
    return new Promise((resolve) => {
      const end = (result: Result<CardConnection, DeviceFault>): void => {
        this.#give = undefined;
        resolve(result);
      };
      this.#give = (card) => end(ok(card));
      signal.addEventListener('abort', () => end(err(fault('aborted', 'the caller gave up', true))));
    });
  }

  async present(card: FakeConnection): Promise<FakeConnection> {
    expect(this.waiting).toBe(true);
    this.#give?.(card);
    await settled();
    return card;
  }
}

class FakePad implements PinPad {
  readonly role = 'pinPad';
  readonly name = 'pad';
  readonly description = 'fake';
  readonly asked: PinEntry[] = [];
  result: PinResult = { kind: 'verified', sw: 0x9000 };
  hangs = false;
  open = async () => ok(undefined);
  close = async () => {};
  checkHealth = async () => ({ state: 'ready' as const, detail: '' });
  onHealth = () => () => {};
  async enterPin(entry: PinEntry): Promise<PinResult> {
    this.asked.push(entry);
    if (this.hangs) return new Promise<never>(() => {});
    await entry.toCard(hex('00200080'), { signal: new AbortController().signal, timeoutMs: 1 });
    return this.result;
  }
}

function copyOf(secrets: CardSecrets | undefined): CardSecrets | undefined {
  if (secrets === undefined) return undefined;
  const pan = Pan.parse(secrets.pan.use((digits) => String.fromCharCode(...digits)));
  if (!pan.ok) throw new Error('a PAN');
  return { pan: pan.value, track2: undefined, expiry: undefined };
}

export function pan(): Pan {
  const parsed = Pan.parse('9704000000000018');
  if (!parsed.ok) throw new Error('a PAN');
  return parsed.value;
}

export const selectCommand = hex('00A40400');
const secondAc = hex('80AE4000');

interface Script {
  /** Before the first cryptogram. */
  readonly asks?: readonly ContactRequest[];
  /** Instead of going online. */
  readonly outcome?: Extract<ContactEnd, { kind: 'outcome' }>;
  readonly completion?: CardCompletion;
}

/** What a kernel was told, and whether it was left in good order. */
class ScriptedKernel {
  readonly heard: ContactAnswer[] = [];
  ended = 0;
  secrets: CardSecrets | undefined;
  inputs: SaleInput[] = [];
  script: Script = {};

  readonly sale = (input: SaleInput): ContactSale => {
    this.inputs.push(input);
    return this.#run();
  };

  *#run(): ContactSale {
    const { asks = [], outcome, completion } = this.script;
    try {
      for (const request of [{ kind: 'exchange', command: selectCommand } as const, ...asks]) {
        this.heard.push(yield request);
      }
      if (outcome !== undefined) return outcome;
      const pan = Pan.parse('9704000000000018');
      if (!pan.ok) throw new Error('a PAN');
      const typed = this.heard.find((each) => each.kind === 'pin')?.result;
      this.secrets = {
        pan: pan.value,
        track2: hex('9704000000000018D3112F'),
        expiry: '3112',
        ...(typed?.kind === 'pinBlock' ? { pinBlock: typed.pinBlock } : {}),
      };
      this.heard.push(yield { kind: 'goOnline', card: chipCard, secrets: this.secrets });
      const answer = yield { kind: 'exchange', command: secondAc };
      this.heard.push(answer);
      const gone = answer.kind !== 'response' || typeof answer.answer === 'string';
      const approved: CardCompletion = { decision: 'approved', card: finalCard, issuerAuthentication: 'performed' };
      if (gone) return { kind: 'completed', completion: { decision: 'notCompleted', issuerAuthentication: 'none' } };
      return { kind: 'completed', completion: completion ?? approved };
    } finally {
      this.ended += 1;
    }
  }
}

const never = () => new Promise<never>(() => {});

type Answer = Result<AuthorizationReply, HostFault>;

interface WorldOptions {
  readonly over?: Partial<Policy>;
  /** The session before: its journal and its vault. */
  readonly before?: World;
  readonly hasPad?: boolean;
  readonly takesOnlinePin?: boolean;
}

export class World {
  readonly clock = new ManualClock();
  readonly reader = new FakeReader();
  readonly pad = new FakePad();
  readonly kernel = new ScriptedKernel();
  readonly prompts = new CardPrompts(this.clock);
  readonly recorded: Recorded[] = [];
  readonly vaulted = new Map<TransactionId, CardSecrets>();
  /** What was in the secrets when the host was asked. */
  readonly sent: { readonly track2: string; readonly pinBlock: string | undefined }[] = [];
  broken = false;
  vaultFull = false;
  /** What the next tapped cards come to. */
  readonly taps: KernelResult[] = [];
  readonly tapInputs: SaleInput[] = [];
  #answer: ((answer: Answer) => void) | undefined;
  readonly terminal: Terminal;
  readonly effects: Effects;

  constructor({ over = {}, before, hasPad = true, takesOnlinePin = false }: WorldOptions = {}) {
    this.recorded.push(...(before?.recorded ?? []));
    for (const [key, value] of before?.vaulted ?? []) this.vaulted.set(key, value);
    const log = { write: () => {} };
    const journal: JournalPort = {
      append: (events: readonly JournalEvent[], at) => {
        if (this.broken) return err(fault('writeFailed', 'the disk answered EIO', false));
        this.recorded.push(...events.map((event) => ({ at, event })));
        return ok({ sequence: this.recorded.length, hash: '' });
      },
      read: (after = 0) => this.recorded.slice(after),
      head: () => ({ sequence: this.recorded.length, hash: '' }),
      latestSnapshot: () => undefined,
      writeSnapshot: () => ok(undefined),
    };
    const vault: CardVaultPort = {
      put: (transaction, secrets) => {
        if (this.vaultFull) return err(fault('writeFailed', 'the disk is full', false));
        const copy = copyOf(secrets);
        if (copy !== undefined) this.vaulted.set(transaction, copy);
        return ok(undefined);
      },
      get: (transaction) => ok(copyOf(this.vaulted.get(transaction))),
      remove: (transaction) => {
        this.vaulted.delete(transaction);
        return ok(undefined);
      },
      ids: () => [...this.vaulted.keys()],
    };
    const acquirer: AcquirerPort = {
      takesOnlinePin,
      authorize: (_request, secrets, { signal }) => {
        this.sent.push({
          track2: secrets.track2 === undefined ? '' : toHex(secrets.track2),
          pinBlock: secrets.pinBlock === undefined ? undefined : toHex(secrets.pinBlock),
        });
        return new Promise((resolve) => {
          this.#answer = resolve;
          signal.addEventListener('abort', () => resolve(err(fault('linkLost', 'the terminal stops', false))));
        });
      },
      reverse: never,
      followUp: never,
      forward: never,
      reconcile: never,
      upload: never,
      onLateReply: () => () => {},
      linkState: () => 'up',
      onLinkState: () => () => {},
    };
    this.terminal = new Terminal({
      journal,
      clock: this.clock,
      log,
      policy: { ...policy, ...over },
      softwareVersion: '0.0.0',
      identity,
    });
    this.effects = new Effects({
      terminal: this.terminal,
      clock: this.clock,
      log,
      acquirer,
      vault,
      provider: {
        issue: never,
        query: never,
        cancel: never,
        refund: never,
        queryRefund: never,
        onTransfer: () => () => {},
      },
      reader: this.reader,
      scanner: undefined,
      readCode: undefined,
      pinPad: hasPad ? this.pad : undefined,
      prompts: this.prompts,
      printer: undefined,
      cardWaitMs: longestCardWaitMs({ ...policy, ...over }),
      hashAccount: (account) => toHex(account),
      saleInput: (_id, amount) => saleInputWith({ amount }),
      receiptLines: () => [],
      kernels: { contact: this.kernel.sale, contactless: (input) => this.#tap(input) },
    });
    this.terminal.start(this.effects);
  }

  // oxlint-disable-next-line require-yield -- a tap that needs no command
  *#tap(input: SaleInput): Generator<Uint8Array, KernelResult, CardAnswer> {
    this.tapInputs.push(input);
    return this.taps.shift() ?? { outcome: { kind: 'tryAgain', reason: 'communicationError' } };
  }

  async start(): Promise<this> {
    this.terminal.handle(startCard);
    await settled();
    return this;
  }

  /** A sale up to the moment in which the host has the request. */
  async asked(): Promise<FakeConnection> {
    await this.start();
    const card = await this.reader.present(new FakeConnection());
    expect(this.phase).toBe('authorising');
    return card;
  }

  async host(answer: AuthorizationReply | HostFault['kind']): Promise<void> {
    this.#answer?.(typeof answer === 'string' ? err(fault(answer, 'no answer', answer === 'notSent')) : ok(answer));
    await settled();
  }

  get phase(): string | undefined {
    return this.terminal.state.transactions.get(id)?.phase;
  }

  get prompt(): string | undefined {
    return this.prompts.shown?.kind;
  }

  types(): readonly string[] {
    return this.recorded.map(({ event }) => event.type);
  }
}

export const approved: AuthorizationReply = {
  responseCode: '00',
  approvalCode: 'A1B2C3',
  rrn: '6326',
  iccData: '910A',
};
export const toHost = (kernel: ScriptedKernel) =>
  kernel.heard.flatMap((each) => (each.kind === 'host' ? [each.answer] : []));
