/** Reads the body of an HTTP message up to a limit; used for what others send us and for what they answer. */
import type { IncomingMessage } from 'node:http';
import { err, fault, ok, type Fault, type Result } from '../../core/base/result.ts';

export type BodyFault = Fault<'tooLarge' | 'cut'>;

/** Waits as long as the other side keeps the connection: the caller sets the limit in time. */
export function readBody(message: IncomingMessage, maxBytes: number): Promise<Result<Buffer, BodyFault>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    message.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      // Goes on being read and thrown away, so that the sender still sees the answer.
      chunks.length = 0;
      resolve(err(fault('tooLarge', `body of more than ${maxBytes} bytes`, true)));
    });
    message.on('end', () => resolve(ok(Buffer.concat(chunks))));
    message.on('error', () => undefined);
    message.on('close', () => resolve(err(fault('cut', 'the connection closed inside the body', true))));
  });
}
