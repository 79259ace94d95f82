/**
 * What providers post to: `/hook/<token>` and whatever the provider adds behind it. Answered as the provider wants it,
 * and as taken only when the notice is on the disk; 429 and 503 make it come again.
 *
 * The relay judges who may write into which log (the token) and how much. It looks at the provider's signature only where
 * the operator has given it that secret; then forgeries do not even take room. The terminal checks the signature, and asks
 * the provider before it believes that money has arrived, in either case.
 */
import type { IncomingMessage } from 'node:http';
import type { EpochMs } from '../core/base/brand.ts';
import type { Clock, Log } from '../core/base/ports.ts';
import { hookPrefix } from '../core/relay/wire.ts';
import type { Counters } from './counters.ts';
import type { Intake } from './intake.ts';
import { encodeWebhook, forwardedHeaders, type Webhook } from './notice-content.ts';
import { manners, type Answer, type Provider } from './provider-answers.ts';
import { RateLimit, type Rate } from './rate-limit.ts';
import type { Registry } from './registry.ts';
import { readRequestBody } from './request-body.ts';

/** What the relay can do for a provider whose notice secret it was given. */
export interface NoticeGuard {
  /** Requests that are no notices but have to be answered at once, such as for a token; undefined for others. */
  readonly answer?: (webhook: Webhook, secret: Uint8Array, receivedAt: EpochMs) => Answer | undefined;
  /** Undefined when the secret vouches for this webhook; else what is wrong, in a few words without anything of it. */
  readonly problem: (webhook: Webhook, secret: Uint8Array, receivedAt: EpochMs) => string | undefined;
}

export type NoticeGuards = Readonly<Partial<Record<Provider, NoticeGuard>>>;

export interface HooksOptions {
  readonly registry: () => Registry;
  readonly guards: NoticeGuards;
  readonly intake: Intake;
  readonly perHook: Rate;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
}

export interface HookReply extends Answer {
  readonly headers?: Readonly<Record<string, string>>;
}

const target = /^\/hook\/([\w-]{16,128})((?:\/[^?]*)?(?:\?.*)?)$/;

export class Hooks {
  readonly #options: HooksOptions;
  readonly #perHook: RateLimit;

  constructor(options: HooksOptions) {
    this.#options = options;
    this.#perHook = new RateLimit(options.perHook, options.clock);
  }

  /** Undefined when there is no such hook. */
  async answer(request: IncomingMessage): Promise<HookReply | undefined> {
    const { registry, guards, intake, maxBodyBytes, clock, log, counters } = this.#options;
    const [, token = '', rest = ''] = target.exec(request.url ?? '') ?? [];
    const hook = registry().hookOf(token);
    if (hook === undefined) return undefined;
    const { name, provider, secret } = hook;
    const { methods, taken, busy } = manners[provider];
    const refuse = (status: number, error: string, headers: Readonly<Record<string, string>> = {}): HookReply => {
      log.write(status === 429 ? 'debug' : 'warning', 'webhook refused', { hook: name, status, error });
      return { status, body: busy ?? { error }, headers };
    };
    if (!this.#perHook.take(name)) {
      counters.add('limited');
      return refuse(429, 'too many webhooks', { 'retry-after': String(this.#perHook.retryAfterS(name)) });
    }
    const { method = '' } = request;
    if (!methods.includes(method)) {
      counters.add('malformed');
      return refuse(405, 'this method is not taken here', { allow: methods.join(', ') });
    }
    const body = await readRequestBody(request, maxBodyBytes);
    if (typeof body === 'string') {
      counters.add('malformed');
      return body === 'tooLarge'
        ? refuse(413, `more than ${maxBodyBytes} bytes`, { connection: 'close' })
        : refuse(400, 'cut off inside the body');
    }
    const path = rest.startsWith('/') ? rest : `/${rest}`;
    const webhook: Webhook = { method, path, headers: forwardedHeaders(request.headers), body };
    const receivedAt = clock.now();
    const guard = guards[provider];
    const answer = secret === undefined ? undefined : guard?.answer?.(webhook, secret, receivedAt);
    if (answer !== undefined) return answer;
    const problem = secret === undefined ? undefined : guard?.problem(webhook, secret, receivedAt);
    if (problem !== undefined) {
      counters.add('badSignature');
      return refuse(401, `signature ${problem}`);
    }
    const outcome = await intake.take(hook.logs, receivedAt, encodeWebhook(webhook));
    if (outcome === 'stored' || outcome === 'duplicate') return taken;
    if (outcome === 'busy') counters.add('busy');
    return refuse(503, outcome, { 'retry-after': '5' });
  }
}

export function isHookTarget(url: string): boolean {
  return url.startsWith(hookPrefix);
}
