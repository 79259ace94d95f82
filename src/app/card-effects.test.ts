/**
 * An inserted card in the whole loop: terminal, effects and a scripted kernel. What is proven here is the session: it stays
 * open across the host, hears the answer once, and is never left open, whatever happens around it.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CardConnection, CardReader } from '../../devices/card-reader.ts';
import type { DeviceFault, DeviceOptions } from '../../devices/device.ts';
import type { PinEntry, PinPad } from '../../devices/pin-pad.ts';
import { chipCard, finalCard, id, identity, offline, policy, startCard } from '../../test/scenarios/given.ts';
import { epochMs, type TransactionId } from '../core/base/brand.ts';
import { hex, toHex } from '../core/base/bytes.ts';
import { Pan } from '../core/base/pan.ts';
import { err, fault, ok, type Result } from '../core/base/result.ts';
import type {
  CardCompletion,
  ContactAnswer,
  ContactEnd,
  ContactRequest,
  ContactSale,
  PinRequest,
  PinResult,
} from '../core/emv/contact/requests.ts';
import type { CardAnswer } from '../core/emv/card-channel.ts';
import type { KernelResult } from '../core/emv/kernel-result.ts';
import type { SaleInput } from '../core/emv/terminal-data.ts';
import { saleInputWith } from '../core/emv/test-kit.ts';
import type { TornRecord } from '../core/emv/torn-record.ts';
import type { JournalEvent, Recorded } from '../core/transaction/events.ts';
import type { AuthorizationReply, CardSecrets, HostFault } from '../core/transaction/model.ts';
import { longestCardWaitMs, type Policy } from '../core/transaction/policy.ts';
import { CardPrompts } from './card-prompts.ts';
import { Effects } from './effects.ts';
import type { AcquirerPort, CardVaultPort, JournalPort } from './ports.ts';
import { Terminal } from './terminal.ts';

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
async function settled(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await Promise.resolve();
}

class FakeConnection implements CardConnection {
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

function pan(): Pan {
  const parsed = Pan.parse('9704000000000018');
  if (!parsed.ok) throw new Error('a PAN');
  return parsed.value;
}

const selectCommand = hex('00A40400');
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

class World {
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
      provider: { issue: never, query: never, onTransfer: () => () => {} },
      reader: this.reader,
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

const approved: AuthorizationReply = { responseCode: '00', approvalCode: 'A1B2C3', rrn: '6326', iccData: '910A' };
const toHost = (kernel: ScriptedKernel) => kernel.heard.flatMap((each) => (each.kind === 'host' ? [each.answer] : []));

let world: World;

beforeEach(() => {
  world = new World();
});

describe('a sale with an inserted card', () => {
  it('keeps the card under power while the host is asked, and tells it the answer', async () => {
    const card = await world.asked();
    expect(world.types()).toContain('CardInserted');
    expect(world.prompt).toBe('leaveCard');
    expect(card.powered).toBe(true);
    await world.host(approved);
    expect(toHost(world.kernel)).toEqual([{ kind: 'answered', responseCode: '00', iccData: '910A' }]);
    expect(world.phase).toBe('approved');
    expect(world.terminal.state.transactions.get(id)?.card?.cryptogram).toBe(finalCard.cryptogram);
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
  });

  it('asks for the card to be taken, and the next sale does not wait for that', async () => {
    const card = await world.asked();
    await world.host(approved);
    expect(world.prompt).toBe('removeCard');
    world.terminal.handle({ type: 'CloseSale', transactionId: id });
    world.terminal.handle({ ...startCard, transactionId: 'S-2' as TransactionId, key: 'key-2' } as typeof startCard);
    await settled();
    expect(world.reader.waiting).toBe(true);
    expect(world.prompt).toBe('removeCard');
    card.takeOut();
    await settled();
    expect(world.prompt).toBeUndefined();
  });

  it('is reversed when the card was taken out while the host was asked', async () => {
    const card = await world.asked();
    card.takeOut();
    await world.host(approved);
    expect(world.terminal.state.transactions.get(id)).toMatchObject({
      phase: 'reversing',
      reversalBecause: 'cardRemoved',
    });
    expect(card.powered).toBe(false);
    expect(world.prompt).toBeUndefined();
  });

  it('is reversed when the card declines what the host approved', async () => {
    world.kernel.script = {
      completion: { decision: 'declined', card: finalCard, issuerAuthentication: 'failed', detail: 'no' },
    };
    await world.asked();
    await world.host(approved);
    expect(world.terminal.state.transactions.get(id)).toMatchObject({ reversalBecause: 'cardDeclined' });
  });

  it('is reversed when the card hangs, after its limit, and the card is let go', async () => {
    const card = await world.asked();
    card.hangs = true;
    await world.host(approved);
    expect(world.phase).toBe('completingCard');
    await world.clock.advance(policy.completeCardMs);
    expect(world.terminal.state.transactions.get(id)).toMatchObject({ reversalBecause: 'cardRemoved' });
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
  });

  it('lets the card decline when nobody knows what the host has', async () => {
    const card = await world.asked();
    await world.host('noReply');
    expect(world.phase).toBe('reversing');
    expect(toHost(world.kernel)).toEqual([{ kind: 'outcomeUnknown' }]);
    expect(card.powered).toBe(false);
  });

  it('wipes the secrets once the host has answered', async () => {
    await world.asked();
    expect(world.sent).toEqual([{ track2: '9704000000000018D3112F', pinBlock: undefined }]);
    await world.host(approved);
    expect([...(world.kernel.secrets?.track2 ?? [])].every((byte) => byte === 0)).toBe(true);
  });

  it('keeps the secrets for a payment that the chip approves alone, and forgets them otherwise', async () => {
    await world.asked();
    await world.host('notSent');
    expect(toHost(world.kernel)).toEqual([{ kind: 'unableToGoOnline' }]);
    expect(world.phase).toBe('stored');
    expect(world.vaulted.get(id)?.pan.masked).toBe('970400******0018');
    const other = new World({ over: { offline } });
    other.kernel.script = { completion: { decision: 'declined', card: finalCard, issuerAuthentication: 'none' } };
    await other.asked();
    await other.host('notSent');
    expect(other.phase).toBe('failed');
    expect(other.vaulted.size).toBe(0);
    for (const { kernel } of [world, other]) {
      expect([...(kernel.secrets?.track2 ?? [])].every((byte) => byte === 0)).toBe(true);
    }
  });

  it('counts what the chip has approved alone when the same card comes again, also after a restart', async () => {
    await world.asked();
    await world.host('notSent');
    // Reading the vault wipes what was read, as of a real one a copy.
    const again = new World({ before: world });
    for (const each of [world, again]) {
      each.terminal.handle({ type: 'CloseSale', transactionId: id });
      each.terminal.handle({ ...startCard, transactionId: 'S-2' as TransactionId, key: 'key-2' } as typeof startCard);
      await settled();
      await each.reader.present(new FakeConnection());
    }
    for (const { kernel } of [world, again]) {
      expect(kernel.inputs.at(-1)?.recentAmount(pan(), '01')).toBe(45_000);
      expect(kernel.inputs.at(-1)?.recentAmount(pan(), '02')).toBe(0);
    }
    // Answered by the host, or settled by a person: it counts no more.
    again.effects.run({ type: 'ForgetCard', transactionId: id });
    expect(again.kernel.inputs.at(-1)?.recentAmount(pan(), '01')).toBe(0);
  });
});

it('what the chip approved and could not be stored was not taken, and does not count', async () => {
  world.vaultFull = true;
  await world.asked();
  await world.host('notSent');
  expect(world.phase).toBe('failed');
  expect(world.kernel.inputs.at(-1)?.recentAmount(pan(), '01')).toBe(0);
});

describe('what ends a session', () => {
  it('an outcome before the host: the card has no power, and the sale says what it was', async () => {
    world.kernel.script = {
      outcome: { kind: 'outcome', result: { outcome: { kind: 'endApplication', reason: 'applicationBlocked' } } },
    };
    await world.start();
    const card = await world.reader.present(new FakeConnection());
    expect(world.phase).toBe('failed');
    expect(card.powered).toBe(false);
    expect(world.prompt).toBe('removeCard');
  });

  it('one that lets the card be tried again: the reader waits for it as long as the sale does', async () => {
    const unread: KernelResult = { outcome: { kind: 'tryAgain', reason: 'communicationError' } };
    world.kernel.script = { outcome: { kind: 'outcome', result: unread } };
    await world.start();
    await world.reader.present(new FakeConnection());
    expect(world.reader.waiting).toBe(true);
    const { waitUntil } = world.terminal.state.transactions.get(id) ?? {};
    expect(world.reader.waitMs).toBeGreaterThanOrEqual((waitUntil ?? 0) - world.clock.now());
  });

  it('the cashier, while the cardholder chooses', async () => {
    world.kernel.script = { asks: [{ kind: 'chooseApplication', labels: ['A', 'B'] }] };
    await world.start();
    const card = await world.reader.present(new FakeConnection());
    expect(world.prompt).toBe('chooseApplication');
    world.terminal.handle({ type: 'CancelSale', transactionId: id });
    await settled();
    expect(world.phase).toBe('cancelled');
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
    expect(world.prompt).toBe('removeCard');
  });

  it('a journal that cannot be written: nobody completes the card', async () => {
    const card = await world.asked();
    world.broken = true;
    await world.host(approved);
    expect(world.terminal.halted).toBeDefined();
    expect(card.powered).toBe(false);
    expect(toHost(world.kernel)).toEqual([]);
  });

  it('a journal that breaks while the card is being completed', async () => {
    const card = await world.asked();
    card.hangs = true;
    await world.host(approved);
    world.broken = true;
    world.terminal.halt('damaged');
    await settled();
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
  });

  it.each(['reading', 'choosing', 'waiting', 'completing'] as const)('the end of the service (%s)', async (when) => {
    if (when === 'choosing') world.kernel.script = { asks: [{ kind: 'chooseApplication', labels: ['A', 'B'] }] };
    await world.start();
    const card = new FakeConnection();
    card.hangs = when === 'reading';
    await world.reader.present(card);
    if (when === 'completing') {
      card.hangs = true;
      await world.host(approved);
    }
    const events = world.recorded.length;
    await world.effects.stop();
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
    // What it was about is taken up after the restart.
    expect(world.recorded).toHaveLength(events);
  });

  it('a kernel that asks for ever', async () => {
    const many = Array.from({ length: 600 }, () => ({ kind: 'exchange', command: selectCommand }) as const);
    world.kernel.script = { asks: many };
    await world.start();
    const card = new FakeConnection();
    await world.reader.present(card);
    await settled();
    for (let n = 0; n < 100; n += 1) await settled();
    expect(card.commands.length).toBeLessThanOrEqual(513);
    expect(world.kernel.heard.some((each) => each.kind === 'response' && each.answer === 'noAnswer')).toBe(true);
  });
});

describe('what the card asks people', () => {
  const choose = { asks: [{ kind: 'chooseApplication', labels: ['NAPAS', 'VISA'] }] } as const;

  it('an application, answered once by whoever sees it', async () => {
    world.kernel.script = choose;
    await world.start();
    await world.reader.present(new FakeConnection());
    const { shown } = world.prompts;
    expect(shown).toMatchObject({ kind: 'chooseApplication', labels: ['NAPAS', 'VISA'] });
    const prompt = shown?.kind === 'chooseApplication' ? shown.id : '';
    expect(world.prompts.answer('choice-99', 1)).toBe(false);
    expect(world.prompts.answer(prompt, 2)).toBe(false);
    expect(world.prompts.answer(prompt, 1)).toBe(true);
    await settled();
    expect(world.prompts.answer(prompt, 0)).toBe(false);
    expect(world.kernel.heard).toContainEqual({ kind: 'application', index: 1 });
    expect(world.phase).toBe('authorising');
    expect(world.prompt).toBe('leaveCard');
  });

  it.each(['none', 'late'] as const)('an application, and nobody wants any (%s)', async (how) => {
    world.kernel.script = choose;
    await world.start();
    await world.reader.present(new FakeConnection());
    const { shown } = world.prompts;
    if (shown?.kind !== 'chooseApplication') throw new Error('a choice');
    if (how === 'none') world.prompts.answer(shown.id, null);
    else await world.clock.advance(shown.waitUntil - shown.waitSince);
    await settled();
    expect(world.kernel.heard).toContainEqual({ kind: 'application', index: 'cancelled' });
  });

  const offlinePin: PinRequest = { manner: 'offlinePlaintext', triesLeft: 3 };

  it('a PIN, on the pad and with the card: the terminal hears a status word', async () => {
    world.kernel.script = { asks: [{ kind: 'enterPin', pin: offlinePin }] };
    await world.start();
    const card = await world.reader.present(new FakeConnection());
    expect(world.pad.asked).toMatchObject([{ pin: offlinePin, amount: { minorUnits: 45_000 } }]);
    expect(card.commands).toContain('00200080');
    expect(world.kernel.heard).toContainEqual({ kind: 'pin', result: { kind: 'verified', sw: 0x9000 } });
  });

  it('a PIN without a pad, or an online one that the host link cannot carry: unavailable, and nothing is typed', async () => {
    const none = new World({ hasPad: false });
    for (const [each, pin] of [
      [none, offlinePin],
      [world, { manner: 'online' }],
    ] as const) {
      each.kernel.script = { asks: [{ kind: 'enterPin', pin }] };
      await each.start();
      await each.reader.present(new FakeConnection());
      expect(each.pad.asked).toEqual([]);
      expect(each.kernel.heard).toContainEqual({ kind: 'pin', result: { kind: 'unavailable' } });
    }
  });

  it('a PIN on a pad that hangs: a cancelled sale takes the prompt back, and the next one has the reader', async () => {
    world.pad.hangs = true;
    world.kernel.script = { asks: [{ kind: 'enterPin', pin: offlinePin }] };
    await world.start();
    const card = await world.reader.present(new FakeConnection());
    const prompts: (string | undefined)[] = [];
    world.prompts.onChange(() => prompts.push(world.prompt));
    world.terminal.handle({ type: 'CancelSale', transactionId: id });
    expect(prompts).toEqual([undefined]);
    await settled();
    expect(prompts).toEqual([undefined, 'removeCard']);
    expect(card.powered).toBe(false);
    expect(world.kernel.ended).toBe(1);
    world.terminal.handle({ type: 'CloseSale', transactionId: id });
    world.terminal.handle({ ...startCard, transactionId: 'S-2' as TransactionId, key: 'key-2' } as typeof startCard);
    await settled();
    expect(world.reader.waiting).toBe(true);
  });

  it('an online PIN goes through to the kernel where the host link carries it', async () => {
    const taking = new World({ takesOnlinePin: true });
    const pinBlock = hex('0123456789ABCDEF');
    taking.pad.result = { kind: 'pinBlock', pinBlock };
    taking.kernel.script = { asks: [{ kind: 'enterPin', pin: { manner: 'online' } }] };
    await taking.asked();
    expect(taking.kernel.heard).toContainEqual({ kind: 'pin', result: { kind: 'pinBlock', pinBlock } });
    // The kernel hands it on with the secrets, and with them it is wiped.
    expect(taking.sent[0]?.pinBlock).toBe('0123456789ABCDEF');
    await taking.host(approved);
    expect([...pinBlock].every((byte) => byte === 0)).toBe(true);
  });
});

/** A card is tapped, and its kernel comes to that. */
async function tap(result: KernelResult): Promise<void> {
  world.taps.push(result);
  await world.reader.present(new FakeConnection('contactless'));
}

