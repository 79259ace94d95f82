/**
 * The border itself: text in, checked frame out, with one sentence that says what is wrong where. Used by the
 * service and by the screens, so neither side trusts the other's shape.
 */
import * as z from 'zod/mini';
import { contractVersion } from './view.ts';
import { clientFrame, serverFrame, type ClientFrame, type ServerFrame } from './commands.ts';

/** Longest frame a screen may send, in UTF-16 units: commands are tiny. */
export const maxClientFrameLength = 4096;

/** A frame before the border has stamped it. */
export type Unversioned<F> = F extends unknown ? Omit<F, 'version'> : never;

export type Parsed<T> = { readonly ok: true; readonly frame: T } | { readonly ok: false; readonly problem: string };

function parse<S extends z.ZodMiniType>(schema: S, text: string): Parsed<z.infer<S>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'not JSON' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, frame: parsed.data };
  const issue = parsed.error.issues[0];
  return { ok: false, problem: `${issue?.path.join('.') || 'frame'}: ${issue?.message ?? 'not valid'}` };
}

export function parseClientFrame(text: string): Parsed<ClientFrame> {
  if (text.length > maxClientFrameLength) {
    return { ok: false, problem: `frame of ${text.length} characters, at most ${maxClientFrameLength}` };
  }
  return parse(clientFrame, text);
}

export function parseServerFrame(text: string): Parsed<ServerFrame> {
  return parse(serverFrame, text);
}

/** Checks on the way out too: a view the screens would refuse is a bug of the service. */
export function encodeServerFrame(frame: Unversioned<ServerFrame>): string {
  return JSON.stringify(serverFrame.parse({ version: contractVersion, ...frame }));
}

export function encodeClientFrame(frame: ClientFrame): string {
  return JSON.stringify(clientFrame.parse(frame));
}
