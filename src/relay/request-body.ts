/** The body of a request up to a limit. Time is limited by the server (`requestTimeout`). */
import type { IncomingMessage } from 'node:http';

/** `cut`: the sender went away inside the body. */
export type BodyRead = Buffer | 'tooLarge' | 'cut';

export function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<BodyRead> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('tooLarge');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      resolve('tooLarge');
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => undefined);
    request.on('close', () => resolve('cut'));
  });
}
