/**
 * What a relay and a terminal say to each other, so that both sides are built from one text.
 *
 * The relay has a public address, takes webhooks there and keeps them; the terminal, behind a shop's router, connects
 * outwards:
 *
 *   POST /v1/challenge                                  → { challenge }
 *   GET  /v1/stream, signed challenge                   → text/event-stream (WHATWG HTML § 9.2): hello, then notices
 *   POST /v1/ack, session of that stream { positions }  → these are in the terminal's hands
 *
 * A stream begins with the oldest notice that was not acknowledged: that is the position from which is replayed, and the
 * relay keeps it on its disk. Notices are acknowledged one by one, so that one which the terminal cannot take at present
 * does not hold up those behind it.
 *
 * Server-sent events and not a WebSocket: only the relay has something to say, each event carries its position, and every
 * proxy that lets a web page through lets it through. An acknowledgement is a small request of its own; one that is lost
 * only means that notices come again.
 *
 * The terminal proves itself with an Ed25519 key of which the relay has the public half only. It signs a challenge and
 * not a time, because the clock of a shop's terminal may be wrong, and the address that it was told, so that what one
 * relay is shown is of no use at another.
 */
export const relayPaths = { challenge: '/v1/challenge', stream: '/v1/stream', ack: '/v1/ack', health: '/health' };

/** Behind it stands the hook's token, and behind that whatever the provider adds. */
export const hookPrefix = '/hook/';

/** Chosen by the operator; the same in the relay's list and in the terminal's configuration. */
export const terminalIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

export interface StreamRequest {
  /** Scheme, host and port of the relay, as the terminal was configured. */
  readonly audience: string;
  readonly terminal: string;
  readonly challenge: string;
}

/** What is signed to open a stream. */
export function streamProofText({ audience, terminal, challenge }: StreamRequest): string {
  return ['cham-relay/1', audience, terminal, challenge, `GET ${relayPaths.stream}`].join('\n');
}

const scheme = 'Cham-Relay';

/** `signature`: 64 bytes in base64url. */
export function streamAuthorization(terminal: string, challenge: string, signature: string): string {
  return `${scheme} ${terminal} ${challenge} ${signature}`;
}

export interface StreamCredentials {
  readonly terminal: string;
  readonly challenge: string;
  readonly signature: string;
}

export function parseStreamAuthorization(header: string): StreamCredentials | undefined {
  const match = /^Cham-Relay (\S{1,32}) ([\w-]{1,128}) ([\w-]{86})$/.exec(header);
  const [, terminal, challenge, signature] = match ?? [];
  if (terminal === undefined || challenge === undefined || signature === undefined) return undefined;
  return terminalIdPattern.test(terminal) ? { terminal, challenge, signature } : undefined;
}

/** Positions in one acknowledgement. */
export const mostAcknowledged = 100;

/**
 * Names of the events on the stream. `damaged` stands for a notice that the relay has stored and cannot read any more: the
 * terminal has to find what it said by asking the provider. A line that begins with a colon is a heartbeat. */
export const streamEvents = { hello: 'hello', notice: 'notice', damaged: 'damaged', end: 'end' } as const;

/** First event of a stream. */
export interface Hello {
  /** To be shown with acknowledgements, as `Authorization: Bearer`; ends with the stream. */
  readonly session: string;
  /** Something comes at least this often. */
  readonly beatMs: number;
  /** Notices that are stored and not acknowledged. */
  readonly waiting: number;
  /** Webhooks for this terminal that were turned away since the relay was started, because there was no room. */
  readonly refused: number;
}

/** One webhook, as it came. Its position is the event's id. */
export interface NoticeMessage {
  /** The same whenever the relay sends this notice. */
  readonly id: string;
  /** Milliseconds since 1970, by the relay's clock. */
  readonly receivedAt: number;
  readonly method: string;
  /** What stood behind the hook's token, with the query: `/` when nothing did. */
  readonly path: string;
  /** Names in lower case; without those that concern only the connection. */
  readonly headers: Readonly<Record<string, string>>;
  /** Base64. */
  readonly body: string;
}

/** Why the relay ends a stream. */
export type EndReason = 'replaced' | 'revoked' | 'stopping' | 'age';

/** One event as it goes over the line; `data` is JSON, which has no line breaks. */
export function formatStreamEvent(name: string, data: unknown, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