describe('a card that is tapped', () => {
  it('and has to be inserted: asked for in the slot, in the same sale', async () => {
    await world.start();
    await tap({ outcome: { kind: 'tryAnotherInterface' } });
    expect(world.terminal.state.transactions.get(id)).toMatchObject({
      phase: 'awaitingCard',
      tryAgain: 'useAnotherInterface',
    });
    await world.reader.present(new FakeConnection());
    expect(world.phase).toBe('authorising');
  });

  it('and has to be inserted where there is no slot: the sale is over', async () => {
    world.reader.hasSlot = false;
    await world.start();
    await tap({ outcome: { kind: 'tryAnotherInterface' } });
    expect(world.terminal.state.transactions.get(id)).toMatchObject({
      phase: 'failed',
      failReason: 'useAnotherInterface',
    });
  });

  it('and left in the middle: what is kept of it is offered to the next tap, and wiped when it is not kept any more', async () => {
    const amount = hex('000000045000');
    const torn: TornRecord = { account: 'A1', tornAtMs: 0, objects: new Map([['9F02', amount]]) };
    const seePhone = { outcome: { kind: 'tryAgain', reason: 'seePhone' } } as const;
    await world.start();
    await tap({ outcome: { kind: 'tryAgain', reason: 'removedTooEarly' }, tornLog: [torn] });
    await tap(seePhone);
    expect(world.tapInputs.map(({ tornLog }) => tornLog)).toEqual([[], [torn]]);
    expect(toHex(amount)).toBe('000000045000');
    await tap({ ...seePhone, tornLog: [] });
    expect(toHex(amount)).toBe('000000000000');
    await tap(seePhone);
    expect(world.tapInputs.at(-1)?.tornLog).toEqual([]);
  });

  it('and never came back: what was kept of it is wiped when its time is over', async () => {
    const amount = hex('000000045000');
    const torn: TornRecord = { account: 'A1', tornAtMs: 0, objects: new Map([['9F02', amount]]) };
    await world.start();
    await tap({ outcome: { kind: 'tryAgain', reason: 'removedTooEarly' }, tornLog: [torn] });
    await world.clock.advance(359_999);
    expect(toHex(amount)).toBe('000000045000');
    await world.clock.advance(1);
    expect(toHex(amount)).toBe('000000000000');
  });

  it('waits as long as the field has to stay off', async () => {
    await world.start();
    await tap({
      outcome: { kind: 'tryAgain', reason: 'seePhone' },
      parameters: {
        start: 'B',
        onlineResponseData: 'none',
        cvm: 'none',
        alternateInterface: 'none',
        receipt: false,
        fieldOffMs: 1300,
        removalTimeoutMs: 0,
      },
    });
    expect(world.reader.waiting).toBe(false);
    await world.clock.advance(1299);
    expect(world.reader.waiting).toBe(false);
    await world.clock.advance(1);
    expect(world.reader.waiting).toBe(true);
  });
});
