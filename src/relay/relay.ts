/**
 * The relay: receives webhooks of QR providers on a public address, keeps them, and lets each terminal fetch its own over
 * a connection that the terminal opens (core/relay/wire.ts says how). Part of nothing else: it imports core only, has a
 * store of its own, and knows neither money nor keys of anybody.
 *
 * What it promises: a webhook that was answered as taken is on the disk (synced), and stays there until its terminal has
 * acknowledged it; each terminal gets its own, all of them, in the order in which they were taken, at least once. What it
 * is not trusted with: that a notice is true. Who owns the relay could invent, hold back or repeat notices; the terminal
 * checks the provider's signature and asks the provider itself, so that this costs time and never money.
 */
import type { Clock, Log } from '../core/base/ports.ts';
import { err, ok, type Fault, type Result } from '../core/base/result.ts';
import { Counters } from './counters.ts';
import { Hooks, type NoticeGuards } from './hooks.ts';
import { HttpFront, type TlsFiles } from './http-front.ts';
import { Intake } from './intake.ts';
import { NoticeStore } from './notice-store.ts';
import type { Registry } from './registry.ts';
import type { RelaySettings } from './settings.ts';
import { Streams } from './streams.ts';
import { TerminalProof } from './terminal-proof.ts';

export interface RelayOptions {
  readonly settings: RelaySettings;
  /** Of the store. */
  readonly folder: string;
  readonly registry: Registry;
  readonly tls: TlsFiles | undefined;
  /** Who can check which provider's signature; used for hooks that have a secret. */
  readonly guards: NoticeGuards;
  readonly clock: Clock;
  readonly log: Log;
  /** The store has failed: the process has to end and start anew. */
  readonly onBroken: (detail: string) => void;
}

export interface RunningRelay {
  /** Where it listens. */
  readonly origin: string;
  readonly audience: string;
  /** Takes another list of terminals and hooks; streams of terminals that are not in it end. */
  replaceRegistry(registry: Registry): void;
  renewTls(tls: TlsFiles): void;
  stop(): Promise<void>;
}

const acknowledgementsMs = 1000;
const sweepMs = 60_000;
const sweepLimit = 500;
const hourMs = 3_600_000;

export async function startRelay(
  options: RelayOptions,
): Promise<Result<RunningRelay, Fault<'cannotOpen' | 'cannotListen'>>> {
  const { settings, folder, tls, guards, clock, log } = options;
  const { limits, timings, listen, publicUrl, trustedProxies } = settings;
  const opened = NoticeStore.open(folder);
  if (!opened.ok) return opened;
  const store = opened.value;
  const counters = new Counters();
  let { registry } = options;
  let broken: string | undefined;
  const onBroken = (detail: string): void => {
    if (broken !== undefined) return;
    broken = detail;
    log.write('error', 'the store failed', { detail });
    options.onBroken(detail);
  };
  const streams: Streams = new Streams({
    store,
    clock,
    log,
    counters,
    timings: { beatMs: timings.beatMs, stallMs: timings.stallMs, maxAgeMs: timings.maxStreamAgeMs },
    window: limits.window,
    refusedOf: (name) => intake.refusedOf(name),
  });
  const intake: Intake = new Intake({
    store,
    limits,
    clock,
    log,
    counters,
    onStored: (names) => streams.wake(names),
    onBroken,
  });
  const startedMs = clock.monotonicMs();
  const front = new HttpFront({
    ...listen,
    tls,
    publicUrl,
    trustedProxies,
    limits,
    hooks: new Hooks({
      registry: () => registry,
      guards,
      intake,
      perHook: limits.perHook,
      maxBodyBytes: limits.maxBodyBytes,
      clock,
      log,
      counters,
    }),
    streams,
    proof: new TerminalProof(clock),
    registry: () => registry,
    health: () => {
      const full = store.freeBytes() <= limits.leastFreeBytes;
      const waiting = store.logs().reduce((sum, name) => sum + store.state(name).waiting, 0);
      const state = broken === undefined ? (full ? 'full' : 'ok') : 'broken';
      const uptimeS = Math.floor((clock.monotonicMs() - startedMs) / 1000);
      const { terminalCount: terminals, hookCount: hooks } = registry;
      const body = { state, uptimeS, terminals, hooks, connected: streams.count, waiting, ...counters.all() };
      return { status: state === 'ok' ? 200 : 503, body };
    },
    clock,
    log,
    counters,
  });
  const started = await front.start();
  if (!started.ok) {
    store.close();
    return err(started.fault);
  }
  const judge = (done: Result<unknown, Fault<'full' | 'broken'>>): void => {
    if (!done.ok && done.fault.kind === 'broken') onBroken(done.fault.detail);
  };
  const erase = (): void => {
    for (const name of store.logs().filter((one) => registry.erase.includes(one))) {
      const erased = store.erase(name);
      judge(erased);
      if (erased.ok) log.write('warning', 'log of a removed terminal erased', { notFetched: erased.value });
    }
  };
  erase();
  const stopFlushing = repeat(clock, acknowledgementsMs, () => judge(store.flushAcknowledgements()));
  const stopSweeping = repeat(clock, sweepMs, () => {
    const before = clock.now() - limits.keepHours * hourMs;
    for (const name of store.logs()) {
      judge(store.removeAcknowledged(name, { before, keep: limits.keepCount, limit: sweepLimit }));
    }
  });
  return ok({
    origin: front.origin,
    audience: front.audience,
    replaceRegistry(next) {
      registry = next;
      streams.revoke(next);
      erase();
    },
    renewTls: (renewed) => front.renewTls(renewed),
    async stop() {
      stopFlushing();
      stopSweeping();
      streams.stop();
      await front.stop();
      store.close();
    },
  });
}

/** Does `work` again and again until the returned function is called. */
function repeat(clock: Clock, everyMs: number, work: () => void): () => void {
  let cancel = clock.after(everyMs, again);
  return () => cancel();

  function again(): void {
    work();
    cancel = clock.after(everyMs, again);
  }
}
