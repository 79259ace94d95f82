/**
 * Where the provider tells the terminal that money has arrived: `POST /notices`. Answers 200 only when the
 * transfer is durable here; every other answer makes the provider send again. Only what carries a good
 * signature is looked at.
 */
import type { Clock, Log } from '../../core/base/ports.ts';
import type { Transfer } from '../../core/transaction/model.ts';
import { listenTcp, type Listen, type Listening, type ServiceReply, type ServiceRequest } from './http-service.ts';
import { signatureProblem } from './notice-signature.ts';
import { noticesPath, parseMessage, toTransfer, transferMessage } from './provider-messages.ts';

export interface NoticeListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly secret: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  /** True once the transfer is durable; repeats are handed over too. */
  readonly deliver: (transfer: Transfer) => boolean;
  /** Left out: on TCP. */
  readonly listen?: Listen;
}

const maxNoticeBytes = 16 * 1024;

export function noticeListener(options: NoticeListenerOptions): Listening {
  const { host, port, log, listen = listenTcp } = options;
  const refuse = (status: number, error: string): ServiceReply => {
    log.write('warning', 'qr notice refused', { status, error });
    return { status, body: { error } };
  };
  const handle = ({ method, target, headers, body }: ServiceRequest): ServiceReply => {
    if (target !== noticesPath) return refuse(404, 'no such resource');
    if (method !== 'POST') return refuse(405, 'only POST');
    const problem = signatureProblem(options.secret, body, headers, options.clock.now());
    if (problem !== undefined) return refuse(401, `signature ${problem}`);
    const parsed = parseMessage(transferMessage, body.toString('utf8'));
    if (!parsed.ok) return refuse(400, parsed.problem);
    if (!options.deliver(toTransfer(parsed.message))) return refuse(503, 'cannot be kept at present');
    return { status: 200, body: { received: true } };
  };
  return listen({ host, port, maxBodyBytes: maxNoticeBytes, handle });
}
