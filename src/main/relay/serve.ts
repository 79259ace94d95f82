/** Runs a relay until it is asked to stop: started from its files, which are looked at again while it runs. */
import type { Clock, Log } from '../../core/base/ports.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { startRelay, type RunningRelay } from '../../relay/relay.ts';
import { noticeGuards } from './guards.ts';
import { loadRegistry, loadTls, stampOf, type RelayPlace } from './files.ts';

export interface ServedRelay extends Pick<RunningRelay, 'origin' | 'audience' | 'stop'> {
  readonly terminals: number;
  readonly hooks: number;
}

export interface ServeOptions {
  readonly place: RelayPlace;
  readonly clock: Clock;
  readonly log: Log;
  /** The store has failed: the process has to end and start anew. */
  readonly onBroken: (detail: string) => void;
}

const lookMs = 2000;

/** The fault is the whole text for a person. */
export async function serveRelay({ place, clock, log, onBroken }: ServeOptions): Promise<Result<ServedRelay, string>> {
  const { settings, dataFolder, registryFile, tls: tlsFiles } = place;
  const watched = [registryFile, ...(tlsFiles === undefined ? [] : [tlsFiles.certFile, tlsFiles.keyFile])];
  let stamp = stampOf(watched);
  const registry = loadRegistry(place);
  if (!registry.ok) return registry;
  const tls = loadTls(place);
  if (!tls.ok) return tls;
  const started = await startRelay({
    settings,
    folder: dataFolder,
    registry: registry.value,
    tls: tls.value,
    guards: noticeGuards,
    clock,
    log,
    onBroken,
  });
  if (!started.ok) return err(startText(started.fault.kind, started.fault.detail));
  const relay = started.value;
  let cancel = clock.after(lookMs, look);
  const { terminalCount: terminals, hookCount: hooks } = registry.value;
  return ok({
    origin: relay.origin,
    audience: relay.audience,
    terminals,
    hooks,
    async stop() {
      cancel();
      await relay.stop();
    },
  });

  /** What cannot be used is told, and what was good before stays. */
  function look(): void {
    cancel = clock.after(lookMs, look);
    const now = stampOf(watched);
    if (now === stamp) return;
    stamp = now;
    const renewed = loadTls(place);
    if (!renewed.ok) log.write('error', 'new certificate not taken', { why: renewed.fault });
    else if (renewed.value !== undefined) relay.renewTls(renewed.value);
    const next = loadRegistry(place);
    if (!next.ok) {
      log.write('error', 'new list of terminals not taken', { why: next.fault });
      return;
    }
    relay.replaceRegistry(next.value);
    const { terminalCount, hookCount } = next.value;
    log.write('info', 'list of terminals read again', { terminals: terminalCount, hooks: hookCount });
  }
}

function startText(kind: 'cannotOpen' | 'cannotListen', detail: string): string {
  if (kind === 'cannotOpen') {
    return `The store of the relay cannot be used, so the relay has not started. Nothing was changed.\n  ${detail}`;
  }
  return (
    `The relay cannot listen, so it has not started.\n  ${detail}\n` +
    '  Another relay may be running; choose another listen.port. Ports below 1024 need the capability\n' +
    '  CAP_NET_BIND_SERVICE, which config/linux/cham-relay.service gives.'
  );
}
