/** How the terminal hears of money that came by QR, for its screens: by notices, by asking, or not at present. */
import type { TerminalView } from '../contract/view.ts';
import type { ProviderCapabilities } from '../core/provider/model.ts';
import type { ProviderState } from '../host/qr/provider-health.ts';
import type { QrProvider } from '../host/qr/provider.ts';
import type { RelaySource, RelayStatus } from '../host/qr/relay-source.ts';
import { openPauseMs } from '../host/qr/watch.ts';

type QrLink = TerminalView['qrLink'];

export interface QrLinkParts {
  readonly name: string;
  readonly capabilities: Pick<ProviderCapabilities, 'canQuery' | 'confirmedBy' | 'pushesNotices'>;
  readonly provider: ProviderState;
  /** Undefined without one. */
  readonly relay: RelayStatus | undefined;
  /** Whether the provider was told an address where it can reach this terminal without a relay. */
  readonly reachable: boolean;
}

export function qrLink(parts: QrLinkParts): QrLink {
  const { name, provider, relay } = parts;
  return {
    confirms: confirms(parts),
    askEveryMs: openPauseMs,
    provider: { name, ...provider },
    relay:
      relay === undefined
        ? null
        : {
            state: relay.state,
            since: relay.since,
            detail: relay.problem,
            position: relay.position,
            clockAheadMs: relay.clockAheadMs,
          },
  };
}

function confirms({ capabilities, provider, relay, reachable }: QrLinkParts): QrLink['confirms'] {
  const { canQuery, confirmedBy, pushesNotices } = capabilities;
  const noticesArrive = pushesNotices && (relay === undefined ? reachable : relay.state === 'up');
  // What a notice says counts after the provider's own answer, unless its signature is all there is.
  if (provider.answer === 'silent' && !(noticesArrive && confirmedBy === 'signature')) return 'notNow';
  if (noticesArrive) return 'atOnce';
  return canQuery ? 'byAsking' : 'notNow';
}

/** As it is now, and whenever that changes. */
export function qrLinkOf(
  provider: Pick<QrProvider, 'name' | 'capabilities' | 'health'>,
  relay: RelaySource | undefined,
  reachable: boolean,
): { readonly link: () => QrLink; readonly onChange: (listener: () => void) => () => void } {
  const { name, capabilities, health } = provider;
  return {
    link: () => qrLink({ name, capabilities, provider: health.state, relay: relay?.status(), reachable }),
    onChange(listener) {
      const ends = [health.onChange(listener), relay?.onState(listener)];
      return () => {
        for (const end of ends) end?.();
      };
    },
  };
}
