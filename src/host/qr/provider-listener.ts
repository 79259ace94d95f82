/**
 * The terminal's own address for notices, for a provider that reaches it without a relay: everything below `/notices` is
 * handed to the provider's adapter as it came, and answered as that provider wants it.
 */
import type { Clock, Log } from '../../core/base/ports.ts';
import { listenTcp, type Listen, type Listening, type ServiceReply } from './http-service.ts';
import { noticeHeaders, type RawNotice } from './notice-source.ts';
import { noticesPath } from './provider-messages.ts';

export interface ProviderListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Left out: what is posted has to be JSON. */
  readonly anyContentType?: boolean;
  readonly respond: (raw: RawNotice) => Promise<ServiceReply>;
  /** Left out: on TCP. */
  readonly listen?: Listen;
}

const maxNoticeBytes = 16 * 1024;

export function providerListener(options: ProviderListenerOptions): Listening {
  const { host, port, clock, log, respond, anyContentType = false, listen = listenTcp } = options;
  let received = 0;
  return listen({
    host,
    port,
    maxBodyBytes: maxNoticeBytes,
    anyContentType,
    handle: ({ method, target, headers, body }) => {
      if (!/^\/notices([/?]|$)/.test(target)) {
        log.write('warning', 'qr notice refused', { status: 404 });
        return { status: 404, body: { error: 'no such resource' } };
      }
      received += 1;
      const kept = noticeHeaders.flatMap((name) => {
        const value = headers[name];
        return typeof value === 'string' ? [[name, value] as const] : [];
      });
      const raw: RawNotice = {
        id: `${noticesPath}-${received}`,
        method,
        path: target,
        headers: Object.fromEntries(kept),
        body,
        receivedAt: clock.now(),
      };
      return respond(raw);
    },
  });
}
