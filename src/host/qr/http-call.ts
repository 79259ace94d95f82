/**
 * One HTTP call on a connection of its own, with a limit in time and in size. Faults tell apart "never reached
 * the other side" and "reached it, but no answer".
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Clock } from '../../core/base/ports.ts';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';
import { http, https } from '../http-module.ts';
import { readBody } from './http-body.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Makes a call; by TCP, or as a simulation wants it. */
export type HttpCaller = (call: HttpCall) => Promise<Result<HttpReply, HttpFault>>;

export interface HttpReply {
  readonly status: number;
  readonly body: string;
}

export type HttpFault = Fault<'unreachable' | 'noReply' | 'badReply'>;

const maxReplyBytes = 256 * 1024;

export const httpCall: HttpCaller = (call) => {
  const { method, url, body, signal, timeoutMs, clock } = call;
  const secure = url.protocol === 'https:';
  return new Promise((resolve) => {
    const headers = { ...call.headers, 'content-length': String(Buffer.byteLength(body)) };
    let request: ClientRequest;
    try {
      request = (secure ? https : http).request(url, { method, headers, agent: false });
    } catch (error) {
      // A URL or a header that cannot be sent at all: nothing left this machine.
      resolve(
        err(fault('unreachable', `${url.host}: ${error instanceof Error ? error.message : 'not sendable'}`, true)),
      );
      return;
    }
    let connected = false;
    const finish = (result: Result<HttpReply, HttpFault>): void => {
      stopTimer();
      signal.removeEventListener('abort', stopped);
      request.destroy();
      resolve(result);
    };
    const fail = (detail: string): void =>
      finish(err(fault(connected ? 'noReply' : 'unreachable', `${url.host}: ${detail}`, true)));
    const stopped = (): void => fail('stopped by the caller');
    const stopTimer = clock.after(timeoutMs, () => fail(`no answer within ${timeoutMs} ms`));
    signal.addEventListener('abort', stopped);
    request.on('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        connected = true;
      });
    });
    // Stays for the life of the request: destroying it may report an error once more.
    request.on('error', (error) => fail(error.message));
    const answered = async (response: IncomingMessage): Promise<void> => {
      const read = await readBody(response, maxReplyBytes);
      if (read.ok) finish(ok({ status: response.statusCode ?? 0, body: read.value.toString('utf8') }));
      else if (read.fault.kind === 'cut') fail(read.fault.detail);
      else finish(err(fault('badReply', `${url.host}: ${read.fault.detail}`, true)));
    };
    request.on('response', (response) => void answered(response));
    if (signal.aborted) stopped();
    else request.end(body);
  });
};
